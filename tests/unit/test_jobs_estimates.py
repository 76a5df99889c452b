# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a picture takes, learnt from earlier ones."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.jobs.estimates import KEPT_KEYS, KEPT_RUNS, Estimates
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.timing import timing_key
from local_server import StandIn
from tests.unit.jobs_fakes import make_job, run_out

SERVER = "http://127.0.0.1:7860"
MOSS = timing_key(GenerationRequest.of(prompt="moss"))


def test_nothing_is_guessed_at() -> None:
    assert Estimates().seconds(SERVER, MOSS) is None


def test_one_slow_run_is_outvoted() -> None:
    estimates = Estimates()
    for seconds in (60.0, 10.0, 11.0):
        estimates.learn(SERVER, MOSS, seconds)
    assert estimates.seconds(SERVER, MOSS) == 11.0


def test_old_runs_are_forgotten() -> None:
    estimates = Estimates()
    for seconds in (1.0, 1.0, 1.0, *[9.0] * KEPT_RUNS):
        estimates.learn(SERVER, MOSS, seconds)
    assert estimates.seconds(SERVER, MOSS) == 9.0


@pytest.mark.parametrize(
    "other",
    [
        GenerationRequest.of(width=512),
        GenerationRequest.of(height=512),
        GenerationRequest.of(steps=3),
        GenerationRequest.of(model="m.ckpt"),
        GenerationRequest(operation="img2img"),
    ],
)
def test_what_takes_another_time_is_learnt_apart(other: GenerationRequest) -> None:
    estimates = Estimates()
    estimates.learn(SERVER, MOSS, 10.0)
    assert estimates.seconds(SERVER, timing_key(other)) is None
    assert estimates.seconds("http://10.0.0.2:7860", MOSS) is None
    assert estimates.seconds(SERVER, timing_key(GenerationRequest.of(prompt="stone", seed=9))) == 10.0


def test_a_queue_learns_from_the_server(stand_in: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "user" / "estimates.json"
    jobs = JobQueue(DrawThingsClient, estimates=Estimates(path))
    job = make_job(stand_in.url, tmp_path, count=3)
    jobs.submit(job)
    run_out(jobs)
    loaded = Estimates(path)
    loaded.load()
    seconds = loaded.seconds(job.server.url, job.task.timing_key)
    assert seconds is not None
    assert 0 < seconds < 60
    assert [len(runs) for runs in json.loads(path.read_text()).values()] == [3]


def test_what_is_learnt_from_a_source_is_found_by_its_job(stand_in: StandIn, tmp_path: Path) -> None:
    """A job says the size of its fitted source, so that a panel need not prepare it to know."""
    estimates = Estimates()
    jobs = JobQueue(DrawThingsClient, estimates=estimates)
    source = Source(SourceName("OTHER", "image"), pixels=np.zeros((150, 100, 3), np.uint8))
    job = make_job(stand_in.url, tmp_path, source=source, width=128, height=192)
    jobs.submit(job)
    run_out(jobs)
    assert estimates.seconds(job.server.url, job.task.timing_key) is not None


# The file


@settings(max_examples=share(200))
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_it_is_kept_between_starts(tmp_path_factory: pytest.TempPathFactory, runs: list[float]) -> None:
    path = tmp_path_factory.mktemp("user") / "estimates.json"
    estimates = Estimates(path)
    for seconds in runs:
        estimates.learn(SERVER, MOSS, seconds)
    estimates.write()
    again = Estimates(path)
    again.load()
    assert again.seconds(SERVER, MOSS) == estimates.seconds(SERVER, MOSS)


def test_what_was_learnt_before_the_file_was_read_stays(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    early = Estimates(path)
    early.learn(SERVER, MOSS, 5.0)
    early.write()
    late = Estimates(path)
    late.learn(SERVER, timing_key(GenerationRequest.of(steps=1)), 1.0)
    late.load()
    assert late.seconds(SERVER, MOSS) == 5.0
    assert late.seconds(SERVER, timing_key(GenerationRequest.of(steps=1))) == 1.0


KEY = f"{SERVER} as set in the app txt2img 1024x1024 20"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        *(
            json.dumps({KEY: values}).encode()
            for values in (
                None,
                7,
                "12",
                {},
                [],
                ["x"],
                [None],
                [[1]],
                [math.nan],
                [math.inf],
                [-1.0],
                [10**400],
            )
        ),
    ],
    ids=lambda content: content[-30:],
)
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "estimates.json"
    path.write_bytes(content)
    estimates = Estimates(path)
    estimates.load()
    assert estimates.seconds(SERVER, MOSS) is None
    estimates.learn(SERVER, MOSS, 4.0)
    estimates.write()
    again = Estimates(path)
    again.load()
    assert again.seconds(SERVER, MOSS) == 4.0


def test_damage_in_one_place_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    path.write_text(json.dumps({"other": "x", KEY: [3.0, "x", 5.0, 4.0]}))
    estimates = Estimates(path)
    estimates.load()
    assert estimates.seconds(SERVER, MOSS) == 4.0


def test_a_file_that_is_not_there_or_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for estimates in (
        Estimates(),
        Estimates(tmp_path / "none.json"),
        Estimates(tmp_path / "file" / "x.json"),
    ):
        estimates.load()
        estimates.learn(SERVER, MOSS, 2.0)
        estimates.write()
        assert estimates.seconds(SERVER, MOSS) == 2.0


def test_the_oldest_kinds_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    path.write_text(json.dumps({f"kind {number}": [1.0] * 9 for number in range(KEPT_KEYS * 3)}))
    estimates = Estimates(path)
    estimates.load()
    estimates.learn(SERVER, MOSS, 2.0)
    estimates.write()
    kept = json.loads(path.read_text())
    assert len(kept) == KEPT_KEYS
    assert list(kept)[-2:] == [f"kind {KEPT_KEYS * 3 - 1}", KEY]
    assert max(map(len, kept.values())) == KEPT_RUNS


@pytest.mark.timing
def test_any_thread_may_learn_and_ask(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    estimates = Estimates(path)
    problems: list[object] = []

    def work(steps: int) -> None:
        try:
            request = GenerationRequest.of(steps=steps)
            for _ in range(KEPT_RUNS):
                estimates.learn(SERVER, timing_key(request), float(steps))
                if estimates.seconds(SERVER, timing_key(request)) != steps:
                    problems.append(steps)
                estimates.load()
                if steps == 1:
                    # One thread writes, as the queue's for the disk.
                    estimates.write()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(steps,)) for steps in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    estimates.write()
    assert problems == []
    again = Estimates(path)
    again.load()
    for steps in range(1, 9):
        assert again.seconds(SERVER, timing_key(GenerationRequest.of(steps=steps))) == steps
