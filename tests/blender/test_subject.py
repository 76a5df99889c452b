# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an order about a material means: what the editor shows comes before the active object."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_editors import shader_editor
from blender_pictures import bytes_of, noise, packed, textured
from blender_results import newest
from blender_trees import (
    add_group_node,
    add_image_node,
    make_group,
    make_material,
    principled_of,
    select_only,
    wiring,
)

Panel = bpy.types.PropertyGroup


def reason(operator: Callable) -> str:
    """Why the button is grey."""
    assert not operator.poll()
    with pytest.raises(RuntimeError) as caught:
        operator()
    return str(caught.value)


def base_image(material: bpy.types.Material) -> bpy.types.Image | None:
    links = principled_of(material.node_tree).inputs["Base Color"].links
    return links[0].from_node.image if links else None


def wall_and_floor() -> tuple[bpy.types.Material, bpy.types.Material]:
    """The active object's material, and another one; both with a texture, no node selected."""
    floor = textured(packed("floor", noise(64, 64, seed=2)))
    wall = textured(packed("wall", noise(64, 64)))
    for each in (wall, floor):
        select_only(each.node_tree)
    return wall, floor


# A pinned material


def test_a_texture_goes_to_the_pinned_material(panel: Panel) -> None:
    wall, floor = wall_and_floor()
    with shader_editor(floor.node_tree, pin=True):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert base_image(floor) == newest()
    assert base_image(wall).name == "wall"


@pytest.mark.parametrize("target", ['REPLACE', 'MATERIAL', 'IMAGE'])
def test_the_pinned_material_is_restyled(panel: Panel, target: str) -> None:
    wall, floor = wall_and_floor()
    pixels = bytes_of(bpy.data.images["floor"])
    with shader_editor(floor.node_tree, pin=True):
        bpy.ops.drawthings.img2img(source='TEXTURE', target=target)
    assert np.array_equal(bytes_of(newest()), pixels), "the server echoes what it was sent"
    assert base_image(wall).name == "wall"
    assert (base_image(floor) == newest()) == (target != 'IMAGE')


def test_a_result_is_applied_to_the_pinned_material(panel: Panel) -> None:
    wall, floor = wall_and_floor()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    with shader_editor(floor.node_tree, pin=True):
        bpy.ops.drawthings.apply_result(socket='Base Color')
    assert base_image(floor) == newest()
    assert base_image(wall).name == "wall"


def test_a_pinned_material_needs_no_active_object(panel: Panel) -> None:
    _wall, floor = wall_and_floor()
    bpy.context.view_layer.objects.active = None
    with shader_editor(floor.node_tree, pin=True):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert base_image(floor) == newest()


def test_a_new_material_does_not_go_to_an_object_that_is_not_shown(panel: Panel) -> None:
    wall, floor = wall_and_floor()
    panel.use_new_material = True
    with (
        shader_editor(floor.node_tree, pin=True),
        pytest.raises(RuntimeError, match="does not have “Wall”"),
    ):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert bpy.context.object.active_material == wall


def test_without_a_pin_the_active_object_decides(panel: Panel) -> None:
    wall, floor = wall_and_floor()
    with shader_editor():
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert base_image(wall) == newest()
    assert base_image(floor).name == "floor"


def test_the_nodes_upscaled_are_those_of_the_editor(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import upscale

    _wall, floor = wall_and_floor()
    with shader_editor(floor.node_tree, pin=True):
        assert [each.name for each in upscale.selected_images(Selection.of(bpy.context))] == ["floor"]
    assert [each.name for each in upscale.selected_images(Selection.of(bpy.context))] == ["wall"]


def test_an_object_without_a_material_gets_one(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    with shader_editor():
        assert "There is no active material" in reason(bpy.ops.drawthings.img2img)
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert base_image(bpy.context.object.active_material) == newest()


# What takes no texture


def world_shown() -> dict[str, object]:
    return {"shader_type": 'WORLD'}


def pinned_world() -> dict[str, object]:
    world = bpy.context.scene.world
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    return {"tree": world.node_tree, "pin": True}


def light_shown() -> dict[str, object]:
    bpy.context.view_layer.objects.active = bpy.data.objects["Light"]
    return {}


def world_that_is_not_there() -> dict[str, object]:
    bpy.context.scene.world = None
    return {"shader_type": 'WORLD'}


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (world_shown, "“World” is a World, which takes no texture"),
        (pinned_world, "“World” is a World, which takes no texture"),
        (light_shown, "“Light” is a light, which takes no texture"),
        (world_that_is_not_there, "This editor shows no material"),
    ],
)
def test_what_takes_no_texture_is_grey_with_its_reason(
    panel: Panel, prepare: Callable[[], dict[str, object]], told: str
) -> None:
    material = textured(packed("wall", noise(64, 64)))
    before = wiring(material.node_tree)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    shown = prepare()
    with shader_editor(shown.pop("tree", None), **shown):
        for name in ("txt2img", "img2img", "add_generated_image", "apply_result"):
            assert told in reason(getattr(bpy.ops.drawthings, name)), name
    assert wiring(material.node_tree) == before
    assert bpy.ops.drawthings.txt2img.poll(), "elsewhere the World is not meant"
    assert bpy.data.images["wall"].users == 1


def test_no_texture_is_grey_with_its_reason(panel: Panel) -> None:
    make_material()
    with shader_editor():
        assert "No image feeds Base Color of “Wall”" in reason(bpy.ops.drawthings.img2img)
        assert bpy.ops.drawthings.txt2img.poll()
    assert bpy.ops.drawthings.img2img.poll(), "elsewhere the view and the render can be restyled"


# An open node group


def with_group() -> tuple[bpy.types.Material, bpy.types.Node, bpy.types.Node]:
    """A material whose Base Color comes from a node group; the group node, and the image node inside."""
    material = make_material()
    group, _entry, end = make_group("Paint")
    inside = add_image_node(group, "inside")
    group.links.new(inside.outputs["Color"], end.inputs["Color"])
    outside = add_group_node(material.node_tree, group)
    shader = principled_of(material.node_tree)
    material.node_tree.links.new(outside.outputs["Color"], shader.inputs["Base Color"])
    select_only(material.node_tree)
    select_only(group)
    return material, outside, inside


def test_an_open_group_is_not_cut_off(panel: Panel) -> None:
    material, outside, inside = with_group()
    before = wiring(material.node_tree), wiring(outside.node_tree)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    with shader_editor(material.node_tree, outside):
        for name in ("txt2img", "img2img", "apply_result"):
            assert "The node group “Paint” is open" in reason(getattr(bpy.ops.drawthings, name)), name
        select_only(outside.node_tree, inside)
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert inside.image == newest()
    assert (wiring(material.node_tree), wiring(outside.node_tree)) == before


@pytest.mark.parametrize("target", ['REPLACE', 'MATERIAL', 'IMAGE'])
def test_the_node_selected_in_a_group_is_restyled(panel: Panel, target: str) -> None:
    material, outside, inside = with_group()
    other = add_image_node(outside.node_tree, "other")
    select_only(outside.node_tree, other)
    pixels = bytes_of(other.image)
    before = wiring(material.node_tree), wiring(outside.node_tree)
    with shader_editor(material.node_tree, outside):
        bpy.ops.drawthings.img2img(source='TEXTURE', target=target)
    assert np.array_equal(bytes_of(newest()), pixels)
    assert (other.image == newest()) == (target != 'IMAGE')
    assert inside.image.name == "inside"
    assert (wiring(material.node_tree), wiring(outside.node_tree)) == before


def test_a_result_goes_to_the_node_selected_in_a_group(panel: Panel) -> None:
    material, outside, inside = with_group()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    select_only(outside.node_tree, inside)
    with shader_editor(material.node_tree, outside):
        bpy.ops.drawthings.apply_result(socket='Base Color')
    assert inside.image == newest()


def test_a_group_that_is_shown_alone(panel: Panel) -> None:
    _material, outside, inside = with_group()
    group = outside.node_tree
    with shader_editor(group, pin=True):
        assert "The node group “Paint” is open" in reason(bpy.ops.drawthings.img2img)
        select_only(group, inside)
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert inside.image == newest()


def test_a_generated_image_is_added_where_the_artist_is(panel: Panel) -> None:
    material, outside, _inside = with_group()
    nodes = len(material.node_tree.nodes)
    with shader_editor(material.node_tree, outside):
        bpy.ops.drawthings.add_generated_image()
    assert len(material.node_tree.nodes) == nodes
    (made,) = (each for each in outside.node_tree.nodes if each.type == 'TEX_IMAGE' and each.select)
    assert made.image == newest()


def test_a_group_that_is_gone_meanwhile(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import deliver
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target
    from bl_ext.user_default.drawthings_addon.errors import TargetUnavailable

    _material, outside, inside = with_group()
    target = Target('MATERIAL', node=inside.name, node_group=Reference.to(outside.node_tree))
    bpy.data.node_groups.remove(outside.node_tree)
    with pytest.raises(TargetUnavailable, match="The node group “Paint” is gone"):
        deliver.apply_to_material(bpy.data.images["inside"], target)


# Selected nodes


def test_the_selected_image_node_is_the_choice(panel: Panel) -> None:
    wall, _floor = wall_and_floor()
    detail = add_image_node(wall.node_tree, "detail")
    select_only(wall.node_tree, detail)
    wall.node_tree.nodes.active = principled_of(wall.node_tree)
    with shader_editor(wall.node_tree):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert detail.image == newest(), "selected alone, though another node is the active one"
    assert base_image(wall).name == "wall"
