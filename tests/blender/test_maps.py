# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a picture: made without a server, named, read as what they are, and wired in where asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from blender_pictures import generated, noise, packed, read_png, render_quickly, textured, tiled
from mathutils import Vector

MODULE = "bl_ext.user_default.drawthings_addon"
Panel = bpy.types.PropertyGroup
NAMES = {
    "HEIGHT": "height",
    "NORMAL": "normal",
    "ROUGHNESS": "roughness",
    "AMBIENT_OCCLUSION": "ambient occlusion",
    "ALBEDO": "albedo",
}


@pytest.fixture
def offline(panel: Panel) -> Iterator[Panel]:
    """There is no server, and no address that one could have."""
    preferences = bpy.context.preferences.addons[MODULE].preferences
    before = preferences.server_url
    preferences.server_url = "http://no server/"
    yield panel
    preferences.server_url = before


def make_maps(**options: str) -> None:
    assert bpy.ops.drawthings.make_maps(**options) == {'FINISHED'}


def only(panel: Panel, *kinds: str) -> None:
    for kind in NAMES:
        setattr(panel.maps, f"use_{kind.lower()}", kind in kinds)


def floats(image: bpy.types.Image) -> np.ndarray:
    """(H, W, channels), row 0 at the top."""
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, image.channels)[::-1]


def hill(name: str, heights: np.ndarray) -> bpy.types.Image:
    """A float image of heights, row 0 at the top."""
    height, width = heights.shape
    image = bpy.data.images.new(name, width, height, float_buffer=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = heights[::-1, :, np.newaxis]
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return image


def test_all_maps_of_a_picture_without_a_server(offline: Panel, output: Path) -> None:
    generated("wall", noise(48, 32))
    make_maps(image="wall")
    for kind, word in NAMES.items():
        image = bpy.data.images[f"wall {word}"]
        assert image.drawthings.map == kind
        assert tuple(image.size) == (48, 32)
        assert image.packed_file is not None
        assert image.is_float == (kind == "HEIGHT")
        assert image.colorspace_settings.is_data == (kind != "ALBEDO")
    assert bpy.data.images["wall"].drawthings.map == ""
    assert {path.suffix for path in output.iterdir()} == {".png", ".exr"}
    assert len(list(output.iterdir())) == 5


def test_floats_are_heights_as_they_are(offline: Panel) -> None:
    heights = np.random.default_rng(3).normal(0.5, 2.0, (24, 40)).astype(np.float32)
    hill("hill", heights)
    only(offline, "HEIGHT", "NORMAL")
    offline.maps.depth = 3.5
    make_maps(image="hill")
    assert np.array_equal(floats(bpy.data.images["hill height"])[..., 0], heights)
    normals = floats(bpy.data.images["hill normal"])[..., :3] * 2 - 1
    across = np.gradient(heights, axis=1)[1:-1, 1:-1] * 3.5
    down = np.gradient(heights, axis=0)[1:-1, 1:-1] * 3.5
    wanted = np.stack((-across, down, np.ones_like(down)), -1)
    wanted /= np.linalg.norm(wanted, axis=-1, keepdims=True)
    seen = normals[1:-1, 1:-1] / np.linalg.norm(normals[1:-1, 1:-1], axis=-1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((wanted * seen).sum(-1), -1, 1))).max() < 1.0


def test_they_are_there_after_save_and_open(offline: Panel, tmp_path: Path) -> None:
    heights = np.random.default_rng(3).normal(0.5, 2.0, (16, 16)).astype(np.float32)
    hill("hill", heights)
    only(offline, "NORMAL", "HEIGHT")
    make_maps(image="hill")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hill.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "hill.blend"))
    image = bpy.data.images["hill height"]
    assert np.array_equal(floats(image)[..., 0], heights)
    assert (image.drawthings.map, image.colorspace_settings.is_data) == ("HEIGHT", True)
    assert bpy.data.images["hill normal"].drawthings.map == "NORMAL"


def wired(offline: Panel, *kinds: str, **chosen: object) -> bpy.types.Material:
    """The active material, whose texture is the wall; its maps are wired in."""
    material = textured(packed("wall", noise(32, 32)))
    only(offline, *kinds)
    offline.maps.use_material = True
    for name, value in chosen.items():
        setattr(offline.maps, name, value)
    make_maps(image="wall")
    return material


def fed(material: bpy.types.Material, node: str, socket: str) -> bpy.types.Node | None:
    found = next(each for each in material.node_tree.nodes if each.type == node).inputs[socket]
    return found.links[0].from_node if found.is_linked else None


def overlap(material: bpy.types.Material) -> bool:
    nodes = [each for each in material.node_tree.nodes if each.type != 'FRAME']
    places = [(each.location.x, each.location.y) for each in nodes]
    return len(set(places)) < len(places)


@pytest.mark.parametrize(
    ("relief", "node", "kind"),
    [
        ('NORMAL', 'NORMAL_MAP', "NORMAL"),
        ('BUMP', 'BUMP', "HEIGHT"),
        ('DISPLACEMENT', 'DISPLACEMENT', "HEIGHT"),
    ],
)
def test_relief_is_wired_as_chosen(offline: Panel, relief: str, node: str, kind: str) -> None:
    material = wired(offline, "HEIGHT", "NORMAL", "ROUGHNESS", relief=relief)
    if relief == 'DISPLACEMENT':
        between = fed(material, 'OUTPUT_MATERIAL', "Displacement")
        assert fed(material, 'BSDF_PRINCIPLED', "Normal") is None
    else:
        between = fed(material, 'BSDF_PRINCIPLED', "Normal")
        assert fed(material, 'OUTPUT_MATERIAL', "Displacement") is None
    assert between is not None and between.type == node
    image = fed(material, node, "Color" if relief == 'NORMAL' else "Height")
    assert image is not None and image.image.drawthings.map == kind
    if relief == 'BUMP':
        assert between.inputs["Distance"].default_value == pytest.approx(8 / 32)
    if relief == 'DISPLACEMENT':
        assert between.inputs["Scale"].default_value == pytest.approx(8 / 32)
    rough = fed(material, 'BSDF_PRINCIPLED', "Roughness")
    assert rough is not None and rough.image.drawthings.map == "ROUGHNESS"
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color").image.name == "wall"
    assert not overlap(material)


def test_links_that_are_there_stay_unless_asked(offline: Panel, capsys: pytest.CaptureFixture[str]) -> None:
    material = textured(packed("wall", noise(32, 32)))
    tree = material.node_tree
    value = tree.nodes.new('ShaderNodeValue')
    shader = next(each for each in tree.nodes if each.type == 'BSDF_PRINCIPLED')
    tree.links.new(value.outputs[0], shader.inputs["Roughness"])
    only(offline, "NORMAL", "ROUGHNESS")
    offline.maps.use_material = True
    make_maps(image="wall")
    assert "Roughness of “Wall” is linked already, and stays as it is." in capsys.readouterr().err
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness") == value
    assert fed(material, 'BSDF_PRINCIPLED', "Normal").type == 'NORMAL_MAP'
    offline.maps.use_replace_links = True
    make_maps(image="wall")
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness").image.name == "wall roughness.001"
    assert value in tree.nodes[:]
    maps = [each for each in tree.nodes if each.type == 'NORMAL_MAP']
    assert len(maps) == 1, "an earlier map gives its place to the new one"
    assert fed(material, 'NORMAL_MAP', "Color").image.name == "wall normal.001"


def test_albedo_goes_into_base_color_only_when_asked(offline: Panel) -> None:
    material = wired(offline, "ALBEDO")
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color").image.name == "wall"
    offline.maps.use_base_color = True
    make_maps(image="wall")
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color").image.name == "wall albedo.001"
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color").image.colorspace_settings.name == 'sRGB'


def test_without_a_material_nothing_is_made(offline: Panel, output: Path) -> None:
    packed("wall", noise(32, 32))
    bpy.context.object.data.materials.clear()
    offline.maps.use_material = True
    with pytest.raises(RuntimeError, match="no active material"):
        bpy.ops.drawthings.make_maps(image="wall")
    assert not output.exists()


def test_replace_takes_the_place_of_earlier_maps(offline: Panel) -> None:
    material = wired(offline, "NORMAL", "ROUGHNESS")
    before = bpy.data.images["wall normal"]
    offline.maps.use_material = False
    offline.maps.depth = 20.0
    only(offline, "NORMAL")
    make_maps(image="wall", target='REPLACE')
    image = fed(material, 'NORMAL_MAP', "Color").image
    assert (image.name, before.name) == ("wall normal", "wall normal.before")
    assert image != before
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness").image.name == "wall roughness"


def test_what_cannot_be_done_is_refused_in_words(offline: Panel, tmp_path: Path, output: Path) -> None:
    tiled(tmp_path, {1001: noise(16, 16), 1002: noise(16, 16)}, "floor")
    with pytest.raises(RuntimeError, match="has UDIM tiles"):
        bpy.ops.drawthings.make_maps(image="floor")
    with pytest.raises(RuntimeError, match="There is no image “gone”"):
        bpy.ops.drawthings.make_maps(image="gone")
    with pytest.raises(RuntimeError, match="No image is chosen"):
        bpy.ops.drawthings.make_maps()
    only(offline)
    packed("wall", noise(32, 32))
    with pytest.raises(RuntimeError, match="No map is chosen"):
        bpy.ops.drawthings.make_maps(image="wall")
    assert not output.exists()


def pushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from bl_ext.user_default.drawthings_addon.blender import undo

    steps: list[str] = []
    monkeypatch.setattr(undo, "push", steps.append)
    return steps


def test_texture_comes_with_its_maps_in_one_step(
    panel: Panel, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.prompt, panel.maps.use = "moss", True
    steps = pushed(monkeypatch)
    assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
    assert len(steps) == 1
    material = bpy.context.object.active_material
    picture = fed(material, 'BSDF_PRINCIPLED', "Base Color").image
    assert picture.drawthings.map == ""
    assert fed(material, 'NORMAL_MAP', "Color").image.name == f"{picture.name} normal"
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness").image.name == f"{picture.name} roughness"
    assert {image.drawthings.map for image in bpy.data.images} >= set(NAMES)
    assert len(list(output.iterdir())) == 6
    assert not overlap(material)


def test_a_texture_with_maps_becomes_images_where_no_material_is_meant(panel: Panel) -> None:
    panel.prompt, panel.maps.use = "moss", True
    only(panel, "NORMAL")
    materials = [each.name for each in bpy.data.materials]
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    assert [each.drawthings.map for each in bpy.data.images if each.drawthings.map] == ["NORMAL"]
    assert [each.name for each in bpy.data.materials] == materials


def test_maps_are_one_result_also_in_a_file_that_is_opened(offline: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    packed("wall", noise(32, 32))
    make_maps(image="wall")
    results = session.get().results
    assert len(results) == 1
    assert set(results[0].beside) == {"normal", "roughness", "ambient occlusion", "albedo"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "maps.blend"))
    session.get()._results.latest.clear()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "maps.blend"))
    results = session.get().results
    assert [each.datablock().name for each in results] == ["wall height"]
    assert set(results[0].beside) == {"normal", "roughness", "ambient occlusion", "albedo"}


def test_made_again_they_are_made_here(offline: Panel) -> None:
    packed("wall", noise(32, 32))
    only(offline, "NORMAL")
    make_maps(image="wall")
    assert bpy.ops.drawthings.again(image="wall normal") == {'FINISHED'}
    assert "wall normal.001" in bpy.data.images
    offline.maps.depth = 50.0
    assert bpy.ops.drawthings.reuse_recipe(image="wall normal") == {'FINISHED'}
    assert offline.maps.depth == 8.0


def settled(current: Any) -> None:
    """What panels show of maps is made."""
    for _ in range(2000):
        current.step()
        if not current.maps.is_wanted:
            return
        time.sleep(0.005)
    raise AssertionError("it never comes to an end")


def test_panels_show_what_the_maps_would_be_of_a_small_copy(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import map_settings, previews
    from bl_ext.user_default.drawthings_addon.blender.session import session

    current = session.get()
    image = packed("wall", noise(400, 300))
    wanted = map_settings.of(bpy.context.scene, image)
    assert current.maps.icons(image, wanted) == {}
    assert current.is_working
    settled(current)
    assert set(current.maps.icons(image, wanted)) == set(NAMES)
    assert all(previews.is_there(f"map:{kind}") for kind in NAMES)
    before = np.empty(192 * 144, np.int32)
    previews._collection["map:NORMAL"].image_pixels.foreach_get(before)
    offline.maps.depth = 30.0
    began = time.perf_counter()
    current.maps.icons(image, map_settings.of(bpy.context.scene, image))
    settled(current)
    assert time.perf_counter() - began < 5.0
    after = np.empty_like(before)
    previews._collection["map:NORMAL"].image_pixels.foreach_get(after)
    assert not np.array_equal(before, after)
    assert image.has_data


def test_panels_that_are_drawn_meanwhile_have_nothing_made_twice(
    offline: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import map_settings
    from bl_ext.user_default.drawthings_addon.blender.session import map_preview, session

    current = session.get()
    made: list[Any] = []
    real = map_preview.small_maps

    def counted(small: Any, settings: Any) -> Any:
        made.append(settings)
        return real(small, settings)

    monkeypatch.setattr(map_preview, "small_maps", counted)
    image = packed("wall", noise(64, 64))
    first = map_settings.of(bpy.context.scene, image)
    current.maps.icons(image, first)
    current.maps.step()
    current.maps.icons(image, first)
    settled(current)
    assert made == [first.made_here()]
    offline.maps.depth = 30.0
    second = map_settings.of(bpy.context.scene, image)
    current.maps.icons(image, second)
    current.maps.step()
    offline.maps.depth = 40.0
    current.maps.icons(image, map_settings.of(bpy.context.scene, image))
    # It was moved back before the one for where it is was ready.
    current.maps.icons(image, second)
    settled(current)
    assert made[1:] == [second.made_here()]


def test_a_picture_that_cannot_be_read_has_no_preview(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import map_settings
    from bl_ext.user_default.drawthings_addon.blender.session import session

    current = session.get()
    gone = bpy.data.images.new("gone", 8, 8)
    gone.source, gone.filepath = 'FILE', "/nowhere/gone.png"
    wanted = map_settings.of(bpy.context.scene, gone)
    current.maps.icons(gone, wanted)
    current.step()
    assert not current.maps.is_wanted
    assert current.maps.icons(gone, wanted) == {}
    assert not current.maps.is_wanted, "it is not asked for again and again"


@pytest.fixture
def plane_under_a_sun(panel: Panel, tmp_path: Path) -> Callable[[float, float], np.ndarray]:
    """A white plane with the active material, seen from above, as wide as the picture; what it gives renders
    it lit from there: (H, W), row 0 at the top."""
    scene = bpy.context.scene
    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    render_quickly(scene)
    scene.cycles.samples = 4
    scene.cycles.device = 'CPU'
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.render.resolution_percentage = 100
    scene.world = bpy.data.worlds.new("Dark")
    if bpy.app.version < (5, 0, 0):
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.0
    bpy.ops.mesh.primitive_plane_add(size=2.0)
    material = bpy.data.materials.new("Plane")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 1.0
    bpy.context.object.active_material = material
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = 'ORTHO', 2.0
    camera.location = (0.0, 0.0, 3.0)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", 'SUN'))
    sun.data.energy = 2.0
    for each in (camera, sun):
        scene.collection.objects.link(each)
    scene.camera = camera
    path = tmp_path / "render.png"
    scene.render.filepath = str(path)
    scene.render.image_settings.file_format = 'PNG'
    scene.view_settings.view_transform = 'Standard'

    def render(x: float, y: float) -> np.ndarray:
        sun.rotation_euler = Vector((x, y, 1.0)).to_track_quat('Z', 'Y').to_euler()
        bpy.ops.render.render(write_still=True)
        return read_png(path)[..., 0].astype(float)

    return render


@pytest.mark.parametrize("relief", ['NORMAL', 'BUMP', 'DISPLACEMENT'])
def test_under_a_moving_light_a_bump_looks_bumped_the_right_way_round(
    offline: Panel, relief: str, plane_under_a_sun: Callable[[float, float], np.ndarray]
) -> None:
    y, x = np.mgrid[0:64, 0:64] - 31.5
    hill("hill", np.exp(-(x**2 + y**2) / 200).astype(np.float32))
    only(offline, "HEIGHT", "NORMAL")
    offline.maps.depth = 16.0
    offline.maps.use_material, offline.maps.relief = True, relief
    make_maps(image="hill")
    across, along = np.s_[12:20, 18:24], np.s_[12:20, 8:14]
    right = plane_under_a_sun(1.5, 0.0)
    assert right[across].mean() > right[along].mean() + 40, "lit from the right its right side is bright"
    left = plane_under_a_sun(-1.5, 0.0)
    assert left[along].mean() > left[across].mean() + 40
    above = plane_under_a_sun(0.0, 1.5)
    assert above[8:14, 12:20].mean() > above[18:24, 12:20].mean() + 40, "from above its upper side"
    assert abs(above[across].mean() - above[along].mean()) < 25
    flat = np.s_[0:3, 0:3]
    assert abs(right[flat].mean() - left[flat].mean()) < 10, "around it it is flat"


def test_a_normal_map_for_directx_is_read_as_such_or_the_height_takes_its_place(offline: Panel) -> None:
    material = wired(offline, "HEIGHT", "NORMAL", normal_format='DIRECTX')
    between = fed(material, 'BSDF_PRINCIPLED', "Normal")
    if "convention" in bpy.types.ShaderNodeNormalMap.bl_rna.properties:
        assert (between.type, between.convention) == ('NORMAL_MAP', 'DIRECTX')
    else:
        assert between.type == 'BUMP'


def test_maps_lie_on_the_surface_as_the_colors_do(offline: Panel) -> None:
    material = textured(packed("wall", noise(32, 32)))
    tree = material.node_tree
    mapping = tree.nodes.new('ShaderNodeMapping')
    own = next(each for each in tree.nodes if each.type == 'TEX_IMAGE')
    tree.links.new(mapping.outputs[0], own.inputs["Vector"])
    own.extension = 'MIRROR'
    only(offline, "NORMAL", "ROUGHNESS")
    offline.maps.use_material = True
    make_maps(image="wall")
    for each in tree.nodes:
        if each.type == 'TEX_IMAGE':
            assert each.inputs["Vector"].links[0].from_node == mapping
            assert each.extension == 'MIRROR'


def test_another_of_a_strip_brings_its_own_maps(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    panel.prompt, panel.maps.use, panel.batch_count = "moss", True, 2
    only(panel, "NORMAL", "ROUGHNESS")
    assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
    material = bpy.context.object.active_material
    later, first = session.get().results

    def shown() -> tuple[str, str, str]:
        nodes = (("BSDF_PRINCIPLED", "Base Color"), ("NORMAL_MAP", "Color"), ("BSDF_PRINCIPLED", "Roughness"))
        return tuple(fed(material, *each).image.name for each in nodes)  # type: ignore[return-value] # three

    def named(result: object) -> tuple[str, str, str]:
        name = result.datablock().name  # type: ignore[attr-defined] # it is a result
        return name, f"{name} normal", f"{name} roughness"

    assert shown() == named(first)
    assert len([each for each in material.node_tree.nodes if each.type == 'TEX_IMAGE']) == 3
    bpy.ops.drawthings.select_result(result=later.key)
    assert shown() == named(later)
    bpy.ops.drawthings.select_result(result=first.key)
    assert shown() == named(first)
    bpy.ops.drawthings.put_back()
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color") is None
    assert fed(material, 'BSDF_PRINCIPLED', "Normal") is None
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness") is None


def test_discarded_the_maps_go_from_the_material(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    material = wired(offline, "HEIGHT", "NORMAL", "ROUGHNESS")
    (result,) = session.get().results
    bpy.ops.drawthings.discard_result(result=result.key)
    assert fed(material, 'BSDF_PRINCIPLED', "Normal") is None
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness") is None
    assert fed(material, 'BSDF_PRINCIPLED', "Base Color").image.name == "wall"


def test_put_back_of_maps_takes_them_out_of_the_material(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results
    from bl_ext.user_default.drawthings_addon.blender.selection import Selection
    from bl_ext.user_default.drawthings_addon.blender.session import session

    material = wired(offline, "HEIGHT", "NORMAL", "ROUGHNESS")
    (result,) = session.get().results
    assert results.why_not_put_back(result, Selection.of(bpy.context)) == ""
    assert bpy.ops.drawthings.put_back(result=result.key) == {'FINISHED'}
    assert fed(material, 'BSDF_PRINCIPLED', "Normal") is None
    assert fed(material, 'BSDF_PRINCIPLED', "Roughness") is None
    assert results.why_not_put_back(result, Selection.of(bpy.context)) != ""


def test_of_a_long_name_the_map_is_told_all_the_same(offline: Panel) -> None:
    name = "ü" * 40 if bpy.app.version < (5, 0, 0) else "ü" * 120
    image = packed("wall", noise(8, 8))
    image.name = name
    make_maps(image=image.name)
    for kind, word in NAMES.items():
        (made,) = (each for each in bpy.data.images if each.drawthings.map == kind)
        assert made.name.endswith(f"ü {word}")


def test_what_was_made_seamless_tiles_by_itself(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import map_settings

    packed("wall", noise(64, 64))
    assert not map_settings.of(bpy.context.scene, bpy.data.images["wall"]).use_wrap
    assert bpy.ops.drawthings.make_seamless(image="wall", method='BLEND') == {'FINISHED'}
    (made,) = (each for each in bpy.data.images if each.drawthings.is_seamless)
    assert map_settings.of(bpy.context.scene, made).use_wrap
    assert not offline.maps.use_wrap
    assert bpy.ops.drawthings.make_seamless(image="wall", method='BLEND', axes='X') == {'FINISHED'}
    other = next(each for each in bpy.data.images if each.drawthings.is_seamless and each != made)
    assert not map_settings.of(bpy.context.scene, other).use_wrap
    offline.maps.use, offline.seamless.use = True, True
    assert map_settings.wanted(bpy.context.scene).use_wrap


def test_prompt_to_a_material_that_repeats_in_one_press(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.prompt, panel.maps.use, panel.seamless.use = "moss", True, True
    panel.seamless.method = 'BLEND'
    panel.width = panel.height = 128
    steps = pushed(monkeypatch)
    assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
    assert len(steps) == 1
    material = bpy.context.object.active_material
    picture = fed(material, 'BSDF_PRINCIPLED', "Base Color").image
    normal = fed(material, 'NORMAL_MAP', "Color").image
    assert picture.drawthings.is_seamless
    assert '"use_wrap": true' in normal.drawthings.recipe
    assert tuple(normal.size) == tuple(picture.size)
