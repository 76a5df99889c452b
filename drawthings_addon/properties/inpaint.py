# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Scene.drawthings.inpaint`: Only Here, what of a picture is made anew and how it is blended in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..blender import choices
from . import rows, updates


class DRAWTHINGS_PG_inpaint(bpy.types.PropertyGroup):
    """Change only a part of what is sent. What is behind a server's own mask stands in rows."""

    if TYPE_CHECKING:
        use: bool
        switch: str
        is_painted: bool
        mask: bpy.types.Image | None
        mask_source: str
        attribute: str
        color: tuple[float, float, float]
        tolerance: float
        grow: int
        feather: int
        invert: bool
        context: float
        work_megapixels: float
        fill_color: tuple[float, float, float]
    else:
        use: BoolProperty(
            name="Only Here",
            description="Restyle makes anew what lies in the mask, and leaves every pixel outside as it is",
            get=updates.uses_inpaint,
            set=updates.set_inpaint,
        )
        switch: EnumProperty(
            name="Switch",
            description="What Only Here was set to. A file in which nobody has set it uses the mask it has",
            items=(
                ('UNSET', "Unset", "On where there is a mask"),
                ('ON', "On", "Only the mask is made anew"),
                ('OFF', "Off", "All of the picture is made anew"),
            ),
            options={'HIDDEN'},
        )
        is_painted: BoolProperty(
            name="Painted", description="Somebody paints the mask", options={'HIDDEN', 'SKIP_SAVE'}
        )
        mask: PointerProperty(
            name="Mask",
            description="White is made anew, black stays. Any image; it is resized to what is sent",
            type=bpy.types.Image,
            update=updates.mask_changed,
        )
        mask_source: EnumProperty(
            name="Mask",
            description="What tells where the picture is made anew",
            items=(
                ('IMAGE', "Image", "White of any image"),
                ('PAINT', "Painted", "What you paint over the picture or on the mesh"),
                ('ALPHA', "Alpha", "Where the picture is opaque; inverted, where it is transparent"),
                (
                    'SELECTED_FACES',
                    "Selected Faces",
                    "The active object's selected faces, through its UV map",
                ),
                ('ATTRIBUTE', "Attribute", "An attribute or vertex group of the active object's mesh"),
                ('COLOR', "Color", "Where the picture has a color"),
            ),
        )
        attribute: StringProperty(
            name="Attribute",
            description="The attribute, color attribute or vertex group that is the mask, by its name. "
            "1 is made anew, 0 stays",
            search=choices.search_mesh_attributes,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        color: FloatVectorProperty(
            name="Color",
            description="What has this color in the picture is made anew",
            subtype='COLOR_GAMMA',
            size=3,
            min=0.0,
            max=1.0,
            default=(1.0, 1.0, 1.0),
        )
        tolerance: FloatProperty(
            name="Tolerance",
            description="How far a color may be from it, in each of red, green and blue",
            default=0.1,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        grow: IntProperty(
            name="Grow",
            description="Pixels by which the mask is made larger; negative: smaller",
            default=0,
            min=-1024,
            max=1024,
            soft_min=-64,
            soft_max=64,
            subtype='PIXEL',
        )
        feather: IntProperty(
            name="Feather",
            description="Pixels around the mask over which new becomes old. Beyond them nothing changes",
            default=8,
            min=0,
            max=1024,
            soft_max=128,
            subtype='PIXEL',
        )
        invert: BoolProperty(
            name="Invert", description="What the mask leaves out is made anew, and what it marks stays"
        )
        context: FloatProperty(
            name="Context",
            description="How much around the mask the model sees, as a share of the mask's size, so that the "
            "new part fits in",
            default=0.25,
            min=0.0,
            max=4.0,
            soft_max=1.0,
            subtype='FACTOR',
        )
        work_megapixels: FloatProperty(
            name="Megapixels",
            description="The size at which the region is sent, whatever its own is, in millions of pixels: "
            "what the model makes well. 0: its own size",
            default=1.0,
            min=0.0,
            max=16.0,
            soft_max=4.0,
            step=25,
            precision=2,
        )
        fill_color: FloatVectorProperty(
            name="Fill Color",
            description="What the masked part starts from",
            subtype='COLOR_GAMMA',
            size=3,
            min=0.0,
            max=1.0,
            default=(0.5, 0.5, 0.5),
        )


rows.add_to(DRAWTHINGS_PG_inpaint, "inpaint.")

CLASSES = (DRAWTHINGS_PG_inpaint,)
