# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inpainting: what of a picture is given to the model, and how the result is put back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..picture import Pixels
from . import pixels as px
from .pixels import Floats


def read(pixels: Pixels, *, cut: bool) -> Floats:
    """White, or opaque where an RGBA mask is not opaque all over, is to be painted.

    `cut`: an alpha mask has no half-tones.
    """
    if pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        alpha = pixels[..., 3]
        return np.asarray(alpha >= 128, np.float32) if cut else np.asarray(alpha / 255, np.float32)
    return np.asarray(px.luminance(pixels) / 255, np.float32)


@dataclass(frozen=True)
class Inpainting:
    """One masked picture."""

    init: Pixels = field(repr=False)
    """(H, W, 3), in the size of the result."""
    mask: Floats = field(repr=False)
    """(H, W), softened; 1 is painted."""
    box: tuple[int, int, int, int] | None
    """Left, top, right, bottom of the part that alone is given to the model; None: all of it."""
    fill: int
    """0 colours of the surroundings, 1 original, 2 noise, 3 nothing."""

    def source(self, width: int, height: int, seed: int) -> Pixels:
        """What the model paints over."""
        picture, mask = self.init, self.mask
        if self.box:
            left, top, right, bottom = self.box
            picture, mask = picture[top:bottom, left:right], mask[top:bottom, left:right]
        if self.fill != 1:
            picture = px.mixed(picture, self._filling(picture, mask, seed), mask)
        return px.resample(picture, width, height)

    def _filling(self, picture: Pixels, mask: Floats, seed: int) -> Pixels:
        if self.fill == 2:
            return px.noise(picture.shape[1], picture.shape[0], seed)
        if self.fill == 3:
            return np.full_like(picture, 128)
        # Small, as only the coarse colours count: a wide blur of a large picture would take seconds.
        size = (min(64, picture.shape[1]), min(64, picture.shape[0]))
        around = px.resample_mask(1 - mask, *size)[..., None]
        colours = px.resample(picture, *size) * around
        mean = colours.sum(axis=(0, 1)) / max(1e-3, float(around.sum()))
        known = px.blurred(around, 8, 8)
        smooth = (px.blurred(colours, 8, 8) + mean * np.float32(0.01)) / (known + np.float32(0.01))
        return px.resample(px.rounded(smooth), picture.shape[1], picture.shape[0])

    def restored(self, painted: Pixels) -> Pixels:
        """The picture with what was painted where the mask is white, exact elsewhere."""
        whole = self.init
        if self.box:
            left, top, right, bottom = self.box
            whole = whole.copy()
            whole[top:bottom, left:right] = px.resample(painted, right - left, bottom - top)
        else:
            whole = px.resample(painted, whole.shape[1], whole.shape[0])
        return px.mixed(self.init, whole, self.mask)


@dataclass(frozen=True)
class MaskSettings:
    blur_x: int
    blur_y: int
    inverted: bool
    full_resolution: bool
    padding: int
    fill: int
    resize_mode: int


def prepare(init: Pixels, mask: Floats, settings: MaskSettings, width: int, height: int) -> Inpainting | None:
    """None: the mask is black where only its area was to be painted, so that there is no area.

    With `full_resolution` the result has the size of `init`, else `width` × `height`.
    """
    if mask.shape != init.shape[:2]:
        mask = px.resample_mask(mask, init.shape[1], init.shape[0])
    if settings.inverted:
        mask = 1 - mask
    mask = px.blurred(mask, settings.blur_x, settings.blur_y)
    if not settings.full_resolution:
        grey = px.rounded(mask * 255)[..., None].repeat(3, axis=2)
        soft = np.asarray(px.fitted(grey, width, height, settings.resize_mode)[..., 0] / 255, np.float32)
        fitted = px.fitted(init, width, height, settings.resize_mode)
        return Inpainting(fitted, soft, None, settings.fill)
    box = _box(mask, settings.padding, width / height)
    return Inpainting(init, mask, box, settings.fill) if box else None


def _box(mask: Floats, padding: int, aspect: float) -> tuple[int, int, int, int] | None:
    """Around what is not black, padded, and widened or heightened to the aspect of the result."""
    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    if not len(rows):
        return None
    height, width = mask.shape
    left, right = max(0, int(columns[0]) - padding), min(width, int(columns[-1]) + 1 + padding)
    top, bottom = max(0, int(rows[0]) - padding), min(height, int(rows[-1]) + 1 + padding)
    if (right - left) / (bottom - top) < aspect:
        left, right = _grown(left, right, round((bottom - top) * aspect), width)
    else:
        top, bottom = _grown(top, bottom, round((right - left) / aspect), height)
    return left, top, right, bottom


def _grown(start: int, end: int, size: int, limit: int) -> tuple[int, int]:
    start -= (size - (end - start)) // 2
    start = max(0, min(start, limit - size))
    return start, min(limit, start + max(size, end - start))
