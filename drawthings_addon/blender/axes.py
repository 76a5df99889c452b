# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sides of a grid can be of, as the panel offers it, with values to begin with.

Without `bpy` at run time, see `properties.updates`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ..client.catalogue import Choice
from ..client.parameters import ParameterRow
from ..jobs.variations import ROWS_OF_AXES, STYLES, WORDS
from .choices import offered

if TYPE_CHECKING:
    import bpy

NONE = "NONE"
#: What is compared most, before all else.
_FIRST = ("strength", "guidance_scale", "steps", "shift", "model", "sampler", "seed")
#: Of a list's names as many are proposed.
_NAMES = 3
#: Values of what is not proposed by what it is now: how far a source is changed is looked for from scratch.
_FIXED = {"strength": "0.3, 0.5, 0.7", "clip_skip": "1, 2"}


def _item(of: str, label: str, description: str) -> tuple[str, str, str, int]:
    """With a number of its own: a .blend keeps that, and parameters are added between others.

    A menu of Blender 4 has it as a float on the way (seen in 4.3), which holds 24 bits.
    """
    return of, label, description, zlib.crc32(of.encode()) >> 8


def _row(of: str) -> tuple[str, str, str, int]:
    parameter = ROWS_OF_AXES[of].parameter
    return _item(of, parameter.label, parameter.description)


#: Identifiers are what `drawthings.variations` takes.
ITEMS = (
    (NONE, "None", "Nothing differs along this side", 0),
    *map(_row, _FIRST),
    _item(WORDS, "Words", "The first stands in the prompt and gives way to the others; else each is added"),
    _item(STYLES, "Styles", "A prompt style of the server for each"),
    *(_row(of) for of in ROWS_OF_AXES if of not in _FIRST),
)


def proposal(chosen: bpy.types.PropertyGroup, of: str) -> str:
    """Values to begin with, separated by commas: around what is set, or of the connected server's list; empty
    where nothing can be known."""
    if of in _FIXED:
        return _FIXED[of]
    if of == WORDS:
        return _joined([chosen.prompt.partition(",")[0].strip()])
    if of == STYLES:
        return _joined([each.value for each in offered.catalogue.styles[:_NAMES]])
    row = ROWS_OF_AXES.get(of)
    if row is None:
        return ""
    now = getattr(chosen, of)
    if row.kind is bool:
        return "off, on"
    if row.kind in (int, float):
        return ", ".join(dict.fromkeys(f"{each:g}" for each in _around(row, now)))
    if row.words:
        return _joined([name for _word, name, _about in row.parameter.items][:_NAMES])
    listed = [each.value for each in _listed(row)]
    return _joined(list(dict.fromkeys(filter(None, (now, *listed))))[:_NAMES])


def _around(row: ParameterRow, now: float) -> list[float]:
    """A smaller one, what is set, and a larger one."""
    if row.name == "seed":
        return [now, now + 1, now + 2]
    least, most = row.range
    if row.kind is int:
        return [min(max(each, least), most) for each in (round(now / 2), now, round(now * 1.5))]
    step = max(abs(now) / 3, (most - least) / 20)
    return [round(min(max(each, least), most), 2) for each in (now - step, now, now + step)]


def _listed(row: ParameterRow) -> tuple[Choice, ...]:
    lists = {"models": offered.models}
    name = row.parameter.picker
    return lists.get(name, getattr(offered.catalogue, name, ())) if name else ()


def _joined(values: list[str]) -> str:
    """As `Axis.parse` reads them."""
    return ", ".join(
        '"' + each.replace('"', '""') + '"' if set(each) & set(',"') else each for each in values
    )
