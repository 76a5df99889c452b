# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which result is selected: what was pressed for, what is in its place, what was before; and that buttons
concern it alone where it is seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import draw_head
from blender_pictures import noise, packed, textured
from recording_layout import Record

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
SET_BUTTONS = (
    "drawthings.keep_result",
    "drawthings.throw_away",
    "drawthings.contact_sheet",
    "drawthings.more_like_this",
    "drawthings.history_favourite",
    "drawthings.discard_result",
    "drawthings.again",
    "drawthings.put_back",
)


def selected() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    return results.selected()


def in_order(set_id: str = "") -> list[Any]:
    """Of the newest set, or of that one, by their places."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    found = list(session.get().results)
    of = set_id or found[0].set_id
    return sorted((each for each in found if each.set_id == of), key=lambda each: each.recipe.set.index)


class Asked:
    """The context of a button that a panel has drawn, with why it cannot work."""

    drawthings_button, drawthings_obstacle = "known", "The first picture is still to come"

    def __getattr__(self, name: str) -> Any:
        return getattr(bpy.context, name)


def choose(result: Any) -> None:
    bpy.ops.drawthings.select_result(result=result.key)


def order(panel: Panel, how: str = "texture") -> None:
    panel.batch_count = 3
    if how == "texture":
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    elif how == "replace":
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    elif how == "image":
        bpy.ops.drawthings.txt2img(target='IMAGE')
    elif how == "more":
        bpy.ops.drawthings.more_like_this(count=3)
    else:
        bpy.ops.drawthings.variations(target='MATERIAL', columns="steps", column_values="2, 3")


def buttons(record: Record) -> dict[str, Any]:
    found = [each for each in record.things if each.arguments.get("operator") in SET_BUTTONS]
    return {each.arguments["operator"]: each for each in found}


@pytest.fixture
def wall(panel: Panel) -> Panel:
    textured(packed("wall", noise(64, 64)))
    return panel


@pytest.mark.parametrize("how", ["texture", "replace", "image", "more", "grid"])
def test_what_is_pressed_for_stays_shown_after_one_was_chosen(wall: Panel, desk: Desk, how: str) -> None:
    order(wall)
    desk.settle()
    choose(in_order()[1])
    before = selected().set_id
    order(wall, how)
    desk.settle()
    assert selected().set_id != before
    assert selected() is in_order()[0]
    # Chosen between two presses: the second is since then.
    order(wall)
    choose(in_order(before)[2])
    order(wall, how)
    desk.settle()
    assert selected() is in_order()[0]


def test_of_two_presses_the_later_one_is_shown_in_the_end(wall: Panel, desk: Desk) -> None:
    order(wall)
    desk.settle()
    choose(in_order()[2])
    order(wall)
    order(wall, "grid")
    desk.settle()
    assert selected() is in_order()[0] and in_order()[0].recipe.set.columns == 2


@pytest.mark.parametrize("index", [0, 2])
def test_what_is_selected_since_the_press_stays_so(wall: Panel, desk: Desk, index: int) -> None:
    order(wall)
    desk.settle()
    order(wall)
    old = in_order()[2 - index]
    choose(old)
    desk.settle()
    assert selected().key == old.key


def test_what_is_tried_again_is_shown(wall: Panel, desk: Desk, stand_in: StandIn) -> None:
    order(wall)
    desk.settle()
    old = in_order()[1]
    stand_in.faults = Faults(status=500, text="out of memory", scope="POST")
    order(wall)
    desk.settle()
    stand_in.faults = Faults()
    choose(old)
    bpy.ops.drawthings.retry(all=True)
    desk.settle()
    assert selected().set_id != old.set_id and selected() is in_order()[0]


def test_buttons_concern_nothing_that_is_not_seen(wall: Panel, desk: Desk) -> None:
    order(wall)
    desk.settle()
    choose(in_order()[1])
    desk.hold()
    order(wall)
    desk.wait_until_running()
    found = buttons(draw_head())
    assert set(found) == set(SET_BUTTONS)
    assert {each.obstacle for each in found.values()} == {"The first picture is still to come"}
    for name in ("apply_result", "compare", "list_versions", *(each.partition(".")[2] for each in found)):
        cls = getattr(bpy.types, f"DRAWTHINGS_OT_{name}")
        assert not cls.poll(Asked()), name
    assert not any(each.arguments["properties"].get("result") for each in found.values())
    # One that was selected since is not among those that come.
    old = in_order()[2]
    choose(old)
    desk.release()
    while len(in_order()) < 2 or in_order()[0].set_id == old.set_id:
        desk.session.step()
        if desk.session.results[0].set_id != old.set_id:
            break
    found = buttons(draw_head())
    assert {each.obstacle for each in found.values()} == {"Select one of these first"}
    choose(in_order()[0])
    found = buttons(draw_head())
    assert {each.arguments["properties"]["result"] for each in found.values()} == {in_order()[0].key}
    assert not found["drawthings.keep_result"].obstacle and not found["drawthings.throw_away"].obstacle
    desk.settle()


@pytest.mark.parametrize("chosen", [0, 1, 2])
@pytest.mark.parametrize("kept", [0, 2])
def test_undo_of_keep_selects_what_was_selected(wall: Panel, desk: Desk, chosen: int, kept: int) -> None:
    bpy.ops.ed.undo_push(message="before")
    order(wall)
    desk.settle()
    set_id, key = selected().set_id, in_order()[chosen].key
    choose(in_order()[chosen])
    bpy.ops.drawthings.keep_result(result=in_order()[kept].key)
    left = selected().key
    assert [left] == [each.key for each in in_order(set_id)]
    bpy.ops.ed.undo()
    assert len(in_order(set_id)) == 3 and selected().key == key
    bpy.ops.ed.redo()
    assert [selected().key] == [left] == [each.key for each in in_order(set_id)]
    bpy.ops.ed.undo()
    assert selected().key == key


@pytest.mark.parametrize("gone", [0, 1, 2])
@pytest.mark.parametrize("is_discarded", [False, True])
def test_what_is_left_of_a_set_stays_shown(wall: Panel, desk: Desk, gone: int, *, is_discarded: bool) -> None:
    order(wall)
    desk.settle()
    old = selected().set_id
    bpy.ops.ed.undo_push(message="before")
    order(wall)
    desk.settle()
    found = in_order()
    choose(found[gone])
    key = selected().key
    if is_discarded:
        bpy.ops.drawthings.discard_result()
    else:
        bpy.ops.drawthings.throw_away()
    assert selected().set_id == found[0].set_id != old and selected().key != key
    bpy.ops.ed.undo()
    assert selected().key == key
    bpy.ops.ed.redo()
    assert selected().set_id == found[0].set_id and selected().key != key


def test_undo_of_a_choice_selects_what_is_in_its_place_again(wall: Panel, desk: Desk) -> None:
    bpy.ops.ed.undo_push(message="before")
    order(wall)
    desk.settle()
    keys = [each.key for each in in_order()]
    choose(in_order()[1])
    choose(in_order()[2])
    bpy.ops.ed.undo()
    assert selected().key == keys[1]
    bpy.ops.ed.undo()
    assert selected().key == keys[0]
    bpy.ops.ed.redo()
    assert selected().key == keys[1]


@pytest.mark.parametrize("how", ["texture", "replace"])
def test_of_a_file_what_is_in_its_place_is_selected(
    wall: Panel, desk: Desk, tmp_path: Path, how: str
) -> None:
    order(wall, how)
    desk.settle()
    choose(in_order()[1])
    name = in_order()[1].picture.path.name
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    # As after a restart.
    desk.session.results.clear()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert selected().is_from_file and selected().picture.path.name == name
    # What was chosen and not saved is not what is there.
    choose(in_order()[2])
    bpy.ops.wm.open_mainfile(filepath=path)
    assert selected().picture.path.name == name


def test_nobody_is_named_before_it_is_known_who_answers(
    panel: Panel, preferences: bpy.types.AddonPreferences, desk: Desk
) -> None:
    panel.sampler = ""
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        server.faults = Faults(delay_per_step=0.2)
        bpy.ops.drawthings.txt2img()
        texts = [draw_head().text]
        assert server.wait_until_running()
        texts.append(draw_head().text)
        bpy.ops.drawthings.cancel()
        texts.append(draw_head().text)
        server.faults = Faults()
        desk.settle()
    assert "preview" in texts[0] and "preview" in texts[1]
    assert not any("Draw Things shows" in each or "Draw Things finishes" in each for each in texts)


def made() -> int:
    return len([each for each in bpy.data.images if each.drawthings.recipe])


@pytest.mark.parametrize("how", ["texture", "replace"])
def test_one_undo_step_takes_a_strip_back(wall: Panel, desk: Desk, how: str) -> None:
    bpy.ops.ed.undo_push(message="before")
    order(wall, how)
    desk.settle()
    assert made() == 3
    bpy.ops.ed.undo()
    assert made() == 0
    # Done again it is all there, and so it is when something else is undone.
    bpy.ops.ed.redo()
    assert made() == 3 and selected() is in_order()[0]
    bpy.context.object.location.x = 1
    bpy.ops.ed.undo_push(message="moved")
    bpy.ops.ed.undo()
    assert bpy.context.object.location.x == 0 and made() == 3
    keys = [each.key for each in in_order()]
    choose(in_order()[1])
    bpy.ops.ed.undo()
    assert made() == 3 and selected().key == keys[0]
    bpy.ops.drawthings.keep_result()
    assert (made(), len(in_order())) == (1, 1)
    for _ in range(2):
        bpy.ops.ed.undo()
        assert (made(), len(in_order())) == (3, 3)
    bpy.ops.ed.redo()
    assert (made(), len(in_order())) == (3, 3)
    bpy.ops.ed.redo()
    assert (made(), len(in_order())) == (1, 1)
    bpy.ops.ed.undo()
    choose(in_order()[2])
    bpy.ops.drawthings.put_back()
    assert not in_order()[2].datablock().drawthings.is_discarded
    for each in in_order():
        choose(each)
        assert selected().key == each.key
        assert [one.key for one in in_order() if standing_of(one)] == [each.key]


def standing_of(result: Any) -> bool:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    return results.is_there(result)
