# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture becomes an image datablock, a material's texture, or replaces what was sent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import bpy

from ...errors import BridgeError, PictureInvalid, StorageFailed, TargetUnavailable
from ...imaging.maps import TextureMap
from ...jobs.task import Picture, Stored
from ...messages import Message
from .. import capture, temporary, udim, undo, windows
from . import (
    editors,
    images,
    maps,
    materials,
    provenance,
    succession,
    uv,
)
from .applications import Application
from .arrivals import Arrival
from .target import Reference, Target

_ANOTHER = "Apply the result to another."
#: See `sets.stand_beside`.
StandBeside = Callable[[bpy.types.Image, Picture, Target], tuple[bpy.types.Image, Target]]


@dataclass(frozen=True)
class Delivery:
    """Where a picture went."""

    image: Reference | None
    """None: nothing of this file was touched, the picture is on disk only."""
    notice: str = ""
    """What the artist should know, such as that the target was gone."""
    landed: Target | None = None
    """Where another one goes, to be in the same place; None: it went nowhere."""
    beside: Mapping[str, Reference] = field(default_factory=dict)
    """The other pictures of the same result, by their names."""


def deliver(
    picture: Picture,
    target: Target,
    *,
    packed: bool = True,
    is_applied: bool = True,
    stand_beside: StandBeside | None = None,
    image: bpy.types.Image | None = None,
) -> Delivery:
    """Bring one result in as one named undo step; one that is not applied becomes an image and no more, and
    so do the pictures beside it. Where `stand_beside` is given, it is what is done instead of applying it:
    another of its set is in its place.

    When the target is gone, or cannot take it, the picture still becomes an image; when another file
    was loaded meanwhile it stays on disk, as that file never asked for it. `image` is the picture's datablock
    where it has one by now. Never raises BridgeError.
    """
    temporary.end()
    if not target.is_in_this_file:
        return Delivery(None, Message("Another file was opened meanwhile. {where}", where=where(picture)))
    try:
        image = image or _new_image(picture, packed=packed)
    except (PictureInvalid, StorageFailed) as error:
        return Delivery(None, Message("{reason} {where}", reason=error.what, where=where(picture)))
    notice, landed = "", None
    try:
        if stand_beside is not None:
            image, landed = stand_beside(image, picture, target)
        elif not is_applied:
            pass
        elif picture.recipe.map:
            landed = target
        elif target.kind == 'MATERIAL':
            landed = apply_to_material(image, target, press=press_of(picture))
        else:
            image = replace_target(image, picture, target) if target.kind == 'REPLACE' else image
            landed = target
    except BridgeError as error:
        notice = Message(
            "{reason} The picture was kept as the image “{image}”.", reason=error.what, image=image.name
        )
    provenance.note(image, picture.made_by, target, landed)
    beside, mapped = {}, {}
    of = picture.recipe.source.name if picture.recipe.map and picture.recipe.source else image.name
    if picture.recipe.map:
        maps.present(image, picture.recipe, of)
        mapped[picture.recipe.map] = (image, picture)
    for each in picture.beside:
        if each.tile:
            continue
        try:
            other = images.new_from_picture(each, packed=packed)
        except PictureInvalid as error:
            notice = Message("{reason} {where}", reason=error.what, where=where(each))
            continue
        provenance.note(other, picture.made_by, Target(), Target())
        beside[each.name] = Reference.to(other)
        maps.present(other, each.recipe, of)
        if each.recipe.map:
            mapped[each.recipe.map] = (other, each)
    if mapped and is_applied and stand_beside is None:
        troubles = _bring_maps(mapped, target, landed)
        notice = " ".join(filter(None, (notice, maps.about(troubles))))
    if is_applied and stand_beside is None and target.show and target.kind != 'REPLACE':
        editors.show(image)
    are_maps = all(each.recipe.map for each in picture.beside)
    if stand_beside is not None and landed is not None and are_maps:
        # Nothing is seen of it: a step of its own would be one that seems to take nothing back.
        undo.defer()
    else:
        undo.push(
            Message(
                "Draw Things: {prompt}",
                prompt=(picture.recipe.request.conditioning.prompt or picture.path.stem)[:40],
            )
        )
    return Delivery(Reference.to(image), notice, landed, beside)


def _bring_maps(
    made: Mapping[TextureMap, tuple[bpy.types.Image, Picture]], target: Target, landed: Target | None
) -> list[TargetUnavailable]:
    """Each map takes the place of an earlier one, and is wired into the materials, as the target says; why
    those are not that could not."""
    troubles: list[TargetUnavailable] = []
    for image, picture in made.values():
        old = maps.earlier(image, picture.recipe) if target.replaces_maps else None
        if old is not None:
            images.replace(old, image, press=press_of(picture))
    if target.wiring is None or landed is None:
        return troubles
    settings = next(iter(made.values()))[1].recipe.maps
    assert settings is not None
    found = (each.material.resolve() for each in (landed, *landed.others) if each.material is not None)
    for material in {each.session_uid: each for each in found if each is not None}.values():
        for kind, socket in maps.sockets(made, settings, target.wiring):
            image, picture = made[kind]
            try:
                place = maps.place(kind, socket, target.wiring, material)
                there = apply_to_material(image, place, press=press_of(picture))
                provenance.note(image, picture.made_by, place, there)
            except TargetUnavailable as error:
                troubles.append(error)
    return troubles


def _new_image(picture: Picture, *, packed: bool) -> bpy.types.Image:
    """Its datablock: of a UDIM set one of all its tiles. Raises PictureInvalid, StorageFailed."""
    if not picture.tile:
        return images.new_from_picture(picture, packed=packed)
    image = udim.of_files({each.tile: each.path for each in picture.set}, packed=packed)
    if image is None:
        # They lie where there was room for each.
        files = {each.tile: each.png for each in picture.set}
        image = udim.new_tiled(files, picture.path.with_name(f"{picture.path.stem}-tiles"), packed=packed)
    image.name = picture.path.stem.removesuffix(f".{picture.tile}")
    image.use_fake_user = True
    images.remember(image, picture.path, picture.recipe)
    return image


def where(picture: Picture) -> str:
    """A sentence that says where the picture is, whatever happened in Blender."""
    if picture.stored is Stored.MEMORY:
        return Message(
            "The picture is kept in Blender until {folder} can be written to.", folder=picture.path.parent
        )
    return Message("The picture is {path}.", path=picture.path)


def to_replace(image: bpy.types.Image) -> Reference:
    """The image as what a result shall replace: itself, whatever took its place before.

    Raises TargetUnavailable when nothing can take its place.
    """
    capture.editable_image(image)
    succession.stands_for_itself(image)
    return Reference.to(image)


def apply_to_material(
    image: bpy.types.Image,
    target: Target,
    engine: str = "",
    *,
    again: Application | None = None,
    press: str = "",
) -> Target:
    """Bring an image to the target's material, and to those of its others: each that can takes it, as the
    render engine shows it, by default that of the first window's scene. `again` is how it was there before,
    `press` what it came by (`arrivals.Arrival.press`).

    Returns the target with the materials and nodes that have it now. Raises TargetUnavailable for the first
    that cannot. Pushes no undo step.
    """
    temporary.end()
    failed: TargetUnavailable | None = None
    made: dict[uv.Box | None, bpy.types.Material] = {}
    if any(each.box for each in (target, *target.others)):
        # Of an object that a script has just made or scaled, its bounds and its scale are not known yet.
        windows.first().view_layer.update()
    apply = functools.partial(_apply, image, made=made, engine=engine or _engine())
    landed, targets = [], (target, *target.others)
    arrival = Arrival(image, targets, again, press)
    for each in targets:
        try:
            landed.append(arrival.bring(each, apply))
        except TargetUnavailable as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return replace(landed[0], others=tuple(landed[1:]))


def present(target: Target) -> Target:
    """The target with those of its places that can take a picture now. Changes nothing.

    Raises TargetUnavailable where there is none.
    """
    if not target.is_in_this_file:
        raise TargetUnavailable(
            "This picture was made for another file than the one that is open.",
            "Open that one, or press Reuse Settings.",
        )
    if target.kind == 'REPLACE':
        image = succession.latest(_require(target.image, "image"))
        capture.editable_image(image)
        if target.tile and target.tile not in udim.tile_numbers(image):
            raise TargetUnavailable(
                "“{image}” has no tile {tile} any more.",
                "Restyle another of its tiles.",
                image=image.name,
                tile=target.tile,
            )
        return target
    if target.kind == 'IMAGE':
        return target
    places, failed = [], None
    for each in (target, *target.others):
        try:
            _require_takes_picture(each)
            places.append(each)
        except TargetUnavailable as error:
            failed = failed or error
    if not places:
        raise failed or TargetUnavailable("The target is gone.", _ANOTHER)
    return replace(places[0], others=tuple(places[1:]))


def _require_takes_picture(target: Target) -> None:
    if target.node_group is not None:
        materials.require_image_node(_require(target.node_group, "node group"), target.node)
    elif target.material is not None and target.node:
        materials.require_image_node(_require(target.material, "material"), target.node)
    elif target.material is not None:
        material = _require(target.material, "material")
        materials.require_takes_texture(material, target.socket, _engine())
    else:
        materials.require_takes_material(_require(target.object, "object"), target.slot)


def _apply(
    image: bpy.types.Image, target: Target, made: dict[uv.Box | None, bpy.types.Material], engine: str
) -> Target:
    """Returns where the image is now. `made` are the materials that were made for other objects, by how the
    picture is projected on them."""
    owner = target.object.resolve() if target.object is not None else None
    landed = target
    if target.node_group is not None:
        group = _require(target.node_group, "node group")
        node = materials.fill(group, target.node, image)
    elif target.node:
        node = materials.fill(_require(target.material, "material"), target.node, image)
    else:
        if target.material is not None:
            material = _require(target.material, "material")
        else:
            owner = _require(target.object, "object")
            # The object may have got one meanwhile.
            material = None if target.new_material else materials.in_slot(owner, target.slot)
            if material is None:
                material = _new_material(image, owner, target.slot, made, is_box=target.box)
        node = materials.set_texture(material, image, engine=engine, socket=target.socket)
        landed = replace(
            target,
            material=Reference.to(material),
            new_material=False,
            node=node.name,
            node_group=None if node.id_data == material.node_tree else Reference.to(node.id_data),
        )
    if target.box and owner is not None:
        uv.project_from_box(node.id_data, node, owner)
    return landed


def _engine() -> str:
    return windows.first().scene.render.engine


def _new_material(
    image: bpy.types.Image,
    owner: bpy.types.Object,
    slot: int | None,
    made: dict[uv.Box | None, bpy.types.Material],
    *,
    is_box: bool,
) -> bpy.types.Material:
    """The object's new material: one for all on which the picture lies the same way."""
    materials.require_takes_material(owner, slot)
    how = uv.box(owner) if is_box else None
    material = made.setdefault(how, made.get(how) or materials.new_material(image.name))
    materials.assign(owner, material, slot)
    return material


def replace_target(image: bpy.types.Image, picture: Picture, target: Target) -> bpy.types.Image:
    """Put a picture in the place of the target's image, or of one tile of it; the image that is there now.

    Raises as `replace_image`. Pushes no undo step.
    """
    old = succession.latest(_require(target.image, "image"))
    press = press_of_tile(picture, target.tile)
    if picture.tile:
        # All of its tiles are new.
        images.look_like(image, old)
    return replace_image(image, old, picture.png, picture, target.tile, press=press)


def replace_image(
    image: bpy.types.Image,
    old: bpy.types.Image,
    data: bytes,
    picture: Picture,
    tile: int = 0,
    *,
    press: str = "",
) -> bpy.types.Image:
    """Put a picture, which `image` and `data` are, in the place of an image, or of one of its tiles: then it
    returns another datablock, and `image` is gone. `press` is as `images.replace` has it.

    Raises TargetUnavailable, SourceUnavailable, StorageFailed. Pushes no undo step.
    """
    materials.require_editable(old)
    if tile:
        image = _with_tile(old, image, data, picture, tile)
    images.replace(old, image, press=press)
    return image


def as_replacement(image: bpy.types.Image, picture: Picture, target: Target) -> bpy.types.Image:
    """What `replace_target` would put there, looking as it would; what is there stays. Raises as that."""
    old = succession.latest(_require(target.image, "image"))
    materials.require_editable(old)
    if target.tile:
        return _with_tile(old, image, picture.png, picture, target.tile)
    images.look_like(image, old)
    image.seam_margin = old.seam_margin
    return image


def press_of(picture: Picture) -> str:
    """What is the same for all that came by one press, be it tried again since."""
    member = picture.recipe.set
    return member.id if member is not None else picture.job_id


def press_of_tile(picture: Picture, tile: int) -> str:
    """The same where it takes an image's place: another tile's picture is none that it came instead of."""
    return f"{press_of(picture)} {tile}"


def _with_tile(
    old: bpy.types.Image, flat: bpy.types.Image, data: bytes, picture: Picture, tile: int
) -> bpy.types.Image:
    directory = picture.path.with_name(f"{picture.path.stem}-tiles")
    as_it_is = bool(picture.recipe.floats) if old.is_float else picture.recipe.inpainting is not None
    image = udim.with_tile_replaced(old, tile, data, directory, as_it_is=as_it_is)
    image.use_fake_user = True
    image.seam_margin = old.seam_margin
    images.remember(image, picture.path, picture.recipe)
    bpy.data.images.remove(flat)
    return image


def _require(reference: Reference | None, what: str) -> bpy.types.ID:
    found = reference.resolve() if reference is not None else None
    if found is None:
        name = reference.name if reference is not None else ""
        raise TargetUnavailable(
            "The {what} “{name}” is gone." if name else "The {what} is gone.",
            _ANOTHER,
            what=what,
            name=name,
        )
    return found
