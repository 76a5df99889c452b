# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an entry of the journal tells, read by a later start. Somebody may have changed it."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..client.http.address import THIS_COMPUTER, Server
from ..errors import BridgeError
from . import locks, processes
from .annotated_json import MAX_ENTRIES, NotAsAnnotated, read
from .group import Member
from .job import Job
from .locks import Lock
from .task import LocalTask
from .task_json import NotATask, read_task

#: Process numbers are used again, so an entry this old, in seconds, is not believed to be of one that runs.
MAX_AGE = 7 * 24 * 3600.0
#: Bytes of an entry, which may have a long prompt, and characters of where its results go.
_MAX_ENTRY = 4 << 20
_MAX_TARGET = 1 << 20
#: No job makes so many.
_MAX_PICTURES = 10_000
JOB_ID = re.compile("[0-9a-f]{32}")
LOCK_NAME = re.compile("[0-9a-f]{32}")
LOCK_SUFFIX = ".lock"


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
    done: Job | None = None
    """A member of a group that is done: its entry stays, too, as long as others are not."""
    queued: int = 0
    """Which came first: nanoseconds since 1970, where that was recorded."""
    is_told: bool = False
    """An earlier start has told of it."""


class StillOpen(Exception):
    """A process that runs looks after this entry."""


def read_entry(path: Path) -> LostJob | None:
    """None: it is damaged, tells nothing, and would come back at every start."""
    try:
        entry = json.loads(_text_of(path))
        process, ended = int(entry["process"]), bool(entry["ended"])
        if _is_looked_after(path, process, entry.get("lock"), ended=ended):
            raise StillOpen
        pictures = entry["pictures"]
        lost = LostJob(
            title=_text(entry["title"]),
            prompt=_text(entry["prompt"]),
            started=_text(entry["started"]),
            pictures=tuple(
                Path(_text(name)) for name in (pictures[:_MAX_PICTURES] if isinstance(pictures, list) else ())
            ),
            is_told=entry.get("told") is True,
            queued=queued if type(queued := entry.get("queued")) is int else 0,
        )
        return _with_job(lost, path, entry, ended=ended)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _text_of(path: Path) -> str:
    # Not what a link names, and no pipe, which would be waited for.
    with os.fdopen(locks.open_file(path, os.O_RDONLY), "rb") as stream:
        data = stream.read(_MAX_ENTRY + 1)
    if len(data) > _MAX_ENTRY:
        raise ValueError("it is too long")
    return data.decode()


def _with_job(lost: LostJob, path: Path, entry: dict[str, Any], *, ended: bool) -> LostJob:
    """With what the entry tells of what is still to be made, as far as it can be meant."""
    stored, made = entry.get("job"), entry.get("made", 0)
    if not isinstance(stored, dict) or type(made) is not int or not JOB_ID.fullmatch(path.stem):
        return lost
    try:
        job = _job(path, stored, lost.title)
    except (NotATask, NotAsAnnotated, BridgeError, ValueError, KeyError, TypeError):
        # What is told of it is not lost.
        return lost
    count = job.part_count
    if not 0 <= made <= count <= _MAX_PICTURES or job.task.picture_count < 1:
        return lost
    if made == count:
        return replace(lost, done=job) if job.member is not None else lost
    return lost if ended else replace(lost, owed=replace(job, task=job.task.remaining(made)))


def _job(path: Path, stored: dict[str, Any], title: str) -> Job:
    """Raises what is caught above."""
    task = read_task(stored["task"], path.with_suffix(""))
    is_here, target = isinstance(task, LocalTask), _text(stored["target"])
    server = THIS_COMPUTER if is_here else Server(_text(stored["server"]))
    if len(target) > _MAX_TARGET:
        raise ValueError("no target is that long")
    member = read(Member | None, stored.get("member"), "member")
    if member is not None and not (JOB_ID.fullmatch(member.group.id) and member.group.size <= MAX_ENTRIES):
        raise ValueError("no group is that large")
    blend = read(str, stored.get("blend", ""), "blend")
    return Job(path.stem, title, server, task, target, member, blend)


def _is_looked_after(path: Path, process: int, lock: object, *, ended: bool) -> bool:
    """Whether the journal that wrote the entry lives, or may live."""
    if isinstance(lock, str) and LOCK_NAME.fullmatch(lock):
        try:
            found = locks.state(path.with_name(lock + LOCK_SUFFIX))
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
        return not ended and written >= processes.began()
    return processes.is_running(process)


def _text(value: object) -> str:
    """Raises TypeError, or ValueError for half of a surrogate pair, which no label can show."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is not text")
    value.encode()
    return value
