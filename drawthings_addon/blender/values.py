# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as their text fields and Blender's own numbers hold them."""

from __future__ import annotations

import json
from typing import Any

import bpy
import numpy as np

from ..client.checks import shown
from ..client.draw_things.keys import KEYS
from ..client.draw_things.payload import sizes_that_follow
from ..client.request import JsonScalar
from ..errors import InvalidSettings


def parse_value(name: str, text: str) -> JsonScalar:
    """An advanced parameter's value from its text field. Raises InvalidSettings."""
    key = KEYS.get(name)
    if key is None:
        raise InvalidSettings(
            f"“{shown(name)}” is no parameter of the server.", "Remove it under Settings → Advanced."
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
            f"{key.label} is “{shown(text)}”, and should be {wanted}.",
            "Correct it under Settings → Advanced.",
        ) from None
    return text or None


def first_value(settings: bpy.types.PropertyGroup, name: str) -> str:
    """The text that an advanced parameter begins with: what is sent without it, else its least value."""
    key = KEYS[name]
    value = sizes_that_follow(settings.width, settings.height).get(name, key.default)
    if value is None and key.minimum is not None:
        value = int(key.minimum) if key.kind == "INTEGER" else key.minimum
    return format_value(value)


def any_value(text: str) -> Any:
    """A value whose type nobody knows: JSON where it reads as such, else the text itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return tuple(value) if isinstance(value, list) else value


def format_value(value: JsonScalar) -> str:
    """The text of a value, such that `parse_value` gives it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def as_text(value: object) -> str:
    """The way back from `any_value`."""
    return value if isinstance(value, str) else json.dumps(value)


def signed_seed(seed: int) -> int:
    """A seed of 0 to 2^32 - 1 as Blender's signed integers hold it."""
    return seed - 2**32 if seed >= 2**31 else seed


def unsigned_seed(value: int) -> int:
    """The way back."""
    return value % 2**32


def as_shown(value: Any) -> Any:
    """A number as the panel shows it: Blender's 32 bits give 0.6 back as 0.6000000238418579."""
    return float(str(np.float32(value))) if isinstance(value, float) else value
