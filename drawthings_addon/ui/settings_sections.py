# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folded panels: Settings and what lies inside it, Source, Output.

What has no effect on the connected server is not drawn.
"""

from __future__ import annotations

import bpy

from ..blender import connection, settings
from ..blender.capture import controlnet
from ..blender.session import session
from ..client.compatibility import Setting
from ..client.features import Feature
from ..messages import Message
from . import effects, lists, server, words

_AS_THERE = "As on the Server"
#: Of the less common settings those that are on or off.
_SWITCHES: tuple[Setting, ...] = ("use_tiling", "hires_fix", "use_restore_faces")


def draw_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What most pictures need, and is not in the head of the panel."""
    chosen = context.scene.drawthings
    found = effects.of(context)
    _split(layout)
    row = layout.row(align=True)
    row.operator("drawthings.take_over_settings", icon='IMPORT')
    if connection.dialect().copies_configuration:
        row.operator("drawthings.paste_configuration", text="", icon='PASTEDOWN')
    row = layout.row(align=True)
    words.field(row, chosen, "model", placeholder=_AS_THERE)
    _draw_refresh(row, Feature.REFRESH_MODELS, 'MODELS')
    if connection.offers(Feature.LOAD_MODEL):
        layout.operator("drawthings.load_model", icon='DISK_DRIVE')
    column = layout.column(align=True)
    column.prop(chosen, "width")
    column.prop(chosen, "height")
    layout.prop(chosen, "steps")
    _draw_guidance(layout, chosen, found)
    layout.prop(chosen, "strength")
    about = settings.about_strength(context.scene, connection.dialect(), session.get().status.model)
    effects.note(layout, about, found.line)
    words.field(layout, chosen, "sampler")
    if connection.offers(Feature.SCHEDULERS) or (chosen.scheduler and connection.may_take("scheduler")):
        words.field(layout, chosen, "scheduler", placeholder="Automatic")
    row = layout.row(align=True)
    part = row.row(align=True)
    part.active = not chosen.use_random_seed
    part.prop(chosen, "seed")
    row.prop(chosen, "use_random_seed", text="", icon='FILE_REFRESH')
    layout.prop(chosen, "batch_count")


def _draw_guidance(
    layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup, found: effects.Effects
) -> None:
    """How closely the prompt is followed, with what rules it where it can be embedded."""
    if not connection.takes("guidance_embed"):
        layout.prop(chosen, "guidance_scale")
        return
    column = layout.column(align=True)
    found.prop(column, chosen, "guidance_scale")
    found.prop(column, chosen, "guidance_embed", text="Embedded")
    found.prop(column, chosen, "speed_up_with_guidance_embed", text="Speed Up")
    found.tell(layout, "guidance_scale", "guidance_embed", "speed_up_with_guidance_embed")


def draw_more_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is needed now and then, by what the server knows."""
    chosen = context.scene.drawthings
    found = effects.of(context)
    _split(layout)
    takes = connection.takes
    if takes("clip_skip"):
        found.prop(layout, chosen, "clip_skip")
        found.tell(layout, "clip_skip")
    if takes("vae"):
        row = layout.row(align=True)
        words.field(row, chosen, "vae", placeholder=_AS_THERE)
        _draw_refresh(row, Feature.REFRESH_VAES, 'VAES')
    if takes("seed_mode"):
        words.field(layout, chosen, "seed_mode")
    if takes("shift"):
        column = layout.column(align=True)
        found.prop(column, chosen, "shift")
        found.prop(column, chosen, "resolution_dependent_shift", text="By Resolution")
        found.tell(layout, "shift", "resolution_dependent_shift")
    if takes("upscaler"):
        words.field(layout, chosen, "upscaler", placeholder="Off")
    if takes("refiner_model"):
        words.field(layout, chosen, "refiner_model", placeholder="Off")
        if chosen.refiner_model:
            layout.prop(chosen, "refiner_start")
    column = layout.column(align=True)
    for setting in _SWITCHES:
        if takes(setting):
            column.prop(chosen, setting)
    layout.operator("drawthings.check_files", icon='VIEWZOOM')


def draw_hires(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """A1111's second pass; for new pictures only."""
    _split(layout)
    hires = chosen.hires
    layout.active = hires.use
    layout.prop(hires, "scale")
    words.field(layout, hires, "upscaler", placeholder="Latent")
    layout.prop(hires, "steps")
    layout.prop(hires, "strength")


def draw_inpaint(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Change only a part of what is sent."""
    _split(layout)
    inpaint = chosen.inpaint
    layout.template_ID(inpaint, "mask", new="image.new", open="image.open")
    column = layout.column()
    column.active = inpaint.mask is not None
    column.prop(inpaint, "mask_blur")
    column.prop(inpaint, "area")
    if inpaint.area == 'MASKED':
        column.prop(inpaint, "padding")
    column.prop(inpaint, "fill")


def draw_scene_controls(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Maps of the Blender scene that guide the picture, or what the server derives instead."""
    controls = context.scene.drawthings.scene_controls
    dialect = connection.dialect()
    rendered_here = not dialect.derived_maps
    for kind in controlnet.KINDS if rendered_here else dialect.derived_maps:
        _draw_scene_control(layout, getattr(controls, kind), kind.title(), rendered_here=rendered_here)
        if kind == "depth" and rendered_here and controls.depth.use:
            _draw_depth_range(layout, controls)
    if not rendered_here:
        column = layout.column(align=True)
        column.active = False
        words.paragraph(
            column,
            Message(
                "{dialect} takes no map of the scene: it derives one from the picture that is restyled.",
                dialect=dialect.label,
            ),
            words.sidebar_line(context),
        )


def _draw_depth_range(layout: bpy.types.UILayout, controls: bpy.types.PropertyGroup) -> None:
    column = layout.column()
    _split(column)
    column.prop(controls, "use_depth_range")
    if controls.use_depth_range:
        part = column.column(align=True)
        part.prop(controls, "depth_near")
        part.prop(controls, "depth_far")


def _draw_scene_control(
    layout: bpy.types.UILayout, control: bpy.types.PropertyGroup, label: str, *, rendered_here: bool
) -> None:
    layout.prop(control, "use", text=label)
    if not control.use:
        return
    column = layout.column()
    _split(column)
    placeholder = "The First That Fits" if rendered_here else "File in the App"
    words.field(column, control, "model", placeholder=placeholder)
    column.prop(control, "weight")
    part = column.column(align=True)
    part.prop(control, "guidance_start")
    part.prop(control, "guidance_end")


def draw_script(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """A script of the server, with its arguments."""
    words.field(layout, chosen, "script", text="", placeholder="None")
    layout.operator("drawthings.script_arguments", icon='FILE_REFRESH')
    if chosen.script_arguments:
        layout.template_list(
            "DRAWTHINGS_UL_values", "arguments", chosen, "script_arguments", chosen, "script_argument_index"
        )


def draw_styles(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The server's prompt styles."""
    lists.draw_list(layout, chosen, "styles", "style_index")


def draw_server_options(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Any option of the server, for our requests only (override_settings)."""
    lists.draw_list(layout, chosen, "server_options", "server_option_index")


def draw_loras(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    lists.draw_list(layout, chosen, "loras", "lora_index")
    if 0 <= chosen.lora_index < len(chosen.loras):
        _split(layout)
        if connection.takes("lora_modes"):
            layout.prop(chosen.loras[chosen.lora_index], "mode")
    if connection.offers(Feature.REFRESH_LORAS):
        layout.operator("drawthings.refresh", text="Look for New LoRAs", icon='FILE_REFRESH').kind = 'LORAS'


def draw_controls(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    chosen = context.scene.drawthings
    lists.draw_list(layout, chosen, "controls", "control_index")
    if 0 <= chosen.control_index < len(chosen.controls):
        entry = chosen.controls[chosen.control_index]
        _split(layout)
        column = layout.column(align=True)
        column.prop(entry, "guidance_start")
        column.prop(entry, "guidance_end")
        layout.prop(entry, "control_importance")
        words.field(layout, entry, "input_override", placeholder="As the File Says")
        layout.prop(entry, "down_sampling_rate")
        words.field(layout, entry, "target_blocks", placeholder="All")
        column = layout.column(align=True)
        column.prop(entry, "no_prompt")
        column.prop(entry, "global_average_pooling", text="Global Pooling")
    column = layout.column(align=True)
    column.active = False
    words.paragraph(
        column, "The app derives the hint from the picture that is sent.", words.sidebar_line(context)
    )


def draw_advanced(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Any other parameter of the server, searchable by name."""
    chosen = context.scene.drawthings
    row = layout.row(align=True)
    row.prop(
        context.window_manager.drawthings, "advanced_search", text="", icon='VIEWZOOM', placeholder="Add"
    )
    row.operator("drawthings.parameter_add", text="", icon='ADD')
    if chosen.advanced:
        row = layout.row()
        row.template_list(
            "DRAWTHINGS_UL_values", "advanced", chosen, "advanced", chosen, "advanced_index", rows=3
        )
        row.column().operator("drawthings.list_remove", text="", icon='REMOVE').which = 'advanced'
        if 0 <= chosen.advanced_index < len(chosen.advanced):
            effects.of(context).tell(layout, chosen.advanced[chosen.advanced_index].name)


def draw_source(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """What is sent when something is restyled."""
    _split(layout)
    layout.prop(chosen, "view_from", text="View", expand=True)
    layout.prop(chosen, "use_overlays")
    layout.prop(chosen, "render_source")
    layout.prop(chosen, "use_source_size")
    layout.prop(chosen, "fit_mode", expand=True)


def draw_output(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Where results go."""
    chosen = context.scene.drawthings
    _split(layout)
    column = layout.column(align=True)
    column.prop(chosen, "texture_target", text="Texture")
    column.prop(chosen, "view_target", text="View")
    column.prop(chosen, "render_target", text="Render")
    column.prop(chosen, "image_target", text="Image")
    layout.prop(chosen, "socket")
    layout.prop(chosen, "texture_objects", expand=True)
    layout.prop(chosen, "mapping")
    column = layout.column(align=True)
    column.prop(chosen, "use_new_material")
    column.prop(chosen, "use_show")
    column.prop(chosen, "use_pack")
    server.draw_output_words(layout, settings.preferences(), words.sidebar_line(context))
    layout.operator("drawthings.open_output", icon='FILE_FOLDER')


def _split(layout: bpy.types.UILayout) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False


def _draw_refresh(layout: bpy.types.UILayout, feature: Feature, kind: str) -> None:
    if connection.offers(feature):
        layout.operator("drawthings.refresh", text="", icon='FILE_REFRESH').kind = kind
