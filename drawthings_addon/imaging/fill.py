# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies under a mask before it is sent: the surroundings, noise, or one colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import colour
from .masks import Mask, blend_into, blended
from .pixels import Pixels, row_blocks

Floats = npt.NDArray[np.float32]
#: Rows that are halved at a time.
_ROWS = 64


def nothing(picture: Pixels, _weights: Mask) -> Pixels:
    """The picture as it is."""
    return picture


def from_surroundings(picture: Pixels, weights: Mask) -> Pixels:
    """A picture (H, W, C) whose masked part flows in from around it, smoothly (push-pull over a pyramid;
    Gortler and others 1996). Only what has no weight at all counts as the surroundings; without any the
    picture's mean does."""
    known = weights == 0
    if known.all():
        return picture
    if not known.any():
        return evenly(picture, weights, None)
    colours, shares = _halved(picture, known)
    coarse = _filled(colours, shares)
    flowing = _doubled(coarse, *picture.shape[:2])
    return blended(picture, flowing, weights)


def flowing(values: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Numbers (H, W, C) where they are known, (H, W), and elsewhere what flows in from there, as above."""
    if known.all() or not known.any():
        return values
    coarse = _filled(*_halved(values, known))
    return np.where(known[..., np.newaxis], values, _doubled_floats(coarse, *values.shape[:2]))


def with_noise(picture: Pixels, weights: Mask, seed: int = 0) -> Pixels:
    """A picture (H, W, C) whose masked part is noise: every byte as likely as any other."""
    chance = np.random.default_rng(seed)
    result = picture.copy()
    for rows in row_blocks(len(picture), _ROWS):
        noise = chance.integers(0, 256, result[rows].shape, dtype=np.uint8)
        blend_into(result[rows], noise, weights[rows])
    return result


def evenly(picture: Pixels, weights: Mask, color: tuple[float, float, float] | None) -> Pixels:
    """A picture (H, W, C) whose masked part has one colour, displayed values from 0 to 1; None: the mean of
    what is not masked, and without that of all."""
    channels = picture.shape[2]
    if color is None:
        known = weights == 0
        of = picture[known] if known.any() else picture.reshape(-1, channels)
        one = np.round(of.mean(axis=0)).astype(np.uint8)
    else:
        one = colour.to_bytes(np.asarray(color, np.float32))
        if channels == 1:
            one = colour.luminance(one.reshape(1, 1, 3)).reshape(1)
    return blended(picture, np.broadcast_to(one, picture.shape), weights)


def _filled(colours: Floats, shares: Floats) -> Floats:
    """Colours (h, w, C) that are known by `shares` (h, w, 1), 0 to 1, the rest taken from coarser ones."""
    if min(colours.shape[:2]) == 0 or bool((shares >= 1).all()):
        return colours
    if max(colours.shape[:2]) == 1:
        return colours
    coarse = _filled(*_halved(colours, shares[..., 0]))
    around = _doubled_floats(coarse, *colours.shape[:2])
    return colours * shares + around * (1 - shares)


def _halved(picture: npt.NDArray[Any], known: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """The mean of what is known in each 2 × 2 (h, w, C), and how much that is (h, w, 1): all of it, where
    there is any."""
    height, width, channels = picture.shape
    half_height, half_width = -(-height // 2), -(-width // 2)
    colours = np.empty((half_height, half_width, channels), np.float32)
    shares = np.empty((half_height, half_width, 1), np.float32)
    for top in range(0, half_height, _ROWS):
        rows = picture[2 * top : 2 * (top + _ROWS)].astype(np.float32)
        part = known[2 * top : 2 * (top + _ROWS), :, np.newaxis].astype(np.float32)
        rows *= part
        total, weight = _sums(rows), _sums(part)
        colours[top : top + _ROWS] = total / np.maximum(weight, 1e-6)
        shares[top : top + _ROWS] = np.minimum(weight, 1)
    return colours, shares


def _sums(rows: Floats) -> Floats:
    """Of each 2 × 2, at the borders of what there is."""
    across = rows[:, ::2].copy()
    across[:, : rows.shape[1] // 2] += rows[:, 1::2]
    down = across[::2].copy()
    down[: across.shape[0] // 2] += across[1::2]
    return down


def _doubled(coarse: Floats, height: int, width: int) -> Pixels:
    """Bytes of (height, width) of what was halved from that, bilinear."""
    found = np.empty((height, width, coarse.shape[2]), np.uint8)
    for top in range(0, height, 2 * _ROWS):
        # One row more on both sides, of which the outer half is cut off.
        first, last = max(0, top // 2 - 1), min(len(coarse), top // 2 + _ROWS + 1)
        part = _doubled_floats(coarse[first:last], 2 * (last - first), width)
        rows = part[top - 2 * first :][: min(2 * _ROWS, height - top)]
        found[top : top + len(rows)] = np.clip(rows + np.float32(0.5), 0, 255)
    return found


def _doubled_floats(coarse: Floats, height: int, width: int) -> Floats:
    return _doubled_axis(_doubled_axis(coarse, 0, height), 1, width)


def _doubled_axis(coarse: Floats, axis: int, size: int) -> Floats:
    padded = np.concatenate(
        [coarse.take([0], axis=axis), coarse, coarse.take([-1], axis=axis)], axis=axis
    ).swapaxes(0, axis)
    middle = padded[1:-1] * np.float32(0.75)
    found = np.empty((2 * len(middle), *middle.shape[1:]), np.float32)
    found[::2] = middle + padded[:-2] * np.float32(0.25)
    found[1::2] = middle + padded[2:] * np.float32(0.25)
    return found[:size].swapaxes(0, axis)
