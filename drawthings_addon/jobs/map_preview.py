# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of a small copy of a picture, as panels show them: in hundredths of a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..imaging import maps, scale
from ..imaging.colour import to_bytes
from ..imaging.maps import MapSettings, TextureMap
from .maps import displayed_later
from .source import Source
from .sources import numbers
from .thumbnail import thumbnail

#: Pixels of the longest side.
EDGE = 192


@dataclass(frozen=True, eq=False)
class Small:
    """A small copy."""

    pixels: NDArray[Any]
    """(h, w, C), row 0 at the top: bytes or floats, as `sources.numbers` has them."""
    shown: NDArray[np.uint8]
    """The same as it is displayed."""
    factor: float
    """Its size, as a part of the picture's."""

    @classmethod
    def of(cls, source: Source) -> Small:
        """Raises as `sources.prepare` does."""
        pixels = numbers(source)
        small = scale.thumbnail(pixels, EDGE) if pixels.dtype == np.uint8 else _pooled(pixels)
        return cls(small, displayed_later(source, small)(), small.shape[1] / pixels.shape[1])


def small_maps(small: Small, settings: MapSettings) -> dict[TextureMap, NDArray[np.uint8]]:
    """Each of the maps as `thumbnail` has pictures; of heights the whole range is seen."""
    made = maps.make(small.pixels, settings.scaled(small.factor), shown=lambda: small.shown)
    return {kind: thumbnail(_visible(pixels), EDGE) for kind, pixels in made}


def _visible(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    finite = pixels[np.isfinite(pixels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    # What lies within black and white is seen as it is.
    low, high = min(low, 0.0), max(high, 1.0)
    return to_bytes((pixels - low) / (high - low))


def _pooled(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Of floats, a whole number of times smaller: each the mean of what it covers."""
    step = -(-max(pixels.shape[:2]) // EDGE)
    height, width = (max(side // step, 1) for side in pixels.shape[:2])
    result = np.empty((height, width, pixels.shape[2]), np.float32)
    for row in range(height):
        part = pixels[row * step : (row + 1) * step, : width * step]
        across = part.mean(axis=0, dtype=np.float32)
        result[row] = across.reshape(width, -1, pixels.shape[2]).mean(axis=1)
    return result
