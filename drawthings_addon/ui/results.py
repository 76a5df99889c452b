# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with the selected result, and the others as pictures that are buttons."""

from __future__ import annotations

import bpy

from ..blender.actions import history, results
from ..blender.compare import overlay
from ..blender.delivery.result import Result
from ..blender.selection import Selection
from ..blender.session.session import Session
from ..jobs.job import JobState
from . import layers, running, variations, words

#: Rows of thumbnails in the panel; the others are behind All Results.
_ROWS = 2
#: Units of a thumbnail's width, more or less.
_WIDTH = 2.9


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """Below the place where a result is seen; all that will be there with a job's result is there from its
    start."""
    coming = _coming(current)
    if not (current.results or coming):
        _draw_texture(layout, context)
        return
    found, result = variations.shown(current), results.selected()
    why_not = "" if result is not None else "There is no result yet"
    if found is not None and result not in found.results.values():
        # While others come: nothing below happens to one that is not seen.
        result = None
        why_not = "Select one of these first" if found.results else "The first picture is still to come"
    _draw_buttons(layout, context, result, why_not)
    if found is not None:
        variations.draw(layout, context, current, found)
        variations.draw_buttons(layout, context, result, found, why_not)
        _draw_all(layout)
        return
    available = layers.width(context)
    columns = max(2, round(available / _WIDTH))
    rows = min(-(-(len(current.results) + coming) // columns), _ROWS)
    begin = max(results.selected_index() // columns - rows + 1, 0) * columns
    draw_grid(layout, current, range(begin, begin + rows * columns), columns, available)
    variations.draw_buttons(layout, context, result, None, why_not)
    _draw_all(layout)


def _draw_all(layout: bpy.types.UILayout) -> None:
    """Also while there is room for all of them: what is below would move with the one that is too many."""
    layout.popover("DRAWTHINGS_PT_history", text="All Results...")


def _draw_texture(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What came before Blender was started, and is on the active object: put back, and its other versions."""
    image = results.texture_in_place(Selection.of(context))
    if image is None:
        return
    column = layout.column(align=True)
    words.label(column, words.cut_to_fit(context, image.name, ""), icon='IMAGE_DATA')
    row = words.pair(column, context)
    row.operator("drawthings.put_back").image = image.name
    row.operator("drawthings.list_versions")


def _coming(current: Session) -> int:
    """How many pictures the job that is worked on still owes."""
    status = running.first(current)
    if status is None or status.state not in (JobState.RUNNING, JobState.WAITING):
        return 0
    return max(status.job.picture_count - status.pictures_done, 0)


def _draw_buttons(
    layout: bpy.types.UILayout, context: bpy.types.Context, result: Result | None, why_not: str
) -> None:
    """What can be done with the selected result; grey with the reason where none is seen."""
    key = result.key if result is not None else ""
    image = results.known_image(result) if result is not None else None
    column = layout.column(align=True)
    words.stop(column, why_not)
    row = words.pair(column, context)
    if result is not None:
        row.row(align=True).operator_menu_enum("drawthings.apply_result", "socket", text="Apply").result = key
    else:
        # Blender draws no menu grey for its operator's sake.
        row.operator("drawthings.apply_result", text="Apply")
    is_placed = result is not None and result.landed is not None and result.landed.kind != 'IMAGE'
    if image is not None and not is_placed and not overlay.why_not(image):
        is_shown = overlay.is_shown(image)
        row.operator("drawthings.overlay", text="Over View", depress=is_shown).result = key
    else:
        part = row.row(align=True)
        if result is not None:
            words.stop(part, results.why_not_put_back(result, Selection.of(context)))
        part.operator("drawthings.put_back").result = key
    row.operator("drawthings.compare").result = key
    row = words.pair(column, context)
    row.operator("drawthings.again").result = key
    row.operator("drawthings.reuse_recipe").result = key
    # Their words have no room beside the others.
    is_narrow = words.is_narrow(context)
    row.operator("drawthings.list_versions", text="Versions..." if is_narrow else "", icon='TIME')
    is_favourite = result is not None and history.is_favourite(result)
    text = "Favourite" if is_narrow else ""
    icon = 'FUND' if is_favourite else 'HEART'
    button = row.operator("drawthings.history_favourite", text=text, icon=icon, depress=is_favourite)
    button.result, button.value = key, not is_favourite
    text = "Discard" if is_narrow else ""
    row.operator("drawthings.discard_result", text=text, icon='X').result = key


def draw_grid(
    layout: bpy.types.UILayout, current: Session, indices: range, columns: int, available: float
) -> None:
    """Results as pictures that are buttons, so many in a row of so many units; a row that is not full stays
    as wide."""
    found = list(current.results)
    chosen = results.selected_index()
    side = available / columns
    column = layout.column(align=True)
    for begin in range(indices.start, indices.stop, columns):
        row = column.row(align=True)
        for index in range(begin, begin + columns):
            cell = row.column(align=True)
            if index < min(indices.stop, len(found)):
                icon = found[index].icon()
                button = layers.picture_button(
                    cell, "drawthings.select_result", icon, side, depress=index == chosen
                )
                button.index, button.result = index, found[index].key
            else:
                layers.Layers(cell, side).close()
