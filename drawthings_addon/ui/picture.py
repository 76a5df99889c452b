# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Image Editor's panel for the picture that is open: upscale, describe, settings from a file; what else
can be made of it are panels inside, folded with it."""

from __future__ import annotations

import bpy

from ..blender import choices, connection
from ..blender.actions import describe
from ..client.features import Feature
from . import words


class Inside:
    """What the panels inside have in common: they lie below this one's own, and are folded."""

    bl_space_type = 'IMAGE_EDITOR'
    bl_region_type = 'UI'
    bl_category = "Draw Things"
    bl_parent_id = "DRAWTHINGS_PT_picture"
    bl_options = {'DEFAULT_CLOSED'}
    layout: bpy.types.UILayout

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Where a picture is open."""
        return context.space_data.image is not None


class DRAWTHINGS_PT_picture(bpy.types.Panel):
    bl_label = "Picture"
    bl_space_type = 'IMAGE_EDITOR'
    bl_region_type = 'UI'
    bl_category = "Draw Things"
    bl_order = 4
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if connection.offers(Feature.UPSCALE):
            _draw_upscale(layout, context)
        if connection.offers(Feature.DESCRIBE):
            text = "Describing..." if describe.is_under_way() else "Describe"
            layout.operator("drawthings.describe", text=text, icon='OUTLINER_OB_FONT')
        layout.operator("drawthings.read_settings", text="Settings from File...", icon='FILE_IMAGE')


def _draw_upscale(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    chosen = context.scene.drawthings.extras
    words.field(layout, chosen, "upscaler", placeholder="None")
    column = layout.column()
    column.active = bool(chosen.upscaler)
    column.prop(chosen, "scale")
    # A server that does not list them may know them: what is set is sent.
    is_set = chosen.gfpgan_visibility > 0.0 or chosen.codeformer_visibility > 0.0
    if choices.offered.catalogue.face_restorers or is_set:
        column = layout.column(align=True, heading="Faces")
        column.prop(chosen, "gfpgan_visibility")
        column.prop(chosen, "codeformer_visibility")
        if chosen.codeformer_visibility > 0.0:
            column.prop(chosen, "codeformer_weight")
    layout.prop(chosen, "target", expand=True)
    row = layout.row(align=True)
    row.scale_y = 1.2
    button = row.operator("drawthings.upscale", text="Upscale", icon='FULLSCREEN_ENTER')
    button.scope, button.target = 'IMAGE', chosen.target
    if connection.offers(Feature.UPSCALE_SEVERAL):
        button = row.operator("drawthings.upscale", text="All Selected")
        button.scope, button.target = 'SELECTED', chosen.target


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PT_picture,))
