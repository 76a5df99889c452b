# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenEXR in and out: what Blender's own images do not give to Python, and floats that are to stay floats.

    read(data)            each channel of one part of scan lines, uncompressed or ZIP: layers and passes
    pixels(data)          the same of a picture, as `encode` takes it
    encode(pixels)        float32 as a file that Blender, and `read`, give back to the bit
    read_text(data)       texts in its header, of which the beginning is enough

As in the published file layout (OpenEXR file layout, openexr.com). Blender 5.0 and later write one part with
`use_exr_interleave`.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ..errors import PictureInvalid
from .png import DoAll, in_turn

Floats = npt.NDArray[np.float32]

_MAGIC = 20000630
_LONG_NAMES = 0x400
_TYPES: dict[int, np.dtype[np.generic]] = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}
_FLOAT = 2
_UNCOMPRESSED, _ZIPS, _ZIP = 0, 2, 3
#: Lines of a block.
_LINES = {_UNCOMPRESSED: 1, _ZIPS: 1, _ZIP: 16}
_MAX_PIXELS = 1 << 28
#: Names of pixels' channels as they are given, and their places in the order of the file, which is the
#: alphabet's.
_CHANNELS = {1: ("Y",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
#: Lines that are written in one call: whole blocks.
_LINES_AT_ONCE = 256
_MAX_KEYWORD = 31
_DAMAGED, _ADVICE = "The OpenEXR file is damaged.", "Render it again."


@dataclass(frozen=True)
class _Layout:
    """Where the pixels are: `channels` in the order of the file."""

    channels: tuple[tuple[str, np.dtype[np.generic]], ...]
    width: int
    height: int
    top: int
    offsets_at: int
    compression: int


def read(data: bytes) -> dict[str, Floats]:
    """Each channel as (height, width) float32, row 0 at the top; "ViewLayer.Depth.Z" is a name.

    Raises PictureInvalid for anything but a single-part scan-line file without compression or with ZIP.
    """
    try:
        layout = _header(data)
        return _channels(data, layout)
    except (struct.error, zlib.error, IndexError, ValueError, KeyError, OverflowError) as error:
        raise PictureInvalid(_DAMAGED, _ADVICE) from error


def pixels(data: bytes) -> Floats:
    """(height, width, 1, 3 or 4) float32, row 0 at the top, of such a file. Raises PictureInvalid."""
    channels = read(data)
    for names in _CHANNELS.values():
        if set(names) == set(channels):
            return np.stack([channels[name] for name in names], axis=-1)
    raise PictureInvalid("The OpenEXR file holds layers, and no picture.")


def read_text(data: bytes) -> dict[str, str]:
    """The texts in the header of a file, or of its beginning, by their names. Raises PictureInvalid."""
    try:
        attributes, _at = _attributes(data)
        return {
            name: value.decode("utf-8", "replace")
            for name, (kind, value) in attributes.items()
            if kind == "string"
        }
    except (struct.error, IndexError, ValueError) as error:
        raise PictureInvalid(_DAMAGED, _ADVICE) from error


def encode(
    floats: npt.NDArray[np.floating],
    *,
    text: Mapping[str, str] | None = None,
    compressed: bool = True,
    do_all: DoAll = in_turn,
) -> bytes:
    """A file of float32 `floats`, (height, width) or (height, width, 1, 3 or 4), row 0 at the top: grey, RGB
    or RGBA, numbers as they are, infinite ones too.

    `text` becomes attributes of these names, of at most 31 characters. ZIP loses nothing; without
    `compressed` it is larger, and sooner there. The compression releases the GIL: `do_all` may do its parts
    side by side. Raises ValueError for an array that is no picture.
    """
    picture = floats[..., np.newaxis] if floats.ndim == 2 else floats
    if picture.ndim != 3 or picture.shape[2] not in _CHANNELS or not picture.size:
        raise ValueError(f"no picture has the shape {floats.shape}")
    height, width = picture.shape[:2]
    names = _CHANNELS[picture.shape[2]]
    order = sorted(range(len(names)), key=names.__getitem__)
    compression = _ZIP if compressed else _UNCOMPRESSED
    step = _LINES[compression]
    tops, together = range(0, height, step), _LINES_AT_ONCE // step
    parts = do_all(
        [
            partial(_written, picture, order, tops[first : first + together], step)
            for first in range(0, len(tops), together)
        ]
    )
    head = _head(width, height, [names[each] for each in order], compression, text or {})
    sizes = [size for part in parts for size in _sizes(part)]
    offsets = np.cumsum([len(head) + 8 * len(tops), *sizes[:-1]], dtype="<u8")
    # Not joined, for which the interpreter would be held until all is copied.
    stream = io.BytesIO()
    for each in (head, offsets.tobytes(), *parts):
        stream.write(each)
    return stream.getvalue()


def _head(width: int, height: int, names: list[str], compression: int, text: Mapping[str, str]) -> bytes:
    listed = b"".join(name.encode() + b"\0" + struct.pack("<IIII", _FLOAT, 0, 1, 1) for name in names)
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    attributes = [
        ("channels", "chlist", listed + b"\0"),
        ("compression", "compression", bytes([compression])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
    ]
    taken = {name for name, _kind, _value in attributes}
    for name, value in text.items():
        if name in taken or not 0 < len(name.encode()) <= _MAX_KEYWORD:
            raise ValueError(f"no text can be called {name!r}")
        attributes.append((name, "string", value.encode("utf-8", "replace")))
    written = (
        f"{name}\0{kind}\0".encode() + struct.pack("<I", len(value)) + value
        for name, kind, value in attributes
    )
    return b"".join((struct.pack("<II", _MAGIC, 2), *written, b"\0"))


def _written(picture: npt.NDArray[np.floating], order: list[int], tops: range, step: int) -> bytes:
    """Some blocks, each behind its line and its length."""
    written: list[bytes] = []
    for top in tops:
        rows = picture[top : top + step]
        lines = np.empty((len(rows), len(order), rows.shape[1]), "<f4")
        for place, channel in enumerate(order):
            lines[:, place] = rows[..., channel]
        block = lines.tobytes() if step == 1 else _packed(lines.view(np.uint8).reshape(-1))
        written += (struct.pack("<iI", top, len(block)), block)
    return b"".join(written)


def _packed(raw: npt.NDArray[np.uint8]) -> bytes:
    """A block as OpenEXR compresses it: the halves of its bytes apart, each as what it is more than the one
    before; what does not get smaller by that stays as it is."""
    half = (len(raw) + 1) // 2
    apart = np.empty(len(raw), np.uint8)
    apart[:half], apart[half:] = raw[0::2], raw[1::2]
    steps = np.empty_like(apart)
    steps[0] = apart[0]
    np.subtract(apart[1:], apart[:-1], out=steps[1:])
    steps[1:] += np.uint8(128)
    packed = zlib.compress(steps.data, 1)
    return packed if len(packed) < len(raw) else raw.tobytes()


def _unpacked(block: bytes, size: int) -> npt.NDArray[np.uint8]:
    """The way back. Raises zlib.error, ValueError."""
    if len(block) == size:
        return np.frombuffer(block, np.uint8)
    inflating = zlib.decompressobj()
    plain = inflating.decompress(block, size)
    if len(plain) != size:
        raise ValueError("a block is too short")
    steps = np.frombuffer(plain, np.uint8).copy()
    steps[1:] += np.uint8(128)
    apart = np.cumsum(steps, dtype=np.uint8)
    half = (size + 1) // 2
    raw = np.empty(size, np.uint8)
    raw[0::2], raw[1::2] = apart[:half], apart[half:]
    return raw


def _sizes(part: bytes) -> list[int]:
    """Of each block in a part, with what is before it."""
    sizes, at = [], 0
    while at < len(part):
        (length,) = struct.unpack_from("<I", part, at + 4)
        sizes.append(8 + length)
        at += 8 + length
    return sizes


def _attributes(data: bytes) -> tuple[dict[str, tuple[str, bytes]], int]:
    """The attributes of a header, each of a kind, and where it ends. Raises struct.error, IndexError,
    ValueError, PictureInvalid."""
    magic, version = struct.unpack_from("<II", data)
    if magic != _MAGIC or version & ~(_LONG_NAMES | 0xFF):
        raise PictureInvalid("The file is not a single-part OpenEXR with scan lines.")
    attributes: dict[str, tuple[str, bytes]] = {}
    at = 8
    while data[at]:
        name, at = _text(data, at)
        kind, at = _text(data, at)
        (size,) = struct.unpack_from("<I", data, at)
        attributes[name] = kind, data[at + 4 : at + 4 + size]
        at += 4 + size
    return attributes, at + 1


def _header(data: bytes) -> _Layout:
    attributes, end = _attributes(data)
    values = {name: value for name, (_kind, value) in attributes.items()}
    compression = values["compression"][0]
    if compression not in _LINES:
        raise PictureInvalid("The OpenEXR file is compressed.")
    left, top, right, bottom = struct.unpack("<4i", values["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    if width < 1 or height < 1 or width * height > _MAX_PIXELS:
        raise PictureInvalid(
            "The OpenEXR file says that it is {width} × {height} pixels.", width=width, height=height
        )
    return _Layout(_channel_list(values["channels"]), width, height, top, end, compression)


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
    # Before memory is taken for what a header only claims: deflate makes it smaller by 1032 at most.
    most = 1 if layout.compression == _UNCOMPRESSED else 1032
    if line_bytes * height > len(data) * most:
        raise PictureInvalid("The OpenEXR file was cut off.", _ADVICE)
    step = _LINES[layout.compression]
    offsets = np.frombuffer(data, "<u8", -(-height // step), layout.offsets_at)
    lines = np.empty((height, line_bytes), np.uint8)
    for offset in offsets.tolist():
        row, size = struct.unpack_from("<iI", data, offset)
        first = row - layout.top
        last = min(first + step, height)
        expected = line_bytes * (last - first)
        is_whole = size == expected or (layout.compression != _UNCOMPRESSED and size < expected)
        if not is_whole or not 0 <= first < height:
            raise PictureInvalid("A line of the OpenEXR file has another length than its header says.")
        block = data[offset + 8 : offset + 8 + size]
        lines[first:last] = _unpacked(block, expected).reshape(last - first, line_bytes)
    found: dict[str, Floats] = {}
    at = 0
    for name, kind in layout.channels:
        size = width * kind.itemsize
        found[name] = np.ascontiguousarray(lines[:, at : at + size]).view(kind).astype(np.float32)
        at += size
    return found
