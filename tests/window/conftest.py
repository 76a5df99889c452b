# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built zip in a real Blender window on a virtual screen (scripts/window.py).

`$DRAWTHINGS_WINDOW` names the Blender: trixie (the default), sid, path, or a program's path.
A test that fails leaves a photograph and Blender's log in build/test/window.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# With pytest's importlib mode a test folder is not found by itself.
sys.path.insert(0, str(Path(__file__).parent))

from background import Background
from desk import Desk

from local_server import Faults, StandIn
from window import BlenderWindow, WindowError

FAILURES = Path(__file__).resolve().parents[2] / "build" / "test" / "window"


@pytest.fixture(scope="session")
def blender_name() -> str:
    """Which Blender the windows of this run are."""
    return os.environ.get("DRAWTHINGS_WINDOW", "trixie")


@pytest.fixture
def background(blender_name: str, installed: Path, tmp_path: Path) -> Background:
    """A Blender without a window, with the extension, of this test's own."""
    its_own = Background(blender_name, tmp_path)
    its_own.copy(installed)
    return its_own


@pytest.fixture(scope="session")
def installed(blender_name: str, built_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's files of a Blender that has the extension, to be copied: it installs once, not each time.

    Without the samples that a view takes after each drawing: software OpenGL takes most of its time for them.
    """
    background = Background(blender_name, tmp_path_factory.mktemp("installed"))
    background.install(built_zip)
    code = "import bpy; bpy.context.preferences.system.viewport_aa = 'OFF'; bpy.ops.wm.save_userpref()"
    answer = background("--background", "--python-exit-code", "1", "--python-expr", code)
    assert answer.returncode == 0, answer.stdout
    return background.user


@pytest.fixture(scope="module")
def user(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the user's files, with the extension; it outlives a window."""
    return shutil.copytree(installed, tmp_path_factory.mktemp("user"), dirs_exist_ok=True)


@pytest.fixture(scope="module")
def window(blender_name: str, user: Path) -> Iterator[BlenderWindow]:
    """One window with the extension for the tests of a file; it must not crash nor raise."""
    with BlenderWindow(blender_name, user=user) as opened:
        yield opened
        opened.quit()
        assert not opened.crashed, opened.log
        assert opened.tracebacks == ""


@pytest.fixture
def fresh_file(window: BlenderWindow) -> BlenderWindow:
    """The module's window with Blender's start-up file loaded anew."""
    window.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
    window.redraw()
    return window


@pytest.fixture
def desk(fresh_file: BlenderWindow, stand_in: StandIn) -> Iterator[Desk]:
    """The module's window with a fresh file, connected to a server of this test's own."""
    here = Desk(fresh_file, stand_in)
    here.start_afresh()
    yield here
    stand_in.faults = Faults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Photograph what the window showed when a test failed."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    opened = next((each for each in arguments.values() if isinstance(each, BlenderWindow)), None)
    if report.failed and opened is not None:
        name = f"{opened.program.name}-{item.name}"
        FAILURES.mkdir(parents=True, exist_ok=True)
        (FAILURES / f"{name}.log").write_text(opened.log)
        with contextlib.suppress(WindowError):
            opened.photograph(FAILURES / f"{name}.png")
    return report
