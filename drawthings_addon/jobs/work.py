# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worker's side of a job: prepare the source, ask the server, have each picture written to disk."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ..client import budget
from ..client.a1111.types import UpscaleSettings
from ..client.answer import Answer, GeneratedImage
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..errors import NoPicture, SourceUnavailable
from ..imaging.steps import Steps
from .job import Event, Job, JobNotice, PictureDone
from .recipe import Recipe, without_pixels
from .results import THUMBNAIL_EDGE, keep
from .sources import (
    Prepared,
    displayed,
    prepare,
    prepare_to_upscale,
    unfitted,
)

__all__ = ["THUMBNAIL_EDGE", "Client", "prepare", "run"]


#: Surrounds a call of the client that makes something; what it gives tells afterwards, in words for the
#: recipe, how the server was told to end that early, or nothing.
Asking = Callable[[], contextlib.AbstractContextManager[Callable[[], str]]]


#: Parameters that an older app does not know are told by name, but not all of a long list: the recipe has it.
_SHOWN_KEYS = 3


def _nobody_listens() -> contextlib.AbstractContextManager[Callable[[], str]]:
    return contextlib.nullcontext(str)


def run(
    job: Job,
    client: Client,
    emit: Callable[[Event], None],
    is_cancelled: Callable[[], bool],
    answered: Callable[[GenerationRequest, float | None], None],
    asking: Asking = _nobody_listens,
    keep_sources: Callable[[Job], Job | None] = lambda _job: None,
) -> None:
    """Make the job's pictures one after another; each is on disk before `emit` tells of it.

    `answered` is called for each picture of the job's count with its request and its seconds, once all that
    its request brought is on disk and told; with None for one that is not finished. `asking` surrounds each
    call of the client that makes something. `keep_sources` gives the job whose sources outlive it, for
    `Picture.made_by`.
    Returns early, without an event, when `is_cancelled()`; a picture that is being written then stays on
    disk. Raises BridgeError when a picture cannot be made.
    """
    course = _Course(job.with_sources(displayed), client, emit, is_cancelled, answered, asking)
    course.made_by = keep_sources(course.job)
    if job.extras is None:
        course.generate()
    else:
        course.enlarge(job.extras)


@dataclass(eq=False)
class _Course:
    """One job under way."""

    job: Job
    client: Client
    emit: Callable[[Event], None]
    is_cancelled: Callable[[], bool]
    answered: Callable[[GenerationRequest, float | None], None]
    asking: Asking
    made_by: Job | None = None
    _told: set[str] = field(default_factory=set)

    def generate(self) -> None:
        job = self.job
        request, prepared = _with_pictures(job)
        for index in range(job.count):
            if self.is_cancelled():
                return
            one = replace(request, seed=(job.request.seed + index) % 2**32)
            began = time.monotonic()
            with self.asking() as told:
                answer = self.client.generate(one)
                seconds = time.monotonic() - began
            if self.is_cancelled():
                return
            unfinished = told()
            self._tell_of(answer)
            for image in answer.images:
                picture, notice = keep(
                    job,
                    image,
                    replace(_recipe(job, one, answer, image, prepared, seconds), unfinished=unfinished),
                    prepared.steps if prepared else Steps(),
                    index=index,
                    at_least=(one.width, one.height),
                )
                if notice:
                    self.emit(JobNotice(job, notice))
                self.emit(PictureDone(replace(picture, made_by=self.made_by)))
            self.answered(one, None if unfinished else seconds)

    def enlarge(self, extras: UpscaleSettings) -> None:
        job = self.job
        if not job.sources:
            raise SourceUnavailable("There is nothing to enlarge.", "Choose a picture.")
        sources = [
            prepare_to_upscale(source, is_cut=extras.size is not None and extras.crop)
            for source in job.sources
        ]
        if self.is_cancelled():
            return
        sizes = [(source.width, source.height) for source in sources]
        for group in budget.groups_of_extras(sizes, extras):
            if self.is_cancelled():
                return
            self._enlarge_group(extras, sources, group)

    def _enlarge_group(self, extras: UpscaleSettings, sources: list[Prepared], group: range) -> None:
        job = self.job
        sent = [sources[index].image for index in group]
        began = time.monotonic()
        with self.asking():
            images: tuple[GeneratedImage | None, ...]
            if len(sent) == 1:
                images = (self.client.extra_single(sent[0], extras),)
            else:
                images = self.client.extra_batch(sent, extras)
        if self.is_cancelled():
            return
        if not images:
            raise NoPicture(f"{job.server.label} answered without a picture.")
        each = (time.monotonic() - began) / len(group)
        if len(images) != len(group):
            self.emit(JobNotice(job, f"{len(group)} pictures were sent, but {len(images)} came back."))
        for index, image in enumerate(images, group.start):
            if image is None:
                label = job.sources[index].label
                self.emit(JobNotice(job, f"What came back for “{label}” is no picture that can be read."))
                continue
            source = sources[index] if index in group else None
            recipe = _extras_recipe(job, extras, index, source, each)
            picture, notice = keep(job, image, recipe, source.steps if source else Steps(), index=index)
            if notice:
                self.emit(JobNotice(job, notice))
            self.emit(PictureDone(replace(picture, made_by=self._of_one(index))))
            if source is not None:
                self.answered(recipe.request, each)

    def _of_one(self, index: int) -> Job | None:
        """What makes one of several pictures again."""
        if self.made_by is None or index >= len(self.made_by.sources):
            return None
        return replace(self.made_by, source=self.made_by.sources[index], more_sources=())

    def _tell_of(self, answer: Answer) -> None:
        """Each sentence once a job, however many pictures it has."""
        names = ", ".join(f"“{key}”" for key in answer.dropped_keys[:_SHOWN_KEYS])
        if len(answer.dropped_keys) > _SHOWN_KEYS:
            names += f" and {len(answer.dropped_keys) - _SHOWN_KEYS} more"
        left_out = "they were left out" if len(answer.dropped_keys) > 1 else "it was left out"
        unknown = [f"This version of Draw Things does not know {names}; {left_out}."] if names else []
        for sentence in (*unknown, *answer.notices):
            if sentence not in self._told:
                self._told.add(sentence)
                self.emit(JobNotice(self.job, sentence))


def _with_pictures(job: Job) -> tuple[GenerationRequest, Prepared | None]:
    """The job's request with every picture that it takes, and the source as it was prepared."""
    request = job.request
    prepared = None
    if job.source is not None:
        prepared = prepare(job.source)
        request = replace(
            request,
            init_image=prepared.image,
            width=prepared.width,
            height=prepared.height,
        )
    if job.mask is not None:
        if prepared is None:
            raise SourceUnavailable("There is no picture for the mask to lie on.", "Choose a source.")
        request = replace(request, mask=prepared.mask(job.mask))
    if job.control_images:
        send = unfitted if prepared is None else prepared.beside
        units = tuple(
            unit if source is None else replace(unit, image=send(source))
            for unit, source in itertools.zip_longest(
                request.control_units, job.control_images[: len(request.control_units)]
            )
        )
        request = replace(request, control_units=units)
    return request, prepared


def _recipe(
    job: Job,
    request: GenerationRequest,
    answer: Answer,
    image: GeneratedImage,
    prepared: Prepared | None,
    seconds: float,
) -> Recipe:
    return Recipe(
        request=replace(
            without_pixels(request),
            seed=request.seed if image.seed is None else image.seed % 2**32,
            sampler=answer.sampler or request.sampler,
        ),
        server=job.server.url,
        source=job.source.label if job.source else "",
        fit=prepared.steps.describe() if prepared else "",
        dropped_keys=answer.dropped_keys,
        model_used=_text(image.configuration, "model"),
        seconds=round(seconds, 2),
        created=_now(),
    )


def _extras_recipe(
    job: Job, extras: UpscaleSettings, index: int, source: Prepared | None, seconds: float
) -> Recipe:
    """`source` is None for a picture more than were sent."""
    request = replace(without_pixels(job.request), operation="extras")
    if source is not None:
        request = replace(request, width=source.width, height=source.height)
    return Recipe(
        request=request,
        server=job.server.url,
        source="" if source is None else job.sources[index].label,
        seconds=round(seconds, 2),
        created=_now(),
        extras=extras,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
