# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A third dialect is one line in the row of dialects: panels, queue, progress and results follow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import EDITORS, draw_everything, draw_preferences, draw_tab

import toy_dialect

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences
PACKAGE = "bl_ext.user_default.drawthings_addon"


@pytest.fixture
def toy(
    panel: Panel, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> Iterator[toy_dialect.ToyServer]:
    """A connected server of the dialect."""
    from bl_ext.user_default.drawthings_addon.client import connect

    monkeypatch.setattr(connect, "CLIENTS", (*connect.CLIENTS, toy_dialect.client_of(PACKAGE)))
    with toy_dialect.serving() as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        yield server


@pytest.fixture
def connection(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender import connection

    return connection


def turn(desk: Desk, until: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not until():
        assert time.monotonic() < end
        desk.session.step()
        time.sleep(0.01)


def test_the_panel_shows_who_answers_and_what_it_offers(
    toy: toy_dialect.ToyServer, connection: ModuleType
) -> None:
    assert connection.sentence().endswith("answers · model as set there")
    page = draw_preferences()
    assert "What This Server Can Do" in page.words
    assert "How Far" in page.words and "POST /draw" in page.words


def test_the_command_line_tells_it_too(
    toy: toy_dialect.ToyServer, extension: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    from bl_ext.user_default.drawthings_addon import cli

    assert cli.main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["dialect"], told["usable"]) == ("TOY", True)
    assert [row["title"] for row in told["endpoints"]] == ["Draw", "How Far"]


def test_what_it_lacks_is_greyed_or_not_drawn(toy: toy_dialect.ToyServer) -> None:
    tab = draw_tab()
    assert not {"seed_mode", "shift", "vae", "clip_skip", "refiner_model", "use_tiling", "hires_fix"} & (
        tab.properties
    )
    assert not {"Controls", "Advanced", "Hires Fix", "Script"} & set(tab.panels)
    assert {"steps", "guidance_scale", "width", "sampler"} <= tab.properties
    for operator in ("skip", "unload_model", "load_model", "server_information", "control_server"):
        assert not getattr(bpy.ops.drawthings, operator).poll()
    for editor in EDITORS:
        draw_tab(editor)
    draw_everything()


def test_what_is_set_for_others_is_told_and_not_sent(
    toy: toy_dialect.ToyServer, panel: Panel, connection: ModuleType
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import in_force, settings

    panel.seed_mode, panel.vae = "Legacy", "v.pt"
    panel.advanced.add().name = "sharpness"
    told = settings.incompatibilities(bpy.context.scene, connection.capabilities())
    assert {each.setting for each in told} == {"seed_mode", "vae", "advanced"}
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}, "they do not stand in the way"
    in_force.clear_unused(bpy.context.scene, connection.capabilities())
    in_force.clear(panel, "sampler")
    assert settings.incompatibilities(bpy.context.scene, connection.capabilities()) == ()


@pytest.mark.parametrize("source", ['', 'IMAGE'])
def test_a_press_brings_a_picture_with_its_recipe(
    toy: toy_dialect.ToyServer, panel: Panel, source: str
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images
    from bl_ext.user_default.drawthings_addon.blender.session import session

    panel.use_random_seed, panel.seed = False, 5
    if source:
        bpy.data.images.new("wall", 128, 128)
        bpy.ops.drawthings.img2img(source=source, image="wall", target='IMAGE')
    else:
        bpy.ops.drawthings.txt2img(target='IMAGE')
    (asked,) = toy.drawn
    assert (asked["words"], asked["width"], asked["seed"]) == ("weathered copper", 128, 5)
    result = session.get().results[0]
    image = result.datablock()
    assert tuple(image.size) == (128, 128)
    recipe = images.recipe_of(image)
    assert recipe is not None and recipe.server == toy.url
    assert bpy.ops.drawthings.again(result=result.key) == {'FINISHED'}
    assert len(toy.drawn) == len(session.get().results) == 2
    assert toy.drawn[1]["words"] == "weathered copper" and toy.drawn[1]["seed"] != 5
    draw_everything()


def test_its_limits_are_told_before_anything_is_sent(toy: toy_dialect.ToyServer, panel: Panel) -> None:
    panel.width = 1024
    with pytest.raises(RuntimeError, match="nothing wider than 512"):
        bpy.ops.drawthings.txt2img()
    assert toy.drawn == []


def test_its_progress_stands_in_the_list_of_jobs(toy: toy_dialect.ToyServer, desk: Desk) -> None:
    toy.slow = True
    bpy.ops.drawthings.txt2img(target='IMAGE')
    toy.stroke(3)

    def step() -> int:
        (status,) = desk.session.statuses()
        return status.progress.step if status.progress is not None else 0

    turn(desk, lambda: step() == 3)
    (bar,) = draw_tab().all("progress")
    assert bar["factor"] == 3 / toy_dialect.STROKES
    assert f"step 3 of {toy_dialect.STROKES}" in bar["text"]
    toy.stroke(toy_dialect.STROKES)
    desk.settle()
    assert len(desk.session.results) == 1
