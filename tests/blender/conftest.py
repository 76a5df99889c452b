# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extension inside Blender as a Python module, run from the source.

The source is linked into a temporary user folder as an installed extension, so that Blender treats
it as one (preferences, user folder, policy checks). Tests import it by the name it has there:
`from bl_ext.user_default.drawthings_addon.blender import …`.

The server of these tests echoes: img2img gives back exactly what it was sent. It is as strict as the
app, and a test fails when the server refused a request that a picture was asked with, unless the test
says so: `@pytest.mark.refusals`.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from build import link_source

if TYPE_CHECKING:
    from local_server import StandIn

PACKAGE = "bl_ext.user_default.drawthings_addon"

# The helpers beside the tests.
sys.path.insert(0, str(Path(__file__).parent))

# Blender reads its user folder once, when `bpy` is imported.
USER_FOLDER = Path(tempfile.mkdtemp(prefix="drawthings-user-"))
atexit.register(shutil.rmtree, USER_FOLDER, ignore_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = str(USER_FOLDER)
link_source(USER_FOLDER)

if importlib.util.find_spec("bpy") is None:
    # `pytest tests` in an environment without Blender: this suite is not for it.
    collect_ignore_glob = ["*"]
else:
    import bpy

    # isort: split
    # Blender's own modules can be imported once `bpy` is.
    import addon_utils


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "refusals: the server is meant to refuse requests of this test")
    # A failed test's arguments may be datablocks that a loaded file has freed: showing them, as the long
    # style does, crashes Blender.
    config.option.tbstyle = "short"


@pytest.fixture(scope="session")
def extension() -> Iterator[ModuleType]:
    """The extension's package, enabled in this Blender for the whole session."""
    errors: list[Exception] = []
    module = addon_utils.enable(PACKAGE, default_set=True, handle_error=errors.append)
    if errors:
        raise errors[0]
    assert module is not None
    yield module
    # A timer that is still registered at exit crashes Blender 4.2.
    addon_utils.disable(PACKAGE, default_set=True, handle_error=errors.append)
    assert not errors, errors


@pytest.fixture(autouse=True)
def fresh_scene(extension: ModuleType) -> bpy.types.Scene:
    """Blender's own start-up scene (cube, camera, light), loaded anew for each test."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture(autouse=True)
def fresh_session(extension: ModuleType) -> Iterator[None]:
    """Results, notices and failed jobs of one test are not the next one's, and none had a picture before."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    session.get().first_picture.was_made = False
    yield
    current = session.get()
    current.results.clear()
    current.notices.clear()
    current.model_search = None
    for status in current.statuses():
        current.jobs.cancel(status.job.id)
        current.jobs.cancel(status.job.id)
        current.dismiss(status.job.id)
    while current.jobs.mailbox.next_event() is not None:
        pass
    current.status = session.ServerStatus()


@pytest.fixture(autouse=True)
def fresh_history(extension: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What one test made is not in the history of the next."""
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.blender.session.history import ShownHistory
    from bl_ext.user_default.drawthings_addon.jobs.history.thread import HistoryThread

    current, thread = session.get(), HistoryThread(tmp_path / "history")
    monkeypatch.setattr(current, "history_thread", thread)
    monkeypatch.setattr(current.jobs._records, "_history", thread)
    monkeypatch.setattr(current, "history", ShownHistory(current.ask_history, current.jobs, session._folders))
    yield
    thread.let_go()
    thread.finish()


@pytest.fixture
def session(extension: ModuleType) -> ModuleType:
    """The module that has the session."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session


class Desk:
    """A session as with a window: orders return at once, and the test turns the pump by hand."""

    def __init__(self, server: StandIn) -> None:
        from bl_ext.user_default.drawthings_addon.blender.session import session

        self.server = server
        self.session = session.get()

    def hold(self) -> None:
        """Let the server take its time, until `finish`."""
        from local_server import Faults

        self.server.faults = Faults(delay=120)

    def wait_until_running(self) -> None:
        assert self.server.wait_until_running()

    def release(self) -> None:
        """Let the server finish, without delivering anything."""
        from local_server import Faults

        self.server.faults = Faults()
        assert self.server.wait_until_idle()

    def finish(self) -> None:
        """Let the server finish, and deliver all that comes."""
        self.release()
        self.settle()

    def settle(self, seconds: float = 60.0) -> None:
        """Turn the pump until nothing is left to do but to wait for a disk."""
        until = time.monotonic() + seconds
        while self.session.is_working:
            assert time.monotonic() < until, "the session never came to rest"
            self.session.step()
            time.sleep(0.01)

    @property
    def told(self) -> str:
        """The notices in the panel."""
        return "\n".join(f"{each.text} {each.advice}" for each in self.session.notices)


@pytest.fixture
def desk(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Jobs that are not waited for, though this is background mode."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    monkeypatch.setattr(session.Session, "follow", lambda _self, _job: None)
    each = Desk(stand_in)
    yield each
    each.finish()


@pytest.fixture(scope="session")
def user_folder() -> Path:
    """The temporary folder that this Blender takes for the user's."""
    return USER_FOLDER


@pytest.fixture
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """A server of the Draw Things API that echoes; it must not have refused a picture."""
    from local_server import StandIn

    with StandIn(engine="echo") as server:
        yield server
        if request.node.get_closest_marker("refusals") is None:
            refused = [
                (entry.detail, entry.body)
                for entry in server.journal
                # Probes leave the prompt out: they are meant to be refused. A fault that a test
                # switched on, such as a status, has no detail.
                if entry.detail and isinstance(entry.body, dict) and entry.body.get("prompt")
            ]
            assert refused == []


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The output folder of the test."""
    return tmp_path / "pictures"


@pytest.fixture
def preferences(stand_in: StandIn, output: Path) -> Iterator[bpy.types.AddonPreferences]:
    """The extension's preferences, with the test's server and output folder."""
    chosen = bpy.context.preferences.addons[PACKAGE].preferences
    chosen.server_url = stand_in.url
    chosen.output_directory = str(output)
    yield chosen
    # Looked up again: a test may have disabled and enabled the extension.
    chosen = bpy.context.preferences.addons[PACKAGE].preferences
    for name in (
        "server_url", "output_directory", "username", "password", "password_origin", "connect_timeout",
        "read_timeout", "authorities", "authority_file",
    ):  # fmt: skip
        chosen.property_unset(name)


@pytest.fixture
def panel(preferences: bpy.types.AddonPreferences, fresh_scene: bpy.types.Scene) -> bpy.types.PropertyGroup:
    """`scene.drawthings`, ready to generate with the test's server."""
    chosen = fresh_scene.drawthings
    chosen.prompt = "weathered copper"
    chosen.width = chosen.height = 128
    return chosen
