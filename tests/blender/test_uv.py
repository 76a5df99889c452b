# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mesh without a UV map gets one, and everything else of the scene is as it was."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat
from bl_ext.user_default.drawthings_addon.blender.delivery import uv
from bl_ext.user_default.drawthings_addon.errors import TargetUnavailable
from mathutils import Matrix


def without_uvs(name: str, sides: int = 4) -> bpy.types.Object:
    """A cylinder without a UV map."""
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = [(float(np.cos(a)), float(np.sin(a))) for a in angles]
    corners = [(x, y, z) for z in (-1.0, 1.0) for x, y in ring]
    walls = [(i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], [*walls, tuple(range(sides))[::-1], tuple(range(sides, 2 * sides))])
    owner = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(owner)
    bpy.context.view_layer.update()
    return owner


def area_of(mesh: bpy.types.Mesh) -> float:
    """Of the whole map."""
    corners = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers.active.data.foreach_get("uv", corners)
    corners = corners.reshape(-1, 2)
    total = 0.0
    for face in mesh.polygons:
        x, y = corners[list(face.loop_indices)].T
        total += abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    return total


def has_map(owner: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> bool:
    return not uv.why_no_map(owner, view_layer)


def layer() -> bpy.types.ViewLayer:
    return bpy.context.view_layer


def test_a_mesh_without_a_uv_map_gets_one_that_covers_much_of_the_picture() -> None:
    owner = without_uvs("Jar")
    assert not has_map(owner, layer())
    uv.unwrap([owner], bpy.context.view_layer)
    assert has_map(owner, layer())
    assert area_of(owner.data) > 0.3


@pytest.mark.parametrize("mode", ['OBJECT', 'EDIT', 'SCULPT', 'VERTEX_PAINT'])
def test_selection_mode_and_hidden_faces_are_as_before(mode: str) -> None:
    cube = bpy.data.objects["Cube"]
    owner, hidden = without_uvs("Jar"), without_uvs("Other")
    hidden.hide_set(True)
    for each in layer().objects:
        each.select_set(each.name in {"Cube", "Light"})
    layer().objects.active = cube
    owner.data.polygons[0].hide = True
    owner.data.polygons[1].select = True
    bpy.ops.object.mode_set(mode=mode)

    def state() -> object:
        return (
            layer().objects.active.name,
            bpy.context.mode,
            cube.mode,
            [(each.name, each.select_get(), each.hide_get()) for each in layer().objects],
            [(face.hide, face.select) for face in owner.data.polygons],
            tuple(bpy.context.scene.tool_settings.mesh_select_mode),
        )

    before = state()
    uv.unwrap([owner], bpy.context.view_layer)
    assert state() == before
    assert len(owner.data.uv_layers) == 1
    bpy.ops.object.mode_set(mode='OBJECT')
    assert area_of(owner.data) > 0.3, "hidden faces are on the map, too"


def test_several_meshes_in_edit_mode_stay_in_edit_mode() -> None:
    first, second = without_uvs("Jar"), without_uvs("Lid")
    for each in layer().objects:
        each.select_set(each in {first, second})
    layer().objects.active = first
    bpy.ops.object.mode_set(mode='EDIT')
    uv.unwrap([first, second], bpy.context.view_layer)
    assert (first.mode, second.mode) == ('EDIT', 'EDIT')
    bpy.ops.object.mode_set(mode='OBJECT')
    assert all(len(each.data.uv_layers) == 1 for each in (first, second))


def test_the_pose_of_a_mesh_whose_weights_are_painted_stays_open() -> None:
    bpy.ops.object.armature_add()
    armature, owner = bpy.context.object, without_uvs("Body")
    owner.modifiers.new("Armature", 'ARMATURE').object = armature
    bpy.context.scene.tool_settings.lock_object_mode = False
    bpy.ops.object.mode_set(mode='POSE')
    owner.select_set(True)
    layer().objects.active = owner
    bpy.ops.object.mode_set(mode='WEIGHT_PAINT')
    uv.unwrap([owner], bpy.context.view_layer)
    assert (owner.mode, armature.mode) == ('WEIGHT_PAINT', 'POSE')
    assert layer().objects.active == owner and owner.select_get() and armature.select_get()
    assert len(owner.data.uv_layers) == 1


def test_nothing_but_the_map_is_added_to_the_mesh() -> None:
    bpy.ops.mesh.primitive_grid_add()
    owner = bpy.context.object
    while owner.data.uv_layers:
        owner.data.uv_layers.remove(owner.data.uv_layers[0])
    owner.shape_key_add(name="Basis")
    owner.shape_key_add(name="Bump").data[0].co.z = 3.0
    owner.active_shape_key_index = 1
    owner.data.polygons.active = 7
    # Which are selected is kept as attributes once Edit Mode was entered.
    bpy.ops.object.mode_set(mode='EDIT')
    bpy.ops.object.mode_set(mode='OBJECT')
    before = {each.name for each in owner.data.attributes}
    uv.unwrap([owner], bpy.context.view_layer)
    added = {each.name for each in owner.data.attributes} - before
    # 5.2 keeps the selection of UVs as attributes of the mesh, earlier ones name them by the map.
    assert {name for name in added if "UVMap" not in name and not name.startswith(".uv_select")} == set()
    assert (owner.data.polygons.active, owner.active_shape_key_index) == (7, 1)
    assert owner.data.shape_keys.key_blocks["Bump"].data[0].co.z == 3.0


def test_an_empty_mesh_in_edit_mode_is_told() -> None:
    owner = bpy.data.objects.new("Void", bpy.data.meshes.new("Void"))
    bpy.context.collection.objects.link(owner)
    layer().objects.active = owner
    bpy.ops.object.mode_set(mode='EDIT')
    with pytest.raises(TargetUnavailable, match="no faces"):
        uv.unwrap([owner], bpy.context.view_layer)
    assert owner.mode == 'EDIT'


def test_objects_that_share_a_mesh_are_unwrapped_once() -> None:
    owner = without_uvs("Jar")
    twin = bpy.data.objects.new("Twin", owner.data)
    bpy.context.collection.objects.link(twin)
    uv.unwrap([owner, twin], bpy.context.view_layer)
    assert len(owner.data.uv_layers) == 1


@pytest.mark.parametrize("kind", ["light", "hidden", "without faces"])
def test_what_cannot_be_unwrapped_is_told_before_anything_is_touched(kind: str) -> None:
    good, bad = without_uvs("Jar"), without_uvs("Bad")
    if kind == "light":
        bad = bpy.data.objects["Light"]
    elif kind == "hidden":
        bad.hide_set(True)
    else:
        bad.data.clear_geometry()
    with pytest.raises(TargetUnavailable, match=bad.name):
        uv.unwrap([good, bad], bpy.context.view_layer)
    assert not good.data.uv_layers


def test_uvs_of_a_modifier_count() -> None:
    owner = without_uvs("Jar")
    tree = bpy.data.node_groups.new("Unwrap", 'GeometryNodeTree')
    tree.interface.new_socket("Geometry", in_out='INPUT', socket_type='NodeSocketGeometry')
    tree.interface.new_socket("Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
    nodes = [
        tree.nodes.new(kind)
        for kind in ("NodeGroupInput", "GeometryNodeStoreNamedAttribute", "NodeGroupOutput")
    ]
    store = nodes[1]
    store.data_type, store.domain = 'FLOAT2', 'CORNER'
    store.inputs["Name"].default_value = "UVMap"
    tree.links.new(nodes[0].outputs[0], store.inputs["Geometry"])
    tree.links.new(store.outputs[0], nodes[2].inputs[0])
    owner.modifiers.new("Unwrap", 'NODES').node_group = tree
    layer().update()
    assert has_map(owner, layer())


@pytest.mark.parametrize("operator", ["curve.primitive_bezier_circle_add", "object.text_add"])
def test_curves_and_texts_have_uvs_of_their_own(operator: str) -> None:
    family, name = operator.split(".")
    getattr(getattr(bpy.ops, family), name)()
    assert has_map(bpy.context.object, layer())


def test_a_box_projection_lays_the_picture_once_along_the_longest_side() -> None:
    owner = without_uvs("Jar")
    owner.data.transform(Matrix.Diagonal((1.0, 2.0, 4.0, 1.0)))
    owner.data.update()
    layer().update()
    material = bpy.data.materials.new("Clay")
    compat.ensure_material_nodes(material)
    tree = material.node_tree
    node = tree.nodes.new('ShaderNodeTexImage')
    uv.project_from_box(tree, node, owner)
    assert node.projection == 'BOX'
    mapping = node.inputs["Vector"].links[0].from_node
    coordinates = mapping.inputs["Vector"].links[0].from_socket
    assert (coordinates.node.type, coordinates.name) == ('TEX_COORD', "Object")
    scale, offset = mapping.inputs["Scale"].default_value, mapping.inputs["Location"].default_value
    ends = [scale[2] * z + offset[2] for z in (-4.0, 4.0)]
    assert ends == pytest.approx([0.0, 1.0])
    uv.project_from_box(tree, node, owner)
    assert len([each for each in tree.nodes if each.type == 'MAPPING']) == 1


def points_of(layer: bpy.types.MeshUVLoopLayer) -> np.ndarray:
    """The corners' places on the map that differ."""
    found = np.empty(len(layer.uv) * 2, np.float32)
    layer.uv.foreach_get("vector", found)
    return np.unique(found.reshape(-1, 2), axis=0)


def collapse(layer: bpy.types.MeshUVLoopLayer) -> None:
    """All of the map in one point, as scripts and importers leave it."""
    layer.uv.foreach_set("vector", np.zeros(len(layer.uv) * 2, np.float32))


def test_a_map_that_is_one_point_is_none_and_is_filled() -> None:
    owner = without_uvs("Jar")
    for name in ("Bake", "Paint"):
        owner.data.uv_layers.new(name=name)
    assert has_map(owner, layer())
    good, rendered = owner.data.uv_layers["Bake"], owner.data.uv_layers["Paint"]
    before = points_of(good)
    rendered.active_render = True
    owner.data.uv_layers.active = good
    collapse(rendered)
    assert "single point" in uv.why_no_map(owner, layer())
    uv.unwrap([owner], bpy.context.view_layer)
    maps = owner.data.uv_layers
    assert [each.name for each in maps] == ["Bake", "Paint"]
    assert (maps.active.name, maps["Paint"].active_render) == ("Bake", True)
    assert len(points_of(maps["Paint"])) > 4 and np.array_equal(points_of(maps["Bake"]), before)


def test_uvs_that_modifiers_do_not_keep_are_none() -> None:
    owner = without_uvs("Jar")
    owner.data.uv_layers.new()
    tree = bpy.data.node_groups.new("Cubes", 'GeometryNodeTree')
    tree.interface.new_socket("Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
    cube, end = tree.nodes.new("GeometryNodeMeshCube"), tree.nodes.new("NodeGroupOutput")
    tree.links.new(cube.outputs["Mesh"], end.inputs[0])
    owner.modifiers.new("Cubes", 'NODES').node_group = tree
    layer().update()
    assert "The modifiers of “Jar” leave no UV map" in uv.why_no_map(owner, layer())
    assert uv.why_not_unwrap(owner, layer())
    owner.modifiers.clear()
    owner.modifiers.new("Round", 'SUBSURF')
    layer().update()
    assert has_map(owner, layer())


def test_a_map_of_a_modified_mesh_counts_at_once() -> None:
    owner = without_uvs("Jar")
    owner.modifiers.new("Round", 'SUBSURF')
    layer().update()
    assert not has_map(owner, layer())
    uv.unwrap([owner], bpy.context.view_layer)
    assert has_map(owner, layer())


def test_what_cannot_be_selected_is_unwrapped_too() -> None:
    owner = without_uvs("Jar")
    owner.hide_select = True
    uv.unwrap([owner], bpy.context.view_layer)
    assert area_of(owner.data) > 0.3
    assert owner.hide_select and not owner.select_get()


def test_each_of_several_gets_the_whole_picture() -> None:
    owners = [without_uvs(f"Jar {number}") for number in range(3)]
    uv.unwrap(owners, bpy.context.view_layer)
    assert all(area_of(each.data) > 0.3 for each in owners)


def test_hair_has_uvs_where_each_curve_has_a_pair_of_numbers() -> None:
    data = bpy.data.hair_curves.new("Fur")
    data.add_curves([3, 3])
    owner = bpy.data.objects.new("Fur", data)
    bpy.context.collection.objects.link(owner)
    assert not has_map(owner, layer())
    data.attributes.new("surface_uv_coordinate", 'FLOAT2', 'CURVE')
    assert has_map(owner, layer())


def test_a_box_projection_is_not_stretched_by_the_scale_of_the_object() -> None:
    owner, parent = without_uvs("Jar"), bpy.data.objects.new("Parent", None)
    bpy.context.collection.objects.link(parent)
    owner.parent, parent.scale = parent, (2.0, 2.0, 2.0)
    owner.scale = (1.0, -2.0, 4.0)
    owner.rotation_euler = (0.3, 0.4, 0.5)
    layer().update()
    found = uv.box(owner)
    in_world = [abs(each) for each in owner.matrix_world.to_scale()]
    per_metre = [scale / size for scale, size in zip(found.scale, in_world, strict=True)]
    assert per_metre == pytest.approx([per_metre[0]] * 3, rel=1e-3)
    ends = [found.scale[2] * z + found.offset[2] for z in (-1.0, 1.0)]
    assert ends == pytest.approx([0.0, 1.0], abs=1e-4), "once along the longest side"
