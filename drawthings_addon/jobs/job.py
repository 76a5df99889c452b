# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job is: one press of a button. And the events that it gives."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..client.http.address import Server
from ..errors import BridgeError
from .group import Group, Member
from .task import Notice, Picture, PictureComing, PictureDone, Task, TextDone


@dataclass(frozen=True, eq=False)
class Job:
    """One press of a button: what a server is to do."""

    id: str
    title: str
    server: Server
    task: Task
    target: str = ""
    """For whoever pressed it: where its results go, as a text that outlives the process."""
    member: Member | None = None
    """Which one it is of a group."""
    blend: str = ""
    """The name of the .blend that it was ordered in, without its folder."""

    @property
    def picture_count(self) -> int:
        """How many pictures it makes, if the server does not make more than it is asked for."""
        return max(1, self.task.picture_count)

    @property
    def part_count(self) -> int:
        """In how many parts that is done: of most jobs their pictures."""
        return self.task.part_count


class JobState(enum.Enum):
    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    """Cancelled while the server worked on it: what it has made until then is waited for."""
    LET_GO = "let go"
    """Cancelled while the server worked on it: the server finishes alone, its answer is dropped."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class ProgressChanged:
    """How far the server is with what it makes, as it says itself. Not every server does."""

    job: Job
    fraction: float
    """0 to 1 of the present request, such as one picture. It never falls meanwhile."""
    step: int
    steps: int
    """Of the present pass; 0: the server does not count."""
    eta_seconds: float | None
    """The server's own estimate for the present request, which jumps."""
    text: str = ""
    """What the server says that it does."""
    preview: NDArray[np.uint8] | None = field(default=None, repr=False)
    """The picture so far, (h, w, 4) uint8 sRGB, row 0 at the top, longest side at most
    `progress.PREVIEW_EDGE`; the same array as before when it has not changed."""
    is_waiting: bool = False
    """The server has not begun: it makes somebody else's. Nothing else is told then."""


@dataclass(frozen=True)
class JobStatus:
    """What a panel shows of one job."""

    job: Job
    state: JobState
    parts_done: int = 0
    """Of `job.part_count`; a picture that came with others in one answer is not counted twice."""
    seconds: float = 0.0
    """From the job's beginning to now or to its end; 0 while it waits."""
    waited: float = 0.0
    """Of these the server was seen to make somebody else's."""
    estimate: float | None = None
    """Seconds that the whole job takes, learnt from earlier ones; None: not known yet."""
    error: BridgeError | None = None
    progress: ProgressChanged | None = None
    """The latest; None where the server does not tell it, or has not begun."""

    @property
    def pictures_done(self) -> int:
        """Of `job.picture_count`."""
        return self.parts_done * self.job.picture_count // self.job.part_count

    @property
    def is_waiting_there(self) -> bool:
        """The server makes somebody else's first."""
        return self.progress is not None and self.progress.is_waiting

    @property
    def worked(self) -> float:
        """Seconds that the server has worked on the job."""
        return max(self.seconds - self.waited, 0.0)

    @property
    def fraction(self) -> float:
        """0 to 1 of all the job's pictures, by what the server tells, else by time and by the parts that
        are done; held below 1 until the job has ended."""
        task = self.job.task
        by_count = task.part_done(self.parts_done)
        if self.progress is not None:
            share = task.request_share(self.parts_done)
            return min(by_count + share * self.progress.fraction, 0.99)
        by_time = self.worked / self.estimate if self.estimate else 0.0
        return min(max(by_time, by_count), 0.99)


@dataclass(frozen=True)
class PictureWritten:
    """A picture that no folder took is on disk by now."""

    picture: Picture
    """With its file."""
    before: Path
    """What its path was meanwhile."""


@dataclass(frozen=True, eq=False)
class ThumbnailMade:
    """Of a picture that was told of."""

    path: Path
    """The picture's."""
    thumbnail: NDArray[np.uint8] = field(repr=False)
    """As `Picture.thumbnail`."""


@dataclass(frozen=True)
class JobNotice:
    """Something the artist should know about a job."""

    job: Job
    text: str
    advice: str = ""


@dataclass(frozen=True)
class JobText:
    """What came of a job that asks for words."""

    job: Job
    text: str


@dataclass(frozen=True)
class JobEnded:
    """DONE, CANCELLED or FAILED; the last event of its job, unless a notice says that the server goes on, or
    a picture of a set was being written when it was cancelled."""

    job: Job
    state: JobState
    error: BridgeError | None = None


@dataclass(frozen=True, eq=False)
class GroupDone:
    """All members of a group are done."""

    group: Group
    jobs: tuple[Job, ...]
    """In the group's order, as are their pictures."""
    pictures: tuple[tuple[Path, ...], ...]


#: What a queue gives: frozen, and the only things that come back from its threads.
Event = (
    PictureComing
    | PictureDone
    | PictureWritten
    | ThumbnailMade
    | JobNotice
    | JobText
    | JobEnded
    | GroupDone
    | ProgressChanged
)


def of_job(job: Job, event: PictureDone | TextDone | Notice) -> Event:
    """The event of a job that a task's event is."""
    match event:
        case Notice(text, advice):
            return JobNotice(job, text, advice)
        case TextDone(text):
            return JobText(job, text)
    return event
