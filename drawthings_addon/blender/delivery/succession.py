# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which images had one place after the other, and which of them has it now.

Told by properties of the images, which undo and files keep: those of one place share its id, and all but one
are marked as replaced. No pointer tells it: it would count as a user, and remapping users would turn it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator

import bpy

#: Place and number of every picture that has a file, be it that its datablock was removed since.
_was: dict[str, tuple[str, int]] = {}


def members(image: bpy.types.Image) -> list[bpy.types.Image]:
    """All that had the image's place, in the order in which they came; empty where it never had another's,
    nor another its own."""
    place = image.drawthings.place
    if not place:
        return []
    found = [each for each in bpy.data.images if each.drawthings.place == place]
    if len({_number(each) for each in found}) < len(found):
        found = _of_one_family(image, found)
    return sorted(found, key=_number)


def _of_one_family(image: bpy.types.Image, found: Iterable[bpy.types.Image]) -> list[bpy.types.Image]:
    """Those that lead to each other: what was appended twice bears its ids twice."""
    near: dict[bpy.types.Image, set[bpy.types.Image]] = {each: set() for each in found}
    for each in near:
        other = each.drawthings.replaces
        if other in near:
            near[each].add(other)
            near[other].add(each)
    family, waiting = {image}, [image]
    while waiting:
        new = near.get(waiting.pop(), set()) - family
        family |= new
        waiting += new
    return list(family)


def present(image: bpy.types.Image) -> bpy.types.Image | None:
    """What has the image's place now, the image itself among it; None where that was deleted."""
    if not image.drawthings.is_replaced:
        return image
    # A copy that the artist made of it comes after it.
    found = [each for each in members(image) if not each.drawthings.is_replaced]
    return min(found, key=lambda each: each.session_uid) if found else None


def predecessor(image: bpy.types.Image) -> bpy.types.Image | None:
    """What had the place before the image came; where that was deleted, what had it before that."""
    before = image.drawthings.replaces
    if before is not None and before != image:
        return before
    earlier = [
        each
        for each in members(image)
        if _number(each) < _number(image) and not _is_of_one_press(each, image)
    ]
    return earlier[-1] if earlier else None


def came(old: bpy.types.Image, new: bpy.types.Image, press: str = "") -> None:
    """A new image has taken the place of an old one. Of several that came by one press each has taken that of
    what was there before the first of them."""
    if not old.drawthings.place:
        old.drawthings.place = uuid.uuid4().hex
    there = members(old)
    new.drawthings.press = press
    new.drawthings.place = old.drawthings.place
    was, number = _was.get(new.drawthings.file, ("", 0))
    if was == old.drawthings.place and _number(there[0]) < number:
        # It comes back, as which version it was.
        new.drawthings.version = number
    else:
        new.drawthings.version = _number(there[-1]) + 1
        new.drawthings.replaces = predecessor(old) if _is_of_one_press(old, new) else old
    _remember(new)
    _stand(new, there)


def stands_beside(other: bpy.types.Image, new: bpy.types.Image) -> None:
    """A new image might have taken a place when another did, which keeps it."""
    there = members(other)
    new.drawthings.press = other.drawthings.press
    new.drawthings.replaces = other.drawthings.replaces
    new.drawthings.version = _number(there[-1]) + 1
    new.drawthings.place = other.drawthings.place
    _remember(new)
    new.drawthings.is_replaced = True


def returned(old: bpy.types.Image, new: bpy.types.Image) -> None:
    """One that had the place before, as far as is known, has taken it again."""
    if not new.drawthings.place or new.drawthings.place != old.drawthings.place:
        new.drawthings.place = old.drawthings.place
        new.drawthings.version = min(map(_number, members(old))) - 1
    _stand(new, members(old))


def _remember(image: bpy.types.Image) -> None:
    if image.drawthings.file:
        _was[image.drawthings.file] = image.drawthings.place, _number(image)


def is_known(file: str) -> bool:
    """Whether the picture that was written to this file had the place of an image."""
    return file in _was


def present_of(file: str) -> bpy.types.Image | None:
    """What has the place now that the picture had which was written to this file; None: nothing has."""
    found = [each for each in bpy.data.images if each.drawthings.place == _was[file][0]]
    there = sorted(found, key=lambda each: (each.drawthings.is_replaced, -_number(each)))
    return next((each for each in there if not is_unseen(each)), None)


def is_unseen(image: bpy.types.Image) -> bool:
    """Another one has its place, or had it until it was removed."""
    return image.drawthings.is_replaced and not users(image)


def _is_of_one_press(image: bpy.types.Image, other: bpy.types.Image) -> bool:
    return bool(image.drawthings.press) and image.drawthings.press == other.drawthings.press


def _stand(image: bpy.types.Image, others: Iterable[bpy.types.Image]) -> None:
    for each in others:
        if each != image and each.is_editable:
            each.drawthings.is_replaced = True
    image.drawthings.is_replaced = False


def stands_for_itself(image: bpy.types.Image) -> None:
    """From now on nothing has taken its place: it has one of its own."""
    if image.drawthings.is_replaced:
        _was.pop(image.drawthings.file, None)
        image.drawthings.place = image.drawthings.press = ""
        image.drawthings.version = 0
        image.drawthings.is_replaced = False


def latest(image: bpy.types.Image) -> bpy.types.Image:
    """The image, or what took its place since. One that something uses again counts itself."""
    if not image.drawthings.is_replaced or users(image):
        return image
    later = [each for each in members(image) if _number(each) > _number(image)]
    return next(filter(users, later), None) or present(image) or image


def users(datablock: bpy.types.ID) -> set[bpy.types.ID]:
    """What uses it, but for editors that show it and for what has taken its place."""
    apart = (bpy.types.Image, bpy.types.Screen, bpy.types.WindowManager, bpy.types.WorkSpace)
    found = bpy.data.user_map(subset={datablock})[datablock]
    return {each for each in found if not isinstance(each, apart)}


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Remapping the users of an image in the block does not rewrite what replaced it."""
    before = [(each, each.drawthings.replaces) for each in bpy.data.images if each.is_editable]
    yield
    for each, replaced in before:
        if each.drawthings.replaces != replaced:
            each.drawthings.replaces = replaced


def read_places() -> None:
    """What the file tells that is open now."""
    _was.clear()
    for each in bpy.data.images:
        if each.drawthings.place and each.library is None:
            _remember(each)


def read_older_files() -> None:
    """Up to version 0.1.0 an image knew what it replaced, and nothing more."""
    images = [each for each in bpy.data.images if each.library is None]
    newer = {each.drawthings.replaces: each for each in images if each.drawthings.replaces is not None}
    for first in newer:
        if first.drawthings.replaces is not None or first.drawthings.is_property_set("place"):
            continue
        chain, seen = [first], {first}
        while (after := newer.get(chain[-1])) is not None and after not in seen:
            chain.append(after)
            seen.add(after)
        if any(each.drawthings.is_property_set("place") or not each.is_editable for each in chain):
            continue
        place = uuid.uuid4().hex
        for number, each in enumerate(chain):
            each.drawthings.place, each.drawthings.version = place, number
            each.drawthings.is_replaced = each != chain[-1]


def _number(image: bpy.types.Image) -> int:
    return image.drawthings.version
