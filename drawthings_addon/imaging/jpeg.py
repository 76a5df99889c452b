# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A JPEG's size, from its frame header (ITU T.81, B.2.2). Pixels are not decoded."""

from __future__ import annotations

import struct

from ..errors import PictureInvalid

SIGNATURE = b"\xff\xd8\xff"
_ADVICE = "Save the picture again as PNG or JPEG."
#: SOF0 to SOF15; C4, C8 and CC are tables and an extension.
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers without a length: TEM and RST0 to RST7.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises PictureInvalid when it is not a JPEG or says no size."""
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise PictureInvalid("The data is not a JPEG picture.", _ADVICE)
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in _BARE_MARKERS:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker in _FRAME_MARKERS and length >= 8 and position + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, position + 5)
            if width and height:
                return width, height
            break
        if length < 2 or marker in (0xD9, 0xDA):
            break
        position += 2 + length
    raise PictureInvalid("The JPEG picture is damaged: it does not say its size.", _ADVICE)
