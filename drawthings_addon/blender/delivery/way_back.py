# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""To what was in a place of a material before the picture came that is there now."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from . import applications, changes, materials, texture_places
from .applications import Application
from .texture_places import Standing


@dataclass(frozen=True)
class _Way:
    """How another version comes to a place in a material."""

    application: Application
    image: bpy.types.Image | None
    """None: all that was changed is taken back."""


def own(now: Standing) -> Application:
    """That of the image that is there now, which may be shown by the nodes of another."""
    application = now.application
    assert application is not None
    uid = now.image.session_uid if now.image is not None else 0
    found = applications.index().by_image.get(uid, ())
    return next((each for each in reversed(found) if each.place == application.place), application)


def _way(now: Standing) -> _Way:
    """To what was there before the image that is there now."""
    application, came_by = now.application, own(now)
    assert application is not None
    if came_by.before is None:
        return _Way(application, None)
    earlier = [
        (image, each)
        for reference, each in texture_places.entries(application.place)
        if each.index < came_by.index
        and each.press != came_by.press
        and (image := reference.resolve()) is not None
        and image != now.image
    ]
    was = came_by.before.resolve()
    for image, each in reversed(earlier):
        if was is None or image == was:
            return _Way(each, image)
    is_of_one = any(is_akin(was, image) for image, _each in earlier)
    # What took the place of one of them, without being brought there itself.
    return _Way(earlier[-1][1], was) if is_of_one else _Way(application, None)


def is_akin(image: bpy.types.Image | None, other: bpy.types.Image | None) -> bool:
    """Whether one had the place of the other."""
    if image is None or other is None:
        return False
    return bool(image.drawthings.place) and image.drawthings.place == other.drawthings.place


def require(now: Standing) -> None:
    """Raises TargetUnavailable where `go` would, and changes nothing."""
    way = _way(now)
    if way.image is None:
        changes.require_revertible(texture_places.change_of(way.application))
        return
    materials.require_editable(changes.require(way.application.owner))


def go(now: Standing) -> None:
    """Put it there. Raises TargetUnavailable."""
    way = _way(now)
    if way.image is None:
        texture_places.take_back(way.application)
    else:
        texture_places.show(way.application, way.image)
