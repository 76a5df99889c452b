# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs were under way, should Blender end before they do: one small file a job.

A file is written when a job is accepted and removed when its end has been shown to the artist, so
whatever lies there when the extension starts tells of a job that nobody waited for. A server may have
finished it alone: then its pictures are in the app; those that had arrived are in the output folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StorageFailed
from .job import Job
from .storage import write_whole

#: Process numbers are used again, so an entry this old, in seconds, is not believed to be of one that runs.
MAX_AGE = 7 * 24 * 3600.0


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

    def record(self, job: Job, pictures: tuple[Path, ...] = (), *, ended: bool = False) -> None:
        """Write or renew a job's entry. A full disk does not stop a job."""
        with self._lock:
            started = self._open.setdefault(job.id, datetime.now(UTC).isoformat(timespec="seconds"))
        entry = {
            "title": job.title,
            "prompt": job.request.prompt,
            "started": started,
            "pictures": [str(path) for path in pictures],
            "process": os.getpid(),
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
        return tuple(lost)

    def _path(self, job: Job) -> Path:
        return self.directory / f"{job.id}.json"


class _StillOpen(Exception):
    """A process that runs looks after this entry."""


def _read_entry(path: Path) -> LostJob | None:
    """None: it is damaged, tells nothing, and would come back at every start."""
    try:
        entry = json.loads(path.read_text("utf-8"))
        process = int(entry["process"])
        is_open = not entry["ended"] if process == os.getpid() else _is_running(process)
        if is_open and time.time() - path.stat().st_mtime < MAX_AGE:
            raise _StillOpen
        pictures = entry["pictures"]
        return LostJob(
            title=_text(entry["title"]),
            prompt=_text(entry["prompt"]),
            started=_text(entry["started"]),
            pictures=tuple(Path(_text(name)) for name in (pictures if isinstance(pictures, list) else ())),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _text(value: object) -> str:
    """Raises TypeError, or ValueError for half of a surrogate pair, which no label can show."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
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
