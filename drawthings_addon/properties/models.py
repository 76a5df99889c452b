# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One model of the list in `WindowManager.drawthings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..blender import choices


class DRAWTHINGS_PG_listed_model(bpy.types.PropertyGroup):
    """`name` is its file, or what the server calls it: what is sent."""

    if TYPE_CHECKING:
        name: str
        title: str
        family: str
        pixels: int
        purposes: str
        about: str
        state: str
    else:
        title: StringProperty(name="Title", description="As the server's own window shows it")
        family: StringProperty(name="Family", description="Models that are alike")
        pixels: IntProperty(
            name="Pixels", description="The side of the square that it was taught; 0: not known", min=0
        )
        purposes: StringProperty(name="Purposes", description="What it is for, separated by spaces")
        about: StringProperty(name="About", description="Family, size and purpose on one line")
        state: EnumProperty(
            name="Is There", description="Whether the server has it", items=choices.MODEL_STATES
        )
