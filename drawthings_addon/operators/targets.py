# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways out of what stands in a picture's way: unwrap the mesh, send less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty, StringProperty

from ..blender.capture import source_size
from ..blender.delivery import preflight
from ..blender.selection import Selection
from .reporting import allowed, reported


class DRAWTHINGS_OT_unwrap(bpy.types.Operator):
    """Give the mesh a UV map by Smart UV Project, so that a texture can lie on it"""

    bl_idname = "drawthings.unwrap"
    bl_label = "Smart UV Project"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        is_there = preflight.has_bare_mesh(Selection.of(context))
        return allowed(cls, "" if is_there else "There is no mesh without a UV map")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        preflight.unwrap(Selection.of(context))


class DRAWTHINGS_OT_limit_size(bpy.types.Operator):
    """Send less: Source Size off, and the width and height of new pictures set to this size"""

    bl_idname = "drawthings.limit_size"
    bl_label = "Send Smaller"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        width: int
        height: int
    else:
        width: IntProperty(name="Width", default=1024, min=128, max=8192, subtype='PIXEL')
        height: IntProperty(name="Height", default=1024, min=128, max=8192, subtype='PIXEL')

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        chosen = context.scene.drawthings
        chosen.use_source_size = False
        chosen.width, chosen.height = self.width, self.height


class DRAWTHINGS_OT_dismiss_size(bpy.types.Operator):
    """Send it as large as it is: this is not said again of it"""

    bl_idname = "drawthings.dismiss_size"
    bl_label = "Send All of It"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        key: str
    else:
        key: StringProperty(name="Source", options={'SKIP_SAVE'})

    def execute(self, _context: bpy.types.Context) -> set[str]:
        source_size.note_said(self.key)
        return {'FINISHED'}


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_unwrap, DRAWTHINGS_OT_limit_size, DRAWTHINGS_OT_dismiss_size)
)
