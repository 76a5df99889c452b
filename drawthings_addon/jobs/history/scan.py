# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders and files, read for the recipes in them.

A picture is one of the history where its file carries a recipe of this extension, in the text chunk
`drawthings` of a PNG or the attribute of that name of an OpenEXR. What others made, which A1111's text or
Draw Things' XMP tells of, is not ours, nor is a contact sheet, which carries no recipe.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...client.bounds import MAX_METADATA
from ...errors import PictureInvalid
from ...imaging import exr, formats
from ...imaging.png_chunks import Chunk, chunks_of_file
from ...imaging.png_text import texts_of
from .. import locks
from ..recipe import CHUNK

#: Levels of folders within an output folder that are looked at, too.
MAX_DEPTH = 5
#: Files of other names are not opened.
_SUFFIXES = tuple(suffix for each in formats.ALL for suffix in each.suffixes)
#: Compressed and plain, of one recipe.
_MAX_CHUNK = 4 * MAX_METADATA
_KEYWORD = CHUNK.encode() + b"\0"
_TEXT_KINDS = (b"iTXt", b"tEXt", b"zTXt")
_SLICE = 1 << 20


@dataclass(frozen=True)
class FileState:
    """What tells a file from what it was before."""

    size: int
    mtime: int
    """Nanoseconds since 1970."""


@dataclass(frozen=True)
class Carried:
    """A recipe in a picture's file."""

    recipe: str
    """Its text, whether it can be read or not."""
    width: int
    height: int


def state_of(found: os.stat_result) -> FileState:
    return FileState(found.st_size, found.st_mtime_ns)


def carried(path: Path) -> Carried | None:
    """The recipe that a file carries; None where it is neither PNG nor OpenEXR, damaged, or carries none. Of
    a PNG's pixels nothing is read. Raises OSError where it cannot be opened."""
    with contextlib.suppress(PictureInvalid), os.fdopen(locks.open_file(path, os.O_RDONLY), "rb") as stream:
        return _carried(stream)
    return None


def _carried(stream: BinaryIO) -> Carried | None:
    start = stream.read(4)
    stream.seek(0)
    if formats.OPEN_EXR.starts(start):
        head = stream.read(_MAX_CHUNK)
        told = exr.read_text(head).get(CHUNK, "")
        return Carried(told, *formats.OPEN_EXR.size(head)) if 0 < len(told) <= MAX_METADATA else None
    width = height = 0
    for chunk in chunks_of_file(stream, (b"IHDR", *_TEXT_KINDS), _MAX_CHUNK):
        if chunk.kind == b"IHDR":
            width, height = _size(chunk)
        elif chunk.data[: len(_KEYWORD)] == _KEYWORD:
            text = texts_of([chunk]).get(CHUNK)
            if text is not None and len(text) <= MAX_METADATA:
                return Carried(text, width, height)
    return None


def _size(chunk: Chunk) -> tuple[int, int]:
    return int.from_bytes(chunk.data[:4], "big"), int.from_bytes(chunk.data[4:8], "big")


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
    found = hashlib.sha256()
    with os.fdopen(locks.open_file(path, os.O_RDONLY), "rb") as stream:
        while piece := stream.read(_SLICE):
            found.update(piece)
    return found.hexdigest()


def listing(folder: Path) -> Iterator[tuple[str, FileState | None]]:
    """What is in a folder: of each file that may be a picture its name and state, of each folder its name and
    None. Neither links, nor what is hidden or being written. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield entry.name, None
                elif entry.name.lower().endswith(_SUFFIXES):
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield entry.name, state_of(found)
