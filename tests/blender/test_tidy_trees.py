# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A texture that arrives leaves a tidy tree: what is there is used, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest
from blender_results import newest
from blender_trees import (
    add_group_node,
    add_image_node,
    add_node,
    make_group,
    make_material,
    principled_of,
    select_only,
    wiring,
)
from mathutils import Vector

Panel = bpy.types.PropertyGroup
Tree = bpy.types.NodeTree
Node = bpy.types.Node


def texture(socket: str = "Base Color") -> bpy.types.Image:
    """Order one for the active object, and wait for it."""
    bpy.context.scene.drawthings.socket = socket
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    return newest()


def feeding(tree: Tree, socket: str = "Base Color") -> Node:
    """The node wired straight into the socket."""
    node: Node = principled_of(tree).inputs[socket].links[0].from_node
    return node


def mapped(tree: Tree, node: Node) -> Node:
    """The Mapping that the image node has from now on."""
    mapping = add_node(tree, 'ShaderNodeMapping')
    uv = add_node(tree, 'ShaderNodeUVMap')
    tree.links.new(uv.outputs["UV"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
    return mapping


def mapping_of(node: Node) -> Node | None:
    links = node.inputs["Vector"].links
    return links[0].from_node if links else None


def absolute(node: Node) -> Vector:
    at = node.location.copy()
    while node.parent is not None:
        node = node.parent
        at += node.location
    return at


def box(node: Node) -> tuple[float, float, float, float]:
    """Left, bottom, right, top; at least as high as Blender draws it."""
    left, top = absolute(node)
    sockets = [each for each in (*node.inputs, *node.outputs) if each.enabled]
    height = 32 + 22 * len(sockets) + (120 if node.type in {'TEX_IMAGE', 'VALTORGB'} else 20)
    return left, top - height, left + node.width, top


def covering(tree: Tree) -> Iterator[tuple[str, str]]:
    """Pairs of nodes that lie over each other."""
    nodes = [node for node in tree.nodes if node.type not in {'FRAME', 'REROUTE'}]
    for index, node in enumerate(nodes):
        left, bottom, right, top = box(node)
        for other in nodes[index + 1 :]:
            x0, y0, x1, y1 = box(other)
            if left < x1 and x0 < right and bottom < y1 and y0 < top:
                yield node.name, other.name


def kept(tree: Tree) -> dict[str, tuple]:
    """Where each node is and how."""
    return {
        node.name: (tuple(node.location), node.parent, node.select, node.mute, node.hide, node.width)
        for node in tree.nodes
    }


# What is there is filled


def test_reroutes_are_no_reason_for_a_new_node(panel: Panel) -> None:
    tree = make_material().node_tree
    wall = add_image_node(tree, "wall")
    mapping = mapped(tree, wall)
    first, second = add_node(tree, 'NodeReroute'), add_node(tree, 'NodeReroute')
    tree.links.new(wall.outputs["Color"], first.inputs[0])
    tree.links.new(first.outputs[0], second.inputs[0])
    tree.links.new(second.outputs[0], principled_of(tree).inputs["Base Color"])
    before, nodes = wiring(tree), kept(tree)
    image = texture()
    assert wall.image == image
    assert mapping_of(wall) == mapping
    assert (wiring(tree), kept(tree)) == (before, nodes)


def test_a_muted_node_is_no_reason_either(panel: Panel) -> None:
    tree = make_material().node_tree
    wall = add_image_node(tree, "wall")
    bright = add_node(tree, 'ShaderNodeBrightContrast', mute=True)
    tree.links.new(wall.outputs["Color"], bright.inputs["Color"])
    tree.links.new(bright.outputs[0], principled_of(tree).inputs["Base Color"])
    before = wiring(tree)
    image = texture()
    assert wall.image == image
    assert wiring(tree) == before


def test_an_image_inside_a_group_of_its_own_is_filled(panel: Panel) -> None:
    tree = make_material().node_tree
    group, _entry, end = make_group("Paint")
    inside = add_image_node(group, "inside")
    group.links.new(inside.outputs["Color"], end.inputs["Color"])
    node = add_group_node(tree, group)
    tree.links.new(node.outputs["Color"], principled_of(tree).inputs["Base Color"])
    before = wiring(tree)
    image = texture()
    assert inside.image == image
    assert wiring(tree) == before
    assert (tree.nodes.active, group.nodes.active) == (node, inside), "so Solid shading finds it"


def test_a_group_that_others_use_is_left_alone(panel: Panel) -> None:
    tree = make_material().node_tree
    group, _entry, end = make_group("Paint")
    inside = add_image_node(group, "inside")
    group.links.new(inside.outputs["Color"], end.inputs["Color"])
    node = add_group_node(tree, group)
    tree.links.new(node.outputs["Color"], principled_of(tree).inputs["Base Color"])
    add_group_node(make_material("Other", active=False).node_tree, group)
    image = texture()
    assert inside.image.name == "inside"
    assert feeding(tree).image == image
    assert node.name in tree.nodes


def test_a_shader_inside_a_group_is_fed_from_outside(panel: Panel) -> None:
    tree = make_material().node_tree
    tree.nodes.remove(principled_of(tree))
    group, entry, end = make_group("Varnish", inputs=("Paint",), outputs=("Shader",))
    shader = add_node(group, 'ShaderNodeBsdfPrincipled')
    group.links.new(entry.outputs["Paint"], shader.inputs["Base Color"])
    group.links.new(shader.outputs[0], end.inputs["Shader"])
    node = add_group_node(tree, group)
    output = next(each for each in tree.nodes if each.type == 'OUTPUT_MATERIAL')
    tree.links.new(node.outputs[0], output.inputs["Surface"])
    before = wiring(group)
    image = texture()
    assert node.inputs["Paint"].links[0].from_node.image == image
    assert wiring(group) == before


# What must not change with it


def test_an_alpha_that_comes_from_the_base_colour_is_not_its_place(panel: Panel) -> None:
    tree = make_material().node_tree
    wall = add_image_node(tree, "wall")
    tree.links.new(wall.outputs["Color"], principled_of(tree).inputs["Base Color"])
    tree.links.new(wall.outputs["Alpha"], principled_of(tree).inputs["Alpha"])
    image = texture("Alpha")
    assert wall.image.name == "wall"
    assert feeding(tree, "Alpha").image == image
    assert feeding(tree) == wall


def test_an_image_that_feeds_other_inputs_too_is_not_its_place(panel: Panel) -> None:
    tree = make_material().node_tree
    wall = add_image_node(tree, "wall")
    for name in ("Base Color", "Roughness"):
        tree.links.new(wall.outputs["Color"], principled_of(tree).inputs[name])
    image = texture("Roughness")
    assert feeding(tree) == wall and wall.image.name == "wall"
    assert feeding(tree, "Roughness").image == image


def test_packed_maps_are_not_its_place(panel: Panel) -> None:
    tree = make_material().node_tree
    maps = add_image_node(tree, "maps", data=True)
    parted = add_node(tree, 'ShaderNodeSeparateColor')
    tree.links.new(maps.outputs["Color"], parted.inputs[0])
    for index, name in ((1, "Roughness"), (2, "Metallic")):
        tree.links.new(parted.outputs[index], principled_of(tree).inputs[name])
    image = texture("Roughness")
    assert maps.image.name == "maps"
    assert feeding(tree, "Roughness").image == image
    assert feeding(tree, "Metallic") == parted


# Its mapping


@pytest.mark.parametrize("kind", ['ShaderNodeHueSaturation', 'ShaderNodeGamma', 'ShaderNodeMixRGB'])
def test_a_new_node_lies_as_the_one_before(panel: Panel, kind: str) -> None:
    tree = make_material().node_tree
    wall = add_image_node(tree, "wall")
    wall.extension, wall.projection, wall.projection_blend = 'MIRROR', 'BOX', 0.25
    mapping = mapped(tree, wall)
    graded = add_node(tree, kind)
    color = "Color1" if kind == 'ShaderNodeMixRGB' else "Color"
    tree.links.new(wall.outputs["Color"], graded.inputs[color])
    tree.links.new(graded.outputs[0], principled_of(tree).inputs["Base Color"])
    before = wiring(tree)
    image = texture()
    made = feeding(tree)
    assert made.image == image
    assert mapping_of(made) == mapping_of(wall) == mapping
    assert (made.extension, made.projection, made.projection_blend) == ('MIRROR', 'BOX', 0.25)
    gone = {each for each in before if each not in wiring(tree)}
    assert [(source, target) for source, _out, target, _in in gone] == [(graded.name, "Principled BSDF")]


def test_a_normal_map_that_is_there_is_used(panel: Panel) -> None:
    tree = make_material().node_tree
    between = add_node(tree, 'ShaderNodeNormalMap')
    between.inputs["Strength"].default_value = 0.25
    tree.links.new(between.outputs[0], principled_of(tree).inputs["Normal"])
    image = texture("Normal")
    assert feeding(tree, "Normal") == between
    assert between.inputs["Color"].links[0].from_node.image == image
    assert [node.type for node in tree.nodes].count('NORMAL_MAP') == 1


def test_a_bump_over_the_normal_map_stays(panel: Panel) -> None:
    tree = make_material().node_tree
    bump, between = add_node(tree, 'ShaderNodeBump'), add_node(tree, 'ShaderNodeNormalMap')
    normals = add_image_node(tree, "normals", data=True)
    tree.links.new(normals.outputs["Color"], between.inputs["Color"])
    tree.links.new(between.outputs[0], bump.inputs["Normal"])
    tree.links.new(bump.outputs[0], principled_of(tree).inputs["Normal"])
    before = wiring(tree)
    assert texture("Normal") == normals.image
    assert wiring(tree) == before


# The output that shows


def two_outputs() -> tuple[Tree, Node, Node]:
    """The shader that Cycles shows, and the one that EEVEE shows."""
    tree = make_material().node_tree
    cycles, output = principled_of(tree), tree.nodes["Material Output"]
    output.target = 'CYCLES'
    eevee = add_node(tree, 'ShaderNodeBsdfPrincipled')
    other = add_node(tree, 'ShaderNodeOutputMaterial', target='EEVEE')
    tree.links.new(eevee.outputs[0], other.inputs["Surface"])
    return tree, cycles, eevee


def eevee_engine() -> str:
    return 'BLENDER_EEVEE_NEXT' if (4, 2) <= bpy.app.version < (5, 0) else 'BLENDER_EEVEE'


@pytest.mark.parametrize("shows", ["cycles", "eevee"])
def test_the_shader_that_shows_is_filled(panel: Panel, shows: str) -> None:
    _tree, cycles, eevee = two_outputs()
    bpy.context.scene.render.engine = 'CYCLES' if shows == "cycles" else eevee_engine()
    image = texture()
    filled, other = (cycles, eevee) if shows == "cycles" else (eevee, cycles)
    assert filled.inputs["Base Color"].links[0].from_node.image == image
    assert not other.inputs["Base Color"].is_linked


@pytest.mark.parametrize("engine", ['CYCLES', 'EEVEE', 'BLENDER_WORKBENCH'])
def test_a_shader_of_both_outputs_is_filled_once(panel: Panel, engine: str) -> None:
    tree, cycles, eevee = two_outputs()
    other = eevee.outputs[0].links[0].to_socket
    tree.nodes.remove(eevee)
    tree.links.new(cycles.outputs[0], other)
    bpy.context.scene.render.engine = eevee_engine() if engine == 'EEVEE' else engine
    image = texture()
    assert cycles.inputs["Base Color"].links[0].from_node.image == image
    assert [node.type for node in tree.nodes].count('TEX_IMAGE') == 1


def test_a_shader_that_shows_nowhere_is_not_filled(panel: Panel) -> None:
    """The output shows another one."""
    tree = make_material().node_tree
    glow = add_node(tree, 'ShaderNodeEmission')
    tree.links.new(glow.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    with pytest.raises(RuntimeError, match="has no Principled BSDF that shows"):
        texture()
    assert not principled_of(tree).inputs["Base Color"].is_linked


# Where it is


@pytest.mark.parametrize("socket", ["Base Color", "Normal"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_it_stands_near_its_shader_and_in_its_frame(panel: Panel, depth: int, socket: str) -> None:
    tree = make_material().node_tree
    shader = principled_of(tree)
    shader.location = (3000.0, -2500.0)
    for index in range(depth):
        frame = add_node(tree, 'NodeFrame', location=(1500.0 * index, -900.0))
        inner = shader if index == 0 else shader.parent
        inner.parent = frame
    at = absolute(shader)
    texture(socket)
    new = [node for node in tree.nodes if node.type in {'TEX_IMAGE', 'NORMAL_MAP'}]
    assert len(new) == (2 if socket == "Normal" else 1)
    for node in new:
        assert node.parent == shader.parent
        distance = at.x - absolute(node).x - node.width
        assert 0 < distance < 400 and abs(absolute(node).y - at.y) < 400
    assert absolute(shader) == at
    assert not list(covering(tree))


def test_it_does_not_cover_the_node_whose_place_it_takes(panel: Panel) -> None:
    tree = make_material().node_tree
    shader = principled_of(tree)
    ramp = add_node(tree, 'ShaderNodeValToRGB')
    ramp.location = shader.location - Vector((300.0, 0.0))
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    texture()
    assert not list(covering(tree))


def test_it_finds_room_between_many(panel: Panel) -> None:
    tree = make_material().node_tree
    shader = principled_of(tree)
    for column in range(4):
        for row in range(-4, 5):
            if (column, row) != (2, 1):
                each = add_node(tree, 'ShaderNodeValToRGB')
                each.location = shader.location - Vector((300.0 * (column + 1), 260.0 * row))
    before = kept(tree)
    texture()
    made = feeding(tree)
    assert not list(covering(tree))
    assert {name: at for name, at in kept(tree).items() if name != made.name} == before


def frame_box(tree: Tree, frame: Node) -> tuple[float, float, float, float]:
    """What a frame covers at least: the nodes in it."""
    boxes = [box(each) for each in tree.nodes if each.parent == frame]
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


def test_the_frame_does_not_grow_over_nodes_that_are_not_in_it(panel: Panel) -> None:
    tree = make_material().node_tree
    shader = principled_of(tree)
    ramp = add_node(tree, 'ShaderNodeValToRGB')
    ramp.location = shader.location - Vector((300.0, 0.0))
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    frame = add_node(tree, 'NodeFrame')
    shader.parent = frame
    texture()
    made = feeding(tree)
    left, bottom, right, top = frame_box(tree, frame)
    x0, y0, x1, y1 = box(ramp)
    assert x1 <= left or right <= x0 or y1 <= bottom or top <= y0
    assert abs(absolute(made).y - absolute(shader).y) < 800 and not list(covering(tree))


def test_it_does_not_stand_in_another_frame(panel: Panel) -> None:
    tree = make_material().node_tree
    shader = principled_of(tree)
    frame = add_node(tree, 'NodeFrame')
    for row in (0, 2):
        each = add_node(tree, 'ShaderNodeRGB')
        each.location = shader.location - Vector((300.0, 500.0 * row - 500.0))
        each.parent = frame
    texture()
    made = feeding(tree)
    left, bottom, right, top = box(made)
    x0, y0, x1, y1 = frame_box(tree, frame)
    assert left > x1 or right < x0 or bottom > y1 or top < y0
    assert made.parent is None


# The active node


@pytest.mark.parametrize("filled", [False, True])
def test_it_becomes_the_active_node_and_the_selection_stays(panel: Panel, filled: bool) -> None:
    """Solid shading with Texture colour shows the active one, and Texture Paint paints on it."""
    tree = make_material().node_tree
    other = add_image_node(tree, "other")
    if filled:
        wall = add_image_node(tree, "wall")
        tree.links.new(wall.outputs["Color"], principled_of(tree).inputs["Base Color"])
    select_only(tree, other)
    image = texture()
    assert tree.nodes.active == feeding(tree)
    assert tree.nodes.active.image == image
    assert [node.name for node in tree.nodes if node.select] == ["other"]
    slot = bpy.context.object.active_material.paint_active_slot
    paints = bpy.context.object.active_material.texture_paint_images
    assert not paints or paints[slot] == image


def test_the_next_map_goes_to_its_own_input(panel: Panel) -> None:
    """The node that was made is active, but nobody selected it."""
    from blender_editors import shader_editor

    tree = make_material().node_tree
    select_only(tree)
    with shader_editor():
        color, rough = texture(), texture("Roughness")
    assert feeding(tree).image == color
    assert feeding(tree, "Roughness").image == rough


def test_a_map_does_not_hide_the_base_colour(panel: Panel) -> None:
    tree = make_material().node_tree
    rough = texture("Roughness")
    assert tree.nodes.active.image == rough, "there is nothing else to show"
    color = texture()
    assert tree.nodes.active.image == color
    texture("Normal")
    assert tree.nodes.active.image == color


def test_nothing_else_is_touched(panel: Panel) -> None:
    tree = make_material().node_tree
    ramp = add_node(tree, 'ShaderNodeValToRGB')
    voronoi = add_node(tree, 'ShaderNodeTexVoronoi')
    tree.links.new(voronoi.outputs[0], ramp.inputs[0])
    tree.links.new(ramp.outputs[0], principled_of(tree).inputs["Base Color"])
    before, links = kept(tree), wiring(tree)
    texture()
    made = feeding(tree)
    assert {name: at for name, at in kept(tree).items() if name != made.name} == before
    assert {each for each in links if each not in wiring(tree)} == {
        (ramp.name, "Color", "Principled BSDF", "Base Color")
    }


def test_a_box_projection_is_tidy_as_well(panel: Panel) -> None:
    mesh = bpy.data.meshes.new("Jar")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    owner = bpy.data.objects.new("Jar", mesh)
    bpy.context.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    tree = make_material().node_tree
    shader = principled_of(tree)
    for column in (1, 2, 3):
        add_node(tree, 'ShaderNodeRGB').location = shader.location - Vector((250.0 * column, 100.0))
    panel.mapping = 'BOX'
    texture()
    assert feeding(tree).projection == 'BOX'
    assert not list(covering(tree))
