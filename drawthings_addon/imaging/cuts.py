# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cuts of least difference between two bands that lie on one another, and go on at their ends.

Efros and Freeman, "Image Quilting for Texture Synthesis and Transfer", 2001.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pixels import Pixels, row_blocks

_Floats = npt.NDArray[np.float32]
_Places = npt.NDArray[np.intp]

#: How much a difference counts that the correction takes away, compared with one that it cannot.
_SMOOTH = 0.5


def costs(ours: Pixels, theirs: Pixels) -> _Floats:
    """(L, columns - 1) float32: what a cut between a column and the next one costs, in each row, of two bands
    (L, columns, C) uint8 that lie on one another."""
    height, width = ours.shape[:2]
    # The mean of each row, smoothed along the band, is what the correction takes away.
    mean = np.empty((height, ours.shape[2]), np.float32)
    for rows in row_blocks(height):
        mean[rows] = np.subtract(ours[rows], theirs[rows], dtype=np.float32).mean(axis=1)
    mean = _smoothed(mean, min(height, 2 * width + 1))
    error = np.empty((height, width - 1), np.float32)
    for rows in row_blocks(height):
        difference = np.subtract(ours[rows], theirs[rows], dtype=np.float32)
        squared = squares(difference)
        smooth = squares(difference - mean[rows, np.newaxis]) + np.float32(_SMOOTH) * squared
        # Where both are alike, such as in a joint, no correction is needed at all.
        squared = np.minimum(squared, smooth)
        error[rows] = squared[:, 1:] + squared[:, :-1]
    # A detour costs something, too.
    error += np.float32(1.0)
    return error


def squares(difference: _Floats) -> _Floats:
    """(H, W) float32 of (H, W, C): the sum over the channels."""
    result: _Floats = np.einsum("hwc,hwc->hw", difference, difference)
    return result


def _smoothed(lines: _Floats, size: int) -> _Floats:
    """The mean of so many lines around each, going on at the other end."""
    before = size // 2
    padded = np.concatenate((lines[len(lines) - before :], lines, lines[: size - before]), axis=0)
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    sums = np.concatenate((np.zeros_like(sums[:1]), sums))
    result: _Floats = ((sums[size:] - sums[:-size])[: len(lines)] / size).astype(np.float32)
    return result


def cheapest(error: _Floats) -> _Places:
    """(L,): the column after which the cut of least error runs, closed: its last row meets its first.

    It moves sideways in a row as far as that is worth it.
    """
    height, width = error.shape
    if width == 1:
        return np.zeros(height, np.intp)
    # Half a turn before, so that where it is closed depends on all around it.
    half = height // 2
    turned = np.concatenate((error[half:], error[:half]))
    middle = _path(turned, None)[height - half - 1 if half else 0]
    return _path(error, int(middle))


def _path(error: _Floats, start: int | None) -> _Places:
    """The cheapest way down through (L, columns); from and to the column `start`, else from any to any."""
    height, width = error.shape
    columns = np.arange(width)
    came_from = np.empty((height, width), np.int32)
    cost = np.zeros(width, np.float64)
    if start is not None:
        cost += np.inf
        cost[start] = 0
    for row in range(height):
        line = error[row].astype(np.float64)
        reach = np.cumsum(line)
        # To the right every column on the way is paid for, and so to the left.
        right = cost - reach + line
        lowest = np.minimum.accumulate(right)
        source = np.maximum.accumulate(np.where(right == lowest, columns, 0))
        right_cost = lowest + reach
        left = (cost + reach)[::-1]
        lowest = np.minimum.accumulate(left)
        from_right = width - 1 - np.maximum.accumulate(np.where(left == lowest, columns, 0))[::-1]
        left_cost = lowest[::-1] - reach + line
        is_right = right_cost <= left_cost
        cost = np.where(is_right, right_cost, left_cost)
        came_from[row] = np.where(is_right, source, from_right)
    path = np.empty(height, np.intp)
    column = int(np.argmin(cost)) if start is None else start
    for row in range(height - 1, -1, -1):
        path[row] = column
        column = int(came_from[row, column])
    return path


def covered(first: _Places, second: _Places, width: int) -> npt.NDArray[np.bool_]:
    """(L, width): what the strip covers, between the two cuts."""
    columns = np.arange(width)
    result: npt.NDArray[np.bool_] = (columns > first[:, np.newaxis]) & (columns <= second[:, np.newaxis])
    return result
