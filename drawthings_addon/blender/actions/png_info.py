# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that a picture's file or a copied configuration tells, into the panel."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import bpy

from ...client.features import Feature
from ...client.interface import Client
from ...client.request import GenerationRequest
from ...errors import BridgeError, PictureInvalid, SourceUnavailable
from ...imaging import formats
from ...jobs import metadata
from ...jobs.metadata import Metadata
from ...jobs.server_worker import Answer
from .. import adopt, connection, settings, taken, undo
from ..delivery.target import Reference
from ..session import session
from . import server_control, without_prompt

#: No picture of a server is larger, and the whole file is read.
MAX_BYTES = 1 << 29

_HOW = "read the file again with Server Options and Script switched on"


def read_settings(scene: bpy.types.Scene, path: Path, *, use_server_options: bool = False) -> None:
    """Set the panel to what the picture at `path` was made with, in one undo step, and tell in the panel what
    that was. Options of the server and a script are taken with `use_server_options` alone.

    Our own recipe, A1111's and Draw Things' texts are read here; only where there are none, and the
    connected server offers it, is the picture sent to the server. With a window it returns at once, and
    what goes wrong is told in the panel; in background it waits, and raises BridgeError.
    """
    base = settings.present(scene)
    reference = Reference.to(scene)
    current = session.get()
    server = None if connection.why_not(Feature.READ_METADATA) else settings.server()

    def take(made: Metadata) -> None:
        scene = reference.resolve()
        if scene is None:
            return
        chosen = scene.drawthings
        source = taken.named(path.name)
        with taken.told(chosen, source, made.request, withheld=not use_server_options, how=_HOW):
            if not without_prompt.adopt(scene, made):
                adopt.metadata(chosen, made, use_server_options=use_server_options)
        undo.push("Draw Things: Settings from File")

    def start(answer: Answer) -> None:
        def done(found: Metadata | bytes | None, error: BridgeError | None) -> None:
            if not isinstance(found, bytes):
                answer(found, error)
            elif server is None:
                answer(None, _tells_nothing(path))
            else:
                current.ask(server, lambda client: _from_server(client, found, base, path), answer)

        current.read(lambda: _read(path, base), done)

    server_control.follow(start, take)


def paste_configuration(scene: bpy.types.Scene, text: str) -> None:
    """Set the panel to `text`, which Draw Things' Copy Configuration gave, and tell there what that was; the
    prompt stays. Raises InvalidSettings for any other text.
    """
    chosen = scene.drawthings
    made = metadata.from_copied(text, settings.present(scene))
    with taken.told(chosen, "the clipboard", made.request):
        adopt.metadata(chosen, made)


def _read(path: Path, base: GenerationRequest) -> Metadata | bytes:
    """How it was made; the file's bytes where it does not tell that in a way that is read here."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # Reading a pipe or a device may never end.
            raise OSError(errno.EINVAL, "it is no ordinary file")
        if found.st_size > MAX_BYTES:
            raise SourceUnavailable("“{file}” is too large for a picture.", "Choose another.", file=path.name)
        data = path.read_bytes()
    except OSError as error:
        raise SourceUnavailable(
            "“{file}” cannot be read: {reason}.",
            "Choose another.",
            file=path.name,
            reason=error.strerror or "the file is damaged",
        ) from error
    # Also finds out what is no picture at all, which no server needs to see.
    formats.size(data)
    return metadata.read(data, base) or data


def _from_server(client: Client, data: bytes, base: GenerationRequest, path: Path) -> Metadata:
    told = client.read_metadata(data).strip()
    if not told:
        raise _tells_nothing(path)
    return metadata.from_infotext(told, base)


def _tells_nothing(path: Path) -> PictureInvalid:
    return PictureInvalid(
        "“{file}” does not tell how it was made.",
        "Choose the file as it came from the image server: editors and web sites take such notes out.",
        file=path.name,
    )
