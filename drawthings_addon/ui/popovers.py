# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What concerns one action alone, behind the arrow beside its button."""

from __future__ import annotations

import bpy

from . import server


class _Popover:
    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = 13


class DRAWTHINGS_PT_texture_options(_Popover, bpy.types.Panel):
    bl_label = "Texture Options"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        chosen = context.scene.drawthings
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        column.prop(chosen, "width")
        column.prop(chosen, "height")
        layout.prop(chosen, "batch_count")
        editor = context.space_data.type if context.space_data else 'VIEW_3D'
        if editor == 'VIEW_3D':
            layout.prop(chosen, "texture_target", text="To", expand=True)
        if editor == 'NODE_EDITOR' or (editor == 'VIEW_3D' and chosen.texture_target == 'MATERIAL'):
            layout.prop(chosen, "socket")
            layout.prop(chosen, "use_new_material")


class DRAWTHINGS_PT_view_options(_Popover, bpy.types.Panel):
    bl_label = "Restyle View Options"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        chosen = context.scene.drawthings
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "strength")
        layout.prop(chosen, "view_from", expand=True)
        layout.prop(chosen, "use_overlays")
        _draw_size(layout, chosen)
        layout.prop(chosen, "batch_count")
        layout.prop(chosen, "view_target", text="To", expand=True)


class DRAWTHINGS_PT_render_options(_Popover, bpy.types.Panel):
    bl_label = "Restyle Render Options"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        chosen = context.scene.drawthings
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "strength")
        layout.prop(chosen, "render_source")
        _draw_size(layout, chosen)
        layout.prop(chosen, "batch_count")
        layout.prop(chosen, "render_target", text="To", expand=True)


class DRAWTHINGS_PT_image_options(_Popover, bpy.types.Panel):
    bl_label = "Restyle Image Options"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        chosen = context.scene.drawthings
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "strength")
        _draw_size(layout, chosen)
        layout.prop(chosen, "batch_count")
        layout.prop(chosen, "image_target", text="To")
        if chosen.image_target == 'MATERIAL':
            layout.prop(chosen, "socket")


class DRAWTHINGS_PT_prompt_options(_Popover, bpy.types.Panel):
    bl_label = "Prompt from a Text"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.label(text="Long prompts: use a text of the Text Editor")
        column.template_ID(context.scene.drawthings, "prompt_text", new="text.new", open="text.open")


class DRAWTHINGS_PT_help(_Popover, bpy.types.Panel):
    bl_label = "Connecting to Draw Things"
    bl_ui_units_x = 18

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.label(text="Connecting to Draw Things", icon='QUESTION')
        for number, line in enumerate(server.HELP, 1):
            column.label(text=f"{number}.  {line}")


def _draw_size(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    layout.prop(chosen, "use_source_size")
    if not chosen.use_source_size:
        column = layout.column(align=True)
        column.prop(chosen, "width")
        column.prop(chosen, "height")


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_PT_texture_options,
        DRAWTHINGS_PT_view_options,
        DRAWTHINGS_PT_render_options,
        DRAWTHINGS_PT_image_options,
        DRAWTHINGS_PT_prompt_options,
        DRAWTHINGS_PT_help,
    )
)
