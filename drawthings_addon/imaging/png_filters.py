# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The row filters of PNG, without a Python step for each pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

NONE, SUB, UP, AVERAGE, PAETH = range(5)

Bytes = npt.NDArray[np.uint8]


def filter_up(rows: Bytes, lines: Bytes, top: int, bottom: int) -> None:
    """Fill `lines` (height, 1 + stride) from `top` to before `bottom` with those of `rows` (height, stride):
    Up in each."""
    lines[top:bottom, 0] = UP
    if top == 0:
        lines[0, 1:] = rows[0]
        top = 1
    np.subtract(rows[top:bottom], rows[top - 1 : bottom - 1], out=lines[top:bottom, 1:])


def unfilter(lines: Bytes, pixel_bytes: int) -> Bytes:
    """The rows (height, stride) of filtered `lines` (height, 1 + stride), whose filters are 0 to 4.

    `pixel_bytes` is how many bytes back the same channel of the pixel to the left is, at least 1.
    """
    kinds = lines[:, 0]
    rows = lines[:, 1:].copy()
    stride = rows.shape[1]
    sub = kinds == SUB
    if sub.any():
        pixels = rows[sub].reshape(-1, stride // pixel_bytes, pixel_bytes)
        rows[sub] = np.cumsum(pixels, axis=1, dtype=np.uint8).reshape(-1, stride)
    if (kinds >= AVERAGE).any():
        return _unfilter_diagonally(rows, kinds, pixel_bytes)
    for y in (np.flatnonzero(kinds[1:] == UP) + 1).tolist():
        rows[y] += rows[y - 1]
    return rows


def _unfilter_diagonally(rows: Bytes, kinds: Bytes, pixel_bytes: int) -> Bytes:
    """Undo Up, Average and Paeth; Sub is undone already and counts as None.

    A pixel needs its left, upper and upper left neighbours, so all pixels (y, t - y) of an
    anti-diagonal can be done at once: width + height steps instead of width × height.
    """
    height, stride = rows.shape
    width = stride // pixel_bytes
    planes = rows.reshape(height, width, pixel_bytes).transpose(2, 0, 1).reshape(pixel_bytes, -1)
    is_up, is_average, is_paeth = (kinds == kind for kind in (UP, AVERAGE, PAETH))
    # The last three diagonals by row; entry 0 is the row above the picture. A row's entry stays 0
    # until its first pixel is done, which makes it the zero to the left of the picture too.
    now, last, before = (np.zeros((pixel_bytes, height + 1), np.int16) for _ in range(3))
    hop = max(width - 1, 1)
    for t in range(width + height - 1):
        top, bottom = max(0, t - width + 1), min(height, t + 1)
        first = t + top * (width - 1)
        cells = slice(first, first + (bottom - top - 1) * hop + 1, hop)
        left = last[:, top + 1 : bottom + 1]
        above = last[:, top:bottom]
        corner = before[:, top:bottom]
        guess = np.zeros_like(left)
        np.copyto(guess, above, where=is_up[top:bottom])
        np.copyto(guess, (left + above) >> 1, where=is_average[top:bottom])
        np.copyto(guess, _paeth(left, above, corner), where=is_paeth[top:bottom])
        guess += planes[:, cells]
        guess &= 255
        now[:, top + 1 : bottom + 1] = guess
        planes[:, cells] = guess
        now, last, before = before, now, last
    return planes.reshape(pixel_bytes, height, width).transpose(1, 2, 0).reshape(height, stride)


def _paeth(
    left: npt.NDArray[np.int16], above: npt.NDArray[np.int16], corner: npt.NDArray[np.int16]
) -> npt.NDArray[np.int16]:
    """Whichever neighbour is nearest to left + above - corner; ties go in this order."""
    to_left = above - corner
    to_above = left - corner
    to_corner = np.abs(to_left + to_above)
    np.abs(to_left, out=to_left)
    np.abs(to_above, out=to_above)
    guess = np.where(to_above <= to_corner, above, corner)
    np.copyto(guess, left, where=(to_left <= to_above) & (to_left <= to_corner))
    return guess
