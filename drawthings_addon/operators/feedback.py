# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of a bug, begun."""

from __future__ import annotations

import bpy

from ..blender import bug_report
from .reporting import reported


class DRAWTHINGS_OT_report_bug(bpy.types.Operator):
    """Copy the beginning of a bug report to the clipboard: versions, system and kind of server. No prompt, picture, address or file is in it"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.report_bug"
    bl_label = "Report a Bug"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        context.window_manager.clipboard = bug_report.text()
        self.report({'INFO'}, "The report's beginning is in the clipboard: add what you did, and what came")


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_report_bug,))
