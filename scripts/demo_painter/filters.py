# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of pictures as painters use them: float32 of shape (height, width, channels), 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def luminance(picture: Floats) -> Floats:
    """(height, width)"""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return (picture @ weights).astype(np.float32)


def saturated(picture: Floats, amount: float) -> Floats:
    """Colours further from grey; 1 leaves them."""
    grey = luminance(picture)[..., None]
    return np.clip(grey + (picture - grey) * amount, 0, 1)


def step(field: Floats, start: float, end: float) -> Floats:
    """0 below the start, 1 above the end, and soft between."""
    t = np.clip((field - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def mean(field: Floats, radius: int) -> Floats:
    """The mean of a square around each pixel; the edge's pixels go on outside."""
    side = 2 * radius + 1
    for axis in (0, 1):
        length = field.shape[axis]
        around = [(radius + 1, radius) if n == axis else (0, 0) for n in range(field.ndim)]
        sums = np.pad(field, around, mode="edge").cumsum(axis, dtype=np.float64)
        upper, lower = np.arange(side, side + length), np.arange(length)
        field = ((sums.take(upper, axis) - sums.take(lower, axis)) / side).astype(np.float32)
    return field


def blurred(field: Floats, radius: int) -> Floats:
    """Nearly a Gaussian of that deviation: three means."""
    for _ in range(3):
        field = mean(field, radius)
    return field


def slope(picture: Floats) -> Floats:
    """How steep a picture is over all its channels: (height, width)."""
    down, across = np.gradient(picture, axis=(0, 1))
    return np.sqrt((down**2 + across**2).sum(-1))


def calmed(picture: Floats, radius: int, variance: float) -> Floats:
    """Smoothed where all channels vary less than that (the guided filter of He et al. 2010, guided by the
    picture itself): an edge in one channel is an edge in all."""
    middle = mean(picture, radius)
    spread = (mean(picture * picture, radius) - middle * middle).max(-1, keepdims=True)
    share = spread / (spread + variance)
    smooth = mean(middle * (1 - share), radius)
    return mean(share, radius) * picture + smooth


def patched(picture: Floats, radius: int) -> Floats:
    """Flat patches with crisp edges: each pixel takes the mean of the calmest square near it, after
    Kuwahara et al. 1976."""
    height, width = picture.shape[:2]
    half = max(1, radius // 2)
    reach = half + radius % 2
    light = luminance(picture)
    middle = mean(light, half)
    border = ((reach, reach), (reach, reach))
    means = np.pad(mean(picture, half), (*border, (0, 0)), mode="edge")
    spreads = np.pad(mean(light * light, half) - middle * middle, border, mode="edge")
    result = picture
    least = np.full((height, width), np.inf, np.float32)
    for down in (0, reach, 2 * reach):
        for across in (0, reach, 2 * reach):
            there = slice(down, down + height), slice(across, across + width)
            is_calmer = spreads[there] < least
            result = np.where(is_calmer[..., None], means[there], result)
            least = np.where(is_calmer, spreads[there], least)
    return result


def moved(picture: Floats, down: Floats, across: Floats) -> Floats:
    """Each pixel as it is so many pixels further down and across, between pixels in proportion."""
    height, width = picture.shape[:2]
    y = np.clip(np.arange(height)[:, None] + down, 0, height - 1.001)
    x = np.clip(np.arange(width)[None] + across, 0, width - 1.001)
    top, left = y.astype(int), x.astype(int)
    below, beside = (y - top)[..., None], (x - left)[..., None]
    upper = picture[top, left] * (1 - beside) + picture[top, left + 1] * beside
    lower = picture[top + 1, left] * (1 - beside) + picture[top + 1, left + 1] * beside
    return (upper * (1 - below) + lower * below).astype(np.float32)
