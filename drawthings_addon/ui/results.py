# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results that came: as thumbnails, and what can be done with the selected one."""

from __future__ import annotations

import bpy

from ..blender import subject
from ..blender.actions import results
from ..blender.selection import Selection
from ..blender.session.session import Session
from . import recipe, words

#: Thumbnails in a row at the default width of a sidebar.
SHOWN_RESULTS = 4


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """The newest results as thumbnails, and what can be done with the selected one."""
    result = results.selected()
    if result is None:
        return
    first = max(results.selected_index() - SHOWN_RESULTS + 1, 0)
    draw_thumbnails(layout, current, range(first, first + SHOWN_RESULTS), SHOWN_RESULTS)
    picture = result.picture
    column = layout.column(align=True)
    title = column.row()
    words.label(title, recipe.title(result.recipe))
    if len(current.results) > SHOWN_RESULTS:
        title.popover("DRAWTHINGS_PT_history", text="", icon='TIME')
    faded = column.row()
    faded.active = False
    size = words.size(picture.width, picture.height)
    # Without the steps a seed of ten digits fits beside the size at the sidebar's default width.
    words.label(faded, f"{size} · {recipe.numbers(result.recipe, with_steps=False)}")
    column = layout.column(align=True)
    row = column.row(align=True)
    part = row.row(align=True)
    # The panel says why, as of the buttons above.
    part.enabled = not subject.why_not_here(Selection.of(context))
    apply = part.operator_menu_enum("drawthings.apply_result", "socket", text="Apply to Material")
    apply.result = result.key
    row.operator("drawthings.show_result", text="Show").result = result.key
    row = column.row(align=True)
    row.operator("drawthings.again", text="Again").result = result.key
    row.operator("drawthings.reuse_recipe", text="Reuse Settings").result = result.key
    _draw_shading_hint(layout, context)


def draw_thumbnails(
    layout: bpy.types.UILayout,
    current: Session,
    indices: range,
    columns: int,
) -> None:
    """Results as thumbnails, each with a bar that selects it; a row that is not full stays as wide."""
    found = list(current.results)
    chosen = results.selected_index()
    grid = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for index in range(indices.start, indices.stop + -len(indices) % columns):
        column = grid.column(align=True)
        if index < min(indices.stop, len(found)):
            column.template_icon(icon_value=found[index].icon(), scale=3.2)
            bar = column.row(align=True)
            bar.scale_y = 0.5
            button = bar.operator("drawthings.select_result", text=" ", depress=index == chosen)
            button.index, button.result = index, found[index].key
        else:
            column.label(text="")


def _draw_shading_hint(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """A texture that went into a material cannot be seen in solid shading."""
    space = context.space_data
    active = context.object
    if space.type != 'VIEW_3D' or active is None or active.active_material is None:
        return
    if space.shading.type in {'SOLID', 'WIREFRAME'} and space.shading.color_type != 'TEXTURE':
        layout.prop_enum(space.shading, "type", 'MATERIAL', text="Show Materials in This View")
