# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The viewport, drawn once more beside the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix

from ...errors import SourceUnavailable
from ...imaging.fit import FitMode
from ...jobs.source import Source, SourceName
from .. import compat, windows
from ..delivery.vantage import Vantage
from ..preserve import preserved
from ..selection import Selection
from . import unavailable

if TYPE_CHECKING:
    import gpu

#: The largest side that OpenGL and Metal drivers in use all draw to.
MAX_VIEW_EDGE = 8192
_WORKBENCH = frozenset({'WIREFRAME', 'SOLID'})


@dataclass(frozen=True)
class View:
    """One 3D View to draw, and what it shows."""

    scene: bpy.types.Scene
    view_layer: bpy.types.ViewLayer
    space: bpy.types.SpaceView3D
    region: bpy.types.Region
    region_3d: bpy.types.RegionView3D


def find_view(selection: Selection) -> View | None:
    """The 3D View that the artist is in, else the largest of the artist's window, else of all others.

    Of those first that show the scene.
    """
    if selection.area is not None and selection.area.type == 'VIEW_3D':
        areas = [selection.area]
    else:
        found = [
            (window == selection.window, window.scene == selection.scene, area.width * area.height, area)
            for window in windows.manager().windows
            for area in window.screen.areas
            if area.type == 'VIEW_3D'
        ]
        areas = [area for *_, area in sorted(found, key=lambda each: each[:3], reverse=True)]
    for area in areas:
        space = area.spaces.active
        # In a quad view the last one is the one that turns, and the space's own `region_3d` is that one's.
        region = next((each for each in reversed(area.regions) if each.type == 'WINDOW'), None)
        if region is not None and space.region_3d is not None:
            return View(selection.scene, selection.view_layer, space, region, space.region_3d)
    return None


def require_view(selection: Selection) -> View:
    """The same, to be drawn. Raises SourceUnavailable."""
    _require_canvas()
    view = find_view(selection)
    if view is None:
        raise SourceUnavailable(unavailable.NO_VIEW, "Open one, or restyle a render.")
    return view


def _require_canvas() -> None:
    reason = compat.can_draw_offscreen()
    if reason:
        raise SourceUnavailable(
            "The viewport cannot be drawn: {reason}", "Restyle a render instead.", reason=reason
        )


def viewport(
    view: View,
    *,
    size: tuple[int, int] | None = None,
    overlays: bool = False,
    camera: bool = False,
    fit_mode: FitMode = "PAD",
) -> Source:
    """The viewport as it is seen, drawn once more beside the screen.

    A view that looks through a camera is what lies in the camera's frame: that was composed. `size` in
    pixels, by default that of the view or its frame on the screen (or of the render, with `camera`).
    Another shape shows more at the sides, never less. The pixels are what the display shows: the scene's
    view transform is in them. Raises SourceUnavailable.
    """
    _require_canvas()
    require_drawable(view, camera=camera)
    width, height = _bounded(size or _natural_size(view, camera=camera))
    view_matrix, projection = view_matrices(view, width, height, camera=camera)
    with preserved(view.space.overlay, "show_overlays"):
        if view.space.overlay.show_overlays != overlays:
            view.space.overlay.show_overlays = overlays
        if view.space.shading.type in _WORKBENCH and compat.workbench_keeps_edges():
            _drawn(view, width, height, view_matrix, projection).free()
        offscreen = _drawn(view, width, height, view_matrix, projection)
    try:
        buffer = offscreen.texture_color.read()
        # One dimension: numpy takes no other without a copy through Python lists.
        buffer.dimensions = width * height * 4
        pixels = np.frombuffer(buffer, np.uint8).reshape(height, width, 4)[..., :3].copy()
    finally:
        offscreen.free()
    return Source(SourceName("VIEW"), pixels=pixels, fit_mode=fit_mode, keep_alpha=False)


def require_drawable(view: View, *, camera: bool) -> None:
    """Raises SourceUnavailable where `viewport` could not draw it, whatever there is to draw on. Memory
    only."""
    engine = view.scene.render.engine
    if view.space.shading.type == 'RENDERED' and not compat.draws_viewport_itself(engine):
        # Seen on 4.3 and 5.2 with Cycles: a second drawing is black, and the first cannot be read back.
        raise SourceUnavailable(
            "This view is rendered by {engine}, which cannot be drawn a second time.",
            "Use Restyle Render, or switch the view to Material Preview.",
            engine=engine.title(),
        )
    if camera and view.scene.camera is None:
        raise SourceUnavailable(unavailable.NO_CAMERA, "Add one, or send the current view.")


def seen_size(view: View, *, camera: bool) -> tuple[int, int]:
    """Width and height that `viewport` draws by default, as the view was drawn last. For panels: it updates
    nothing."""
    through = looks_through(view)
    width, height = max(view.region.width, 1), max(view.region.height, 1)
    if camera:
        width, height = _render_size(view.scene)
    elif through is not None and through.type == 'CAMERA':
        # The frame's corners, in the camera's own space as Blender looks along it.
        ends = [
            view.region_3d.window_matrix @ corner.to_4d()
            for corner in through.data.view_frame(scene=view.scene)
        ]
        across, up = ([each[axis] / each.w for each in ends if each.w] for axis in (0, 1))
        wide, high = max(across) - min(across), max(up) - min(up)
        width, height = max(round(width * wide / 2), 1), max(round(height * high / 2), 1)
    return _bounded((width, height))


def view_matrices(view: View, width: int, height: int, *, camera: bool) -> tuple[Matrix, Matrix]:
    """World to view and view to clip space, as `viewport` draws a picture of this size."""
    if camera:
        return _camera_matrices(view, width, height)
    composed = _composed(view)
    matrix = view.region_3d.view_matrix.copy()
    return matrix, _widened(composed.projection, composed.width / composed.height, width / height)


def vantage(view: View, width: int, height: int, *, camera: bool) -> Vantage:
    """From where `viewport` draws a picture of this size."""
    through = view.scene.camera if camera else looks_through(view)
    return Vantage.of(*view_matrices(view, width, height, camera=camera), through)


@dataclass(frozen=True)
class _Composed:
    """What of a 3D View the artist composed: the frame of the camera that it looks through, else all."""

    projection: Matrix
    """View to clip space."""
    width: float
    """On the screen, in pixels; with `height` above 0, and the frame may be larger than its region."""
    height: float


def _composed(view: View) -> _Composed:
    # A region that is folded away is 0 or 1 pixels high.
    width, height = max(view.region.width, 1), max(view.region.height, 1)
    camera = looks_through(view)
    if camera is None:
        return _Composed(view.region_3d.window_matrix, width, height)
    # A script may have turned the view, or moved the camera, since it was drawn.
    view.region_3d.update()
    whole = view.region_3d.window_matrix
    render = view.scene.render
    frame = _projection(view, camera, render.resolution_x, render.resolution_y)
    return _Composed(frame, width * whole[0][0] / frame[0][0], height * whole[1][1] / frame[1][1])


def looks_through(view: View) -> bpy.types.Object | None:
    """The camera, when the view looks through one."""
    if view.region_3d.view_perspective != 'CAMERA':
        return None
    return view.space.camera if view.space.use_local_camera else view.scene.camera


def _drawn(
    view: View, width: int, height: int, view_matrix: Matrix, projection: Matrix
) -> gpu.types.GPUOffScreen:
    """The view on a canvas of its own, which the caller frees."""
    import gpu

    try:
        offscreen = gpu.types.GPUOffScreen(width, height, format='RGBA8')
    except (RuntimeError, SystemError, MemoryError) as error:
        raise SourceUnavailable(
            "The graphics card has no room for a picture of {width} × {height} pixels.",
            "Make the view smaller, or switch Source Size off and choose a smaller size.",
            width=width,
            height=height,
        ) from error
    try:
        offscreen.draw_view3d(
            view.scene,
            view.view_layer,
            view.space,
            view.region,
            view_matrix,
            projection,
            do_color_management=True,
            draw_background=True,
        )
    except BaseException:
        offscreen.free()
        raise
    return offscreen


def _natural_size(view: View, *, camera: bool) -> tuple[int, int]:
    if not camera:
        composed = _composed(view)
        return max(round(composed.width), 1), max(round(composed.height), 1)
    return _render_size(view.scene)


def _render_size(scene: bpy.types.Scene) -> tuple[int, int]:
    render = scene.render
    scale = render.resolution_percentage / 100
    return max(int(render.resolution_x * scale), 1), max(int(render.resolution_y * scale), 1)


def _bounded(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, MAX_VIEW_EDGE / max(size))
    return max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)


def _camera_matrices(view: View, width: int, height: int) -> tuple[Matrix, Matrix]:
    camera = view.scene.camera
    projection = _projection(view, camera, width, height)
    return camera.matrix_world.normalized().inverted(), projection


def _projection(view: View, camera: bpy.types.Object, width: int, height: int) -> Matrix:
    # Evaluated, also what a script has just moved.
    view.view_layer.update()
    depsgraph = view.view_layer.depsgraph
    render = view.scene.render
    return camera.evaluated_get(depsgraph).calc_matrix_camera(
        depsgraph, x=width, y=height, scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y
    )


def _widened(projection: Matrix, shape: float, wanted: float) -> Matrix:
    """The projection of a picture for one of another shape (width by height): more at the sides, or above
    and below; never less."""
    projection = projection.copy()
    ratio = wanted / shape
    for axis, factor in ((0, 1 / ratio if ratio > 1.0 else 1.0), (1, min(ratio, 1.0))):
        # A lens that is shifted keeps its middle.
        projection[axis] = [each * factor for each in projection[axis]]
    return projection
