# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture's canvas: made to repeat, shown repeated, made larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..blender import choices
from ..blender.actions import canvas
from ..blender.delivery import editors
from ..blender.delivery.target import ImageTarget
from ..blender.readiness import NO_SCENE
from ..blender.selection import Selection
from ..imaging.seams import Axes
from ..jobs.canvas import MAX_SIDE, Borders, Method, Seamless
from .picture import named_or_open
from .reporting import allowed, obstacle, reported

_IMAGE = "Name of the image datablock; empty: the one in the Image Editor"


class DRAWTHINGS_OT_make_seamless(bpy.types.Operator):
    """Make this picture repeat without a seam"""

    bl_idname = "drawthings.make_seamless"
    bl_label = "Make Seamless"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        axes: Axes
        method: Method
        target: ImageTarget
    else:
        image: StringProperty(name="Image", description=_IMAGE, options={'SKIP_SAVE'})
        axes: EnumProperty(name="Axes", items=choices.SEAMLESS_AXES, default='XY', options={'SKIP_SAVE'})
        method: EnumProperty(
            name="Method", items=choices.SEAMLESS_METHODS, default='SERVER', options={'SKIP_SAVE'}
        )
        target: EnumProperty(
            name="Target", items=choices.CANVAS_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if properties.method == 'BLEND':
            return "Make this picture repeat without a seam, by its own pixels: no server is asked"
        return "Make this picture repeat without a seam: the server paints over where its borders meet"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) or ("" if context.scene else NO_SCENE))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        canvas.make_seamless(
            Selection.of(context),
            named_or_open(self.image, context),
            Seamless(self.axes, self.method),
            self.target,
        )


class DRAWTHINGS_OT_outpaint(bpy.types.Operator):
    """Make this picture larger: the server paints what lies around it, and its own pixels stay"""

    bl_idname = "drawthings.outpaint"
    bl_label = "Outpaint"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        left: int
        right: int
        top: int
        bottom: int
        target: ImageTarget
    else:
        image: StringProperty(name="Image", description=_IMAGE, options={'SKIP_SAVE'})
        left: IntProperty(name="Left", min=0, max=MAX_SIDE, subtype='PIXEL', options={'SKIP_SAVE'})
        right: IntProperty(name="Right", min=0, max=MAX_SIDE, subtype='PIXEL', options={'SKIP_SAVE'})
        top: IntProperty(name="Top", min=0, max=MAX_SIDE, subtype='PIXEL', options={'SKIP_SAVE'})
        bottom: IntProperty(name="Bottom", min=0, max=MAX_SIDE, subtype='PIXEL', options={'SKIP_SAVE'})
        target: EnumProperty(
            name="Target", items=choices.CANVAS_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) or ("" if context.scene else NO_SCENE))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        overlap = context.scene.drawthings.outpaint.overlap
        borders = Borders(self.left, self.right, self.top, self.bottom, overlap)
        canvas.outpaint(Selection.of(context), named_or_open(self.image, context), borders, self.target)


class DRAWTHINGS_OT_show_repeated(bpy.types.Operator):
    """Show this picture repeated, three times three in view; again: as it is"""

    bl_idname = "drawthings.show_repeated"
    bl_label = "3 × 3 Preview"
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        space = context.space_data
        is_there = space is not None and space.type == 'IMAGE_EDITOR' and space.image is not None
        return allowed(cls, "" if is_there else "No image is open here")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        editors.show_repeated(context.window, context.area, is_on=not context.space_data.show_repeat)


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_make_seamless, DRAWTHINGS_OT_outpaint, DRAWTHINGS_OT_show_repeated)
)
