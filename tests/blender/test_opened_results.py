# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A .blend that holds results shows them when it is opened, and all can be done with them that could be."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import draw_tab
from blender_pictures import noise, packed, png, textured
from blender_results import told

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup
WRITTEN_BEFORE = Path(__file__).parent.parent / "data" / "written_by_0_1_0" / "settings.blend"


def current() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get()


def actions() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    return results


def save(folder: Path, name: str = "scene.blend") -> Path:
    path = folder / name
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def restarted(path: Path) -> list[Any]:
    """The results after Blender was closed, and the file opened in a new one."""
    current().results.clear()
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return list(current().results)


def names() -> list[str]:
    return [each.datablock().name if each.datablock() else "" for each in current().results]


def make(count: int = 1, **properties: Any) -> list[bpy.types.Image]:
    """The newest last."""
    found = []
    for _ in range(count):
        bpy.ops.drawthings.txt2img(**properties)
        found.append(current().results[0].datablock())
    return found


def with_recipe(name: str, text: str, path: str = "") -> bpy.types.Image:
    """An image that somebody says was made."""
    image = packed(name, noise(8, 8))
    image.use_fake_user = True
    image.drawthings.recipe = text
    image.drawthings.file = path or f"/nowhere/{name}.png"
    return image


def recipes(count: int, **changes: Any) -> list[str]:
    """Of pictures that were made one second after the other."""
    from bl_ext.user_default.drawthings_addon.client.request import GenerationRequest
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    return [
        json.dumps(
            json.loads(
                Recipe(
                    GenerationRequest.of(prompt=f"moss {number}", seed=number, width=64, height=64),
                    "http://server",
                    created=f"2026-01-01T00:{number // 60:02}:{number % 60:02}+00:00",
                ).text
            )
            | changes
        )
        for number in range(count)
    ]


def test_they_are_listed_as_they_were_the_newest_first(panel: Panel, tmp_path: Path) -> None:
    first, second = make(2)
    first.drawthings.recipe = first.drawthings.recipe.replace('"created": "20', '"created": "19')
    first.name = "renamed"
    expected = ["renamed", second.name]
    was = current().results[0]
    found = restarted(save(tmp_path))
    assert [each.datablock().name for each in found] == expected[::-1]
    assert found[0].recipe == was.recipe and found[0].key == was.key
    assert found[0].is_from_file and not was.is_from_file
    assert bpy.context.window_manager.drawthings.result_index == 0


def test_one_is_chosen_put_back_compared_and_discarded(panel: Panel, tmp_path: Path) -> None:
    textured(packed("wall", noise(8, 8)))
    make(2, target='MATERIAL')
    path = save(tmp_path)
    newer, older = restarted(path)
    assert actions().where(newer) and not actions().where(older)
    assert newer.landed.kind == 'MATERIAL' and newer.landed.is_in_this_file
    bpy.ops.drawthings.select_result(result=older.key)
    assert actions().is_there(older) and not actions().is_there(newer)
    bpy.ops.drawthings.put_back(result=older.key)
    node = bpy.context.object.active_material.node_tree.nodes["Image Texture"]
    assert node.image.name == "wall"
    bpy.ops.drawthings.apply_result(result=newer.key)
    assert actions().is_there(newer)
    bpy.ops.drawthings.discard_result(result=newer.key)
    assert node.image.name == "wall"
    assert [each.key for each in current().results] == [older.key]


def test_what_was_before_one_is_known(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import before

    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    (result,) = restarted(save(tmp_path))
    assert result.landed.kind == 'REPLACE' and actions().is_there(result)
    assert before.of(result.datablock()).image.resolve() == bpy.data.images["wall.before"]
    bpy.ops.drawthings.put_back()
    assert not actions().is_there(result)


def test_one_is_in_the_list_again_when_its_discarding_is_undone(panel: Panel, tmp_path: Path) -> None:
    textured(packed("wall", noise(8, 8)))
    make(2, target='MATERIAL')
    newer, older = restarted(save(tmp_path))
    bpy.ops.ed.undo_push(message="opened")
    for _ in range(2):
        bpy.ops.drawthings.discard_result(result=newer.key)
        assert [each.key for each in current().results] == [older.key]
        bpy.ops.ed.undo()
        assert [each.key for each in current().results] == [newer.key, older.key]
        assert actions().is_there(current().results[0])


def test_one_that_was_discarded_does_not_come_back(panel: Panel, tmp_path: Path) -> None:
    """Also where its image stays, for the sake of what nobody has on disk."""
    gone, kept = (each.name for each in make(2))
    result = current().results[1]
    result.picture.path.unlink()
    bpy.ops.drawthings.discard_result(result=result.key)
    assert gone in bpy.data.images
    assert [each.datablock().name for each in restarted(save(tmp_path))] == [kept]


def test_another_is_made_like_it(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    packed("wall", noise(64, 64)).use_fake_user = True
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    (result,) = restarted(save(tmp_path))
    bpy.ops.drawthings.again(result=result.key)
    first, second = (entry.body for entry in stand_in.journal.generations)
    assert first | {"seed": 0} == second | {"seed": 0} and first["seed"] != second["seed"]
    assert [each.is_from_file for each in current().results] == [False, True]


def test_another_is_made_like_one_that_was_removed_since(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    (name,) = (each.name for each in make())
    (result,) = restarted(save(tmp_path))
    bpy.data.images.remove(bpy.data.images[name])
    result.picture.path.unlink()
    bpy.ops.drawthings.again(result=result.key)
    first, second = (entry.body for entry in stand_in.journal.generations)
    assert first | {"seed": 0} == second | {"seed": 0}


def test_a_contact_sheet_of_a_set_whose_files_are_elsewhere(panel: Panel, tmp_path: Path) -> None:
    panel.batch_count = 2
    bpy.ops.drawthings.txt2img()
    panel.batch_count = 1
    path = save(tmp_path)
    for each in current().results:
        each.picture.path.unlink()
    found = restarted(path)
    assert len(found) == 2 and {each.recipe.set.index for each in found} == {0, 1}
    bpy.ops.drawthings.contact_sheet(result=found[0].key)
    (sheet,) = (each for each in bpy.data.images if not each.drawthings.recipe and each.packed_file)
    assert sheet.size[0] > 2 * 128


def test_a_strangers_recipe_is_nobody_elses_for_being_listed(panel: Panel, tmp_path: Path) -> None:
    """Its options of the server are not taken, as ever."""
    (text,) = recipes(1)
    made = json.loads(text)
    made["request"]["options"] = [{"dialect": "A1111", "name": "sd_vae", "value": "evil"}]
    with_recipe("theirs", json.dumps(made))
    (result,) = restarted(save(tmp_path))
    bpy.ops.drawthings.reuse_recipe(result=result.key)
    assert not bpy.context.scene.drawthings.server_options
    assert "Not taken" in told()


def test_those_of_this_session_are_not_listed_twice(panel: Panel, tmp_path: Path) -> None:
    packed("wall", noise(64, 64)).use_fake_user = True
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    make()
    keys = [each.key for each in current().results]
    bpy.ops.wm.open_mainfile(filepath=str(save(tmp_path)))
    assert [each.key for each in current().results] == keys
    restyled = current().results[1]
    assert restyled.picture.made_by is not None and not restyled.is_from_file, "it is made again as ever"
    assert restyled.image.resolve() is not None, "it is known in the file as it is open now"


def test_those_of_other_files_come_behind(panel: Panel, tmp_path: Path) -> None:
    make()
    first = save(tmp_path, "first.blend")
    key_of_first = current().results[0].key
    restarted(first)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert not current().results, "what a file alone told goes with it"
    bpy.context.scene.drawthings.prompt = "moss"
    bpy.context.scene.drawthings.width = bpy.context.scene.drawthings.height = 64
    make()
    own = current().results[0].key
    bpy.ops.wm.open_mainfile(filepath=str(first))
    assert [each.key for each in current().results] == [key_of_first, own]
    assert current().results[1].datablock() is None
    assert actions().datablock(current().results[1]) is not None, "it is read from its file as ever"


def test_hundreds_are_cut_to_the_newest_and_none_of_this_session_goes_for_them(
    panel: Panel, tmp_path: Path
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.results import KEPT_RESULTS

    blank = packed("blank", noise(8, 8))
    for number, text in enumerate(recipes(300)):
        image = blank.copy()
        image.use_fake_user = True
        image.drawthings.recipe, image.drawthings.file = text, f"/nowhere/{number}.png"
    path = save(tmp_path)
    found = restarted(path)
    assert [each.recipe.request.sampling.seed for each in found] == list(range(299, 299 - KEPT_RESULTS, -1))
    begun = time.perf_counter()
    current().read_file()
    assert time.perf_counter() - begun < 0.5
    make()
    assert len(current().results) == KEPT_RESULTS + 1
    assert not current().results[0].is_from_file


def test_none_is_the_newest_for_ever(panel: Panel, tmp_path: Path) -> None:
    (theirs,) = recipes(1, created="9999-12-31T00:00:00+00:00")
    with_recipe("theirs", theirs)
    (mine,) = (each.name for each in make())
    assert [each.datablock().name for each in restarted(save(tmp_path))] == [mine, "theirs"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"request": 1}',
        '{"created": 5, "set": [1]}',
        "[" * 100_000,
        '{"a": "' + "x" * (1 << 21) + '"}',
        '{"set": {"index": "first", "id": {}}}',
    ],
)
def test_what_is_no_recipe_is_no_result(panel: Panel, tmp_path: Path, text: str) -> None:
    with_recipe("broken", text)
    (good,) = recipes(1)
    with_recipe("good", good)
    assert [each.datablock().name for each in restarted(save(tmp_path))] == ["good"]


def test_images_that_tell_the_same_file_are_apart_and_copies_are_not(panel: Panel, tmp_path: Path) -> None:
    first, second = recipes(2)
    one = with_recipe("one", first, "/nowhere/same.png")
    with_recipe("two", second, "/nowhere/same.png")
    one.copy().use_fake_user = True
    found = restarted(save(tmp_path))
    assert [each.datablock().name for each in found] == ["two", "one"]
    assert len({each.key for each in found}) == 2


def test_images_of_libraries_are_not_this_files(panel: Panel, tmp_path: Path) -> None:
    (text,) = recipes(1)
    with_recipe("linked", text)
    library = save(tmp_path, "library.blend")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (theirs, ours):
        ours.images = theirs.images
    bpy.context.object.active_material = bpy.data.materials.new("Uses It")
    material = bpy.context.object.active_material
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.node_tree.nodes.new('ShaderNodeTexImage').image = bpy.data.images["linked"]
    assert restarted(save(tmp_path, "links.blend")) == []
    assert bpy.data.images["linked"].library is not None


def test_what_came_beside_another_is_of_its_result(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    (text,) = recipes(1)
    text = Recipe.from_json(text).text
    with_recipe("bark", text)
    with_recipe("bark height", json.dumps(json.loads(text) | {"beside": "height"}))
    with_recipe("lost height", json.dumps(json.loads(text) | {"beside": "height", "seconds": 3.0}))
    found = restarted(save(tmp_path))
    assert [each.recipe.beside for each in found] == ["height", ""], "the lost one is a picture all the same"
    bark = next(each for each in found if not each.recipe.beside)
    assert bark.datablock().name == "bark" and bark.datablock("height").name == "bark height"


def test_a_set_comes_back_as_one_and_is_not_cut_in_two(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.results import KEPT_RESULTS

    singles = recipes(KEPT_RESULTS - 2)
    of_set = [
        json.dumps(
            json.loads(singles[0])
            | {"created": "2025-01-01T00:00:00+00:00", "set": {"id": "a" * 32, "index": each, "size": 4}}
        )
        for each in range(4)
    ]
    for number, text in enumerate((*singles, *of_set)):
        with_recipe(f"{number:03}", text)
    assert len(restarted(save(tmp_path))) == len(singles), "two of the four are none"
    for number in range(len(singles) - 2, len(singles)):
        bpy.data.images.remove(bpy.data.images[f"{number:03}"])
    found = restarted(save(tmp_path))
    assert [each.recipe.set.index for each in found if each.recipe.set] == [3, 2, 1, 0]


def test_a_set_that_is_larger_than_the_list_is_whole(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.results import KEPT_RESULTS

    single, *others = recipes(KEPT_RESULTS + 6)
    with_recipe("single", single)
    for number, text in enumerate(others):
        member = {"id": "a" * 32, "index": number, "size": len(others)}
        with_recipe(f"{number:03}", json.dumps(json.loads(text) | {"set": member}))
    found = restarted(save(tmp_path))
    assert len(found) == len(others) and {each.set_id for each in found} == {"a" * 32}


def test_a_file_of_0_1_0(extension: Any) -> None:
    found = restarted(WRITTEN_BEFORE)
    assert len(found) == 6
    assert all(each.is_from_file and each.datablock() is not None for each in found)
    assert all(each.landed is not None for each in found)


def test_thumbnails_are_made_where_they_are_drawn_of_what_the_file_holds(
    panel: Panel, desk: Desk, tmp_path: Path
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import previews

    pixels = noise(300, 150, channels=3)
    (text,) = recipes(1)
    disk = tmp_path / "another picture by now.png"
    disk.write_bytes(png(noise(8, 8)))
    image = with_recipe("one", text, str(disk))
    data = png(pixels)
    image.pack(data=data, data_len=len(data))
    restarted(save(tmp_path))
    assert not desk.session.has_work, "nobody looks yet"
    (result,) = desk.session.results
    assert not bpy.data.images["one"].has_data, "nothing was decoded for the list"
    desk.session.results[0].icon()
    assert desk.session.has_work
    desk.settle()
    (result,) = desk.session.results
    assert result.picture.thumbnail.shape[:2] == (96, 192)
    assert (result.picture.width, result.picture.height) == (300, 150)
    assert not bpy.data.images["one"].has_data
    assert tuple(previews._collection[result.key].image_size) == (192, 96)
    result.icon()
    assert not desk.session.has_work, "it is made once"
    larger = desk.session.enlarged
    larger.icon(result.key, 256, actions().reader(result))
    desk.settle()
    assert max(previews._collection["enlarged:result"].image_size) == 256


@pytest.mark.parametrize("kind", ["gone", "no picture", "a pipe"])
def test_a_picture_that_nobody_can_read_is_not_tried_for_ever(
    panel: Panel, desk: Desk, tmp_path: Path, kind: str
) -> None:
    import os

    (text,) = recipes(1)
    path = tmp_path / "picture.png"
    path.write_bytes(png(noise(8, 8)))
    image = bpy.data.images.load(str(path))
    image.use_fake_user = True
    image.drawthings.recipe, image.drawthings.file = text, str(path)
    restarted(save(tmp_path))
    path.unlink()
    if kind == "no picture":
        path.write_bytes(b"text")
    elif kind == "a pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes with names here")
        os.mkfifo(path)
    desk.session.results[0].icon()
    desk.settle(10.0)
    desk.session.results[0].icon()
    assert not desk.session.has_work
    assert desk.session.results[0].datablock() is not None


def test_who_never_made_a_picture_is_greeted_though_a_file_holds_some(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.ui import greeting

    (text,) = recipes(1)
    with_recipe("theirs", text)
    restarted(save(tmp_path))
    assert greeting.greets(current())
    draw_tab()


def test_it_holds_when_the_extension_is_enabled_with_the_file_open(panel: Panel, tmp_path: Path) -> None:
    import addon_utils

    (text,) = recipes(1)
    with_recipe("one", text)
    restarted(save(tmp_path))
    package = "bl_ext.user_default.drawthings_addon"
    addon_utils.disable(package)
    addon_utils.enable(package, default_set=True)
    assert names() == ["one"]


def test_a_file_made_to_be_slow_is_not(panel: Panel, tmp_path: Path) -> None:
    """Long recipes, all of them beside another, and copies without end."""
    blank = packed("blank", noise(8, 8))
    for number, text in enumerate(recipes(40, beside="height", fit="x" * 900_000)):
        image = blank.copy()
        image.use_fake_user = True
        image.drawthings.recipe, image.drawthings.file = text, "/nowhere/same.png"
        image.drawthings.file += str(number % 7)
    restarted(save(tmp_path))
    begun = time.perf_counter()
    current().read_file()
    assert time.perf_counter() - begun < 2.0
