# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artist goes on working while a job runs: what the result was for may be gone when it comes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_editors import shader_editor
from blender_pictures import bytes_of, generated, noise, packed, paint, textured, tiled

from campaign import share

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


def pictures_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))


def remember_undo(message: str = "before") -> None:
    bpy.ops.ed.undo_push(message=message)


def result_image(desk: Desk) -> bpy.types.Image:
    image = desk.session.results[0].datablock()
    assert image is not None
    return image


def test_an_order_returns_at_once(panel: Panel, desk: Desk) -> None:
    desk.hold()
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    desk.wait_until_running()
    desk.session.step()
    assert len(desk.session.statuses()) == 1
    assert not desk.session.results
    desk.finish()
    assert len(desk.session.results) == 1
    assert not desk.session.statuses()
    assert not desk.session.has_work


def test_renamed_material_is_found(panel: Panel, desk: Desk) -> None:
    material = textured(packed("wall", noise(64, 64)))
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    material.name = "Renamed"
    bpy.data.materials.new("Wall")
    desk.finish()
    assert material.node_tree.nodes["Image Texture"].image == result_image(desk)
    assert desk.told == ""


def test_renamed_image_is_found(panel: Panel, desk: Desk) -> None:
    image = packed("wall", noise(64, 64))
    desk.hold()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    desk.wait_until_running()
    image.name = "floor"
    packed("wall", noise(64, 64, seed=2))
    desk.finish()
    assert bpy.data.images["floor"] == result_image(desk)
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), noise(64, 64, seed=2))


def test_results_of_one_image_follow_each_other(panel: Panel, desk: Desk) -> None:
    """Two orders, one of several pictures: what comes of each takes the place of the one before, under the
    image's name."""
    image = packed("wall", noise(64, 64))
    material = textured(image)
    panel.use_random_seed, panel.seed, panel.batch_count = False, 7, 2
    desk.hold()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    panel.seed, panel.batch_count = 70, 1
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    desk.finish()
    shown = material.node_tree.nodes["Image Texture"].image
    assert (shown.name, shown.drawthings.seed) == ("wall", 70)
    kept = {each.drawthings.seed for each in bpy.data.images if each.name.startswith("wall.before")}
    assert kept == {0, 7}
    beside = next(each for each in bpy.data.images if each.drawthings.seed == 8)
    assert beside.drawthings.is_replaced and beside.users == beside.use_fake_user
    assert desk.told == ""


def test_tiles_of_one_image_are_all_kept(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    material = textured(image)
    desk.hold()
    for tile in (1001, 1002):
        bpy.ops.drawthings.img2img(source='IMAGE', image=image.name, target='REPLACE', tile=tile)
    desk.finish()
    first = desk.session.results[1].datablock()
    assert first is not None
    assert material.node_tree.nodes["Image Texture"].image == result_image(desk)
    assert first.name == "wall.before.001"


def test_an_image_that_was_replaced_can_be_replaced_itself(panel: Panel, desk: Desk) -> None:
    material = textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    desk.finish()
    shown = material.node_tree.nodes["Image Texture"].image
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall.before", target='REPLACE')
    desk.finish()
    assert material.node_tree.nodes["Image Texture"].image == shown
    assert result_image(desk).name == "wall.before"


def test_deleted_material(panel: Panel, desk: Desk, output: Path) -> None:
    material = textured(packed("wall", noise(64, 64)))
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.data.materials.remove(material)
    desk.finish()
    assert "The material “Wall” is gone" in desk.told
    assert result_image(desk).name in desk.told
    assert len(pictures_in(output)) == 1


def test_deleted_object(panel: Panel, desk: Desk) -> None:
    bpy.context.object.data.materials.clear()
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.data.objects.remove(bpy.context.object)
    desk.finish()
    assert "The object “Cube” is gone" in desk.told
    assert result_image(desk).name in desk.told


def test_deleted_image(panel: Panel, desk: Desk) -> None:
    packed("wall", noise(64, 64))
    desk.hold()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    desk.wait_until_running()
    bpy.data.images.remove(bpy.data.images["wall"])
    desk.finish()
    assert "The image “wall” is gone" in desk.told
    assert result_image(desk).name in desk.told
    assert np.array_equal(bytes_of(result_image(desk)), noise(64, 64))


def test_deleted_image_node(panel: Panel, desk: Desk) -> None:
    material = textured(packed("wall", noise(64, 64)))
    desk.hold()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    desk.wait_until_running()
    material.node_tree.nodes.remove(material.node_tree.nodes["Image Texture"])
    desk.finish()
    assert "The image node “Image Texture” of “Wall” is gone" in desk.told
    assert result_image(desk).name in desk.told


def test_undone_target(panel: Panel, desk: Desk) -> None:
    remember_undo("start")
    textured(packed("wall", noise(64, 64)))
    remember_undo("material")
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.ops.ed.undo()
    assert "Wall" not in bpy.data.materials
    desk.finish()
    assert "The material “Wall” is gone" in desk.told
    assert result_image(desk).name in desk.told


def test_undo_of_something_else(panel: Panel, desk: Desk) -> None:
    textured(packed("wall", noise(64, 64)))
    remember_undo("material")
    bpy.data.objects["Cube"].location.x = 5.0
    remember_undo("move")
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.ops.ed.undo()
    assert bpy.data.objects["Cube"].location.x == 0.0
    desk.finish()
    assert bpy.data.materials["Wall"].node_tree.nodes["Image Texture"].image == result_image(desk)
    assert desk.told == ""


def test_another_file(panel: Panel, desk: Desk, output: Path) -> None:
    textured(packed("wall", noise(64, 64)))
    desk.hold()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    desk.wait_until_running()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    names = {image.name for image in bpy.data.images}
    desk.finish()
    assert {image.name for image in bpy.data.images} == names, "the other file never asked for it"
    (path,) = pictures_in(output)
    assert f"Another file was opened meanwhile. The picture is {path}" in desk.told
    assert desk.session.results[0].datablock() is None
    assert bpy.ops.drawthings.show_result() == {'FINISHED'}, "it can still be brought in"
    assert bpy.data.images[path.stem].drawthings.prompt == "weathered copper"


def test_another_server(panel: Panel, desk: Desk, preferences: bpy.types.AddonPreferences) -> None:
    """What the old one answers tells nothing of the new one."""
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    preferences.server_url = "http://127.0.0.1:9"
    desk.finish()
    assert len(desk.session.results) == 1
    assert desk.session.status.connection.name == "NOT_ASKED"


def test_disabled_while_a_picture_is_held_back(
    panel: Panel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A render that goes on for hours holds deliveries back; the extension may be updated meanwhile."""
    from bl_ext.user_default.drawthings_addon.blender.session import lifecycle, session

    monkeypatch.setattr(session, "_hands_full", lambda: True)
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.release()
    while desk.session.statuses():
        desk.session.step()
    assert not desk.session.results
    lifecycle.unregister()
    lifecycle.register()
    assert session.get() is desk.session
    monkeypatch.undo()
    desk.settle()
    assert len(desk.session.results) == 1


def test_a_render_that_does_not_start_waits_for_nothing(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import render_job
    from bl_ext.user_default.drawthings_addon.errors import SourceUnavailable

    scene = bpy.context.scene
    # Blender refuses to render an empty region.
    scene.render.use_border = True
    scene.render.border_min_x = scene.render.border_max_x = 0.5
    called: list[bool] = []
    with pytest.raises(SourceUnavailable, match="could not render"):
        render_job.start_render(scene, called.append)
    assert not render_job.is_waiting()


def test_the_same_file_loaded_again(panel: Panel, desk: Desk, output: Path, tmp_path: Path) -> None:
    textured(packed("wall", noise(64, 64)))
    blend = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    bpy.ops.wm.open_mainfile(filepath=blend)
    desk.finish()
    assert str(pictures_in(output)[0]) in desk.told


def test_removed_scene(panel: Panel, desk: Desk) -> None:
    bpy.data.scenes.new("Other")
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    bpy.data.scenes.remove(bpy.data.scenes["Scene"])
    desk.finish()
    assert result_image(desk).packed_file is not None


# Undo of a delivery


def test_undo_takes_a_material_back_and_redo_brings_it(panel: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    nodes = sorted(node.name for node in material.node_tree.nodes)
    panel.socket = "Roughness"
    remember_undo()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    material = bpy.data.materials["Wall"]
    assert len(material.node_tree.nodes) == len(nodes) + 1
    result = material.node_tree.nodes["Principled BSDF"].inputs["Roughness"].links[0].from_node.image.name
    bpy.ops.ed.undo()
    material = bpy.data.materials["Wall"]
    assert sorted(node.name for node in material.node_tree.nodes) == nodes
    assert not material.node_tree.nodes["Principled BSDF"].inputs["Roughness"].links
    assert result not in bpy.data.images
    bpy.ops.ed.redo()
    linked = bpy.data.materials["Wall"].node_tree.nodes["Principled BSDF"].inputs["Roughness"].links
    assert linked[0].from_node.image.name == result
    assert bpy.data.images[result].packed_file is not None


def test_undo_brings_back_unsaved_paint(panel: Panel) -> None:
    painted = noise(70, 65, seed=3)
    image = generated("wall", noise(70, 65))
    textured(image)
    remember_undo("new")
    paint(image, painted)
    remember_undo("paint")
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert bpy.data.images["wall.before"].is_dirty
    bpy.ops.ed.undo()
    assert "wall.before" not in bpy.data.images
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert node.image.name == "wall"
    assert np.array_equal(bytes_of(node.image), painted)
    bpy.ops.ed.redo()
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert node.image.drawthings.recipe
    assert np.array_equal(bytes_of(node.image), painted), "the server echoes"
    assert np.array_equal(bytes_of(bpy.data.images["wall.before"]), painted)


def test_one_step_for_one_picture(panel: Panel) -> None:
    panel.batch_count = 2
    remember_undo()
    names = {image.name for image in bpy.data.images}
    bpy.ops.drawthings.txt2img()
    both = {image.name for image in bpy.data.images} - names
    assert len(both) == 2
    bpy.ops.ed.undo()
    assert len({image.name for image in bpy.data.images} - names) == 1
    bpy.ops.ed.undo()
    assert {image.name for image in bpy.data.images} == names


@pytest.mark.campaign
def test_undo_steps_while_threads_work(panel: Panel) -> None:
    """With a context override in the way, this crashed 4.2, 4.5 and 5.0 within 150 steps."""
    from bl_ext.user_default.drawthings_addon.blender import undo

    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            thread = threading.Thread(target=lambda: sum(range(2000)))
            thread.start()
            thread.join()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(share(2000)):
            undo.push("Draw Things: a step")
    finally:
        over.set()
        for worker in workers:
            worker.join()


def test_a_node_without_a_picture_is_taken_back(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel
    from bl_ext.user_default.drawthings_addon.errors import BridgeError

    assert not bpy.ops.drawthings.add_generated_image.poll(), "it is for the Shader Editor alone"
    material = textured(packed("wall", noise(64, 64)))
    tree = material.node_tree

    def refuse(*_unused: object) -> None:
        raise BridgeError("No model fits.")

    def state() -> tuple:
        return [(node.name, node.select) for node in tree.nodes], tree.nodes.active

    before = state()
    depth = bpy.context.scene.drawthings.scene_controls.depth
    with shader_editor(tree):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(BridgeError):
            # As where the server has no model for a map that is switched on.
            depth.use = True
            patch.setattr(from_panel.controlnet, "with_controls", refuse)
            from_panel.add_generated_image(Selection.of(bpy.context))
        depth.use = False
        assert state() == before
        node = from_panel.add_generated_image(Selection.of(bpy.context))
        desk.settle()
    assert node.image == result_image(desk)


def test_a_scene_that_is_gone_before_its_maps_are_rendered(panel: Panel, desk: Desk) -> None:
    """The first step of rendering them comes a moment after the order."""
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.actions import generate
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target
    from bl_ext.user_default.drawthings_addon.client.request import Control

    scene = bpy.context.scene
    request = settings.request(scene, "txt2img")
    request = request.changed(controls=(Control("depth", source="DEPTH"),))
    tasks: list = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.session, "attend", tasks.append)
        generate.submit(request, None, Target(), generate.Options(Reference.to(scene)))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    desk.session._tasks += tasks
    desk.settle()
    assert "is gone" in desk.told


@pytest.mark.parametrize("is_new", [False, True])
def test_another_slot_that_is_chosen_meanwhile_keeps_its_material(
    panel: Panel, desk: Desk, *, is_new: bool
) -> None:
    clay = textured(packed("wall", noise(64, 64)))
    owner = bpy.context.object
    owner.data.materials.append(bpy.data.materials.new("Glaze") if is_new else None)
    owner.active_material_index = len(owner.material_slots) - 1
    panel.use_new_material = is_new
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    owner.active_material_index = 0
    desk.finish()
    assert owner.material_slots[0].material == clay
    images = [each.image.name for each in clay.node_tree.nodes if each.type == 'TEX_IMAGE']
    assert images == ["wall"]
    made = owner.material_slots[-1].material
    assert [each.image for each in made.node_tree.nodes if each.type == 'TEX_IMAGE'] == [result_image(desk)]


def test_a_slot_that_is_gone_meanwhile_is_the_active_one(panel: Panel, desk: Desk) -> None:
    owner = bpy.context.object
    owner.data.materials.append(None)
    owner.active_material_index = 1
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    owner.data.materials.pop(index=1)
    desk.finish()
    (slot,) = owner.material_slots
    assert result_image(desk) in [getattr(each, "image", None) for each in slot.material.node_tree.nodes]
