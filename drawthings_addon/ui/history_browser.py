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

from ..blender import windows
from ..blender.actions import history_search
from ..blender.session import session
from ..blender.session.history import ShownHistory
from . import history as parts
from . import layers, words

#: Pixels of its width at an interface scale of 1, at most; of a smaller window it leaves so many.
_WIDEST, _BESIDE = 1120, 60
_NARROWEST = 420
#: Pixels of what is above and below the pictures.
_AROUND = 210
#: Units of a thumbnail's width, more or less, and of the dialog's margins.
_THUMBNAIL, _MARGINS = 4.0, 1.0
#: Of the width, what the pictures have; the rest has the selected one.
_PICTURES = 0.72
#: Pixels to a character.
_CHARACTER = 6.8
_LOWEST_ROWS = 2
#: Of the width, what the field has that is typed into most.
_SEARCH = 0.32
_FILTERS = (("model", "Model"), ("blend", ".blend"), ("since", "Since"), ("until", "Until"))


@dataclass(frozen=True)
class Size:
    """Of the dialog in a window."""

    width: int
    """Pixels at an interface scale of 1, as Blender takes it."""
    columns: int
    rows: int

    @property
    def units(self) -> float:
        """Of the width, without margins."""
        return self.width / layers.UNIT - _MARGINS


def size(context: bpy.types.Context) -> Size:
    """As large as the window lets it be."""
    scale = context.preferences.system.ui_scale
    width = round(max(min(context.window.width / scale - _BESIDE, _WIDEST), _NARROWEST))
    available = (width / layers.UNIT - _MARGINS) * _PICTURES
    columns = max(round(available / _THUMBNAIL), 2)
    height = (context.window.height / scale - _AROUND) / layers.UNIT
    most = history_search.PAGE // columns
    return Size(width, columns, max(min(int(height / (available / columns)), most), _LOWEST_ROWS))


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    shown = session.get().history
    shown.want()
    found = size(context)
    _draw_search(layout, shown)
    split = layout.split(factor=_PICTURES)
    _draw_pictures(split.column(), shown, found)
    _draw_selected(split.column(), shown, found)
    # Return presses it; both close the dialog.
    button = layout.template_popup_confirm(
        "drawthings.history_bring", text="Into the Scene", cancel_text="Close"
    )
    entry = history_search.selected()
    button.identity = entry.identity if entry is not None else ""


def _draw_search(layout: bpy.types.UILayout, shown: ShownHistory) -> None:
    interface = windows.manager().drawthings
    split = layout.split(factor=_SEARCH)
    field = split.row()
    # From the moment it opens, letters go there.
    field.activate_init = True
    words.field(field, interface, "history_words", text="", icon='VIEWZOOM', placeholder="Search")
    row = split.row()
    row.prop(interface, "history_kind", text="")
    for name, placeholder in _FILTERS:
        words.field(row, interface, f"history_{name}", text="", placeholder=placeholder)
    buttons = row.row(align=True)
    buttons.prop(interface, "history_favourites", text="", icon='FUND')
    buttons.prop(interface, "history_deleted", text="", icon='TRASH')
    part = buttons.row(align=True)
    words.stop(part, "" if history_search.is_narrowed() else "Nothing in particular is looked for")
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
    parts.draw_pages(column, shown, found.columns * found.rows)


def _draw_selected(column: bpy.types.UILayout, shown: ShownHistory, found: Size) -> None:
    entry = history_search.selected()
    if entry is None:
        return
    units = found.units * (1 - _PICTURES) - 0.5
    part = column.column(align=True)
    parts.draw_picture(part, shown, entry, units, round(units * layers.UNIT * 2))
    parts.draw_details(part, entry, round(units * layers.UNIT / _CHARACTER))
    parts.draw_actions(column, entry, is_narrow=False)
