# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures for a history, as jobs leave them: small files with recipes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.imaging import png
from drawthings_addon.jobs.history.entry import Entry
from drawthings_addon.jobs.history.history import History, Made
from drawthings_addon.jobs.history.query import MAX_LIMIT, Query
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.storage import write_whole

WIDTH, HEIGHT = 6, 4
_PIXELS = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def recipe_of(prompt: str, number: int = 0, **values: object) -> Recipe:
    """One of the 27th of November 2026, that many seconds after ten."""
    request = GenerationRequest.of(prompt=prompt, seed=number, model="z_image_turbo.ckpt")
    created = f"2026-11-27T10:{number // 60:02}:{number % 60:02}+00:00"
    recipe = Recipe(request=request, server="http://localhost", created=created)
    return replace(recipe, **values)  # type: ignore[arg-type]


def write(path: Path, recipe: Recipe) -> Made:
    """A picture with its recipe; one that is no PNG carries none."""
    if path.suffix == ".png":
        write_whole(path, png.encode(_PIXELS, text=recipe.png_text()))
    else:
        write_whole(path, b"\xff\xd8\xff\xe0" + recipe.text.encode() + b"\xff\xd9")
    return Made(path, recipe.text, WIDTH, HEIGHT)


def everything(history: History) -> tuple[Entry, ...]:
    """All that is known, thrown away or not."""
    found: list[Entry] = []
    for deleted in (False, True):
        offset = 0
        while page := history.search(Query(deleted=deleted, limit=MAX_LIMIT, offset=offset)).entries:
            found += page
            offset += len(page)
    return tuple(found)
