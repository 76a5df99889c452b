# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What acts from folded panels, and what was set for another server, each with a button that clears it."""

from __future__ import annotations

import bpy

from ..blender import connection, in_force, settings
from ..blender.in_force import InForce
from ..client.compatibility import Incompatibility
from ..messages import Message
from . import words

_SHOWN = 12
_ICONS = {"script": 'FILE_SCRIPT', "server_options": 'PREFERENCES'}


def draw_in_force(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What goes with the next picture besides the prompt; before the server was asked, all that may."""
    unused = {(each.setting, each.name) for each in _unused(context) if not each.is_sent}
    found = [
        each
        for each in in_force.of(context.scene)
        if (each.setting, each.name) not in unused and (each.setting, "") not in unused
    ]
    if not found:
        return
    column = layout.column(align=True)
    for each in found:
        if each.needs_room:
            _draw_chip(column, each)
    grid = column.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for each in found:
        if not each.needs_room:
            _draw_chip(grid, each)


def _draw_chip(layout: bpy.types.UILayout, each: InForce) -> None:
    row = layout.row(align=True)
    words.label(row, each.label, icon=_ICONS.get(each.setting, 'NONE'))
    _draw_clear(row, each.setting, each.name)


def draw_incompatibilities(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is set for another server, or in another .blend, and does not act here as it says."""
    found = _unused(context)
    if not found:
        return
    column = layout.box().column(align=True)
    line = words.sidebar_line(context) - 4
    left_out = [each for each in found if each.left_out]
    if left_out:
        row = column.row(align=True)
        words.label(row, "Not sent to this server:", icon='INFO')
        if len(left_out) > 1:
            part = row.row()
            part.alignment = 'RIGHT'
            part.operator("drawthings.clear_unused", text="Clear")
    for each in left_out[:_SHOWN]:
        _draw_incompatibility(column, each, each.left_out, 'BLANK1', line)
    others = [each for each in found if not each.left_out]
    for each in others[:_SHOWN]:
        _draw_incompatibility(column, each, each.sentence, 'INFO', line)
    more = len(left_out[_SHOWN:]) + len(others[_SHOWN:])
    if more:
        words.label(column, Message("{more} more", more=more), icon='BLANK1')


def _draw_incompatibility(
    layout: bpy.types.UILayout, each: Incompatibility, text: str, icon: str, line: int
) -> None:
    row = layout.row(align=True)
    words.paragraph(row.column(align=True), text, line, icon=icon)
    if each.setting is not None:
        _draw_clear(row, each.setting, each.name)


def _draw_clear(layout: bpy.types.UILayout, setting: str, name: str) -> None:
    button = layout.operator("drawthings.clear_setting", text="", icon='X', emboss=False)
    button.setting, button.entry = setting, name


def _unused(context: bpy.types.Context) -> tuple[Incompatibility, ...]:
    found = connection.known()
    return settings.incompatibilities(context.scene, found) if found is not None else ()
