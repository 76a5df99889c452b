# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only Here: what of a source is made anew, in how much of its surroundings, and how it blends in.

All of it is done on this side: servers that take no mask keep what is outside of it to the byte all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..client.sections import InpaintFill
from ..errors import SourceUnavailable
from ..imaging import fill, masks, png, region, scale
from ..imaging.colour import with_colour
from ..imaging.masks import Box, Mask
from ..imaging.pixels import Pixels
from ..imaging.png import DoAll
from ..imaging.region import MAX_MEGAPIXELS, Region
from ..imaging.steps import Fill, Only, Steps, Work
from . import sources
from .source import Source
from .sources import Prepared

Color = tuple[float, float, float]
MaskKind = Literal["PICTURE", "ALPHA", "COLOR"]

#: Pixels that a mask is grown, shrunk or feathered by, and how much around it is sent, at most.
MAX_DISTANCE = 1024
MAX_CONTEXT = 16.0
#: Of a mask of which nothing is white.
EMPTY = "The mask “{name}” is empty: nothing would be made anew."
_EMPTY: dict[tuple[MaskKind, bool], tuple[str, str]] = {
    ("PICTURE", True): (
        "Inverted, the mask “{name}” is empty: nothing would be made anew.",
        "Switch off Invert, or paint black where the picture shall change.",
    ),
    ("ALPHA", False): (
        "“{name}” is transparent all over: nothing would be made anew.",
        "Switch on Invert, or choose another mask.",
    ),
    ("ALPHA", True): (
        "“{name}” is opaque all over: inverted, its alpha is an empty mask.",
        "Switch off Invert, or choose another mask.",
    ),
    ("COLOR", False): (
        "Nothing in “{name}” has the colour of the mask.",
        "Choose another colour, or a higher tolerance.",
    ),
    ("COLOR", True): (
        "All of “{name}” has the colour of the mask, and that is inverted: nothing would be made anew.",
        "Switch off Invert, or choose a lower tolerance.",
    ),
}
_PAINT = "Paint white where the picture shall change, or switch off Only Here."


@dataclass(frozen=True)
class Inpainting:
    """How the mask of a task is used. Distances are in pixels of the source."""

    mask: MaskKind = "PICTURE"
    """PICTURE: the task's own. ALPHA: what of the source is opaque. COLOR: what of it has `color`."""
    color: Color = (1.0, 1.0, 1.0)
    """Displayed values, 0 to 1."""
    tolerance: float = 0.1
    """By how much each channel may differ from it, 0 to 1."""
    grow: int = 0
    """Below 0 it shrinks."""
    feather: int = 8
    """From white to nothing, outward from the grown mask; beyond it nothing changes."""
    invert: bool = False
    """Before it is grown."""
    context: float = 0.25
    """How much around what is masked the model sees, on each side, as a part of its longer side."""
    work_megapixels: float = 1.0
    """About what is sent; 0: the region's own size."""
    fill: InpaintFill = "ORIGINAL"
    """What lies under the mask before it is sent."""
    fill_color: Color = (0.5, 0.5, 0.5)
    """Displayed values, 0 to 1."""

    def __post_init__(self) -> None:
        """It may come out of a stranger's file: raises ValueError for what would take for ever, or is no
        colour."""
        is_near = abs(self.grow) <= MAX_DISTANCE and 0 <= self.feather <= MAX_DISTANCE
        is_small = 0 <= self.context <= MAX_CONTEXT and 0 <= self.work_megapixels <= MAX_MEGAPIXELS
        shown = (*self.color, *self.fill_color, self.tolerance)
        if not (is_near and is_small and all(0 <= each <= 1 for each in shown)):
            raise ValueError(f"no mask is used like that: {self}")

    def region(self, box: Box, width: int, height: int) -> Region:
        """What is sent of a picture of `width` × `height` pixels that changes in `box`: see `reached`."""
        return region.around(box, width, height, margin=self.context, work_megapixels=self.work_megapixels)

    def reached(self, box: Box, width: int, height: int) -> Box:
        """Where a picture of that size may change, of whose mask, inverted or not, all lies in `box`."""
        reach = max(self.grow, 0) + self.feather
        left, top, right, bottom = box
        return (
            max(left - reach, 0),
            max(top - reach, 0),
            min(right + reach, width),
            min(bottom + reach, height),
        )

    def weights(self, mask: Mask) -> Mask:
        """How much of what is made each pixel takes, of a mask as large as the picture."""
        return masks.weights(mask, invert=self.invert, grow=self.grow, feather=self.feather)


def prepare(source: Source, mask: Source | None, how: Inpainting, do_all: DoAll = png.in_turn) -> Prepared:
    """As `sources.prepare`, for the masked part of a source alone: its region with what is filled in, and the
    steps that put a result into the source. A mask of another size is resampled.

    Raises SourceUnavailable for a mask that is empty, too, and as `sources.prepare`.
    """
    pixels = sources.to_display_bytes(source)
    height, width = pixels.shape[:2]
    painted = _mask(pixels, source, mask, how)
    weights = how.weights(painted)
    box = masks.bounds(255 - painted if how.invert else painted)
    if box is None or not weights.any():
        raise _empty(source, mask, how, is_shrunk=box is not None)
    window = how.region(how.reached(box, width, height), width, height)
    seen = weights[window.rows, window.columns].copy()
    work = Work(window)
    sent_weights = work.mask(seen[..., np.newaxis])
    original: NDArray[Any] = pixels
    if sources.has_floats(source):
        original = with_colour(sources.numbers(source))
    steps = Steps(
        (
            Only(
                window,
                seen,
                original if source.keep_alpha else original[..., :3],
                sources.encode_of(source),
            ),
            work,
            Fill(_fill(how), sent_weights[..., 0]),
        )
    )
    sent = steps.there(pixels)
    return Prepared(
        image=png.encode(sent, do_all=do_all),
        width=sent.shape[1],
        height=sent.shape[0],
        steps=steps,
        source_size=(width, height),
        floats=sources.kind_of_floats(source),
        painted=(sent_weights > 0) * np.uint8(255),
    )


def _mask(pixels: Pixels, source: Source, mask: Source | None, how: Inpainting) -> Mask:
    """As large as the source, whose pixels are displayed so."""
    height, width = pixels.shape[:2]
    if how.mask == "COLOR":
        return masks.of_colour(pixels, how.color, how.tolerance)
    if how.mask == "ALPHA":
        return pixels[..., 3] if pixels.shape[2] == 4 else np.full((height, width), 255, np.uint8)
    if mask is None:
        raise SourceUnavailable("There is no mask.", _PAINT)
    return scale.resize(sources.grey(mask)[..., np.newaxis], width, height)[..., 0]


def _empty(source: Source, mask: Source | None, how: Inpainting, *, is_shrunk: bool) -> SourceUnavailable:
    """`is_shrunk`: there was something before the mask was grown by fewer than no pixels."""
    meant = (mask if how.mask == "PICTURE" and mask is not None else source).name
    name = meant.name or meant.text
    if is_shrunk:
        return SourceUnavailable(
            "Shrunk by {pixels} pixels, the mask “{name}” is empty: nothing would be made anew."
            if how.mask == "PICTURE"
            else "Shrunk by {pixels} pixels, the mask of “{name}” is empty: nothing would be made anew.",
            "Raise Grow, or choose a larger mask.",
            pixels=-how.grow,
            name=name,
        )
    if how.mask == "PICTURE" and not how.invert:
        return empty_mask(name)
    what, advice = _EMPTY[how.mask, how.invert]
    return SourceUnavailable(what, advice, name=name)


def empty_mask(name: str) -> SourceUnavailable:
    """The error of a mask of which nothing is white."""
    return SourceUnavailable(EMPTY, _PAINT, name=name)


def _fill(how: Inpainting) -> Callable[[Pixels, Mask], Pixels]:
    match how.fill:
        case "FILL":
            return fill.from_surroundings
        case "LATENT_NOISE":
            return fill.with_noise
        case "LATENT_NOTHING":
            return partial(fill.evenly, color=None)
        case "COLOR":
            return partial(fill.evenly, color=how.fill_color)
        case _:
            return fill.nothing
