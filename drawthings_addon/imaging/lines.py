# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Line drawings from depth, normals and object numbers: outlines, creases and boundaries.

White on black, as ControlNet's canny and line-art models take them. Rows may run either way.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .colour import to_bytes

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

#: A step in depth, as a share of the nearer distance, begins to be a line, and is a full one.
_STEP = (0.02, 0.06)
#: The same for the cosine between the normals of two neighbours: 20° and 40°.
_CREASE = (1 - math.cos(math.radians(20)), 1 - math.cos(math.radians(40)))
#: A line one pixel wide keeps about this share of itself in the middle after smoothing.
_SMOOTHED_PEAK = 0.625


def line_map(depth: Floats, normal: Floats, objects: Floats, *, linear: bool = False) -> Bytes:
    """Where neighbours differ, as (H, W, 3) uint8.

    `depth` (H, W) with infinity for background, `normal` (H, W, 3) of unit length, `objects` (H, W) with
    one number for each object. `linear`: the depths are those of an orthographic camera.
    Lines lie on the nearer of the two neighbours, so that outlines are on the object, one pixel wide
    and smoothed.
    """
    # What is linear over the picture on a flat surface, however steep: then a floor seen at a
    # grazing angle has no steps. In perspective that is the inverse of depth.
    if linear:
        finite = np.isfinite(depth)
        farthest = float(depth[finite].max()) if finite.any() else 1.0
        nearness = np.where(finite, 2 * farthest - depth, 0).astype(np.float32)
    else:
        nearness = np.where(np.isfinite(depth) & (depth > 0), 1 / np.maximum(depth, 1e-20), 0)
    across = _along_rows(nearness, normal, objects)
    down = _along_rows(nearness.T, normal.transpose(1, 0, 2), objects.T).T
    grey = to_bytes(_smoothed(np.maximum(across, down)))
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def _along_rows(nearness: Floats, normal: Floats, objects: Floats) -> Floats:
    """The strength of the edges between horizontal neighbours, on the nearer pixel of each pair."""
    strength = np.zeros(nearness.shape, np.float32)
    if nearness.shape[1] < 2:
        return strength
    left, right = nearness[:, :-1], nearness[:, 1:]
    surfaces = (left > 0) & (right > 0)
    bend = 1 - np.einsum("hwc,hwc->hw", normal[:, :-1], normal[:, 1:])
    edge = np.maximum(
        _ramp(_jump(nearness), *_STEP),
        np.where(surfaces, _ramp(bend, *_CREASE), 0),
    )
    edge[objects[:, :-1] != objects[:, 1:]] = 1
    on_left = left >= right
    strength[:, :-1] = np.where(on_left, edge, 0)
    strength[:, 1:] = np.maximum(strength[:, 1:], np.where(on_left, 0, edge))
    return strength


def _jump(nearness: Floats) -> Floats:
    """How far each pixel is off the line through its neighbours, relative; (H, W-1), from both sides."""
    padded = np.pad(nearness, ((0, 0), (1, 1)), mode="edge")
    before, left, right, after = padded[:, :-3], padded[:, 1:-2], padded[:, 2:-1], padded[:, 3:]
    from_left = np.abs(right - (2 * left - before))
    from_right = np.abs(left - (2 * right - after))
    plain = np.abs(right - left)
    # A flat surface continues from either side; beside another edge only one side can tell.
    off = np.minimum(np.minimum(from_left, from_right), plain)
    jump: Floats = off / np.maximum(np.maximum(left, right), np.float32(1e-20))
    return jump


def _ramp(values: Floats, low: float, high: float) -> Floats:
    share = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    ramp: Floats = share * share * (3 - 2 * share)
    return ramp


def _smoothed(strength: Floats) -> Floats:
    """A tent of three pixels: cheap, and enough for stairs not to be taken for a texture."""
    padded = np.pad(strength, 1, mode="edge")
    rows = 0.125 * padded[:-2] + 0.75 * padded[1:-1] + 0.125 * padded[2:]
    both: Floats = 0.125 * rows[:, :-2] + 0.75 * rows[:, 1:-1] + 0.125 * rows[:, 2:]
    peak: Floats = np.minimum(both / np.float32(_SMOOTHED_PEAK), 1)
    return peak
