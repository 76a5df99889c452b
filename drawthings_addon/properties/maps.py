# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Scene.drawthings.maps`: the maps of a material that are made of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ..blender import choices
from . import updates


class DRAWTHINGS_PG_maps(bpy.types.PropertyGroup):
    """Height, normals and what else a material takes, made of one picture on this computer."""

    if TYPE_CHECKING:
        use: bool
        use_height: bool
        use_normal: bool
        use_roughness: bool
        use_ambient_occlusion: bool
        use_albedo: bool
        height_from: str
        height_flatten: float
        height_contrast: float
        height_smooth: float
        depth: float
        use_server_height: bool
        use_server_normal: bool
        normal_format: str
        roughness: float
        roughness_contrast: float
        occlusion_distance: float
        occlusion_strength: float
        albedo_flatten: float
        coarse: float
        use_wrap: bool
        use_material: bool
        relief: str
        use_base_color: bool
        use_replace_links: bool
        target: str
    else:
        use: BoolProperty(
            name="Maps",
            description="Texture makes the maps of its picture as well, and wires them into the material",
        )
        use_height: BoolProperty(
            name="Height",
            description="What stands high is white: a 32-bit float image",
            default=True,
            update=updates.maps_changed,
        )
        use_normal: BoolProperty(
            name="Normal",
            description="Which way the surface faces",
            default=True,
            update=updates.maps_changed,
        )
        use_roughness: BoolProperty(
            name="Roughness",
            description="What is rough is white",
            default=True,
            update=updates.maps_changed,
        )
        use_ambient_occlusion: BoolProperty(
            name="Ambient Occlusion",
            description="Where light hardly comes is dark",
            default=True,
            update=updates.maps_changed,
        )
        use_albedo: BoolProperty(
            name="Albedo",
            description="The colors without the coarse light that fell on them",
            default=True,
            update=updates.maps_changed,
        )
        height_from: EnumProperty(
            name="Height From",
            description="What of the picture stands high",
            items=choices.HEIGHTS_FROM,
            default='LUMINANCE',
            update=updates.maps_changed,
        )
        height_flatten: FloatProperty(
            name="Flatten",
            description="How much of the coarse part is taken out of the heights, so that details are left",
            min=0.0,
            max=1.0,
            subtype='FACTOR',
            update=updates.maps_changed,
        )
        height_contrast: FloatProperty(
            name="Contrast",
            description="How far heights are from their mean",
            default=1.0,
            min=0.0,
            soft_max=4.0,
            max=1000.0,
            update=updates.maps_changed,
        )
        height_smooth: FloatProperty(
            name="Smooth",
            description="Pixels over which the heights are blurred, against grain and the steps of 8 bits",
            min=0.0,
            soft_max=8.0,
            max=64.0,
            step=10,
            update=updates.maps_changed,
        )
        depth: FloatProperty(
            name="Depth",
            description="How many pixels of the picture white stands above black",
            default=8.0,
            subtype='PIXEL',
            min=1e-6,
            soft_min=0.1,
            soft_max=256.0,
            max=1e6,
            step=10,
            update=updates.maps_changed,
        )
        use_server_height: BoolProperty(
            name="Server's Depth",
            description="Heights are what is near in the depth that the server estimates (a ControlNet "
            "preprocessor)",
        )
        use_server_normal: BoolProperty(
            name="Server's Normals",
            description="Normals are what the server estimates (a ControlNet preprocessor); Depth does not "
            "count for them",
        )
        normal_format: EnumProperty(
            name="Format",
            description="Which way green is. Blender reads OpenGL",
            items=(
                ('OPENGL', "OpenGL", "Green is up, as Blender, Unity and glTF read it"),
                ('DIRECTX', "DirectX", "Green is down, as Unreal Engine and 3ds Max read it"),
            ),
            default='OPENGL',
            update=updates.maps_changed,
        )
        roughness: FloatProperty(
            name="Roughness",
            description="In the middle, between what is smoother and what is rougher",
            default=0.6,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
            update=updates.maps_changed,
        )
        roughness_contrast: FloatProperty(
            name="Contrast",
            description="How much rougher dark is than bright. Below 0 it is smoother",
            default=1.0,
            soft_min=-2.0,
            soft_max=2.0,
            min=-16.0,
            max=16.0,
            update=updates.maps_changed,
        )
        occlusion_distance: FloatProperty(
            name="Distance",
            description="Pixels within which what stands around takes light",
            default=16.0,
            min=1.0,
            soft_max=64.0,
            max=256.0,
            step=100,
            update=updates.maps_changed,
        )
        occlusion_strength: FloatProperty(
            name="Strength",
            description="How dark it gets. 1 is what the heights tell",
            default=1.0,
            min=0.0,
            soft_max=2.0,
            max=8.0,
            update=updates.maps_changed,
        )
        albedo_flatten: FloatProperty(
            name="Flatten",
            description="How much of the coarse light is taken out of the colors",
            default=0.8,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
            update=updates.maps_changed,
        )
        coarse: FloatProperty(
            name="Coarse",
            description="What is larger than this share of the picture is light and no detail: Flatten takes "
            "it out, and it tells nothing of roughness",
            default=0.25,
            min=0.01,
            max=1.0,
            subtype='FACTOR',
            update=updates.maps_changed,
        )
        use_wrap: BoolProperty(
            name="Repeats",
            description="The picture tiles: beyond a border lies what comes in on the other side, and the "
            "maps have no seam. On by itself for one that was made seamless",
            update=updates.maps_changed,
        )
        use_material: BoolProperty(
            name="Into Material",
            description="Wire the maps into the active material. Links that are there stay",
        )
        relief: EnumProperty(
            name="Relief",
            description="By which map the surface gets its relief",
            items=(
                ('NORMAL', "Normal", "The normal map, by a Normal Map node"),
                ('BUMP', "Bump", "The height, by a Bump node"),
                ('DISPLACEMENT', "Displacement", "The height moves the surface, by a Displacement node"),
            ),
            default='NORMAL',
        )
        use_base_color: BoolProperty(
            name="Albedo into Base Color", description="The albedo takes the place of what is there"
        )
        use_replace_links: BoolProperty(
            name="Replace Links",
            description="Maps are wired in where something else is linked, too. That stays in the tree",
        )
        target: EnumProperty(
            name="To", description="Where the maps go", items=choices.MAPS_TARGETS, default='IMAGE'
        )


CLASSES = (DRAWTHINGS_PG_maps,)
