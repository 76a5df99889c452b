# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any size to one that a server takes, and back.

Two steps: the source is resampled to its scaled size (in mode SCALE, or when it is too large), then
laid on a frame of the fitted size, whose sides are multiples of 64: Draw Things floors other sizes
without a word, and then the picture does not have the size it expects (published server source,
August 2026). What is cut off or added lies evenly on both sides.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import PictureInvalid
from .pixels import Pixels, as_pixels
from .scale import resize

FitMode = Literal['PAD', 'CROP', 'SCALE']
#: Servers take sides of multiples of the first, from the second to the third.
MULTIPLE, LEAST, MOST = 64, 128, 8192


@dataclass(frozen=True)
class Axis:
    """Where the width or the height of the source lies on the frame, in pixels."""

    source: int
    scaled: int
    fitted: int
    offset: int
    """Where the scaled source begins on the frame; negative where it is cut off."""

    @property
    def padding(self) -> tuple[int, int]:
        """Pixels of the frame before and after the scaled source."""
        return max(0, self.offset), max(0, self.fitted - self.offset - self.scaled)

    @property
    def kept(self) -> slice:
        """The part of the scaled source that is on the frame."""
        start = max(0, -self.offset)
        return slice(start, min(self.scaled, self.fitted - self.offset))

    def final(self, factor: Fraction) -> int:
        """The size of the picture that a result of `factor` times the frame is put back to."""
        return max(1, round(self.source * factor))

    def taken(self, factor: Fraction) -> slice:
        """The part of such a result that is picture and not padding."""
        before, after = self.padding
        return _slice(before * factor, (self.fitted - after) * factor)

    def returned(self, factor: Fraction) -> slice:
        """Where that part lies on the final picture."""
        step = Fraction(self.final(factor), self.scaled)
        return _slice(self.kept.start * step, self.kept.stop * step)


@dataclass(frozen=True)
class Fit:
    """How a source of one size is sent and put back; only plain values, for a recipe."""

    mode: FitMode
    x: Axis
    y: Axis

    @property
    def fitted_width(self) -> int:
        """Pixels, as the request says."""
        return self.x.fitted

    @property
    def fitted_height(self) -> int:
        return self.y.fitted

    @property
    def is_identity(self) -> bool:
        """The source is sent as it is."""
        return self.is_exact and all(axis.source == axis.fitted for axis in (self.x, self.y))

    @property
    def is_exact(self) -> bool:
        """Nothing is resampled: an unchanged result comes back pixel for pixel."""
        return all(axis.source == axis.scaled for axis in (self.x, self.y))

    @property
    def cuts(self) -> bool:
        """Something of the source is not sent."""
        return any(axis.kept.stop - axis.kept.start < axis.scaled for axis in (self.x, self.y))

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns of what is sent that show the source; the others are padding."""
        rows, columns = (slice(axis.padding[0], axis.fitted - axis.padding[1]) for axis in (self.y, self.x))
        return rows, columns

    def describe(self) -> str:
        """Such as "700 × 500 padded to 704 × 512"; empty when nothing is changed."""
        steps = [f"{self.x.source} × {self.y.source}"]
        if not self.is_exact:
            steps.append(f"scaled to {self.x.scaled} × {self.y.scaled}")
        if any(axis.fitted < axis.scaled for axis in (self.x, self.y)):
            verb = "cropped to"
        elif any(axis.fitted > axis.scaled for axis in (self.x, self.y)):
            verb = "padded to"
        else:
            return " ".join(steps) if len(steps) > 1 else ""
        steps.append(f"{verb} {self.x.fitted} × {self.y.fitted}")
        return f"{steps[0]} {', '.join(steps[1:])}"

    def apply(self, pixels: npt.NDArray[Any]) -> Pixels:
        """The picture to send, (fitted height, fitted width, the same channels).

        Raises ValueError when `pixels` does not have the source's size.
        """
        picture = self._checked(pixels)
        picture = resize(picture, self.x.scaled, self.y.scaled)[self.y.kept, self.x.kept]
        if self.x.padding == self.y.padding == (0, 0):
            return picture
        return np.pad(picture, (self.y.padding, self.x.padding, (0, 0)), mode="edge")

    def undo(self, pixels: npt.NDArray[Any], original: npt.NDArray[Any] | None = None) -> Pixels:
        """A result put back to the source's size, or to k times that when an upscaler made it k
        times as large as what was sent.

        What was cut off is taken from `original` (the source, with as many channels as the result);
        without it the cut picture is returned. Raises PictureInvalid when the result has other
        proportions than what was sent.
        """
        result = as_pixels(pixels)
        channels = result.shape[2]
        factor = enlargement(result, self.x.fitted, self.y.fitted)
        final_width, final_height = self.x.final(factor), self.y.final(factor)
        across, down = self.x.returned(factor), self.y.returned(factor)
        part = resize(
            result[self.y.taken(factor), self.x.taken(factor)],
            across.stop - across.start,
            down.stop - down.start,
        )
        if original is None or part.shape[:2] == (final_height, final_width):
            return part
        source = self._checked(original)
        if source.shape[2] != channels:
            raise ValueError(f"the original has {source.shape[2]} channels, the result {channels}")
        whole = resize(source, final_width, final_height).copy()
        whole[down, across] = part
        return whole

    def _checked(self, pixels: npt.NDArray[Any]) -> Pixels:
        picture = as_pixels(pixels)
        if picture.shape[:2] != (self.y.source, self.x.source):
            raise ValueError(f"{picture.shape} is not {self.x.source} × {self.y.source} pixels")
        return picture


def enlargement(result: Pixels, width: int, height: int) -> Fraction:
    """How many times as large a result is as the `width` × `height` pixels that were sent.

    Raises PictureInvalid when it has other proportions.
    """
    factor = Fraction(result.shape[1], width)
    if factor != Fraction(result.shape[0], height):
        raise PictureInvalid(
            "The server's picture is {came_width} × {came_height} pixels, which does not fit the "
            "{width} × {height} that were asked for.",
            "Choose a source whose sides are multiples of 64, or switch off the upscaler.",
            came_width=result.shape[1],
            came_height=result.shape[0],
            width=width,
            height=height,
        )
    return factor


def window(width: int, height: int, left: int, top: int, right: int, bottom: int) -> Fit:
    """The pixels from `left` to before `right` and from `top`, counted from above, to before `bottom` of a
    source of `width` × `height` alone: they come back to where they were.

    Raises ValueError for a window that is empty or not within the source.
    """
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"({left}, {top}, {right}, {bottom}) is no window of {width} × {height} pixels")
    return Fit("CROP", Axis(width, width, right - left, -left), Axis(height, height, bottom - top, -top))


def plan(
    width: int,
    height: int,
    mode: FitMode,
    *,
    multiple: int = MULTIPLE,
    minimum: int = LEAST,
    maximum: int = MOST,
) -> Fit:
    """The fit of a source of `width` × `height` pixels, each at least 1.

    PAD adds the edge's own pixels, CROP cuts the sides, SCALE resamples to the nearest size of
    about the same proportions. A side below `minimum` is padded, in SCALE enlarged; a picture
    beyond `maximum` is scaled down first in every mode. Both are multiples of `multiple`, else
    ValueError; Draw Things takes 128 to 8192.
    """
    if min(width, height) < 1 or minimum % multiple or maximum % multiple:
        raise ValueError(f"no fit for {width} × {height} from {minimum} to {maximum} by {multiple}")
    if mode == 'SCALE':
        scaled = _nearest_size(width, height, multiple, minimum, maximum)
        fitted = scaled
    else:
        shrink = min(Fraction(1), Fraction(maximum, max(width, height)))
        scaled = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        steps = [-(-side // multiple) if mode == 'PAD' else side // multiple for side in scaled]
        fitted = (max(minimum, steps[0] * multiple), max(minimum, steps[1] * multiple))
    x, y = (
        Axis(source, on_frame, frame, (frame - on_frame) // 2)
        for source, on_frame, frame in zip((width, height), scaled, fitted, strict=True)
    )
    return Fit(mode, x, y)


def _nearest_size(width: int, height: int, multiple: int, minimum: int, maximum: int) -> tuple[int, int]:
    """Of the allowed sizes around the wanted one, that with the nearest proportions, then area."""
    grow = max(Fraction(1), Fraction(minimum, min(width, height)))
    factor = min(grow, Fraction(maximum, max(width, height)))
    wanted = (width * factor, height * factor)

    def candidates(side: Fraction) -> Iterator[int]:
        for steps in {math.floor(side / multiple), math.ceil(side / multiple)}:
            yield min(max(steps * multiple, minimum), maximum)

    def distance(size: tuple[int, int]) -> tuple[float, float]:
        proportions = math.log(size[0] / size[1]) - math.log(width / height)
        area = math.log(size[0] * size[1]) - math.log(wanted[0] * wanted[1])
        return abs(round(proportions, 9)), abs(area)

    return min(itertools.product(candidates(wanted[0]), candidates(wanted[1])), key=distance)


def _slice(start: Fraction, stop: Fraction) -> slice:
    """Rounded to whole pixels, at least one."""
    first = round(start)
    return slice(first, max(first + 1, round(stop)))
