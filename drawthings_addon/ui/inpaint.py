# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only Here: the mask, how it is blended in, and the button that ends painting it."""

from __future__ import annotations

from typing import Any

import bpy

from ..blender import painted
from ..blender.actions import painting
from ..blender.capture import masks, source_size
from ..blender.painted import Where
from ..blender.selection import Selection
from ..messages import Message
from . import effects, words

_TALL = 1.4
_OFF = "Off: all of the picture is made anew."
_HINT = "White adds. Ctrl takes away."


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Where the mask comes from and how it is used; while it is painted the way out alone."""
    inpaint = context.scene.drawthings.inpaint
    if painted.now() is not None:
        row = layout.row()
        row.scale_y = _TALL
        draw_paint(row, Selection.of(context))
        words.paragraph(layout.column(align=True), _HINT, words.sidebar_line(context), icon='INFO')
        return
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.prop(inpaint, "mask_source")
    if inpaint.mask_source in {'IMAGE', 'PAINT'}:
        draw_paint(column, Selection.of(context))
        column.template_ID(inpaint, "mask", new="image.new", open="image.open")
    _draw_off(layout, context)
    column = layout.column()
    column.active = inpaint.use
    if inpaint.mask_source == 'ATTRIBUTE':
        words.field(column, inpaint, "attribute", text="Name")
    elif inpaint.mask_source == 'COLOR':
        column.prop(inpaint, "color")
        column.prop(inpaint, "tolerance")
    column.prop(inpaint, "invert")
    part = column.column(align=True)
    part.prop(inpaint, "grow")
    part.prop(inpaint, "feather")
    part = column.column(align=True)
    part.prop(inpaint, "context")
    part.prop(inpaint, "work_megapixels")
    column.prop(inpaint, "fill")
    if inpaint.fill == 'COLOR':
        column.prop(inpaint, "fill_color", text=" ")


def _draw_off(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Why what stands below is faded."""
    if not context.scene.drawthings.inpaint.use:
        effects.note(layout, _OFF, words.sidebar_line(context))


def draw_region(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    selection: Selection,
    picture: bpy.types.Image | None,
) -> None:
    """What of the picture would be sent, for below the line that tells its whole size; nothing without Only
    Here, or where that is not known without a look at the mask."""
    only_here = masks.OnlyHere.of(context.scene, selection.active)
    if only_here is None or only_here.kind not in {'IMAGE', 'PAINT'} or only_here.image is None:
        return
    region = only_here.region(*source_size.of_loaded(picture))
    row = layout.row()
    row.active = False
    if region is None:
        # It keeps its place, so that nothing moves once the mask was looked at.
        row.label(text="", icon='BLANK1')
        return
    sizes = {"size": words.size(region.width, region.height), "sent": words.size(*region.sent)}
    wordings = (
        Message("Region {size}, sent as {sent}", **sizes),
        Message("{size}, sent as {sent}", **sizes),
    )
    words.label(row, words.fitting(context, wordings), icon='BLANK1')


def draw_paint(layout: bpy.types.UILayout, selection: Selection, **arguments: Any) -> None:
    """The button that begins to paint the mask where the editor shows the picture, and the one that ends it;
    grey with its reason where nothing can be painted on."""
    if painted.now() is not None:
        layout.operator("drawthings.finish_mask", icon='CHECKMARK', **arguments)
        return
    is_image_editor = selection.editor is not None and selection.editor.type == 'IMAGE_EDITOR'
    where: Where = 'IMAGE' if is_image_editor else 'MESH'
    part = layout.row(align=True)
    words.stop(part, painting.why_not(selection, where))
    part.operator("drawthings.paint_mask", icon='BRUSH_DATA', **arguments).where = where


def draw_server_mask(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What a server does by itself with the mask that it is sent."""
    inpaint = context.scene.drawthings.inpaint
    layout.use_property_split, layout.use_property_decorate = True, False
    _draw_off(layout, context)
    layout = layout.column()
    layout.active = inpaint.use
    layout.prop(inpaint, "mask_blur")
    layout.prop(inpaint, "area")
    if inpaint.area == 'MASKED':
        layout.prop(inpaint, "padding")


def _draw_way_out(self: bpy.types.Header, _context: bpy.types.Context) -> None:
    """In the headers of the editors that are painted in: their sidebars may be closed."""
    if painted.now() is not None:
        self.layout.operator("drawthings.finish_mask", icon='CHECKMARK')


_HEADERS = ("IMAGE_HT_header", "VIEW3D_HT_header")


def register() -> None:
    for name in _HEADERS:
        getattr(bpy.types, name).append(_draw_way_out)


def unregister() -> None:
    for name in _HEADERS:
        getattr(bpy.types, name).remove(_draw_way_out)
