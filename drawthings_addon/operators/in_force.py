# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show and clear what is set, wherever its own fields are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty

from ..blender import connection, in_force, windows
from ..blender.readiness import NO_SCENE
from ..client.compatibility import SETTINGS
from .reporting import allowed, reported

_SETTINGS = tuple((each, each.replace("_", " ").title(), "") for each in SETTINGS)


class _Clearing:
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, "" if context.scene else NO_SCENE)


class DRAWTHINGS_OT_clear_setting(_Clearing, bpy.types.Operator):
    """Set this back to what a new scene has: the next picture is made without it"""

    bl_idname = "drawthings.clear_setting"
    bl_label = "Clear Setting"

    if TYPE_CHECKING:
        setting: str
        entry: str
    else:
        setting: EnumProperty(
            name="Setting",
            items=_SETTINGS,
        )
        entry: StringProperty(
            name="Entry",
            description="Of a list the entry, of maps of the scene the kind; empty: all",
            options={'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        in_force.clear(context.scene.drawthings, self.setting, self.entry)


class DRAWTHINGS_OT_open_setting(bpy.types.Operator):
    """Show the fields of this setting here, wherever its panel is folded away"""

    bl_idname = "drawthings.open_setting"
    bl_label = "Show Setting"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        setting: str
    else:
        setting: EnumProperty(name="Setting", items=_SETTINGS)

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        own = f"DRAWTHINGS_PT_chip_{self.setting}"
        # What has none of its own is a field of Sampling.
        name = own if hasattr(bpy.types, own) else "DRAWTHINGS_PT_chip"
        windows.open_popover(name)


class DRAWTHINGS_OT_clear_unused(_Clearing, bpy.types.Operator):
    """Clear all that was set for another server and is not sent to this one"""

    bl_idname = "drawthings.clear_unused"
    bl_label = "Clear Unused Settings"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        in_force.clear_unused(context.scene, connection.capabilities())


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_clear_setting, DRAWTHINGS_OT_open_setting, DRAWTHINGS_OT_clear_unused)
)
