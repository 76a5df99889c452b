# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to a picture before it is sent, and undone to what comes back: small steps in a row.

Each step knows the way there, the way back, and the way of a mask that lies on the picture. What a step
needs for the way back, such as the alpha, it holds from the beginning; so a row of steps serves any number
of results, on any thread. Every picture is uint8, (height, width, channels), sRGB, row 0 at the top, but for
what `Encode` is given, and what `Only` puts into a picture of floats. A result may be k times as large as
what was sent (an upscaler): then so is what the way back gives, but for `Only`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import alpha, colour, fit, masks
from .masks import Mask
from .pixels import Pixels, row_blocks
from .region import Region
from .scale import resize

#: Rows that are encoded or blended at a time, so that what is between stays small.
_ROWS = 64


class Step(ABC):
    """One of them. A step changes no array that it is given."""

    @abstractmethod
    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        """The picture as the next step takes it."""

    @abstractmethod
    def back(self, picture: Pixels) -> Pixels:
        """A result of what `there` gave, as the step before takes it.

        Raises PictureInvalid when it has other proportions than what `there` gave.
        """

    def back_beside(self, picture: Pixels) -> Pixels:
        """A picture that came beside a result and is none to look at, such as its heights: it is brought to
        where the result lies, and nothing of the source is put into it. Raises as `back` does."""
        return self.back(picture)

    def mask(self, mask: Pixels) -> Pixels:
        """A mask that lies on the picture, (H, W, 1) uint8 of its size, for what `there` gives.

        White is made anew.
        """
        return self.there(mask)

    def beside(self, picture: Pixels) -> Pixels:
        """A picture that belongs to the one sent pixel by pixel, such as a depth map, the same way."""
        return self.there(picture)

    @property
    def changes_result(self) -> bool:
        """Whether `back` gives anything else than it is given."""
        return True

    def describe(self) -> str:
        """For a recipe, such as "700 × 500 padded to 704 × 512"; empty when there is nothing to tell."""
        return ""


@dataclass(frozen=True)
class Encode(Step):
    """Pixels as they are displayed: RGB or RGBA in bytes, sRGB, straight alpha.

    There: (H, W, 1 to 4), uint8 which is taken as displayed, or floats with 1.0 as white. Back: a result
    stays as it is displayed, whatever its source was.
    """

    is_linear: bool = False
    """The floats are linear light (Rec.709), not sRGB."""
    is_premultiplied: bool = False
    """The floats' colours are multiplied by alpha."""

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        if picture.dtype == np.uint8:
            return colour.with_colour(picture)
        height, width, channels = picture.shape
        encoded = np.empty((height, width, channels if channels >= 3 else channels + 2), np.uint8)
        for rows in row_blocks(height, _ROWS):
            encoded[rows] = self._encoded(picture[rows])
        return encoded

    def _encoded(self, picture: npt.NDArray[Any]) -> Pixels:
        # What overflows or is no number becomes black or white in the end, and is nothing to warn of.
        with np.errstate(all="ignore"):
            pixels = colour.with_colour(picture).astype(np.float32)
            rgb = pixels[..., :3]
            if self.is_premultiplied and pixels.shape[2] == 4:
                opacity = pixels[..., 3:]
                np.divide(rgb, opacity, out=rgb, where=opacity > 0)
            if self.is_linear:
                rgb[...] = colour.linear_to_srgb(rgb)
            return colour.to_bytes(pixels)

    def taken(self, shown: Pixels, opacity: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        """RGB (H, W, 3) that is displayed as `shown`, as this encodes it; `opacity` is (H, W, 1), None where
        all is opaque."""
        floats = colour.srgb_to_linear(shown) if self.is_linear else colour.from_bytes(shown)
        return floats * opacity if self.is_premultiplied and opacity is not None else floats

    def back(self, picture: Pixels) -> Pixels:
        return picture

    def mask(self, mask: Pixels) -> Pixels:
        return mask

    @property
    def changes_result(self) -> bool:
        return False


@dataclass(frozen=True)
class Resize(Step):
    """The size to work at. Back: a result stays at that size, or at k times that."""

    width: int
    height: int

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return resize(picture, self.width, self.height)

    def back(self, picture: Pixels) -> Pixels:
        return picture

    @property
    def changes_result(self) -> bool:
        return False


@dataclass(frozen=True, eq=False)
class Alpha(Step):
    """Transparency, kept aside while the colours travel. Back: as large as the colours that came."""

    kept: Pixels | None
    """(H, W, 1); None: what comes back is opaque."""
    is_covering: bool = False
    """The server does not stretch a picture to the size asked for: it enlarges it until it covers that, but
    for its flooring to 8 pixels, and lays it in the middle of a black picture of that size (A1111's WebUI
    1.10.1)."""

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return picture if picture.shape[2] in (1, 3) else picture[..., :-1]

    def back(self, picture: Pixels) -> Pixels:
        if self.kept is None:
            return picture
        height, width = picture.shape[:2]
        return alpha.restore(picture, self._covering(width, height) if self.is_covering else self.kept)

    def back_beside(self, picture: Pixels) -> Pixels:
        return picture

    @property
    def changes_result(self) -> bool:
        return self.kept is not None

    def _covering(self, width: int, height: int) -> Pixels:
        assert self.kept is not None
        own_height, own_width = self.kept.shape[:2]
        factor = max(width / own_width, height / own_height)
        return _centred(
            resize(self.kept, _floored(own_width * factor), _floored(own_height * factor)), width, height
        )


@dataclass(frozen=True, eq=False)
class Fit(Step):
    """A size that a server takes, or a window of the picture alone. Back: the picture's own size, with what
    was cut off from the picture itself.

    Where nothing is resampled, an unchanged result comes back pixel for pixel.
    """

    plan: fit.Fit
    original: Pixels | None = None
    """The picture, where something of it is cut off."""

    @classmethod
    def of(cls, picture: Pixels, plan: fit.Fit) -> Fit:
        """The step for a picture of the plan's size."""
        return cls(plan, picture if plan.cuts else None)

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return self.plan.apply(picture)

    def back(self, picture: Pixels) -> Pixels:
        return self.plan.undo(picture, original=self.original)

    def back_beside(self, picture: Pixels) -> Pixels:
        """What was cut off is the edge's own pixels, repeated."""
        part = self.plan.undo(picture)
        if not self.plan.cuts:
            return part
        factor = fit.enlargement(picture, self.plan.fitted_width, self.plan.fitted_height)
        around = [
            (axis.returned(factor).start, axis.final(factor) - axis.returned(factor).stop)
            for axis in (self.plan.y, self.plan.x)
        ]
        return np.pad(part, (*around, (0, 0)), mode="edge")

    def mask(self, mask: Pixels) -> Pixels:
        """What is added is black: it is not to be made anew."""
        fitted = np.zeros((self.plan.fitted_height, self.plan.fitted_width, 1), np.uint8)
        fitted[self.plan.inside] = self.plan.apply(mask)[self.plan.inside]
        return fitted

    @property
    def changes_result(self) -> bool:
        return not self.plan.is_identity

    def describe(self) -> str:
        return self.plan.describe()


@dataclass(frozen=True, eq=False)
class Only(Step):
    """A region of the picture alone. Back: blended into the picture, whose other numbers stay as they are to
    the bit, as does its alpha; so the picture keeps its size, however large the result is."""

    region: Region
    weights: Mask
    """Of the region, (h, w): 255 is the result, 0 the picture, between them a mixture of both."""
    original: npt.NDArray[Any]
    """The picture, (H, W, 3 or 4): uint8 as it is displayed, or float32 as `encode` takes it."""
    encode: Encode = Encode()  # it is frozen

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return picture[self.region.rows, self.region.columns, :3]

    def back(self, picture: Pixels) -> Pixels:
        made = resize(picture, self.region.width, self.region.height)
        whole = self.original.copy()
        part = whole[self.region.rows, self.region.columns]
        if whole.dtype == np.uint8:
            masks.blend_into(part[..., :3], made, self.weights)
            return whole
        for rows in row_blocks(len(part), _ROWS):
            if self.weights[rows].any():
                opacity = part[rows, :, 3:] if part.shape[2] == 4 else None
                taken = self.encode.taken(made[rows], opacity)
                masks.blend_into(part[rows, :, :3], taken, self.weights[rows])
        return whole

    def back_beside(self, picture: Pixels) -> Pixels:
        """Around the region are the edge's own pixels, repeated."""
        part = resize(picture, self.region.width, self.region.height)
        height, width = self.original.shape[:2]
        around = [
            (begin.start, whole - begin.stop)
            for begin, whole in ((self.region.rows, height), (self.region.columns, width))
        ]
        return np.pad(part, (*around, (0, 0)), mode="edge")

    def describe(self) -> str:
        return self.region.describe()


@dataclass(frozen=True, eq=False)
class Work(Step):
    """The size at which a region is worked on. Back: its own, however large the result is."""

    region: Region

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return self.region.plan.apply(picture)

    def back(self, picture: Pixels) -> Pixels:
        plan = self.region.plan
        factor = fit.enlargement(picture, *self.region.sent)
        shown = picture[plan.y.taken(factor), plan.x.taken(factor)]
        return resize(shown, self.region.width, self.region.height)

    def mask(self, mask: Pixels) -> Pixels:
        """What is added is black: it is not to be made anew."""
        return Fit(self.region.plan).mask(mask)


@dataclass(frozen=True, eq=False)
class Fill(Step):
    """Something else under the mask before it is sent. Back: a result stays as it is."""

    fill: Callable[[Pixels, Mask], Pixels]
    """As those of fill.py."""
    weights: Mask
    """Of the picture as it comes here."""

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        return self.fill(picture, self.weights)

    def back(self, picture: Pixels) -> Pixels:
        return picture

    def mask(self, mask: Pixels) -> Pixels:
        return mask

    def beside(self, picture: Pixels) -> Pixels:
        return picture

    @property
    def changes_result(self) -> bool:
        return False


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps in a row: there in this order, back in the other."""

    row: tuple[Step, ...] = ()

    def there(self, picture: npt.NDArray[Any]) -> Pixels:
        """The picture to send."""
        for step in self.row:
            picture = step.there(picture)
        return picture

    def back(self, picture: Pixels) -> npt.NDArray[Any]:
        """What is delivered of a result. Raises PictureInvalid when it does not belong to what was sent."""
        for step in reversed(self.row):
            picture = step.back(picture)
        return picture

    def back_beside(self, picture: Pixels) -> Pixels:
        """What is delivered of a picture that came beside a result. Raises as `back` does."""
        for step in reversed(self.row):
            picture = step.back_beside(picture)
        return picture

    def beside(self, picture: Pixels) -> Pixels:
        """What to send of a picture that belongs to the one that is sent pixel by pixel."""
        for step in self.row:
            picture = step.beside(picture)
        return picture

    def mask(self, mask: Pixels) -> Pixels:
        """The mask to send, of one that is as large as the picture, (H, W, 1)."""
        for step in self.row:
            mask = step.mask(mask)
        return mask

    @property
    def is_of_a_part(self) -> bool:
        """Whether what is sent is a part of the picture, which without `back` is nobody's."""
        return any(isinstance(step, Only) for step in self.row)

    def shown(self, result: npt.NDArray[Any]) -> Pixels:
        """What `back` gave, as it is displayed."""
        return next((step.encode.there(result) for step in self.row if isinstance(step, Only)), result)

    @property
    def changes_result(self) -> bool:
        """Whether `back` gives anything else than it is given."""
        return any(step.changes_result for step in self.row)

    def describe(self) -> str:
        """What the steps tell, for a recipe."""
        return "; ".join(filter(None, (step.describe() for step in self.row)))


def _floored(side: float) -> int:
    # Without the hair a product such as 295.99999 would lose eight pixels to rounding.
    return max(8, int(side + 1e-6) // 8 * 8)


def _centred(plane: Pixels, width: int, height: int) -> Pixels:
    """(height, width, C): the plane in the middle, cut where it is larger, with 0 around it where smaller."""
    result = np.zeros((height, width, plane.shape[2]), np.uint8)
    top, left = height // 2 - plane.shape[0] // 2, width // 2 - plane.shape[1] // 2
    part = plane[max(0, -top) :, max(0, -left) :][: height - max(0, top), : width - max(0, left)]
    result[max(0, top) :, max(0, left) :][: part.shape[0], : part.shape[1]] = part
    return result
