# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats in which a picture can come, told by their first bytes: what Blender itself reads.

    format_of(data)     which it is
    size(data)          how large, from the header alone
    verify(data)        that, once all that can be known without decoding the pixels is known
    texts(data)         what the picture tells about how it was made

PNG alone is decoded here (png.py); the pixels of the others are Blender's to decode. Everything that a
stranger's bytes can be wrong in raises PictureInvalid and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import PictureInvalid
from . import exif, exr, headers, jpeg, png, webp
from .png_chunks import SIGNATURE as _PNG

_ADVICE = "Take a PNG, a JPEG or a WebP picture."
Size = tuple[int, int]


def _no_exif(_data: bytes) -> bytes:
    return b""


@dataclass(frozen=True)
class Format:
    """One of them."""

    name: str
    """As artists know it."""
    suffixes: tuple[str, ...]
    """Of its files; the first is given to a new one."""
    starts: Callable[[bytes], bool] = field(repr=False)
    """Whether bytes are of this format, by their beginning, or their end."""
    size: Callable[[bytes], Size] = field(repr=False)
    """Width and height."""
    verify: Callable[[bytes], Size] = field(repr=False)
    """The same of one that is whole, as far as its container tells."""
    exif: Callable[[bytes], bytes] = field(default=_no_exif, repr=False)
    """The Exif block; empty where it has none."""
    is_light: bool = False
    """Its numbers are linear light, in floats."""

    @property
    def suffix(self) -> str:
        return self.suffixes[0]


def _starting(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _png_size(data: bytes) -> Size:
    header = png.header(data)
    return header.width, header.height


def _png_verify(data: bytes) -> Size:
    header = png.verify(data)
    return header.width, header.height


PNG = Format("PNG", (".png",), _starting(_PNG), _png_size, _png_verify)
JPEG = Format("JPEG", (".jpg", ".jpeg"), _starting(jpeg.SIGNATURE), jpeg.size, jpeg.verify, jpeg.exif)
WEBP = Format("WebP", (".webp",), webp.is_webp, webp.size, webp.verify, webp.exif)


def _rare(
    name: str,
    suffixes: tuple[str, ...],
    starts: Callable[[bytes], bool],
    read: Callable[[bytes], Size],
    *,
    is_light: bool = False,
) -> Format:
    """A format whose header is read by a function of headers.py."""

    def size(data: bytes) -> Size:
        try:
            width, height = read(data)
        except (struct.error, IndexError):
            raise _damaged(name, headers.NO_SIZE) from None
        except ValueError as error:
            raise _damaged(name, str(error)) from None
        if width < 1 or height < 1:
            raise _damaged(name, headers.NO_SIZE)
        return width, height

    return Format(name, suffixes, starts, size, size, is_light=is_light)


OPEN_EXR = _rare("OpenEXR", (".exr",), _starting(b"v/1\x01"), headers.exr, is_light=True)

#: In the order in which they are looked for: those without a mark at their beginning come last.
ALL: tuple[Format, ...] = (
    PNG,
    JPEG,
    WEBP,
    _rare("AVIF", (".avif",), lambda data: data[4:8] == b"ftyp" and b"avif" in data[8:64], headers.avif),
    _rare("BMP", (".bmp",), _starting(b"BM"), headers.bmp),
    _rare("TIFF", (".tif", ".tiff"), _starting(b"II*\0", b"MM\0*"), headers.tiff),
    _rare(
        "JPEG 2000",
        (".jp2", ".j2k", ".j2c"),
        _starting(headers.JP2_START, headers.J2K_START),
        headers.jpeg_2000,
    ),
    OPEN_EXR,
    _rare("Radiance HDR", (".hdr",), _starting(b"#?RADIANCE", b"#?RGBE"), headers.hdr, is_light=True),
    _rare("TGA", (".tga",), lambda data: data.endswith(headers.TGA_END), headers.tga),
)


#: Pictures all the same.
_OTHERS = (
    (b"GIF87a", ".gif"), (b"GIF89a", ".gif"), (b"\xff\x0a", ".jxl"), (b"\0\0\0\x0cJXL \r\n\x87\n", ".jxl"),
    (b"8BPS", ".psd"), (b"DDS ", ".dds"), (b"\0\0\1\0", ".ico"), (b"P6", ".ppm"),
)  # fmt: skip


def named(name: str) -> Format:
    """The one of this name. Raises KeyError."""
    return {each.name: each for each in ALL}[name]


def known(data: bytes) -> Format | None:
    """Which format the bytes are of; None for any other."""
    return next((each for each in ALL if each.starts(data)), None)


def suffix_of(data: bytes) -> str:
    """Of a file for the bytes, be they of a format that Blender does not read; empty for what is no
    picture."""
    found = known(data)
    if found is not None:
        return found.suffix
    return next((suffix for start, suffix in _OTHERS if data.startswith(start)), "")


def format_of(data: bytes) -> Format:
    """The same. Raises PictureInvalid for any other."""
    found = known(data)
    if found is None:
        raise PictureInvalid("The data is no picture of a format that Blender reads.", _ADVICE)
    return found


def size(data: bytes) -> Size:
    """Width and height of a picture in pixels, as its header tells. Raises PictureInvalid."""
    return format_of(data).size(data)


def texts(data: bytes) -> dict[str, str]:
    """What a picture tells, by keyword: the text chunks of a PNG, the texts of an OpenEXR; of others the
    comment of their Exif block, which A1111 writes, as "parameters". Raises PictureInvalid where it is none,
    or not whole."""
    found = format_of(data)
    if found is PNG:
        return png.read_text(data)
    if found is OPEN_EXR:
        return exr.read_text(data)
    comment = exif.user_comment(found.exif(data))
    return {"parameters": comment} if comment.strip() else {}


def _damaged(name: str, how: str) -> PictureInvalid:
    return PictureInvalid("The {format} picture is damaged: {how}.", _ADVICE, format=name, how=how)
