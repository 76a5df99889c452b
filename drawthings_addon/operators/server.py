# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""drawthings.check_server, and taking over what is set in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty

from ..blender import connection, settings
from ..blender.actions import server_control
from ..client.features import Feature
from ..messages import Message
from ..ui import words
from .reporting import allowed, reported


class _Offered:
    """Greyed where the server does not offer `needs`."""

    needs: Feature

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, connection.why_not(cls.needs))


class DRAWTHINGS_OT_check_server(bpy.types.Operator):
    """Ask the server whether it is there, what it can do and which model is set. Nothing is made"""

    bl_idname = "drawthings.check_server"
    bl_label = "Test Connection"
    bl_options = {'REGISTER'}

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        lines = (
            f"{connection.sentence()}.",
            settings.why_password_is_not_safe(),
            "Ask the server whether it is there, what it can do and which model is set. Nothing is made",
        )
        return "\n".join(filter(None, lines))

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.check()


class DRAWTHINGS_OT_take_over_settings(bpy.types.Operator):
    """Set model, size, steps, sampler, LoRAs and so on to what is set in the app now; prompt and seed stay"""

    bl_idname = "drawthings.take_over_settings"
    bl_label = "Copy Settings from the Server"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.take_over_settings(context.scene)


class DRAWTHINGS_OT_check_files(bpy.types.Operator):
    """Ask the server whether it has the files that are named here: model, LoRAs, upscaler and others"""

    bl_idname = "drawthings.check_files"
    bl_label = "Check Files"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server() or connection.why_not_idle())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.check_files(context.scene)


class DRAWTHINGS_OT_refresh(bpy.types.Operator):
    """Have the server look for new files, and read its list again"""

    bl_idname = "drawthings.refresh"
    bl_label = "Refresh"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        kind: server_control.RefreshKind
    else:
        kind: EnumProperty(
            name="Kind",
            items=(
                ('MODELS', "Models", "Checkpoints"),
                ('VAES', "VAEs", "VAEs"),
                ('EMBEDDINGS', "Embeddings", "Textual inversions"),
                ('LORAS', "LoRAs", "LoRAs"),
            ),
            options={'SKIP_SAVE'},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, settings.why_not_server())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.refresh(self.kind)


class DRAWTHINGS_OT_load_model(_Offered, bpy.types.Operator):
    """Load the model of Settings on the server now, so that the first picture does not wait for it.\nOthers who use the server get it too"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.load_model"
    bl_label = "Load on the Server"
    bl_options = {'INTERNAL'}
    needs = Feature.LOAD_MODEL

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.load_model(context.scene.drawthings.model)


class DRAWTHINGS_OT_unload_model(bpy.types.Operator):
    """Have the server unload its model, so that its GPU is free for rendering; the next picture loads it"""

    bl_idname = "drawthings.unload_model"
    bl_label = "Free GPU"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, connection.why_not(Feature.FREE_MEMORY) or connection.why_not_idle())

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.unload_model()


class DRAWTHINGS_OT_reload_model(_Offered, bpy.types.Operator):
    """Load the server's model again"""

    bl_idname = "drawthings.reload_model"
    bl_label = "Reload Model"
    needs = Feature.RELOAD_MODEL

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.reload_model()


class DRAWTHINGS_OT_skip(_Offered, bpy.types.Operator):
    """End the picture that is being made, and go on with the next of its job"""

    bl_idname = "drawthings.skip"
    bl_label = "Skip"
    bl_options = {'INTERNAL'}
    needs = Feature.SKIP

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.skip()


class DRAWTHINGS_OT_server_information(_Offered, bpy.types.Operator):
    """Ask the server for its memory, extensions and how it was started"""

    bl_idname = "drawthings.server_information"
    bl_label = "Server Information"
    needs = Feature.INFORMATION

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.describe_server()


class DRAWTHINGS_OT_control_server(_Offered, bpy.types.Operator):
    """Stop, restart or kill the server's process"""

    bl_idname = "drawthings.control_server"
    bl_label = "Control Server"
    bl_options = {'INTERNAL'}
    needs = Feature.STOP

    if TYPE_CHECKING:
        action: server_control.ServerAction
        though_busy: bool
    else:
        action: EnumProperty(
            name="Action",
            items=(
                ('STOP', "Stop", "Ask it to stop"),
                ('RESTART', "Restart", "Start it anew"),
                ('KILL', "Kill", "End its process at once"),
            ),
            options={'SKIP_SAVE'},
        )
        though_busy: BoolProperty(
            name="Although a Job Runs",
            description="Its picture is lost",
            options={'SKIP_SAVE'},
        )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        action = self.action.title()
        return context.window_manager.invoke_props_dialog(
            self, title=f"{action} Server", confirm_text=action, cancel_default=True
        )

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        words.label(
            column,
            Message("{action} the server for everybody who uses it?", action=self.action.title()),
            icon='ERROR',
        )
        if connection.why_not_idle():
            column.label(text="A job runs there.")
        # Whether others have one there is asked when it is confirmed.
        column.prop(self, "though_busy")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        server_control.control_server(self.action, though_busy=self.though_busy)


class DRAWTHINGS_OT_open_docs(_Offered, bpy.types.Operator):
    """Open the server's documentation in the browser"""

    bl_idname = "drawthings.open_docs"
    bl_label = "Server's Documentation"
    bl_options = {'INTERNAL'}
    needs = Feature.DOCUMENTATION

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        bpy.ops.wm.url_open(url=server_control.docs_url())


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_check_server,
        DRAWTHINGS_OT_take_over_settings,
        DRAWTHINGS_OT_check_files,
        DRAWTHINGS_OT_refresh,
        DRAWTHINGS_OT_load_model,
        DRAWTHINGS_OT_unload_model,
        DRAWTHINGS_OT_reload_model,
        DRAWTHINGS_OT_skip,
        DRAWTHINGS_OT_server_information,
        DRAWTHINGS_OT_control_server,
        DRAWTHINGS_OT_open_docs,
    )
)
