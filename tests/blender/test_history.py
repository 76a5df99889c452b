# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of every picture, as scripts and panels use it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_pictures import noise, packed, read_png, textured
from blender_results import told

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def current() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get()


def interface() -> Any:
    return bpy.context.window_manager.drawthings


def search(**properties: Any) -> list[Any]:
    bpy.ops.drawthings.search_history(**properties)
    return list(interface().history)


def make(panel: Panel, prompt: str = "weathered copper", **properties: Any) -> str:
    """Its identity."""
    panel.prompt = prompt
    bpy.ops.drawthings.txt2img(**properties)
    return str(current().results[0].identity)


def gone_from_blender() -> None:
    """As after a restart with an empty file."""
    current().results.clear()
    bpy.ops.wm.read_homefile(use_factory_startup=True)


def test_a_picture_is_found_by_its_words_after_a_restart(panel: Panel, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "jar.blend"))
    panel = bpy.context.scene.drawthings
    panel.negative_prompt = "blurry"
    identity = make(panel, "weathered copper")
    path = current().results[0].key
    make(panel, "moss")
    gone_from_blender()
    (found,) = search(words="copper weath")
    assert (found.identity, found.path, found.prompt) == (identity, path, "weathered copper")
    assert (found.operation, found.negative_prompt, found.blend) == ("txt2img", "blurry", "jar.blend")
    assert (found.width, found.height) == (128, 128)
    assert found.server and found.created and not found.is_missing
    assert interface().history_count == 1
    assert [each.prompt for each in search()] == ["moss", "weathered copper"]
    assert [each.prompt for each in search(limit=1)] == ["moss"] and interface().history_count == 2
    assert [each.prompt for each in search(limit=1, offset=1)] == ["weathered copper"]
    assert search(kind='IMG2IMG') == [] and len(search(kind='TXT2IMG', blend="jar")) == 2
    assert search(until="2001-01-01") == [] and len(search(since="2001-01-01")) == 2
    assert len(search(since="today", until="This Year")) == 2 and search(until="last year") == []
    with pytest.raises(RuntimeError, match="is no day"):
        bpy.ops.drawthings.search_history(since="yesterday-ish")


def test_the_first_search_of_a_script_finds_what_a_crash_left_out(
    panel: Panel, output: Path, tmp_path: Path
) -> None:
    make(panel, "made before the crash")
    (picture,) = output.glob("*.png")
    current().history_thread.finish()
    for path in (tmp_path / "history").glob("history.*"):
        path.unlink()
    picture.rename(output / "renamed.png")
    assert [each.path for each in search(words="crash")] == [str(output / "renamed.png")]


def test_what_is_used_alone(panel: Panel) -> None:
    panel.width, panel.height, panel.steps, panel.negative_prompt = 192, 256, 7, "blurry"
    identity = make(panel)
    seed = current().results[0].recipe.request.sampling.seed
    other = {"prompt": "moss", "negative_prompt": "", "width": 128, "height": 128, "steps": 11, "seed": 5}

    def after(what: str) -> dict[str, Any]:
        for name, value in other.items():
            setattr(panel, name, value)
        panel.use_random_seed = True
        bpy.ops.drawthings.history_reuse(identity=identity, what=what)
        found = {name: getattr(panel, name) for name in other}
        assert panel.use_random_seed == (what not in ('ALL', 'SEED'))
        return {name: value for name, value in found.items() if value != other[name]}

    from bl_ext.user_default.drawthings_addon.blender.values import signed_seed

    prompt = {"prompt": "weathered copper", "negative_prompt": "blurry"}
    size = {"width": 192, "height": 256}
    assert after('PROMPT') == prompt
    assert after('SIZE') == size
    assert after('SEED') == {"seed": signed_seed(seed)}
    assert after('SETTINGS') == {"steps": 7}
    assert after('ALL') == {**prompt, **size, "steps": 7, "seed": signed_seed(seed)}
    with pytest.raises(RuntimeError, match="not in the history"):
        bpy.ops.drawthings.history_reuse(identity="nobody's")


def test_a_strangers_settings_are_told_and_their_options_left_out(panel: Panel, output: Path) -> None:
    """A picture that somebody sent lies in the output folder."""
    from bl_ext.user_default.drawthings_addon.imaging import png

    make(panel)
    mine = current().results[0]
    recipe = json.loads(mine.recipe.text)
    recipe["request"]["conditioning"]["prompt"] = "theirs"
    recipe["request"]["options"] = [{"dialect": "A1111", "name": "sd_vae", "value": "evil"}]
    theirs = output / "theirs.png"
    text = {"drawthings": json.dumps(recipe)}
    theirs.write_bytes(png.encode(read_png(mine.picture.path)[..., :3], text=text))
    bpy.ops.drawthings.rebuild_history()
    (found,) = search(words="theirs")
    bpy.ops.drawthings.history_reuse(identity=found.identity)
    assert panel.prompt == "theirs" and not panel.server_options
    assert "Not taken" in told()
    bpy.ops.drawthings.history_reuse(identity=found.identity, use_server_options=True)
    assert len(panel.server_options) == 1


def test_a_picture_comes_into_the_scene(panel: Panel, stand_in: StandIn) -> None:
    identity = make(panel)
    result = current().results[0]
    data, recipe = result.picture.path.read_bytes(), result.recipe
    gone_from_blender()
    material = textured(packed("wall", noise(8, 8)))
    bpy.ops.drawthings.history_bring(identity=identity)
    (brought,) = current().results
    image = brought.datablock()
    assert bytes(image.packed_file.data) == data and image.use_fake_user
    assert image.drawthings.recipe == recipe.text and brought.identity == identity
    node = material.node_tree.nodes["Image Texture"]
    assert node.image.name == "wall"
    bpy.ops.drawthings.history_bring(identity=identity, target='MATERIAL')
    assert len(current().results) == 1, "it was there already"
    assert node.image == image
    bpy.ops.drawthings.put_back()
    assert node.image.name == "wall"
    result.picture.path.unlink()
    gone_from_blender()
    with pytest.raises(RuntimeError, match="is gone"):
        bpy.ops.drawthings.history_bring(identity=identity)
    assert not current().results and "wall" not in bpy.data.images


def test_what_is_used_of_thrown_away_pictures_does_not_stay_among_them(panel: Panel) -> None:
    identity = make(panel)
    path = current().results[0].picture.path
    gone_from_blender()
    bpy.ops.drawthings.history_delete(identity=identity)
    assert not path.exists()
    bpy.ops.drawthings.history_bring(identity=identity)
    assert path.is_file()
    assert [each.identity for each in search()] == [identity]
    (brought,) = current().results
    assert brought.picture.path == path


@pytest.mark.parametrize("kind", ["only here", "floats", "map"])
def test_numbers_are_read_as_what_they_are(panel: Panel, kind: str) -> None:
    wall = packed("wall", noise(64, 64))
    if kind == "floats":
        wall = bpy.data.images.new("data", 64, 64, float_buffer=True)
    wall.colorspace_settings.name = 'Non-Color'
    if kind == "map":
        panel.maps.use_height = panel.maps.use_roughness = panel.maps.use_ambient_occlusion = False
        panel.maps.use_albedo, panel.maps.use_normal, panel.maps.use_material = False, True, False
        bpy.ops.drawthings.make_maps(image="wall")
    else:
        panel.inpaint.mask = wall if kind == "only here" else packed("mask", noise(64, 64))
        bpy.ops.drawthings.img2img(source='IMAGE', image=wall.name)
    (identity,) = [each.identity for each in search()]
    gone_from_blender()
    bpy.ops.drawthings.history_bring(identity=identity)
    (image,) = [each for each in bpy.data.images if each.drawthings.recipe]
    assert image.colorspace_settings.name == 'Non-Color'


def test_where_there_is_nothing_to_apply_it_to_nothing_is_brought(panel: Panel) -> None:
    identity = make(panel)
    gone_from_blender()
    bpy.context.view_layer.objects.active = None
    before = set(bpy.data.images)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.history_bring(identity=identity, target='MATERIAL')
    assert set(bpy.data.images) == before


def test_one_is_made_again_where_it_was_and_where_it_is_not_known(panel: Panel, stand_in: StandIn) -> None:
    packed("wall", noise(64, 64)).use_fake_user = True
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    identity = current().results[0].identity
    bpy.ops.drawthings.history_again(identity=identity)
    gone_from_blender()
    for name in ("server_url",):
        assert getattr(
            bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences, name
        )
    with pytest.raises(RuntimeError, match="“wall”"):
        bpy.ops.drawthings.history_again(identity=identity)
    packed("wall", noise(64, 64)).use_fake_user = True
    bpy.ops.drawthings.history_again(identity=identity)
    bodies = [entry.body | {"seed": 0} for entry in stand_in.journal.generations]
    assert len(bodies) == 3 and bodies[0] == bodies[1] == bodies[2]


def test_favourites(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import history

    first, second = make(panel, "one"), make(panel, "two")
    newer, older = current().results
    assert not history.is_favourite(older)
    bpy.ops.drawthings.history_favourite(result=older.key)
    assert [each.identity for each in search(favourites=True)] == [first]
    assert [each.is_favourite for each in search()] == [False, True]
    assert history.is_favourite(older) and not history.is_favourite(newer)
    bpy.ops.drawthings.history_favourite(identity=first, value=False)
    bpy.ops.drawthings.history_favourite(identity=second)
    assert [each.identity for each in search(favourites=True)] == [second]


def test_a_picture_that_came_with_a_file_is_none_of_the_history(panel: Panel) -> None:
    make(panel)
    image = current().results[0].datablock()
    image.drawthings.recipe = image.drawthings.recipe.replace("weathered copper", "theirs")
    image.drawthings.file = "/theirs/picture.png"
    current().results.clear()
    current().read_file()
    with pytest.raises(RuntimeError, match="does not know this picture"):
        bpy.ops.drawthings.history_favourite()
    assert len(search()) == 1 and search(favourites=True) == []


def test_one_is_thrown_away_and_brought_back(panel: Panel, output: Path) -> None:
    identity = make(panel)
    path = current().results[0].picture.path
    bpy.ops.drawthings.history_delete(identity=identity)
    assert not path.exists() and (output / "Deleted" / path.name).is_file()
    assert search() == [] and [each.is_deleted for each in search(deleted=True)] == [True]
    bpy.ops.drawthings.history_restore(identity=identity)
    assert path.is_file() and [each.path for each in search()] == [str(path)]


@pytest.mark.parametrize("by", ["history", "results"])
def test_what_was_opened_by_hand_is_not_lost_with_its_file(panel: Panel, output: Path, by: str) -> None:
    identity = make(panel, "weathered copper")
    (file,) = output.rglob("*.png")
    data = file.read_bytes()
    if by == "history":
        gone_from_blender()
    image = bpy.data.images.load(str(file))
    image.use_fake_user = True
    if by == "history":
        bpy.ops.drawthings.history_delete(identity=identity)
    else:
        bpy.ops.drawthings.throw_away(result=str(file))
    assert not file.exists() and image.packed_file is not None
    assert bytes(image.packed_file.data) == data
    assert f"“{image.name}” was thrown away: this file holds it itself now." in told()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_file_whose_name_is_no_text_comes_into_the_scene(panel: Panel, output: Path) -> None:
    identity = make(panel, "weathered copper")
    (file,) = output.rglob("*.png")
    file.rename(os.fsdecode(os.fsencode(file.parent) + b"/caf\xe9.png"))
    gone_from_blender()
    current().history.look()
    assert [each.identity for each in search()] == [identity]
    bpy.ops.drawthings.history_bring(identity=identity)
    assert [each.name for each in bpy.data.images if each.drawthings.recipe] == ["caf�"]


def test_beside_what_is_thrown_away_another_is_selected(panel: Panel) -> None:
    first, second, third = (make(panel, prompt) for prompt in ("one", "two", "three"))
    search()
    interface().history_selected = second
    bpy.ops.drawthings.history_delete(identity=second)
    assert interface().history_selected == first, "the next one in the list"
    search()
    bpy.ops.drawthings.history_delete(identity=first)
    assert interface().history_selected == third, "the last one has none behind it"
    search()
    bpy.ops.drawthings.history_delete(identity=third)
    assert interface().history_selected == ""


def test_its_folder_is_opened(panel: Panel, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import history

    identity, opened = make(panel), []
    monkeypatch.setattr(history, "open_folder", opened.append)
    bpy.ops.drawthings.history_reveal(identity=identity)
    assert opened == [output]


def test_it_is_made_anew_from_the_files(panel: Panel, tmp_path: Path, output: Path) -> None:
    first, second = make(panel, "one"), make(panel, "two")
    bpy.ops.drawthings.history_favourite(identity=first)
    bpy.ops.drawthings.history_delete(identity=second)
    (tmp_path / "history" / "history.db").write_bytes(b"rubbish")
    bpy.ops.drawthings.rebuild_history()
    assert [(each.identity, each.is_favourite) for each in search()] == [(first, True)]
    assert [each.identity for each in search(deleted=True)] == [second]
    assert "2 pictures" in told() or "1 picture" in told()


def test_the_command_line(panel: Panel, capsys: pytest.CaptureFixture[str]) -> None:
    from bl_ext.user_default.drawthings_addon import cli

    identity = make(panel, "weathered copper")
    make(panel, "moss")
    capsys.readouterr()
    assert cli.main(["history", "copper", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 1
    (entry,) = found["entries"]
    assert (entry["identity"], entry["set"], entry["prompt"]) == (identity, None, "weathered copper")
    assert cli.main(["history"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].endswith("moss") and entry["path"] in lines[1]
    assert cli.main(["history", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "2 in all"
    assert cli.main(["history", "nothing", "like", "it"]) == 1
    assert cli.main(["history", "--limit", "0"]) == 2


# With a window


def settle(seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while current().is_working:
        assert time.monotonic() < until, "the session never came to rest"
        current().step()
        time.sleep(0.005)


@pytest.fixture
def window(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are not waited for, though this is background mode."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    def follow_answer(_self: Any, start: Any, answer: Any) -> None:
        start(answer)

    monkeypatch.setattr(session.Session, "follow_answer", follow_answer)


def test_nothing_is_asked_before_a_panel_wants_it_and_nothing_when_it_has_it(
    panel: Panel, desk: Desk, window: None
) -> None:
    bpy.ops.drawthings.txt2img()
    desk.finish()
    shown = current().history
    assert not shown.page.entries and not current().has_work
    shown.want()
    assert current().has_work
    settle()
    assert len(shown.page.entries) == 1 and shown.page.is_whole
    before = shown.generation
    shown.want()
    assert not current().has_work and shown.generation == before, "no frame is drawn for it"


def test_a_database_that_is_damaged_while_it_is_shown_is_made_anew(
    panel: Panel, tmp_path: Path, window: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import history as shown
    from bl_ext.user_default.drawthings_addon.jobs.history.query import Query

    monkeypatch.setattr(shown, "_LOOK_AFTER_DAMAGE", 0.0)
    one = current().history
    panel.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img()
    settle()
    one.look()
    settle()
    assert [each.prompt for each in one.page.entries] == ["weathered copper"]
    path = tmp_path / "history" / "history.db"
    path.write_bytes(b"\xa5" * path.stat().st_size)
    one.search(Query(words="copper"))
    settle()
    assert [each.prompt for each in one.page.entries] == ["weathered copper"]
    assert one.page.is_whole


def test_of_searches_while_somebody_types_the_last_follows(panel: Panel, window: None) -> None:
    from bl_ext.user_default.drawthings_addon.jobs.history.query import Query

    shown, asked = current().history, []
    ask = shown._ask

    def counted(question: Any, answer: Any, **others: Any) -> None:
        asked.append(question)
        ask(question, answer, **others)

    shown._ask = counted
    for length in range(1, 30):
        shown.search(Query(words="weathered copper and verdigris"[:length]))
    assert shown.is_searching and len(asked) == 1
    settle()
    assert len(asked) == 2 and not shown.is_searching
    assert shown.query.words == "weathered copper and verdigris"[:29]


def test_a_picture_that_comes_moves_nothing_away_from_who_has_turned_the_page(
    panel: Panel, desk: Desk, window: None
) -> None:
    from bl_ext.user_default.drawthings_addon.jobs.history.query import Query

    shown = current().history

    def make_one(prompt: str) -> None:
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img()
        desk.finish()

    for prompt in ("one", "two", "three"):
        make_one(prompt)
    shown.search(Query(limit=2, offset=1))
    settle()
    assert [each.prompt for each in shown.page.entries] == ["two", "one"]
    make_one("four")
    shown.want()
    settle()
    assert [each.prompt for each in shown.page.entries] == ["two", "one"] and shown.query.offset == 2
    shown.search(Query(limit=2, offset=1))
    settle()
    assert [each.prompt for each in shown.page.entries] == ["three", "two"], "the artist turned back"
    shown.search(Query(limit=2))
    settle()
    make_one("five")
    shown.want()
    settle()
    assert shown.page.entries[0].prompt == "five", "on the first page the newest is seen"


def test_thumbnails_are_made_of_what_is_drawn_and_kept_within_bounds(
    panel: Panel, desk: Desk, window: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import previews
    from bl_ext.user_default.drawthings_addon.blender.session import history

    monkeypatch.setattr(history, "_MOST_ICONS", 2)
    shown = current().history
    panel.batch_count = 4
    bpy.ops.drawthings.txt2img()
    desk.finish()
    shown.want()
    settle()
    entries = shown.page.entries
    keys = [history._icon_key(each.identity) for each in entries]
    assert len(entries) == 4 and not any(map(previews.is_there, keys))
    entries[3].path.unlink()
    for each in entries:
        shown.icon(each)
    settle()
    assert [previews.is_there(key) for key in keys].count(True) <= 2
    shown.icon(entries[0])
    settle()
    assert previews.is_there(keys[0]) and max(previews._collection[keys[0]].image_size) == 128
    shown.icon(entries[0])
    assert not current().has_work
    for _ in range(3):
        shown.icon(entries[3])
        settle()
    assert not current().has_work, "what nobody can read is not tried for ever"
    shown.large(entries[0], 100)
    settle()
    assert previews.is_there("enlarged:history")
    previews.free()
    shown.icon(entries[0])
    settle()
    assert previews.is_there(keys[0]), "after the extension was disabled it is made anew"


def test_what_goes_wrong_is_told_in_the_panel(panel: Panel, window: None, desk: Desk) -> None:
    bpy.ops.drawthings.history_delete(identity="nobody's")
    settle()
    assert current().history.error is None
