# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks: where a picture is made anew, and how what is made blends into it.

A mask, and the weights made of it, are uint8 (height, width), row 0 at the top: 255 is made anew, 0 stays as
it is to the byte. All of it is done in tiles or bands that fit the processor's cache; those without an edge
cost next to nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from . import colour
from .pixels import Pixels, row_blocks
from .scale import resize

Mask = npt.NDArray[np.uint8]
#: Left, top, right, bottom in pixels from the top left; the last two lie behind the last pixel.
Box = tuple[int, int, int, int]

#: The side of the tiles that are worked on at a time, and the rows of a band.
_TILE = 256
_ROWS = 64
#: Feathers up to here are made pixel by pixel. Squares of such distances, and sums of two, fit into 16 bits.
_FINEST = 128


def of_colour(picture: Pixels, color: tuple[float, float, float], tolerance: float) -> Mask:
    """White where no channel of a picture (H, W, 1 to 4; sRGB) differs by more than `tolerance` from a
    colour; both are displayed values from 0 to 1. Alpha does not count."""
    height, width = picture.shape[:2]
    found = np.empty((height, width), np.uint8)
    wanted = np.asarray(color, np.float32) * 255
    # A hair, as a tolerance that is a whole number of steps of 8 bits is none as a float.
    most = tolerance * 255 + 1e-3
    least, greatest = np.ceil(wanted - most), np.floor(wanted + most)
    for rows in row_blocks(height, _ROWS):
        rgb = colour.with_colour(picture[rows])[..., :3]
        found[rows] = ((rgb >= least) & (rgb <= greatest)).all(axis=2) * np.uint8(255)
    return found


def weights(mask: Mask, *, invert: bool = False, grow: int = 0, feather: int = 0) -> Mask:
    """How much of what is made each pixel takes: as `grown`, then as `feathered`."""
    return feathered(grown(255 - mask if invert else mask, grow), feather)


def grown(mask: Mask, radius: int) -> Mask:
    """The brightest of a mask within `radius` pixels (Euclidean) of each; with a negative radius the darkest.
    What lies beyond the border counts for nothing."""
    if not radius:
        return mask
    if radius < 0:
        return 255 - grown(255 - mask, -radius)
    # For each distance across, how far the disc reaches up and down at most, and where that becomes less.
    halves = [int((radius**2 - down**2) ** 0.5) for down in range(radius + 1)]
    downs: dict[int, list[int]] = {}
    for down, half in enumerate(halves):
        downs.setdefault(half, []).append(down)

    def disc(around: Mask, height: int, width: int) -> Mask:
        across = around[:, radius : radius + width].copy()
        found = np.zeros((height, width), np.uint8)
        for half in range(radius + 1):
            for right in {-half, half}:
                np.maximum(across, around[:, radius + right : radius + right + width], out=across)
            for down in downs.get(half, ()):
                for each in {-down, down}:
                    np.maximum(found, across[radius + each : radius + each + height], out=found)
        return found

    return _by_tiles(mask, radius, disc)


def feathered(mask: Mask, radius: int) -> Mask:
    """A mask with a soft edge outside of it, `radius` pixels wide: from white it falls smoothly with the
    Euclidean distance, and is 0 from `radius` on. No pixel becomes darker.

    A grey pixel has an edge of its own, which begins as grey as it is.
    """
    if radius <= 1:
        return mask
    if radius > _FINEST:
        return _widely_feathered(mask, radius)
    # The smallest of squared distances, one axis after the other (Felzenszwalb, Huttenlocher 2012).
    falls, begins = _profile(radius)
    reach = radius - 1

    def edge(around: Mask, height: int, width: int) -> Mask:
        squares = begins[around]
        across = squares[:, reach : reach + width].copy()
        _nearest(across, lambda right: squares[:, reach + right : reach + right + width])
        found = across[reach : reach + height].copy()
        _nearest(found, lambda down: across[reach + down : reach + down + height])
        np.minimum(found, radius * radius, out=found)
        return np.maximum(falls[found], around[reach : reach + height, reach : reach + width])

    def _nearest(found: npt.NDArray[Any], moved: Callable[[int], npt.NDArray[Any]]) -> None:
        farther = np.empty_like(found)
        for distance in range(1, radius):
            for each in (-distance, distance):
                np.add(moved(each), np.uint16(distance * distance), out=farther)
                np.minimum(found, farther, out=found)

    return _by_tiles(mask, reach, edge)


def _widely_feathered(mask: Mask, radius: int) -> Mask:
    """The same of a mask of fewer pixels, as what falls over so many needs no more; never wider than that."""
    step = -(-radius // (_FINEST // 2))
    height, width = mask.shape
    coarse = np.zeros((-(-height // step), -(-width // step)), np.uint8)
    for row in range(len(coarse)):
        line = mask[row * step : (row + 1) * step].max(axis=0)
        coarse[row] = np.maximum.reduceat(line, np.arange(0, width, step))
    # What one of these reaches beyond its middle, by itself and when it is enlarged.
    coarse = feathered(coarse, int(radius / step - 2.2))
    found = resize(coarse[..., np.newaxis], coarse.shape[1] * step, coarse.shape[0] * step)
    return np.maximum(found[:height, :width, 0], mask)


@functools.cache
def _profile(radius: int) -> tuple[Mask, npt.NDArray[np.uint16]]:
    """By squared distance the weight, and by weight the least squared distance that has no greater one."""
    share = np.sqrt(np.arange(radius * radius + 1)) / radius
    falls = np.round(255 * (1 - share * share * (3 - 2 * share))).astype(np.uint8)
    begins = np.searchsorted(-falls.astype(np.int16), -np.arange(256), side="left").astype(np.uint16)
    begins[0] = radius * radius
    return falls, begins


def _by_tiles(mask: Mask, reach: int, work: Callable[[Mask, int, int], Mask]) -> Mask:
    """What `work` makes of each tile: given the tile with `reach` pixels around it, and its own size."""
    height, width = mask.shape
    found = np.zeros((height, width), np.uint8)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            bottom, right = min(top + _TILE, height), min(left + _TILE, width)
            first_row, first_column = max(0, top - reach), max(0, left - reach)
            seen = mask[first_row : bottom + reach, first_column : right + reach]
            if not seen.any():
                continue
            if mask[top:bottom, left:right].min() == 255:
                found[top:bottom, left:right] = 255
                continue
            around = np.zeros((bottom - top + 2 * reach, right - left + 2 * reach), np.uint8)
            down, across = first_row - (top - reach), first_column - (left - reach)
            around[down : down + seen.shape[0], across : across + seen.shape[1]] = seen
            found[top:bottom, left:right] = work(around, bottom - top, right - left)
    return found


def bounds(mask: Mask) -> Box | None:
    """The smallest box around all that is not black; None where all is."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom


def blend_into(picture: npt.NDArray[Any], made: npt.NDArray[Any], weights: Mask) -> None:
    """Mix what was made into `picture`, in place: (H, W, C) both, uint8 or both float32.

    Where the weight is 0 nothing is written, where it is 255 what was made stands; between them it is exact
    to half a step.
    """
    height, _width = weights.shape
    for top in range(0, height, _ROWS):
        band = weights[top : top + _ROWS]
        box = bounds(band)
        if box is None:
            continue
        left, first, right, last = box
        rows, columns = slice(top + first, top + last), slice(left, right)
        share = weights[rows, columns, np.newaxis]
        old, new = picture[rows, columns], made[rows, columns]
        if picture.dtype == np.uint8:
            wide = share.astype(np.uint16)
            mixed = new * wide
            mixed += old * (255 - wide)
            # Divided by 255 and rounded, without a division.
            mixed += 128
            mixed += mixed >> 8
            mixed >>= 8
            old[...] = mixed
        else:
            part = share * np.float32(1 / 255)
            # Infinite light is none any more where something is made.
            with np.errstate(invalid="ignore", over="ignore"):
                mixed = np.where(share == 255, new, old + (new - old) * part)
            np.copyto(old, mixed, where=share > 0)


def blended(picture: npt.NDArray[Any], made: npt.NDArray[Any], weights: Mask) -> npt.NDArray[Any]:
    """As `blend_into`, into a copy of the picture."""
    result = picture.copy()
    blend_into(result, made, weights)
    return result
