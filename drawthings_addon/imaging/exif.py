# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comment that a picture's Exif block holds (Exif 2.32, 4.6.5): where A1111 writes into a JPEG or a WebP
how it was made."""

from __future__ import annotations

import struct

START = b"Exif\0\0"
#: Before the block in a JPEG always, in a WebP sometimes.
_POINTER, _COMMENT = 0x8769, 0x9286
#: Types of a value by their bytes: BYTE, ASCII, SHORT, LONG, UNDEFINED.
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}
#: Entries of one directory, and bytes of the comment.
_MAX_ENTRIES = 1000
_MAX_TEXT = 1 << 24


def user_comment(block: bytes) -> str:
    """The text of the field UserComment; empty where there is none that can be read."""
    block = block.removeprefix(START)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return ""
    try:
        (first,) = struct.unpack_from(f"{order}I", block, 4)
        pointer = _value(block, order, first, _POINTER)
        if len(pointer) != 4:
            return ""
        (second,) = struct.unpack(f"{order}I", pointer)
        return _text(_value(block, order, second, _COMMENT), order)
    except struct.error:
        return ""


def _value(block: bytes, order: str, start: int, wanted: int) -> bytes:
    """The bytes of a directory's entry; empty where it has none."""
    (count,) = struct.unpack_from(f"{order}H", block, start)
    for number in range(min(count, _MAX_ENTRIES)):
        tag, kind, length, _ = struct.unpack_from(f"{order}HHII", block, at := start + 2 + 12 * number)
        if tag == wanted:
            size = _BYTES.get(kind, 0) * length
            offset = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", block, at + 8)[0]
            return block[offset : offset + size] if size <= _MAX_TEXT else b""
    return b""


def _text(comment: bytes, order: str) -> str:
    kind, text = comment[:8], comment[8:]
    if kind == b"UNICODE\0":
        # The byte order is that of the block, by the standard, and big-endian with those that keep to none
        # (piexif). Of most characters of a prompt one of the two bytes is 0.
        big, little = text[::2].count(0), text[1::2].count(0)
        is_big = order == ">" if big == little else big > little
        return text.decode("utf-16-be" if is_big else "utf-16-le", "replace").rstrip("\0")
    if kind in (b"ASCII\0\0\0", b"\0" * 8):
        return text.decode("utf-8", "replace").rstrip("\0")
    return ""
