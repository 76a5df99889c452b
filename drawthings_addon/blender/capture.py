# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Viewport, render, image and texture become a frozen Source: the snapshot, and nothing else.

Pixels are copied once; encoding, fitting and files are the worker's. The scene is left as it was found,
also when a capture fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix

from ..errors import SourceUnavailable, TargetUnavailable
from ..imaging.fit import FitMode
from ..jobs.job import Encoding, Source
from . import compat, materials, udim
from .preserve import preserved

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


def render(scene: bpy.types.Scene, path: Path, *, fit_mode: FitMode = "PAD") -> Source:
    """The last render as it is displayed, written by Blender itself to `path` as an 8-bit PNG.

    The view transform is applied once, by Blender. Raises SourceUnavailable when there is no render.
    """
    result = bpy.data.images.get("Render Result")
    if result is None or result.type != 'RENDER_RESULT':
        raise SourceUnavailable("Nothing was rendered yet.", "Render the scene first.")
    settings = scene.render.image_settings
    with _preserved_output(settings):
        compat.set_image_format(settings, 'PNG')
        settings.color_mode = 'RGBA'
        settings.color_depth = '8'
        # The worker reads the file once: packing it tight would be paid for on the main thread.
        settings.compression = 0
        settings.color_management = 'FOLLOW_SCENE'
        try:
            result.save_render(str(path), scene=scene)
        except RuntimeError as error:
            raise SourceUnavailable("Nothing was rendered yet.", "Render the scene first.") from error
    if not path.is_file():
        raise SourceUnavailable("Blender did not save its render.", "Render the scene again.")
    return Source("render", path=path, fit_mode=fit_mode)


@contextlib.contextmanager
def _preserved_output(settings: bpy.types.ImageFormatSettings) -> Iterator[None]:
    """All of the output settings are put back.

    Blender copies the scene's colour management into them whenever they get one of their own, so that
    is put back last. A curve in it cannot be.
    """
    with (
        preserved(settings.view_settings),
        preserved(settings.display_settings),
        preserved(settings.linear_colorspace_settings),
        preserved(settings),
    ):
        yield


def image(datablock: bpy.types.Image, path: Path, *, tile: int = 0, fit_mode: FitMode = "PAD") -> Source:
    """An image datablock: byte, float, packed, generated, unsaved paint, or one UDIM tile.

    Byte pixels are sent as they are stored, float pixels as they are displayed without a view transform.
    `path` serves for Render Result, which only Blender can write. Raises SourceUnavailable.
    """
    if datablock.type == 'RENDER_RESULT':
        scene = bpy.context.scene
        return render(scene, path, fit_mode=fit_mode)
    if datablock.source == 'TILED':
        tile = tile or udim.tile_numbers(datablock)[0]
        with udim.tile_image(datablock, tile) as single:
            return _from_pixels(single, f"image {datablock.name}, tile {tile}", fit_mode)
    return _from_pixels(datablock, f"image {datablock.name}", fit_mode)


@dataclass(frozen=True)
class TextureNode:
    """An image node and the material it belongs to."""

    material: bpy.types.Material
    node: bpy.types.ShaderNodeTexImage


def selected_texture_node(context: bpy.types.Context) -> TextureNode | None:
    """The selected image node, when the artist is in a material's own tree in a Shader Editor."""
    space = context.space_data
    if space is None or space.type != 'NODE_EDITOR' or not isinstance(space.id, bpy.types.Material):
        return None
    material = space.id
    node = materials.selected_image_node(material.node_tree)
    # Inside a node group another tree is edited, whose nodes the material does not know by name.
    return TextureNode(material, node) if node is not None and space.edit_tree == material.node_tree else None


def active_texture(context: bpy.types.Context) -> TextureNode:
    """The image node that a texture job is about.

    In a Shader Editor the selected image node; else the one that feeds Base Color of the active
    object's active material. Raises SourceUnavailable.
    """
    selected = selected_texture_node(context)
    if selected is not None and selected.node.image is not None:
        return selected
    active = context.object
    material = active.active_material if active is not None else None
    if material is None:
        raise SourceUnavailable("There is no active material.", "Select an object with a textured material.")
    node = materials.texture_node(material)
    if node is None or node.image is None:
        raise SourceUnavailable(
            f"No image feeds Base Color of “{material.name}”.",
            "Select an image node, or make a texture first.",
        )
    return TextureNode(material, node)


def _from_pixels(datablock: bpy.types.Image, label: str, fit_mode: FitMode) -> Source:
    width, height = datablock.size
    channels = datablock.channels
    if not width or not height or not channels:
        raise SourceUnavailable(
            f"“{datablock.name}” has no pixels.", "Its file may be missing: see File → External Data."
        )
    pixels = np.empty(width * height * channels, np.float32)
    datablock.pixels.foreach_get(pixels)
    linear = datablock.is_float and not datablock.colorspace_settings.is_data
    return Source(
        label,
        pixels=pixels.reshape(height, width, channels),
        encoding=Encoding.LINEAR if linear else Encoding.SRGB,
        premultiplied=datablock.is_float and datablock.alpha_mode in {'STRAIGHT', 'PREMUL'},
        fit_mode=fit_mode,
    )


def editable_image(datablock: bpy.types.Image) -> bpy.types.Image:
    """Raises TargetUnavailable when a result cannot take the image's place."""
    if datablock.type in {'RENDER_RESULT', 'COMPOSITING'}:
        raise TargetUnavailable(
            f"“{datablock.name}” is made by Blender and cannot be replaced.", "Send the result to an image."
        )
    materials.require_editable(datablock)
    return datablock


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
