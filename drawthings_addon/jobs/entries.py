# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of a queue as they stand: what waits, what runs, what failed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

from ..client.http.exchanges import Exchanges
from ..client.interface import Client
from ..errors import BridgeError
from .group import Group
from .job import Job, JobState, ProgressChanged
from .orders import Orders
from .progress import Watched
from .server_worker import ServerWorker
from .task import Task

#: Failed jobs with a source that can be tried again: each keeps the pixels that it was made from.
KEPT_FAILED = 8
#: Failed jobs in all: the others keep a few words each.
KEPT_FAILED_IN_ALL = 100
#: Bytes of pixels that all of them keep, but for the latest one's.
KEPT_FAILED_BYTES = 1 << 30


@dataclass(eq=False)
class Entry:
    """One job of a queue, under its lock."""

    job: Job
    state: JobState = JobState.WAITING
    began: float = 0.0
    ended: float = 0.0
    made: int = 0
    """Parts of the job's count."""
    paths: tuple[Path, ...] = ()
    """All that were written; more than `made` where a server answers with several."""
    error: BridgeError | None = None
    connecting: Exchanges = field(default_factory=Exchanges)
    """With which the client is found."""
    client: Client | None = None
    orders: Orders | None = None
    progress: ProgressChanged | None = None
    waited: float = 0.0
    """Seconds that its requests until now have waited behind others'."""
    watched: Watched | None = None
    """The request that is under way, where it is watched."""
    is_abandoned: bool = False
    """Nobody waits for it any more, not even its lane's others, once its thread has heard that."""
    kept: Task | None = None
    """The task with files for sources."""
    owed: Task | None = None
    """What is still to be done of it, where that is another task than the job's."""
    is_offered: bool = False
    """It was ordered before Blender ended, and is made from files of the journal."""

    @property
    def is_worked_on(self) -> bool:
        """The server works on the job, and what comes of it is told."""
        return self.state in (JobState.RUNNING, JobState.STOPPING)

    @property
    def is_stopping(self) -> bool:
        """The job was cancelled while the server worked on it."""
        return self.state in (JobState.STOPPING, JobState.LET_GO)

    @property
    def group(self) -> Group | None:
        """That it belongs to."""
        return self.job.member.group if self.job.member is not None else None

    @property
    def index(self) -> int:
        """In its group."""
        return self.job.member.index if self.job.member is not None else 0

    @property
    def keeps_record(self) -> bool:
        """Its entry in the journal, and its id, stay until it is made or given up, and not only until an end
        was shown."""
        return self.is_offered or self.group is not None


@dataclass(eq=False)
class Lane:
    """What one server is to do."""

    worker: ServerWorker
    waiting: list[Entry] = field(default_factory=list)
    running: Entry | None = None


def too_many(failed: list[Entry]) -> list[Entry]:
    """Those of the failed jobs that are not kept for another try: the oldest, unless their records stay."""
    told = [each for each in failed if not each.keeps_record]
    with_pixels = [each for each in told if each.job.task.sources]
    too_large = itertools.takewhile(
        lambda each: sum(map(_pixel_bytes, with_pixels[with_pixels.index(each) :])) > KEPT_FAILED_BYTES,
        with_pixels[:-1],
    )
    gone = [*with_pixels[:-KEPT_FAILED], *too_large, *told[:-KEPT_FAILED_IN_ALL]]
    return [each for each in told if each in gone]


def _pixel_bytes(entry: Entry) -> int:
    sources = entry.job.task.sources
    pixels = sum(each.pixels.nbytes for each in sources if each.pixels is not None)
    pixels += sum(each.faces.nbytes for each in sources if each.faces is not None)
    return pixels + sum(len(each.png) for each in sources if each.png is not None)


def restore_order(waiting: list[Entry]) -> None:
    """No member of a group in order comes before one that it needs."""
    groups = {entry.group for entry in waiting if entry.group is not None and entry.group.in_order}
    for group in groups:
        places = [place for place, entry in enumerate(waiting) if entry.group == group]
        members = sorted((waiting[place] for place in places), key=lambda entry: entry.index)
        for place, entry in zip(places, members, strict=True):
            waiting[place] = entry
