# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a press would bring its picture, and what stands in the way: known before anything is paid for.

Panels show it live, so all of it is memory only; operators ask the same functions and raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import bpy

from ...errors import TargetUnavailable, UVMapMissing
from ...messages import Message
from .. import capture, node_reading, subject, undo
from ..selection import Selection
from . import coordinates, materials, uv
from .target import TargetKind

#: Beside `what_is_lost`.
KEPT = "“{image}” itself is kept."
#: Objects that a panel looks at; a press looks at all.
_LOOKED_AT = 50
#: Links of node trees that a panel reads, besides those of the first object: some 0.5 ms.
_LINKS_READ = 300
#: What shows an image texture. Grease Pencil and volumes have materials, too, whose shaders are others.
_TEXTURED = frozenset({'MESH', 'CURVE', 'SURFACE', 'FONT', 'META', 'CURVES', 'POINTCLOUD'})


@dataclass(frozen=True)
class Place:
    """Where one picture would become a texture."""

    owner: bpy.types.Object | None
    material: bpy.types.Material | None
    """None: one is made."""
    node: str = ""
    """The image node that takes it; empty: that of the socket."""
    node_group: bpy.types.NodeTree | None = None
    """The node group that the node is in."""
    socket: str = ""
    """The input of the Principled BSDF, where no node is meant."""
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

    @property
    def label(self) -> str:
        """As the panel shows it: “Jar · Clay (slot 1 of 3) · Base Color”."""
        if self.node:
            datablock, node = self._image_node()
            return f"{datablock.name} · {node.label or node.name}"
        return self._in_words("{what} (slot {number} of {slots})")

    @property
    def reads_data(self) -> bool:
        """Whether a picture is read as data there, and not as colours."""
        if not self.node:
            return self.socket not in materials.COLOR_SOCKETS
        _datablock, node = self._image_node()
        return node.image is not None and bool(node.image.colorspace_settings.is_data)

    def _image_node(self) -> tuple[bpy.types.ID, bpy.types.Node]:
        datablock: bpy.types.ID = self.node_group or self.material
        tree = datablock if self.node_group is not None else datablock.node_tree
        return datablock, tree.nodes[self.node]

    @property
    def wordings(self) -> tuple[str, ...]:
        """The label, and the same in fewer letters."""
        return tuple(dict.fromkeys((self.label, self._in_words("{what} ({number} of {slots})"))))

    def _in_words(self, of_slots: str) -> str:
        if self.node:
            return self.label
        what = self.material.name if self.material is not None else "New Material"
        if self.owner is None:
            return f"{what} · {self.socket}"
        slots = len(self.owner.material_slots)
        number = _slot_number(self.owner, self.material) if slots > 1 else 0
        if number:
            what = Message(of_slots, what=what, number=number, slots=slots)
        return f"{self.owner.name} · {what} · {self.socket}"

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
    is_cut: bool = False
    """More objects are meant than a panel looks at."""

    @property
    def stopped(self) -> Place | None:
        """The first that cannot take one."""
        return next((place for place in self.places if place.obstacle is not None), None)


@node_reading.glance()
def overview(selection: Selection) -> Overview:
    """Where a texture goes, as `places` has it, of so many objects and node trees as a panel may look at."""
    look, shown = _Look.of(selection), subject.shown(selection)
    if shown is not None:
        return Overview((look.at_subject(shown),), 1)
    selected = selection.selected()
    owners = list(subject.chosen_objects(selection, _LOOKED_AT))
    textured = list(filter(is_textured, owners))
    meant = textured or owners[:1]
    return Overview(
        tuple(_seen(look, meant)),
        len(meant),
        tuple(each for each in owners if not is_textured(each)) if textured else (),
        sum(map(is_textured, selected[:_LOOKED_AT])),
        len(owners) == _LOOKED_AT < len(selected),
    )


def _seen(look: _Look, owners: Iterable[bpy.types.Object]) -> Iterator[Place]:
    """Those of the objects, until so many links were read as a panel may read."""
    links = 0
    for owner in owners:
        if links > _LINKS_READ:
            return
        found = look.at_object(owner)
        yield found
        tree = found.material.node_tree if found.material is not None else None
        links += len(tree.links) if tree is not None else 0


def places(selection: Selection) -> tuple[Place, ...]:
    """Where a texture goes: what the Shader Editor shows, else the active object's active material, or
    those of all selected objects (`Scene.drawthings.texture_objects`). Empty without an object.

    Of several selected objects those that no texture can be laid on, such as lights, are left out.
    """
    look, shown = _Look.of(selection), subject.shown(selection)
    if shown is not None:
        return (look.at_subject(shown),)
    owners = list(subject.chosen_objects(selection))
    meant = list(filter(is_textured, owners)) or owners[:1]
    return tuple(look.at_object(owner) for owner in meant)


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
    look, meant = replace(_Look.of(selection), socket=socket), subject.of(selection).require()
    if meant.group is not None and meant.selected is not None:
        found = look.at_node(meant.selected, meant.owner)
    elif meant.material is None and meant.owner is not None and not is_textured(meant.owner):
        found = look.at_object(meant.owner)
    else:
        found = look.at_socket(meant.material, meant.owner)
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


def has_bare_mesh(selection: Selection) -> bool:
    """Whether there is a mesh that a texture would go to and could not lie on. For `poll`: one tells."""
    look, shown = _Look.of(selection), subject.shown(selection)
    with node_reading.glance():
        if shown is not None:
            return _is_bare_mesh(look.at_subject(shown))
        owners = filter(is_textured, subject.chosen_objects(selection, _LOOKED_AT))
        return any(map(_is_bare_mesh, _seen(look, owners)))


def unwrap(selection: Selection) -> None:
    """Give such meshes UV maps. Pushes no undo step. Raises TargetUnavailable."""
    bare = [each.owner for each in places(selection) if _is_bare_mesh(each)]
    uv.unwrap(bare, selection.view_layer, selection.editor)


def can_unwrap(selection: Selection, place: Place) -> bool:
    """Whether Smart UV Project is a way out for it."""
    owner = place.owner
    return owner is not None and not uv.why_not_unwrap(owner, selection.view_layer, selection.editor)


def is_textured(owner: bpy.types.Object) -> bool:
    """Whether objects of this type show an image texture at all."""
    return owner.type in _TEXTURED


def require_texture_takes_result(texture: subject.Texture, target: TargetKind) -> None:
    """Raises TargetUnavailable where a result of the texture cannot take its image's place, or its node's.
    Reads no file, and is for panels, too."""
    image = texture.image
    if target == 'REPLACE' and image is not None:
        capture.editable_image(image)
    elif target == 'MATERIAL' and isinstance(texture, subject.TextureNode):
        materials.require_editable(texture.owner)


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


def _is_bare_mesh(place: Place) -> bool:
    return bool(place.flaw) and place.owner is not None and place.owner.type == 'MESH'


def _slot_number(owner: bpy.types.Object, material: bpy.types.Material | None) -> int:
    """From 1: the active slot, unless the editor shows the material of another one."""
    slots = owner.material_slots
    active = owner.active_material_index
    if material is None or slots[active].material == material:
        return active + 1
    return next((index for index, slot in enumerate(slots, 1) if slot.material == material), 0)


@dataclass(frozen=True)
class _Look:
    """One look at places, with what the panel says of them read once: each drawing looks at fifty."""

    selection: Selection
    engine: str
    socket: str
    mapping: uv.Mapping
    new_material: bool

    @classmethod
    def of(cls, selection: Selection) -> _Look:
        chosen, engine = selection.scene.drawthings, selection.scene.render.engine
        return cls(selection, engine, chosen.socket, chosen.mapping, chosen.use_new_material)

    def at_subject(self, meant: subject.Subject) -> Place:
        if meant.selected is not None:
            return self.at_node(meant.selected, meant.owner)
        if meant.reason:
            return Place(None, None, obstacle=TargetUnavailable(meant.reason, meant.advice))
        if meant.material is None and meant.owner is not None:
            return self.at_object(meant.owner)
        return self._at_material(meant.material, meant.owner)

    def at_node(self, texture: subject.TextureNode, owner: bpy.types.Object | None) -> Place:
        """An image node that takes the picture."""
        flaw, obstacle = "", None
        if owner is not None:
            flaw = self._flaw(owner, coordinates.uv_maps(texture.node))
        try:
            materials.require_editable(texture.owner)
            if flaw:
                self._require_mapping(owner, flaw, texture.owner)
        except TargetUnavailable as error:
            obstacle = error
        name, group = texture.node.name, texture.group
        return Place(owner, texture.material, name, group, flaw=flaw, obstacle=obstacle)

    def at_object(self, owner: bpy.types.Object) -> Place:
        """Its active material, or a new one."""
        if is_textured(owner):
            return self._at_material(owner.active_material, owner)
        error = TargetUnavailable(
            "“{object}” takes no texture.",
            "Select a mesh, or send the picture to an image.",
            object=owner.name,
        )
        return Place(owner, None, obstacle=error)

    def _at_material(self, material: bpy.types.Material | None, owner: bpy.types.Object | None) -> Place:
        """The material shown, or a new one where there is none or one is asked for."""
        if material is None or not self.new_material:
            return self.at_socket(material, owner)
        if owner is not None:
            return self.at_socket(None, owner)
        error = TargetUnavailable(
            "The active object does not have “{material}”, so it gets no new material.",
            "Switch New Material off.",
            material=material.name,
        )
        return Place(None, material, obstacle=error)

    def at_socket(self, material: bpy.types.Material | None, owner: bpy.types.Object | None) -> Place:
        """An input of a material's Principled BSDF; None: of a new one."""
        maps, flaw, is_smeared, obstacle = frozenset({""}), "", False, None
        try:
            if material is not None:
                maps = materials.require_takes_texture(material, self.socket, self.engine)
            else:
                materials.require_takes_material(owner)
            if owner is not None:
                flaw, is_smeared = self._flaw(owner, maps), bool(maps) and uv.is_smeared(owner)
                if flaw or (is_smeared and self.mapping == 'BOX'):
                    self._require_mapping(owner, flaw, material)
        except TargetUnavailable as error:
            obstacle = error
        return Place(owner, material, "", None, self.socket, flaw, is_smeared, obstacle)

    def _flaw(self, owner: bpy.types.Object, maps: frozenset[str]) -> str:
        """Why no picture could lie on the object by these UV maps; empty where one suffices, or none is
        asked."""
        first = ""
        for name in sorted(maps):
            flaw = uv.why_no_map(owner, self.selection.view_layer, name)
            if not flaw:
                return ""
            first = first or flaw
        return first

    def _require_mapping(
        self,
        owner: bpy.types.Object,
        flaw: str,
        edited: bpy.types.Material | bpy.types.NodeTree | None,
    ) -> None:
        """Raises TargetUnavailable when nothing is done for an object without UVs, or cannot be done;
        `edited` is what the picture would be written into."""
        if self.mapping == 'BOX':
            # The projection takes nodes of its own.
            if edited is not None:
                materials.require_keeps_nodes(edited)
        elif self.mapping == 'UV_PROJECT':
            reason = uv.why_not_unwrap(owner, self.selection.view_layer, self.selection.editor)
            if reason:
                raise UVMapMissing(reason, "Set Without UV Map to Box.")
        else:
            advice = "The picture would become one flat colour: set Without UV Map to Box."
            if owner.type == 'MESH':
                advice = (
                    "The picture would become one flat colour: unwrap it, or set Without UV Map to Smart UV "
                    "Project or Box."
                )
            raise UVMapMissing(flaw, advice)
