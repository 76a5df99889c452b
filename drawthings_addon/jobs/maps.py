# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a picture: height, normals and what else a material takes, made on this computer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..client.request import GenerationRequest
from ..errors import PictureInvalid
from ..imaging import maps
from ..imaging.maps import WORDS, MapSettings
from ..imaging.steps import Encode
from ..messages import Message
from .recipe import Recipe, now
from .results import Made, keep_made
from .source import Encoding, Source
from .sources import numbers
from .task import LocalTask, Notice, Picture, PictureDone, TaskEvent, TaskIO

log = logging.getLogger(__name__)

#: Of the whole is told when all maps are made, and to be written.
_TOLD = 0.95


@dataclass(frozen=True)
class MapsTask(LocalTask, stored_as="maps"):
    """The maps of one picture: one result, of which the first map has the others beside it."""

    picture: Source
    settings: MapSettings
    directory: Path
    """Where the maps are written; made when missing."""
    width: int = 0
    height: int = 0
    """Of the picture, as far as it is known."""

    @property
    def timing_key(self) -> str:
        return " ".join(("maps", f"{self.width}x{self.height}", *self.settings.maps))

    @property
    def source(self) -> Source | None:
        return self.picture

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.picture,)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, picture=change(self.picture))

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, directory=directory)

    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        """One result."""
        self.settings.require_any()
        began = time.monotonic()
        pixels = numbers(self.picture)
        height, width = pixels.shape[:2]
        recipe = Recipe(
            request=GenerationRequest.of(operation="maps", width=width, height=height),
            server=io.server.url,
            source=self.picture.name,
            created=now(),
            blend=io.blend,
            maps=self.settings,
        )
        made = _made(io, pixels, recipe, shown=_shown(self.picture, pixels))
        if made is None:
            return
        first, *others = made
        first = replace(first, recipe=recipe, name="image", mark=first.name.replace(" ", "-"))
        words = self.picture.name.name or "maps"
        picture, notice = keep_made(io, first, *others, directory=self.directory, words=words)
        if notice:
            yield Notice(notice)
        yield PictureDone(picture)
        io.answered(self.timing_key, time.monotonic() - began)


def with_maps(io: TaskIO, picture: Picture, *, directory: Path, words: str, mark: str) -> tuple[Picture, str]:
    """The picture with the maps beside it that its recipe tells of, and what the artist should know of them,
    or an empty text. Without them where nobody waits for them: it took minutes, and is there all the same."""
    if picture.recipe.maps is None:
        return picture, ""
    try:
        made = _made(replace(io, told=_nobody_listens), io.decode(picture.png), picture.recipe)
        if not made:
            return picture, ""
        first, *others = made
        kept, notice = keep_made(
            io, first, *others, directory=directory, words=words, mark=mark, index=picture.index
        )
    except (PictureInvalid, MemoryError):
        log.exception("Maps of a picture could not be made")
        return picture, "The maps of this picture could not be made: make them in the Image Editor."
    return replace(picture, beside=(*picture.beside, replace(kept, beside=()), *kept.beside)), notice


def _nobody_listens(_fraction: float, _text: str) -> None:
    """How far the server is counts alone."""


def _made(
    io: TaskIO,
    pixels: NDArray[Any],
    recipe: Recipe,
    *,
    shown: Callable[[], NDArray[np.uint8]] | None = None,
    depth_map: NDArray[Any] | None = None,
    normals: NDArray[np.uint8] | None = None,
) -> list[Made] | None:
    """Maps as `imaging.maps.make` makes them, as the recipe says; None where nobody waits for them."""
    settings = recipe.maps
    assert settings is not None
    made: list[Made] = []
    each_map = maps.make(pixels, settings, shown=shown, depth_map=depth_map, normals=normals)
    for number, kind in enumerate(settings.maps):
        if io.is_cancelled():
            return None
        word = WORDS[kind]
        io.told(_TOLD * number / len(settings.maps), Message("Making {map}", map=word))
        _kind, array = next(each_map)
        own = replace(recipe, beside=word)
        made.append(Made(array, own, word, is_data=kind != "ALBEDO"))
    io.told(_TOLD, "")
    return made


def _shown(source: Source, pixels: NDArray[Any]) -> Callable[[], NDArray[np.uint8]]:
    if pixels.dtype == np.uint8:
        return lambda: pixels
    encode = Encode(source.encoding is Encoding.LINEAR, source.premultiplied)
    return lambda: encode.there(pixels)
