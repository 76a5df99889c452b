# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a picture around a mask, and the size at which a server works on it.

Only sizes and places: what a panel tells before anything is sent.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from .fit import LEAST, MOST, MULTIPLE, Axis, Fit, plan
from .masks import Box

#: Pixels of a megapixel, as models count: 1024 × 1024.
MEGAPIXEL = 1 << 20
#: About what is sent to a server at a time, at most.
MAX_MEGAPIXELS = 64.0
#: More than that a picture is not stretched on one axis against the other, to need no padding.
_MOST_STRETCHED = 1.1
#: A region is at least so long as the side of what is sent, divided by this: of less a model sees no context.
_MOST_ENLARGED = 4


@dataclass(frozen=True)
class Region:
    """A window of a picture, and how it is sent."""

    left: int
    """Pixels from the picture's top left."""
    top: int
    plan: Fit
    """From the window's own size to the one that is sent."""

    @property
    def width(self) -> int:
        return self.plan.x.source

    @property
    def height(self) -> int:
        return self.plan.y.source

    @property
    def sent(self) -> tuple[int, int]:
        """Width and height as the request says."""
        return self.plan.fitted_width, self.plan.fitted_height

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.width)

    def describe(self) -> str:
        """Such as "region 612 × 430 at 40, 80, sent as 1024 × 704"."""
        sent = f"{self.sent[0]} × {self.sent[1]}"
        return f"region {self.width} × {self.height} at {self.left}, {self.top}, sent as {sent}"


def around(
    box: Box, width: int, height: int, *, margin: float = 0.25, work_megapixels: float = 1.0
) -> Region:
    """The region of a picture of `width` × `height` pixels that shows what is in `box` in its surroundings.

    On each side it is larger by `margin` times the longer side of the box; and as large as it must be to be
    sent without being enlarged more than a few times, or stretched, as far as the picture reaches.
    `work_megapixels` is about what is sent; 0: the region's own size, which is padded where the picture has
    no more to give.
    """
    left, top, right, bottom = box
    beside = math.ceil(max(right - left, bottom - top) * margin)
    sides = [min(width, right - left + 2 * beside), min(height, bottom - top + 2 * beside)]
    if work_megapixels <= 0:
        sides = [
            min(whole, max(LEAST, -(-side // MULTIPLE) * MULTIPLE))
            for side, whole in zip(sides, (width, height), strict=True)
        ]
        sent = plan(sides[0], sides[1], 'PAD')
    else:
        least = math.isqrt(int(work_megapixels * MEGAPIXEL)) // _MOST_ENLARGED
        sides = [min(whole, max(side, least)) for side, whole in zip(sides, (width, height), strict=True)]
        to_width, to_height = _size(sides[0], sides[1], work_megapixels)
        # The shorter one becomes longer until nothing is stretched.
        wide, tall = round(sides[1] * to_width / to_height), round(sides[0] * to_height / to_width)
        sides = [max(sides[0], min(width, wide)), max(sides[1], min(height, tall))]
        sent = working(sides[0], sides[1], work_megapixels)
    return Region(_start(left, right, sides[0], width), _start(top, bottom, sides[1], height), sent)


def working(width: int, height: int, megapixels: float) -> Fit:
    """How `width` × `height` pixels are brought to about so many megapixels, in multiples of 64 from 128 to
    8192; 0: to their own size, padded. What is too long or thin for that is padded as well."""
    if megapixels <= 0:
        return plan(width, height, 'PAD')
    to_width, to_height = _size(width, height, megapixels)
    across, down = to_width / width, to_height / height
    if max(across / down, down / across) <= _MOST_STRETCHED:
        return Fit('SCALE', Axis(width, to_width, to_width, 0), Axis(height, to_height, to_height, 0))
    factor = min(across, down)
    x, y = (
        Axis(side, scaled, to, (to - scaled) // 2)
        for side, to in ((width, to_width), (height, to_height))
        for scaled in (min(to, max(1, round(side * factor))),)
    )
    return Fit('PAD', x, y)


def _size(width: int, height: int, megapixels: float) -> tuple[int, int]:
    """Of the sizes that servers take around the wanted one, that with the nearest proportions and area."""
    factor = math.sqrt(megapixels * MEGAPIXEL / (width * height))
    wanted = width * factor, height * factor

    def candidates(side: float) -> set[int]:
        steps = (math.floor(side / MULTIPLE), math.ceil(side / MULTIPLE))
        return {min(max(each * MULTIPLE, LEAST), MOST) for each in steps}

    def distance(size: tuple[int, int]) -> tuple[float, tuple[int, int]]:
        proportions = abs(math.log(size[0] / size[1]) - math.log(width / height))
        area = abs(math.log(size[0] * size[1]) - math.log(wanted[0] * wanted[1]))
        return round(proportions + area / 2, 9), size

    return min(itertools.product(candidates(wanted[0]), candidates(wanted[1])), key=distance)


def _start(first: int, last: int, size: int, whole: int) -> int:
    """Where a window of `size` begins that has first to last in its middle, as far as the picture reaches."""
    return min(max(0, (first + last - size) // 2), whole - size)
