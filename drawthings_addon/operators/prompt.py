# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A prompt to begin with."""

from __future__ import annotations

import bpy

from ..blender import settings
from .reporting import allowed, reported


class DRAWTHINGS_OT_example_prompt(bpy.types.Operator):
    """Write an example into the prompt: what the picture shows, in plain words"""

    bl_idname = "drawthings.example_prompt"
    bl_label = "Write an Example"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, "There is a prompt already" if settings.has_prompt(context.scene) else "")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        settings.set_prompt(context.scene, settings.EXAMPLE_PROMPT)


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_example_prompt,))
