# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A larger canvas: what lies around a picture is painted by the server, and the picture itself stays."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..client.interface import Client
from ..imaging.colour import with_colour
from ..imaging.pixels import Pixels, row_blocks
from . import windows
from .canvas import Borders
from .canvas_task import CanvasTask
from .sources import encode_of, numbers, source_size, to_display_bytes
from .task import TaskEvent, TaskIO
from .windows import Layout


@dataclass(frozen=True)
class OutpaintTask(CanvasTask, stored_as="outpaint"):
    """`picture` with borders around it. Its own pixels stay as they are to the byte, or to the bit of floats;
    the borders are opaque."""

    borders: Borders

    def __post_init__(self) -> None:
        super().__post_init__()
        self.borders.size(self.width, self.height)

    @functools.cached_property
    def layout(self) -> Layout:
        return layout_of(self.borders, self.width, self.height, self.work_megapixels)

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
        # Mirrored, as of smooth colours a model makes something smooth again unless strength is 1.
        around = (borders.top, borders.bottom), (borders.left, borders.right), (0, 0)
        pixels: Pixels = np.pad(shown[..., :3], around, mode="symmetric")
        canvas = windows.Canvas(pixels, down, across)
        yield from self.painted(
            io,
            canvas.paint(self.layout, self.request, client, io),
            lambda: self._finished(pixels, shown, inside),
            mark=f"{width}x{height}",
            fit=" extended to ".join(
                f"{across} × {down}" for across, down in ((self.width, self.height), (width, height))
            ),
            borders=self.borders,
        )

    def _finished(self, pixels: Pixels, shown: Pixels, inside: tuple[slice, slice]) -> NDArray[Any]:
        """What was painted, with the picture as it was."""
        own = numbers(self.picture)
        if own.dtype != np.uint8:
            own = with_colour(own)
            result = np.ones((*pixels.shape[:2], own.shape[2]), np.float32)
            encode = encode_of(self.picture)
            for rows in row_blocks(len(pixels), 64):
                result[rows, :, :3] = encode.taken(pixels[rows], None)
            result[inside] = own
            return result
        if shown.shape[2] == 3 or not self.picture.keep_alpha:
            return pixels
        result = np.full((*pixels.shape[:2], 4), 255, np.uint8)
        result[..., :3] = pixels
        result[inside] = shown
        return result


def layout_of(borders: Borders, width: int, height: int, work_megapixels: float) -> Layout:
    """The windows in which a server paints around a picture of that size. Raises as `Borders.size`."""
    size = borders.size(width, height)
    old = borders.left, borders.top, borders.left + width, borders.top + height
    return windows.of_borders(*size, old, overlap=borders.overlap, work_megapixels=work_megapixels)
