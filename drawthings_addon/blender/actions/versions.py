# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with old versions: shown, put where they were, removed."""

from __future__ import annotations

import bpy

from ...errors import TargetUnavailable
from ...messages import Message
from .. import undo
from ..delivery import removing, versions
from ..selection import Selection, image_named, no_image
from . import results, showing


def meant(selection: Selection, name: str = "") -> bpy.types.Image | None:
    """The image named, else the one in the Image Editor, else that of the selected result; without results,
    as after a restart, what is on the active object. Raises SourceUnavailable for a name that nothing has."""
    if name:
        return image_named(name)
    if selection.edited_image is not None:
        return selection.edited_image
    result = results.selected()
    return results.known_image(result) if result is not None else results.texture_in_place(selection)


def restore(name: str = "", place: str = "") -> None:
    """Put the image named where it was; without a name the place with this id is as it was before the first
    picture came. In one undo step. Raises BridgeError."""
    if name:
        versions.restore(image_named(name))
    else:
        versions.take_back(place)
    undo.push("Draw Things: Restore")


def show(name: str, window: bpy.types.Window | None = None) -> None:
    """Show an image in an Image Editor, as `results.show`. Changes nothing else. Raises SourceUnavailable."""
    showing.show(image_named(name), window)


def why_not_remove(selection: Selection, name: str = "") -> str:
    """Empty, or why there is nothing to remove. Cheap enough for `draw`."""
    image = meant(selection, name)
    if image is None:
        return "No image is chosen"
    if not removing.old_versions(image):
        return Message("“{image}” has no old versions.", image=image.name)
    return ""


def to_remove(
    selection: Selection, name: str = "", version: str = "", *, of_all: bool = False
) -> removing.Removable:
    """The old versions of the image that is meant, of the whole file, or one alone. Raises
    SourceUnavailable, and TargetUnavailable for one that is none."""
    if version:
        old = image_named(version)
        if old not in removing.old_versions(old):
            raise TargetUnavailable(
                "“{image}” is no old version of a picture.", "Remove it by hand.", image=old.name
            )
        return removing.removable([old])
    image = None if of_all else meant(selection, name)
    if image is None and not of_all:
        raise no_image()
    return removing.removable(removing.old_versions(image))


def remove(selection: Selection, name: str = "", version: str = "", *, of_all: bool = False) -> str:
    """Remove them, in one undo step; returns what to tell: how many went, and what stays. Raises as
    `to_remove`."""
    found = to_remove(selection, name, version, of_all=of_all)
    count = len(found.images)
    removing.remove(found.images)
    if count:
        undo.push("Draw Things: Remove Old Versions")
    text = Message(
        "1 old version was removed" if count == 1 else "{count} old versions were removed", count=count
    )
    return Message("{text}; kept: {told}.", text=text, told=found.told) if found.told else f"{text}."
