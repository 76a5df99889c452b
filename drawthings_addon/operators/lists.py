# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Add and remove LoRAs, controls and advanced parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty

from ..blender import adopt, choices, values
from ..messages import Message
from .reporting import allowed, reported

_LISTS = (
    ('loras', "LoRA", "LoRAs"),
    ('controls', "Control", "Controls"),
    ('styles', "Style", "Prompt styles of the server"),
    ('server_options', "Option", "Options of the server"),
    ('advanced', "Parameter", "Advanced parameters"),
)
_INDEX = {
    'loras': "lora_index",
    'controls': "control_index",
    'styles': "style_index",
    'server_options': "server_option_index",
    'advanced': "advanced_index",
}


class _OnList:
    """One of the lists in the settings."""

    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        which: str
    else:
        which: EnumProperty(name="List", items=_LISTS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene is not None


class DRAWTHINGS_OT_list_add(_OnList, bpy.types.Operator):
    """Add an empty row; it acts on the picture once a name is written or chosen in it"""

    bl_idname = "drawthings.list_add"
    bl_label = "Add"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        chosen = context.scene.drawthings
        entries = getattr(chosen, self.which)
        entries.add()
        setattr(chosen, _INDEX[self.which], len(entries) - 1)


class DRAWTHINGS_OT_list_remove(_OnList, bpy.types.Operator):
    """Remove the selected row: the next picture is made without it"""

    bl_idname = "drawthings.list_remove"
    bl_label = "Remove"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        chosen = context.scene.drawthings
        index = getattr(chosen, _INDEX[self.which])
        entries = getattr(chosen, self.which)
        if 0 <= index < len(entries):
            entries.remove(index)
            setattr(chosen, _INDEX[self.which], max(min(index, len(entries) - 1), 0))


class DRAWTHINGS_OT_parameter_add(bpy.types.Operator):
    """Add the parameter that is written beside this button"""

    bl_idname = "drawthings.parameter_add"
    bl_label = "Add Parameter"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        name = context.window_manager.drawthings.advanced_search
        if name not in choices.ADVANCED:
            return allowed(cls, "Write or choose the name of a parameter first")
        is_there = context.scene.drawthings.advanced.find(name) >= 0
        return allowed(cls, Message("“{name}” is in the list already", name=name) if is_there else "")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        interface = context.window_manager.drawthings
        chosen = context.scene.drawthings
        entry = chosen.advanced.add()
        entry.name = interface.advanced_search
        entry.value = values.first_value(chosen, entry.name)
        chosen.advanced_index = len(chosen.advanced) - 1
        interface.advanced_search = ""


class DRAWTHINGS_OT_script_arguments(bpy.types.Operator):
    """Fill in the arguments of the script that is written here, with the server's defaults"""

    bl_idname = "drawthings.script_arguments"
    bl_label = "Fill In Arguments"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        known = context.scene.drawthings.script in choices.offered.catalogue.script_arguments
        return allowed(cls, "" if known else "Choose one of the server's scripts first")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        adopt.fill_script_arguments(context.scene.drawthings)


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_list_add,
        DRAWTHINGS_OT_list_remove,
        DRAWTHINGS_OT_parameter_add,
        DRAWTHINGS_OT_script_arguments,
    )
)
