# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a picture: height, normals and what else a material takes, made on this computer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..client.features import Feature
from ..client.interface import Client, DetectedMap
from ..client.request import GenerationRequest
from ..errors import PictureInvalid
from ..imaging import heights, maps, png, scale
from ..imaging.maps import WORDS, MapSettings
from ..messages import Message
from .recipe import Recipe, now
from .results import Made, keep_made
from .source import Source
from .sources import encode_of, numbers
from .task import LocalTask, Notice, Picture, PictureDone, PictureTask, TaskEvent, TaskIO

#: Pixels of the longest side that is sent: what estimates depth looks at 384 to 1024.
MAX_EDGE = 1024

log = logging.getLogger(__name__)

#: Of the whole is told when all maps are made, and to be written.
_TOLD = 0.95


@dataclass(frozen=True)
class _Maps(PictureTask):
    """The maps of one picture: one result, of which the first map has the others beside it."""

    settings: MapSettings
    directory: Path
    """Where the maps are written; made when missing."""
    width: int = 0
    height: int = 0
    """Of the picture, as far as it is known."""

    @property
    def timing_key(self) -> str:
        return " ".join(("maps", f"{self.width}x{self.height}", *self.settings.maps))

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, directory=directory)

    def _events(
        self, io: TaskIO, pixels: NDArray[Any], estimated: Mapping[DetectedMap, NDArray[np.uint8]]
    ) -> Iterator[TaskEvent]:
        """One result. What a server has `estimated` may be of another size."""
        height, width = pixels.shape[:2]
        recipe = Recipe(
            request=GenerationRequest.of(operation="maps", width=width, height=height),
            server=io.server.url,
            source=self.picture.name,
            created=now(),
            blend=io.blend,
            maps=self.settings,
        )
        made = _made(io, pixels, recipe, shown=displayed_later(self.picture, pixels), estimated=estimated)
        if made is None:
            return
        first, *others = made
        first = replace(first, recipe=recipe, name="image", mark=first.name.replace(" ", "-"))
        words = self.picture.name.name or "maps"
        picture, notice = keep_made(io, first, *others, directory=self.directory, words=words)
        if notice:
            yield Notice(notice)
        yield PictureDone(picture)


@dataclass(frozen=True)
class MapsTask(_Maps, LocalTask, stored_as="maps"):
    """The maps of one picture, made here."""

    def work(self, io: TaskIO) -> Iterator[TaskEvent]:
        """One result."""
        self.settings.require_any()
        began = time.monotonic()
        yield from self._events(io, numbers(self.picture), {})
        io.answered(self.timing_key, time.monotonic() - began)


@dataclass(frozen=True)
class ServerMapsTask(_Maps, stored_as="server-maps"):
    """The same where a server estimates depth or normals of the picture; all else is made here."""

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (Feature.DETECT_MAPS,)

    @property
    def has_preview(self) -> bool:
        return False

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """One result."""
        self.settings.require_any()
        pixels = numbers(self.picture)
        sent = png.encode(scale.thumbnail(displayed_later(self.picture, pixels)()[..., :3], MAX_EDGE))
        began = time.monotonic()
        estimated = {}
        for kind in self.settings.server_maps:
            with io.asking() as ended:
                estimated[kind] = io.decode(client.detect(sent, kind))
            if io.is_cancelled():
                return
            ending = ended()
            if ending.how:
                yield Notice(Message("What the server estimates was {ending}.", ending=ending.early))
        yield from self._events(io, pixels, estimated)
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
    estimated: Mapping[DetectedMap, NDArray[np.uint8]] = MappingProxyType({}),
) -> list[Made] | None:
    """Maps as `imaging.maps.make` makes them, as the recipe says; None where nobody waits for them."""
    settings = recipe.maps
    assert settings is not None
    made: list[Made] = []
    depth, normals = estimated.get("DEPTH"), estimated.get("NORMAL")
    height, width = pixels.shape[:2]
    each_map = maps.make(
        pixels,
        settings,
        shown=shown,
        depth_map=None if depth is None else heights.enlarged(heights.heights(depth), width, height),
        normals=None if normals is None else scale.resize(normals[..., :3], width, height),
    )
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


def displayed_later(source: Source, pixels: NDArray[Any]) -> Callable[[], NDArray[np.uint8]]:
    """What gives a source's numbers, or a small copy of them, as they are displayed."""
    if pixels.dtype == np.uint8:
        return lambda: pixels
    encode = encode_of(source)
    return lambda: encode.there(pixels)
