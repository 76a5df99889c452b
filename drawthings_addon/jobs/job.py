# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job is, and the events it gives. Frozen: these are the only things that cross threads."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..client.a1111.types import UpscaleSettings
from ..client.http.address import Server
from ..client.request import GenerationRequest
from ..errors import BridgeError
from ..imaging.fit import FitMode
from .recipe import Recipe


class Encoding(enum.Enum):
    """What the numbers of a snapshot mean."""

    SRGB = "sRGB"
    """As displayed: byte images, the viewport, data maps. Sent as they are."""
    LINEAR = "linear"
    """Scene-linear Rec.709, as float images hold it. Encoded to sRGB before it is sent."""


@dataclass(frozen=True, eq=False)
class Source:
    """What img2img starts from, as it was when the artist pressed the button."""

    label: str
    """For the recipe and the panel: "viewport", "render", "image Rust.png" …"""
    pixels: NDArray[Any] | None = field(default=None, repr=False)
    """(H, W, C) uint8, or float32 with 1.0 as white; row 0 is the BOTTOM row, as Blender stores it."""
    path: Path | None = None
    """Where there are no pixels: a PNG that Blender wrote, removed when the job can no longer be tried again,
    or a file of `kept`."""
    encoding: Encoding = Encoding.SRGB
    premultiplied: bool = False
    """The colours are multiplied by alpha, as in Blender's float images."""
    fit_mode: FitMode = "PAD"
    keep_alpha: bool = True
    origin: object = None
    """For whoever made it: what it was made from. Frozen; the worker passes it on."""
    resize_to: tuple[int, int] | None = None
    """Width and height to work at and to deliver, where the artist asked for another than the source's."""


@dataclass(frozen=True, eq=False)
class Job:
    """One press of a button: `count` pictures from one request."""

    id: str
    title: str
    server: Server
    request: GenerationRequest
    """Without init image, which the worker makes from `source`; `seed` is the first picture's.

    With a source, width and height are those of the fitted source."""
    directory: Path
    """Where the pictures are written; made by the worker when missing."""
    source: Source | None = None
    count: int = 1
    mask: Source | None = None
    """What of the source is painted anew: white. It lies on the source, whatever its own size is."""
    control_images: tuple[Source | None, ...] = ()
    """For the request's control units, in their order; None: that unit has none of its own. They lie on the
    source when there is one."""
    extras: UpscaleSettings | None = None
    """Enlarge or restore `source` and `more_sources`, in one request, instead of generating; then the
    request is for the recipe, with `operation` "extras" and the size of the first source."""
    more_sources: tuple[Source, ...] = ()
    """For extras only."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """What pictures are made from; several for extras only."""
        return (() if self.source is None else (self.source,)) + self.more_sources

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """Those, the mask and the control images."""
        beside = (self.mask, *self.control_images)
        return self.sources + tuple(source for source in beside if source is not None)

    def with_sources(self, change: Callable[[Source], Source]) -> Job:
        """The same job with each of `all_sources` changed."""

        def changed(source: Source | None) -> Source | None:
            return None if source is None else change(source)

        return replace(
            self,
            source=changed(self.source),
            mask=changed(self.mask),
            control_images=tuple(map(changed, self.control_images)),
            more_sources=tuple(map(change, self.more_sources)),
        )

    @property
    def picture_count(self) -> int:
        """How many pictures it makes, if the server does not make more than it is asked for."""
        return max(1, self.count if self.extras is None else len(self.sources))


class JobState(enum.Enum):
    WAITING = "waiting"
    RUNNING = "running"
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
    """0 to 1 of the present request: one picture, or all of a job with extras. It never falls meanwhile."""
    step: int
    steps: int
    """Of the present pass; 0: the server does not count."""
    eta_seconds: float | None
    """The server's own estimate for the present request, which jumps."""
    preview: NDArray[np.uint8] | None = field(default=None, repr=False)
    """The picture so far, (h, w, 4) uint8 sRGB, row 0 at the top, longest side at most
    `progress.PREVIEW_EDGE`; the same array as before when it has not changed."""


@dataclass(frozen=True)
class JobStatus:
    """What a panel shows of one job."""

    job: Job
    state: JobState
    pictures_done: int = 0
    """Of `job.picture_count`; one that came with others in one answer is not counted twice."""
    seconds: float = 0.0
    """From the job's beginning to now or to its end; 0 while it waits."""
    estimate: float | None = None
    """Seconds that the whole job takes, learnt from earlier ones; None: not known yet."""
    error: BridgeError | None = None
    progress: ProgressChanged | None = None
    """The latest; None where the server does not tell it, or has not begun."""

    @property
    def fraction_is_true(self) -> bool:
        """The server tells it; else it is from earlier jobs, and is shown as "about"."""
        return self.progress is not None

    @property
    def fraction(self) -> float:
        """0 to 1 of all the job's pictures, by what the server tells, else by time and by the pictures that
        are there; held below 1 until the job has ended."""
        count = self.job.picture_count
        by_count = self.pictures_done / count
        if self.progress is not None:
            share = 1 / count if self.job.extras is None else 1.0
            return min(by_count + share * self.progress.fraction, 0.99)
        by_time = self.seconds / self.estimate if self.estimate else 0.0
        return min(max(by_time, by_count), 0.99)


class Stored(enum.Enum):
    """Where a picture is safe."""

    OUTPUT = "output folder"
    TEMPORARY = "temporary folder"
    """The output folder did not take it. The system empties this one some time."""
    MEMORY = "memory"
    """No folder took it: it is in the datablock, and written as soon as one does."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One result. It is on disk before anybody hears of it, unless no disk takes it."""

    job_id: str
    path: Path
    """Its file; where it is in memory alone, the one that it is to have."""
    png: bytes = field(repr=False)
    """The file's bytes; a JPEG where the server answers with such."""
    width: int
    height: int
    recipe: Recipe
    thumbnail: NDArray[np.uint8] = field(repr=False)
    """(h, w, 4) uint8 sRGB, row 0 at the top, longest side at most `results.THUMBNAIL_EDGE`."""
    index: int = 0
    """Which of the job's count it is, or which of its sources it was made from."""
    stored: Stored = Stored.OUTPUT
    made_by: Job | None = None
    """What makes it again, from the same pixels: its sources are files. None where these are not kept."""


@dataclass(frozen=True)
class PictureDone:
    picture: Picture


@dataclass(frozen=True)
class PictureWritten:
    """A picture that no folder took is on disk by now."""

    picture: Picture
    """With its file."""
    before: Path
    """What its path was meanwhile."""


@dataclass(frozen=True)
class JobNotice:
    """Something the artist should know about a job that goes on."""

    job: Job
    text: str


@dataclass(frozen=True)
class JobEnded:
    """DONE, CANCELLED or FAILED; the last event of its job."""

    job: Job
    state: JobState
    error: BridgeError | None = None


Event = PictureDone | PictureWritten | JobNotice | JobEnded | ProgressChanged
