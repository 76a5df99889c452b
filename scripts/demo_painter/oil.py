# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture painted in oil: strokes of ever smaller brushes along its forms, lit as thick paint is.

After Hertzmann, “Painterly rendering with curved brush strokes of multiple sizes” (1998): each smaller
brush paints only where what the larger ones left is too far from the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from . import filters
from .filters import Floats
from .materials import Sheet

_GROUND = (84, 69, 56)
_BRUSHES = ((25.0, 0.0), (12.5, 0.07), (6.5, 0.09), (3.2, 0.11))
"""Radius in pixels of a picture whose shorter side is 768, and the error that the brush does not mind."""
_LONGEST = 8
"""Parts of a stroke; each is nearly as long as the brush is wide."""


@dataclass(frozen=True)
class Strokes:
    """What one brush paints, in this order."""

    paths: Floats
    """(n, parts + 1, 2): down and across in pixels"""
    parts: np.ndarray
    """(n,): how many points of its path each stroke has"""
    colours: np.ndarray
    """(n, 3), 0 to 255"""
    heights: np.ndarray
    """(n,), 0 to 255: how thick the paint lies"""


def paint(picture: Floats, rng: np.random.Generator) -> Floats:
    """(height, width, 3), sRGB 0 to 1."""
    picture = filters.saturated(np.clip(picture, 0, 1) ** 0.76, 1.25)
    height, width = picture.shape[:2]
    sheet = Sheet(height, width, rng)
    direction = _directions(picture, sheet)
    canvas, relief = Image.new("RGB", (width, height), _GROUND), Image.new("L", (width, height), 90)
    for size, tolerance in _BRUSHES:
        radius = max(1.0, size * sheet.unit / 768)
        seen = filters.blurred(picture, max(1, round(radius / 3)))
        error = np.sqrt(((np.asarray(canvas, np.float32) / 255 - seen) ** 2).sum(-1))
        strokes = _strokes(seen, error > tolerance, direction, radius, rng)
        _draw(strokes, max(2, round(radius * 1.6)), ImageDraw.Draw(canvas), ImageDraw.Draw(relief))
    paint_height = filters.mean(np.asarray(relief, np.float32) / 255, 1)
    paint_height = paint_height + 0.1 * _bristles(direction, rng)
    return _lit(np.asarray(canvas, np.float32) / 255, paint_height)


def _directions(picture: Floats, sheet: Sheet) -> Floats:
    """Where a brush goes, as (height, width, 2) of length 1: along edges, and calmly where there are none."""
    down, across = np.gradient(filters.blurred(filters.luminance(picture), 3))
    tensor = filters.blurred(np.stack([down * down, across * across, down * across], -1), 10)
    difference, both = tensor[..., 1] - tensor[..., 0], 2 * tensor[..., 2]
    # Angles are doubled so that a direction and its opposite are one.
    along = np.arctan2(both, difference) + np.pi
    calm = (sheet.noise(3.0) - 0.5) * 4 + 1
    share = np.clip(np.sqrt(np.hypot(difference, both)) / 0.004, 0, 1)
    x = np.cos(along) * share + np.cos(calm) * (1 - share)
    y = np.sin(along) * share + np.sin(calm) * (1 - share)
    angle = np.arctan2(y, x) / 2
    return np.stack([np.sin(angle), np.cos(angle)], -1).astype(np.float32)


def _strokes(
    picture: Floats, is_wrong: np.ndarray, direction: Floats, radius: float, rng: np.random.Generator
) -> Strokes:
    """Strokes that begin where the picture is wrong, on a shaken grid."""
    height, width = picture.shape[:2]
    gap = max(2, int(radius * 0.9))
    starts = np.stack(np.mgrid[0:height:gap, 0:width:gap], -1).reshape(-1, 2).astype(np.float32)
    starts = np.clip(starts + rng.uniform(-gap / 2, gap / 2, starts.shape), 0, (height - 1, width - 1))
    share = filters.mean(is_wrong.astype(np.float32), max(1, gap // 2))
    starts = starts[share[tuple(starts.astype(int).T)] > 0.5]
    rng.shuffle(starts)
    paths = [starts]
    heading = np.zeros_like(starts)
    for _ in range(_LONGEST):
        turn = direction[_pixels(paths[-1], picture)]
        turn = np.where((turn * heading).sum(1, keepdims=True) < 0, -turn, turn)
        heading = turn if len(paths) == 1 else 0.6 * turn + 0.4 * heading
        heading = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-6)
        paths.append(paths[-1] + heading * radius * 0.9)
    along = np.stack(paths, 1)
    passed = picture[_pixels(along, picture)]
    # A stroke ends where the colour is no longer its own.
    leaves = np.sqrt(((passed - passed[:, :1]) ** 2).sum(-1)) > 0.09
    leaves[:, :2] = False
    parts = np.where(leaves.any(1), leaves.argmax(1), _LONGEST + 1)
    count = len(starts)
    parts = np.clip(np.minimum(parts, rng.integers(4, _LONGEST + 2, count)), 2, None)
    mixed = 1 + rng.normal(0, 0.035, (count, 3)) + rng.normal(0, 0.07, (count, 1))
    colours = np.rint(np.clip(passed[:, 0] * mixed, 0, 1) * 255).astype(int)
    return Strokes(along, parts, colours, rng.integers(40, 230, count))


def _pixels(points: Floats, picture: Floats) -> tuple[np.ndarray, np.ndarray]:
    """The nearest pixels inside the picture."""
    nearest = np.clip(np.rint(points), 0, (picture.shape[0] - 1, picture.shape[1] - 1)).astype(int)
    return nearest[..., 0], nearest[..., 1]


def _draw(strokes: Strokes, width: int, canvas: ImageDraw.ImageDraw, relief: ImageDraw.ImageDraw) -> None:
    """Both, the colour and the thickness of the paint, with round ends."""
    half = width / 2 - 0.5
    for path, parts, colour, thickness in zip(
        strokes.paths.tolist(),
        strokes.parts.tolist(),
        strokes.colours.tolist(),
        strokes.heights.tolist(),
        strict=True,
    ):
        points = [(x, y) for y, x in path[:parts]]
        for surface, fill in ((canvas, tuple(colour)), (relief, thickness)):
            surface.line(points, fill=fill, width=width, joint="curve")
            for x, y in (points[0], points[-1]):
                surface.ellipse((x - half, y - half, x + half, y + half), fill=fill)


def _bristles(direction: Floats, rng: np.random.Generator) -> Floats:
    """Noise drawn out along the strokes, of deviation 1."""
    height, width = direction.shape[:2]
    noise = rng.standard_normal((height, width)).astype(np.float32)
    sums = np.zeros_like(noise)
    for way in (1.3, -1.3):
        points = np.stack(np.mgrid[0:height, 0:width], -1).astype(np.float32)
        for _ in range(7):
            there = _pixels(points, direction)
            sums += noise[there]
            points += direction[there] * way
    return sums / max(float(sums.std()), 1e-6)


def _lit(colours: Floats, height: Floats) -> Floats:
    """By a lamp from the upper left."""
    down, across = np.gradient(height)
    light = np.clip(-(down + across) * 0.9, -0.18, 0.22)[..., None]
    return np.clip(colours * (1 + light) + 0.06 * np.maximum(light, 0), 0, 1)
