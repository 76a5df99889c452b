# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders and files as people type them: they are where they say, or are refused in words."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_panels import draw_preferences, draw_tab

from local_server import StandIn

pytestmark = pytest.mark.filterwarnings("ignore:.*blend relative")

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


def output_of(preferences: Preferences) -> Path:
    from bl_ext.user_default.drawthings_addon.blender import paths

    return paths.output_directory(preferences)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Blender was started."""
    folder = tmp_path / "started here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("typed", "inside"), [("~", ""), ("~/", ""), ("~/pictures", "pictures"), (' "~/a b/../c" ', "c")]
)
def test_a_tilde_is_the_home_folder(
    panel: Panel, preferences: Preferences, home: Path, elsewhere: Path, typed: str, inside: str
) -> None:
    preferences.output_directory = typed
    assert output_of(preferences) == home / inside
    bpy.ops.drawthings.txt2img()
    assert list((home / inside).rglob("*.png"))
    assert not list(elsewhere.iterdir())


def test_two_slashes_are_the_folder_of_the_blend(
    panel: Panel, preferences: Preferences, tmp_path: Path, elsewhere: Path
) -> None:
    (tmp_path / "sub").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sub" / "scene.blend"))
    for typed, folder in (("//", "sub"), ("//renders", "sub/renders"), ("//../renders", "renders")):
        preferences.output_directory = typed
        assert output_of(preferences) == tmp_path / folder
    bpy.ops.drawthings.txt2img()
    assert list((tmp_path / "renders").rglob("*.png"))
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    "typed",
    ["pictures", "./pictures", "../pictures", ".", "$HOME/pictures", "~nobody-of-this-name/pictures",
     "file:///tmp/pictures", "C:pictures", "\\"],
)  # fmt: skip
def test_any_other_relative_folder_is_refused_in_words(
    panel: Panel, preferences: Preferences, stand_in: StandIn, elsewhere: Path, typed: str
) -> None:
    preferences.output_directory = typed
    for order in (
        lambda: bpy.ops.drawthings.txt2img(),
        lambda: bpy.ops.drawthings.img2img(source='RENDER'),
        lambda: bpy.ops.drawthings.open_output(),
    ):
        with pytest.raises(RuntimeError, match=r"folder.*(does not say where it is|is not known)"):
            order()
    assert stand_in.journal.generations == (), "it is told before anything is sent"
    assert not list(elsewhere.iterdir())
    assert "folder" in draw_preferences().words, "beside the field"
    tab = draw_tab()
    assert "folder" in tab.words, "and beside the buttons that are grey for it"
    assert "output_directory" in tab.properties, "where it can be mended"


def test_a_script_is_refused_like_the_button(panel: Panel, preferences: Preferences) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel
    from bl_ext.user_default.drawthings_addon.errors import InvalidSettings

    preferences.output_directory = "pictures"
    with pytest.raises(InvalidSettings, match="does not say where it is"):
        from_panel.txt2img(Selection.of(bpy.context))


def test_a_whole_path_is_left_alone(preferences: Preferences, tmp_path: Path) -> None:
    assert "where it is" not in draw_preferences().words
    preferences.output_directory = f" {tmp_path} "
    assert output_of(preferences) == tmp_path


def test_beside_a_blend_without_a_folder_is_said(panel: Panel, preferences: Preferences) -> None:
    preferences.output_directory = "//renders"
    assert "was not saved yet" in draw_preferences().words
    assert "was not saved yet" in draw_tab().words


def test_the_session_lives_with_a_refused_folder(panel: Panel, preferences: Preferences) -> None:
    """What looks for lost pictures at the start goes on."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    preferences.output_directory = "pictures"
    session.get().tell_of_lost_jobs()
    session.get().step()
    assert not session.get().notices


def test_a_picture_to_read_is_found_as_it_is_typed(
    panel: Panel, preferences: Preferences, output: Path, home: Path, tmp_path: Path
) -> None:
    panel.steps = 7
    bpy.ops.drawthings.txt2img()
    (made,) = output.rglob("*.png")
    made.rename(home / "made.png")
    for typed in ("~/made.png", f'"{home / "made.png"}"'):
        panel.steps = 20
        bpy.ops.drawthings.read_settings(filepath=typed)
        assert panel.steps == 7
    with pytest.raises(RuntimeError, match="was not saved yet"):
        bpy.ops.drawthings.read_settings(filepath="//made.png")
    bpy.ops.wm.save_as_mainfile(filepath=str(home / "scene.blend"))
    panel = bpy.context.scene.drawthings
    panel.steps = 20
    bpy.ops.drawthings.read_settings(filepath="//made.png")
    assert panel.steps == 7
