# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Size, aspect and seed of new pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty

from ..blender import choices, picture_size
from ..blender.actions import results
from ..blender.selection import Selection
from ..messages import Message
from .reporting import UnlessStopped, allowed, reported


class DRAWTHINGS_OT_swap_size(bpy.types.Operator):
    """Turn new pictures from wide to high, or back: width becomes height"""

    bl_idname = "drawthings.swap_size"
    bl_label = "Swap Width and Height"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        picture_size.swap(context.scene.drawthings)


class DRAWTHINGS_OT_set_aspect(UnlessStopped, bpy.types.Operator):
    """Give new pictures this shape, with about as many pixels as before"""

    bl_idname = "drawthings.set_aspect"
    bl_label = "Set Aspect"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        aspect: str
    else:
        aspect: EnumProperty(name="Aspect", items=choices.ASPECTS, default='1:1')

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        about = properties.bl_rna.properties["aspect"].enum_items[properties.aspect].description
        return Message("{about}. New pictures keep about as many pixels as before", about=about)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        picture_size.set_aspect(Selection.of(context), self.aspect)


class DRAWTHINGS_OT_keep_seed(bpy.types.Operator):
    """Keep the seed of the selected result: what you change from now on is all that changes in the picture"""

    bl_idname = "drawthings.keep_seed"
    bl_label = "Keep This Seed"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, results.why_no_seed())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.keep_seed(context.scene.drawthings)


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_swap_size, DRAWTHINGS_OT_set_aspect, DRAWTHINGS_OT_keep_seed)
)
