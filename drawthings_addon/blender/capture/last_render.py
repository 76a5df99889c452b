# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of each scene was rendered last, and what is being rendered: also by the artist's own hand.

Blender tells Python neither whether its Render Result holds a picture nor of what size (4.2 to 5.2), so its
handlers are listened to. They are called on the thread of its render job: what is kept here is frozen, and
is replaced as a whole. All of it is memory only, and for `draw`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import handlers
from ..delivery import images
from . import scene_copy


@dataclass(frozen=True)
class LastRender:
    """The picture that the Render Result holds of a scene."""

    ended: float | None = None
    """Seconds since the epoch; None: it was rendered before anybody listened, if at all."""
    size: tuple[int, int] = (0, 0)
    """Width and height in pixels, as far as they are known."""
    frame: int = 0


@dataclass(frozen=True)
class Rendering:
    """A render that is under way."""

    frame: int
    since: float
    """`time.monotonic` at its beginning."""

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self.since


#: Of each slot of the Render Result; of several scenes that were rendered into one the latest.
_of_slots: dict[int, LastRender] = {}
#: Of the slot that was rendered into last Blender keeps one picture for each scene: by its session_uid.
_of_scenes: dict[int, LastRender] = {}
_latest_slot = 0
#: By the scene's session_uid.
_under_way: dict[int, Rendering] = {}
#: Every render since the file was opened was heard of.
_heard_all = False


def of(scene: bpy.types.Scene) -> LastRender | None:
    """The render that is sent of the scene: that in the slot of the Render Result that is chosen; None: there
    is none."""
    slot = _slot()
    found = _of_scenes.get(scene.session_uid) if slot == _latest_slot else _of_slots.get(slot)
    if found is not None or _heard_all or images.render_result() is None:
        return found
    return LastRender()


def notice(scene: bpy.types.Scene) -> None:
    """Somebody saw that the Render Result holds a picture: a viewport render calls no handler (4.3, 5.2)."""
    if of(scene) is None:
        _remember(scene, LastRender())


def under_way(scene: bpy.types.Scene) -> Rendering | None:
    """The scene's render that runs now, whoever started it."""
    return _under_way.get(scene.session_uid)


def size_of(scene: bpy.types.Scene) -> tuple[int, int]:
    """Width and height in pixels of what a render of the scene would be."""
    render = scene.render
    width, height = (
        side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y)
    )
    if render.use_border and render.use_crop_to_border:
        width = _pixel(render.border_max_x, width) - _pixel(render.border_min_x, width)
        height = _pixel(render.border_max_y, height) - _pixel(render.border_min_y, height)
    return width, height


def _pixel(share: float, of: int) -> int:
    """Where an edge of a region falls, in the single precision that Blender counts in."""
    return int(np.float32(share) * np.float32(of))


def _slot() -> int:
    result = images.render_result()
    return result.render_slots.active_index if result is not None else 0


def _remember(scene: bpy.types.Scene, found: LastRender) -> None:
    global _latest_slot
    _latest_slot = _slot()
    _of_slots[_latest_slot] = _of_scenes[scene.session_uid] = found


@persistent
def _begins(scene: bpy.types.Scene, *_unused: object) -> None:
    if not scene.name.startswith(scene_copy.PREFIX):
        _under_way[scene.session_uid] = Rendering(scene.frame_current, time.monotonic())


@persistent
def _next_frame(scene: bpy.types.Scene, *_unused: object) -> None:
    began = _under_way.get(scene.session_uid)
    if began is not None:
        _under_way[scene.session_uid] = Rendering(scene.frame_current, began.since)


@persistent
def _frame_ends(scene: bpy.types.Scene, *_unused: object) -> None:
    if not scene.name.startswith(scene_copy.PREFIX):
        _remember(scene, LastRender(time.time(), size_of(scene), scene.frame_current))


@persistent
def _ends(scene: bpy.types.Scene, *_unused: object) -> None:
    _under_way.pop(scene.session_uid, None)


@persistent
def _cancelled(scene: bpy.types.Scene, *_unused: object) -> None:
    _ends(scene)
    if scene.camera is None:
        # A script rendered a scene without a camera: its frame "ended", and the picture before is gone, too.
        _of_scenes.pop(scene.session_uid, None)
        _of_slots.pop(_slot(), None)


@persistent
def _file_loaded(_path: str) -> None:
    """Blender keeps no render beyond its file."""
    global _heard_all
    _forget()
    _heard_all = True


_HANDLERS: tuple[handlers.Named, ...] = (
    ("render_init", _begins),
    ("render_pre", _next_frame),
    ("render_post", _frame_ends),
    ("render_complete", _ends),
    ("render_cancel", _cancelled),
    ("load_post", _file_loaded),
)


def register() -> None:
    global _heard_all
    _heard_all = False
    handlers.add(_HANDLERS)


def unregister() -> None:
    handlers.remove(_HANDLERS)
    _forget()


def _forget() -> None:
    for each in (_of_slots, _of_scenes, _under_way):
        each.clear()
