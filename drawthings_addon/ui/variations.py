# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of one press beside one another, each in its place from the start: a strip, or a grid with
what its axes say."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import bpy

from ..blender.actions import contact_sheet, results
from ..blender.delivery.result import Result
from ..blender.session.session import Session
from ..jobs.generate import GenerateTask
from ..jobs.job import JobState
from ..jobs.picture_set import SetMember, axis_labels
from ..jobs.variations import Variations
from ..messages import Message
from . import layers, running, words

#: Units of a picture's side: below that nothing is seen on it, above that there is no room for the rest.
_LEAST, _MOST = 1.6, 4.2
#: Of the words beside a grid's rows, at the most and of all of the width.
_BESIDE, _BESIDE_PART = 4.0, 0.25
#: Pixels of an interface letter's margins.
_MARGIN = 8
#: Of the width: the first button of the row below.
_KEEPS_PART = 0.24
#: Of a picture that is in its place.
_IN_PLACE = 'CHECKMARK'


@dataclass(frozen=True)
class PictureSet:
    """A set as the panel shows it."""

    size: int
    columns: int
    """0: a strip."""
    results: Mapping[int, Result]
    """By their places, from 0."""
    above: tuple[str, ...] = ()
    """A grid's columns."""
    beside: tuple[str, ...] = ()
    """A grid's rows."""
    is_arriving: bool = False


def shown(current: Session) -> PictureSet | None:
    """The set that the job makes that is worked on, else the one of the selected result; None where that came
    alone, or is the only one left."""
    status = running.first(current)
    if status is not None and status.state in (JobState.RUNNING, JobState.WAITING):
        task = status.job.task
        variations = task.variations if isinstance(task, GenerateTask) else None
        return None if variations is None else _coming(current, variations)
    result = results.selected()
    member = result.recipe.set if result is not None else None
    if member is None:
        return None
    found = _members(current, member.id)
    return _of(found, found) if len(found) > 1 else None


def _coming(current: Session, variations: Variations) -> PictureSet:
    found = _members(current, variations.id)
    owed = _owed(variations)
    # Where an answer holds several, each place has become as many.
    is_as_owed = all(member.size == variations.size for member in found)
    return _of((*owed, *found) if is_as_owed or not found else found, found, is_arriving=True)


@functools.lru_cache(maxsize=8)
def _owed(variations: Variations) -> tuple[SetMember, ...]:
    return tuple(map(variations.member, range(variations.owed)))


def _members(current: Session, of: str) -> dict[SetMember, Result]:
    # The newest first: an older one of the same place is behind it.
    known = ((each.recipe.set, each) for each in reversed(current.results))
    return {member: each for member, each in known if member is not None and member.id == of}


def _of(
    members: Iterable[SetMember], found: Mapping[SetMember, Result], *, is_arriving: bool = False
) -> PictureSet:
    all_of_them = list(members)
    size = max(max(each.size, each.index + 1) for each in all_of_them)
    columns = max(each.columns for each in all_of_them)
    by_place = {member.index: result for member, result in found.items()}
    if not columns:
        return PictureSet(size, 0, by_place, is_arriving=is_arriving)
    above, beside = axis_labels(all_of_them, columns=columns, rows=-(-size // columns))
    return PictureSet(size, columns, by_place, above, beside, is_arriving)


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, found: PictureSet) -> None:
    """Its pictures, each a button, with empty frames in the places of those that are not there."""
    available = layers.width(context)
    positions = {each.key: index for index, each in enumerate(current.results)}
    chosen = results.selected_index()

    def draw_cell(cell: bpy.types.UILayout, place: int, side: float) -> None:
        result = found.results.get(place)
        if result is None or result.key not in positions:
            _draw_empty(cell, side)
            return
        index = positions[result.key]
        button = layers.picture_button(
            cell,
            "drawthings.select_result",
            result.icon(),
            side,
            mark=_IN_PLACE if results.is_there(result) else "",
            depress=index == chosen,
        )
        button.index, button.result = index, result.key

    if found.columns:
        _draw_grid(layout, context, found, available, draw_cell)
    else:
        _draw_strip(layout, found, available, draw_cell)


def _draw_empty(cell: bpy.types.UILayout, side: float) -> None:
    place = layers.Layers(cell, side)
    place.frame()
    place.close()


_DrawCell = Callable[[bpy.types.UILayout, int, float], None]


def _draw_strip(
    layout: bpy.types.UILayout, found: PictureSet, available: float, draw_cell: _DrawCell
) -> None:
    """One row where there is room, else several that are as full as one another."""
    fit = max(int(available / _LEAST), 2)
    rows = -(-found.size // fit)
    columns = max(-(-found.size // rows), 2)
    side = min(available / columns, _MOST)
    column = layout.column(align=True)
    for begin in range(0, rows * columns, columns):
        row = column.row(align=True)
        for place in range(begin, begin + columns):
            cell = _cell(row, available / columns)
            if place < found.size:
                draw_cell(cell, place, side)
            else:
                layers.Layers(cell, side).close()


def _draw_grid(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    found: PictureSet,
    available: float,
    draw_cell: _DrawCell,
) -> None:
    """Its columns with their words above, its rows with theirs beside them."""
    column = layout.column(align=True)
    across, above = _shared(found.above)
    down, beside = _shared(found.beside)
    axes = " · ".join(
        filter(
            None,
            (
                Message("{name} across", name=across) if across else "",
                Message("{name} down", name=down) if down else "",
            ),
        )
    )
    if axes:
        faded = column.row()
        faded.active = False
        words.label(faded, words.cut_to_fit(context, axes, ""))
    indent = _indent(context, beside, available)
    width = (available - indent) / found.columns
    side = min(width, _MOST)
    if any(above):
        row = _split(column, context, indent, available)
        for text in above:
            cell = _cell(row, width).row()
            cell.alignment = 'CENTER'
            words.label(cell, _cut(context, text, width))
    for number, text in enumerate(beside):
        row = _split(column, context, indent, available, text, side)
        for place in range(number * found.columns, (number + 1) * found.columns):
            cell = _cell(row, width)
            if place < found.size:
                draw_cell(cell, place, side)
            else:
                layers.Layers(cell, side).close()


def _cell(row: bpy.types.UILayout, width: float) -> bpy.types.UILayout:
    cell = row.column(align=True)
    # A frame and a picture would be of different widths by themselves.
    cell.ui_units_x = width
    return cell


def _split(
    column: bpy.types.UILayout,
    context: bpy.types.Context,
    indent: float,
    available: float,
    text: str = "",
    side: float = 1.0,
) -> bpy.types.UILayout:
    """What stands right of a row's words."""
    if not indent:
        return column.row(align=True)
    split = column.split(factor=indent / available, align=True)
    left = split.column(align=True)
    if text:
        left.scale_y = max(side, 1.0)
        words.label(left, _cut(context, text, indent))
    else:
        left.label(text="")
    return split.row(align=True)


def _indent(context: bpy.types.Context, beside: tuple[str, ...], available: float) -> float:
    """Units for what stands beside the rows: as many as the longest needs, and not too many."""
    if not any(beside):
        return 0.0
    widest = max(words.width(context, text) for text in beside) + _MARGIN
    return min(widest / layers.UNIT, _BESIDE, available * _BESIDE_PART)


def _cut(context: bpy.types.Context, text: str, units: float) -> str:
    """A text for so many units of width."""
    return words.cut_to_width(context, text, units * layers.UNIT - _MARGIN)


def _shared(labels: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """What all of them begin with, such as "Strength", and the rest of each."""
    parts = [label.split(" ") for label in labels if label]
    if len(parts) < 2 or len(parts) < len(labels):
        return "", labels
    count = 0
    while all(len(each) > count + 1 for each in parts) and len({each[count] for each in parts}) == 1:
        count += 1
    if not count:
        return "", labels
    return " ".join(parts[0][:count]), tuple(" ".join(each[count:]) for each in parts)


def draw_buttons(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    result: Result | None,
    found: PictureSet | None,
    why_not: str,
) -> None:
    """More like the selected result, and what becomes of it and the others of its set; grey with the reason
    where none is seen."""
    key = result.key if result is not None else ""
    column = layout.column(align=True)
    words.stop(column, why_not)
    if found is None:
        column.operator("drawthings.more_like_this").result = key
        return
    is_narrow = words.is_narrow(context)
    if is_narrow:
        row, more = column.row(align=True), column.row(align=True)
    else:
        split = column.split(factor=_KEEPS_PART, align=True)
        row, more = split.row(align=True), split.row(align=True)
    row.operator("drawthings.keep_result", text="Keep").result = key
    more.operator("drawthings.more_like_this").result = key
    icons = row if is_narrow else more
    part = icons.row(align=True)
    words.stop(part, why_not or contact_sheet.why_not(result))
    part.operator("drawthings.contact_sheet", text="", icon='IMGDISPLAY').result = key
    icons.operator("drawthings.throw_away", text="", icon='TRASH').result = key
