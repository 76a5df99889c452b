# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture was made from and where it went: known while the file is open, and saved with it.

On the datablock it is written by names, which are brought up to date before the file is saved: a pointer
would count as a user, and every textured material would look shared. In an open file all of it is known by
`session_uid`, so that nothing is lost when something is renamed. A picture that was appended from another
file has no place in this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
from bpy.app.handlers import persistent

from ...jobs.task import Task
from .. import handlers
from . import applications, succession
from .target import ImageTile, Reference, Target
from .vantage import Vantage


@dataclass(frozen=True)
class Provenance:
    """Of one picture."""

    target: Target
    """Where it is, else where it was to go."""
    source: ImageTile | None = None
    mask: Reference | None = None
    vantage: Vantage | None = None
    """From where it shows the scene; None: it shows nothing of it."""


#: Of the pictures of the open file, by the `session_uid` of their datablocks.
_known: dict[int, Provenance] = {}
#: What the file told when it was opened is among them.
_is_read = False


def note(image: bpy.types.Image, made_by: Task | None, meant: Target, landed: Target | None) -> None:
    """Remember it for the datablock of a picture; `landed` is None for one that went nowhere."""
    target = landed or meant
    if landed is not None and landed.kind == 'REPLACE':
        target = replace(landed, image=Reference.to(image))
    source = _origin(made_by.source if made_by else None)
    mask = _origin(made_by.mask if made_by else None)
    vantage = _vantage(made_by.source if made_by else None)
    _known[image.session_uid] = found = Provenance(
        target, source, mask.image if mask is not None else None, vantage
    )
    image.drawthings.fit_mode = made_by.source.fit_mode if made_by and made_by.source else ""
    _write(image.drawthings, found)


def of(image: bpy.types.Image) -> Provenance:
    """What is known of a picture; one of which nothing is known has no source, and becomes an image.

    What such a one was made from, as one that was appended, is no image of this file, whatever has its name.
    """
    if not _is_read:
        read_unknown()
    found = _known.get(image.session_uid)
    if found is not None:
        return found
    notes = image.drawthings
    source = ImageTile(Reference.named("images", ""), notes.source_tile) if notes.has_source else None
    return Provenance(Target(), source, Reference.named("images", "") if notes.has_mask else None)


def found_again(target: Target, image: bpy.types.Image | None) -> Target:
    """The target with nodes that were renamed, as far as they still show the picture that went there."""
    places = [_with_node(each, image) for each in (target, *target.others)]
    return replace(places[0], others=tuple(places[1:]))


@persistent
def _before_saving(*_unused: object) -> None:
    for image in bpy.data.images:
        # Also those that came from another file: when it is opened again, their names would mean others here.
        if image.drawthings.target and image.is_editable:
            _write(image.drawthings, of(image))


def file_loaded() -> None:
    """Read what the file tells of its own pictures. After `target.new_file_loaded`."""
    _known.clear()
    applications.forget()
    read_unknown()


def read_unknown() -> None:
    """The same when the extension is enabled while a file is open."""
    global _is_read
    _is_read = True
    succession.read_older_files()
    succession.read_places()
    applications.read_unknown()
    for image in bpy.data.images:
        if image.library is None and image.drawthings.target and image.session_uid not in _known:
            _known[image.session_uid] = _read(image)


def _write(notes: bpy.types.PropertyGroup, found: Provenance) -> None:
    """What is gone by now has no name: another could have it."""
    target = found.target
    notes.target, notes.target_tile = target.kind, target.tile
    notes.target_image = _name(target.image)
    notes.has_source = found.source is not None
    notes.source_image = _name(found.source.image if found.source is not None else None)
    notes.source_tile = found.source.tile if found.source is not None else 0
    notes.has_mask = found.mask is not None
    notes.mask = _name(found.mask)
    notes.places.clear()
    if target.kind == 'MATERIAL':
        for each in (target, *target.others):
            place = notes.places.add()
            # A node of a group that is gone is not one of the material's own tree.
            if all(_resolved(owner) for owner in (each.material, each.node_group) if owner is not None):
                place.material, place.node_group = _name(each.material), _name(each.node_group)
            if each.material is None and each.node_group is None:
                place.object, place.new_material = _name(each.object), each.new_material
            place.node, place.socket = each.node, each.socket
    vantage = found.vantage
    notes.has_view = vantage is not None
    if vantage is not None:
        notes.view_matrix, notes.view_projection = vantage.view, vantage.projection
        notes.view_camera = _name(vantage.camera)


def _read(image: bpy.types.Image) -> Provenance:
    notes = image.drawthings
    places = [
        Target(
            kind='MATERIAL',
            object=Reference.named("objects", each.object) if each.object else None,
            new_material=each.new_material,
            material=(
                Reference.named("materials", each.material)
                if each.material or not (each.node_group or each.object)
                else None
            ),
            node_group=Reference.named("node_groups", each.node_group) if each.node_group else None,
            node=each.node,
            socket=each.socket,
        )
        for each in notes.places
    ]
    target = Target()
    if notes.target == 'MATERIAL' and places:
        target = replace(places[0], others=tuple(places[1:]))
    elif notes.target == 'REPLACE':
        target = Target(
            kind='REPLACE', image=Reference.named("images", notes.target_image), tile=notes.target_tile
        )
    return Provenance(
        target,
        ImageTile(Reference.named("images", notes.source_image), notes.source_tile)
        if notes.has_source
        else None,
        Reference.named("images", notes.mask) if notes.has_mask else None,
        Vantage.read(
            notes.view_matrix,
            notes.view_projection,
            Reference.named("objects", notes.view_camera) if notes.view_camera else None,
        )
        if notes.has_view
        else None,
    )


def _with_node(target: Target, image: bpy.types.Image | None) -> Target:
    owner = _resolved(target.node_group) or _resolved(target.material)
    tree = owner.node_tree if isinstance(owner, bpy.types.Material) else owner
    if not target.node or image is None or tree is None or target.node in tree.nodes:
        return target
    shows = (node.name for node in tree.nodes if node.type == 'TEX_IMAGE' and node.image == image)
    return replace(target, node=next(shows, target.node))


def _origin(source: object) -> ImageTile | None:
    origin = getattr(source, "origin", None)
    return origin if isinstance(origin, ImageTile) else None


def _vantage(source: object) -> Vantage | None:
    """That of a view or a render; of an image, what that one shows."""
    origin = getattr(source, "origin", None)
    if isinstance(origin, Vantage):
        return origin
    image = origin.image.resolve() if isinstance(origin, ImageTile) and not origin.tile else None
    return of(image).vantage if isinstance(image, bpy.types.Image) else None


def _resolved(reference: Reference | None) -> bpy.types.ID | None:
    return reference.resolve() if reference is not None else None


def _name(reference: Reference | None) -> str:
    found = _resolved(reference)
    return found.name if found is not None else ""


_HANDLERS = (("save_pre", _before_saving),)


def register() -> None:
    """Names are brought up to date before a file is saved."""
    handlers.add(_HANDLERS)


def unregister() -> None:
    """They are no longer."""
    handlers.remove(_HANDLERS)
