# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dot follows the connection, whatever found out about it, in both directions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import draw_preferences
from blender_pictures import noise, packed

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences

#: What breaks an exchange, or shows that nobody is there to have it with.
BREAKS = {
    "crashed": Faults(reset=True),
    "cut off": Faults(truncated=True),
    "another program": Faults(html=True),
    "another protocol": Faults(grpc=True),
    "a gateway without its server": Faults(status=502, text="Bad Gateway"),
    "a password": Faults(credentials="ann:secret"),
    "a server that makes no pictures": Faults(status=404, scope="POST"),
}
#: A server that says so is there.
REFUSALS = {
    "refused": Faults(refuse="Not today."),
    "without a picture": Faults(empty=True),
    "a fault of its own": Faults(status=500, text="oops"),
    "no picture": Faults(not_a_picture=True),
}


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    """A server of A1111's API that echoes."""
    with StandIn(engine="echo", dialect='A1111') as server:
        yield server


@pytest.fixture
def connect(panel: Panel, preferences: Preferences) -> Callable[[StandIn], None]:
    from bl_ext.user_default.drawthings_addon.blender import connection

    def to(server: StandIn) -> None:
        preferences.server_url = server.url
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}
        assert is_green()
        if connection.dialect().name == "A1111":
            panel.sampler = "Euler"

    return to


def connection_now() -> str:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return str(session.get().status.connection.value)


def is_green() -> bool:
    return connection_now() == "answered"


def is_red() -> bool:
    return connection_now() == "no answer"


def has_red_dot() -> bool:
    """The dot in the head, also of a server that a job waits for."""
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.ui import server

    red = server.color(session.ServerStatus(session.Connection.NO_ANSWER))
    return server.color(session.get().status, busy=True) == red


def turn(desk: Desk, until: Callable[[], bool], seconds: float = 30.0) -> None:
    """Turn the pump until it is so."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, connection_now()
        desk.session.step()
        time.sleep(0.01)


@pytest.mark.refusals
@pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS)
def test_a_job_finds_the_connection_broken_and_mended(
    connect: Callable, stand_in: StandIn, fault: Faults
) -> None:
    connect(stand_in)
    stand_in.faults = fault
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.txt2img()
    assert is_red()
    assert "does not answer" in draw_preferences().words
    stand_in.faults = Faults()
    bpy.ops.drawthings.txt2img()
    assert is_green()


@pytest.mark.refusals
def test_a_web_ui_that_makes_no_pictures(connect: Callable, web_ui: StandIn) -> None:
    connect(web_ui)
    web_ui.faults = Faults(missing=("/sdapi/v1/txt2img",))
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.txt2img()
    assert is_red()
    web_ui.faults = Faults()
    bpy.ops.drawthings.txt2img()
    assert is_green()


@pytest.mark.refusals
@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
def test_a_server_that_refuses_is_there(connect: Callable, stand_in: StandIn, fault: Faults) -> None:
    connect(stand_in)
    stand_in.faults = fault
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.txt2img()
    assert is_green()


def test_a_job_that_is_not_answered_in_time(
    connect: Callable, stand_in: StandIn, preferences: Preferences
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.errors import ServerTimedOut

    connect(stand_in)
    with pytest.MonkeyPatch.context() as patch:
        server = settings.server()
        object.__setattr__(server, "read_timeout", 0.3)
        patch.setattr(settings, "server", lambda: server)
        stand_in.faults = Faults(delay=60)
        with pytest.raises(RuntimeError, match="did not answer within"):
            bpy.ops.drawthings.txt2img()
    assert isinstance(session.get().status.error, ServerTimedOut)
    assert is_red()
    stand_in.faults = Faults()


def test_the_server_quits_while_it_makes_a_picture(connect: Callable, web_ui: StandIn, desk: Desk) -> None:
    connect(web_ui)
    web_ui.faults = Faults(delay=60)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    web_ui.close()
    turn(desk, is_red)
    desk.settle()
    assert is_red()


def test_progress_that_is_answered_no_more(connect: Callable, web_ui: StandIn, desk: Desk) -> None:
    """The picture's own connection may stand for half an hour when the network is gone."""
    connect(web_ui)
    web_ui.faults = Faults(delay_per_step=60)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    web_ui.faults = Faults(delay_per_step=60, reset=True, scope="GET")
    turn(desk, is_red)
    assert has_red_dot()
    assert desk.session.statuses()
    assert "does not answer" in draw_preferences().words
    web_ui.faults = Faults()
    desk.settle()
    assert len(desk.session.results) == 1
    assert is_green()


def test_progress_tells_that_the_server_is_back(
    connect: Callable, web_ui: StandIn, desk: Desk, session: ModuleType
) -> None:
    connect(web_ui)
    web_ui.faults = Faults(reset=True)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.refresh(kind='MODELS')
    assert is_red()
    web_ui.faults = Faults(delay_per_step=60)
    bpy.ops.drawthings.txt2img()
    assert not has_red_dot(), "whether it is still so, the job finds out"
    turn(desk, is_green)
    assert desk.session.statuses()
    web_ui.faults = Faults()
    desk.settle()


@pytest.mark.refusals
def test_a_question_finds_it_broken_and_mended(connect: Callable, web_ui: StandIn) -> None:
    connect(web_ui)
    packed("wall", noise(64, 64))
    web_ui.faults = Faults(reset=True)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.describe(image="wall")
    assert is_red()
    web_ui.faults = Faults()
    bpy.ops.drawthings.describe(image="wall")
    assert is_green()
    web_ui.faults = Faults(truncated=True)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.server_information()
    assert is_red()
    web_ui.faults = Faults()
    bpy.ops.drawthings.server_information()
    assert is_green()


def test_a_cancelled_job_finds_it_broken(connect: Callable, web_ui: StandIn, desk: Desk) -> None:
    connect(web_ui)
    web_ui.faults = Faults(delay=60)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    web_ui.faults = Faults(delay=60, reset=True, scope="GET")
    desk.session.jobs.cancel_all()
    web_ui.close()
    turn(desk, is_red)
    desk.settle()


def test_what_was_given_up_here_tells_nothing(connect: Callable, stand_in: StandIn, desk: Desk) -> None:
    connect(stand_in)
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    job = desk.session.statuses()[0].job
    desk.session.jobs.cancel(job.id)
    desk.session.jobs.cancel(job.id)
    desk.finish()
    time.sleep(0.2)
    desk.session.step()
    assert is_green()


def test_another_program_that_answers_is_not_the_server(connect: Callable, stand_in: StandIn) -> None:
    """It answers, and that alone makes no dot green."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    connect(stand_in)
    stand_in.faults = Faults(html=True)
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.check_server()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            bpy.ops.drawthings.check_files()
        session.get().step()
        assert is_red()
    stand_in.faults = Faults()
