# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pictures: the first comes to its place, the others stand beside it, each is there by one click."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_pictures import noise, packed, render_quickly, textured, tiled, tiles_of
from blender_trees import make_material, principled_of

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def results() -> list[Any]:
    """Of the session, in the order in which they came."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return list(reversed(session.get().results))


def choose(result: Any) -> None:
    bpy.ops.drawthings.select_result(result=result.key)


def seed_of(image: bpy.types.Image | None) -> int:
    return image.drawthings.seed if image is not None else -1


def remember(message: str = "before") -> None:
    bpy.ops.ed.undo_push(message=message)


def reload(folder: Path) -> None:
    path = folder / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


def shown() -> bpy.types.Image | None:
    links = principled_of(bpy.data.materials["Wall"].node_tree).inputs["Base Color"].links
    return links[0].from_node.image if links else None


@pytest.fixture
def seeded(panel: Panel) -> Panel:
    panel.use_random_seed, panel.seed = False, 7
    return panel


def strip(count: int = 4, **values: Any) -> list[Any]:
    bpy.ops.drawthings.variations(count=count, **values)
    return results()[-count:]


# Places


def test_the_first_is_there_and_each_other_by_one_click(seeded: Panel, tmp_path: Path) -> None:
    make_material()
    remember()
    found = strip(target='MATERIAL')
    assert [each.recipe.set.index for each in found] == [0, 1, 2, 3]
    assert {each.recipe.set.size for each in found} == {4} and len({each.set_id for each in found}) == 1
    assert seed_of(shown()) == 7
    for index in (1, 3, 0, 2):
        choose(found[index])
        assert seed_of(shown()) == 7 + index
    bpy.ops.ed.undo()
    assert seed_of(shown()) == 7
    bpy.ops.ed.redo()
    assert seed_of(shown()) == 9
    bpy.ops.drawthings.put_back()
    assert shown() is None
    choose(found[3])
    assert seed_of(shown()) == 10
    reload(tmp_path)
    for result in results():
        choose(result)
        assert seed_of(shown()) == result.recipe.request.sampling.seed
        bpy.ops.drawthings.put_back(result=result.key)
        assert shown() is None
    assert len([each for each in bpy.data.images if each.drawthings.recipe]) == 4


def test_an_image_that_is_replaced(seeded: Panel, tmp_path: Path) -> None:
    wall = packed("wall", noise(64, 64))
    wall.colorspace_settings.name = 'Non-Color'
    material = textured(wall)
    node = material.node_tree.nodes["Image Texture"]
    found = strip(source='TEXTURE', target='REPLACE')
    assert node.image == bpy.data.images["wall"] and seed_of(node.image) == 7
    # Those beside it have names of their own, and read as it does.
    beside = [each.datablock() for each in found[1:]]
    assert {each.colorspace_settings.name for each in beside} == {'Non-Color'}
    assert all("before" not in each.name and each.name.startswith("weathered") for each in beside)
    choose(found[2])
    assert seed_of(node.image) == 9 and node.image.name == "wall"
    assert found[0].datablock().name.startswith("wall.before")
    choose(found[1])
    assert seed_of(node.image) == 8
    bpy.ops.ed.undo()
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert seed_of(node.image) == 9
    bpy.ops.ed.redo()
    reload(tmp_path)
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    for result in results():
        choose(result)
        assert seed_of(node.image) == result.recipe.request.sampling.seed
    bpy.ops.drawthings.put_back()
    assert not node.image.drawthings.recipe and node.image.name == "wall"


def test_one_tile_of_several(seeded: Panel, tmp_path: Path) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}
    wall = tiled(tmp_path, tiles)
    textured(wall)
    wall.tiles.active_index = 1
    found = strip(4, source='TEXTURE', target='REPLACE')

    def node() -> bpy.types.Node:
        return bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]

    assert seed_of(node().image) == 7 and node().image.source == 'TILED'
    # The tiles of the others are not copied before they are chosen.
    assert [each.datablock().source for each in found] == ['TILED', 'FILE', 'FILE', 'FILE']
    for index in (2, 1):
        choose(found[index])
        assert seed_of(node().image) == 7 + index
        assert np.array_equal(tiles_of(node().image)[1001], tiles[1001])
    reload(tmp_path)
    for result in results():
        choose(result)
        assert seed_of(node().image) == result.recipe.request.sampling.seed
        assert set(tiles_of(node().image)) == {1001, 1002}
    bpy.ops.drawthings.put_back()
    assert not node().image.drawthings.recipe


def test_an_image_alone_is_shown_where_the_others_are(seeded: Panel) -> None:
    found = strip(3)
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = found[0].datablock()
    choose(found[2])
    assert area.spaces.active.image == found[2].datablock()
    # Applied by hand, it gives its place to another of them as well.
    make_material()
    bpy.ops.drawthings.apply_result(result=found[2].key)
    assert seed_of(shown()) == 9
    choose(found[1])
    assert seed_of(shown()) == 8
    bpy.ops.drawthings.put_back()
    assert shown() is None


def test_one_that_was_undone_comes_by_a_click(seeded: Panel) -> None:
    make_material()
    remember()
    found = strip(3, target='MATERIAL')
    bpy.ops.ed.undo()
    assert shown() is None and not [each for each in bpy.data.images if each.drawthings.recipe]
    choose(found[1])
    assert seed_of(shown()) == 8
    choose(found[2])
    assert seed_of(shown()) == 9
    bpy.ops.drawthings.put_back()
    assert shown() is None


@pytest.mark.parametrize("is_tiled", [False, True])
def test_one_that_had_an_images_place_and_was_undone(
    seeded: Panel, tmp_path: Path, *, is_tiled: bool
) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}
    material = textured(tiled(tmp_path, tiles) if is_tiled else packed("wall", noise(64, 64)))
    name = material.name
    remember()
    found = strip(3, source='TEXTURE', target='REPLACE')
    # Copies of all tiles would be large: those beside the first stand there as flat pictures, a step each.
    for _ in range(3 if is_tiled else 1):
        bpy.ops.ed.undo()

    def there() -> bpy.types.Image:
        return bpy.data.materials[name].node_tree.nodes["Image Texture"].image

    assert not there().drawthings.recipe
    for index in (1, 2, 0):
        choose(found[index])
        assert seed_of(there()) == 7 + index and there().name == "wall"
        assert there().source == ('TILED' if is_tiled else 'FILE')
    bpy.ops.drawthings.put_back()
    assert not there().drawthings.recipe and there().name == "wall"
    choose(found[2])
    bpy.ops.drawthings.put_back()
    assert not there().drawthings.recipe and there().name == "wall"


def test_undone_while_the_others_come(seeded: Panel, desk: Desk) -> None:
    """What the artist took back is not brought again by the next one, which a click does."""
    make_material()
    remember()
    came: list[int] = []
    deliver = desk.session._deliver

    def undone_after_the_first(picture: Any, *, is_wanted: bool) -> None:
        deliver(picture, is_wanted=is_wanted)
        if not came:
            bpy.ops.ed.undo()
            came.append(1)

    desk.session._deliver = undone_after_the_first
    try:
        bpy.ops.drawthings.variations(count=3, target='MATERIAL')
        desk.settle()
    finally:
        del desk.session._deliver
    assert came and shown() is None and len(results()) == 3
    choose(results()[2])
    assert seed_of(shown()) == 9
    bpy.ops.drawthings.put_back()
    assert shown() is None


def test_what_was_there_when_the_first_is_gone(seeded: Panel) -> None:
    make_material()
    found = strip(2, target='MATERIAL')
    bpy.data.images.remove(found[0].datablock())
    choose(found[1])
    assert seed_of(shown()) == 8
    bpy.ops.drawthings.put_back()
    assert shown() is None


def test_the_panels_number_makes_a_strip_too(seeded: Panel) -> None:
    make_material()
    seeded.batch_count = 2
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert seed_of(shown()) == 7 and [each.recipe.set.index for each in results()] == [0, 1]
    seeded.batch_count = 1
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert results()[-1].recipe.set is None


def test_one_alone_is_shown_after_a_set(seeded: Panel) -> None:
    """Where another one of the set was selected before the press, too; not where it was after it."""
    from bl_ext.user_default.drawthings_addon.blender.actions import results as actions

    make_material()
    found = strip(target='MATERIAL')
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert actions.selected() is results()[-1]
    choose(found[1])
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert actions.selected().key == found[1].key, "what was chosen of earlier ones stays"
    again = strip(target='MATERIAL')
    choose(again[2])
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert actions.selected() is results()[-1]


def test_what_is_selected_stays_while_they_come(seeded: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results as actions

    make_material()
    found = strip(3, target='MATERIAL')
    assert actions.selected().key == found[0].key


# Grids


def test_a_grid(seeded: Panel, stand_in: StandIn) -> None:
    make_material()
    bpy.ops.drawthings.variations(
        target='MATERIAL',
        columns="guidance_scale",
        column_values="3, 7",
        rows="words",
        row_values="copper, gold, clay",
    )
    found = results()
    sent = [entry.body for entry in stand_in.journal if isinstance(entry.body, dict) and "seed" in entry.body]
    assert [(each["guidance_scale"], each["prompt"]) for each in sent[-6:]] == [
        (3, "weathered copper"), (7, "weathered copper"), (3, "weathered gold"), (7, "weathered gold"),
        (3, "weathered clay"), (7, "weathered clay"),
    ]  # fmt: skip
    assert {each["seed"] for each in sent[-6:]} == {7}
    assert [(each.recipe.set.index, each.recipe.set.column, each.recipe.set.row) for each in found[:3]] == [
        (0, "Guidance 3.0", "copper"), (1, "Guidance 7.0", "copper"), (2, "Guidance 3.0", "gold"),
    ]  # fmt: skip
    assert {(each.recipe.set.columns, each.recipe.set.size) for each in found} == {(2, 6)}
    assert shown() == found[0].datablock()
    choose(found[3])
    assert shown() == found[3].datablock()


def test_a_grid_restyles_with_other_strengths(seeded: Panel, stand_in: StandIn) -> None:
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.variations(
        source='TEXTURE', target='REPLACE', columns="strength", column_values="0.25, 0.5"
    )
    assert [each.recipe.request.sampling.strength for each in results()] == [0.25, 0.5]
    assert [each.recipe.set.column for each in results()] == ["Strength 0.25", "Strength 0.50"]


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"columns": "strength", "column_values": "0.2, 0.4"}, "new picture has none"),
        ({"columns": "styles", "column_values": "Film, Ink"}, "does not know styles"),
        ({"columns": "vae", "column_values": "a, b"}, "does not know a VAE"),
        ({"columns": "nonsense", "column_values": "1, 2"}, "no axis"),
        ({"columns": "steps", "column_values": "10, 2000"}, "1 to 150"),
        ({"columns": "steps", "column_values": "10"}, "compares nothing"),
        ({"columns": "refiner_start", "column_values": "0.5, 0.7"}, "no effect while Refiner"),
        ({"target": 'REPLACE'}, "cannot be replaced"),
        (
            {"columns": "steps", "column_values": "1,2,3,4,5,6,7",
             "rows": "seed", "row_values": "1,2,3,4,5,6"},
            "42",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_known", [True, False])
def test_what_compares_nothing_is_told_before_it_is_sent(
    seeded: Panel, stand_in: StandIn, values: dict[str, str], about: str, *, is_known: bool
) -> None:
    if is_known:
        bpy.ops.drawthings.check_server()
    with pytest.raises(RuntimeError, match=about):
        bpy.ops.drawthings.variations(**values)
    sent = [entry for entry in stand_in.journal if isinstance(entry.body, dict) and entry.body.get("prompt")]
    assert not results() and not sent


@pytest.fixture
def web_ui(seeded: Panel, preferences: bpy.types.AddonPreferences) -> Iterator[StandIn]:
    from local_server import StandIn

    with StandIn(dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        yield server


def test_styles_of_a_server_that_has_them(seeded: Panel, web_ui: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.choices import offered

    first, second = (each.value for each in offered.catalogue.styles[:2])
    bpy.ops.drawthings.variations(columns="styles", column_values=f'"{first}", "{second}", ""')
    assert [each.recipe.set.column for each in results()] == [first, second, "No Style"]
    assert [each.recipe.request.conditioning.styles for each in results()] == [(first,), (second,), ()]
    with pytest.raises(RuntimeError, match="does not list the style “Nonsense”"):
        bpy.ops.drawthings.variations(columns="styles", column_values=f'"{first}", Nonsense')
    with pytest.raises(RuntimeError, match="does not know a shift"):
        bpy.ops.drawthings.variations(columns="shift", column_values="1, 2")
    assert len(results()) == 3


def test_a_shift_that_the_app_computes_is_no_axis(seeded: Panel) -> None:
    bpy.ops.drawthings.check_server()
    seeded.resolution_dependent_shift, seeded.model = True, "flux_1_dev_q8p.ckpt"
    with pytest.raises(RuntimeError, match="another setting for the grid"):
        bpy.ops.drawthings.variations(columns="shift", column_values="1, 2, 3")
    assert not results()


# What goes wrong on the way


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.refusals
def test_a_rest_that_is_tried_again(
    seeded: Panel, desk: Desk, stand_in: StandIn, *, is_restarted: bool
) -> None:
    """It goes on where the set was, beside what came before: also when nothing but the file knows of that."""
    from local_server import Faults

    make_material()
    desk.hold()
    bpy.ops.drawthings.variations(
        target='MATERIAL', columns="steps", column_values="1, 2", rows="words", row_values="copper, gold"
    )
    desk.wait_until_running()
    # The others take long enough for the first one to be seen before they are all made.
    stand_in.faults = Faults(delay=2.0)
    wait_for_results(desk, 1)
    stand_in.faults = Faults(status=500, text="out of order")
    desk.settle()
    (failed,) = desk.session.statuses()
    begun = len(results())
    assert failed.state.name == 'FAILED' and 1 <= begun < 4
    there = shown()
    if is_restarted:
        desk.session.results.clear()
    stand_in.faults = Faults()
    bpy.ops.drawthings.retry(job_id=failed.job.id)
    desk.settle()
    found = results()[0 if is_restarted else begun :]
    assert [each.recipe.set.index for each in found] == list(range(begun, 4))
    assert len({each.recipe.set.id for each in found}) == 1 and shown() == there
    assert found[-1].recipe.request.conditioning.prompt == "weathered gold"
    choose(found[-1])
    assert shown() == found[-1].datablock()
    bpy.ops.drawthings.put_back()
    assert shown() is None


def wait_for_results(desk: Desk, count: int) -> None:
    until = time.monotonic() + 30
    while len(desk.session.results) < count:
        assert time.monotonic() < until
        desk.session.step()
        time.sleep(0.005)


@pytest.mark.parametrize("target", ['MATERIAL', 'REPLACE'])
def test_the_second_comes_to_its_place_where_the_first_is_unfinished(
    seeded: Panel, preferences: bpy.types.AddonPreferences, desk: Desk, target: str
) -> None:
    from local_server import Faults, StandIn

    node = textured(packed("wall", noise(64, 64))).node_tree.nodes["Image Texture"]
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        seeded.sampler, seeded.steps = "Euler", 20
        server.faults = Faults(delay_per_step=0.1)
        bpy.ops.drawthings.variations(source='TEXTURE', target=target, count=3)
        until = time.monotonic() + 30
        while not (desk.session.statuses() and _step_of(desk)):
            assert time.monotonic() < until
            desk.session.step()
            time.sleep(0.01)
        bpy.ops.drawthings.skip()
        wait_for_results(desk, 1)
        server.faults = Faults()
        desk.settle()
    found = results()
    assert found[0].recipe.unfinished and [each.recipe.set.index for each in found] == [0, 1, 2]
    assert node.image == found[1].datablock()
    for index in (0, 2, 1, 0):
        choose(found[index])
        assert node.image == results()[index].datablock()
    bpy.ops.drawthings.put_back()
    assert not node.image.drawthings.recipe


def _step_of(desk: Desk) -> int:
    progress = desk.session.statuses()[0].progress
    return progress.step if progress is not None else 0


def test_cancelled_in_the_middle(seeded: Panel, desk: Desk, stand_in: StandIn) -> None:
    make_material()
    bpy.ops.drawthings.variations(count=4, target='MATERIAL')
    wait_for_results(desk, 1)
    for status in desk.session.statuses():
        bpy.ops.drawthings.cancel(job_id=status.job.id)
    desk.settle()
    found = results()
    assert 1 <= len(found) <= 4 and {each.recipe.set.size for each in found} == {4}
    assert shown() == found[0].datablock()


# More like one


def test_more_like_this(seeded: Panel, stand_in: StandIn) -> None:
    make_material()
    seeded.guidance_scale = 6.5
    first = strip(2, target='MATERIAL')[1]
    choose(first)
    seeded.prompt, seeded.guidance_scale = "something else", 1.0
    bpy.ops.drawthings.more_like_this(result=first.key, count=3, strength=0.35)
    found = results()[-3:]
    for each in found:
        request = each.recipe.request
        assert (request.operation, request.conditioning.prompt) == ("img2img", "weathered copper")
        assert (request.sampling.strength, request.sampling.guidance_scale) == (0.35, 6.5)
    seeds = [each.recipe.request.sampling.seed for each in found]
    assert seeds == [(seeds[0] + number) % 2**32 for number in range(3)]
    assert found[0].recipe.set.size == 3 and found[0].set_id != first.set_id
    assert shown() == found[0].datablock()
    bpy.ops.drawthings.put_back()
    assert shown() == first.datablock()


def test_more_like_an_image_of_a_file(seeded: Panel, tmp_path: Path) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    strip(2, source='TEXTURE', target='REPLACE')
    reload(tmp_path)
    name = next(each.name for each in bpy.data.images if seed_of(each) == 8)
    bpy.ops.drawthings.more_like_this(image=name, count=2)
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert results()[-2].datablock() == node.image and node.image.name == "wall"
    assert results()[-1].recipe.request.sampling.strength == 0.5


def test_more_like_a_restyled_render_show_the_scene_from_there(seeded: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import provenance

    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x = scene.render.resolution_y = 64
    bpy.ops.drawthings.img2img(source='RENDER')
    first = results()[0].datablock()
    bpy.ops.drawthings.more_like_this(count=2)
    found = [each.datablock() for each in results()[1:]]
    assert [tuple(each.size) for each in found] == [(64, 64)] * 2
    assert provenance.of(first).vantage is not None
    assert {provenance.of(each).vantage for each in found} == {provenance.of(first).vantage}
    assert found[0].drawthings.has_view


@pytest.mark.parametrize("is_packed", [False, True])
def test_more_like_a_file_that_was_opened_by_hand(seeded: Panel, output: Path, *, is_packed: bool) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    strip(1)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    session.get().results.clear()
    (path,) = output.iterdir()
    image = bpy.data.images.load(str(path))
    if is_packed:
        image.pack()
        path.unlink()
    bpy.ops.drawthings.more_like_this(image=image.name, count=2)
    found = results()
    assert {each.recipe.request.conditioning.prompt for each in found} == {"weathered copper"}
    assert {each.recipe.request.operation for each in found} == {"img2img"} and len(found) == 2


def test_more_like_what_tells_nothing(seeded: Panel) -> None:
    strip(2)
    packed("wall", noise(64, 64))
    with pytest.raises(RuntimeError, match="does not tell how it was made"):
        bpy.ops.drawthings.more_like_this(image="wall")


# Kept, and thrown away


def files(output: Path) -> tuple[set[str], set[str]]:
    away = output / "Deleted"
    return {each.name for each in output.glob("*.png")}, {each.name for each in away.glob("*.png")}


@pytest.mark.parametrize("packs", [True, False])
def test_one_is_kept(seeded: Panel, output: Path, *, packs: bool) -> None:
    make_material()
    seeded.use_pack = packs
    remember()
    found = strip(target='MATERIAL')
    names = [each.picture.path.name for each in found]
    bpy.ops.drawthings.keep_result(result=found[2].key)
    assert seed_of(shown()) == 9 and [each.key for each in results()] == [found[2].key]
    assert files(output) == ({names[2]}, {names[0], names[1], names[3]})
    assert [seed_of(each) for each in bpy.data.images if each.drawthings.recipe] == [9]

    # One undo step, in which nothing is lost.
    bpy.ops.ed.undo()
    assert seed_of(shown()) == 7 and [each.key for each in results()] == [each.key for each in found]
    assert files(output) == (set(names), set())
    for each in bpy.data.images:
        if each.drawthings.recipe:
            each.reload()
            assert each.size[:] == (128, 128)
    choose(found[3])
    assert seed_of(shown()) == 10
    bpy.ops.ed.undo()
    bpy.ops.ed.undo_push(message="on")
    bpy.ops.drawthings.keep_result(result=found[1].key)
    bpy.ops.ed.undo()
    bpy.ops.ed.redo()
    assert seed_of(shown()) == 8 and [each.key for each in results()] == [found[1].key]
    assert files(output) == ({names[1]}, {names[0], names[2], names[3]})
    bpy.ops.drawthings.put_back()
    assert shown() is None


def test_a_set_is_kept_whole_however_many_it_has(seeded: Panel, output: Path, tmp_path: Path) -> None:
    """One is kept, and the others go, also of a set that is larger than the list is otherwise."""
    from bl_ext.user_default.drawthings_addon.blender.session.results import KEPT_RESULTS

    count = KEPT_RESULTS + 5
    make_material()
    found = strip(count, target='MATERIAL')
    assert [each.recipe.set.index for each in found] == list(range(count))
    strip(1)
    assert len(results()) == count + 1
    remember()
    bpy.ops.drawthings.keep_result(result=found[2].key)
    assert len(results()) == 2 and len(list(output.glob("*.png"))) == 2
    bpy.ops.ed.undo()
    assert len(results()) == count + 1 and len(list(output.glob("*.png"))) == count + 1
    for _ in range(KEPT_RESULTS):
        bpy.ops.drawthings.txt2img()
    assert len(results()) == KEPT_RESULTS


@pytest.mark.parametrize("is_tiled", [False, True])
def test_one_that_takes_an_images_place_is_kept(
    seeded: Panel, output: Path, tmp_path: Path, *, is_tiled: bool
) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}
    material = textured(tiled(tmp_path, tiles) if is_tiled else packed("wall", noise(64, 64)))
    name = material.name
    remember()
    found = strip(3, source='TEXTURE', target='REPLACE')

    def there() -> bpy.types.Image:
        return bpy.data.materials[name].node_tree.nodes["Image Texture"].image

    bpy.ops.drawthings.keep_result(result=found[1].key)
    assert seed_of(there()) == 8 and len(results()) == 1 and len(files(output)[1]) == 2
    bpy.ops.ed.undo()
    assert seed_of(there()) == 7 and len(results()) == 3 and not files(output)[1]
    choose(results()[2])
    assert seed_of(there()) == 9
    bpy.ops.drawthings.throw_away(result=results()[0].key, whole_set=True)
    assert not there().drawthings.recipe and there().name == "wall" and not results()
    assert not [each for each in bpy.data.images if each.drawthings.recipe]
    bpy.ops.ed.undo()
    assert seed_of(there()) == 9 and len(results()) == 3 and not files(output)[1]


def test_kept_while_the_others_come(seeded: Panel, desk: Desk) -> None:
    """What comes after that stands beside what was kept."""
    make_material()
    remember()
    bpy.ops.drawthings.variations(count=4, target='MATERIAL')
    wait_for_results(desk, 2)
    bpy.ops.drawthings.keep_result(result=results()[1].key)
    kept = shown()
    assert seed_of(kept) == 8
    desk.settle()
    assert shown() == kept and [each.recipe.set.index for each in results()] == [1, 2, 3]
    bpy.ops.drawthings.throw_away(result=results()[0].key)
    assert shown() is None
    choose(results()[1])
    assert seed_of(shown()) == 10
    bpy.ops.drawthings.put_back()
    assert shown() is None


def test_a_whole_set_is_thrown_away(seeded: Panel, output: Path) -> None:
    make_material()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    before = shown()
    remember()
    found = strip(target='MATERIAL')
    bpy.ops.drawthings.throw_away(result=found[1].key, whole_set=True)
    assert shown() == before and len(results()) == 1
    assert len(files(output)[1]) == 4
    bpy.ops.ed.undo()
    assert seed_of(shown()) == 7 and len(results()) == 5 and not files(output)[1]


def test_one_is_thrown_away(seeded: Panel, output: Path) -> None:
    make_material()
    found = strip(3, target='MATERIAL')
    bpy.ops.drawthings.throw_away(result=found[1].key)
    assert seed_of(shown()) == 7 and found[1].key not in [each.key for each in results()]
    bpy.ops.drawthings.throw_away(result=found[0].key)
    assert shown() is None and files(output)[1] == {each.picture.path.name for each in found[:2]}
    choose(found[2])
    assert seed_of(shown()) == 9
    bpy.ops.drawthings.throw_away(result=found[2].key)
    assert shown() is None and not results()


def test_what_is_used_elsewhere_stays(seeded: Panel, output: Path) -> None:
    make_material()
    seeded.use_pack = False
    found = strip(2, target='MATERIAL')
    other = make_material("Other", active=False)
    node = other.node_tree.nodes.new('ShaderNodeTexImage')
    node.image = found[1].datablock()
    bpy.ops.drawthings.throw_away(result=found[1].key)
    assert node.image is not None and Path(node.image.filepath_raw).is_file()
    assert not files(output)[1] and len(results()) == 1
    from blender_results import told

    assert "it stays" in told()


def test_a_folder_that_takes_nothing_changes_nothing(seeded: Panel, output: Path) -> None:
    make_material()
    found = strip(2, target='MATERIAL')
    (output / "Deleted").write_bytes(b"a file of that name")
    with pytest.raises(RuntimeError, match="cannot be written to"):
        bpy.ops.drawthings.throw_away(result=found[0].key)
    assert seed_of(shown()) == 7 and len(results()) == 2 and len(files(output)[0]) == 2


def test_a_name_that_was_taken_meanwhile(seeded: Panel, output: Path) -> None:
    """Undo brings the file back under another one, and the image knows."""
    make_material()
    seeded.use_pack = False
    remember()
    found = strip(2, target='MATERIAL')
    path = found[1].picture.path
    bpy.ops.drawthings.throw_away(result=found[1].key)
    path.write_bytes(b"another picture")
    bpy.ops.ed.undo()
    image = next(each for each in bpy.data.images if seed_of(each) == 8)
    assert Path(image.filepath_raw).name == f"{path.stem}-2.png" and Path(image.filepath_raw).is_file()
    assert path.read_bytes() == b"another picture"
    choose(results()[1])
    assert seed_of(shown()) == 8


def test_two_of_one_name_are_thrown_away(seeded: Panel, output: Path) -> None:
    """With one seed the second gets the name of the first that was thrown away, and both come back."""
    make_material()
    seeded.use_pack = False
    remember()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    path = results()[0].picture.path
    first = path.read_bytes()
    bpy.ops.drawthings.throw_away()
    seeded.steps = 3
    remember("steps")
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    assert results()[0].picture.path == path
    second = path.read_bytes()
    assert second != first
    bpy.ops.drawthings.throw_away()
    assert files(output) == (set(), {path.name, f"{path.stem}-2.png"})
    bpy.ops.ed.undo()
    assert path.read_bytes() == second and files(output)[1] == {path.name}
    for _ in range(3):
        bpy.ops.ed.undo()
    # The file of the second is its own, though nothing in this Blender shows it any more.
    image = shown()
    assert image is not None and Path(image.filepath_raw).read_bytes() == first
    assert path.read_bytes() == second and not files(output)[1]
    bpy.ops.ed.redo()
    assert path.read_bytes() == second


def test_a_file_of_somebody_else_is_not_moved(seeded: Panel, tmp_path: Path) -> None:
    """A .blend can name any file for its picture's."""
    strip(2)
    victim = tmp_path / "letter.png"
    victim.write_bytes(b"not a picture of ours")
    image = results()[1].datablock()
    image.drawthings.file = str(victim)
    from bl_ext.user_default.drawthings_addon.blender.session import session

    session.get().results.clear()
    reload(tmp_path)
    found = next(each for each in results() if each.picture.path == victim)
    bpy.ops.drawthings.throw_away(result=found.key)
    assert victim.is_file() and not found.datablock()
    from blender_results import told

    assert "stays" in told()


def test_keeping_needs_a_set(seeded: Panel) -> None:
    bpy.ops.drawthings.txt2img()
    with pytest.raises(RuntimeError, match="of no set"):
        bpy.ops.drawthings.keep_result()


@pytest.mark.parametrize("by", ["history", "another file"])
def test_what_a_file_shows_is_not_lost_with_the_picture(
    seeded: Panel, output: Path, tmp_path: Path, by: str
) -> None:
    """It was thrown away where this file could not be asked, or from the history: the file holds it then."""
    from blender_results import told

    make_material()
    seeded.use_pack = False
    found = strip(2, target='MATERIAL')
    path = found[0].picture.path
    if by == "history":
        bpy.ops.drawthings.search_history(words="copper")
        entries = bpy.context.window_manager.drawthings.history
        identity = next(each.identity for each in entries if Path(each.path) == path)
        bpy.ops.drawthings.history_delete(identity=identity)
    else:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
        bpy.ops.drawthings.throw_away(result=found[0].key)
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    image = shown()
    assert not path.exists() and seed_of(image) == 7
    assert image.packed_file is not None and image.size[:] == (128, 128)
    assert "holds it itself" in told()
    shutil.rmtree(output / "Deleted")
    reload(tmp_path)
    assert shown().size[:] == (128, 128) and shown().pixels[0] >= 0


def test_the_history_knows_what_was_thrown_away(seeded: Panel) -> None:
    found = strip(2)
    bpy.ops.drawthings.search_history(words="copper")
    interface = bpy.context.window_manager.drawthings
    assert {Path(each.path) for each in interface.history} >= {each.picture.path for each in found}
    remember()
    bpy.ops.drawthings.throw_away(result=found[1].key)
    bpy.ops.drawthings.search_history(words="copper", set=found[0].set_id)
    assert [each.set_index for each in interface.history] == [0]
    bpy.ops.drawthings.search_history(words="copper", set=found[0].set_id, deleted=True)
    assert [Path(each.path).parent.name for each in interface.history if each.set_index == 1] == ["Deleted"]
    bpy.ops.ed.undo()
    bpy.ops.drawthings.search_history(words="copper", set=found[0].set_id)
    assert {each.set_index for each in interface.history} == {0, 1}
