# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of an object from a ring of cameras, with captions: the data set that a style is taught from.

A data set is a folder of "name.png" with "name.txt" beside it, as the trainers of AUTOMATIC1111's
WebUI and others read it.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...errors import InvalidSettings, SourceUnavailable, StorageFailed
from .. import compat, windows
from ..preserve import take_over
from .scene_copy import SceneCopy, sweep

Lighting = Literal['SCENE', 'NEUTRAL']
Backdrop = Literal['SCENE', 'TRANSPARENT']

#: The focal length that a 36 mm wide picture needs for an object to look as it does to the eye.
LENS = 50.0
_SENSOR = 36.0
#: Room around the bounding sphere.
_MARGIN = 1.08
_MAX_EDGE = 8192
_SIDES = ("front", "front right", "right", "back right", "back", "back left", "left", "front left")
#: Degrees above the horizon from which a view has a name of its own.
_FROM_ABOVE = 60.0
_SLIGHTLY = 15.0
_WITHOUT_SURFACE = {'CAMERA', 'LIGHT', 'EMPTY', 'SPEAKER', 'LIGHT_PROBE', 'ARMATURE', 'LATTICE'}
_DEFAULT_CAPTION = "a photo of {name}, view from the {view}"


@dataclass(frozen=True, eq=False)
class RingView:
    """One camera of the ring."""

    matrix: Matrix
    """Camera to world space; the camera looks along its -Z, Y is up."""
    azimuth: float
    """Radians around the object, seen from above against the clock: 0 in front (-Y), then its right (+X)."""
    elevation: float
    """Radians above the horizon."""
    clip: tuple[float, float]
    """Between which distances the object lies, with room."""

    @property
    def words(self) -> str:
        """For a caption: "left", "front right, slightly above", "top"."""
        height = math.degrees(self.elevation)
        if abs(height) >= 90.0 - 1e-3:
            return "top" if height > 0 else "bottom"
        side = _SIDES[round(self.azimuth / math.tau * len(_SIDES)) % len(_SIDES)]
        if abs(height) < _SLIGHTLY:
            return side
        share = "" if abs(height) >= _FROM_ABOVE else "slightly "
        return f"{side}, {share}{'above' if height > 0 else 'below'}"


@dataclass(frozen=True)
class DataSetProgress:
    """After each step: pictures that are there, of how many, and the one that was just written."""

    done: int
    total: int
    path: Path | None = None


def camera_ring(
    objects: Sequence[bpy.types.Object],
    count: int,
    elevations: Sequence[float] = (0.0, math.radians(30.0)),
    size: tuple[int, int] = (512, 512),
    *,
    view_layer: bpy.types.ViewLayer | None = None,
) -> list[RingView]:
    """`count` cameras around the objects at each elevation (radians), near enough to fill the picture.

    They frame the objects' `bounding_sphere`, with the instances that they make, through a lens of `LENS` mm.
    Raises SourceUnavailable when the objects have no size, and InvalidSettings.
    """
    if not 1 <= count <= 360 or not elevations:
        raise InvalidSettings(
            "{count} cameras make no ring.", "Choose 1 to 360, and one height at least.", count=count
        )
    if min(size) < 4 or max(size) > _MAX_EDGE:
        raise InvalidSettings(
            "A picture of {width} × {height} cannot be rendered.",
            "Choose sides of 4 to {most}.",
            width=size[0],
            height=size[1],
            most=_MAX_EDGE,
        )
    centre, radius = bounding_sphere(objects, view_layer)
    distance = radius * _MARGIN / math.sin(_narrow_angle(size) / 2)
    clip = (max((distance - radius) * 0.5, distance * 1e-3), (distance + radius) * 2.0)
    return [
        RingView(_look_at(centre, distance, azimuth, elevation), azimuth, elevation, clip)
        for elevation in elevations
        for azimuth in (math.tau * index / count for index in range(count))
    ]


def bounding_sphere(
    objects: Sequence[bpy.types.Object], view_layer: bpy.types.ViewLayer | None = None
) -> tuple[Vector, float]:
    """Centre and radius in world space, as they are evaluated in the view layer, by default in that of the
    first window. Raises SourceUnavailable for nothing that has a size."""
    names = {each.name for each in objects}
    layer = view_layer or windows.first().view_layer
    layer.update()
    graph = layer.depsgraph
    clouds = []
    for instance in graph.object_instances:
        owner = instance.parent if instance.is_instance else instance.object
        if owner is not None and owner.name in names:
            points = _points(instance.object)
            if len(points):
                matrix = np.array(instance.matrix_world, np.float64)
                clouds.append(points @ matrix[:3, :3].T + matrix[:3, 3])
    if not clouds:
        raise SourceUnavailable("The chosen objects have no surface.", "Select a mesh, a curve or a text.")
    points = np.concatenate(clouds)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    if not math.isfinite(radius) or radius <= 0.0:
        raise SourceUnavailable("The chosen objects have no size.", "Check their scale.")
    return Vector(centre), radius


def render_data_set(
    scene: bpy.types.Scene,
    directory: Path,
    objects: Sequence[bpy.types.Object],
    views: Sequence[RingView],
    size: tuple[int, int],
    *,
    name: str = "",
    caption: str = _DEFAULT_CAPTION,
    lighting: Lighting = 'SCENE',
    backdrop: Backdrop = 'SCENE',
    samples: int | None = None,
) -> Generator[DataSetProgress, None, None]:
    """Render the views one after another into `directory`; each step does a bounded piece of work.

    In background mode a step renders one picture. With a window it only looks after Blender's own
    render job, so that a timer can step it. `close()` cancels: what is there is whole, and a later
    run with the same directory and names goes on where this one ended.

    `caption` knows {name}, {view} and {index}. `name` is by default the first object's. 'SCENE' keeps
    engine, lights and surroundings of the scene, without its compositing; with 'NEUTRAL' the objects
    stand alone in even white light. `samples` replaces the number of Cycles and EEVEE.

    Raises SourceUnavailable, StorageFailed or InvalidSettings.
    """
    scene_name = scene.name
    targets = [each.name for each in objects]
    if not targets or not views:
        raise SourceUnavailable("There is nothing to render.", "Select an object.")
    name = name.strip() or targets[0]
    captions = [_caption(caption, name, view, index) for index, view in enumerate(views)]
    stem = re.sub(r"[^\w-]+", "_", name).strip("_") or "object"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            "The folder {directory} could not be made: {reason}.", directory=directory, reason=error.strerror
        ) from error
    for index, view in enumerate(views):
        path = directory / f"{stem}_{index:03d}.png"
        if not (path.is_file() and path.with_suffix(".txt").is_file()):
            # Found again by name: the artist may have undone a step since the last picture.
            copy = _scene_copy(scene_name, targets, view, size, lighting)
            try:
                _set_output(copy.scene, backdrop, samples)
                for _waiting in _render_whole(copy, path, captions[index]):
                    yield DataSetProgress(index, len(views))
            finally:
                copy.remove()
        yield DataSetProgress(index + 1, len(views), path)


def _scene_copy(
    scene_name: str, targets: list[str], view: RingView, size: tuple[int, int], lighting: Lighting
) -> SceneCopy:
    scene = bpy.data.scenes.get(scene_name)
    objects = [bpy.data.objects[each] for each in targets if each in bpy.data.objects]
    if scene is None or not objects:
        raise SourceUnavailable("What was to be rendered is no longer there.", "Press again.")
    sweep()
    copy = SceneCopy(scene, only=objects if lighting == 'NEUTRAL' else None)
    try:
        if lighting == 'NEUTRAL':
            copy.scene.render.engine = scene.render.engine
            # A new scene has a thousand samples, and a denoiser that not every build of Blender has.
            for engine in ("cycles", "eevee"):
                if hasattr(scene, engine):
                    take_over(getattr(copy.scene, engine), getattr(scene, engine))
            copy.add_world(1.0)
            with contextlib.suppress(TypeError):
                # Another colour configuration than Blender's own may have no such view.
                copy.scene.view_settings.view_transform = 'Standard'
        copy.set_size(*size)
        copy.scene.render.pixel_aspect_x = copy.scene.render.pixel_aspect_y = 1.0
        camera = copy.add_camera()
        camera.data.sensor_width = _SENSOR
        camera.data.lens = LENS
        camera.data.clip_start, camera.data.clip_end = view.clip
        camera.matrix_world = view.matrix
    except BaseException:
        copy.remove()
        raise
    return copy


def _set_output(scene: bpy.types.Scene, backdrop: Backdrop, samples: int | None) -> None:
    settings = scene.render.image_settings
    compat.set_image_format(settings, 'PNG')
    settings.color_mode = 'RGBA' if backdrop == 'TRANSPARENT' else 'RGB'
    settings.color_depth = '8'
    settings.color_management = 'FOLLOW_SCENE'
    scene.render.film_transparent = backdrop == 'TRANSPARENT'
    scene.render.use_motion_blur = False
    if samples is not None:
        # The settings of Cycles are not there while its add-on is off.
        if hasattr(scene, "cycles"):
            scene.cycles.samples = samples
        scene.eevee.taa_render_samples = samples
        for layer in scene.view_layers:
            layer.samples = 0


def _render_whole(copy: SceneCopy, path: Path, caption: str) -> Generator[None, None, None]:
    """Picture and caption appear under their names complete, the picture last."""
    folder = copy.new_folder(path.parent)
    picture, text = folder / "picture.png", folder / "caption.txt"
    yield from copy.render(picture, blocking=bpy.app.background)
    try:
        text.write_text(caption + "\n", encoding="utf-8")
        text.replace(path.with_suffix(".txt"))
        picture.replace(path)
    except OSError as error:
        raise StorageFailed(
            "{file} could not be written: {reason}.", file=path.name, reason=error.strerror
        ) from error


def _caption(template: str, name: str, view: RingView, index: int) -> str:
    try:
        return " ".join(template.format(name=name, view=view.words, index=index + 1).split())
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise InvalidSettings(
            "The caption “{template}” has a placeholder that is not known.",
            "Use {placeholders}.",
            template=template,
            placeholders="{name}, {view} and {index}",
        ) from error


def _narrow_angle(size: tuple[int, int]) -> float:
    """The field of view across the shorter side; Blender's sensor lies along the longer one."""
    share = min(size) / max(size)
    return 2 * math.atan(_SENSOR * share / 2 / LENS)


def _look_at(centre: Vector, distance: float, azimuth: float, elevation: float) -> Matrix:
    # Euler angles rather than a tracking quaternion: at the poles those have no way up.
    turn = Matrix.Rotation(azimuth, 4, 'Z') @ Matrix.Rotation(math.pi / 2 - elevation, 4, 'X')
    return Matrix.Translation(centre) @ turn @ Matrix.Translation((0.0, 0.0, distance))


def _points(evaluated: bpy.types.Object) -> np.ndarray:
    """(N, 3) points of an evaluated object in its own space: its vertices, else its bounding box."""
    if evaluated.type in _WITHOUT_SURFACE:
        return np.empty((0, 3))
    try:
        vertices = evaluated.to_mesh().vertices
    except RuntimeError:
        # Hair and points do not become a mesh.
        return np.array([corner[:] for corner in evaluated.bound_box], np.float64)
    points = np.empty(len(vertices) * 3, np.float32)
    vertices.foreach_get("co", points)
    evaluated.to_mesh_clear()
    return points.reshape(-1, 3).astype(np.float64)
