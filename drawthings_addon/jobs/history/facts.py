# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the history keeps of a recipe: a row of its database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from ...client.bounds import MAX_NAME, MAX_PROMPT
from ...errors import PictureInvalid
from ..picture_set import SetMember
from ..recipe import Recipe
from .entry import identity_of
from .words import searchable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Microseconds since 1970 until the year 2200: a picture that is said to be of another time was made by a
#: computer without a clock, or by somebody who wants it to be the first for ever.
_MOST = 7_258_118_400_000_000


@dataclass(frozen=True)
class Facts:
    """Of one picture."""

    identity: str
    recipe: str
    """Its text, as it is in the file."""
    created: int | None
    """Microseconds since 1970; None where the recipe does not tell."""
    operation: str
    prompt: str
    negative_prompt: str
    model: str
    server: str
    seed: int
    blend: str
    set: SetMember | None
    beside: str
    words: str
    """What is searched through, as `words.searchable`."""


def of_recipe(text: str) -> Facts | None:
    """None where the text is no recipe that can be read."""
    try:
        recipe = Recipe.from_json(text)
    except PictureInvalid:
        return None
    request = recipe.request
    model = request.models.model or recipe.model_used
    if recipe.extras is not None:
        model = model or recipe.extras.upscaler
    blend = recipe.blend[:MAX_NAME]
    names = [
        model,
        PurePosixPath(blend).stem,
        *(lora.file for lora in request.conditioning.loras),
        *request.conditioning.styles,
    ]
    if recipe.set is not None:
        names += [recipe.set.column, recipe.set.row]
    return Facts(
        identity=identity_of(text),
        recipe=text,
        created=moment(recipe.created),
        operation=request.operation,
        prompt=request.conditioning.prompt[:MAX_PROMPT],
        negative_prompt=request.conditioning.negative_prompt[:MAX_PROMPT],
        model=model[:MAX_NAME],
        server=recipe.server[:MAX_NAME],
        seed=request.sampling.seed,
        blend=blend,
        set=_bounded(recipe.set),
        beside=recipe.beside[:MAX_NAME],
        words=searchable("\n".join((*(name[:MAX_NAME] for name in names), request.conditioning.prompt))),
    )


def _bounded(member: SetMember | None) -> SetMember | None:
    if member is None:
        return None
    return replace(
        member, id=member.id[:MAX_NAME], column=member.column[:MAX_NAME], row=member.row[:MAX_NAME]
    )


def moment(created: str) -> int | None:
    """A recipe's time in microseconds since 1970; None where it is none."""
    try:
        found = datetime.fromisoformat(created)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        made = (found - _EPOCH) // timedelta(microseconds=1)
        return made if 0 <= made < _MOST else None
    except (ValueError, OverflowError):
        return None


def told(created: int) -> str:
    """The way back, ISO 8601 in UTC."""
    return (_EPOCH + timedelta(microseconds=within(created))).isoformat(timespec="microseconds")


def within(made: int) -> int:
    """The nearest moment that a picture can be of."""
    return min(max(made, 0), _MOST)
