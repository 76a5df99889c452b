# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enlarging and restoring pictures that are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ..client import budget
from ..client.answer import NO_PICTURE
from ..client.features import Feature
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..client.upscaling import UpscaleSettings
from ..errors import FeatureMissing, NoPicture, SourceUnavailable
from ..messages import Message
from .recipe import Recipe, now
from .results import keep, keeping_what_cannot_be_read
from .source import Source
from .sources import Prepared, prepare_to_upscale
from .task import Notice, PictureDone, Task, TaskEvent, TaskIO
from .timing import timing_key


@dataclass(frozen=True)
class UpscaleTask(Task, stored_as="upscale"):
    """Each of `pictures` enlarged or restored, in as few requests as the size of the answers allows."""

    pictures: tuple[Source, ...]
    settings: UpscaleSettings
    directory: Path
    """Where the pictures are written; made when missing."""
    width: int = 0
    height: int = 0
    """Of the first source, as far as it is known."""
    first: int = 0
    """Those before it are made."""

    def __post_init__(self) -> None:
        if not 0 <= self.first <= len(self.pictures):
            raise ValueError("there is no such first picture")

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (Feature.UPSCALE if self.picture_count == 1 else Feature.UPSCALE_SEVERAL,)

    @property
    def picture_count(self) -> int:
        return len(self.pictures) - self.first

    @property
    def timing_key(self) -> str:
        return self._timing_key(self.width, self.height)

    @property
    def source(self) -> Source | None:
        return self.pictures[0] if self.pictures else None

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.pictures

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, pictures=tuple(map(change, self.pictures)))

    def of_picture(self, index: int) -> Self | None:
        if index >= len(self.pictures):
            return None
        return replace(self, pictures=(self.pictures[index],), first=0)

    def remaining(self, made: int) -> Self:
        return replace(self, first=min(self.first + made, len(self.pictures) - 1))

    def again(self, seed: int, directory: Path) -> Self:
        return replace(self, directory=directory)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """Each picture as large as it came, with its source's alpha and its recipe."""
        if not self.pictures:
            raise SourceUnavailable("There is nothing to enlarge.", "Choose a picture.")
        is_cut = self.settings.size is not None and self.settings.crop
        prepared = {
            index: prepare_to_upscale(source, is_cut=is_cut, do_all=io.do_all)
            for index, source in enumerate(self.pictures)
            if index >= self.first
        }
        sizes = [(one.width, one.height) for one in prepared.values()]
        for group in budget.groups_to_upscale(sizes, self.settings):
            if io.is_cancelled():
                return
            indices = range(self.first + group.start, self.first + group.stop)
            yield from self._upscale_group(client, io, prepared, indices)

    def _upscale_group(
        self, client: Client, io: TaskIO, prepared: Mapping[int, Prepared], group: range
    ) -> Iterator[TaskEvent]:
        """Those of one request, or one after the other where the server takes them so alone: some do not say
        so before they are asked."""
        if len(group) > 1 and client.takes_several:
            try:
                yield from self._upscale(client, io, prepared, group)
                return
            except FeatureMissing:
                if client.takes_several:
                    raise
        for index in group:
            if io.is_cancelled():
                return
            yield from self._upscale(client, io, prepared, range(index, index + 1))

    def _upscale(
        self, client: Client, io: TaskIO, prepared: Mapping[int, Prepared], group: range
    ) -> Iterator[TaskEvent]:
        """Those of one request."""
        sent = [prepared[index].image for index in group]
        size = self.settings.size
        began = time.monotonic()
        name = self.pictures[group.start].name.text
        with keeping_what_cannot_be_read(io, self.directory, name, "enlarged"), io.asking() as ended:
            images = client.upscale(sent, self.settings)
            seconds = time.monotonic() - began
        if io.is_cancelled():
            return
        if not images:
            raise NoPicture(NO_PICTURE, server=io.server.label)
        ending = ended()
        each = max(seconds - ending.waited, 0.0) / len(group)
        if len(images) != len(group):
            yield Notice(
                Message("{sent} pictures were sent, but {came} came back.", sent=len(group), came=len(images))
            )
        for index, image in enumerate(images, group.start):
            if image is None:
                source = self.pictures[index].name.text
                yield Notice(
                    Message("What came back for “{source}” is no picture that can be read.", source=source)
                )
                io.answered(self.timing_key, None)
                continue
            one = prepared[index] if index in group else None
            # The server does the last one to some part, and none after it.
            unfinished = ending.early if index == group.start + len(images) - 1 else ""
            picture, notice = keep(
                io,
                image,
                self._recipe(io, index, one, each, unfinished),
                one.steps if one else None,
                directory=self.directory,
                words=self.pictures[index].name.text if index < len(self.pictures) else "",
                mark=f"{size[0]}x{size[1]}" if size else f"{self.settings.scale:g}x",
                index=index,
            )
            if notice:
                yield Notice(notice)
            yield PictureDone(picture)
            if one is not None:
                io.answered(self._timing_key(one.width, one.height), ending.taught(each))

    def _recipe(
        self, io: TaskIO, index: int, one: Prepared | None, seconds: float, unfinished: str
    ) -> Recipe:
        """`one` is None for a picture more than were sent."""
        request = GenerationRequest.of(operation="extras", width=self.width, height=self.height)
        if one is not None:
            request = request.changed(width=one.width, height=one.height)
        return Recipe(
            request=request,
            server=io.server.url,
            source=None if one is None else self.pictures[index].name,
            seconds=round(seconds, 2),
            created=now(),
            extras=self.settings,
            unfinished=unfinished,
            blend=io.blend,
        )

    def _timing_key(self, width: int, height: int) -> str:
        """The upscaler stands in the model's place."""
        upscaler = f"{self.settings.upscaler} {self.settings.size or self.settings.scale}"
        return timing_key(
            GenerationRequest.of(operation="extras", width=width, height=height, model=upscaler)
        )
