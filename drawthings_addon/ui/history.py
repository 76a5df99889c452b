# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history in a sidebar, and the parts that the large browser is drawn from as well.

What is drawn was searched before: the page of entries, which begins where the artist has turned to, and of
which each place shows as many as it has room for. Of thumbnails those alone are asked for that are drawn; an
empty frame of the same size stands there meanwhile.
"""

from __future__ import annotations

import bpy

from ..blender import history_words, windows
from ..blender.actions import history, history_search
from ..blender.session import session
from ..blender.session.history import ShownHistory
from ..jobs.history.entry import Entry
from . import layers, words

#: Units of a thumbnail's width in a sidebar, more or less, and rows of them.
_WIDTH, _ROWS = 2.9, 4
#: Units of a sidebar's width from which on the selected picture stands beside the others, and its share.
_WIDE, _SHARE = 34.0, 0.3
#: Units of the selected picture's height at most.
_HIGHEST = 12.0
#: Lines of a prompt, and of all that is told of a picture, on lines of more and of fewer characters.
_PROMPT_LINES = 3
_LINES, _MANY_LINES, _SHORT_LINE = 8, 11, 34
#: Units of the buttons below the first two, which what was thrown away has not.
_ROWS_OF_BUTTONS, _MANY_BUTTONS = 3, 6
#: Of one thing that is told of it, where a line is not long enough.
_FACT_LINES = 2
#: Units of a picture's height, and width, in which a sentence has room.
_SENTENCE = 9.0
#: In the place of a picture that cannot be had.
_NO_PICTURE = 'LIBRARY_DATA_BROKEN'
#: Pixels of a sidebar beside its units.
_BESIDE_LINES = 56


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """All of it, for a sidebar of any width."""
    shown = session.get().history
    shown.want()
    _draw_search(layout)
    available = layers.width(context)
    if available < _WIDE:
        _draw_pictures(layout, context, shown, available)
        _draw_selected(layout, context, shown, available)
        return
    split = layout.split(factor=1 - _SHARE)
    _draw_pictures(split.column(), context, shown, available * (1 - _SHARE))
    _draw_selected(split.column(), context, shown, available * _SHARE - 0.5)


def _draw_pictures(
    layout: bpy.types.UILayout, context: bpy.types.Context, shown: ShownHistory, available: float
) -> None:
    columns = min(max(round(available / _WIDTH), 2), history_search.PAGE // _ROWS)
    size = columns * _ROWS
    # As many rows as for everything that there is: a search that finds less does not shorten the section.
    most = max(len(shown.page.entries), shown.facets.count)
    rows = -(-min(most, size) // columns)
    if shown.page.entries:
        draw_grid(layout, shown, columns, rows, available)
        draw_pages(layout, shown, size)
    else:
        column = layout.column(align=True)
        used = draw_empty(column, shown, words.sidebar_line(context))
        height = available / columns * rows + 1
        if rows and used < height:
            layers.Layers(column, height - used).close()
    layout.operator("drawthings.browse_history", icon='WINDOW')


def _draw_selected(
    layout: bpy.types.UILayout, context: bpy.types.Context, shown: ShownHistory, available: float
) -> None:
    entry = history_search.selected()
    if entry is None and not shown.facets.count:
        return
    height = min(available, _HIGHEST)
    draw_picture(layout.column(align=True), shown, entry, height, layers.pixels(context, height))
    draw_actions(layout, entry, is_narrow=words.is_narrow(context))
    line = words.line_length(round(available * layers.UNIT) + _BESIDE_LINES, 1.0)
    draw_details(layout.column(align=True), entry, line)


def _draw_search(layout: bpy.types.UILayout) -> None:
    """The field, and the filters behind their icon, with a cross beside it while there are any."""
    row = layout.row(align=True)
    draw_words(row.row(align=True))
    row.popover("DRAWTHINGS_PT_history_filters", text="", icon='FILTER')
    if history_search.has_filters():
        row.operator("drawthings.clear_history_search", text="", icon='X')


def draw_words(layout: bpy.types.UILayout) -> None:
    """The field that is typed into."""
    interface = windows.manager().drawthings
    words.field(layout, interface, "history_words", text="", icon='VIEWZOOM', placeholder="Search")


def draw_filters(layout: bpy.types.UILayout, shown: ShownHistory) -> None:
    """Fields with their names beside them."""
    interface = windows.manager().drawthings
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column()
    words.field(column, interface, "history_model", placeholder="Any")
    words.field(column, interface, "history_blend", placeholder="Any")
    column.prop(interface, "history_kind")
    column = layout.column(align=True)
    words.field(column, interface, "history_since", placeholder="2026-01-31")
    words.field(column, interface, "history_until", placeholder="2026-12-31")
    if shown.error is not None:
        words.paragraph(layout, str(shown.error), 44, icon='ERROR', lines=3)
    column = layout.column(heading="Only", align=True)
    column.prop(interface, "history_favourites")
    column.prop(interface, "history_deleted")
    layout.separator()
    layout.operator("drawthings.rebuild_history", icon='FILE_REFRESH')


def draw_empty(column: bpy.types.UILayout, shown: ShownHistory, line: int) -> int:
    """Why nothing is listed, and what helps. Returns how many units it took."""
    if shown.error is not None:
        used = words.paragraph(column, str(shown.error), line, icon='ERROR', lines=4)
    elif shown.is_searching:
        return words.paragraph(column, "Looking for pictures...", line, icon='TIME', lines=1)
    elif history_search.is_narrowed():
        used = words.paragraph(column, history_words.nothing_found(shown.query), line, icon='INFO', lines=3)
    elif shown.query.deleted:
        used = words.paragraph(column, "No picture lies in the folder Deleted", line, icon='INFO', lines=2)
    else:
        text = "Every picture that you make is listed here"
        return words.paragraph(column, text, line, icon='INFO', lines=2)
    column.operator("drawthings.clear_history_search", icon='X')
    return used + 1


def draw_grid(
    layout: bpy.types.UILayout, shown: ShownHistory, columns: int, rows: int, available: float
) -> None:
    """The first entries of the page as pictures that are buttons, in so many units; a row that is not full
    stays as wide."""
    entries, selected = shown.page.entries, history_search.selected()
    side = available / columns
    column = layout.column(align=True)
    # While others are looked for, these are the last that were found.
    column.active = not shown.is_searching
    for begin in range(0, rows * columns, columns):
        row = column.row(align=True)
        for index in range(begin, begin + columns):
            cell = row.column(align=True)
            if index < len(entries):
                _draw_cell(cell, shown, entries[index], side, is_selected=entries[index] is selected)
            else:
                layers.Layers(cell, side).close()


def _draw_cell(
    layout: bpy.types.UILayout, shown: ShownHistory, entry: Entry, side: float, *, is_selected: bool
) -> None:
    place = layers.Layers(layout, side)
    place.button("drawthings.select_in_history", depress=is_selected).identity = entry.identity
    icon = shown.icon(entry)
    if icon:
        place.picture(icon, faded=entry.is_missing or entry.is_deleted, margin=layers.EDGE)
    elif entry.is_missing or shown.is_unreadable(entry):
        place.sign(_NO_PICTURE)
    if entry.is_missing:
        place.mark('ERROR')
    elif entry.is_favourite:
        place.mark('FUND')
    place.close()


def draw_pages(layout: bpy.types.UILayout, shown: ShownHistory, size: int) -> None:
    """Which of how many are seen, and the buttons for those before and after; `size` are seen at most."""
    first, total = shown.query.offset, shown.page.total
    seen = min(size, len(shown.page.entries))
    row = layout.row(align=True)
    _draw_turn(row, -size, 'TRIA_LEFT', "" if first else "These are the newest", is_drawn=seen < total)
    middle = row.row(align=True)
    middle.alignment = 'CENTER'
    words.label(middle, history_words.range_of(seen, total, shown.query))
    reason = "" if first + seen < total else "These are the oldest"
    _draw_turn(row, seen, 'TRIA_RIGHT', reason, is_drawn=seen < total)


def _draw_turn(row: bpy.types.UILayout, by: int, icon: str, why_not: str, *, is_drawn: bool) -> None:
    if is_drawn:
        part = row.row(align=True)
        words.stop(part, why_not)
        part.operator("drawthings.turn_history", text="", icon=icon).by = by


def draw_picture(
    layout: bpy.types.UILayout, shown: ShownHistory, entry: Entry | None, height: float, edge: int
) -> None:
    """As large as there is room for, which is so many units high; a frame where nothing is selected."""
    place = layers.Layers(layout, height)
    place.frame()
    icon = (shown.large(entry, edge) or shown.icon(entry)) if entry is not None else 0
    if entry is not None and icon:
        place.picture(icon, faded=entry.is_missing)
    if entry is not None and entry.is_missing:
        place.text("The file is not there any more" if height > _SENTENCE else "File Gone")
    elif entry is not None and not icon and shown.is_unreadable(entry):
        place.text("The file is no whole picture" if height > _SENTENCE else "Unreadable")
    place.close()


def draw_details(column: bpy.types.UILayout, entry: Entry | None, line: int) -> None:
    """How it was made, when, and where; as many lines of each picture."""
    lines = words.wrapped(history_words.title(entry), line, _PROMPT_LINES) if entry is not None else []
    for each in lines:
        words.label(column, each)
    faded = column.column(align=True)
    faded.active = False
    facts = history_words.facts(entry) if entry is not None else []
    told = [part for each in facts for part in words.wrapped(each, line, _FACT_LINES)]
    left = (_LINES if line > _SHORT_LINE else _MANY_LINES) - len(lines)
    for number in range(left):
        words.label(faded, told[number] if number < len(told) else "")


def draw_actions(layout: bpy.types.UILayout, entry: Entry | None, *, is_narrow: bool) -> None:
    """What can be done with it, each in the same place for each picture; grey with the reason where it
    cannot."""
    column = layout.column(align=True)
    if entry is None or entry.is_deleted:
        row = _pair(column, is_narrow)
        if entry is not None:
            _button(row, entry, "history_restore", icon='LOOP_BACK')
            _button(row, entry, "history_reveal", icon='FILE_FOLDER')
        else:
            row.label(text="")
            row.label(text="")
        layers.Layers(column, _MANY_BUTTONS if is_narrow else _ROWS_OF_BUTTONS).close()
        return
    row = _pair(column, is_narrow)
    if history.why_no_file(entry):
        # Blender draws no menu grey for its operator's sake.
        _button(row, entry, "history_bring")
    else:
        _menu(row, entry, "history_bring", "target", "Into the Scene")
    _menu(row, entry, "history_reuse", "what", "Use")
    row = _pair(column, is_narrow)
    _button(row, entry, "history_again", icon='FILE_REFRESH')
    row = _pair(column, is_narrow)
    of_set = row.column(align=True) if is_narrow else row.row(align=True)
    words.stop(of_set, "" if entry.set is not None else "It was made alone, it is of no set")
    name = entry.set.id if entry.set is not None else ""
    of_set.operator("drawthings.search_history", text="Show Set", icon='VIEWZOOM').set = name
    of_set.operator("drawthings.contact_sheet").set = name
    row = _pair(column, is_narrow)
    part = row.row(align=True)
    words.stop(part, "")
    text = "Favourite" if is_narrow else ""
    icon = 'FUND' if entry.is_favourite else 'HEART'
    button = part.operator("drawthings.history_favourite", text=text, icon=icon, depress=entry.is_favourite)
    button.identity, button.value = entry.identity, not entry.is_favourite
    _button(row, entry, "history_reveal", icon='FILE_FOLDER')
    _button(row, entry, "history_delete", icon='TRASH')


def _pair(column: bpy.types.UILayout, is_narrow: bool) -> bpy.types.UILayout:
    return column.column(align=True) if is_narrow else column.row(align=True)


def _button(layout: bpy.types.UILayout, entry: Entry, name: str, icon: str = 'NONE') -> None:
    operator = f"drawthings.{name}"
    part = layout.row(align=True)
    words.stop(part, history.why_not(operator, entry))
    part.operator(operator, icon=icon).identity = entry.identity


def _menu(layout: bpy.types.UILayout, entry: Entry, operator: str, choice: str, text: str) -> None:
    part = layout.row(align=True)
    words.stop(part, "")
    part.operator_menu_enum(f"drawthings.{operator}", choice, text=text).identity = entry.identity
