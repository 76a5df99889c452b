# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside the buttons: how far, how many, how large, and from which seed."""

from __future__ import annotations

import bpy

from ..blender import choices, connection, node_reading, picture_size, settings
from ..blender.selection import Selection
from ..blender.session import session
from . import effects, words

_STRENGTHS_SHARE = 0.52


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Three rows: strength and number, size, seed. In a narrow sidebar each field has a row of its
    own."""
    chosen = context.scene.drawthings
    found = effects.of(context)
    column = layout.column(align=True)
    is_narrow = words.is_narrow(context)
    # Beside one another Blender would cut the last digits off there.
    named = {} if is_narrow else {"text": ""}
    row = column if is_narrow else column.split(factor=_STRENGTHS_SHARE, align=True)
    found.prop(row, chosen, "strength", slider=True)
    part = row.row(align=True)
    part.prop(chosen, "batch_count")
    part.popover("DRAWTHINGS_PT_grid", text="", icon='MESH_GRID')
    row = column.row(align=True)
    row.prop(chosen, "width", **named)
    row.operator("drawthings.swap_size", text="", icon='ARROW_LEFTRIGHT')
    row = column.row(align=True) if is_narrow else row
    row.prop(chosen, "height", **named)
    row.menu("DRAWTHINGS_MT_aspects", text="", icon='DOWNARROW_HLT')
    _draw_seed(column.row(align=True), chosen)
    found.tell(layout, "strength")
    about = settings.about_strength(context.scene, connection.dialect(), session.get().status.model)
    effects.note(layout, about, found.line)


def _draw_seed(row: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The seed with its shuffle switch. While it does not count it is faded, not hidden: it is kept."""
    field = row.row(align=True)
    field.active = not chosen.use_random_seed
    field.prop(chosen, "seed")
    row.prop(chosen, "use_random_seed", text="", icon='FILE_REFRESH')
    row.operator("drawthings.keep_seed", text="", icon='LOCKED' if not chosen.use_random_seed else 'UNLOCKED')


class DRAWTHINGS_MT_aspects(bpy.types.Menu):
    """Shapes of new pictures, each with the size that it gives"""

    bl_label = "Aspect"
    bl_description = "The shape of new pictures, such as 16:9 or the render's, with about as many pixels"

    def draw(self, context: bpy.types.Context) -> None:
        with node_reading.glance():
            self._draw(Selection.of(context))

    def _draw(self, selection: Selection) -> None:
        for aspect, _name, _about in choices.ASPECTS:
            row = self.layout.row()
            words.stop(row, picture_size.why_not(selection, aspect))
            text = picture_size.about(selection, aspect)
            row.operator("drawthings.set_aspect", text=text, translate=False).aspect = aspect


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_MT_aspects,))
