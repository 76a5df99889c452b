# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel tells goes when its cause has gone."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import Instead, draw_tab

from local_server import StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


@pytest.fixture
def as_with_a_window(session: ModuleType, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are asked and answered by turns, and what is told is told in the panel alone."""
    from bl_ext.user_default.drawthings_addon.blender.actions import server_control

    foreground = Instead(bpy, app=Instead(bpy.app, background=False))
    monkeypatch.setattr(session, "bpy", foreground)
    monkeypatch.setattr(server_control, "bpy", foreground)
    monkeypatch.setattr(session.pump, "wake", lambda: None)


@pytest.fixture
def web_ui(preferences: Preferences) -> Iterator[StandIn]:
    with StandIn(dialect="A1111") as server:
        preferences.server_url = server.url
        yield server


def texts(session: ModuleType) -> list[str]:
    return [str(each.text) for each in session.get().notices]


def about(thing: str, url: str) -> object:
    from bl_ext.user_default.drawthings_addon.blender.session.notices import About

    return About(thing, url)


def test_what_keeps_the_server_from_answering_is_told_once_and_goes_when_it_answers(
    panel: Panel, session: ModuleType, desk: Desk, web_ui: StandIn, as_with_a_window: None
) -> None:
    bpy.ops.drawthings.check_server()
    desk.settle()
    session.get().first_picture.was_made = True
    web_ui.close()
    bpy.ops.drawthings.server_information()
    desk.settle()
    assert session.get().status.error is not None
    assert texts(session) == [], "the panel says it as long as it is so"
    assert "Nothing listens at" in draw_tab().words
    with StandIn(dialect="A1111", port=web_ui.port):
        bpy.ops.drawthings.check_server()
        desk.settle()
    assert "Nothing listens at" not in draw_tab().words


def test_it_goes_when_another_address_is_entered(
    panel: Panel, preferences: Preferences, session: ModuleType, stand_in: StandIn
) -> None:
    session.get().first_picture.was_made = True
    preferences.server_url = "http://127.0.0.1:9"
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.check_server()
    assert "Nothing listens at" in draw_tab().words
    preferences.server_url = stand_in.url
    assert "Nothing listens at" not in draw_tab().words


def test_a_word_to_test_the_connection_goes_when_that_was_done(
    panel: Panel, session: ModuleType, web_ui: StandIn
) -> None:
    current = session.get()
    current.tell("It was told to stop.", "Test the connection.", about("connection", web_ui.url))
    current.step()
    assert texts(session) == ["It was told to stop."]
    bpy.ops.drawthings.check_server()
    current.step()
    assert texts(session) == []


def test_the_latest_word_about_a_thing_counts(panel: Panel, session: ModuleType, web_ui: StandIn) -> None:
    bpy.ops.drawthings.check_server()
    panel.vae = "none that is there"
    bpy.ops.drawthings.check_files()
    assert len(texts(session)) == 1 and "does not have" in texts(session)[0]
    panel.vae = ""
    bpy.ops.drawthings.check_files()
    assert texts(session) == ["The server has all files named in Settings."]
    bpy.ops.drawthings.unload_model()
    bpy.ops.drawthings.reload_model()
    assert texts(session)[1:] == ["The server's model is loaded."]


def test_words_about_one_server_go_with_it(
    panel: Panel, preferences: Preferences, session: ModuleType, stand_in: StandIn, web_ui: StandIn
) -> None:
    current = session.get()
    current.tell("It is busy.", "", about("information", web_ui.url))
    current.tell("Something happened.")
    preferences.server_url = stand_in.url
    assert texts(session) == ["Something happened."], "what happened stays until it is dismissed"
