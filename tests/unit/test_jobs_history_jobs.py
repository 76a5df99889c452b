# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every picture of every job goes into the history, and no job waits for that."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drawthings_addon.client.answer import Answer, GeneratedImage
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import BridgeError, StorageFailed
from drawthings_addon.jobs import results, unwritten
from drawthings_addon.jobs.history.entry import Entry, identity_of
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query
from drawthings_addon.jobs.history.thread import HistoryThread
from drawthings_addon.jobs.job import JobState
from drawthings_addon.jobs.queue import JobQueue
from tests.unit.history_fakes import recipe_of, write
from tests.unit.jobs_fakes import (
    EchoClient,
    GatedClient,
    ends,
    make_job,
    pictures,
    run_out,
    wait_for,
)

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def thread(tmp_path: Path) -> HistoryThread:
    return HistoryThread(tmp_path / "own")


def asked(thread: HistoryThread, jobs: JobQueue, question: Callable[[History], Any]) -> Any:
    """What the history answers by the mailbox."""
    answers: list[tuple[Any, BridgeError | None]] = []
    thread.ask(question, lambda result, error: answers.append((result, error)), jobs.mailbox)

    def is_answered() -> bool:
        while (answer := jobs.mailbox.next_answer()) is not None:
            answer()
        return bool(answers)

    wait_for(is_answered)
    ((result, error),) = answers
    assert error is None
    return result


def found(thread: HistoryThread, jobs: JobQueue, query: Query = Query()) -> tuple[Entry, ...]:  # noqa: B008
    entries: tuple[Entry, ...] = asked(thread, jobs, lambda history: history.search(query)).entries
    return entries


def test_the_pictures_of_a_job_are_in_it(tmp_path: Path, thread: HistoryThread) -> None:
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    job = replace(make_job("localhost", tmp_path / "out", count=3, prompt="moss"), blend="garden.blend")
    jobs.submit(job)
    made = pictures(run_out(jobs))
    entries = found(thread, jobs, Query("moss", blend="garden"))
    assert [each.path for each in entries] == [each.path for each in reversed(made)]
    assert [each.identity for each in entries] == [identity_of(each.recipe.text) for each in reversed(made)]


def test_pictures_of_one_seed_are_several(tmp_path: Path, thread: HistoryThread) -> None:
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    for _ in range(4):
        jobs.submit(make_job("localhost", tmp_path / "out", seed=7))
    run_out(jobs)
    assert len(found(thread, jobs)) == 4


class Beside(EchoClient):
    def generate(self, request: GenerationRequest) -> Answer:
        (image,) = super().generate(request).images
        return Answer((replace(image, beside=(replace(image, name="height"),)),))


class Jpegs(EchoClient):
    def generate(self, request: GenerationRequest) -> Answer:
        size = request.images
        return Answer((GeneratedImage(b"\xff\xd8\xff a picture", size.width, size.height, format="JPEG"),))


def test_what_comes_beside_a_picture_is_in_it(tmp_path: Path, thread: HistoryThread) -> None:
    jobs = JobQueue(lambda server: Beside(), history=thread)
    jobs.submit(make_job("localhost", tmp_path / "out"))
    run_out(jobs)
    assert sorted(each.beside for each in found(thread, jobs)) == ["", "height"]


def test_a_file_that_carries_no_recipe_is_in_it_for_ever(
    tmp_path: Path, thread: HistoryThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawthings_addon.jobs.generate.prove", lambda *_args: None)
    jobs = JobQueue(lambda server: Jpegs(), history=thread)
    jobs.submit(make_job("localhost", tmp_path / "out", prompt="a JPEG"))
    (made,) = pictures(run_out(jobs))
    before = found(thread, jobs)
    assert [each.path for each in before] == [made.path]
    assert made.path.suffix == ".jpg"
    asked(thread, jobs, lambda history: history.close())
    (tmp_path / "own" / "history.db").unlink()
    asked(thread, jobs, lambda history: history.look())
    assert found(thread, jobs) == before
    assert asked(thread, jobs, lambda history: history.recipe(before[0].identity)) == made.recipe


def test_what_no_folder_took_is_in_it_when_one_does(
    tmp_path: Path, thread: HistoryThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    full: set[Path] = {tmp_path}
    real = results.write_new

    def write_new(directory: Path, *values: Any, **named: Any) -> Path:
        if any(directory.is_relative_to(folder) for folder in full):
            raise StorageFailed("It is full.")
        return real(directory, *values, **named)

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    for module in (results, unwritten):
        monkeypatch.setattr(module, "write_new", write_new)
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    jobs.submit(make_job("localhost", tmp_path / "out", prompt="in memory"))
    run_out(jobs)
    assert found(thread, jobs) == (), "it is nowhere yet"
    full.clear()
    jobs.write_unwritten()
    run_out(jobs)
    assert [each.path.parent for each in found(thread, jobs)] == [tmp_path / "out"]
    full.add(tmp_path / "out")
    jobs.submit(make_job("localhost", tmp_path / "out", prompt="in the temporary folder"))
    run_out(jobs)
    (entry,) = found(thread, jobs, Query("temporary"))
    assert entry.path.is_relative_to(tmp_path / "temporary") and not entry.is_missing
    # Nobody else's folders in there are looked at.
    write(tmp_path / "temporary" / "drawthings" / "others" / "a.png", recipe_of("of somebody else"))
    asked(thread, jobs, lambda history: history.look())
    assert len(found(thread, jobs)) == 2


def test_a_picture_that_came_too_late_is_in_it(
    tmp_path: Path, thread: HistoryThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while it was written: nobody wanted it any more, and it is on disk."""
    client = GatedClient()
    jobs = JobQueue(lambda server: client, history=thread)
    job = make_job("localhost", tmp_path / "out", prompt="too late")
    real = results.write_new

    def write_new(*values: Any, **named: Any) -> Path:
        path = real(*values, **named)
        jobs.cancel(job.id)
        return path

    monkeypatch.setattr(results, "write_new", write_new)
    jobs.submit(job)
    client.open()
    events = run_out(jobs)
    assert (pictures(events), ends(events)) == ([], [(job, JobState.CANCELLED)])
    (entry,) = found(thread, jobs)
    assert (entry.prompt, entry.is_missing) == ("too late", False)


def test_no_job_waits_for_it(tmp_path: Path, thread: HistoryThread) -> None:
    going_on = threading.Event()
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    thread.ask(lambda _history: going_on.wait(60), lambda *_answer: None, jobs.mailbox)
    jobs.submit(make_job("localhost", tmp_path / "out"))
    events: list[Any] = []

    def is_done() -> bool:
        events.extend(iter(jobs.mailbox.next_event, None))
        return bool(ends(events))

    wait_for(is_done)
    assert len(pictures(events)) == 1
    going_on.set()
    assert len(found(thread, jobs)) == 1


@pytest.mark.parametrize("error", [StorageFailed("It is full."), OSError("gone"), ValueError("a fault")])
def test_no_job_fails_with_it(
    tmp_path: Path, thread: HistoryThread, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr(History, "_add", fail)
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    job = make_job("localhost", tmp_path / "out")
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.DONE)]
    thread.finish()


def test_who_quits_does_not_wait_for_a_look(tmp_path: Path, thread: HistoryThread) -> None:
    jobs = JobQueue(lambda server: EchoClient(), history=thread)
    for number in range(600):
        write(tmp_path / "out" / f"{number}.png", recipe_of("x", number))
    answers: list[Any] = []
    thread.ask(
        lambda history: history.look([tmp_path / "out"]),
        lambda *answer: answers.append(answer),
        jobs.mailbox,
        takes_long=True,
    )
    thread.finish(60)
    assert thread.is_idle
    jobs.mailbox.next_answer()()  # type: ignore[misc]
    ((looked, error),) = answers
    assert (looked, type(error).__name__) == (None, "OrderCancelled")


#: A process that makes a picture and ends right after, as a Blender in background does.
BACKGROUND = """
import atexit, sys
from pathlib import Path
repository, folder = sys.argv[1:]
sys.path[:0] = [repository, f"{repository}/tests/support"]
from drawthings_addon.jobs.history.thread import HistoryThread
from drawthings_addon.jobs.queue import JobQueue
from tests.unit.jobs_fakes import EchoClient, ends, make_job
folder = Path(folder)
history = HistoryThread(folder / "own")
jobs = JobQueue(lambda server: EchoClient(), history=history)
atexit.register(history.finish)
jobs.submit(make_job("localhost", folder / "out", count=3))
events = []
while not ends(events):
    events += iter(jobs.mailbox.next_event, None)
"""


def test_a_process_that_ends_right_after_its_picture(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BACKGROUND, str(REPOSITORY), str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    history = History(tmp_path / "own")
    assert history.search(Query()).total == 3
    history.close()
