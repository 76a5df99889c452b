# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""LoRAs, controls and advanced parameters."""

from __future__ import annotations

import bpy

from . import effects, words

_ADD = {
    "loras": "Add LoRA",
    "controls": "Add Control",
    "styles": "Add Style",
    "server_options": "Add Option",
}


class _List:
    """Rows that are drawn from the entry alone."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: bpy.types.PropertyGroup,
        _active_property: str,
        _index: int,
    ) -> None:
        # Else a list among settings would have their names' width before each of its rows.
        layout.use_property_split = False
        self.draw_row(layout, item)

    def draw_row(self, layout: bpy.types.UILayout, item: bpy.types.PropertyGroup) -> None:
        """One entry."""
        raise NotImplementedError


class _WeightedFiles(_List):
    """Files of the server, each with a switch and a weight."""

    def draw_row(self, layout: bpy.types.UILayout, item: bpy.types.PropertyGroup) -> None:
        row = layout.row(align=True)
        row.prop(item, "enabled", text="")
        words.field(row, item, "name", text="", emboss=False, placeholder="File on the server")
        part = row.row(align=True)
        part.ui_units_x = 3.2
        part.active = item.enabled
        part.prop(item, "weight", text="", emboss=False)


class DRAWTHINGS_UL_loras(_WeightedFiles, bpy.types.UIList):
    pass


class DRAWTHINGS_UL_controls(_WeightedFiles, bpy.types.UIList):
    pass


class DRAWTHINGS_UL_styles(_List, bpy.types.UIList):
    def draw_row(self, layout: bpy.types.UILayout, item: bpy.types.PropertyGroup) -> None:
        words.field(layout, item, "name", text="", emboss=False, placeholder="Name on the server")


class DRAWTHINGS_UL_server_options(_List, bpy.types.UIList):
    def draw_row(self, layout: bpy.types.UILayout, item: bpy.types.PropertyGroup) -> None:
        split = layout.split(factor=0.62)
        words.field(split, item, "name", text="", emboss=False, placeholder="Option")
        words.field(split, item, "value", text="", emboss=False, placeholder="Value")


class DRAWTHINGS_UL_values(bpy.types.UIList):
    """Names that are given, with values to write; a parameter that has no effect is faded."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: bpy.types.PropertyGroup,
        active_property: str,
        _index: int,
    ) -> None:
        layout.use_property_split = False
        split = layout.split(factor=0.62)
        if active_property == "advanced_index":
            split.active = item.name not in effects.of(context).reasons
        words.label(split, item.name)
        words.field(split, item, "value", text="", emboss=False, placeholder="Empty")


def draw_list(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup, which: str, index: str) -> None:
    """A list with its + and - beside it; while it is empty, one button that adds to it."""
    if not getattr(chosen, which):
        layout.operator("drawthings.list_add", text=_ADD[which], icon='ADD').which = which
        return
    row = layout.row()
    row.template_list(f"DRAWTHINGS_UL_{which}", "", chosen, which, chosen, index, rows=3)
    column = row.column(align=True)
    column.operator("drawthings.list_add", text="", icon='ADD').which = which
    column.operator("drawthings.list_remove", text="", icon='REMOVE').which = which


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_UL_loras,
        DRAWTHINGS_UL_controls,
        DRAWTHINGS_UL_styles,
        DRAWTHINGS_UL_server_options,
        DRAWTHINGS_UL_values,
    )
)
