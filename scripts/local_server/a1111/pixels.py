# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the web UI does with pixels outside of its model.

Pixels are uint8 of shape (height, width, channels), row 0 on top; masks are float32 (height, width) in
0…1, 1 where is to be painted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..picture import Pixels

Floats = npt.NDArray[np.float32]


def rounded(values: npt.NDArray[np.floating[Any]]) -> Pixels:
    """Clipped to bytes."""
    pixels: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return pixels


def resample(pixels: Pixels, width: int, height: int, kind: str = "Lanczos") -> Pixels:
    """Lanczos with three lobes; `Nearest` by nearest neighbour."""
    method = Image.Resampling.NEAREST if kind == "Nearest" else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(pixels).resize((width, height), method))


def resample_mask(values: Floats, width: int, height: int) -> Floats:
    """Lanczos of a mask."""
    larger = Image.fromarray(values).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(larger).clip(0, 1)


def blurred(values: Floats, across: float, down: float) -> Floats:
    """Gaussian with these standard deviations in pixels, over the two first axes; edges repeat."""
    for axis, sigma in ((1, across), (0, down)):
        if sigma <= 0:
            continue
        reach = math.ceil(2.5 * sigma)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        kernel = (kernel / kernel.sum()).astype(np.float32)
        margins = [(0, 0)] * values.ndim
        margins[axis] = (reach, reach)
        padded = np.pad(values, margins, mode="edge")
        size = values.shape[axis]
        summed = np.zeros_like(values)
        for offset, weight in enumerate(kernel):
            part = padded[:, offset : offset + size] if axis else padded[offset : offset + size]
            summed += weight * part
        values = summed
    return values


def luminance(pixels: Pixels) -> Floats:
    """(height, width), 0 to 255."""
    grey: Floats = (pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)
    return grey


def on_background(pixels: Pixels, colour: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """RGBA flattened on a colour; RGB as it is."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return rounded(pixels[..., :3] * alpha + np.array(colour, np.float32) * (1 - alpha))


def fitted(pixels: Pixels, width: int, height: int, mode: int) -> Pixels:
    """img2img's `resize_mode`: 0 and 3 stretch, 1 crops, 2 fills with the outermost rows."""
    if mode not in (1, 2):
        return resample(pixels, width, height)
    scales = (width / pixels.shape[1], height / pixels.shape[0])
    scale = max(scales) if mode == 1 else min(scales)
    across, down = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    scaled = resample(pixels, across, down)
    return centred(scaled, width, height, mode="edge")


def centred(pixels: Pixels, width: int, height: int, mode: str = "constant") -> Pixels:
    """Cropped or padded on all sides to a size."""
    for axis, size in ((0, height), (1, width)):
        have = pixels.shape[axis]
        if have > size:
            start = (have - size) // 2
            pixels = pixels.take(range(start, start + size), axis=axis)
        elif have < size:
            margins = [(0, 0)] * pixels.ndim
            margins[axis] = ((size - have) // 2, size - have - (size - have) // 2)
            pixels = np.pad(pixels, margins, mode=mode)  # type: ignore[call-overload]
    return pixels


def seamless(pixels: Pixels) -> Pixels:
    """The picture crossfaded with itself, so that opposite edges continue one another."""
    values = pixels.astype(np.float32)
    for axis in (0, 1):
        size = values.shape[axis]
        position = (np.arange(size) + 0.5) / size
        share = np.clip(np.sin(np.pi * position) * 2, 0, 1).astype(np.float32)
        shape = [1] * values.ndim
        shape[axis] = size
        weight = share.reshape(shape)
        values = values * weight + np.roll(values, size // 2, axis=axis) * (1 - weight)
    return rounded(values)


def sharpened(pixels: Pixels, amount: float) -> Pixels:
    """By what its light differs from that of its surroundings; alpha stays."""
    light = luminance(pixels)
    detail = (light - blurred(light, 1.5, 1.5)) * np.float32(amount)
    sharper = rounded(pixels[..., :3] + detail[..., None])
    return np.concatenate([sharper, pixels[..., 3:]], axis=2)


def mixed(first: Pixels, second: Pixels, share: float | Floats) -> Pixels:
    """`share` of the second over the first; a mask is applied to every channel."""
    weight = np.asarray(share, np.float32)
    if weight.ndim == 2:
        weight = weight[..., None]
    return rounded(first * (1 - weight) + second * weight)


def grid(pictures: Sequence[Pixels]) -> Pixels:
    """All in one, in as many columns as rows; empty places are black."""
    height = max(one.shape[0] for one in pictures)
    width = max(one.shape[1] for one in pictures)
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, one in enumerate(pictures):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + one.shape[0], left : left + one.shape[1]] = one
    return sheet


def noise(width: int, height: int, seed: int) -> Pixels:
    """What a picture starts from."""
    coarse = np.random.default_rng(seed % 2**32).normal(128, 48, (-(-height // 8), -(-width // 8), 3))
    return rounded(coarse.astype(np.float32).repeat(8, 0).repeat(8, 1)[:height, :width])


def statistics(pixels: Pixels) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of red, green and blue."""
    flat = pixels[..., :3].reshape(-1, 3).astype(np.float64)
    return tuple(map(float, flat.mean(axis=0))), tuple(map(float, flat.std(axis=0)))


def recoloured(pixels: Pixels, mean: Sequence[float], spread: Sequence[float], share: float) -> Pixels:
    """Brought towards another mean and standard deviation of each channel."""
    own_mean, own_spread = statistics(pixels)
    gain = np.array(spread) / np.maximum(1.0, np.array(own_spread))
    moved = (pixels - np.array(own_mean)) * gain + np.array(mean)
    return mixed(pixels, rounded(moved), share)
