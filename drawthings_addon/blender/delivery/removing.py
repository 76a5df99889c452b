# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Old versions are removed: those that nothing uses, and that would lose no paint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...messages import Message
from . import applications, editors, versions


@dataclass(frozen=True)
class Removable:
    """What may go, and what stays. Holds datablocks: for the moment only."""

    images: tuple[bpy.types.Image, ...] = ()
    used: int = 0
    """Old versions that something uses."""
    unsaved: int = 0
    """Old versions with paint that was never saved."""

    @property
    def told(self) -> str:
        """What stays, and why."""
        found = []
        if self.used:
            found.append(Message("{count} in use", count=self.used))
        if self.unsaved:
            found.append(Message("{count} with unsaved paint", count=self.unsaved))
        return ", ".join(found)


def old_versions(image: bpy.types.Image | None = None) -> tuple[bpy.types.Image, ...]:
    """What is not in its place now: of the places of an image, or of all of the file. Cheap enough for
    `draw` of one image."""
    places = versions.places(image) if image is not None else versions.all_places()
    found = dict.fromkeys(each for place in places for each in place.versions)
    there = {each for place in places for each in (place.now,)}
    return tuple(each for each in found if each not in there and not versions.is_there(each))


def removable(images: Sequence[bpy.types.Image]) -> Removable:
    """Which of these can be removed. Looks through the whole file: not for `draw`."""
    found, used, unsaved = [], 0, 0
    users = bpy.data.user_map(subset=set(images)) if images else {}
    for image in images:
        if image.library is not None or not image.is_editable or _is_used(users[image]):
            used += 1
        elif image.is_dirty or not _is_kept_somewhere(image):
            unsaved += 1
        else:
            found.append(image)
    return Removable(tuple(found), used, unsaved)


def _is_used(users: set[bpy.types.ID]) -> bool:
    apart = (bpy.types.Image, bpy.types.Screen, bpy.types.WindowManager, bpy.types.WorkSpace)
    made = _put_away()
    return any(not isinstance(each, apart) and each not in made for each in users)


def _put_away() -> set[bpy.types.Material]:
    """Materials that were made for a picture, and that nothing uses since it was taken back."""
    found = set()
    for entries in applications.index().by_place.values():
        for _image, each in entries:
            slot = each.change.slot
            material = slot.after.resolve() if slot is not None else None
            if material is not None and material.use_fake_user and material.users == 1:
                found.add(material)
    return found


def _is_kept_somewhere(image: bpy.types.Image) -> bool:
    """Undo brings back a packed picture, and what a file holds; not what was only painted."""
    return bool(image.packed_file or image.packed_files) or image.source != 'GENERATED'


def remove(images: Iterable[bpy.types.Image]) -> None:
    """Remove them, with the materials that were made for them alone. Editors that show one show what is in
    its place from then on. Pushes no undo step."""
    gone = list(images)
    away = _put_away()
    for image in gone:
        there = next((place.now for place in versions.places(image) if place.now not in gone), None)
        if there is not None:
            editors.follow(image, there)
    users = bpy.data.user_map(subset=set(gone)) if gone else {}
    materials = {each for image in gone for each in users[image] if each in away}
    for image in bpy.data.images:
        # Blender 5.0 clears such a pointer by itself, and crashes of it when that image is freed or copied.
        if image.drawthings.replaces in gone:
            image.drawthings.replaces = None
    bpy.data.batch_remove([*materials, *gone])


def remove_files_copies(images: Sequence[bpy.types.Image]) -> None:
    """Remove those of which the picture is on disk, and that nothing uses and nobody painted on."""
    found = [each for each in removable(images).images if _has_file(each)]
    remove(found)


def _has_file(image: bpy.types.Image) -> bool:
    if image.source == 'TILED' or not image.filepath_raw:
        return False
    try:
        return Path(bpy.path.abspath(image.filepath_raw)).is_file()
    except (OSError, ValueError):
        return False
