# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The large browser of the history: a dialog with search, filters, a page of pictures, and the selected one.

Why a dialog: its buttons leave it open, letters go to the search from the moment it opens, Return takes what
is selected and Escape leaves; a redraw that is asked for while somebody types or has a menu of it open
disturbs neither; and it is told of every way to end, a file that is loaded under it among them (all seen in
4.3 and 5.2). A window of its own would need an editor for it: a sidebar, which no script can make wider, or
one of Blender's own among Blender's own panels. A popover closes when the pointer leaves it. Whoever wants
the pictures beside the work has them in the section of the sidebar, whose columns follow its width.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..blender import history_words, windows
from ..blender.actions import history, history_search
from ..blender.session import session
from ..blender.session.history import ShownHistory
from . import history as parts
from . import layers, words

#: Pixels of its width at an interface scale of 1, at most; of a smaller window it leaves so many.
_WIDEST, _BESIDE = 1120, 60
_NARROWEST = 420
#: Pixels of its height without the pictures, and what of the window's height it leaves.
_AROUND, _ABOVE = 132, 78
#: Units of a thumbnail's width, more or less, and of the dialog's margins.
_THUMBNAIL, _MARGINS = 4.0, 1.0
_LOWEST_ROWS = 2
#: Of the width, what the pictures have; the rest has the selected one.
_PICTURES = 0.72
#: Of the row above them, what the field has that is typed into.
_SEARCH = 0.34
_FILTERS = (("model", "Model"), ("blend", ".blend"), ("since", "Since"), ("until", "Until"))
#: Pixels to a character.
_CHARACTER = 6.8
#: Where Blender puts a dialog that has room: the pointer is so many pixels from its right and upper edge (4.3
#: and 5.2), which is in the row of the search.
_POINTER = (51, 46)


@dataclass(frozen=True)
class Size:
    """Of the dialog in a window; pixels are those at an interface scale of 1."""

    width: int
    height: int
    """More or less."""
    columns: int
    rows: int

    @property
    def units(self) -> float:
        """Of the width, without margins."""
        return self.width / layers.UNIT - _MARGINS


def size(context: bpy.types.Context) -> Size:
    """As large as the window lets it be."""
    window_width, window_height = _window(context)
    width = round(max(min(window_width - _BESIDE, _WIDEST), _NARROWEST))
    available = (width / layers.UNIT - _MARGINS) * _PICTURES
    columns = max(round(available / _THUMBNAIL), 2)
    cell = available / columns * layers.UNIT
    most = history_search.PAGE // columns
    rows = max(min(int((window_height - _AROUND - _ABOVE) / cell), most), _LOWEST_ROWS)
    return Size(width, round(rows * cell) + _AROUND, columns, rows)


def pointer(context: bpy.types.Context) -> tuple[int, int]:
    """Where in the window the pointer has to be for the dialog to stand in its middle, and for the pointer to
    stand on no button of it: Return presses what it stands on."""
    scale, found = context.preferences.system.ui_scale, size(context)
    width, height = _window(context)
    right, upper = (width + found.width) / 2 - _POINTER[0], (height + found.height) / 2 - _POINTER[1]
    return round(right * scale), round(upper * scale)


def _window(context: bpy.types.Context) -> tuple[float, float]:
    """Its size, at an interface scale of 1. A window tells its own in other pixels on some screens."""
    scale, areas = context.preferences.system.ui_scale, context.screen.areas
    width, height = max(each.x + each.width for each in areas), max(each.y + each.height for each in areas)
    return width / scale, height / scale


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    shown = session.get().history
    shown.want()
    found = size(context)
    split = layout.split(factor=_PICTURES)
    _draw_search(split, shown)
    told = split.row()
    told.alignment = 'RIGHT'
    state = history_words.state(shown.page.total, shown.query, is_looking=shown.is_looking)
    words.label(told, state)
    split = layout.split(factor=_PICTURES)
    _draw_pictures(split.column(), shown, found)
    _draw_selected(split.column(), shown, found)
    entry = history_search.selected()
    part = layout.column()
    words.stop(part, history.why_no_file(entry) if entry is not None else "Nothing is selected")
    # Return presses it; both close the dialog.
    button = part.template_popup_confirm(
        "drawthings.history_bring", text="Into the Scene", cancel_text="Close"
    )
    button.identity = entry.identity if entry is not None else ""


def _draw_search(layout: bpy.types.UILayout, shown: ShownHistory) -> None:
    interface = windows.manager().drawthings
    split = layout.split(factor=_SEARCH)
    field = split.row()
    # From the moment it opens, letters go there.
    field.activate_init = True
    parts.draw_words(field)
    row = split.row()
    row.prop(interface, "history_kind", text="")
    for name, placeholder in _FILTERS:
        words.field(row, interface, f"history_{name}", text="", placeholder=placeholder)
    buttons = row.row(align=True)
    buttons.prop(interface, "history_favourites", text="", icon='FUND')
    buttons.prop(interface, "history_deleted", text="", icon='TRASH')
    part = buttons.row(align=True)
    words.stop(
        part,
        "" if history_search.is_narrowed() or shown.query.deleted else "Nothing in particular is looked for",
    )
    part.operator("drawthings.clear_history_search", text="", icon='X')


def _draw_pictures(column: bpy.types.UILayout, shown: ShownHistory, found: Size) -> None:
    available = found.units * _PICTURES
    line = round(available * layers.UNIT / _CHARACTER)
    if not shown.page.entries:
        place = layers.Layers(column.column(align=True), available / found.columns * found.rows)
        part = place.layer().row()
        part.alignment = 'CENTER'
        part = part.column()
        part.separator(factor=12.0)
        parts.draw_empty(part, shown, line)
        place.close()
        words.label(column, "")
        return
    parts.draw_grid(column, shown, found.columns, found.rows, available)
    if len(shown.page.entries) < shown.page.total:
        parts.draw_pages(column, shown, found.columns * found.rows)
    else:
        # Above it is told how many there are.
        words.label(column, "")


def _draw_selected(column: bpy.types.UILayout, shown: ShownHistory, found: Size) -> None:
    entry = history_search.selected()
    units = found.units * (1 - _PICTURES) - 0.5
    parts.draw_picture(column.column(align=True), shown, entry, units, round(units * layers.UNIT * 2))
    parts.draw_actions(column, entry, is_narrow=False)
    parts.draw_details(column.column(align=True), entry, round(units * layers.UNIT / _CHARACTER))
