# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two sides of a grid, as the popover beside Pictures has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty

from ..blender import axes, choices
from . import updates

_ABOUT_VALUES = (
    "Values separated by commas, such as 0.3, 0.5, 0.7. In quotes where one holds a comma: \"red, wet\". "
    "Eight at the most"
)


class DRAWTHINGS_PG_grid(bpy.types.PropertyGroup):
    """What differs from column to column, and from row to row."""

    if TYPE_CHECKING:
        columns: str
        column_values: str
        rows: str
        row_values: str
    else:
        columns: EnumProperty(
            name="Columns",
            description="What differs from left to right",
            items=axes.ITEMS,
            default="guidance_scale",
            update=updates.columns_changed,
        )
        column_values: StringProperty(
            name="Values",
            description=_ABOUT_VALUES,
            default="3, 4.5, 6",
            maxlen=choices.MAX_TEXT_BYTES,
        )
        rows: EnumProperty(
            name="Rows",
            description="What differs from top to bottom",
            items=axes.ITEMS,
            default=axes.NONE,
            update=updates.rows_changed,
        )
        row_values: StringProperty(name="Values", description=_ABOUT_VALUES, maxlen=choices.MAX_TEXT_BYTES)


CLASSES = (DRAWTHINGS_PG_grid,)
