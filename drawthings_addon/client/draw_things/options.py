# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The app's parameters that have no field in a request: they go with it as options, by their names."""

from __future__ import annotations

import contextlib

from ...errors import InvalidSettings
from ...messages import Message
from ..checks import shown
from ..parameters import DRAW_THINGS
from ..request import GenerationRequest, JsonScalar
from .keys import KEYS
from .payload import FIELDS, FORMERLY_ADVANCED, check, folded, sizes_that_follow

#: Besides the fields what this extension sets itself.
NAMES = tuple(
    key.name
    for key in KEYS.values()
    if key.sendable and key.name not in FIELDS | {"batch_count", "batch_size"}
)


def parse(name: str, text: str) -> JsonScalar:
    """An option's value as it is written. Raises InvalidSettings."""
    key = KEYS.get(name)
    if key is None:
        raise InvalidSettings(
            "“{name}” is no parameter of the server.",
            "Remove it under Settings → Advanced.",
            name=shown(name),
        )
    text = text.strip()
    try:
        match key.kind:
            case "INTEGER":
                return int(text)
            case "NUMBER":
                return float(text)
            case "SWITCH":
                return {"true": True, "false": False}[text.casefold()]
    except (ValueError, KeyError):
        wanted = {"INTEGER": "a whole number", "NUMBER": "a number", "SWITCH": "true or false"}[key.kind]
        raise InvalidSettings(
            "{label} is “{text}”, and should be {wanted}.",
            "Correct it under Settings → Advanced.",
            label=key.label,
            text=shown(text),
            wanted=wanted,
        ) from None
    return text or None


def first(name: str, width: int, height: int) -> JsonScalar:
    """What is sent without the option for a picture of that size, else the least that may be sent."""
    key = KEYS[name]
    value = sizes_that_follow(width, height).get(name, key.default)
    if value is None and key.minimum is not None:
        return int(key.minimum) if key.kind == "INTEGER" else key.minimum
    return value


def in_fields(request: GenerationRequest) -> GenerationRequest:
    """With every option in its field, where it has one by now; a value that is none is left out."""
    usable = []
    for name, value in request.options_of(DRAW_THINGS):
        with contextlib.suppress(InvalidSettings):
            usable.append((name, check(name, value) if name in FORMERLY_ADVANCED else value))
    return folded(request.with_options(DRAW_THINGS, usable))


def counted_instead(request: GenerationRequest) -> dict[str, str]:
    """The fields that are not sent, because an option of their name counts: each with a sentence about it."""
    return {
        name: Message("It is set to {value} under Advanced, which counts.", value=str(value).lower())
        for name, value in request.options_of(DRAW_THINGS)
        if name in FORMERLY_ADVANCED
    }
