# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How pictures that are there are enlarged or restored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UpscaleSettings:
    """How a picture is enlarged or restored after it was made. All sizes come back floored to 8 pixels,
    unless `size` and `crop` are both set."""

    upscaler: str = "None"
    """A name of the list; "None" does not enlarge."""
    scale: float = 2.0
    """Above 0, up to 8."""
    size: tuple[int, int] | None = None
    """Width and height in pixels, instead of `scale`."""
    crop: bool = True
    """With `size`: cut to exactly that."""
    second_upscaler: str = "None"
    second_visibility: float = 0.0
    gfpgan_visibility: float = 0.0
    codeformer_visibility: float = 0.0
    codeformer_weight: float = 0.0
    """0 changes most, 1 least."""
    upscale_first: bool = False
    """Whether faces are restored after it is enlarged."""
