# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture becomes an image, a material's texture, or takes the place of what was sent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from blender_pictures import bytes_of, noise, on_disk, packed, read_png, text_of, textured, tiled
from blender_results import newest, told

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def make_material(name: str = "Wall") -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    bpy.context.object.active_material = material
    return material


def shader_of(material: bpy.types.Material) -> bpy.types.Node:
    return material.node_tree.nodes["Principled BSDF"]


def texture_into(material: bpy.types.Material, socket: str) -> bpy.types.Node:
    """The node wired straight into the socket."""
    return shader_of(material).inputs[socket].links[0].from_node


def wiring(material: bpy.types.Material) -> set[tuple[str, str, str, str]]:
    return {
        (link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name)
        for link in material.node_tree.links
    }


# An image


def test_image_is_packed_and_remembers(panel: Panel, stand_in: StandIn, output: Path) -> None:
    panel.use_random_seed = False
    panel.seed = 4711
    panel.negative_prompt = "rust"
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    image = newest()
    files = list(output.glob("*.png"))
    assert len(files) == 1
    assert image.source == 'FILE'
    assert image.use_fake_user
    assert image.packed_file.data == files[0].read_bytes()
    assert np.array_equal(bytes_of(image), read_png(files[0]))
    assert Path(bpy.path.abspath(image.filepath_raw)) == files[0]

    notes = image.drawthings
    assert (notes.operation, notes.prompt, notes.negative_prompt) == ("txt2img", "weathered copper", "rust")
    assert (notes.seed, notes.server) == (4711, stand_in.url)
    assert notes.model == stand_in.app_state.value("model"), "what “as set in the app” was"
    recipe = json.loads(notes.recipe)
    assert recipe["request"]["sampling"]["seed"] == 4711
    assert recipe["request"]["images"]["width"] == 128
    texts = text_of(files[0])
    assert json.loads(texts["drawthings"]) == recipe
    assert texts["parameters"].startswith("weathered copper\nNegative prompt: rust\n")


def test_several_pictures_have_seeds_one_apart(panel: Panel, output: Path) -> None:
    panel.use_random_seed = False
    panel.seed = -1
    panel.batch_count = 3
    bpy.ops.drawthings.txt2img()
    from bl_ext.user_default.drawthings_addon.blender.session import session

    seeds = [result.recipe.request.sampling.seed for result in reversed(session.get().results)]
    assert seeds == [2**32 - 1, 0, 1]
    assert len(list(output.glob("*.png"))) == 3
    assert len({image.name for image in bpy.data.images if image.drawthings.recipe}) == 3


def test_survives_save_and_reload_without_its_folder(panel: Panel, output: Path, tmp_path: Path) -> None:
    bpy.ops.drawthings.txt2img()
    name, pixels, recipe = newest().name, bytes_of(newest()), newest().drawthings.recipe
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    shutil.rmtree(output)
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    image = bpy.data.images[name]
    assert np.array_equal(bytes_of(image), pixels)
    assert image.drawthings.recipe == recipe


def test_unpacked_on_request(panel: Panel, output: Path) -> None:
    panel.use_pack = False
    bpy.ops.drawthings.txt2img()
    image = newest()
    assert image.packed_file is None
    assert Path(bpy.path.abspath(image.filepath)).parent == output
    assert image.use_fake_user
    assert image.drawthings.recipe


def test_shown_in_an_image_editor(panel: Panel) -> None:
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    bpy.ops.drawthings.txt2img()
    assert area.spaces.active.image == newest()
    shown = newest()
    area.spaces.active.use_image_pin = True
    bpy.ops.drawthings.txt2img()
    assert area.spaces.active.image == shown, "a pinned editor keeps its image"
    area.spaces.active.use_image_pin = False
    panel.use_show = False
    bpy.ops.drawthings.txt2img()
    assert area.spaces.active.image == shown


@pytest.mark.filterwarnings("ignore:.*blend relative")
def test_a_folder_beside_a_file_that_is_not_saved(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    """Not wherever Blender was started."""
    from bl_ext.user_default.drawthings_addon.blender import paths

    preferences.output_directory = "//renders"
    assert paths.output_directory(preferences) == paths.user_directory() / "pictures"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert paths.output_directory(preferences) == tmp_path / "renders"


def test_what_is_selected_stays_selected(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    interface = bpy.context.window_manager.drawthings
    for _ in range(2):
        bpy.ops.drawthings.txt2img()
    interface.result_index = 1
    chosen = results.selected()
    bpy.ops.drawthings.txt2img()
    assert results.selected() is chosen
    interface.result_index = 0
    bpy.ops.drawthings.txt2img()
    newest_one = results.selected()
    assert newest_one is not None and newest_one.datablock() == newest()


def test_a_folder_that_cannot_be_written(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    preferences.output_directory = str(blocked)
    bpy.ops.drawthings.txt2img()
    assert newest().packed_file is not None
    assert "cannot be written to" in told()
    path = Path(bpy.path.abspath(newest().filepath_raw))
    assert path.is_file()
    path.unlink()


# A material


def test_object_without_material_gets_one(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    material = bpy.context.object.active_material
    node = texture_into(material, "Base Color")
    assert node.image == newest()
    assert node.image.colorspace_settings.name == 'sRGB'


def test_material_without_texture_gets_a_node(panel: Panel) -> None:
    material = make_material()
    shader_of(material).inputs["Roughness"].default_value = 0.125
    before = wiring(material)
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert bpy.context.object.active_material == material
    assert texture_into(material, "Base Color").image == newest()
    assert before < wiring(material)
    assert shader_of(material).inputs["Roughness"].default_value == 0.125


def test_wired_image_node_keeps_its_mapping(panel: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    tree = material.node_tree
    image_node = tree.nodes["Image Texture"]
    image_node.interpolation = 'Closest'
    image_node.extension = 'CLIP'
    mapping = tree.nodes.new('ShaderNodeMapping')
    mapping.inputs["Scale"].default_value = (2, 3, 4)
    uv = tree.nodes.new('ShaderNodeUVMap')
    uv.uv_map = "UVMap"
    tree.links.new(uv.outputs["UV"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], image_node.inputs["Vector"])
    before, nodes = wiring(material), sorted(node.name for node in tree.nodes)
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert wiring(material) == before
    assert sorted(node.name for node in tree.nodes) == nodes
    assert image_node.image == newest()
    assert (image_node.interpolation, image_node.extension) == ('Closest', 'CLIP')
    assert tuple(mapping.inputs["Scale"].default_value) == (2, 3, 4)


def test_replaced_image_is_not_lost(panel: Panel, tmp_path: Path) -> None:
    pixels = noise(64, 64)
    textured(packed("wall", pixels))
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), pixels)


def test_other_nodes_stay_in_the_tree(panel: Panel) -> None:
    material = make_material()
    tree = material.node_tree
    ramp = tree.nodes.new('ShaderNodeValToRGB')
    noise_node = tree.nodes.new('ShaderNodeTexNoise')
    tree.links.new(noise_node.outputs[0], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader_of(material).inputs["Base Color"])
    names = {node.name for node in tree.nodes}
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert names < {node.name for node in tree.nodes}
    assert texture_into(material, "Base Color").image == newest()
    assert ramp.inputs["Fac"].links[0].from_node == noise_node


@pytest.mark.parametrize(
    ("socket", "space"),
    [
        ("Base Color", 'sRGB'),
        ("Roughness", 'Non-Color'),
        ("Metallic", 'Non-Color'),
        ("Normal", 'Non-Color'),
        ("Alpha", 'Non-Color'),
        ("Emission Color", 'sRGB'),
    ],
)
def test_each_socket_has_its_color_space(panel: Panel, socket: str, space: str) -> None:
    material = make_material()
    panel.socket = socket
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    node = texture_into(material, socket)
    if socket == "Normal":
        assert node.bl_idname == 'ShaderNodeNormalMap'
        node = node.inputs["Color"].links[0].from_node
    assert node.bl_idname == 'ShaderNodeTexImage'
    assert node.image == newest()
    assert node.image.colorspace_settings.name == space
    # The second one takes the same node.
    count = len(material.node_tree.nodes)
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert len(material.node_tree.nodes) == count
    assert node.image == newest()
    assert node.image.colorspace_settings.name == space


def test_every_offered_socket_is_tested(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import choices

    tested = {"Base Color", "Roughness", "Metallic", "Normal", "Alpha", "Emission Color"}
    assert {identifier for identifier, *_ in choices.SOCKETS} == tested


def test_new_material_on_request(panel: Panel) -> None:
    old = textured(packed("wall", noise(64, 64)))
    before = wiring(old)
    panel.use_new_material = True
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    new = bpy.context.object.active_material
    assert new != old
    assert texture_into(new, "Base Color").image == newest()
    assert wiring(old) == before
    assert old.node_tree.nodes["Image Texture"].image.name == "wall"
    assert old.users, "nothing else uses it, and yet it is kept with the file"


def test_a_principled_that_is_gone_meanwhile(panel: Panel, desk: Desk) -> None:
    material = make_material()
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    material.node_tree.nodes.remove(shader_of(material))
    before = wiring(material)
    desk.finish()
    assert wiring(material) == before
    assert "“Wall” has no Principled BSDF" in desk.told
    assert newest().name in desk.told, "the notice says where the picture is"


def test_no_active_object(panel: Panel) -> None:
    bpy.context.view_layer.objects.active = None
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert newest().packed_file is not None


# In the place of what was sent


def test_all_users_follow(panel: Panel, tmp_path: Path) -> None:
    image = on_disk(tmp_path / "file.png", noise(64, 64))
    image.name = "wall"
    image.colorspace_settings.name = 'Non-Color'
    first, second = textured(image), textured(image)
    brush = bpy.data.textures.new("stamp", 'IMAGE')
    brush.image = image
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    new, old = bpy.data.images["wall"], bpy.data.images["wall.before"]
    assert old == image
    assert new == newest()
    assert old.use_fake_user
    for material in (first, second):
        assert material.node_tree.nodes["Image Texture"].image == new
    assert brush.image == new
    assert new.colorspace_settings.name == 'Non-Color'
    assert new.drawthings.recipe
    assert Path(bpy.path.abspath(old.filepath)) == tmp_path / "file.png"
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert bpy.data.images["wall"] == newest()
    assert second.node_tree.nodes["Image Texture"].image == newest()


@pytest.mark.parametrize("length", [56, 60, 63])
def test_a_long_name_is_kept(panel: Panel, length: int) -> None:
    name = ("ä" * 40).encode()[: length // 2 * 2].decode() + "x" * (length % 2)
    packed(name, noise(64, 64))
    assert name in bpy.data.images
    bpy.ops.drawthings.img2img(source='IMAGE', image=name, target='REPLACE')
    assert bpy.data.images[name] == newest()


def test_replacing_twice_keeps_every_step(panel: Panel) -> None:
    packed("wall", noise(64, 64))
    for _ in range(3):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    kept = [image.name for image in bpy.data.images if image.name.startswith("wall.before")]
    assert len(kept) == 3


@pytest.mark.parametrize("target", ['REPLACE', 'MATERIAL'])
def test_tiled_image_follows(panel: Panel, tmp_path: Path, target: str) -> None:
    """One tile alone would be shown instead of the set."""
    material = textured(tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}))
    bpy.ops.drawthings.img2img(source='TEXTURE', target=target)
    new = material.node_tree.nodes["Image Texture"].image
    assert (new.name, new.source) == ("wall", 'TILED')
    assert new.drawthings.recipe
    assert bpy.data.images["wall.before"].source == 'TILED'


def test_linked_image_is_refused_before_anything_is_sent(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {packed("shared", noise(64, 64))})
    bpy.data.images.remove(bpy.data.images["shared"])
    with bpy.data.libraries.load(str(library), link=True) as (_there, here):
        here.images = ["shared"]
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="shared", target='REPLACE')
    assert not stand_in.journal.generations
    bpy.ops.drawthings.img2img(source='IMAGE', image="shared", target='IMAGE')
    assert np.array_equal(bytes_of(newest()), noise(64, 64))


def test_a_color_space_that_the_studio_does_not_have() -> None:
    """A studio's own OpenColorIO configuration has names of its own."""
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    image = bpy.data.images.new("wall", 4, 4)
    images.set_color_space(image, "Utility - sRGB - Texture")
    assert image.colorspace_settings.name == 'sRGB'
    images.set_color_space(image, 'Non-Color')
    assert image.colorspace_settings.is_data


def test_tiles_that_cannot_be_written(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import udim
    from bl_ext.user_default.drawthings_addon.errors import StorageFailed

    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    names = set(bpy.data.images.keys())
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="“wall” cannot be written"):
        udim.with_tile_replaced(image, 1001, b"", tmp_path / "file" / "tiles")
    assert set(bpy.data.images.keys()) == names
