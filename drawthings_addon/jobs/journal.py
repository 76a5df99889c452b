# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs were under way, should Blender end before they do: one small file a job.

A file is written when a job is accepted and removed when its end has been shown to the artist, so
whatever lies there when the extension starts tells of a job that nobody waited for. A server may have
finished it alone: then its pictures are in the app; those that had arrived are in the output folder. An entry
holds the whole of its job, so that what is still owed can be made as it was ordered.

A second Blender's jobs lie there, too. They are told apart by a lock that each journal holds while it lives;
where the file system has no locks, by the number of the process.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..errors import BridgeError, StorageFailed
from . import locks
from .annotated_json import write
from .job import Job
from .journal_entry import JOB_ID, LOCK_NAME, LOCK_SUFFIX, LostJob, StillOpen, read_entry
from .locks import Lock
from .source import Source
from .sources import as_file, as_kept, file_suffix
from .storage import sweep, write_whole
from .task import Task
from .task_json import write_task

#: Seconds between two attempts to lock a new file, which another Blender may be looking at just then.
_PAUSE = 0.01
_ATTEMPTS = 50
#: Locked by whoever takes lost jobs.
_TAKING = f"{'0' * 32}.lock"


@dataclass(eq=False)
class _Open:
    """What is recorded of a job."""

    started: str
    queued: int
    """Which came first: nanoseconds since 1970."""
    pictures: tuple[Path, ...] = ()
    made: int = 0
    ended: bool = False
    job: dict[str, object] | None = None
    """The whole of it as JSON, once its sources are files here."""
    is_told: bool = False


@dataclass(eq=False)
class Journal:
    """The folder of open jobs. For one thread, which is not the main one: that of the disk.

    Beside an entry there may be a folder of its name, with the pictures that the job is made from.
    """

    directory: Path
    _open: dict[str, _Open] = field(default_factory=dict)
    """What is recorded here and not closed yet, by the job's id."""
    _alive: BinaryIO | None = None
    """A file whose lock tells other Blenders that this journal lives."""

    def record(
        self, job: Job, pictures: tuple[Path, ...] = (), *, made: int = 0, ended: bool = False
    ) -> None:
        """Write or renew a job's entry; `made` of its pictures are owed no more. A full disk does not stop a
        job."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        found = self._open.get(job.id)
        if found is None:
            found = self._open[job.id] = _Open(now, time.time_ns())
            if not job.task.sources:
                # Nothing of it has to become a file first.
                found.job = _as_json(job)
        found.pictures, found.made, found.ended = pictures, made, ended
        self._write(job, found)

    def keep(self, job: Job, kept: Task | None = None) -> None:
        """From now on the entry of a job tells all of it, and its sources are files beside it.

        `kept` is the same task with files for sources, of which these are links where they can be.
        """
        found = self._open.get(job.id)
        if found is None:
            return
        folder = self._folder(job)
        files = job.task if kept is None else kept
        numbers = itertools.count()
        beside = iter(files.sources)

        def keep(source: Source) -> Source:
            path, other = folder / f"{next(numbers)}{file_suffix(source)}", next(beside)
            if source.path is None or source.path.parent != folder:
                return as_kept(source, _keep_source(source, other.path, path))
            return source

        try:
            task = job.task.with_sources(keep)
        except (OSError, MemoryError, BridgeError):
            # The entry tells of it all the same.
            return
        found.job = _as_json(replace(job, task=task))
        self._write(job, found)

    def redirect(self, job: Job) -> None:
        """The entry tells the job's target as it is by now."""
        found = self._open.get(job.id)
        if found is not None and found.job is not None:
            found.job = found.job | {"target": job.target}
            self._write(job, found)

    def owns(self, job: Job) -> bool:
        """The job is made from files that are beside its entry."""
        return any(
            source.path is not None and source.path.parent == self._folder(job) for source in job.task.sources
        )

    def close(self, job: Job) -> None:
        """The job has ended and the artist has been told, or wants no more of it."""
        with contextlib.suppress(OSError):
            self._path(job).unlink(missing_ok=True)
        shutil.rmtree(self._folder(job), ignore_errors=True)
        self._open.pop(job.id, None)
        if not self._open and self._alive is not None:
            self._alive.close()
            with contextlib.suppress(OSError):
                Path(self._alive.name).unlink()
            self._alive = None

    def let_go(self) -> None:
        """What is open is left to the next that looks for lost jobs."""
        self._open.clear()
        if self._alive is not None:
            # The file stays: nobody's lock is on it by now, which tells that its journal is no more.
            self._alive.close()
            self._alive = None

    def take_lost(self) -> tuple[LostJob, ...]:
        """The jobs that nobody saw the end of. Those that owe nothing are told once and then forgotten; the
        others are this journal's from now on, until they are closed.

        Left alone are entries of another process that runs (a second Blender), those of this very journal,
        and open ones of this process from before the extension was updated, whose threads may still work.
        """
        lost = []
        with self._taking() as is_alone:
            if is_alone:
                lost = sorted(self._take_each(), key=lambda each: each.queued)
                self._clear_up()
        return tuple(lost)

    def _take_each(self) -> Iterator[LostJob]:
        paths: list[Path] = []
        with contextlib.suppress(OSError):
            paths = sorted(self.directory.glob("*.json"))
        for path in paths:
            if path.stem in self._open:
                continue
            try:
                found = read_entry(path)
                job = (found.owed or found.done) if found is not None else None
                if found is None or job is None:
                    # Of two Blenders that start at once, the one whose call removes it tells of it.
                    path.unlink()
                else:
                    self._take_over(job, found)
            except (OSError, StillOpen):
                continue
            if found is not None:
                yield found

    def _take_over(self, job: Job, lost: LostJob) -> None:
        """The entry is this journal's, and told."""
        is_done = lost.done is not None
        made = job.part_count if is_done else 0
        found = _Open(lost.started, lost.queued, lost.pictures, made, ended=is_done, is_told=True)
        found.job = _as_json(replace(job, task=job.task))
        self._open[job.id] = found
        self._write(job, found)

    def _write(self, job: Job, found: _Open) -> None:
        alive = self._sign_of_life()
        entry: dict[str, object] = {
            "title": job.title,
            "prompt": job.task.prompt,
            "started": found.started,
            "pictures": [str(path) for path in found.pictures],
            "process": os.getpid(),
            "lock": alive,
            "ended": found.ended,
            "told": found.is_told,
            "queued": found.queued,
        }
        if found.job is not None and not (found.ended and job.member is None):
            entry |= {"job": found.job, "made": found.made}
        with contextlib.suppress(StorageFailed):
            write_whole(self._path(job), json.dumps(entry).encode())

    @contextlib.contextmanager
    def _taking(self) -> Iterator[bool]:
        """For the block no other Blender takes lost jobs; False where one does just now."""
        stream, path = None, self.directory / _TAKING
        with contextlib.suppress(OSError):
            if self.directory.is_dir():
                stream = os.fdopen(locks.open_file(path, os.O_RDWR | os.O_CREAT), "r+b")
        if stream is None:
            yield True
            return
        with stream:
            is_held = locks.take(stream.fileno()) is Lock.HELD
            try:
                yield not is_held and os.fstat(stream.fileno()).st_nlink > 0
            finally:
                if os.name == "nt":
                    # There no file is removed that somebody has open.
                    stream.close()
                if not is_held:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)

    def _folder(self, job: Job) -> Path:
        return self.directory / job.id

    def _path(self, job: Job) -> Path:
        return self.directory / f"{job.id}.json"

    def _sign_of_life(self) -> str:
        """The name of the file that this journal holds locked; empty where there can be none."""
        if self._alive is not None:
            if os.fstat(self._alive.fileno()).st_nlink:
                return Path(self._alive.name).stem
            # Somebody removed it.
            self._alive.close()
            self._alive = None
        path = self.directory / f"{uuid.uuid4().hex}{LOCK_SUFFIX}"
        stream = None
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            stream = path.open("xb")
            for _ in range(_ATTEMPTS):
                found = locks.take(stream.fileno())
                if found is Lock.TAKEN and os.fstat(stream.fileno()).st_nlink:
                    self._alive = stream
                    return path.stem
                if found is not Lock.HELD:
                    break
                time.sleep(_PAUSE)
        except OSError:
            pass
        if stream is not None:
            stream.close()
        return ""

    def _clear_up(self) -> None:
        """Remove what journals and writers have left that are no more."""
        sweep(self.directory)
        with contextlib.suppress(OSError):
            for path in self.directory.glob(f"*{LOCK_SUFFIX}"):
                if LOCK_NAME.fullmatch(path.stem):
                    with contextlib.suppress(OSError):
                        if locks.state(path) is Lock.TAKEN:
                            path.unlink()
            for path in self.directory.iterdir():
                # An entry is there before its folder, and goes before it.
                if JOB_ID.fullmatch(path.name) and not path.with_suffix(".json").exists():
                    shutil.rmtree(path, ignore_errors=True)


def _as_json(job: Job) -> dict[str, object]:
    """No password goes into a file."""
    return {
        "server": job.server.url,
        "target": job.target,
        "task": write_task(job.task),
        "member": write(job.member),
        "blend": job.blend,
    }


def _keep_source(source: Source, kept: Path | None, path: Path) -> Path:
    """Its file: `path`, or with the suffix of `kept`. Raises OSError, and as `sources.prepare`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kept is not None and kept != source.path:
        link = path.with_suffix(kept.suffix)
        try:
            link.hardlink_to(kept)
        except OSError:
            # It is not there, or this file system has no such links.
            pass
        else:
            return link
    write_whole(path, as_file(source))
    return path
