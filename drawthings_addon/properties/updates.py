# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Blender calls after a change of a property.

Without `bpy` at run time: Blender 4.2 keeps the functions of properties beyond Python's end, and with them
whatever their module holds; where `bpy` is among it a script that has imported it ends by a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..blender import axes

if TYPE_CHECKING:
    import bpy


def to_multiple_of_64(name: str, settings: bpy.types.PropertyGroup) -> None:
    """The panel shows the size that is sent: servers round other sizes by themselves."""
    pixels = getattr(settings, name)
    nearest = (pixels + 32) // 64 * 64
    if pixels != nearest:
        setattr(settings, name, nearest)


def model_changed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """With `use_model_settings` its recommended settings are set, too."""
    # Here: what this module holds is kept beyond Python's end.
    from ..blender.actions import models

    models.model_changed(settings)


def use_model_settings_changed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """From the next change on: the model that is set now is none."""
    settings.last_model = settings.model


def width_changed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    to_multiple_of_64("width", settings)


def height_changed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    to_multiple_of_64("height", settings)


def tile_changed(refine: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    to_multiple_of_64("tile", refine)


def columns_changed(grid: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """Values to begin with, for what differs now."""
    grid.column_values = axes.proposal(context.scene.drawthings, grid.columns)


def rows_changed(grid: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    grid.row_values = axes.proposal(context.scene.drawthings, grid.rows)


def uses_inpaint(inpaint: bpy.types.PropertyGroup) -> bool:
    """Before there was a switch, a mask alone was one: so it is in files where nobody has set it."""
    if inpaint.switch == 'UNSET':
        return inpaint.mask is not None
    return bool(inpaint.switch == 'ON')


def set_inpaint(inpaint: bpy.types.PropertyGroup, is_on: bool) -> None:
    inpaint.switch = 'ON' if is_on else 'OFF'


def mask_changed(inpaint: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Whoever sets a mask wants it used; without one there is nothing to use, but where it comes from
    elsewhere."""
    if inpaint.mask is not None:
        set_inpaint(inpaint, True)
    elif inpaint.mask_source in {'IMAGE', 'PAINT'}:
        set_inpaint(inpaint, False)


def maps_changed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """What the maps would look like follows, where a panel shows it."""
    # Here: what this module holds is kept beyond Python's end.
    from ..blender.session import session

    current = session.current()
    if current is not None:
        current.maps.follow(settings.id_data)
