# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server can do is told in an artist's words, in the preferences and in the sidebar."""

from __future__ import annotations

from types import ModuleType

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import draw_preferences, draw_tab

from local_server import StandIn

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


def ticked(found: object) -> dict[str, str]:
    from bl_ext.user_default.drawthings_addon.ui import abilities

    return {each.words: each.state(found).value for _title, group in abilities.GROUPS for each in group}


def test_draw_things(panel: Panel) -> None:
    found = ticked(assumed("DRAW_THINGS"))
    for words in ("Make Pictures", "Restyle", "Only Here", "LoRAs", "Scene Maps"):
        assert found[words] == "OFFERED"
    for words in ("Upscale", "True Progress", "Stop", "Skip", "Free GPU", "Scripts"):
        assert found[words] == "NOT_OFFERED"


def test_a_server_of_a1111s_api(panel: Panel, preferences: Preferences) -> None:
    with StandIn(dialect="A1111") as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
    from bl_ext.user_default.drawthings_addon.blender import connection

    found = ticked(connection.capabilities())
    assert {words for words, state in found.items() if state != "OFFERED"} == {"Restart"}
    for page in (draw_preferences(), draw_tab()):
        assert "What This Server Can Do" in page.words
        assert "True Progress" in page.words
    assert "Endpoints" in draw_preferences().words, "for who wants to know"
    assert "Endpoints" not in draw_tab().words


@pytest.mark.parametrize("kind", ["KOBOLDCPP", "SD_SERVER"])
def test_what_is_not_known_says_so(panel: Panel, preferences: Preferences, kind: str) -> None:
    with StandIn(dialect=kind) as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
    from bl_ext.user_default.drawthings_addon.blender import connection

    found = ticked(connection.capabilities())
    assert found["Upscale"] == "UNKNOWN"
    assert found["Only Here"] == found["Restyle"] == "UNKNOWN", "a mask goes along with a picture"
    assert found["Free GPU"] in {"NOT_OFFERED", "UNKNOWN"}


def test_nothing_is_told_of_a_server_that_nobody_asked(panel: Panel) -> None:
    assert "What This Server Can Do" not in draw_preferences().words + draw_tab().words


def test_privacy_is_one_line(panel: Panel) -> None:
    said = [
        str(each["text"]) for each in draw_preferences().all("label") if "press a button" in str(each["text"])
    ]
    assert len(said) == 1


def test_what_is_kept_can_be_set(panel: Panel, preferences: Preferences, session: ModuleType) -> None:
    preferences.kept_sources = 0.5
    assert session.get().kept._max_bytes == 2**29
    preferences.property_unset("kept_sources")
    preferences.kept_sources = 2.0
    assert session.get().kept._max_bytes == 2 << 30


def test_a_bug_report_names_versions_and_nothing_of_the_artists(
    panel: Panel, preferences: Preferences
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import bug_report

    panel.prompt, preferences.username = "a secret picture", "ann"
    text = bug_report.text()
    assert bpy.app.version_string in text
    assert "Draw Things Bridge: 0." in text
    for secret in ("secret", "ann\n", "127.0.0.1", preferences.output_directory):
        assert secret not in text
    assert bpy.ops.drawthings.report_bug() == {'FINISHED'}
