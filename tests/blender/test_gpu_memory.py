# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's model gives way to a render of Blender's, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import addon_utils
import bpy
import pytest
from blender_panels import PACKAGE
from blender_pictures import render_quickly
from blender_results import told

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

MODULE = f"{PACKAGE}.blender.gpu_memory"
Panel = bpy.types.PropertyGroup
UNLOAD, RELOAD = "/sdapi/v1/unload-checkpoint", "/sdapi/v1/reload-checkpoint"


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect='A1111') as server:
        yield server


@pytest.fixture
def scene(panel: Panel, preferences: bpy.types.AddonPreferences, web_ui: StandIn) -> bpy.types.Scene:
    """Quick to render, connected, with the switch on."""
    preferences.server_url = web_ui.url
    bpy.ops.drawthings.check_server()
    panel.sampler = "Euler"
    panel.use_free_gpu = True
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = 64, 64
    return scene


@pytest.fixture
def seen(web_ui: StandIn) -> Iterator[list[bool]]:
    """Whether the model was loaded at each frame that was rendered."""
    found: list[bool] = []

    def look(*_unused: object) -> None:
        found.append(web_ui.app_state.model_loaded)

    bpy.app.handlers.render_pre.append(look)
    yield found
    bpy.app.handlers.render_pre.remove(look)


def orders(server: StandIn) -> list[str]:
    return [entry.path for entry in server.journal if entry.path in (UNLOAD, RELOAD)]


def test_unloaded_for_a_render(scene: bpy.types.Scene, web_ui: StandIn, seen: list[bool]) -> None:
    bpy.ops.render.render()
    assert seen == [False]
    assert orders(web_ui) == [UNLOAD, RELOAD]
    assert web_ui.app_state.model_loaded


def test_once_for_a_whole_animation(
    scene: bpy.types.Scene, web_ui: StandIn, seen: list[bool], tmp_path
) -> None:
    scene.frame_end = 3
    scene.render.filepath = str(tmp_path / "frame_")
    bpy.ops.render.render(animation=True)
    assert seen == [False, False, False]
    assert orders(web_ui) == [UNLOAD, RELOAD]


def test_only_when_the_scene_asks(scene: bpy.types.Scene, web_ui: StandIn, seen: list[bool]) -> None:
    scene.drawthings.use_free_gpu = False
    bpy.ops.render.render()
    assert seen == [True]
    assert orders(web_ui) == []


def test_a_fresh_render_that_is_restyled(scene: bpy.types.Scene, web_ui: StandIn, seen: list[bool]) -> None:
    scene.drawthings.render_source = 'FRESH'
    bpy.ops.drawthings.img2img(source='RENDER')
    assert seen == [False]
    assert orders(web_ui) == [UNLOAD, RELOAD]
    assert len(web_ui.journal.generations) == 1


def test_maps_of_a_job_leave_the_model(scene: bpy.types.Scene, web_ui: StandIn) -> None:
    scene.drawthings.scene_controls.depth.use = True
    bpy.ops.drawthings.txt2img()
    assert len(web_ui.journal.generations) == 1
    assert orders(web_ui) == []


def test_draw_things_is_left_alone(
    scene: bpy.types.Scene, preferences: bpy.types.AddonPreferences, stand_in: StandIn
) -> None:
    preferences.server_url = stand_in.url
    bpy.ops.render.render()
    assert {entry.path for entry in stand_in.journal} == {"/"}
    bpy.ops.drawthings.check_server()
    before = len(stand_in.journal)
    bpy.ops.render.render()
    assert len(stand_in.journal) == before


def test_a_server_that_nobody_asked(
    scene: bpy.types.Scene, preferences: bpy.types.AddonPreferences, seen: list[bool]
) -> None:
    with StandIn(dialect='A1111') as another:
        preferences.server_url = another.url
        bpy.ops.render.render()
        assert orders(another) == [UNLOAD, RELOAD]


def test_not_while_a_job_runs(scene: bpy.types.Scene, web_ui: StandIn, seen: list[bool], desk: Desk) -> None:
    web_ui.faults = Faults(delay=120)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    bpy.ops.render.render()
    assert seen == [True]
    web_ui.faults = Faults()
    desk.settle()
    assert orders(web_ui) == []


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:9", "http://no address", ""])
def test_the_server_that_was_unloaded_is_loaded(
    scene: bpy.types.Scene, web_ui: StandIn, preferences: bpy.types.AddonPreferences, elsewhere: str
) -> None:
    """Whatever is entered as the server's address meanwhile."""

    def change(*_unused: object) -> None:
        preferences.server_url = elsewhere

    bpy.app.handlers.render_pre.append(change)
    try:
        bpy.ops.render.render()
    finally:
        bpy.app.handlers.render_pre.remove(change)
    assert orders(web_ui) == [UNLOAD, RELOAD]


@pytest.mark.parametrize("faults", [Faults(status=500, text="busy", scope="POST"), Faults(missing=(UNLOAD,))])
def test_errors_stop_no_render(
    scene: bpy.types.Scene, web_ui: StandIn, session: ModuleType, seen: list[bool], faults: Faults
) -> None:
    web_ui.faults = faults
    assert bpy.ops.render.render() == {'FINISHED'}
    assert len(seen) == 1
    assert str(web_ui.port) in told()
    assert "Traceback" not in told()


def test_a_dead_server_stops_no_render(
    scene: bpy.types.Scene, web_ui: StandIn, session: ModuleType, seen: list[bool]
) -> None:
    web_ui.close()
    assert bpy.ops.render.render() == {'FINISHED'}
    assert len(seen) == 1
    assert str(web_ui.port) in told()


def test_an_address_that_cannot_be_meant(
    scene: bpy.types.Scene, preferences: bpy.types.AddonPreferences
) -> None:
    preferences.server_url = "not an address at all:"
    assert bpy.ops.render.render() == {'FINISHED'}


def ours() -> list[str]:
    lists = (bpy.app.handlers.render_init, bpy.app.handlers.render_complete, bpy.app.handlers.render_cancel)
    return [each.__name__ for handlers in lists for each in handlers if each.__module__ == MODULE]


def test_handlers_go_when_it_is_disabled(extension: ModuleType) -> None:
    assert len(ours()) == 3
    try:
        addon_utils.disable(PACKAGE)
        assert ours() == []
    finally:
        addon_utils.enable(PACKAGE, default_set=True)
    assert len(ours()) == 3


def test_disabled_while_blender_renders(
    scene: bpy.types.Scene, web_ui: StandIn, extension: ModuleType
) -> None:
    """Nobody hears of the render's end: the model comes back at once."""
    (begins,) = (each for each in bpy.app.handlers.render_init if each.__module__ == MODULE)
    begins(scene)
    try:
        addon_utils.disable(PACKAGE)
        assert orders(web_ui) == [UNLOAD, RELOAD]
    finally:
        addon_utils.enable(PACKAGE, default_set=True)
