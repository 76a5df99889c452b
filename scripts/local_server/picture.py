# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures in and out: a PNG codec on zlib and numpy, and Pillow for JPEG where it is installed.

Independent of the extension's own codec, so that the two check one another. Pixels are uint8 RGB of
shape (height, width, 3), row 0 on top; with alpha (height, width, 4) where that is said.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


class NotAPicture(Exception):
    """The bytes are no picture."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, *, has_alpha: bool = False) -> bytes:
    """Signature and IHDR of an 8-bit RGB picture."""
    colour = 6 if has_alpha else 2
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))


def encode(pixels: Pixels, xmp: str = "", texts: Mapping[str, str] | None = None) -> bytes:
    """A PNG of RGB or RGBA pixels.

    `xmp` goes into the iTXt chunk that the Draw Things app's own pictures carry, `texts` into tEXt chunks,
    or iTXt where Latin-1 has no such character, as Pillow writes them.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    # Row differences (filter 2) halve the size of smooth pictures at no cost.
    rows[1:, 0] = 2
    rows[1:, 1:] -= pixels.reshape(height, -1)[:-1]
    parts = [header(width, height, has_alpha=channels == 4)]
    if xmp:
        parts.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.encode()))
    for name, text in (texts or {}).items():
        try:
            parts.append(chunk(b"tEXt", name.encode("latin-1") + b"\0" + text.encode("latin-1")))
        except UnicodeEncodeError:
            body = name.encode("latin-1", "replace") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
            parts.append(chunk(b"iTXt", body))
    parts += [chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)), chunk(b"IEND", b"")]
    return b"".join(parts)


def texts(data: bytes) -> dict[str, str]:
    """The text chunks of a PNG by name; nothing for other pictures or where a chunk is damaged."""
    found: dict[str, str] = {}
    if not data.startswith(SIGNATURE):
        return found
    try:
        for kind, body in _chunks(data):
            name, _, rest = body.partition(b"\0")
            if kind == b"tEXt":
                found[name.decode("latin-1")] = rest.decode("latin-1")
            elif kind == b"zTXt":
                found[name.decode("latin-1")] = zlib.decompress(rest[1:]).decode("latin-1")
            elif kind == b"iTXt":
                packed, text = rest[0], rest[2:].split(b"\0", 2)[2]
                plain = zlib.decompress(text) if packed else text
                found[name.decode("latin-1")] = plain.decode("utf-8", "replace")
    except (NotAPicture, struct.error, zlib.error, IndexError):
        pass
    return found


def decode(data: bytes) -> Pixels:
    """RGB pixels as the app sees them: 8 bit, alpha dropped. Raises NotAPicture."""
    return np.ascontiguousarray(decode_with_alpha(data)[..., :3])


def decode_with_alpha(data: bytes) -> Pixels:
    """RGBA pixels where the picture has an alpha channel, else RGB. Raises NotAPicture."""
    if not data.startswith(SIGNATURE):
        return _decode_other(data)
    try:
        return _decode_png(data)
    except (struct.error, zlib.error, IndexError, ValueError, KeyError) as error:
        raise NotAPicture(str(error)) from error


def _decode_other(data: bytes) -> Pixels:
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if not data.startswith(b"\xff\xd8\xff") and not is_webp:
        raise NotAPicture("neither PNG nor JPEG")
    return _with_pillow(data)


def _with_pillow(data: bytes) -> Pixels:
    try:
        from PIL import Image
    except ImportError:
        raise NotAPicture("this kind of picture needs Pillow") from None
    try:
        with Image.open(io.BytesIO(data)) as image:
            has_alpha = "A" in image.getbands() or "transparency" in image.info
            return np.asarray(image.convert("RGBA" if has_alpha else "RGB"), np.uint8).copy()
    except Exception as error:
        raise NotAPicture(str(error)) from error


def _decode_png(data: bytes) -> Pixels:
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise NotAPicture("chunks out of order")
    width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (width and height) or depth not in _DEPTHS[colour] or method or filtering:
        raise NotAPicture("impossible header")
    if interlace:
        return _with_pillow(data)
    channels = _CHANNELS[colour]
    stride = (width * channels * depth + 7) // 8
    packed = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    if len(packed) != height * (stride + 1):
        raise NotAPicture("pixel data of another size")
    rows = np.frombuffer(packed, np.uint8).reshape(height, stride + 1)
    samples = _unfiltered(rows, max(1, channels * depth // 8))
    values = _unpacked(samples, width, channels, depth)
    if colour == 3:
        palette = np.frombuffer(dict(chunks)[b"PLTE"], np.uint8).reshape(-1, 3)
        return _with_palette_alpha(palette, dict(chunks).get(b"tRNS", b""))[values[..., 0]]
    if depth < 8:
        values = (values * (255 // (2**depth - 1))).astype(np.uint8)
    if channels == 2:
        return values[..., [0, 0, 0, 1]]
    return np.repeat(values, 3, axis=2) if channels == 1 else np.ascontiguousarray(values)


def _with_palette_alpha(palette: Pixels, alpha: bytes) -> Pixels:
    if not alpha:
        return palette
    opacity = np.full((len(palette), 1), 255, np.uint8)
    opacity[: len(alpha), 0] = np.frombuffer(alpha, np.uint8)[: len(palette)]
    return np.concatenate([palette, opacity], axis=1)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    position = len(SIGNATURE)
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        if zlib.crc32(kind + body) != checksum:
            raise NotAPicture(f"checksum of {kind!r}")
        found.append((kind, body))
        position += 12 + length
        if kind == b"IEND":
            break
    return found


def _unfiltered(rows: Pixels, step: int) -> Pixels:
    """Undo the row filters; `step` is the number of bytes of a pixel."""
    height, stride = rows.shape[0], rows.shape[1] - 1
    result = np.zeros((height + 1, stride), np.uint8)
    for y in range(height):
        kind, row, above = int(rows[y, 0]), rows[y, 1:], result[y]
        if kind == 0:
            result[y + 1] = row
        elif kind == 1:
            columns = np.pad(row, (0, -stride % step)).reshape(-1, step)
            summed = np.cumsum(columns, axis=0, dtype=np.uint8)
            result[y + 1] = summed.reshape(-1)[:stride]
        elif kind == 2:
            result[y + 1] = row + above
        elif kind in (3, 4):
            result[y + 1] = _sequential(kind, row.tolist(), above.tolist(), step)
        else:
            raise NotAPicture(f"filter {kind}")
    return result[1:]


def _sequential(kind: int, row: list[int], above: list[int], step: int) -> list[int]:
    """Filters 3 and 4, in which a byte depends on the one just decoded."""
    done = [0] * step + row
    corner = [0] * step + above
    for x, value in enumerate(row):
        left, up, diagonal = done[x], above[x], corner[x]
        if kind == 3:
            guess = (left + up) // 2
        else:
            by_left, by_up = abs(up - diagonal), abs(left - diagonal)
            by_diagonal = abs(left + up - 2 * diagonal)
            if by_left <= by_up and by_left <= by_diagonal:
                guess = left
            else:
                guess = up if by_up <= by_diagonal else diagonal
        done[x + step] = (value + guess) & 255
    return done[step:]


def _unpacked(samples: Pixels, width: int, channels: int, depth: int) -> Pixels:
    height = samples.shape[0]
    if depth == 16:
        samples = samples[:, ::2]
    elif depth < 8:
        bits = np.unpackbits(samples, axis=1).reshape(height, -1, depth)
        weights = 1 << np.arange(depth - 1, -1, -1)
        samples = (bits * weights).sum(axis=2).astype(np.uint8)[:, : width * channels]
    return samples.reshape(height, width, channels)


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """By nearest neighbour."""
    rows = (np.arange(height) * pixels.shape[0]) // height
    columns = (np.arange(width) * pixels.shape[1]) // width
    return np.ascontiguousarray(pixels[rows][:, columns])
