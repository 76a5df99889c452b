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
from .. import capture, paths, settings
from ..delivery import deliver
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


def describe(context: bpy.types.Context, image: bpy.types.Image, *, append: bool = False) -> None:
    """Have the server describe `image`; its words replace the prompt, or follow it, in one undo step.

    With a window it returns at once, and what goes wrong is told in the panel; in background it waits.
    Raises BridgeError.
    """
    global _waiting
    connection.require(endpoints.INTERROGATE)
    address, current = settings.server(), session.get()
    snapshot = capture.image(image, paths.snapshot_path(uuid.uuid4().hex))
    reference = Reference.to(context.scene)
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
            deliver.push_undo("Draw Things: Describe")

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
