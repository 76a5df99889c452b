# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folded panels: Settings and what lies inside it, Source, Output.

What has no effect on the connected server is not drawn.
"""

from __future__ import annotations

import bpy

from ..blender import connection, settings
from ..blender.capture import controlnet
from ..client.features import Feature
from ..messages import Message
from . import effects, lists, parameters, server, words


def draw_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What most pictures need, and is not in the head of the panel."""
    _split(layout)
    row = layout.row(align=True)
    row.operator("drawthings.take_over_settings", icon='IMPORT')
    if connection.dialect().copies_configuration:
        row.operator("drawthings.paste_configuration", text="", icon='PASTEDOWN')
    parameters.draw(layout, context, "SETTINGS")
    layout.prop(context.scene.drawthings, "batch_count")


def draw_more_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is needed now and then, by what the server knows."""
    _split(layout)
    parameters.draw(layout, context, "MORE")
    layout.operator("drawthings.check_files", icon='VIEWZOOM')


def draw_hires(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The hires fix with a scale; for new pictures only."""
    _split(layout)
    hires = chosen.hires
    layout.active = hires.use
    layout.prop(hires, "scale")
    words.field(layout, hires, "upscaler", placeholder="Automatic")
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
