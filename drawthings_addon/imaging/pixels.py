# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture is in this package: uint8, (height, width, channels), row 0 at the top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

#: (height, width, channels): 1 grey, 2 grey and alpha, 3 RGB or 4 RGBA. Alpha is straight.
Pixels = npt.NDArray[np.uint8]


def as_pixels(array: npt.NDArray[Any]) -> Pixels:
    """A view of `array` with three axes; (height, width) is taken as grey.

    Raises TypeError when it is not uint8 and ValueError when it has no pixels or more than 4
    channels: both are mistakes of the calling code, not of the artist.
    """
    if array.dtype != np.uint8:
        raise TypeError(f"pixels are uint8, not {array.dtype}")
    pixels: Pixels = array[:, :, np.newaxis] if array.ndim == 2 else array
    if pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4 or 0 in pixels.shape:
        raise ValueError(f"pixels are (height, width[, 1 to 4]), not {array.shape}")
    return pixels


def row_blocks(height: int, rows: int = 128) -> Iterator[slice]:
    """The rows of a picture, so many at a time: between them the interpreter is free, and what is made of a
    block stays small."""
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))
