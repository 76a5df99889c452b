# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that are done here: without a server they get everything that others have."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from drawthings_addon.client.http.address import THIS_COMPUTER, Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import BridgeError, InvalidSettings, SourceUnavailable
from drawthings_addon.imaging import exr, png
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query
from drawthings_addon.jobs.history.thread import HistoryThread
from drawthings_addon.jobs.job import Job, JobState, ProgressChanged
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, Recipe, now
from drawthings_addon.jobs.results import Made, keep_made
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.sources import numbers, source_size, to_display_bytes
from drawthings_addon.jobs.storage import stored_json
from drawthings_addon.jobs.task import LocalTask, PictureDone, Task, TaskEvent, TaskIO, TextDone
from tests.unit.jobs_fakes import EchoClient, GatedClient, ends, make_job, pictures, poll, run_out, wait_for

#: What a test holds back or breaks; the journal knows nothing of it.
gate = threading.Event()
faults: list[BaseException] = []


@dataclass(frozen=True)
class NegativeTask(LocalTask, stored_as="negative"):
    """Its picture the other way round, `times`, with the same as floats beside it."""

    picture: Source
    directory: Path
    times: int = 1

    @property
    def picture_count(self) -> int:
        return self.times

    @property
    def timing_key(self) -> str:
        return "negative"

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))

    def remaining(self, made: int) -> Self:
        return replace(self, times=self.times - made)

    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        for index in range(self.times):
            io.told(0.25, "turning")
            while not gate.wait(0.01):
                if io.is_cancelled():
                    return
            if faults:
                raise faults.pop()
            negative = 255 - to_display_bytes(self.picture)
            recipe = Recipe(GenerationRequest(), io.server.url, created=now(), blend=io.blend)
            picture, _notice = keep_made(
                io,
                Made(negative, recipe),
                Made(negative[..., :1] / np.float32(255), replace(recipe, beside="height"), "height", True),
                directory=self.directory,
                words="wall",
                index=index,
            )
            yield PictureDone(picture)
            io.answered(self.timing_key, 0.5)


@pytest.fixture(autouse=True)
def open_gate() -> Iterator[None]:
    gate.set()
    faults.clear()
    yield
    gate.set()


def nobody(server: Server) -> Client:
    raise AssertionError(f"{server} was asked")


def negative(folder: Path, **values: Any) -> Job:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)
    task = NegativeTask(Source(SourceName("IMAGE", "wall"), pixels), folder / "out", **values)
    return Job(uuid.uuid4().hex, "Negative · wall", THIS_COMPUTER, task, "the wall")


def test_nobody_is_asked_and_its_results_come(tmp_path: Path) -> None:
    kept, estimates = KeptSources(tmp_path / "sources"), Estimates()
    jobs = JobQueue(nobody, kept=kept, estimates=estimates)
    job = negative(tmp_path, times=2)
    jobs.submit(job)
    assert jobs.is_busy(THIS_COMPUTER)
    events = run_out(jobs)
    made = pictures(events, job)
    assert ends(events) == [(job, JobState.DONE)]
    assert [(each.title, each.index) for each in made] == [("Negative · wall", 0), ("Negative · wall", 1)]
    assert isinstance(job.task, NegativeTask) and job.task.picture.pixels is not None
    data = made[0].path.read_bytes()
    assert np.array_equal(png.decode(data), 255 - job.task.picture.pixels[::-1])
    assert Recipe.from_json(png.read_text(data)[CHUNK]).server == ""
    (height,) = made[0].beside
    assert (height.name, height.path.name) == ("height", "wall-height.exr")
    floats = exr.read(height.path.read_bytes())["Y"]
    assert np.array_equal(floats, (255 - job.task.picture.pixels[::-1, :, 0]) / np.float32(255))
    assert Recipe.from_json(exr.read_text(height.path.read_bytes())[CHUNK]).beside == "height"
    assert (made[0].thumbnail.shape, height.thumbnail.shape) == ((64, 48, 4), (64, 48, 4))
    assert estimates.of_all("", job.task.timings) == 1.0
    assert made[0].made_by is not None, "it can be made again, from the same pixels"
    wait_for(lambda: kept.has(made[0].made_by))


def test_it_does_not_wait_for_a_server_nor_a_server_for_it(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client)
    jobs.submit(make_job("localhost", tmp_path))
    wait_for(lambda: client.requests)
    first, second = negative(tmp_path), negative(tmp_path)
    gate.clear()
    jobs.submit(first)
    jobs.submit(second)
    wait_for(lambda: [each.state for each in jobs.statuses()][:2] == [JobState.RUNNING] * 2)
    jobs.move(second.id, -1)
    client.open()
    gate.set()
    assert [state for _job, state in ends(run_out(jobs))] == [JobState.DONE] * 3


def test_its_progress_is_told(tmp_path: Path) -> None:
    jobs, told = JobQueue(nobody), []
    gate.clear()
    jobs.submit(negative(tmp_path, times=2))

    def is_told() -> bool:
        told.extend(event for event in poll(jobs) if isinstance(event, ProgressChanged))
        return bool(told)

    wait_for(is_told)
    (status,) = jobs.statuses()
    assert (told[0].fraction, told[0].text) == (0.25, "turning")
    assert status.fraction == 0.25
    assert not status.job.task.has_preview
    gate.set()
    run_out(jobs)


def test_cancelled_it_stops_and_is_seen_no_more(tmp_path: Path) -> None:
    jobs = JobQueue(nobody)
    gate.clear()
    first, second = negative(tmp_path), negative(tmp_path)
    jobs.submit(first)
    jobs.submit(second)
    wait_for(lambda: jobs.statuses()[0].state is JobState.RUNNING)
    jobs.cancel(first.id)
    assert first.id not in [each.job.id for each in jobs.statuses()]
    wait_for(lambda: jobs.statuses()[0].state is JobState.RUNNING)
    jobs.cancel_all()
    assert ends(run_out(jobs)) == [(first, JobState.CANCELLED), (second, JobState.CANCELLED)]
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("fault", [SourceUnavailable("No."), MemoryError(), ZeroDivisionError()])
def test_failed_it_is_tried_again(tmp_path: Path, fault: BaseException) -> None:
    jobs = JobQueue(nobody)
    faults.append(fault)
    job = negative(tmp_path)
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.FAILED)]
    (status,) = jobs.statuses()
    assert status.error is not None
    again = jobs.retry(job.id)
    assert again is not None
    assert len(pictures(run_out(jobs), again)) == 1


def test_it_is_taken_up_again_after_a_crash(tmp_path: Path) -> None:
    gate.clear()
    first = Journal(tmp_path / "journal")
    jobs = JobQueue(nobody, journal=first, kept=KeptSources(tmp_path / "sources"))
    job = negative(tmp_path, times=2)
    jobs.submit(job)
    entry = tmp_path / "journal" / f"{job.id}.json"
    wait_for(lambda: "job" in (stored_json(entry, 1 << 20) or {}))  # type: ignore[operator] # it is an object
    first.let_go()
    (lost,) = Journal(tmp_path / "journal").take_lost()
    jobs.cancel(job.id)
    run_out(jobs)
    owed = lost.owed
    assert owed is not None
    assert (owed.server, owed.target, owed.picture_count) == (THIS_COMPUTER, "the wall", 2)
    gate.set()
    again = JobQueue(nobody)
    again.take_up((lost,), BridgeError("Blender ended."))
    assert again.retry(owed.id) is not None
    assert len(pictures(run_out(again))) == 2


def test_an_entry_without_an_address_is_of_nothing_that_asks_a_server(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    job = replace(make_job("localhost", tmp_path), server=THIS_COMPUTER)
    journal.record(job)
    journal.let_go()
    (lost,) = Journal(tmp_path / "journal").take_lost()
    assert lost.owed is None


def test_the_history_has_it(tmp_path: Path) -> None:
    thread = HistoryThread(tmp_path / "own")
    jobs = JobQueue(nobody, history=thread)
    jobs.submit(negative(tmp_path))
    run_out(jobs)
    thread.finish()
    found = History(tmp_path / "own").search(Query()).entries
    assert sorted((each.path.name, each.beside, each.server) for each in found) == [
        ("wall-height.exr", "height", ""),
        ("wall.png", "", ""),
    ]
    # Nothing but the files is left: each tells by itself what it is.
    other = History(tmp_path / "other")
    other.look([tmp_path / "out"])
    assert sorted((each.path.name, each.width, each.beside) for each in other.search(Query()).entries) == [
        ("wall-height.exr", 48, "height"),
        ("wall.png", 48, ""),
    ]


def test_what_no_folder_takes_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    jobs = JobQueue(nobody)
    job = negative(tmp_path / "file")
    jobs.submit(job)
    (made,) = pictures(run_out(jobs), job)
    assert {each.stored.name for each in made.set} == {"MEMORY"}
    assert {each.path.suffix for each in made.set} == {".png", ".exr"}


def test_this_computer_is_no_server_that_anything_could_be_sent_to() -> None:
    assert (THIS_COMPUTER.url, THIS_COMPUTER.label, THIS_COMPUTER.host) == ("", "this computer", "")
    assert (THIS_COMPUTER.origin, THIS_COMPUTER.port, THIS_COMPUTER.is_loopback) == ("", 0, False)
    assert Server("localhost") != THIS_COMPUTER
    with pytest.raises(InvalidSettings):
        Server(THIS_COMPUTER.url)


def test_a_base_of_tasks_is_no_task_of_its_own() -> None:
    assert "" not in Task.known
    assert Task.known["negative"] is NegativeTask


def test_asked_of_a_client_it_asks_nothing(tmp_path: Path) -> None:
    job, client = negative(tmp_path), EchoClient()
    events = list(job.task.run(client, TaskIO(job.id, job.server)))
    assert [type(each) for each in events] == [PictureDone]
    assert not client.requests


@dataclass(frozen=True)
class LightTask(LocalTask, stored_as="light"):
    """Tells what it is given."""

    picture: Source

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))

    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        if faults:
            raise faults.pop()
        given.append(numbers(self.picture))
        yield TextDone("seen")


given: list[np.ndarray] = []


def floats(channels: int = 4) -> np.ndarray:
    return np.random.default_rng(1).normal(0.5, 2.0, (19, 7, channels)).astype(np.float32)


def light(pixels: np.ndarray, **values: Any) -> Job:
    source = Source(SourceName("IMAGE", "hill"), pixels, encoding=Encoding.LINEAR, **values)
    return Job(uuid.uuid4().hex, "Light", THIS_COMPUTER, LightTask(source))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_floats_that_are_to_stay_floats_do(tmp_path: Path, channels: int) -> None:
    given.clear()
    pixels = floats(channels)
    kept = KeptSources(tmp_path / "sources")
    jobs = JobQueue(nobody, kept=kept)
    jobs.submit(light(pixels, keeps_floats=True, premultiplied=True))
    run_out(jobs)
    assert np.array_equal(given[0], pixels[::-1])
    # From the kept file, as Make Again has it.
    again = kept.keep(light(pixels, keeps_floats=True, premultiplied=True).task)
    kept.wait(again.sources[0])
    (source,) = again.sources
    assert source.path is not None and source.path.suffix == ".exr"
    assert (source.encoding, source.premultiplied) == (Encoding.LINEAR, True)
    assert np.array_equal(numbers(source), pixels[::-1])
    assert source_size(source) == (7, 19)
    assert np.array_equal(
        to_display_bytes(source), to_display_bytes(replace(source, path=None, pixels=pixels))
    )


@pytest.mark.parametrize("is_kept", [True, False])
def test_they_are_floats_after_a_crash_too(tmp_path: Path, is_kept: bool) -> None:
    given.clear()
    faults.append(SourceUnavailable("No."))
    journal = Journal(tmp_path / "journal")
    kept = KeptSources(tmp_path / "sources") if is_kept else None
    jobs = JobQueue(nobody, journal=journal, kept=kept)
    job = light(floats(), keeps_floats=True)
    journal.record(job)
    journal.keep(job, kept.keep(job.task) if kept is not None else None)
    journal.let_go()
    (lost,) = Journal(tmp_path / "journal").take_lost()
    assert lost.owed is not None
    faults.clear()
    jobs.take_up((lost,), BridgeError("Blender ended."))
    assert jobs.retry(lost.owed.id) is not None
    run_out(jobs)
    assert np.array_equal(given[0], floats()[::-1])


def test_other_sources_are_worked_on_as_they_are_displayed(tmp_path: Path) -> None:
    given.clear()
    jobs = JobQueue(nobody)
    jobs.submit(light(floats()))
    pixels = np.arange(64 * 3, dtype=np.uint8).reshape(8, 8, 3)
    jobs.submit(light(pixels, keeps_floats=True))
    run_out(jobs)
    assert [each.dtype for each in given] == [np.uint8, np.uint8]
    assert np.array_equal(given[1], pixels[::-1])
