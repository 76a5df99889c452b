# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transparency, which no server takes or gives: kept aside while the colours travel, then put back.

The colours are sent straight and as they are, also beneath alpha 0: only so does a server that
changes nothing give back the very same picture, and a texture's margin around its islands has
useful colours there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .colour import with_colour
from .pixels import Pixels, as_pixels
from .scale import resize


def split(pixels: npt.NDArray[Any]) -> tuple[Pixels, Pixels | None]:
    """The colours (height, width, 1 or 3) and the alpha (height, width, 1), both views of `pixels`.

    The alpha is None when there is none, or when nothing is transparent.
    """
    picture = as_pixels(pixels)
    if picture.shape[2] in (1, 3):
        return picture, None
    alpha = picture[:, :, -1:]
    return picture[:, :, :-1], None if (alpha == 255).all() else alpha


def restore(colours: npt.NDArray[Any], alpha: npt.NDArray[np.uint8]) -> Pixels:
    """`colours` (1 or 3 channels) with `alpha` behind them, resampled to their size."""
    picture = as_pixels(colours)
    height, width = picture.shape[:2]
    if picture.shape[2] not in (1, 3):
        raise ValueError("the colours have an alpha already")
    return np.concatenate((picture, resize(alpha, width, height)), axis=2)


def over(pixels: npt.NDArray[Any], ground: npt.NDArray[np.uint8]) -> Pixels:
    """How `pixels` (1 to 4 channels) look on a ground (height, width, 3) of their size."""
    picture = with_colour(as_pixels(pixels))
    colours, alpha = split(picture)
    if alpha is None:
        return colours
    cover = alpha.astype(np.uint16)
    return ((colours * cover + ground * (255 - cover) + 127) // 255).astype(np.uint8)
