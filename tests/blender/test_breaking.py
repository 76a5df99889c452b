# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ctrl+C in background: the first does what Cancel does, the second ends at once."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import bpy
import pytest
from blender_pictures import noise, packed

from local_server import Faults, StandIn

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def web_ui(panel: Panel, preferences: Preferences) -> Iterator[StandIn]:
    """A connected server of A1111's API that takes its time."""
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler, panel.steps = "Euler", 40
        server.faults = Faults(delay_per_step=0.25)
        yield server
        server.faults = Faults()


@pytest.fixture(autouse=True)
def handler_is_as_before() -> Iterator[None]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell has what it starts in its background ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


class Pressing:
    """Presses Ctrl+C so many times once something is so."""

    def __init__(self, when: Callable[[], object], times: int = 1) -> None:
        self._thread = threading.Thread(target=self._press, args=(when, times))

    def _press(self, when: Callable[[], object], times: int) -> None:
        assert when()
        for _ in range(times):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def theirs(server: StandIn) -> tuple[threading.Thread, list[Any]]:
    """Somebody else's picture, straight at the server."""
    body = {"prompt": "theirs", "steps": 12, "width": 64, "height": 64, "seed": 3}
    answers: list[Any] = []

    def post() -> None:
        request = urllib.request.Request(f"{server.url}/sdapi/v1/txt2img", json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as reply:
            answers.append(json.load(reply)["images"])

    thread = threading.Thread(target=post)
    thread.start()
    return thread, answers


def times_told(server: StandIn) -> int:
    return sum(entry.path == "/sdapi/v1/interrupt" for entry in server.journal)


def times_asked(server: StandIn) -> int:
    return sum(entry.path == "/internal/progress" for entry in server.journal)


def is_stopped(server: StandIn) -> bool:
    return server.wait_until_idle(5)


def test_the_first_cancels_and_the_server_is_told(web_ui: StandIn, session: Any, capfd: Capture) -> None:
    with Pressing(web_ui.wait_until_running):
        assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    assert times_told(web_ui) >= 1
    assert is_stopped(web_ui), "Blender may end now: nobody would tell the server"
    assert session.get().statuses() == ()
    told = capfd.readouterr()
    assert "was cancelled" in told.out + told.err
    assert "Traceback" not in told.out + told.err


def test_what_is_made_by_then_is_kept(web_ui: StandIn, session: Any, panel: Panel) -> None:
    panel.batch_count, panel.steps = 9, 4
    # The first one has been delivered when the second is made.
    with Pressing(lambda: web_ui.wait_until(lambda: len(web_ui.journal.generations) == 2)):
        assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    assert 1 <= len(session.get().results) < 9
    assert all(result.picture.path.is_file() for result in session.get().results)


def test_a_job_that_waits_is_stopped_in_its_turn(web_ui: StandIn, capfd: Capture) -> None:
    thread, answers = theirs(web_ui)
    assert web_ui.wait_until_running()
    # Twice it is asked for by its name: when it is waiting, and what the server is at then.
    with Pressing(lambda: web_ui.wait_until(lambda: times_asked(web_ui) >= 2)):
        assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    thread.join()
    assert len(answers) == 1
    orders = [entry.path for entry in web_ui.journal if entry.path.endswith(("txt2img", "interrupt"))]
    assert orders[0].endswith("txt2img"), "nothing was stopped before somebody else's was done"
    assert "Waiting behind another job" in capfd.readouterr().err
    assert is_stopped(web_ui)


def test_what_cannot_be_stopped_is_said(panel: Panel, preferences: Preferences, capfd: Capture) -> None:
    """Without the page nobody can tell whose turn it is behind another's."""
    with StandIn(engine="echo", dialect='A1111', nowebui=True, faults=Faults(delay_per_step=0.25)) as server:
        preferences.server_url = server.url
        panel.sampler, panel.steps = "Euler", 40
        thread, answers = theirs(server)
        assert server.wait_until_running()
        with Pressing(lambda: server.wait_until(lambda: server.waiting == 1)):
            assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
        assert times_told(server) == 0
        assert "will finish" in capfd.readouterr().err
        server.faults = Faults()
        thread.join()
        assert len(answers) == 1


def test_draw_things_cannot_be_stopped_and_is_not_waited_for(
    panel: Panel, stand_in: StandIn, session: Any
) -> None:
    stand_in.faults = Faults(delay=600)
    began = time.monotonic()
    with Pressing(stand_in.wait_until_running):
        assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    assert time.monotonic() - began < 10
    stand_in.faults = Faults()


def test_the_second_ends_at_once(web_ui: StandIn) -> None:
    """As Python does: of a job that waits, and would be stopped in its turn."""
    thread, _answers = theirs(web_ui)
    assert web_ui.wait_until_running()
    web_ui.faults = Faults(delay_per_step=600)
    began = time.monotonic()
    with (
        pytest.raises(RuntimeError, match="KeyboardInterrupt"),
        Pressing(lambda: web_ui.wait_until(lambda: web_ui.waiting == 1), times=2),
    ):
        bpy.ops.drawthings.txt2img()
    assert time.monotonic() - began < 10
    web_ui.faults = Faults()
    thread.join()


def test_a_question_is_given_up(web_ui: StandIn) -> None:
    web_ui.faults = Faults(delay_get=600)
    with Pressing(lambda: True):
        assert bpy.ops.drawthings.check_server() == {'CANCELLED'}
    web_ui.faults = Faults()


def test_the_command_line(web_ui: StandIn, capsys: Capture) -> None:
    from bl_ext.user_default.drawthings_addon import cli

    web_ui.faults = Faults(delay_get=600)
    with Pressing(lambda: True):
        assert cli.main(["doctor"]) == 1
    told = capsys.readouterr()
    assert "given up" in told.err and "Traceback" not in told.err
    web_ui.faults = Faults()


def test_what_another_thread_cancels_is_cancelled(web_ui: StandIn, session: Any) -> None:
    packed("wall", noise(64, 64))
    current = session.get()

    def cancel() -> None:
        assert web_ui.wait_until_running()
        current.jobs.cancel_all()

    thread = threading.Thread(target=cancel)
    thread.start()
    assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    thread.join()
    assert is_stopped(web_ui)


# A script of one's own


def test_a_scripts_own_handler_is_called_besides(web_ui: StandIn) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        with Pressing(web_ui.wait_until_running):
            assert bpy.ops.drawthings.txt2img() == {'CANCELLED'}
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert times_told(web_ui) >= 1 and is_stopped(web_ui)


def test_what_a_scripts_own_handler_raises_is_raised_and_the_job_cancelled(
    web_ui: StandIn, session: Any
) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise LookupError("enough")

    before = signal.signal(signal.SIGINT, stop)
    try:
        with pytest.raises(RuntimeError, match="enough"), Pressing(web_ui.wait_until_running):
            bpy.ops.drawthings.txt2img()
    finally:
        signal.signal(signal.SIGINT, before)
    assert is_stopped(web_ui)
    assert [each.state.name for each in session.get().statuses()] in ([], ["LET_GO"])
    # Nobody has looked since, so the journal has it still: for the next Blender, or the next look.
    while session.get().has_work:
        session.get().step()
    assert web_ui.wait_until(lambda: not list(session.get().journal.directory.glob("*.json")))


def test_a_render_that_was_broken_off_is_not_sent(web_ui: StandIn) -> None:
    """Where Blender is a Python module, Cycles takes KeyboardInterrupt and ends with what it has."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = 'CYCLES', 4
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.camera = bpy.data.objects.new("eye", bpy.data.cameras.new("eye"))
    scene.collection.objects.link(scene.camera)

    def press(*_unused: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    bpy.app.handlers.render_pre.append(press)
    try:
        assert bpy.ops.drawthings.img2img(source='RENDER') == {'CANCELLED'}
    finally:
        bpy.app.handlers.render_pre.remove(press)
    assert not web_ui.journal.generations
