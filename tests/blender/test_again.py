# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Again makes another picture from the same pixels, to the same place, and leaves the panel alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_panels import draw_tab
from blender_pictures import bytes_of, noise, packed, paint, render_quickly, textured, tiled, tiles_of
from blender_trees import add_group_node, add_image_node, make_group, make_material, principled_of

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


def session_now() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get()


def newest() -> bpy.types.Image:
    image = session_now().results[0].datablock()
    assert image is not None
    return image


def node_of(material: bpy.types.Material) -> bpy.types.ShaderNodeTexImage:
    return material.node_tree.nodes["Image Texture"]


def cube(name: str) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add()
    owner = bpy.context.object
    owner.name = name
    return owner


def values_of(panel: Panel) -> dict[str, Any]:
    """All that is set in the panel."""
    names = (each.identifier for each in panel.bl_rna.properties if not each.is_readonly)
    values: dict[str, Any] = {name: getattr(panel, name) for name in names}
    for name in ("loras", "styles", "server_options", "advanced", "controls"):
        values[name] = [each.name for each in getattr(panel, name)]
    return values


def requests_but_for_the_seed(server: StandIn) -> list[dict[str, Any]]:
    bodies = [entry.body for entry in server.journal.generations]
    assert len({body["seed"] for body in bodies}) == len(bodies)
    return [body | {"seed": 0} for body in bodies]


def reload(tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    session_now().results.clear()
    bpy.ops.wm.open_mainfile(filepath=str(path))


# The place


def test_a_picture_that_was_an_image_is_put_into_no_material(panel: Panel) -> None:
    wall = packed("wall", noise(64, 64))
    material = textured(wall)
    panel.texture_target = 'MATERIAL'
    bpy.ops.drawthings.txt2img(target='IMAGE')
    bpy.ops.drawthings.again()
    assert len(session_now().results) == 2
    assert node_of(material).image == wall


def test_it_goes_to_the_object_it_was_made_for(panel: Panel) -> None:
    first = cube("First")
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    second = cube("Second")
    other = textured(packed("wall", noise(64, 64)))
    materials = len(bpy.data.materials)
    bpy.ops.drawthings.again()
    assert node_of(first.active_material).image == newest()
    assert node_of(other).image.name == "wall"
    assert second.active_material == other
    assert len(bpy.data.materials) == materials, "the material that was made for it serves again"


def test_a_replaced_image_is_restyled_from_what_it_was(panel: Panel, stand_in: StandIn) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    paint(node_of(material).image, noise(64, 64, seed=9))
    bpy.ops.drawthings.again()
    assert np.array_equal(bytes_of(newest()), noise(64, 64))
    assert node_of(material).image == newest()
    assert newest().name == "wall"
    bpy.ops.drawthings.again()
    assert np.array_equal(bytes_of(newest()), noise(64, 64))
    assert node_of(material).image == newest()
    assert newest().name == "wall"


def test_an_older_result_lands_where_the_newest_is(panel: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    for _ in range(2):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    # Looked at meanwhile, to compare.
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = bpy.data.images["wall.before"]
    bpy.ops.drawthings.select_result(index=1)
    bpy.ops.drawthings.again()
    assert node_of(material).image == newest()
    assert newest().name == "wall"


def test_a_tile_of_a_tiled_image(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    material = textured(image)
    bpy.ops.drawthings.img2img(source='IMAGE', image=image.name, target='REPLACE', tile=1002)
    bpy.ops.drawthings.again()
    assert node_of(material).image == newest()
    assert np.array_equal(tiles_of(newest())[1001], noise(64, 64))
    assert np.array_equal(tiles_of(newest())[1002], noise(64, 64, seed=1))


def test_after_an_undo_it_goes_where_it_was_meant_to(panel: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.ed.undo()
    material = bpy.context.object.active_material
    assert node_of(material).image.name == "wall"
    bpy.ops.drawthings.again()
    material = bpy.context.object.active_material
    assert node_of(material).image == newest()
    assert newest().name == "wall"


def test_a_material_that_was_undone_is_made_again(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    bpy.ops.ed.undo()
    assert bpy.context.object.active_material is None
    bpy.ops.drawthings.again()
    assert node_of(bpy.context.object.active_material).image == newest()


def test_a_node_that_was_renamed_is_found(panel: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    node = node_of(material)
    node.name = "Mine"
    material.name = "Renamed"
    bpy.ops.drawthings.again()
    assert node.image == newest()


def test_a_place_that_is_gone_is_told_before_anything_is_sent(panel: Panel, stand_in: StandIn) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    bpy.data.materials.remove(material)
    with pytest.raises(RuntimeError, match="The material “Wall” is gone"):
        bpy.ops.drawthings.again()
    assert len(stand_in.journal.generations) == 1


def test_a_place_in_another_file(panel: Panel, stand_in: StandIn) -> None:
    textured(packed("wall", noise(64, 64)))
    panel.width = panel.height = 128
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with pytest.raises(RuntimeError, match="made for another file"):
        bpy.ops.drawthings.again()
    assert len(stand_in.journal.generations) == 1


def test_an_image_is_made_again_in_another_file(panel: Panel, stand_in: StandIn) -> None:
    packed("wall", noise(64, 64))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.drawthings.again()
    assert np.array_equal(bytes_of(newest()), noise(64, 64))


# The source


def test_the_source_may_be_painted_renamed_and_named_like_a_tile(panel: Panel, stand_in: StandIn) -> None:
    wall = packed("wall, tile 1001", noise(70, 65))
    bpy.ops.drawthings.img2img(source='IMAGE', image=wall.name)
    paint(wall, noise(70, 65, seed=3))
    wall.name = "floor"
    bpy.ops.drawthings.again()
    first, second = requests_but_for_the_seed(stand_in)
    assert first == second
    assert np.array_equal(bytes_of(newest()), noise(70, 65))


def test_a_float_image_and_its_alpha(panel: Panel, stand_in: StandIn) -> None:
    image = bpy.data.images.new("light", 64, 64, alpha=True, float_buffer=True)
    image.pixels.foreach_set(np.random.default_rng(0).random(64 * 64 * 4, np.float32))
    bpy.ops.drawthings.img2img(source='IMAGE', image="light")
    first = bytes_of(newest())
    image.pixels.foreach_set(np.zeros(64 * 64 * 4, np.float32))
    bpy.ops.drawthings.again()
    assert np.array_equal(bytes_of(newest()), first)


def test_a_render_is_not_rendered_again(panel: Panel, stand_in: StandIn) -> None:
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = 70, 65
    panel.render_source = 'FRESH'
    bpy.ops.drawthings.img2img(source='RENDER')
    first = bytes_of(newest())
    scene.world.color = (1.0, 0.0, 0.0)
    bpy.context.object.hide_render = True
    bpy.ops.render.render()
    bpy.ops.drawthings.again()
    assert np.array_equal(bytes_of(newest()), first)
    assert not np.array_equal(bytes_of(newest()), np.zeros_like(first))


def test_mask_and_what_it_was_then(panel: Panel, preferences: bpy.types.AddonPreferences) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler = "Euler"
        packed("wall", noise(64, 64))
        mask = packed("mask", np.full((64, 64, 4), 255, np.uint8))
        panel.inpaint.mask = mask
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
        paint(mask, noise(64, 64, seed=5))
        panel.inpaint.mask = None
        bpy.ops.drawthings.again()
        first, second = requests_but_for_the_seed(server)
        # Each request has a name of its own, by which the server tells of it.
        assert first.pop("force_task_id") != second.pop("force_task_id")
        assert first["mask"] and first == second
        assert panel.inpaint.mask is None


def wait_until_kept(current: Any) -> None:
    """A worker writes sources, and removes them."""
    until = time.monotonic() + 60.0
    while not current.kept.disk.is_idle:
        assert time.monotonic() < until, "sources were never written"
        time.sleep(0.01)


def test_all_sources_are_files_while_their_results_are_kept(panel: Panel, user_folder: Path) -> None:
    def files() -> list[Path]:
        return list(user_folder.rglob("sources/*/*.png"))

    from bl_ext.user_default.drawthings_addon.blender.session.results import KEPT_RESULTS

    current = session_now()
    before = set(files())
    packed("wall", noise(64, 64))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    wait_until_kept(current)
    made_by = current.results[0].picture.made_by
    assert all(source.pixels is None for source in made_by.sources)
    assert len(set(files()) - before) == 1
    for _ in range(KEPT_RESULTS):
        bpy.ops.drawthings.txt2img()
    wait_until_kept(current)
    assert set(files()) - before == set()


# The panel, and how many


def test_the_panel_is_left_alone(panel: Panel, stand_in: StandIn) -> None:
    packed("wall", noise(64, 64))
    panel.prompt = "rust"
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    panel.prompt, panel.negative_prompt, panel.steps = "something else", "blurry", 33
    panel.use_random_seed, panel.seed, panel.batch_count = False, 12, 3
    panel.loras.add().name = "left"
    before = values_of(panel)
    bpy.ops.drawthings.again()
    assert values_of(panel) == before
    first, second = requests_but_for_the_seed(stand_in)
    assert first == second
    assert second["prompt"] == "rust"


# Which picture


def test_the_buttons_below_the_thumbnails_are_about_the_selected_result(
    panel: Panel, stand_in: StandIn, desk: Desk
) -> None:
    for prompt in ("first", "second"):
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img()
        desk.settle()
    panel.prompt = "third"
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = newest()
    bpy.ops.drawthings.select_result(index=1)
    with bpy.context.temp_override(area=area, space_data=area.spaces.active):
        bpy.ops.drawthings.again()
        desk.settle()
        assert stand_in.journal.generations[-1].body["prompt"] == "first"
        bpy.ops.drawthings.reuse_recipe()
        assert panel.prompt == "first"


def test_a_result_that_comes_meanwhile_is_not_what_a_button_means(
    panel: Panel, stand_in: StandIn, desk: Desk
) -> None:
    panel.prompt = "first"
    bpy.ops.drawthings.txt2img()
    desk.settle()
    key = session_now().results[0].key
    panel.prompt = "second"
    bpy.ops.drawthings.txt2img()
    desk.settle()
    bpy.ops.drawthings.reuse_recipe(result=key)
    assert panel.prompt == "first"
    bpy.ops.drawthings.again(result=key)
    desk.settle()
    assert stand_in.journal.generations[-1].body["prompt"] == "first"
    bpy.ops.drawthings.select_result(index=0, result=key)
    assert bpy.context.window_manager.drawthings.result_index == 2
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.apply_result(result=key, socket='Base Color')
    shown = node_of(bpy.context.object.active_material).image
    assert shown.drawthings.prompt == "first"
    for name in ("again", "reuse_recipe", "apply_result", "show_result"):
        with pytest.raises(RuntimeError, match="not in the list any more"):
            getattr(bpy.ops.drawthings, name)(result="nothing")
    assert "drawthings.again" in draw_tab().operators


def test_a_skipped_one_goes_where_it_was_meant_to(
    panel: Panel, desk: Desk, preferences: bpy.types.AddonPreferences
) -> None:
    material = textured(packed("wall", noise(64, 64)))
    with StandIn(engine="echo", dialect='A1111', faults=Faults(delay_per_step=0.3)) as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler, panel.steps = "Euler", 20
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
        assert server.wait_until_running()
        bpy.ops.drawthings.skip()
        desk.settle()
        assert node_of(material).image != newest()
        server.faults = Faults()
        bpy.ops.drawthings.again()
        desk.settle()
    assert session_now().results[0].recipe.unfinished == ""
    assert node_of(material).image == newest()
    assert newest().name == "wall"


# Pictures out of a file


def test_after_the_file_was_loaded_again(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.data.images["wall.before"].name = "kept, tile 1002"
    bpy.data.images["wall"].name = "brick"
    reload(tmp_path)
    scene = bpy.context.scene
    scene.drawthings.prompt = "something else"
    before = values_of(scene.drawthings)
    bpy.ops.drawthings.again(image="brick")
    first, second = requests_but_for_the_seed(stand_in)
    assert first == second
    assert values_of(scene.drawthings) == before
    shown = node_of(bpy.context.object.active_material).image
    assert shown == newest()
    assert shown.name == "brick"


def test_an_image_of_the_loaded_file_lands_in_its_material(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    owner = cube("Owner")
    owner.active_material = None
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    name = newest().name
    owner.active_material.name = "Renamed"
    cube("Other")
    reload(tmp_path)
    node = node_of(bpy.data.objects["Owner"].active_material)
    node.name = "Mine"
    bpy.ops.drawthings.again(image=name)
    assert node.image == newest()
    assert bpy.data.objects["Other"].active_material is None


def test_a_result_finds_its_datablock_in_the_loaded_file(panel: Panel, tmp_path: Path) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    images = len(bpy.data.images)
    bpy.ops.drawthings.show_result()
    assert len(bpy.data.images) == images
    bpy.ops.drawthings.again()
    material = bpy.context.object.active_material
    assert node_of(material).image == newest()


def test_a_recipe_of_the_first_version(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    """It tells its source by name alone."""
    from bl_ext.user_default.drawthings_addon.blender.delivery import images
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    tiled(tmp_path, {1001: noise(64, 64, seed=90), 1002: noise(64, 64, seed=91)}, name="floor")
    for name in ("wall", "wall, tile 7", "wall, tile 1001", "floor, tile 1002"):
        seed = 91 if name.startswith("floor") else len(name)
        if seed != 91:
            packed(name, noise(64, 64, seed=seed))
            bpy.ops.drawthings.img2img(source='IMAGE', image=name)
        else:
            bpy.ops.drawthings.img2img(source='IMAGE', image="floor", tile=1002)
        written = json.loads(session_now().results[0].recipe.text) | {"source": f"image {name}"}
        old = bpy.data.images.new("old", 8, 8)
        images.remember(old, Path("old.png"), Recipe.from_json(json.dumps(written)))
        session_now().results.clear()
        bpy.ops.drawthings.again(image=old.name)
        assert np.array_equal(bytes_of(newest()), noise(64, 64, seed=seed))


def test_of_two_images_of_one_name_the_one_of_its_library(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    """What the datablock told is lost, as in a picture that is opened from its file."""
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel
    from bl_ext.user_default.drawthings_addon.blender.delivery import images
    from bl_ext.user_default.drawthings_addon.blender.selection import Selection

    wall = packed("wall", noise(64, 64, seed=5))
    wall.use_fake_user = True
    bpy.data.libraries.write(str(tmp_path / "shelf.blend"), {wall})
    bpy.data.images.remove(wall)
    packed("wall", noise(64, 64, seed=6))
    with bpy.data.libraries.load(str(tmp_path / "shelf.blend"), link=True) as (_from, to):
        to.images = ["wall"]
    for linked in (True, False):
        image = next(each for each in bpy.data.images if each.name == "wall" and bool(each.library) == linked)
        from_panel.img2img(Selection.of(bpy.context), 'IMAGE', image=image)
        recipe = session_now().results[0].recipe
        assert recipe.source.library == ("shelf.blend" if linked else "")
        old = bpy.data.images.new("old", 8, 8)
        images.remember(old, Path("old.png"), recipe)
        session_now().results.clear()
        bpy.ops.drawthings.again(image=old.name)
        assert np.array_equal(bytes_of(newest()), noise(64, 64, seed=5 if linked else 6))


def test_what_a_stranger_would_do_to_the_server_is_left_out(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler = "Euler"
        option = panel.server_options.add()
        option.name, option.value = "eta_noise_seed_delta", "2"
        bpy.ops.drawthings.txt2img()
        assert server.journal.generations[-1].body["override_settings"]
        # One that was made here is ours.
        bpy.ops.drawthings.again()
        assert server.journal.generations[-1].body["override_settings"]
        name = newest().name
        session_now().notices.clear()
        reload(tmp_path)
        bpy.ops.drawthings.again(image=name)
        body = server.journal.generations[-1].body
        assert "eta_noise_seed_delta" not in body.get("override_settings", {})
        assert "left out" in "\n".join(each.text for each in session_now().notices)


def test_an_enlarged_one_is_enlarged_again_in_its_place(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.extras.upscaler = "Nearest"
        material = textured(packed("wall", noise(64, 64)))
        bpy.ops.drawthings.upscale(image="wall", target='REPLACE')
        assert tuple(node_of(material).image.size) == (128, 128)
        bpy.ops.drawthings.again()
        assert node_of(material).image == newest()
        assert tuple(newest().size) == (128, 128), "the original is enlarged, and not what came of it"
        reload(tmp_path)
        bpy.ops.drawthings.again(image="wall")
        shown = node_of(bpy.context.object.active_material).image
        assert shown == newest()
        assert tuple(shown.size) == (128, 128)


# What is noted for that


def test_notes_keep_nothing_in_use(panel: Panel) -> None:
    """A texture that was replaced by hand is kept with the file, whatever is noted about it."""
    wall = packed("wall", noise(64, 64))
    wall.use_fake_user = False
    material = textured(wall)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert node_of(material).image != wall
    assert wall.use_fake_user


def test_nothing_that_was_there_looks_shared(panel: Panel) -> None:
    """A pointer would count as a user: of the material, of its image, and of what is shown in its place."""
    wall = packed("wall", noise(64, 64))
    wall.use_fake_user = False
    material = textured(wall)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.drawthings.again()
    shown = node_of(material).image
    assert material.users == 1
    assert shown.users - shown.use_fake_user == 1


def test_a_picture_that_was_appended_has_no_place_here(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    name = newest().name
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    session_now().results.clear()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    mine = textured(packed("mine", noise(64, 64)))
    with bpy.data.libraries.load(str(path)) as (_there, here):
        here.images = [name]
    assert [each.name for each in bpy.data.materials].count("Wall") == 1
    bpy.ops.drawthings.again(image=name)
    assert node_of(mine).image.name == "mine"
    assert len(session_now().results) == 1


def test_a_source_that_is_gone_is_not_what_has_its_name_by_now(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    """The result itself has it, after a Replace."""
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.data.images.remove(bpy.data.images["wall.before"])
    reload(tmp_path)
    with pytest.raises(RuntimeError, match="The image “wall” that this picture was made from is not in this"):
        bpy.ops.drawthings.again(image="wall")
    assert len(stand_in.journal.generations) == 1


@pytest.mark.parametrize("when", ["before it is saved", "after it was loaded"])
def test_without_its_mask_nothing_is_made_anew(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path, when: str
) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler = "Euler"
        packed("wall", noise(64, 64)).use_fake_user = True
        panel.inpaint.mask = packed("mask", np.full((64, 64, 4), 255, np.uint8))
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
        name = newest().name
        if when == "before it is saved":
            bpy.data.images.remove(bpy.data.images["mask"])
        reload(tmp_path)
        if when == "after it was loaded":
            bpy.data.images.remove(bpy.data.images["mask"])
        with pytest.raises(RuntimeError, match=r"The mask .* is not in this file"):
            bpy.ops.drawthings.again(image=name)
        assert len(server.journal.generations) == 1


def test_a_place_that_was_gone_when_the_file_was_saved(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    """A node of the material's own tree may have the name of the one in the group, and another material that
    of the one that it was in."""
    group, _start, end = make_group("Colors")
    node = add_image_node(group, "Image Texture")
    group.links.new(node.outputs["Color"], end.inputs[0])
    material = make_material()
    tree = material.node_tree
    tree.links.new(add_group_node(tree, group).outputs[0], principled_of(tree).inputs["Base Color"])
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    name = newest().name
    own = add_image_node(tree, "Image Texture")
    before = own.image.name
    bpy.data.node_groups.remove(group)
    reload(tmp_path)
    with pytest.raises(RuntimeError, match="is gone"):
        bpy.ops.drawthings.again(image=name)
    own = bpy.context.object.active_material.node_tree.nodes["Image Texture"]
    assert own.image.name == before
    assert len(stand_in.journal.generations) == 1


def test_a_picture_that_was_appended_has_no_place_here_when_the_file_is_opened_again(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    name = newest().name
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    textured(packed("wall", noise(64, 64, seed=5)))
    with bpy.data.libraries.load(str(path)) as (_there, here):
        here.images = [name]
    here.images[0].use_fake_user = True
    session_now().results.clear()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="that this picture was made from is not in this file"):
            bpy.ops.drawthings.again(image=name)
        reload(tmp_path)
    assert node_of(bpy.data.materials["Wall"]).image.name == "wall"
    assert len(stand_in.journal.generations) == 1


def test_the_tile_that_was_enlarged_is_enlarged_again(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.extras.upscaler = "Nearest"
        image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
        image.use_fake_user = True
        image.tiles.active_index = 1
        bpy.ops.drawthings.upscale(image=image.name, target='IMAGE')
        name = newest().name
        first = bytes_of(newest())
        image.tiles.active_index = 0
        reload(tmp_path)
        bpy.ops.drawthings.again(image=name)
        assert np.array_equal(bytes_of(newest()), first)


def test_one_that_went_nowhere_goes_to_its_object_when_the_file_is_opened_again(
    panel: Panel, desk: Desk, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    owner = cube("Owner")
    with StandIn(engine="echo", dialect='A1111', faults=Faults(delay_per_step=0.3)) as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler, panel.steps = "Euler", 20
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        assert server.wait_until_running()
        bpy.ops.drawthings.skip()
        desk.settle()
        name = newest().name
        owner.name = "Renamed"
        cube("Other")
        reload(tmp_path)
        server.faults = Faults()
        bpy.ops.drawthings.again(image=name)
        desk.settle()
    assert node_of(bpy.data.objects["Renamed"].active_material).image == newest()
    assert bpy.data.objects["Other"].active_material is None
