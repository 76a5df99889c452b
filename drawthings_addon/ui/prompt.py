# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompt, what to avoid, and where a long one is written."""

from __future__ import annotations

import bpy

from ..blender import compat, settings
from . import effects, words


def draw(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Prompt and negative prompt; a text box on Blender 5.2, before that a field or a text datablock."""
    chosen = context.scene.drawthings
    column = layout.column(align=True)
    if chosen.prompt_text is not None:
        column.template_ID(chosen, "prompt_text")
        first = settings.first_line(chosen.prompt_text)
        words.label(column, first or "Write into it in the Text Editor", icon='BLANK1')
    elif compat.has_text_box(column) and words.fits(chosen, "prompt"):
        column.textbox(chosen, "prompt", placeholder=settings.EXAMPLE_PROMPT, initial_visible_lines=3)
    else:
        row = column.row(align=True)
        row.scale_y = 1.2
        words.field(row, chosen, "prompt", text="", placeholder=settings.EXAMPLE_PROMPT)
        row.popover("DRAWTHINGS_PT_prompt_options", text="", icon='TEXT')
    found = effects.of(context)
    split = layout.split(factor=0.2)
    split.active = "negative_prompt" not in found.reasons
    split.label(text="Avoid")
    words.field(split, chosen, "negative_prompt", text="", placeholder="blurry, watermark")
    if chosen.negative_prompt:
        found.tell(layout, "negative_prompt")
