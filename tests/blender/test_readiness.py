# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where all buttons are grey the panel says why, and has what mends it."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest
from blender_panels import EDITORS, Tab, draw_preferences, draw_tab

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


@pytest.fixture
def offline() -> Iterator[None]:
    system = bpy.context.preferences.system
    before = system.use_online_access
    system.use_online_access = False
    yield
    system.use_online_access = before


def is_grey() -> bool:
    return not (bpy.ops.drawthings.txt2img.poll() or bpy.ops.drawthings.img2img.poll())


def offers_online_access(tab: object) -> bool:
    return any(each["operator"] == "extensions.userpref_allow_online" for each in tab.all("operator"))


def addresses(tab: Tab) -> list[object]:
    return [each["property"] for each in tab.all("prop") if "server_url" in each.values()]


@pytest.mark.parametrize("editor", EDITORS)
def test_another_computer_while_blender_is_offline(
    panel: Panel, preferences: Preferences, offline: None, editor: str
) -> None:
    assert not is_grey()
    assert not offers_online_access(draw_tab(editor))
    preferences.server_url = "http://192.0.2.1:7860"
    assert is_grey()
    for shown in (draw_tab(editor), draw_preferences()):
        assert "192.0.2.1:7860 is not this computer" in shown.words
        assert offers_online_access(shown)
    bpy.ops.extensions.userpref_allow_online()
    assert not is_grey()
    assert "is not this computer" not in draw_tab(editor).words


def test_started_offline_there_is_no_such_button(
    panel: Panel, preferences: Preferences, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import readiness
    from blender_panels import Instead

    preferences.server_url = "http://192.0.2.1:7860"
    monkeypatch.setattr(readiness, "bpy", Instead(bpy, app=Instead(bpy.app, online_access_override=True)))
    tab = draw_tab()
    assert "--offline-mode" in tab.words
    assert not offers_online_access(tab)


@pytest.mark.parametrize("address", ["", "http://", "ftp://mac", "127.0.0.1:99999", "ann:secret@mac"])
def test_an_address_that_cannot_be_meant(panel: Panel, preferences: Preferences, address: str) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.session import session

    preferences.server_url = address
    assert is_grey()
    tab = draw_tab()
    # A word that is longer than the line is broken.
    assert settings.why_not_server().replace(" ", "") in tab.words.replace(" ", "")
    assert "secret" not in tab.words
    assert len(addresses(tab)) == 2, "in the greeting, and under Server"
    session.get().first_picture.was_made = True
    assert len(addresses(draw_tab())) == 2, "beside the buttons, and under Server"


def test_no_prompt_is_asked_for(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    words = "Write what the picture shows into the prompt first"
    assert words not in draw_tab().words
    panel.prompt = "  "
    assert is_grey()
    assert "3. Write a prompt" in draw_tab().words, "the greeting asks for it"
    assert words not in draw_tab().words, "and once is enough"
    session.get().first_picture.was_made = True
    assert words in draw_tab().words


def test_what_asks_for_a_prompt_is_not_cut_off(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.ui import words

    panel.prompt = ""
    session.get().first_picture.was_made = True
    monkeypatch.setattr(words, "sidebar_line", lambda _context: 28)
    labels = [str(each["text"]) for each in draw_tab().all("label") if each.get("text")]
    assert "Write what the picture shows" in labels
    assert "into the prompt first" in labels


def test_the_server_is_spoken_of_before_the_prompt(panel: Panel, preferences: Preferences) -> None:
    preferences.server_url, panel.prompt = "ftp://mac", ""
    with pytest.raises(RuntimeError, match="ftp://"):
        bpy.ops.drawthings.txt2img()


def test_the_panel_for_a_style_says_why_not(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.client import capabilities
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111

    session.get().status = session.ServerStatus(
        session.Connection.ANSWERED, capabilities=capabilities.assumed(A1111)
    )
    assert not bpy.ops.drawthings.teach_style.poll()
    assert "Give the style a name first" in draw_tab().words
    panel.training.name = "copper"
    assert "first" not in draw_tab().words
