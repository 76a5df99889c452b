# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot take a picture is told before one is sent, and so is which of several will."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat
from bl_ext.user_default.drawthings_addon.blender.capture import source_size
from bl_ext.user_default.drawthings_addon.blender.delivery import preflight
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from bl_ext.user_default.drawthings_addon.blender.session import session
from bl_ext.user_default.drawthings_addon.operators import generate as operators_generate
from blender_panels import Instead, draw_tab
from blender_pictures import noise, packed, textured
from blender_trees import principled_of

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def without_uvs(name: str = "Jar") -> bpy.types.Object:
    """A square without a UV map, active and alone selected."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    owner = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(owner)
    choose(owner)
    return owner


def cube(name: str) -> bpy.types.Object:
    """With a UV map, and without a material."""
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.name = name
    return bpy.context.object


def choose(*owners: bpy.types.Object) -> None:
    """Select these alone; the first is active."""
    for each in bpy.context.view_layer.objects:
        each.select_set(each in owners)
    bpy.context.view_layer.objects.active = owners[0]
    bpy.context.view_layer.update()


def linked(folder: Path, kind: str, *datablocks: bpy.types.ID) -> list[bpy.types.ID]:
    """The datablocks as another file's."""
    library = folder / "library.blend"
    names = [each.name for each in datablocks]
    bpy.data.libraries.write(str(library), set(datablocks), fake_user=True)
    for each in datablocks:
        getattr(bpy.data, kind).remove(each)
    with bpy.data.libraries.load(str(library), link=True) as (_there, here):
        setattr(here, kind, names)
    return list(getattr(here, kind))


def material_with(owner: bpy.types.Object, name: str = "Clay") -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    compat.ensure_material_nodes(material)
    owner.data.materials.append(material)
    owner.active_material_index = len(owner.material_slots) - 1
    return material


def image_in(material: bpy.types.Material) -> bpy.types.Node:
    """The node that feeds Base Color."""
    shader = principled_of(material.node_tree)
    node: bpy.types.Node = shader.inputs["Base Color"].links[0].from_node
    return node


def newest() -> bpy.types.Image | None:
    found = session.get().results
    return found[0].datablock() if found else None


def refused(server: StandIn, words: str, *, panel_says: str = "") -> None:
    """Texture raises, nothing was sent, and the panel says it, too."""
    tab = draw_tab()
    assert (panel_says or words) in tab.words
    images = set(bpy.data.images)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert not server.journal.generations
    assert not session.get().results and set(bpy.data.images) == images


# What takes no texture at all


@pytest.mark.parametrize(
    "operator",
    [
        "object.light_add",
        "object.camera_add",
        "object.empty_add",
        "object.armature_add",
        "object.volume_add",
        "object.speaker_add",
        "object.grease_pencil_add" if bpy.app.version >= (4, 3, 0) else "object.gpencil_add",
    ],
)
def test_objects_that_take_no_texture(panel: Panel, stand_in: StandIn, operator: str) -> None:
    family, name = operator.split(".")
    getattr(getattr(bpy.ops, family), name)()
    materials = set(bpy.data.materials)
    refused(stand_in, f"“{bpy.context.object.name}” takes no texture")
    assert set(bpy.data.materials) == materials


def test_a_view_or_render_to_a_material_is_told_as_well(panel: Panel, stand_in: StandIn) -> None:
    bpy.ops.object.camera_add()
    panel.render_source = 'FRESH'
    rendered: list[object] = []
    bpy.app.handlers.render_pre.append(rendered.append)
    try:
        with pytest.raises(RuntimeError, match="takes no texture"):
            bpy.ops.drawthings.img2img(source='RENDER', target='MATERIAL')
    finally:
        bpy.app.handlers.render_pre.remove(rendered.append)
    assert not rendered and not stand_in.journal.generations


# Materials that cannot take it


def test_no_principled(panel: Panel, stand_in: StandIn) -> None:
    material = textured(packed("wall", noise(64, 64)))
    nodes = material.node_tree.nodes
    nodes.remove(principled_of(material.node_tree))
    refused(stand_in, "“Wall” has no Principled BSDF")
    panel.use_new_material = True
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(bpy.context.object.active_material).image == newest()


def test_a_principled_inside_a_group(panel: Panel, stand_in: StandIn) -> None:
    material = textured(packed("wall", noise(64, 64)))
    tree = material.node_tree
    group = bpy.data.node_groups.new("Paint", 'ShaderNodeTree')
    group.interface.new_socket("Shader", in_out='OUTPUT', socket_type='NodeSocketShader')
    inner, out = group.nodes.new('ShaderNodeBsdfPrincipled'), group.nodes.new('NodeGroupOutput')
    group.links.new(inner.outputs[0], out.inputs[0])
    tree.nodes.remove(principled_of(tree))
    holder = tree.nodes.new('ShaderNodeGroup')
    holder.node_tree = group
    tree.links.new(holder.outputs[0], tree.get_output_node('ALL').inputs["Surface"])
    refused(stand_in, "inside the group “Paint”")


def test_a_material_linked_from_a_library(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    material = bpy.data.materials.new("Shared")
    compat.ensure_material_nodes(material)
    (there,) = linked(tmp_path, "materials", material)
    bpy.context.object.active_material = there
    refused(stand_in, "“Shared” is linked from another file")


@pytest.mark.parametrize("how", ["linked", "linked mesh", "override"])
def test_objects_of_a_library(panel: Panel, stand_in: StandIn, tmp_path: Path, how: str) -> None:
    (there,) = linked(tmp_path, "objects", cube("Shared"))
    if how == "linked mesh":
        there = bpy.data.objects.new("Local", there.data)
    elif how == "override":
        there = there.override_create()
    if there.name not in bpy.context.collection.objects:
        bpy.context.collection.objects.link(there)
    choose(there)
    materials = set(bpy.data.materials)
    refused(stand_in, "is linked from another file")
    assert set(bpy.data.materials) == materials


def overridden(folder: Path, kind: str, datablock: bpy.types.ID) -> bpy.types.ID:
    """A library override of the datablock as another file's."""
    (there,) = linked(folder, kind, datablock)
    return there.override_create()


def after_reload(folder: Path) -> bpy.types.Object:
    """The active object of the file, saved and opened again."""
    path = str(folder / "file.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    return bpy.context.object


def test_an_override_whose_new_nodes_would_be_lost(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    material = bpy.data.materials.new("Shared")
    compat.ensure_material_nodes(material)
    bpy.context.object.active_material = overridden(tmp_path, "materials", material)
    refused(stand_in, "“Shared” overrides a material of another file")
    panel.use_new_material = True
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    name = newest().name
    assert image_in(after_reload(tmp_path).active_material).image.name == name


def test_an_override_that_has_an_image_node_keeps_its_picture(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    material = textured(packed("wall", noise(64, 64)))
    owner = bpy.context.object
    owner.active_material = overridden(tmp_path, "materials", material)
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    name = newest().name
    assert image_in(after_reload(tmp_path).active_material).image.name == name


def test_an_override_whose_new_slot_would_be_lost(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    there = overridden(tmp_path, "objects", cube("Shared"))
    there.data = there.data.override_create()
    bpy.context.collection.objects.link(there)
    choose(there)
    refused(stand_in, "has no material slot")


# Meshes without UVs


def test_a_mesh_without_uvs_raises(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    refused(stand_in, "“Jar” has no UV map")
    assert not owner.data.uv_layers
    operators = draw_tab().operators
    assert "drawthings.unwrap" in operators


def test_the_way_out_gives_it_a_map(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    assert bpy.ops.drawthings.unwrap() == {'FINISHED'}
    assert len(owner.data.uv_layers) == 1
    assert not bpy.ops.drawthings.unwrap.poll(), "there is nothing left to unwrap"
    assert "no UV map" not in draw_tab().words
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(owner.active_material).image == newest()


def test_smart_uv_project_when_asked_for(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    panel.mapping = 'UV_PROJECT'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert len(owner.data.uv_layers) == 1
    assert not image_in(owner.active_material).inputs["Vector"].is_linked


def test_a_box_projection_when_asked_for(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    panel.mapping = 'BOX'
    assert "No UV map: projected from six sides" in draw_tab().words
    for _press in range(2):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        node = image_in(owner.active_material)
        assert (node.projection, node.image) == ('BOX', newest())
        assert node.inputs["Vector"].links[0].from_node.type == 'MAPPING'
    assert not owner.data.uv_layers
    kinds = [node.type for node in owner.active_material.node_tree.nodes]
    assert kinds.count('TEX_IMAGE') == kinds.count('MAPPING') == kinds.count('TEX_COORD') == 1


@pytest.mark.parametrize("mapping", ['UV_PROJECT', 'BOX'])
def test_a_mesh_with_uvs_keeps_them_and_is_painted_by_them(
    panel: Panel, stand_in: StandIn, mapping: str
) -> None:
    owner = cube("Box")
    before = np.empty(len(owner.data.loops) * 2, np.float32)
    owner.data.uv_layers.active.data.foreach_get("uv", before)
    panel.mapping = mapping
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    after = np.empty_like(before)
    owner.data.uv_layers.active.data.foreach_get("uv", after)
    assert np.array_equal(after, before)
    node = image_in(owner.active_material)
    assert node.projection == 'FLAT' and not node.inputs["Vector"].is_linked


def test_a_node_with_coordinates_of_its_own_needs_no_uvs(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    material = material_with(owner)
    tree = material.node_tree
    node, coordinates = tree.nodes.new('ShaderNodeTexImage'), tree.nodes.new('ShaderNodeTexCoord')
    tree.links.new(coordinates.outputs["Generated"], node.inputs["Vector"])
    shader = principled_of(tree)
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert node.image == newest()


@pytest.mark.parametrize("by", ["UV", "UVMap node", "Mapping"])
def test_coordinates_that_are_uvs_do_not_help_without_any(panel: Panel, stand_in: StandIn, by: str) -> None:
    owner = without_uvs()
    tree = material_with(owner).node_tree
    node = tree.nodes.new('ShaderNodeTexImage')
    shader = principled_of(tree)
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    into = node.inputs["Vector"]
    if by == "UVMap node":
        tree.links.new(tree.nodes.new('ShaderNodeUVMap').outputs["UV"], into)
    else:
        if by == "Mapping":
            mapping = tree.nodes.new('ShaderNodeMapping')
            tree.links.new(mapping.outputs[0], into)
            into = mapping.inputs["Vector"]
        tree.links.new(tree.nodes.new('ShaderNodeTexCoord').outputs["UV"], into)
    refused(stand_in, "“Jar” has no UV map")
    panel.mapping = 'BOX'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    coordinates = node.inputs["Vector"].links[0].from_node.inputs["Vector"].links[0].from_socket
    assert (node.image, node.projection, coordinates.name) == (newest(), 'BOX', "Object")


def test_a_map_of_another_name_than_the_material_asks_for(panel: Panel, stand_in: StandIn) -> None:
    owner = cube("Jar")
    tree = material_with(owner).node_tree
    node, asks = tree.nodes.new('ShaderNodeTexImage'), tree.nodes.new('ShaderNodeUVMap')
    shader = principled_of(tree)
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(asks.outputs["UV"], node.inputs["Vector"])
    asks.uv_map = "Bake"
    refused(stand_in, "“Jar” has no UV map “Bake”, which its material asks for")
    assert "drawthings.unwrap" not in draw_tab().operators, "it would not help"
    owner.data.uv_layers[0].name = "Bake"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert node.image == newest()


def test_a_map_that_is_one_point_is_told(panel: Panel, stand_in: StandIn) -> None:
    owner = cube("Jar")
    corners = owner.data.uv_layers[0].uv
    corners.foreach_set("vector", np.full(len(corners) * 2, 0.5, np.float32))
    refused(stand_in, "The UV map of “Jar” is a single point")
    panel.mapping = 'UV_PROJECT'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert len(owner.data.uv_layers) == 1
    # Looked up again: Edit Mode gave the mesh other data.
    assert len({tuple(each.vector) for each in owner.data.uv_layers[0].uv}) > 4


def test_what_stops_the_picture_otherwise_leaves_the_mesh_as_it_is(panel: Panel, stand_in: StandIn) -> None:
    owner = without_uvs()
    panel.mapping = 'UV_PROJECT'
    with pytest.raises(RuntimeError, match="No image is chosen"):
        bpy.ops.drawthings.img2img(source='IMAGE', target='MATERIAL')
    bpy.data.images.new("empty", 0, 0).source = 'FILE'
    with pytest.raises(RuntimeError, match="no pixels"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="empty", target='MATERIAL')
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match="rendered"):
        bpy.ops.drawthings.img2img(source='RENDER', target='MATERIAL')
    assert not owner.data.uv_layers


def test_of_several_the_one_with_uvs_is_painted_by_them_and_each_box_has_its_own_size(
    panel: Panel, stand_in: StandIn
) -> None:
    good, small, same, large = cube("Good"), *(without_uvs(name) for name in ("Small", "Same", "Large"))
    large.scale = (3.0, 1.0, 1.0)
    choose(good, small, same, large)
    panel.texture_objects, panel.mapping = 'SELECTED', 'BOX'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert len(stand_in.journal.generations) == 1
    assert all(image_in(each.active_material).image == newest() for each in (good, small, same, large))
    assert image_in(good.active_material).projection == 'FLAT'
    assert small.active_material == same.active_material
    assert len({each.active_material for each in (good, small, large)}) == 3


@pytest.mark.parametrize("operator", ["curve.primitive_bezier_circle_add", "object.text_add"])
def test_curves_and_texts_have_uvs(panel: Panel, stand_in: StandIn, operator: str) -> None:
    family, name = operator.split(".")
    getattr(getattr(bpy.ops, family), name)()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(bpy.context.object.active_material).image == newest()


@pytest.mark.parametrize("kind", ["text", "flat curve"])
def test_uvs_that_would_smear_the_picture_are_said_and_a_box_takes_their_place(
    panel: Panel, stand_in: StandIn, kind: str
) -> None:
    if kind == "text":
        bpy.ops.object.text_add()
    else:
        bpy.ops.curve.primitive_bezier_circle_add()
        bpy.context.object.data.dimensions = '2D'
        bpy.context.object.data.fill_mode = 'BOTH'
    owner = bpy.context.object
    assert f"“{owner.name}” shows one row of the picture, drawn out" in draw_tab().words
    panel.mapping = 'BOX'
    assert "drawn out" not in draw_tab().words
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(owner.active_material).projection == 'BOX'


def test_a_metaball_has_none_and_cannot_be_unwrapped(panel: Panel, stand_in: StandIn) -> None:
    bpy.ops.object.metaball_add()
    refused(stand_in, "has no UV map")
    panel.mapping = 'UV_PROJECT'
    refused(stand_in, "is no mesh")
    panel.mapping = 'BOX'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(bpy.context.object.active_material).projection == 'BOX'


def test_an_image_needs_no_uvs(panel: Panel, stand_in: StandIn) -> None:
    without_uvs()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert newest() is not None


# Which one it will be


def test_of_three_slots_the_panel_says_which(panel: Panel, stand_in: StandIn) -> None:
    owner = cube("Jar")
    for name in ("Clay", "Glaze", "Cork"):
        material_with(owner, name)
    owner.active_material_index = 1
    assert "Jar · Glaze (slot 2 of 3) · Base Color" in draw_tab().words
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(bpy.data.materials["Glaze"]).image == newest()
    assert all(len(bpy.data.materials[name].node_tree.nodes) == 2 for name in ("Clay", "Cork"))


def test_of_several_selected_the_active_one(panel: Panel, stand_in: StandIn) -> None:
    first, second = cube("First"), cube("Second")
    choose(second, first)
    tab = draw_tab()
    assert "Second · New Material · Base Color" in tab.words and "First · " not in tab.words
    assert "texture_objects" in tab.properties, "all of them is one click away"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert image_in(second.active_material).image == newest()
    assert first.active_material is None


def test_all_selected_when_asked_for(panel: Panel, desk: Desk) -> None:
    first, second = cube("First"), cube("Second")
    clay = material_with(first)
    light = bpy.data.objects["Light"]
    choose(second, first, light)
    panel.texture_objects = 'SELECTED'
    words = draw_tab().words
    assert "First · Clay · Base Color" in words and "Second · New Material · Base Color" in words
    assert "“Light” takes no texture: left out" in words, "what is left out is said"
    assert all(place.obstacle is None for place in preflight.places(Selection.of(bpy.context)))
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    assert len(desk.server.journal.generations) == 1, "they share one picture"
    assert image_in(clay).image == image_in(second.active_material).image == newest()
    bpy.ops.ed.undo()
    assert bpy.data.objects["Second"].active_material is None, "one step takes it back from all"
    assert len(bpy.data.materials["Clay"].node_tree.nodes) == 2


def test_new_materials_of_several_are_one(panel: Panel, stand_in: StandIn) -> None:
    first, second = cube("First"), cube("Second")
    choose(first, second)
    panel.texture_objects, panel.use_new_material = 'SELECTED', True
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert first.active_material == second.active_material
    assert image_in(first.active_material).image == newest()


def test_of_all_selected_one_that_cannot_take_it_stops_all(panel: Panel, stand_in: StandIn) -> None:
    good, bare = cube("Good"), without_uvs("Bare")
    choose(good, bare)
    panel.texture_objects = 'SELECTED'
    refused(stand_in, "“Bare” has no UV map")
    assert good.active_material is None
    panel.mapping = 'UV_PROJECT'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert bare.data.uv_layers and bpy.context.view_layer.objects.active == good


def test_one_of_several_that_is_gone_meanwhile_does_not_keep_it_from_the_others(
    panel: Panel, desk: Desk
) -> None:
    first, second = cube("First"), cube("Second")
    choose(first, second)
    panel.texture_objects = 'SELECTED'
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.data.objects.remove(first)
    desk.finish()
    assert image_in(second.active_material).image == newest()
    assert "“First” is gone" in desk.told


# Sources


@pytest.mark.parametrize(("size", "is_said"), [((2048, 2048), False), ((2112, 2048), True)], ids=str)
def test_a_source_that_models_do_not_make_well(
    panel: Panel, stand_in: StandIn, size: tuple[int, int], is_said: bool
) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    words = draw_tab().words
    assert ("more than most models make well" in words) == is_said


def test_the_way_out_of_a_large_source(panel: Panel, stand_in: StandIn) -> None:
    assert source_size.smaller(3840, 2160) == (1920, 1088)
    assert source_size.smaller(16384, 256) == (8192, 128)
    bpy.ops.drawthings.limit_size(width=1920, height=1088)
    assert (panel.use_source_size, panel.width, panel.height) == (False, 1920, 1088)


# Textures of several objects


def test_the_textures_of_all_selected_objects_when_asked_for(panel: Panel, stand_in: StandIn) -> None:
    owners = [cube(name) for name in ("First", "Second", "Third", "Bare")]
    first, second, _third, bare = owners
    for seed, owner in enumerate(owners[:2]):
        choose(owner)
        textured(packed(f"wall {seed}", noise(64, 64, seed=seed)))
    owners[2].active_material = second.active_material
    choose(first, second, owners[2], bare)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert len(stand_in.journal.generations) == 1, "the active one's alone"
    panel.texture_objects = 'SELECTED'
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert len(stand_in.journal.generations) == 3, "each image once"
    for owner, name in ((first, "wall 0"), (second, "wall 1")):
        image = image_in(owner.active_material).image
        assert image.name == name and image.drawthings.recipe


def test_of_several_textures_one_that_cannot_be_replaced_stops_all(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    first, second = cube("First"), cube("Second")
    choose(first)
    textured(packed("wall", noise(64, 64)))
    (there,) = linked(tmp_path, "images", packed("far", noise(64, 64)))
    choose(second)
    textured(there)
    choose(first, second)
    panel.texture_objects = 'SELECTED'
    with pytest.raises(RuntimeError, match="“far” is linked"):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert not stand_in.journal.generations


@pytest.mark.parametrize("source", ['RENDER', 'IMAGE', 'TEXTURE'])
def test_outside_of_the_panel_a_large_source_is_asked_about(
    panel: Panel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    asked: list[str] = []

    def confirm(_manager: object, _operator: object, _event: object, **words: str) -> set[str]:
        asked.append(words["message"])
        return {'CANCELLED'}

    operator = operators_generate.DRAWTHINGS_OT_img2img
    large = bpy.data.images.new("large", 2112, 2048)
    textured(large)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 2112, 2048

    class Press:
        """An operator as Blender invokes it."""

        node = node_group = ""
        image = "large" if source == 'IMAGE' else ""
        invoke, execute = operator.invoke, operator.execute
        _about_size, _image = operator._about_size, operator._image

    Press.source = source
    manager = Instead(bpy.context.window_manager, invoke_confirm=lambda *a, **k: confirm(None, *a, **k))
    context = Instead(bpy.context, window_manager=manager, region=None)
    assert Press().invoke(context, None) == {'CANCELLED'}
    assert "2112 × 2048 is more than most models make well" in asked[0]
    assert not stand_in.journal.generations
