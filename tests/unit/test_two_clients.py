# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else uses the same server of A1111's API: nothing that is meant for our job reaches theirs, and
nothing of theirs is taken for ours."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drawthings_addon.client.a1111 import bodies, endpoints, settings
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.ticket import A1111Ticket, Running
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.training import Training
from drawthings_addon.client.turn import Turn
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import BridgeError, ServerTimedOut
from drawthings_addon.jobs import progress as progress_module
from drawthings_addon.jobs.describe import DescribeTask
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Event, Job, JobEnded, JobNotice, JobState, JobText, ProgressChanged
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.training import TrainTask
from drawthings_addon.jobs.upscale import UpscaleTask
from local_server import Faults, StandIn
from tests.unit.a1111_talk import encoded, get, painting, post
from tests.unit.jobs_fakes import (
    ends,
    make_job,
    pictures,
    poll,
    request_of,
    run_out,
    wait_for,
    worker_threads,
)

pytestmark = [pytest.mark.timing, pytest.mark.once]

#: Seconds of a step while nothing shall end.
SLOW = 0.25
STEPS = 20


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    wait_for(lambda: not worker_threads(), f"threads are left: {worker_threads()}")


@pytest.fixture(params=["page", "nowebui", "404"])
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """With the page; started without it; with a description of the page's route, which is not there."""
    missing = ("/internal/progress",) if request.param == "404" else ()
    with StandIn(dialect="A1111", nowebui=request.param == "nowebui") as running:
        slow(running, missing=missing)
        yield running
        hurry(running)


@pytest.fixture
def page() -> Iterator[StandIn]:
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=SLOW)) as running:
        yield running
        hurry(running)


@pytest.fixture
def nowebui() -> Iterator[StandIn]:
    with StandIn(dialect="A1111", nowebui=True, faults=Faults(delay_per_step=SLOW)) as running:
        yield running
        hurry(running)


def slow(server: StandIn, **faults: Any) -> None:
    server.faults = replace(server.faults, delay_per_step=SLOW, **faults)


def hurry(server: StandIn) -> None:
    server.faults = replace(server.faults, delay_per_step=0.0, delay=0.0)


def has_page(server: StandIn) -> bool:
    answers = "/internal/progress" in get(server, "/openapi.json")["paths"]
    return answers and not server.faults.missing


class Somebody:
    """Has a picture made, straight at the server."""

    def __init__(self, server: StandIn, path: str = "txt2img", **body: Any) -> None:
        sent = {"prompt": "theirs", "steps": STEPS, "width": 64, "height": 64, "seed": 3, **body}
        self.answers: list[Any] = []
        self._thread = threading.Thread(target=lambda: self.answers.append(post(server, path, sent)))
        self._thread.start()

    def picture(self) -> str:
        self._thread.join(60)
        (answer,) = self.answers
        (picture,) = answer["images"]
        return str(picture)


def whole(server: StandIn, **body: Any) -> str:
    """Somebody's picture as it is when nobody ends it."""
    hurry(server)
    return Somebody(server, **body).picture()


def told(server: StandIn, what: str = "interrupt") -> int:
    """How often the server was told so."""
    return sum(entry.path == f"/sdapi/v1/{what}" for entry in server.journal)


def asked(server: StandIn) -> int:
    """How often the server was asked how far it is."""
    return sum(entry.path == "/sdapi/v1/progress" for entry in server.journal)


def ours(server: StandIn, tmp_path: Path, **values: Any) -> Job:
    values = {"steps": STEPS, "sampler": "Euler", "title": "ours", **values}
    return make_job(server.url, tmp_path / "ours", **values)


def is_waiting(jobs: JobQueue) -> Callable[[], bool]:
    return lambda: bool(jobs.statuses()) and jobs.statuses()[0].is_waiting_there


def is_at_steps(jobs: JobQueue) -> Callable[[], bool]:
    def at_steps() -> bool:
        progress = jobs.statuses()[0].progress if jobs.statuses() else None
        return progress is not None and progress.step > 0

    return at_steps


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, JobNotice)]


def test_cancel_while_it_waits_cuts_nobodys_picture(server: StandIn, tmp_path: Path) -> None:
    """Somebody's picture is made, and another of theirs waits; ours is cancelled behind them."""
    theirs = [Somebody(server), Somebody(server)]
    assert server.wait_until(lambda: server.waiting == 1)
    jobs = JobQueue(A1111Client)
    job = ours(server, tmp_path)
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    jobs.cancel(job.id)
    # Three times as long as an order to stop is repeated after.
    time.sleep(1.6)
    assert told(server) == 0
    hurry(server)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert [each.picture() for each in theirs] == [whole(server)] * 2
    if has_page(server):
        assert notices(events) == []
    else:
        (notice,) = notices(events)
        assert "will finish" in notice and "ours" in notice


def test_what_was_cancelled_while_it_waited_is_stopped_in_its_turn(page: StandIn, tmp_path: Path) -> None:
    theirs = Somebody(page)
    assert page.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = ours(page, tmp_path, steps=150)
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    jobs.cancel(job.id)
    time.sleep(0.6)
    hurry(page)
    first = theirs.picture()
    slow(page)
    began = time.monotonic()
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    assert time.monotonic() - began < 10, "150 steps of 0.25 s were not waited for"
    assert first == whole(page)


def test_our_running_job_is_stopped(server: StandIn, tmp_path: Path) -> None:
    jobs = JobQueue(A1111Client)
    job = ours(server, tmp_path, steps=150)
    jobs.submit(job)
    assert server.wait_until_running()
    theirs = Somebody(server)
    assert server.wait_until(lambda: server.waiting == 1)
    jobs.cancel(job.id)
    assert server.wait_until(lambda: told(server) >= 1, 10)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert notices(events) == []
    hurry(server)
    assert theirs.picture() == whole(server)


def test_cancelled_again_it_is_hung_up_and_nobodys_is_cut(server: StandIn, tmp_path: Path) -> None:
    theirs = Somebody(server)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = ours(server, tmp_path)
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    jobs.cancel(job.id)
    jobs.cancel(job.id)
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    time.sleep(1.2)
    assert told(server) == 0
    hurry(server)
    assert theirs.picture() == whole(server)
    assert server.wait_until_idle()


def test_after_our_own_time_out_it_is_told_to_stop(server: StandIn, tmp_path: Path) -> None:
    jobs = JobQueue(A1111Client)
    address = Server(server.url, read_timeout=2)
    job = make_job(address, tmp_path, steps=150, sampler="Euler")
    jobs.submit(job)
    assert server.wait_until_running()
    theirs = Somebody(server)
    (ended,) = [event for event in run_out(jobs) if isinstance(event, JobEnded)]
    assert isinstance(ended.error, ServerTimedOut)
    assert "The server was told to stop" in ended.error.what
    assert server.wait_until(lambda: told(server) >= 1, 10)
    hurry(server)
    assert theirs.picture() == whole(server)


def test_after_our_own_time_out_nobody_elses_is_stopped(server: StandIn, tmp_path: Path) -> None:
    theirs = Somebody(server)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = make_job(Server(server.url, read_timeout=1.5), tmp_path, steps=150, sampler="Euler")
    jobs.submit(job)
    (ended,) = [event for event in run_out(jobs) if isinstance(event, JobEnded)]
    assert ended.error is not None
    assert told(server) == 0
    if has_page(server):
        assert "told to stop when it does" in ended.error.what
        hurry(server)
        assert theirs.picture() == whole(server)
        slow(server)
    else:
        assert "may go on" in ended.error.what
        hurry(server)
        assert theirs.picture() == whole(server)
    assert server.wait_until_idle(20)


def skip(jobs: JobQueue, server: StandIn) -> BridgeError | None:
    answers: list[BridgeError | None] = []
    jobs.skip(Server(server.url), lambda _none, error: answers.append(error))

    def is_told() -> bool:
        answer = jobs.mailbox.next_answer()
        if answer is not None:
            answer()
        return bool(answers)

    wait_for(is_told)
    return answers[0]


def test_skip_while_it_waits_skips_nobodys(server: StandIn, tmp_path: Path) -> None:
    theirs = Somebody(server)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    jobs.submit(ours(server, tmp_path))
    wait_for(is_waiting(jobs))
    error = skip(jobs, server)
    assert error is not None and "Nothing was skipped" in error.what
    assert told(server, "skip") == 0
    hurry(server)
    (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished == ""
    assert theirs.picture() == whole(server)


def test_each_request_of_a_job_has_its_own_turn(page: StandIn, tmp_path: Path) -> None:
    """Between two of our pictures somebody's is made: to skip then skips nothing."""
    jobs = JobQueue(A1111Client)
    jobs.submit(ours(page, tmp_path, count=2, steps=8))
    assert page.wait_until_running()
    theirs = Somebody(page)
    assert page.wait_until(lambda: page.waiting == 1)
    wait_for(lambda: jobs.statuses()[0].pictures_done == 1)
    wait_for(is_waiting(jobs))
    error = skip(jobs, page)
    assert error is not None and "has not begun" in error.what
    hurry(page)
    made = pictures(run_out(jobs))
    assert [each.recipe.unfinished for each in made] == ["", ""]
    assert theirs.picture() == whole(page)
    names = {
        entry.body["force_task_id"] for entry in page.journal.generations if "force_task_id" in entry.body
    }
    assert len(names) == 2


# What is shown


def test_nothing_of_somebody_elses_is_shown_as_ours(server: StandIn, tmp_path: Path) -> None:
    get(server, "options")
    post(server, "options", {"show_progress_every_n_steps": 1})
    theirs = Somebody(server, steps=12)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    jobs.submit(ours(server, tmp_path))
    seen: list[ProgressChanged] = []

    def shown(enough: Callable[[], bool]) -> None:
        def look() -> bool:
            seen.extend(event for event in poll(jobs) if isinstance(event, ProgressChanged))
            return enough()

        wait_for(look)

    shown(lambda: len(seen) > 1)
    assert all(each.is_waiting for each in seen)
    assert {(each.fraction, each.step, each.steps, each.preview is None) for each in seen} == {
        (0, 0, 0, True)
    }
    theirs.picture()
    seen.clear()
    if has_page(server):
        shown(lambda: any(each.step for each in seen))
        assert {each.steps for each in seen if each.step} == {STEPS}
        shown(lambda: seen[-1].preview is not None)
    else:
        time.sleep(1.5)
        shown(lambda: True)
        assert not any(each.step or each.preview is not None for each in seen), "nobody can tell whose it is"
    hurry(server)
    run_out(jobs)


def test_waiting_is_no_time_that_a_picture_takes(server: StandIn, tmp_path: Path) -> None:
    estimates = Estimates()
    theirs = Somebody(server)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client, estimates=estimates)
    job = ours(server, tmp_path)
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    time.sleep(1.0)
    (status,) = jobs.statuses()
    assert status.worked < 0.9 < status.seconds
    hurry(server)
    (picture,) = pictures(run_out(jobs))
    theirs.picture()
    assert estimates.seconds(job.server.url, job.task.timing_key) is None
    assert picture.recipe.seconds < 1.4
    again = ours(server, tmp_path)
    jobs.submit(again)
    run_out(jobs)
    assert estimates.seconds(job.server.url, job.task.timing_key) is not None


# What somebody else ended


@pytest.mark.parametrize("how", ["interrupt", "skip"])
def test_what_somebody_else_ended_is_told_as_such(
    page: StandIn, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though their own begins at once, so that the server does not tell of ours any more."""
    monkeypatch.setattr(progress_module, "MIN_PAUSE", 0.1)
    estimates = Estimates()
    jobs = JobQueue(A1111Client, estimates=estimates)
    job = ours(page, tmp_path, steps=60)
    jobs.submit(job)
    assert page.wait_until_running()
    theirs = Somebody(page)
    wait_for(lambda: is_at_steps(jobs)() and jobs.statuses()[0].progress.step > 4)  # type: ignore[union-attr]
    post(page, how)
    (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished.endswith(" by somebody else")
    assert picture.path.is_file()
    assert estimates.seconds(job.server.url, job.task.timing_key) is None
    hurry(page)
    theirs.picture()


def test_a_whole_picture_before_somebody_elses_is_whole(page: StandIn, tmp_path: Path) -> None:
    jobs = JobQueue(A1111Client)
    job = ours(page, tmp_path)
    jobs.submit(job)
    assert page.wait_until_running()
    theirs = Somebody(page)
    (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished == ""
    hurry(page)
    theirs.picture()


# What has no name of its own


def source(size: int = 64) -> Source:
    return Source(SourceName("OTHER", "wall"), pixels=painting(size, size))


def upscaling(server: StandIn, tmp_path: Path, count: int = 1) -> Job:
    task = UpscaleTask((source(),) * count, UpscaleSettings("Nearest", scale=2), tmp_path)
    return Job("up", "upscale", Server(server.url), task)


def describing(server: StandIn, tmp_path: Path) -> Job:
    return Job("words", "describe", Server(server.url), DescribeTask(source()))


@pytest.mark.parametrize("what", [upscaling, describing])
def test_other_jobs_that_wait_cut_nobodys_picture(
    server: StandIn, tmp_path: Path, what: Callable[[StandIn, Path], Job]
) -> None:
    theirs = Somebody(server)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = what(server, tmp_path)
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert any("will finish" in each for each in notices(events))
    assert told(server) == 0
    hurry(server)
    assert theirs.picture() == whole(server)
    assert server.wait_until_idle()


@pytest.mark.parametrize("what", [upscaling, describing])
def test_other_jobs_that_run_are_stopped(
    server: StandIn, tmp_path: Path, what: Callable[[StandIn, Path], Job]
) -> None:
    server.faults = replace(server.faults, delay=3)
    jobs = JobQueue(A1111Client)
    job = what(server, tmp_path)
    jobs.submit(job)
    assert server.wait_until_running()
    jobs.cancel(job.id)
    assert server.wait_until(lambda: told(server) >= 1, 10)
    hurry(server)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert notices(events) == []


def test_an_upscaled_picture_that_somebody_else_ended(nowebui: StandIn, tmp_path: Path) -> None:
    nowebui.faults = replace(nowebui.faults, delay=3)
    estimates = Estimates()
    jobs = JobQueue(A1111Client, estimates=estimates)
    job = upscaling(nowebui, tmp_path)
    jobs.submit(job)
    # Before it was sent, and when it was worked on.
    assert nowebui.wait_until(lambda: asked(nowebui) >= 2)
    post(nowebui, "interrupt")
    events = run_out(jobs)
    (picture,) = pictures(events)
    assert picture.recipe.unfinished.startswith("interrupted")
    assert estimates.seconds(job.server.url, job.task.timing_key) is None


def test_words_of_a_picture_that_somebody_else_ended(nowebui: StandIn, tmp_path: Path) -> None:
    nowebui.faults = replace(nowebui.faults, delay=1.5)
    estimates = Estimates()
    jobs = JobQueue(A1111Client, estimates=estimates)
    job = describing(nowebui, tmp_path)
    jobs.submit(job)
    assert nowebui.wait_until_running()
    post(nowebui, "interrupt")
    events = run_out(jobs)
    assert any(isinstance(event, JobText) for event in events)
    assert any("by somebody else" in each for each in notices(events))
    assert estimates.seconds(job.server.url, job.task.timing_key) is None


# What takes no place in the line


def teaching(server: StandIn, folder: Path) -> Job:
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(base64.b64decode(encoded(painting())))
    training = Training("rusty", str(folder), steps=400, save_every=10, picture_every=10)
    return Job("teach", "teach", Server(server.url), TrainTask(training))


def test_teaching_waits_for_somebody_elses_picture_and_does_not_cut_it(
    server: StandIn, tmp_path: Path
) -> None:
    theirs = Somebody(server, steps=16)
    assert server.wait_until_running()
    jobs = JobQueue(A1111Client)
    job = teaching(server, tmp_path / "pictures")
    jobs.submit(job)
    wait_for(is_waiting(jobs))
    jobs.cancel(job.id)
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    assert told(server) == 0
    hurry(server)
    assert theirs.picture() == whole(server, steps=16)


def test_teaching_beside_which_somebody_elses_picture_began_does_not_cut_that(
    server: StandIn, tmp_path: Path
) -> None:
    jobs = JobQueue(A1111Client)
    job = teaching(server, tmp_path / "pictures")
    jobs.submit(job)
    wait_for(is_at_steps(jobs))
    # Told apart by the second in which they began.
    time.sleep(1.1)
    theirs = Somebody(server, steps=16)
    assert server.wait_until(lambda: server.running == 2)
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert any("will finish" in each for each in notices(events))
    assert told(server) == 0
    hurry(server)
    assert theirs.picture() == whole(server, steps=16)
    assert server.wait_until(lambda: server.running == 0)


def test_teaching_alone_is_stopped(server: StandIn, tmp_path: Path) -> None:
    jobs = JobQueue(A1111Client)
    job = teaching(server, tmp_path / "pictures")
    jobs.submit(job)
    wait_for(is_at_steps(jobs))
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert told(server) >= 1
    assert any("was stopped at step" in each for each in notices(events))


def test_our_picture_beside_somebody_elses_training_stops_that_as_little(
    server: StandIn, tmp_path: Path
) -> None:
    jobs = JobQueue(A1111Client)
    job = ours(server, tmp_path)
    jobs.submit(job)
    wait_for(is_at_steps(jobs))
    task = teaching(server, tmp_path / "pictures").task
    assert isinstance(task, TrainTask)
    post(server, "create/embedding", bodies.create(task.training, overwrite=False))
    others: list[Any] = []
    body = bodies.train(task.training)
    training = threading.Thread(target=lambda: others.append(post(server, "train/embedding", body)))
    training.start()
    assert server.wait_until(lambda: server.running == 2)
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert told(server) == 0
    hurry(server)
    training.join(60)
    assert "error: None" in others[0]["info"]
    assert get(server, "embeddings")["loaded"]["rusty"]["step"] == task.training.steps


def test_a_training_whose_picture_beside_it_has_ended_is_still_a_job(
    page: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server tells of none then (`job_count` 0, no `job`): an unload would end the training."""
    monkeypatch.setattr(settings, "A_STEP", 4 * SLOW)
    client = A1111Client(Server(page.url))
    task = teaching(page, tmp_path / "pictures").task
    assert isinstance(task, TrainTask)
    post(page, "create/embedding", bodies.create(task.training, overwrite=False))
    training = threading.Thread(target=post, args=(page, "train/embedding", bodies.train(task.training)))
    training.start()
    assert page.wait_until_running() and client.is_busy()
    post(page, "txt2img", {"prompt": "theirs", "steps": 1, "width": 64, "height": 64})
    assert get(page, "progress")["state"]["job_count"] == 0 and training.is_alive()
    assert client.is_busy()
    hurry(page)
    training.join(60)
    assert not client.is_busy(), "its last words are told for ever"


# What a server tells when


IDLE = Running("20261127000000", 0, "", "")


def busy(timestamp: str, job: str = "scripts_txt2img", text: str = "") -> Running:
    return Running(timestamp, 1, job, text)


@pytest.mark.parametrize(
    ("before", "looks", "turns"),
    [
        (IDLE, [IDLE, busy("1"), busy("1"), replace(IDLE, timestamp="1")], "WAITING OURS OURS OVER"),
        (IDLE, [busy("1"), busy("2"), busy("1")], "OURS UNKNOWN UNKNOWN"),
        (IDLE, [busy("1"), replace(IDLE, timestamp="2")], "OURS UNKNOWN"),
        (IDLE, [busy(IDLE.timestamp)], "UNKNOWN"),
        (IDLE, [busy("1", "train_embedding")], "UNKNOWN"),
        (IDLE, [busy("1", text="Loss: 0.1 Step: 3")], "UNKNOWN"),
        (busy("1"), [busy("1"), busy("2"), busy("2")], "WAITING UNKNOWN UNKNOWN"),
        (busy("1"), [replace(IDLE, timestamp="1"), busy("2")], "UNKNOWN UNKNOWN"),
        (None, [busy("1")], "UNKNOWN"),
    ],
)
def test_by_when_jobs_began(before: Running | None, looks: list[Running], turns: str) -> None:
    ticket = A1111Ticket(is_sent=True, before=before)
    assert " ".join(ticket.met(each).name for each in looks) == turns


def test_a_server_without_timestamps_shows_what_it_makes_and_is_not_stopped() -> None:
    ticket = A1111Ticket(is_sent=True, before=Running("", 0, "", ""))
    assert ticket.met(busy("")) is Turn.OURS
    assert not ticket.is_sure


def test_what_was_hung_up_before_it_was_sent_is_not_followed(page: StandIn, tmp_path: Path) -> None:
    """The server does not say what it is at, and the artist does not wait for that: no thread is left."""
    page.faults = replace(page.faults, delay_get=600)
    jobs = JobQueue(A1111Client)
    job = ours(page, tmp_path)
    jobs.submit(job)
    time.sleep(0.3)
    jobs.cancel(job.id)
    jobs.cancel(job.id)
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    page.faults = Faults()
    assert page.wait_until_idle()
    wait_for(lambda: not worker_threads())


def test_only_the_first_request_looks_before_where_names_are_told(server: StandIn, tmp_path: Path) -> None:
    """Quick pictures cost no exchange more there; without names each needs the look."""
    hurry(server)
    clients = Connections()
    jobs = JobQueue(clients.client)
    looks = []
    for _ in range(3):
        before = asked(server)
        jobs.submit(ours(server, tmp_path))
        run_out(jobs)
        looks.append(asked(server) - before)
    assert looks[1:] == ([0, 0] if has_page(server) else [1, 1])


# What comes between


def test_what_is_about_to_end_is_left_to(server: StandIn, tmp_path: Path) -> None:
    """The order would meet what the server begins next."""
    client = A1111Client.recognize(Server(server.url))
    assert client is not None
    server.faults = replace(server.faults, delay_per_step=0.05)
    ticket = client.take_ticket()
    beside = client.sibling(client.server)
    request = request_of(ours(server, tmp_path, steps=60))
    making = threading.Thread(target=lambda: client.generate(request))
    making.start()
    turns = []

    def is_near() -> bool:
        seen = beside.progress(ticket, with_preview=False)
        return seen.fraction > 0.25 and seen.eta_seconds is not None and seen.eta_seconds < 0.45

    wait_for(is_near)
    turns.append(beside.interrupt(ticket))
    making.join()
    assert turns == [Turn.OVER]
    assert told(server) == 0


def test_a_request_that_is_long_on_its_way_is_not_lost() -> None:
    """A large picture takes seconds to a server that keeps names; once nobody waits for it, it may be."""
    ticket = A1111Ticket(name="ours", is_sent=True)

    def look(**flags: bool) -> Turn:
        values = {"is_active": False, "is_queued": False, "is_completed": False, "are_known": True} | flags
        return ticket.told(**values)

    assert {look() for _ in range(30)} == {Turn.WAITING} and not ticket.is_heard
    assert look(is_active=True) is Turn.OURS and ticket.is_heard
    ticket.anew()
    ticket.name, ticket.is_sent, ticket.is_left = "ours", True, True
    assert [look() for _ in range(9)][-1] is Turn.UNKNOWN
    ticket.anew()
    ticket.name, ticket.is_sent = "ours", True
    assert [look(are_known=False) for _ in range(9)][-1] is Turn.UNKNOWN


@pytest.fixture
def forgetful(page: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """It has the page's route, and takes no names."""
    order = A1111Client._order

    def without_name(self: A1111Client, endpoint: Any, body: Any = None, **options: Any) -> Any:
        kept = {key: value for key, value in (body or {}).items() if key != "force_task_id"}
        return order(self, endpoint, kept, **options)

    monkeypatch.setattr(A1111Client, "_order", without_name)
    return page


def test_a_server_that_passes_over_names_is_asked_as_one_without_the_page(
    forgetful: StandIn, tmp_path: Path
) -> None:
    jobs = JobQueue(Connections().client)
    jobs.submit(ours(forgetful, tmp_path, steps=8))
    events = run_out(jobs)
    assert not any(event.is_waiting for event in events if isinstance(event, ProgressChanged)), (
        "behind nobody"
    )
    job = ours(forgetful, tmp_path, steps=150)
    jobs.submit(job)
    wait_for(is_at_steps(jobs))
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)] and notices(events) == []
    assert told(forgetful) >= 1


def test_what_two_threads_hear_of_names_agrees(page: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one asks by a name, the other finds out that the server passes over them."""
    client = A1111Client.recognize(Server(page.url))
    assert client is not None
    ticket = client.take_ticket()
    assert isinstance(ticket, A1111Ticket)
    ticket.name, ticket.is_sent = "ours", True
    order = A1111Client._order

    def meanwhile(self: A1111Client, *arguments: Any, **options: Any) -> Any:
        reply = order(self, *arguments, **options)
        self._do_without_names(ticket)
        return reply

    monkeypatch.setattr(A1111Client, "_order", meanwhile)
    client.progress(ticket)
    assert client._tasks.are_told is False


def test_a_slow_word_about_names_keeps_no_picture_waiting_and_stops_ours(
    page: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes five seconds and a half, as while a server loads a model for somebody else."""
    order = A1111Client._order

    def late(self: A1111Client, endpoint: Any, *arguments: Any, timeout: float = 60, **options: Any) -> Any:
        if endpoint == endpoints.TASK_PROGRESS:
            time.sleep(min(5.5, timeout))
            if timeout < 5.5:
                raise ServerTimedOut("It took too long.")
        return order(self, endpoint, *arguments, timeout=timeout, **options)

    monkeypatch.setattr(A1111Client, "_order", late)
    hurry(page)
    jobs = JobQueue(Connections().client)
    seconds = []
    for _ in range(2):
        jobs.submit(ours(page, tmp_path))
        (picture,) = pictures(run_out(jobs))
        seconds.append(picture.recipe.seconds)
    assert seconds[0] < 3 and seconds[1] < 1.4
    slow(page)
    job = ours(page, tmp_path, steps=150)
    jobs.submit(job)
    assert page.wait_until_running()
    jobs.cancel(job.id)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.CANCELLED)] and notices(events) == []
    assert told(page) >= 1


def test_how_far_an_upscaling_is_is_told_by_what_is_done(nowebui: StandIn, tmp_path: Path) -> None:
    """The program counts a picture when it begins with it: the only one would be done from the start."""
    nowebui.faults = replace(nowebui.faults, delay=2)
    jobs = JobQueue(A1111Client)
    jobs.submit(upscaling(nowebui, tmp_path))
    seen: list[ProgressChanged] = []

    def is_seen() -> bool:
        seen.extend(event for event in poll(jobs) if isinstance(event, ProgressChanged))
        return bool(seen)

    wait_for(is_seen)
    assert seen[0].fraction == 0 and seen[0].steps == 0
    hurry(nowebui)
    run_out(jobs)
