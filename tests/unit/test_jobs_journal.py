# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender that ends in the middle of a job: what the next one is told."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from campaign import share
from drawthings_addon.jobs import locks
from drawthings_addon.jobs.job import JobEnded
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.journal_entry import MAX_AGE, LostJob
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.storage import PART
from local_server import Entry, Faults, StandIn
from tests.unit.jobs_fakes import EchoClient, GatedClient, make_job, run_out, wait_for

pytestmark = pytest.mark.timing

REPOSITORY = Path(__file__).resolve().parents[2]

#: A process with one job: arguments are the repository, a folder, the server's address and the number of
#: pictures. It says so when the job runs, and leaves when it hears anything or when the job has ended.
BLENDER = """
import sys, threading, time
from pathlib import Path
repository, folder, server, count = sys.argv[1:]
sys.path.insert(0, repository)
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.request import (GenerationRequest)
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue

folder = Path(folder)
jobs = JobQueue(
    DrawThingsClient, journal=Journal(folder / "journal"), estimates=Estimates(folder / "estimates.json")
)
request = GenerationRequest.of(prompt="moss on “stone”", width=128, height=128, steps=1)
for number in range(2):
    name, title = f"job{number}", f"Texture {number}"
    jobs.submit(Job(name, title, Server(server), GenerateTask(request, folder / "out", count=int(count))))
while not any(status.state is JobState.RUNNING for status in jobs.statuses()):
    time.sleep(0.01)
print("running", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_blender(
    folder: Path, server: StandIn, count: int = 1, program: str = BLENDER
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(REPOSITORY), str(folder), server.url, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def write_entry(folder: Path, name: str = "job", **changes: object) -> Path:
    entry = {
        "title": "Texture",
        "prompt": "moss",
        "started": "2026-08-01T12:00:00+00:00",
        "pictures": ["/out/moss-1.png"],
        "process": 2**22 + 1,
        "ended": False,
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(entry | changes), "utf-8")
    return path


LOST = LostJob("Texture", "moss", "2026-08-01T12:00:00+00:00", (Path("/out/moss-1.png"),))


# Processes


def test_a_killed_process_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    def first_quick_then_slow(entry: Entry) -> None:
        if entry.is_generation:
            server.faults = Faults(delay=600)

    with StandIn(on_entry=first_quick_then_slow) as server, another_blender(tmp_path, server, 3) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        journal = Journal(tmp_path / "journal")
        written = tmp_path / "journal" / "job0.json"
        wait_for(lambda: written.exists() and json.loads(written.read_text())["pictures"])
        wait_for(lambda: (tmp_path / "journal" / "job1.json").exists())
        assert journal.take_lost() == (), "it is not lost while its process lives"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        running, waiting = journal.take_lost()
    assert (running.title, running.prompt) == ("Texture 0", "moss on “stone”")
    (picture,) = running.pictures
    assert picture.is_file()
    assert waiting.title == "Texture 1"
    assert waiting.pictures == ()
    assert running.started.endswith("+00:00")
    assert Journal(tmp_path / "journal").take_lost() == ()


def test_leaving_in_the_middle_of_a_job_is_silent(tmp_path: Path) -> None:
    with StandIn(faults=Faults(delay=600)) as server, another_blender(tmp_path, server) as process:
        assert server.wait_until_running()
        wait_for(lambda: len(list((tmp_path / "journal").glob("*.json"))) == 2)
        output, complaints = process.communicate("leave\n", timeout=30)
        assert (process.returncode, output, complaints) == (0, "running\n", "")
        assert [lost.title for lost in Journal(tmp_path / "journal").take_lost()] == [
            "Texture 0",
            "Texture 1",
        ]


@pytest.mark.campaign
@pytest.mark.parametrize("attempt", range(share(40)))
def test_leaving_at_any_moment_is_silent(stand_in: StandIn, tmp_path: Path, attempt: int) -> None:
    """The workers are now encoding, writing, recording, starting threads."""
    with another_blender(tmp_path, stand_in, 40) as process:
        wait_for(lambda: len(stand_in.journal.generations) > attempt % 10 * 3)
        _, complaints = process.communicate("leave\n", timeout=30)
        assert (process.returncode, complaints) == (0, "")
    for path in (tmp_path / "out").glob("*.png"):
        assert path.read_bytes().endswith(b"IEND\xaeB`\x82"), "whole or not there"


# Entries


def test_a_job_is_recorded_until_its_end_was_shown(tmp_path: Path) -> None:
    client = GatedClient()
    jobs = JobQueue(lambda server: client, journal=Journal(tmp_path / "journal"))
    job = make_job("localhost", tmp_path / "out", title="Texture")
    path = tmp_path / "journal" / f"{job.id}.json"
    jobs.submit(job)
    wait_for(path.exists)
    recorded = json.loads(path.read_text())
    assert (recorded["title"], recorded["ended"], recorded["pictures"]) == ("Texture", False, [])
    client.open()
    (done, ended) = run_out(jobs)
    assert isinstance(ended, JobEnded)
    recorded_later = json.loads(path.read_text())
    assert recorded_later["ended"]
    assert recorded_later["pictures"] == [str(done.picture.path)]
    assert recorded_later["started"] == recorded["started"]
    jobs.acknowledge(job)
    wait_for(lambda: not path.exists())
    wait_for(lambda: jobs.is_idle)


def test_what_nobody_was_told_is_told_after_an_update(tmp_path: Path) -> None:
    """A new journal in the same process: the one of the old modules is gone with its queue."""
    jobs = JobQueue(lambda server: EchoClient(), journal=Journal(tmp_path / "journal"))
    jobs.submit(make_job("localhost", tmp_path / "out", title="Texture"))
    run_out(jobs)
    (lost,) = Journal(tmp_path / "journal").take_lost()
    assert (lost.title, len(lost.pictures)) == ("Texture", 1)


def test_a_journal_does_not_take_its_own_jobs_for_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    running, ended, told = (make_job("localhost", tmp_path) for _ in range(3))
    journal.record(running)
    journal.record(ended, ended=True)
    journal.record(told, ended=True)
    journal.close(told)
    assert journal.take_lost() == ()
    assert len(list(tmp_path.glob("*.json"))) == 2
    journal.close(running)
    journal.close(ended)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_repeats_hides_no_lost_job_and_tells_of_no_running_one(
    stand_in: StandIn, tmp_path: Path
) -> None:
    """Another Blender whose process has this one's number, as in two containers that share a folder."""
    stand_in.faults = Faults(delay=3600)
    folder = tmp_path / "journal"
    program = f"import os\nos.getpid = lambda: {os.getpid()}\n{BLENDER}"
    with another_blender(tmp_path, stand_in, program=program):
        wait_for(lambda: len(list(folder.glob("*.json"))) == 2)
        assert Journal(folder).take_lost() == (), "it runs"
    assert {job.title for job in Journal(folder).take_lost()} == {"Texture 0", "Texture 1"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("has_locks", [True, False])
def test_an_entry_of_this_number_from_before_this_process_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_locks: bool
) -> None:
    def no_locks(_handle: int) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    if not has_locks:
        monkeypatch.setattr(locks, "_take", no_locks)
    kept = write_entry(tmp_path, "kept", process=os.getpid(), lock="" if has_locks else "a" * 32)
    if not has_locks:
        (tmp_path / f"{'a' * 32}.lock").touch()
    path = write_entry(tmp_path, process=os.getpid())
    yesterday = time.time() - 24 * 3600
    os.utime(path, (yesterday, yesterday))
    assert Journal(tmp_path).take_lost() == (LOST,)
    assert kept.exists()


def test_a_journal_whose_lock_was_removed_by_somebody_is_not_taken_for_dead(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.faults = Faults(delay=3600)
    folder = tmp_path / "journal"
    with another_blender(tmp_path, stand_in):
        wait_for(lambda: len(list(folder.glob("*.json"))) == 2)
        for path in folder.glob("*.lock"):
            path.unlink()
        assert Journal(folder).take_lost() == ()
    assert len(Journal(folder).take_lost()) == 2


def test_a_lock_that_somebody_removed_is_made_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.record(make_job("localhost", tmp_path))
    (lock,) = tmp_path.glob("*.lock")
    lock.unlink()
    journal.record(make_job("localhost", tmp_path))
    assert len(list(tmp_path.glob("*.lock"))) == 1


def test_without_locks_jobs_are_recorded_and_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_handle: int) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(locks, "_take", no_locks)
    Journal(tmp_path).record(make_job("localhost", tmp_path, title="Texture"), ended=True)
    (lost,) = Journal(tmp_path).take_lost()
    assert lost.title == "Texture"


def test_all_are_told_however_many(tmp_path: Path) -> None:
    for number in range(500):
        write_entry(tmp_path, f"job{number}", title=f"Texture {number}")
    assert len({job.title for job in Journal(tmp_path).take_lost()}) == 500


def test_what_killed_writers_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / f"{PART}{'0' * 32}"
    left.write_bytes(b"half an entry")
    (tmp_path / f"{'b' * 32}.lock").touch()
    (tmp_path / "another.lock").touch()
    Journal(tmp_path).take_lost()
    assert [path.name for path in tmp_path.iterdir()] == ["another.lock"]


@pytest.mark.parametrize("lock", ["../../x", "x" * 5000, 7, None, ["a"], {"a": 1}, "A" * 32, "\0" * 32])
def test_a_strange_name_of_a_lock_is_none(tmp_path: Path, lock: object) -> None:
    write_entry(tmp_path, lock=lock)
    assert Journal(tmp_path).take_lost() == (LOST,)


@pytest.mark.parametrize("ended", [False, True])
def test_entries_of_another_running_process_are_left_alone(tmp_path: Path, ended: bool) -> None:
    path = write_entry(tmp_path, process=os.getppid(), ended=ended)
    assert Journal(tmp_path).take_lost() == ()
    assert path.exists()


def test_open_entries_of_this_process_are_left_alone(tmp_path: Path) -> None:
    path = write_entry(tmp_path, process=os.getpid())
    assert Journal(tmp_path).take_lost() == ()
    assert path.exists()


def test_a_process_number_that_was_given_to_another_is_seen_through(tmp_path: Path) -> None:
    path = write_entry(tmp_path, process=os.getppid())
    long_ago = time.time() - MAX_AGE - 60
    os.utime(path, (long_ago, long_ago))
    assert Journal(tmp_path).take_lost() == (LOST,)
    assert not path.exists()


@pytest.mark.parametrize("process", [0, -1, 2**31, 2**40, 10**400, True])
def test_a_process_that_cannot_be_does_not_run(tmp_path: Path, process: int) -> None:
    if process is True and os.getpid() == 1:
        pytest.skip("this is process 1")
    path = write_entry(tmp_path, process=process)
    lost = Journal(tmp_path).take_lost()
    if process is True:
        assert lost == (), "1 is init, which runs"
    else:
        assert lost in ((LOST,), ()), "told, or taken for damaged"
        assert not path.exists()


DAMAGED = {
    "empty": b"",
    "cut off": b'{"title": "Tex',
    "not text": b"\xff\xfe\x00",
    "list": b"[]",
    "number": b"7",
    "null": b"null",
    "nothing": b"{}",
    "deep": b"[" * 100_000,
    "long number": b'{"process": ' + b"1" * 10_000 + b"}",
    "infinite process": b'{"process": Infinity, "ended": false}',
    "process": b'{"process": "x", "ended": false}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_entry_tells_nothing_and_goes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "damaged.json").write_bytes(content)
    write_entry(tmp_path, "good")
    assert Journal(tmp_path).take_lost() == (LOST,)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"title": 3}, {"prompt": ["moss"]}, {"pictures": [1]}, {"title": "\ud800"}, {"pictures": ["\udfff"]}],
    ids=str,
)
def test_an_entry_with_wrong_values_tells_nothing_and_goes(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    write_entry(tmp_path, **changes)
    assert Journal(tmp_path).take_lost() == ()
    assert list(tmp_path.iterdir()) == []


def test_other_things_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "notes.txt").write_text("the artist's")
    write_entry(tmp_path)
    assert Journal(tmp_path).take_lost() == (LOST,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.json", "notes.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files there")
@pytest.mark.parametrize("name", ["1" * 32 + ".json", "0" * 32 + ".lock"])
def test_nothing_is_waited_for_or_followed_out_of_the_folder(tmp_path: Path, name: str) -> None:
    journal, elsewhere = tmp_path / "journal", tmp_path / "elsewhere"
    write_entry(tmp_path).rename(elsewhere)
    journal.mkdir()
    write_entry(journal)
    os.mkfifo(journal / name)
    taken: list[tuple[LostJob, ...]] = []
    thread = threading.Thread(target=lambda: taken.append(Journal(journal).take_lost()), daemon=True)
    thread.start()
    thread.join(20.0)
    assert taken == [(LOST,)], "a pipe is waited for"
    for target in (elsewhere, tmp_path / "nothing"):
        (journal / name).unlink()
        (journal / name).symlink_to(target)
        write_entry(journal)
        assert Journal(journal).take_lost() == (LOST,)
        assert (elsewhere.exists(), (tmp_path / "nothing").exists()) == (True, False)


def test_a_folder_that_is_not_there_or_a_file(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none").take_lost() == ()
    (tmp_path / "file").touch()
    journal = Journal(tmp_path / "file")
    assert journal.take_lost() == ()
    journal.record(make_job("localhost", tmp_path))
    journal.close(make_job("localhost", tmp_path))


def test_of_two_that_look_at_once_one_tells(tmp_path: Path) -> None:
    for number in range(50):
        write_entry(tmp_path, f"job{number}")
    told: list[tuple[LostJob, ...]] = []
    threads = [threading.Thread(target=lambda: told.append(Journal(tmp_path).take_lost())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, told)) == 50
