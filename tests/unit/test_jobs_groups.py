# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that belong together: their order, their end, and what the next start makes of those of this one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.errors import BridgeError, ServerFailed
from drawthings_addon.jobs.group import Group
from drawthings_addon.jobs.job import Event, GroupDone, Job, JobEnded, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from tests.unit.jobs_fakes import (
    EchoClient,
    GatedClient,
    ScriptedClient,
    ends,
    make_job,
    pictures,
    run_out,
    wait_for,
)

GROUP = Group("abcdef0123456789" * 2, 3, completion="tell", values="of the wall")
IN_ORDER = replace(GROUP, in_order=True)
WHY = BridgeError("Blender ended.")


def members(folder: Path, group: Group = GROUP) -> list[Job]:
    found = []
    for index in range(group.size):
        pixels = np.full((64, 64, 3), index, np.uint8)
        source = Source(SourceName("IMAGE", f"view {index}"), pixels)
        job = make_job("localhost", folder / "out", title=f"View {index}", source=source, seed=index)
        found.append(replace(job, member=group.member(index), target=f"target {index}"))
    return found


def queue(folder: Path, client: EchoClient) -> tuple[JobQueue, Journal]:
    journal, kept = Journal(folder / "journal"), KeptSources(folder / "sources")
    return JobQueue(lambda server: client, journal=journal, kept=kept), journal


def shown(jobs: JobQueue) -> list[Event]:
    """All events, each end acknowledged as the session does it, and those of groups left to the test."""
    events = run_out(jobs)
    for event in events:
        if isinstance(event, JobEnded):
            jobs.acknowledge(event.job)
    run_out(jobs)
    return events


def groups_done(events: list[Event]) -> list[GroupDone]:
    return [event for event in events if isinstance(event, GroupDone)]


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "journal").iterdir() if path.suffix == ".json")


def test_when_all_are_done(tmp_path: Path) -> None:
    jobs, _journal = queue(tmp_path, EchoClient())
    of_group = members(tmp_path)
    for job in of_group:
        jobs.submit(job)
    events = shown(jobs)
    (done,) = groups_done(events)
    assert events[-1] is done, "after all the ends"
    assert (done.group, done.jobs) == (GROUP, tuple(of_group))
    assert [made for (made,) in done.pictures] == [picture.path for picture in pictures(events)]
    assert len(entries(tmp_path)) == 3, "until what is to happen has happened"
    jobs.acknowledge_group(done)
    run_out(jobs)
    assert list((tmp_path / "journal").iterdir()) == []


def test_one_that_fails_is_waited_for(tmp_path: Path) -> None:
    jobs, _journal = queue(tmp_path, ScriptedClient([1, ServerFailed("No."), 1, 1]))
    of_group = members(tmp_path)
    for job in of_group:
        jobs.submit(job)
    events = shown(jobs)
    assert [state for _job, state in ends(events)] == [JobState.DONE, JobState.FAILED, JobState.DONE]
    assert groups_done(events) == []
    assert jobs.owed_with(of_group[1].id) == (of_group[1].id,)
    assert jobs.retry(of_group[1].id) is not None
    (done,) = groups_done(shown(jobs))
    assert [job.title for job in done.jobs] == ["View 0", "View 1", "View 2"]


def test_in_order_nothing_is_made_behind_one_that_failed(tmp_path: Path) -> None:
    client = ScriptedClient([1, ServerFailed("No."), 1, 1])
    jobs, _journal = queue(tmp_path, client)
    of_group = members(tmp_path, IN_ORDER)
    for job in of_group:
        jobs.submit(job)
    events = shown(jobs)
    assert [state for _job, state in ends(events)] == [JobState.DONE, JobState.FAILED, JobState.FAILED]
    assert len(client.requests) == 2
    assert "What comes before it failed." in str(jobs.statuses()[1].error)
    owed = jobs.owed_with(of_group[2].id)
    assert owed == (of_group[1].id, of_group[2].id), "in the group's order, whichever is tried again"
    for job_id in owed:
        assert jobs.retry(job_id) is not None
    (done,) = groups_done(shown(jobs))
    assert [request.sampling.seed for request in client.requests] == [0, 1, 1, 2]
    assert len(done.pictures) == 3


def test_in_order_no_artist_moves_one_before_what_it_needs(tmp_path: Path) -> None:
    client = GatedClient()
    jobs, _journal = queue(tmp_path, client)
    other = make_job("localhost", tmp_path, title="other")
    jobs.submit(other)
    of_group = members(tmp_path, IN_ORDER)
    for job in of_group:
        jobs.submit(job)
    jobs.move(of_group[2].id, -2)
    client.open(9)
    assert [job for job, _state in ends(run_out(jobs))] == [other, *of_group]


@pytest.mark.parametrize("group", [GROUP, IN_ORDER], ids=["any order", "in order"])
def test_one_that_is_cancelled_is_the_end_of_it(tmp_path: Path, group: Group) -> None:
    client = GatedClient()
    jobs, _journal = queue(tmp_path, client)
    of_group = members(tmp_path, group)
    for job in of_group:
        jobs.submit(job)
    wait_for(lambda: client.requests)
    jobs.cancel(of_group[1].id)
    client.open(9)
    events = shown(jobs)
    assert groups_done(events) == []
    states = {job.title: state for job, state in ends(events)}
    last = JobState.CANCELLED if group.in_order else JobState.DONE
    assert states == {"View 0": JobState.DONE, "View 1": JobState.CANCELLED, "View 2": last}
    assert list((tmp_path / "journal").iterdir()) == []


def test_one_that_is_dismissed_is_the_end_of_it(tmp_path: Path) -> None:
    jobs, _journal = queue(tmp_path, ScriptedClient([1, ServerFailed("No."), 1]))
    of_group = members(tmp_path)
    for job in of_group:
        jobs.submit(job)
    shown(jobs)
    jobs.dismiss(of_group[1].id)
    run_out(jobs)
    assert list((tmp_path / "journal").iterdir()) == []


def killed_after(folder: Path, script: list[int | BaseException], group: Group = IN_ORDER) -> None:
    """A process that ends when so much of a group is made; what it fails at it shows before."""
    jobs, journal = queue(folder, ScriptedClient(script))
    for job in members(folder, group):
        jobs.submit(job)
    shown(jobs)
    journal.let_go()


def test_after_a_crash_it_goes_on_in_order_and_makes_nothing_again(tmp_path: Path) -> None:
    killed_after(tmp_path, [1, ServerFailed("No.")])
    client = EchoClient()
    jobs, journal = queue(tmp_path, client)
    jobs.take_up(journal.take_lost(), WHY)
    first, second = (status.job for status in jobs.statuses())
    assert [first.target, second.target] == ["target 1", "target 2"]
    assert jobs.owed_with(second.id) == (first.id, second.id)
    for job_id in jobs.owed_with(second.id):
        jobs.retry(job_id)
    (done,) = groups_done(shown(jobs))
    assert [request.sampling.seed for request in client.requests] == [1, 2]
    assert (done.group, [job.target for job in done.jobs]) == (IN_ORDER, [f"target {n}" for n in range(3)])
    assert all(path.is_file() for made in done.pictures for path in made)
    jobs.acknowledge_group(done)
    run_out(jobs)
    assert list((tmp_path / "journal").iterdir()) == []


def test_what_was_to_happen_at_the_end_happens_at_the_next_start(tmp_path: Path) -> None:
    """All was made, and Blender ended before that was carried out."""
    killed_after(tmp_path, [1, 1, 1])
    jobs, journal = queue(tmp_path, EchoClient())
    jobs.take_up(journal.take_lost(), WHY)
    assert jobs.statuses() == ()
    (done,) = groups_done(run_out(jobs))
    assert (done.group, len(done.pictures)) == (IN_ORDER, 3)
    jobs.acknowledge_group(done)
    run_out(jobs)
    assert list((tmp_path / "journal").iterdir()) == []


def test_what_can_never_be_whole_is_not_kept_for_ever(tmp_path: Path) -> None:
    killed_after(tmp_path, [1, ServerFailed("No."), 1], GROUP)
    (entry,) = (path for path in (tmp_path / "journal").glob("*.json") if "View 1" in path.read_text())
    entry.unlink()
    jobs, journal = queue(tmp_path, EchoClient())
    jobs.take_up(journal.take_lost(), WHY)
    assert groups_done(run_out(jobs)) == []
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_group_is_tried_again_however_often_blender_ends(tmp_path: Path) -> None:
    script: list[int | BaseException] = [1, ServerFailed("No."), ServerFailed("No.")]
    killed_after(tmp_path, script)
    for _ in range(2):
        jobs, journal = queue(tmp_path, ScriptedClient([ServerFailed("No.")]))
        jobs.take_up(journal.take_lost(), WHY)
        owed = [status.job for status in jobs.statuses()]
        assert [job.title for job in owed] == ["View 1", "View 2"]
        for job_id in jobs.owed_with(owed[0].id):
            jobs.retry(job_id)
        shown(jobs)
        journal.let_go()
    jobs, journal = queue(tmp_path, EchoClient())
    jobs.take_up(journal.take_lost(), WHY)
    for job_id in jobs.owed_with(jobs.statuses()[0].job.id):
        jobs.retry(job_id)
    assert len(groups_done(shown(jobs))) == 1


def test_however_many_of_a_group_fail_they_keep_files_and_no_pixels(tmp_path: Path) -> None:
    group = replace(GROUP, size=20)
    jobs, _journal = queue(tmp_path, ScriptedClient([ServerFailed("No.")] * 20))
    for job in members(tmp_path, group):
        jobs.submit(job)
    shown(jobs)
    statuses = jobs.statuses()
    assert len(statuses) == 20, "more than others that are kept for another try"
    assert all(source.pixels is None for status in statuses for source in status.job.task.sources)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_such_member(index: int) -> None:
    with pytest.raises(ValueError, match="no such job"):
        GROUP.member(index)
