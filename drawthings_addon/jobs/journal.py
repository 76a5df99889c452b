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
import re
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ..client import bounds
from ..client.http.address import Server
from ..errors import BridgeError, StorageFailed
from ..imaging import png
from ..messages import Message
from . import locks
from .job import Job
from .locks import Lock
from .source import Source
from .sources import to_display_bytes
from .storage import sweep, write_whole
from .task import Task
from .task_json import NotATask, read_task, write_task

#: Process numbers are used again, so an entry this old, in seconds, is not believed to be of one that runs.
MAX_AGE = 7 * 24 * 3600.0
#: Seconds between two attempts to lock a new file, which another Blender may be looking at just then.
_PAUSE = 0.01
_ATTEMPTS = 50
#: So many kinds of lost jobs are told one by one.
_TOLD_ONE_BY_ONE = 200
#: Bytes of an entry, which may have a long prompt, and characters of where its results go.
_MAX_ENTRY = 8 << 20
_MAX_TARGET = 1 << 20
#: No job makes so many.
_MAX_PICTURES = 10_000
_JOB_ID = re.compile("[0-9a-f]{32}")
#: Locked by whoever takes lost jobs.
_TAKING = f"{'0' * 32}.lock"
_LOCK_NAME = re.compile("[0-9a-f]{32}")
_LOCK_SUFFIX = ".lock"


@dataclass(frozen=True)
class LostJob:
    """A job that Blender did not live to see the end of."""

    title: str
    prompt: str
    started: str
    """When it was ordered: ISO 8601, UTC."""
    pictures: tuple[Path, ...]
    """Those that were on disk before the end."""
    owed: Job | None = None
    """What of it is still to be made, with its sources; None where that is nothing, or is not known. The
    entry stays until it is closed."""
    is_told: bool = False
    """An earlier start has told of it."""


@dataclass(eq=False)
class _Open:
    """What is recorded of a job."""

    started: str
    pictures: tuple[Path, ...] = ()
    made: int = 0
    ended: bool = False
    owed: dict[str, object] | None = None
    """The job as JSON, once its sources are files here."""
    is_told: bool = False


@dataclass(eq=False)
class Journal:
    """The folder of open jobs. Every method may be called from any thread but the main one.

    Beside an entry there may be a folder of its name, with the pictures that the job is made from.
    """

    directory: Path
    _open: dict[str, _Open] = field(default_factory=dict)
    """What is recorded here and not closed yet, by the job's id."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _alive: BinaryIO | None = None
    """A file whose lock tells other Blenders that this journal lives."""

    def record(
        self, job: Job, pictures: tuple[Path, ...] = (), *, made: int = 0, ended: bool = False
    ) -> None:
        """Write or renew a job's entry; `made` of its pictures are owed no more. A full disk does not stop a
        job."""
        with self._lock:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            found = self._open.setdefault(job.id, _Open(now))
            found.pictures, found.made, found.ended = pictures, made, ended
        self._write(job, found)

    def keep(self, job: Job, kept: Task | None = None) -> None:
        """From now on the entry of a job tells all of it, and its sources are files beside it.

        `kept` is the same task with files for sources, of which these are links where they can be.
        """
        with self._lock:
            found = self._open.get(job.id)
        if found is None:
            return
        folder = self._folder(job)
        files = job.task if kept is None else kept
        numbers = itertools.count()
        beside = iter(files.sources)

        def keep(source: Source) -> Source:
            path, other = folder / f"{next(numbers)}.png", next(beside)
            if source.path is None or source.path.parent != folder:
                _keep_source(source, other.path, path)
                return replace(source, pixels=None, path=path)
            return source

        try:
            task = job.task.with_sources(keep)
        except (OSError, MemoryError, BridgeError):
            # The entry tells of it all the same.
            return
        found.owed = {
            "server": job.server.url,
            "target": job.target,
            "task": write_task(task),
        }
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
        with self._lock:
            self._open.pop(job.id, None)
            if not self._open and self._alive is not None:
                self._alive.close()
                with contextlib.suppress(OSError):
                    Path(self._alive.name).unlink()
                self._alive = None

    def let_go(self) -> None:
        """What is open is left to the next that looks for lost jobs."""
        with self._lock:
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
                lost = list(self._take_each())
                self._clear_up()
        return tuple(lost)

    def _take_each(self) -> Iterator[LostJob]:
        paths: list[Path] = []
        with contextlib.suppress(OSError):
            paths = sorted(self.directory.glob("*.json"))
        for path in paths:
            with self._lock:
                if path.stem in self._open:
                    continue
            try:
                found = _read_entry(path)
                if found is None or found.owed is None:
                    # Of two Blenders that start at once, the one whose call removes it tells of it.
                    path.unlink()
                else:
                    self._take_over(found.owed, found)
            except (OSError, _StillOpen):
                continue
            if found is not None:
                yield found

    def _take_over(self, job: Job, lost: LostJob) -> None:
        """The entry is this journal's, and told."""
        found = _Open(lost.started, lost.pictures, is_told=True)
        found.owed = {
            "server": job.server.url,
            "target": job.target,
            "task": write_task(job.task),
        }
        with self._lock:
            self._open[job.id] = found
        self._write(job, found)

    def _write(self, job: Job, found: _Open) -> None:
        with self._lock:
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
        }
        if found.owed is not None and not found.ended:
            entry |= {"owed": found.owed, "made": found.made}
        with contextlib.suppress(StorageFailed):
            write_whole(self._path(job), json.dumps(entry).encode())

    @contextlib.contextmanager
    def _taking(self) -> Iterator[bool]:
        """For the block no other Blender takes lost jobs; False where one does just now."""
        stream = None
        with contextlib.suppress(OSError):
            if self.directory.is_dir():
                stream = (self.directory / _TAKING).open("ab")
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
                        Path(stream.name).unlink(missing_ok=True)

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
        path = self.directory / f"{uuid.uuid4().hex}{_LOCK_SUFFIX}"
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
            for path in self.directory.glob(f"*{_LOCK_SUFFIX}"):
                if _LOCK_NAME.fullmatch(path.stem):
                    with contextlib.suppress(OSError):
                        if locks.state(path) is Lock.TAKEN:
                            path.unlink()
            for path in self.directory.iterdir():
                # An entry is there before its folder, and goes before it.
                if _JOB_ID.fullmatch(path.name) and not path.with_suffix(".json").exists():
                    shutil.rmtree(path, ignore_errors=True)


def about_lost(lost: Iterable[LostJob]) -> Iterator[str]:
    """A sentence for each kind of job that Blender did not live to see the end of, and one for those of which
    there are too many to be read one by one."""
    kinds: dict[tuple[str, str], list[LostJob]] = {}
    for job in lost:
        kinds.setdefault((job.title, job.prompt), []).append(job)
    groups = list(kinds.values())
    for jobs in groups[:_TOLD_ONE_BY_ONE]:
        told = Message(
            "Blender ended during “{title}” ({prompt})."
            if len(jobs) == 1
            else "Blender ended {count} times, each time during “{title}” ({prompt}).",
            count=len(jobs),
            title=bounds.one_line(jobs[0].title, 80),
            prompt=bounds.one_line(jobs[0].prompt, 60),
        )
        yield _with_their_pictures(told, jobs)
    others = [job for jobs in groups[_TOLD_ONE_BY_ONE:] for job in jobs]
    if others:
        told = Message("Blender ended during {count} other jobs as well.", count=len(others))
        yield _with_their_pictures(told, others)


def _with_their_pictures(told: Message, jobs: Sequence[LostJob]) -> Message:
    pictures = [path for job in jobs for path in job.pictures]
    if not pictures:
        return told
    folders = dict.fromkeys(str(path.parent) for path in pictures[:_TOLD_ONE_BY_ONE])
    return Message(
        "{told} {count} of its pictures are in {folders}."
        if len(jobs) == 1
        else "{told} {count} of their pictures are in {folders}.",
        told=told,
        count=len(pictures),
        folders=", ".join(folders),
    )


class _StillOpen(Exception):
    """A process that runs looks after this entry."""


def _keep_source(source: Source, kept: Path | None, path: Path) -> None:
    """Raises OSError, or BridgeError for what there is nothing of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kept is not None and kept != source.path:
        try:
            path.hardlink_to(kept)
        except OSError:
            # It is not there, or this file system has no such links.
            pass
        else:
            return
    write_whole(path, png.encode(to_display_bytes(source)))


def _read_entry(path: Path) -> LostJob | None:
    """None: it is damaged, tells nothing, and would come back at every start."""
    try:
        entry = json.loads(_text_of(path))
        process, ended = int(entry["process"]), bool(entry["ended"])
        if _is_looked_after(path, process, entry.get("lock"), ended=ended):
            raise _StillOpen
        pictures = entry["pictures"]
        return LostJob(
            title=_text(entry["title"]),
            prompt=_text(entry["prompt"]),
            started=_text(entry["started"]),
            pictures=tuple(Path(_text(name)) for name in (pictures if isinstance(pictures, list) else ())),
            owed=None if ended else _owed(path, entry),
            is_told=entry.get("told") is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _text_of(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(_MAX_ENTRY + 1)
    if len(data) > _MAX_ENTRY:
        raise ValueError("it is too long")
    return data.decode()


def _owed(path: Path, entry: dict[str, Any]) -> Job | None:
    """What the entry tells of what is still to be made. Somebody may have changed it."""
    owed = entry.get("owed")
    if not isinstance(owed, dict) or not _JOB_ID.fullmatch(path.stem):
        return None
    try:
        task = read_task(owed["task"], path.with_suffix(""))
        made, count = entry.get("made", 0), task.picture_count
        if type(made) is not int or not 0 <= made < count <= _MAX_PICTURES:
            return None
        target, server = _text(owed["target"]), Server(_text(owed["server"]))
        if len(target) > _MAX_TARGET:
            return None
        return Job(path.stem, _text(entry["title"]), server, task.remaining(made), target)
    except (NotATask, BridgeError, ValueError, KeyError, TypeError):
        # What is told of it is not lost.
        return None


def _is_looked_after(path: Path, process: int, lock: object, *, ended: bool) -> bool:
    """Whether the journal that wrote the entry lives, or may live."""
    if isinstance(lock, str) and _LOCK_NAME.fullmatch(lock):
        try:
            found = locks.state(path.with_name(lock + _LOCK_SUFFIX))
        except FileNotFoundError:
            # Somebody removed it: its journal may live.
            found = Lock.NONE
        except OSError:
            found = Lock.TAKEN
        if found is not Lock.NONE:
            # What has ended in this process is told by the journal of an earlier version of the extension,
            # or by nobody any more.
            return found is Lock.HELD and not (ended and process == os.getpid())
    written = path.stat().st_mtime
    # One from the future is of a clock that was wrong.
    if abs(time.time() - written) > MAX_AGE:
        return False
    if process == os.getpid():
        return not ended and written >= _process_began()
    return _is_running(process)


def _process_began() -> float:
    """When this process began, in seconds since 1970; 0 where that cannot be told.

    Process numbers repeat in containers and in Flatpak, which are Linux (proc(5): field 22 of `stat`).
    """
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK") - 1.0
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _text(value: object) -> str:
    """Raises TypeError, or ValueError for half of a surrogate pair, which no label can show."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is not text")
    value.encode()
    return value


def _is_running(process: int) -> bool:
    # Other than as a process's number, 0 and those below it are whole groups of processes.
    if process <= 0:
        return False
    if sys.platform == "win32":
        return _is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # Another user's.
        return True
    return True


def _is_running_on_windows(process: int) -> bool:
    """os.kill(process, 0) would end it there."""
    if sys.platform != "win32":
        return False
    import ctypes

    query_limited_information, still_active, access_denied = 0x1000, 259, 5
    if process >= 2**32:
        return False
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query_limited_information, False, ctypes.c_uint32(process))
    if not handle:
        return ctypes.get_last_error() == access_denied
    try:
        status = ctypes.c_uint32()
        kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(status))
        return status.value == still_active
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
