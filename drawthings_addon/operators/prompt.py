# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompt in a Text Editor, those that were pressed before, and one to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender import prompts, settings
from ..client import bounds
from ..errors import InvalidSettings
from ..jobs.prompt_history import Prompt
from ..messages import Message
from .reporting import allowed, reported

#: Characters of a prompt in a tooltip.
_SHOWN = 1000


class DRAWTHINGS_OT_edit_prompt(bpy.types.Operator):
    """Write the prompt in a Text Editor, on as many lines as you like: what stands there is the prompt from then on"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.edit_prompt"
    bl_label = "Edit..."
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        text: str
    else:
        text: StringProperty(
            name="Text",
            description="Name of the text that becomes the prompt; empty: the one that is, or a new one",
            options={'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        prompts.edit(context.scene, context.window, self.text)


class DRAWTHINGS_OT_use_prompt_field(bpy.types.Operator):
    """Write the prompt in this panel again: its field takes over what stands in the text"""

    bl_idname = "drawthings.use_prompt_field"
    bl_label = "Use the Field"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, prompts.why_not_field(context.scene.drawthings))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        prompts.use_field(context.scene.drawthings)


class DRAWTHINGS_OT_use_prompt(bpy.types.Operator):
    bl_idname = "drawthings.use_prompt"
    bl_label = "Use Prompt"
    bl_description = "Write this prompt and its negative prompt into the panel"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        prompt: str
        negative_prompt: str
    else:
        prompt: StringProperty(name="Prompt", options={'SKIP_SAVE'})
        negative_prompt: StringProperty(name="Negative Prompt", options={'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        prompt = bounds.one_line(properties.prompt, _SHOWN).removesuffix(".")
        negative = bounds.one_line(properties.negative_prompt, _SHOWN).removesuffix(".")
        if not prompt:
            return cls.bl_description
        if not negative:
            return Message("{prompt}.\nWrite this into the panel", prompt=prompt)
        return Message(
            "{prompt}.\nNegative: {negative}.\nWrite both into the panel", prompt=prompt, negative=negative
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        if not self.prompt.strip():
            raise InvalidSettings("No prompt is given.", "Choose one of the list.")
        prompts.use(context.scene.drawthings, Prompt(self.prompt, self.negative_prompt))


class DRAWTHINGS_OT_clear_prompts(bpy.types.Operator):
    """Forget every prompt of this list, also on disk. Pictures and files keep theirs"""

    bl_idname = "drawthings.clear_prompts"
    bl_label = "Clear History"
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, "" if prompts.has_history() else "No prompt is kept")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Clear Prompt History",
            message="All prompts that were kept are forgotten, here and on disk. This cannot be undone.",
            confirm_text="Clear",
        )

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        prompts.clear()


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


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_edit_prompt,
        DRAWTHINGS_OT_use_prompt_field,
        DRAWTHINGS_OT_use_prompt,
        DRAWTHINGS_OT_clear_prompts,
        DRAWTHINGS_OT_example_prompt,
    )
)
