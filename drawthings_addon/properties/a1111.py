# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that only servers with A1111's API know: groups inside `Scene.drawthings`.

They are kept in the .blend whichever server is connected, and shown where they have an effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..blender import choices


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
    """Hires fix as A1111 has it: a small picture first, enlarged and worked over."""

    if TYPE_CHECKING:
        use: bool
        scale: float
        upscaler: str
        steps: int
        strength: float
    else:
        use: BoolProperty(
            name="Hires Fix", description="Make a small picture first, enlarge it and work it over"
        )
        scale: FloatProperty(
            name="Scale", description="How much larger it becomes", default=2.0, min=1.0, max=4.0
        )
        upscaler: StringProperty(
            name="Upscaler",
            description="What enlarges it. Empty: Latent",
            search=choices.search_hires_upscalers,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        steps: IntProperty(
            name="Steps", description="Steps of the second pass; 0: as many as the first", min=0, max=150
        )
        strength: FloatProperty(
            name="Strength",
            description="How much the second pass may change (denoising strength)",
            default=0.5,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )


class DRAWTHINGS_PG_inpaint(bpy.types.PropertyGroup):
    """Change only a part of what is sent."""

    if TYPE_CHECKING:
        mask: bpy.types.Image | None
        mask_blur: int
        area: str
        padding: int
        fill: str
    else:
        mask: PointerProperty(
            name="Mask",
            description="White is made anew, black stays. Any image; it is resized to what is sent",
            type=bpy.types.Image,
        )
        mask_blur: IntProperty(
            name="Blur", description="Softness of the mask's edge in pixels", default=4, min=0, max=64
        )
        area: EnumProperty(
            name="Area",
            description="What the model looks at",
            items=(
                ('WHOLE', "Whole Picture", "The whole picture, so that the new part fits in"),
                ('MASKED', "Only Masked", "Only the masked part, at full resolution"),
            ),
        )
        padding: IntProperty(
            name="Padding",
            description="Pixels around the masked part that the model sees too",
            default=32,
            min=0,
            max=256,
        )
        fill: EnumProperty(
            name="Fill",
            description="What the masked part starts from",
            items=(
                ('ORIGINAL', "Original", "What is there"),
                ('FILL', "Fill", "The colours around it"),
                ('LATENT_NOISE', "Latent Noise", "Noise"),
                ('LATENT_NOTHING', "Latent Nothing", "Nothing"),
            ),
        )


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
        depth: PointerProperty(type=DRAWTHINGS_PG_scene_control)
        normal: PointerProperty(type=DRAWTHINGS_PG_scene_control)
        line: PointerProperty(type=DRAWTHINGS_PG_scene_control)
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


CLASSES = (
    DRAWTHINGS_PG_style,
    DRAWTHINGS_PG_option,
    DRAWTHINGS_PG_script_argument,
    DRAWTHINGS_PG_hires,
    DRAWTHINGS_PG_inpaint,
    DRAWTHINGS_PG_scene_control,
    DRAWTHINGS_PG_scene_controls,
)
