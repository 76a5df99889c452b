# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The coarse part of a picture, such as the light that fell on it; and colours without that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .colour import linear_to_srgb, srgb_to_linear, to_bytes
from .pixels import Pixels, row_blocks

Floats = npt.NDArray[np.float32]

#: Rows that are worked on at a time, so that what is between stays in the cache.
BAND = 64
#: How many cells of the grid lie in the width of the blur: fewer show.
_CELLS = 4.0
#: Light is made brighter or darker by so much at the most: what is black stays dark.
_MOST = 4.0
#: ITU-R BT.709.
_RED, _BLUE = np.float32(0.2126), np.float32(0.0722)
#: Places of the table back from linear light: no byte is missed.
_FINE = 1 << 16


def bands(height: int) -> Iterator[slice]:
    """The rows of a picture, as many at a time as stay in the cache."""
    return row_blocks(height, BAND)


def luminance(colours: Floats) -> Floats:
    """(…) of (…, 3 or more), by the weights of ITU-R BT.709; of grey exactly that grey."""
    green = colours[..., 1]
    found: Floats = green + _RED * (colours[..., 0] - green) + _BLUE * (colours[..., 2] - green)
    return found


@dataclass(frozen=True, eq=False)
class Coarse:
    """What is left of (H, W) numbers when all is blurred that is smaller than a share of the longer side."""

    rows: Floats
    """(some, W): blurred, and as wide as the picture by now."""
    height: int
    mean: float
    wraps: bool

    @classmethod
    def of(cls, plane: Floats, share: float, *, wrap: bool = False) -> Coarse:
        """`share` is 0 to 1; with `wrap` what lies beyond a border is what comes in on the other side."""
        height, width = plane.shape
        width_of_blur = max(share * max(height, width), 1.0)
        sides = [min(max(round(side * _CELLS / width_of_blur), 1), side) for side in (height, width)]
        grid = _pooled(plane, *sides)
        mean = float(grid.mean())
        for axis in (0, 1):
            grid = _blurred(grid, axis, wrap=wrap)
        across = between(grid, width, wrap=wrap)
        return cls(across, height, mean, wrap)

    def band(self, rows: slice) -> Floats:
        """(rows, W)."""
        count = len(self.rows)
        at = (np.arange(rows.start, rows.stop) + 0.5) * (count / self.height) - 0.5
        first = np.floor(at).astype(np.intp)
        part = (at - first).astype(np.float32)[:, np.newaxis]
        above, below = self._row(first), self._row(first + 1)
        found: Floats = above + (below - above) * part
        return found

    def _row(self, places: npt.NDArray[np.intp]) -> Floats:
        count = len(self.rows)
        return self.rows[places % count if self.wraps else np.clip(places, 0, count - 1)]


def without_shading(picture: Pixels, amount: float, share: float, *, wrap: bool = False) -> Pixels:
    """The colours (H, W, 1, 3 or 4) without the coarse part of their light, sRGB as before; alpha stays.

    The light is divided out, in linear light: `amount` is how much of it, 0 to 1. What is larger than `share`
    of the longer side counts as light.
    """
    if amount <= 0:
        return picture
    height, width, channels = picture.shape
    colours = channels if channels in (1, 3) else channels - 1
    linear = srgb_to_linear(np.arange(256, dtype=np.uint8))
    lit = np.empty((height, width), np.float32)
    for rows in bands(height):
        light = linear[picture[rows, :, :colours]]
        lit[rows] = luminance(light) if colours == 3 else light[..., 0]
    coarse = Coarse.of(lit, share, wrap=wrap)
    del lit
    back = to_bytes(linear_to_srgb(np.arange(_FINE) / np.float32(_FINE - 1)))
    flattened = picture.copy()
    for rows in bands(height):
        ratio = np.float32(max(coarse.mean, 1e-6)) / np.maximum(coarse.band(rows), np.float32(1e-6))
        gain = np.clip(ratio, np.float32(1 / _MOST), np.float32(_MOST)) ** np.float32(amount)
        lighted = linear[picture[rows, :, :colours]] * gain[..., np.newaxis]
        places = np.minimum(lighted, np.float32(1)) * np.float32(_FINE - 1) + np.float32(0.5)
        flattened[rows, :, :colours] = back[places.astype(np.uint16)]
    return flattened


def _pooled(plane: Floats, rows: int, columns: int) -> Floats:
    """(rows, columns): the mean of what each covers."""
    height, width = plane.shape
    tops = np.arange(rows) * height // rows
    lefts = np.arange(columns) * width // columns
    sums = np.zeros((rows, columns))
    for row, (top, bottom) in enumerate(zip(tops, [*tops[1:], height], strict=True)):
        for first in range(top, bottom, BAND):
            part = plane[first : min(first + BAND, bottom)].sum(axis=0, dtype=np.float64)
            sums[row] += np.add.reduceat(part, lefts)
    covered = np.outer(np.diff([*tops, height]), np.diff([*lefts, width]))
    pooled: Floats = (sums / covered).astype(np.float32)
    return pooled


def _blurred(grid: Floats, axis: int, *, wrap: bool) -> Floats:
    """By a Gaussian, along one axis."""
    deviation = _CELLS / 2
    reach = round(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    lines = np.moveaxis(grid, axis, -1)
    padded = np.pad(lines, ((0, 0), (reach, reach)), mode="wrap" if wrap else "symmetric")
    count = lines.shape[-1]
    result = sum(padded[:, at : at + count] * weight for at, weight in enumerate(weights))
    return np.moveaxis(np.asarray(result, np.float32), -1, axis)


def between(lines: Floats, size: int, *, wrap: bool = False) -> Floats:
    """(…, size) of (…, count): straight from the middle of one place to that of the next."""
    count = lines.shape[-1]
    at = (np.arange(size) + 0.5) * (count / size) - 0.5
    first = np.floor(at).astype(np.intp)
    part = (at - first).astype(np.float32)
    places = (first, first + 1)
    left, right = (
        np.take(lines, each % count if wrap else np.clip(each, 0, count - 1), axis=-1) for each in places
    )
    found: Floats = left + (right - left) * part
    return found
