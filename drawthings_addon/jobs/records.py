# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is on disk of a queue's jobs: their entries in the journal, what they are made from, and of their
pictures those that no folder took yet."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .history.thread import HistoryThread
from .job import Job, PictureWritten
from .journal import Journal
from .kept import KeptSources
from .serial_executor import SerialExecutor
from .source import Source
from .sources import displayed
from .task import Keeps, Picture, Stored, Task
from .unwritten import Unwritten

#: Seconds that a job waits for its entry.
_LONGEST = 1.0


class Records:
    """Every method but `displayed` returns at once, and may be called from any thread: what takes long is
    done on `disk`."""

    def __init__(
        self,
        journal: Journal | None,
        kept: KeptSources | None,
        tell: Callable[[PictureWritten], None],
        history: HistoryThread | None = None,
    ) -> None:
        self.disk = kept.disk if kept is not None else SerialExecutor("drawthings-disk")
        """One thread for all that is written."""
        self.unwritten = Unwritten(self._written)
        self._journal = journal
        self._kept = kept
        self._tell = tell
        self._history = history
        self._not_safe: dict[str, Job] = {}
        """Jobs whose end was shown, but which have a picture that is in memory alone."""
        self._latest: dict[str, Callable[[], None]] = {}
        """What is to be written of jobs, by their ids: single steps of a dictionary need no lock."""
        self._begun: dict[str, threading.Event] = {}
        """Set once the first entry of a job is written, by its id."""

    def _journal_of(self, job: Job) -> Journal | None:
        """None for a job that is not taken up again."""
        return self._journal if Keeps.JOURNAL in job.task.keeps else None

    def begin(self, job: Job) -> Task | None:
        """From now on the job can be taken up again after the process. Its task with files for sources, soon
        to be written, where these are kept for its pictures' sake."""
        task, journal, kept = job.task, self._journal_of(job), None
        if self._kept is not None:
            self._kept.begin(task)
        if journal is not None:
            written = self._begun[job.id] = threading.Event()

            def begin() -> None:
                try:
                    journal.record(job)
                finally:
                    written.set()

            self.disk.add(begin)
        if self._kept is not None and Keeps.SOURCES in task.keeps:
            kept = self._kept.keep(task)
        if journal is not None and task.sources:
            self.disk.add(lambda: journal.keep(job, kept))
        return kept

    def wait_begun(self, job: Job) -> None:
        """Until the job's first entry is on disk, for moments at the most: what a server works on is not lost
        with Blender."""
        written = self._begun.pop(job.id, None)
        if written is not None:
            written.wait(_LONGEST)

    def displayed(self, source: Source) -> Source:
        """A source that a task is made from, in memory; of a kept file once that is written. Raises as
        `sources.prepare`."""
        if self._kept is not None:
            self._kept.wait(source)
        return displayed(source)

    def record(
        self, job: Job, pictures: tuple[Path, ...] = (), *, made: int = 0, ended: bool = False
    ) -> None:
        """Renew the job's entry."""
        journal = self._journal_of(job)
        if journal is None:
            return

        def record() -> None:
            if self._latest.get(job.id) is record:
                # Else a later one is on its way, as that of the job's end is behind that of its picture.
                del self._latest[job.id]
                journal.record(job, pictures, made=made, ended=ended)

        self._latest[job.id] = record
        self.disk.add(record)

    def redirect(self, job: Job) -> None:
        """Renew what the job's entry tells of where its results go."""
        journal = self._journal_of(job)
        if journal is not None:
            self.disk.add(lambda: journal.redirect(job))

    def made(self, picture: Picture) -> None:
        """A picture has come, be it wanted any more or not: what of it is on disk is in the history."""
        if self._history is not None:
            for each in picture.set:
                self._history.add(each)

    def hold(self, picture: Picture, kept: Task | None) -> Picture:
        """The picture with what makes it again, which stays as long as the picture is known; what of it no
        folder took is kept in memory."""
        made_by = kept.of_picture(picture.index) if kept is not None else None
        if made_by is not None and self._kept is not None:
            self._kept.hold(made_by)
        picture = replace(picture, made_by=made_by)
        for each in picture.set:
            if each.stored is Stored.MEMORY:
                self.unwritten.add(each)
        return picture

    def has(self, task: Task) -> bool:
        """Everything that the task is made from is a kept file."""
        return self._kept is not None and self._kept.has(task)

    def done(self, task: Task | None) -> None:
        """Nobody needs the files of a task any more."""
        if self._kept is not None and task is not None:
            self._kept.done(task)

    def discard_sources(self, task: Task) -> None:
        """Remove the files that Blender wrote for a task."""
        for source in task.sources:
            is_kept = self._kept is not None and self._kept.owns(source)
            if source.path is not None and not is_kept:
                self.disk.add(functools.partial(_unlink, source.path))

    def close(self, job: Job) -> None:
        """Remove the job's entry, once its pictures have files: nothing of it can be lost any more."""
        self._begun.pop(job.id, None)
        self.disk.add(lambda: self._close(job))

    def _close(self, job: Job) -> None:
        # On the one thread that also writes such pictures.
        if self.unwritten.of_job(job.id):
            self._not_safe[job.id] = job
        elif self._journal is not None:
            self._journal.close(job)

    def _written(self, event: PictureWritten) -> None:
        self._tell(event)
        self.made(event.picture)
        job_id = event.picture.job_id
        job = None if self.unwritten.of_job(job_id) else self._not_safe.pop(job_id, None)
        if job is not None and self._journal is not None:
            self._journal.close(job)


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
