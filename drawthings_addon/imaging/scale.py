# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling: the average of the covered area when shrinking, bilinear when enlarging.

Values are averaged as they are stored, in sRGB. Straight alpha is one channel like the others, so
colours beneath alpha 0 mix into their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .pixels import Pixels, as_pixels

#: Rows of the result that are made at a time, so that the intermediate floats stay in the cache.
_BAND = 32


@dataclass(frozen=True)
class _Taps:
    """For each place in the result, its places in the source and their weights."""

    places: npt.NDArray[np.intp]
    """(taps, size)"""
    weights: npt.NDArray[np.float32]
    """(taps, size), each column with a sum of 1."""

    def of_each(self, channels: int) -> _Taps:
        """The same for an axis on which pixels of so many channels lie one after another."""
        places = self.places[:, :, np.newaxis] * channels + np.arange(channels)
        return _Taps(places.reshape(len(places), -1), np.repeat(self.weights, channels, axis=1))


def resize(pixels: npt.NDArray[Any], width: int, height: int) -> Pixels:
    """`pixels` (uint8, 1 to 4 channels) at another size, rounded to the nearest byte.

    Each axis shrinks or grows for itself. The same size gives the same array, not a copy. Raises
    ValueError for a size below 1.
    """
    picture = as_pixels(pixels)
    source_height, source_width, channels = picture.shape
    if width < 1 or height < 1:
        raise ValueError(f"a picture cannot be {width} × {height}")
    if (width, height) == (source_width, source_height):
        return picture
    across = _taps(source_width, width).of_each(channels)
    down = _taps(source_height, height)
    # Flat rows: numpy is slow on a last axis as short as the channels.
    flat = picture.reshape(source_height, source_width * channels)
    result = np.empty((height, width * channels), np.uint8)
    for top in range(0, height, _BAND):
        rows = slice(top, top + _BAND)
        tall = sum(
            flat[places] * weights[:, np.newaxis]
            for places, weights in zip(down.places[:, rows], down.weights[:, rows], strict=True)
        )
        band = sum(
            np.take(tall, places, axis=1) * weights
            for places, weights in zip(across.places, across.weights, strict=True)
        )
        result[rows] = band + np.float32(0.5)
    return result.reshape(height, width, channels)


def thumbnail(pixels: npt.NDArray[Any], edge: int) -> Pixels:
    """`pixels` with its longer side at most `edge`; never enlarged, and no side below 1 pixel."""
    picture = as_pixels(pixels)
    height, width = picture.shape[:2]
    longest = max(width, height)
    if longest <= edge:
        return picture
    return resize(picture, max(1, round(width * edge / longest)), max(1, round(height * edge / longest)))


def _taps(source: int, size: int) -> _Taps:
    step = source / size
    if size >= source:
        centres = np.clip((np.arange(size) + 0.5) * step - 0.5, 0, source - 1)
        first = np.floor(centres).astype(np.intp)
        part = centres - first
        places = np.stack((first, np.minimum(first + 1, source - 1)))
        return _Taps(places, np.stack((1 - part, part)).astype(np.float32))
    starts = np.arange(size) * step
    ends = starts + step
    first = np.floor(starts).astype(np.intp)
    places = first + np.arange(int(np.ceil(step)) + 1)[:, np.newaxis]
    covered = np.minimum(ends, places + 1) - np.maximum(starts, places)
    # Rounding may leave a hair of a place beyond the source.
    weights = np.where(places < source, np.maximum(covered, 0), 0)
    weights /= weights.sum(axis=0)
    return _Taps(np.minimum(places, source - 1), weights.astype(np.float32))
