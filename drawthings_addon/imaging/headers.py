# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large the pictures of the rarer formats are, by their headers: BMP, TIFF, TGA, JPEG 2000, AVIF, OpenEXR
and Radiance HDR. Pixels are not decoded.

Each function gives width and height in pixels, as a decoder takes memory for them. They raise ValueError, in
words, for what is cut off or damaged, and struct.error or IndexError where the header itself ends too soon.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np

CUT_OFF = "it is cut off"
NO_SIZE = "it does not say its size"
TOO_DEEP = "it has more channels or bits than any picture"
_MAX_CHANNELS, _MAX_BITS = 8, 64
#: Entries of one directory, attributes of one header, boxes of one box.
_MAX_ENTRIES = 1000
#: Bytes of an attribute's name, and of that of its type.
_MAX_NAME = 256
#: Of the types of a TIFF's values, BYTE to DOUBLE; 3 and 4 are whole numbers.
_TIFF_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
#: Strips or tiles of a picture whose places are looked at.
_MAX_STRIPS = 1 << 20

TGA_END = b"TRUEVISION-XFILE.\0"
JP2_START = b"\0\0\0\x0cjP  \r\n\x87\n"
J2K_START = b"\xff\x4f\xff\x51"
_J2K_END = b"\xff\xd9"


def bmp(data: bytes) -> tuple[int, int]:
    """Of a bitmap of Windows or OS/2."""
    offset, length = struct.unpack_from("<II", data, 10)
    if length == 12:
        width, height, _planes, bits = struct.unpack_from("<4H", data, 18)
        compression = 0
    else:
        width, height, _planes, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    _require(bits <= _MAX_BITS, TOO_DEEP)
    row = (width * bits + 31) // 32 * 4
    # 0 and 3 are the kinds without compression.
    _require(compression not in (0, 3) or offset + row * abs(height) <= len(data), CUT_OFF)
    return width, abs(height)


def tga(data: bytes) -> tuple[int, int]:
    """Of a TGA 2.0."""
    kind, bits = data[2], data[16]
    width, height = struct.unpack_from("<HH", data, 12)
    _require(kind in (1, 2, 3, 9, 10, 11), NO_SIZE)
    _require(kind >= 9 or 18 + data[0] + width * height * ((bits + 7) // 8) <= len(data), CUT_OFF)
    return width, height


def tiff(data: bytes) -> tuple[int, int]:
    """Of the first picture of a TIFF 6.0."""
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    found: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for number in range(min(count, _MAX_ENTRIES)):
        tag, kind, length, _ = struct.unpack_from(f"{order}HHII", data, at := start + 2 + 12 * number)
        size = _TIFF_BYTES.get(kind, 0) * length
        offset = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", data, at + 8)[0]
        _require(offset + size <= len(data), CUT_OFF)
        if kind in (3, 4) and length <= _MAX_STRIPS:
            item = f"{order}u{_TIFF_BYTES[kind]}"
            found[tag] = np.frombuffer(data, item, length, offset).astype(np.int64)
    width, height = (int(found.get(tag, np.zeros(1, np.int64))[0]) for tag in (256, 257))
    channels, bits = (int(found.get(tag, np.ones(1, np.int64)).max(initial=1)) for tag in (277, 258))
    _require(channels <= _MAX_CHANNELS and bits <= _MAX_BITS, TOO_DEEP)
    # Where the strips, or the tiles, of pixels lie and how long they are.
    for offsets, lengths in ((273, 279), (324, 325)):
        if offsets in found and lengths in found and len(found[offsets]) == len(found[lengths]):
            _require(int((found[offsets] + found[lengths]).max(initial=0)) <= len(data), CUT_OFF)
    return width, height


def jpeg_2000(data: bytes) -> tuple[int, int]:
    """Of a codestream, be it in a file's boxes: what these say of it is not what is decoded."""
    start = 0
    if not data.startswith(J2K_START):
        start = next((content for kind, content, _ in boxes(data, 0, len(data)) if kind == b"jp2c"), 0)
    _require(data.startswith(J2K_START, start), NO_SIZE)
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    (channels,) = struct.unpack_from(">H", data, start + 40)
    _require(channels <= _MAX_CHANNELS, TOO_DEEP)
    _require(data[-16:].rstrip(b"\0").endswith(_J2K_END), CUT_OFF)
    return right - left, bottom - top


def avif(data: bytes) -> tuple[int, int]:
    """Of the largest picture of the file, such as the one that its tiles make together."""
    sizes = []
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"meta":
            # A full box: four bytes of version and flags.
            for inner, inner_start, inner_end in boxes(data, start + 4, end):
                if inner == b"iprp":
                    sizes += list(_extents(data, inner_start, inner_end))
    _require(bool(sizes), NO_SIZE)
    return max(width for width, _height in sizes), max(height for _width, height in sizes)


def _extents(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    for kind, container, container_end in boxes(data, start, end):
        if kind == b"ipco":
            for inner, at, _end in boxes(data, container, container_end):
                if inner == b"ispe":
                    width, height = struct.unpack_from(">II", data, at + 4)
                    yield width, height


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of an ISO base media file, or of one box: kind, where its content begins and ends."""
    for _ in range(_MAX_ENTRIES):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, content)
            content += 8
        after = end if length == 0 else start + length
        _require(content <= after <= end, CUT_OFF)
        yield kind, content, after
        start = after


def exr(data: bytes) -> tuple[int, int]:
    """Of an OpenEXR's first part: its pixels, or the frame that they are shown in, whatever is larger."""
    sides = [(0, 0)]
    at = 8
    for _ in range(_MAX_ENTRIES):
        if not data[at]:
            break
        name = data.find(0, at, at + _MAX_NAME)
        kind = data.find(0, name + 1, name + _MAX_NAME)
        _require(0 < name < kind, NO_SIZE)
        label, at = data[at:name], kind + 1
        (length,) = struct.unpack_from("<I", data, at)
        if label in (b"dataWindow", b"displayWindow"):
            left, top, right, bottom = struct.unpack_from("<4i", data, at + 4)
            sides.append((right - left + 1, bottom - top + 1))
        at += 4 + length
    return max(width for width, _height in sides), max(height for _width, height in sides)


def hdr(data: bytes) -> tuple[int, int]:
    """Of a Radiance picture."""
    found = re.search(rb"\n\n-Y ([0-9]{1,6}) \+X ([0-9]{1,6})\n", data[: 1 << 16])
    if found is None:
        raise ValueError(NO_SIZE)
    return int(found[2]), int(found[1])


def _require(is_so: bool, how: str) -> None:
    if not is_so:
        raise ValueError(how)
