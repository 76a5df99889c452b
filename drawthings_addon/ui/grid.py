# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A grid of two settings: what differs along its sides, and what each action would make of it.

The popover is as high whatever is chosen: one that grows while it is open does so out of its window (5.2).
"""

from __future__ import annotations

import bpy

from ..blender import axes, grids, node_reading
from ..errors import InvalidSettings
from ..messages import Message
from . import actions, words
from .actions import Action

#: Characters of a line, and units of the popover's width.
_LINE, _WIDTH = 46, 16
_TALL = 1.2
#: Units of the two lines above the buttons.
_HEAD = 2
#: Of the width: what the sides are called.
_NAMES = 0.22


class DRAWTHINGS_PT_grid(bpy.types.Panel):
    """Pictures that differ in one or two settings, in rows and columns"""

    bl_label = "Grid"
    bl_description = "One press for every combination of two settings, such as strength and guidance"
    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = _WIDTH

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        grid = context.scene.drawthings.grid
        words.label(layout, "Grid", icon='MESH_GRID')
        _draw_side(layout, grid, "columns", "column_values")
        _draw_side(layout, grid, "rows", "row_values")
        with node_reading.glance():
            choices = actions.choices(context)
        column = layout.column(align=True)
        try:
            count = grids.count(grid)
        except InvalidSettings as error:
            _draw_reason(column, str(error), _HEAD + _TALL * len(choices))
            return
        found = grids.plans(context.scene, [(each.operation, each.size) for each in choices])
        plans = list(zip(choices, found, strict=True))
        wrong = next((str(plan.error) for _action, plan in plans if plan.error is not None), "")
        # Where another can, the reason is in the tooltip of the one that cannot.
        if wrong and not any(plan.error is None and action.route.obstacle is None for action, plan in plans):
            _draw_reason(column, wrong, _HEAD)
        else:
            words.label(column, Message("{count} pictures, all of one seed", count=count))
            column.label(text="Make Grid")
        for action, plan in plans:
            _draw_action(column, grid, action, plan)


def _draw_reason(column: bpy.types.UILayout, text: str, height: float) -> None:
    """In the place of something else, so many units high."""
    part = column.column(align=True)
    part.alert = True
    used = words.paragraph(part, text, _LINE, icon='ERROR', lines=int(height))
    if used < height:
        rest = column.row()
        rest.scale_y = height - used
        rest.label(text="")


def _draw_side(layout: bpy.types.UILayout, grid: bpy.types.PropertyGroup, of: str, values: str) -> None:
    column = layout.column(align=True)
    split = column.split(factor=_NAMES)
    words.label(split, grid.bl_rna.properties[of].name)
    split.prop(grid, of, text="")
    split = column.split(factor=_NAMES)
    split.label(text="")
    if getattr(grid, of) != axes.NONE:
        words.field(split, grid, values, text="")
    else:
        split.label(text="")


def _draw_action(
    layout: bpy.types.UILayout, grid: bpy.types.PropertyGroup, action: Action, plan: grids.Plan
) -> None:
    row = layout.row(align=True)
    row.scale_y = _TALL
    words.stop(row, action.route.stopped_by(plan.error).reason)
    text = action.label
    if plan.seconds is not None:
        text = Message("{action} · about {time}", action=text, time=words.duration(max(plan.seconds, 1.0)))
    button = row.operator("drawthings.variations", text=text, icon=action.icon)
    button.source, button.target = action.source, action.target
    if grid.columns != axes.NONE:
        button.columns, button.column_values = grid.columns, grid.column_values
    if grid.rows != axes.NONE:
        button.rows, button.row_values = grid.rows, grid.row_values


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PT_grid,))
