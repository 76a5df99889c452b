# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The open picture's canvas: made to repeat, shown repeated, made larger."""

from __future__ import annotations

import bpy

from ..blender import connection, readiness
from ..blender.actions import canvas
from ..blender.selection import Selection
from ..messages import Message
from . import words
from .picture import Inside

_TALL = 1.2
_SIDES = ("left", "right", "top", "bottom")
#: Nothing is wrong yet.
_NO_SIDE = "How much is added, and where?"


class DRAWTHINGS_PT_outpaint(Inside, bpy.types.Panel):
    bl_label = "Outpaint"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = context.scene.drawthings.outpaint
        column = layout.column(align=True)
        for side in _SIDES:
            column.prop(chosen, side)
        layout.prop(chosen, "overlap")
        layout.prop(chosen, "strength")
        layout.row().prop(chosen, "target", expand=True)
        found = canvas.outpaint_plan(context.scene, context.space_data.image)
        row = layout.row(align=True)
        row.scale_y = _TALL
        _draw_outpaint(row, context, found)
        if not any(getattr(chosen, side) for side in _SIDES):
            faded = layout.column(align=True)
            faded.active = False
            words.paragraph(faded, _NO_SIDE, words.sidebar_line(context), icon='INFO')
            return
        _draw_plan(layout, context, found)


class DRAWTHINGS_PT_seamless(Inside, bpy.types.Panel):
    bl_label = "Seamless"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen, space = context.scene.drawthings.seamless, context.space_data
        draw_how(layout, chosen)
        layout.row().prop(chosen, "target", expand=True)
        found = canvas.seamless_plan(context.scene, space.image)
        row = words.pair(layout, context)
        row.scale_y = _TALL
        _draw_seamless(row.row(align=True), context, found)
        row.operator("drawthings.show_repeated", text="3 × 3", icon='MESH_GRID', depress=space.show_repeat)
        if found.parts or found.error is not None:
            _draw_plan(layout, context, found)


def draw_entries(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The same as entries of a menu, with what the panels show."""
    scene, image = context.scene, Selection.of(context).edited_image
    if image is None:
        return
    _draw_outpaint(layout.row(), context, canvas.outpaint_plan(scene, image))
    _draw_seamless(layout.row(), context, canvas.seamless_plan(scene, image))


def _draw_outpaint(part: bpy.types.UILayout, context: bpy.types.Context, found: canvas.Plan) -> None:
    chosen = context.scene.drawthings.outpaint
    words.stop(part, _reason(context, found))
    button = part.operator("drawthings.outpaint", icon='FULLSCREEN_ENTER')
    for side in (*_SIDES, "target"):
        setattr(button, side, getattr(chosen, side))


def _draw_seamless(part: bpy.types.UILayout, context: bpy.types.Context, found: canvas.Plan) -> None:
    chosen = context.scene.drawthings.seamless
    words.stop(part, _reason(context, found, is_local=chosen.method == 'BLEND'))
    button = part.operator("drawthings.make_seamless", icon='MOD_ARRAY')
    button.axes, button.method, button.target = chosen.axes, chosen.method, chosen.target


def draw_how(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """By whom a picture is made to repeat, and in which directions."""
    layout.row().prop(chosen, "method", expand=True)
    layout.row().prop(chosen, "axes", expand=True)
    if chosen.method == 'SERVER':
        layout.prop(chosen, "strength")


def draw_switch(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Whether new pictures repeat, and how they are made to where the server makes none that do."""
    layout.prop(chosen, "use")
    if chosen.use and not connection.takes("use_tiling"):
        draw_how(layout, chosen)


def _reason(context: bpy.types.Context, found: canvas.Plan, *, is_local: bool = False) -> str:
    """Why the button is grey."""
    if found.error is not None:
        return str(found.error)
    return readiness.why_not_here() if is_local else readiness.why_not(context.scene)


def _draw_plan(layout: bpy.types.UILayout, context: bpy.types.Context, found: canvas.Plan) -> None:
    """What the press will do, told before."""
    column = words.outlook(layout, context, found.error, is_known=bool(found.parts))
    if column is None:
        return
    if found.new != found.old:
        old, new = words.size(*found.old), words.size(*found.new)
        becomes = Message("{old} becomes {new}", old=old, new=new)
        words.label(column, words.fitting(context, (becomes, f"{old} → {new}", new)), icon='FORWARD')
    size = words.size(*found.sent)
    wordings: tuple[str, ...] = (
        Message("Sent as {size}", size=size),
        Message("as {size}", size=size),
    )
    if found.parts > 1:
        wordings = (
            Message("{count} parts, sent as {size}", count=found.parts, size=size),
            Message("{count} parts, {size}", count=found.parts, size=size),
            Message("{count} parts", count=found.parts),
        )
    icon = 'BLANK1' if found.new != found.old else 'FORWARD'
    words.label(column, words.fitting(context, wordings), icon=icon)


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PT_outpaint, DRAWTHINGS_PT_seamless))
