# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place has versions: what was there first, and every picture that came."""

from __future__ import annotations

import bpy
from blender_pictures import noise, packed, textured
from blender_results import newest
from blender_trees import (
    add_node,
    make_material,
    principled_of,
    wiring,
)

Panel = bpy.types.PropertyGroup


def test_smoke(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions

    material = make_material()
    tree = material.node_tree
    ramp = add_node(tree, 'ShaderNodeTexNoise')
    tree.links.new(ramp.outputs["Color"], principled_of(tree).inputs["Base Color"])
    tree.nodes.active = ramp
    before = wiring(tree), {n.name for n in tree.nodes}
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    first = newest()
    assert versions.where(first) == "Cube · Base Color"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    second = newest()
    assert versions.before(second) == first
    assert versions.before(first) is None
    (place,) = versions.places(second)
    assert place.versions == (first, second)
    assert not versions.where(first)
    (shown,) = versions.shown_by(second)
    assert shown.before == first and shown.node.image == second
    versions.put_back(second)
    assert versions.where(first) and shown.node.image == first
    versions.put_back(first)
    assert (wiring(tree), {n.name for n in tree.nodes}) == before
    assert tree.nodes.active == ramp
    assert "there already" in versions.why_not_put_back(first)
    assert versions.put(second)
    assert versions.where(second) == "Cube · Base Color"
    (again,) = versions.places(second)
    assert again.versions == (first, second) and again.id == place.id
    versions.put_back(second)
    assert (wiring(tree), {n.name for n in tree.nodes}) == before


def test_smoke_replace(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions

    wall = packed("wall", noise(64, 64))
    material = textured(wall)
    node = material.node_tree.nodes["Image Texture"]
    for _ in range(2):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    second = newest()
    (place,) = versions.places(second)
    assert len(place.versions) == 3 and place.versions[0] == wall and place.now == second
    assert versions.where(second) == "wall"
    versions.put_back(second)
    first = bpy.data.images["wall"]
    assert first == place.versions[1] == node.image
    versions.put_back(first)
    assert node.image == wall == bpy.data.images["wall"]
    assert versions.put(second)
    assert node.image == second == bpy.data.images["wall"]
    assert versions.before(second) == first
