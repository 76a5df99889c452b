# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server is taught over real HTTP: create, train with its own progress, stop, and refuse in words."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from PIL import Image

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.training import Training
from drawthings_addon.errors import (
    ConnectionLost,
    FeatureMissing,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
)
from drawthings_addon.jobs.job import Event, Job, JobEnded, JobNotice, JobState, JobStatus
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.training import TrainTask
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import run_out, wait_for, worker_threads

pytestmark = [pytest.mark.timing, pytest.mark.once]


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


def task(pictures: Path, **changes: object) -> TrainTask:
    training = Training("copper", str(pictures), steps=4, width=64, height=64)
    of_training = {name: changes.pop(name) for name in ("kind", "vectors") if name in changes}
    training = replace(training, **of_training)  # type: ignore[arg-type] # names of fields
    return replace(TrainTask(training), **changes)  # type: ignore[arg-type] # names of fields


def job_of(server: StandIn, task: TrainTask) -> Job:
    return Job(uuid.uuid4().hex, "Teach “copper”", Server(server.url), task)


def trained(server: StandIn, task: TrainTask) -> tuple[JobEnded, list[str]]:
    """How it ended, and what was told."""
    jobs = JobQueue(A1111Client)
    jobs.submit(job_of(server, task))
    return end_of(run_out(jobs))


def end_of(events: list[Event]) -> tuple[JobEnded, list[str]]:
    (end,) = (event for event in events if isinstance(event, JobEnded))
    return end, [f"{event.text} {event.advice}" for event in events if isinstance(event, JobNotice)]


def paths(server: StandIn) -> list[str]:
    """What the server was told to do."""
    asked = ("progress", "cmd-flags", "embeddings")
    told = [each.path.removeprefix("/sdapi/v1/") for each in server.journal]
    return [path for path in told if path.partition("?")[0] not in asked]


def status_of(jobs: JobQueue) -> JobStatus | None:
    return next(iter(jobs.statuses()), None)


@pytest.mark.parametrize("kind", ["EMBEDDING", "HYPERNETWORK"])
def test_it_is_created_and_then_trained(webui: StandIn, pictures: Path, kind: str) -> None:
    end, told = trained(webui, task(pictures, kind=kind, vectors=3))
    assert (end.state, end.error) == (JobState.DONE, None)
    (sentence,) = told
    assert sentence.startswith("The server has learnt “copper”. Write ")
    assert paths(webui) == [f"create/{kind.lower()}", f"train/{kind.lower()}"]
    if kind == "EMBEDDING":
        (known,) = [e for e in A1111Client(Server(webui.url)).embeddings().loaded if e.name == "copper"]
        assert known.step == 4


# Beside others


def test_it_waits_for_somebody_elses_picture(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay=120.0)
    theirs: list[int] = []

    def generate() -> None:
        body = {"prompt": "theirs", "width": 64, "height": 64, "steps": 2}
        theirs.append(requests.post(f"{webui.url}/sdapi/v1/txt2img", json=body, timeout=60).status_code)

    other = threading.Thread(target=generate)
    other.start()
    assert webui.wait_until_running()
    jobs = JobQueue(A1111Client)
    jobs.submit(job_of(webui, task(pictures)))
    wait_for(lambda: (status := status_of(jobs)) and status.progress and status.progress.is_waiting)
    assert not [path for path in paths(webui) if "embedding" in path]
    webui.faults = Faults()
    other.join()
    end, told = end_of(run_out(jobs))
    assert end.state is JobState.DONE
    assert theirs == [200]
    assert "is at somebody else's job: teaching “copper” waits until that is done" in told[0]
    assert paths(webui) == ["txt2img", "create/embedding", "train/embedding"]


def test_stopped_while_it_waits_nothing_is_sent(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay=120.0)
    body = {"prompt": "theirs", "width": 64, "height": 64, "steps": 2}
    other = threading.Thread(
        target=lambda: requests.post(f"{webui.url}/sdapi/v1/txt2img", json=body, timeout=60)
    )
    other.start()
    assert webui.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = job_of(webui, task(pictures))
    jobs.submit(job)
    wait_for(lambda: (status := status_of(jobs)) and status.progress and status.progress.is_waiting)
    jobs.cancel(job.id)
    end, told = end_of(run_out(jobs))
    assert end.state is JobState.CANCELLED
    assert told[-1].startswith("Teaching “copper” was stopped before it began.")
    assert paths(webui) == []
    assert webui.running == 1, "their picture is made on"
    webui.faults = Faults()
    other.join()


def theirs(server: StandIn, **values: object) -> tuple[threading.Thread, list[dict[str, object]]]:
    """Somebody else's picture, and the answer that they get."""
    body = {"prompt": "theirs", "width": 64, "height": 64, "steps": 20, **values}
    answers: list[dict[str, object]] = []

    def ask() -> None:
        answers.append(requests.post(f"{server.url}/sdapi/v1/txt2img", json=body, timeout=60).json())

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, answers


def test_stopping_it_does_not_cut_a_picture_that_began_beside_it(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=0.25)
    one = task(pictures)
    jobs = JobQueue(A1111Client)
    job = job_of(webui, replace(one, training=replace(one.training, steps=400)))
    jobs.submit(job)
    wait_for(lambda: (status := status_of(jobs)) and status.progress and status.progress.step >= 1)
    other, answers = theirs(webui)
    wait_for(lambda: webui.running == 2)
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert any("will finish" in event.text for event in events if isinstance(event, JobNotice))
    other.join()
    assert answers[0]["images"]
    assert "interrupt" not in paths(webui)
    state = requests.get(f"{webui.url}/sdapi/v1/progress", timeout=30).json()["state"]
    assert not state["interrupted"]


# Steps are counted from the first ever


def steps_sent(server: StandIn) -> list[int]:
    return [each.body["steps"] for each in server.journal if "/train/" in each.path]


def known_steps(server: StandIn) -> int | None:
    (known,) = [e for e in A1111Client(Server(server.url)).embeddings().loaded if e.name == "copper"]
    return known.step


def test_going_on_does_as_many_steps_as_are_asked_for(webui: StandIn, pictures: Path) -> None:
    trained(webui, task(pictures))
    one = task(pictures, existing="GO_ON")
    schedule = replace(one.training, learn_rate="0.005:2, 0.001", save_every=3)
    end, told = trained(webui, replace(one, training=schedule))
    assert end.state is JobState.DONE
    assert "“copper” has learnt 4 steps already: it goes on to 8." in told[0]
    assert told[-1].startswith("The server has learnt “copper”.")
    assert (steps_sent(webui), known_steps(webui)) == ([4, 8], 8)
    body = [each.body for each in webui.journal if "/train/" in each.path][-1]
    assert (body["learn_rate"], body["save_embedding_every"]) == ("0.005:6, 0.001", 3)


def test_going_on_with_what_is_not_there_begins(webui: StandIn, pictures: Path) -> None:
    end, _told = trained(webui, task(pictures, existing="GO_ON"))
    assert (end.state, known_steps(webui)) == (JobState.DONE, 4)


def test_replacing_begins_anew(webui: StandIn, pictures: Path) -> None:
    """The server has the old one in memory until it is told to look again."""
    trained(webui, task(pictures))
    end, told = trained(webui, task(pictures, existing="REPLACE"))
    assert end.state is JobState.DONE
    assert not any("already" in each for each in told)
    assert (steps_sent(webui), known_steps(webui)) == ([4, 4], 4)
    assert paths(webui)[-3:] == ["create/embedding", "refresh-embeddings", "train/embedding"]


def test_what_did_nothing_is_told(webui: StandIn, pictures: Path) -> None:
    """Of a hypernetwork the server does not tell the steps."""
    trained(webui, task(pictures, kind="HYPERNETWORK"))
    end, told = trained(webui, task(pictures, kind="HYPERNETWORK", existing="GO_ON"))
    assert (end.state, told) == (JobState.FAILED, [])
    assert "has taught “copper” no step: it has learnt 4 or more already." in str(end.error)
    one = task(pictures, kind="HYPERNETWORK", existing="GO_ON")
    more = replace(one, training=replace(one.training, steps=6))
    assert trained(webui, more)[0].state is JobState.DONE


def test_what_somebody_else_has_stopped_is_told(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=0.3)
    one = task(pictures)
    jobs = JobQueue(A1111Client)
    jobs.submit(job_of(webui, replace(one, training=replace(one.training, steps=100))))
    wait_for(lambda: (status := status_of(jobs)) and status.progress and status.progress.step >= 1)
    requests.post(f"{webui.url}/sdapi/v1/interrupt", timeout=30)
    end, told = end_of(run_out(jobs))
    assert end.state is JobState.DONE
    assert told[-1].startswith(f"Teaching “copper” was stopped at step {known_steps(webui)} of 100.")


# Tried again


def failed(server: StandIn, jobs: JobQueue, one: TrainTask) -> str:
    """The id of the job, which has failed by now."""
    job = job_of(server, one)
    jobs.submit(job)
    end, _told = end_of(run_out(jobs))
    assert end.state is JobState.FAILED
    return job.id


@pytest.mark.parametrize("kind", ["EMBEDDING", "HYPERNETWORK"])
@pytest.mark.parametrize("existing", ["REFUSE", "GO_ON", "REPLACE"])
def test_what_it_created_itself_is_in_nobodys_way(
    webui: StandIn, pictures: Path, tmp_path: Path, kind: str, existing: str
) -> None:
    (pictures / "a_0.png").rename(tmp_path / "a_0.png")
    for each in pictures.glob("*.png"):
        each.unlink()
    jobs = JobQueue(A1111Client)
    job_id = failed(webui, jobs, task(pictures, kind=kind, existing=existing))
    assert paths(webui)[-1] == f"train/{kind.lower()}", "no pictures are found there"
    (tmp_path / "a_0.png").rename(pictures / "a_0.png")
    jobs.retry(job_id)
    end, told = end_of(run_out(jobs))
    assert (end.error, end.state) == (None, JobState.DONE)
    assert told[-1].startswith("The server has learnt “copper”.")
    assert steps_sent(webui) == [4, 4]
    assert sum(path.startswith("create/") for path in paths(webui)) == 1


def test_what_the_server_went_on_with_meanwhile_is_not_learnt_twice(webui: StandIn, pictures: Path) -> None:
    trained(webui, task(pictures))
    jobs = JobQueue(A1111Client)
    job = job_of(webui, task(pictures, existing="GO_ON"))
    webui.faults = Faults(delay_per_step=0.4)
    jobs.submit(job)
    wait_for(lambda: (status := status_of(jobs)) and status.progress and status.progress.step >= 5)
    webui.faults = Faults(delay_per_step=0.4, truncated=True)
    end, _told = end_of(run_out(jobs))
    assert (end.state, known_steps_when_healed(webui)) == (JobState.FAILED, 8)
    jobs.retry(job.id)
    end, told = end_of(run_out(jobs))
    assert (end.error, end.state) == (None, JobState.DONE)
    assert told[-1].startswith("The server has learnt “copper”.")
    assert (steps_sent(webui), known_steps(webui)) == ([4, 8], 8)


def known_steps_when_healed(server: StandIn) -> int | None:
    server.faults = Faults()
    return known_steps(server)


# Before anything is created


@pytest.mark.parametrize("kind", ["EMBEDDING", "HYPERNETWORK"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"template": "strange.txt"},
            "template file strange.txt is not found. Choose one of: hypernetwork.txt",
        ),
        ({"data_root": "/no/such/folder"}, "Dataset directory doesn't exist"),
        ({"name": "copper (old)"}, "“copper (old)” cannot be the name of"),
        ({"learn_rate": "0.005:3"}, "The learning rate ends at step 3 of 4"),
        ({"learn_rate": "0.005:3, 0.001:2, 0.1"}, "goes back to step 2 after step 3"),
        ({"learn_rate": "0.0"}, "The learning rate is 0"),
    ],
)
def test_what_cannot_work_creates_nothing(
    webui: StandIn, pictures: Path, kind: str, change: dict[str, str], words: str
) -> None:
    one = task(pictures, kind=kind)
    end, _told = trained(webui, replace(one, training=replace(one.training, **change)))
    assert end.state is JobState.FAILED
    assert words in str(end.error)
    assert paths(webui) == []


def test_one_for_another_kind_of_model_is_told(webui: StandIn, pictures: Path) -> None:
    one = task(pictures, existing="GO_ON")
    trained(webui, one)
    webui.app_state = replace(
        webui.app_state, embeddings=tuple(replace(each, fits=False) for each in webui.app_state.embeddings)
    )
    end, _told = trained(webui, one)
    assert "has “copper” for another kind of model" in str(end.error)
    assert steps_sent(webui) == [4]


def test_true_progress(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=0.25)
    one = task(pictures)
    jobs = JobQueue(A1111Client)
    jobs.submit(job_of(webui, replace(one, training=replace(one.training, steps=12))))
    seen = []
    wait_for(lambda: seen.append(status_of(jobs)) or seen[-1] is None)
    told = [status.progress for status in seen if status is not None and status.progress is not None]
    assert told[0].step == 0, "it begins before the server tells"
    assert {progress.steps for progress in told} == {12}
    steps = sorted({progress.step for progress in told})
    assert len(steps) >= 2
    assert all(0 <= step <= 12 for step in steps)
    assert [progress.fraction for progress in told] == sorted(progress.fraction for progress in told)
    assert any("Training copper" in progress.text for progress in told)
    assert end_of(run_out(jobs))[0].state is JobState.DONE


@pytest.mark.parametrize(
    ("existing", "state"),
    [("REFUSE", JobState.FAILED), ("GO_ON", JobState.DONE), ("REPLACE", JobState.DONE)],
)
def test_a_name_that_is_taken(webui: StandIn, pictures: Path, existing: str, state: JobState) -> None:
    trained(webui, task(pictures))
    end, _told = trained(webui, task(pictures, existing=existing))
    assert end.state is state
    if state is JobState.FAILED:
        assert isinstance(end.error, RequestRefused)
        assert "has something named “copper” already" in end.error.what
    else:
        assert paths(webui)[-1] == "train/embedding"


def test_a_folder_that_the_server_does_not_see(webui: StandIn, pictures: Path) -> None:
    one = task(pictures)
    end, _told = trained(webui, replace(one, training=replace(one.training, data_root="/no/such/folder")))
    assert end.state is JobState.FAILED
    assert isinstance(end.error, RequestRefused)
    assert "Dataset directory doesn't exist" in str(end.error)


def test_stopped_in_the_middle(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    jobs = JobQueue(A1111Client)
    job, next_one = job_of(webui, task(pictures)), job_of(webui, task(pictures, existing="REPLACE"))
    jobs.submit(job)
    assert webui.wait_until_running()
    jobs.submit(next_one)
    wait_for(lambda: (status := status_of(jobs)) and status.progress)
    jobs.cancel(job.id)
    assert [status.state for status in jobs.statuses()] == [JobState.STOPPING, JobState.WAITING]
    jobs.cancel(next_one.id)
    events = run_out(jobs)
    ends = [(event.job, event.state) for event in events if isinstance(event, JobEnded)]
    assert ends == [(next_one, JobState.CANCELLED), (job, JobState.CANCELLED)]
    (told,) = (event for event in events if isinstance(event, JobNotice))
    assert told.text == "Teaching “copper” was stopped at step 0 of 4."
    assert told.advice == "The server keeps what it has learnt until then."
    assert webui.wait_until_idle(5.0)


def test_stopped_again_it_is_not_waited_for(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    jobs = JobQueue(A1111Client)
    job = job_of(webui, task(pictures))
    jobs.submit(job)
    assert webui.wait_until_running()
    jobs.cancel(job.id)
    jobs.cancel(job.id)
    assert jobs.statuses() == ()
    end, told = end_of(run_out(jobs))
    assert (end.state, told) == (JobState.CANCELLED, [])


def test_stopped_before_it_began(webui: StandIn, pictures: Path) -> None:
    reached, go = threading.Event(), threading.Event()

    def connect(server: Server) -> A1111Client:
        reached.set()
        assert go.wait(60.0)
        return A1111Client(server)

    jobs = JobQueue(connect)
    job = job_of(webui, task(pictures))
    jobs.submit(job)
    assert reached.wait(60.0)
    jobs.cancel(job.id)
    go.set()
    end, told = end_of(run_out(jobs))
    assert end.state is JobState.CANCELLED
    assert told == ["Teaching “copper” was stopped before it began. "]
    assert paths(webui) == []


def test_a_server_that_dies(webui: StandIn, pictures: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    jobs = JobQueue(A1111Client)
    jobs.submit(job_of(webui, task(pictures)))
    assert webui.wait_until_running()
    webui.close()
    end, _told = end_of(run_out(jobs))
    assert isinstance(end.error, (ConnectionLost, ServerUnreachable, ServerFailed))
    assert trained(webui, task(pictures))[0].state is JobState.FAILED


def test_a_server_that_cannot_be_taught(pictures: Path) -> None:
    with StandIn(engine="echo") as app:
        end, _told = trained(app, task(pictures))
    assert isinstance(end.error, FeatureMissing)


def test_a_fault_of_the_extension_is_told(webui: StandIn, pictures: Path) -> None:
    def connect(_server: Server) -> A1111Client:
        raise ZeroDivisionError

    jobs = JobQueue(connect)
    jobs.submit(job_of(webui, task(pictures)))
    end, _told = end_of(run_out(jobs))
    assert "ZeroDivisionError" in str(end.error)
    wait_for(lambda: not worker_threads())
