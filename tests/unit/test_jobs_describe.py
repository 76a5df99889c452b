# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in words waits in the queue as everything else does."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.http.address import Server
from drawthings_addon.errors import ServerFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs.describe import MAX_EDGE, DescribeTask
from drawthings_addon.jobs.job import Job, JobEnded, JobState, JobText
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from tests.unit.jobs_fakes import PATIENCE, EchoClient, ends, make_job, run_out, wait_for

SERVER = Server("localhost")


class TalkingClient(EchoClient):
    def __init__(self) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.seen: list[bytes] = []
        self.fails = False

    def describe(self, image: bytes, model: object = "clip") -> str:
        self.seen.append(image)
        if self.fails:
            raise ServerFailed("No.", status=500)
        return "moss on stone"


def describing(width: int = 96, height: int = 64) -> Job:
    source = Source(SourceName("IMAGE", "wall"), pixels=np.full((height, width, 4), 200, np.uint8))
    return Job(uuid.uuid4().hex, "Describe · wall", SERVER, DescribeTask(source))


def test_its_words_come_back() -> None:
    client, job = TalkingClient(), describing(MAX_EDGE * 2, 64)
    jobs = JobQueue(lambda server: client)
    jobs.submit(job)
    events = run_out(jobs)
    assert [type(event) for event in events] == [JobText, JobEnded]
    assert events[0] == JobText(job, "moss on stone")
    (sent,) = client.seen
    assert png.decode(sent).shape == (32, MAX_EDGE, 3), "small, and without alpha"


def test_it_waits_for_its_turn(tmp_path: Path) -> None:
    client, go = TalkingClient(), threading.Event()
    make = client.generate

    def generate(request: object) -> object:
        assert go.wait(PATIENCE)
        return make(request)  # type: ignore[arg-type] # whatever comes

    client.generate = generate  # type: ignore[method-assign,assignment] # for one test
    jobs = JobQueue(lambda server: client)
    first, second = make_job(SERVER, tmp_path), describing()
    jobs.submit(first)
    jobs.submit(second)
    wait_for(lambda: [each.state for each in jobs.statuses()] == [JobState.RUNNING, JobState.WAITING])
    assert client.seen == []
    go.set()
    assert ends(run_out(jobs)) == [(first, JobState.DONE), (second, JobState.DONE)]


def test_one_that_fails_can_be_tried_again() -> None:
    client, job = TalkingClient(), describing()
    client.fails = True
    jobs = JobQueue(lambda server: client)
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.FAILED)]
    client.fails = False
    again = jobs.retry(job.id)
    assert again is not None
    assert JobText(again, "moss on stone") in run_out(jobs)


def test_nothing_of_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(Journal, "record", lambda *values, **_: written.append(values))
    jobs = JobQueue(
        lambda server: TalkingClient(),
        journal=Journal(tmp_path / "journal"),
        kept=KeptSources(tmp_path / "sources"),
    )
    jobs.submit(describing())
    run_out(jobs)
    assert written == []
    assert not list(tmp_path.rglob("*.png"))
