# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's own progress: told while it works, and never in the way of the result."""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from campaign import share
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.connect import connect
from drawthings_addon.client.progress import Progress
from drawthings_addon.client.turn import Ticket, Turn
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import ServerFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs import progress as progress_module
from drawthings_addon.jobs.decoder import Decoder, Take
from drawthings_addon.jobs.job import Event, Job, JobState, JobStatus, ProgressChanged
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.serial_executor import SerialExecutor
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import PictureDone
from drawthings_addon.jobs.upscale import UpscaleTask
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import (
    GatedClient,
    ends,
    make_job,
    pictures,
    poll,
    run_out,
    wait_for,
    worker_threads,
)

pytestmark = [pytest.mark.timing, pytest.mark.once]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    wait_for(lambda: not worker_threads(), f"threads are left: {worker_threads()}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions follow one another at once."""
    monkeypatch.setattr(progress_module, "MIN_PAUSE", 0.001)
    monkeypatch.setattr(progress_module, "PAUSE_FACTOR", 0.0)


class TellingClient(GatedClient):
    """Tells its progress as the list says, the last of it for ever; an error is raised."""

    def __init__(self, script: Iterable[Progress | Exception]) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.asked = 0
        self._script = list(script)

    def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
        step = self._script[min(self.asked, len(self._script) - 1)]
        self.asked += 1
        if isinstance(step, Exception):
            raise step
        return step


class HangingClient(GatedClient):
    """Its progress is not answered until the test lets it; `abort` has no effect on that."""

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.under_way = 0
        self.most = 0
        self.released = threading.Event()

    def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.released.wait(60)
        self.under_way -= 1
        return at(0.5, 10)


def at(fraction: float, step: int, preview: bytes | None = None) -> Progress:
    return Progress(fraction, 3.0, step, 20, job_count=1, preview=preview)


def flat(value: int, size: int = 8) -> bytes:
    return png.encode(np.full((size, size, 3), value, np.uint8))


def collect(jobs: JobQueue, until: Callable[[list[Event]], object]) -> list[Event]:
    """Poll as the pump does, until enough was told."""
    events: list[Event] = []

    def is_enough() -> object:
        events.extend(poll(jobs))
        return until(events)

    wait_for(is_enough)
    return events


def told(events: Iterable[Event]) -> list[ProgressChanged]:
    return [event for event in events if isinstance(event, ProgressChanged)]


def steps_of(events: Iterable[Event]) -> list[int]:
    return [event.step for event in told(events)]


def previews_of(events: Iterable[Event]) -> list[Any]:
    """The different ones, in their order."""
    shown: list[Any] = []
    for event in told(events):
        if event.preview is not None and not (shown and shown[-1] is event.preview):
            shown.append(event.preview)
    return shown


# Over HTTP


def test_steps_rise_and_previews_change_while_the_server_works(tmp_path: Path) -> None:
    spans: list[tuple[float, float]] = []

    # Here and not at the server, which may note when it answered later than it did.
    class Timed(A1111Client):
        def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
            began = time.monotonic()
            try:
                return super().progress(ticket, with_preview=with_preview)
            finally:
                spans.append((began, time.monotonic()))

    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.12)) as server:
        jobs = JobQueue(Timed)
        job = make_job(server.url, tmp_path, steps=150, sampler="Euler a")
        jobs.submit(job)
        events = collect(jobs, lambda events: len(set(steps_of(events))) > 2 and len(previews_of(events)) > 1)
        (status,) = jobs.statuses()
        assert status.progress is not None
        server.faults = Faults()
        events += run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    rising = told(events)
    assert [event.step for event in rising] == sorted(event.step for event in rising)
    assert [event.fraction for event in rising] == sorted(event.fraction for event in rising)
    assert {event.steps for event in rising if event.step} == {150}
    first, second = previews_of(events)[:2]
    assert first.dtype == np.uint8
    assert first.shape == second.shape
    assert first.shape[2] == 4
    assert not np.array_equal(first, second)
    spans.sort()
    assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(spans))
    assert all(later[0] - earlier[0] >= 0.5 for earlier, later in itertools.pairwise(spans))


def test_a_progress_route_that_hangs_does_not_delay_the_result(tmp_path: Path) -> None:
    asked = threading.Event()

    class Noting(A1111Client):
        def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
            asked.set()
            return super().progress(ticket, with_preview=with_preview)

    with StandIn(dialect="A1111", faults=Faults(delay_get=600, delay_per_step=600)) as server:
        jobs = JobQueue(Noting)
        jobs.submit(make_job(server.url, tmp_path, sampler="Euler a"))
        assert asked.wait(60)
        server.faults = Faults(delay_get=600)
        events = run_out(jobs)
        assert len(pictures(events)) == 1
        # The question was hung up, and not waited for.
        wait_for(lambda: not worker_threads())


def test_a_server_without_progress_is_never_asked(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.faults = Faults(delay=0.8)
    jobs = JobQueue(connect)
    jobs.submit(make_job(stand_in.url, tmp_path))
    events = run_out(jobs)
    assert told(events) == []
    assert not any(entry.path.endswith("/progress") for entry in stand_in.journal)


# How it is asked


def test_questions_are_far_enough_apart(tmp_path: Path) -> None:
    spans: list[tuple[float, float]] = []

    class Slow(TellingClient):
        def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
            began = time.monotonic()
            time.sleep(0.0 if len(spans) < 2 else 0.4)
            result = super().progress()
            spans.append((began, time.monotonic()))
            return result

    client = Slow([at(0.1, 2)])
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    wait_for(lambda: len(spans) >= 4)
    client.open()
    run_out(jobs)
    for earlier, later in itertools.pairwise(spans):
        took = earlier[1] - earlier[0]
        assert later[0] - earlier[0] >= 0.5
        assert later[0] - earlier[1] >= 2 * took - 0.001


@pytest.mark.usefixtures("quick")
def test_one_question_at_a_time_whatever_hangs(tmp_path: Path) -> None:
    client = HangingClient()
    jobs = JobQueue(lambda server: client)
    for _ in range(2):
        jobs.submit(make_job("localhost", tmp_path, count=2))
    wait_for(lambda: client.under_way)
    for number in range(4):
        wait_for(lambda: len(client.requests) == number + 1)  # noqa: B023
        client.open()
    events = run_out(jobs)
    assert len(pictures(events)) == 4
    assert told(events) == []
    assert (client.under_way, client.most) == (1, 1), "the question still hangs, and no other was asked"
    client.released.set()


@pytest.mark.usefixtures("quick")
def test_what_is_learnt_too_late_is_not_told(tmp_path: Path) -> None:
    client = HangingClient()
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path, count=2))
    wait_for(lambda: client.under_way)
    client.open()
    wait_for(lambda: len(client.requests) == 2)
    # Answered while the second picture is made, but asked for the first.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress_module, "MIN_PAUSE", 60.0)
        client.released.set()
        wait_for(lambda: not client.under_way)
        client.open()
        assert told(run_out(jobs)) == []


@pytest.mark.usefixtures("quick")
def test_three_failures_in_a_row_are_enough(tmp_path: Path) -> None:
    error = ServerFailed("No.")
    script = [
        error,
        error,
        at(0.1, 2),
        error,
        ValueError("ours"),
        at(0.2, 4),
        error,
        error,
        error,
        at(0.9, 18),
    ]
    client = TellingClient(script)
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    wait_for(lambda: client.asked == 9 and "drawthings-answers" not in worker_threads())
    (status,) = jobs.statuses()
    assert status.progress is None, "what was told last is not true any more"
    client.open()
    assert len(pictures(run_out(jobs))) == 1
    assert client.asked == 9


def test_without_a_thread_the_picture_comes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if thread.name == "drawthings-answers":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    client = TellingClient([at(0.1, 2)])
    client.open()
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    assert len(pictures(run_out(jobs))) == 1


# What is told


@pytest.mark.usefixtures("quick")
def test_the_fraction_never_falls_within_a_picture(tmp_path: Path) -> None:
    script = [at(0.4, 8), at(0.2, 4), Progress(), Progress(0.01, job_count=-1), at(0.5, 10)]
    client = TellingClient(script)
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    fractions = []
    while client.asked < len(script) + 2:
        fractions.append(jobs.statuses()[0].fraction)
    # Progress is told while the job runs: it may have ended before the next question.
    events = poll(jobs)
    client.open()
    events += run_out(jobs)
    assert fractions == sorted(fractions)
    assert set(fractions) <= {0.0, 0.4, 0.5}
    assert told(events)[-1].step == 10


@pytest.mark.usefixtures("quick")
def test_the_steps_do_not_begin_anew_while_a_picture_is_finished(tmp_path: Path) -> None:
    """After the last pass WebUI 1.10.1 has counted the job on and is at step 0, until faces are restored."""
    script = [at(0.9, 18), Progress(1.0, None, 0, 20, job_no=1, job_count=1)]
    client = TellingClient(script)
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    seen: list[Event] = []
    while client.asked < len(script) + 2:
        seen += poll(jobs)
    client.open()
    seen += run_out(jobs)
    assert [(each.step, each.steps) for each in told(seen)][-1] == (20, 20)


@pytest.mark.usefixtures("quick")
def test_a_preview_far_larger_than_the_picture_is_done_without(tmp_path: Path) -> None:
    client = TellingClient([at(0.5, 10, png.encode(np.zeros((2049, 2048, 1), np.uint8)))])
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    seen: list[Event] = []
    while client.asked < 3:
        seen += poll(jobs)
    client.open()
    assert all(each.preview is None for each in told(seen + run_out(jobs)))


@pytest.mark.usefixtures("quick")
def test_of_several_pictures_it_is_the_whole_jobs(tmp_path: Path) -> None:
    client = TellingClient([at(0.5, 10, flat(10))])
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path, count=4)
    jobs.submit(job)
    for number in range(4):
        wait_for(lambda: jobs.statuses()[0].fraction == (number + 0.5) / 4)  # noqa: B023
        client.open()
        wait_for(lambda: len(client.requests) > number + 1 or not jobs.statuses())  # noqa: B023
    events = run_out(jobs)
    assert len(pictures(events)) == 4


def test_between_two_pictures_nothing_of_the_first_is_left(tmp_path: Path) -> None:
    client = TellingClient([at(0.9, 18, flat(10))])
    jobs = JobQueue(lambda server: client)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress_module, "MIN_PAUSE", 0.001)
        patch.setattr(progress_module, "PAUSE_FACTOR", 1e6)
        jobs.submit(make_job("localhost", tmp_path, count=2))
        wait_for(lambda: jobs.statuses() and jobs.statuses()[0].progress)
        client.open()
        wait_for(lambda: jobs.statuses()[0].pictures_done == 1)
        (status,) = jobs.statuses()
        assert status.progress is not None
        assert (status.progress.step, status.progress.steps, status.progress.preview) == (0, 20, None)
        assert status.fraction == 0.5
        client.open()
        run_out(jobs)


@pytest.mark.usefixtures("quick")
def test_a_preview_is_decoded_when_it_changes(tmp_path: Path) -> None:
    jpeg = b"\xff\xd8\xff\xe0 a picture of a kind that is not decoded"
    script = [
        at(0.1, 2),
        at(0.2, 4, flat(10, 1100)),
        at(0.3, 6, flat(10, 1100)),
        at(0.4, 8, jpeg),
        at(0.5, 10, None),
        at(0.6, 12, flat(20)[:-30]),
        at(0.7, 14, flat(30)),
    ]
    seen: list[Any] = []
    client = TellingClient(script)
    watcher = progress_module.ProgressWatcher(SerialExecutor("drawthings-answers"))
    job = make_job("localhost", tmp_path)
    with watcher.watching(job, client, Ticket(), seen.append):
        wait_for(lambda: len(seen) >= len(script))
    assert seen[0].preview is None
    large = seen[1].preview
    assert large is not None
    assert large.shape == (progress_module.PREVIEW_EDGE, progress_module.PREVIEW_EDGE, 4)
    assert (large == (10, 10, 10, 255)).all()
    assert all(each.preview is large for each in seen[2:6])
    last = seen[6].preview
    assert last is not None
    assert (last == (30, 30, 30, 255)).all()
    assert last.shape == (8, 8, 4)
    assert [each.eta_seconds for each in seen[:3]] == [3.0] * 3


@pytest.mark.usefixtures("quick")
def test_a_preview_that_is_cut_off_is_done_without(tmp_path: Path) -> None:
    """Some Blenders decode an empty picture from it."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, "WEBP")
    asked: list[bytes] = []

    class Blender(Decoder):
        def later(self, data: bytes, take: Take) -> None:
            asked.append(data)
            take(None)

    seen: list[Any] = []
    client = TellingClient([at(0.1, 2, stream.getvalue()[:-3]), at(0.2, 4, stream.getvalue())])
    watcher = progress_module.ProgressWatcher(SerialExecutor("drawthings-answers"), Blender())
    with watcher.watching(make_job("localhost", tmp_path), client, Ticket(), seen.append):
        wait_for(lambda: len(seen) >= 3)
    assert asked == [stream.getvalue()]


@pytest.mark.usefixtures("quick")
def test_a_busy_blender_is_told_the_latest_only(tmp_path: Path) -> None:
    client = TellingClient([at(number / 1000, number, flat(number % 256)) for number in range(1, 900)])
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    wait_for(lambda: client.asked > 20)
    events = poll(jobs)
    assert len(events) == 1
    assert told(events)[0].step >= 19
    client.open()
    run_out(jobs)


@pytest.mark.campaign
@pytest.mark.usefixtures("quick")
def test_progress_comes_before_the_picture_and_never_after_the_end(tmp_path: Path) -> None:
    client = TellingClient([at(0.5, 10)])
    jobs = JobQueue(lambda server: client)
    for _ in range(share(200)):
        job = make_job("localhost", tmp_path)
        jobs.submit(job)
        events = collect(jobs, told)
        client.open()
        events += run_out(jobs)
        kinds = [type(event) for event in events]
        assert kinds.index(PictureDone) > max(i for i, kind in enumerate(kinds) if kind is ProgressChanged)


def test_an_upscale_job_is_one_request(tmp_path: Path) -> None:
    source = Source(SourceName("OTHER", "image"), pixels=np.zeros((8, 8, 3), np.uint8))
    task = UpscaleTask((source,) * 3, UpscaleSettings(), tmp_path)
    job = Job("id", "", make_job("localhost", tmp_path).server, task)
    progress = ProgressChanged(job, 0.5, 0, 0, None)
    assert job.picture_count == 3
    assert JobStatus(job, JobState.RUNNING, progress=progress).fraction == 0.5


def test_a_let_go_job_tells_nothing_more(tmp_path: Path) -> None:
    class Deaf(TellingClient):
        def interrupt(self, ticket: Ticket) -> Turn:
            raise ServerFailed("No.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress_module, "MIN_PAUSE", 0.001)
        client = Deaf([at(0.1, number) for number in range(1, 500)])
        jobs = JobQueue(lambda server: client)
        job = make_job("localhost", tmp_path)
        jobs.submit(job)
        collect(jobs, told)
        jobs.cancel(job.id)
        events = poll(jobs)
        asked = client.asked
        wait_for(lambda: client.asked > asked + 3)
        assert told(poll(jobs)) == []
        assert ends(events) == [(job, JobState.CANCELLED)]
        client.open()
        run_out(jobs)
