# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From pixels as Blender holds them to pictures as a server takes them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceUnavailable
from ..imaging import (
    alpha,
    colour,
    fit,
    png,
    scale,
)
from .job import Encoding, Source

_Number = TypeVar("_Number", np.uint8, np.float32)

_ROWS = 64


@dataclass(frozen=True, eq=False)
class Prepared:
    """A source as it is sent, and the way back to its size and alpha."""

    init_image: bytes
    fit: fit.Fit
    original: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None

    def put_back(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The source's size and alpha for a server's RGB."""
        pixels = self.fit.undo(pixels, original=self.original)
        return pixels if self.alpha is None else alpha.restore(pixels, self.alpha)

    @property
    def changes_nothing(self) -> bool:
        return self.alpha is None and self.fit.is_identity

    def mask(self, source: Source) -> bytes:
        """The PNG of a mask that lies on this source, (fitted height, fitted width, 1).

        A mask of another size is resampled. Transparency is black, and so is what the fit adds, which is not
        to be painted. Raises as `prepare` does.
        """
        grey = self._as_large(_luminance(to_display_bytes(source)))
        fitted = np.zeros((self.fit.fitted_height, self.fit.fitted_width, 1), np.uint8)
        inside = tuple(
            slice(axis.padding[0], axis.fitted - axis.padding[1]) for axis in (self.fit.y, self.fit.x)
        )
        fitted[inside] = self.fit.apply(grey)[inside]
        return png.encode(fitted)

    def beside(self, source: Source) -> bytes:
        """The PNG of a picture that belongs to this source pixel by pixel, such as a depth map: RGB, fitted
        as the source is. Raises as `prepare` does."""
        return png.encode(self.fit.apply(self._as_large(to_display_bytes(source)[..., :3])))

    def _as_large(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return scale.resize(pixels, self.original.shape[1], self.original.shape[0])


@dataclass(frozen=True, eq=False)
class Whole:
    """A source as it is sent to be enlarged: in any size, which nothing is put back to."""

    image: bytes
    width: int
    height: int
    alpha: NDArray[np.uint8] | None
    is_cut: bool
    """The server enlarges it until it covers what was asked for, but for its flooring to 8 pixels, and lays
    that in the middle of a black picture of the size asked for (A1111's WebUI 1.10.1)."""

    def put_back(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The source's alpha, as large as the server's RGB."""
        if self.alpha is None:
            return pixels
        height, width = pixels.shape[:2]
        if not self.is_cut:
            return alpha.restore(pixels, self.alpha)
        factor = max(width / self.width, height / self.height)
        covering = scale.resize(self.alpha, _floored(self.width * factor), _floored(self.height * factor))
        return alpha.restore(pixels, _centred(covering, width, height))

    @property
    def changes_nothing(self) -> bool:
        return self.alpha is None


def prepare_whole(source: Source, *, is_cut: bool) -> Whole:
    """Pixels as they are sent to be enlarged: 8-bit sRGB RGB; the alpha kept aside. Raises as `prepare`."""
    pixels = to_display_bytes(source)
    rgb, kept_alpha = alpha.split(pixels)
    return Whole(
        image=png.encode(rgb),
        width=pixels.shape[1],
        height=pixels.shape[0],
        alpha=kept_alpha if source.keep_alpha else None,
        is_cut=is_cut,
    )


def unfitted(source: Source) -> bytes:
    """The PNG of a picture that belongs to no source, RGB in its own size. Raises as `prepare` does."""
    return png.encode(to_display_bytes(source)[..., :3])


def displayed(source: Source) -> Source:
    """The same source as bytes in memory, as it is displayed and at the size that was asked for. Raises as
    `prepare`."""
    return replace(
        source,
        pixels=to_display_bytes(source)[::-1],
        encoding=Encoding.SRGB,
        premultiplied=False,
        resize_to=None,
    )


def prepare(source: Source) -> Prepared:
    """Pixels as they are sent: 8-bit sRGB RGB, fitted to a multiple of 64; the alpha kept aside.

    Raises SourceUnavailable when there are no pixels or the file that Blender wrote cannot be read,
    PictureInvalid when it is damaged.
    """
    pixels = to_display_bytes(source)
    # The planes are views: nothing is copied until the fit needs it.
    rgb, kept_alpha = alpha.split(pixels)
    plan = fit.plan(pixels.shape[1], pixels.shape[0], source.fit_mode)
    return Prepared(
        init_image=png.encode(plan.apply(rgb)),
        fit=plan,
        original=rgb,
        alpha=kept_alpha if source.keep_alpha else None,
    )


def to_display_bytes(source: Source) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8 sRGB, row 0 at the top."""
    if source.pixels is None and source.path is not None:
        pixels = with_colour(_read(source.path))
    elif source.pixels is None or not source.pixels.size:
        raise SourceUnavailable("There is nothing to send.", "Choose another source.")
    elif source.pixels.dtype == np.uint8:
        pixels = with_colour(source.pixels[::-1])
    else:
        pixels = _from_float(source)
    return pixels if source.resize_to is None else scale.resize(pixels, *source.resize_to)


def is_painted(source: Source) -> bool:
    """Whether anything of a mask is above black as it is sent, by one step of 8 bits. Raises as `prepare`."""
    if source.path is not None or source.pixels is None:
        return bool(_luminance(to_display_bytes(source)).any())
    colours = source.pixels[..., : 3 if source.pixels.shape[2] >= 3 else 1]
    for first in range(0, len(colours), _ROWS):
        # What holds nothing but black need not be converted.
        if (colours[first : first + _ROWS] > 0).any():
            rows = replace(source, pixels=source.pixels[first : first + _ROWS], resize_to=None)
            if _luminance(to_display_bytes(rows)).any():
                return True
    return False


def _from_float(source: Source) -> NDArray[np.uint8]:
    assert source.pixels is not None
    # What overflows or is no number becomes black or white in the end, and is nothing to warn of.
    with np.errstate(all="ignore"):
        pixels = with_colour(source.pixels[::-1]).astype(np.float32)
        rgb = pixels[..., :3]
        if source.premultiplied and pixels.shape[2] == 4:
            opacity = pixels[..., 3:]
            np.divide(rgb, opacity, out=rgb, where=opacity > 0)
        if source.encoding is Encoding.LINEAR:
            rgb[...] = colour.linear_to_srgb(rgb)
        return colour.to_bytes(pixels)


def with_colour(pixels: NDArray[_Number]) -> NDArray[_Number]:
    """Grey becomes RGB, grey with alpha RGBA: the server wants three channels."""
    channels = pixels.shape[2]
    if channels >= 3:
        return pixels
    # Not numpy's repeat, which holds the interpreter until all is copied.
    coloured = np.empty((*pixels.shape[:2], channels + 2), pixels.dtype)
    coloured[..., :3] = pixels[..., :1]
    coloured[..., 3:] = pixels[..., 1:]
    return coloured


def _floored(side: float) -> int:
    # Without the hair a product such as 295.99999 would lose eight pixels to rounding.
    return max(8, int(side + 1e-6) // 8 * 8)


def _centred(plane: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, C): the plane in the middle, cut where it is larger, with 0 around it where smaller."""
    result = np.zeros((height, width, plane.shape[2]), np.uint8)
    top, left = height // 2 - plane.shape[0] // 2, width // 2 - plane.shape[1] // 2
    part = plane[max(0, -top) :, max(0, -left) :][: height - max(0, top), : width - max(0, left)]
    result[max(0, top) :, max(0, left) :][: part.shape[0], : part.shape[1]] = part
    return result


def _luminance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 1) of RGB or RGBA by the weights of A1111's own conversion (ITU-R BT.601); grey stays itself."""
    planes = pixels.astype(np.uint32)
    grey = (planes[..., 0] * 299 + planes[..., 1] * 587 + planes[..., 2] * 114 + 500) // 1000
    if planes.shape[2] == 4:
        grey = (grey * planes[..., 3] + 127) // 255
    return grey[..., np.newaxis].astype(np.uint8)


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return png.decode(path.read_bytes())
    except OSError as error:
        raise SourceUnavailable(
            f"The picture that Blender saved for this job is gone ({path.name}).", "Make it anew."
        ) from error
