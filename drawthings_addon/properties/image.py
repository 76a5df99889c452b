# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Image.drawthings`: how a picture was made, kept with it in the .blend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)


class DRAWTHINGS_PG_place(bpy.types.PropertyGroup):
    """Where a picture is in a material, or in a node group; or the object that was to get one."""

    if TYPE_CHECKING:
        object: str
        new_material: bool
        material: str
        node_group: str
        node: str
        socket: str
    else:
        object: StringProperty(name="Object", description="That was to get a material for it")
        new_material: BoolProperty(name="New Material")
        material: StringProperty(name="Material")
        node_group: StringProperty(name="Node Group")
        node: StringProperty(name="Image Node")
        socket: StringProperty(name="Input", description="Of the Principled BSDF")


class DRAWTHINGS_PG_application(bpy.types.PropertyGroup):
    """That the picture was brought to a place in a material, and how that is taken back."""

    if TYPE_CHECKING:
        key: str
        text: str
    else:
        key: StringProperty(name="Key", description="No other one has it")
        text: StringProperty(name="Application", description="JSON, with the names as the file was saved")


class DRAWTHINGS_PG_image(bpy.types.PropertyGroup):
    """Empty on images that are not results."""

    if TYPE_CHECKING:
        operation: str
        prompt: str
        negative_prompt: str
        seed: int
        model: str
        server: str
        recipe: str
        file: str
        is_discarded: bool
        has_source: bool
        source_image: str
        source_tile: int
        fit_mode: str
        has_mask: bool
        mask: str
        target: str
        target_image: str
        target_tile: int
        places: bpy.types.CollectionProperty
        replaces: bpy.types.Image | None
        has_view: bool
        view_matrix: Sequence[float]
        view_projection: Sequence[float]
        view_camera: str
        place: str
        version: int
        is_replaced: bool
        press: str
        map: str
        is_seamless: bool
        applied: bpy.types.CollectionProperty
    else:
        operation: StringProperty(
            name="Operation", description="How it was made: txt2img, img2img, extras or maps"
        )
        prompt: StringProperty(name="Prompt")
        negative_prompt: StringProperty(name="Negative Prompt")
        seed: IntProperty(name="Seed", description="Seeds above 2147483647 are written as negative numbers")
        model: StringProperty(name="Model")
        server: StringProperty(name="Server")
        recipe: StringProperty(
            name="Recipe", description="JSON: everything needed to make the picture again, except its source"
        )
        file: StringProperty(name="File", description="The file that the picture was written to")
        is_discarded: BoolProperty(
            name="Is Discarded", description="It is not listed among the results when the file is opened"
        )
        # Names, which are right in a saved file: see blender/delivery/provenance.py.
        has_source: BoolProperty(name="Has Source", description="It was made from an image")
        source_image: StringProperty(name="Source", description="The image that this one was made from")
        source_tile: IntProperty(name="Source Tile", description="UDIM tile of the source; 0 for none")
        fit_mode: StringProperty(name="Fit", description="How the source was brought to a multiple of 64")
        has_mask: BoolProperty(name="Has Mask", description="A mask told what of the source was made anew")
        mask: StringProperty(name="Mask", description="What of the source was made anew")
        target: StringProperty(name="Target", description="IMAGE, MATERIAL or REPLACE")
        target_image: StringProperty(name="Place", description="The image whose place it has, or was to have")
        target_tile: IntProperty(name="Target Tile", description="UDIM tile that was replaced; 0 for none")
        places: CollectionProperty(
            name="Places", description="Materials that it went into", type=DRAWTHINGS_PG_place
        )
        replaces: PointerProperty(
            name="Replaces", description="The image whose place it took when it came", type=bpy.types.Image
        )
        # See blender/delivery/succession.py.
        place: StringProperty(name="Place", description="The same for all images that had one place")
        version: IntProperty(name="Version", description="Which of them it is, in the order they came")
        is_replaced: BoolProperty(name="Is Replaced", description="Another of them has the place now")
        press: StringProperty(name="Press", description="The same for all that came by one press")
        map: StringProperty(
            name="Map",
            description="HEIGHT, NORMAL, ROUGHNESS, AMBIENT_OCCLUSION or ALBEDO on maps of a material",
        )
        is_seamless: BoolProperty(
            name="Is Seamless", description="It was made to repeat: see the recipe for the axes"
        )
        # See blender/delivery/applications.py.
        applied: CollectionProperty(
            name="Applied", description="What it was brought to", type=DRAWTHINGS_PG_application
        )
        # See blender/delivery/vantage.py.
        has_view: BoolProperty(
            name="Has View", description="It shows the scene as it was seen from somewhere"
        )
        view_matrix: FloatVectorProperty(
            name="View", description="World to view space, row by row", size=16, precision=6
        )
        view_projection: FloatVectorProperty(
            name="Projection",
            description="View to clip space of the picture, row by row",
            size=16,
            precision=6,
        )
        view_camera: StringProperty(name="Camera", description="That it was taken through")


_register, _unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_PG_place, DRAWTHINGS_PG_application, DRAWTHINGS_PG_image)
)


def register() -> None:
    _register()
    bpy.types.Image.drawthings = PointerProperty(type=DRAWTHINGS_PG_image)


def unregister() -> None:
    del bpy.types.Image.drawthings
    _unregister()
