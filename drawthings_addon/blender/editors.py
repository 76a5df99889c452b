# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Image Editors show, also after undo and redo.

Blender's undo takes a new image away and leaves the editors that showed it empty, as what they show is no
part of it; redo brings the image back, but not into them.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy
from bpy.app.handlers import persistent

#: What was shown before a result took its place in an editor, by `session_uid` of the result.
_before: dict[int, int] = {}
#: What an undo took away from an editor, by the editor's address: that, and what is shown in its place.
_undone: dict[int, tuple[int, int]] = {}
#: At the beginning of an undo or redo: what each editor shows, and what has taken the place of what.
_shown: dict[int, int] = {}
_replaced: dict[int, int] = {}


def show(image: bpy.types.Image, window: bpy.types.Window | None = None) -> bool:
    """Show the image in the largest open Image Editor that is not pinned; False when there is none.

    Those of `window`, the artist's, count first; then those of all others.
    """
    editors = [
        (each == window, area.width * area.height, area)
        for each in bpy.context.window_manager.windows
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


def _editors() -> Iterator[tuple[bpy.types.Area, bpy.types.SpaceImageEditor]]:
    """All there are: pinned ones, those of other workspaces, and those behind another editor too."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == 'IMAGE_EDITOR':
                    yield area, space


def _by_uid() -> dict[int, bpy.types.Image]:
    return {image.session_uid: image for image in bpy.data.images}


@persistent
def _step_begins(*_unused: object) -> None:
    _shown.clear()
    _replaced.clear()
    for _area, space in _editors():
        if space.image is not None:
            _shown[space.as_pointer()] = space.image.session_uid
    for image in bpy.data.images:
        successor = image.drawthings.replaced_by
        if successor is not None:
            _replaced[image.session_uid] = successor.session_uid


@persistent
def _undo_ends(*_unused: object) -> None:
    there = _by_uid()
    originals = {new: old for old, new in _replaced.items()}
    for area, space in _editors():
        was = _shown.get(space.as_pointer(), 0)
        if space.image is not None or not was or was in there:
            continue
        now, seen = was, set()
        while now and now not in there and now not in seen:
            seen.add(now)
            now = originals.get(now) or _before.get(now, 0)
        if now in there:
            space.image = there[now]
            _undone[space.as_pointer()] = (was, now)
            area.tag_redraw()


@persistent
def _redo_ends(*_unused: object) -> None:
    there = _by_uid()
    for area, space in _editors():
        was = _shown.get(space.as_pointer(), 0)
        if not was or (space.image is not None and space.image.session_uid != was):
            continue
        taken, instead = _undone.get(space.as_pointer(), (0, 0))
        new = there.get(taken) if instead == was else None
        if new is None and was in there and was not in _replaced:
            new = there[was].drawthings.replaced_by
        if new is not None:
            space.image = new
            _undone.pop(space.as_pointer(), None)
            area.tag_redraw()


_HANDLERS = (
    ("undo_pre", _step_begins),
    ("redo_pre", _step_begins),
    ("undo_post", _undo_ends),
    ("redo_post", _redo_ends),
)


def register() -> None:
    """Follow undo and redo."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Follow them no longer."""
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
