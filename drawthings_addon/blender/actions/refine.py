# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture larger than the model: what it will be is told before, and what a press orders."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ...client.request import GenerationRequest
from ...errors import BridgeError, InvalidSettings
from ...imaging.tiles import Grid
from ...jobs import sources as captured_sources
from ...jobs.job import Job
from ...jobs.refine import RefineTask, tile_timing_key
from ...jobs.refining import Refining, require_size
from ...jobs.source import Source
from ...jobs.windows import window_request
from ...messages import Message
from .. import capture, connection, paths, settings, udim
from ..capture import source_size
from ..capture.picture_sources import ImageSource
from ..delivery import deliver, images
from ..delivery.target import ImageTarget, Target
from ..selection import Selection
from ..session import session
from . import from_panel, generate

Size = tuple[int, int]


@dataclass(frozen=True)
class Wanted:
    """What a script says; what it leaves open is as the panel says."""

    width: int | None = None
    height: int | None = None
    tile: int | None = None
    overlap: int | None = None
    wrap: bool | None = None
    restart: bool = False
    """Nothing of an earlier run is taken."""

    def size(self, chosen: bpy.types.PropertyGroup) -> Size:
        """0: that side follows from the other, or from the picture."""
        return (
            chosen.width if self.width is None else self.width,
            chosen.height if self.height is None else self.height,
        )


@dataclass(frozen=True)
class Plan:
    """What a press would do."""

    sizes: tuple[Size, ...] = ()
    """Of each picture when it is done."""
    tiles: int = 0
    """That the server is asked for."""
    seconds: float | None = None
    """That they take, where such were made before."""
    error: BridgeError | None = None
    """Why nothing can be done."""

    @property
    def is_known(self) -> bool:
        """Whether the picture is loaded: the size of any other is in its file."""
        return bool(self.tiles)


def image(
    selection: Selection, picture: bpy.types.Image, wanted: Wanted, target: ImageTarget = 'IMAGE'
) -> None:
    """Have the server work a picture over in tiles, enlarged; of a tiled image all its tiles, as one result.

    With a window it returns at once; in background it waits. Raises BridgeError before anything is sent.
    """
    chosen = selection.scene.drawthings
    request = _request(from_panel.panel_request(selection.scene, "img2img"), selection.scene)
    goal = Target(kind=target, show=chosen.use_show)
    if target == 'REPLACE':
        goal = replace(goal, image=deliver.to_replace(picture))
        generate.tell_what_is_lost(picture)
    submit(
        selection,
        picture,
        request,
        _refining(selection.scene, picture, wanted),
        goal,
        wanted.size(chosen.refine),
        is_any_seed=chosen.use_random_seed,
        restart=wanted.restart,
    )


def submit(
    selection: Selection,
    picture: bpy.types.Image,
    request: GenerationRequest,
    refining: Refining,
    target: Target,
    size: Size,
    *,
    is_any_seed: bool = False,
    restart: bool = False,
) -> None:
    """The same of a whole request, whatever the panel says; a side of 0 follows from the picture.
    `is_any_seed`: an earlier run of the same goes on with its own."""
    server, directory = settings.server(), paths.output_directory(settings.preferences())
    generate.check(window_request(request, refining.tile, refining.tile), connection.known())
    sources = [from_panel.seen_image(selection, picture, tile) for tile in _tiles(picture)]
    _require(_sizes(size, _known_sizes(picture)))
    job_id = uuid.uuid4().hex
    with udim.all_written(picture) if picture.source == 'TILED' else contextlib.nullcontext():
        captured = list(_captured(sources, job_id))
    with generate.discarded_on_error(*captured):
        task = RefineTask(
            tuple(captured),
            tuple(_sizes(size, list(map(captured_sources.source_size, captured)))),
            request,
            refining,
            directory,
            folder(),
            is_any_seed=is_any_seed,
            restarts=restart,
        )
        job = Job(job_id, Message("Larger · {image}", image=picture.name), server, task)
    session.get().submit(job, target, packed=selection.scene.drawthings.use_pack)


def plan(scene: bpy.types.Scene, picture: bpy.types.Image) -> Plan:
    """What a press would do, as far as memory tells: for panels."""
    try:
        refining, sizes = _meant(scene, picture)
    except BridgeError as error:
        return Plan(error=error)
    if not sizes:
        return Plan()
    # As far as is known all are of one size.
    grid = refining.grid(*sizes[0])
    tiles = len(grid) * len(sizes)
    return Plan(sizes, tiles, _seconds(scene, grid, tiles))


def why_not(scene: bpy.types.Scene, picture: bpy.types.Image) -> str:
    """Empty, or why nothing can be done, as `Plan.error`: for menus, which tell no more."""
    try:
        _meant(scene, picture)
    except BridgeError as error:
        return str(error)
    return ""


def folder() -> Path:
    """Where the tiles of runs that are not finished are kept."""
    return paths.user_directory() / "refine"


def _meant(scene: bpy.types.Scene, picture: bpy.types.Image) -> tuple[Refining, tuple[Size, ...]]:
    """How, and the size of each picture when it is done where that is known, as the panel says. Raises
    BridgeError."""
    capture.require_pixels(picture)
    refining = _refining(scene, picture, Wanted())
    sizes = tuple(_sizes(Wanted().size(scene.drawthings.refine), _known_sizes(picture)))
    _require(sizes)
    return refining, sizes


def _seconds(scene: bpy.types.Scene, grid: Grid, tiles: int) -> float | None:
    """That so many tiles of the grid take."""
    known = connection.known()
    outline = settings.outline(scene, known.dialect if known is not None else None)
    if isinstance(outline, InvalidSettings):
        # The buttons say what is the matter.
        return None
    try:
        url = settings.server().url
    except BridgeError:
        return None
    request = _request(settings.for_operation("img2img", outline), scene)
    each = session.get().estimates.seconds(url, tile_timing_key(request, grid))
    return each * tiles if each is not None else None


def _request(request: GenerationRequest, scene: bpy.types.Scene) -> GenerationRequest:
    return request.changed(strength=settings.as_shown(scene.drawthings.refine.strength))


def _refining(scene: bpy.types.Scene, picture: bpy.types.Image, wanted: Wanted) -> Refining:
    """Raises InvalidSettings."""
    chosen = scene.drawthings.refine
    across, down = _repeats(picture) if wanted.wrap is None else (wanted.wrap,) * 2
    if wanted.wrap is None and chosen.wrap:
        across = down = True
    if picture.source == 'TILED':
        # Its neighbours are other tiles.
        across = down = False
    found = Refining(
        tile=chosen.tile if wanted.tile is None else wanted.tile,
        overlap=chosen.overlap if wanted.overlap is None else wanted.overlap,
        wrap_x=across,
        wrap_y=down,
        uses_upscaler=chosen.use_upscaler,
        upscaler=str(scene.drawthings.extras.upscaler).strip() if chosen.use_upscaler else "",
    )
    found.require()
    return found


def _repeats(picture: bpy.types.Image) -> tuple[bool, bool]:
    """Whether it was made seamless across, and down."""
    if not getattr(picture.drawthings, "is_seamless", False):
        return False, False
    made = images.readable_recipe(picture)
    # What was made so of it by hand repeats both ways.
    return made.repeats if made is not None and any(made.repeats) else (True, True)


def _tiles(picture: bpy.types.Image) -> Sequence[int]:
    return udim.tile_numbers(picture) or (0,)


def _known_sizes(picture: bpy.types.Image) -> list[Size]:
    """Of each tile, as large as the active one: to ask another's size would read its file; none where no file
    was read yet."""
    size = source_size.of_loaded(picture)
    return [size] * len(_tiles(picture)) if all(size) else []


def _require(sizes: Iterable[Size]) -> None:
    """Raises InvalidSettings."""
    for size in sizes:
        require_size(*size)


def _sizes(wanted: Size, sources: Sequence[Size]) -> Iterator[Size]:
    """What each becomes: one side follows from the other, and both from the source."""
    width, height = wanted
    for own_width, own_height in sources:
        if width or height:
            yield (
                width or max(1, round(own_width * height / own_height)),
                height or max(1, round(own_height * width / own_width)),
            )
        else:
            yield own_width * 2, own_height * 2


def _captured(sources: Sequence[ImageSource], job_id: str) -> Iterator[Source]:
    for index, each in enumerate(sources):
        found = each.capture(paths.snapshot_path(f"{job_id}-{index}"))
        space = each.image.colorspace_settings
        # Data are sent as the numbers that they are, and what comes is data again.
        yield replace(found, space=space.name) if space.is_data else found
