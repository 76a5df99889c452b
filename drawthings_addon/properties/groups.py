# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that not every server knows: groups inside `Scene.drawthings`.

They are kept in the .blend whichever server is connected, and shown where they have an effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, FloatProperty, PointerProperty, StringProperty

from ..blender import choices
from . import rows


class DRAWTHINGS_PG_style(bpy.types.PropertyGroup):
    """One of the server's prompt styles; `name` is its name there."""

    if TYPE_CHECKING:
        name: str
    else:
        name: StringProperty(
            name="Style",
            description="A prompt style of the server",
            search=choices.search_styles,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )


class DRAWTHINGS_PG_option(bpy.types.PropertyGroup):
    """One setting of the server for our requests only; `name` is its key there."""

    if TYPE_CHECKING:
        name: str
        value: str
    else:
        value: StringProperty(
            name="Value", description="A number, true or false, or a text", maxlen=choices.MAX_TEXT_BYTES
        )


class DRAWTHINGS_PG_script_argument(bpy.types.PropertyGroup):
    """One argument of the chosen script; `name` is its label."""

    if TYPE_CHECKING:
        name: str
        value: str
    else:
        value: StringProperty(
            name="Value", description="A number, true or false, or a text", maxlen=choices.MAX_TEXT_BYTES
        )


class DRAWTHINGS_PG_hires(bpy.types.PropertyGroup):
    """Hires fix with a scale: a small picture first, enlarged and worked over. Rows alone."""


class DRAWTHINGS_PG_scene_control(bpy.types.PropertyGroup):
    """One map of the Blender scene that guides the picture (ControlNet)."""

    if TYPE_CHECKING:
        use: bool
        model: str
        weight: float
        guidance_start: float
        guidance_end: float
    else:
        use: BoolProperty(name="Use", description="Let this map of the scene guide the picture (ControlNet)")
        model: StringProperty(
            name="Model",
            description="ControlNet model on the server. Empty: the first that fits",
            search=choices.search_control_models,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        weight: FloatProperty(
            name="Weight", description="How strongly it guides", default=1.0, min=0.0, max=2.0
        )
        guidance_start: FloatProperty(
            name="From", description="Part of the steps at which it begins", default=0.0, min=0.0, max=1.0
        )
        guidance_end: FloatProperty(
            name="To", description="Part of the steps at which it ends", default=1.0, min=0.0, max=1.0
        )


class DRAWTHINGS_PG_scene_controls(bpy.types.PropertyGroup):
    """The maps of the scene: depth, normal, line; and the range that depth is measured in."""

    if TYPE_CHECKING:
        depth: DRAWTHINGS_PG_scene_control
        normal: DRAWTHINGS_PG_scene_control
        line: DRAWTHINGS_PG_scene_control
        use_depth_range: bool
        depth_near: float
        depth_far: float
    else:
        depth: PointerProperty(name="Depth", type=DRAWTHINGS_PG_scene_control)
        normal: PointerProperty(name="Normal", type=DRAWTHINGS_PG_scene_control)
        line: PointerProperty(name="Line", type=DRAWTHINGS_PG_scene_control)
        use_depth_range: BoolProperty(
            name="Fixed Depth Range",
            description="Measure depth between these distances in every frame, so that nothing flickers. "
            "Off: between the nearest and the farthest point of the scene's objects",
        )
        depth_near: FloatProperty(
            name="Near", description="Drawn white", default=1.0, min=0.001, subtype='DISTANCE'
        )
        depth_far: FloatProperty(
            name="Far", description="Drawn black", default=20.0, min=0.002, subtype='DISTANCE'
        )


rows.add_to(DRAWTHINGS_PG_hires, "hires.")

CLASSES = (
    DRAWTHINGS_PG_style,
    DRAWTHINGS_PG_option,
    DRAWTHINGS_PG_script_argument,
    DRAWTHINGS_PG_hires,
    DRAWTHINGS_PG_scene_control,
    DRAWTHINGS_PG_scene_controls,
)
