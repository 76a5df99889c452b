# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before and after in one editor: a line that follows the pointer, or the old alone while it is held.

Only one runs at a time. Nothing of Blender's data is changed: what was before is drawn over an Image Editor,
and a picture that lies over a 3D View is left out where the view shall be seen. Handlers exist only while it
runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .. import handlers, udim, windows
from ..delivery.target import Reference
from .painter import Ground, Rectangle, Texture, box, picture, words
from .textures import Drawn

BEFORE, AFTER = "Before", "After"
#: Pixels at scale 1.
_LINE, _RIM, _WORDS, _MARGIN = 1.0, 1.0, 12.0, 8.0
_WHITE, _DARK = (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.6)
_ON_EDGE = 0.01
#: As Blender shows colours without alpha.
_BLACK, _OPAQUE = Ground((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), Ground(edge=0.0)


OnEnd = Callable[[], None]


def nothing() -> None:
    """Nothing has to be put back."""


@dataclass(eq=False)
class Comparison:
    """What is compared, and where. Left of the line is what was before."""

    area: int
    """The editor, as a pointer that tells it from others."""
    image: Reference
    """What an Image Editor has to show, or what lies over the 3D View."""
    before: Drawn | None = None
    """What is drawn over it; None: a 3D View itself is what was before."""
    covers: int = 0
    """UDIM number of the tile over which it is drawn."""
    line: float = math.inf
    """In pixels of the window; infinite: all is as before."""
    on_end: OnEnd = nothing


_running: Comparison | None = None
_handle: object | None = None


def running() -> Comparison | None:
    """What is compared now."""
    return _running


def begin(comparison: Comparison) -> None:
    """Compare, in the place of what was compared before."""
    global _running, _handle
    end()
    _running = comparison
    handlers.add(_HANDLERS)
    if comparison.before is not None:
        _handle = bpy.types.SpaceImageEditor.draw_handler_add(draw_over_image, (), 'WINDOW', 'POST_PIXEL')
    redraw()


def end() -> None:
    """Compare no more; also where nothing is compared."""
    global _running, _handle
    if _running is None:
        return
    redraw()
    ended, _running = _running, None
    handlers.remove(_HANDLERS)
    if _handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(_handle, 'WINDOW')
        _handle = None
    ended.on_end()


def move(line: float) -> None:
    """The pointer is at these pixels of the window."""
    if _running is not None and _running.line != line:
        _running.line = line
        redraw()


def editor() -> bpy.types.Area | None:
    """The editor in which it runs; None when it was closed, or turned into another."""
    if _running is None:
        return None
    kind = 'VIEW_3D' if _running.before is None else 'IMAGE_EDITOR'
    for area in windows.areas():
        if area.as_pointer() == _running.area and area.type == kind:
            return area
    return None


def is_valid() -> bool:
    """What is compared is still there to be seen."""
    area = editor()
    if area is None or _running is None:
        return False
    image = _running.image.resolve()
    return image is not None and (_running.before is None or area.spaces.active.image == image)


def redraw() -> None:
    """Of the editor in which it runs."""
    area = editor()
    for region in area.regions if area is not None else ():
        if region.type == 'WINDOW':
            region.tag_redraw()


def left_out(area: bpy.types.Area, region: bpy.types.Region) -> float | None:
    """How far from its left edge, in pixels, a region of a 3D View shows the view alone; None: nothing is
    compared there."""
    if _running is None or _running.before is not None or area.as_pointer() != _running.area:
        return None
    return _running.line - region.x


def draw_line(region: bpy.types.Region, whole: Rectangle, line: float) -> None:
    """The line and what is on its sides, over the part of a picture that is seen; all of it when held."""
    scale = bpy.context.preferences.system.ui_scale
    seen = whole.within(Rectangle(0.0, 0.0, region.width, region.height))
    if seen.is_empty:
        return
    size, margin = _WORDS * scale, _MARGIN * scale
    bottom = seen.bottom + margin
    if line >= seen.right:
        words(BEFORE, seen.left + margin, bottom, size)
        return
    if line <= seen.left:
        words(AFTER, seen.left + margin, bottom, size)
        return
    # On whole pixels, so that it is as wide everywhere.
    half = max(round(_LINE * scale), 1) / 2
    middle = math.floor(line) + half
    rim = half + max(round(_RIM * scale), 1)
    box(region, Rectangle(middle - rim, seen.bottom, middle + rim, seen.top), _DARK)
    box(region, Rectangle(middle - half, seen.bottom, middle + half, seen.top), _WHITE)
    words(BEFORE, line - margin, bottom, size, from_right=True)
    words(AFTER, line + margin, bottom, size)


def draw_over_image() -> None:
    """Of the Image Editor's region that is drawn."""
    comparison, context = _running, bpy.context
    if comparison is None or comparison.before is None or context.area.as_pointer() != comparison.area:
        return
    space, region = context.space_data, context.region
    image = comparison.image.resolve()
    texture = comparison.before.texture()
    if image is None or texture is None or space.image != image:
        return
    whole = image_rectangle(region, comparison.covers)
    line = comparison.line - region.x
    part = Rectangle(0.0, 0.0, math.floor(max(min(line, region.width), 0.0)), region.height)
    picture(region, texture, whole, part, is_smooth=False, ground=ground(space, texture))
    draw_line(region, whole, line)


def ground(space: bpy.types.SpaceImageEditor, texture: Texture) -> Ground:
    """What an Image Editor shows below a picture: with alpha as the theme has it."""
    if space.display_channels != 'COLOR_ALPHA':
        return _OPAQUE if texture.is_packed else _BLACK
    theme = bpy.context.preferences.themes[0].user_interface
    first, second = theme.transparent_checker_primary, theme.transparent_checker_secondary
    return Ground(tuple(first[:3]), tuple(second[:3]), theme.transparent_checker_size)


def image_rectangle(region: Any, tile: int = 0) -> Rectangle:
    """Where an Image Editor's region shows the image, or a UDIM tile of it."""
    view = region.view2d
    left, bottom = view.region_to_view(0, 0)
    right, top = view.region_to_view(region.width, region.height)
    across, up = region.width / (right - left), region.height / (top - bottom)
    column, row = udim.column_and_row(tile)
    # Where an edge lies in the middle of a pixel, Blender takes that on its far side.
    x, y = (column - left) * across + _ON_EDGE, (row - bottom) * up + _ON_EDGE
    return Rectangle(x, y, x + across, y + up)


@persistent
def _file_goes(*_unused: object) -> None:
    end()


_HANDLERS: tuple[handlers.Named, ...] = (("load_pre", _file_goes),)
