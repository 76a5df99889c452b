# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Until the first picture ever the panel greets and leads; each step is ticked when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import EDITORS, as_in_a_window, in_editor
from recording_layout import Record, RecordingLayout

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


@pytest.fixture
def greeting() -> ModuleType:
    from bl_ext.user_default.drawthings_addon.ui import greeting

    return greeting


@pytest.fixture
def connecting() -> ModuleType:
    from bl_ext.user_default.drawthings_addon.ui import connecting

    return connecting


@pytest.fixture
def at_280(monkeypatch: pytest.MonkeyPatch) -> None:
    from bl_ext.user_default.drawthings_addon.ui import words

    line = words.line_length(280, 1.0)
    monkeypatch.setattr(words, "sidebar_line", lambda _context: line)
    monkeypatch.setattr(words, "is_narrow", lambda _context: False)


def drawn(greeting: ModuleType, session: ModuleType) -> Record:
    record = Record(opened={"DRAWTHINGS_PT_help"})
    with in_editor('VIEW_3D') as context:
        greeting.draw(RecordingLayout(record, context), context, session.get(), "Texture")
    return record


def ticks(record: Record) -> list[bool]:
    """Of the four steps, which are done."""
    steps = [
        each for each in record.all("label") if str(each.get("text", ""))[:2] in {"1.", "2.", "3.", "4."}
    ]
    return [each["icon"] == 'CHECKMARK' for each in steps if "icon" in each][:4]


def lines(record: Record) -> int:
    """Rows of the box: buttons that stand beside something else share its row."""
    beside = {"drawthings.example_prompt", "wm.url_open"}
    rows = [each for name, each in record.calls if name in {"label", "prop", "operator", "popover"}]
    return sum(each.get("operator") not in beside for each in rows)


class TestRemembered:
    def test_it_is_asked_of_the_folder_once(self, tmp_path: Path) -> None:
        from bl_ext.user_default.drawthings_addon.blender.session.first_picture import FirstPicture

        first = FirstPicture(tmp_path)
        assert first.was_made is None, "nobody has looked"
        first.found(first.is_on_disk())
        assert first.was_made is False
        first.remember()
        again = FirstPicture(tmp_path)
        again.found(again.is_on_disk())
        assert again.was_made is True

    def test_who_had_pictures_before_is_not_greeted(self, tmp_path: Path) -> None:
        from bl_ext.user_default.drawthings_addon.blender.session.first_picture import FirstPicture

        (tmp_path / "estimates.json").write_text("{}")
        assert FirstPicture(tmp_path).is_on_disk()

    def test_a_picture_that_came_meanwhile_counts(self, tmp_path: Path) -> None:
        from bl_ext.user_default.drawthings_addon.blender.session.first_picture import FirstPicture

        first = FirstPicture(tmp_path, was_made=True)
        first.found(False)
        assert first.was_made

    def test_a_folder_that_cannot_be_written_to_stops_nothing(self, tmp_path: Path) -> None:
        from bl_ext.user_default.drawthings_addon.blender.session.first_picture import FirstPicture

        (tmp_path / "file").write_text("")
        first = FirstPicture(tmp_path / "file" / "folder")
        first.remember()
        assert not first.is_on_disk()


def test_it_greets_until_the_first_picture_and_not_after_the_next_start(
    panel: Panel, greeting: ModuleType, session: ModuleType, user_folder: Path
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import paths

    current = session.get()
    for name in ("first_picture", "estimates.json"):
        (paths.user_directory() / name).unlink(missing_ok=True)
    assert greeting.greets(current)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert not greeting.greets(current)
    current.results.clear()
    assert not greeting.greets(current), "though no result is left"
    assert current.first_picture.is_on_disk(), "Blender may end right after it, in background"
    current.first_picture.was_made = None
    assert not greeting.greets(current), "nobody knows yet"
    current.look_for_first_picture()
    assert current.first_picture.was_made is True


def test_each_step_is_ticked_when_it_is_done(
    panel: Panel, preferences: Preferences, greeting: ModuleType, session: ModuleType, at_280: None
) -> None:
    panel.prompt = ""
    assert ticks(drawn(greeting, session)) == [False, False, False, False]
    bpy.ops.drawthings.check_server()
    assert ticks(drawn(greeting, session)) == [True, True, False, False]
    bpy.ops.drawthings.example_prompt()
    assert panel.prompt
    assert ticks(drawn(greeting, session)) == [True, True, True, False]
    assert not bpy.ops.drawthings.example_prompt.poll(), "it writes over no prompt"
    preferences.server_url = "http://127.0.0.1:9"
    assert ticks(drawn(greeting, session)) == [False, False, True, False], "another address, not asked yet"


def test_an_app_without_a_model_is_told_of(
    panel: Panel, greeting: ModuleType, session: ModuleType, at_280: None
) -> None:
    from bl_ext.user_default.drawthings_addon.client import capabilities
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111
    from bl_ext.user_default.drawthings_addon.client.draw_things.dialect import DRAW_THINGS

    answered = session.Connection.ANSWERED
    session.get().status = session.ServerStatus(answered, capabilities=capabilities.assumed(DRAW_THINGS))
    assert ticks(drawn(greeting, session))[:2] == [True, False]
    panel.model = "z_image_turbo_1.0_q6p.ckpt"
    assert ticks(drawn(greeting, session))[:2] == [True, True], "one is chosen here"
    panel.model = ""
    session.get().status = session.ServerStatus(answered, capabilities=capabilities.assumed(A1111))
    assert ticks(drawn(greeting, session))[:2] == [True, True], "such a server has one by itself"


def test_a_project_that_is_not_open_is_no_step_done(
    panel: Panel, greeting: ModuleType, session: ModuleType, stand_in: StandIn, desk: Desk, at_280: None
) -> None:
    panel.prompt = "copper"
    bpy.ops.drawthings.check_server()
    desk.settle()
    stand_in.faults = Faults(empty=True)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    record = drawn(greeting, session)
    assert ticks(record) == [True, False, True, False]
    assert "No model is chosen" not in record.text
    (failed,) = session.get().statuses()
    session.get().dismiss(failed.job.id)
    assert ticks(drawn(greeting, session)) == [True, True, True, False]


def test_where_a_line_has_no_room_for_an_icon_it_is_read_whole_without(
    panel: Panel, greeting: ModuleType, session: ModuleType, at_280: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.ui import words

    where = "Settings → Advanced → API Server"
    for pixels, icon in ((4.0, 'BLANK1'), (-4.0, 'NONE')):
        monkeypatch.setattr(words, "room", lambda _context, _text, pixels=pixels: pixels)
        (line,) = [each for each in drawn(greeting, session).all("label") if each["text"] == where]
        assert line["icon"] == icon


@pytest.mark.parametrize("apple", [True, False])
@pytest.mark.parametrize("prompt", ["", "copper"])
def test_it_keeps_within_its_place(
    panel: Panel,
    preferences: Preferences,
    greeting: ModuleType,
    connecting: ModuleType,
    session: ModuleType,
    at_280: None,
    monkeypatch: pytest.MonkeyPatch,
    apple: bool,
    prompt: str,
) -> None:
    monkeypatch.setattr(connecting, "runs_here", lambda: apple)
    panel.prompt = prompt
    preferences.server_url = "http://127.0.0.1:9"
    assert lines(drawn(greeting, session)) <= 12
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.check_server()
    record = drawn(greeting, session)
    assert "Nothing listens at" in record.text, "what is wrong is told here, too"
    assert lines(record) <= 13


def test_in_a_narrow_sidebar_nothing_is_longer_than_a_line(
    panel: Panel, greeting: ModuleType, session: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.ui import words

    line = words.line_length(200, 1.0)
    monkeypatch.setattr(words, "sidebar_line", lambda _context: line)
    monkeypatch.setattr(words, "is_narrow", lambda _context: True)
    for prompt in ("", "copper"):
        panel.prompt = prompt
        texts = [str(each["text"]) for each in drawn(greeting, session).all("label")]
        assert max(map(len, texts)) <= line


def test_what_matters_on_this_machine_is_said(
    panel: Panel,
    preferences: Preferences,
    greeting: ModuleType,
    connecting: ModuleType,
    session: ModuleType,
    at_280: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connecting, "runs_here", lambda: True)
    here = drawn(greeting, session).text
    assert "Port 7860" in here
    assert "A1111" not in here
    monkeypatch.setattr(connecting, "runs_here", lambda: False)
    elsewhere = drawn(greeting, session).text
    assert "IP 0.0.0.0" in elsewhere, "it must be reached from here"
    assert "A1111" in elsewhere
    for text in (here, elsewhere):
        assert "Settings → Advanced → API Server" in text


def test_an_example_goes_where_the_prompt_is_read(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    panel.prompt = ""
    panel.prompt_text = bpy.data.texts.new("prompt")
    bpy.ops.drawthings.example_prompt()
    assert settings.prompt(bpy.context.scene) == settings.EXAMPLE_PROMPT
    assert panel.prompt == ""


def test_a_password_is_entered_where_it_is_asked_for(
    panel: Panel, preferences: Preferences, greeting: ModuleType, session: ModuleType, at_280: None
) -> None:
    with StandIn(dialect="A1111", api_auth="me:secret") as server:
        preferences.server_url = server.url
        with pytest.raises(RuntimeError, match="password"):
            bpy.ops.drawthings.check_server()
        record = drawn(greeting, session)
        fields = [each["property"] for each in record.all("prop")]
        assert fields == ["username", "password", "server_url"]
        assert "API Server" not in record.text, "the app's switches are not what is wrong"
        preferences.username = "me"
        fields = [each["property"] for each in drawn(greeting, session).all("prop")]
        assert "password" in fields, "it comes next"
        preferences.password = "secret"
        bpy.ops.drawthings.check_server()
    assert not list(drawn(greeting, session).all("prop"))


@pytest.fixture
def troubled(session: ModuleType) -> Iterator[None]:
    from bl_ext.user_default.drawthings_addon.errors import ServerUnreachable

    error = ServerUnreachable("Nothing listens at {server}.", "Open the app.", server="127.0.0.1:9")
    session.get().status = session.ServerStatus(session.Connection.NO_ANSWER, error)
    yield


@pytest.mark.parametrize("editor", EDITORS)
def test_an_error_is_told_once(panel: Panel, session: ModuleType, troubled: None, editor: str) -> None:
    from bl_ext.user_default.drawthings_addon.ui import panels

    (head,) = [
        kind
        for kind in (panels.DRAWTHINGS_PT_view3d, panels.DRAWTHINGS_PT_image, panels.DRAWTHINGS_PT_shader)
        if kind.bl_space_type == editor
    ]
    for greeted in (True, False):
        session.get().first_picture.was_made = not greeted
        record = Record(opened={"DRAWTHINGS_PT_help"})
        with in_editor(editor) as context:
            shown = type("Shown", (head,), {})
            from recording_layout import draw

            draw(shown, as_in_a_window(context), record)
        assert record.text.replace("\n", " ").count("Nothing listens at") == 1
        names = {
            each.get("text")
            for each in record.all("operator")
            if each["operator"] == "drawthings.check_server"
        }
        assert "Try Again" not in names, "Test Connection has one name"
