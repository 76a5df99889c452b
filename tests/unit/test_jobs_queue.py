# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an artist does with jobs, with real threads, and with real HTTP where the server matters."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from campaign import seeded, share
from drawthings_addon import errors
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import BridgeError, ServerFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs import entries
from drawthings_addon.jobs import estimates as estimates_module
from drawthings_addon.jobs.entries import KEPT_FAILED, KEPT_FAILED_IN_ALL
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Job, JobEnded, JobNotice, JobState, JobStatus
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import PictureDone
from local_server import Faults, StandIn
from tests.unit.http_fakes import unused_port
from tests.unit.jobs_fakes import (
    EchoClient,
    GatedClient,
    ScriptedClient,
    ends,
    make_job,
    not_blocked,
    pictures,
    poll,
    request_of,
    run_out,
    wait_for,
    worker_threads,
)

pytestmark = pytest.mark.timing

SLOW = Faults(delay=600)


@pytest.fixture
def jobs() -> JobQueue:
    """A queue whose clients speak HTTP."""
    return JobQueue(DrawThingsClient)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    wait_for(lambda: not worker_threads(), f"threads are left: {worker_threads()}")


def states(jobs: JobQueue) -> dict[str, JobState]:
    return {status.job.title: status.state for status in jobs.statuses()}


def wait_until_running(jobs: JobQueue, job: Job) -> None:
    wait_for(lambda: any(each.job is job and each.state is JobState.RUNNING for each in jobs.statuses()))


def png_file(path: Path) -> Path:
    path.write_bytes(png.encode(np.zeros((128, 128, 3), np.uint8)))
    return path


# Order


def test_jobs_of_one_server_run_in_their_order(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    orders = [make_job(stand_in.url, tmp_path, title=title, count=2) for title in "abc"]
    for job in orders:
        jobs.submit(job)
    events = run_out(jobs)
    told = [
        (type(event), event.picture.job_id if isinstance(event, PictureDone) else event.job.id)
        for event in events
    ]
    assert told == [(kind, job.id) for job in orders for kind in (PictureDone, PictureDone, JobEnded)]
    assert ends(events) == [(job, JobState.DONE) for job in orders]
    assert jobs.statuses() == ()
    assert stand_in.journal.refused == ()


def test_count_pictures_are_as_many_requests_with_seeds_in_a_row(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path
) -> None:
    jobs.submit(make_job(stand_in.url, tmp_path, count=3, seed=2**32 - 2))
    made = pictures(run_out(jobs))
    assert [entry.effective["seed"] for entry in stand_in.journal.generations] == [2**32 - 2, 2**32 - 1, 0]
    assert [picture.recipe.request.sampling.seed for picture in made] == [2**32 - 2, 2**32 - 1, 0]
    assert [entry.effective["batch_count"] for entry in stand_in.journal.generations] == [1, 1, 1]
    assert len({picture.path for picture in made}) == 3
    assert {path.name for path in tmp_path.iterdir()} == {picture.path.name for picture in made}


def test_a_server_has_one_request_at_a_time(stand_in: StandIn, tmp_path: Path) -> None:
    under_way = 0
    most = 0
    lock = threading.Lock()

    class Counting(DrawThingsClient):
        def generate(self, request: GenerationRequest) -> Answer:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            try:
                return super().generate(request)
            finally:
                with lock:
                    under_way -= 1

    jobs = JobQueue(Counting)
    submitters = [
        threading.Thread(target=lambda: jobs.submit(make_job(stand_in.url, tmp_path, count=2)))
        for _ in range(5)
    ]
    for thread in submitters:
        thread.start()
    for thread in submitters:
        thread.join()
    assert len(pictures(run_out(jobs))) == 10
    assert most == 1


def test_two_servers_work_at_once(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    with StandIn() as other:
        stand_in.faults = other.faults = SLOW
        jobs.submit(make_job(stand_in.url, tmp_path, title="here"))
        jobs.submit(make_job(other.url, tmp_path, title="there"))
        assert stand_in.wait_until_running()
        assert other.wait_until_running()
        assert states(jobs) == {"here": JobState.RUNNING, "there": JobState.RUNNING}
        stand_in.faults = other.faults = Faults()
        assert len(pictures(run_out(jobs))) == 2


def test_nothing_but_pictures_is_left(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    jobs.submit(make_job(stand_in.url, tmp_path / "made for it", prompt="../weird: name?", count=2))
    made = pictures(run_out(jobs))
    assert [path.name for path in tmp_path.iterdir()] == ["made for it"]
    assert sorted((tmp_path / "made for it").iterdir()) == sorted(picture.path for picture in made)
    for picture in made:
        assert picture.path.read_bytes() == picture.png


# Cancel


def test_a_waiting_job_that_is_cancelled_never_reaches_the_server(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.faults = SLOW
    first, second, third = (make_job(stand_in.url, tmp_path, title=title, prompt=title) for title in "abc")
    for job in (first, second, third):
        jobs.submit(job)
    assert stand_in.wait_until_running()
    jobs.cancel(second.id)
    assert ends(poll(jobs)) == [(second, JobState.CANCELLED)]
    assert states(jobs) == {"a": JobState.RUNNING, "c": JobState.WAITING}
    stand_in.faults = Faults()
    assert ends(run_out(jobs)) == [(first, JobState.DONE), (third, JobState.DONE)]
    assert [entry.body["prompt"] for entry in stand_in.journal.generations] == ["a", "c"]


def test_a_running_job_is_let_go_of_and_its_answer_dropped(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.faults = SLOW
    first, second = (make_job(stand_in.url, tmp_path, title=title, prompt=title) for title in "ab")
    jobs.submit(first)
    jobs.submit(second)
    assert stand_in.wait_until_running()
    jobs.cancel(first.id)
    assert ends(poll(jobs)) == [(first, JobState.CANCELLED)]
    assert states(jobs) == {"a": JobState.LET_GO, "b": JobState.WAITING}
    assert not jobs.is_idle
    assert (stand_in.running, stand_in.waiting) == (1, 0)

    stand_in.faults = Faults()
    events = run_out(jobs)
    assert ends(events) == [(second, JobState.DONE)]
    assert pictures(events, first) == []
    assert [path.name for path in tmp_path.iterdir()] == ["b-7.png"]
    assert [entry.body["prompt"] for entry in stand_in.journal.generations] == ["a", "b"]


def test_the_time_of_a_job_let_go_of_is_not_the_next_ones(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    first, second = (make_job("localhost", tmp_path, title=title) for title in "ab")
    jobs.submit(first)
    jobs.submit(second)
    wait_for(lambda: client.requests)
    jobs.cancel(first.id)
    assert jobs.statuses()[1].seconds == 0.0
    released = time.monotonic()
    client.open()
    wait_until_running(jobs, second)
    (status,) = jobs.statuses()
    assert status.seconds <= time.monotonic() - released
    client.open()
    (picture,) = pictures(run_out(jobs))
    # A recipe's seconds are rounded to two places.
    assert picture.recipe.seconds <= time.monotonic() - released + 0.005


def test_cancelling_twice_stops_waiting_for_the_server(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.faults = SLOW
    first, second = (make_job(stand_in.url, tmp_path, title=title, prompt=title) for title in "ab")
    jobs.submit(first)
    jobs.submit(second)
    assert stand_in.wait_until_running()
    jobs.cancel(first.id)
    jobs.cancel(first.id)
    assert states(jobs).keys() == {"b"}
    # The second request goes out at once; the app keeps it until it is done with the first.
    wait_for(lambda: stand_in.waiting == 1)
    # The first thread heard that nobody listens any more, although the app still works.
    wait_for(lambda: jobs.statuses()[0].state is JobState.RUNNING)
    assert worker_threads().count("drawthings-tasks") == 1
    stand_in.faults = Faults()
    events = run_out(jobs)
    assert ends(events) == [(first, JobState.CANCELLED), (second, JobState.DONE)]
    assert len(pictures(events)) == 1


def test_the_last_job_can_be_cancelled_twice(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.faults = SLOW
    job = make_job(stand_in.url, tmp_path)
    jobs.submit(job)
    assert stand_in.wait_until_running()
    for _ in range(3):
        jobs.cancel(job.id)
    assert jobs.statuses() == ()
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    assert jobs.is_idle


def test_a_job_cancelled_between_two_pictures_keeps_the_first(tmp_path: Path) -> None:
    class CancelsAfterOne(Estimates):
        def learn(self, server: str, request: GenerationRequest, seconds: float) -> None:
            jobs.cancel(job.id)

    client = EchoClient()
    jobs = JobQueue(lambda server: client, estimates=CancelsAfterOne())
    job = make_job("localhost", tmp_path, count=3)
    jobs.submit(job)
    events = run_out(jobs)
    assert [type(event) for event in events] == [PictureDone, JobEnded]
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert len(client.requests) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_job_cancelled_before_it_asked_anything_asks_nothing(tmp_path: Path) -> None:
    connecting, go_on = threading.Event(), threading.Event()
    client = EchoClient()

    def connect(_server: Server) -> EchoClient:
        connecting.set()
        go_on.wait(30)
        return client

    jobs = JobQueue(connect)
    job = make_job("localhost", tmp_path)
    jobs.submit(job)
    assert connecting.wait(30)
    jobs.cancel(job.id)
    jobs.cancel(job.id)
    go_on.set()
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    wait_for(lambda: not worker_threads())
    assert client.requests == []


def test_cancelling_everything_sends_nothing_more(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.faults = SLOW
    orders = [make_job(stand_in.url, tmp_path, title=title) for title in "abcd"]
    for job in orders:
        jobs.submit(job)
    assert stand_in.wait_until_running()
    jobs.cancel_all()
    assert states(jobs) == {"a": JobState.LET_GO}
    jobs.cancel_all()
    assert states(jobs) == {"a": JobState.LET_GO}, "letting go of everything is not hanging up"
    stand_in.faults = Faults()
    events = run_out(jobs)
    assert {job.title: state for job, state in ends(events)} == dict.fromkeys("abcd", JobState.CANCELLED)
    assert len(stand_in.journal.generations) == 1


@pytest.mark.campaign
def test_whenever_a_job_is_cancelled_it_ends_once(tmp_path: Path) -> None:
    chance = seeded("cancelled whenever")
    jobs = JobQueue(lambda server: EchoClient())
    orders = [make_job("localhost", tmp_path, count=2) for _ in range(share(400))]
    events = []
    for job in orders:
        jobs.submit(job)
        time.sleep(chance.uniform(0, 0.01))
        if chance.random() < 0.7:
            for _ in range(chance.choice((1, 1, 2))):
                jobs.cancel(job.id)
        events += poll(jobs)
    events += run_out(jobs)
    for job in orders:
        own = [
            event
            for event in events
            if (event.picture.job_id if isinstance(event, PictureDone) else event.job.id) == job.id
        ]
        assert [type(event) for event in own[:-1]] == [PictureDone] * (len(own) - 1)
        last = own[-1]
        assert isinstance(last, JobEnded)
        if last.state is JobState.DONE:
            assert len(own) == 3
        else:
            assert last.state is JobState.CANCELLED
    told = {event.picture.path for event in events if isinstance(event, PictureDone)}
    assert told <= set(tmp_path.iterdir())
    assert jobs.statuses() == ()


def test_an_unknown_job_is_nothing_to_cancel(jobs: JobQueue) -> None:
    jobs.cancel("nobody")
    jobs.cancel_all()
    jobs.move("nobody", -1)
    jobs.dismiss("nobody")
    assert jobs.retry("nobody") is None
    assert jobs.is_idle
    assert poll(jobs) == []


# Reorder


def test_waiting_jobs_can_be_moved(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    orders = {title: make_job("localhost", tmp_path, title=title) for title in "abcde"}
    for job in orders.values():
        jobs.submit(job)
    wait_for(lambda: client.requests)

    def order() -> str:
        return "".join(status.job.title for status in jobs.statuses())

    assert order() == "abcde"
    for title, offset, expected in (
        ("d", -1, "abdce"),
        ("b", 1, "adbce"),
        ("e", -99, "aedbc"),
        ("e", 99, "adbce"),
        ("c", 0, "adbce"),
        ("a", 1, "adbce"),
    ):
        jobs.move(orders[title].id, offset)
        assert order() == expected, (title, offset)
    client.open(5)
    assert "".join(job.title for job, _ in ends(run_out(jobs))) == "adbce"


# Try again


def test_a_failed_job_can_be_tried_again(jobs: JobQueue, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.faults = Faults(status=500)
    job = make_job(stand_in.url, tmp_path, seed=5)
    jobs.submit(job)
    (ended,) = run_out(jobs)
    assert isinstance(ended, JobEnded)
    assert isinstance(ended.error, ServerFailed)
    (status,) = jobs.statuses()
    assert (status.state, status.error) == (JobState.FAILED, ended.error)
    stand_in.faults = Faults()
    again = jobs.retry(job.id)
    assert again is not None
    assert again.id != job.id
    assert replace(again, id=job.id).__dict__ == job.__dict__
    assert jobs.retry(job.id) is None, "it is not a failed job any more"
    events = run_out(jobs)
    assert ends(events) == [(again, JobState.DONE)]
    assert pictures(events)[0].recipe.request.sampling.seed == 5
    assert jobs.statuses() == ()


def test_only_what_is_owed_is_made_again(tmp_path: Path) -> None:
    client = ScriptedClient([1, 1, ServerFailed("Gone."), 1, 1])
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path, count=4, seed=2**32 - 1)
    jobs.submit(job)
    assert len(pictures(run_out(jobs))) == 2
    assert jobs.statuses()[0].pictures_done == 2
    again = jobs.retry(job.id)
    assert again is not None
    assert (again.picture_count, request_of(again).sampling.seed) == (2, 1)
    made = pictures(run_out(jobs))
    assert [picture.recipe.request.sampling.seed for picture in made] == [1, 2]


def test_pictures_that_nobody_asked_for_are_not_counted(tmp_path: Path) -> None:
    client = ScriptedClient([3, ServerFailed("Gone."), 1, 1])
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path, count=3)
    jobs.submit(job)
    assert len(pictures(run_out(jobs))) == 3
    (status,) = jobs.statuses()
    assert status.pictures_done == 1
    again = jobs.retry(job.id)
    assert again is not None
    assert (again.picture_count, request_of(again).sampling.seed) == (2, request_of(job).sampling.seed + 1)
    assert ends(run_out(jobs)) == [(again, JobState.DONE)]


def test_a_failed_job_can_be_dismissed(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    job = make_job("localhost", tmp_path)
    jobs.submit(job)
    run_out(jobs)
    jobs.dismiss(job.id)
    assert jobs.statuses() == ()
    assert jobs.retry(job.id) is None


def test_of_many_failed_jobs_the_latest_are_kept(tmp_path: Path) -> None:
    """Each holds its pixels: an app that is closed for an evening must not fill the memory."""
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    ordered = []
    for index in range(KEPT_FAILED + 2):
        path = tmp_path / f"snapshot-{index}.png"
        path.write_bytes(png.encode(np.zeros((128, 128, 3), np.uint8)))
        ordered.append(make_job("localhost", tmp_path, source=Source(SourceName("RENDER"), path=path)))
        jobs.submit(ordered[-1])
    assert len(ends(run_out(jobs))) == len(ordered), "each end is told"
    assert [status.job for status in jobs.statuses()] == ordered[2:]
    kept = {path.name for path in tmp_path.glob("snapshot-*.png")}
    assert kept == {f"snapshot-{index}.png" for index in range(2, len(ordered))}


def test_failed_jobs_without_a_source_are_not_kept_without_bound(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    with_source = make_job(
        "localhost", tmp_path, source=Source(SourceName("OTHER", "image"), np.zeros((8, 8, 3), np.uint8))
    )
    ordered = [make_job("localhost", tmp_path) for _ in range(KEPT_FAILED_IN_ALL + 5)]
    for job in (with_source, *ordered):
        jobs.submit(job)
    assert len(ends(run_out(jobs))) == len(ordered) + 1, "each end is told"
    assert [status.job for status in jobs.statuses()] == ordered[5:]
    assert jobs.retry(ordered[0].id) is None
    assert jobs.retry(ordered[-1].id) is not None
    run_out(jobs)


def test_failed_jobs_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "KEPT_FAILED_BYTES", 2 * 64 * 64 * 3)
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    sides = (64, 64, 64, 200, 64)
    ordered = [
        make_job(
            "localhost",
            tmp_path,
            source=Source(SourceName("OTHER", "image"), np.zeros((side, side, 3), np.uint8)),
        )
        for side in sides
    ]
    kept = []
    for job in ordered:
        jobs.submit(job)
        run_out(jobs)
        kept.append([ordered.index(status.job) for status in jobs.statuses()])
    assert kept == [[0], [0, 1], [1, 2], [3], [4]], "the latest, however large"


def test_a_failed_jobs_time_stands_still(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    jobs.submit(make_job("localhost", tmp_path))
    run_out(jobs)
    first = jobs.statuses()[0].seconds
    time.sleep(0.02)
    assert jobs.statuses()[0].seconds == first


# The file that Blender wrote


@pytest.mark.parametrize("last", ["DONE", "DISMISSED"])
def test_a_source_file_stays_as_long_as_its_job_can_be_tried_again(tmp_path: Path, last: str) -> None:
    path = png_file(tmp_path / "snapshot.png")
    script: list[int | BaseException] = [1, ServerFailed("Gone."), ServerFailed("Still gone."), 1]
    client = ScriptedClient(script)
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path / "out", source=Source(SourceName("RENDER"), path=path), count=2)
    jobs.submit(job)
    run_out(jobs)
    assert path.is_file()
    again = jobs.retry(job.id)
    run_out(jobs)
    assert path.is_file()
    assert again is not None
    if last == "DISMISSED":
        jobs.dismiss(again.id)
    else:
        jobs.retry(again.id)
        assert len(pictures(run_out(jobs))) == 1
    wait_for(lambda: not path.exists())


def test_a_source_file_goes_with_a_cancelled_job(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    running, waiting = (
        make_job(
            "localhost",
            tmp_path,
            source=Source(SourceName("RENDER"), path=png_file(tmp_path / f"{name}.png")),
        )
        for name in "ab"
    )
    jobs.submit(running)
    jobs.submit(waiting)
    wait_for(lambda: client.requests)
    jobs.cancel(waiting.id)
    wait_for(lambda: not (tmp_path / "b.png").exists())
    jobs.cancel(running.id)
    client.open()
    run_out(jobs)
    assert list(tmp_path.iterdir()) == []


# Errors

OVER_HTTP = {
    "not our protocol": (Faults(grpc=True), errors.WrongProtocol),
    "another program": (Faults(html=True), errors.UnknownServer),
    "password": (Faults(credentials="a:b"), errors.AuthenticationFailed),
    "404": (Faults(status=404), errors.FeatureMissing),
    "refused": (Faults(refuse="Missing prompt"), errors.RequestRefused),
    "old app": (Faults(unknown_keys=("width",)), errors.KeysUnrecognized),
    "500": (Faults(status=500), errors.ServerFailed),
    "too slow": (SLOW, errors.ServerTimedOut),
    "cut off": (Faults(truncated=True), errors.ConnectionLost),
    "crashed": (Faults(reset=True, scope="POST"), errors.ConnectionLost),
    "not JSON": (Faults(not_json=True), errors.AnswerInvalid),
    "no list": (Faults(no_images_key=True), errors.AnswerInvalid),
    "not base64": (Faults(not_base64=True), errors.AnswerInvalid),
    "not a picture": (Faults(not_a_picture=True), errors.AnswerInvalid),
    "broken picture": (Faults(broken_picture=True), errors.AnswerInvalid),
    "huge picture": (Faults(huge_picture=True), errors.AnswerTooLarge),
    "empty": (Faults(empty=True), errors.NoPicture),
}


@pytest.mark.parametrize(("faults", "kind"), OVER_HTTP.values(), ids=OVER_HTTP)
def test_what_the_server_does_wrong_ends_the_job_in_words(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path, faults: Faults, kind: type[BridgeError]
) -> None:
    stand_in.faults = faults
    timeout = 0.3 if faults is SLOW else 30.0
    jobs.submit(make_job(Server(stand_in.url, read_timeout=timeout), tmp_path / "out"))
    (ended,) = run_out(jobs)
    assert isinstance(ended, JobEnded)
    assert ended.state is JobState.FAILED
    assert isinstance(ended.error, kind)
    assert ended.error.what
    assert ended.error.advice
    assert not (tmp_path / "out").exists()


def test_nobody_listens(jobs: JobQueue, tmp_path: Path) -> None:
    with unused_port() as port:
        jobs.submit(make_job(f"http://127.0.0.1:{port}", tmp_path))
        (ended,) = run_out(jobs)
    assert isinstance(ended.error, errors.ServerUnreachable)


@pytest.mark.parametrize(
    ("values", "source", "kind"),
    [
        ({"steps": 0}, None, errors.InvalidSettings),
        ({}, Source(SourceName("OTHER", "nothing")), errors.SourceUnavailable),
        (
            {},
            Source(SourceName("OTHER", "empty"), pixels=np.zeros((0, 4, 3), np.uint8)),
            errors.SourceUnavailable,
        ),
        (
            {},
            Source(SourceName("OTHER", "gone"), path=Path("/nowhere/snapshot.png")),
            errors.SourceUnavailable,
        ),
        ({}, Source(SourceName("OTHER", "not a picture"), path=Path(__file__)), errors.PictureInvalid),
    ],
)
def test_what_cannot_be_sent_is_told_before_it_is_sent(
    jobs: JobQueue,
    stand_in: StandIn,
    tmp_path: Path,
    values: dict[str, int],
    source: Source | None,
    kind: type[BridgeError],
) -> None:
    jobs.submit(make_job(stand_in.url, tmp_path, source=source, **values))
    (ended,) = run_out(jobs)
    assert type(ended.error) is kind
    assert len(stand_in.journal) == 0


def all_errors(kind: type[BridgeError] = BridgeError) -> Iterator[type[BridgeError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from all_errors(each)


@pytest.mark.parametrize("kind", tuple(all_errors()), ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_reaches_the_artist(tmp_path: Path, kind: type[BridgeError]) -> None:
    error = kind("It failed.", "Do this.")
    jobs = JobQueue(lambda server: ScriptedClient([error]))
    job = make_job("localhost", tmp_path)
    jobs.submit(job)
    (ended,) = run_out(jobs)
    assert (ended.job, ended.state, ended.error) == (job, JobState.FAILED, error)


def test_a_fault_of_ours_ends_the_job_and_not_the_lane(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clients = iter([ScriptedClient([ZeroDivisionError("a mistake")]), EchoClient()])
    jobs = JobQueue(lambda server: next(clients))
    first, second = (make_job("localhost", tmp_path) for _ in range(2))
    with caplog.at_level(logging.ERROR):
        jobs.submit(first)
        jobs.submit(second)
        events = run_out(jobs)
    assert ends(events) == [(first, JobState.FAILED), (second, JobState.DONE)]
    error = next(event.error for event in events if isinstance(event, JobEnded))
    assert type(error) is BridgeError
    assert "ZeroDivisionError" in error.what
    assert "report" in error.advice
    assert caplog.records[0].exc_info is not None


def test_too_little_memory_is_no_fault_of_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([MemoryError()]))
    jobs.submit(make_job("localhost", tmp_path))
    (ended,) = run_out(jobs)
    assert "memory" in ended.error.what
    assert not caplog.records


def test_a_client_that_cannot_be_made_fails_its_job(tmp_path: Path) -> None:
    def connect(_server: Server) -> EchoClient:
        raise errors.OnlineAccessDenied("Blender is offline.")

    jobs = JobQueue(connect)
    jobs.submit(make_job("localhost", tmp_path))
    (ended,) = run_out(jobs)
    assert isinstance(ended.error, errors.OnlineAccessDenied)


def test_without_a_thread_a_job_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = JobQueue(lambda server: EchoClient(), journal=Journal(tmp_path / "journal"))
    job = make_job("localhost", tmp_path)
    with monkeypatch.context() as patch:

        def refuse(_thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        patch.setattr(threading.Thread, "start", refuse)
        jobs.submit(job)
        (ended,) = poll(jobs)
        assert (ended.job, ended.state) == (job, JobState.FAILED)
        assert jobs.is_idle
    again = jobs.retry(job.id)
    assert again is not None
    assert ends(run_out(jobs)) == [(again, JobState.DONE)]


# What the panel and the pump ask


@pytest.mark.campaign
def test_a_job_seen_is_either_running_or_ended(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([ServerFailed("Gone.")]))
    for _ in range(share(300)):
        jobs.submit(make_job("localhost", tmp_path))
    seen: list[tuple[JobStatus, ...]] = []
    while not jobs.is_idle:
        seen.append(jobs.statuses())
        poll(jobs)
        time.sleep(0)
    for statuses in seen:
        identifiers = [status.job.id for status in statuses]
        assert len(identifiers) == len(set(identifiers)) == share(300)


@pytest.mark.campaign
def test_idle_means_that_everything_was_told(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: EchoClient(), journal=Journal(tmp_path / "journal"))
    assert jobs.is_idle
    for _ in range(share(300)):
        job = make_job("localhost", tmp_path, width=64, height=64)
        jobs.submit(job)
        events = []
        while not jobs.is_idle:
            events += poll(jobs)
            time.sleep(0)
        assert ends(events) == [(job, JobState.DONE)]
        assert poll(jobs) == []


def test_a_server_is_busy_while_it_has_a_job(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    server, other = Server("localhost"), Server("localhost:1")
    assert not jobs.is_busy(server)
    job = make_job(server, tmp_path)
    jobs.submit(job)
    assert jobs.is_busy(server)
    assert not jobs.is_busy(other)
    wait_for(lambda: client.requests)
    jobs.cancel(job.id)
    assert jobs.is_busy(server), "the app still works on it"
    client.open()
    run_out(jobs)
    assert not jobs.is_busy(server)


def test_no_question_waits_for_the_disk_or_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()

    class SlowJournal(Journal):
        def record(self, *args: object, **kwargs: object) -> None:
            disk.wait(60)

    def slow_write(*_: object) -> None:
        disk.wait(60)

    monkeypatch.setattr(estimates_module, "write_whole", slow_write)
    client = GatedClient()
    estimates = Estimates(tmp_path / "estimates.json")
    jobs = JobQueue(lambda server: client, journal=SlowJournal(tmp_path), estimates=estimates)
    first, second, third = (make_job("localhost", tmp_path / "out", title=title) for title in "abc")

    def everything() -> None:
        for job in (first, second, third):
            jobs.submit(job)
        jobs.statuses()
        jobs.cancel(second.id)
        jobs.acknowledge(second)
        client.open()
        # The worker now hangs in writing what it learnt.
        wait_for(lambda: estimates.seconds("http://127.0.0.1:7860", first.task.timing_key) is not None)
        jobs.statuses()
        poll(jobs)
        jobs.move(third.id, 1)
        jobs.is_busy(first.server)
        jobs.cancel(first.id)
        jobs.cancel_all()
        assert not jobs.is_idle

    with not_blocked(everything):
        disk.set()
        client.open(2)
    run_out(jobs)


def test_statuses_stay_cheap_with_a_thousand_jobs(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    for _ in range(1000):
        jobs.submit(make_job("localhost", tmp_path))
    best = 1.0
    for _ in range(10):
        began = time.perf_counter()
        assert len(jobs.statuses()) == 1000
        best = min(best, time.perf_counter() - began)
    # It takes a few milliseconds; a redraw has sixteen.
    assert best < 0.1
    jobs.cancel_all()
    client.open()
    assert len(ends(run_out(jobs))) == 1000


def test_a_status_tells_what_is_known(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path, count=2)
    jobs.submit(job)
    wait_until_running(jobs, job)
    (status,) = jobs.statuses()
    assert (status.estimate, status.fraction, status.pictures_done) == (None, 0.0, 0)
    client.open()
    wait_for(lambda: jobs.statuses()[0].pictures_done == 1 and jobs.statuses()[0].estimate is not None)
    (status,) = jobs.statuses()
    assert status.seconds > 0
    assert 0.5 <= status.fraction < 1
    client.open()
    run_out(jobs)


@pytest.mark.parametrize("estimate", [None, 0.0, 1e-300, 1.0, 1e300])
@pytest.mark.parametrize("seconds", [0.0, 0.5, 1e9])
@pytest.mark.parametrize("done", [0, 1, 2, 5])
def test_the_fraction_is_below_one(tmp_path: Path, estimate: float, seconds: float, done: int) -> None:
    job = make_job("localhost", tmp_path, count=2)
    status = JobStatus(job, JobState.RUNNING, parts_done=done, seconds=seconds, estimate=estimate)
    assert 0 <= status.fraction < 1


# Notices


def test_keys_that_an_older_app_does_not_know_are_told_once(
    jobs: JobQueue, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.faults = Faults(unknown_keys=("cfg_zero_star",))
    job = make_job(stand_in.url, tmp_path, count=2)
    jobs.submit(job)
    events = run_out(jobs)
    notices = [event.text for event in events if isinstance(event, JobNotice)]
    assert len(notices) == 1
    assert "cfg_zero_star" in notices[0]
    assert [picture.recipe.dropped_keys for picture in pictures(events)] == [("cfg_zero_star",)] * 2


# Secrets


def test_a_password_goes_to_the_server_and_nowhere_else(stand_in: StandIn, tmp_path: Path) -> None:
    password = "Tr0ub4dor-and-3"
    journal = Journal(tmp_path / "journal")
    jobs = JobQueue(DrawThingsClient, journal=journal, estimates=Estimates(tmp_path / "estimates.json"))
    stand_in.faults = Faults(credentials=f"artist:{password}")
    good = make_job(Server(stand_in.url, "artist", password), tmp_path / "out")
    bad = make_job(Server(stand_in.url, "artist", password + "!"), tmp_path / "out")
    jobs.submit(good)
    jobs.submit(bad)
    events = run_out(jobs)
    assert ends(events) == [(good, JobState.DONE), (bad, JobState.FAILED)]
    encoded = base64.b64encode(f"artist:{password}".encode()).decode().rstrip("=")[:-2]
    secrets = (password, encoded)
    (picture,) = pictures(events)
    texts = [repr(good), repr(events), repr(jobs.statuses()), str(events[-1].error)]
    texts += [
        picture.recipe.text,
        picture.recipe.parameters_text(),
        *png.read_text(picture.png).values(),
    ]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".png", ".json", ".lock"}
    assert len(files) == 5, "a picture, two journal entries and what tells that it lives, the estimates"
    texts += [path.read_bytes().decode("latin-1") for path in files]
    for text in texts:
        assert not any(secret in text for secret in secrets)
