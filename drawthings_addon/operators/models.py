# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing a model, with the settings that are recommended for it, and finding out which are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender import choices
from ..blender.actions import find_models, models
from ..client import bounds
from ..messages import Message
from .reporting import UnlessStopped, allowed, reported

#: Lines of a tooltip.
_MOST_LINES = 14
_LONGEST = 2000


class DRAWTHINGS_OT_use_model_settings(UnlessStopped, bpy.types.Operator):
    bl_idname = "drawthings.use_model_settings"
    bl_label = "Recommended Settings"
    bl_description = (
        "Set steps, sampler, guidance, shift and what else is recommended for the model; all else stays"
    )
    bl_options = {'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        model: str
        settings: str
    else:
        model: StringProperty(
            name="Model",
            description="File or display name of a model, which is chosen, too, or what its settings are "
            "called. Empty: the one that is set",
            maxlen=choices.MAX_NAME_BYTES,
            options={'SKIP_SAVE'},
        )
        settings: StringProperty(
            name="Settings",
            description="Which, where several are recommended for the model. Empty: those without a LoRA",
            maxlen=choices.MAX_NAME_BYTES,
            options={'SKIP_SAVE'},
        )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        chosen = context.scene.drawthings
        picked = models.meant(chosen, properties.model, properties.settings)
        if picked is None:
            return cls.bl_description
        changes = models.preview(chosen, picked)
        lines = [Message("Set what is recommended for {name}", name=picked.name), *changes[:_MOST_LINES]]
        if not changes:
            lines.append("All is set so already")
        if picked.loras:
            lines.append(
                models.why_not_complete(picked) or "Without its LoRA on the server no picture can be made"
            )
        return "\n".join(lines)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        told = models.use(context.scene.drawthings, self.model, self.settings)
        self.report({'INFO'}, bounds.one_line(told, _LONGEST))


class DRAWTHINGS_OT_use_model_size(bpy.types.Operator):
    """Set width and height to a size that the model was made for; the shape stays"""

    bl_idname = "drawthings.use_model_size"
    bl_label = "Size of the Model"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        suits = models.better_size(context.scene.drawthings) is None
        return allowed(cls, "The size suits the model" if suits else "")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        models.use_size(context.scene.drawthings)


class DRAWTHINGS_OT_choose_model(bpy.types.Operator):
    bl_idname = "drawthings.choose_model"
    bl_label = "Choose Model"
    bl_description = "Make pictures with this model from now on"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        model: str
    else:
        model: StringProperty(
            name="Model",
            description="File or display name. Empty: as set on the server",
            maxlen=choices.MAX_NAME_BYTES,
            options={'SKIP_SAVE'},
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if not properties.model:
            return cls.bl_description
        entry = choices.offered.described(properties.model)
        lines = (entry.title, entry.about, properties.model, models.about_settings(properties.model))
        return "\n".join(dict.fromkeys(filter(None, lines)))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        context.scene.drawthings.model = self.model


class DRAWTHINGS_OT_find_models(bpy.types.Operator):
    """Ask a server that lists its models for the list, and Draw Things for each model whether it is there. Nothing is made, no job waits for it, and what is found is remembered. In the app's console each question that it refuses is written"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.find_models"
    bl_label = "Find Out Which Are There"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, "" if bpy.app.background else find_models.why_not())

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        find_models.find()


class DRAWTHINGS_OT_stop_finding_models(bpy.types.Operator):
    """Ask for no more models: what was found stays"""

    bl_idname = "drawthings.stop_finding_models"
    bl_label = "Stop"
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, "" if find_models.running() else "The server is not being asked")

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        find_models.stop()


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_use_model_settings,
        DRAWTHINGS_OT_use_model_size,
        DRAWTHINGS_OT_choose_model,
        DRAWTHINGS_OT_find_models,
        DRAWTHINGS_OT_stop_finding_models,
    )
)
