# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures in requests and answers: base64, in the format that the settings name."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .. import picture
from ..picture import Pixels
from .errors import HttpError


def data_of(text: Any) -> bytes:
    """The bytes of a picture in a request: a data URI or plain base64. Raises HttpError."""
    if not isinstance(text, str):
        raise HttpError(500, "Invalid encoded image")
    if text.startswith(("http://", "https://")):
        # The web UI would fetch it. This server asks no other.
        raise HttpError(500, "Request to local resource not allowed")
    if text.startswith("data:image/"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise HttpError(500, "Invalid encoded image") from None


def decoded(text: Any) -> Pixels:
    """RGB or RGBA pixels. Raises HttpError."""
    return pixels_of(data_of(text))


def pixels_of(data: bytes) -> Pixels:
    """RGB or RGBA pixels of whatever Pillow reads. Raises HttpError."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            has_alpha = image.has_transparency_data
            return np.asarray(image.convert("RGBA" if has_alpha else "RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise HttpError(500, "Invalid encoded image") from None


def encoded(pixels: Pixels, samples_format: str = "png", texts: dict[str, str] | None = None) -> bytes:
    """A file of the format that the setting `samples_format` names. Raises HttpError."""
    target = io.BytesIO()
    image = Image.fromarray(pixels)
    samples_format = samples_format.lower()
    if samples_format == "png":
        chunks = PngInfo()
        for name, text in (texts or {}).items():
            chunks.add_text(name, text)
        # What is sent once over the loopback need not be small.
        image.save(target, "png", pnginfo=chunks, compress_level=1)
        return target.getvalue()
    if samples_format not in ("jpg", "jpeg", "webp"):
        raise HttpError(500, "Invalid image format")
    exif = Image.Exif()
    comment = (texts or {}).get("parameters", "")
    # Bytes here: Pillow would cut a text off at its first character outside of ASCII.
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + comment.encode("utf-16-be", "replace")
    if samples_format == "webp":
        image.save(target, "webp", quality=80, exif=exif)
    else:
        image.convert("RGB").save(target, "jpeg", quality=80, exif=exif)
    return target.getvalue()


def texts_of(data: bytes) -> tuple[str, dict[str, str]]:
    """The infotext of a picture, and what other texts a PNG has by name."""
    if data.startswith(picture.SIGNATURE):
        others = picture.texts(data)
        return others.pop("parameters", ""), others
    with Image.open(io.BytesIO(data)) as image:
        comment = image.getexif().get_ifd(0x8769).get(0x9286, b"")
    if isinstance(comment, bytes) and comment.startswith(b"UNICODE\0"):
        return comment[8:].decode("utf-16-be", "replace"), {}
    return "", {}


def to_base64(data: bytes) -> str:
    """As answers have it: without a data URI's start."""
    return base64.b64encode(data).decode()
