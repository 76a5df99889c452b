# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Heights out of a picture, and what follows from them: normals, and where light hardly comes.

Heights are (H, W) float32, row 0 at the top: 0 is black, 1 is white, other numbers are as good. A `depth` is
how many pixels white stands above black, so that slopes are exact.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from .colour import to_bytes
from .pixels import Pixels
from .shading import Coarse, Floats, bands, between, luminance

HeightFrom = Literal["LUMINANCE", "INVERTED", "RED", "GREEN", "BLUE", "ALPHA"]
NormalFormat = Literal["OPENGL", "DIRECTX"]

_CHANNEL = {"RED": 0, "GREEN": 1, "BLUE": 2, "ALPHA": 3}
_DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
#: Steeper is no slope of a picture.
_STEEPEST = np.float32(1e9)


def heights(picture: npt.NDArray[Any], source: HeightFrom = "LUMINANCE") -> Floats:
    """What stands in (H, W, 1 to 4) numbers: bytes as they are displayed, over 255; floats as they are.

    Grey is itself, to the bit. Of a picture without the channel asked for, what is opaque is high.
    """
    if source not in get_args(HeightFrom):
        raise ValueError(f"no height is called {source!r}")
    result = np.empty(picture.shape[:2], np.float32)
    for rows in bands(len(picture)):
        result[rows] = _heights(picture[rows], source)
    return result


def _heights(rows: npt.NDArray[Any], source: HeightFrom) -> Floats:
    is_coloured = rows.shape[2] >= 3
    channel = _CHANNEL.get(source)
    found: Floats
    if channel is None:
        numbers = rows.astype(np.float32)
        found = luminance(numbers) if is_coloured else numbers[..., 0]
    elif source == "ALPHA":
        if rows.shape[2] in (1, 3):
            return np.ones(rows.shape[:2], np.float32)
        found = rows[..., -1].astype(np.float32)
    else:
        found = rows[..., channel if is_coloured else 0].astype(np.float32)
    if rows.dtype == np.uint8:
        found /= np.float32(255)
    return 1 - found if source == "INVERTED" else found


def shaped(
    plane: Floats,
    *,
    flatten: float = 0.0,
    share: float = 0.25,
    contrast: float = 1.0,
    smooth: float = 0.0,
    wrap: bool = False,
) -> Floats:
    """The heights without the coarse part of them, `flatten` of it, 0 to 1, around their mean; then with
    `contrast` around it; blurred over `smooth` pixels. By default they are what they are.

    What is larger than `share` of the longer side is coarse.
    """
    if flatten <= 0 and contrast == 1 and smooth <= 0:
        return plane
    coarse = Coarse.of(plane, share, wrap=wrap)
    mean, result = np.float32(coarse.mean), np.empty_like(plane)
    for rows in bands(len(plane)):
        band = plane[rows]
        if flatten > 0:
            band = band - np.float32(flatten) * (coarse.band(rows) - mean)
        result[rows] = mean + np.float32(contrast) * (band - mean) if contrast != 1 else band
    return _smoothed(result, smooth, wrap=wrap) if smooth > 0 else result


def enlarged(plane: Floats, width: int, height: int) -> Floats:
    """The heights of a smaller picture at another size, without steps."""
    down = between(np.ascontiguousarray(plane.T), height).T
    result = np.empty((height, width), np.float32)
    for rows in bands(height):
        result[rows] = between(down[rows], width)
    return result


def _smoothed(plane: Floats, deviation: float, *, wrap: bool) -> Floats:
    """By a Gaussian of so many pixels."""
    reach = max(1, round(3 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2).astype(np.float32)
    weights /= weights.sum()
    height, width = plane.shape
    result = np.empty_like(plane)
    for rows in bands(height):
        around = _around(plane, rows, reach, wrap=wrap)
        down = sum(around[at : at + rows.stop - rows.start] * each for at, each in enumerate(weights))
        result[rows] = sum(down[:, at : at + width] * each for at, each in enumerate(weights))
    return result


def _around(plane: Floats, rows: slice, reach: int, *, wrap: bool) -> Floats:
    """(rows + 2 reach, W + 2 reach): rows with what lies around them, beyond a border the border again."""
    height, width = plane.shape
    lines = np.arange(rows.start - reach, rows.stop + reach)
    columns = np.arange(-reach, width + reach)
    lines = lines % height if wrap else np.clip(lines, 0, height - 1)
    columns = columns % width if wrap else np.clip(columns, 0, width - 1)
    return np.take(plane[lines], columns, axis=1)


def normal_map(plane: Floats, depth: float, how: NormalFormat = "OPENGL", *, wrap: bool = False) -> Pixels:
    """(H, W, 3): the normals of the heights in tangent space, 0.5 + 0.5 n, flat is (128, 128, 255).

    Red is right, blue is towards the viewer; green is up with OPENGL, down with DIRECTX, and nothing else
    differs. By central differences, at borders that do not wrap by three pixels of one side. What is no
    number is flat.
    """
    height, width = plane.shape
    result = np.empty((height, width, 3), np.uint8)
    half = np.float32(depth / 2)
    up = np.float32(127.5 if how == "OPENGL" else -127.5)
    with np.errstate(all="ignore"):
        for rows in bands(height):
            right = _right(plane[rows], wrap=wrap)
            right *= half
            down = _down(plane, rows, wrap=wrap)
            down *= half
            lengths = right * right
            lengths += down * down
            if not lengths.max() < np.inf:
                right, down = _finite(right), _finite(down)
                lengths = np.hypot(right, down).astype(np.float64) ** 2
            lengths += 1
            towards = (1 / np.sqrt(lengths)).astype(np.float32)
            # Rounded half up, as everywhere: all of it is above 0.
            band = result[rows]
            down *= towards
            down *= up
            down += np.float32(128)
            band[..., 1] = down
            right *= towards
            right *= np.float32(-127.5)
            right += np.float32(128)
            band[..., 0] = right
            towards *= np.float32(127.5)
            towards += np.float32(128)
            band[..., 2] = towards
    return result


def _finite(slopes: Floats) -> Floats:
    return np.nan_to_num(np.clip(slopes, -_STEEPEST, _STEEPEST), nan=0.0)


def _right(rows: Floats, *, wrap: bool) -> Floats:
    """Twice what the heights rise to the right, per pixel."""
    width = rows.shape[1]
    slopes = np.zeros_like(rows)
    if width > 2:
        np.subtract(rows[:, 2:], rows[:, :-2], out=slopes[:, 1:-1])
    if width < 2:
        return slopes
    if wrap:
        slopes[:, 0] = rows[:, 1] - rows[:, -1]
        slopes[:, -1] = rows[:, 0] - rows[:, -2]
    else:
        slopes[:, 0] = _one_sided(*(rows[:, at] for at in range(min(width, 3))))
        slopes[:, -1] = -_one_sided(*(rows[:, -1 - at] for at in range(min(width, 3))))
    return slopes


def _down(plane: Floats, rows: slice, *, wrap: bool) -> Floats:
    """Twice what the heights rise from row to row."""
    height = len(plane)
    slopes = np.zeros((rows.stop - rows.start, plane.shape[1]), np.float32)
    if height < 2:
        return slopes
    first, last = max(rows.start, 1), min(rows.stop, height - 1)
    if last > first:
        inner = slopes[first - rows.start : last - rows.start]
        np.subtract(plane[first + 1 : last + 1], plane[first - 1 : last - 1], out=inner)
    if rows.start == 0:
        few = [plane[at] for at in range(min(height, 3))]
        slopes[0] = plane[1] - plane[-1] if wrap else _one_sided(*few)
    if rows.stop == height:
        few = [plane[-1 - at] for at in range(min(height, 3))]
        slopes[-1] = plane[0] - plane[-2] if wrap else -_one_sided(*few)
    return slopes


def _one_sided(border: Floats, next_: Floats, after: Floats | None = None) -> Floats:
    """Twice the slope at a border, as exact as central differences are."""
    return 2 * (next_ - border) if after is None else 4 * next_ - 3 * border - after


def ambient_occlusion(
    plane: Floats, depth: float, *, distance: float = 16.0, strength: float = 1.0, wrap: bool = False
) -> Pixels:
    """(H, W, 1): white where light comes from everywhere, dark where what stands around takes it.

    Of eight directions each tells how high its horizon is, up to `distance` pixels away. `strength` 1 is what
    the heights say; 0 leaves it white.
    """
    height, width = plane.shape
    steps = _steps(distance)
    reach = steps[-1]
    result = np.empty((height, width, 1), np.uint8)
    for rows in bands(height):
        around = _around(plane, rows, reach, wrap=wrap)
        count = rows.stop - rows.start
        own = around[reach : reach + count, reach : reach + width]
        taken = np.zeros_like(own)
        for down, right in _DIRECTIONS:
            horizon = np.zeros_like(own)
            for step in steps:
                top, left = reach + down * step, reach + right * step
                rise = around[top : top + count, left : left + width] - own
                rise *= np.float32(depth / (step * float(np.hypot(down, right))))
                np.maximum(horizon, rise, out=horizon)
            # The sine of the horizon: what it hides of the light of a sky, by Lambert.
            taken += horizon / np.sqrt(1 + horizon * horizon)
        result[rows, :, 0] = to_bytes(1 - taken * np.float32(strength / len(_DIRECTIONS)))
    return result


def _steps(distance: float) -> list[int]:
    """Distances that are looked at, closer together where it is near."""
    steps, at = [1], 1.0
    while at < distance:
        at = min(max(at * 1.5, at + 1), distance)
        steps.append(max(1, round(at)))
    return sorted(set(steps))


def roughness(
    picture: npt.NDArray[Any],
    middle: float = 0.6,
    contrast: float = 0.5,
    *,
    share: float = 0.25,
    wrap: bool = False,
) -> Pixels:
    """(H, W, 1): `middle` on the whole, 0 to 1, more where the picture is darker than what is around it, and
    with a `contrast` below 0 less. What is larger than `share` of the longer side is light: it tells nothing.
    """
    plane = heights(picture)
    coarse = Coarse.of(plane, share, wrap=wrap)
    result = np.empty((*plane.shape, 1), np.uint8)
    for rows in bands(len(plane)):
        darker = coarse.band(rows) - plane[rows]
        result[rows, :, 0] = to_bytes(np.float32(middle) + np.float32(contrast) * darker)
    return result
