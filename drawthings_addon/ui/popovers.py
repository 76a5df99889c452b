# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What concerns one action alone, behind the line under its button."""

from __future__ import annotations

import bpy

from ..blender import node_reading, settings, subject
from ..blender.delivery import preflight
from ..blender.selection import Selection
from ..blender.session import session
from ..jobs.job import JobState
from ..messages import Message
from . import canvas, connecting, history, maps, places, results, running, server, words

_HISTORY_COLUMNS = 6
#: Characters of a line about a failed job.
_FAILED_LINE = 46
#: Characters of a line in one that is 13 units wide.
_LINE = 40


class _Popover:
    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = 13
    layout: bpy.types.UILayout


class _Options(_Popover):
    """Fields with their names beside them: what is sent, where the result goes, and what becomes of it."""

    bl_ui_units_x = 15
    #: The setting that says where the result goes.
    target = ""

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = context.scene.drawthings
        self.draw_source(layout, chosen)
        with node_reading.glance():
            self.draw_target(layout, context, chosen)
        _draw_output(layout, chosen)

    def draw_source(self, layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
        """What is sent, where it is more than the prompt."""

    def draw_target(
        self, layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup
    ) -> None:
        """Where the result goes."""
        _draw_to(layout, context, chosen, self.target)


class _RestyleOptions(_Options):
    def draw_source(self, layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
        self.draw_own(layout, chosen)
        layout.prop(chosen, "use_source_size")
        layout.prop(chosen, "fit_mode", expand=True)

    def draw_own(self, layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
        """Which of several pictures is sent."""


class DRAWTHINGS_PT_texture_options(_Options, bpy.types.Panel):
    """Where new pictures go, and how they get onto the object"""

    bl_label = "Texture Options"
    bl_description = "Where the picture goes: object, material slot and input, or an image"
    target = "texture_target"

    def draw_target(
        self, layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup
    ) -> None:
        editor = context.space_data.type if context.space_data else 'VIEW_3D'
        if editor == 'VIEW_3D':
            layout.prop(chosen, self.target, text="To", expand=True)
        if editor != 'IMAGE_EDITOR':
            is_meant = editor == 'NODE_EDITOR' or chosen.texture_target == 'MATERIAL'
            _draw_place(layout, context, chosen, is_meant=is_meant)
        canvas.draw_switch(layout, chosen.seamless)
        maps.draw_switch(layout, chosen.maps)


class DRAWTHINGS_PT_view_options(_RestyleOptions, bpy.types.Panel):
    """What of the 3D View is sent, how far the result may go from it, and where it goes"""

    bl_label = "Restyle View Options"
    bl_description = "What of the 3D View is sent, at which size, and where the restyled picture goes"
    target = "view_target"

    def draw_own(self, layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
        layout.prop(chosen, "view_from", expand=True)
        layout.prop(chosen, "use_overlays")


class DRAWTHINGS_PT_render_options(_RestyleOptions, bpy.types.Panel):
    """Which render is sent, how far the result may go from it, and where it goes"""

    bl_label = "Restyle Render Options"
    bl_description = "Which render is sent, at which size, and where the restyled picture goes"
    target = "render_target"

    def draw_own(self, layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
        layout.prop(chosen, "render_source")


class DRAWTHINGS_PT_image_options(_RestyleOptions, bpy.types.Panel):
    """At which size the image is sent, how far the result may go from it, and where it goes"""

    bl_label = "Restyle Image Options"
    bl_description = "The size at which the picture is sent, and whether the result takes its place"
    target = "image_target"

    def draw_target(
        self, layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup
    ) -> None:
        if context.space_data is not None and context.space_data.type == 'IMAGE_EDITOR':
            _draw_to(layout, context, chosen, self.target)
            return
        # A texture that is sent comes back into its own node.
        layout.prop(chosen, self.target, text="To", expand=True)
        if not subject.is_shader_editor(context.space_data):
            layout.prop(chosen, "texture_objects", expand=True)


class DRAWTHINGS_PT_history(_Popover, bpy.types.Panel):
    """All pictures that came since Blender started, newest first"""

    bl_label = "All Results"
    bl_ui_units_x = 20

    def draw(self, context: bpy.types.Context) -> None:
        current = session.get()
        count = len(current.results)
        words.label(self.layout, Message("The last {count} results, newest first", count=count), icon='TIME')
        results.draw_grid(self.layout, current, range(count), _HISTORY_COLUMNS, self.bl_ui_units_x - 1.0)
        self.layout.operator("drawthings.browse_history", icon='WINDOW')


class DRAWTHINGS_PT_history_filters(_Popover, bpy.types.Panel):
    """Which pictures of the history are listed"""

    bl_label = "Filters"
    bl_description = (
        "Which pictures are listed: by model, file, kind and day, favourites, what was thrown away"
    )
    bl_ui_units_x = 14

    def draw(self, _context: bpy.types.Context) -> None:
        history.draw_filters(self.layout, session.get().history)


class DRAWTHINGS_PT_queue(_Popover, bpy.types.Panel):
    """The jobs that wait: move one up or down, or cancel it"""

    bl_label = "Waiting Jobs"
    bl_ui_units_x = 18

    def draw(self, context: bpy.types.Context) -> None:
        live = [each for each in session.get().statuses() if each.state is not JobState.FAILED]
        running.draw_queue(self.layout.column(align=True), live[1:], _LINE)


class DRAWTHINGS_PT_failed(_Popover, bpy.types.Panel):
    """Why these jobs failed, and what can be done about it"""

    bl_label = "Failed Jobs"
    bl_ui_units_x = 18

    def draw(self, context: bpy.types.Context) -> None:
        running.draw_failures(self.layout, session.get(), _FAILED_LINE)


class DRAWTHINGS_PT_help(_Popover, bpy.types.Panel):
    """What has to be switched on in Draw Things before it can be reached"""

    bl_label = "Connecting to Draw Things"
    bl_ui_units_x = 18

    def draw(self, context: bpy.types.Context) -> None:
        connecting.draw_help(self.layout)


def _draw_to(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup, target: str
) -> None:
    """An image or a material; which one while it is a material."""
    layout.prop(chosen, target, text="To", expand=True)
    if getattr(chosen, target) == 'MATERIAL':
        _draw_place(layout, context, chosen)


def _draw_place(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    chosen: bpy.types.PropertyGroup,
    *,
    is_meant: bool = True,
) -> None:
    """Which object, slot and input take a result, and how; faded while none does."""
    selection = Selection.of(context)
    column = layout.column()
    column.active = is_meant
    if is_meant:
        places.draw_details(column, context, preflight.overview(selection))
    owner = selection.active
    if subject.shown(selection) is None and owner is not None and len(owner.material_slots) > 1:
        column.template_list(
            "MATERIAL_UL_matslots", "drawthings", owner, "material_slots", owner, "active_material_index",
            rows=3,
        )  # fmt: skip
    column.prop(chosen, "socket")
    column.row().prop(chosen, "texture_objects", expand=True)
    column.prop(chosen, "mapping")
    column.prop(chosen, "use_new_material")


def _draw_output(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """What becomes of every picture, wherever it goes."""
    column = layout.column(heading="Result", align=True)
    column.prop(chosen, "use_show")
    column.prop(chosen, "use_pack")
    server.draw_output_words(layout, settings.preferences(), _LINE)
    layout.operator("drawthings.open_output", icon='FILE_FOLDER')


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_PT_texture_options,
        DRAWTHINGS_PT_view_options,
        DRAWTHINGS_PT_render_options,
        DRAWTHINGS_PT_image_options,
        DRAWTHINGS_PT_history,
        DRAWTHINGS_PT_history_filters,
        DRAWTHINGS_PT_queue,
        DRAWTHINGS_PT_failed,
        DRAWTHINGS_PT_help,
    )
)
