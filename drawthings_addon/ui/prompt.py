# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompt, the negative prompt, and the prompts that were pressed before."""

from __future__ import annotations

import itertools

import bpy

from ..blender import compat, prompts, settings
from ..blender.session import session
from ..jobs.prompt_history import Prompt
from ..messages import Message
from . import effects, words

#: Lines of a prompt that are readable below a field of one line.
_LINES = 5
#: Characters that a line has more than one in a box, and of the field those that its buttons take.
_BESIDE_A_BOX, _BUTTONS = 4, 10
#: Pixels, at an interface scale of 1, of the word before the negative prompt; and of the sidebar beside both.
_NEGATIVE, _MARGINS = 66, 46
#: Prompts in the menu, of the history and of the file, and characters of each.
_LISTED, _LISTED_OF_FILE, _SHOWN = 20, 10, 64


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Prompt and negative prompt. A text box on Blender 5.2; before that a field of one line, with the prompt
    readable below it; or a text of the Text Editor."""
    chosen = context.scene.drawthings
    column = layout.column(align=True)
    row = column.row(align=True)
    if chosen.prompt_text is not None:
        _draw_text(column, row, context)
    elif compat.has_text_box(row) and words.fits(chosen, "prompt"):
        row.textbox(chosen, "prompt", placeholder=settings.EXAMPLE_PROMPT, initial_visible_lines=3)
        buttons = row.column(align=True)
        buttons.menu("DRAWTHINGS_MT_prompts", text="", icon='DOWNARROW_HLT')
        buttons.operator("drawthings.edit_prompt", text="", icon='TEXT')
    else:
        words.field(row, chosen, "prompt", text="", placeholder=settings.EXAMPLE_PROMPT)
        row.menu("DRAWTHINGS_MT_prompts", text="", icon='DOWNARROW_HLT')
        if words.is_narrow(context):
            row.operator("drawthings.edit_prompt", text="", icon='TEXT')
        else:
            button = row.row(align=True)
            button.ui_units_x = 2.6
            button.operator("drawthings.edit_prompt")
        _draw_lines(column, context, beside_field=True)
    _draw_negative(layout, context)


def _draw_text(column: bpy.types.UILayout, row: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The text that is the prompt, and the way back."""
    row.template_ID(context.scene.drawthings, "prompt_text")
    row.menu("DRAWTHINGS_MT_prompts", text="", icon='DOWNARROW_HLT')
    row = words.pair(column, context)
    row.operator("drawthings.edit_prompt", icon='TEXT')
    row.operator("drawthings.use_prompt_field", icon='LOOP_BACK')
    if not _draw_lines(column, context):
        words.label(column, "Write into it in the Text Editor", icon='INFO')


def _draw_lines(
    column: bpy.types.UILayout, context: bpy.types.Context, *, beside_field: bool = False
) -> bool:
    """The prompt on several lines, faded, unless its field shows all of it; whether there is any."""
    line = words.sidebar_line(context) + _BESIDE_A_BOX
    text = prompts.beginning(context.scene, line * _LINES)
    if not text or (beside_field and words.columns(text) <= line - _BUTTONS):
        return bool(text)
    part = column.column(align=True)
    part.active = False
    part.scale_y = 0.8
    words.paragraph(part, text, line, lines=_LINES)
    return True


def _draw_negative(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    chosen = context.scene.drawthings
    found = effects.of(context)
    room = context.region.width / context.preferences.system.ui_scale - _MARGINS
    split = layout.split(factor=min(max(_NEGATIVE / room, 0.1), 0.45) if room > 0 else 0.3)
    split.active = "negative_prompt" not in found.reasons
    split.label(text="Negative")
    words.field(split, chosen, "negative_prompt", text="", placeholder="blurry, watermark")
    if chosen.negative_prompt:
        found.tell(layout, "negative_prompt")


class DRAWTHINGS_MT_prompts(bpy.types.Menu):
    """Prompts that were pressed, those of the pictures in this file, and its texts"""

    bl_label = "Prompt History"
    bl_description = "Write a prompt here again: one that you pressed, or that of a picture in this file"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        latest = session.get().prompts.latest
        if not latest:
            layout.label(text="Prompts that you press are kept here")
        for each in latest[:_LISTED]:
            _draw_prompt(layout, each)
        known = set(latest)
        unknown = (each for each in prompts.of_file() if each not in known)
        others = list(itertools.islice(unknown, _LISTED_OF_FILE))
        if others:
            layout.separator()
            layout.label(text="Of Pictures in This File")
        for each in others:
            _draw_prompt(layout, each)
        _draw_texts(layout, context)
        layout.separator()
        layout.operator("drawthings.clear_prompts", icon='TRASH')


def _draw_texts(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Texts of the file that can be the prompt."""
    present = context.scene.drawthings.prompt_text
    texts = [each for each in itertools.islice(bpy.data.texts, _LISTED_OF_FILE) if each != present]
    if texts:
        layout.separator()
        layout.label(text="Texts of the Text Editor")
    for each in texts:
        name = words.short(each.name, _SHOWN)
        layout.operator("drawthings.edit_prompt", text=name, icon='TEXT', translate=False).text = each.name


def _draw_prompt(layout: bpy.types.UILayout, each: Prompt) -> None:
    text = words.cut(each.prompt, _SHOWN)
    if each.negative_prompt.strip():
        text = Message(
            "{prompt}  ·  not {negative}", prompt=text, negative=words.cut(each.negative_prompt, 24)
        )
    button = layout.operator("drawthings.use_prompt", text=text, translate=False)
    button.prompt, button.negative_prompt = each.prompt, each.negative_prompt


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_MT_prompts,))
