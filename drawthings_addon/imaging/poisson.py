# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps along a band taken away in the gradient domain (Pérez et al., "Poisson Image Editing", 2003).

Laplace's equation is solved by sines across the band, and along it, where the picture goes on at its other
end, by a recursion each way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .pixels import Pixels, row_blocks

_Floats = npt.NDArray[np.float32]
#: Rows that are worked on at a time: the interpreter is free between them.
_ROWS = 128


def of_step(band: Pixels, left: int) -> _Floats:
    """(L, width, C) float32: the divergence of what is lacking so that in a band (L, width, C) uint8 the step
    behind column `left` - 1 is gone."""
    result = np.zeros(band.shape, np.float32)
    if left < 1:
        return result
    step = np.subtract(band[:, left], band[:, left - 1], dtype=np.float32)
    result[:, left - 1] -= step
    result[:, left] += step
    return result


def along_cuts(ours: Pixels, theirs: Pixels, covered: npt.NDArray[np.bool_]) -> _Floats:
    """(L, width, C) float32: the divergence of what the gradients across the cuts lack between two bands of
    that shape, uint8, of which the second is what is `covered`, (L, width): there they are to be the mean of
    both pictures' own."""
    result = np.zeros(ours.shape, np.float32)
    half = np.float32(0.5)
    for top in range(0, len(ours), _ROWS):
        # With the row above, which the first one has at the other end.
        rows = np.arange(top - 1, min(top + _ROWS, len(ours)))
        inside = covered[rows].astype(np.float32)
        difference = np.subtract(ours[rows], theirs[rows], dtype=np.float32)
        across = (inside[1:, 1:] - inside[1:, :-1])[..., np.newaxis]
        across = across * (difference[1:, 1:] + difference[1:, :-1]) * half
        result[rows[1:], :-1] += across
        result[rows[1:], 1:] -= across
        down = (inside[1:] - inside[:-1])[..., np.newaxis] * (difference[1:] + difference[:-1]) * half
        result[rows[:-1]] += down
        result[rows[1:]] -= down
    return result


def correction(divergence: _Floats, tell: Callable[[float], None]) -> _Floats:
    """What has this Laplacian, is 0 beside the band and goes on at its ends; in place. `tell` is given the
    share that is done, 0 to 1."""
    height, width, channels = divergence.shape
    for rows in row_blocks(height):
        divergence[rows] = _sines(divergence[rows])
    tell(0.3)
    frequencies = np.arange(1, width + 1) * (np.pi / (width + 1))
    diagonal = 4 - 2 * np.cos(frequencies)
    spread = np.sqrt(diagonal**2 - 4)
    fading = (diagonal - spread) / 2
    ratio = np.repeat(fading, channels).astype(np.float32)
    around = np.repeat(1 / (1 - fading**height), channels).astype(np.float32)
    lines = divergence.reshape(height, width * channels)
    lines *= np.repeat(-1 / spread, channels).astype(np.float32)
    down = _running(lines, ratio, around)
    up = _running(lines[::-1], ratio, around)[::-1]
    for rows in row_blocks(height):
        lines[rows] = down[rows] + up[rows] - lines[rows]
    tell(0.7)
    for rows in row_blocks(height):
        divergence[rows] = _sines(divergence[rows]) / np.float32(2 * (width + 1))
    return divergence


def _running(lines: _Floats, ratio: _Floats, around: _Floats) -> _Floats:
    """Each line and what the one before leaves over, a share of `ratio`, since for ever: before the first
    comes the last."""
    result = np.empty_like(lines)
    state: npt.NDArray[Any] = np.zeros_like(ratio)
    for line in lines:
        state *= ratio
        state += line
    state *= around
    for number, line in enumerate(lines):
        state *= ratio
        state += line
        result[number] = state
    return result


def _sines(band: _Floats) -> _Floats:
    """The sine transform (DST-I) of each row of (L, width, C); twice it is 2 (width + 1) times the row."""
    height, width, channels = band.shape
    odd = np.zeros((height, channels, 2 * (width + 1)), np.float32)
    rows = band.transpose(0, 2, 1)
    odd[..., 1 : width + 1] = rows
    odd[..., width + 2 :] = -rows[..., ::-1]
    result: _Floats = -np.fft.rfft(odd)[..., 1 : width + 1].imag.transpose(0, 2, 1).astype(np.float32)
    return result
