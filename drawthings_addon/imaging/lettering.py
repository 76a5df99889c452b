# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of text as triangles, drawn into pictures with smooth edges.

Whoever has a font makes the triangles; here they become pixels: of each of a few lines through a pixel's row
the exact part that is covered, and of these the average.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .pixels import Pixels

#: Lines through a row of pixels.
_LINES = 4
#: Triangles that are drawn at a time, so that no step holds the interpreter for long.
_AT_ONCE = 512

Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Lettering:
    """One line of text, in units of its letters' size."""

    triangles: npt.NDArray[np.float32]
    """(n, 3, 2): x to the right from where the line begins, y up from the line that letters stand on."""
    width: float


#: What letters a text: on lines that are at most so many sizes wide, and at most so many of them; what has no
#: room there is left out behind an ellipsis.
Letter: TypeAlias = Callable[[str, float, int], tuple[Lettering, ...]]


def write(picture: Pixels, line: Lettering, x: int, y: int, size: float, colour: Colour) -> None:
    """Draw a line of letters of so many pixels onto `picture`, (height, width, 3): `x` is where it begins,
    `y` the row that letters stand on. What does not fit is cut off."""
    if not len(line.triangles):
        return
    placed = line.triangles * _floats(size, -size) + _floats(x, y)
    height, width = picture.shape[:2]
    left, top = np.maximum(np.floor(placed.min(axis=(0, 1))).astype(int), 0)
    right, bottom = np.minimum(np.ceil(placed.max(axis=(0, 1))).astype(int), (width, height))
    if left >= right or top >= bottom:
        return
    part = picture[top:bottom, left:right]
    cover = coverage(placed - _floats(left, top), right - left, bottom - top)[..., np.newaxis]
    part[:] = part + (_floats(*colour) - part) * cover + np.float32(0.5)


def coverage(triangles: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    """How much of each pixel is covered, (height, width) of 0 to 1, by triangles (n, 3, 2): x to the right
    and y down, in pixels. Those of one text do not lie on one another."""
    sums = np.zeros(height * _LINES * (width + 2), np.float32)
    for start in range(0, len(triangles), _AT_ONCE):
        _add(triangles[start : start + _AT_ONCE].astype(np.float64), width, height, sums)
    lines = sums.reshape(height, _LINES, width + 2)
    # Each line was told where a triangle begins and ends.
    cover: npt.NDArray[np.float32] = np.clip(np.cumsum(lines, axis=2), 0, 1).mean(axis=1)[:, :width]
    return cover


def _floats(*values: float) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


def _add(triangles: npt.NDArray[np.float64], width: int, height: int, sums: npt.NDArray[np.float32]) -> None:
    order = np.argsort(triangles[:, :, 1], axis=1)
    x, y = np.moveaxis(np.take_along_axis(triangles, order[:, :, np.newaxis], axis=1), 2, 0)
    bounds = np.clip(np.ceil(y * _LINES - 0.5).astype(int), 0, height * _LINES)
    counts = bounds[:, 2] - bounds[:, 0]
    # A row for each line through each triangle.
    which = np.repeat(np.arange(len(triangles)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    line = np.arange(len(which)) - first + bounds[which, 0]
    x, y, at = x[which], y[which], (line + 0.5) / _LINES
    is_above = at < y[:, 1]
    ends = _crossing(x, y, at, 0, 2), np.where(is_above, _crossing(x, y, at, 0, 1), _crossing(x, y, at, 1, 2))
    for end, sign in ((np.minimum(*ends), 1), (np.maximum(*ends), -1)):
        place = np.clip(end, 0, width)
        pixel = np.floor(place).astype(int)
        part = place - pixel
        cell = line * (width + 2) + pixel
        weights = np.concatenate(((1 - part) * sign, part * sign))
        sums += np.bincount(np.concatenate((cell, cell + 1)), weights, len(sums)).astype(np.float32)


def _crossing(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], at: npt.NDArray[np.float64], begin: int, end: int
) -> npt.NDArray[np.float64]:
    """Where the edge between two corners crosses the height `at`."""
    rise = y[:, end] - y[:, begin]
    share = np.divide(at - y[:, begin], rise, out=np.zeros_like(rise), where=rise != 0)
    result: npt.NDArray[np.float64] = x[:, begin] + (x[:, end] - x[:, begin]) * np.clip(share, 0, 1)
    return result
