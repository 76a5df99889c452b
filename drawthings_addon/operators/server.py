# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""drawthings.check_server, and taking over what is set in the app."""

from __future__ import annotations

import bpy

from ..blender import server, settings
from .reporting import allowed, reported


class DRAWTHINGS_OT_check_server(bpy.types.Operator):
    """Ask the server whether it is there, and what it knows"""

    bl_idname = "drawthings.check_server"
    bl_label = "Test Connection"
    bl_options = {'REGISTER'}

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return f"{server.sentence()}.\nAsk the server whether it is there, and what it knows"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server.check()


class DRAWTHINGS_OT_take_over_settings(bpy.types.Operator):
    """Set model, size, steps, sampler, LoRAs and so on to what is set in the app now; prompt and seed stay"""

    bl_idname = "drawthings.take_over_settings"
    bl_label = "Take Over from the App"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server.take_over_settings(context.scene)


class DRAWTHINGS_OT_check_files(bpy.types.Operator):
    """Ask the app whether the model, LoRAs and upscaler named here are downloaded"""

    bl_idname = "drawthings.check_files"
    bl_label = "Check Files"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server() or server.why_not_probe())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server.check_files(context.scene)


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_check_server, DRAWTHINGS_OT_take_over_settings, DRAWTHINGS_OT_check_files)
)
