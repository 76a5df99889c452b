# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much one answer may hold, set from what was asked.

A server that nobody vouches for may answer a request for a stamp with a picture that takes gigabytes to
decode, or with thousands of them. What is larger than an upscaler would make it is refused before anything
is decoded, and what is more than was asked for is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..imaging import png
from .request import GenerationRequest
from .upscaling import UpscaleSettings

#: The strongest upscaler of either server makes each side four times as long.
_UPSCALED = 16
#: Pixels that are accepted whatever was asked for: decoded they take 16 MB.
_LEAST_PIXELS = 2048 * 2048
#: A script of A1111's makes as many pictures as it likes, and a grid of them: 10 × 10 at 1024 × 1024.
_SCRIPT_PICTURES = 256
_SCRIPT_PIXELS = 2 * png.MAX_PIXELS
#: Of a picture in which nothing repeats: RGBA of 8 bits a channel, in base64.
_BYTES_PER_PIXEL = 4 * 4 / 3
#: What an answer says beside its pictures.
_WORDS = 16 << 20
#: Beyond this an answer is not accepted even where more was asked for.
MAX_BYTES = 512 << 20


@dataclass(frozen=True)
class Budget:
    """The bounds of one whole answer."""

    pictures: int
    """How many are kept."""
    pixels: int
    """Width times height of each one, at the most."""
    total_pixels: int
    """Of all that are kept together."""

    @property
    def bytes(self) -> int:
        """How long the answer's body may be."""
        return min(MAX_BYTES, int(self.total_pixels * _BYTES_PER_PIXEL) + _WORDS)


def of_generation(request: GenerationRequest, *, frames: int = 1) -> Budget:
    """For the picture of `request`, a video model's `frames`, or whatever a script makes of it."""
    if request.script is not None:
        return Budget(_SCRIPT_PICTURES, png.MAX_PIXELS, _SCRIPT_PIXELS)
    hires_fix = request.upscaling.hires_fix
    factor = hires_fix.scale if hires_fix.enlarges else 1.0
    asked = request.images.width * request.images.height * max(factor, 1.0) ** 2
    return _budget(frames, asked * _UPSCALED)


def of_upscaling(sizes: Sequence[tuple[int, int]], settings: UpscaleSettings) -> Budget:
    """For enlarging pictures of these widths and heights."""
    if settings.size is not None:
        # Without a crop it is the size to fit into or to cover.
        side = max(settings.size)
        asked = max(side * side * max(width / height, height / width) for width, height in sizes)
    else:
        asked = max(width * height for width, height in sizes) * max(settings.scale, 1.0) ** 2
    return _budget(len(sizes), 2 * asked)


def groups_to_upscale(sizes: Sequence[tuple[int, int]], settings: UpscaleSettings) -> Iterator[range]:
    """Which of the pictures are sent in one request, so that all that are asked for may come back."""
    start = 0
    while start < len(sizes):
        stop = start + 1
        while stop < len(sizes) and of_upscaling(sizes[start : stop + 1], settings).bytes < MAX_BYTES:
            stop += 1
        yield range(start, stop)
        start = stop


def _budget(pictures: int, pixels: float) -> Budget:
    each = int(min(max(pixels, _LEAST_PIXELS), png.MAX_PIXELS))
    return Budget(pictures, each, each * pictures)
