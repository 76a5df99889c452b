# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures in requests and answers: base64, in the format that the settings name."""

from __future__ import annotations

import base64
import binascii
import io
import struct
from typing import Any

from .. import picture
from ..picture import Pixels
from .errors import Failure, HttpError


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
    try:
        return picture.decode_with_alpha(data_of(text))
    except picture.NotAPicture:
        raise HttpError(500, "Invalid encoded image") from None


def encoded(pixels: Pixels, samples_format: str = "png", texts: dict[str, str] | None = None) -> bytes:
    """A file of the format that the setting `samples_format` names. Raises Failure."""
    if samples_format == "png":
        return picture.encode(pixels, texts=texts)
    if samples_format not in ("jpg", "jpeg", "webp"):
        raise HttpError(500, "Invalid image format")
    try:
        from PIL import Image
    except ImportError:
        raise Failure("ModuleNotFoundError", "No module named 'PIL'") from None
    image = Image.fromarray(pixels)
    if samples_format != "webp":
        image = image.convert("RGB")
    exif = Image.Exif()
    comment = (texts or {}).get("parameters", "")
    # Bytes here: Pillow would cut a text off at its first character outside of ASCII.
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + comment.encode("utf-16-be", "replace")
    target = io.BytesIO()
    kind = "webp" if samples_format == "webp" else "jpeg"
    image.save(target, kind, quality=80, exif=exif)
    return target.getvalue()


def text_of(data: bytes) -> str:
    """The text `parameters` of a PNG, or what a JPEG or WebP has as its comment."""
    if data.startswith(picture.SIGNATURE):
        return picture.texts(data).get("parameters", "")
    try:
        from PIL import Image

        with Image.open(io.BytesIO(data)) as image:
            comment = image.getexif().get_ifd(0x8769).get(0x9286, b"")
    except (ImportError, OSError, ValueError, SyntaxError, struct.error):
        return ""
    if isinstance(comment, bytes) and comment.startswith(b"UNICODE\0"):
        return comment[8:].decode("utf-16-be", "replace")
    return ""


def to_base64(data: bytes) -> str:
    """As answers have it: without a data URI's start."""
    return base64.b64encode(data).decode()
