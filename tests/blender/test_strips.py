# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of one press in the panel: a strip or a grid, each in its place from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import draw_head, in_editor, tops
from blender_pictures import noise, packed, textured
from recording_layout import Drawn, Record, draw

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
SIZES = (200, 280, 560)


def order_grid(columns: tuple[str, str], rows: tuple[str, str]) -> None:
    """A grid of textures, as the popover's button orders one."""
    names = ("columns", "column_values", "rows", "row_values")
    bpy.ops.drawthings.variations(target='MATERIAL', **dict(zip(names, (*columns, *rows), strict=True)))


def drawn_as_set(record: Record) -> list[Drawn]:
    """What stands between the buttons of the selected result and those of its set."""
    found = [each for each in record.things if each.panel == "DRAWTHINGS_PT_view3d"]
    names = [each.arguments.get("operator") for each in found]
    return found[names.index("drawthings.discard_result") + 1 : names.index("drawthings.more_like_this")]


def pressed(record: Record) -> list[dict[str, Any]]:
    """The pictures that can be pressed, in the order in which they stand."""
    found = (each.arguments for each in drawn_as_set(record))
    return [each for each in found if each.get("operator") == "drawthings.select_result"]


def results_in_order(desk: Desk) -> list[str]:
    """The keys of the results by their places."""
    found = sorted(desk.session.results, key=lambda each: each.recipe.set.index)
    return [each.key for each in found]


def frames(record: Record) -> int:
    """Places for pictures without one."""
    return len([each for each in drawn_as_set(record) if each.method == "box"]) - len(marks(record))


def marks(record: Record) -> list[dict[str, Any]]:
    return [each.arguments for each in drawn_as_set(record) if each.arguments.get("icon") == 'CHECKMARK']


def strip(desk: Desk, panel: Panel, count: int = 4) -> None:
    panel.batch_count = count
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("before", [0, 5])
@pytest.mark.parametrize("is_grid", [False, True])
def test_no_button_moves_while_a_set_arrives(
    panel: Panel, desk: Desk, width: int, before: int, is_grid: bool
) -> None:
    panel.width = panel.height = 128
    for _ in range(before):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        desk.settle()
    desk.hold()
    if is_grid:
        order_grid(("guidance_scale", "3, 6"), ("steps", "10, 20"))
    else:
        panel.batch_count = 4
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    drawn = [draw_head(width=width)]
    desk.wait_until_running()
    desk.release()
    while len(desk.session.results) < before + 4:
        count = len(desk.session.results)
        desk.session.step()
        if len(desk.session.results) != count:
            drawn.append(draw_head(width=width))
    desk.settle()
    drawn.append(draw_head(width=width))
    assert len(desk.session.results) == before + 4
    start, *others = map(tops, drawn)
    assert {"drawthings.more_like_this", "drawthings.keep_result"} <= drawn[0].operators
    for other in others:
        moved = {name: other.get(name) for name, top in start.items() if abs(other.get(name, 1e9) - top) > 2}
        assert not moved
    heights = [record.height() for record in drawn]
    assert max(heights) - min(heights) <= 2
    # What came before is in the history alone.
    assert len(pressed(drawn[-1])) == 4


def test_pictures_come_into_frames_and_the_first_is_on_the_object(panel: Panel, desk: Desk) -> None:
    textured(packed("wall", noise(64, 64)))
    panel.batch_count = 4
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    record = draw_head()
    assert (len(pressed(record)), frames(record)) == (0, 4)
    desk.finish()
    record = draw_head()
    keys = results_in_order(desk)
    assert [each["properties"]["result"] for each in pressed(record)] == keys
    assert [each["depress"] for each in pressed(record)] == [True, False, False, False]
    assert (frames(record), len(marks(record))) == (0, 1)
    index = pressed(record)[2]["properties"]["index"]
    bpy.ops.drawthings.select_result(index=index, result=keys[2])
    record = draw_head()
    assert [each["depress"] for each in pressed(record)] == [False, False, True, False]
    node = bpy.context.object.active_material.node_tree.nodes
    shown = {each.image.filepath_raw for each in node if each.type == 'TEX_IMAGE' and each.image is not None}
    assert keys[2] in shown


def test_one_that_is_there_is_looked_at_while_the_others_are_made(panel: Panel, desk: Desk) -> None:
    strip(desk, panel, 2)
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    assert "drawthings.show_result" not in draw_head().operators
    # As if the first of it were there.
    chosen = desk.session.results[1]
    chosen.picture.__dict__["job_id"] = desk.session.statuses()[0].job.id
    shown = [each for each in draw_head().all("operator") if each["operator"] == "drawthings.show_result"]
    assert [each["properties"]["result"] for each in shown] == [chosen.key]


def test_only_the_set_that_is_looked_at_is_a_strip(panel: Panel, desk: Desk) -> None:
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    assert "drawthings.keep_result" not in draw_head().operators
    assert "drawthings.more_like_this" in draw_head().operators
    strip(desk, panel, 3)
    assert len(pressed(draw_head())) == 3
    bpy.ops.drawthings.select_result(index=3, result=desk.session.results[3].key)
    assert len(pressed(draw_head())) == 4, "all results"
    for _ in range(2):
        # What is left of a set is no set.
        desk.session.results.popleft()
    bpy.ops.drawthings.select_result(index=0, result=desk.session.results[0].key)
    assert "drawthings.keep_result" not in draw_head().operators


def test_what_was_pressed_for_is_shown_when_it_has_come(panel: Panel, desk: Desk) -> None:
    for _ in range(2):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        desk.settle()
    bpy.ops.drawthings.select_result(index=1, result=desk.session.results[1].key)
    strip(desk, panel, 3)
    assert [each["depress"] for each in pressed(draw_head())] == [True, False, False]
    # What is selected after the press stays selected.
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    old = desk.session.results[-1].key
    bpy.ops.drawthings.select_result(index=len(desk.session.results) - 1, result=old)
    desk.finish()
    index = bpy.context.window_manager.drawthings.result_index
    assert desk.session.results[index].key == old


@pytest.mark.parametrize(("count", "width", "rows"), [(4, 200, 1), (6, 280, 1), (12, 280, 2), (30, 200, 8)])
def test_a_strip_has_as_few_rows_as_there_is_room_for(
    panel: Panel, desk: Desk, count: int, width: int, rows: int
) -> None:
    panel.batch_count = count
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    found = [each for each in drawn_as_set(draw_head(width=width)) if each.method == "box"]
    assert len(found) == count
    lines = {id(list(each.layout.parts())[3]) for each in found}
    assert len(lines) == rows


def labels(record: Record) -> list[str]:
    return [str(each["text"]) for each in record.all("label") if each.get("text")]


def test_a_grid_says_what_differs(panel: Panel, desk: Desk) -> None:
    desk.hold()
    order_grid(("guidance_scale", "3, 6.5"), ("steps", "10, 20"))
    found = labels(draw_head())
    assert "Guidance across · Steps down" in found
    start = found.index("3.0")
    assert found[start : start + 2] == ["3.0", "6.5"]
    assert {"10", "20"} <= set(found)
    desk.finish()
    assert "Guidance across · Steps down" in labels(draw_head())
    assert len(pressed(draw_head())) == 4


@pytest.mark.parametrize("width", SIZES)
def test_words_beside_a_grid_have_room_there(panel: Panel, desk: Desk, width: int) -> None:
    from bl_ext.user_default.drawthings_addon.ui import words

    long = "weathered copper in the evening rain with all of its verdigris"
    panel.prompt = f"{long}, on stone"
    desk.hold()
    order_grid(("steps", "2, 3"), ("words", f"{long}, brass"))
    record = draw_head(width=width)
    texts = [str(each.arguments.get("text")) for each in drawn_as_set(record)]
    cut = [each for each in texts if each.endswith("…")]
    assert any(each.startswith("we") for each in cut)
    with in_editor('VIEW_3D', width) as context:
        assert all(words.width(context, each) < width / 2 for each in cut if "across" not in each)


# The popover


def popover(editor: str = 'VIEW_3D') -> Record:
    record = Record()
    with in_editor(editor) as context:
        draw(bpy.types.DRAWTHINGS_PT_grid, context, record)
    return record


def made(record: Record) -> dict[str, Drawn]:
    """The buttons by what they make."""
    found = [each for each in record.things if each.arguments.get("operator") == "drawthings.variations"]
    return {str(each.arguments["text"]).partition(" · ")[0]: each for each in found}


@pytest.mark.parametrize(
    ("editor", "actions"),
    [
        ('VIEW_3D', ["Texture", "Restyle Texture", "Restyle View", "Restyle Render"]),
        ('NODE_EDITOR', ["Texture", "Restyle Texture"]),
        ('IMAGE_EDITOR', ["Restyle Image", "New Picture"]),
    ],
)
def test_the_popover_makes_a_grid_of_each_action_of_its_editor(
    panel: Panel, desk: Desk, editor: str, actions: list[str]
) -> None:
    panel.grid.rows = "steps"
    panel.grid.row_values = "10, 20"
    record = popover(editor)
    found = made(record)
    assert list(found) == actions
    given = next(each for each in found.values() if each.arguments["properties"]["source"] == 'PROMPT')
    wanted = {
        "columns": "guidance_scale",
        "column_values": "3, 4.5, 6",
        "rows": "steps",
        "row_values": "10, 20",
    }
    assert given.arguments["properties"].items() >= wanted.items()
    assert not given.obstacle
    assert any(each.startswith("6 pictures") for each in labels(record))


def test_what_cannot_be_is_said_before(panel: Panel, desk: Desk) -> None:
    textured(packed("wall", noise(64, 64)))
    panel.grid.rows = "strength"
    found = made(popover())
    assert "new picture" in found["Texture"].obstacle
    assert not found["Restyle Texture"].obstacle
    too_many = ", ".join(f"0.{number}" for number in range(1, 10))
    for values, reason in {"": "no values", "0.3, 7": "0 to 1", too_many: "too many"}.items():
        panel.grid.row_values = values
        record = popover()
        assert reason in record.text, values
        assert not made(record)
    panel.grid.columns = panel.grid.rows = "NONE"
    assert "one picture" in popover().text


@pytest.mark.parametrize("value", ['{"a": 1}', "[[1, 2]]"])
def test_the_popover_is_drawn_whatever_a_server_option_holds(panel: Panel, desk: Desk, value: str) -> None:
    option = panel.server_options.add()
    option.name, option.value = "s_churn", value
    panel.grid.columns = "NONE"
    panel.grid.rows, panel.grid.row_values = "steps", "10, 20"
    record = popover()
    assert not made(record)["Texture"].obstacle
    assert any(each.startswith("2 pictures") for each in labels(record))


def test_nothing_alarms_where_a_wanted_grid_can_be_made(panel: Panel, desk: Desk) -> None:
    textured(packed("wall", noise(64, 64)))
    panel.grid.columns, panel.grid.rows = "strength", "guidance_scale"
    record = popover()
    assert made(record)["Texture"].obstacle
    assert not made(record)["Restyle Texture"].obstacle
    assert "new picture" not in record.text
    assert 'ERROR' not in [each.get("icon") for each in record.all("label")]


def test_where_no_grid_can_be_made_it_is_told(panel: Panel, desk: Desk) -> None:
    panel.grid.rows = "strength"
    record = popover('NODE_EDITOR')
    assert all(each.obstacle for each in made(record).values())
    assert "new picture" in " ".join(record.text.split())


@pytest.mark.parametrize("editor", ['VIEW_3D', 'NODE_EDITOR', 'IMAGE_EDITOR'])
def test_the_popover_is_as_high_whatever_is_chosen(panel: Panel, desk: Desk, editor: str) -> None:
    """One that grows while it is open does so out of its window."""
    heights = set()
    for columns, rows, values in (
        ("NONE", "NONE", ""),
        ("strength", "NONE", ""),
        ("strength", "guidance_scale", "3, 5"),
        ("guidance_scale", "strength", "0.3, 7"),
        ("steps", "strength", ", ".join(f"0.{number}" for number in range(1, 10))),
        ("words", "guidance_scale", "3, 5"),
    ):
        panel.grid.columns, panel.grid.rows = columns, rows
        if values:
            panel.grid.row_values = values
        heights.add(round(popover(editor).height(), 1))
    assert max(heights) - min(heights) <= 2, heights
    assert max(heights) < 400


def test_all_results_has_its_place_from_the_first_on(panel: Panel, desk: Desk) -> None:
    panel.width = panel.height = 128
    places = []
    for _ in range(12):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        desk.settle()
        record = draw_head()
        places.append("DRAWTHINGS_PT_history" in record.opened)
        assert "History..." not in record.text
    assert all(places)


def test_how_long_it_takes_is_known_from_earlier_ones(panel: Panel, desk: Desk) -> None:
    assert " · " not in popover().text
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    (button,) = [
        each for each in made(popover()).values() if each.arguments["properties"]["source"] == 'PROMPT'
    ]
    assert "about 0:0" in button.arguments["text"]


def test_values_to_begin_with_are_a_grid_that_can_be_made(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender import axes, grids

    panel.grid.columns = axes.NONE
    empty = set()
    for of, *_others in axes.ITEMS:
        panel.grid.rows = of
        if of == axes.NONE:
            assert panel.grid.row_values == ""
        elif panel.grid.row_values.count(",") == 0:
            empty.add(of)
        else:
            assert grids.count(panel.grid) in (2, 3), of
    # Of a list that nobody has told nothing can be proposed.
    assert empty <= {"words", "styles", "model", "refiner_model", "vae", "upscaler", "scheduler"}
    panel.prompt = 'a "red, wet" jar, brass'
    panel.grid.rows = "words"
    assert panel.grid.row_values == '"a ""red"'
    panel.grid.row_values += ", blue"
    assert grids.count(panel.grid) == 2
