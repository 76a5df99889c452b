# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A material without nodes, as 4.2 to 4.5 have them, looks as before when it gets its first ones."""

from __future__ import annotations

import bpy
import pytest
from blender_trees import principled_of

pytestmark = pytest.mark.skipif(bpy.app.version >= (5, 0, 0), reason="every material has nodes from 5.0 on")

Panel = bpy.types.PropertyGroup


def painted() -> bpy.types.Material:
    material = bpy.data.materials.new("Paint")
    material.diffuse_color = (0.8, 0.1, 0.05, 0.5)
    material.metallic, material.roughness, material.specular_intensity = 0.75, 0.125, 0.25
    bpy.context.object.active_material = material
    assert material.node_tree is None
    return material


def values(material: bpy.types.Material) -> list[float]:
    inputs = principled_of(material.node_tree).inputs
    names = ("Metallic", "Roughness", "Specular IOR Level", "Alpha")
    return [*inputs["Base Color"].default_value, *(inputs[name].default_value for name in names)]


@pytest.mark.parametrize("socket", ["Base Color", "Normal"])
def test_its_first_nodes_keep_its_look(panel: Panel, socket: str) -> None:
    material = painted()
    panel.socket = socket
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert principled_of(material.node_tree).inputs[socket].is_linked
    assert values(material) == pytest.approx([0.8, 0.1, 0.05, 1.0, 0.75, 0.125, 0.25, 1.0])


def test_a_result_that_is_applied_keeps_it_too(panel: Panel) -> None:
    material = painted()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    bpy.ops.drawthings.apply_result(socket='Roughness')
    assert values(material)[:5] == pytest.approx([0.8, 0.1, 0.05, 1.0, 0.75])


def test_nodes_that_the_artist_switched_off_keep_their_values(panel: Panel) -> None:
    material = painted()
    material.use_nodes = True
    principled_of(material.node_tree).inputs["Roughness"].default_value = 0.875
    material.use_nodes = False
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert material.use_nodes
    assert principled_of(material.node_tree).inputs["Roughness"].default_value == 0.875


def test_nodes_that_are_switched_off_show_no_texture(panel: Panel) -> None:
    from blender_pictures import noise, packed, textured

    textured(packed("wall", noise(64, 64))).use_nodes = False
    with pytest.raises(RuntimeError, match="No image feeds Base Color"):
        bpy.ops.drawthings.img2img(source='TEXTURE')


def test_a_new_material_is_as_blender_makes_one(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    made = bpy.data.materials.new("Reference")
    made.use_nodes = True
    assert values(bpy.context.object.active_material) == values(made)
