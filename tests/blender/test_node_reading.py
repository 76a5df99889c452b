# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restyle Texture takes the image that carries the colour, and says which one where there are several."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np
import pytest
from blender_editors import shader_editor
from blender_panels import draw_tab
from blender_pictures import bytes_of
from blender_trees import (
    add_group_node,
    add_image_node,
    add_node,
    make_group,
    make_material,
    principled_of,
    select_only,
)

Panel = bpy.types.PropertyGroup
Tree = bpy.types.NodeTree
Socket = bpy.types.NodeSocket


def candidates(material: bpy.types.Material, socket: str = "Base Color") -> list[str]:
    from bl_ext.user_default.drawthings_addon.blender import node_reading

    engine = bpy.context.scene.render.engine
    return [each.node.name for each in node_reading.images(material.node_tree, socket, engine)]


def material_fed_by(build: Callable[[Tree], Socket], socket: str = "Base Color") -> bpy.types.Material:
    material = make_material()
    tree = material.node_tree
    tree.links.new(build(tree), principled_of(tree).inputs[socket])
    return material


def color(tree: Tree, name: str, *, data: bool = False) -> Socket:
    return add_image_node(tree, name, data=data).outputs["Color"]


def socket_of(sockets: bpy.types.NodeInputs, name: str) -> Socket:
    """The one of this name that is in use: a Mix node has them for each type."""
    return next(each for each in sockets if each.name == name and each.enabled)


def mix(tree: Tree, *, data_type: str = 'RGBA', blend_type: str = 'MIX', **fed: Socket) -> Socket:
    node = add_node(tree, 'ShaderNodeMix', data_type=data_type, blend_type=blend_type)
    for name, source in fed.items():
        tree.links.new(source, socket_of(node.inputs, name))
    return socket_of(node.outputs, "Result")


def through(tree: Tree, kind: str, source: Socket, name: str = "Color", **settings: object) -> Socket:
    node = add_node(tree, kind, **settings)
    tree.links.new(source, node.inputs[name])
    return node.outputs[0]


# One colour through one node


def mixed(tree: Tree) -> Socket:
    return mix(tree, Factor=color(tree, "mask"), A=color(tree, "albedo"))


def mixed_from_b(tree: Tree) -> Socket:
    return mix(tree, Factor=color(tree, "mask"), B=color(tree, "albedo"))


def mixed_floats(tree: Tree) -> Socket:
    return mix(tree, data_type='FLOAT', Factor=color(tree, "mask"), A=color(tree, "albedo"))


def mixed_vectors(tree: Tree) -> Socket:
    return mix(tree, data_type='VECTOR', Factor=color(tree, "mask"), B=color(tree, "albedo"))


def mixed_as_of_old(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeMixRGB')
    tree.links.new(color(tree, "mask"), node.inputs[0])
    tree.links.new(color(tree, "albedo"), node.inputs["Color2"])
    return node.outputs[0]


def hue_and_saturation(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeHueSaturation')
    for index in range(4):
        tree.links.new(color(tree, f"mask {index}"), node.inputs[index])
    tree.links.new(color(tree, "albedo"), node.inputs["Color"])
    return node.outputs[0]


def brightness_and_gamma(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeBrightContrast')
    tree.links.new(color(tree, "albedo"), node.inputs["Color"])
    for index in (1, 2):
        tree.links.new(color(tree, f"mask {index}"), node.inputs[index])
    gamma = add_node(tree, 'ShaderNodeGamma')
    tree.links.new(node.outputs[0], gamma.inputs["Color"])
    tree.links.new(color(tree, "mask"), gamma.inputs["Gamma"])
    return gamma.outputs[0]


def inverted_and_curved(tree: Tree) -> Socket:
    inverted = add_node(tree, 'ShaderNodeInvert')
    tree.links.new(color(tree, "mask"), inverted.inputs[0])
    tree.links.new(color(tree, "albedo"), inverted.inputs["Color"])
    curved = add_node(tree, 'ShaderNodeRGBCurve')
    tree.links.new(color(tree, "mask 2"), curved.inputs[0])
    tree.links.new(inverted.outputs[0], curved.inputs["Color"])
    return curved.outputs[0]


def ramp(tree: Tree) -> Socket:
    return through(tree, 'ShaderNodeValToRGB', color(tree, "albedo"), name=0)


def parted_and_joined(tree: Tree) -> Socket:
    parted = add_node(tree, 'ShaderNodeSeparateColor')
    tree.links.new(color(tree, "albedo"), parted.inputs[0])
    joined = add_node(tree, 'ShaderNodeCombineColor')
    for source, target in zip(parted.outputs, joined.inputs, strict=True):
        tree.links.new(source, target)
    return joined.outputs[0]


def as_a_vector(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeVectorMath', operation='MULTIPLY')
    tree.links.new(color(tree, "albedo"), node.inputs[0])
    return node.outputs[0]


def distorted(tree: Tree) -> Socket:
    """Another image only shifts the coordinates."""
    albedo = add_image_node(tree, "albedo")
    tree.links.new(color(tree, "mask"), albedo.inputs["Vector"])
    return albedo.outputs["Color"]


def checkered(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeTexChecker')
    tree.links.new(color(tree, "mask"), node.inputs["Vector"])
    tree.links.new(color(tree, "mask 2"), node.inputs["Scale"])
    tree.links.new(color(tree, "albedo"), node.inputs["Color2"])
    return node.outputs["Color"]


def rerouted(tree: Tree) -> Socket:
    return through(tree, 'NodeReroute', through(tree, 'NodeReroute', color(tree, "albedo"), 0), 0)


def muted_mix(tree: Tree) -> Socket:
    """Blender lets A through."""
    result = mix(tree, Factor=color(tree, "mask"), A=color(tree, "albedo"), B=color(tree, "hidden"))
    result.node.mute = True
    return result


def muted_link(tree: Tree) -> Socket:
    result = mix(tree, A=color(tree, "hidden"), B=color(tree, "albedo"))
    tree.links[0].is_muted = True
    return result


def grouped(tree: Tree) -> Socket:
    group, _entry, end = make_group("Paint", outputs=("Mask", "Color"))
    group.links.new(color(group, "mask"), end.inputs["Mask"])
    group.links.new(color(group, "albedo"), end.inputs["Color"])
    return add_group_node(tree, group).outputs["Color"]


def through_two_groups(tree: Tree) -> Socket:
    """Into a group within a group, and out to the input of the outermost one."""
    inner, entry, end = make_group("Inner", inputs=("Mask", "Color"))
    graded = through(inner, 'ShaderNodeHueSaturation', entry.outputs["Color"])
    inner.links.new(graded, end.inputs["Color"])
    outer, entry, end = make_group("Outer", inputs=("Mask", "Color"))
    node = add_group_node(outer, inner)
    for name in ("Mask", "Color"):
        outer.links.new(entry.outputs[name], node.inputs[name])
    outer.links.new(node.outputs["Color"], end.inputs["Color"])
    node = add_group_node(tree, outer)
    tree.links.new(color(tree, "mask"), node.inputs["Mask"])
    tree.links.new(color(tree, "albedo"), node.inputs["Color"])
    return node.outputs["Color"]


ONE_COLOR = (
    mixed, mixed_from_b, mixed_floats, mixed_vectors, mixed_as_of_old, hue_and_saturation,
    brightness_and_gamma, inverted_and_curved, ramp, parted_and_joined, as_a_vector, distorted, checkered,
    rerouted, muted_mix, muted_link, grouped, through_two_groups,
)  # fmt: skip


@pytest.mark.parametrize("build", ONE_COLOR, ids=lambda build: build.__name__)
def test_what_carries_the_colour_is_followed(panel: Panel, build: Callable[[Tree], Socket]) -> None:
    material = material_fed_by(build)
    found = [name for name in candidates(material) if name != "hidden"]
    assert found == ["albedo"]


def test_the_mask_is_neither_sent_nor_replaced(panel: Panel) -> None:
    material = material_fed_by(mixed)
    nodes = material.node_tree.nodes
    mask, pixels = nodes["mask"].image, bytes_of(nodes["albedo"].image)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert nodes["mask"].image == mask
    assert nodes["albedo"].image.drawthings.recipe
    assert np.array_equal(bytes_of(nodes["albedo"].image), pixels), "the server echoes what it was sent"


# Several


def two(tree: Tree) -> Socket:
    return mix(tree, A=color(tree, "first"), B=color(tree, "second"))


def two_as_of_old(tree: Tree) -> Socket:
    node = add_node(tree, 'ShaderNodeMixRGB')
    tree.links.new(color(tree, "second"), node.inputs["Color2"])
    tree.links.new(color(tree, "first"), node.inputs["Color1"])
    return node.outputs[0]


def near_and_far(tree: Tree) -> Socket:
    """How far an image is does not matter."""
    far = through(tree, 'ShaderNodeGamma', through(tree, 'ShaderNodeInvert', color(tree, "first")))
    return mix(tree, B=color(tree, "second"), A=far)


def occluded(tree: Tree) -> Socket:
    """Numbers that darken the colour come after it, whichever side they are on."""
    darker = add_node(tree, 'ShaderNodeMath', operation='POWER')
    tree.links.new(color(tree, "second"), darker.inputs[0])
    return mix(tree, blend_type='MULTIPLY', A=darker.outputs[0], B=color(tree, "first"))


def occluded_by_data(tree: Tree) -> Socket:
    return mix(tree, blend_type='MULTIPLY', A=color(tree, "second", data=True), B=color(tree, "first"))


def ramp_and_colour(tree: Tree) -> Socket:
    return mix(tree, A=through(tree, 'ShaderNodeValToRGB', color(tree, "second"), 0), B=color(tree, "first"))


def transparency(tree: Tree) -> Socket:
    """An image's alpha is a mask."""
    stain = add_image_node(tree, "second")
    return mix(tree, A=stain.outputs["Alpha"], B=color(tree, "first"))


SEVERAL = (
    two, two_as_of_old, near_and_far, occluded, occluded_by_data, ramp_and_colour, transparency
)  # fmt: skip


@pytest.mark.parametrize("build", SEVERAL, ids=lambda build: build.__name__)
def test_of_several_the_first_in_the_nodes_own_order(panel: Panel, build: Callable[[Tree], Socket]) -> None:
    assert candidates(material_fed_by(build)) == ["first", "second"]


def test_an_image_that_two_ways_lead_to_is_one(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        albedo = color(tree, "albedo")
        return mix(tree, A=albedo, B=through(tree, 'ShaderNodeGamma', albedo))

    assert candidates(material_fed_by(build)) == ["albedo"]


def test_it_is_said_which_one_is_taken_and_another_can_be_chosen(panel: Panel) -> None:

    material = material_fed_by(two)
    nodes = material.node_tree.nodes
    assert from_menu() == ("first", ["first", "second"])
    with shader_editor():
        bpy.ops.drawthings.choose_texture(node="second")
    assert from_menu() == ("second", ["first", "second"])
    with shader_editor():
        bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert nodes["second"].image.drawthings.recipe and not nodes["first"].image.drawthings.recipe


def test_a_script_names_the_node(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    material_fed_by(two)
    sources = []
    for node in ("", "second"):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='IMAGE', node=node)
        sources.append(session.get().results[0].recipe.source.text)
    assert sources == ["image first", "image second"]


def test_nothing_is_said_where_only_one_can_be_meant(panel: Panel) -> None:
    material_fed_by(mixed)
    assert from_menu() is None


def test_a_node_inside_a_group_is_chosen_by_opening_it(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        group, _entry, end = make_group("Paint")
        group.links.new(color(group, "inside"), end.inputs["Color"])
        return mix(tree, A=color(tree, "first"), B=add_group_node(tree, group).outputs["Color"])

    material = material_fed_by(build)
    # Unpinned, Blender would look for what to show instead, as no window has shown it yet.
    with shader_editor(material.node_tree, pin=True) as space:
        bpy.ops.drawthings.choose_texture(node="inside", node_group="Paint")
        assert space.edit_tree == bpy.data.node_groups["Paint"]
        bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert bpy.data.node_groups["Paint"].nodes["inside"].image.drawthings.recipe


def from_menu() -> tuple[str, list[str]] | None:
    """What the panel says is sent, and what can be chosen instead."""
    with shader_editor():
        tab = draw_tab('NODE_EDITOR')
    shown = [each["text"] for each in tab.all("menu") if each["menu"] == "DRAWTHINGS_MT_textures"]
    listed = [each["text"] for each in tab.all("operator") if each["operator"] == "drawthings.choose_texture"]
    return (shown[0], listed) if shown else None


def test_the_job_says_which_one_was_taken(panel: Panel, desk: object) -> None:
    material_fed_by(two)
    desk.hold()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='IMAGE')
    (status,) = desk.session.statuses()
    assert status.job.title.startswith("Restyle “first” · ")


def test_a_node_that_is_not_there(panel: Panel) -> None:
    material_fed_by(two)
    with pytest.raises(RuntimeError, match="“Wall” has no image node “third”"):
        bpy.ops.drawthings.img2img(source='TEXTURE', node="third")


def test_a_node_in_a_group_is_named_with_its_group(panel: Panel) -> None:
    material = material_fed_by(grouped)
    inside = bpy.data.node_groups["Paint"].nodes["mask"]
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL', node="mask", node_group="Paint")
    assert inside.image.drawthings.recipe
    assert candidates(material) == ["albedo"]


def test_the_selected_node_is_the_choice(panel: Panel) -> None:
    material = material_fed_by(two)
    tree = material.node_tree
    select_only(tree, tree.nodes["second"])
    with shader_editor(tree):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert tree.nodes["second"].image.drawthings.recipe


# Other sockets, other shaders


def test_a_normal_is_followed_along_its_map_first(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        bump = add_node(tree, 'ShaderNodeBump')
        tree.links.new(color(tree, "height"), bump.inputs["Height"])
        tree.links.new(through(tree, 'ShaderNodeNormalMap', color(tree, "normals")), bump.inputs["Normal"])
        tree.links.new(color(tree, "mask"), bump.inputs["Strength"])
        return bump.outputs[0]

    assert candidates(material_fed_by(build, "Normal"), "Normal") == ["normals", "height"]


def test_a_roughness_is_followed_through_numbers(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        parted = add_node(tree, 'ShaderNodeSeparateColor')
        tree.links.new(color(tree, "packed maps"), parted.inputs[0])
        rough = add_node(tree, 'ShaderNodeMapRange')
        tree.links.new(parted.outputs[1], rough.inputs["Value"])
        tree.links.new(color(tree, "mask"), rough.inputs["From Max"])
        return rough.outputs[0]

    assert candidates(material_fed_by(build, "Roughness"), "Roughness") == ["packed maps"]


def shader_with(tree: Tree, kind: str, name: str) -> Socket:
    node = add_node(tree, kind)
    tree.links.new(color(tree, name), node.inputs[0])
    return node.outputs[0]


def mixed_shaders(tree: Tree, first: Socket, second: Socket, factor: float = 0.5) -> None:
    node = add_node(tree, 'ShaderNodeMixShader')
    node.inputs[0].default_value = factor
    tree.links.new(first, node.inputs[1])
    tree.links.new(second, node.inputs[2])
    output = next(each for each in tree.nodes if each.type == 'OUTPUT_MATERIAL')
    tree.links.new(node.outputs[0], output.inputs["Surface"])


@pytest.mark.parametrize(("factor", "order"), [(0.5, ["first", "second"]), (1.0, ["second", "first"])])
def test_of_two_shaders_the_one_that_shows(panel: Panel, factor: float, order: list[str]) -> None:
    tree = make_material().node_tree
    tree.nodes.remove(principled_of(tree))
    kind = 'ShaderNodeBsdfPrincipled'
    mixed_shaders(tree, shader_with(tree, kind, "first"), shader_with(tree, kind, "second"), factor)
    assert candidates(bpy.context.object.active_material) == order


def test_a_principled_counts_more_than_other_shaders(panel: Panel) -> None:
    tree = make_material().node_tree
    glow = shader_with(tree, 'ShaderNodeEmission', "glow")
    mixed_shaders(tree, glow, principled_of(tree).outputs[0])
    tree.links.new(color(tree, "albedo"), principled_of(tree).inputs["Base Color"])
    assert candidates(bpy.context.object.active_material) == ["albedo", "glow"]


def test_a_shader_inside_a_group_takes_its_colour_from_outside(panel: Panel) -> None:
    material = make_material()
    tree = material.node_tree
    tree.nodes.remove(principled_of(tree))
    group, entry, end = make_group("Varnish", inputs=("Paint",), outputs=("Shader",))
    shader = add_node(group, 'ShaderNodeBsdfPrincipled')
    group.links.new(entry.outputs["Paint"], shader.inputs["Base Color"])
    group.links.new(shader.outputs[0], end.inputs["Shader"])
    node = add_group_node(tree, group)
    tree.links.new(color(tree, "albedo"), node.inputs["Paint"])
    output = next(each for each in tree.nodes if each.type == 'OUTPUT_MATERIAL')
    tree.links.new(node.outputs[0], output.inputs["Surface"])
    assert candidates(material) == ["albedo"]


@pytest.mark.skipif(bpy.app.version < (5, 0, 0), reason="shaders have these nodes from 5.0 on")
def test_the_chosen_item_of_a_menu_counts_more(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        node = add_node(tree, 'GeometryNodeMenuSwitch')
        tree.links.new(color(tree, "second"), node.inputs["A"])
        tree.links.new(color(tree, "first"), node.inputs["B"])
        node.inputs["Menu"].default_value = "B"
        return node.outputs["Output"]

    assert candidates(material_fed_by(build)) == ["first", "second"]


def test_a_loop_of_nodes_ends(panel: Panel) -> None:
    def build(tree: Tree) -> Socket:
        first = mix(tree, B=color(tree, "albedo"))
        second = mix(tree, A=first)
        tree.links.new(second, socket_of(first.node.inputs, "A"))
        return second

    # Blender cuts one of the links: which one is its own business.
    assert candidates(material_fed_by(build)) in ([], ["albedo"])


def test_large_trees_are_read_quickly(panel: Panel) -> None:
    """At every redraw."""
    import time

    def build(tree: Tree) -> Socket:
        result = color(tree, "albedo")
        for _ in range(200):
            result = mix(tree, A=through(tree, 'NodeReroute', result, 0), B=result)
        return result

    material = material_fed_by(build)
    took = []
    for _ in range(3):
        start = time.thread_time()
        assert candidates(material) == ["albedo"]
        took.append(time.thread_time() - start)
    assert min(took) < 0.2, "400 nodes with 600 links"


def test_the_better_of_two_ways_counts(panel: Panel) -> None:
    """As a number on the first side, and as a colour on the second."""

    def build(tree: Tree) -> Socket:
        graded = through(tree, 'ShaderNodeGamma', color(tree, "first"))
        inner = mix(tree, A=through(tree, 'ShaderNodeValToRGB', graded, 0), B=graded)
        ramped = through(tree, 'ShaderNodeValToRGB', color(tree, "second"), 0)
        return mix(tree, A=ramped, B=inner)

    assert candidates(material_fed_by(build)) == ["first", "second"]


@pytest.mark.parametrize(
    ("kind", "socket", "output"),
    [
        ('ShaderNodeFresnel', "Normal", 0),
        ('ShaderNodeLayerWeight', "Normal", 1),
        ('ShaderNodeNormal', "Normal", 1),
        ('ShaderNodeAmbientOcclusion', "Color", 1),
        ('ShaderNodeTexBrick', "Color1", 1),
        ('ShaderNodeTexChecker', "Color2", 1),
    ],
)
def test_a_number_that_tells_of_the_surface_carries_no_picture(
    panel: Panel, kind: str, socket: str, output: int
) -> None:
    def build(tree: Tree) -> Socket:
        node, ramp = add_node(tree, kind), add_node(tree, 'ShaderNodeValToRGB')
        tree.links.new(color(tree, "wall"), node.inputs[socket])
        tree.links.new(node.outputs[output], ramp.inputs[0])
        return ramp.outputs["Color"]

    assert candidates(material_fed_by(build)) == []


def test_a_picture_that_only_shines_is_restyled(panel: Panel) -> None:
    """As that of an image plane that emits. A base colour that is there counts alone."""
    material = material_fed_by(lambda tree: color(tree, "lit"), "Emission Color")
    tree = material.node_tree
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    lit = tree.nodes["lit"]
    assert lit.image.name != "lit"
    assert np.array_equal(bytes_of(lit.image), bytes_of(bpy.data.images["lit"]))
    shown = lit.image
    tree.links.new(color(tree, "wall"), principled_of(tree).inputs["Base Color"])
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert tree.nodes["wall"].image.name != "wall"
    assert lit.image == shown


@pytest.mark.parametrize("giver", ["value", "group"])
def test_a_constant_factor_from_elsewhere_shows_one_shader_alone(panel: Panel, giver: str) -> None:
    material = make_material()
    tree = material.node_tree
    if giver == "group":
        inner, start, end = make_group("Layers", (), ("Shader",))
        inner.interface.new_socket("Layer", in_out='INPUT', socket_type='NodeSocketFloat')
    else:
        inner = tree
    mixed = add_node(inner, 'ShaderNodeMixShader')
    for slot, name in ((1, "below"), (2, "above")):
        shader = add_node(inner, 'ShaderNodeBsdfPrincipled')
        inner.links.new(color(inner, name), shader.inputs["Base Color"])
        inner.links.new(shader.outputs[0], mixed.inputs[slot])
    output = next(node for node in tree.nodes if node.type == 'OUTPUT_MATERIAL')
    if giver == "group":
        inner.links.new(start.outputs[0], mixed.inputs[0])
        inner.links.new(mixed.outputs[0], end.inputs[0])
        node = add_group_node(tree, inner)
        node.inputs[0].default_value = 1.0
        tree.links.new(node.outputs[0], output.inputs["Surface"])
    else:
        value = add_node(tree, 'ShaderNodeValue')
        value.outputs[0].default_value = 1.0
        tree.links.new(value.outputs[0], mixed.inputs[0])
        tree.links.new(mixed.outputs[0], output.inputs["Surface"])
    assert candidates(material) == ["above", "below"]
