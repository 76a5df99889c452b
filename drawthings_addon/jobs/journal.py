# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs were under way, should Blender end before they do: one small file a job.

A file is written when a job is accepted and removed when its end has been shown to the artist, so
whatever lies there when the extension starts tells of a job that nobody waited for. A server may have
finished it alone: then its pictures are in the app; those that had arrived are in the output folder.

A second Blender's jobs lie there, too. They are told apart by a lock that each journal holds while it lives;
where the file system has no locks, by the number of the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..client import bounds
from ..errors import StorageFailed
from . import locks
from .job import Job
from .locks import Lock
from .storage import sweep, write_whole

#: Process numbers are used again, so an entry this old, in seconds, is not believed to be of one that runs.
MAX_AGE = 7 * 24 * 3600.0
#: Seconds between two attempts to lock a new file, which another Blender may be looking at just then.
_PAUSE = 0.01
_ATTEMPTS = 50
#: So many kinds of lost jobs are told one by one.
_TOLD_ONE_BY_ONE = 200
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


@dataclass(eq=False)
class Journal:
    """The folder of open jobs. Every method may be called from any thread but the main one."""

    directory: Path
    _open: dict[str, str] = field(default_factory=dict)
    """The jobs recorded here and not closed yet, and when they were ordered."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _alive: BinaryIO | None = None
    """A file whose lock tells other Blenders that this journal lives."""

    def record(self, job: Job, pictures: tuple[Path, ...] = (), *, ended: bool = False) -> None:
        """Write or renew a job's entry. A full disk does not stop a job."""
        with self._lock:
            started = self._open.setdefault(job.id, datetime.now(UTC).isoformat(timespec="seconds"))
            alive = self._sign_of_life()
        entry = {
            "title": job.title,
            "prompt": job.task.prompt,
            "started": started,
            "pictures": [str(path) for path in pictures],
            "process": os.getpid(),
            "lock": alive,
            "ended": ended,
        }
        with contextlib.suppress(StorageFailed):
            write_whole(self._path(job), json.dumps(entry).encode())

    def close(self, job: Job) -> None:
        """The job has ended and the artist has been told."""
        with contextlib.suppress(OSError):
            self._path(job).unlink(missing_ok=True)
        with self._lock:
            self._open.pop(job.id, None)
            if not self._open and self._alive is not None:
                self._alive.close()
                with contextlib.suppress(OSError):
                    Path(self._alive.name).unlink()
                self._alive = None

    def take_lost(self) -> tuple[LostJob, ...]:
        """The jobs that nobody was told the end of; they are told once and then forgotten.

        Left alone are entries of another process that runs (a second Blender), those of this very journal,
        and open ones of this process from before the extension was updated, whose threads may still work.
        """
        lost = []
        paths: list[Path] = []
        with contextlib.suppress(OSError):
            paths = sorted(self.directory.glob("*.json"))
        for path in paths:
            with self._lock:
                if path.stem in self._open:
                    continue
            try:
                found = _read_entry(path)
                # Of two Blenders that start at once, the one whose call removes it tells of it.
                path.unlink()
            except (OSError, _StillOpen):
                continue
            if found is not None:
                lost.append(found)
        self._clear_up()
        return tuple(lost)

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


def about_lost(lost: Iterable[LostJob]) -> Iterator[str]:
    """A sentence for each kind of job that Blender did not live to see the end of, and one for those of which
    there are too many to be read one by one."""
    kinds: dict[tuple[str, str], list[LostJob]] = {}
    for job in lost:
        kinds.setdefault((job.title, job.prompt), []).append(job)
    groups = list(kinds.values())
    for jobs in groups[:_TOLD_ONE_BY_ONE]:
        times = "" if len(jobs) == 1 else f" {len(jobs)} times, each time"
        words = f"“{bounds.one_line(jobs[0].title, 80)}” ({bounds.one_line(jobs[0].prompt, 60)})"
        yield f"Blender ended{times} during {words}.{_about_their_pictures(jobs)}"
    others = [job for jobs in groups[_TOLD_ONE_BY_ONE:] for job in jobs]
    if others:
        yield f"Blender ended during {len(others)} other jobs as well.{_about_their_pictures(others)}"


def _about_their_pictures(jobs: Sequence[LostJob]) -> str:
    pictures = [path for job in jobs for path in job.pictures]
    if not pictures:
        return ""
    folders = dict.fromkeys(str(path.parent) for path in pictures[:_TOLD_ONE_BY_ONE])
    whose = "its" if len(jobs) == 1 else "their"
    return f" {len(pictures)} of {whose} pictures are in {', '.join(folders)}."


class _StillOpen(Exception):
    """A process that runs looks after this entry."""


def _read_entry(path: Path) -> LostJob | None:
    """None: it is damaged, tells nothing, and would come back at every start."""
    try:
        entry = json.loads(path.read_text("utf-8"))
        process, ended = int(entry["process"]), bool(entry["ended"])
        if _is_looked_after(path, process, entry.get("lock"), ended=ended):
            raise _StillOpen
        pictures = entry["pictures"]
        return LostJob(
            title=_text(entry["title"]),
            prompt=_text(entry["prompt"]),
            started=_text(entry["started"]),
            pictures=tuple(Path(_text(name)) for name in (pictures if isinstance(pictures, list) else ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
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
