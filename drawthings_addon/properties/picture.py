# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings for pictures that are there, and for teaching a style: groups inside `Scene.drawthings`.

They are kept in the .blend whichever server is connected, and shown where they have an effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..blender import choices


class DRAWTHINGS_PG_extras(bpy.types.PropertyGroup):
    """Enlarge or restore (A1111's Extras)."""

    if TYPE_CHECKING:
        upscaler: str
        scale: float
        gfpgan_visibility: float
        codeformer_visibility: float
        codeformer_weight: float
        target: str
    else:
        upscaler: StringProperty(
            name="Upscaler",
            description="What enlarges the picture. Empty: nothing, for restoring faces alone",
            search=choices.search_upscalers,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        scale: FloatProperty(
            name="Scale", description="How much larger it becomes", default=2.0, min=1.0, max=8.0
        )
        gfpgan_visibility: FloatProperty(
            name="GFPGAN",
            description="How much of the faces that GFPGAN restored is seen. 0: it is not used",
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        codeformer_visibility: FloatProperty(
            name="CodeFormer",
            description="How much of the faces that CodeFormer restored is seen. 0: it is not used",
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        codeformer_weight: FloatProperty(
            name="Fidelity",
            description="How close CodeFormer stays to the face: 0 changes most, 1 least",
            default=0.5,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
        )
        target: EnumProperty(
            name="To",
            description="Where an enlarged picture goes",
            items=choices.EXTRAS_TARGETS,
            default='IMAGE',
        )


class DRAWTHINGS_PG_training(bpy.types.PropertyGroup):
    """Teach a style: what is rendered, and how the server learns it."""

    if TYPE_CHECKING:
        kind: str
        name: str
        vectors: int
        existing: str
        picture_count: int
        size: int
        lighting: str
        backdrop: str
        use_existing_pictures: bool
        steps: int
        learn_rate: str
        server_path: str
    else:
        kind: EnumProperty(
            name="Teach",
            description="What the server makes of the pictures",
            items=(
                ('EMBEDDING', "Embedding", "A word for prompts, a few kilobytes (textual inversion)"),
                ('HYPERNETWORK', "Hypernetwork", "A small network beside the model, megabytes"),
            ),
        )
        name: StringProperty(
            name="Name",
            description="The word that will stand for the style in prompts, and the file on the server",
        )
        vectors: IntProperty(
            name="Vectors",
            description="How much an embedding can hold: more need more pictures, and more of the prompt",
            default=4,
            min=1,
            max=75,
        )
        existing: EnumProperty(
            name="If There",
            description="When the server has something of this name already",
            items=(
                ('REFUSE', "Stop", "Leave it as it is, and say so"),
                ('GO_ON', "Go On", "Teach it more"),
                ('REPLACE', "Replace", "Begin anew; what it knew is lost"),
            ),
        )
        picture_count: IntProperty(
            name="Pictures",
            description="From how many sides the object is rendered",
            default=24,
            min=1,
            max=360,
        )
        size: IntProperty(
            name="Size",
            description="Sides of each picture in pixels; 512 for most models of the first generation",
            default=512,
            min=64,
            max=2048,
            step=64,
            subtype='PIXEL',
        )
        lighting: EnumProperty(
            name="Light",
            description="What lights the pictures",
            items=(
                ('SCENE', "Scene", "The lights and surroundings of the scene, with all its objects"),
                ('NEUTRAL', "Neutral", "Even white light; the objects stand alone"),
            ),
            default='NEUTRAL',
        )
        backdrop: EnumProperty(
            name="Backdrop",
            description="What is behind the objects",
            items=(
                ('SCENE', "Scene", "The world and what else stands in the scene"),
                ('TRANSPARENT', "Transparent", "Nothing: the picture is transparent there"),
            ),
        )
        use_existing_pictures: BoolProperty(
            name="Keep Pictures",
            description="Take pictures that an earlier run with these settings left, such as one that was "
            "cancelled. Off: render all of them anew",
            default=True,
        )
        steps: IntProperty(
            name="Steps", description="How long it learns: a thousand and more", default=1000, min=1,
            max=1_000_000,
        )  # fmt: skip
        learn_rate: StringProperty(
            name="Learning Rate",
            description="How fast it learns: a number, or a schedule such as 0.005:100, 0.001. "
            "Empty: what is usual",
        )
        server_path: StringProperty(
            name="Folder There",
            description="The folder of the pictures as the server's computer names it. "
            "Empty: the same as here, for a server on this computer",
        )


CLASSES = (DRAWTHINGS_PG_extras, DRAWTHINGS_PG_training)
