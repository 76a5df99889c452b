# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history as it is drawn: in a sidebar of any width, and in the large browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import Instead, draw_dialog, in_editor, ours
from recording_layout import Record, draw

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup

#: Entries of a page, as many as are held.
PAGE = 60
SECTION = "DRAWTHINGS_PT_view3d_history"
#: Seconds that the drawing of a page may take.
BAR = 0.008


@pytest.fixture
def interface(desk: Desk) -> Iterator[bpy.types.PropertyGroup]:
    """Where the fields of the search are."""
    found = bpy.context.window_manager.drawthings
    yield found
    bpy.ops.drawthings.clear_history_search()
    desk.settle()


def entry(number: int, **facts: Any) -> Any:
    from bl_ext.user_default.drawthings_addon.jobs.history.entry import Entry

    usual: dict[str, Any] = {
        "identity": f"{number:032x}",
        "path": Path(f"/pictures/{number}.png"),
        "created": f"2026-11-{1 + number % 28:02}T12:00:00+00:00",
        "operation": "txt2img",
        "prompt": f"weathered copper {number}",
        "negative_prompt": "",
        "model": "z_image_turbo_1.0_q6p.ckpt",
        "server": "http://127.0.0.1:7860",
        "width": 1024,
        "height": 768,
        "seed": 4000000000 + number,
    }
    return Entry(**usual | facts)


def show(desk: Desk, *entries: Any, total: int = 0, **query: Any) -> Any:
    """Have the panels show these entries, as if they had been found."""
    from bl_ext.user_default.drawthings_addon.jobs.history.entry import Page
    from bl_ext.user_default.drawthings_addon.jobs.history.query import Query

    shown = desk.session.history
    shown.query, shown.page = Query(**query), Page(entries, total or len(entries), is_whole=True)
    shown.error, shown.is_searching = None, False
    return shown


@pytest.fixture
def shown(desk: Desk, monkeypatch: pytest.MonkeyPatch, interface: bpy.types.PropertyGroup) -> Any:
    """What the panels show, where nobody looks for anything."""
    from bl_ext.user_default.drawthings_addon.blender.session.history import ShownHistory

    monkeypatch.setattr(ShownHistory, "want", lambda _self: None)
    monkeypatch.setattr(ShownHistory, "icon", lambda _self, _entry: 1)
    monkeypatch.setattr(ShownHistory, "large", lambda _self, _entry, _edge: 0)
    return desk.session.history


def section(width: int = 280) -> Record:
    kind = next(each for each in ours(bpy.types.Panel) if each.__name__ == SECTION)
    with in_editor('VIEW_3D', width) as context:
        return draw(kind, context)


def browser(width: int = 1920, height: int = 1080) -> Record:
    with in_editor('VIEW_3D') as context:
        return draw_dialog("DRAWTHINGS_OT_browse_history", in_window(context, width, height), Record())


def in_window(context: Any, width: int, height: int) -> Instead:
    """The context in a window of this size."""
    areas = [SimpleNamespace(x=0, y=20, width=width, height=height - 46)]
    return Instead(context, screen=Instead(context.screen, areas=areas))


def pressed(record: Record, operator: str) -> list[dict[str, Any]]:
    return [each for each in record.all("operator") if each["operator"] == f"drawthings.{operator}"]


def listed(record: Record) -> list[str]:
    return [each["properties"]["identity"] for each in pressed(record, "select_in_history")]


def texts(record: Record) -> str:
    return " ".join(str(each.get("text", "")) for each in record.all("label"))


@pytest.mark.parametrize(("width", "columns"), [(200, 2), (280, 4), (560, 9), (1200, 14)])
def test_columns_follow_the_width_of_the_sidebar(desk: Desk, shown: Any, width: int, columns: int) -> None:
    show(desk, *map(entry, range(PAGE)), total=1204)
    record = section(width)
    assert len(listed(record)) == columns * 4
    assert f"1–{columns * 4} of 1,204" in texts(record)
    (_before, after) = pressed(record, "turn_history")
    assert after["properties"]["by"] == columns * 4


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (800, 600), (3840, 2160)])
def test_the_browser_is_as_large_as_its_window_lets_it_be(
    desk: Desk, shown: Any, size: tuple[int, int]
) -> None:
    from bl_ext.user_default.drawthings_addon.ui import history_browser

    show(desk, *map(entry, range(PAGE)), total=1204)
    record = browser(*size)
    count = len(listed(record))
    (_before, after) = pressed(record, "turn_history")
    assert after["properties"]["by"] == count, "no picture is skipped by turning the page"
    assert count <= PAGE
    with in_editor('VIEW_3D') as context:
        there = in_window(context, *size)
        found, pointer = history_browser.size(there), history_browser.pointer(there)
    assert found.width < size[0]
    assert found.height < size[1]
    assert count == found.columns * found.rows
    assert 0 < pointer[0] < size[0]
    assert size[1] / 2 < pointer[1] < size[1]


def test_thumbnails_are_asked_for_where_they_are_drawn_and_no_others(
    desk: Desk, shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.history import ShownHistory

    show(desk, *map(entry, range(PAGE)), total=1204)
    asked: list[str] = []
    monkeypatch.setattr(ShownHistory, "icon", lambda _self, each: asked.append(each.identity) or 0)
    record = section()
    assert set(asked) == set(listed(record))
    assert len(listed(record)) == 16


@pytest.mark.parametrize("drawn", [section, browser])
def test_nothing_moves_when_thumbnails_come(
    desk: Desk, shown: Any, monkeypatch: pytest.MonkeyPatch, drawn: Any
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.history import ShownHistory

    show(desk, *map(entry, range(PAGE)), total=1204)

    def buttons() -> list[tuple[str, float, float]]:
        return [
            (each.arguments["operator"], each.top, each.height)
            for each in drawn().placed()
            if each.method == "operator"
        ]

    after = buttons()
    monkeypatch.setattr(ShownHistory, "icon", lambda _self, _entry: 0)
    assert buttons() == after


def test_the_selected_one_is_seen_large_with_how_it_was_made(desk: Desk, shown: Any) -> None:
    from bl_ext.user_default.drawthings_addon.jobs.picture_set import SetMember

    member = SetMember("ab" * 16, 1, 4, 2, "Strength 0.40", "Guidance 5")
    show(desk, entry(0), entry(1, prompt="mossy stone", blend="jar.blend", set=member))
    bpy.ops.drawthings.select_in_history(identity=entry(1).identity)
    for record in (section(), browser()):
        told = texts(record)
        for each in ("mossy stone", "1024 × 768", "seed 4000000001", "2026-11-02", "jar.blend", "Guidance 5"):
            assert each in told
        assert [each["depress"] for each in pressed(record, "select_in_history")] == [False, True]
        assert pressed(record, "contact_sheet")[0]["properties"]["set"] == member.id


@pytest.mark.parametrize("width", [200, 280, 560, 1000, 0])
def test_no_button_moves_from_picture_to_picture(desk: Desk, shown: Any, width: int) -> None:
    """0: in the browser."""
    from bl_ext.user_default.drawthings_addon.jobs.picture_set import SetMember

    member = SetMember("ab" * 16, 1, 4, 2, "Strength 0.40", "Guidance 5")
    entries = (
        entry(0),
        entry(1, prompt="mossy stone " * 40, blend="a file of a long name for a jar.blend", set=member),
        entry(2, is_missing=True, prompt=""),
        entry(3, operation="extras", model="", is_favourite=True),
        entry(4, beside="normal map of a name that takes a line", set=member),
    )
    show(desk, *entries)
    found = []
    for each in entries:
        bpy.ops.drawthings.select_in_history(identity=each.identity)
        record = section(width) if width else browser()
        tops = {
            placed.arguments["operator"]: placed.top
            for placed in record.placed()
            if placed.method in ("operator", "operator_menu_enum")
            and placed.arguments["operator"] != "drawthings.select_in_history"
        }
        assert {"drawthings.search_history", "drawthings.contact_sheet"} <= tops.keys()
        found.append((tops, round(record.height(), 1)))
    assert found == [found[0]] * len(entries)


def test_what_was_made_alone_shows_no_set(desk: Desk, shown: Any) -> None:
    show(desk, entry(0))
    kinds = {each.bl_idname: each for each in ours(bpy.types.Operator)}
    for record in (section(), browser()):
        stopped = [each for each in record.things if each.method == "operator" and each.obstacle]
        assert {"drawthings.search_history", "drawthings.contact_sheet"} <= {
            each.arguments["operator"] for each in stopped
        }
        for each in stopped:
            context = Instead(bpy.context, drawthings_button="known", drawthings_obstacle=each.obstacle)
            assert not kinds[each.arguments["operator"]].poll(context), each.arguments["operator"]


@pytest.mark.parametrize("width", [200, 280, 560, 1000])
def test_a_search_that_finds_less_does_not_shorten_the_section(
    desk: Desk, shown: Any, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """The whole sidebar would be scrolled under the pointer."""
    from bl_ext.user_default.drawthings_addon.errors import InvalidSettings
    from bl_ext.user_default.drawthings_addon.jobs.history.entry import Facets

    monkeypatch.setattr(shown, "facets", Facets(count=1204))
    show(desk, *map(entry, range(PAGE)), total=1204)
    heights = [section(width).height()]
    for found in ((entry(0),), tuple(map(entry, range(9))), ()):
        show(desk, *found, words="copper")
        heights.append(section(width).height())
    show(desk, entry(0, is_deleted=True), deleted=True)
    heights.append(section(width).height())
    show(desk, deleted=True)
    heights.append(section(width).height())
    shown.tell(InvalidSettings("“some day” is no day.", "Write it as 2026-01-31."))
    heights.append(section(width).height())
    shown.error = None
    assert max(heights) - min(heights) <= 4, heights


def test_it_is_said_that_filters_leave_some_out(desk: Desk, shown: Any) -> None:
    """The browser is closed, and its fields are out of sight."""
    show(desk, entry(0, is_favourite=True), favourites=True)
    for record in (section(), browser()):
        assert "1 picture found" in texts(record)
    show(desk, entry(0))
    assert "found" not in texts(section())


def test_of_what_was_thrown_away_it_is_said_that_it_is(desk: Desk, shown: Any) -> None:
    show(desk, entry(0, is_deleted=True), deleted=True)
    for record in (section(), browser()):
        assert "1 in Deleted" in texts(record)
        (clear,) = [
            each
            for each in record.things
            if each.arguments.get("operator") == "drawthings.clear_history_search"
        ]
        assert not clear.obstacle


def test_what_is_not_seen_any_more_is_not_selected(desk: Desk, shown: Any) -> None:
    show(desk, entry(0), entry(1))
    bpy.ops.drawthings.select_in_history(identity=entry(1).identity)
    show(desk, entry(2), entry(3))
    depressed = [each["depress"] for each in pressed(section(), "select_in_history")]
    assert depressed == [True, False]


def test_a_file_that_is_gone_is_marked_and_what_needs_it_is_grey(desk: Desk, shown: Any) -> None:
    show(desk, entry(0, is_missing=True))
    for record in (section(), browser()):
        assert "not there any more" in texts(record)
        grey = {
            each.arguments["operator"]
            for each in record.things
            if each.method == "operator" and each.obstacle
        }
        assert grey >= {"drawthings.history_bring", "drawthings.history_reveal"}
        assert "drawthings.history_again" not in grey


def test_a_picture_that_cannot_be_had_has_a_sign_in_its_place(
    desk: Desk, shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart no thumbnail was made of it before; while one is being made, there is none."""
    monkeypatch.setattr(type(shown), "icon", lambda _self, _entry: 0)
    monkeypatch.setattr(shown, "_icons", {entry(1).identity: False})
    show(desk, entry(0, is_missing=True), entry(1), entry(2))
    for record in (section(), browser()):
        signs = [each for each in record.all("label") if each.get("icon") == "LIBRARY_DATA_BROKEN"]
        assert len(signs) == 2
    bpy.ops.drawthings.select_in_history(identity=entry(1).identity)
    assert "no whole picture" in texts(section())


def test_the_history_is_in_each_editors_tab() -> None:
    found = {each.bl_space_type for each in ours(bpy.types.Panel) if each.__name__.endswith("_history")}
    assert found >= {'VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR'}


def test_what_was_thrown_away_can_be_restored_and_nothing_else(desk: Desk, shown: Any) -> None:
    show(desk, entry(0, is_deleted=True), deleted=True)
    for record in (section(), browser()):
        assert pressed(record, "history_restore")
        assert not pressed(record, "history_delete")


@pytest.mark.parametrize(
    ("query", "told", "can_be_cleared"),
    [
        ({}, "Every picture that you make is listed here", False),
        ({"words": "coper"}, "Nothing found for “coper”", True),
        ({"favourites": True}, "No picture fits these filters", True),
        ({"deleted": True}, "No picture lies in the folder Deleted", True),
        ({"words": "x" * 4000}, "…”", True),
    ],
)
def test_what_is_said_where_nothing_is(
    desk: Desk, shown: Any, query: dict[str, Any], told: str, can_be_cleared: bool
) -> None:
    show(desk, **query)
    for record in (section(560), browser()):
        assert told in texts(record)
        buttons = [each for each in pressed(record, "clear_history_search") if each.get("text") != ""]
        assert bool(buttons) is can_be_cleared
        assert not listed(record)


def test_while_it_is_looked_for_nothing_is_said_to_be_missing(desk: Desk, shown: Any) -> None:
    show(desk, words="copper").is_searching = True
    assert "Looking for pictures..." in texts(section())
    assert "Nothing found" not in texts(section())


def test_what_was_found_stays_while_the_next_letter_is_looked_for(desk: Desk, shown: Any) -> None:
    show(desk, entry(0), words="copper").is_searching = True
    assert listed(section()) == [entry(0).identity]


@pytest.mark.parametrize(("width", "is_narrow"), [(200, True), (280, False)])
def test_in_a_narrow_sidebar_each_button_has_a_line(
    desk: Desk, shown: Any, width: int, is_narrow: bool
) -> None:
    show(desk, entry(0))
    tops = {
        each.arguments["operator"]: each.top
        for each in section(width).placed()
        if each.method in ("operator", "operator_menu_enum") and "history_" in each.arguments["operator"]
    }
    buttons = ("history_bring", "history_reuse", "history_again", "history_reveal", "history_delete")
    lines = len({tops[f"drawthings.{each}"] for each in buttons})
    assert lines == (len(buttons) if is_narrow else 3)


def test_a_page_is_drawn_in_milliseconds(desk: Desk, shown: Any) -> None:
    """Into Blender's own layout, whose part is small beside that of Python."""
    show(desk, *map(entry, range(PAGE)), total=1204)
    for drawn in (section, browser):
        took = []
        for _ in range(5):
            began = time.thread_time()
            drawn()
            took.append(time.thread_time() - began)
        # What records takes five times as long as what draws.
        assert min(took) < 5 * BAR


# Looking for pictures


def make(desk: Desk, panel: Panel, *prompts: str) -> None:
    for prompt in prompts:
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img(target='IMAGE')
        desk.settle()


def prompts_found(desk: Desk) -> list[str]:
    desk.settle()
    return [each.prompt for each in desk.session.history.page.entries]


def test_each_letter_searches(panel: Panel, desk: Desk, interface: bpy.types.PropertyGroup) -> None:
    make(desk, panel, "weathered copper", "mossy stone", "copper pipes")
    interface.history_words = "cop"
    assert sorted(prompts_found(desk)) == ["copper pipes", "weathered copper"]
    interface.history_words = "cop pip"
    assert prompts_found(desk) == ["copper pipes"]
    bpy.ops.drawthings.clear_history_search()
    assert interface.history_words == ""
    assert len(prompts_found(desk)) >= 3


def test_a_day_that_is_none_is_told(panel: Panel, desk: Desk, interface: bpy.types.PropertyGroup) -> None:
    make(desk, panel, "weathered copper")
    interface.history_since = "some day"
    desk.settle()
    assert "“some day” is no day." in texts(section())
    interface.history_since = "yesterday"
    assert "weathered copper" in prompts_found(desk)
    interface.history_since = "2020-1-1"
    assert "weathered copper" in prompts_found(desk)


def test_turning_pages(panel: Panel, desk: Desk, interface: bpy.types.PropertyGroup) -> None:
    make(desk, panel, *(f"verdigris {name}" for name in ("ash", "bark", "clay", "dust", "earth")))
    interface.history_words = "verdigris"
    everything = prompts_found(desk)
    assert len(everything) == 5
    bpy.ops.drawthings.turn_history(by=2)
    assert prompts_found(desk) == everything[2:]
    bpy.ops.drawthings.turn_history(by=4)
    assert prompts_found(desk) == everything[2:], "there is nothing after the last"
    bpy.ops.drawthings.turn_history(by=-4)
    assert prompts_found(desk) == everything
    bpy.ops.drawthings.turn_history(by=2)
    desk.settle()
    interface.history_words = "verdigris clay"
    assert prompts_found(desk) == ["verdigris clay"], "another search begins at its newest"


def test_a_folded_section_costs_nothing(panel: Panel, desk: Desk) -> None:
    make(desk, panel, "weathered copper")
    assert not desk.session.history.is_working
    assert not desk.session.has_work


# The dialog


@pytest.fixture
def dialogs() -> Iterator[ModuleType]:
    from bl_ext.user_default.drawthings_addon.blender import dialogs

    yield dialogs
    dialogs.closed()


class Region:
    """As Blender's, of a dialog."""

    def __init__(self) -> None:
        self.redraws = 0

    def tag_refresh_ui(self) -> None:
        self.redraws += 1

    def tag_redraw(self) -> None:
        pass


def test_an_open_dialog_is_drawn_again_not_more_often_than_hands_bear(
    dialogs: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    region, now = Region(), [100.0]
    monkeypatch.setattr(dialogs.time, "monotonic", lambda: now[0])
    dialogs.drawn(Instead(bpy.context, region_popup=region))
    dialogs.redraw_when_due()
    assert region.redraws == 0, "nothing has changed"
    dialogs.outdate()
    now[0] += 0.1
    dialogs.redraw_when_due()
    assert region.redraws == 0
    assert dialogs.is_outdated(), "the pump goes on for it"
    now[0] += 0.2
    dialogs.redraw_when_due()
    assert region.redraws == 1
    dialogs.drawn(Instead(bpy.context, region_popup=region))
    assert not dialogs.is_outdated()


def test_a_closed_dialog_is_left_alone(dialogs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    region = Region()
    dialogs.drawn(Instead(bpy.context, region_popup=region))
    dialogs.outdate()
    dialogs.closed()
    assert not dialogs.is_outdated()
    monkeypatch.setattr(dialogs.time, "monotonic", lambda: 1e9)
    dialogs.redraw_when_due()
    dialogs.outdate()
    assert not dialogs.is_outdated()
    assert region.redraws == 0


def test_two_clicks_on_the_same_picture_are_a_double_click(monkeypatch: pytest.MonkeyPatch) -> None:
    from bl_ext.user_default.drawthings_addon.operators import history_browser

    now = [100.0]
    monkeypatch.setattr(history_browser.time, "monotonic", lambda: now[0])
    presses = history_browser._Presses()
    found = []
    for thing, pause in (("a", 9.0), ("b", 0.1), ("b", 0.1), ("b", 0.1), ("b", 9.0), ("b", 9.0), ("b", 0.2)):
        now[0] += pause
        found.append(presses.is_second(thing, 0.35))
    assert found == [False, False, True, False, False, False, True]
