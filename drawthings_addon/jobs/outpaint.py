# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A larger canvas: what lies around a picture is painted by the server, and the picture itself stays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..client.features import Feature
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..imaging import fill
from ..imaging.colour import with_colour
from ..imaging.pixels import Pixels
from . import windows
from .canvas import MAX_MEGAPIXELS, Borders
from .recipe import Recipe, now, without_pixels
from .results import Made, keep_made
from .source import Source
from .sources import encode_of, kind_of_floats, numbers, source_size, to_display_bytes
from .task import Notice, PictureDone, Task, TaskEvent, TaskIO
from .windows import Layout


@dataclass(frozen=True)
class OutpaintTask(Task, stored_as="outpaint"):
    """`picture` with borders around it. Its own pixels stay as they are to the byte, or to the bit of floats;
    the borders are opaque."""

    picture: Source
    width: int
    """Of the picture, in pixels."""
    height: int
    borders: Borders
    request: GenerationRequest
    """img2img, without init image, at the strength that the borders are painted with."""
    directory: Path
    """Where the picture is written; made when missing."""
    work_megapixels: float = 1.0

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1 or not 0 <= self.work_megapixels <= MAX_MEGAPIXELS:
            raise ValueError("there is no such picture, or none is worked on at that size")
        self.borders.size(self.width, self.height)

    @functools.cached_property
    def layout(self) -> Layout:
        """What is painted, in which order."""
        borders = self.borders
        size = borders.size(self.width, self.height)
        old = borders.left, borders.top, borders.left + self.width, borders.top + self.height
        return windows.of_borders(*size, old, overlap=borders.overlap, work_megapixels=self.work_megapixels)

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (Feature.IMAGE_TO_IMAGE,)

    @property
    def part_count(self) -> int:
        return len(self.layout.windows)

    @property
    def timing_key(self) -> str:
        return self.timings[0][0]

    @functools.cached_property
    def timings(self) -> tuple[tuple[str, float], ...]:
        return windows.timings(self.layout, self.request)

    def request_share(self, made: int) -> float:
        return self.part_done(made + 1) - self.part_done(made)

    @property
    def has_preview(self) -> bool:
        """A part is not what comes of it."""
        return False

    @property
    def prompt(self) -> str:
        return self.request.conditioning.prompt

    @property
    def source(self) -> Source | None:
        return self.picture

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, request=self.request.changed(seed=seed), directory=directory)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """One picture, of as many requests as there are windows."""
        client.proves_pictures = True
        shown = with_colour(to_display_bytes(self.picture))
        borders = self.borders
        width, height = borders.size(*source_size(self.picture))
        inside = (
            slice(borders.top, borders.top + self.height),
            slice(borders.left, borders.left + self.width),
        )
        down, across = (np.full(side, 255, np.uint8) for side in (height, width))
        down[inside[0]] = 0
        across[inside[1]] = 0
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[inside] = shown[..., :3]
        canvas = windows.Canvas(pixels, down, across, fill.from_surroundings, levels=True)
        seconds = 0.0
        for number, taken in enumerate(canvas.paint(self.layout, self.request, client, io), 1):
            seconds += taken or 0.0
            if number < self.part_count:
                io.answered(self.timings[number - 1][0], taken)
        if io.is_cancelled():
            return
        picture, notice = keep_made(
            io,
            Made(self._finished(pixels, shown, inside), self._recipe(io, width, height, seconds)),
            directory=self.directory,
            words=self.prompt or self.picture.name.text,
            mark=f"{width}x{height}",
        )
        if notice:
            yield Notice(notice)
        yield PictureDone(picture)
        io.answered(self.timings[-1][0], taken)

    def _finished(self, pixels: Pixels, shown: Pixels, inside: tuple[slice, slice]) -> NDArray[Any]:
        """What was painted, with the picture as it was."""
        own = numbers(self.picture)
        if own.dtype != np.uint8:
            own = with_colour(own)
            result = np.ones((*pixels.shape[:2], own.shape[2]), np.float32)
            encode = encode_of(self.picture)
            for top in range(0, len(pixels), 64):
                result[top : top + 64, :, :3] = encode.taken(pixels[top : top + 64], None)
            result[inside] = own
            return result
        if shown.shape[2] == 3 or not self.picture.keep_alpha:
            return pixels
        result = np.full((*pixels.shape[:2], 4), 255, np.uint8)
        result[..., :3] = pixels
        result[inside] = shown
        return result

    def _recipe(self, io: TaskIO, width: int, height: int, seconds: float) -> Recipe:
        return Recipe(
            request=without_pixels(windows.window_request(self.request, width, height)),
            server=io.server.url,
            source=self.picture.name,
            fit=" extended to ".join(
                f"{across} × {down}" for across, down in ((self.width, self.height), (width, height))
            ),
            seconds=round(seconds, 2),
            created=now(),
            borders=self.borders,
            floats=kind_of_floats(self.picture),
            space=self.picture.space,
            blend=io.blend,
        )
