# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Things that lie on one another, which Blender's layouts have no word for.

In an aligned column a row of next to no height takes no room, and what it holds hangs out of it downwards:
what comes after it lies on that. A picture is a label to Blender, so a button below it is what is pointed at,
pressed, and told of in a tooltip (seen in 4.3 and 5.2).
"""

from __future__ import annotations

import bpy

from . import words

#: Pixels of a row, at an interface scale of 1.
UNIT = 20
#: Units of a sidebar's width that its tabs and margins take.
_BESIDE = 2.8
_NO_HEIGHT = 0.01
#: Of a separator of factor 1.
_SEPARATOR = 0.3
#: Of a button that is seen around its picture.
EDGE = 0.12


def width(context: bpy.types.Context) -> float:
    """Units beside one another in the sidebar that is being drawn."""
    return max(context.region.width / (context.preferences.system.ui_scale * UNIT) - _BESIDE, 4.0)


def pixels(context: bpy.types.Context, units: float) -> int:
    """How many so many units are on the screen."""
    return round(units * UNIT * context.preferences.system.ui_scale)


class Layers:
    """A place of a fixed height, the lowest layer first."""

    def __init__(self, layout: bpy.types.UILayout, height: float) -> None:
        self._column = layout.column(align=True)
        self.height = height

    def layer(self) -> bpy.types.UILayout:
        """A column, as wide as the place, on all that was drawn in it before."""
        column = self._column.column(align=True)
        column.ui_units_y = _NO_HEIGHT
        return column

    def button(self, operator: str, **arguments: bool) -> bpy.types.OperatorProperties:
        """A button as large as the place."""
        row = self.layer().row(align=True)
        row.scale_y = self.height
        return row.operator(operator, text=" ", **arguments)

    def picture(self, icon: int, *, faded: bool = False, margin: float = 0.0) -> None:
        """A picture as large as the place has room for, so many units inside of it."""
        layer = self.layer()
        layer.active = not faded
        if margin:
            layer.separator(factor=margin / _SEPARATOR)
        layer.template_icon(icon_value=icon, scale=self.height - 2 * margin)

    def text(self, text: str) -> None:
        """A line in the middle."""
        row = self.layer().row()
        row.alignment = 'CENTER'
        row.scale_y = self.height
        words.label(row, text)

    def sign(self, icon: str) -> None:
        """An icon in the middle, in the place of a picture."""
        row = self.layer().row()
        row.alignment, row.active = 'CENTER', False
        row.scale_y = self.height
        row.label(text="", icon=icon)

    def mark(self, icon: str) -> None:
        """An icon on a ground of its own, in the upper left corner."""
        row = self.layer().row()
        row.alignment = 'LEFT'
        box = row.box()
        box.scale_y = 0.5
        box.label(text="", icon=icon)

    def frame(self) -> None:
        """A dark ground, as a picture has in other editors."""
        row = self.layer().box().row(align=True)
        # A box has a margin of a quarter of a unit.
        row.scale_y = self.height - 0.5
        row.label(text="")

    def close(self) -> None:
        """What is drawn next stands below the place."""
        row = self._column.row(align=True)
        row.scale_y = self.height
        row.label(text="")


def picture_button(
    layout: bpy.types.UILayout, operator: str, icon: int, height: float, *, mark: str = "", **arguments: bool
) -> bpy.types.OperatorProperties:
    """A picture that is a button, with the icon `mark` on it; of its operator set the properties."""
    layers = Layers(layout, height)
    button = layers.button(operator, **arguments)
    layers.picture(icon, margin=EDGE)
    if mark:
        layers.mark(mark)
    layers.close()
    return button
