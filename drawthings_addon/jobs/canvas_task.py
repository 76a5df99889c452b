# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tasks have in common in which a server paints on a canvas window after window."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from ..client.request import GenerationRequest
from ..imaging.region import MAX_MEGAPIXELS
from . import windows
from .recipe import Recipe, now, without_pixels
from .results import Made, keep_made
from .sources import kind_of_floats
from .task import Notice, PatchworkTask, PictureDone, PictureTask, TaskEvent, TaskIO
from .windows import Layout


@dataclass(frozen=True)
class CanvasTask(PictureTask, PatchworkTask):
    """One picture of `picture`, in as many requests as there are windows."""

    width: int
    """Of `picture`, in pixels."""
    height: int
    request: GenerationRequest
    """img2img, without init image, at the strength that is painted with."""
    directory: Path
    """Where the result is written; made when missing."""
    work_megapixels: float = field(default=1.0, kw_only=True)
    """About what is sent at a time; 0: windows of their own size."""

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1 or not 0 <= self.work_megapixels <= MAX_MEGAPIXELS:
            raise ValueError("there is no such picture, or none is worked on at that size")

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """What is painted, in which order."""

    @property
    def part_count(self) -> int:
        return len(self.layout.windows)

    @functools.cached_property
    def timings(self) -> tuple[tuple[str, float], ...]:
        return windows.timings(self.layout, self.request)

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, request=self.request.changed(seed=seed), directory=directory)

    def painted(
        self,
        io: TaskIO,
        painting: Iterator[float | None],
        finished: Callable[[], NDArray[Any]],
        *,
        mark: str,
        **about: Any,
    ) -> Iterator[TaskEvent]:
        """Have the windows painted, `painting` being what `Canvas.paint` gives, and keep what `finished`
        makes of the canvas: (H, W, 3 or 4) uint8 or float32. Nothing is kept when the job is cancelled
        meanwhile.

        Its file is called after the picture that it is made of, and `mark`; `about` is what its recipe tells
        besides. Raises BridgeError.
        """
        seconds, taken = 0.0, None
        for number, taken in enumerate(painting, 1):
            seconds += taken or 0.0
            if number < self.part_count:
                io.answered(self.timings[number - 1][0], taken)
        if io.is_cancelled():
            return
        pixels = finished()
        height, width = pixels.shape[:2]
        recipe = Recipe(
            request=without_pixels(windows.window_request(self.request, width, height)),
            server=io.server.url,
            source=self.picture.name,
            seconds=round(seconds, 2),
            created=now(),
            floats=kind_of_floats(self.picture),
            space=self.picture.space,
            blend=io.blend,
            **about,
        )
        words = self.picture.name.name or self.prompt
        picture, notice = keep_made(
            io, Made(pixels, recipe), directory=self.directory, words=words, mark=mark
        )
        if notice:
            yield Notice(notice)
        yield PictureDone(picture)
        io.answered(self.timings[-1][0], taken)
