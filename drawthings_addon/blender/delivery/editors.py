# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Image Editors show, and what Texture Paint paints on, also after undo and redo.

Blender's undo takes a new image away and leaves the editors that showed it empty, as what they show is no
part of it; redo brings the image back, but not into them. It keeps the paint tools' images the same way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .. import handlers, windows
from . import succession

#: What was shown before a result took its place in an editor, by `session_uid` of the result.
_before: dict[int, int] = {}
#: What undo took away, by its holder, the last of it last: each with what was there before it. Of a history
#: that went on otherwise nothing comes again, as no `session_uid` is given twice.
_undone: dict[str, list[tuple[int, int]]] = {}
#: At the beginning of an undo or redo: what each holder has, what each image had replaced when it came, and
#: which were not in their places.
_held: dict[str, int] = {}
_originals: dict[int, int] = {}
_away: set[int] = set()

#: Seconds in which a new window gets its size, and pixels that Blender leaves around an image.
_GETS_ITS_SIZE, _MARGINS = 2.0, 10
#: How many times as much as the picture is seen where it is shown repeated: three of it, and some room.
_REPEATED = 3.1
#: Of a scene's paint tools.
_PAINTED = ("canvas", "clone_image", "stencil_image")


@dataclass(frozen=True)
class _Holder:
    """What points to an image, but is no part of undo."""

    key: str
    owner: Any
    name: str
    area: bpy.types.Area | None = None

    @property
    def image(self) -> bpy.types.Image | None:
        return getattr(self.owner, self.name)

    def take(self, image: bpy.types.Image) -> None:
        setattr(self.owner, self.name, image)
        if self.area is not None:
            self.area.tag_redraw()


def show(image: bpy.types.Image, window: bpy.types.Window | None = None) -> bool:
    """Show the image in the largest open Image Editor that is not pinned; False when there is none.

    Those of `window`, the artist's, by default the first one, count first; then those of all others.
    """
    window = window or windows.first()
    editors = [
        (each == window, area.width * area.height, area)
        for each in windows.manager().windows
        for area in each.screen.areas
        if area.type == 'IMAGE_EDITOR' and not area.spaces.active.use_image_pin
    ]
    if not editors:
        return False
    *_, area = max(editors, key=lambda each: each[:2])
    space = area.spaces.active
    if space.image is not None and space.image != image:
        _before[image.session_uid] = space.image.session_uid
    space.image = image
    area.tag_redraw()
    return True


def show_in_any(image: bpy.types.Image, window: bpy.types.Window | None = None) -> bool:
    """The same; where there is none, a new window opens. Returns whether one was."""
    if show(image, window) or bpy.app.background:
        return False
    bpy.ops.wm.window_new()
    window = windows.manager().windows[-1]
    area = max(window.screen.areas, key=lambda each: each.width * each.height)
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = image
    return True


def fitting(image: bpy.types.Image) -> Callable[[], bool]:
    """A step, to be called at every look until it returns False: all of the image is seen in the editors that
    show it, in its own pixels where there is room for them. A window that has just been opened gets its size
    by and by."""
    uid, fitted = image.session_uid, dict[int, tuple[int, int]]()
    end = time.monotonic() + _GETS_ITS_SIZE

    def fit() -> bool:
        for window in windows.manager().windows:
            for area in window.screen.areas:
                shown = area.spaces.active.image if area.type == 'IMAGE_EDITOR' else None
                if shown is None or shown.session_uid != uid:
                    continue
                region = next(each for each in area.regions if each.type == 'WINDOW')
                size = (region.width, region.height)
                # Only then: the artist may have zoomed in meanwhile.
                if min(size) > 1 and fitted.get(area.as_pointer()) != size:
                    fitted[area.as_pointer()] = size
                    _fit(window, area, region)
        return time.monotonic() < end

    return fit


def show_repeated(window: bpy.types.Window, area: bpy.types.Area, *, is_on: bool) -> None:
    """Have an Image Editor show its image repeated, three times three of it in view; or once, all of it."""
    area.spaces.active.show_repeat = is_on
    _fit(window, area, next(each for each in area.regions if each.type == 'WINDOW'))


def _fit(window: bpy.types.Window, area: bpy.types.Area, region: bpy.types.Region) -> None:
    width, height = area.spaces.active.image.size
    # What the editor itself tells of its zoom is that of its last drawing: nothing before the first.
    is_larger = width + _MARGINS > region.width or height + _MARGINS > region.height
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.image.view_all(fit_view=is_larger)
        if area.spaces.active.show_repeat and width and height:
            ratio = min(region.width / width, region.height / height) / _REPEATED
            bpy.ops.image.view_zoom_ratio(ratio=ratio)


def follow(image: bpy.types.Image, other: bpy.types.Image) -> None:
    """Whatever shows the image, or paints on it, has another from now on."""
    for holder in _holders():
        if holder.image == image:
            holder.take(other)


def _holders() -> Iterator[_Holder]:
    """All Image Editors: pinned ones, those of other workspaces, and those behind another editor too. And
    the paint tools of all scenes."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == 'IMAGE_EDITOR':
                    yield _Holder(f"editor:{space.as_pointer()}", space, "image", area)
    for scene in bpy.data.scenes:
        if scene.is_editable:
            for name in _PAINTED:
                yield _Holder(f"scene:{scene.session_uid}:{name}", scene.tool_settings.image_paint, name)


def _by_uid() -> dict[int, bpy.types.Image]:
    return {image.session_uid: image for image in bpy.data.images}


@persistent
def _step_begins(*_unused: object) -> None:
    _held.clear()
    _originals.clear()
    _away.clear()
    for holder in _holders():
        if holder.image is not None:
            _held[holder.key] = holder.image.session_uid
    for image in bpy.data.images:
        before = succession.predecessor(image) if image.drawthings.place else None
        if before is not None:
            _originals[image.session_uid] = before.session_uid
        if image.drawthings.is_replaced:
            _away.add(image.session_uid)


@persistent
def _undo_ends(*_unused: object) -> None:
    there = _by_uid()
    for holder in _holders():
        was = _held.get(holder.key, 0)
        if holder.image is None and was and was not in there:
            steps = _way_back(was, there)
            if steps:
                holder.take(there[steps[-1][1]])
                _undone.setdefault(holder.key, []).extend(steps)
        elif holder.image is not None and holder.image.session_uid == was:
            _follow(holder)


def _way_back(gone: int, there: dict[int, bpy.types.Image]) -> list[tuple[int, int]]:
    """From a result that was undone to what is there: each with what it had replaced, in its place or in the
    editor. Empty where nothing of that is there."""
    steps: list[tuple[int, int]] = []
    while gone and gone not in there and all(gone != taken for taken, _instead in steps):
        steps.append((gone, _originals.get(gone) or _before.get(gone, 0)))
        gone = steps[-1][1]
    return steps if gone in there else []


@persistent
def _redo_ends(*_unused: object) -> None:
    there = _by_uid()
    for holder in _holders():
        was = _held.get(holder.key, 0)
        if not was or (holder.image is not None and holder.image.session_uid != was):
            continue
        new, undone = there.get(was), _undone.get(holder.key, [])
        # Several steps may be done again at once.
        while undone and new is not None and undone[-1][1] == new.session_uid and undone[-1][0] in there:
            new = there[undone.pop()[0]]
        if new is not None and new.session_uid != was:
            holder.take(new)
        _follow(holder)


def _follow(holder: _Holder) -> None:
    """What was in its place when the step began, and is not any more, is not what is looked at now."""
    image = holder.image
    if image is not None and image.drawthings.is_replaced and image.session_uid not in _away:
        now = succession.present(image)
        if now is not None:
            holder.take(now)


_HANDLERS = (
    ("undo_pre", _step_begins),
    ("redo_pre", _step_begins),
    ("undo_post", _undo_ends),
    ("redo_post", _redo_ends),
)


def register() -> None:
    """Follow undo and redo."""
    handlers.add(_HANDLERS)


def unregister() -> None:
    """Follow them no longer."""
    handlers.remove(_HANDLERS)
