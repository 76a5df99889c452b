# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blender ends in the middle of a job: it ends cleanly, and the next start offers again what was lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import TAB, Desk

from local_server import Faults, StandIn
from window import BlenderEnded, BlenderWindow

PROMPT = "weathered copper"


class Blenders:
    """One Blender after another with the same user's files: each test ends one, and starts the next."""

    def __init__(self, blender_name: str, user: Path) -> None:
        self._blender_name = blender_name
        self._user = user
        self._windows = contextlib.ExitStack()
        self._running: BlenderWindow | None = None

    @property
    def running(self) -> BlenderWindow:
        """The one that runs."""
        if self._running is None or not self._running.running:
            self._running = self._windows.enter_context(BlenderWindow(self._blender_name, user=self._user))
        return self._running

    def close(self) -> None:
        with self._windows:
            assert self.running.quit() == 0, self.running.log
            assert self.running.tracebacks == ""


@pytest.fixture(scope="module")
def blenders(blender_name: str, user: Path) -> Iterator[Blenders]:
    started = Blenders(blender_name, user)
    yield started
    started.close()


@pytest.fixture
def first(blenders: Blenders, stand_in: StandIn) -> BlenderWindow:
    """A window that is in the middle of a job, after one that has ended."""
    window = blenders.running
    desk = Desk(window, stand_in)
    desk.texture("finished before")
    desk.wait_for_results(1)
    stand_in.faults = Faults(delay=600)
    desk.start_texture(PROMPT)
    return window


def _quit(window: BlenderWindow) -> None:
    assert window.quit() == 0, window.log


def _quit_with_the_keyboard(window: BlenderWindow) -> None:
    window.move(*window.rectangle('VIEW_3D').centre)
    # Blender is gone before it could answer to `key`.
    with contextlib.suppress(BlenderEnded):
        window.key("ctrl+q")
    assert window.wait_for_exit() == 0, window.log


def _kill(window: BlenderWindow) -> None:
    window.kill()


@pytest.mark.parametrize("end", [_quit, _quit_with_the_keyboard, _kill])
def test_the_next_start_tells(
    first: BlenderWindow, blenders: Blenders, stand_in: StandIn, end: Callable[[BlenderWindow], None]
) -> None:
    end(first)
    assert first.tracebacks == ""
    first.close()
    window = blenders.running
    desk = Desk(window, stand_in)
    window.show_sidebar('VIEW_3D', TAB)
    # As one that failed, which can be tried again.
    window.wait_until("session().statuses()")
    assert window.run("[each.job.task.prompt for each in session().statuses()]") == [PROMPT]
    assert "Blender ended" in window.run("session().statuses()[0].error.what")
    assert desk.notices() == []
    window.redraw()
    window.press_button('VIEW_3D', "drawthings.dismiss(")
    window.wait_until("not session().statuses()")
