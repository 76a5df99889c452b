# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that repeats without a seam, made of its own pixels.

Where the borders meet, a band is covered by a strip of the picture that fits best there. Two cuts of least
difference join it to what lies left and right of it (cuts.py), and a correction in the gradient domain takes
away what step is left along them (poisson.py). So three quarters of the pixels stay as they are, no stone is
cut, and nothing is blurred or mirrored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from . import cuts, poisson
from .borders import Lines
from .pixels import Pixels, row_blocks

Axes = Literal['XY', 'X', 'Y']
_Floats = npt.NDArray[np.float32]

#: Of a side, what the band across a seam takes, and its pixels at most and at least.
_SHARE, _WIDEST, _NARROWEST = 8, 512, 7
#: Pixels of the longer side of the copy in which strips are looked for.
_COARSE = 256
#: Strips whose cuts are compared, and those that are followed into the finer copies.
_COMPARED, _FOLLOWED = 48, 4
#: Pixels on either side of the border that a strip covers wherever its cuts run, as far as a narrow band lets
#: it: what lies across the border is of one piece, such as a joint as wide as all others.
_WHOLE = 3
#: How much dearer a strip is whose middle, where the border will be, has more or less of a line, or less
#: detail, than is usual in the picture: there it would be seen.
_UNUSUAL = 1.5
#: The same where such a one was taken, and it is seen.
_BANNED = 8.0
#: How far above the highest of the picture's lines one in the band may be.
_NEW_LINE = 1.08
#: Rows that are worked on at a time: the interpreter is free between them.
_ROWS = 128


def nothing(_share: float) -> None:
    """Nobody is told how far it is."""


def make_seamless(picture: Pixels, axes: Axes = 'XY', tell: Callable[[float], None] = nothing) -> Pixels:
    """A copy of `picture`, (H, W, 1 to 4) uint8, that repeats along the given axes: 'X' to its left and
    right.

    `tell` is given the share that is done, 0 to 1, again and again; what it raises ends the work. The same
    picture gives the same result. A side of two pixels or less stays as it is.
    """
    result = picture.copy()
    for number, axis in enumerate(axes):
        # The band runs down the first axis of these views.
        turned = result if axis == 'X' else result.swapaxes(0, 1)
        goes_on = number > 0

        def told(share: float, number: int = number) -> None:
            tell((number + share) / len(axes))

        _heal(turned, goes_on=goes_on, tell=told)
    return result


def repeats(picture: Pixels, axes: Axes = 'XY') -> bool:
    """Whether no border of `picture`, (H, W, 1 to 4) uint8, is seen where it repeats along these axes: none
    is more of a step than the highest lines within."""
    for axis in axes:
        turned = picture if axis == 'X' else picture.swapaxes(0, 1)
        if turned.shape[1] > 2:
            steps = Lines.of(turned).steps
            if steps[-1] > np.percentile(steps[:-1], 98):
                return False
    return True


def band_width(side: int) -> int:
    """Pixels of the band that is healed across the seam of a side of so many: odd, or as wide as a tiny side
    lets it be."""
    if side < 2 * _NARROWEST + 2:
        return max(0, side // 2 * 2 - 1)
    wanted = min(side // _SHARE, _WIDEST)
    return max(_NARROWEST, _smooth_number(wanted + 1) - 1)


def _smooth_number(number: int) -> int:
    """The largest even number up to this one with no factors but 2, 3 and 5: transforms of such are fast."""
    for each in range(number // 2 * 2, 1, -2):
        rest = each
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return each
    return 2


def _heal(picture: Pixels, *, goes_on: bool, tell: Callable[[float], None]) -> None:
    """Change the columns around the picture's left and right border, in place. `goes_on`: below its last row
    comes its first, so that a strip may be taken from any height."""
    side = picture.shape[1]
    width = band_width(side)
    if width < 1:
        return
    lines = Lines.of(picture)
    if lines.are_joined:
        return
    if width < _NARROWEST:
        # Too small for a strip: the step itself is spread over the band.
        band = _around(picture, width // 2, width - width // 2)
        _write(picture, _corrected(band, poisson.correction(poisson.of_step(band, width // 2), tell)))
        return

    def healed(width: int, unusual: float, begin: float) -> Pixels:
        return _healed(
            picture, width, lines, unusual, goes_on=goes_on, tell=lambda share: tell(begin + share / 2)
        )

    result = healed(width, _UNUSUAL, 0.0)
    if _highest_line(picture, result) > lines.steps[:-1].max() * _NEW_LINE:
        # In a smooth picture a narrow band is a line to look at.
        wide = healed(band_width(2 * side), _UNUSUAL, 0.5)
        result = min(result, wide, key=lambda each: _highest_line(picture, each))
    elif _border_line(result) > np.percentile(lines.steps[:-1], 98):
        # A joint that has to be at the border need not be the hardest of all.
        result = min(result, healed(width, _BANNED, 0.5), key=_border_line)
    _write(picture, result)


def _healed(
    picture: Pixels,
    width: int,
    lines: Lines,
    unusual: float,
    *,
    goes_on: bool,
    tell: Callable[[float], None],
) -> Pixels:
    """The band of this width around the seam, as it is to be. A strip whose middle would be seen is so many
    times dearer."""
    left = width // 2
    ours = _around(picture, left, width - left)
    place = _best_strip(picture, width, lines.usual(), unusual, goes_on=goes_on)
    tell(0.3)
    theirs = _strip(picture, place, width)
    first_half, second_half = _halves(width)
    first = cuts.cheapest(cuts.costs(ours[:, first_half], theirs[:, first_half]))
    tell(0.45)
    # Counted from the right, so that both are cut towards the seam.
    second = width - 2 - cuts.cheapest(cuts.costs(ours[:, second_half], theirs[:, second_half])[:, ::-1])
    tell(0.6)
    covered = cuts.covered(first, second, width)
    correction = poisson.correction(
        poisson.along_cuts(ours, theirs, covered), lambda share: tell(0.6 + 0.4 * share)
    )
    np.copyto(ours, theirs, where=covered[..., np.newaxis])
    return _corrected(ours, correction)


# --- The band and strips for it ---


@dataclass(frozen=True)
class _Place:
    """Where a strip lies in the picture: its first column, and the row that is brought to the top."""

    column: int
    row: int


def _around(picture: Pixels, left: int, right: int) -> Pixels:
    """A copy of what lies left and right of the seam, side by side: the last columns, then the first."""
    return np.concatenate((picture[:, picture.shape[1] - left :], picture[:, :right]), axis=1)


def _strip(picture: Pixels, place: _Place, width: int) -> Pixels:
    columns = picture[:, place.column : place.column + width]
    return np.concatenate((columns[place.row :], columns[: place.row]), axis=0)


def _halves(width: int) -> tuple[slice, slice]:
    """The columns of a band in which either cut may run."""
    left = width // 2
    whole = min(_WHOLE, left // 4)
    return slice(left - whole), slice(left + whole, width)


def _corrected(band: Pixels, correction: _Floats) -> Pixels:
    result = np.empty_like(band)
    for rows in row_blocks(len(band)):
        result[rows] = np.clip(band[rows] + correction[rows] + np.float32(0.5), 0, 255.5)
    return result


def _write(picture: Pixels, band: Pixels) -> None:
    left = band.shape[1] // 2
    for rows in row_blocks(len(band)):
        picture[rows, picture.shape[1] - left :] = band[rows, :left]
        picture[rows, : band.shape[1] - left] = band[rows, left:]


def _highest_line(picture: Pixels, band: Pixels) -> float:
    """The highest mean difference between columns, in the band and where it meets the picture."""
    left = band.shape[1] // 2
    right = band.shape[1] - left
    before, after = picture[:, -left - 1 : -left], picture[:, right : right + 1]
    sums = np.zeros(band.shape[1] + 1)
    for rows in row_blocks(len(band)):
        wide = np.concatenate((before[rows], band[rows], after[rows]), axis=1).astype(np.int16)
        sums += np.abs(np.diff(wide, axis=1)).sum(axis=(0, 2))
    return float(sums.max() / (len(band) * band.shape[2]))


def _border_line(band: Pixels) -> float:
    """The mean difference across the picture's border."""
    left = band.shape[1] // 2
    return float(np.abs(band[:, left].astype(np.int16) - band[:, left - 1]).mean())


# --- The best strip ---


def _best_strip(
    picture: Pixels, width: int, is_usual: npt.NDArray[np.bool_], unusual: float, *, goes_on: bool
) -> _Place:
    """The strip that needs the least of its cuts: found in a small copy, followed into finer ones."""
    height, side = picture.shape[:2]
    down, across = _factor(height), _factor(side)
    small = _shrunk(picture, down, across)
    narrow = max(2, width // across)
    left = narrow // 2
    target = np.concatenate((small[:, small.shape[1] - left :], small[:, : narrow - left]), axis=1)
    places = _candidates(small, target, goes_on=goes_on)
    strips = np.concatenate((small, small), axis=0)
    half = width // 2 - 1

    def dearer(column: int) -> float:
        return 1.0 if is_usual[column + half] else unusual

    def needs(place: _Place) -> float:
        rows, columns = slice(place.row, place.row + len(small)), slice(place.column, place.column + narrow)
        return _needs(target, strips[rows, columns]) * dearer(min(place.column * across, side - width))

    places = sorted(places, key=needs)[:_FOLLOWED]
    places = [_Place(min(each.column * across, side - width), each.row * down % height) for each in places]
    while down > 1 or across > 1:
        steps = max(1, down // 2), max(1, across // 2)
        places = _followed(picture, places, width, steps, dearer, goes_on=goes_on)
        down, across = steps
        # In the finer ones one is enough.
        places = places[: 2 if down * across > 4 else 1]
    return places[0]


def _factor(side: int) -> int:
    factor = 1
    while side // factor > _COARSE:
        factor *= 2
    return factor


def _candidates(small: _Floats, target: _Floats, *, goes_on: bool) -> list[_Place]:
    """Those whose squared difference from the target is least, none beside a better one."""
    height, side, _channels = small.shape
    width = target.shape[1]
    count = side - width + 1
    if not goes_on:
        return [_Place(column, 0) for column in range(count)]
    mean = small.mean(axis=(0, 1))
    small, target = small - mean, target - mean
    # |a - b|² of all places at once: the mixed term is a convolution.
    product = np.zeros((height, side))
    for channel in range(small.shape[2]):
        spectrum = np.fft.rfft2(small[..., channel])
        padded = np.zeros((height, side), np.float32)
        padded[:, :width] = target[..., channel]
        product += np.fft.irfft2(spectrum * np.conj(np.fft.rfft2(padded)), s=(height, side))
    energy = np.concatenate(([0.0], np.cumsum(np.square(small, dtype=np.float64).sum(axis=(0, 2)))))
    differences = energy[width:][:count] - energy[:count] - 2 * product[:, :count]
    found: list[_Place] = []
    for flat in np.argsort(differences, axis=None, kind="stable")[: 16 * _COMPARED]:
        row, column = divmod(int(flat), count)
        if all(abs(each.column - column) > 1 or abs(each.row - row) > 1 for each in found):
            found.append(_Place(column, row))
            if len(found) == _COMPARED:
                break
    return found


def _followed(
    picture: Pixels,
    places: list[_Place],
    width: int,
    steps: tuple[int, int],
    dearer: Callable[[int], float],
    *,
    goes_on: bool,
) -> list[_Place]:
    """The places, each moved to the best beside it in a copy whose pixels are `steps` of the picture's high
    and wide; the best first."""
    height, side = picture.shape[:2]
    down, across = steps
    left = width // 2
    target = _shrunk(_around(picture, left, width - left), down, across)
    found: dict[_Place, float] = {}
    for place in places:
        for row in (-down, 0, down) if goes_on else (0,):
            for column in (-across, 0, across):
                near = _Place(min(max(0, place.column + column), side - width), (place.row + row) % height)
                if near not in found:
                    strip = _shrunk(_strip(picture, near, width), down, across)
                    found[near] = _needs(target, strip) * dearer(near.column)
    return sorted(found, key=lambda each: found[each])


def _needs(target: _Floats, strip: _Floats) -> float:
    """What the cuts of a strip cost, about: in each of some rows together the best column of either half."""
    error = cuts.squares(target - strip)
    height, width = error.shape
    together = max(1, height // 32)
    rows = height // together * together
    blocks = error[:rows].reshape(-1, together, width).mean(axis=1)
    return float(blocks[:, : width // 2].min(axis=1).sum() + blocks[:, (width + 1) // 2 :].min(axis=1).sum())


def _shrunk(picture: Pixels, down: int, across: int) -> _Floats:
    """Means of so many rows and columns; what is left over at the ends is left out."""
    height, width = picture.shape[0] // down, picture.shape[1] // across
    result = np.empty((height, width, picture.shape[2]), np.float32)
    lines = max(1, _ROWS // down)
    for top in range(0, height, lines):
        bottom = min(height, top + lines)
        part = picture[top * down : bottom * down, : width * across]
        tall = sum((part[first::down] for first in range(1, down)), start=part[::down].astype(np.uint16))
        wide = sum(
            (tall[:, first::across] for first in range(1, across)), start=tall[:, ::across].astype(np.uint32)
        )
        result[top:bottom] = wide
    result *= np.float32(1 / (down * across))
    return result
