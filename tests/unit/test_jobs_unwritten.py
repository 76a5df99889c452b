# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that took minutes and that no folder takes: it is kept, told of, and written when one does."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.errors import StorageFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs import results, unwritten
from drawthings_addon.jobs.job import Event, JobNotice, JobState, PictureWritten
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.task import PictureDone, Stored
from tests.unit.jobs_fakes import EchoClient, ends, make_job, not_blocked, pictures, run_out, wait_for


class Disks:
    """Which folders cannot be written to, and why."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full: set[Path] = set()
        self.reason = errno.ENOSPC
        self.held: threading.Event | None = None
        real = results.write_new

        def write_new(directory: Path, stem: str, suffix: str, data: bytes) -> Path:
            if self.held is not None:
                assert self.held.wait(60)
            if any(directory.is_relative_to(folder) for folder in self.full):
                why = os.strerror(self.reason)
                raise StorageFailed(f"The folder {directory} cannot be written to: {why}.")
            return real(directory, stem, suffix, data)

        for module in (results, unwritten):
            monkeypatch.setattr(module, "write_new", write_new)


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Disks:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    return Disks(monkeypatch)


@pytest.fixture
def jobs(tmp_path: Path) -> JobQueue:
    return JobQueue(lambda server: EchoClient(), journal=Journal(tmp_path / "journal"))


def notices(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, JobNotice))


def test_a_full_output_folder_and_a_full_temporary_one(tmp_path: Path, disks: Disks, jobs: JobQueue) -> None:
    disks.full = {tmp_path}
    job = make_job("localhost", tmp_path / "out")
    jobs.submit(job)
    events = run_out(jobs)
    (picture,) = pictures(events)
    assert ends(events) == [(job, JobState.DONE)], "it was made"
    assert (picture.stored, picture.path.parent) == (Stored.MEMORY, tmp_path / "out")
    assert not picture.path.exists()
    assert png.decode(picture.png).shape == (128, 128, 3)
    assert jobs.unwritten_count == 1
    assert jobs.unwritten_data(picture.path) == picture.png
    told = notices(events)
    assert "No space left on device" in told and "save the .blend" in told

    jobs.write_unwritten()
    assert run_out(jobs) == [], "still full"
    disks.full = set()
    jobs.write_unwritten()
    (written,) = run_out(jobs)
    assert isinstance(written, PictureWritten)
    assert (written.before, written.picture.stored) == (picture.path, Stored.OUTPUT)
    assert written.picture.path == tmp_path / "out" / "moss-7.png"
    assert written.picture.path.read_bytes() == picture.png
    assert (jobs.unwritten_count, jobs.unwritten_data(picture.path)) == (0, None)


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EDQUOT, errno.EACCES, errno.ENOENT, errno.EIO])
def test_whatever_the_reason(tmp_path: Path, disks: Disks, jobs: JobQueue, reason: int) -> None:
    disks.full, disks.reason = {tmp_path}, reason
    jobs.submit(make_job("localhost", tmp_path / "out"))
    events = run_out(jobs)
    assert [picture.stored for picture in pictures(events)] == [Stored.MEMORY]
    assert os.strerror(reason) in notices(events)


def test_no_temporary_folder_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: JobQueue) -> None:
    """With real files: a folder that is a file, and the error that Python has when none can be used."""

    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    (tmp_path / "file").touch()
    jobs.submit(make_job("localhost", tmp_path / "file" / "out"))
    assert [picture.stored for picture in pictures(run_out(jobs))] == [Stored.MEMORY]
    (tmp_path / "file").unlink()
    jobs.write_unwritten()
    (written,) = run_out(jobs)
    assert written.picture.path.is_file()


def test_it_is_tried_again_when_it_is_due(
    tmp_path: Path, disks: Disks, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwritten, "PAUSE", 0.01)
    disks.full = {tmp_path}
    jobs.submit(make_job("localhost", tmp_path / "out", count=3))
    made = pictures(run_out(jobs))
    assert len({picture.path for picture in made}) == jobs.unwritten_count == 3
    disks.full = set()
    wait_for(lambda: jobs.is_unwritten_due)
    jobs.write_unwritten()
    found = run_out(jobs)
    assert [event.before for event in found if isinstance(event, PictureWritten)] == [p.path for p in made]
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_one_that_the_temporary_folder_took_is_told_from_one_in_the_output_folder(
    tmp_path: Path, disks: Disks, jobs: JobQueue
) -> None:
    disks.full = {tmp_path / "out"}
    jobs.submit(make_job("localhost", tmp_path / "out"))
    (picture,) = pictures(run_out(jobs))
    assert picture.stored is Stored.TEMPORARY
    assert picture.path.read_bytes() == picture.png
    assert jobs.unwritten_count == 0


def test_another_folder_that_was_chosen_meanwhile_is_tried_first(
    tmp_path: Path, disks: Disks, jobs: JobQueue
) -> None:
    disks.full = {tmp_path}
    jobs.submit(make_job("localhost", tmp_path / "out"))
    run_out(jobs)
    disks.full = {tmp_path / "out"}
    jobs.write_unwritten(tmp_path / "elsewhere")
    (written,) = run_out(jobs)
    assert written.picture.path == tmp_path / "elsewhere" / "moss-7.png"
    disks.full = {tmp_path / "elsewhere", tmp_path / "temporary"}
    jobs.submit(make_job("localhost", tmp_path / "elsewhere"))
    run_out(jobs)
    disks.full = {tmp_path / "another"}
    jobs.write_unwritten(tmp_path / "another")
    (written,) = run_out(jobs)
    assert written.picture.path.parent == tmp_path / "elsewhere", "where it belonged is tried, too"


def test_the_job_counts_as_lost_until_its_picture_has_a_file(
    tmp_path: Path, disks: Disks, jobs: JobQueue
) -> None:
    folder = tmp_path / "journal"
    disks.full = {tmp_path}
    job = make_job("localhost", tmp_path / "out", count=2)
    jobs.submit(job)
    run_out(jobs)
    jobs.acknowledge(job)
    run_out(jobs)
    assert len(list(folder.glob("*.json"))) == 1
    disks.full = set()
    jobs.write_unwritten()
    run_out(jobs)
    assert list(folder.iterdir()) == []


def test_the_journal_names_no_file_that_is_not_there(tmp_path: Path, disks: Disks, jobs: JobQueue) -> None:
    disks.full = {tmp_path}
    jobs.submit(make_job("localhost", tmp_path / "out"))
    run_out(jobs)
    (lost,) = Journal(tmp_path / "journal").take_lost()
    assert lost.pictures == ()


@pytest.mark.timing
def test_nobody_waits_for_a_slow_disk(tmp_path: Path, disks: Disks, jobs: JobQueue) -> None:
    disks.full = {tmp_path}
    job = make_job("localhost", tmp_path / "out")
    jobs.submit(job)
    run_out(jobs)
    disks.held = threading.Event()
    jobs.write_unwritten()
    for call in (
        jobs.mailbox.next_event,
        jobs.statuses,
        lambda: jobs.unwritten_count,
        lambda: jobs.submit(job),
    ):
        with not_blocked(call):
            pass
    disks.full = set()
    disks.held.set()
    wait_for(lambda: not jobs.unwritten_count)


def test_what_cannot_get_its_recipe_is_kept_without(
    tmp_path: Path, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(png, "with_text", too_large)
    jobs.submit(make_job("localhost", tmp_path / "out"))
    events = run_out(jobs)
    (picture,) = [event.picture for event in events if isinstance(event, PictureDone)]
    assert np.array_equal(png.decode(picture.path.read_bytes()), np.full((128, 128, 3), 128))
