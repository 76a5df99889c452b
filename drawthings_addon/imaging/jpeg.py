# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A JPEG's size and its Exif block, and whether it is whole (ITU T.81, annex B). Pixels are not decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ..errors import PictureInvalid
from ..messages import Message
from .exif import START as EXIF_START

SIGNATURE = b"\xff\xd8\xff"
_NO_SIZE = "it does not say its size"
_ADVICE = "Save the picture again as PNG or JPEG."
#: SOF0 to SOF15; C4, C8 and CC are tables and an extension.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers without a length: TEM and RST0 to RST7.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN, _END = 0xDA, 0xD9
_APP1 = 0xE1
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
#: Bytes of pixels that are searched in one call.
_SLICE = 1 << 20
#: A progressive picture has about ten. Each costs a decoder as much as all of its pixels.
MAX_SCANS = 100


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises PictureInvalid when it is not a JPEG or says no size."""
    for marker, start, length in _segments(data):
        if marker in _FRAME_MARKERS:
            return _size(data, start, length)
        if marker == _SCAN:
            break
    raise _damaged(_NO_SIZE)


def verify(data: bytes) -> tuple[int, int]:
    """Width and height of one that has pixels and an end, and no more scans than a decoder can be asked for.

    Raises PictureInvalid. What the scans hold is not looked at.
    """
    found: tuple[int, int] | None = None
    scans = 0
    for marker, start, length in _segments(data):
        if marker in _FRAME_MARKERS and found is None:
            found = _size(data, start, length)
        scans += marker == _SCAN
        if scans > MAX_SCANS:
            raise _damaged(Message("it has more than {most} scans", most=MAX_SCANS))
        if marker == _END:
            if found is None or not scans:
                raise _damaged("it has no pixels")
            return found
    raise _damaged("it is cut off")


def exif(data: bytes) -> bytes:
    """The Exif block; empty where there is none. Raises PictureInvalid when it is not a JPEG."""
    for marker, start, length in _segments(data):
        if marker == _APP1 and data.startswith(EXIF_START, start):
            return data[start : start + length]
        if marker == _SCAN:
            break
    return b""


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The marker of each segment, where its content begins, and how long that is; after a scan's header comes
    what follows its pixels."""
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise PictureInvalid("The data is not a JPEG picture.", _ADVICE)
    position = 2
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in _BARE_MARKERS:
            position += 1 if marker == 0xFF else 2
            continue
        if marker == _END:
            yield marker, position + 2, 0
            return
        if position + 4 > len(data):
            return
        (length,) = struct.unpack_from(">H", data, position + 2)
        if length < 2:
            return
        yield marker, position + 4, length - 2
        position += 2 + length
        if marker == _SCAN:
            position = _after_pixels(data, position)


def _after_pixels(data: bytes, position: int) -> int:
    """Where the next marker is: within pixels 0xFF is followed by 0, or by the mark of a restart."""
    while position < len(data):
        found = _MARKER.search(data, position, position + _SLICE)
        if found is not None:
            return found.start()
        # The last byte may be the first half of one.
        position += _SLICE - 1
    return len(data)


def _size(data: bytes, start: int, length: int) -> tuple[int, int]:
    if length >= 6 and start + 5 <= len(data):
        height, width = struct.unpack_from(">HH", data, start + 1)
        if width and height:
            return width, height
    raise _damaged(_NO_SIZE)


def _damaged(how: str) -> PictureInvalid:
    return PictureInvalid("The JPEG picture is damaged: {how}.", _ADVICE, how=how)
