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


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A folder for the user's files that outlives a window."""
    return tmp_path / "user"


@pytest.fixture
def first(blender_name: str, built_zip: Path, user: Path, stand_in: StandIn) -> Iterator[BlenderWindow]:
    """A window that is in the middle of a job, after one that has ended."""
    with BlenderWindow(blender_name, zip=built_zip, user=user) as window:
        desk = Desk(window, stand_in)
        desk.texture("finished before")
        desk.wait_for_results(1)
        stand_in.faults = Faults(delay=600)
        desk.start_texture(PROMPT)
        yield window


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
    first: BlenderWindow,
    blender_name: str,
    user: Path,
    stand_in: StandIn,
    end: Callable[[BlenderWindow], None],
) -> None:
    end(first)
    assert first.tracebacks == ""
    first.close()
    with BlenderWindow(blender_name, user=user) as window:
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
        assert window.quit() == 0
        assert window.tracebacks == ""
