# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folded panels: Settings and what lies inside it.

What has no effect on the connected server is not drawn.
"""

from __future__ import annotations

import bpy

from ..blender import connection
from ..blender.capture import controlnet
from ..client.dialect import Dialect
from ..client.features import Feature
from ..messages import Message
from . import effects, lists, parameters, words

_LONGEST_NAME = 12


def draw_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What most pictures need, and is not in the head of the panel."""
    _split(layout)
    dialect = connection.dialect()
    row = layout.row(align=True)
    row.operator(
        "drawthings.take_over_settings",
        text=Message("Copy Settings from {dialect}", dialect=_name(dialect)),
        icon='IMPORT',
    )
    if dialect.copies_configuration:
        row.operator("drawthings.paste_configuration", text="", icon='PASTEDOWN')
    parameters.draw(layout, context, "SETTINGS")


def _name(dialect: Dialect) -> str:
    """As a button has room for it in a sidebar of usual width."""
    return dialect.label if len(dialect.label) <= _LONGEST_NAME else "the Server"


def draw_sampling(
    layout: bpy.types.UILayout, context: bpy.types.Context, *, with_all_set: bool = False
) -> None:
    """What is needed now and then, by what the server knows; `with_all_set` also what it may know."""
    _split(layout)
    parameters.draw(layout, context, "SAMPLING", with_all_set=with_all_set)
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


def has_maps() -> bool:
    """Whether maps of the scene, or what the server derives in their place, can guide a picture there."""
    return bool(connection.dialect().derived_maps) or connection.offers(Feature.CONTROL_MAPS)


def draw_controls(layout: bpy.types.UILayout, context: bpy.types.Context, *, listed: bool) -> None:
    """What guides the picture beside the prompt: maps of the Blender scene, or what the server derives
    instead; and, where the server may take them, `listed` ones by their files."""
    if has_maps():
        draw_maps(layout, context)
    if listed:
        draw_listed_controls(layout, context.scene.drawthings)
    dialect = connection.dialect()
    if dialect.derived_maps:
        sentence = Message(
            "{dialect} takes no map of the scene: it derives one from the picture that is restyled.",
            dialect=dialect.label,
        )
        effects.note(layout, sentence, words.sidebar_line(context))


def draw_maps(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """A switch for each map, and the fields of those that are switched on."""
    _split(layout)
    controls = context.scene.drawthings.scene_controls
    derived = connection.dialect().derived_maps
    kinds = derived or controlnet.KINDS
    column = layout.column(heading="Derive" if derived else "Guide by", align=True)
    for kind in kinds:
        column.prop(getattr(controls, kind), "use", text=kind.title())
    for kind in kinds:
        control = getattr(controls, kind)
        if control.use:
            part = layout.column()
            words.label(part, kind.title())
            _draw_map(part, control, is_rendered=not derived)
            if kind == "depth" and not derived:
                _draw_depth_range(part, controls)


def _draw_map(layout: bpy.types.UILayout, control: bpy.types.PropertyGroup, *, is_rendered: bool) -> None:
    placeholder = "The First That Fits" if is_rendered else "File in the App"
    words.field(layout, control, "model", placeholder=placeholder)
    layout.prop(control, "weight")
    part = layout.column(align=True)
    part.prop(control, "guidance_start")
    part.prop(control, "guidance_end")


def _draw_depth_range(layout: bpy.types.UILayout, controls: bpy.types.PropertyGroup) -> None:
    layout.prop(controls, "use_depth_range")
    if controls.use_depth_range:
        part = layout.column(align=True)
        part.prop(controls, "depth_near")
        part.prop(controls, "depth_far")


def draw_listed_controls(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Controls by their files in the app, and the fields of the one that is selected."""
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
        column = layout.column(heading="Control", align=True)
        column.prop(entry, "no_prompt")
        column.prop(entry, "global_average_pooling", text="Global Pooling")


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


def _split(layout: bpy.types.UILayout) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False
