# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Materials and their nodes, as tests build them."""

from __future__ import annotations

import bpy
from blender_pictures import noise, packed


def make_material(name: str = "Wall", *, active: bool = True) -> bpy.types.Material:
    """A material with Blender's first nodes; the active object's unless told otherwise."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    if active:
        bpy.context.object.active_material = material
    return material


def principled_of(tree: bpy.types.NodeTree) -> bpy.types.Node:
    return next(node for node in tree.nodes if node.type == 'BSDF_PRINCIPLED')


def add_image_node(tree: bpy.types.NodeTree, name: str, *, data: bool = False) -> bpy.types.Node:
    """A node with an image; both have the name. It is not selected."""
    node = tree.nodes.new('ShaderNodeTexImage')
    node.name = name
    node.select = False
    node.image = packed(name, noise(64, 64, seed=len(bpy.data.images)))
    if data:
        node.image.colorspace_settings.name = 'Non-Color'
    return node


def add_node(tree: bpy.types.NodeTree, kind: str, **settings: object) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.select = False
    for name, value in settings.items():
        setattr(node, name, value)
    return node


def make_group(name: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ("Color",)) -> tuple:
    """A node group with colour sockets: the tree, its Group Input and its Group Output."""
    group = bpy.data.node_groups.new(name, 'ShaderNodeTree')
    for each in inputs:
        group.interface.new_socket(each, in_out='INPUT', socket_type='NodeSocketColor')
    for each in outputs:
        kind = 'NodeSocketShader' if each == "Shader" else 'NodeSocketColor'
        group.interface.new_socket(each, in_out='OUTPUT', socket_type=kind)
    return group, group.nodes.new('NodeGroupInput'), group.nodes.new('NodeGroupOutput')


def add_group_node(tree: bpy.types.NodeTree, group: bpy.types.NodeTree) -> bpy.types.Node:
    return add_node(tree, 'ShaderNodeGroup', node_tree=group)


def select_only(tree: bpy.types.NodeTree, *nodes: bpy.types.Node) -> None:
    """As by a click on each."""
    for each in tree.nodes:
        each.select = each in nodes
    tree.nodes.active = nodes[-1] if nodes else None


def wiring(tree: bpy.types.NodeTree) -> set[tuple[str, str, str, str]]:
    return {
        (link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier)
        for link in tree.links
    }
