# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Scene.drawthings`: the settings that the panel shows and that the .blend keeps.

The names are what users' scripts hold: a change needs a migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..blender import choices
from . import canvas, grid, groups, inpaint, maps, picture, refine, rows, updates


class DRAWTHINGS_PG_lora(bpy.types.PropertyGroup):
    """One LoRA; `name` is its file in the app."""

    if TYPE_CHECKING:
        name: str
        weight: float
        mode: str
        enabled: bool
    else:
        name: StringProperty(
            name="LoRA",
            description="File in Draw Things, or the LoRA's name on another server",
            search=choices.search_loras,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        weight: FloatProperty(
            name="Weight", description="How strongly it acts", default=1.0, soft_min=-2.0, soft_max=2.0
        )
        mode: EnumProperty(
            name="Mode",
            description="Which model it acts on",
            items=(
                ('all', "All", "Base model and refiner"),
                ('base', "Base", "The model that begins the picture"),
                ('refiner', "Refiner", "The model that takes over for the last steps"),
            ),
        )
        enabled: BoolProperty(name="Use", description="Send this LoRA", default=True)


class DRAWTHINGS_PG_control(bpy.types.PropertyGroup):
    """One control; `name` is its file in the app. The app derives its hint from the picture sent."""

    if TYPE_CHECKING:
        name: str
        weight: float
        guidance_start: float
        guidance_end: float
        control_importance: str
        input_override: str
        no_prompt: bool
        global_average_pooling: bool
        down_sampling_rate: float
        target_blocks: str
        enabled: bool
    else:
        name: StringProperty(
            name="Control",
            description="Control file in Draw Things",
            search=choices.search_control_models,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        weight: FloatProperty(
            name="Weight", description="How strongly it acts", default=1.0, min=0.0, soft_max=2.0
        )
        guidance_start: FloatProperty(
            name="From", description="Part of the steps at which it begins", default=0.0, min=0.0, max=1.0
        )
        guidance_end: FloatProperty(
            name="To", description="Part of the steps at which it ends", default=1.0, min=0.0, max=1.0
        )
        control_importance: EnumProperty(
            name="Importance",
            items=(
                ('balanced', "Balanced", "Prompt and control count the same"),
                ('prompt', "Prompt", "The prompt counts more"),
                ('control', "Control", "The control counts more"),
            ),
        )
        input_override: StringProperty(
            name="Input",
            description="What the app derives from the picture: depth, canny, softedge, tile … "
            "Empty: as the control's file says",
            maxlen=choices.MAX_NAME_BYTES,
        )
        no_prompt: BoolProperty(name="No Prompt", description="The control alone guides, without the prompt")
        global_average_pooling: BoolProperty(
            name="Global Average Pooling",
            description="For controls that shuffle: take the picture's content, not its layout",
            default=True,
        )
        down_sampling_rate: FloatProperty(
            name="Down-Sampling",
            description="For controls of tiles and low quality: how much the picture is reduced first",
            default=1.0,
            min=0.0,
            soft_min=1.0,
            soft_max=8.0,
        )
        target_blocks: StringProperty(
            name="Blocks",
            description="The blocks of the model that it acts on, separated by commas. Empty: all",
            maxlen=choices.MAX_TEXT_BYTES,
        )
        enabled: BoolProperty(name="Use", description="Send this control", default=True)


class DRAWTHINGS_PG_advanced(bpy.types.PropertyGroup):
    """One more parameter of the server, by its name in the API."""

    if TYPE_CHECKING:
        name: str
        value: str
    else:
        value: StringProperty(
            name="Value",
            description="A number, true or false, or a text; the server's range is checked before sending",
            maxlen=choices.MAX_TEXT_BYTES,
        )


class DRAWTHINGS_PG_scene(bpy.types.PropertyGroup):
    """Settings of one scene, beside those that have a row in the table of parameters."""

    if TYPE_CHECKING:
        prompt_text: bpy.types.Text | None
        use_random_seed: bool
        use_model_settings: bool
        last_model: str
        own_strength: float
        batch_count: int
        grid: grid.DRAWTHINGS_PG_grid
        script: str
        hires: groups.DRAWTHINGS_PG_hires
        inpaint: inpaint.DRAWTHINGS_PG_inpaint
        scene_controls: groups.DRAWTHINGS_PG_scene_controls
        extras: picture.DRAWTHINGS_PG_extras
        training: picture.DRAWTHINGS_PG_training
        seamless: canvas.DRAWTHINGS_PG_seamless
        outpaint: canvas.DRAWTHINGS_PG_outpaint
        maps: maps.DRAWTHINGS_PG_maps
        use_free_gpu: bool
        view_from: str
        use_overlays: bool
        use_source_size: bool
        render_source: str
        fit_mode: str
        texture_target: str
        view_target: str
        render_target: str
        image_target: str
        socket: str
        texture_objects: str
        mapping: str
        use_new_material: bool
        use_show: bool
        use_pack: bool
    else:
        prompt_text: PointerProperty(
            name="Prompt Text",
            description="A text datablock that serves as the prompt, for prompts of several lines",
            type=bpy.types.Text,
        )
        use_random_seed: BoolProperty(
            name="Random Seed", description="Choose another seed at every press", default=True
        )
        use_model_settings: BoolProperty(
            name="Settings of the Model",
            description="With each change of the model set steps, sampler, guidance, shift and what else is "
            "recommended for it. What brings settings of its own, as a recipe or what is set in the app, "
            "keeps them. In a script set the model first: what comes after it counts",
            update=updates.use_model_settings_changed,
        )
        last_model: StringProperty(
            name="Last Model",
            description="The model as it was set last",
            maxlen=choices.MAX_NAME_BYTES,
            options={'HIDDEN'},
        )
        own_strength: FloatProperty(
            name="Own Strength",
            description="What Strength was before the settings of an edit model set it to 1; 0: they did not",
            min=0.0,
            max=1.0,
            options={'HIDDEN'},
        )
        batch_count: IntProperty(
            name="Pictures",
            description="How many pictures a press makes to choose from, with seeds one apart. The first "
            "comes to its place, a click puts another there",
            default=1,
            min=1,
            max=100,
        )
        grid: PointerProperty(name="Grid", type=grid.DRAWTHINGS_PG_grid)
        loras: CollectionProperty(name="LoRAs", type=DRAWTHINGS_PG_lora)
        lora_index: IntProperty(name="LoRA")
        controls: CollectionProperty(name="Controls", type=DRAWTHINGS_PG_control)
        control_index: IntProperty(name="Control")
        advanced: CollectionProperty(name="Advanced", type=DRAWTHINGS_PG_advanced)
        advanced_index: IntProperty(name="Parameter")

        styles: CollectionProperty(name="Prompt Styles", type=groups.DRAWTHINGS_PG_style)
        style_index: IntProperty(name="Style")
        server_options: CollectionProperty(name="Server Options", type=groups.DRAWTHINGS_PG_option)
        server_option_index: IntProperty(name="Option")
        script: StringProperty(
            name="Script",
            description="A script of the server that makes the picture. Empty: none",
            search=choices.search_scripts,
            search_options={'SUGGESTION'},
            maxlen=choices.MAX_NAME_BYTES,
        )
        script_arguments: CollectionProperty(
            name="Script Arguments", type=groups.DRAWTHINGS_PG_script_argument
        )
        script_argument_index: IntProperty(name="Argument")
        hires: PointerProperty(name="Hires Fix", type=groups.DRAWTHINGS_PG_hires)
        inpaint: PointerProperty(name="Only Here", type=inpaint.DRAWTHINGS_PG_inpaint)
        scene_controls: PointerProperty(name="Guide by the Scene", type=groups.DRAWTHINGS_PG_scene_controls)
        extras: PointerProperty(name="Upscale", type=picture.DRAWTHINGS_PG_extras)
        refine: PointerProperty(name="Larger", type=refine.DRAWTHINGS_PG_refine)
        training: PointerProperty(name="Teach a Style", type=picture.DRAWTHINGS_PG_training)
        seamless: PointerProperty(name="Seamless", type=canvas.DRAWTHINGS_PG_seamless)
        outpaint: PointerProperty(name="Outpaint", type=canvas.DRAWTHINGS_PG_outpaint)
        maps: PointerProperty(name="Maps", type=maps.DRAWTHINGS_PG_maps)
        use_free_gpu: BoolProperty(
            name="Free GPU While Rendering",
            description="Unload the server's model before a render of this scene, and load it again after",
        )

        view_from: EnumProperty(
            name="From",
            description="What Restyle View sends",
            items=(
                ('VIEW', "View", "The viewport as it is seen; through a camera, what lies in its frame"),
                ('CAMERA', "Camera", "What the scene's camera sees, at the render's size"),
            ),
        )
        use_overlays: BoolProperty(name="Overlays", description="Send grid, outlines and other overlays too")
        use_source_size: BoolProperty(
            name="Source Size",
            description="Keep the size of what is sent. Off: the width and height of new pictures",
            default=True,
        )
        render_source: EnumProperty(
            name="Render",
            description="Which render Restyle Render sends",
            items=(
                ('AUTO', "Last or Fresh", "The last render, or a fresh one when there is none"),
                ('LAST', "Last Render", "What Render Result shows"),
                ('FRESH', "Fresh Render", "Render the current frame first"),
            ),
        )
        fit_mode: EnumProperty(
            name="Fit",
            description="How a size that is not a multiple of 64 is sent; it comes back as it was",
            items=(
                ('PAD', "Pad", "Continue the edges outward; put back exactly"),
                ('CROP', "Crop", "Cut the edges off; they come back unchanged"),
                ('SCALE', "Scale", "Resample there and back"),
            ),
        )
        texture_target: EnumProperty(
            name="Texture To",
            description="Where a texture made from the prompt goes",
            items=choices.NEW_PICTURE_TARGETS,
            default='MATERIAL',
        )
        view_target: EnumProperty(
            name="View To",
            description="Where a restyled view goes",
            items=choices.NEW_PICTURE_TARGETS,
            default='IMAGE',
        )
        render_target: EnumProperty(
            name="Render To",
            description="Where a restyled render goes",
            items=choices.NEW_PICTURE_TARGETS,
            default='IMAGE',
        )
        image_target: EnumProperty(
            name="Image To",
            description="Where a reworked image or texture goes",
            items=choices.ALL_TARGETS,
            default='REPLACE',
        )
        socket: EnumProperty(
            name="Into",
            description="The input of the Principled BSDF that a texture feeds",
            items=choices.SOCKETS,
            default='Base Color',
        )
        texture_objects: EnumProperty(
            name="Objects",
            description="Whose materials a texture goes to",
            items=choices.TEXTURE_OBJECTS,
            default='ACTIVE',
        )
        mapping: EnumProperty(
            name="Without UV Map",
            description="What is done for an object that has no UV map. One that has is never unwrapped",
            items=choices.MAPPINGS,
            default='UV',
        )
        use_new_material: BoolProperty(
            name="New Material",
            description="Make a new material for the active object, and leave its present one as it is",
        )
        use_show: BoolProperty(
            name="Show Picture",
            description="Show each new picture in an open Image Editor",
            default=True,
        )
        use_pack: BoolProperty(
            name="Pack into .blend",
            description="Keep pictures inside the .blend. Off: it points to the file in the output folder",
            default=True,
        )


rows.add_to(
    DRAWTHINGS_PG_scene,
    model=updates.model_changed,
    width=updates.width_changed,
    height=updates.height_changed,
)

_CLASSES = (
    *grid.CLASSES,
    *groups.CLASSES,
    *inpaint.CLASSES,
    *picture.CLASSES,
    *canvas.CLASSES,
    *maps.CLASSES,
    *refine.CLASSES,
    DRAWTHINGS_PG_lora,
    DRAWTHINGS_PG_control,
    DRAWTHINGS_PG_advanced,
    DRAWTHINGS_PG_scene,
)
_register, _unregister = bpy.utils.register_classes_factory(_CLASSES)


def register() -> None:
    _register()
    bpy.types.Scene.drawthings = PointerProperty(type=DRAWTHINGS_PG_scene)


def unregister() -> None:
    del bpy.types.Scene.drawthings
    _unregister()
