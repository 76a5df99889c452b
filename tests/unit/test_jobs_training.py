# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server is taught over real HTTP: create, train with its own progress, stop, and refuse in words."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.types import Training
from drawthings_addon.client.http.address import Server
from drawthings_addon.errors import (
    ConnectionLost,
    EndpointMissing,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
)
from drawthings_addon.jobs.training import Lesson, LessonStatus, Stage, Teacher
from stand_in import Faults, StandIn

pytestmark = pytest.mark.timing


@pytest.fixture
def webui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(data, "PNG")
    folder = tmp_path / "set"
    folder.mkdir()
    for index in range(3):
        (folder / f"a_{index}.png").write_bytes(data.getvalue())
        (folder / f"a_{index}.txt").write_text("red")
    return folder


def lesson(server: StandIn, pictures: Path, **changes: object) -> Lesson:
    training = Training("copper", str(pictures), steps=4, width=64, height=64)
    return replace(Lesson(Server(server.url), "EMBEDDING", training), **changes)


def taught(lesson: Lesson) -> LessonStatus:
    teacher = Teacher(lesson, A1111Client)
    teacher.start()
    wait_for(lambda: teacher.status.has_ended)
    return teacher.status


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def paths(server: StandIn) -> list[str]:
    return [e.path.removeprefix("/sdapi/v1/") for e in server.journal if "progress" not in e.path]


@pytest.mark.parametrize("kind", ["EMBEDDING", "HYPERNETWORK"])
def test_it_is_created_and_then_trained(webui: StandIn, pictures: Path, kind: str) -> None:
    status = taught(lesson(webui, pictures, kind=kind, vectors=3))
    assert (status.stage, status.error) == (Stage.DONE, None)
    assert (status.step, status.steps) == (4, 4)
    assert Path(status.file).name == "copper.pt"
    assert paths(webui) == [f"create/{kind.lower()}", f"train/{kind.lower()}"]
    if kind == "EMBEDDING":
        (known,) = [e for e in A1111Client(Server(webui.url)).embeddings().loaded if e.name == "copper"]
        assert known.step == 4


def test_true_progress(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=0.25)
    one = lesson(webui, pictures)
    teacher = Teacher(replace(one, training=replace(one.training, steps=12)), A1111Client)
    teacher.start()
    seen = []
    wait_for(lambda: seen.append(teacher.status) or teacher.status.has_ended)
    steps = sorted({status.step for status in seen if status.stage is Stage.TRAINING})
    assert len(steps) >= 2
    assert all(0 <= step <= 12 for step in steps)
    assert any("Training copper" in status.words for status in seen)
    assert teacher.status.stage is Stage.DONE


@pytest.mark.parametrize(
    ("existing", "stage", "steps"),
    [("REFUSE", Stage.FAILED, None), ("GO_ON", Stage.DONE, 4), ("REPLACE", Stage.DONE, 4)],
)
def test_a_name_that_is_taken(
    webui: StandIn, pictures: Path, existing: str, stage: Stage, steps: int | None
) -> None:
    taught(lesson(webui, pictures))
    status = taught(lesson(webui, pictures, existing=existing))
    assert status.stage is stage
    if steps is None:
        assert isinstance(status.error, RequestRefused)
        assert "has something named “copper” already" in status.error.what
    else:
        assert status.step == steps


def test_a_folder_that_the_server_does_not_see(webui: StandIn, pictures: Path) -> None:
    one = lesson(webui, pictures)
    status = taught(replace(one, training=replace(one.training, data_root="/no/such/folder")))
    assert status.stage is Stage.FAILED
    assert isinstance(status.error, RequestRefused)
    assert "Dataset directory doesn't exist" in str(status.error)


def test_stopped_in_the_middle(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    teacher = Teacher(lesson(webui, pictures), A1111Client)
    teacher.start()
    assert webui.wait_until_running()
    wait_for(lambda: teacher.status.stage is Stage.TRAINING)
    teacher.cancel()
    assert teacher.status.is_cancelling
    wait_for(lambda: teacher.status.has_ended)
    assert teacher.status.stage is Stage.CANCELLED
    assert Path(teacher.status.file).name == "copper.pt"
    assert webui.wait_until_idle(5.0)


def test_stopped_before_it_began(webui: StandIn, pictures: Path) -> None:
    teacher = Teacher(lesson(webui, pictures), A1111Client)
    teacher.cancel()
    teacher.start()
    wait_for(lambda: teacher.status.has_ended)
    assert (teacher.status.stage, teacher.status.file) == (Stage.CANCELLED, "")
    assert paths(webui) == []


def test_a_server_that_dies(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    teacher = Teacher(lesson(webui, pictures), A1111Client)
    teacher.start()
    assert webui.wait_until_running()
    webui.close()
    wait_for(lambda: teacher.status.has_ended)
    assert isinstance(teacher.status.error, (ConnectionLost, ServerUnreachable, ServerFailed))
    assert taught(lesson(webui, pictures)).stage is Stage.FAILED


def test_a_server_that_cannot_be_taught(pictures: Path) -> None:
    with StandIn(engine="echo") as app:
        status = taught(lesson(app, pictures))
    assert isinstance(status.error, EndpointMissing)


def test_a_fault_of_the_extension_is_told(webui: StandIn, pictures: Path) -> None:
    def connect(_server: Server) -> A1111Client:
        raise ZeroDivisionError

    teacher = Teacher(lesson(webui, pictures), connect)
    teacher.start()
    wait_for(lambda: teacher.status.has_ended)
    assert "ZeroDivisionError" in str(teacher.status.error)
    assert not [t for t in threading.enumerate() if t.name == "drawthings-progress"]
