# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""txt2img and img2img: a whole request, what it is made from and where it goes become a job."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ...client import bounds, connect
from ...client.capabilities import Capabilities
from ...client.http.address import Server
from ...client.request import GenerationRequest
from ...errors import SourceUnavailable
from ...imaging import fit
from ...imaging.maps import MapSettings
from ...jobs.canvas import Seamless
from ...jobs.generate import GenerateTask
from ...jobs.inpainting import Inpainting
from ...jobs.job import Job
from ...jobs.source import Source
from ...jobs.sources import source_size
from ...jobs.variations import Axis, Idle, Variations
from ...messages import Message
from .. import paths, settings
from ..capture import control_maps, controlnet, own_file, render_job
from ..capture.masks import OnlyHere
from ..capture.picture_sources import (
    ImageSource,
    PictureSource,
    RenderSource,
    ViewSource,
)
from ..choices import offered
from ..delivery import preflight
from ..delivery.target import Reference, Target
from ..session import session

#: Characters of the prompt in a job's title.
_PROMPT = 80
_TITLES: dict[type, str] = {
    type(None): "Texture",
    ViewSource: "Restyle View",
    RenderSource: "Restyle Render",
    ImageSource: "Restyle Image",
    Source: "Restyle Image",
}


def nothing() -> None:
    """Nothing has to be changed."""


@dataclass(frozen=True)
class Pictures:
    """How many a press makes, and in what they differ."""

    count: int = 1
    """Several are a strip, with seeds one apart."""
    columns: Axis | None = None
    """With `rows`: they are a grid of one seed, whatever `count` says."""
    rows: Axis | None = None

    def variations(self) -> Variations | None:
        """The set that they are; another one at each call. None: of none. Raises InvalidSettings."""
        if self.columns is not None or self.rows is not None:
            return Variations.grid(self.columns, self.rows)
        return Variations.strip(self.count) if self.count > 1 else None


@dataclass(frozen=True)
class Options:
    """How a job is made, whatever it is of."""

    scene: Reference
    """The scene whose maps guide the picture."""
    pictures: Pictures = Pictures()
    packed: bool = True
    """The pictures go into the .blend."""
    only_here: OnlyHere | None = None
    """What of a source is made anew; None: all of it."""
    maps: MapSettings | None = None
    """These maps are made of each picture, and delivered with it."""
    seamless: Seamless | None = None
    """How each picture is made to repeat; None: it is as it comes."""
    title: str = ""
    """For the panel; empty: by the source."""
    before_sending: Callable[[], None] = nothing
    """What changes the scene for the result's sake, when all else is known to be in order."""


def submit(
    request: GenerationRequest,
    source: PictureSource | Source | None,
    target: Target,
    options: Options,
) -> None:
    """Have the server make pictures of a whole request: from the prompt alone, or from what a source is.

    Needs no context. With a window it returns at once; a fresh render runs as Blender's own job first. In
    background it waits. Raises BridgeError.
    """
    title = (
        f"{options.title or _TITLES[type(source)]} · {bounds.one_line(request.conditioning.prompt, _PROMPT)}"
    )
    preferences = settings.preferences()
    server, directory = settings.server(), paths.output_directory(preferences)
    known = session.get().servers.of(server.url).capabilities
    variations = options.pictures.variations()
    task = GenerateTask(
        request,
        directory=directory,
        count=variations.size if variations is not None else 1,
        variations=variations,
        maps=options.maps,
        seamless=options.seamless,
    )
    check_all(request, variations, known)
    only_here = options.only_here
    if only_here is not None and source is not None:
        # Before anything is rendered, also where nothing would be made anew.
        if isinstance(source, ImageSource):
            # What stays, stays as it is: also its size and its numbers.
            source = replace(source, size=None, keeps_floats=True, keeps_bytes=True)
        mask = only_here.capture(source, _new_path())
        task = replace(task, mask=mask, inpainting=only_here.how)
    _Submission(server, known, title, task, target, options).capture(source)


@dataclass(frozen=True)
class _Submission:
    """On its way to the queue."""

    server: Server
    known: Capabilities | None
    """What the server was found to offer."""
    title: str
    task: GenerateTask
    target: Target
    options: Options

    def capture(self, source: PictureSource | Source | None) -> None:
        """Take what the source is now, and queue the job."""
        viewpoint = None
        with discarded_on_error(self.task.mask):
            captured = source.capture(_new_path()) if isinstance(source, PictureSource) else source
            if captured is None and isinstance(source, RenderSource):
                if not bpy.app.background:
                    self.options.before_sending()
                    self._capture_later(source)
                    return
                render_job.render_scene(source.scene)
                captured = replace(source, which='LAST').capture(_new_path())
            with discarded_on_error(captured):
                if isinstance(source, ImageSource) and captured is not None:
                    lesson = own_file.lesson(source.image, captured)
                    if lesson is not None:
                        session.get().jobs.beside(lesson)
                if isinstance(source, ViewSource) and captured is not None:
                    viewpoint = source.viewpoint(source_size(captured))
                self.options.before_sending()
        keeps_floats = captured is not None and captured.keeps_floats
        if isinstance(source, ImageSource) and self._takes_place_of(source) and not keeps_floats:
            tell_what_is_lost(source.image)
        self._queue(captured, viewpoint)

    def _capture_later(self, source: RenderSource) -> None:
        reference = Reference.to(source.scene)
        later = replace(self, options=replace(self.options, only_here=None, before_sending=nothing))

        def go_on() -> None:
            scene = reference.resolve()
            if scene is not None:
                later.capture(replace(source, scene=scene, which='LAST', editor=None))

        session.get().after_render(source.scene, go_on)

    def _takes_place_of(self, source: ImageSource) -> bool:
        kind = self.target.kind
        return kind == 'REPLACE' or (source.is_texture and kind == 'MATERIAL')

    def _queue(self, source: Source | None, viewpoint: control_maps.Viewpoint | None) -> None:
        """Maps that guide the picture are rendered first, seen by the camera or from `viewpoint`."""
        request, mask = self.task.request, self.task.mask
        size = request.images.width, request.images.height
        if source is not None:
            with discarded_on_error(source, mask):
                size = source_size(source)
                width, height = _sent_size(size, source, self.task.inpainting)
                request = request.changed(width=width, height=height)
                check_all(request, self.task.variations, self.known)
        task = replace(self.task, request=request, source=source)
        if not request.map_controls:
            self._submit(task)
            return

        def steps() -> Generator[None, None, None]:
            # A moment later: undo or another file may have taken the scene meanwhile.
            with discarded_on_error(source, mask):
                present = self.options.scene.resolve()
                if present is None:
                    raise SourceUnavailable("The scene whose maps guide the picture is gone.", "Press again.")
                images = yield from controlnet.render_maps(present, request, size, viewpoint)
            self._submit(replace(task, control_images=images))

        session.get().attend(controlnet.task(steps()))

    def _submit(self, task: GenerateTask) -> None:
        job = Job(uuid.uuid4().hex, self.title, self.server, task)
        session.get().submit(job, self.target, packed=self.options.packed)


def _new_path() -> Path:
    return paths.snapshot_path(uuid.uuid4().hex)


@contextlib.contextmanager
def discarded_on_error(*sources: Source | None) -> Iterator[None]:
    """An error in the block removes the files that Blender wrote for a job; once that is queued, the queue
    does."""
    try:
        yield
    except BaseException:
        for source in sources:
            if source is not None and source.path is not None:
                source.path.unlink(missing_ok=True)
        raise


def tell_what_is_lost(image: bpy.types.Image) -> None:
    """Of an image whose place a result takes that does not have all that it has."""
    lost = preflight.what_is_lost(image)
    if lost:
        session.get().tell(lost, Message(preflight.KEPT, image=image.name))


def _sent_size(size: tuple[int, int], source: Source, how: Inpainting | None) -> tuple[int, int]:
    """Width and height as they are sent of a source of this size; of a part of it about, and no less."""
    if how is not None:
        return how.region((0, 0, *size), *size).sent
    plan = fit.plan(*size, source.fit_mode)
    return plan.fitted_width, plan.fitted_height


def check_all(request: GenerationRequest, variations: Variations | None, known: Capabilities | None) -> None:
    """Every picture of a grid may be asked for otherwise, and what differs must make a difference. Raises
    InvalidSettings."""
    if variations is None or not variations.is_grid:
        check(request, known)
        return
    model = session.get().status.model
    lists = offered.told_in(known.dialect) if known is not None else None

    def told(one: GenerationRequest) -> Iterator[Idle]:
        if known is not None and lists is not None:
            yield from map(Idle.of, known.incompatibilities(one, lists))
            yield from itertools.starmap(Idle, known.dialect.without_effect(one, model).items())

    variations.require_effect(request, told)
    for number in range(variations.owed):
        check(variations.request(request, number), known)


def check(request: GenerationRequest, known: Capabilities | None) -> None:
    """Everything but the pictures is checked before the artist looks away. Raises InvalidSettings.

    Names that one dialect takes and the other does not are left to the job where nobody has asked the server
    yet: it finds out which one that speaks.
    """
    plain = request.changed(operation="txt2img", controls=request.derived_controls)
    if known is None:
        plain = plain.changed(sampler=GenerationRequest().sampling.sampler, loras=())
    (known or connect.assumed()).dialect.check(plain)
