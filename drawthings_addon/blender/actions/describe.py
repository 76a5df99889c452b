# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in words, into the prompt."""

from __future__ import annotations

import contextlib
import uuid

import bpy

from ...client import endpoints
from ...imaging import png, scale
from ...jobs.source import Source
from ...jobs.sources import to_display_bytes
from .. import paths, settings, undo
from ..capture.picture_sources import ImageSource
from ..delivery.target import Reference
from ..session import session
from ..session.session import Session
from . import connection

#: Pixels of the longest side that is sent: describing models look at 384 to 448 (BLIP, DeepDanbooru).
MAX_EDGE = 1024

#: The session that waits for a description.
_waiting: Session | None = None


def why_not() -> str:
    """Empty, or why no picture can be described now: for greyed buttons."""
    return "A picture is being described" if is_under_way() else connection.why_not(endpoints.INTERROGATE)


def is_under_way() -> bool:
    """Whether a description is being waited for."""
    return _waiting is not None and _waiting is session.get()


def submit(source: ImageSource, scene: bpy.types.Scene, *, append: bool = False) -> None:
    """Have the server describe a picture; its words replace the scene's prompt, or follow it, in one undo
    step.

    Needs no context. With a window it returns at once, and what goes wrong is told in the panel; in
    background it waits. Raises BridgeError.
    """
    global _waiting
    connection.require(endpoints.INTERROGATE)
    address, current = settings.server(), session.get()
    snapshot = source.capture(paths.snapshot_path(uuid.uuid4().hex))
    reference = Reference.to(scene)
    _waiting = current

    def question() -> str:
        try:
            return current.connections.client(address).interrogate(_encoded(snapshot))
        finally:
            _forget()

    def done(caption: str) -> None:
        scene = reference.resolve()
        if scene is not None:
            _take(scene, caption, append=append)
            undo.push("Draw Things: Describe")

    connection.elsewhere(question, done, server=address)


def _forget() -> None:
    global _waiting
    _waiting = None


def _encoded(snapshot: Source) -> bytes:
    """The picture as it is sent, small."""
    try:
        return png.encode(scale.thumbnail(to_display_bytes(snapshot)[..., :3], MAX_EDGE))
    finally:
        if snapshot.path is not None:
            with contextlib.suppress(OSError):
                snapshot.path.unlink()


def _take(scene: bpy.types.Scene, caption: str, *, append: bool) -> None:
    before = settings.prompt(scene) if append else ""
    scene.drawthings.prompt_text = None
    scene.drawthings.prompt = f"{before}, {caption}" if before else caption
