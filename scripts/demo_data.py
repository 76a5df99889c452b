# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects and materials for the scenes of the demo: data only, no operators."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from demo_shapes import Shape

Colour = tuple[float, float, float]


def add_mesh(
    scene: bpy.types.Scene, name: str, shape: Shape, material: bpy.types.Material, *, smooth: bool = True
) -> bpy.types.Object:
    """An object of a shape, with its UV map, in the scene."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(shape.vertices.tolist(), [], shape.faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.full(len(shape.faces), smooth))
    layer = mesh.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", shape.uvs.astype(np.float32).ravel())
    mesh.materials.append(material)
    mesh.update()
    return link(scene, name, mesh)


def link(
    scene: bpy.types.Scene,
    name: str,
    data: bpy.types.ID,
    location: Sequence[float] = (0.0, 0.0, 0.0),
    rotation: Sequence[float] = (0.0, 0.0, 0.0),
) -> bpy.types.Object:
    """An object of data that is there, in the scene."""
    thing = bpy.data.objects.new(name, data)
    thing.location, thing.rotation_euler = location, rotation
    scene.collection.objects.link(thing)
    return thing


def plain_material(name: str, colour: Colour, *, roughness: float, coat: float = 0.0) -> bpy.types.Material:
    """One colour, linear, on a Principled BSDF."""
    material = bpy.data.materials.new(name)
    use_nodes(material)
    shader = principled(material)
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Coat Weight"].default_value = coat
    shader.inputs["Coat Roughness"].default_value = 0.2
    # What the solid viewport shows, which has no window to light it.
    material.diffuse_color = (*(value**0.65 for value in colour), 1.0)
    return material


def vary(
    material: bpy.types.Material,
    dark: Colour,
    light: Colour,
    *,
    scale: Sequence[float],
    bump: float,
    pores: float = 0.0,
) -> None:
    """Let a noise lead the colour between two, and dent the surface (finer, where it has `pores`)."""
    tree = material.node_tree
    shader = principled(material)
    coordinates = tree.nodes.new('ShaderNodeTexCoord')
    mapping = tree.nodes.new('ShaderNodeMapping')
    mapping.inputs["Scale"].default_value = scale
    noise = tree.nodes.new('ShaderNodeTexNoise')
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = 3.0
    ramp = tree.nodes.new('ShaderNodeValToRGB')
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.36, 0.66
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*dark, 1.0), (*light, 1.0)
    tree.links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], noise.inputs["Vector"])
    tree.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    height = noise.outputs["Fac"]
    if pores:
        fine = tree.nodes.new('ShaderNodeTexNoise')
        fine.inputs["Scale"].default_value = pores
        tree.links.new(coordinates.outputs["Object"], fine.inputs["Vector"])
        height = fine.outputs["Fac"]
        fine.location = (-620, -320)
    if bump:
        dent = tree.nodes.new('ShaderNodeBump')
        dent.inputs["Strength"].default_value = bump
        dent.inputs["Distance"].default_value = 0.01
        tree.links.new(height, dent.inputs["Height"])
        tree.links.new(dent.outputs["Normal"], shader.inputs["Normal"])
        dent.location = (-240, -160)
    for column, node in enumerate((coordinates, mapping, noise, ramp)):
        node.location = (-1040 + 210 * column, 260)


def principled(material: bpy.types.Material) -> bpy.types.Node:
    """Its Principled BSDF."""
    return next(node for node in material.node_tree.nodes if node.type == 'BSDF_PRINCIPLED')


def use_nodes(datablock: bpy.types.Material | bpy.types.World) -> None:
    """Give it nodes."""
    # From Blender 5.0 on every material and world has nodes.
    if bpy.app.version < (5, 0, 0):
        datablock.use_nodes = True
