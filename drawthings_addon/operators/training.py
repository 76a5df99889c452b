# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""drawthings.teach_style, and stopping it."""

from __future__ import annotations

import bpy

from ..blender.actions import training
from ..blender.readiness import NO_SCENE
from ..blender.selection import Selection
from ..blender.windows import redraw_sidebars
from .reporting import allowed, obstacle, reported


class DRAWTHINGS_OT_teach_style(bpy.types.Operator):
    """Render the selected objects from all around, and have the server learn their style from the pictures.\nWhat is rendered already is kept, so this can be stopped and taken up again"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.teach_style"
    bl_label = "Teach Style"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, training.why_not(Selection.of(context)) if context.scene else NO_SCENE)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        training.start(Selection.of(context))


class DRAWTHINGS_OT_cancel_teaching(bpy.types.Operator):
    """Stop what is being taught. Pictures that are rendered stay, and the server keeps what it has learnt"""

    bl_idname = "drawthings.cancel_teaching"
    bl_label = "Stop Teaching"
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) if training.status() else "Nothing is being taught")

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        training.cancel()
        redraw_sidebars()


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_teach_style, DRAWTHINGS_OT_cancel_teaching)
)
