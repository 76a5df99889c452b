# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made."""

from __future__ import annotations

import bpy

from ..blender import summary
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
    row.operator("drawthings.again", text="Make Again", icon='FILE_REFRESH').image = image.name


def _draw_lines(column: bpy.types.UILayout, recipe: Recipe, line: int) -> None:
    words.paragraph(column, summary.title(recipe), line, lines=3)
    if recipe.is_of_request:
        words.label(column, recipe.request.models.model or recipe.model_used or "Model as set on the server")
    words.label(column, summary.numbers(recipe, with_steps=True))
