# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture was made from and where it went, on its datablock: saved with the file, and found again by
pointers whatever was renamed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import bpy

from ..jobs.job import Job
from .target import ImageTile, Reference, Target


def note(image: bpy.types.Image, made_by: Job | None, meant: Target, landed: Target | None) -> None:
    """Write it onto the datablock of a picture; `landed` is None for one that went nowhere."""
    notes = image.drawthings
    source, mask = _origin(made_by.source if made_by else None), _origin(made_by.mask if made_by else None)
    notes.source_image = _resolved(source.image) if source is not None else None
    notes.source_tile = source.tile if source is not None else 0
    notes.fit_mode = made_by.source.fit_mode if made_by and made_by.source else ""
    notes.mask = _resolved(mask.image) if mask is not None else None
    target = landed or meant
    notes.target = target.kind
    notes.target_tile = target.tile
    # What took an image's place is in it itself.
    notes.target_image = _resolved(target.image) if landed is None else None
    notes.places.clear()
    if target.kind == 'MATERIAL':
        for each in (target, *target.others):
            place = notes.places.add()
            place.material = _resolved(each.material)
            place.node_group = _resolved(each.node_group)
            place.node, place.socket = each.node, each.socket


def target_of(image: bpy.types.Image, *, show: bool) -> Target:
    """Where a picture like this one goes."""
    notes = image.drawthings
    if notes.target == 'REPLACE':
        place = notes.target_image or image
        return Target(kind='REPLACE', image=Reference.to(place), tile=notes.target_tile, show=show)
    if notes.target == 'MATERIAL' and notes.places:
        first, *others = (_place(each, show=show) for each in notes.places)
        return found_again(replace(first, others=tuple(others)), image)
    return Target(show=show)


def found_again(target: Target, image: bpy.types.Image | None) -> Target:
    """The target with nodes that were renamed, as far as they still show the picture that went there."""
    places = [_with_node(each, image) for each in (target, *target.others)]
    return replace(places[0], others=tuple(places[1:]))


def _with_node(target: Target, image: bpy.types.Image | None) -> Target:
    owner = _resolved(target.node_group) or _resolved(target.material)
    tree = owner.node_tree if isinstance(owner, bpy.types.Material) else owner
    if not target.node or image is None or tree is None or target.node in tree.nodes:
        return target
    shows = (node.name for node in tree.nodes if node.type == 'TEX_IMAGE' and node.image == image)
    return replace(target, node=next(shows, target.node))


def replaced(old: bpy.types.Image, new: bpy.types.Image) -> None:
    """Remember what took an image's place, for what is to go there after it."""
    old.drawthings.replaced_by = new


def latest(image: bpy.types.Image) -> bpy.types.Image:
    """The image, or what took its place since. One that something uses again counts itself."""
    seen = set()
    while image.drawthings.replaced_by is not None and image not in seen and not users(image):
        seen.add(image)
        image = image.drawthings.replaced_by
    return image


def users(datablock: bpy.types.ID) -> set[bpy.types.ID]:
    """What uses it, but for editors that show it and for notes of ours."""
    apart = (bpy.types.Image, bpy.types.Screen, bpy.types.WindowManager, bpy.types.WorkSpace)
    found = bpy.data.user_map(subset={datablock})[datablock]
    return {each for each in found if not isinstance(each, apart)}


def sources(image: bpy.types.Image) -> Iterable[tuple[bpy.types.PropertyGroup, str]]:
    """Where it is noted as what another picture was made from."""
    for each in bpy.data.images:
        if each.is_editable:
            for name in ("source_image", "mask"):
                if getattr(each.drawthings, name) == image:
                    yield each.drawthings, name


def _place(place: bpy.types.PropertyGroup, *, show: bool) -> Target:
    return Target(
        kind='MATERIAL',
        material=Reference.to_any(place.material),
        node_group=Reference.to_any(place.node_group),
        node=place.node,
        socket=place.socket,
        show=show,
    )


def _origin(source: object) -> ImageTile | None:
    origin = getattr(source, "origin", None)
    return origin if isinstance(origin, ImageTile) else None


def _resolved(reference: Reference | None) -> bpy.types.ID | None:
    return reference.resolve() if reference is not None else None
