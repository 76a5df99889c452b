# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Depth, normal and line maps of the scene itself, for ControlNet.

Cycles traces one ray through the middle of each pixel of a copy of the scene and writes its Depth,
Normal and object passes; nothing is lit. That is the same in every Blender from 4.2 on, needs no
graphics, knows modifiers as they render, instances, hair, displacement and bump, and sees through what
is transparent: a surface counts where it is at least as opaque as the view layer's alpha threshold
(0.5 unless the artist changed it), so leaves on cards are leaves. Glass counts as a surface. What is
hidden in renders is not there; a holdout leaves background.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Literal, cast

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Matrix

from ...errors import SourceUnavailable
from ...imaging import exr, lines
from ...imaging.control_maps import DepthRange, NormalProtocol, depth_map, normal_map
from .. import compat, windows
from . import unavailable
from .scene_copy import SceneCopy, run, sweep

__all__ = [
    "ALL_KINDS",
    "DepthRange",
    "MapKind",
    "Maps",
    "Viewpoint",
    "capture_maps",
    "capture_steps",
    "survey_depth",
]

MapKind = Literal['DEPTH', 'NORMAL', 'LINE']
ALL_KINDS: frozenset[MapKind] = frozenset({'DEPTH', 'NORMAL', 'LINE'})

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

#: Cycles writes 1e10 where a ray meets nothing.
_NOTHING = 1e9
#: Enough pixels to find what is nearest and farthest, and few enough to look at many frames.
_SURVEY_EDGE = 96
_SENSOR = 36.0
_MIN_CLIP = 1e-3
_UNTURNED = Matrix.Identity(3)


@dataclass(frozen=True)
class Viewpoint:
    """A view that is no camera: what `GPUOffScreen.draw_view3d` takes, and `capture.viewport` draws."""

    view_matrix: Matrix
    """World to view space."""
    projection: Matrix
    """View to clip space, perspective or orthographic."""


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps that were asked for: (H, W, 3) uint8, row 0 is the BOTTOM row, as in `jobs.job.Source`."""

    depth: Bytes | None
    normal: Bytes | None
    line: Bytes | None
    depth_range: DepthRange
    """What the depth map was made with; give it to the next frame."""


@dataclass(frozen=True, eq=False)
class _Passes:
    """What the rays met; row 0 at the top."""

    depth: Floats
    """(H, W) scene units from the camera's plane; infinity for nothing."""
    normal: Floats
    """(H, W, 3) in view space."""
    objects: Floats
    """(H, W), one number for each object's name; 0 for nothing."""
    orthographic: bool


def capture_maps(
    scene: bpy.types.Scene,
    size: tuple[int, int],
    kinds: frozenset[MapKind] = ALL_KINDS,
    depth_range: DepthRange | None = None,
    *,
    viewpoint: Viewpoint | None = None,
    normal_protocol: NormalProtocol = 'OPENGL',
) -> Maps:
    """The maps of the scene's frame, seen by its camera or by `viewpoint`, now: Blender waits for them.

    With a camera the picture is the one that a render of this width and height shows, pixel by pixel.
    Without a depth range the frame's own is taken. Raises SourceUnavailable.
    """
    steps = _capture(scene, size, kinds, depth_range, viewpoint, normal_protocol, blocking=True)
    return cast(Maps, run(steps))


def capture_steps(
    scene: bpy.types.Scene,
    size: tuple[int, int],
    kinds: frozenset[MapKind] = ALL_KINDS,
    depth_range: DepthRange | None = None,
    *,
    viewpoint: Viewpoint | None = None,
    normal_protocol: NormalProtocol = 'OPENGL',
) -> Generator[None, None, Maps]:
    """As `capture_maps`, for a timer: Blender's render job works between the steps.

    The generator returns the maps; `close()` gives them up. In background mode one step does it all.
    """
    blocking = bpy.app.background
    return _capture(scene, size, kinds, depth_range, viewpoint, normal_protocol, blocking=blocking)


def survey_depth(scene: bpy.types.Scene, frames: Iterable[int], *, most: int = 9) -> DepthRange:
    """One range for a sequence: the nearest and farthest that the camera sees in any of the frames.

    Looks at up to `most` frames, spread evenly, the first and the last among them, in small. The
    artist's frame does not change. Raises SourceUnavailable.
    """
    chosen = _spread(sorted(set(frames)), most)
    found: DepthRange | None = None
    sweep()
    copy = SceneCopy(scene)
    try:
        _check_camera(scene.camera)
        _ask_for_passes(copy.scene)
        copy.set_size(*_scaled(scene, _SURVEY_EDGE))
        for frame in chosen:
            # The copy keeps the artist's camera and markers, so that a cut is seen.
            copy.scene.frame_set(frame)
            _check_camera(copy.scene.camera)
            passes = cast(_Passes, run(_render_passes(copy, _UNTURNED, blocking=True)))
            here = DepthRange.of(passes.depth)
            found = here.joined(found) if here is not None else found
    finally:
        copy.remove()
    if found is None:
        raise _nothing_in_view()
    return found


def _capture(
    scene: bpy.types.Scene,
    size: tuple[int, int],
    kinds: frozenset[MapKind],
    depth_range: DepthRange | None,
    viewpoint: Viewpoint | None,
    normal_protocol: NormalProtocol,
    *,
    blocking: bool,
) -> Generator[None, None, Maps]:
    if viewpoint is None:
        _check_camera(scene.camera)
    view_matrix = viewpoint.view_matrix if viewpoint is not None else _camera_matrix(scene).inverted()
    sweep()
    copy = SceneCopy(scene)
    try:
        copy.set_size(*size)
        if viewpoint is None:
            copy.add_camera(like=scene.camera)
        else:
            _look_through(copy, viewpoint, size)
        _ask_for_passes(copy.scene)
        passes = yield from _render_passes(copy, view_matrix.to_3x3(), blocking=blocking)
    finally:
        copy.remove()
    depth_range = depth_range or DepthRange.of(passes.depth)
    if depth_range is None:
        raise _nothing_in_view()
    return _draw(passes, kinds, depth_range, normal_protocol)


def _draw(
    passes: _Passes, kinds: frozenset[MapKind], depth_range: DepthRange, protocol: NormalProtocol
) -> Maps:
    depth = normal = line = None
    if 'DEPTH' in kinds:
        depth = depth_map(passes.depth, depth_range, linear=passes.orthographic)
    if 'NORMAL' in kinds:
        normal = normal_map(passes.normal, np.isfinite(passes.depth), protocol)
    if 'LINE' in kinds:
        line = lines.line_map(passes.depth, passes.normal, passes.objects, linear=passes.orthographic)
    return Maps(_bottom_up(depth), _bottom_up(normal), _bottom_up(line), depth_range)


def _bottom_up(picture: Bytes | None) -> Bytes | None:
    return None if picture is None else np.ascontiguousarray(picture[::-1])


def _check_camera(camera: bpy.types.Object | None) -> None:
    if camera is None or camera.type != 'CAMERA':
        raise SourceUnavailable(unavailable.NO_CAMERA, unavailable.ADD_CAMERA)
    if camera.data.type not in {'PERSP', 'ORTHO'}:
        raise SourceUnavailable(
            "“{camera}” is a panoramic camera, of which no map can be made.",
            "Set its lens to Perspective or Orthographic.",
            camera=camera.name,
        )


def _camera_matrix(scene: bpy.types.Scene) -> Matrix:
    shown = (window.view_layer for window in windows.manager().windows if window.scene == scene)
    layer = next(shown, None) or scene.view_layers[0]
    # Nothing to do for a layer that is on the screen, which is up to date.
    layer.update()
    return scene.camera.evaluated_get(layer.depsgraph).matrix_world.normalized()


def _nothing_in_view() -> SourceUnavailable:
    return SourceUnavailable("The camera sees no surface.", "Turn it to the scene, then press again.")


def _spread(frames: list[int], most: int) -> list[int]:
    if len(frames) <= most:
        return frames
    return [frames[round(at)] for at in np.linspace(0, len(frames) - 1, max(most, 2))]


def _scaled(scene: bpy.types.Scene, edge: int) -> tuple[int, int]:
    width, height = scene.render.resolution_x, scene.render.resolution_y
    share = edge / max(width, height)
    # Blender renders no fewer than 4 pixels either way.
    return max(round(width * share), 4), max(round(height * share), 4)


def _look_through(copy: SceneCopy, viewpoint: Viewpoint, size: tuple[int, int]) -> None:
    """A camera that draws what the projection does."""
    projection = viewpoint.projection
    across, up = projection[0][0], projection[1][1]
    data = copy.add_camera().data
    data.sensor_fit = 'HORIZONTAL'
    data.sensor_width = _SENSOR
    placed = viewpoint.view_matrix.inverted()
    if projection[3][3] == 0.0:
        near = projection[2][3] / (projection[2][2] - 1.0)
        far = projection[2][3] / (projection[2][2] + 1.0)
        data.lens = across * _SENSOR / 2.0
        data.shift_x = projection[0][2] / 2.0
        data.shift_y = projection[1][2] * across / up / 2.0
    else:
        data.type = 'ORTHO'
        data.ortho_scale = 2.0 / across
        data.shift_x = -projection[0][3] / 2.0
        data.shift_y = -projection[1][3] * across / up / 2.0
        near = (projection[2][3] + 1.0) / projection[2][2]
        far = (projection[2][3] - 1.0) / projection[2][2]
        # An orthographic view begins behind its own middle; a camera has to begin before itself.
        back = max(_MIN_CLIP - near, 0.0)
        placed = placed @ Matrix.Translation((0.0, 0.0, back))
        near, far = near + back, far + back
    data.clip_start, data.clip_end = max(near, _MIN_CLIP), far
    copy.scene.camera.matrix_world = placed
    render = copy.scene.render
    aspect = (up / across) * (size[1] / size[0])
    render.pixel_aspect_x, render.pixel_aspect_y = max(aspect, 1.0), max(1.0 / aspect, 1.0)


def _ask_for_passes(scene: bpy.types.Scene) -> None:
    """One unlit sample in the middle of each pixel, as an uncompressed OpenEXR of all layers."""
    try:
        scene.render.engine = 'CYCLES'
    except TypeError as error:
        raise SourceUnavailable(
            "Cycles, which draws the maps, is switched off.",
            "Enable Preferences → Add-ons → Cycles Render Engine.",
        ) from error
    render, cycles = scene.render, scene.cycles
    render.use_motion_blur = False
    render.use_freestyle = False
    render.film_transparent = True
    compat.set_multilayer_format(render.image_settings)
    # One sample is over before a graphics card has loaded its kernels.
    cycles.device = 'CPU'
    cycles.samples = 1
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.use_auto_tile = False
    cycles.use_light_tree = False
    cycles.max_bounces = 0
    cycles.light_sampling_threshold = 1.0
    cycles.pixel_filter_type = 'BOX'
    cycles.filter_width = 0.01
    scene.world = None
    for layer in scene.view_layers:
        layer.samples = 0
        layer.use_pass_z = True
        layer.use_pass_normal = True
        layer.use_pass_cryptomatte_object = True
        layer.pass_cryptomatte_depth = 2
        layer.cycles.denoising_store_passes = False
        layer.use_volumes = False
        if hasattr(layer, "use_grease_pencil"):
            layer.use_grease_pencil = False


def _render_passes(copy: SceneCopy, to_view: Matrix, *, blocking: bool) -> Generator[None, None, _Passes]:
    path = copy.new_folder() / "passes.exr"
    yield from copy.render(path, blocking=blocking)
    channels = exr.read(path.read_bytes())
    orthographic = copy.scene.camera.data.type == 'ORTHO'
    return _nearest(channels, np.array(to_view, np.float32), orthographic=orthographic)


def _nearest(channels: dict[str, Floats], to_view: Floats, *, orthographic: bool) -> _Passes:
    """The nearest surface of all view layers."""
    found: _Passes | None = None
    for name in channels:
        if not name.endswith(".Depth.Z"):
            continue
        layer = name.removesuffix(".Depth.Z")
        raw = channels[name]
        depth = np.where((raw > 0) & (raw < _NOTHING), raw, np.float32(np.inf))
        world = np.stack([channels[f"{layer}.Normal.{axis}"] for axis in "XYZ"], axis=-1)
        length = np.linalg.norm(world, axis=-1, keepdims=True)
        normal = world @ to_view.T / np.maximum(length, np.float32(1e-6))
        objects = np.where(np.isfinite(depth), channels[f"{layer}.CryptoObject00.r"], 0)
        if found is None:
            found = _Passes(depth, normal, objects, orthographic)
            continue
        nearer = depth < found.depth
        found = _Passes(
            np.where(nearer, depth, found.depth),
            np.where(nearer[..., np.newaxis], normal, found.normal),
            np.where(nearer, objects, found.objects),
            orthographic,
        )
    if found is None:
        raise SourceUnavailable("No view layer is rendered.", "Switch on Use for Rendering of one.")
    return found
