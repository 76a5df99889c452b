# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From pixels as Blender holds them to pictures as a server takes them; the steps that results go back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceUnavailable
from ..imaging import alpha, fit, png, scale
from ..imaging.colour import luminance
from ..imaging.steps import (
    Alpha,
    Encode,
    Fit,
    Resize,
    Step,
    Steps,
)
from .source import Encoding, Source

_ROWS = 64


@dataclass(frozen=True, eq=False)
class Prepared:
    """A source as it is sent, and the steps that its results go back."""

    image: bytes
    """PNG, RGB."""
    width: int
    """Pixels, as sent."""
    height: int
    steps: Steps
    source_size: tuple[int, int]
    """Width and height before the first step."""

    def mask(self, source: Source) -> bytes:
        """The PNG of a mask that lies on this source, (height, width, 1).

        A mask of another size is resampled. Transparency is black, and so is what the fit adds, which is not
        to be painted. Raises as `prepare` does.
        """
        return png.encode(self.steps.mask(self._as_large(luminance(to_display_bytes(source)))))

    def beside(self, source: Source) -> bytes:
        """The PNG of a picture that belongs to this source pixel by pixel, such as a depth map: RGB, the
        same way as the source. Raises as `prepare` does."""
        return png.encode(self.steps.there(self._as_large(to_display_bytes(source)[..., :3])))

    def _as_large(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return scale.resize(pixels, *self.source_size)


def prepare(source: Source) -> Prepared:
    """Pixels as they are sent: 8-bit sRGB RGB, fitted to a multiple of 64; the alpha kept aside.

    Raises SourceUnavailable when there are no pixels or the file that Blender wrote cannot be read,
    PictureInvalid when it is damaged.
    """
    pixels = to_display_bytes(source)
    # The planes are views: nothing is copied until the fit needs it.
    colours, transparency = alpha.split(pixels)
    plan = fit.plan(pixels.shape[1], pixels.shape[0], source.fit_mode)
    return _prepared(pixels, Alpha(transparency if source.keep_alpha else None), Fit.of(colours, plan))


def prepare_to_upscale(source: Source, *, is_cut: bool) -> Prepared:
    """Pixels as they are sent to be enlarged: 8-bit sRGB RGB in their own size; the alpha kept aside.

    `is_cut`: the server cuts its result to the size that it is asked for. Raises as `prepare` does.
    """
    pixels = to_display_bytes(source)
    _colours, transparency = alpha.split(pixels)
    return _prepared(pixels, Alpha(transparency if source.keep_alpha else None, is_covering=is_cut))


def _prepared(pixels: NDArray[np.uint8], *row: Step) -> Prepared:
    steps = Steps(row)
    sent = steps.there(pixels)
    return Prepared(
        image=png.encode(sent),
        width=sent.shape[1],
        height=sent.shape[0],
        steps=steps,
        source_size=(pixels.shape[1], pixels.shape[0]),
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


def to_display_bytes(source: Source) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8 sRGB, row 0 at the top. Raises as `prepare` does."""
    row: list[Step] = [Encode(source.encoding is Encoding.LINEAR, source.premultiplied)]
    if source.resize_to is not None:
        row.append(Resize(*source.resize_to))
    return Steps(tuple(row)).there(_pixels(source))


def is_painted(source: Source) -> bool:
    """Whether anything of a mask is above black as it is sent, by one step of 8 bits. Raises as `prepare`."""
    if source.path is not None or source.pixels is None:
        return bool(luminance(to_display_bytes(source)).any())
    colours = source.pixels[..., : 3 if source.pixels.shape[2] >= 3 else 1]
    for first in range(0, len(colours), _ROWS):
        # What holds nothing but black need not be converted.
        if (colours[first : first + _ROWS] > 0).any():
            rows = replace(source, pixels=source.pixels[first : first + _ROWS], resize_to=None)
            if luminance(to_display_bytes(rows)).any():
                return True
    return False


def _pixels(source: Source) -> NDArray[Any]:
    """(H, W, C) as they were taken, row 0 at the top."""
    if source.pixels is None and source.path is not None:
        return _read(source.path)
    if source.pixels is None or not source.pixels.size:
        raise SourceUnavailable("There is nothing to send.", "Choose another source.")
    return source.pixels[::-1]


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return png.decode(path.read_bytes())
    except OSError as error:
        raise SourceUnavailable(
            f"The picture that Blender saved for this job is gone ({path.name}).", "Make it anew."
        ) from error
