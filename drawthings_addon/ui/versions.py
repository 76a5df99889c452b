# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was in a place before: every version with its picture, to be shown, restored, or removed."""

from __future__ import annotations

import bpy

from ..blender import summary
from ..blender.actions import versions as actions
from ..blender.delivery import images, versions
from ..blender.delivery.versions import Place
from ..blender.selection import Selection
from ..messages import Message
from . import layers, words

#: Units of a picture's edge.
_SIDE = 3.0
#: Versions of one place that are listed, the latest first.
_SHOWN = 12


def has_any(image: bpy.types.Image | None) -> bool:
    """Whether there is more to list than the image itself. Cheap enough for `poll`."""
    return image is not None and any(map(_is_listed, versions.places(image)))


def _is_listed(place: Place) -> bool:
    return len(place.versions) > 1 or (place.is_bare and bool(place.versions))


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, image: bpy.types.Image) -> None:
    """The versions of all of the image's places."""
    found = [place for place in versions.places(image) if _is_listed(place)]
    for place in found:
        _draw_place(layout, place, image)
    if not found:
        words.label(layout, "Nothing was there before")
        return
    if not actions.why_not_remove(Selection.of(context), image.name):
        layout.operator("drawthings.remove_versions", icon='TRASH').image = image.name


def _draw_place(layout: bpy.types.UILayout, place: Place, image: bpy.types.Image) -> None:
    column = layout.column(align=True)
    title = column.row()
    title.active = not place.is_gone
    words.label(title, place.label, icon='NODE_TEXTURE' if place.is_texture else 'IMAGE_DATA')
    if place.is_foreign and place.now is not None:
        words.label(column, Message("“{image}” is there now", image=place.now.name), icon='INFO')
    for number in reversed(range(max(len(place.versions) - _SHOWN, 0), len(place.versions))):
        _draw_version(column, place, place.versions[number], number, is_seen=place.versions[number] == image)
    if place.is_bare:
        _draw_none(column, place)


def _draw_version(
    layout: bpy.types.UILayout, place: Place, version: bpy.types.Image, number: int, *, is_seen: bool
) -> None:
    layout.separator(factor=0.4)
    row = layout.row(align=True)
    cell = row.column(align=True)
    cell.ui_units_x = _SIDE
    icon = bpy.types.UILayout.icon(version)
    layers.picture_button(cell, "drawthings.show_version", icon, _SIDE, depress=is_seen).image = version.name
    row.separator()
    column = row.column(align=True)
    words.label(column, _title(version))
    faded = column.row()
    faded.active = False
    words.label(faded, _number(version, number))
    buttons = column.row(align=True)
    if version == place.now:
        words.label(buttons, "There Now", icon='CHECKMARK')
        return
    if not place.is_gone:
        buttons.operator("drawthings.restore_version").image = version.name
    remove = buttons.operator("drawthings.remove_versions", text="", icon='X')
    remove.image, remove.version = version.name, version.name


def _title(version: bpy.types.Image) -> str:
    """What it was made by, or its name."""
    recipe = images.readable_recipe(version)
    return (summary.title(recipe) if recipe is not None else "") or version.name


def _number(version: bpy.types.Image, number: int) -> str:
    """Which version it is, and what tells it from others of the same prompt."""
    recipe = images.readable_recipe(version)
    if recipe is None or not recipe.is_of_request:
        return Message("version {number}", number=number + 1)
    seed = recipe.request.sampling.seed
    return Message("version {number} · seed {seed}", number=number + 1, seed=seed)


def _draw_none(layout: bpy.types.UILayout, place: Place) -> None:
    """As it was before the first picture came."""
    layout.separator(factor=0.4)
    if place.is_taken_back:
        words.label(layout, "No Picture: as before the first", icon='CHECKMARK')
    elif not place.is_gone:
        layout.operator("drawthings.restore_version", text="Take All Back", icon='LOOP_BACK').place = place.id


class DRAWTHINGS_PT_image_versions(bpy.types.Panel):
    bl_label = "Versions"
    bl_space_type = 'IMAGE_EDITOR'
    bl_region_type = 'UI'
    bl_category = "Draw Things"
    bl_order = 3

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_any(context.space_data.image)

    def draw(self, context: bpy.types.Context) -> None:
        draw(self.layout, context, context.space_data.image)


class DRAWTHINGS_PT_versions(bpy.types.Panel):
    """The same of the selected result, from wherever it is opened."""

    bl_label = "Versions"
    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = 14

    def draw(self, context: bpy.types.Context) -> None:
        image = actions.meant(Selection.of(context))
        if image is None:
            words.label(self.layout, "No image is chosen")
        else:
            draw(self.layout, context, image)


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_PT_image_versions, DRAWTHINGS_PT_versions)
)
