# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the camera was when a scene was rendered last: the artist may have moved it since.

Blender calls the handlers on its render job's thread: they read plain values, and change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from .. import compat, handlers
from ..delivery.vantage import Vantage
from . import scene_copy


@dataclass(frozen=True)
class _Rendered:
    """The last one of a scene."""

    frame: int
    vantage: Vantage | None
    """None: the camera's place is not known, as of a frame of an animation other than the first."""


#: By the `session_uid` of the scene.
_last: dict[int, _Rendered] = {}


def last(scene: bpy.types.Scene) -> Vantage | None:
    """From where the scene's last render shows it; None where that is not known, or no camera shows what was
    rendered. A render of before the extension was enabled is taken as one of now."""
    found = _last.get(scene.session_uid)
    if found is None or (found.vantage is None and found.frame == scene.frame_current):
        return _now(scene)
    return found.vantage


def _now(scene: bpy.types.Scene) -> Vantage | None:
    camera, render, graph = scene.camera, scene.render, scene.view_layers[0].depsgraph
    if camera is None or camera.type != 'CAMERA' or camera.data.type == 'PANO' or graph is None:
        return None
    if render.use_multiview or (render.use_sequencer and compat.has_strips(scene)):
        return None
    projection = camera.calc_matrix_camera(
        graph,
        x=render.resolution_x,
        y=render.resolution_y,
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    found = Vantage.of(camera.matrix_world.normalized().inverted(), projection, camera)
    if render.use_border and render.use_crop_to_border:
        found = found.cropped(
            render.border_min_x, render.border_min_y, render.border_max_x, render.border_max_y
        )
    return found


@persistent
def _begins(scene: bpy.types.Scene, *_unused: object) -> None:
    if not scene.name.startswith(scene_copy.PREFIX):
        _last[scene.session_uid] = _Rendered(scene.frame_current, _now(scene))


@persistent
def _frame_ends(scene: bpy.types.Scene, *_unused: object) -> None:
    found = _last.get(scene.session_uid)
    if found is not None and found.frame != scene.frame_current:
        _last[scene.session_uid] = _Rendered(scene.frame_current, None)


_HANDLERS: tuple[handlers.Named, ...] = (("render_init", _begins), ("render_post", _frame_ends))


def register() -> None:
    handlers.add(_HANDLERS)


def unregister() -> None:
    handlers.remove(_HANDLERS)
    _last.clear()
