# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server does for us, or this computer: the protocol of every kind of job.

A task is frozen data that knows how it is done. Its `run` is a generator on the server's thread: it asks the
server as often as it needs to, and yields what came of it. That of a `LocalTask` is called `work`, asks
nobody, and has a thread of its own.
"""

from __future__ import annotations

import contextlib
import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..client.features import Feature
from ..client.http.address import Server
from ..client.interface import Client
from ..client.progress import Progress
from ..client.request import GenerationRequest
from ..imaging import png
from ..messages import Message
from .helper import Begun
from .recipe import Recipe
from .source import Source

#: Pixels of the largest preview that is looked at.
MAX_PREVIEW_PIXELS = 1 << 24


class Stored(enum.Enum):
    """Where a picture is safe."""

    OUTPUT = "output folder"
    TEMPORARY = "temporary folder"
    """The output folder did not take it. The system empties this one some time."""
    MEMORY = "memory"
    """No folder took it: it is in the datablock, and written as soon as one does."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One result. It is on disk before anybody hears of it, unless no disk takes it.

    A result of several pictures is the one that is called "image", with the others beside it.
    """

    job_id: str
    path: Path
    """Its file; where it is in memory alone, the one that it is to have."""
    png: bytes = field(repr=False)
    """The file's bytes, of whatever format the server answers with."""
    width: int
    height: int
    recipe: Recipe
    thumbnail: NDArray[np.uint8] = field(repr=False)
    """(h, w, 4) uint8 sRGB, row 0 at the top, longest side at most `results.THUMBNAIL_EDGE`;
    `thumbnail.NONE` until it is made, elsewhere or, of what Blender alone decodes, by Blender."""
    index: int = 0
    """Which of the job's count it is, or which of its sources it was made from."""
    stored: Stored = Stored.OUTPUT
    name: str = "image"
    """What it is of its result."""
    tile: int = 0
    """Of a UDIM set the tile's number: those beside it are the set's other tiles. 0: it is an image of its
    own."""
    beside: tuple[Picture, ...] = ()
    """The others of the same result, each of a name of its own, such as "height": they are delivered with
    it."""
    title: str = ""
    """Of the job that it is of; filled in by the queue, as what follows."""
    made_by: Task | None = None
    """What makes it again, from the same pixels: its sources are files. None where these are not kept."""

    @property
    def set(self) -> tuple[Picture, ...]:
        """All pictures of the result."""
        return (self, *self.beside)

    def replaced(self, picture: Picture) -> Picture:
        """The result with another in the place of the picture of that name."""
        if picture.name == self.name:
            return replace(picture, beside=self.beside)
        beside = tuple(picture if each.name == picture.name else each for each in self.beside)
        return replace(self, beside=beside)


@dataclass(frozen=True)
class PictureComing:
    """A picture of the task, by its checksums as the server made it, is being written and looked at: can it
    be decoded? A `PictureDone` tells that it is there and can, of the same path unless that was taken
    meanwhile; else the job ends without one."""

    picture: Picture


@dataclass(frozen=True)
class PictureDone:
    """A picture of the task is on disk, or in memory where no disk took it."""

    picture: Picture
    is_wanted: bool = True
    """False where the job was cancelled before anybody heard of the picture."""


@dataclass(frozen=True)
class Notice:
    """Something the artist should know about a task, be it what came of it."""

    text: str
    advice: str = ""


@dataclass(frozen=True)
class TextDone:
    """What the server says."""

    text: str


@dataclass(frozen=True)
class Began:
    """The server begins with something of so many steps."""

    steps: int
    owed: Task | None = None
    """What is done should it fail from here on, and be tried again; None: all of it."""


@dataclass(frozen=True)
class Waits:
    """Until the server has done with somebody else's."""


TaskEvent = PictureDone | TextDone | Notice | Began | Waits


class Keeps(enum.Flag):
    """What of a task outlives it."""

    NOTHING = 0
    SOURCES = enum.auto()
    """Its sources, as long as one of its pictures is there to be made again."""
    JOURNAL = enum.auto()
    """An entry that tells of it, should Blender end before it does."""


#: How an `early` ends that was no order of ours.
BY_ANOTHER = "by somebody else"


@dataclass(frozen=True)
class Ending:
    """How what a server made came to its end."""

    how: str = ""
    """"skipped", "interrupted" or "ended", where it was ended early."""
    step: int = 0
    """The last that is known."""
    steps: int = 0
    by_another: bool = False
    """It was no order of ours."""
    waited: float = 0.0
    """Seconds that the request was seen to wait behind others'."""
    is_lost: bool = False
    """At some time nobody could tell whose the server made."""

    @property
    def early(self) -> str:
        """In words for the recipe; empty for what is finished."""
        if not self.how:
            return ""
        words = (
            Message("{how} at step {step} of {steps}", how=self.how, step=self.step, steps=self.steps)
            if self.steps
            else self.how
        )
        return Message("{words} " + BY_ANOTHER, words=words) if self.by_another else words

    def taught(self, seconds: float) -> float | None:
        """What `TaskIO.answered` is told of a request of so many seconds: nothing of one that was ended early
        or may have waited."""
        return None if self.how or self.waited or self.is_lost else seconds


def _nobody_listens() -> contextlib.AbstractContextManager[Callable[[], Ending]]:
    return contextlib.nullcontext(Ending)


def _decode_png(data: bytes) -> NDArray[np.uint8]:
    return png.decode(data)


@dataclass(frozen=True, eq=False)
class TaskIO:
    """What a task has to do with while it runs, besides the client."""

    job_id: str
    server: Server
    blend: str = ""
    """The name of the .blend that the job was ordered in, for the recipes."""
    is_cancelled: Callable[[], bool] = lambda: False
    """Nobody waits for more: `run` returns early, without another event."""
    asking: Callable[[], contextlib.AbstractContextManager[Callable[[], Ending]]] = _nobody_listens
    """Surrounds each call of the client that makes something: progress, interrupt and skip are for that call.
    What it gives tells afterwards how that ended."""
    told: Callable[[float, str], None] = lambda _fraction, _text: None
    """Called by a `LocalTask` as it gets on: 0 to 1 of the present picture, and what is done, or an empty
    text."""
    answered: Callable[[str, float | None], None] = lambda _timing_key, _seconds: None
    """Called once for each of the task's parts, such as a picture, with its `timing_key` and its seconds,
    after all that its request brought was yielded; with None for one that is not finished, or had to wait
    there."""
    begin: Callable[[Callable[[], Any]], Begun[Any]] = Begun
    """Have something done beside what follows; see `Helper.begin`."""
    do_all: png.DoAll = png.in_turn
    """Does parts of something side by side."""
    coming: Callable[[Picture], None] = lambda _picture: None
    """Told of a picture that will be yielded by and by, unless it proves broken: see `PictureComing`."""
    makes_thumbnails: bool = True
    """Else somebody makes them later, if they are needed."""
    decode: Callable[[bytes], NDArray[np.uint8]] = _decode_png
    """(H, W, 1 to 4) uint8 sRGB of a picture, row 0 at the top: a PNG's here, others' by Blender, which is
    waited for. Raises PictureInvalid."""


class Task(ABC):
    """One thing that a server is to do. Subclasses are frozen dataclasses.

        class UpscaleTask(Task, stored_as="upscale"):

    is called so in the journal, for ever.
    """

    stored_as: ClassVar[str] = ""
    known: ClassVar[dict[str, type[Task]]] = {}
    """All that there are, by what they are stored as."""
    patience: ClassVar[float] = 0.0
    """Seconds that one of its requests may take, where that is more than the server is given else."""

    def __init_subclass__(cls, *, stored_as: str = "", **values: Any) -> None:
        super().__init_subclass__(**values)
        cls.stored_as = stored_as
        if stored_as:
            Task.known[stored_as] = cls

    @abstractmethod
    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """Do it: a picture is on disk before it is yielded.

        Raises BridgeError when it cannot be done.
        """

    @property
    def needs(self) -> tuple[Feature, ...]:
        """What the server has to offer besides what every one does."""
        return ()

    @property
    def picture_count(self) -> int:
        """How many pictures it makes, if the server does not make more than it is asked for."""
        return 1

    @property
    def part_count(self) -> int:
        """In how many parts that is done, of most its pictures: `TaskIO.answered` is told of each."""
        return max(1, self.picture_count)

    @property
    def keeps(self) -> Keeps:
        """What of it outlives it."""
        return Keeps.SOURCES | Keeps.JOURNAL

    @property
    def ends_when_cancelled(self) -> bool:
        """Cancelled while it runs, it is waited for until the server has stopped, and tells what came of it;
        else its answer is dropped."""
        return False

    @property
    def has_preview(self) -> bool:
        """The server shows something half-done worth looking at."""
        return True

    def reading(self, progress: Progress) -> Progress:
        """The server's progress with its steps as they are counted in this task."""
        return progress

    def request_share(self, made: int) -> float:
        """What the next request to the server is of the whole when so many parts are made, 0 to 1: the
        server tells the progress of one."""
        return 1.0

    def part_done(self, made: int) -> float:
        """What so many parts are of the whole, 0 to 1."""
        weights = [weight for _key, weight in self.timings]
        return sum(weights[:made]) / sum(weights)

    @property
    def timing_key(self) -> str:
        """What the time of one of its parts depends on, but for the server."""
        return type(self).__name__

    @property
    def timings(self) -> tuple[tuple[str, float], ...]:
        """Of each of its parts the `timing_key`, and how long it takes compared with the others, as far as
        that can be told before."""
        return ((self.timing_key, 1.0),) * self.part_count

    @property
    def can_skip(self) -> bool:
        """There is a next picture to go on with when the server is told to end the present one."""
        return False

    @property
    def max_preview_pixels(self) -> int:
        """More pixels than that the half-done picture of a server cannot have."""
        return MAX_PREVIEW_PIXELS

    @property
    def prompt(self) -> str:
        """What the artist wrote for it."""
        return ""

    @property
    def source(self) -> Source | None:
        """What its first picture is made from."""
        return None

    @property
    def mask(self) -> Source | None:
        """What of `source` is made anew."""
        return None

    @property
    def sources(self) -> tuple[Source, ...]:
        """All pictures that it needs."""
        return ()

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        """The same task with each of `sources` changed."""
        return self

    def remaining(self, made: int) -> Self:
        """What is still owed when so many parts are made."""
        return self

    def of_picture(self, index: int) -> Self | None:
        """What makes that one of its pictures; None where nothing can tell."""
        return self

    def again(self, seed: int, directory: Path) -> Self:
        """The same for one more picture, with another seed where it has one, in this folder."""
        return self


@dataclass(frozen=True)
class PictureTask(Task):
    """What is done with one picture."""

    picture: Source

    @property
    def source(self) -> Source | None:
        return self.picture

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))


class RequestTask(Task):
    """What a server is asked for part by part: one request makes one of them."""

    request: GenerationRequest
    """What they are made from; a field of each subclass."""

    def request_share(self, made: int) -> float:
        return self.part_done(made + 1) - self.part_done(made)

    @property
    def prompt(self) -> str:
        return self.request.conditioning.prompt


class PatchworkTask(RequestTask):
    """A picture that is worked over patch by patch, such as windows of a canvas, or tiles."""

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (Feature.IMAGE_TO_IMAGE,)

    @property
    def timing_key(self) -> str:
        return self.timings[0][0]

    @property
    def has_preview(self) -> bool:
        """A patch is not what comes of it."""
        return False


class LocalTask(Task):
    """One thing that is done here, without a server: subclasses are declared as those of `Task`, and their
    jobs are of `THIS_COMPUTER`. Needs no address and no network; offline it is all the same.

    Of its `TaskIO` there is all but `asking`: nobody is asked. It looks at `is_cancelled` every now and then.
    """

    @abstractmethod
    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        """As `run`."""

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """As `work`: the client is not asked."""
        return self.work(io)

    @property
    def has_preview(self) -> bool:
        return False
