# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture larger than the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..blender import choices, readiness
from ..blender.actions import refine
from ..blender.delivery.target import ImageTarget
from ..blender.selection import Selection
from ..jobs.refining import MAX_SIDE, Refining
from .picture import named_or_open
from .reporting import allowed, obstacle, reported

_FACTORY = Refining()


class DRAWTHINGS_OT_refine(bpy.types.Operator):
    """Enlarge this image, and have the server work it over in tiles that overlap, by the prompt. What was cancelled goes on where it was.\nShift: begin anew"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.refine"
    bl_label = "Refine"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        width: int
        height: int
        tile: int
        overlap: int
        wrap: bool
        restart: bool
        target: ImageTarget
    else:
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: the one in the Image Editor. Of a tiled one all "
            "tiles are done",
            options={'SKIP_SAVE'},
        )
        width: IntProperty(
            name="Width",
            description="Of the picture when it is done; without one as the panel says",
            min=0,
            soft_max=MAX_SIDE,
            options={'SKIP_SAVE'},
        )
        height: IntProperty(
            name="Height",
            description="Of the picture when it is done; without one as the panel says",
            min=0,
            soft_max=MAX_SIDE,
            options={'SKIP_SAVE'},
        )
        tile: IntProperty(
            name="Tile",
            description="Sides of the parts that the server works over, in multiples of 64; without one as "
            "the panel says",
            default=_FACTORY.tile,
            options={'SKIP_SAVE'},
        )
        overlap: IntProperty(
            name="Overlap",
            description="Pixels over which one tile fades into the next; without one as the panel says",
            default=_FACTORY.overlap,
            options={'SKIP_SAVE'},
        )
        wrap: BoolProperty(
            name="Repeats",
            description="The picture tiles: what is painted goes over its borders; without it as the panel "
            "says, or as the image was made",
            options={'SKIP_SAVE'},
        )
        restart: BoolProperty(
            name="Begin Anew",
            description="Take nothing of a run that was cancelled or cut off",
            options={'SKIP_SAVE'},
        )
        target: EnumProperty(
            name="Target", items=choices.EXTRAS_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) or readiness.why_not(context.scene))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.shift:
            self.restart = True
        return self.execute(context)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        picture = named_or_open(self.image, context)

        def said(name: str) -> int | None:
            return getattr(self, name) if self.properties.is_property_set(name) else None

        # One side alone: the other follows from it, whatever the panel says.
        sides = said("width"), said("height")
        width, height = (side or 0 for side in sides) if any(sides) else (None, None)
        wrap = said("wrap")
        wanted = refine.Wanted(
            width, height, said("tile"), said("overlap"), None if wrap is None else bool(wrap), self.restart
        )
        refine.image(Selection.of(context), picture, wanted, self.target)


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_refine,))
