# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures from a prompt, and from a picture."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from ..client import budget
from ..client.answer import Answer, GeneratedImage, prove
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..errors import AnswerInvalid, RequestRefused, SourceUnavailable
from ..imaging import png
from ..imaging.maps import MapSettings
from ..imaging.png import DoAll
from ..messages import Message
from .canvas import MAX_SIDE, Seamless
from .helper import Begun
from .inpainting import Inpainting
from .inpainting import prepare as prepare_part
from .maps import with_maps
from .recipe import Recipe, now, without_pixels
from .repeating import is_offered, repeated
from .results import is_unproven, keep, keeping_what_cannot_be_read, kept_all_the_same
from .seamless import layout_of
from .source import Source
from .sources import Prepared, prepare, unfitted
from .task import MAX_PREVIEW_PIXELS, Notice, Picture, PictureDone, RequestTask, TaskEvent, TaskIO
from .timing import timing_key, timings
from .variations import Variations, idle_with
from .windows import Layout, window_request

#: Seconds a pixel that a proof has before Blender decodes the picture, and has the interpreter for as long as
#: that takes: then it needs it no more.
_HEAD_START = 4.5e-9
#: Parameters that an older app does not know are told by name, but not all of a long list: the recipe has it.
_SHOWN_KEYS = 3


@dataclass(frozen=True)
class GenerateTask(RequestTask, stored_as="generate"):
    """`count` pictures, one after another: from one request, or from the cells of a grid."""

    request: GenerationRequest
    """Without init image, which is made from `source`; `seed` is the first picture's, in a grid that of all.

    With a source, width and height are those of the fitted source."""
    directory: Path
    """Where the pictures are written; made when missing."""
    source: Source | None = None
    count: int = 1
    mask: Source | None = None
    """What of the source is painted anew: white. It lies on the source, whatever its own size is."""
    control_images: tuple[Source | None, ...] = ()
    """For the request's control units, in their order; None: that unit has none of its own. They lie on the
    source when there is one."""
    variations: Variations | None = None
    """The set that its pictures are of: as many of it as are owed. None: of none."""
    inpainting: Inpainting | None = None
    """How a part of the source alone is made anew, by `mask` or by the source itself. None, with a mask: what
    the server makes of it, as jobs had it before."""
    maps: MapSettings | None = None
    """Each picture has these maps of it beside it. None: none."""
    seamless: Seamless | None = None
    """How each picture is made to repeat, where the server makes none that does by itself. None: it is as it
    comes."""

    def __post_init__(self) -> None:
        if self.variations is not None and self.variations.owed != self.count:
            raise ValueError("its set owes another number of pictures")

    @property
    def picture_count(self) -> int:
        return self.count

    @property
    def timing_key(self) -> str:
        return timing_key(self.request)

    @property
    def part_count(self) -> int:
        # As many for each: no list of them, as a stranger's journal may ask for a billion.
        return self.count * (1 + len(self._seams.windows) if self._seams is not None else 1)

    @functools.cached_property
    def _seams(self) -> Layout | None:
        """Where the server paints over the seams of each, as far as that can be told before."""
        if self.seamless is None or self.seamless.method != 'SERVER':
            return None
        images = self.request.images
        return layout_of(
            self.seamless, *(min(max(1, side), MAX_SIDE) for side in (images.width, images.height))
        )

    @functools.cached_property
    def timings(self) -> tuple[tuple[str, float], ...]:
        requests = (
            each
            for number in range(self.count)
            for each in (self.request_of(number), *self._requests_beside(number))
        )
        return timings(requests)

    def _requests_beside(self, number: int) -> Iterator[GenerationRequest]:
        """What paints over the seams of the picture of that number."""
        if self.seamless is None or self._seams is None:
            return
        one = self.request_of(number).changed(strength=self.seamless.strength)
        for window in self._seams.windows:
            yield window_request(one, *self._seams.sent(window))

    @property
    def can_skip(self) -> bool:
        return True

    @property
    def max_preview_pixels(self) -> int:
        return min(MAX_PREVIEW_PIXELS, budget.of_generation(self.request).pixels)

    @property
    def sources(self) -> tuple[Source, ...]:
        all_of_them = (self.source, self.mask, *self.control_images)
        return tuple(source for source in all_of_them if source is not None)

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        def changed(source: Source | None) -> Source | None:
            return None if source is None else change(source)

        return replace(
            self,
            source=changed(self.source),
            mask=changed(self.mask),
            control_images=tuple(map(changed, self.control_images)),
        )

    def request_of(self, number: int) -> GenerationRequest:
        """What is asked for the picture of that number, from 0; without pictures."""
        return self._request(self.request, number)

    def _request(self, base: GenerationRequest, number: int) -> GenerationRequest:
        if self.variations is not None:
            return self.variations.request(base, number)
        return base.changed(seed=self._seed(number))

    def remaining(self, made: int) -> Self:
        made = min(made * self.count // self.part_count, self.count - 1)
        owed = self.variations.after(made) if self.variations is not None else None
        # All of a grid have one seed.
        seed = self.request.sampling.seed if owed is not None and owed.is_grid else self._seed(made)
        return replace(
            self, request=self.request.changed(seed=seed), count=self.count - made, variations=owed
        )

    def _seed(self, number: int) -> int:
        return (self.request.sampling.seed + number) % 2**32

    def of_picture(self, index: int) -> Self | None:
        return replace(self, request=self.request_of(index), count=1, variations=None)

    def again(self, seed: int, directory: Path) -> Self:
        request = self.request.changed(seed=seed)
        return replace(self, request=request, directory=directory, count=1, variations=None)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """Each picture in its source's size, with its recipe."""
        if self.variations is not None:
            # Who answers may not have been known before.
            self.variations.require_effect(self.request, partial(idle_with, client.dialect))
        request, prepared = _with_pictures(self, io.do_all, takes_mask="mask" in client.dialect.takes)
        client.proves_pictures = False
        if self.seamless is not None:
            request = request.changed(tiling=is_offered(client))
        steps = prepared.steps if prepared else None
        told: set[str] = set()
        refused = 0
        unanswered: list[str] = []
        # Told once one is made: where none is, the error tells it.
        untold: list[Notice] = []
        for index in range(self.count):
            one = self._request(request, index)
            if io.is_cancelled():
                return
            began = time.monotonic()
            prompt, mark = one.conditioning.prompt, str(one.sampling.seed)
            keeping = keeping_what_cannot_be_read(io, self.directory, prompt, mark)
            try:
                with keeping, io.asking() as ended:
                    answer = client.generate(one)
                    seconds = time.monotonic() - began
            except RequestRefused as error:
                # A value that only the server knows to be none is in no other's way.
                if self.variations is None or not self.variations.is_grid or refused == self.count - 1:
                    raise
                refused += 1
                unanswered += [timing_key(one), *map(timing_key, self._requests_beside(index))]
                cell = self.variations.label(index)
                untold.append(Notice(Message("{cell}: {reason}", cell=cell, reason=error.what), error.advice))
                continue
            if io.is_cancelled():
                return
            while unanswered:
                # Once one is made: what is owed goes on behind them.
                io.answered(unanswered.pop(0), None)
            yield from untold
            untold.clear()
            ending = ended()
            seconds = max(seconds - ending.waited, 0.0)
            for sentence in about_answer(answer, client.dialect.label):
                # Each sentence once a job, however many pictures it has.
                if sentence not in told:
                    told.add(sentence)
                    yield Notice(sentence)
            beside = [timing_key(each) for each in self._requests_beside(index)]
            if beside:
                io.answered(timing_key(one), ending.taught(seconds))

            def painted(seconds: float | None, beside: list[str] = beside) -> None:
                # The last is told of when the picture is there.
                if len(beside) > 1:
                    io.answered(beside.pop(0), seconds)

            used = answer.sampler or one.filled(client.dialect.name).sampling.sampler
            several = len(answer.images)
            # What comes together is to be chosen from, too.
            own = Variations.strip(1) if self.variations is None and several > 1 else None
            for part, came in enumerate(answer.images):
                image = came
                if self.seamless is not None:
                    repeating = repeated(came, self.seamless, one, client, io, answered=painted)
                    if repeating is None:
                        return
                    image, notice = repeating
                    if notice:
                        yield Notice(notice)
                recipe = _recipe(io, self, one, answer, image, prepared, used, seconds, ending.early)
                if own is not None:
                    recipe = replace(recipe, set=own.member(0, part, several))
                elif self.variations is not None:
                    recipe = replace(recipe, set=self.variations.member(index, part, several))
                coming = proof = None
                if is_unproven(image, steps):
                    proof = io.begin(partial(prove, io.server, image))
                    head_start = began + seconds + image.width * image.height * _HEAD_START
                    coming = partial(_tell_coming, io, proof, head_start)
                seed = str(recipe.request.sampling.seed)
                picture, notice = keep(
                    io,
                    image,
                    recipe,
                    steps,
                    directory=self.directory,
                    words=prompt,
                    mark=seed,
                    index=index,
                    at_least=(one.images.width, one.images.height),
                    coming=coming,
                )
                if proof is not None:
                    try:
                        proof.result()
                    except AnswerInvalid as error:
                        raise kept_all_the_same(error, picture.path, picture.stored) from error
                if notice:
                    yield Notice(notice)
                picture, notice = with_maps(io, picture, directory=self.directory, words=prompt, mark=seed)
                if notice:
                    yield Notice(notice)
                yield PictureDone(picture)
            if not beside:
                io.answered(timing_key(one), ending.taught(seconds))
            for key in beside:
                io.answered(key, None)
        for key in unanswered:
            io.answered(key, None)
        yield from untold


def _tell_coming(io: TaskIO, proof: Begun[None], head_start: float, picture: Picture) -> None:
    """Tell of a picture when its proof is over, or has begun for so long: a moment of the monotonic clock."""
    proof.wait(head_start - time.monotonic())
    io.coming(picture)


def about_answer(answer: Answer, program: str) -> Iterator[str]:
    """Sentences about what the server, a version of `program`, did otherwise than asked."""
    count = len(answer.dropped_keys)
    names = ", ".join(f"“{key}”" for key in answer.dropped_keys[:_SHOWN_KEYS])
    if count > _SHOWN_KEYS:
        names = Message("{names} and {more} more", names=names, more=count - _SHOWN_KEYS)
    if names:
        yield Message(
            "This version of {program} does not know {names}; they were left out."
            if count > 1
            else "This version of {program} does not know {names}; it was left out.",
            program=program,
            names=names,
        )
    yield from answer.notices


def _with_pictures(
    task: GenerateTask, do_all: DoAll, *, takes_mask: bool
) -> tuple[GenerationRequest, Prepared | None]:
    """The task's request with every picture that it takes, and the source as it was prepared."""
    request = task.request
    prepared = None
    if task.source is None and (task.mask is not None or task.inpainting is not None):
        raise SourceUnavailable("There is no picture for the mask to lie on.", "Choose a source.")
    if task.source is not None:
        if task.inpainting is None:
            prepared = prepare(task.source, do_all)
        else:
            prepared = prepare_part(task.source, task.mask, task.inpainting, do_all)
        request = request.changed(init_image=prepared.image, width=prepared.width, height=prepared.height)
    if prepared is not None and prepared.painted is not None and takes_mask:
        request = request.changed(mask=replace(request.mask, image=png.encode(prepared.painted)))
    elif prepared is not None and task.mask is not None and task.inpainting is None:
        request = request.changed(mask=replace(request.mask, image=prepared.mask(task.mask)))
    if task.control_images:
        send = unfitted if prepared is None else prepared.beside
        units = tuple(
            unit if source is None else replace(unit, image=send(source))
            for unit, source in itertools.zip_longest(
                request.map_controls, task.control_images[: len(request.map_controls)]
            )
        )
        request = request.changed(controls=request.derived_controls + units)
    return request, prepared


def _recipe(
    io: TaskIO,
    task: GenerateTask,
    request: GenerationRequest,
    answer: Answer,
    image: GeneratedImage,
    prepared: Prepared | None,
    used: str,
    seconds: float,
    unfinished: str,
) -> Recipe:
    """`used` is the sampler; empty where nobody says."""
    model = image.configuration.get("model")
    asked = request.sampling
    # A name that was left open stays open, so that another server may choose its own the next time.
    is_open = not asked.sampler.strip()
    sampling = replace(
        asked,
        seed=asked.seed if image.seed is None else image.seed % 2**32,
        sampler=asked.sampler if is_open else used,
        scheduler=asked.scheduler if is_open else answer.scheduler or asked.scheduler,
    )
    return Recipe(
        request=without_pixels(replace(request, sampling=sampling)),
        server=io.server.url,
        source=task.source.name if task.source else None,
        fit=prepared.steps.describe() if prepared else "",
        dropped_keys=answer.dropped_keys,
        model_used=model if isinstance(model, str) else "",
        sampler_used=used if is_open else "",
        seconds=round(seconds, 2),
        created=now(),
        unfinished=unfinished,
        inpainting=task.inpainting,
        seamless=task.seamless,
        floats=prepared.floats if prepared else "",
        space=task.source.space if task.source else "",
        maps=task.maps,
        blend=io.blend,
    )
