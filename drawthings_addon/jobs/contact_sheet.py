# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact sheet of a set: its pictures on one page, with what tells them apart, from their files."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..client import bounds
from ..errors import BridgeError, PictureInvalid, SourceUnavailable
from ..imaging import contact_sheet, formats, png, scale
from ..imaging.contact_sheet import Sheet, Words
from ..imaging.lettering import Letter
from ..imaging.pixels import Pixels
from ..messages import Message
from .decoder import Decoder
from .picture_set import SetMember, axis_labels
from .recipe import CHUNK as RECIPE
from .recipe import Recipe
from .storage import file_stem, write_new
from .thumbnail import data_of

#: What a sheet's file holds in the place of a recipe: nobody takes it for a picture of a server's.
CHUNK = "drawthings contact sheet"


@dataclass(frozen=True)
class Listed:
    """A picture of a set, as whoever looks for it knows it."""

    path: Path
    member: SetMember
    recipe: Recipe | None = None
    """None: what its file tells."""
    data: bytes | None = None
    """Its bytes, where it has no file yet."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The same, as it is on the sheet."""

    member: SetMember
    recipe: Recipe | None
    pixels: Pixels | None
    """Not larger than the sheet shows it; None: there is no such file any more."""


@dataclass(frozen=True)
class Arrangement:
    """How a set lies on its sheet."""

    places: int
    columns: int

    @classmethod
    def of(cls, members: Iterable[SetMember]) -> Arrangement:
        """Raises SourceUnavailable for a set without pictures, or with more than a sheet holds."""
        found = list(members)
        # What a file says is not trusted.
        if not found or min(each.index for each in found) < 0:
            raise SourceUnavailable("There are no pictures of this set.", "Select a picture of another.")
        places = max(max(each.size, each.index + 1) for each in found)
        columns = max(each.columns for each in found)
        if columns < 1:
            columns = contact_sheet.columns_of_strip(places)
        arrangement = cls(places, columns)
        is_too_large = columns > contact_sheet.MAX_COLUMNS or arrangement.rows > contact_sheet.MAX_ROWS
        if is_too_large or places > contact_sheet.MAX_PICTURES:
            raise SourceUnavailable(
                "A contact sheet holds {most} pictures, and this set has {count}.",
                "Make smaller sets.",
                most=contact_sheet.MAX_PICTURES,
                count=places,
            )
        return arrangement

    @property
    def rows(self) -> int:
        return -(-self.places // self.columns)

    @property
    def edge(self) -> int:
        """Pixels of a picture's longest side on the sheet."""
        return contact_sheet.edge(self.columns, self.rows)


def read(listed: Listed, edge: int, decoder: Decoder) -> Shown:
    """A picture and how it was made, from its file. Not for the main thread, which may be waited for."""
    recipe, pixels = listed.recipe, None
    # One that is gone or damaged leaves its place empty.
    with contextlib.suppress(OSError, MemoryError, BridgeError):
        data = listed.data if listed.data is not None else data_of(listed.path)
        recipe = recipe or _recipe(data)
        pixels = scale.thumbnail(decoder.pixels(data), edge)
    return Shown(listed.member, recipe, pixels)


def _recipe(data: bytes) -> Recipe | None:
    text = formats.texts(data).get(RECIPE, "")
    try:
        return Recipe.from_json(text) if text else None
    except PictureInvalid:
        return None


def lay_out(shown: Sequence[Shown], arrangement: Arrangement, letter: Letter) -> Sheet:
    """Where everything stands on the sheet."""
    pictures: list[Pixels | None] = [None] * arrangement.places
    for each in shown:
        pictures[each.member.index] = each.pixels
    return contact_sheet.lay_out(pictures, arrangement.columns, words(shown, arrangement), letter)


def words(shown: Sequence[Shown], arrangement: Arrangement) -> Words:
    """What stands on it: of a grid what its axes say, of a strip the seeds."""
    recipes = {each.member.index: each.recipe for each in shown if each.recipe is not None}
    seeds = {index: recipe.request.sampling.seed for index, recipe in recipes.items()}
    first = recipes[min(recipes)] if recipes else None
    is_one_seed = len(set(seeds.values())) == 1 and len(shown) > 1
    captions = () if is_one_seed else tuple(_seed(seeds.get(index)) for index in range(arrangement.places))
    members = [each.member for each in shown]
    columns, rows = axis_labels(members, columns=arrangement.columns, rows=arrangement.rows)
    return Words(
        title="" if first is None else first.request.conditioning.prompt,
        about=_about([recipes[index] for index in sorted(recipes)], is_one_seed=is_one_seed),
        columns=columns if any(columns) else (),
        rows=rows if any(rows) else (),
        captions=captions,
    )


def _seed(seed: int | None) -> str:
    return "" if seed is None else Message("seed {seed}", seed=seed)


def _about(recipes: Sequence[Recipe], *, is_one_seed: bool) -> str:
    """Model and size where all have the same, seed and the day of the first."""
    if not recipes:
        return ""
    first, requests = recipes[0], [each.request for each in recipes]
    return " · ".join(
        filter(
            None,
            (
                _common(
                    bounds.one_line(each.request.models.model or each.model_used, 80) for each in recipes
                ),
                _common(f"{each.images.width} × {each.images.height}" for each in requests),
                _seed(first.request.sampling.seed if is_one_seed else None),
                _date(first.created),
            ),
        )
    )


def _common(told: Iterable[str]) -> str:
    """What all of them are; empty where they differ."""
    found = set(told)
    return found.pop() if len(found) == 1 else ""


def _date(created: str) -> str:
    try:
        return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def write(sheet: Sheet, directory: Path, shown: Sequence[Shown]) -> tuple[Path, bytes]:
    """Draw the sheet, and write it whole to the folder: its file, and what that holds. Raises
    StorageFailed."""
    recipe = next((each.recipe for each in shown if each.recipe is not None), None)
    prompt = recipe.request.conditioning.prompt if recipe is not None else ""
    stem = f"{file_stem(prompt, fallback='set')}-contact-sheet"
    told = json.dumps({"version": 1, "set": shown[0].member.id, "pictures": len(shown)})
    data = png.encode(contact_sheet.draw(sheet), text={CHUNK: told})
    return write_new(directory, stem, ".png", data), data
