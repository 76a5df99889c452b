# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result in a few words, for titles and tooltips."""

from __future__ import annotations

from ..client import bounds
from ..imaging.maps import WORDS
from ..jobs.recipe import Recipe
from ..messages import Message
from .delivery.result import Result

#: Characters of a prompt in a tooltip.
_PROMPT = 600
_CHOOSING = "Press to see it here, and where another result of the same object or image is, to put it there"


def duration(seconds: float) -> str:
    """0:14, 12:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def title(recipe: Recipe) -> str:
    """The prompt, or what it was made of without one."""
    if recipe.is_of_request:
        return recipe.request.conditioning.prompt
    return recipe.source.text if recipe.source is not None else ""


def numbers(recipe: Recipe, *, with_steps: bool) -> str:
    """Seed and time, or what became of it instead."""
    if recipe.unfinished and not with_steps:
        # There is no room for the seed beside it.
        return recipe.unfinished
    took = recipe.unfinished or duration(recipe.seconds)
    if recipe.map and recipe.maps is not None:
        return Message("{map} map · depth {depth}", map=WORDS[recipe.map], depth=f"{recipe.maps.depth:g}")
    if not recipe.is_of_request and recipe.seamless is not None:
        return Message("made seamless · {took}", took=took)
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


def tooltip(result: Result, where: str) -> str:
    """Prompt, size, seed, time and where it is, on lines of their own."""
    picture = result.picture
    lines = (
        bounds.one_line(title(result.recipe), _PROMPT) or picture.path.name,
        f"{picture.width} × {picture.height} · {numbers(result.recipe, with_steps=True)}",
        Message("On {place}", place=where) if where else "",
        _CHOOSING,
    )
    return "\n".join(filter(None, lines))
