# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing a model, with the settings that are recommended for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender import choices
from ..blender.actions import models
from ..client import bounds
from ..messages import Message
from .reporting import allowed, reported

#: Lines of a tooltip.
_MOST_LINES = 14
_LONGEST = 2000


class DRAWTHINGS_OT_use_model_settings(bpy.types.Operator):
    """Set steps, sampler, guidance, shift and what else is recommended for the model; all else stays"""

    bl_idname = "drawthings.use_model_settings"
    bl_label = "Recommended Settings"
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
        found = models.recommended(chosen, properties.model)
        picked = next((each for each in found if properties.settings in ("", each.name)), None)
        if picked is None:
            return cls.__doc__ or ""
        changes = models.preview(chosen, picked)
        lines = [Message("Set what is recommended for {name}", name=picked.name), *changes[:_MOST_LINES]]
        if not changes:
            lines.append("All is set so already")
        return "\n".join(lines)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, "" if context.scene else "There is no scene")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        told = models.use(context.scene.drawthings, self.model, self.settings)
        self.report({'INFO'}, bounds.one_line(told, _LONGEST))


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_use_model_settings,))
