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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StorageFailed
from .job import Job
from .storage import write_whole


@dataclass(frozen=True)
class LostJob:
    """A job that Blender did not live to see the end of."""

    title: str
    prompt: str
    started: str
    pictures: tuple[Path, ...]
    """Those that were on disk before the end."""


@dataclass(frozen=True)
class Journal:
    """The folder of open jobs. Every method may be called from any thread but the main one."""

    directory: Path

    def record(self, job: Job, pictures: tuple[Path, ...] = (), *, ended: bool = False) -> None:
        """Write or renew a job's entry. A full disk does not stop a job."""
        entry = {
            "title": job.title,
            "prompt": job.request.prompt,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
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

    def take_lost(self) -> tuple[LostJob, ...]:
        """The jobs that nobody was told the end of; they are told once and then forgotten.

        Open entries of a process that still runs are left alone: they belong to another Blender, or to this
        one from before the extension was updated.
        """
        lost = []
        for path in sorted(self.directory.glob("*.json")):
            try:
                entry = json.loads(path.read_text("utf-8"))
                if not entry["ended"] and _is_running(int(entry["process"])):
                    continue
                pictures = tuple(Path(name) for name in entry["pictures"])
                lost.append(
                    LostJob(str(entry["title"]), str(entry["prompt"]), str(entry["started"]), pictures)
                )
            except (OSError, ValueError, KeyError, TypeError):
                # A damaged entry tells nothing, and would come back at every start.
                pass
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return tuple(lost)

    def _path(self, job: Job) -> Path:
        return self.directory / f"{job.id}.json"


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name == "nt":
        # os.kill(pid, 0) ends the process on Windows; a second Blender there is told of twice at worst.
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
