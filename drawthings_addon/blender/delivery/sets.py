# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of one set: the first that comes is brought to its place, the others stand beside it.

One that stands beside is, for the file, as if it had been there and another had been put there again: it is a
version of each of these places, and what was there before it is what was there before the first.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...jobs.picture_set import SetMember
from ...jobs.task import Picture
from . import applications, deliver, images, maps, provenance, succession, versions
from .applications import Application
from .target import Target


def of_image(image: bpy.types.Image) -> SetMember | None:
    """Which one of a set the picture is; None: of none, or it came beside another picture. Cheap enough for
    `draw`."""
    found = images.readable_recipe(image)
    return found.set if found is not None and not found.beside else None


def members(of: str, apart: bpy.types.Image | None = None) -> Iterator[bpy.types.Image]:
    """The pictures of a set that are in the file. Looks through all of it: not for `draw`."""
    for image in bpy.data.images:
        if image == apart or image.library is not None or of not in image.drawthings.recipe:
            continue
        member = of_image(image)
        if member is not None and member.id == of:
            yield image


def with_place(of: str, apart: bpy.types.Image | None = None) -> bpy.types.Image | None:
    """One of the set that was brought to a place, or stands beside one that was; the one that is there first.
    None: none of them was."""
    found = [each for each in members(of, apart) if has_place(each)]
    return next(filter(versions.is_there, found), found[0] if found else None)


def has_place(image: bpy.types.Image) -> bool:
    """It was brought to a place, or stands beside one that was."""
    return bool(_applied(image)) or image.drawthings.replaces is not None


def stand_beside(
    image: bpy.types.Image, picture: Picture, target: Target, other: bpy.types.Image
) -> tuple[bpy.types.Image, Target]:
    """Have a picture be a version of the places of another of its set, which nothing is changed for.

    Returns the image, another one where it is one tile of the target's, and where one goes to be there.
    Raises TargetUnavailable, and for a tile as `udim.with_tile_replaced`. Pushes no undo step.
    """
    if target.kind == 'REPLACE' and other.drawthings.replaces is not None:
        image = deliver.as_replacement(image, picture, target)
        succession.stands_beside(other, image)
        return image, target
    _copy_look(image, other)
    for each in _of_the_press(other):
        applications.note(image, each)
    return image, target if target.kind == 'REPLACE' else provenance.of(other).target


def maps_stand_beside(image: bpy.types.Image, other: bpy.types.Image) -> None:
    """Have the maps of a picture be versions of the places of those of another one of its set. Pushes no undo
    step."""
    own = maps.of_picture(image)
    for kind, each in maps.of_picture(other).items():
        if kind in own and own[kind] not in (image, each) and _applied(each):
            for application in _of_the_press(each):
                applications.note(own[kind], application)


def _applied(image: bpy.types.Image) -> list[Application]:
    return list(applications.index().by_image.get(image.session_uid, ()))


def _of_the_press(image: bpy.types.Image) -> list[Application]:
    """Those that it came by; what it was brought to by hand later is its own."""
    found = sorted(_applied(image), key=lambda each: each.index)
    return [each for each in found if each.press == found[0].press]


def _copy_look(image: bpy.types.Image, other: bpy.types.Image) -> None:
    """How the nodes read it that show the other."""
    if not images.is_light(image):
        images.set_color_space(image, other.colorspace_settings.name)
        image.alpha_mode = other.alpha_mode
