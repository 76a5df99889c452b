# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made."""

from __future__ import annotations

import bpy

from ..blender.delivery import images
from ..jobs.metadata import server_options_in_words
from ..jobs.recipe import Recipe
from ..messages import Message
from . import words


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, image: bpy.types.Image) -> None:
    """How the image was made."""
    recipe = images.readable_recipe(image)
    if recipe is None:
        layout.label(text="This image's recipe cannot be read", icon='ERROR')
        return
    line = words.sidebar_line(context)
    _draw_lines(layout.column(align=True), recipe, line)
    options = server_options_in_words(recipe.request)
    if options:
        column = layout.column(align=True)
        words.paragraph(
            column, Message("Made with {options}", options=options), line, icon='PREFERENCES', lines=4
        )
        button = column.operator("drawthings.reuse_recipe", text="Reuse with Server Options")
        button.image, button.use_server_options = image.name, True
    row = layout.row(align=True)
    row.operator("drawthings.reuse_recipe", text="Reuse Settings", icon='COPYDOWN').image = image.name
    row.operator("drawthings.again", text="Again", icon='FILE_REFRESH').image = image.name


def _draw_lines(column: bpy.types.UILayout, recipe: Recipe, line: int) -> None:
    words.paragraph(column, title(recipe), line, lines=3)
    if recipe.extras is None:
        words.label(column, recipe.request.models.model or recipe.model_used or "Model as set on the server")
    words.label(column, numbers(recipe, with_steps=True))


def title(recipe: Recipe) -> str:
    """The prompt, or what was enlarged."""
    if recipe.extras is None:
        return recipe.request.conditioning.prompt
    return recipe.source.text if recipe.source is not None else ""


def numbers(recipe: Recipe, *, with_steps: bool) -> str:
    """Seed and time, or what became of it instead."""
    if recipe.unfinished and not with_steps:
        # There is no room for the seed beside it.
        return recipe.unfinished
    took = recipe.unfinished or words.duration(recipe.seconds)
    if recipe.extras is None:
        return Message(
            "seed {seed} · {steps} steps · {took}" if with_steps else "seed {seed} · {took}",
            seed=recipe.request.sampling.seed,
            steps=recipe.request.sampling.steps,
            took=took,
        )
    if recipe.extras.upscaler == "None":
        return Message("faces restored · {took}", took=took)
    return f"{recipe.extras.scale:g} × {words.short(recipe.extras.upscaler, 60)} · {took}"
