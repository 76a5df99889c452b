# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling: the average of the covered area when shrinking, bilinear when enlarging; and a part of a
picture at another size, bicubic, without the rest of it.

Values are averaged as they are stored, in sRGB. Straight alpha is one channel like the others, so
colours beneath alpha 0 mix into their neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
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

    @property
    def bounds(self) -> tuple[int, int]:
        """From the first to before the last place that is needed."""
        return int(self.places.min()), int(self.places.max()) + 1

    def moved(self, offset: int) -> _Taps:
        """The same on a source that begins elsewhere."""
        return _Taps(self.places + offset, self.weights)


def resize(pixels: npt.NDArray[Any], width: int, height: int) -> Pixels:
    """`pixels` (uint8, 1 to 4 channels) at another size, rounded to the nearest byte.

    Each axis shrinks or grows for itself. The same size gives the same array, not a copy. Raises
    ValueError for a size below 1.
    """
    picture = as_pixels(pixels)
    source_height, source_width, channels = picture.shape
    _require_size(width, height)
    if (width, height) == (source_width, source_height):
        return picture
    result = np.empty((height, width * channels), np.uint8)
    across = _taps(source_width, width).of_each(channels)
    for rows, band in _bands(picture, across, _taps(source_height, height)):
        result[rows] = band + np.float32(0.5)
    return result.reshape(height, width, channels)


@dataclass(frozen=True)
class Axis:
    """Which places of a picture's rows or columns are wanted, and how many."""

    begin: float
    """Where the first begins, in pixels of the picture; it may lie beyond it."""
    step: float
    """How wide each is, in pixels of the picture."""
    count: int
    wrap: bool = False
    """Beyond the border lies the other side; else the edge's own pixels."""

    @classmethod
    def between(cls, start: int, stop: int, source: int, size: int, *, wrap: bool = False) -> Axis:
        """From `start` to before `stop` of a picture of `source` pixels that is brought to `size`."""
        step = source / size
        return cls(start * step, step, stop - start, wrap)

    def around(self, margin: int) -> Axis:
        """All whole pixels of the picture that it touches, as they are, and so many more on both sides."""
        first = math.floor(self.begin) - margin
        last = math.ceil(self.begin + self.count * self.step) + margin
        return Axis(first, 1.0, last - first, self.wrap)

    def on(self, around: Axis, size: int) -> Axis:
        """The same places on a picture of what `around` holds alone, which was brought to `size` since."""
        larger = size / around.count
        return Axis((self.begin - around.begin) * larger, self.step * larger, self.count)


def part(pixels: npt.NDArray[Any], rows: Axis, columns: Axis) -> Pixels:
    """A part of `pixels` (uint8, 1 to 4 channels) at another size, rounded to the nearest byte: nothing else
    of it is made.

    Bicubic (Catmull and Rom, 1974), which is sharp and keeps a ramp a ramp; where it shrinks, over as many
    pixels more. At the same size it is the very same pixels. Raises ValueError for an empty part.
    """
    picture = as_pixels(pixels)
    _require_size(columns.count, rows.count)
    channels = picture.shape[2]
    down, across = _cubic_taps(picture.shape[0], rows), _cubic_taps(picture.shape[1], columns)
    # Of a large picture only what the part needs is looked at.
    top, bottom = down.bounds
    left, right = across.bounds
    seen = picture[top:bottom, left:right]
    result = np.empty((rows.count, columns.count * channels), np.uint8)
    for place, band in _bands(seen, across.moved(-left).of_each(channels), down.moved(-top)):
        band += np.float32(0.5)
        np.clip(band, 0, 255, out=band)
        result[place] = band
    return result.reshape(rows.count, columns.count, channels)


def _require_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"a picture cannot be {width} × {height}")


def _bands(picture: Pixels, across: _Taps, down: _Taps) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """The result some rows at a time, (rows, width × channels), each with where it is."""
    # Flat rows: numpy is slow on a last axis as short as the channels.
    flat = picture.reshape(picture.shape[0], -1)
    for top in range(0, down.places.shape[1], _BAND):
        rows = slice(top, top + _BAND)
        tall = sum(
            flat[places] * weights[:, np.newaxis]
            for places, weights in zip(down.places[:, rows], down.weights[:, rows], strict=True)
        )
        yield (
            rows,
            sum(
                np.take(tall, places, axis=1) * weights
                for places, weights in zip(across.places, across.weights, strict=True)
            ),
        )


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


def _cubic_taps(source: int, axis: Axis) -> _Taps:
    reach = max(1.0, axis.step)
    centres = (np.arange(axis.count) + 0.5) * axis.step + (axis.begin - 0.5)
    first = np.floor(centres - 2 * reach).astype(np.intp) + 1
    places = first + np.arange(int(np.ceil(4 * reach)))[:, np.newaxis]
    weights = _catmull_rom(np.abs(places - centres) / reach)
    weights /= weights.sum(axis=0)
    places = places % source if axis.wrap else np.clip(places, 0, source - 1)
    used = (weights != 0).any(axis=1)
    return _Taps(places[used], weights[used].astype(np.float32))


def _catmull_rom(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    near = (1.5 * distance - 2.5) * distance * distance + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))
