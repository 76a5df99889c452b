# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel's settings of maps, as they are made by, and the way back."""

from __future__ import annotations

import dataclasses
from typing import Any

import bpy

from ..imaging.maps import MapSettings
from . import settings
from .delivery import images


def of(scene: bpy.types.Scene, image: bpy.types.Image | None = None) -> MapSettings:
    """What the panel shows; a picture that was made seamless tiles. Raises InvalidSettings."""
    chosen = scene.drawthings.maps
    values: dict[str, Any] = {}
    for field in dataclasses.fields(MapSettings):
        value = getattr(chosen, field.name)
        values[field.name] = settings.as_shown(value) if isinstance(value, float) else value
    if image is not None and image.drawthings.is_seamless:
        made = images.readable_recipe(image)
        # One that repeats one way alone has two borders that do not meet.
        values["use_wrap"] |= made is None or made.repeats in ((False, False), (True, True))
    return MapSettings(**values)


def wanted(scene: bpy.types.Scene) -> MapSettings | None:
    """Those of a new texture: as the panel shows, but made here alone; None: it gets none. Raises
    InvalidSettings."""
    if not scene.drawthings.maps.use:
        return None
    found = of(scene)
    found.require_any()
    seamless = scene.drawthings.seamless
    wraps = found.use_wrap or (seamless.use and seamless.axes == 'XY')
    return dataclasses.replace(found.made_here(), use_wrap=wraps)


def adopt(scene: bpy.types.Scene, made: MapSettings) -> None:
    """Set the panel to what maps were made with."""
    for field in dataclasses.fields(MapSettings):
        setattr(scene.drawthings.maps, field.name, getattr(made, field.name))
