# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture's canvas is changed: made to repeat without a seam, or made larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidSettings
from ..imaging.region import MAX_MEGAPIXELS
from ..imaging.seams import Axes

Method = Literal['SERVER', 'BLEND']
#: Pixels of a side: more no image of Blender's and no graphics card holds well.
MAX_SIDE = 16384


@dataclass(frozen=True)
class Seamless:
    """How a picture was made to repeat."""

    axes: Axes = 'XY'
    """X: its left and right border meet."""
    method: Method = 'SERVER'
    """SERVER: where the borders meet the server paints anew, unless it makes pictures that repeat by itself.
    BLEND: the picture's own pixels are laid over it, by this computer."""
    strength: float = 0.4
    """How far the server goes from the blend that it starts from, 0 to 1."""
    work_megapixels: float = 1.0
    """About what is sent to it at a time; 0: parts of their own size."""

    def __post_init__(self) -> None:
        if not 0 <= self.work_megapixels <= MAX_MEGAPIXELS:
            raise ValueError("no server works at that size")


@dataclass(frozen=True)
class Borders:
    """By how many pixels a picture is made larger on each side."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    overlap: int = 128
    """Pixels that neighbouring parts, and parts and the picture, are seen together."""

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of what becomes of a picture of that size. Raises InvalidSettings for borders
        that are none, and for more than a picture can have."""
        borders = self.left, self.right, self.top, self.bottom
        if min(borders) < 0 or not any(borders):
            raise InvalidSettings(
                "No side of the picture is to become larger.",
                "Set by how many pixels it grows to the left, right, top or bottom.",
            )
        larger = width + self.left + self.right, height + self.top + self.bottom
        if max(larger) > MAX_SIDE:
            raise InvalidSettings(
                "{width} × {height} would become {new_width} × {new_height}, and a side can have {most} "
                "pixels.",
                "Choose smaller borders.",
                width=width,
                height=height,
                new_width=larger[0],
                new_height=larger[1],
                most=MAX_SIDE,
            )
        return larger
