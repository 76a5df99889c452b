# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures as they cross threads: what a server is to work from. Frozen data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..imaging.fit import FitMode


class Encoding(enum.Enum):
    """What the numbers of a snapshot mean."""

    SRGB = "sRGB"
    """As displayed: byte images, the viewport, data maps. Sent as they are."""
    LINEAR = "linear"
    """Scene-linear Rec.709, as float images hold it. Encoded to sRGB before it is sent."""


@dataclass(frozen=True, eq=False)
class Source:
    """What img2img starts from, as it was when the artist pressed the button."""

    label: str
    """For the recipe and the panel: "viewport", "render", "image Rust.png" …"""
    pixels: NDArray[Any] | None = field(default=None, repr=False)
    """(H, W, C) uint8, or float32 with 1.0 as white; row 0 is the BOTTOM row, as Blender stores it."""
    path: Path | None = None
    """Where there are no pixels: a PNG or an uncompressed TGA that Blender wrote, removed when the job can no
    longer be tried again, or a file of `kept`."""
    encoding: Encoding = Encoding.SRGB
    premultiplied: bool = False
    """The colours are multiplied by alpha, as in Blender's float images."""
    fit_mode: FitMode = "PAD"
    keep_alpha: bool = True
    origin: object = None
    """For whoever made it: what it was made from. Frozen; the worker passes it on."""
    window: tuple[int, int, int, int] | None = None
    """Of a file only these pixels are the source: left, top, right, bottom, counted from the top left."""
    resize_to: tuple[int, int] | None = None
    """Width and height to work at and to deliver, where the artist asked for another than the source's."""
