# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values, for the requests of every dialect: each raises InvalidSettings in words."""

from __future__ import annotations

import re

from ..errors import InvalidSettings, PictureInvalid
from ..imaging import jpeg, png
from .bounds import MAX_PROMPT
from .http.untrusted_json import Base64
from .request import GenerationRequest

#: Half of a pair, which no UTF-8 holds.
SURROGATE = re.compile("[\ud800-\udfff]")


def text(value: object, what: str) -> str:
    """A text that JSON and UTF-8 can hold, and no longer than a prompt may be."""
    if not isinstance(value, str):
        raise InvalidSettings(f"{what} is a text, not “{shown(value)}”.", "Write it anew.")
    if len(value) > MAX_PROMPT:
        raise InvalidSettings(f"{what} has {len(value)} characters.", f"Take no more than {MAX_PROMPT}.")
    if SURROGATE.search(value):
        raise InvalidSettings(f"{what} holds a character that is not one.", "Write the text anew.")
    return value


def switch(value: object, what: str) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise InvalidSettings(f"{what} is either on or off, not “{shown(value)}”.", "Set it anew.")
    return value


def finite(value: object, what: str) -> float:
    """A number that a 32-bit float holds, as servers keep them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidSettings(f"{what} is not a number.", "Enter a number.")
    if not abs(value) < 1e38:
        raise InvalidSettings(f"{what} is not a finite number.", "Usual values lie between -2 and 2.")
    return float(value)


def within(value: object, minimum: float, maximum: float, what: str) -> float:
    """A number of a range, both ends included."""
    number = finite(value, what)
    if not minimum <= number <= maximum:
        raise InvalidSettings(f"{what} is {number:.15g}.", f"Set it to {minimum:.15g} to {maximum:.15g}.")
    return number


def whole(value: object, minimum: float, maximum: float, what: str) -> int:
    """A whole number of a range, both ends included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSettings(f"{what} is a whole number, not “{shown(value)}”.", "Enter one.")
    if not minimum <= value <= maximum:
        raise InvalidSettings(f"{what} is {shown(value)}.", f"Set it to {minimum} to {maximum}.")
    return value


def one_of(value: object, choices: tuple[str, ...], what: str) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidSettings(
            f"{what} cannot be “{shown(value)}”.",
            f"Choose one of: {', '.join(choice or 'nothing' for choice in choices)}.",
        )
    return value


def init_image(request: GenerationRequest) -> Base64:
    """img2img's picture as base64: PNG or JPEG, exactly of the size that is asked for."""
    data = request.images.init_image
    if not data:
        raise InvalidSettings("There is no picture for img2img.", "Choose a source.")
    encoded = picture(data, "The picture for img2img")
    size = picture_size(data)
    if size != (request.images.width, request.images.height):
        raise InvalidSettings(
            f"The picture for img2img is {size[0]} × {size[1]} pixels, but {request.images.width} × "
            f"{request.images.height} are asked for.",
            "The server wants both to be the same: fit the picture first.",
        )
    return encoded


def picture(data: bytes, what: str) -> Base64:
    """A PNG or a JPEG as base64."""
    try:
        picture_size(data)
    except PictureInvalid as error:
        raise InvalidSettings(
            f"{what} is neither PNG nor JPEG. {error.what}", "Choose another picture."
        ) from error
    return Base64(data)


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or a JPEG, as its header tells. Raises PictureInvalid."""
    if data.startswith(jpeg.SIGNATURE):
        return jpeg.size(data)
    header = png.header(data)
    return header.width, header.height


def shown(value: object) -> str:
    """A value for a message: short, and with nothing that a message cannot hold."""
    try:
        text = str(value)
    except ValueError:
        # Python refuses to write integers of thousands of digits.
        return "an enormous number"
    text = SURROGATE.sub("?", text)
    return text if len(text) <= 60 else text[:60] + "…"
