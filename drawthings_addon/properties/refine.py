# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings for pictures larger than the model: a group inside `Scene.drawthings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..blender import choices
from ..imaging.fit import LEAST
from ..jobs.refining import MAX_SIDE, Refining
from . import updates

_FACTORY = Refining()


class DRAWTHINGS_PG_refine(bpy.types.PropertyGroup):
    """Enlarge a picture, and work it over in tiles."""

    if TYPE_CHECKING:
        width: int
        height: int
        tile: int
        overlap: int
        strength: float
        wrap: bool
        use_upscaler: bool
        target: str
    else:
        width: IntProperty(
            name="Width",
            description="Of the picture when it is done. 0: as the height says, or twice what it is",
            min=0,
            max=MAX_SIDE,
            subtype='PIXEL',
        )
        height: IntProperty(
            name="Height",
            description="Of the picture when it is done. 0: as the width says, or twice what it is",
            min=0,
            max=MAX_SIDE,
            subtype='PIXEL',
        )
        tile: IntProperty(
            name="Tile",
            description="Sides of the parts that the server works over one by one: the size that the model "
            "was made for. In steps of 64",
            default=_FACTORY.tile,
            min=LEAST,
            max=4096,
            step=64,
            subtype='PIXEL',
            update=updates.tile_changed,
        )
        overlap: IntProperty(
            name="Overlap",
            description="Pixels over which one tile fades into the next. At most half a tile",
            default=_FACTORY.overlap,
            min=0,
            max=2048,
            subtype='PIXEL',
        )
        strength: FloatProperty(
            name="Strength",
            description="How much each tile is painted anew. Low: details alone. High: each tile becomes a "
            "picture of its own",
            default=0.3,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        wrap: BoolProperty(
            name="Repeats",
            description="The picture tiles: what is painted goes over its borders, and leaves no seam there. "
            "Done by itself for an image that was made seamless",
        )
        use_upscaler: BoolProperty(
            name="Upscaler First",
            description="Have the server's upscaler enlarge each tile before it is worked over, where it has "
            "one: the one of Upscale, or the first of its list",
            default=True,
        )
        target: EnumProperty(
            name="To",
            description="Where the larger picture goes",
            items=choices.EXTRAS_TARGETS,
            default='IMAGE',
        )


CLASSES = (DRAWTHINGS_PG_refine,)
