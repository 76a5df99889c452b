# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Scene.drawthings.seamless` and `Scene.drawthings.outpaint`: pictures that repeat, and larger ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..blender import choices
from ..jobs.canvas import MAX_SIDE


class DRAWTHINGS_PG_seamless(bpy.types.PropertyGroup):
    """A picture whose borders meet, so that it repeats."""

    if TYPE_CHECKING:
        use: bool
        axes: str
        method: str
        strength: float
        target: str
    else:
        use: BoolProperty(
            name="Seamless",
            description="Texture makes pictures that repeat without a seam. A server that can do that by "
            "itself is asked for it; else each is made seamless before it is brought in",
        )
        axes: EnumProperty(
            name="Axes", description="Which borders meet", items=choices.SEAMLESS_AXES, default='XY'
        )
        method: EnumProperty(
            name="Method",
            description="What covers the seam",
            items=choices.SEAMLESS_METHODS,
            default='SERVER',
        )
        strength: FloatProperty(
            name="Strength",
            description="How far the server goes from the blend that it starts from, where the borders meet",
            default=0.4,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        target: EnumProperty(
            name="To",
            description="Where a seamless picture goes",
            items=choices.CANVAS_TARGETS,
            default='IMAGE',
        )


class DRAWTHINGS_PG_outpaint(bpy.types.PropertyGroup):
    """A larger canvas: what lies around the picture is painted by the server."""

    if TYPE_CHECKING:
        left: int
        right: int
        top: int
        bottom: int
        overlap: int
        strength: float
        target: str
    else:
        left: IntProperty(
            name="Left", description="Pixels by which the picture grows to the left", min=0, max=MAX_SIDE,
            soft_max=2048, subtype='PIXEL',
        )  # fmt: skip
        right: IntProperty(
            name="Right", description="Pixels by which the picture grows to the right", min=0, max=MAX_SIDE,
            soft_max=2048, subtype='PIXEL',
        )  # fmt: skip
        top: IntProperty(
            name="Top", description="Pixels by which the picture grows upward", min=0, max=MAX_SIDE,
            soft_max=2048, subtype='PIXEL',
        )  # fmt: skip
        bottom: IntProperty(
            name="Bottom", description="Pixels by which the picture grows downward", min=0, max=MAX_SIDE,
            soft_max=2048, subtype='PIXEL',
        )  # fmt: skip
        overlap: IntProperty(
            name="Overlap",
            description="Pixels around what is painted that the server sees as well, and over which the new "
            "takes on the brightness and colors of the old",
            default=128,
            min=0,
            max=1024,
            soft_max=256,
            subtype='PIXEL',
        )
        strength: FloatProperty(
            name="Strength",
            description="How far the server goes from the colors that flow in from the picture",
            default=0.8,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        target: EnumProperty(
            name="To",
            description="Where the larger picture goes",
            items=choices.CANVAS_TARGETS,
            default='IMAGE',
        )


CLASSES = (DRAWTHINGS_PG_seamless, DRAWTHINGS_PG_outpaint)
