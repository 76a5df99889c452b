# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture and the mask's red veil in the Image Editor, where Blender shows the mask alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import bpy

from ...errors import SourceUnavailable
from .. import painted, udim
from ..compare import comparison, painter, textures
from ..compare.painter import Color, Rectangle
from ..compare.textures import Drawn, DrawnImage
from ..delivery.target import Reference

#: Where the mask is white.
VEIL: Color = (1.0, 0.08, 0.05, 0.55)
#: Of the tiles of a set, below which Blender's own drawing of the mask is seen.
OVER_TILES = 0.5

_handle: object | None = None


@dataclass(frozen=True)
class Below:
    """The picture that lies under the mask."""

    tiles: tuple[tuple[int, Drawn], ...]
    """By UDIM number; 0: it has no tiles."""

    @property
    def has_tiles(self) -> bool:
        return bool(self.tiles) and self.tiles[0][0] != 0


@functools.lru_cache(maxsize=1)
def below(picture: Reference) -> Below:
    """Copies are made once, of what is no single still; nothing where it has no pixels."""
    image = picture.resolve()
    if not isinstance(image, bpy.types.Image):
        return Below(())
    found = []
    for number in udim.tile_numbers(image) or [0]:
        try:
            found.append((number, textures.of_image(image, tile=number)))
        except SourceUnavailable:
            continue
    return Below(tuple(found))


def show() -> None:
    """From now on."""
    global _handle
    if _handle is None and not bpy.app.background:
        painting = painted.now()
        assert painting is not None
        below.cache_clear()
        below(painting.picture)
        _handle = bpy.types.SpaceImageEditor.draw_handler_add(draw, (), 'WINDOW', 'POST_PIXEL')


def hide() -> None:
    """Also where nothing is shown."""
    global _handle
    below.cache_clear()
    if _handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(_handle, 'WINDOW')
        _handle = None


def free() -> None:
    """Forget what the GPU has."""
    hide()


def draw() -> None:
    """Of the Image Editor's region that is drawn."""
    painting, context = painted.now(), bpy.context
    space, region = context.space_data, context.region
    if painting is None or space.image is None or space.image.session_uid != painting.mask.session_uid:
        return
    found = below(painting.picture)
    everything = Rectangle(0.0, 0.0, region.width, region.height)
    for tile, drawn in found.tiles:
        texture = drawn.texture()
        if texture is not None:
            painter.picture(
                region,
                texture,
                comparison.image_rectangle(region, tile),
                everything,
                opacity=OVER_TILES if tile else 1.0,
                is_smooth=False,
                ground=comparison.ground(space, texture),
            )
    veil = DrawnImage(painting.mask).texture()
    if veil is not None and not found.has_tiles:
        whole = comparison.image_rectangle(region)
        painter.veil(region, veil, whole, VEIL, is_data=space.image.colorspace_settings.is_data)
