# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a material: of the picture that the Image Editor shows, or of the Shader Editor's texture. How
they would look is seen above the sliders, and follows them."""

from __future__ import annotations

import bpy

from ..blender import connection, map_settings, node_reading, subject
from ..blender.actions import maps
from ..blender.selection import Selection
from ..blender.session import session
from ..client.features import Feature
from ..errors import BridgeError
from . import effects, layers, words
from .picture import Inside

#: Units of a map's height in the row of all.
_TALLEST = 5.0


class _Tab:
    bl_region_type = 'UI'
    bl_category = "Draw Things"
    bl_options = {'DEFAULT_CLOSED'}
    layout: bpy.types.UILayout


class _Maps(_Tab):
    bl_label = "Maps"

    def draw(self, context: bpy.types.Context) -> None:
        with node_reading.glance():
            _draw(self.layout, context)


class _Adjust(_Tab):
    bl_label = "Adjust"

    def draw(self, context: bpy.types.Context) -> None:
        _draw_sliders(self.layout, context)


class _Wiring(_Tab):
    bl_label = "Into Material"

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.drawthings.maps, "use_material", text="")

    def draw(self, context: bpy.types.Context) -> None:
        _split(self.layout)
        chosen = context.scene.drawthings.maps
        column = self.layout.column()
        column.active = chosen.use_material
        column.prop(chosen, "relief")
        part = column.column(align=True)
        part.prop(chosen, "use_base_color")
        part.prop(chosen, "use_replace_links")


class DRAWTHINGS_PT_image_maps(Inside, _Maps, bpy.types.Panel):
    bl_order = 3


class DRAWTHINGS_PT_shader_maps(_Maps, bpy.types.Panel):
    bl_space_type = 'NODE_EDITOR'
    bl_order = 4

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == 'ShaderNodeTree'


def _image(context: bpy.types.Context) -> bpy.types.Image | None:
    """What maps are made of here. Memory only."""
    if context.space_data.type == 'IMAGE_EDITOR':
        found: bpy.types.Image | None = context.space_data.image
        return found
    try:
        return subject.texture(Selection.of(context)).image
    except BridgeError:
        return None


def _draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    chosen = context.scene.drawthings.maps
    image = _image(context)
    if image is not None:
        _draw_previews(layout, context, image)
    grid = layout.grid_flow(row_major=True, columns=1 if words.is_narrow(context) else 2, align=True)
    for name in ("height", "normal", "roughness", "ambient_occlusion", "albedo"):
        grid.prop(chosen, f"use_{name}", toggle=True)
    column = layout.column()
    _split(column)
    column.prop(chosen, "depth")
    if image is not None and image.drawthings.is_seamless:
        words.label(words.beside(column), "Repeats: made seamless", icon='CHECKMARK')
    else:
        column.prop(chosen, "use_wrap")
    column.row().prop(chosen, "target", expand=True)
    part = layout.column()
    part.scale_y = 1.2
    selection = Selection.of(context)
    wrong = maps.why_not(selection, image) if image is not None else _why_no_image(selection)
    words.stop(part, wrong)
    button = part.operator("drawthings.make_maps", icon='TEXTURE')
    button.target = chosen.target
    if image is not None:
        button.image = image.name
    if wrong:
        column = layout.column(align=True)
        column.active = False
        words.paragraph(column, wrong, words.sidebar_line(context), icon='ERROR', lines=4)


def _why_no_image(selection: Selection) -> str:
    return subject.why_no_texture(selection) or "No image is chosen."


def draw_switch(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Whether new textures bring their maps with them, and by which they get their relief."""
    layout.prop(chosen, "use")
    if chosen.use:
        column = layout.column(align=True)
        column.prop(chosen, "relief")
        column.prop(chosen, "depth")


def _draw_previews(layout: bpy.types.UILayout, context: bpy.types.Context, image: bpy.types.Image) -> None:
    """All maps that are switched on beside one another."""
    try:
        wanted = map_settings.of(context.scene, image)
    except BridgeError:
        return
    if not wanted.maps or image.source == 'TILED':
        return
    icons = session.get().maps.icons(image, wanted)
    height = min(layers.width(context) / len(wanted.maps), _TALLEST)
    row = layout.row(align=True)
    for kind in wanted.maps:
        # A place of the same size until it is there, so that nothing moves.
        row.template_icon(icon_value=icons.get(kind, 0), scale=height)


def _draw_sliders(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    _split(layout)
    chosen = context.scene.drawthings.maps
    why_not = connection.why_not(Feature.DETECT_MAPS)
    column = layout.column(align=True)
    column.prop(chosen, "height_from", text="Height")
    for name in ("height_flatten", "height_contrast", "height_smooth"):
        column.prop(chosen, name)
    column = layout.column(align=True)
    column.prop(chosen, "normal_format", text="Normal")
    column = layout.column(align=True)
    column.prop(chosen, "roughness")
    column.prop(chosen, "roughness_contrast")
    column = layout.column(align=True)
    column.prop(chosen, "occlusion_distance", text="Occlusion")
    column.prop(chosen, "occlusion_strength")
    column = layout.column(align=True)
    column.prop(chosen, "albedo_flatten", text="Albedo Flatten")
    column.prop(chosen, "coarse")
    if why_not and not (chosen.use_server_height or chosen.use_server_normal):
        # What this server cannot do is told by its own panel.
        return
    column = layout.column(align=True, heading="By the Server")
    column.prop(chosen, "use_server_height", text="Depth")
    column.prop(chosen, "use_server_normal", text="Normals")
    effects.note(layout, why_not, words.sidebar_line(context))


def _split(layout: bpy.types.UILayout) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False


def _inside() -> list[type[bpy.types.Panel]]:
    """The panels inside, once for each editor."""
    made = []
    for head, space in (
        (DRAWTHINGS_PT_image_maps, 'IMAGE_EDITOR'),
        (DRAWTHINGS_PT_shader_maps, 'NODE_EDITOR'),
    ):
        for name, mixin in (("adjust", _Adjust), ("wiring", _Wiring)):
            body = {"bl_space_type": space, "bl_parent_id": head.__name__}
            made.append(type(f"{head.__name__}_{name}", (mixin, bpy.types.Panel), body))
    return made


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_PT_image_maps, DRAWTHINGS_PT_shader_maps, *_inside())
)
