# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The 3D View's panel for teaching the server a style; where it cannot be taught there is none."""

from __future__ import annotations

import bpy

from ..blender import settings
from ..blender.actions import training
from ..blender.selection import Selection
from ..client.training import USUAL_LEARN_RATES
from ..errors import BridgeError
from ..messages import Message
from . import words


class DRAWTHINGS_PT_view3d_training(bpy.types.Panel):
    bl_label = "Teach a Style"
    bl_space_type = 'VIEW_3D'
    bl_region_type = 'UI'
    bl_category = "Draw Things"
    bl_order = 35
    bl_options = {'DEFAULT_CLOSED'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        # A run that is under way is shown whatever the server of the moment offers.
        return training.is_offered() or training.status() is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        status = training.status()
        if status is not None:
            _draw_status(layout, status, words.sidebar_line(context))
            return
        chosen = context.scene.drawthings.training
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "kind")
        words.field(layout, chosen, "name", placeholder="my-style")
        if chosen.kind == 'EMBEDDING':
            layout.prop(chosen, "vectors")
        layout.prop(chosen, "existing")
        column = layout.column(align=True)
        column.prop(chosen, "picture_count")
        column.prop(chosen, "size")
        layout.prop(chosen, "lighting", expand=True)
        layout.prop(chosen, "backdrop", expand=True)
        layout.prop(chosen, "use_existing_pictures")
        column = layout.column(align=True)
        column.prop(chosen, "steps")
        words.field(column, chosen, "learn_rate", placeholder=USUAL_LEARN_RATES.get(chosen.kind, ""))
        words.field(layout, chosen, "server_path", placeholder="Same as Here" if _is_here() else "Needed")
        reason = training.why_not(Selection.of(context))
        if reason:
            row = layout.row()
            row.active = False
            words.label(row, reason, icon='INFO')
        row = layout.row()
        row.scale_y = 1.2
        row.operator("drawthings.teach_style", icon='RENDER_ANIMATION')


def _is_here() -> bool:
    """The server is this computer, and sees the same folders."""
    try:
        return settings.server().is_loopback
    except BridgeError:
        return True


def _draw_status(layout: bpy.types.UILayout, status: training.TrainingStatus, line: int) -> None:
    row = layout.row(align=True)
    if status.total:
        text = f"{status.sentence} · {words.duration(status.seconds)}"
        row.progress(text=words.short(text), factor=status.fraction, type='BAR')
    else:
        words.label(row, status.sentence, icon='SORTTIME')
    part = row.row(align=True)
    words.stop(part, "It stops already" if status.is_cancelling else "")
    part.operator("drawthings.cancel_teaching", text="", icon='X')
    column = layout.column(align=True)
    column.active = False
    words.paragraph(column, status.words or Message("Teaching “{style}”", style=status.name), line, lines=4)


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PT_view3d_training,))
