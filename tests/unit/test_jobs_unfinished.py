# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that the server was told to end early comes half made, and is known to be so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.http.address import Server
from drawthings_addon.errors import BridgeError, FeatureMissing
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Job
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import Recipe
from local_server import Faults, StandIn
from tests.unit.a1111_talk import post
from tests.unit.jobs_fakes import make_job, pictures, run_out, wait_for

# As of progress: what a server tells in its time, and tests/blender/test_unfinished.py in every Blender.
pytestmark = pytest.mark.once


def order(server: StandIn, tmp_path: Path, count: int = 1) -> Job:
    return make_job(server.url, tmp_path, steps=20, sampler="Euler a", count=count)


def told_steps(jobs: JobQueue) -> Callable[[], bool]:
    def are_told() -> bool:
        progress = jobs.statuses()[0].progress
        return progress is not None and progress.step > 0

    return are_told


def skip(jobs: JobQueue, server: Server) -> BridgeError | None:
    """What came of the order."""
    told: list[BridgeError | None] = []
    jobs.skip(server, lambda _none, error: told.append(error))

    def is_told() -> bool:
        answer = jobs.mailbox.next_answer()
        if answer is not None:
            answer()
        return bool(told)

    wait_for(is_told)
    return told[0]


def test_a_skipped_picture_says_so_and_teaches_no_time(tmp_path: Path) -> None:
    estimates = Estimates()
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.2)) as server:
        jobs = JobQueue(A1111Client, estimates=estimates)
        job = order(server, tmp_path, count=2)
        jobs.submit(job)
        wait_for(told_steps(jobs))
        assert skip(jobs, job.server) is None
        wait_for(lambda: jobs.statuses()[0].pictures_done == 1)
        assert estimates.seconds(job.server.url, job.task.timing_key) is None
        server.faults = Faults()
        skipped, whole = pictures(run_out(jobs))
    words = skipped.recipe.unfinished.split()
    assert words[:3] == ["skipped", "at", "step"]
    assert 0 < int(words[3]) < 20
    assert words[4:] == ["of", "20"]
    assert whole.recipe.unfinished == ""
    assert estimates.seconds(job.server.url, job.task.timing_key) is not None
    assert skipped.path.is_file()
    assert Recipe.from_json(skipped.recipe.text).unfinished == skipped.recipe.unfinished


@pytest.mark.parametrize("how", ["skipped", "interrupted"])
def test_what_is_ended_at_the_server_itself_is_found_out(tmp_path: Path, how: str) -> None:
    """Nothing in the answer tells of it, and the next look at the progress comes too late."""
    estimates = Estimates()
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.3)) as server:
        jobs = JobQueue(A1111Client, estimates=estimates)
        job = order(server, tmp_path)
        jobs.submit(job)
        wait_for(told_steps(jobs))
        post(server, "skip" if how == "skipped" else "interrupt")
        (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished.startswith(f"{how} at step ")
    assert picture.recipe.unfinished.endswith(" by somebody else")
    assert estimates.seconds(job.server.url, job.task.timing_key) is None


def test_what_is_ended_in_its_first_step_is_found_out(tmp_path: Path) -> None:
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=3.0)) as server:
        jobs = JobQueue(A1111Client)
        jobs.submit(order(server, tmp_path))
        wait_for(lambda: jobs.statuses()[0].progress is not None)
        post(server, "skip")
        (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished.startswith("skipped")


def test_a_whole_picture_that_came_soon_is_whole(tmp_path: Path) -> None:
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.3)) as server:
        jobs = JobQueue(A1111Client)
        jobs.submit(order(server, tmp_path))
        wait_for(told_steps(jobs))
        server.faults = Faults()
        (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished == ""


def test_a_skip_that_failed_skipped_nothing(tmp_path: Path) -> None:
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.2)) as server:
        jobs = JobQueue(A1111Client)
        job = order(server, tmp_path)
        jobs.submit(job)
        wait_for(told_steps(jobs))
        server.faults = Faults(delay_per_step=0.2, missing=("/sdapi/v1/skip",))
        assert isinstance(skip(jobs, job.server), FeatureMissing)
        server.faults = Faults()
        (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished == ""


def test_a_skip_while_it_waits_ends_neither_what_it_waits_for_nor_this_one(tmp_path: Path) -> None:
    """Of another's job, which the same server makes first."""
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.1)) as server:
        others, jobs = JobQueue(A1111Client), JobQueue(A1111Client)
        others.submit(order(server, tmp_path / "others"))
        wait_for(told_steps(others))
        job = order(server, tmp_path)
        jobs.submit(job)
        wait_for(lambda: jobs.statuses()[0].is_waiting_there)
        error = skip(jobs, job.server)
        assert error is not None and "has not begun" in error.what
        (picture,) = pictures(run_out(jobs))
        (anothers,) = pictures(run_out(others))
    assert [each.recipe.unfinished for each in (anothers, picture)] == ["", ""]
    assert not any(entry.path.endswith("/skip") for entry in server.journal)


def test_skipping_where_nothing_runs_is_harmless(tmp_path: Path) -> None:
    with StandIn(dialect="A1111") as server:
        jobs = JobQueue(A1111Client)
        job = order(server, tmp_path)
        assert skip(jobs, job.server) is None
        jobs.submit(job)
        (picture,) = pictures(run_out(jobs))
    assert picture.recipe.unfinished == ""
    assert not any(entry.path.endswith("/skip") for entry in server.journal), "what runs there is another's"


def test_a_server_that_does_not_tell_how_it_ended_delays_nothing(tmp_path: Path) -> None:
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=0.3)) as server:
        jobs = JobQueue(A1111Client)
        jobs.submit(order(server, tmp_path))
        wait_for(told_steps(jobs))
        server.faults = Faults(delay_per_step=0.3, delay_get=60)
        began = time.monotonic()
        post(server, "interrupt")
        assert len(pictures(run_out(jobs))) == 1
        assert time.monotonic() - began < 10
        server.faults = Faults()
