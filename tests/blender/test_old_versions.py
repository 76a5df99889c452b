# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artist does between two presses: by hand, elsewhere, with libraries, and with old versions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_panels import draw_head, in_editor, ours
from blender_pictures import bytes_of, noise, packed, paint, textured, tiled, tiles_of
from blender_results import newest
from blender_trees import add_node, make_material, principled_of, wiring
from recording_layout import draw

from build import link_source

if TYPE_CHECKING:
    pass

Panel = bpy.types.PropertyGroup


def versions() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions as found

    return found


def results() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.actions import results as found

    return found


def press(count: int = 1) -> list[bpy.types.Image]:
    """Textures for the active object; the newest one last."""
    found = []
    for _ in range(count):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        found.append(newest())
    return found


def replace(count: int = 1) -> list[bpy.types.Image]:
    found = []
    for _ in range(count):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
        found.append(newest())
    return found


def node_of(material: bpy.types.Material) -> bpy.types.Node:
    return material.node_tree.nodes["Image Texture"]


def key(index: int) -> str:
    """Of a result: 0 is the newest."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return str(session.get().results[index].key)


def reload(folder: Path) -> None:
    path = folder / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


# By hand


def test_another_image_that_the_artist_put_there_stays(panel: Panel) -> None:
    material = make_material()
    first, second = press(2)
    brick = packed("brick", noise(8, 8))
    node_of(material).image = brick
    assert not versions().where(second)
    assert "“brick” is" in versions().why_not_put_back(second)
    (place,) = versions().places(second)
    assert place.is_foreign and place.now == brick
    bpy.ops.drawthings.select_result(result=key(1))
    assert node_of(material).image == brick, "it is only selected"
    assert results().selected().key == key(1)
    with pytest.raises(RuntimeError, match="“brick” is"):
        bpy.ops.drawthings.put_back(result=key(0))
    # The artist asks for it.
    bpy.ops.drawthings.restore_version(image=first.name)
    assert node_of(material).image == first
    assert brick.use_fake_user


def test_a_picture_for_what_was_put_there_by_hand(panel: Panel) -> None:
    """It is a place of its own: what comes back is what was there."""
    material = make_material()
    press()
    node = node_of(material)
    brick = node.image = packed("brick", noise(8, 8))
    (third,) = press()
    assert versions().before(third) == brick
    bpy.ops.drawthings.put_back()
    assert node_of(material).image == brick
    assert node_of(material) == node


def test_nodes_between_are_not_lost(panel: Panel) -> None:
    tree = make_material().node_tree
    (picture,) = press()
    node = node_of(bpy.data.materials["Wall"])
    hue = add_node(tree, 'ShaderNodeHueSaturation')
    tree.links.new(node.outputs["Color"], hue.inputs["Color"])
    tree.links.new(hue.outputs["Color"], principled_of(tree).inputs["Base Color"])
    before = wiring(tree)
    assert versions().where(picture)
    assert "changed by hand" in versions().why_not_put_back(picture)
    with pytest.raises(RuntimeError, match="changed by hand"):
        bpy.ops.drawthings.put_back()
    assert wiring(tree) == before
    # Another picture goes there all the same, and back.
    (second,) = press()
    bpy.ops.drawthings.put_back()
    assert hue.inputs["Color"].links[0].from_node.image == picture != second


def test_a_mapping_that_the_artist_wired_in_stays(panel: Panel) -> None:
    tree = make_material().node_tree
    (picture,) = press()
    node = node_of(bpy.data.materials["Wall"])
    mapping = add_node(tree, 'ShaderNodeMapping')
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
    there = wiring(tree)
    bpy.ops.drawthings.put_back()
    assert not principled_of(tree).inputs["Base Color"].links
    assert node.inputs["Vector"].links[0].from_node == mapping
    assert not versions().where(picture)
    bpy.ops.drawthings.restore_version(image=picture.name)
    assert wiring(tree) == there
    assert versions().where(picture)


def test_a_renamed_node_and_a_renamed_image(panel: Panel, tmp_path: Path) -> None:
    material = make_material()
    before = wiring(material.node_tree)
    first, second = press(2)
    node_of(material).name = "Clay"
    first.name, second.name = "one", "two"
    material.name = "Other"
    assert versions().where(second) == "Cube · Base Color"
    reload(tmp_path)
    bpy.ops.drawthings.put_back(image="two")
    tree = bpy.data.materials["Other"].node_tree
    assert tree.nodes["Clay"].image == bpy.data.images["one"]
    bpy.ops.drawthings.put_back(image="one")
    assert wiring(tree) == before
    assert "Clay" not in tree.nodes


def test_what_is_gone_is_told(panel: Panel) -> None:
    wall = packed("wall", noise(8, 8))
    material = textured(wall)
    (picture,) = press()
    bpy.data.images.remove(wall)
    assert "“wall” is gone" in versions().why_not_put_back(picture)
    bpy.data.materials.remove(material)
    assert versions().why_not_put_back(picture)
    assert not versions().where(picture)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.restore_version(image=picture.name)


def test_an_object_with_another_material_by_now(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    (picture,) = press()
    made = bpy.context.object.active_material
    bpy.context.object.active_material = bpy.data.materials.new("Mine")
    assert not versions().where(picture)
    bpy.ops.drawthings.select_result(result=key(0))
    assert bpy.context.object.active_material.name == "Mine"
    bpy.context.object.active_material = made
    bpy.ops.drawthings.put_back()
    assert not bpy.context.object.material_slots
    assert made.use_fake_user, "what the artist did to it is not lost"


def test_an_older_picture_that_was_deleted_is_passed_over(panel: Panel) -> None:
    material = make_material()
    before = wiring(material.node_tree)
    first, second, third = press(3)
    bpy.data.images.remove(second)
    assert versions().before(third) is None
    bpy.ops.drawthings.put_back()
    assert node_of(material).image == first
    bpy.data.images.remove(third)
    bpy.ops.drawthings.put_back(image=first.name)
    assert wiring(material.node_tree) == before


def test_a_material_of_a_library(panel: Panel, tmp_path: Path) -> None:
    make_material()
    press(2)
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {bpy.context.object})
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (_there, here):
        here.objects = ["Cube"]
    linked = next(each for each in bpy.data.images if each.drawthings.recipe)
    assert not versions().places(linked)
    assert not versions().where(linked)


# Elsewhere


def test_to_another_socket_and_back(panel: Panel) -> None:
    material = make_material()
    tree = material.node_tree
    (picture,) = press()
    before = wiring(tree)
    bpy.ops.drawthings.apply_result(socket='Emission Color')
    assert versions().where(picture) == "Cube · Base Color and 1 more"
    assert len(versions().shown_by(picture)) == 2
    bpy.ops.drawthings.put_back()
    assert not versions().where(picture)
    assert wiring(tree) < before


def test_choosing_is_for_the_place_that_both_share(panel: Panel) -> None:
    material = make_material()
    shader = principled_of(material.node_tree)
    first, second = press(2)
    # The older one to another socket, too.
    bpy.ops.drawthings.select_result(result=key(1))
    bpy.ops.drawthings.apply_result(socket='Emission Color')
    bpy.ops.drawthings.select_result(result=key(0))
    assert shader.inputs["Base Color"].links[0].from_node.image == second
    assert shader.inputs["Emission Color"].links[0].from_node.image == first
    bpy.ops.drawthings.select_result(result=key(1))
    assert shader.inputs["Base Color"].links[0].from_node.image == first


def test_an_undone_application_is_none(panel: Panel) -> None:
    make_material()
    _first, second = press(2)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.drawthings.apply_result('EXEC_DEFAULT', True, socket='Emission Color')
    assert len(versions().places(second)) == 2
    bpy.ops.ed.undo()
    second = newest()
    assert len(versions().places(second)) == 1
    bpy.ops.ed.redo()
    assert len(versions().places(newest())) == 2


def test_of_an_image_alone_nothing_is_put_back(panel: Panel) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert not versions().where(newest())
    assert "taken no place" in versions().why_not_put_back(newest())
    bpy.ops.drawthings.select_result(result=key(0))
    assert not bpy.ops.drawthings.put_back.poll()


def test_what_an_editor_shows_follows(panel: Panel) -> None:
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    space = area.spaces.active
    space.image = packed("wall", noise(64, 64))
    textured(space.image)
    bpy.ops.ed.undo_push(message="before")
    first, second = (each.session_uid for each in replace(2))
    assert space.image.session_uid == second
    bpy.ops.drawthings.put_back()
    assert space.image.session_uid == first
    bpy.ops.ed.undo()
    assert space.image.session_uid == second
    bpy.ops.ed.redo()
    assert space.image.session_uid == first
    for _ in range(3):
        bpy.ops.ed.undo()
    assert space.image.name == "wall" and not space.image.drawthings.recipe


# A tile


def test_a_tile_comes_back(panel: Panel, tmp_path: Path) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}
    material = textured(tiled(tmp_path, tiles))
    first, _second = replace(2)
    bpy.ops.drawthings.put_back()
    assert node_of(material).image == first == bpy.data.images["wall"]
    reload(tmp_path)
    picture = bpy.data.images["wall"]
    bpy.ops.drawthings.put_back(image="wall")
    wall = bpy.data.images["wall"]
    assert wall != picture and not wall.drawthings.recipe
    assert node_of(bpy.data.materials["Wall"]).image == wall
    assert [tile.number for tile in wall.tiles] == [1001, 1002]
    bpy.ops.drawthings.restore_version(image=picture.name)
    assert bpy.data.images["wall"] == picture
    assert np.array_equal(tiles_of(picture)[1002], tiles[1002])


# Written before


def test_a_file_of_before_this_was_noted(panel: Panel, tmp_path: Path) -> None:
    """An image knew what it had replaced, and nothing more."""
    wall = packed("wall", noise(64, 64))
    textured(wall)
    replaced = replace(2)
    for each in (wall, *replaced):
        for name in ("place", "version", "is_replaced"):
            each.drawthings.property_unset(name)
    reload(tmp_path)
    second = bpy.data.images["wall"]
    (place,) = versions().places(second)
    assert len(place.versions) == 3 and place.now == second
    bpy.ops.drawthings.put_back(image="wall")
    bpy.ops.drawthings.put_back(image="wall")
    node = node_of(bpy.data.materials["Wall"])
    assert node.image == bpy.data.images["wall"] and not node.image.drawthings.recipe


# Removed


def test_old_versions_are_removed(panel: Panel, tmp_path: Path) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    first, _second = replace(2)
    names = {wall.name, first.name}
    brush = bpy.data.textures.new("stamp", 'IMAGE')
    brush.image, brush.use_fake_user = first, True
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.drawthings.remove_versions(image="wall")
    assert "wall" in bpy.data.images and brush.image is not None
    assert [each.name for each in bpy.data.images if each.name in names] == [brush.image.name], "it is used"
    bpy.ops.ed.undo()
    assert names < set(bpy.data.images.keys())
    bpy.ops.ed.redo()
    assert not names < set(bpy.data.images.keys())
    reload(tmp_path)
    (place,) = versions().places(bpy.data.images["wall"])
    assert len(place.versions) == 2
    bpy.ops.drawthings.put_back(image="wall")
    assert bpy.data.images["wall"] == bpy.data.textures["stamp"].image


def test_paint_that_was_never_saved_is_not_removed(panel: Panel) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    paint(wall, noise(64, 64, seed=3))
    replace()
    bpy.ops.drawthings.remove_versions(image="wall")
    assert np.array_equal(bytes_of(bpy.data.images["wall.before"]), noise(64, 64, seed=3))


def test_one_alone(panel: Panel) -> None:
    material = make_material()
    first, second, third = press(3)
    gone = first.name
    bpy.ops.drawthings.remove_versions(image=third.name, version=gone)
    assert gone not in bpy.data.images
    bpy.ops.drawthings.put_back(image=third.name)
    assert node_of(material).image == second
    bpy.ops.drawthings.put_back(image=second.name)
    assert "Image Texture" not in material.node_tree.nodes


def test_with_the_material_that_was_made_for_it(panel: Panel) -> None:
    bpy.context.object.data.materials.clear()
    (picture,) = press()
    made = bpy.context.object.active_material.name
    bpy.ops.drawthings.put_back()
    name = picture.name
    bpy.ops.drawthings.remove_versions(all=True)
    assert name not in bpy.data.images and made not in bpy.data.materials


def test_an_editor_shows_what_is_there_instead(panel: Panel) -> None:
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    textured(packed("wall", noise(64, 64)))
    replace()
    area.spaces.active.image = bpy.data.images["wall.before"]
    bpy.ops.drawthings.remove_versions(image="wall")
    assert area.spaces.active.image == bpy.data.images["wall"]


def test_discard(panel: Panel, output: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    material = make_material()
    first, second = press(2)
    name, chosen = second.name, key(1)
    bpy.ops.drawthings.discard_result()
    assert [each.key for each in session.get().results] == [chosen]
    assert results().selected().key == chosen
    assert node_of(material).image == first
    assert name not in bpy.data.images and len(list(output.glob("*.png"))) == 2
    bpy.ops.ed.undo()
    assert node_of(bpy.data.materials["Wall"]).image == bpy.data.images[name]


def test_a_result_is_in_the_list_again_when_its_discarding_is_undone(panel: Panel) -> None:
    make_material()
    press(2)
    keys = [key(0), key(1)]
    bpy.ops.drawthings.discard_result()
    bpy.ops.ed.undo()
    assert [key(0), key(1)] == keys
    assert results().selected().key == keys[0] and results().is_there(results().selected())
    bpy.ops.drawthings.put_back()
    bpy.ops.ed.undo()
    assert [key(0), key(1)] == keys
    bpy.ops.drawthings.discard_result()
    bpy.ops.ed.undo()
    bpy.ops.ed.redo()
    assert key(0) == keys[1] and results().is_there(results().selected())


def test_what_is_no_old_version_is_not_removed(panel: Panel) -> None:
    for name in ("Photo", "My.before"):
        packed(name, noise(64, 64)).use_fake_user = True
    textured(packed("My", noise(64, 64)))
    replace()
    assert "My.before.001" in bpy.data.images
    for name in ("Photo", "My.before", "My"):
        with pytest.raises(RuntimeError, match="is no old version"):
            bpy.ops.drawthings.remove_versions(version=name)
        assert name in bpy.data.images
    bpy.ops.drawthings.remove_versions(version="My.before.001")
    assert "My.before.001" not in bpy.data.images


@pytest.mark.parametrize("operator", ["list_versions", "open_setting"])
def test_without_a_window_nothing_pops_up(panel: Panel, operator: str) -> None:
    """Blender 5.2 dies of it."""
    make_material()
    press()
    with pytest.raises(RuntimeError, match="no window"):
        getattr(bpy.ops.drawthings, operator)()


def test_after_a_restart_the_texture_of_the_active_object_is_put_back(panel: Panel, tmp_path: Path) -> None:
    """No result is in the list any more."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    make_material()
    press(2)
    reload(tmp_path)
    session.get().results.clear()
    for left in (1, 0):
        record = draw_head()
        assert {"drawthings.put_back", "drawthings.list_versions"} <= record.operators
        bpy.ops.drawthings.put_back()
        nodes = bpy.data.materials["Wall"].node_tree.nodes
        assert len([each for each in nodes if each.type == 'TEX_IMAGE']) == left
    assert "drawthings.put_back" not in draw_head().operators


def test_a_replaced_tile_is_known_after_the_file_was_opened_again(panel: Panel, tmp_path: Path) -> None:
    """The image that it is in has files of its own."""
    wall = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    textured(wall)
    wall.tiles.active_index = 1
    replace()
    reload(tmp_path)
    found = results().known_image(results().selected())
    assert found is not None and found.source == 'TILED' and found.name == "wall"
    assert results().is_there(results().selected())
    bpy.ops.drawthings.put_back()
    assert not results().is_there(results().selected())
    bpy.ops.drawthings.select_result(result=key(0))
    assert results().is_there(results().selected())


def test_several_pictures_of_one_tile(panel: Panel, tmp_path: Path) -> None:
    """Put back, the tile is as it was before the first of them."""
    wall = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    textured(wall)
    panel.batch_count = 2
    replace()
    bpy.ops.drawthings.put_back()
    assert not results().is_there(results().selected())
    assert node_of(bpy.data.materials["Wall"]).image == wall


def test_a_picture_that_was_saved_elsewhere_is_known_after_the_file_was_opened_again(
    panel: Panel, tmp_path: Path
) -> None:
    make_material()
    (picture,) = press()
    picture.filepath_raw = str(tmp_path / "elsewhere.png")
    picture.save()
    reload(tmp_path)
    found = results().known_image(results().selected())
    assert found is not None and found.filepath_raw == "//elsewhere.png"
    bpy.ops.drawthings.put_back()
    assert not results().is_there(results().selected())


# A new process


_PUT_BACK = """
import bpy, json, sys
import addon_utils
addon_utils.enable("bl_ext.user_default.drawthings_addon", default_set=True)
bpy.ops.wm.open_mainfile(filepath=sys.argv[-1])
from bl_ext.user_default.drawthings_addon.blender.delivery import versions
told = {each.name: versions.where(each) for each in bpy.data.images if each.drawthings.recipe}
while there := [each for each in bpy.data.images if versions.where(each)]:
    bpy.ops.drawthings.put_back(image=there[0].name)
def images(tree):
    return [node.image.name for node in tree.nodes if node.type == 'TEX_IMAGE']
shown = {
    owner.name: [(slot.material.name, images(slot.material.node_tree)) for slot in owner.material_slots]
    for owner in bpy.data.objects if owner.type == 'MESH'
}
print(json.dumps([told, shown]))
"""


def test_after_a_restart(panel: Panel, tmp_path: Path) -> None:
    first = bpy.context.object
    shown = {}
    for name in ("Bare", "Replaced", "Textured", "None"):
        owner = bpy.data.objects.new(name, first.data.copy())
        bpy.context.collection.objects.link(owner)
        bpy.context.view_layer.objects.active = owner
        owner.select_set(True)
        owner.data.materials.clear()
        if name == "Bare":
            make_material("Bare")
            shown[name] = [["Bare", []]]
        elif name != "None":
            textured(packed(f"image {name}", noise(64, 64))).name = name
            shown[name] = [[name, [f"image {name}"]]]
        for _ in range(2):
            (replace if name == "Replaced" else press)()
    path = tmp_path / "restart.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    folder = tmp_path / "user"
    link_source(folder)
    done = subprocess.run(
        [sys.executable, "-c", _PUT_BACK, str(path)],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told, found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[{")))
    assert sorted(filter(None, told.values())) == [
        "Bare · Base Color", "None · Base Color", "Textured · Base Color", "image Replaced",
    ]  # fmt: skip
    assert found == {"Cube": found["Cube"], "None": [], **shown}


# The panel


def test_the_list_of_versions(panel: Panel) -> None:
    make_material()
    first, _second = press(2)
    (kind,) = (each for each in ours(bpy.types.Panel) if each.__name__ == "DRAWTHINGS_PT_image_versions")
    with in_editor('IMAGE_EDITOR', 280) as context:
        context.space_data.image = first
        assert kind.poll(context)
        record = draw(kind, context)
        assert "Cube · Base Color" in record.text and "There Now" in record.text
        assert {"drawthings.show_version", "drawthings.restore_version", "drawthings.remove_versions"} <= (
            record.operators
        )
        context.space_data.image = packed("other", noise(8, 8))
        assert not kind.poll(context)


def test_forty_results_are_asked_in_little_time(panel: Panel) -> None:
    material = make_material()
    press(4)
    replace(2)
    from bl_ext.user_default.drawthings_addon.blender.selection import Selection
    from bl_ext.user_default.drawthings_addon.blender.session import session

    current = session.get()
    for _ in range(34):
        current.results.append(current.results[3])
    for number in range(300):
        bpy.data.images.new(f"other {number}", 1, 1)
        add_node(material.node_tree, 'ShaderNodeMapping')
    results().is_there(current.results[0])
    begun = time.process_time()
    for each in current.results:
        results().is_there(each)
        results().where(each)
    results().why_not_put_back(current.results[0], Selection.of(bpy.context))
    took = time.process_time() - begun
    assert len(current.results) == 40
    assert took < 0.016
