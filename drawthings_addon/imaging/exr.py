# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layers and passes out of an OpenEXR file, which Blender's own images do not give to Python.

Only what Blender writes on request: one part, scan lines, no compression, as in the published file
layout (OpenEXR file layout, openexr.com). Blender 5.0 and later write one part with
`use_exr_interleave`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import PictureInvalid

Floats = npt.NDArray[np.float32]

_MAGIC = 20000630
_LONG_NAMES = 0x400
_TYPES: dict[int, np.dtype[np.generic]] = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}
_UNCOMPRESSED = 0
_MAX_PIXELS = 1 << 28


@dataclass(frozen=True)
class _Layout:
    """Where the pixels are: `channels` in the order of the file."""

    channels: tuple[tuple[str, np.dtype[np.generic]], ...]
    width: int
    height: int
    top: int
    offsets_at: int


def read(data: bytes) -> dict[str, Floats]:
    """Each channel as (height, width) float32, row 0 at the top; "ViewLayer.Depth.Z" is a name.

    Raises PictureInvalid for anything but an uncompressed single-part scan-line file.
    """
    try:
        layout = _header(data)
        return _channels(data, layout)
    except (struct.error, IndexError, ValueError, KeyError, OverflowError) as error:
        raise PictureInvalid("The OpenEXR file is damaged.", "Render it again.") from error


def _header(data: bytes) -> _Layout:
    magic, version = struct.unpack_from("<II", data)
    if magic != _MAGIC or version & ~(_LONG_NAMES | 0xFF):
        raise PictureInvalid("The file is not a single-part OpenEXR with scan lines.")
    attributes: dict[str, bytes] = {}
    at = 8
    while data[at]:
        name, at = _text(data, at)
        _kind, at = _text(data, at)
        (size,) = struct.unpack_from("<I", data, at)
        attributes[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    if attributes["compression"][0] != _UNCOMPRESSED:
        raise PictureInvalid("The OpenEXR file is compressed.")
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    if width < 1 or height < 1 or width * height > _MAX_PIXELS:
        raise PictureInvalid(
            "The OpenEXR file says that it is {width} × {height} pixels.", width=width, height=height
        )
    return _Layout(_channel_list(attributes["channels"]), width, height, top, at + 1)


def _channel_list(data: bytes) -> tuple[tuple[str, np.dtype[np.generic]], ...]:
    found: list[tuple[str, np.dtype[np.generic]]] = []
    at = 0
    while data[at]:
        name, at = _text(data, at)
        kind, _linear, step_x, step_y = struct.unpack_from("<IIII", data, at)
        if (step_x, step_y) != (1, 1):
            raise PictureInvalid("The OpenEXR file has channels of several sizes.")
        found.append((name, _TYPES[kind]))
        at += 16
    return tuple(found)


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(0, at)
    return data[at:end].decode("utf-8"), end + 1


def _channels(data: bytes, layout: _Layout) -> dict[str, Floats]:
    width, height = layout.width, layout.height
    line_bytes = sum(kind.itemsize for _name, kind in layout.channels) * width
    # Before memory is taken for what a header only claims.
    if line_bytes * height > len(data):
        raise PictureInvalid("The OpenEXR file was cut off.", "Render it again.")
    offsets = np.frombuffer(data, "<u8", height, layout.offsets_at)
    lines = np.empty((height, line_bytes), np.uint8)
    for offset in offsets.tolist():
        row, size = struct.unpack_from("<iI", data, offset)
        if size != line_bytes or not 0 <= row - layout.top < height:
            raise PictureInvalid("A line of the OpenEXR file has another length than its header says.")
        lines[row - layout.top] = np.frombuffer(data, np.uint8, size, offset + 8)
    found: dict[str, Floats] = {}
    at = 0
    for name, kind in layout.channels:
        size = width * kind.itemsize
        found[name] = np.ascontiguousarray(lines[:, at : at + size]).view(kind).astype(np.float32)
        at += size
    return found
