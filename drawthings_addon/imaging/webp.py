# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A WebP's size and its Exif block, and whether it is whole (RFC 9649). Pixels are not decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..errors import PictureInvalid

_ADVICE = "Save the picture again as PNG or JPEG."
#: An animation has a chunk for each of its pictures; a still one has a handful in all.
_MAX_CHUNKS = 1000
_ANIMATED = 0x02
_CUT_OFF = "it is cut off"


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the first bytes alone. Raises PictureInvalid."""
    if not is_webp(data):
        raise PictureInvalid("The data is not a WebP picture.", _ADVICE)
    kind, found = data[12:16], _size(data[12:16], data[20:30])
    if found is None or kind not in (b"VP8 ", b"VP8L", b"VP8X"):
        raise _damaged("it does not say its size")
    return found


def verify(data: bytes) -> tuple[int, int]:
    """Width and height of a whole and still one, whose pixels are as many as it says at its beginning.

    Raises PictureInvalid.
    """
    told = size(data)
    if data[12:16] == b"VP8X" and data[20] & _ANIMATED:
        raise PictureInvalid("The WebP picture is an animation.", "Have the server make a still picture.")
    for kind, content in _chunks(data):
        if kind in (b"VP8 ", b"VP8L"):
            if _size(kind, bytes(content[:10])) != told:
                raise _damaged("its pixels are not of the size that it says")
            return told
    raise _damaged("it has no pixels")


def exif(data: bytes) -> bytes:
    """The Exif block; empty where there is none. Raises PictureInvalid."""
    return next((bytes(content) for kind, content in _chunks(data) if kind == b"EXIF"), b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The kind and the content of each. Raises PictureInvalid for a container that is not whole."""
    view = memoryview(data)
    (length,) = struct.unpack_from("<I", data, 4)
    end = 8 + length
    if end > len(data):
        raise _damaged(_CUT_OFF)
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > min(end, len(data)):
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            raise _damaged(_CUT_OFF)
        yield kind, view[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise _damaged("it has more parts than any picture")


def _size(kind: bytes, start: bytes) -> tuple[int, int] | None:
    """Of the first ten bytes of a chunk."""
    if kind == b"VP8X" and len(start) >= 10:
        return int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    if kind == b"VP8L" and len(start) >= 5 and start[0] == 0x2F:
        bits = int.from_bytes(start[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(start) >= 10 and start[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", start[6:10]))
        return (width, height) if width and height else None
    return None


def _damaged(how: str) -> PictureInvalid:
    return PictureInvalid("The WebP picture is damaged: {how}.", _ADVICE, how=how)
