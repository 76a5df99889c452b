# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures as they cross threads: what a server is to work from. Frozen data."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from ..imaging.fit import FitMode
from ..imaging.uv_mask import UvFaces
from ..messages import Message


class Encoding(enum.Enum):
    """What the numbers of a snapshot mean."""

    SRGB = "sRGB"
    """As displayed: byte images, the viewport, data maps. Sent as they are."""
    LINEAR = "linear"
    """Scene-linear Rec.709, as float images hold it. Encoded to sRGB before it is sent."""


#: What the numbers of floats are: none are kept, linear light, or no colours.
Floats = Literal["", "LIGHT", "DATA"]


@dataclass(frozen=True)
class SourceName:
    """What a picture was made from, as its recipe tells it."""

    kind: Literal["VIEW", "RENDER", "IMAGE", "MAP", "OTHER"]
    """MAP: a control map of the scene."""
    name: str = ""
    """IMAGE: that of the datablock. MAP: what it is a map of."""
    library: str = ""
    """IMAGE: the name of the .blend file that it is linked from; empty: it is the open file's own."""
    tile: int = 0
    """IMAGE: its UDIM number; 0 for an image without tiles."""
    frame: int = 0
    """IMAGE: of a sequence the number of the file, of a movie from 1; 0 for a still."""

    @property
    def text(self) -> Message:
        """As it is displayed."""
        if self.kind == "IMAGE" and self.tile:
            return Message("image {name}, tile {tile}", name=self.name, tile=self.tile)
        return Message(_TEXTS[self.kind], name=self.name)

    @classmethod
    def from_text(cls, text: str) -> SourceName | None:
        """Read `text` again, which alone stands in recipes of version 0.1.0. None for an empty one.

        What is called like a tile is taken as one: "wall, tile 1001".
        """
        kinds: dict[str, Literal["VIEW", "RENDER"]] = {"viewport": "VIEW", "render": "RENDER"}
        if text in kinds:
            return cls(kinds[text])
        if not text.startswith(_IMAGE):
            return cls("OTHER", text) if text else None
        name = text.removeprefix(_IMAGE)
        found = _TILE.fullmatch(name)
        return cls("IMAGE", found[1], tile=int(found[2])) if found else cls("IMAGE", name)


_TEXTS = {
    "VIEW": "viewport",
    "RENDER": "render",
    "IMAGE": "image {name}",
    "MAP": "{name} map",
    "OTHER": "{name}",
}
_IMAGE = "image "
#: UDIM numbers go from 1001 to 2000.
_TILE = re.compile("(.*), tile (1[0-9]{3}|2000)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, eq=False)
class Source:
    """What img2img starts from, as it was when the artist pressed the button."""

    name: SourceName
    """For the recipe and the panel."""
    pixels: NDArray[Any] | None = field(default=None, repr=False)
    """(H, W, C) uint8, or float32 with 1.0 as white; row 0 is the BOTTOM row, as Blender stores it."""
    path: Path | None = None
    """Where there are no pixels: a PNG or an uncompressed TGA that Blender wrote, removed when the job can no
    longer be tried again, or a file of `kept`, which is an OpenEXR of what `keeps_floats`."""
    png: bytes | None = field(default=None, repr=False)
    """Where there are neither: what `imaging.png.sendable` gave, of a size that needs no fitting."""
    faces: UvFaces | None = field(default=None, repr=False)
    """Where there is nothing else: a mask, drawn when it is needed."""
    encoding: Encoding = Encoding.SRGB
    premultiplied: bool = False
    """The colours are multiplied by alpha, as in Blender's float images."""
    space: str = ""
    """The colour space that its bytes stand for, as Blender calls it, where they are as they are stored, and
    not as they are displayed."""
    keeps_floats: bool = False
    """Floats stay what they are, in memory and in kept files, for what works on numbers: else what is kept of
    them is what is displayed."""
    fit_mode: FitMode = "PAD"
    keep_alpha: bool = True
    origin: object = None
    """For whoever made it: what it was made from. Frozen; the worker passes it on."""
    window: tuple[int, int, int, int] | None = None
    """Of a file only these pixels are the source: left, top, right, bottom, counted from the top left."""
    resize_to: tuple[int, int] | None = None
    """Width and height to work at and to deliver, where the artist asked for another than the source's."""
