# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The open picture larger than the model: how large, in how many tiles, and how long that takes."""

from __future__ import annotations

import bpy

from ..blender import connection
from ..blender.actions import refine
from ..blender.selection import Selection, no_image
from ..client.features import Feature
from ..messages import Message
from . import words
from .picture import Inside


class DRAWTHINGS_PT_refine(Inside, bpy.types.Panel):
    bl_label = "Larger"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = context.scene.drawthings.refine
        image = context.space_data.image
        column = layout.column(align=True)
        column.prop(chosen, "width")
        column.prop(chosen, "height")
        column = layout.column(align=True)
        column.prop(chosen, "tile")
        column.prop(chosen, "overlap")
        layout.prop(chosen, "strength")
        if image.source != 'TILED':
            layout.prop(chosen, "wrap")
        if connection.offers(Feature.UPSCALE):
            layout.prop(chosen, "use_upscaler")
        layout.prop(chosen, "target", expand=True)
        found = refine.plan(context.scene, image)
        part = layout.column()
        part.scale_y = 1.2
        _draw_button(part, context, str(found.error) if found.error is not None else "")
        _draw_plan(layout, context, found)


def draw_button(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The same press, for menus."""
    image = Selection.of(context).edited_image
    wrong = refine.why_not(context.scene, image) if image is not None else str(no_image())
    _draw_button(layout, context, wrong)


def _draw_button(layout: bpy.types.UILayout, context: bpy.types.Context, wrong: str) -> None:
    part = layout.row()
    words.stop(part, wrong)
    button = part.operator("drawthings.refine", text="Make Larger", icon='MOD_SUBSURF')
    button.target = context.scene.drawthings.refine.target


def _draw_plan(layout: bpy.types.UILayout, context: bpy.types.Context, found: refine.Plan) -> None:
    """What the press will do, told before."""
    column = words.outlook(layout, context, found.error, is_known=found.is_known)
    if column is None:
        return
    size = words.size(*found.sizes[0])
    tiles: str = Message("{count} tiles", count=found.tiles) if found.tiles != 1 else Message("1 tile")
    if len(found.sizes) > 1:
        size = Message("{count} × {size}", count=len(found.sizes), size=size)
    wordings = [Message("{size}, {tiles}", size=size, tiles=tiles)]
    if found.seconds is not None:
        time = words.duration(max(found.seconds, 1.0))
        wordings.insert(0, Message("{size}, {tiles} · about {time}", size=size, tiles=tiles, time=time))
    words.label(column, words.fitting(context, wordings), icon='FORWARD')
    if context.scene.drawthings.inpaint.use:
        words.paragraph(column, "All of the picture, also beside Only Here", words.sidebar_line(context))


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PT_refine,))
