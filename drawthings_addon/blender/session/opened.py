# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results that the open file holds: its images tell how they were made, and where they are.

A file may come from anybody: what it tells is bounded, and a recipe that is none makes no result. Pixels are
read when a panel shows them, elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import bpy
import numpy as np
from numpy.typing import NDArray

from ...client.bounds import MAX_METADATA
from ...errors import PictureInvalid
from ...imaging import formats
from ...jobs import thumbnail
from ...jobs.decoder import Decoder
from ...jobs.history import facts
from ...jobs.recipe import Recipe
from ...jobs.task import Picture
from ..delivery import applications, images, provenance
from ..delivery.result import Result
from ..delivery.target import Reference, Target
from .reading import FromBlender, Read

#: Characters of all recipes of one file that are read: thousands of pictures have fewer.
_MOST_CHARACTERS = 64 << 20
#: Bytes of a packed picture that are copied for a small one of it: some 16384 × 16384 pixels.
_MOST_BYTES = 256 << 20


#: Pictures of one press.
_MOST_OF_SET = 100

#: When a picture was made, in microseconds since 1970, its number in its set, and in what order it was
#: brought to its places: up to version 0.1.0 recipes told no more than the second.
When: TypeAlias = tuple[int, int, int, str]


@dataclass(frozen=True)
class _Held:
    """An image that tells how it was made. Holds a datablock: for the moment only."""

    image: bpy.types.Image
    text: str
    path: Path
    beside: str
    """What it is of its result; empty: the result itself."""
    main: str
    """The recipe of what it came beside; empty: of none."""
    set: str
    """The id of its set."""
    when: When
    """Later pictures are greater."""


@dataclass(frozen=True)
class Found:
    """What is listed while a file is open. The newest first."""

    here: tuple[Result, ...]
    """That the file holds."""
    elsewhere: tuple[Result, ...]
    """That were made since Blender was started, for other files."""


def read(own: Iterable[Result], most: int, want: Callable[[Result], None]) -> Found:
    """The file's results, those of its images that are not among the session's `own` at most so many; `want`
    is called where such a one is drawn that has no thumbnail yet."""
    held = _without_copies(_held())
    by_path = {str(each.path): each for each in held}
    by_text = {each.text: each for each in held}
    here: list[tuple[When, Result]] = []
    elsewhere = []
    taken = set[int]()
    for result in own:
        known = by_path.get(result.key) or by_text.get(result.recipe.text)
        if known is None or known.image.session_uid in taken:
            elsewhere.append(result)
            continue
        taken.add(known.image.session_uid)
        there = _beside(known, held)
        taken.update(each.image.session_uid for each in there)
        here.append((known.when, _found_again(result, known, there)))
    keys = {each.key for each in elsewhere} | {result.key for _when, result in here}
    for each in _listed(held, taken, most):
        found = _result(each, _beside(each, held), keys, want)
        if found is not None:
            keys.add(found.key)
            here.append((each.when, found))
    # Of one second in the order in which they came here.
    here.sort(key=lambda entry: entry[0][0], reverse=True)
    return Found(tuple(result for _when, result in here), tuple(elsewhere))


def of_image(image: bpy.types.Image, keys: set[str], want: Callable[[Result], None]) -> Result | None:
    """The same of one image; `keys` are those of other results."""
    held = _held_by(image)
    return _result(held, (), keys, want) if held is not None else None


def _held() -> Iterator[_Held]:
    characters = 0
    for image in bpy.data.images:
        if image.library is not None or not images.has_recipe(image) or image.drawthings.is_discarded:
            continue
        characters += len(image.drawthings.recipe)
        held = _held_by(image) if characters <= _MOST_CHARACTERS else None
        if held is not None:
            yield held


def _held_by(image: bpy.types.Image) -> _Held | None:
    text = image.drawthings.recipe
    told = _told(text)
    if told is None:
        return None
    beside, member = _text(told.get("beside")), told.get("set")
    main = json.dumps(told | {"beside": ""}, ensure_ascii=False, sort_keys=True) if beside else ""
    set_id = _text(member.get("id")) if isinstance(member, dict) else ""
    return _Held(image, text, _path(image), beside, main, set_id, _when(image, told))


def _when(image: bpy.types.Image, told: dict[str, Any]) -> When:
    member = told.get("set")
    number = member.get("index") if isinstance(member, dict) else 0
    brought = applications.index().by_image.get(image.session_uid, ())
    order = max((each.index for each in brought), default=image.drawthings.version)
    made = facts.moment(_text(told.get("created"))) or 0
    return made, number if isinstance(number, int) else 0, order, image.name


def _told(text: str) -> dict[str, Any] | None:
    """A recipe's JSON as it stands; None for a text that is none."""
    if not text or len(text) > MAX_METADATA:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _path(image: bpy.types.Image) -> Path:
    """The file that it was written to; up to version 0.1.0 the image's own."""
    return Path(image.drawthings.file or bpy.path.abspath(image.filepath_raw) or image.name)


def _without_copies(held: Iterable[_Held]) -> list[_Held]:
    """Of copies that the artist made of one the one that was brought somewhere, else the first."""
    found: dict[tuple[str, str], _Held] = {}
    for each in sorted(held, key=lambda each: (not _was_brought(each.image), each.image.session_uid)):
        found.setdefault((str(each.path), each.text), each)
    return list(found.values())


def _was_brought(image: bpy.types.Image) -> bool:
    return bool(len(image.drawthings.applied) or image.drawthings.place)


def _listed(held: Sequence[_Held], taken: set[int], most: int) -> list[_Held]:
    """The newest, without those that came beside another one that is there. A set is listed whole or not;
    whole where it is larger than the list."""
    texts = {each.text for each in held}
    left = [each for each in held if each.image.session_uid not in taken and each.main not in texts]
    left.sort(key=lambda each: each.when, reverse=True)
    found, rest = left[:most], left[most:]
    cut = rest[0].set if rest else ""
    if cut and found[0].set == cut:
        return found + [each for each in rest if each.set == cut][: _MOST_OF_SET - most]
    return [each for each in found if not cut or each.set != cut]


def _beside(main: _Held, held: Sequence[_Held]) -> list[_Held]:
    if main.beside:
        return []
    return [each for each in held if each.main == main.text]


def _found_again(result: Result, known: _Held, beside: Sequence[_Held]) -> Result:
    """A result of this session, in a file that was opened since."""
    target = provenance.of(known.image).target
    was = result.target
    return replace(
        result,
        image=Reference.to(known.image),
        target=replace(target, show=was.show) if was is not None else target,
        landed=_landed(known.image, target),
        beside={each.beside: Reference.to(each.image) for each in beside},
    )


def _result(
    held: _Held, beside: Sequence[_Held], keys: set[str], want: Callable[[Result], None]
) -> Result | None:
    """None where the recipe is none."""
    try:
        recipe = Recipe.from_json(held.text)
    except PictureInvalid:
        return None
    target = provenance.of(held.image).target
    return Result(
        _picture(held, recipe, _free(held.path, keys), [each for each in beside if _is_recipe(each)]),
        Reference.to(held.image),
        target,
        _landed(held.image, target),
        packed=held.image.packed_file is not None,
        beside={each.beside: Reference.to(each.image) for each in beside},
        text=held.text,
        want=want,
    )


def _is_recipe(held: _Held) -> bool:
    return images.readable_recipe(held.image) is not None


def _picture(held: _Held, recipe: Recipe, path: Path, beside: Sequence[_Held]) -> Picture:
    """Its size as it was asked for: the file's own is known with the thumbnail."""
    return Picture(
        job_id="",
        path=path,
        png=b"",
        width=recipe.request.images.width,
        height=recipe.request.images.height,
        recipe=recipe,
        thumbnail=thumbnail.NONE,
        name=held.beside or "image",
        beside=tuple(_picture(each, images.require_recipe(each.image), each.path, ()) for each in beside),
    )


def _free(path: Path, keys: set[str]) -> Path:
    """Two images may tell the same file: no two results have one key."""
    number, found = 2, path
    while str(found) in keys:
        found = path.parent / f"{path.name} ({number})"
        number += 1
    return found


def _landed(image: bpy.types.Image, target: Target) -> Target | None:
    """Where it went; None for one that was meant for a material, and is in none."""
    notes = image.drawthings
    is_noted = bool(applications.index().by_image.get(image.session_uid))
    # Up to version 0.1.0 nothing was noted but the place.
    is_older = not notes.file and len(notes.places) > 0
    if target.kind == 'MATERIAL' and not (is_noted or is_older):
        return None
    return target


def reading(result: Result, decoder: Decoder, told: Callable[[tuple[int, int]], None]) -> FromBlender:
    """The pixels of such a result: what the file holds packed, else the file that it was written to; `told`
    is called, elsewhere, with its width and height."""

    def copy() -> Read:
        data = packed(result.datablock())

        def read(edge: int) -> NDArray[np.uint8]:
            found = data if data is not None else thumbnail.data_of(result.picture.path)
            told(formats.size(found))
            return thumbnail.of_data(found, edge, decoder)

        return read

    return FromBlender(copy)


def packed(image: bpy.types.Image | None) -> bytes | None:
    """The bytes that the open file holds; None where it does not, or of too many. They are nobody else's: on
    disk another picture may have the name by now."""
    held = image.packed_file if image is not None and image.source != 'TILED' else None
    if held is None or not 0 < held.size <= _MOST_BYTES:
        return None
    return bytes(held.data)
