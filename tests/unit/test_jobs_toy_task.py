# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind of job that only this file knows gets everything that the others have."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import BridgeError, ServerFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Job, JobEnded, JobNotice, JobState, JobText
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, Recipe
from drawthings_addon.jobs.results import keep
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.sources import prepare
from drawthings_addon.jobs.task import Notice, PictureDone, Task, TaskEvent, TaskIO, TextDone
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import ScriptedClient, ends, pictures, poll, run_out, wait_for


@dataclass(frozen=True)
class TwiceTask(Task, stored_as="twice"):
    """Has a picture restyled, and what comes of it restyled again: two requests for one result, `times`."""

    picture: Source
    directory: Path
    words: tuple[str, str] = ("moss", "stone")
    times: int = 1

    @property
    def picture_count(self) -> int:
        return self.times

    def request_share(self, made: int) -> float:
        return 0.5 / self.times

    @property
    def timing_key(self) -> str:
        return "twice"

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))

    def remaining(self, made: int) -> Self:
        return replace(self, times=self.times - made)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        for index in range(self.times):
            image = prepare(self.picture).image
            for prompt in self.words:
                head = png.header(image)
                request = GenerationRequest.of(
                    operation="img2img",
                    prompt=prompt,
                    width=head.width,
                    height=head.height,
                    init_image=image,
                    steps=4,
                )
                with io.asking():
                    (made,) = client.generate(request.changed(sampler="Euler a")).images
                if io.is_cancelled():
                    return
                image = made.png
            recipe = Recipe(GenerationRequest.of(prompt=" ".join(self.words)), io.server.url)
            picture, notice = keep(
                io, made, recipe, None, directory=self.directory, words="twice", mark="0", index=index
            )
            yield Notice(notice or "Made twice.")
            yield PictureDone(picture)
            yield TextDone("done")
            io.answered(self.timing_key, 1.0)


@pytest.fixture
def webui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


def toy(server: str, folder: Path, **values: object) -> Job:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    task = TwiceTask(Source(SourceName("OTHER", "wall"), pixels), folder / "out", **values)  # type: ignore[arg-type] # its fields
    return Job(uuid.uuid4().hex, "Twice", Server(server), task, "the wall")


def test_its_results_notices_and_words_come(webui: StandIn, tmp_path: Path) -> None:
    kept, estimates = KeptSources(tmp_path / "sources"), Estimates()
    jobs = JobQueue(A1111Client, kept=kept, estimates=estimates)
    job = toy(webui.url, tmp_path, times=2)
    jobs.submit(job)
    assert jobs.statuses()[0].job.picture_count == 2
    events = run_out(jobs)
    assert [event.body["prompt"] for event in webui.journal.generations] == ["moss", "stone"] * 2
    made = pictures(events, job)
    assert [(each.title, each.index) for each in made] == [("Twice", 0), ("Twice", 1)]
    assert Recipe.from_json(png.read_text(made[0].path.read_bytes())[CHUNK]).server == webui.url
    assert [event.text for event in events if isinstance(event, JobNotice)] == ["Made twice."] * 2
    assert [event for event in events if isinstance(event, JobText)] == [JobText(job, "done")] * 2
    assert ends(events) == [(job, JobState.DONE)]
    assert estimates.seconds(webui.url, "twice") == 1.0
    assert made[0].made_by is not None, "it can be made again, from the same pixels"
    wait_for(lambda: kept.has(made[0].made_by))


def test_its_progress(webui: StandIn, tmp_path: Path) -> None:
    webui.faults = Faults(delay_per_step=0.3)
    jobs = JobQueue(A1111Client)
    jobs.submit(toy(webui.url, tmp_path))
    fractions: list[float] = []

    def is_over() -> bool:
        working = (status for status in jobs.statuses() if not status.pictures_done)
        fractions.extend(status.fraction for status in working if status.progress is not None)
        return any(isinstance(event, JobEnded) for event in poll(jobs))

    wait_for(is_over)
    assert fractions
    assert max(fractions) <= 0.5, "one request is half of it"


def test_it_is_cancelled_and_the_server_stops(webui: StandIn, tmp_path: Path) -> None:
    webui.faults = Faults(delay_per_step=5.0)
    jobs = JobQueue(A1111Client)
    job = toy(webui.url, tmp_path)
    jobs.submit(job)
    assert webui.wait_until_running()
    jobs.cancel(job.id)
    assert webui.wait_until_idle(5.0)
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    assert len(webui.journal.generations) == 1


def test_it_is_tried_again_for_what_it_owes(tmp_path: Path) -> None:
    client = ScriptedClient([1, 1, ServerFailed("No."), 1, 1])
    jobs = JobQueue(lambda server: client)
    job = toy("localhost", tmp_path, times=2)
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.FAILED)]
    again = jobs.retry(job.id)
    assert again is not None
    assert again.picture_count == 1
    assert len(pictures(run_out(jobs))) == 1


def test_it_is_taken_up_again_after_a_crash(tmp_path: Path) -> None:
    stop = threading.Event()

    class Hanging(ScriptedClient):
        def generate(self, request: GenerationRequest) -> object:  # type: ignore[override] # it never returns
            stop.wait(60.0)
            raise ServerFailed("The end.")

    hanging = Hanging([])
    first = Journal(tmp_path / "journal")
    jobs = JobQueue(lambda server: hanging, journal=first, kept=KeptSources(tmp_path / "sources"))
    job = toy("localhost", tmp_path, times=2)
    jobs.submit(job)
    entry = tmp_path / "journal" / f"{job.id}.json"
    wait_for(lambda: entry.exists() and '"job"' in entry.read_text())
    first.let_go()
    (lost,) = Journal(tmp_path / "journal").take_lost()
    stop.set()
    run_out(jobs)
    owed = lost.owed
    assert owed is not None
    assert (owed.title, owed.target, owed.picture_count) == ("Twice", "the wall", 2)
    again = JobQueue(lambda server: ScriptedClient([1, 1, 1, 1]))
    again.take_up((lost,), BridgeError("Blender ended."))
    (status,) = again.statuses()
    assert (status.state, status.error is not None) == (JobState.FAILED, True)
    tried = again.retry(owed.id)
    assert tried is not None
    assert len(pictures(run_out(again))) == 2
