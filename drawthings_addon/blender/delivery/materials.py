# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image that feeds a socket of the Principled BSDF: found, or wired without touching the rest."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...errors import MaterialUnsuitable, TargetUnavailable
from .. import compat, node_reading
from ..node_reading import Place, Reader
from . import coordinates, images, node_placing

#: Sockets that hold colours; every other one holds data, which no view transform may touch.
COLOR_SOCKETS = frozenset(
    {"Base Color", "Emission Color", "Subsurface Radius", "Specular Tint", "Sheen Tint"}
)

#: Inputs that a height is wired into: that of a Bump before the Principled BSDF's Normal, and that of a
#: Displacement before the Material Output's.
BUMP, DISPLACEMENT = "Bump", "Displacement"
#: What stands between a map and the input, by the input that is asked for: its type, and where the map goes.
_BETWEEN = {
    "Normal": ('ShaderNodeNormalMap', "Color", "Normal"),
    BUMP: ('ShaderNodeBump', "Height", "Normal"),
    DISPLACEMENT: ('ShaderNodeDisplacement', "Height", "Displacement"),
}

#: How an image lies on a surface: what a new node takes over from the one whose place it takes.
_LIES = ("projection", "projection_blend", "extension", "interpolation")


def new_material(name: str) -> bpy.types.Material:
    """A material with a Principled BSDF."""
    return compat.new_material(name)


def slot_index(owner: bpy.types.Object, slot: int | None) -> int:
    """The slot that is meant, while there is one; else the active one."""
    return slot if slot is not None and slot < len(owner.material_slots) else owner.active_material_index


def in_slot(owner: bpy.types.Object, slot: int | None) -> bpy.types.Material | None:
    """The material that is in it."""
    slots = owner.material_slots
    return slots[slot_index(owner, slot)].material if slots else None


def require_takes_material(target: bpy.types.Object, slot: int | None = None) -> None:
    """Raises TargetUnavailable when the object takes no materials there or cannot be edited."""
    require_editable(target)
    if not hasattr(target.data, "materials"):
        raise TargetUnavailable(
            "“{target}” takes no material.",
            "Select a mesh, a curve, a text or a surface.",
            target=target.name,
        )
    slots = target.material_slots
    if not slots or slots[slot_index(target, slot)].link == 'DATA':
        require_editable(target.data)
    if not slots and target.data.override_library is not None:
        # A slot that is added to it is gone when the file is opened again (4.2 and 5.2).
        raise TargetUnavailable(
            "“{target}” overrides an object of another file that has no material slot.",
            "Make it local, or send the picture to an image.",
            target=target.name,
        )


def assign(target: bpy.types.Object, material: bpy.types.Material, slot: int | None = None) -> None:
    """Put it into the object's slot; a material that nothing else uses is kept with the file.

    Raises TargetUnavailable when the object takes no materials or cannot be edited.
    """
    require_takes_material(target, slot)
    replaced = in_slot(target, slot)
    if target.material_slots:
        target.material_slots[slot_index(target, slot)].material = material
    else:
        target.data.materials.append(material)
    keep(replaced)


def set_texture(
    material: bpy.types.Material, image: bpy.types.Image, *, engine: str, socket: str = "Base Color"
) -> bpy.types.Node:
    """Show `image` through the socket in the render engine; returns its image node.

    An image node that is wired straight into the socket takes it, its mapping untouched; else a new one is
    wired in, with the mapping of the one that fed the socket before, which stays in the tree. The image is
    read as data or as colours, as the socket takes it. Raises TargetUnavailable.
    """
    require_editable(material)
    compat.ensure_material_nodes(material)
    reader = Reader()
    place, slot = _require_slot(reader, material, socket, engine)
    if slot.filled is not None:
        _require_same_convention(slot.filled, image)
    chosen = slot.filled or _wire_new_node(reader, slot.place, place, socket, image)
    is_data = socket not in COLOR_SOCKETS
    if image.colorspace_settings.is_data != is_data:
        colours = 'Linear Rec.709' if images.is_light(image) else 'sRGB'
        images.set_color_space(image, 'Non-Color' if is_data else colours)
    give(chosen, image)
    if socket in COLOR_SOCKETS or not _shows_base_color(reader, chosen, place):
        _show(chosen, slot.inside)
    return chosen


def fill(owner: bpy.types.Material | bpy.types.NodeTree, node: str, image: bpy.types.Image) -> bpy.types.Node:
    """Give the image to an image node of a material's own tree, or of a node group; nothing else changes.

    Raises TargetUnavailable.
    """
    chosen = require_image_node(owner, node)
    is_color = True
    if chosen.image is not None:
        images.look_like(image, chosen.image)
        is_color = not chosen.image.colorspace_settings.is_data
    give(chosen, image)
    if is_color:
        _show(chosen)
    return chosen


def require_image_node(owner: bpy.types.Material | bpy.types.NodeTree, node: str) -> bpy.types.Node:
    """The image node of a material's own tree, or of a node group. Raises TargetUnavailable."""
    require_editable(owner)
    tree = owner.node_tree if isinstance(owner, bpy.types.Material) else owner
    chosen = tree.nodes.get(node) if tree is not None else None
    if chosen is None or chosen.type != 'TEX_IMAGE':
        raise TargetUnavailable(
            "The image node “{node}” of “{object}” is gone.",
            "Apply the result by hand.",
            node=node,
            object=owner.name,
        )
    return chosen


def require_takes_texture(material: bpy.types.Material, socket: str, engine: str) -> frozenset[str]:
    """The UV maps by which a picture for the socket would be looked up: see `coordinates.uv_maps`.

    Raises TargetUnavailable where `set_texture` would, and changes nothing.
    """
    require_editable(material)
    if material.node_tree is None:
        # It gets a tree, with a Principled BSDF.
        require_keeps_nodes(material)
        return frozenset({""})
    reader = node_reading.reading()
    _place, slot = _require_slot(reader, material, socket, engine)
    if slot.filled is not None:
        source = reader.source(slot.place)
        return coordinates.uv_maps(slot.filled, source.inside if source is not None else (), reader)
    before = _before(reader, slot.place)
    return coordinates.uv_maps(before, (), reader) if before is not None else frozenset({""})


def linked(material: bpy.types.Material, socket: str, engine: str) -> list[bpy.types.Image] | None:
    """The images that feed an input of what shows, if anything does; None: nothing is linked there."""
    if material.node_tree is None or not compat.uses_nodes(material):
        return None
    reader = node_reading.reading()
    place, _slot = _require_slot(reader, material, socket, engine)
    if reader.source(place) is None:
        return None
    return [each.node.image for each in reader.images(place) if each.node.image is not None]


def relief_of(image: bpy.types.Image) -> float:
    """How far white stands above black, as a share of the image's width: what a Bump and a Displacement need
    where the picture is as wide as one unit. Of what is no map a twentieth."""
    recipe = images.readable_recipe(image)
    if recipe is None or recipe.maps is None or not image.size[0]:
        return 0.05
    return float(recipe.maps.depth / image.size[0])


def _require_slot(
    reader: Reader, material: bpy.types.Material, socket: str, engine: str
) -> tuple[Place, _Slot]:
    """The input of the Principled BSDF that shows, and where a picture for it is put in.

    Raises TargetUnavailable, MaterialUnsuitable where another material would do.
    """
    tree = material.node_tree
    shader = node_reading.principled(tree, engine, reader)
    if shader is None:
        is_there = any(node.type == 'BSDF_PRINCIPLED' for node in tree.nodes)
        raise MaterialUnsuitable(
            "“{material}” has no Principled BSDF that shows."
            if is_there
            else "“{material}” has no Principled BSDF.",
            "Add one, or switch New Material on, behind the arrow beside the button.",
            material=material.name,
        )
    place = shader.input("Normal" if socket == BUMP else socket)
    if socket == DISPLACEMENT:
        output = node_reading.output_node(tree, engine)
        place = Place(output, output.inputs["Displacement"], ()) if output is not None else None
    if place is None:
        raise MaterialUnsuitable(
            "The Principled BSDF of “{material}” has no input “{socket}”.",
            "Choose another input behind the arrow beside the button.",
            material=material.name,
            socket=socket,
        )
    slot = _height_slot(reader, place, socket) if socket in (BUMP, DISPLACEMENT) else _slot(reader, place)
    if slot.filled is not None:
        if slot.filled.id_data != tree:
            require_editable(slot.filled.id_data)
    elif slot.place.inside:
        group = slot.place.inside[-1].node_tree
        raise MaterialUnsuitable(
            "The Principled BSDF of “{material}” is inside the group “{group}”, which takes no "
            "{socket} from outside.",
            "Select an image node in the group, or switch New Material on behind the arrow beside the "
            "button.",
            material=material.name,
            group=group.name,
            socket=socket,
        )
    else:
        require_keeps_nodes(material)
    return place, slot


def require_editable(datablock: bpy.types.ID) -> None:
    """Raises TargetUnavailable for linked data and for overrides that cannot be edited."""
    if not datablock.is_editable:
        raise TargetUnavailable(
            "“{name}” is linked from another file.",
            "Make it local, or send the result to an image.",
            name=datablock.name,
        )


def require_keeps_nodes(datablock: bpy.types.Material | bpy.types.NodeTree) -> None:
    """Raises MaterialUnsuitable for a library override: nodes that are added to it are gone when the file is
    opened again, while another image in one of its nodes stays (4.2 and 5.2)."""
    if datablock.override_library is not None:
        raise MaterialUnsuitable(
            "“{name}” overrides a material of another file, and new nodes in it would be lost.",
            "Make it local, or switch New Material on, behind the arrow beside the button.",
            name=datablock.name,
        )


def give(node: bpy.types.Node, image: bpy.types.Image | None) -> None:
    """Give the node the image; the one it had is kept with the file, also when nothing else uses it."""
    replaced = node.image
    node.image = image
    keep(replaced)


def keep(datablock: bpy.types.ID | None) -> None:
    """Have what was there saved with the file, to be put back: also when nothing uses it any more, be it
    later, as Texture Paint and another object may do now."""
    if datablock is not None and datablock.is_editable:
        datablock.use_fake_user = True


@dataclass(frozen=True)
class _Slot:
    """Where a picture is put in: an image node that takes it, else the input that a new one feeds."""

    place: Place
    filled: bpy.types.Node | None = None
    inside: tuple[bpy.types.Node, ...] = ()
    """The group nodes that lead to the image node."""


def _slot(reader: Reader, place: Place) -> _Slot:
    """The image node that only reroutes, muted nodes, borders of groups and a Normal Map part from the input;
    else the outermost input from which what arrives there comes."""
    source = reader.source(place)
    if source is None or source.node.type not in {'TEX_IMAGE', 'NORMAL_MAP', 'BUMP'}:
        return _Slot(reader.entry(place))
    node = source.node
    if node.type == 'NORMAL_MAP':
        return _slot(reader, Place(node, node.inputs["Color"], source.inside))
    if node.type == 'BUMP':
        normal = Place(node, node.inputs["Normal"], source.inside)
        return _slot(reader, normal) if reader.source(normal) is not None else _Slot(reader.entry(place))
    is_shared_group = any(each.node_tree.users > 1 for each in source.inside)
    if source.socket.name != "Color" or is_shared_group or not _is_own(reader, node, place):
        return _Slot(reader.entry(place))
    return _Slot(place, node, source.inside)


def _height_slot(reader: Reader, place: Place, socket: str) -> _Slot:
    """The image node that feeds the height of a Bump or a Displacement that is there already; else the
    input."""
    source = reader.source(place)
    kind = 'BUMP' if socket == BUMP else 'DISPLACEMENT'
    if source is None or source.node.type != kind:
        return _Slot(reader.entry(place))
    return _slot(reader, Place(source.node, source.node.inputs["Height"], source.inside))


def _is_own(reader: Reader, node: bpy.types.Node, place: Place) -> bool:
    """Whether a picture for this input may change what else the image node feeds: a base colour may."""
    return place.socket.name == "Base Color" or len(reader.consumers(node)) == 1


def _shows_base_color(reader: Reader, node: bpy.types.Node, place: Place) -> bool:
    """Whether the active node of its tree carries the base colour: a map does not take its place."""
    base = place.node.inputs.get("Base Color")
    colors = reader.images(Place(place.node, base, place.inside)) if base is not None else []
    return node.id_data.nodes.active in [each.node for each in colors]


def _show(node: bpy.types.Node, inside: tuple[bpy.types.Node, ...] = ()) -> None:
    """Make it the active node, the one that Solid shading shows and Texture Paint paints on; in an active
    group node Blender looks for it, too. The selection stays as it is."""
    for each in (node, *inside):
        each.id_data.nodes.active = each


def _require_same_convention(node: bpy.types.Node, image: bpy.types.Image) -> None:
    """Raises TargetUnavailable where the Normal Map node that the image would feed reads green otherwise."""
    wanted = _convention(image)
    for link in node.outputs["Color"].links if wanted else ():
        if link.to_node.type == 'NORMAL_MAP' and compat.normal_convention(link.to_node) != wanted:
            raise TargetUnavailable(
                "The Normal Map node “{node}” reads green the other way round.",
                "Change its convention, or the Format of the maps.",
                node=link.to_node.name,
            )


def _convention(image: bpy.types.Image) -> str:
    """Which way green is in a normal map of ours; empty: nobody knows."""
    recipe = images.readable_recipe(image)
    return recipe.maps.normal_format if recipe is not None and recipe.maps is not None else ""


def _wire_new_node(
    reader: Reader, slot: Place, asked: Place, socket: str, image: bpy.types.Image
) -> bpy.types.Node:
    """An image node that feeds the input, in the frame of its node and where there is room.

    `asked` is the input of the shader or of the output, which `slot` feeds; `socket` is what was asked for.
    """
    tree, fed, target = slot.node.id_data, slot.node, slot.socket
    before = _before(reader, slot) or _of_base_color(reader, asked, tree)
    if socket in _BETWEEN and target.type == 'VECTOR':
        kind, taken, given = _BETWEEN[socket]
        between = tree.nodes.new(kind)
        between.select = False
        node_placing.put_before(between, fed)
        tree.links.new(between.outputs[given], target)
        if socket == BUMP:
            between.inputs["Distance"].default_value = relief_of(image)
        elif socket == DISPLACEMENT:
            between.inputs["Scale"].default_value = relief_of(image)
        else:
            compat.set_normal_convention(between, _convention(image) or 'OPENGL')
        fed, target = between, between.inputs[taken]
    node = tree.nodes.new('ShaderNodeTexImage')
    node.select = False
    node_placing.put_before(node, fed)
    if before is not None:
        _lie_like(reader, node, before)
    tree.links.new(node.outputs["Color"], target)
    return node


def _before(reader: Reader, slot: Place) -> bpy.types.Node | None:
    """The image node of the same tree that feeds the input now, through others."""
    tree = slot.node.id_data
    return next((each.node for each in reader.images(slot) if each.tree == tree), None)


def _of_base_color(reader: Reader, asked: Place, tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    """The image node of the same tree that feeds the shader's Base Color: a map lies on the surface as the
    colours do."""
    base = asked.node.inputs.get("Base Color")
    if base is None:
        shader = next((each for each in tree.nodes if each.type == 'BSDF_PRINCIPLED'), None)
        base = shader.inputs["Base Color"] if shader is not None else None
        asked = Place(shader, base, ())
    found = reader.images(Place(asked.node, base, asked.inside)) if base is not None else []
    return next((each.node for each in found if each.tree == tree), None)


def _lie_like(reader: Reader, node: bpy.types.Node, before: bpy.types.Node) -> None:
    """On the surface as the image node that fed the input before, by its mapping."""
    for name in _LIES:
        setattr(node, name, getattr(before, name))
    vector = reader.link(before.inputs["Vector"])
    if vector is not None:
        node.id_data.links.new(vector.from_socket, node.inputs["Vector"])
