# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""drawthings.paint_mask and drawthings.finish_mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty

from ..blender import painted, undo
from ..blender.actions import painting
from ..blender.painted import Where
from ..blender.painting import begin
from ..blender.selection import Selection
from .reporting import UnlessStopped, allowed, reported


class DRAWTHINGS_OT_paint_mask(UnlessStopped, bpy.types.Operator):
    """Paint where Restyle makes the picture anew, with Blender's brushes: white adds, Ctrl takes away"""

    bl_idname = "drawthings.paint_mask"
    bl_label = "Paint Mask"
    bl_options = {'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        where: Where
        image: str
    else:
        where: EnumProperty(
            name="Where",
            items=(
                ('IMAGE', "Image", "Over the picture in the Image Editor"),
                ('MESH', "Mesh", "On the active mesh, in Texture Paint"),
            ),
            options={'SKIP_SAVE'},
        )
        image: StringProperty(
            name="Image",
            description="Name of the image datablock under the mask; empty: what the editor shows, or the "
            "texture of the mesh",
            options={'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        painting.paint(Selection.of(context), self.where, self.image)
        undo.keep_all()


class DRAWTHINGS_OT_finish_mask(bpy.types.Operator):
    """End painting the mask: brush, mode and editor are as they were, and the next Restyle uses the mask"""

    bl_idname = "drawthings.finish_mask"
    bl_label = "Finish Mask"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, "" if painted.now() is not None else "No mask is being painted")

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        undo.keep_all()
        begin.finish()


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_paint_mask, DRAWTHINGS_OT_finish_mask)
)
