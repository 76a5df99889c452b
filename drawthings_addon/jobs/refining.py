# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture larger than the model is worked over in tiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InvalidSettings
from ..imaging.fit import LEAST, MULTIPLE
from ..imaging.tiles import Grid

#: Pixels of a side: more no server of either dialect makes, and no graphics card shows well.
MAX_SIDE = 8192
_FILTERS = frozenset({"none", "lanczos", "nearest"})


@dataclass(frozen=True)
class Refining:
    """What is the same for all pictures of a set."""

    tile: int = 1024
    """Pixels of a tile's side: a multiple of 64."""
    overlap: int = 128
    """Pixels over which neighbours fade into one another, at most half a tile."""
    wrap_x: bool = False
    """The picture repeats from left to right: tiles go over that border, so that it stays without a seam."""
    wrap_y: bool = False
    uses_upscaler: bool = False
    """Each tile is enlarged by the server first, where it has something for that."""
    upscaler: str = ""
    """A name of the server's list; empty: the first of them that is more than a filter."""

    def require(self) -> None:
        """Raises InvalidSettings."""
        if self.tile % MULTIPLE or not LEAST <= self.tile <= MAX_SIDE:
            raise InvalidSettings(
                "Tiles of {tile} pixels cannot be asked for.",
                "Choose a multiple of {multiple} from {least} to {most}.",
                tile=self.tile,
                multiple=MULTIPLE,
                least=LEAST,
                most=MAX_SIDE,
            )
        if not 0 <= self.overlap <= self.tile // 2:
            raise InvalidSettings(
                "Tiles of {tile} pixels cannot overlap by {overlap}.",
                "Choose an overlap of at most half a tile.",
                tile=self.tile,
                overlap=self.overlap,
            )

    def grid(self, width: int, height: int) -> Grid:
        """The tiles of a picture of this size."""
        return Grid.of(width, height, self.tile, self.overlap, (self.wrap_y, self.wrap_x))


def first_upscaler(names: Iterable[str]) -> str:
    """Of a server's list the first that is more than a filter, as this extension has itself; else empty."""
    return next((name for name in names if name.lower() not in _FILTERS), "")


def require_size(width: int, height: int) -> None:
    """What a picture can be enlarged to. Raises InvalidSettings."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidSettings(
            "A picture cannot be enlarged to {width} × {height}.",
            "Choose a size of at most {most} × {most}.",
            width=width,
            height=height,
            most=MAX_SIDE,
        )
