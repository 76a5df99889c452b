# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small pictures as panels show them."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..imaging import scale
from ..imaging.colour import with_colour
from .decoder import Decoder
from .source import Source
from .sources import to_display_bytes

#: Bytes of a file that is read for it: no picture of a server is larger.
_MOST_BYTES = 1 << 29

#: In the place of one that nobody could make yet.
NONE = np.zeros((1, 1, 4), np.uint8)


def thumbnail(pixels: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """(h, w, 4) uint8 of (H, W, 1 to 4), longest side at most `edge`; multiplied by alpha, as Blender draws
    icons: what is transparent would shine (seen in 4.3 and 5.2)."""
    small = with_colour(scale.thumbnail(pixels, edge))
    if small.shape[2] == 4:
        return _multiplied(small)
    opaque = np.full((*small.shape[:2], 1), 255, np.uint8)
    return np.concatenate([small, opaque], axis=2)


def _multiplied(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = pixels[..., 3:].astype(np.uint16)
    result = pixels.copy()
    result[..., :3] = (pixels[..., :3] * alpha + 127) // 255
    return result


def of_file(path: Path, data: bytes | None, edge: int, decoder: Decoder) -> NDArray[np.uint8]:
    """As `thumbnail`, of a picture's file, or of its bytes where it has none yet. Not for the main thread,
    which may be waited for.

    Raises OSError, MemoryError, PictureInvalid.
    """
    return of_data(data_of(path) if data is None else data, edge, decoder)


def of_data(data: bytes, edge: int, decoder: Decoder) -> NDArray[np.uint8]:
    """The same of a file's bytes. Raises MemoryError, PictureInvalid."""
    return thumbnail(decoder.pixels(data), edge)


def data_of(path: Path) -> bytes:
    """A picture's file. Raises OSError, also for what is no ordinary file: reading a pipe or a device may
    never end."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
        raise OSError(errno.EINVAL, "it is no picture's file")
    return path.read_bytes()


def of_source(source: Source, edge: int) -> NDArray[np.uint8]:
    """As `thumbnail`, of what a picture is made from. Raises as `sources.prepare` does."""
    return thumbnail(to_display_bytes(source), edge)
