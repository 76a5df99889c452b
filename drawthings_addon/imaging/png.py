# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""PNG in and out, from the PNG specification (third edition), for bytes that nobody vouches for.

    header(data)            the size and kind, from the first 33 bytes
    verify(data)            the same, once the whole file is known to decode
    verify_with_text(data)  that and its texts, in one go
    whole_with_text(data)   the same by the checksums alone; the rest beside other things
    decode(data)            pixels
    encode(pixels)          bytes
    read_text, with_text    the text chunks; see png_text.py
    metadata_chunks(data)   these and others like them, as they are

Everything that a stranger's bytes can be wrong in raises PictureInvalid and nothing else, and sizes
are bounded before memory is taken for them.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import PictureInvalid
from .pixels import Pixels, as_pixels
from .png_chunks import (
    CUT_OFF,
    NO_PIXELS,
    NO_SIZE,
    NOT_PNG,
    SIGNATURE,
    WRONG_CHECKSUM,
    Chunk,
    inflated,
    inflated_beside,
    invalid,
    read_chunks,
    write_chunk,
)
from .png_filters import PAETH, filter_up, unfilter
from .png_text import metadata_chunks, read_text, text_chunks, texts_of, with_text

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "Header",
    "decode",
    "encode",
    "header",
    "in_turn",
    "metadata_chunks",
    "read_text",
    "sendable",
    "verify",
    "verify_with_text",
    "whole_with_text",
    "with_text",
]

#: Draw Things makes at most 8192 × 8192, and an upscaler up to four times the side: 32768. A
#: picture of that many pixels would need gigabytes, so the area has its own bound.
MAX_SIDE = 32768
MAX_PIXELS = 16384 * 8192
#: The advice for an answer that is too large.
ASK_FOR_LESS = "Ask for a smaller picture, or a smaller upscaler."

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGBA: (8, 16),
}
_COLOUR_TYPE_OF_CHANNELS = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGBA}
#: Adam7: first column and row, and the step between columns and rows, of each pass.
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


#: Chunks that change nothing of what is seen.
_SAYS_NOTHING = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"pHYs"})
#: Rows whose 16 bits are rounded at a time: what lies between takes four bytes a sample.
_BAND = 64
#: Bytes that are compressed in one call.
_COMPRESSED_AT_ONCE = 1 << 20
#: A picture is compressed in so many parts, each of so many bytes at least: what comes before it is not known
#: to any of them.
_MOST_PARTS, _LEAST_PART = 8, 1 << 19

#: Does calls, and gives what they give, in their order.
DoAll: TypeAlias = Callable[[Sequence[Callable[[], bytes]]], Sequence[bytes]]


def in_turn(calls: Sequence[Callable[[], bytes]]) -> Sequence[bytes]:
    """One after another."""
    return [call() for call in calls]


@dataclass(frozen=True)
class Header:
    """What a PNG says about itself in its IHDR chunk."""

    width: int
    height: int
    bit_depth: int
    """Bits of one sample: 1, 2, 4, 8 or 16."""
    colour_type: int
    """0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    is_interlaced: bool

    @property
    def samples(self) -> int:
        """Samples of one pixel in the file; a palette's index is one."""
        return _CHANNELS[self.colour_type]

    def row_bytes(self, width: int) -> int:
        return (width * self.samples * self.bit_depth + 7) // 8

    @property
    def pixel_bytes(self) -> int:
        """How far the filters look to the left."""
        return max(1, self.samples * self.bit_depth // 8)


@dataclass(frozen=True)
class _Pass:
    """The pixels that are stored together: the whole picture, or one of Adam7's seven parts."""

    x: int
    y: int
    x_step: int
    y_step: int
    width: int
    height: int
    line: int
    """Bytes of a row, with its filter."""
    start: int
    """Where it begins in the decompressed data."""

    @property
    def end(self) -> int:
        return self.start + self.height * self.line


@dataclass(frozen=True)
class _Parts:
    header: Header
    palette: bytes
    transparency: bytes
    compressed: tuple[memoryview, ...]
    ancillary: tuple[Chunk, ...]
    """Those that a picture can do without, such as texts."""
    passes: tuple[_Pass, ...]

    @property
    def length(self) -> int:
        """Bytes of the decompressed data."""
        return self.passes[-1].end


def header(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Header:
    """Size and kind of a PNG; nothing after the first chunk is looked at.

    Raises PictureInvalid when it is not a PNG, or larger than `max_pixels` or MAX_SIDE.
    """
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise invalid(NOT_PNG)
    start = len(SIGNATURE)
    if len(data) < start + 25:
        raise invalid(CUT_OFF)
    length, kind, width, height, depth, colour, method, filtering, interlace, crc = struct.unpack_from(
        ">I4sIIBBBBBI", data, start
    )
    if (length, kind) != (13, b"IHDR"):
        raise invalid(NO_SIZE)
    if crc != zlib.crc32(data[start + 4 : start + 21]):
        raise invalid(WRONG_CHECKSUM, chunk="IHDR")
    if depth not in _DEPTHS.get(colour, ()) or method or filtering or interlace > 1:
        raise invalid("The PNG picture is of a kind that does not exist.")
    if not width or not height:
        raise invalid(
            "The PNG picture is {width} × {height} pixels, which is nothing.", width=width, height=height
        )
    if max(width, height) > MAX_SIDE or width * height > max_pixels:
        raise PictureInvalid(
            "The PNG picture is {width} × {height} pixels, more than this extension reads.",
            ASK_FOR_LESS,
            width=width,
            height=height,
        )
    return Header(width, height, depth, colour, bool(interlace))


def verify(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Header:
    """The header of a PNG that `decode` will read.

    Checks the bounds, the checksums of the critical chunks, that the compressed data is exactly as
    long as the size asks for, and the filter of every row. Holds no more than a megabyte of what it
    decompresses. Raises PictureInvalid.
    """
    return _verified(data, max_pixels).header


def verify_with_text(data: bytes, *, max_pixels: int = MAX_PIXELS) -> tuple[Header, dict[str, str]]:
    """The same, and what `read_text` tells. Raises PictureInvalid."""
    parts = _verified(data, max_pixels)
    return parts.header, texts_of(parts.ancillary)


def whole_with_text(
    data: bytes, *, max_pixels: int = MAX_PIXELS
) -> tuple[Header, dict[str, str], Callable[[], None]]:
    """The same of a PNG that is as it was written, by its checksums, and what looks at the rest.

    Raises PictureInvalid, and so does what it gives. That is for beside what other threads do: it needs more
    memory than `verify`, and the interpreter hardly ever.
    """
    parts = _take_apart(data, max_pixels)

    def prove() -> None:
        for _start, _piece in _checked(parts, inflated_beside(parts.compressed, parts.length + 1)):
            pass

    return parts.header, texts_of(parts.ancillary), prove


def _verified(data: bytes, max_pixels: int) -> _Parts:
    parts = _take_apart(data, max_pixels)
    for _start, _piece in _pieces(parts):
        pass
    return parts


def sendable(data: bytes, *, max_pixels: int = MAX_PIXELS) -> tuple[bytes, Header] | None:
    """The PNG without anything but its size, palette and pixels, where others see it as Blender does: 8 bits,
    RGB, not interlaced, with no word about colours, transparency or orientation. None for any other, and for
    one whose checksums are wrong."""
    try:
        head = header(data, max_pixels=max_pixels)
        chunks = tuple(read_chunks(data))
    except PictureInvalid:
        return None
    if head.colour_type != RGB or head.bit_depth != 8 or head.is_interlaced:
        return None
    if any(not chunk.is_critical and chunk.kind not in _SAYS_NOTHING for chunk in chunks):
        return None
    kept = [chunk for chunk in chunks if chunk.is_critical]
    if not {each.kind for each in kept} <= {b"IHDR", b"PLTE", b"IDAT", b"IEND"}:
        return None
    return b"".join((SIGNATURE, *(data[each.start : each.end] for each in kept))), head


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The pixels of a PNG of any kind, uint8 (height, width, channels), row 0 at the top.

    1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGBA with straight alpha. A palette is looked up,
    a transparent colour becomes alpha, 16 bits are rounded to 8. Colour profiles and gamma are
    ignored. Raises PictureInvalid.
    """
    parts = _take_apart(data, max_pixels)
    head = parts.header
    samples = _samples(parts)
    if head.colour_type == PALETTE:
        return _look_up(samples[:, :, 0], parts.palette, parts.transparency)
    pixels = _to_8_bits(samples, head.bit_depth)
    if head.colour_type in (GREY, RGB) and len(parts.transparency) == 2 * head.samples:
        key = np.frombuffer(parts.transparency, ">u2")
        alpha = np.where((samples == key).all(axis=2, keepdims=True), 0, 255).astype(np.uint8)
        pixels = np.concatenate((pixels, alpha), axis=2)
    return pixels


def encode(
    pixels: npt.NDArray[Any],
    *,
    text: Mapping[str, str] | None = None,
    metadata: bytes = b"",
    level: int = 1,
    srgb: bool = True,
    do_all: DoAll = in_turn,
) -> bytes:
    """An 8-bit PNG of `pixels`, uint8 (height, width) or (height, width, 1 to 4), any strides.

    `text` becomes text chunks (see png_text.py), `metadata` is chunks as they are, `level` is zlib's,
    and `srgb` marks the colours as sRGB, which data such as a normal map is not. The compression releases
    the GIL: `do_all` may do its parts side by side. Raises TypeError or ValueError for an array that is no
    picture.
    """
    picture = as_pixels(pixels)
    height, width, channels = picture.shape
    rows = _in_a_row(picture).reshape(height, width * channels)
    return b"".join(
        (
            SIGNATURE,
            write_chunk(
                b"IHDR",
                struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE_OF_CHANNELS[channels], 0, 0, 0),
            ),
            write_chunk(b"sRGB", b"\0") if srgb else b"",
            metadata,
            text_chunks(text or {}),
            write_chunk(b"IDAT", _compressed(rows, level, do_all)),
            write_chunk(b"IEND", b""),
        )
    )


def _in_a_row(picture: Pixels) -> Pixels:
    """The same without gaps: colours out of RGBA, a channel at a time, in a third of numpy's time."""
    if picture.flags.c_contiguous:
        return picture
    dense = np.empty(picture.shape, np.uint8)
    for channel in range(picture.shape[2]):
        dense[..., channel] = picture[..., channel]
    return dense


def _compressed(rows: npt.NDArray[np.uint8], level: int, do_all: DoAll) -> bytes:
    """A zlib stream (RFC 1950) of the filtered rows, whose parts know nothing of one another."""
    lines = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    count = min(_MOST_PARTS, max(1, lines.size // _LEAST_PART), len(lines))
    bounds = [len(lines) * number // count for number in range(count + 1)]
    parts = do_all(
        [
            partial(_compressed_part, rows, lines, top, bottom, level)
            for top, bottom in itertools.pairwise(bounds)
        ]
    )
    checksum = 1
    for top in range(0, len(lines), _lines_at_once(lines)):
        checksum = zlib.adler32(lines[top : top + _lines_at_once(lines)].data, checksum)
    # Deflate with a window of 32 KiB, of no level in particular.
    return b"".join((b"\x78\x01", *parts, struct.pack(">I", checksum)))


def _compressed_part(
    rows: npt.NDArray[np.uint8], lines: npt.NDArray[np.uint8], top: int, bottom: int, level: int
) -> bytes:
    """Deflate blocks (RFC 1951) of the lines from `top` to before `bottom`, which are filled here; those that
    are not the last ones end at a byte."""
    stream = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = []
    step = _lines_at_once(lines)
    # A few at a time: zlib copies what it gives while it holds the interpreter.
    for start in range(top, bottom, step):
        end = min(start + step, bottom)
        filter_up(rows, lines, start, end)
        parts.append(stream.compress(lines[start:end].data))
    parts.append(stream.flush(zlib.Z_FINISH if bottom == len(lines) else zlib.Z_SYNC_FLUSH))
    return b"".join(parts)


def _lines_at_once(lines: npt.NDArray[np.uint8]) -> int:
    return max(1, _COMPRESSED_AT_ONCE // int(lines.shape[1]))


def _take_apart(data: bytes, max_pixels: int) -> _Parts:
    head = header(data, max_pixels=max_pixels)
    palette = transparency = b""
    compressed, ancillary = [], []
    for chunk in read_chunks(data):
        if chunk.kind == b"IDAT":
            compressed.append(chunk.data)
        elif chunk.kind == b"PLTE":
            palette = bytes(chunk.data)
        elif chunk.kind == b"tRNS" and chunk.intact:
            transparency = bytes(chunk.data)
        elif chunk.is_critical and chunk.kind not in (b"IHDR", b"IEND"):
            raise invalid("The PNG picture needs the unknown chunk {chunk}.", chunk=chunk.kind.decode())
        elif not chunk.is_critical:
            ancillary.append(chunk)
    if not compressed:
        raise invalid(NO_PIXELS)
    if head.colour_type == PALETTE and (not palette or len(palette) > 768 or len(palette) % 3):
        raise invalid("The PNG picture is damaged: its palette is missing or broken.")
    return _Parts(head, palette, transparency, tuple(compressed), tuple(ancillary), tuple(_passes(head)))


def _passes(head: Header) -> Iterator[_Pass]:
    start = 0
    for x, y, x_step, y_step in _ADAM7 if head.is_interlaced else ((0, 0, 1, 1),):
        width = -((x - head.width) // x_step)
        height = -((y - head.height) // y_step)
        if width > 0 and height > 0:
            found = _Pass(x, y, x_step, y_step, width, height, 1 + head.row_bytes(width), start)
            yield found
            start = found.end


def _pieces(parts: _Parts) -> Iterator[tuple[int, bytes]]:
    """The decompressed data piece by piece, each with its place in the whole, once its filters are known.

    Raises PictureInvalid when it is broken, or of another length than the picture's size asks for.
    """
    return _checked(parts, inflated(parts.compressed, parts.length + 1))


def _checked(parts: _Parts, pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    start = 0
    for piece in pieces:
        for part in parts.passes:
            # The row that begins in the piece first, and then every one that does.
            skipped = -(-max(start - part.start, 0) // part.line) * part.line
            filters = piece[max(part.start + skipped - start, 0) : max(part.end - start, 0) : part.line]
            if filters and max(filters) > PAETH:
                raise invalid("The PNG picture is damaged: a row has an unknown filter.")
        yield start, piece
        start += len(piece)
    if start != parts.length:
        raise invalid("The PNG picture is damaged: its pixels do not fill its size.")


def _samples(parts: _Parts) -> npt.NDArray[Any]:
    """(height, width, samples) of the file's own depth."""
    head = parts.header
    data = np.empty(parts.length + 1, np.uint8)
    for start, piece in _pieces(parts):
        data[start : start + len(piece)] = np.frombuffer(piece, np.uint8)
    if not head.is_interlaced:
        return _rows(data, parts.passes[0], head)
    samples = np.empty(
        (head.height, head.width, head.samples), np.uint16 if head.bit_depth == 16 else np.uint8
    )
    for part in parts.passes:
        samples[part.y :: part.y_step, part.x :: part.x_step] = _rows(data, part, head)
    return samples


def _rows(data: npt.NDArray[np.uint8], part: _Pass, head: Header) -> npt.NDArray[Any]:
    lines = data[part.start : part.end].reshape(part.height, part.line)
    return _unpack(unfilter(lines, head.pixel_bytes), head, part.width)


def _unpack(rows: npt.NDArray[np.uint8], head: Header, width: int) -> npt.NDArray[Any]:
    """(height, bytes of a row) as (height, width, samples) of the file's own depth."""
    height = rows.shape[0]
    if head.bit_depth == 16:
        return rows.view(">u2").reshape(height, width, head.samples)
    if head.bit_depth == 8:
        return rows.reshape(height, width, head.samples)
    shifts = np.arange(8 - head.bit_depth, -1, -head.bit_depth, dtype=np.uint8)
    values = (rows[:, :, np.newaxis] >> shifts) & np.uint8((1 << head.bit_depth) - 1)
    return values.reshape(height, -1)[:, :width, np.newaxis]


def _to_8_bits(samples: npt.NDArray[Any], depth: int) -> Pixels:
    if depth == 16:
        result = np.empty(samples.shape, np.uint8)
        for top in range(0, len(samples), _BAND):
            # The nearest v * 255 / 65535, in integers.
            result[top : top + _BAND] = (samples[top : top + _BAND].astype(np.uint32) * 255 + 32895) >> 16
        return result
    if depth == 8:
        return samples
    return samples * np.uint8(255 // ((1 << depth) - 1))


def _look_up(indices: npt.NDArray[np.uint8], palette: bytes, transparency: bytes) -> Pixels:
    """Indices beyond the palette are black, as libpng has them."""
    table = np.zeros((256, 4 if transparency else 3), np.uint8)
    colours = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    table[: len(colours), :3] = colours
    if transparency:
        table[:, 3] = 255
        alphas = np.frombuffer(transparency[:256], np.uint8)
        table[: len(alphas), 3] = alphas
    result: Pixels = table[indices]
    return result
