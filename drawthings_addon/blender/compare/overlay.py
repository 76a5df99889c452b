# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture of a view or a render, laid over every 3D View that looks from where it was taken."""

from __future__ import annotations

import math

import bpy
from bpy.app.handlers import persistent

from ...errors import SourceUnavailable
from .. import handlers, windows
from ..delivery import provenance
from ..delivery.target import Reference
from ..delivery.vantage import Vantage
from . import comparison
from .painter import Rectangle, picture
from .textures import DrawnImage

NO_VIEW = "Only a restyled view or render lies over the 3D View"
ELSEWHERE = "Taken from another view"

_shown: Reference | None = None
_handle: object | None = None
#: The 3D Views that showed it when they were drawn last, for their sidebars, which tell whether they do.
_seen: set[int] = set()


def shown() -> bpy.types.Image | None:
    """The picture that lies over the 3D Views that look from where it was taken."""
    found = _shown.resolve() if _shown is not None else None
    return found if isinstance(found, bpy.types.Image) else None


def is_shown(image: bpy.types.Image | None) -> bool:
    """Whether it is this one. Cheap enough for `draw`."""
    return image is not None and _shown is not None and _shown.session_uid == image.session_uid


def vantage(image: bpy.types.Image | None) -> Vantage | None:
    """From where an image shows the scene; None: it shows nothing of it. Cheap enough for `draw`."""
    return provenance.of(image).vantage if image is not None else None


def why_not(image: bpy.types.Image | None) -> str:
    """Empty, or why it cannot be laid over the 3D View. Cheap enough for `draw`."""
    return "" if vantage(image) is not None else NO_VIEW


def require_vantage(image: bpy.types.Image) -> Vantage:
    """The same. Raises SourceUnavailable."""
    found = vantage(image)
    if found is None:
        raise SourceUnavailable(
            "“{name}” does not tell from where it was taken.",
            "Choose a restyled view or render.",
            name=image.name,
        )
    return found


def show(image: bpy.types.Image) -> None:
    """Lay it over the 3D View, in the place of the one that lies there. Raises SourceUnavailable."""
    global _shown, _handle
    require_vantage(image)
    _shown = Reference.to(image)
    if _handle is None:
        _handle = bpy.types.SpaceView3D.draw_handler_add(draw, (), 'WINDOW', 'POST_PIXEL')
        handlers.add(_HANDLERS)
    windows.redraw_views()


def hide() -> None:
    """Take it away; also where nothing lies there."""
    global _shown, _handle
    if _handle is None:
        return
    bpy.types.SpaceView3D.draw_handler_remove(_handle, 'WINDOW')
    handlers.remove(_HANDLERS)
    _shown = _handle = None
    _seen.clear()
    windows.redraw_views()


def is_seen(image: bpy.types.Image | None, region_3d: bpy.types.RegionView3D | None) -> bool:
    """Whether a view looks from where the image was taken. Cheap enough for `draw`."""
    found = vantage(image)
    return (
        found is not None
        and region_3d is not None
        and found.is_seen_from(region_3d.view_matrix, region_3d.window_matrix)
    )


def rectangle(
    found: Vantage, region: bpy.types.Region, region_3d: bpy.types.RegionView3D
) -> Rectangle | None:
    """Where in a region of a 3D View such a picture lies; None where that looks from elsewhere."""
    frame = found.frame(region_3d.view_matrix, region_3d.window_matrix)
    if frame is None:
        return None
    width, height = region.width, region.height
    return Rectangle(frame.left * width, frame.bottom * height, frame.right * width, frame.top * height)


def draw() -> None:
    """Of the 3D View's region that is drawn."""
    image, context = shown(), bpy.context
    found = vantage(image)
    if image is None or found is None:
        return
    region, region_3d = context.region, context.region_data
    whole = rectangle(found, region, region_3d)
    # Of four views side by side, the sidebar is about one.
    if region_3d == context.space_data.region_3d:
        _tell_sidebar(context.area, is_seen=whole is not None)
    texture = DrawnImage(Reference.to(image)).texture() if whole is not None else None
    if whole is None or texture is None:
        return
    left = comparison.left_out(context.area, region)
    opacity = 1.0 if left is not None else windows.manager().drawthings.overlay_opacity
    start = math.floor(max(min(left or 0.0, region.width), 0.0))
    picture(region, texture, whole, Rectangle(start, 0.0, region.width, region.height), opacity=opacity)
    if left is not None:
        comparison.draw_line(region, whole, left)


def _tell_sidebar(area: bpy.types.Area, *, is_seen: bool) -> None:
    """What its sidebar says is true again when the view begins or ceases to look from there."""
    pointer = area.as_pointer()
    if (pointer in _seen) == is_seen:
        return
    (_seen.add if is_seen else _seen.discard)(pointer)
    for region in area.regions:
        if region.type == 'UI':
            region.tag_redraw()


def look_from(image: bpy.types.Image, space: bpy.types.SpaceView3D, region: bpy.types.Region) -> None:
    """Have a 3D View look from where the image was taken: through its camera, when that is the scene's and
    still there, else by a view of its own. Raises SourceUnavailable."""
    found = require_vantage(image)
    region_3d = space.region_3d
    camera = found.camera.resolve() if found.camera is not None else None
    if isinstance(camera, bpy.types.Object) and camera == bpy.context.scene.camera:
        is_there = found.is_seen_from(camera.matrix_world.normalized().inverted(), found.projection_matrix)
        if is_there and not space.use_local_camera:
            region_3d.view_perspective = 'CAMERA'
            windows.redraw_views()
            return
    region_3d.view_perspective = 'PERSP' if found.is_perspective else 'ORTHO'
    region_3d.view_matrix = found.view_matrix
    _bring_in(found, space, region)
    windows.redraw_views()


def _bring_in(found: Vantage, space: bpy.types.SpaceView3D, region: bpy.types.Region) -> None:
    """Have all of the picture be in the region; one that was a view of its own fills it again."""
    region_3d = space.region_3d
    region_3d.update()
    frame = found.frame(region_3d.view_matrix, region_3d.window_matrix)
    if frame is None:
        return
    # From the middle of the region to the farthest edge, as a share of the way to the region's own.
    farthest = 2 * max(abs(edge - 0.5) for edge in (frame.left, frame.right, frame.bottom, frame.top))
    if abs(farthest - 1.0) < 1e-4 or (farthest < 1.0 and found.camera is not None):
        return
    if found.is_perspective:
        space.lens /= farthest
    else:
        region_3d.view_distance *= farthest
        region_3d.view_matrix = found.view_matrix
    region_3d.update()


@persistent
def _file_goes(*_unused: object) -> None:
    hide()


_HANDLERS: tuple[handlers.Named, ...] = (("load_pre", _file_goes),)
