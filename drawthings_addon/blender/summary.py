# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result in a few words, for titles and tooltips."""

from __future__ import annotations

from ..client import bounds
from ..jobs.recipe import Recipe
from ..messages import Message
from .delivery.result import Result

#: Characters of a prompt in a tooltip, and of the name of what a result went to.
_PROMPT, _NAME = 600, 60


def duration(seconds: float) -> str:
    """0:14, 12:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


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
    took = recipe.unfinished or duration(recipe.seconds)
    if recipe.extras is None:
        return Message(
            "seed {seed} · {steps} steps · {took}" if with_steps else "seed {seed} · {took}",
            seed=recipe.request.sampling.seed,
            steps=recipe.request.sampling.steps,
            took=took,
        )
    if recipe.extras.upscaler == "None":
        return Message("faces restored · {took}", took=took)
    return f"{recipe.extras.scale:g} × {bounds.one_line(recipe.extras.upscaler, 60)} · {took}"


def place(result: Result) -> str:
    """What it went to, by the name that has now; empty for an image alone."""
    landed = result.landed
    if landed is None or landed.kind == 'IMAGE':
        return ""
    reference = landed.image if landed.kind == 'REPLACE' else landed.object or landed.material
    found = reference.resolve() if reference is not None else None
    return bounds.one_line(found.name, _NAME) if found is not None else ""


def tooltip(result: Result) -> str:
    """Prompt, size, seed, time and where it went, on lines of their own."""
    picture = result.picture
    size = f"{picture.width} × {picture.height}"
    where = place(result)
    lines = (
        bounds.one_line(title(result.recipe), _PROMPT) or picture.path.name,
        f"{size} · {numbers(result.recipe, with_steps=True)}",
        Message("On {name}", name=where) if where else "",
    )
    return "\n".join(filter(None, lines))
