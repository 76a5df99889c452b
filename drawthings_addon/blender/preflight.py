# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a press would bring its picture, and what stands in the way: known before anything is paid for.

Panels show it live, so all of it is memory only; operators ask the same functions and raise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import bpy

from ..errors import TargetUnavailable, UVMapMissing
from ..messages import Message
from . import capture, subject, undo
from .delivery import coordinates, materials, uv
from .delivery.target import TargetKind
from .selection import Selection

#: Objects that a panel looks at; a press looks at all.
_LOOKED_AT = 50
#: Links of node trees that a panel reads, besides those of the first object: some 0.5 ms.
_LINKS_READ = 300
#: What shows an image texture. Grease Pencil and volumes have materials, too, whose shaders are others.
_TEXTURED = frozenset({'MESH', 'CURVE', 'SURFACE', 'FONT', 'META', 'CURVES', 'POINTCLOUD'})
#: Pixels of a source. Current models are taught at one to two million, and made for four at most; beyond,
#: motifs double and the time grows with the square.
_MANY_PIXELS = 2048 * 2048


@dataclass(frozen=True)
class Place:
    """Where one picture would become a texture."""

    owner: bpy.types.Object | None
    material: bpy.types.Material | None
    """None: one is made."""
    node: str
    """The image node that takes it; empty: that of the socket."""
    label: str
    """As the panel shows it: “Jar · Clay (slot 1 of 3) · Base Color”."""
    node_group: bpy.types.NodeTree | None = None
    """The node group that the node is in."""
    flaw: str = ""
    """Why the picture could not lie on the object, such as that it has no UVs; empty: it can."""
    is_smeared: bool = False
    """It has UVs by which the picture would lie, but badly: see `uv.is_smeared`."""
    obstacle: TargetUnavailable | None = None
    """Why it cannot take one."""

    @property
    def lacks_map(self) -> bool:
        """Nothing says how the picture would lie on the object: no UVs, and no other coordinates."""
        return bool(self.flaw)

    def takes_box(self, mapping: uv.Mapping) -> bool:
        """Whether the picture is projected from six sides of the object."""
        return mapping == 'BOX' and (self.lacks_map or self.is_smeared)


@dataclass(frozen=True)
class Overview:
    """What a panel shows of where a texture goes, looked at once for each drawing."""

    places: tuple[Place, ...] = ()
    """The first of them: see `overview`."""
    place_count: int = 0
    """Of all, no more than a panel looks at."""
    left_out: tuple[bpy.types.Object, ...] = ()
    """Of several selected objects those that no texture can be laid on."""
    selected_count: int = 0
    """How many objects could take a texture together; 0 where the editor shows what is meant."""

    @property
    def stopped(self) -> Place | None:
        """The first that cannot take one."""
        return next((place for place in self.places if place.obstacle is not None), None)


def overview(selection: Selection) -> Overview:
    """Where a texture goes, as `places` has it, of so many objects and node trees as a panel may look at."""
    shown = subject.shown(selection)
    if shown is not None:
        return Overview((_place_of_subject(selection, shown),), 1)
    owners = list(_owners(selection, _LOOKED_AT))
    textured = list(filter(is_textured, owners))
    meant = textured or owners[:1]
    found: list[Place] = []
    links = 0
    for owner in meant:
        if links > _LINKS_READ:
            break
        found.append(_place_of_object(selection, owner))
        tree = found[-1].material.node_tree if found[-1].material is not None else None
        links += len(tree.links) if tree is not None else 0
    return Overview(
        tuple(found),
        len(meant),
        tuple(each for each in owners if not is_textured(each)) if textured else (),
        sum(map(is_textured, selection.selected()[:_LOOKED_AT])),
    )


def places(selection: Selection) -> tuple[Place, ...]:
    """Where a texture goes: what the Shader Editor shows, else the active object's active material, or
    those of all selected objects (`Scene.drawthings.texture_objects`). Empty without an object.

    Of several selected objects those that no texture can be laid on, such as lights, are left out.
    """
    shown = subject.shown(selection)
    if shown is not None:
        return (_place_of_subject(selection, shown),)
    owners = list(_owners(selection, None))
    meant = list(filter(is_textured, owners)) or owners[:1]
    return tuple(_place_of_object(selection, owner) for owner in meant)


def textures(selection: Selection) -> list[subject.TextureNode]:
    """The image nodes that Restyle Texture is about: that of the subject, or one of each selected object
    (`Scene.drawthings.texture_objects`), each image once. Raises SourceUnavailable."""
    chosen = selection.scene.drawthings
    found: dict[int, subject.TextureNode] = {}
    if chosen.texture_objects == 'SELECTED' and subject.shown(selection) is None:
        for owner in _owners(selection, None):
            material = owner.active_material
            textures = subject.of_material(material, selection.scene.render.engine) if material else []
            for texture in textures[:1]:
                found.setdefault(texture.node.image.session_uid, texture)
    return list(found.values()) or [subject.texture(selection)]


def require(selection: Selection) -> tuple[Place, ...]:
    """The places that can take a texture. Changes nothing: see `give_maps`.

    Raises TargetUnavailable, MaterialUnsuitable or UVMapMissing.
    """
    # A script may have changed meshes and modifiers a moment ago.
    selection.view_layer.update()
    found = places(selection)
    for each in found:
        if each.obstacle is not None:
            raise each.obstacle
    return found


def require_for_result(selection: Selection, socket: str) -> Place:
    """The place of a picture that is there already: the material of `subject.of`, or the image node that is
    selected in an open node group. Raises as `require` does."""
    selection.view_layer.update()
    meant = subject.of(selection).require()
    if meant.group is not None and meant.selected is not None:
        found = _place_of_node(selection, meant.selected, meant.owner)
    elif meant.material is None and meant.owner is not None and not is_textured(meant.owner):
        found = _place_of_object(selection, meant.owner)
    else:
        found = _checked(selection, Place(meant.owner, meant.material, "", ""), meant.material, socket)
    if found.obstacle is not None:
        raise found.obstacle
    return found


def give_maps(selection: Selection, found: Sequence[Place], *, push_undo: bool = True) -> None:
    """Unwrap meshes without UVs where that is asked for, as an undo step: when all else is known to be in
    order. Raises TargetUnavailable."""
    bare = [each.owner for each in found if each.flaw and each.owner is not None]
    if not bare or selection.scene.drawthings.mapping != 'UV_PROJECT':
        return
    uv.unwrap(bare, selection.view_layer, selection.editor)
    if push_undo:
        undo.push("Draw Things: Smart UV Project")


def bare_objects(selection: Selection) -> tuple[bpy.types.Object, ...]:
    """The meshes that a texture would go to and could not lie on; for `poll`."""
    return _bare_meshes(overview(selection).places)


def unwrap(selection: Selection) -> None:
    """Give them UV maps. Pushes no undo step. Raises TargetUnavailable."""
    bare = _bare_meshes(places(selection))
    uv.unwrap(bare, selection.view_layer, selection.editor)


def can_unwrap(selection: Selection, place: Place) -> bool:
    """Whether Smart UV Project is a way out for it."""
    owner = place.owner
    return owner is not None and not uv.why_not_unwrap(owner, selection.view_layer, selection.editor)


def is_textured(owner: bpy.types.Object) -> bool:
    """Whether objects of this type show an image texture at all."""
    return owner.type in _TEXTURED


def source_size(selection: Selection, source: Literal['VIEWPORT', 'RENDER']) -> tuple[int, int]:
    """The pixels that a press sends; of a camera's frame in a view, those of the whole view. For panels."""
    render = selection.scene.render
    if source == 'VIEWPORT' and selection.scene.drawthings.view_from == 'VIEW':
        view = capture.find_view(selection)
        return (view.region.width, view.region.height) if view is not None else (0, 0)
    width = height = render.resolution_percentage / 100
    if source == 'RENDER' and render.use_border and render.use_crop_to_border:
        width *= render.border_max_x - render.border_min_x
        height *= render.border_max_y - render.border_min_y
    return int(render.resolution_x * width), int(render.resolution_y * height)


def image_size(image: bpy.types.Image) -> tuple[int, int]:
    """Of an image that is loaded, or of its active tile; to ask the size of any other would read its file."""
    return full_size(image) if image.has_data else (0, 0)


def full_size(image: bpy.types.Image) -> tuple[int, int]:
    """Of any image, or of its active tile. Reads its file."""
    width, height = image.size
    if image.source == 'TILED' and image.tiles.active is not None:
        width, height = image.tiles.active.size
    return width, height


def why_texture_stays(texture: subject.TextureNode, target: TargetKind) -> str:
    """Empty, or why a result of the texture cannot take its image's place, or its node's. Reads no file."""
    if target == 'REPLACE':
        return why_not_replace(texture.node.image)
    if target == 'MATERIAL' and not texture.owner.is_editable:
        return Message("“{owner}” is linked from another file.", owner=texture.owner.name)
    return ""


def why_not_replace(image: bpy.types.Image) -> str:
    """Empty, or why a result cannot take the image's place."""
    try:
        capture.editable_image(image)
    except TargetUnavailable as error:
        return str(error)
    return ""


def about_size(scene: bpy.types.Scene, size: tuple[int, int]) -> str:
    """Empty, or a sentence that a source of this size is more than models make well, as it would be sent."""
    if not scene.drawthings.use_source_size or size[0] * size[1] <= _MANY_PIXELS:
        return ""
    return Message("{width} × {height} is more than most models make well.", width=size[0], height=size[1])


def what_is_lost(image: bpy.types.Image) -> str:
    """Empty, or what a result does not have that takes the image's place; of one that is not loaded nothing
    is known."""
    name = image.name
    if image.source in {'MOVIE', 'SEQUENCE'}:
        return Message("“{name}” moves, and the result is a still of one frame.", name=name)
    if image.type == 'MULTILAYER':
        return Message("“{name}” has layers and passes, and the result is one picture of 8 bits.", name=name)
    if image.has_data and image.is_float:
        return Message(
            "“{name}” has more than 8 bits per channel (HDR), and the result has 8: no light above white.",
            name=name,
        )
    return ""


def smaller(width: int, height: int) -> tuple[int, int]:
    """The size of the same shape, in multiples of 64, that models make well."""
    scale = min(1.0, math.sqrt(_MANY_PIXELS / 2 / (width * height)), 8192 / max(width, height))
    wide, high = (max(128, round(side * scale / 64) * 64) for side in (width, height))
    return wide, high


def _bare_meshes(found: Sequence[Place]) -> tuple[bpy.types.Object, ...]:
    return tuple(
        each.owner for each in found if each.flaw and each.owner is not None and each.owner.type == 'MESH'
    )


def _owners(selection: Selection, limit: int | None) -> Iterator[bpy.types.Object]:
    """The active object first."""
    active = selection.active
    if selection.scene.drawthings.texture_objects == 'SELECTED':
        selected = selection.selected()[:limit]
        if active in selected:
            yield active
        yield from (each for each in selected if each != active)
        if selected:
            return
    if active is not None:
        yield active


def _place_of_subject(selection: Selection, meant: subject.Subject) -> Place:
    if meant.selected is not None:
        return _place_of_node(selection, meant.selected, meant.owner)
    if meant.reason:
        return Place(None, None, "", "", obstacle=TargetUnavailable(meant.reason, meant.advice))
    if meant.material is None and meant.owner is not None:
        return _place_of_object(selection, meant.owner)
    return _place_of_material(selection, meant.material, meant.owner)


def _place_of_node(
    selection: Selection, texture: subject.TextureNode, owner: bpy.types.Object | None
) -> Place:
    node = texture.node
    label = f"{texture.owner.name} · {node.label or node.name}"
    found = Place(owner, texture.material, node.name, label, texture.group)
    if owner is not None:
        found = replace(found, flaw=_flaw(selection, owner, coordinates.uv_maps(node)))
    return _checked(selection, found, texture.owner, "")


def _place_of_object(selection: Selection, owner: bpy.types.Object) -> Place:
    if not is_textured(owner):
        error = TargetUnavailable(
            "“{object}” takes no texture.",
            "Select a mesh, or send the picture to an image.",
            object=owner.name,
        )
        return Place(owner, None, "", owner.name, obstacle=error)
    return _place_of_material(selection, owner.active_material, owner)


def _place_of_material(
    selection: Selection, material: bpy.types.Material | None, owner: bpy.types.Object | None
) -> Place:
    """The material shown, or a new one where there is none or one is asked for."""
    chosen = selection.scene.drawthings
    if material is not None and chosen.use_new_material:
        if owner is None:
            error = TargetUnavailable(
                "The active object does not have “{material}”, so it gets no new material.",
                "Switch New Material off.",
                material=material.name,
            )
            return Place(None, material, "", material.name, obstacle=error)
        material = None
    names = [owner.name] if owner is not None else []
    what = material.name if material is not None else "New Material"
    slots = len(owner.material_slots) if owner is not None else 0
    number = _slot_number(owner, material) if slots > 1 else 0
    names.append(
        Message("{what} (slot {number} of {slots})", what=what, number=number, slots=slots)
        if number
        else what
    )
    label = " · ".join((*names, chosen.socket))
    found = Place(owner, material, "", label)
    return _checked(selection, found, material, chosen.socket)


def _slot_number(owner: bpy.types.Object, material: bpy.types.Material | None) -> int:
    """From 1: the active slot, unless the editor shows the material of another one."""
    slots = owner.material_slots
    active = owner.active_material_index
    if material is None or slots[active].material == material:
        return active + 1
    return next((index for index, slot in enumerate(slots, 1) if slot.material == material), 0)


def _checked(
    selection: Selection,
    place: Place,
    edited: bpy.types.Material | bpy.types.NodeTree | None,
    socket: str,
) -> Place:
    """With the obstacle that there is; `edited` is what the picture would be written into."""
    owner = place.owner
    try:
        if place.node:
            materials.require_editable(edited)
        else:
            maps = frozenset({""})
            if edited is not None:
                maps = materials.require_takes_texture(edited, socket, selection.scene.render.engine)
            else:
                materials.require_takes_material(owner)
            if owner is not None:
                is_smeared = bool(maps) and uv.is_smeared(owner)
                place = replace(place, flaw=_flaw(selection, owner, maps), is_smeared=is_smeared)
        if (place.flaw or place.takes_box(selection.scene.drawthings.mapping)) and owner is not None:
            _require_mapping(selection, place, edited)
    except TargetUnavailable as error:
        return replace(place, obstacle=error)
    return place


def _flaw(selection: Selection, owner: bpy.types.Object, maps: frozenset[str]) -> str:
    """Why no picture could lie on the object by these UV maps; empty where one suffices, or none is asked."""
    flaws = [uv.why_no_map(owner, selection.view_layer, name) for name in sorted(maps)]
    return "" if "" in flaws else next(iter(flaws), "")


def _require_mapping(
    selection: Selection, place: Place, edited: bpy.types.Material | bpy.types.NodeTree | None
) -> None:
    """Raises TargetUnavailable when nothing is done for an object without UVs, or cannot be done."""
    owner = place.owner
    mapping = selection.scene.drawthings.mapping
    if mapping == 'BOX':
        # The projection takes nodes of its own.
        if edited is not None:
            materials.require_keeps_nodes(edited)
        return
    if mapping == 'UV_PROJECT':
        reason = uv.why_not_unwrap(owner, selection.view_layer, selection.editor)
        if reason:
            raise UVMapMissing(reason, "Set Without UV Map to Box.")
        return
    raise UVMapMissing(place.flaw, "Unwrap it, or set Without UV Map to Smart UV Project or Box.")
