# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place where pictures are seen, and the lines below it: what stands there, and when it goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import Instead, draw_head, draw_tab, in_editor, ours, tops
from recording_layout import Record, RecordingLayout

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


def make(desk: Desk, panel: Panel, prompt: str = "weathered copper") -> None:
    panel.prompt = prompt
    bpy.ops.drawthings.txt2img()
    desk.settle()


def fail(desk: Desk, panel: Panel, stand_in: StandIn, prompt: str = "rust") -> None:
    stand_in.faults = Faults(status=500, text="out of memory", scope="POST")
    make(desk, panel, prompt)
    stand_in.faults = Faults()


def test_every_result_is_a_picture_that_is_pressed(panel: Panel, desk: Desk) -> None:
    for prompt in ("one", "two", "three"):
        make(desk, panel, prompt)
    keys = [result.key for result in desk.session.results]
    pressed = [
        each["properties"]["result"]
        for each in draw_tab().all("operator")
        if each["operator"] == "drawthings.select_result"
    ]
    assert pressed[:3] == keys
    bpy.ops.drawthings.select_result(index=0, result=keys[2])
    chosen = [
        each["properties"]["result"]
        for each in draw_tab().all("operator")
        if each["operator"] == "drawthings.select_result" and each["depress"]
    ]
    assert set(chosen) == {keys[2]}
    assert any(
        each["operator"] == "drawthings.show_result" and each["properties"]["result"] == keys[2]
        for each in draw_tab().all("operator")
    ), "the large picture is a button, too"


def test_a_tooltip_tells_prompt_size_seed_and_place(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    panel.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    (result,) = desk.session.results
    told = results.tooltip(result.key)
    assert "weathered copper" in told
    assert f"{panel.width} × {panel.height}" in told
    assert f"seed {result.recipe.request.sampling.seed}" in told
    assert bpy.context.object.name in told
    assert results.tooltip("gone"), "a result may have left the list while its tooltip waits"


def test_the_selected_result_is_made_as_large_as_it_is_shown(panel: Panel, desk: Desk) -> None:
    make(desk, panel)
    (result,) = desk.session.results
    from bl_ext.user_default.drawthings_addon.blender import previews
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    read = results.reader(result)
    assert max(read(100).shape) == 100
    desk.session.enlarged.icon(result.key, 100, read)
    desk.settle()
    size = previews._collection["enlarged:result"].image_size
    assert max(size) == 128, "a little larger, so that few are made while a sidebar is drawn wider"
    desk.session.enlarged.icon(result.key, 101, read)
    assert not desk.session.has_work
    previews.free()
    desk.session.enlarged.icon(result.key, 100, read)
    desk.settle()
    assert previews.is_there("enlarged:result"), "after the extension was disabled it is made anew"


def test_a_picture_that_cannot_be_read_keeps_its_thumbnail(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    make(desk, panel)
    (result,) = desk.session.results
    result.picture.path.unlink()
    desk.session.enlarged.icon("gone", 100, results.reader(result))
    desk.settle()
    assert not desk.session.has_work, "nobody tries for ever"
    draw_tab()


def test_a_failed_job_is_told_at_length_until_the_artist_looks_elsewhere(
    panel: Panel, stand_in: StandIn, desk: Desk
) -> None:
    make(desk, panel)
    fail(desk, panel, stand_in)
    assert "out of memory" in draw_tab().words
    bpy.ops.drawthings.select_result(index=0)
    tab = draw_tab()
    assert "1 failed" in tab.text
    shown = [each["operator"] for each in tab.all("operator")]
    assert shown.count("drawthings.show_result") >= 1
    bpy.ops.drawthings.retry(all=True)
    desk.settle()
    tab = draw_tab()
    assert "failed" not in tab.words and "out of memory" not in tab.text


def test_what_failed_before_a_success_is_a_line(panel: Panel, stand_in: StandIn, desk: Desk) -> None:
    fail(desk, panel, stand_in)
    make(desk, panel)
    tab = draw_tab()
    assert "1 failed" in tab.text
    assert "drawthings.show_result" in {each["operator"] for each in tab.all("operator")}


@pytest.mark.parametrize(("width", "is_narrow"), [(200, True), (280, False)])
def test_in_a_narrow_sidebar_each_button_with_words_has_a_line(
    panel: Panel, stand_in: StandIn, desk: Desk, width: int, is_narrow: bool
) -> None:
    fail(desk, panel, stand_in)
    fail(desk, panel, stand_in)

    def top(name: str) -> float:
        return next(each.top for each in draw_head(width=width).placed() if each.name == name)

    how = top("popover DRAWTHINGS_PT_help How?")
    again = top("operator drawthings.retry Try Again")
    assert (again == how) is not is_narrow
    more = top("popover DRAWTHINGS_PT_failed 1 more")
    assert (top("operator drawthings.retry Try All Again") == more) is not is_narrow


def test_an_error_of_the_connection_goes_when_the_server_answers(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.errors import ServerUnreachable

    make(desk, panel)
    error = ServerUnreachable("Nothing listens at copper.local.", "Open it.")
    desk.session.status = session.ServerStatus(session.Connection.NO_ANSWER, error)
    tab = draw_tab()
    # The server's own panel tells it, too.
    assert tab.words.count("Nothing listens at copper.local. Open it.") == 2
    bpy.ops.drawthings.select_result(index=0)
    tab = draw_tab()
    assert tab.words.count("Nothing listens at copper.local.") == 2 and tab.words.count("Open it.") == 1
    bpy.ops.drawthings.check_server()
    desk.settle()
    assert "copper.local" not in draw_tab().words


def test_waiting_jobs_move_both_ways(panel: Panel, desk: Desk) -> None:
    desk.hold()
    for prompt in ("a", "b", "c", "d", "e"):
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    tab = draw_tab()
    assert "4 waiting" in tab.text
    assert "DRAWTHINGS_PT_queue" in tab.opened
    assert "Cancel All" in tab.text
    offsets = {
        each["properties"]["offset"]
        for each in tab.all("operator")
        if each["operator"] == "drawthings.move_job"
    }
    assert offsets == {-1, 1}
    waiting = [status.job for status in desk.session.statuses()[1:]]
    bpy.ops.drawthings.move_job(job_id=waiting[0].id, offset=1)
    assert [status.job.id for status in desk.session.statuses()[1:3]] == [waiting[1].id, waiting[0].id]
    bpy.ops.drawthings.cancel()


def test_who_finishes_a_cancelled_picture(panel: Panel, desk: Desk) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.session.step()
    bpy.ops.drawthings.cancel(job_id=desk.session.statuses()[0].job.id)
    desk.session.step()
    words = draw_tab().words
    assert "Cancelled" in words and "Draw Things finishes this picture" in words


@pytest.mark.parametrize(
    ("shading", "color_type", "hidden"),
    [
        ('SOLID', 'MATERIAL', "Solid"),
        ('SOLID', 'TEXTURE', ""),
        ('WIREFRAME', 'MATERIAL', "Wireframe"),
        ('MATERIAL', 'MATERIAL', ""),
    ],
)
def test_a_texture_that_the_view_hides(
    panel: Panel, desk: Desk, shading: str, color_type: str, hidden: str
) -> None:
    views = [area.spaces.active.shading for area in bpy.context.window.screen.areas if area.type == 'VIEW_3D']
    for view in views:
        view.type, view.color_type = shading, color_type
    panel.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    assert (f"Not visible in {hidden}" in draw_head().text) is bool(hidden)
    if hidden:
        bpy.ops.drawthings.show_in_view()
        assert "Not visible" not in draw_head().text
        assert not bpy.ops.drawthings.show_in_view.poll()


def lay_over_view(monkeypatch: pytest.MonkeyPatch, laid: bpy.types.Image, *others: bpy.types.Image) -> None:
    """These show the scene as every view here sees it, and the first lies over it."""
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    monkeypatch.setattr(overlay, "vantage", lambda image: "there" if image in (laid, *others) else None)
    monkeypatch.setattr(overlay, "is_seen", lambda image, _region: image in (laid, *others))
    laid.drawthings.has_view = True
    overlay.show(laid)


@pytest.fixture
def no_overlay() -> Iterator[None]:
    yield
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    overlay.hide()


def test_what_lies_over_the_view_can_be_taken_away_whatever_is_selected(
    panel: Panel, desk: Desk, no_overlay: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    make(desk, panel, "restyled")
    laid = desk.session.results[0].datablock()
    lay_over_view(monkeypatch, laid)
    assert "Another lies over" not in draw_tab().text
    panel.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    told = draw_tab().all("operator")
    hides = [each for each in told if "Another lies over the view" in each.get("text", "")]
    assert [each["properties"]["image"] for each in hides] == [laid.name]
    bpy.ops.drawthings.overlay(image=laid.name)
    assert overlay.shown() is None and "Another lies over" not in draw_tab().text


def test_a_result_that_is_discarded_lies_over_no_view(
    panel: Panel, desk: Desk, no_overlay: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    for prompt in ("one", "two"):
        make(desk, panel, prompt)
    kept, gone = (result.datablock() for result in desk.session.results)
    # What was painted on stays in the file.
    gone.pixels[0] = 0.5
    lay_over_view(monkeypatch, gone)
    bpy.ops.drawthings.discard_result(result=desk.session.results[1].key)
    assert overlay.shown() is None and gone.name in bpy.data.images
    make(desk, panel, "three")
    lay_over_view(monkeypatch, kept)
    bpy.ops.drawthings.discard_result(result=desk.session.results[0].key)
    assert overlay.shown() == kept


def test_the_result_that_is_chosen_lies_over_the_view_instead(
    panel: Panel, desk: Desk, no_overlay: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    for prompt in ("one", "two", "three"):
        make(desk, panel, prompt)
    newest, other, texture = (result.datablock() for result in desk.session.results)
    lay_over_view(monkeypatch, newest, other)
    bpy.ops.drawthings.select_result(index=1)
    assert overlay.shown() == other
    bpy.ops.drawthings.select_result(index=2)
    assert overlay.shown() == other and texture is not None, "it shows nothing of the scene"
    overlay.hide()
    bpy.ops.drawthings.select_result(index=0)
    assert overlay.shown() is None, "nothing was laid there"


# Nothing moves


@pytest.mark.parametrize("width", [200, 280, 560])
@pytest.mark.parametrize(
    ("editor", "before"),
    # Without a picture the Image Editor shows the first one that comes, and has other actions for it.
    [('VIEW_3D', 0), ('VIEW_3D', 4), ('VIEW_3D', 8), ('NODE_EDITOR', 0), ('IMAGE_EDITOR', 1)],
)
def test_no_button_moves_from_start_to_result(
    panel: Panel, desk: Desk, monkeypatch: pytest.MonkeyPatch, editor: str, width: int, before: int
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import previews

    panel.width = panel.height = 128
    for number in range(before):
        make(desk, panel, f"number {number}")
    desk.hold()
    panel.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    drawn = [draw_head(editor, width)]
    desk.wait_until_running()
    desk.session.step()
    drawn.append(draw_head(editor, width))
    with monkeypatch.context() as seen:
        seen.setattr(previews, "known", lambda _key: 1)
        drawn.append(draw_head(editor, width))
    desk.finish()
    assert len(desk.session.results) == before + 1
    drawn.append(draw_head(editor, width))
    start, *others = map(tops, drawn)
    assert {"drawthings.txt2img", "drawthings.again", "drawthings.apply_result"} <= drawn[0].operators
    for other in others:
        moved = {name: other.get(name) for name, top in start.items() if abs(other.get(name, 1e9) - top) > 2}
        assert not moved
    # What is folded stands below it.
    heights = [record.height() for record in drawn]
    assert max(heights) - min(heights) <= 2


def test_what_a_narrow_sidebar_tells_is_not_cut(panel: Panel, desk: Desk) -> None:
    (view,) = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == 'VIEW_3D']
    view.shading.type, view.shading.color_type = 'SOLID', 'MATERIAL'
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    assert "No preview yet" in draw_head(width=200).text.split("\n")
    assert "Draw Things shows no preview" in draw_head(width=280).text
    desk.finish()
    (narrow,) = [
        each["text"]
        for each in draw_head(width=200).all("operator")
        if each["operator"] == "drawthings.show_in_view"
    ]
    assert narrow in {"Hidden · Show It", "Show It"}
    assert "Not visible in Solid · Show It" in draw_head(width=280).text


@pytest.mark.parametrize("width", [280, 560])
def test_everything_down_to_the_other_results_fits_a_screen(panel: Panel, desk: Desk, width: int) -> None:
    for number in range(10):
        make(desk, panel, f"number {number}")
    # Beside it the window has its title, menus, the view's header and the status bar.
    assert draw_head(width=width).height() < 1080 - 200


def test_a_picture_lies_on_its_button(panel: Panel, desk: Desk) -> None:
    make(desk, panel)
    placed = draw_head().placed()
    for operator in ("drawthings.show_result", "drawthings.select_result"):
        at = next(index for index, each in enumerate(placed) if each.arguments.get("operator") == operator)
        button = placed[at]
        picture = next(each for each in placed[at:] if each.method == "template_icon")
        assert button.top <= picture.top
        assert picture.top + picture.height <= button.top + button.height + 0.01
        assert picture.height > 0.9 * button.height


@pytest.mark.parametrize("is_wanted", [False, True])
def test_a_texture_is_shown_by_itself_where_that_is_wanted(
    panel: Panel,
    desk: Desk,
    preferences: bpy.types.AddonPreferences,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_wanted: bool,
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    # Without a window nothing is switched: a file would be saved with it.
    monkeypatch.setattr(session, "bpy", Instead(bpy, app=Instead(bpy.app, background=False)))
    (view,) = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == 'VIEW_3D']
    view.shading.type, view.shading.color_type = 'SOLID', 'MATERIAL'
    preferences.use_show_in_view = is_wanted
    try:
        make(desk, panel)
        assert view.shading.type == 'SOLID', "an image alone is no texture"
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        desk.settle()
        assert view.shading.type == ('MATERIAL' if is_wanted else 'SOLID')
    finally:
        preferences.property_unset("use_show_in_view")


# Words for the room there is


def test_two_sidebars_of_different_widths_do_not_outbid_each_other(panel: Panel, desk: Desk) -> None:
    make(desk, panel)
    (result,) = desk.session.results
    from bl_ext.user_default.drawthings_addon.blender import previews

    read_edges = []

    def read(edge: int) -> object:
        from bl_ext.user_default.drawthings_addon.blender.actions import results

        read_edges.append(edge)
        return results.reader(result)(edge)

    for edges in ((100, 300), (300, 100), (100, 300)):
        for edge in edges:
            desk.session.enlarged.icon(result.key, edge, read)
        desk.settle()
    assert read_edges == [320], "the widest is served, once"
    assert previews.is_there("enlarged:result")
    desk.session.enlarged.icon("another", 100, read)
    desk.settle()
    assert read_edges == [320, 128], "another result is as large as it is shown"


@pytest.mark.parametrize("with_skip", [False, True])
@pytest.mark.parametrize("width", [200, 280, 560])
def test_how_far_a_job_is_fits_its_bar(
    panel: Panel, desk: Desk, monkeypatch: pytest.MonkeyPatch, width: int, *, with_skip: bool
) -> None:
    from bl_ext.user_default.drawthings_addon.jobs.job import ProgressChanged
    from bl_ext.user_default.drawthings_addon.ui import running, words

    make(desk, panel)
    desk.hold()
    panel.batch_count = 4
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.session.step()
    (status,) = desk.session.statuses()
    far = ProgressChanged(status.job, 0.1, 112, 120, None)
    busy = dataclasses.replace(status, progress=far, seconds=614.0, waited=0.0, estimate=720.0)
    monkeypatch.setattr(running, "_can_skip", lambda _status: with_skip)
    with in_editor('VIEW_3D', width) as context:
        record = Record()
        running.draw_under_way(RecordingLayout(record, context), context, busy)
        (bar,) = record.all("progress")
        room = words.room(context, bar["text"]) - (20 if with_skip else 0)
    assert room >= 0
    assert bar["text"].startswith("1 of 4 · ")
    assert ("step 112 of 120 · 10:14 of about 12:00" in bar["text"]) is (width == 560)
    bpy.ops.drawthings.cancel()


def test_cancel_all_is_told_as_such(panel: Panel) -> None:
    kind = next(each for each in ours(bpy.types.Operator) if each.bl_idname == "drawthings.cancel")
    all_of_them = kind.description(bpy.context, Instead(None, job_id=""))
    one = kind.description(bpy.context, Instead(None, job_id="1"))
    assert all_of_them.startswith("Cancel the running job and all that wait.")
    assert one.startswith("Cancel this job.")


def test_why_the_server_does_not_answer_is_not_cut_out_in_its_middle(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.errors import ServerUnreachable

    make(desk, panel)
    what = "copper.local:7860 closes the connection without an answer, as Draw Things does with gRPC."
    desk.session.status = session.ServerStatus(
        session.Connection.NO_ANSWER, ServerUnreachable(what, "Set it.")
    )
    bpy.ops.drawthings.select_result(index=0)
    lines = draw_head(width=280).text.split("\n")
    assert what not in lines
    assert what in " ".join(lines)
    bpy.ops.drawthings.check_server()
    desk.settle()


def test_what_cannot_be_applied_is_no_menu(panel: Panel, desk: Desk) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    applying = [each for each in draw_tab().all("operator_menu_enum") if "apply" in each["operator"]]
    assert not applying, "Blender draws no menu grey"
    bpy.ops.drawthings.cancel()


def test_no_view_is_blamed_for_an_object_that_is_not_in_it(panel: Panel, desk: Desk) -> None:
    (view,) = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == 'VIEW_3D']
    view.shading.type, view.shading.color_type = 'SOLID', 'MATERIAL'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    textured, first = bpy.context.object, bpy.context.window.scene
    assert "Not visible in Solid" in draw_head().text
    textured.hide_set(True)
    assert "Not visible" not in draw_head().text
    textured.hide_set(False)
    bpy.context.window.scene = bpy.data.scenes.new("Another")
    try:
        assert "Not visible" not in draw_head().text
    finally:
        bpy.context.window.scene = first
    assert "Not visible in Solid" in draw_head().text


@pytest.mark.parametrize(("color_type", "hidden"), [('MATERIAL', "Rendered"), ('TEXTURE', "")])
def test_a_texture_that_workbench_hides_in_rendered(
    panel: Panel, desk: Desk, color_type: str, hidden: str
) -> None:
    scene = bpy.context.scene
    (view,) = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == 'VIEW_3D']
    scene.render.engine, scene.display.shading.color_type = 'BLENDER_WORKBENCH', color_type
    view.shading.type, view.shading.color_type = 'RENDERED', 'MATERIAL'
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.settle()
    assert (f"Not visible in {hidden}" in draw_head().text) is bool(hidden)
    if hidden:
        bpy.ops.drawthings.show_in_view()
        assert "Not visible" not in draw_head().text
