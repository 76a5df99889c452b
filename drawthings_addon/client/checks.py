# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values, for the requests of every dialect: each raises InvalidSettings in words."""

from __future__ import annotations

import re

from ..errors import InvalidSettings, PictureInvalid
from ..imaging import formats
from ..imaging.formats import JPEG, PNG, Format
from ..messages import Message
from .bounds import MAX_PROMPT
from .http.untrusted_json import Base64
from .request import GenerationRequest

#: Half of a pair, which no UTF-8 holds.
SURROGATE = re.compile("[\ud800-\udfff]")

#: What is said of a control by its name.
WEIGHT_OF = "The weight of {name}"
#: Advice for an option that is a parameter.
SET_THERE = "Set {parameter} there, and remove it here."
#: Advice with the nearest value that is taken.
NEAREST = "Set it to {nearest}."
_WITHIN = "Set it to {minimum} to {maximum}."


def text(value: object, what: str) -> str:
    """A text that JSON and UTF-8 can hold, and no longer than a prompt may be."""
    if not isinstance(value, str):
        raise InvalidSettings(
            "{what} is a text, not “{value}”.", "Write it anew.", what=what, value=shown(value)
        )
    if len(value) > MAX_PROMPT:
        raise InvalidSettings(
            "{what} has {count} characters.",
            "Take no more than {most}.",
            what=what,
            count=len(value),
            most=MAX_PROMPT,
        )
    if SURROGATE.search(value):
        raise InvalidSettings("{what} holds a character that is not one.", "Write the text anew.", what=what)
    return value


def switch(value: object, what: str) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise InvalidSettings(
            "{what} is either on or off, not “{value}”.", "Set it anew.", what=what, value=shown(value)
        )
    return value


def finite(value: object, what: str) -> float:
    """A number that a 32-bit float holds, as servers keep them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidSettings("{what} is not a number.", "Enter a number.", what=what)
    if not abs(value) < 1e38:
        raise InvalidSettings(
            "{what} is not a finite number.", "Usual values lie between -2 and 2.", what=what
        )
    return float(value)


def within(value: object, minimum: float, maximum: float, what: str) -> float:
    """A number of a range, both ends included."""
    number = finite(value, what)
    if not minimum <= number <= maximum:
        raise InvalidSettings(
            "{what} is {number}.",
            _WITHIN,
            what=what,
            number=f"{number:.15g}",
            minimum=f"{minimum:.15g}",
            maximum=f"{maximum:.15g}",
        )
    return number


def part_of_steps(start: object, end: object, what: str) -> tuple[float, float]:
    """From where to where something acts, as parts of the steps from 0 to 1."""
    first = within(start, 0, 1, Message("The start of {what}", what=what))
    last = within(end, 0, 1, Message("The end of {what}", what=what))
    if first > last:
        raise InvalidSettings("The start of {what} is after its end.", "Swap the two.", what=what)
    return first, last


def whole(value: object, minimum: float, maximum: float, what: str) -> int:
    """A whole number of a range, both ends included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSettings(
            "{what} is a whole number, not “{value}”.", "Enter one.", what=what, value=shown(value)
        )
    if not minimum <= value <= maximum:
        raise InvalidSettings(
            "{what} is {value}.",
            _WITHIN,
            what=what,
            value=shown(value),
            minimum=minimum,
            maximum=maximum,
        )
    return value


def one_of(value: object, choices: tuple[str, ...], what: str) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidSettings(
            "{what} cannot be “{value}”.",
            "Choose one of: {choices}.",
            what=what,
            value=shown(value),
            choices=", ".join(choice or "nothing" for choice in choices),
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
            "The picture for img2img is {width} × {height} pixels, but {wanted_width} × "
            "{wanted_height} are asked for.",
            "The server wants both to be the same: fit the picture first.",
            width=size[0],
            height=size[1],
            wanted_width=request.images.width,
            wanted_height=request.images.height,
        )
    return encoded


def picture(data: bytes, what: str, accepted: tuple[Format, ...] = (PNG, JPEG)) -> Base64:
    """A picture of one of the formats as base64, by default a PNG or a JPEG."""
    try:
        _size(data, accepted)
    except PictureInvalid as error:
        raise InvalidSettings(
            "{what} is neither PNG nor JPEG. {reason}"
            if accepted == (PNG, JPEG)
            else "{what} cannot be sent. {reason}",
            "Choose another picture.",
            what=what,
            reason=error.what,
        ) from error
    return Base64(data)


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or a JPEG, as its header tells. Raises PictureInvalid."""
    return _size(data, (PNG, JPEG))


def _size(data: bytes, accepted: tuple[Format, ...]) -> tuple[int, int]:
    found = formats.known(data)
    # Of what is of no format the reader of the first says so.
    return (found if found in accepted else accepted[0]).size(data)


def shown(value: object) -> str:
    """A value for a message: short, and with nothing that a message cannot hold."""
    try:
        text = str(value)
    except ValueError:
        # Python refuses to write integers of thousands of digits.
        return "an enormous number"
    text = SURROGATE.sub("?", text)
    return text if len(text) <= 60 else text[:60] + "…"


def takes_no_picture() -> InvalidSettings:
    """The error for a new picture that is given one."""
    return InvalidSettings("A picture was given to txt2img, which takes none.", "Use img2img for it.")


def set_twice(name: str) -> InvalidSettings:
    """The error for an option that is among the options two times."""
    return InvalidSettings("“{name}” is set twice.", "Remove one of the two.", name=shown(name))
