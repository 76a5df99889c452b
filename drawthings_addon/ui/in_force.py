# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What acts from folded panels, and what was set for another server, each with a button that clears it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import bpy

from ..blender import connection, in_force, settings
from ..blender.in_force import InForce
from ..client.compatibility import Incompatibility
from ..messages import Message
from . import canvas, inpaint, maps, settings_sections, words

_SHOWN = 12
_ICONS = {"script": 'FILE_SCRIPT', "server_options": 'PREFERENCES'}
#: Pixels of a chip, at an interface scale of 1, beside those of its letters; and of a letter.
_CHIP, _LETTER = 38, 6.2
#: Pixels of the sidebar beside those in which chips stand.
_MARGINS = 46
#: Pixels of a unit of Blender's layouts.
_UNIT = 20


def draw_in_force(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What goes with the next picture besides the prompt, as chips: before the server was asked, all that
    may. As many stand in a row as fit."""
    unused = {(each.setting, each.name) for each in _unused(context) if not each.is_sent}
    found = [
        each
        for each in in_force.of(context.scene)
        if (each.setting, each.name) not in unused and (each.setting, "") not in unused
    ]
    if not found:
        return
    column = layout.column(align=True)
    for each in found:
        if each.needs_room:
            _draw_chip(column.row(align=True), each, _ICONS.get(each.setting, 'NONE'))
    room = context.region.width / context.preferences.system.ui_scale - _MARGINS
    for chips in _rows([each for each in found if not each.needs_room], room):
        row = column.row()
        row.alignment = 'LEFT'
        for each in chips:
            part = row.row(align=True)
            part.ui_units_x = min(_width(each), room) / _UNIT
            _draw_chip(part, each)


def _rows(found: Sequence[InForce], room: float) -> Iterator[list[InForce]]:
    """As many in each as fit into so many pixels."""
    row: list[InForce] = []
    left = room
    for each in found:
        if row and _width(each) > left:
            yield row
            row, left = [], room
        row.append(each)
        left -= _width(each)
    if row:
        yield row


def _width(each: InForce) -> float:
    return _CHIP + _LETTER * len(each.label)


def _draw_chip(row: bpy.types.UILayout, each: InForce, icon: str = 'NONE') -> None:
    """Its name opens its own fields; the cross clears it."""
    button = row.operator("drawthings.open_setting", text=words.short(each.label), icon=icon, translate=False)
    button.setting = each.setting
    _draw_clear(row, each.setting, each.name, emboss=True)


def draw_incompatibilities(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is set for another server, or in another .blend, and does not act here as it says."""
    found = _unused(context)
    if not found:
        return
    column = layout.box().column(align=True)
    line = words.sidebar_line(context) - 4
    left_out = [each for each in found if each.left_out]
    if left_out:
        row = column.row(align=True)
        words.label(row, "Not sent to this server:", icon='INFO')
        if len(left_out) > 1:
            part = row.row()
            part.alignment = 'RIGHT'
            part.operator("drawthings.clear_unused", text="Clear")
    for each in left_out[:_SHOWN]:
        _draw_incompatibility(column, each, each.left_out, 'BLANK1', line)
    others = [each for each in found if not each.left_out]
    for each in others[:_SHOWN]:
        _draw_incompatibility(column, each, each.sentence, 'INFO', line)
    more = len(left_out[_SHOWN:]) + len(others[_SHOWN:])
    if more:
        words.label(column, Message("{more} more", more=more), icon='BLANK1')


def _draw_incompatibility(
    layout: bpy.types.UILayout, each: Incompatibility, text: str, icon: str, line: int
) -> None:
    row = layout.row(align=True)
    words.paragraph(row.column(align=True), text, line, icon=icon)
    if each.setting is not None:
        _draw_clear(row, each.setting, each.name)


def _draw_clear(layout: bpy.types.UILayout, setting: str, name: str, *, emboss: bool = False) -> None:
    button = layout.operator("drawthings.clear_setting", text="", icon='X', emboss=emboss)
    button.setting, button.entry = setting, name


def _unused(context: bpy.types.Context) -> tuple[Incompatibility, ...]:
    found = connection.known()
    return settings.incompatibilities(context.scene, found) if found is not None else ()


class _Chip:
    """The fields of what a chip names, where the chip is."""

    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = 14
    layout: bpy.types.UILayout


_Draw = Callable[[bpy.types.UILayout, bpy.types.Context], None]


def _of_scene(draw: Callable[[bpy.types.UILayout, bpy.types.PropertyGroup], None]) -> _Draw:
    return lambda layout, context: draw(layout, context.scene.drawthings)


def _draw_hires(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    chosen = context.scene.drawthings
    layout.use_property_split, layout.use_property_decorate = True, False
    layout.prop(chosen.hires, "use", text="Use")
    settings_sections.draw_hires(layout.column(), chosen)


def _draw_seamless(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.use_property_split, layout.use_property_decorate = True, False
    canvas.draw_switch(layout, context.scene.drawthings.seamless)


def _draw_maps(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.use_property_split, layout.use_property_decorate = True, False
    maps.draw_switch(layout, context.scene.drawthings.maps)


def _draw_free_gpu(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.prop(context.scene.drawthings, "use_free_gpu")


#: By what they set: title and fields. What is not among them is one of the fields of Sampling.
_FIELDS: Mapping[str, tuple[str, _Draw]] = {
    "loras": ("LoRAs", _of_scene(settings_sections.draw_loras)),
    "controls": ("Controls", _of_scene(settings_sections.draw_listed_controls)),
    "scene_controls": ("Controls", settings_sections.draw_maps),
    "hires": ("Hires Fix", _draw_hires),
    "seamless": ("Seamless", _draw_seamless),
    "maps": ("Maps", _draw_maps),
    "mask": ("Only Here", inpaint.draw),
    "styles": ("Prompt Styles", _of_scene(settings_sections.draw_styles)),
    "script": ("Script", _of_scene(settings_sections.draw_script)),
    "server_options": ("Server Options", _of_scene(settings_sections.draw_server_options)),
    "advanced": ("Advanced", settings_sections.draw_advanced),
    "use_free_gpu": ("Server", _draw_free_gpu),
    "": ("Sampling", functools.partial(settings_sections.draw_sampling, with_all_set=True)),
}


def _popover(setting: str) -> str:
    """The name of the popover with its fields, as `drawthings.open_setting` knows it."""
    return f"DRAWTHINGS_PT_chip_{setting if setting in _FIELDS else ''}".rstrip("_")


def _popovers() -> list[type[bpy.types.Panel]]:
    return [_made(_popover(setting), title, fields) for setting, (title, fields) in _FIELDS.items()]


def _made(name: str, title: str, fields: _Draw) -> type[bpy.types.Panel]:
    def draw(self: _Chip, context: bpy.types.Context) -> None:
        words.label(self.layout, title)
        fields(self.layout.column(), context)

    about = Message("{title}: what is set here acts on the next picture", title=title)
    return type(
        name, (_Chip, bpy.types.Panel), {"bl_label": title, "bl_description": str(about), "draw": draw}
    )


register, unregister = bpy.utils.register_classes_factory(_popovers())
