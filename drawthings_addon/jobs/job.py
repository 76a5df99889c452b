# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job is, and the events it gives. Frozen: these are the only things that cross threads."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..client.address import Server
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
    """Instead of pixels: a PNG that Blender wrote, removed when the job can no longer be tried again."""
    encoding: Encoding = Encoding.SRGB
    premultiplied: bool = False
    """The colours are multiplied by alpha, as in Blender's float images."""
    fit_mode: FitMode = "PAD"
    keep_alpha: bool = True
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


class JobState(enum.Enum):
    WAITING = "waiting"
    RUNNING = "running"
    LET_GO = "let go"
    """Cancelled while the server worked on it: the server finishes alone, its answer is dropped."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class JobStatus:
    """What a panel shows of one job."""

    job: Job
    state: JobState
    pictures_done: int = 0
    """Of `job.count`; one that came with others in one answer is not counted twice."""
    seconds: float = 0.0
    """From the job's beginning to now or to its end; 0 while it waits."""
    estimate: float | None = None
    """Seconds that the whole job takes, learnt from earlier ones; None: not known yet."""
    error: BridgeError | None = None

    @property
    def fraction(self) -> float:
        """0 to 1, by time and by the pictures that are there; held below 1 until the job has ended."""
        by_time = self.seconds / self.estimate if self.estimate else 0.0
        by_count = self.pictures_done / max(self.job.count, 1)
        return min(max(by_time, by_count), 0.99)


@dataclass(frozen=True, eq=False)
class Picture:
    """One result. It is on disk before anybody hears of it."""

    job_id: str
    path: Path
    png: bytes = field(repr=False)
    width: int
    height: int
    recipe: Recipe
    thumbnail: NDArray[np.uint8] = field(repr=False)
    """(h, w, 4) uint8 sRGB, row 0 at the top, longest side at most `work.THUMBNAIL_EDGE`."""


@dataclass(frozen=True)
class PictureDone:
    picture: Picture


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


Event = PictureDone | JobNotice | JobEnded
