# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as their text fields and Blender's own numbers hold them."""

from __future__ import annotations

import json
from typing import Any

import bpy

from ..client import connect
from ..client.parameters import ADVANCED
from ..client.request import JsonScalar


def parse_value(name: str, text: str) -> JsonScalar:
    """An advanced parameter's value from its text field. Raises InvalidSettings."""
    return connect.named(ADVANCED).parse_option(name, text)


def first_value(settings: bpy.types.PropertyGroup, name: str) -> str:
    """The text that an advanced parameter begins with."""
    return format_value(connect.named(ADVANCED).first_option(name, settings.width, settings.height))


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
