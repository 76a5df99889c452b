# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that comes from other threads comes through the mailbox, and the pump comes to rest."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_pictures import render_quickly

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


@pytest.fixture
def session(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session


@pytest.fixture
def web_ui(panel: Panel, preferences: Preferences) -> Iterator[StandIn]:
    """A connected server of A1111's API."""
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler, panel.steps = "Euler", 20
        yield server
        server.faults = Faults()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def alive(kind: type) -> int:
    gc.collect()
    # Asking for a class wakes things of Blender's that are gone.
    return sum(type(each) is kind for each in gc.get_objects())


def test_previews_do_not_pile_up_while_blender_renders(
    web_ui: StandIn, desk: Desk, session: ModuleType, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A render that goes on for hours holds deliveries back."""
    from bl_ext.user_default.drawthings_addon.jobs import progress
    from bl_ext.user_default.drawthings_addon.jobs.job import ProgressChanged

    monkeypatch.setattr(progress, "MIN_PAUSE", 0.001)
    monkeypatch.setattr(progress, "PAUSE_FACTOR", 0.0)
    monkeypatch.setattr(session, "_hands_full", lambda: True)
    panel.steps = 150
    web_ui.faults = Faults(delay_per_step=0.1)
    bpy.ops.drawthings.txt2img()
    before = len(web_ui.journal)

    def looked() -> bool:
        desk.session.step()
        return len(web_ui.journal) - before > 60

    wait_for(looked)
    # The latest in the mailbox, the one that the panel shows, and one that is being made.
    assert alive(ProgressChanged) <= 3
    monkeypatch.setattr(session, "_hands_full", lambda: False)
    web_ui.faults = Faults()
    desk.settle()
    assert len(desk.session.results) == 1


def no_threads(patch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    patch.setattr(threading.Thread, "start", refuse)


@pytest.mark.parametrize("what", ["check_server", "take_over_settings", "txt2img"])
def test_without_a_thread_the_artist_is_told_and_the_timer_ends(
    panel: Panel, session: ModuleType, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for(lambda: not any(each.name.startswith("drawthings-") for each in threading.enumerate()))
    with monkeypatch.context() as patch:
        no_threads(patch)
        with pytest.raises(RuntimeError, match="no room for another thread") as caught:
            getattr(bpy.ops.drawthings, what)()
    assert "Traceback" not in str(caught.value)
    assert not session.get().is_working


def test_what_a_render_orders_is_told_by_the_main_thread(
    web_ui: StandIn, session: ModuleType, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is given on the thread of Blender's render job, and carried out on another."""
    told: list[tuple[threading.Thread, str]] = []
    tell = session.Session.tell

    def noting(self: Any, text: str, advice: str = "") -> None:
        told.append((threading.current_thread(), text))
        tell(self, text, advice)

    monkeypatch.setattr(session.Session, "tell", noting)
    panel.use_free_gpu = True
    render_quickly(bpy.context.scene)
    web_ui.faults = Faults(status=500, text="busy", scope="POST")
    bpy.ops.render.render()
    assert told
    assert {thread for thread, _text in told} == {threading.main_thread()}


@pytest.mark.parametrize("what", ["refresh", "unload_model", "reload_model", "load_model", "check_files"])
def test_what_waits_in_the_servers_queue_waits_here(
    web_ui: StandIn, desk: Desk, panel: Panel, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was idle when the button was pressed; a job has begun before that arrives."""
    from bl_ext.user_default.drawthings_addon.blender import connection
    from bl_ext.user_default.drawthings_addon.client.a1111.client import A1111Client

    panel.model = web_ui.app_state.checkpoints[0].title
    met: list[int] = []

    def noting(known: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            met.append(web_ui.running)
            return known(*args)

        return call

    for name in ("command", "load_model", "missing_files"):
        monkeypatch.setattr(A1111Client, name, noting(getattr(A1111Client, name)))
    monkeypatch.setattr(connection, "why_not_idle", lambda: "")
    web_ui.faults = Faults(delay=60)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    release = threading.Timer(0.7, lambda: setattr(web_ui, "faults", Faults()))
    release.start()
    kind = {"kind": 'MODELS'} if what == "refresh" else {}
    getattr(bpy.ops.drawthings, what)(**kind)
    release.join()
    desk.settle()
    assert met == [0]


def test_the_end_of_another_scenes_render(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of a job's maps, which are rendered from a copy of the scene."""
    from bl_ext.user_default.drawthings_addon.blender.capture import render_job

    awaited, other = bpy.context.scene, bpy.data.scenes.new("Other")
    ends: list[bool] = []

    with monkeypatch.context() as patch:
        # Blender's own does not return before it has rendered, in background.
        patch.setattr(render_job, "_invoke", lambda _scene: {'RUNNING_MODAL'})
        render_job.start_render(awaited, ends.append)
    for handler in (*bpy.app.handlers.render_complete, *bpy.app.handlers.render_cancel):
        if handler.__module__ == render_job.__name__:
            handler(other)
    assert ends == []
    assert render_job.is_waiting()
    for handler in tuple(bpy.app.handlers.render_complete):
        if handler.__module__ == render_job.__name__:
            handler(awaited)
    assert ends == [True]
    assert not render_job.is_waiting()
