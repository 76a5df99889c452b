# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that repeats without a seam: made here of its own pixels, or painted over by the server.

What the server starts from is what is made here: so it sees no seam, and what it changes little still
repeats.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..client.interface import Client
from ..client.request import GenerationRequest
from ..imaging import seams
from ..imaging.colour import from_bytes, to_bytes, with_colour
from ..imaging.pixels import Pixels, row_blocks
from ..imaging.seams import Axes
from . import windows
from .canvas import MAX_SIDE, Seamless
from .canvas_task import CanvasTask
from .recipe import Recipe, now, without_pixels
from .results import Made, keep_made
from .source import Source
from .sources import encode_of, kind_of_floats, numbers, to_display_bytes
from .task import LocalTask, Notice, PictureDone, PictureTask, TaskEvent, TaskIO
from .windows import Layout

#: Of a side, how far from where its ends meet a server paints; it paints all of it up to half of that.
REACH = 10
#: Pixels that neighbouring windows are seen together.
_OVERLAP = 128


class _Cancelled(Exception):
    """Nobody waits for it any more."""


@dataclass(frozen=True)
class BlendSeamsTask(PictureTask, LocalTask, stored_as="blend_seams"):
    """`picture` made to repeat by its own pixels."""

    axes: Axes
    directory: Path
    """Where the picture is written; made when missing."""
    request: GenerationRequest = GenerationRequest()  # noqa: RUF009 - it is frozen
    """How the picture was made, for the recipe."""

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, directory=directory)

    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        began = time.monotonic()
        scale = _Scale.of(self.picture)
        shown = scale.shown(self.picture)
        blended = blend(io, shown, self.axes)
        if blended is None:
            return
        seconds = time.monotonic() - began
        height, width = shown.shape[:2]
        recipe = Recipe(
            request=without_pixels(self.request.changed(width=width, height=height)),
            server=io.server.url,
            source=self.picture.name,
            seconds=round(seconds, 2),
            created=now(),
            seamless=Seamless(self.axes, 'BLEND'),
            floats=kind_of_floats(self.picture),
            space=self.picture.space,
            blend=io.blend,
        )
        picture, notice = keep_made(
            io,
            Made(_finished(self.picture, scale, shown, blended), recipe),
            directory=self.directory,
            words=self.picture.name.name,
            mark="seamless",
        )
        if notice:
            yield Notice(notice)
        yield PictureDone(picture)
        io.answered(self.timing_key, None)


@dataclass(frozen=True)
class SeamlessTask(CanvasTask, stored_as="seamless"):
    """`picture` made to repeat: where its borders meet the server paints anew."""

    axes: Axes

    def __post_init__(self) -> None:
        super().__post_init__()
        if max(self.width, self.height) > MAX_SIDE:
            raise ValueError("there is no such picture")

    @functools.cached_property
    def layout(self) -> Layout:
        return layout(self.width, self.height, self.axes, self.work_megapixels)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """One picture, of as many requests as there are windows."""
        client.proves_pictures = True
        scale = _Scale.of(self.picture)
        shown = scale.shown(self.picture)
        healed = blend(io, shown, self.axes)
        if healed is None:
            return
        yield from self.painted(
            io,
            paint(with_colour(healed), self.axes, self.layout, self.request, client, io),
            lambda: _finished(self.picture, scale, shown, healed),
            mark="seamless",
            seamless=Seamless(self.axes, 'SERVER', self.request.sampling.strength, self.work_megapixels),
        )


def layout_of(how: Seamless, width: int, height: int) -> Layout:
    """As `layout`."""
    return layout(width, height, how.axes, how.work_megapixels)


def layout(width: int, height: int, axes: Axes, work_megapixels: float = 1.0) -> Layout:
    """The windows in which a server paints over where the borders of such a picture meet."""
    return windows.of_seams(
        width,
        height,
        across='X' in axes,
        down='Y' in axes,
        overlap=_OVERLAP,
        work_megapixels=work_megapixels,
    )


def blend(io: TaskIO, picture: Pixels, axes: Axes) -> Pixels | None:
    """As `seams.make_seamless`; None when the job was cancelled meanwhile."""

    def tell(share: float) -> None:
        if io.is_cancelled():
            raise _Cancelled
        io.told(share, "")

    try:
        return seams.make_seamless(picture, axes, tell)
    except _Cancelled:
        return None


def paint(
    picture: Pixels, axes: Axes, layout: Layout, request: GenerationRequest, client: Client, io: TaskIO
) -> Iterator[float | None]:
    """Have a server paint over where the borders of `picture` (H, W, 3 or 4) meet, in place: as
    `Canvas.paint`."""
    height, width = picture.shape[:2]
    nothing = np.zeros(height, np.uint8), np.zeros(width, np.uint8)
    down = windows.fading_profile(height, height // REACH) if 'Y' in axes else nothing[0]
    across = windows.fading_profile(width, width // REACH) if 'X' in axes else nothing[1]
    canvas = windows.Canvas(picture[..., :3], down, across)
    yield from canvas.paint(layout, request, client, io)


@dataclass(frozen=True)
class _Scale:
    """What is black and what is white in the bytes of floats: those that are no colours, such as heights, may
    lie anywhere, and none of them is to be cut off."""

    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(cls, source: Source) -> Self:
        if kind_of_floats(source) != "DATA":
            return cls()
        own = with_colour(numbers(source))[..., :3]
        low, high = min(0.0, float(own.min())), max(1.0, float(own.max()))
        return cls(low, high) if np.isfinite(high - low) else cls()

    @property
    def is_plain(self) -> bool:
        return (self.low, self.high) == (0.0, 1.0)

    def shown(self, source: Source) -> Pixels:
        """(H, W, 3 or 4), row 0 at the top. Raises as `sources.to_display_bytes`."""
        if self.is_plain:
            return to_display_bytes(source)
        own = with_colour(numbers(source)).astype(np.float32)
        own[..., :3] -= self.low
        own[..., :3] /= self.high - self.low
        return to_bytes(own)

    def taken(
        self, source: Source, shown: Pixels, opacity: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """RGB of the source's own numbers that is shown so."""
        if self.is_plain:
            return encode_of(source).taken(shown, opacity)
        result: NDArray[np.float32] = from_bytes(shown) * np.float32(self.high - self.low) + np.float32(
            self.low
        )
        return result


def _finished(source: Source, scale: _Scale, shown: Pixels, healed: Pixels) -> NDArray[Any]:
    """The result as the source is: of floats those that were not changed stay."""
    own = numbers(source)
    if own.dtype == np.uint8:
        return healed if source.keep_alpha else healed[..., :3]
    result: NDArray[np.float32] = with_colour(own).copy()
    shown = with_colour(shown)
    for rows in row_blocks(len(result), 64):
        is_changed = (shown[rows] != healed[rows]).any(axis=2)
        if not is_changed.any():
            continue
        opacity = from_bytes(healed[rows, :, 3:]) if healed.shape[2] == 4 else None
        made = scale.taken(source, healed[rows, :, :3], opacity)
        result[rows, :, :3][is_changed] = made[is_changed]
        if opacity is not None:
            result[rows, :, 3:][is_changed] = opacity[is_changed]
    return result
