# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture of any size as tiles that overlap, and put together from them without a visible grid.

The tiles are the product of windows along the width and windows along the height. Where two neighbours
overlap the one fades into the other as a cosine does: the weights of all add up to 1 everywhere, and what two
neighbours differ by is a ramp of at most π / 2 times that difference over the overlap, never a step.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .colour import Floats
from .fit import LEAST, MULTIPLE
from .pixels import Pixels

#: Rows that are put together at a time, so that what is between stays small.
_ROWS = 32


@dataclass(frozen=True)
class Windows:
    """Along one axis, in pixels."""

    length: int
    """Of the picture."""
    size: int
    """Of each window: a multiple of 64, and at least 128; more than the picture has where that is small."""
    starts: tuple[int, ...]
    """Where each begins. Of a picture that repeats it may end beyond the border: on the other side."""
    wrap: bool = False

    @classmethod
    def along(cls, length: int, size: int, overlap: int, *, wrap: bool = False) -> Windows:
        """As few as overlap by `overlap` pixels at least; with `wrap` over the border, too.

        Raises ValueError where the size is no multiple of 64, or less than twice the overlap.
        """
        if length < 1 or size % MULTIPLE or size < LEAST or not 0 <= overlap <= size // 2:
            raise ValueError(f"no windows of {size} that overlap by {overlap} along {length}")
        needed = length + overlap if wrap else length
        size = min(size, max(LEAST, -(-needed // MULTIPLE) * MULTIPLE))
        if wrap:
            count = math.ceil(length / (size - overlap))
            return cls(length, size, tuple(round(each * length / count) for each in range(count)), wrap)
        last = max(0, length - size)
        count = 1 + math.ceil(last / (size - overlap)) if last else 1
        starts = tuple(round(each * last / max(1, count - 1)) for each in range(count))
        if any(second - first < overlap for first, second in itertools.pairwise(starts)):
            # Three would lie on one another, and the fades be shorter than what was asked for.
            starts = tuple(min(each * (size - overlap), last) for each in range(count))
        return cls(length, size, starts)

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def weights(self) -> tuple[Floats, ...]:
        """(size,) for each window: they add up to 1 at each pixel of the picture."""
        fades = [_fade(stop - start) for start, stop in self._seams]
        found = []
        for index, start in enumerate(self.starts):
            weights = np.ones(self.size, np.float32)
            before = self._seams[index - 1] if index or self.wrap else None
            if before is not None:
                # Around the border a seam is counted from the last window, which begins a length before.
                begin, end = (
                    each - start - (self.length if self.wrap and index == 0 else 0) for each in before
                )
                weights[:begin] = 0
                weights[begin:end] = fades[index - 1]
            after = self._seams[index] if self.wrap or index + 1 < len(self.starts) else None
            if after is not None:
                begin, end = (each - start for each in after)
                # A window that meets itself fades twice.
                weights[begin:end] *= 1 - fades[index]
                weights[end:] = 0
            found.append(weights)
        return tuple(found)

    @cached_property
    def _seams(self) -> tuple[tuple[int, int], ...]:
        """From where to before where each window fades into the next."""
        starts = (*self.starts, self.starts[0] + self.length) if self.wrap else self.starts
        if self.wrap:
            return tuple(
                (following, following + min(first + self.size - following, following - first))
                for first, following in itertools.pairwise(starts)
            )
        seams: list[tuple[int, int]] = []
        for first, following in itertools.pairwise(starts):
            begin = max(following, seams[-1][1]) if seams else following
            seams.append((begin, first + self.size))
        return tuple(seams)

    def lying_on(self, begin: int, end: int) -> Iterator[tuple[int, slice, slice]]:
        """What of which window lies on the pixels from `begin` to before `end`, each with where in the window
        and where among these pixels; nothing that has no weight."""
        for index, start in enumerate(self.starts):
            solid = np.flatnonzero(self.weights[index])
            first, last = start + int(solid[0]), start + int(solid[-1]) + 1
            # What ends beyond the border lies at the beginning, too.
            for offset in (0, -self.length) if self.wrap else (0,):
                left, right = max(first + offset, begin), min(last + offset, end, self.length)
                if left < right:
                    inside = slice(left - offset - start, right - offset - start)
                    yield index, inside, slice(left - begin, right - begin)


@dataclass(frozen=True)
class Tile:
    """One of a grid."""

    row: int
    column: int
    top: int
    """Where it begins on the picture, in pixels from the top left."""
    left: int


@dataclass(frozen=True)
class Grid:
    """The tiles of a picture, all of one size."""

    down: Windows
    across: Windows

    @classmethod
    def of(
        cls, width: int, height: int, size: int, overlap: int, wrap: tuple[bool, bool] = (False, False)
    ) -> Grid:
        """As few as overlap by so many pixels; `wrap`: of the rows and of the columns. Raises ValueError as
        `Windows.along` does."""
        return cls(
            Windows.along(height, size, overlap, wrap=wrap[0]),
            Windows.along(width, size, overlap, wrap=wrap[1]),
        )

    def __len__(self) -> int:
        return len(self.down) * len(self.across)

    @property
    def tile_width(self) -> int:
        return self.across.size

    @property
    def tile_height(self) -> int:
        return self.down.size

    def __iter__(self) -> Iterator[Tile]:
        """Row by row from the top left."""
        for row, top in enumerate(self.down.starts):
            for column, left in enumerate(self.across.starts):
                yield Tile(row, column, top, left)

    def assemble(self, tile: Callable[[int, int], Pixels], out: npt.NDArray[np.uint8]) -> None:
        """Fill `out` (height, width, channels), which may be some channels of a picture, from the tiles:
        `tile(row, column)` gives one, (tile height, tile width, channels) uint8.

        Each value is rounded once, to the nearest. Of the tiles those of two rows at the most are held.
        """
        channels = out.shape[2]
        flat = [np.repeat(each, channels) for each in self.across.weights]
        held: dict[int, list[Pixels]] = {}
        for top in range(0, self.down.length, _ROWS):
            bottom = min(top + _ROWS, self.down.length)
            lying = list(self.down.lying_on(top, bottom))
            for row in held.keys() - {row for row, _inside, _place in lying}:
                del held[row]
            band = np.zeros((bottom - top, self.across.length * channels), np.float32)
            for row, inside, place in lying:
                if row not in held:
                    held[row] = [tile(row, column) for column in range(len(self.across))]
                weights = self.down.weights[row][inside, np.newaxis]
                for column, within, where in self.across.lying_on(0, self.across.length):
                    begin, end = within.start * channels, within.stop * channels
                    part = held[row][column][inside].reshape(inside.stop - inside.start, -1)[:, begin:end]
                    band[place, where.start * channels : where.stop * channels] += (
                        part * flat[column][begin:end] * weights
                    )
            band += np.float32(0.5)
            out[top:bottom] = band.reshape(bottom - top, self.across.length, channels)


def _fade(length: int) -> Floats:
    """(length,) from nearly 0 to nearly 1, half a cosine."""
    fade: Floats = 0.5 - 0.5 * np.cos(
        (np.arange(length, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / max(1, length))
    )
    return fade
