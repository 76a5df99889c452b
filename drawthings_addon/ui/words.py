# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How numbers and texts are written for the artist.

Texts of servers, of .blend files and of pictures may be of any length, and Blender's layouts draw all of it.
So a text that is not a constant of this code goes into a layout through here: `label` for one line,
`paragraph` for a few, `field` for one that can be changed, `short` and `wrapped` where none fits. A test
draws everything with megabytes.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

import blf
import bpy

from ..blender.summary import duration as duration
from ..client import bounds
from ..errors import BridgeError
from ..messages import Message

#: Characters of one line. The widest sidebar of a large screen shows fewer.
MAX_LINE = 200
#: Width of a sidebar in pixels, at an interface scale of 1, below which buttons do not stand side by side.
_NARROW = 240
#: Pixels of a sidebar, at an interface scale of 1, beside the text of a line with an icon: the tabs, the
#: panel's margins, the icon, and an arrow of what it opens (measured in 4.3 and 5.2).
_BESIDE_TEXT = 90
_LEAST_ROOM = 100
#: Of these what an icon takes, in pixels and in characters.
_ICON = 20
_ICON_LETTERS = 3
#: What stands between the names of a line, and the letters that are left of one that is cut.
_BETWEEN_NAMES = re.compile("( · | → |, )")
_SHORTEST_NAME = 5
#: Characters of a field whose property has no limit of its own.
_LONGEST_FIELD = 1024
#: Of a row's width, what stands before a field: Blender's own share.
LABEL_PART = 0.4
#: Behind a wide character while a text is laid out: stands for no character, and is in no text.
_SECOND_HALF = "\ufdd0"
#: Lines of one message: what failed, with the words of a server.
MAX_LINES = 12


def about(seconds: float, estimate: float | None) -> str:
    """Elapsed time beside what it took before: "0:14 of about 0:22"."""
    elapsed = duration(seconds)
    if estimate is None:
        return elapsed
    if seconds > estimate + 1.0:
        return Message("{elapsed}, longer than usual", elapsed=elapsed)
    return Message("{elapsed} of about {duration}", elapsed=elapsed, duration=duration(max(estimate, 1.0)))


def line_length(width: int, ui_scale: float) -> int:
    """Characters of Blender's interface font that fit on a line of a box in a sidebar, `width` in pixels."""
    return max(20, int((width / ui_scale - 80) / 6.3))


def sidebar_line(context: bpy.types.Context) -> int:
    """Characters that fit on a line of the sidebar, or the preferences, that are being drawn."""
    return line_length(context.region.width, context.preferences.system.ui_scale)


def plain_line(context: bpy.types.Context) -> int:
    """The same for a text without an icon; in a narrow sidebar, where a word may fill its line, no more."""
    return sidebar_line(context) + (0 if is_narrow(context) else _ICON_LETTERS)


def is_narrow(context: bpy.types.Context) -> bool:
    """Whether two buttons with words do not fit beside one another in the sidebar that is being drawn."""
    return context.region.width / context.preferences.system.ui_scale < _NARROW


def pair(layout: bpy.types.UILayout, context: bpy.types.Context) -> bpy.types.UILayout:
    """Where buttons stand beside one another, aligned; below one another in a narrow sidebar."""
    return layout.column(align=True) if is_narrow(context) else layout.row(align=True)


def beside(layout: bpy.types.UILayout, name: str = "") -> bpy.types.UILayout:
    """The column that fields stand in where their names are before them, for buttons and words."""
    split = layout.split(factor=LABEL_PART)
    left = split.row()
    left.alignment = 'RIGHT'
    if name:
        label(left, name)
    return split.column()


def room(context: bpy.types.Context, text: str = "") -> float:
    """Pixels, at an interface scale of 1, that a text with an icon before it leaves on a line of the sidebar
    that is being drawn; below 0 Blender would cut it."""
    found = max(context.region.width / context.preferences.system.ui_scale - _BESIDE_TEXT, _LEAST_ROOM)
    return found - width(context, text) if text else found


def width(context: bpy.types.Context, text: str) -> float:
    """Pixels of a text in the interface, at an interface scale of 1."""
    # Its own font, which the preferences may change; Blender sets it for each text of its own.
    blf.size(0, context.preferences.ui_styles[0].widget.points)
    return float(blf.dimensions(0, text)[0])


def cut_to_width(context: bpy.types.Context, text: str, pixels: float) -> str:
    """As many letters of a line as so many pixels have room for, at an interface scale of 1: Blender would
    cut its middle out."""
    found = short(text, MAX_LINE)
    while len(found) > 1 and width(context, found) > pixels:
        found = f"{found.removesuffix('…')[:-1].rstrip()}…"
    return found


def cut_to_fit(context: bpy.types.Context, text: str, end: str) -> str:
    """A line of the sidebar without an icon: as many whole words of a text as there is room for, and what
    comes after them."""
    parts = short(text, MAX_LINE).split()
    for count in range(len(parts), 1, -1):
        line = " ".join(parts[:count])
        line = (line if count == len(parts) else f"{line.rstrip(',.;:')} …") + end
        if room(context, line) + _ICON >= 0:
            return line
    # Of a word that is longer than the line Blender cuts the middle.
    return " ".join(parts[:1]) + (" …" if len(parts) > 1 else "") + end


def fitting(context: bpy.types.Context, wordings: Sequence[str], beside: float = 0) -> str:
    """The first of several wordings that fits on a line of the sidebar, with an icon before it and so many
    pixels of something else; where none does the last one with its names cut: Blender would cut the middle
    out of the line."""
    for text in wordings:
        if len(text) <= MAX_LINE and room(context, text) >= beside:
            return text
    parts = _BETWEEN_NAMES.split(short(wordings[-1], MAX_LINE))
    # What stands last says most: an input, a slot, where a picture goes.
    for index in range(0, len(parts), 2):
        name = _name(parts[index])
        kept = parts[index][len(name) :]
        while len(name) > _SHORTEST_NAME and room(context, "".join(parts)) < beside:
            name = f"{name.removesuffix('…')[:-1].rstrip()}…"
            parts[index] = name + kept
    return "".join(parts)


def _name(part: str) -> str:
    """Without what stands in brackets after it."""
    return part[: part.rindex(" (")] if part.endswith(")") and " (" in part else part


def fitting_lines(context: bpy.types.Context, text: str, lines: int, beside: float = 0) -> list[str]:
    """A sentence on lines of the sidebar, with an icon before the first and so many pixels of something else
    beside all."""
    found = [""]
    for word in short(text, MAX_LINE * 2).split():
        longer = f"{found[-1]} {word}".strip()
        if not found[-1] or room(context, longer) >= beside:
            found[-1] = longer
        elif len(found) == lines:
            return [*found[:-1], f"{found[-1]} …"]
        else:
            found.append(word)
    return found


def size(width: int, height: int) -> str:
    """1024 × 768."""
    return f"{width} × {height}"


def short(text: str, limit: int = MAX_LINE) -> str:
    """One line of at most `limit` characters, ended by an ellipsis where it was cut."""
    return bounds.one_line(text, limit)


def cut(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut between two words where it was cut."""
    line = short(text, MAX_LINE)
    if len(line) <= limit:
        return line
    found = textwrap.shorten(line, limit, placeholder=" …")
    return found if len(found) > limit // 2 else short(line, limit)


def wrapped(text: str, width: int, lines: int = MAX_LINES) -> list[str]:
    """At most `lines` lines of at most `width` characters, wide ones (East Asian, emoji) counted twice;
    labels do not wrap by themselves before 5.3."""
    width = min(width, MAX_LINE)
    # Lines that are not full hold fewer characters, never more.
    text = bounds.one_line(text, (width + 1) * lines)
    if columns(text) > len(text):
        # Such scripts have no spaces: all lines are full.
        text = bounds.one_line(_widened(text), width * lines)
    found = textwrap.wrap(text, width, break_on_hyphens=False, max_lines=lines, placeholder=" …")
    return [line.replace(_SECOND_HALF, "") for line in found]


def columns(text: str) -> int:
    """How many characters of usual width are as wide as this text."""
    return len(_widened(text))


def _widened(text: str) -> str:
    """With what makes a wide character count twice behind it."""
    if text.isascii():
        return text
    return "".join(
        each + _SECOND_HALF if unicodedata.east_asian_width(each) in "WF" else each for each in text
    )


def label(layout: bpy.types.UILayout, text: str, **arguments: Any) -> None:
    """A label with a text of any origin and length."""
    layout.label(text=short(text), **arguments)


def paragraph(
    layout: bpy.types.UILayout, text: str, width: int, *, icon: str = 'NONE', lines: int = MAX_LINES
) -> int:
    """A text on lines of `width` characters below one another; with an icon the others stand as far in.
    Returns how many lines it took."""
    found = wrapped(text, width, lines)
    for index, line in enumerate(found):
        layout.label(text=line, icon=icon if index == 0 or icon == 'NONE' else 'BLANK1')
    return len(found)


def outlook(
    layout: bpy.types.UILayout, context: bpy.types.Context, error: BridgeError | None, *, is_known: bool
) -> bpy.types.UILayout | None:
    """Where stands, faded, what a press makes of the open picture; None where it is told instead why it makes
    nothing, or that the picture's size is not known yet."""
    column = layout.column(align=True)
    if error is not None:
        column.alert = True
        paragraph(column, str(error), sidebar_line(context), icon='ERROR', lines=4)
        return None
    column.active = False
    if not is_known:
        label(column, "Its size is told once it is loaded", icon='FORWARD')
        return None
    return column


def stop(layout: bpy.types.UILayout, reason: str) -> None:
    """Buttons that come into this part are grey, with the reason in their tooltips, where there is one.
    `poll` knows nothing of what a button is for: see operators/reporting.py."""
    layout.context_string_set("drawthings_button", "known")
    # Also where it is empty: what a part tells, Blender copies from the part before it (4.3 and 5.2).
    layout.context_string_set("drawthings_obstacle", reason)


def field(layout: bpy.types.UILayout, owner: bpy.types.bpy_struct, name: str, **arguments: Any) -> None:
    """A text property to be changed. One that is longer than it can be set to, as only a file can bring it,
    is named with a button that empties it: Blender measures a field's whole text at every redraw."""
    if fits(owner, name):
        layout.prop(owner, name, **arguments)
        return
    row = layout.row(align=True)
    label(row, Message("{field}: too long", field=owner.bl_rna.properties[name].name), icon='ERROR')
    button = row.operator("wm.context_set_string", text="", icon='X')
    button.data_path, button.value = f"scene.{owner.path_from_id(name)}", ""


def fits(owner: bpy.types.bpy_struct, name: str) -> bool:
    """Whether the text is no longer than its property lets anybody set it."""
    return len(getattr(owner, name)) <= (owner.bl_rna.properties[name].length_max or _LONGEST_FIELD)
