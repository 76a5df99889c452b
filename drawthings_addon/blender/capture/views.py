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
from ...jobs.job import Source
from .. import compat
from ..preserve import preserved

if TYPE_CHECKING:
    import gpu

#: The largest side that OpenGL and Metal drivers in use all draw to.
MAX_VIEW_EDGE = 8192
_WORKBENCH = frozenset({'WIREFRAME', 'SOLID'})


@dataclass(frozen=True)
class View:
    """One 3D View to draw."""

    area: bpy.types.Area
    space: bpy.types.SpaceView3D
    region: bpy.types.Region
    region_3d: bpy.types.RegionView3D


def find_view(context: bpy.types.Context) -> View | None:
    """The 3D View that the artist is in, else the largest that is open."""
    if context.area is not None and context.area.type == 'VIEW_3D':
        areas = [context.area]
    else:
        windows = [context.window] if context.window else list(context.window_manager.windows)
        areas = [area for window in windows for area in window.screen.areas if area.type == 'VIEW_3D']
        areas.sort(key=lambda area: area.width * area.height, reverse=True)
    for area in areas:
        space = area.spaces.active
        region = next((each for each in area.regions if each.type == 'WINDOW'), None)
        if region is not None and space.region_3d is not None:
            return View(area, space, region, space.region_3d)
    return None


def viewport(
    context: bpy.types.Context,
    *,
    size: tuple[int, int] | None = None,
    overlays: bool = False,
    camera: bool = False,
    fit_mode: FitMode = "PAD",
) -> Source:
    """The viewport as it is seen, drawn once more beside the screen.

    `size` in pixels, by default that of the view (or of the render, with `camera`). Another shape than
    the view's shows more at the sides, never less. The pixels are what the display shows: the scene's
    view transform is in them. Raises SourceUnavailable.
    """
    reason = compat.can_draw_offscreen()
    if reason:
        raise SourceUnavailable(f"The viewport cannot be drawn: {reason}", "Restyle a render instead.")
    view = find_view(context)
    if view is None:
        raise SourceUnavailable("No 3D View is open.", "Open one, or restyle a render.")
    engine = context.scene.render.engine
    if view.space.shading.type == 'RENDERED' and not compat.draws_viewport_itself(engine):
        # Seen on 4.3 and 5.2 with Cycles: a second drawing is black, and the first cannot be read back.
        raise SourceUnavailable(
            f"This view is rendered by {engine.title()}, which cannot be drawn a second time.",
            "Use Restyle Render, or switch the view to Material Preview.",
        )
    if camera and context.scene.camera is None:
        raise SourceUnavailable("The scene has no camera.", "Add one, or send the current view.")
    width, height = _bounded(size or _natural_size(context.scene, view, camera=camera))
    view_matrix, projection = _matrices(context, view, width, height, camera=camera)
    with preserved(view.space.overlay, "show_overlays"):
        if view.space.overlay.show_overlays != overlays:
            view.space.overlay.show_overlays = overlays
        if view.space.shading.type in _WORKBENCH and compat.workbench_keeps_edges():
            _drawn(context, view, width, height, view_matrix, projection).free()
        offscreen = _drawn(context, view, width, height, view_matrix, projection)
    try:
        buffer = offscreen.texture_color.read()
        # One dimension: numpy takes no other without a copy through Python lists.
        buffer.dimensions = width * height * 4
        pixels = np.frombuffer(buffer, np.uint8).reshape(height, width, 4)[..., :3].copy()
    finally:
        offscreen.free()
    return Source("viewport", pixels=pixels, fit_mode=fit_mode, keep_alpha=False)


def view_matrices(
    context: bpy.types.Context, width: int, height: int, *, camera: bool
) -> tuple[Matrix, Matrix]:
    """World to view and view to clip space, as `viewport` draws a picture of this size.

    Raises SourceUnavailable.
    """
    view = find_view(context)
    if view is None:
        raise SourceUnavailable("No 3D View is open.", "Open one, or restyle a render.")
    return _matrices(context, view, width, height, camera=camera)


def _matrices(
    context: bpy.types.Context, view: View, width: int, height: int, *, camera: bool
) -> tuple[Matrix, Matrix]:
    if camera:
        return _camera_matrices(context, width, height)
    matrix = view.region_3d.view_matrix.copy()
    return matrix, _widened(view.region_3d.window_matrix, view.region, width, height)


def _drawn(
    context: bpy.types.Context, view: View, width: int, height: int, view_matrix: Matrix, projection: Matrix
) -> gpu.types.GPUOffScreen:
    """The view on a canvas of its own, which the caller frees."""
    import gpu

    try:
        offscreen = gpu.types.GPUOffScreen(width, height, format='RGBA8')
    except (RuntimeError, SystemError, MemoryError) as error:
        raise SourceUnavailable(
            f"The graphics card has no room for a picture of {width} × {height} pixels.",
            "Make the view smaller, or switch Source Size off and choose a smaller size.",
        ) from error
    try:
        offscreen.draw_view3d(
            context.scene,
            context.view_layer,
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


def _natural_size(scene: bpy.types.Scene, view: View, *, camera: bool) -> tuple[int, int]:
    if not camera:
        return view.region.width, view.region.height
    scale = scene.render.resolution_percentage / 100
    return max(int(scene.render.resolution_x * scale), 1), max(int(scene.render.resolution_y * scale), 1)


def _bounded(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, MAX_VIEW_EDGE / max(size))
    return max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)


def _camera_matrices(context: bpy.types.Context, width: int, height: int) -> tuple[Matrix, Matrix]:
    camera = context.scene.camera
    depsgraph = context.evaluated_depsgraph_get()
    render_settings = context.scene.render
    projection = camera.evaluated_get(depsgraph).calc_matrix_camera(
        depsgraph,
        x=width,
        y=height,
        scale_x=render_settings.pixel_aspect_x,
        scale_y=render_settings.pixel_aspect_y,
    )
    return camera.matrix_world.normalized().inverted(), projection


def _widened(projection: Matrix, region: bpy.types.Region, width: int, height: int) -> Matrix:
    """The region's projection for another shape: more at the sides, or above and below; never less."""
    projection = projection.copy()
    # A region that is folded away is 0 or 1 pixels high.
    ratio = (width / height) / (max(region.width, 1) / max(region.height, 1))
    if ratio > 1.0:
        projection[0][0] /= ratio
    else:
        projection[1][1] *= ratio
    return projection
