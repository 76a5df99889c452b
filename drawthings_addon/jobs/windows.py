# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A canvas that a server paints on window after window, each of which shows what those before it made.

Where it paints is the larger of two profiles, one down and one across: borders, or a cross. Windows are as
large as the model works well, so that detail does not depend on the size of the canvas.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..client.interface import Client
from ..client.request import GenerationRequest
from ..client.sections import HiresFix
from ..imaging import fill, masks, png, region
from ..imaging.colour import with_colour
from ..imaging.fit import LEAST, MULTIPLE
from ..imaging.masks import Mask
from ..imaging.pixels import Pixels
from ..imaging.region import Region
from ..imaging.steps import Work
from .task import TaskIO
from .timing import timing_key

#: By how many levels what comes may differ from what was sent, and count as the same.
_SAME = 1
#: A window is at most so many times as long as it is wide.
_LONGEST = 2
#: Pixels of a window's side where it is sent as large as it is.
_OWN_SIZE = 1024


@dataclass(frozen=True)
class Window:
    """A part of a canvas; one that repeats goes on at its other side."""

    left: int
    """Pixels from the canvas's top left; below 0 where it goes over that."""
    top: int
    width: int
    height: int
    inner: tuple[int, int, int, int]
    """Left, top, right, bottom of what is painted in it, from its own top left: beside that it only looks."""

    def rows(self, height: int) -> NDArray[np.intp]:
        """Of a canvas of that height."""
        return np.arange(self.top, self.top + self.height) % height

    def columns(self, width: int) -> NDArray[np.intp]:
        """Of a canvas of that width."""
        return np.arange(self.left, self.left + self.width) % width


@dataclass(frozen=True)
class Layout:
    """Where windows lie on a canvas of this size, and how they are sent."""

    width: int
    height: int
    windows: tuple[Window, ...]
    """In the order in which they are painted."""
    overlap: int
    work_megapixels: float

    def sent(self, window: Window) -> tuple[int, int]:
        """Width and height as the request says."""
        return self.region(window).sent

    def region(self, window: Window) -> Region:
        """The window alone."""
        return Region(0, 0, region.working(window.width, window.height, self.work_megapixels))


def of_borders(
    width: int, height: int, old: tuple[int, int, int, int], *, overlap: int, work_megapixels: float = 1.0
) -> Layout:
    """What is painted around `old` (left, top, right, bottom) on a larger canvas: from there outward."""
    window_width, window_height = _size(width, height, work_megapixels)
    overlap = _within(overlap, min(window_width, window_height))
    left, top, right, bottom = old
    windows = [
        Window(x, y, window_width, window_height, (first_x, first_y, last_x, last_y))
        for y, (first_y, last_y) in _places(height, window_height, overlap)
        for x, (first_x, last_x) in _places(width, window_width, overlap)
    ]

    def is_needed(window: Window) -> bool:
        inner_left, inner_top, inner_right, inner_bottom = window.inner
        return (
            window.left + inner_left < left
            or window.top + inner_top < top
            or window.left + inner_right > right
            or window.top + inner_bottom > bottom
        )

    def distance(window: Window) -> tuple[float, float]:
        x, y = window.left + window.width / 2, window.top + window.height / 2
        return (
            math.hypot(max(left - x, 0, x - right), max(top - y, 0, y - bottom)),
            math.hypot(x - (left + right) / 2, y - (top + bottom) / 2),
        )

    return Layout(
        width, height, tuple(sorted(filter(is_needed, windows), key=distance)), overlap, work_megapixels
    )


def of_seams(
    width: int,
    height: int,
    *,
    across: bool,
    down: bool,
    overlap: int,
    work_megapixels: float = 1.0,
) -> Layout:
    """What is painted where a picture's own borders meet: `across` its left and right one, `down` its top and
    bottom one. The corner comes first, from there it goes along both."""
    window_width, window_height = _size(width, height, work_megapixels)
    overlap = _within(overlap, min(window_width, window_height))
    windows: list[Window] = []
    if across:
        for y, (first, last) in _along(height, window_height, overlap, wraps=down):
            inner = (0, first, window_width, last)
            windows.append(Window(-(window_width // 2), y, window_width, window_height, inner))
    if down:
        for x, (first, last) in _along(width, window_width, overlap, wraps=across):
            inner = (first, 0, last, window_height)
            window = Window(x, -(window_height // 2), window_width, window_height, inner)
            if across and x == -(window_width // 2):
                # The corner, of which one window paints all.
                corner = windows[0]
                inner = (first, corner.inner[1], last, corner.inner[3])
                windows[0] = replace(corner, inner=inner)
                continue
            windows.append(window)
    return Layout(width, height, tuple(windows), overlap, work_megapixels)


def _size(width: int, height: int, megapixels: float) -> tuple[int, int]:
    """Of a window on a canvas of that size: about so many megapixels where the canvas has them."""
    side = _OWN_SIZE
    if megapixels > 0:
        side = max(LEAST, round(math.sqrt(megapixels * region.MEGAPIXEL) / MULTIPLE) * MULTIPLE)
    if width < side:
        return width, _longer(height, width, side)
    if height < side:
        return _longer(width, height, side), height
    return side, side


def _longer(length: int, narrow: int, side: int) -> int:
    """Of a window that has only `narrow` pixels of `side` on one axis, on the other one, where the canvas has
    so many."""
    longer = min(_LONGEST * narrow, side * side // narrow) // MULTIPLE * MULTIPLE
    return min(length, max(side, longer))


def _within(overlap: int, side: int) -> int:
    """Windows have something left between their overlaps."""
    return max(0, min(overlap, side // 4))


def _places(length: int, size: int, overlap: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where windows begin on a side, and from where to where in them is painted: all of it together."""
    if size >= length:
        yield 0, (0, length)
        return
    count = max(2, -(-(length - 2 * overlap) // max(1, size - 2 * overlap)))
    for number in range(count):
        start = round((length - size) * number / (count - 1))
        yield start, (0 if number == 0 else overlap, size if number == count - 1 else size - overlap)


def _along(length: int, size: int, overlap: int, *, wraps: bool) -> Iterator[tuple[int, tuple[int, int]]]:
    """The same along a seam that ends where the picture does; or that goes on there, from its middle on."""
    if not wraps:
        yield from _places(length, size, overlap)
        return
    count = max(2, -(-length // max(1, size - 2 * overlap)))
    starts = [round(length * number / count) - size // 2 for number in range(count)]
    for start in sorted(
        starts, key=lambda each: min((each + size // 2) % length, -(each + size // 2) % length)
    ):
        yield start, (overlap, size - overlap)


class Canvas:
    """What is painted on, by one job."""

    def __init__(self, pixels: Pixels, down: Mask, across: Mask) -> None:
        """`pixels` (H, W, 3) are changed in place, where a row of `down` (H,) or a column of `across` (W,)
        has a weight above 0, and by as much; what is painted takes on the brightness and colours of what it
        borders on. What is there before is what the server starts from."""
        self.pixels = pixels
        self._down = down
        self._across = across
        self._painted: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []

    def paint(
        self, layout: Layout, request: GenerationRequest, client: Client, io: TaskIO
    ) -> Iterator[float | None]:
        """Have the server paint the windows, one after another: of each the seconds that it took, None where
        that tells nothing. Ends early when the job is cancelled. Raises BridgeError."""
        for number, window in enumerate(layout.windows):
            if io.is_cancelled():
                return
            region = layout.region(window)
            patch, weights = self._begun(window, layout.overlap)
            work = Work(region)
            sent = work.there(patch)
            asked = window_request(request, *region.sent).changed(
                init_image=png.encode(sent, do_all=io.do_all),
                seed=(request.sampling.seed + number) % 2**32,
            )
            if "mask" in client.dialect.takes:
                seen = (work.mask(weights[..., np.newaxis]) > 0) * np.uint8(255)
                asked = asked.changed(mask=replace(request.mask, image=png.encode(seen)))
            began = time.monotonic()
            with io.asking() as ended:
                answer = client.generate(asked)
                seconds = time.monotonic() - began
            ending = ended()
            if io.is_cancelled():
                return
            came = np.ascontiguousarray(with_colour(io.decode(answer.images[0].png))[..., :3])
            # What was not changed is not resampled either.
            made = patch
            if not _is_same(sent, came):
                made = work.back(came)
                if not region.plan.is_exact:
                    made = _sharpened(made, patch, work.back(sent), 1 - request.sampling.strength)
            made = _levelled(patch, made, weights, layout.overlap)
            self._put(window, masks.blended(patch, made, weights))
            yield ending.taught(max(seconds - ending.waited, 0.0))

    def _begun(self, window: Window, overlap: int) -> tuple[Pixels, Mask]:
        """What is in a window, and how much of what comes is taken."""
        height, width = self.pixels.shape[:2]
        rows, columns = window.rows(height), window.columns(width)
        limit = np.maximum.outer(self._down[rows], self._across[columns])
        done = np.zeros(limit.shape, np.bool_)
        for painted_rows, painted_columns in self._painted:
            done |= np.logical_and.outer(np.isin(rows, painted_rows), np.isin(columns, painted_columns))
        patch = self.pixels[rows[:, np.newaxis], columns]
        is_open = (limit > 0) & ~done
        left, top, right, bottom = window.inner
        inner = np.zeros_like(done)
        inner[top:bottom, left:right] = True
        todo = is_open & inner
        # Over what was painted before it fades out.
        fading = masks.feathered(todo * np.uint8(255), overlap // 2)
        weights = np.where(todo | done, np.minimum(limit, fading), np.uint8(0))
        self._painted.append((rows[top:bottom], columns[left:right]))
        return patch, weights

    def _put(self, window: Window, patch: Pixels) -> None:
        height, width = self.pixels.shape[:2]
        self.pixels[window.rows(height)[:, np.newaxis], window.columns(width)] = patch


def window_request(request: GenerationRequest, width: int, height: int) -> GenerationRequest:
    """What is asked for a part of a picture, a window or a tile of so many pixels, without its init image:
    nothing that makes another size or more pictures of it, nothing that guides the picture as a whole, and
    nothing that repeats by itself."""
    return request.changed(
        operation="img2img",
        width=width,
        height=height,
        upscaler="",
        hires_fix=HiresFix(),
        tiling=False,
        script=None,
        controls=request.derived_controls,
    )


def timings(layout: Layout, request: GenerationRequest) -> tuple[tuple[str, float], ...]:
    """Of each window, as `Task.timings`."""
    return tuple(window_timing(request, *layout.sent(window)) for window in layout.windows)


def window_timing(request: GenerationRequest, width: int, height: int) -> tuple[str, float]:
    """Of one of so many pixels: it takes as long as any picture of its size that is made from another."""
    return timing_key(window_request(request, width, height)), float(width * height)


def fading_profile(length: int, reach: int) -> Mask:
    """(length,): weights around where a side's two ends meet: all of what is made up to half of `reach`
    pixels from there, and nothing from `reach` on."""
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
    share = np.clip((reach - distance) / max(reach / 2, 1), 0, 1)
    profile: Mask = np.round(255 * share * share * (3 - 2 * share)).astype(np.uint8)
    return profile


def _is_same(sent: Pixels, came: Pixels) -> bool:
    if sent.shape != came.shape:
        return False
    return not bool((np.abs(np.subtract(sent, came, dtype=np.int16)) > _SAME).any())


def _sharpened(made: Pixels, sent: Pixels, resampled: Pixels, share: float) -> Pixels:
    """What was made, with a share of the detail that what was sent lost by being resampled."""
    lost = np.subtract(sent, resampled, dtype=np.float32)
    result: Pixels = np.clip(made + lost * np.float32(share) + np.float32(0.5), 0, 255).astype(np.uint8)
    return result


def _levelled(patch: Pixels, made: Pixels, weights: Mask, reach: int) -> Pixels:
    """What was made, brought to the patch where it borders on it: what differs there flows in, and is gone
    `reach` pixels farther."""
    known = weights == 0
    if not known.any() or known.all():
        return made
    differences = np.subtract(patch, made, dtype=np.float32)
    flowing = fill.flowing(differences, known)
    share = masks.feathered(known * np.uint8(255), max(reach, 2))[..., np.newaxis] * np.float32(1 / 255)
    result: Pixels = np.clip(made + flowing * share + np.float32(0.5), 0, 255).astype(np.uint8)
    return result
