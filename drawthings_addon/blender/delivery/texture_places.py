# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places in materials that pictures were brought to: what is there now, and another one put there.

What is there is never remembered: it is read from the node, its links and the object's slot.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal

import bpy

from . import applications, changes, materials
from .applications import Application, Entry
from .changes import Change
from .target import Reference, Target

State = Literal["VERSION", "FIRST", "OTHER", "GONE"]


@dataclass(frozen=True)
class Standing:
    """What is in a place now. Holds datablocks: for the moment only."""

    state: State
    """VERSION: a picture that was brought there. FIRST: what was there before them all. OTHER: what the
    artist put there since. GONE: there is no such place any more."""
    image: bpy.types.Image | None = None
    application: Application | None = None
    """By whose nodes the image is shown."""


def standing(place: str) -> Standing:
    """What is there now. Cheap enough for `draw`."""
    own = applications.index().by_place.get(place, ())
    found: Standing | None = None
    seen = set[tuple[tuple[int, str], int]]()
    for _reference, each in reversed(own):
        slot = each.change.slot
        key = (each.node_key, slot.after.session_uid if slot is not None else 0)
        if key in seen:
            continue
        seen.add(key)
        node = node_of(each)
        if node is None or not changes.is_in_force(change_of(each)):
            continue
        shown = _shown(each, node)
        if shown.state == "VERSION":
            return shown
        found = found or shown
    if found is not None or not own:
        return found or Standing("GONE")
    change = change_of(own[-1][1])
    if not changes.is_place_there(change):
        return Standing("GONE")
    return Standing("FIRST" if changes.is_as_before(change) else "OTHER")


def _shown(application: Application, node: bpy.types.Node) -> Standing:
    image = node.image
    if not application.change.adds and _is_first(application, image):
        return Standing("FIRST", image, application)
    if image is not None and _is_version(application, image):
        return Standing("VERSION", image, application)
    return Standing("OTHER", image, application)


def _is_first(application: Application, image: bpy.types.Image | None) -> bool:
    """Or what took its place since."""
    first = first_image(application)
    if image is None or first is None or image == first:
        return image == first
    place = image.drawthings.place
    return bool(place) and place == first.drawthings.place and not _is_version(application, image)


def _is_version(application: Application, image: bpy.types.Image) -> bool:
    """Or what took the place of one of them since."""
    if image.session_uid in applications.index().versions(application.place):
        return True
    place = image.drawthings.place
    images = (reference.resolve() for reference, _each in entries(application.place)) if place else ()
    return any(each is not None and each.drawthings.place == place for each in images)


def entries(place: str) -> Sequence[Entry]:
    """The pictures that were brought there, be it for another object that shares the node; the last one
    last."""
    return applications.index().entries(place)


def last(place: str) -> Application:
    """How the last picture came there. Raises IndexError where none did."""
    return applications.index().by_place.get(place, ())[-1][1]


def first_image(application: Application) -> bpy.types.Image | None:
    """The image that was in the node before the first of them came; None: there was none, or it is gone."""
    for each in application.change.trees:
        for name, reference in each.filled:
            if name == application.landed.node and reference is not None:
                found: bpy.types.Image | None = reference.resolve()
                return found
    return None


def node_of(application: Application) -> bpy.types.Node | None:
    """The image node, also where the artist renamed it, as far as it still shows one of the pictures."""
    owner = _owner(application)
    tree = owner.node_tree if isinstance(owner, bpy.types.Material) else owner
    if tree is None:
        return None
    node = tree.nodes.get(application.landed.node)
    if node is not None and node.type == 'TEX_IMAGE':
        return node
    index = applications.index()
    versions, uid = index.versions(application.place), application.owner.session_uid
    shows = (
        each
        for each in tree.nodes
        if each.type == 'TEX_IMAGE' and each.image is not None and each.image.session_uid in versions
        # The same picture may be in another place of the tree.
        if (uid, each.name) not in index.by_node
    )
    return next(shows, None)


def _owner(application: Application) -> bpy.types.ID | None:
    return application.owner.resolve()


def label(application: Application) -> str:
    """As panels show it: “Jar · Base Color”, or the node where that was meant."""
    landed, meant = application.landed, application.meant
    owner = _wearer(landed) or _resolved(landed.material) or _resolved(landed.node_group)
    name = owner.name if owner is not None else ""
    if not meant.node:
        return f"{name} · {landed.socket}" if name else landed.socket
    group = _resolved(landed.node_group) or _resolved(landed.material)
    node = node_of(application)
    what = (node.label or node.name) if node is not None else landed.node
    return f"{group.name} · {what}" if group is not None else what


def is_on(application: Application, owners: Container[int]) -> bool:
    """Whether its place is on one of these objects or materials, by their `session_uid`s."""
    held = application.landed.object
    if held is not None and held.session_uid in owners:
        return application.change.slot is not None or _wearer(application.landed) is not None
    return application.owner.session_uid in owners


def _wearer(landed: Target) -> bpy.types.Object | None:
    """The object, unless it has got other materials since."""
    owner, material = _resolved(landed.object), _resolved(landed.material)
    if owner is None or material is None or any(each.material == material for each in owner.material_slots):
        return owner
    return None


def _resolved(reference: Reference | None) -> bpy.types.ID | None:
    return reference.resolve() if reference is not None else None


# Another one there


def change_of(application: Application) -> Change:
    """With the name that its image node has now."""
    node = node_of(application)
    if node is None or node.name == application.landed.node:
        return application.change
    return application.change.renamed(application.owner, application.landed.node, node.name)


def can_show(application: Application) -> bool:
    """Whether all that its picture was shown by is there, be it cut off."""
    return node_of(application) is not None and changes.has_all(change_of(application))


def show(application: Application, image: bpy.types.Image) -> None:
    """Have its node show the image, as it was when it was brought there. Raises TargetUnavailable."""
    owner, node = changes.require(application.owner), node_of(application)
    node = materials.require_image_node(owner, node.name if node is not None else application.landed.node)
    change = change_of(application)
    if not changes.is_in_force(change):
        changes.restore(change)
    materials.give(node, image)
    changes.activate(change)


def take_back(application: Application) -> None:
    """What was there before all of them. Raises TargetUnavailable."""
    changes.revert(change_of(application))
