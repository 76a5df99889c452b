# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why all buttons are grey, in words, with what mends it beside them."""

from __future__ import annotations

import bpy

from ..blender import readiness, settings
from ..blender.readiness import Hindrance
from . import words


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, *, greeted: bool) -> None:
    """Below buttons that are all grey; nothing where they are not. `greeted`: the greeting asks for
    address and prompt already."""
    found = readiness.hindrance(context.scene)
    if found is None or (greeted and found.remedy in {'PROMPT', 'ADDRESS'}):
        return
    if found.remedy == 'PROMPT':
        column = layout.column(align=True)
        column.active = False
        words.paragraph(column, found.text, words.sidebar_line(context), icon='INFO')
        return
    draw_one(layout.box().column(align=True), found, words.sidebar_line(context))


def draw_one(column: bpy.types.UILayout, found: Hindrance, line: int) -> None:
    """What stands in the way, and the field or the button that takes it away."""
    words.paragraph(column, found.text, line, icon='ERROR')
    match found.remedy:
        case 'ADDRESS':
            column.prop(settings.preferences(), "server_url", text="")
        case 'OUTPUT_FOLDER':
            column.prop(settings.preferences(), "output_directory", text="")
        case 'ONLINE_ACCESS':
            draw_online_access(column)


def draw_online_access(column: bpy.types.UILayout) -> None:
    """Blender's own button, as its page of extensions has it (seen in 4.2 to 5.2)."""
    column.operator("extensions.userpref_allow_online", text="Allow Online Access", icon='CHECKMARK')
