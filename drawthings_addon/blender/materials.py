# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image that feeds a socket of the Principled BSDF: found, or wired without touching the rest."""

from __future__ import annotations

from collections import deque

import bpy

from ..errors import MaterialUnsuitable, TargetUnavailable
from . import compat, images

#: Sockets that hold colours; every other one holds data, which no view transform may touch.
COLOR_SOCKETS = frozenset(
    {"Base Color", "Emission Color", "Subsurface Radius", "Specular Tint", "Sheen Tint"}
)

_SPACING = 60


def principled(material: bpy.types.Material) -> bpy.types.Node | None:
    """The Principled BSDF that reaches the active Material Output, or the first one there is."""
    tree = material.node_tree
    if tree is None:
        return None
    output = tree.get_output_node('ALL')
    found = _upstream(output.inputs["Surface"], 'BSDF_PRINCIPLED') if output else None
    return found or next((node for node in tree.nodes if node.type == 'BSDF_PRINCIPLED'), None)


def texture_node(material: bpy.types.Material, socket: str = "Base Color") -> bpy.types.Node | None:
    """The image node that feeds the socket, directly or through others; the nearest one wins."""
    shader = principled(material)
    if shader is None or socket not in shader.inputs:
        return None
    return _upstream(shader.inputs[socket], 'TEX_IMAGE')


def selected_image_node(tree: bpy.types.NodeTree | None) -> bpy.types.Node | None:
    """The active node, when it is a selected image node."""
    node = tree.nodes.active if tree is not None else None
    return node if node is not None and node.type == 'TEX_IMAGE' and node.select else None


def new_material(name: str) -> bpy.types.Material:
    """A material with a Principled BSDF."""
    material = bpy.data.materials.new(name)
    compat.ensure_material_nodes(material)
    return material


def require_takes_material(target: bpy.types.Object) -> None:
    """Raises TargetUnavailable when the object takes no materials or cannot be edited."""
    require_editable(target)
    if not hasattr(target.data, "materials"):
        raise TargetUnavailable(
            f"“{target.name}” takes no material.", "Select a mesh, a curve, a text or a surface."
        )
    slots = target.material_slots
    if not slots or slots[target.active_material_index].link == 'DATA':
        require_editable(target.data)


def assign(target: bpy.types.Object, material: bpy.types.Material) -> None:
    """Make it the object's active material; a material that nothing else uses is kept with the file.

    Raises TargetUnavailable when the object takes no materials or cannot be edited.
    """
    require_takes_material(target)
    replaced = target.active_material
    if target.material_slots:
        target.active_material = material
    else:
        target.data.materials.append(material)
    if replaced is not None and replaced.users == 0:
        replaced.use_fake_user = True


def set_texture(
    material: bpy.types.Material, image: bpy.types.Image, *, socket: str = "Base Color", node: str = ""
) -> bpy.types.Node:
    """Show `image` through the socket; returns its image node.

    With `node`, that image node takes the image and nothing else changes. Else an image node that is
    wired straight into the socket takes it, its mapping untouched; else a new one is wired in, and
    what fed the socket before stays in the tree. The image gets the socket's colour space.
    Raises TargetUnavailable.
    """
    require_editable(material)
    compat.ensure_material_nodes(material)
    tree = material.node_tree
    if node:
        chosen = tree.nodes.get(node)
        if chosen is None or chosen.type != 'TEX_IMAGE':
            raise TargetUnavailable(
                f"The image node “{node}” of “{material.name}” is gone.", "Apply the result by hand."
            )
        if chosen.image is not None:
            image.colorspace_settings.name = chosen.image.colorspace_settings.name
        _fill(chosen, image)
        return chosen
    shader = _require_shader(material, socket)
    images.set_color_space(image, 'sRGB' if socket in COLOR_SOCKETS else 'Non-Color')
    chosen = _wired_image_node(shader.inputs[socket])
    if chosen is None:
        chosen = _wire_new_node(tree, shader, socket)
    _fill(chosen, image)
    return chosen


def require_takes_texture(material: bpy.types.Material, socket: str) -> None:
    """Raises TargetUnavailable where `set_texture` would, and changes nothing."""
    require_editable(material)
    # Without a tree it gets one, with a Principled BSDF.
    if material.node_tree is not None:
        _require_shader(material, socket)


def has_coordinates(material: bpy.types.Material, socket: str) -> bool:
    """Whether the image node that would take a picture for the socket is told where to look it up."""
    shader = principled(material)
    if shader is None or socket not in shader.inputs:
        return False
    node = _wired_image_node(shader.inputs[socket])
    return node is not None and node.inputs["Vector"].is_linked


def _group_with_principled(material: bpy.types.Material) -> bpy.types.NodeTree | None:
    trees = [material.node_tree]
    for tree in trees:
        for node in tree.nodes:
            group = getattr(node, "node_tree", None)
            if group is None or group in trees:
                continue
            if any(each.type == 'BSDF_PRINCIPLED' for each in group.nodes):
                return group
            trees.append(group)
    return None


def _require_shader(material: bpy.types.Material, socket: str) -> bpy.types.Node:
    """Raises MaterialUnsuitable."""
    shader = principled(material)
    if shader is None:
        group = _group_with_principled(material)
        if group is not None:
            raise MaterialUnsuitable(
                f"The Principled BSDF of “{material.name}” is inside the group “{group.name}”, which others "
                "may use.",
                "Ungroup it, or let Output make a new material.",
            )
        raise MaterialUnsuitable(
            f"“{material.name}” has no Principled BSDF.",
            "Add one, or let Output make a new material.",
        )
    if socket not in shader.inputs:
        raise MaterialUnsuitable(
            f"The Principled BSDF of “{material.name}” has no input “{socket}”.",
            "Choose another input in Output.",
        )
    return shader


def require_editable(datablock: bpy.types.ID) -> None:
    """Raises TargetUnavailable for linked data and for overrides that cannot be edited."""
    if not datablock.is_editable:
        raise TargetUnavailable(
            f"“{datablock.name}” is linked from another file.",
            "Make it local, or send the result to an image.",
        )


def _fill(node: bpy.types.Node, image: bpy.types.Image) -> None:
    """Give the node the image; the one it had is kept with the file, also when nothing else uses it."""
    replaced = node.image
    node.image = image
    if replaced is not None and replaced.users == 0 and replaced.is_editable:
        replaced.use_fake_user = True


def _upstream(socket: bpy.types.NodeSocket, kind: str) -> bpy.types.Node | None:
    """The nearest node of a type that reaches the socket, breadth first."""
    waiting, seen = deque([socket]), set()
    while waiting:
        for link in waiting.popleft().links:
            node = link.from_node
            if node.type == kind:
                return node
            if node.name not in seen:
                seen.add(node.name)
                waiting.extend(node.inputs)
    return None


def _wired_image_node(socket: bpy.types.NodeSocket) -> bpy.types.Node | None:
    """The image node wired into the socket itself, or through nothing but a Normal Map node."""
    if not socket.links:
        return None
    node = socket.links[0].from_node
    if node.type == 'NORMAL_MAP' and node.inputs["Color"].links:
        node = node.inputs["Color"].links[0].from_node
    return node if node.type == 'TEX_IMAGE' else None


def _wire_new_node(tree: bpy.types.NodeTree, shader: bpy.types.Node, socket: str) -> bpy.types.Node:
    node = tree.nodes.new('ShaderNodeTexImage')
    output = node.outputs["Color"]
    x = shader.location.x - node.width - _SPACING
    y = shader.location.y
    if socket == "Normal":
        between = tree.nodes.new('ShaderNodeNormalMap')
        between.location = (shader.location.x - between.width - _SPACING, y)
        x -= between.width + _SPACING
        tree.links.new(output, between.inputs["Color"])
        output = between.outputs["Normal"]
    node.location = (x, y)
    tree.links.new(output, shader.inputs[socket])
    return node
