# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures larger than the model: enlarged, and worked over at low strength in tiles that overlap.

Each tile that comes is kept on disk until the picture is delivered, so that a run that was cancelled or cut
off is taken up by the next one of the same source and settings.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from ..client.answer import Answer
from ..client.features import Feature
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..client.upscaling import UpscaleSettings
from ..errors import AnswerInvalid, FeatureMissing, ServerFailed
from ..imaging import alpha, png, scale
from ..imaging.colour import with_colour
from ..imaging.pixels import Pixels, row_blocks
from ..imaging.scale import Axis
from ..imaging.tiles import Grid, Tile
from ..messages import Message
from .generate import about_answer
from .recipe import Recipe, now, without_pixels
from .refining import Refining, first_upscaler, require_size
from .results import Made, keep_made
from .source import Source
from .sources import to_display_bytes
from .storage import file_stem
from .task import Ending, Notice, PatchworkTask, Picture, PictureDone, TaskEvent, TaskIO
from .tile_store import TileStore
from .timing import timing_key
from .windows import window_request, window_timing

#: Of what a run's tiles depend on: another one where the way they are made changes.
_VERSION = 1
#: Pixels of the source around a tile that an upscaler sees, too, so that neighbours come out alike.
_MARGIN = 16
_ROWS = 256
Size = tuple[int, int]


@dataclass(frozen=True)
class RefineTask(PatchworkTask, stored_as="refine"):
    """`pictures` enlarged to `sizes`, as one result: one picture, or the tiles of a UDIM set."""

    pictures: tuple[Source, ...]
    sizes: tuple[Size, ...]
    """Width and height of each when it is done."""
    request: GenerationRequest
    """img2img, without init image, at the strength that the tiles are worked over with."""
    refining: Refining
    directory: Path
    """Where the pictures are written; made when missing."""
    folder: Path
    """Where the tiles of unfinished runs are kept; made when missing."""
    is_any_seed: bool = False
    """The seed was drawn for this press: a run that is taken up goes on with its own."""
    restarts: bool = False
    """Nothing of an earlier run is taken."""

    def __post_init__(self) -> None:
        if not self.pictures or len(self.pictures) != len(self.sizes):
            raise ValueError("each picture has a size, and there is one")
        self.refining.require()
        for size in self.sizes:
            require_size(*size)

    @property
    def part_count(self) -> int:
        return sum(map(len, self.grids))

    @functools.cached_property
    def grids(self) -> tuple[Grid, ...]:
        """The tiles of each picture."""
        return tuple(self.refining.grid(*size) for size in self.sizes)

    @functools.cached_property
    def timings(self) -> tuple[tuple[str, float], ...]:
        return timings(self.request, self.grids)

    @property
    def can_skip(self) -> bool:
        return True

    @property
    def source(self) -> Source | None:
        return self.pictures[0]

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.pictures

    def with_sources(self, change: Callable[[Source], Source]) -> Self:
        return replace(self, pictures=tuple(map(change, self.pictures)))

    def remaining(self, made: int) -> Self:
        """The tiles that are there are found again."""
        return replace(self, restarts=False)

    def of_picture(self, index: int) -> Self | None:
        return replace(self, restarts=False)

    def again(self, seed: int, directory: Path) -> Self:
        request = self.request.changed(seed=seed)
        return replace(self, request=request, directory=directory, is_any_seed=False)

    def _folder_of_set(self) -> Path:
        """One of its own, in which no other file has the names that those of a set have in common."""
        found = path = self.directory / f"{file_stem(self.prompt)}-{size_mark(self.sizes[0])}"
        number = 1
        while found.exists():
            number += 1
            found = path.with_name(f"{path.name}-{number}")
        return found

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """One result, of as many pictures as there are."""
        client.proves_pictures = True
        with contextlib.ExitStack() as stack:
            # All tiles before the first picture: what is cut off in between leaves none of a set.
            runs = []
            first = functools.cache(lambda: _first_of(client))
            for source, size, grid in zip(self.pictures, self.sizes, self.grids, strict=True):
                runs.append(run := _Run(self, client, io, source, size, grid, first))
                stack.callback(run.store.close)
                run.open()
            there = sum(len(run.there) for run in runs)
            if there:
                yield Notice(
                    Message(
                        "{there} of {count} tiles are there from before: the others are asked for.",
                        there=there,
                        count=self.part_count,
                    ),
                    "To begin anew: press with Shift, or with “restart” from a script.",
                )
            # The last is told of when the picture is there.
            untold = self.part_count - 1
            for run in runs:
                for seconds in run.make():
                    if isinstance(seconds, Notice):
                        yield seconds
                        continue
                    if untold:
                        io.answered(run.timing_key, seconds)
                    untold -= 1
                if io.is_cancelled():
                    return
            done, directory = [], self._folder_of_set() if len(runs) > 1 else self.directory
            for index, run in enumerate(runs):
                picture, notice = run.finish(index, directory)
                done.append(picture)
                if notice:
                    yield Notice(notice)
            yield PictureDone(replace(done[0], beside=tuple(done[1:])))
            for run in runs:
                run.store.remove()
            io.answered(runs[-1].timing_key, None)


def size_mark(size: Size) -> str:
    """As files are named after it."""
    return f"{size[0]}x{size[1]}"


def timings(request: GenerationRequest, grids: tuple[Grid, ...]) -> tuple[tuple[str, float], ...]:
    """Of each tile, as `Task.timings`."""
    found: list[tuple[str, float]] = []
    for grid in grids:
        found += [window_timing(request, grid.tile_width, grid.tile_height)] * len(grid)
    return tuple(found)


def tile_timing_key(request: GenerationRequest, grid: Grid) -> str:
    """Of each tile, as `Task.timing_key`."""
    return window_timing(request, grid.tile_width, grid.tile_height)[0]


class _Run:
    """One picture of a task, on the server's thread."""

    def __init__(
        self,
        task: RefineTask,
        client: Client,
        io: TaskIO,
        source: Source,
        size: Size,
        grid: Grid,
        first: Callable[[], str],
    ) -> None:
        """`first` gives what the server enlarges with where nothing was chosen; empty: nothing."""
        self.grid = grid
        self.there: frozenset[int] = frozenset()
        """The tiles that were made before."""
        self._task = task
        self._client = client
        self._io = io
        self._source = source
        self._width, self._height = size
        pixels = to_display_bytes(source)
        colours, self._alpha = alpha.split(pixels)
        self._colours = with_colour(colours)
        if not source.keep_alpha:
            self._alpha = None
        self._request = window_request(task.request, grid.tile_width, grid.tile_height)
        self._seed = task.request.sampling.seed
        self._upscaler = ""
        if task.refining.uses_upscaler and self._factor > 1 and client.capabilities.offers(Feature.UPSCALE):
            self._upscaler = task.refining.upscaler or first()
        self._has_upscaled = False
        self._model_used = self._sampler_used = ""
        self._unworked = 0
        self._told: set[str] = set()
        self._seconds = 0.0
        self.store = TileStore(task.folder, self._key())

    @property
    def timing_key(self) -> str:
        return timing_key(self._request)

    @property
    def _factor(self) -> float:
        """How many times as large it becomes."""
        height, width = self._colours.shape[:2]
        return float(max(self._width / width, self._height / height))

    def _key(self) -> str:
        """The same for all whose tiles are the same: not for another seed, unless it was drawn."""
        task = self._task
        request = self._request.changed(seed=0) if task.is_any_seed else self._request
        about = {
            "version": _VERSION,
            "any seed": task.is_any_seed,
            "request": dataclasses.asdict(without_pixels(request)),
            # What is enlarged by the server, by what, be it chosen or found.
            "refining": dataclasses.asdict(
                replace(task.refining, uses_upscaler=False, upscaler=self._upscaler)
            ),
            "size": (self._width, self._height),
            "source": self._colours.shape,
        }
        found = hashlib.blake2b(json.dumps(about, sort_keys=True, default=repr).encode(), digest_size=16)
        for rows in row_blocks(len(self._colours), _ROWS):
            found.update(np.ascontiguousarray(self._colours[rows]).data)
        return found.hexdigest()

    def open(self) -> None:
        """Find what is there."""
        self.store.open()
        if self._task.restarts:
            self.store.remove()
        self._seed = self.store.seed(self._seed)
        size = self.grid.tile_width, self.grid.tile_height
        self.there = frozenset(index for index in range(len(self.grid)) if self.store.is_there(index, *size))

    def make(self) -> Iterator[float | Notice | None]:
        """Ask for the tiles that are missing: for each that is there the seconds it took, None of one that
        was there before. Ends early when the job is cancelled."""
        for _index in self.there:
            yield None
        for index, tile in enumerate(self.grid):
            if index in self.there:
                continue
            if self._io.is_cancelled():
                return
            notices: list[Notice] = []
            seconds = self._make(index, tile, notices)
            if self._io.is_cancelled():
                return
            yield from notices
            yield seconds

    def _make(self, index: int, tile: Tile, notices: list[Notice]) -> float | None:
        enlarged = self._enlarged(tile, notices)
        if self._io.is_cancelled():
            return None
        request = self._request.changed(
            init_image=png.encode(enlarged, do_all=self._io.do_all), seed=(self._seed + index) % 2**32
        )
        began = time.monotonic()
        with self._io.asking() as ended:
            answer = self._client.generate(request)
            seconds = time.monotonic() - began
        ending = ended()
        if self._io.is_cancelled() and (ending.how or self._client.capabilities.offers(Feature.INTERRUPT)):
            # It may be half of it, told to stop: the next run asks for it again.
            return None
        worked = enlarged if ending.how else self._pixels(answer, notices)
        self.store.put(index, worked)
        self._note(answer, index, ending, notices)
        self._seconds += max(seconds - ending.waited, 0.0)
        return ending.taught(seconds)

    def _note(self, answer: Answer, index: int, ending: Ending, notices: list[Notice]) -> None:
        if ending.how:
            self._unworked += 1
            notices.append(
                Notice(
                    Message(
                        "Tile {number} of {count} was {ending}: it stays as it was enlarged.",
                        number=index + 1,
                        count=len(self.grid),
                        ending=ending.early,
                    )
                )
            )
        model = answer.images[0].configuration.get("model")
        self._model_used = model if isinstance(model, str) else self._model_used
        self._sampler_used = answer.sampler or self._sampler_used
        for sentence in about_answer(answer, self._client.dialect.label):
            self._tell_once(sentence, notices)

    def _tell_once(self, sentence: str, notices: list[Notice]) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            notices.append(Notice(sentence))

    def _pixels(self, answer: Answer, notices: list[Notice]) -> Pixels:
        """(tile height, tile width, 3) of an answer: one of another size is brought to that."""
        image = answer.images[0]
        width, height = self.grid.tile_width, self.grid.tile_height
        pixels = np.ascontiguousarray(with_colour(self._io.decode(image.png))[..., :3])
        if pixels.shape[:2] == (height, width):
            return pixels
        if pixels.shape[1] * height != pixels.shape[0] * width:
            raise AnswerInvalid(
                "{server} made a picture of {came_width} × {came_height} where a tile of {width} × {height} "
                "was asked for.",
                "Choose another size of tiles, or see what is set on the server.",
                server=self._io.server.label,
                came_width=pixels.shape[1],
                came_height=pixels.shape[0],
                width=width,
                height=height,
            )
        if pixels.shape[1] < width:
            sentence = Message(
                "The server's tiles are {came_width} × {came_height} pixels, not the {width} × {height} that "
                "were asked for: they were enlarged.",
                came_width=pixels.shape[1],
                came_height=pixels.shape[0],
                width=width,
                height=height,
            )
            self._tell_once(sentence, notices)
        return scale.resize(pixels, width, height)

    def _axes(self, tile: Tile) -> tuple[Axis, Axis]:
        """Where a tile lies on the source: rows and columns."""
        height, width = self._colours.shape[:2]
        down, across = self.grid.down, self.grid.across
        return (
            Axis.between(tile.top, tile.top + down.size, height, self._height, wrap=down.wrap),
            Axis.between(tile.left, tile.left + across.size, width, self._width, wrap=across.wrap),
        )

    def _enlarged(self, tile: Tile, notices: list[Notice]) -> Pixels:
        """(tile height, tile width, 3) of the source."""
        rows, columns = self._axes(tile)
        if self._upscaler:
            try:
                enlarged = self._upscaled(rows, columns)
                self._has_upscaled = True
                return enlarged
            except FeatureMissing:
                # A server may say so only when it is asked.
                pass
            except ServerFailed as error:
                # The first of a list may be one that was never downloaded.
                if self._task.refining.upscaler or self._has_upscaled:
                    raise
                text = "The server's upscaler {name} does not work ({why}): all is enlarged here instead."
                why = str(error.what).rstrip(".")
                notices.append(
                    Notice(
                        Message(text, name=self._upscaler, why=why),
                        "Choose another in Upscale, or switch Upscaler First off.",
                    )
                )
            self._upscaler = ""
        return scale.part(self._colours, rows, columns)

    def _upscaled(self, rows: Axis, columns: Axis) -> Pixels:
        around = rows.around(_MARGIN), columns.around(_MARGIN)
        sent = scale.part(self._colours, *around)
        settings = UpscaleSettings(upscaler=self._upscaler, scale=min(round(self._factor, 3), 8.0))
        with self._io.asking():
            came = self._client.upscale([png.encode(sent)], settings)[0]
        if self._io.is_cancelled() or came is None:
            return scale.part(self._colours, rows, columns)
        larger = with_colour(self._io.decode(came.png))[..., :3]
        return scale.part(
            larger,
            rows.on(around[0], larger.shape[0]),
            columns.on(around[1], larger.shape[1]),
        )

    def finish(self, index: int, directory: Path) -> tuple[Picture, str]:
        """The picture of all its tiles, on disk, and what should be known of it."""
        pixels = np.empty((self._height, self._width, 3 if self._alpha is None else 4), np.uint8)
        self.grid.assemble(
            lambda row, column: self.store.get(row * len(self.grid.across) + column), pixels[..., :3]
        )
        if self._alpha is not None:
            height, width = self._alpha.shape[:2]
            pixels[..., 3:] = scale.part(
                self._alpha,
                Axis.between(0, self._height, height, self._height, wrap=self.grid.down.wrap),
                Axis.between(0, self._width, width, self._width, wrap=self.grid.across.wrap),
            )
        tile = self._source.name.tile if len(self._task.pictures) > 1 else 0
        name = str(tile) if index else ""
        # Of a set all files are called the same but for the number, as Blender has them.
        mark = size_mark(self._task.sizes[0])
        picture, notice = keep_made(
            self._io,
            Made(pixels, self._recipe(name)),
            directory=directory,
            words=self._source.name.name or self._task.prompt,
            mark=f"{mark}.{tile}" if tile else mark,
        )
        return replace(picture, name=name or picture.name, tile=tile), notice

    def _recipe(self, beside: str) -> Recipe:
        height, width = self._colours.shape[:2]
        request = self._task.request.changed(seed=self._seed)
        fit = Message(
            "{width} × {height} enlarged to {to_width} × {to_height}, {count} tiles of {tile_width} × "
            "{tile_height}",
            width=width,
            height=height,
            to_width=self._width,
            to_height=self._height,
            count=len(self.grid),
            tile_width=self.grid.tile_width,
            tile_height=self.grid.tile_height,
        )
        unfinished = ""
        if self._unworked:
            unfinished = Message("{count} tiles were ended early", count=self._unworked)
        return Recipe(
            request=without_pixels(window_request(request, self._width, self._height)),
            server=self._io.server.url,
            source=self._source.name,
            fit=fit,
            model_used=self._model_used,
            sampler_used="" if request.sampling.sampler.strip() else self._sampler_used,
            seconds=round(self._seconds, 2),
            created=now(),
            unfinished=unfinished,
            refining=replace(self._task.refining, upscaler=self._upscaler),
            blend=self._io.blend,
            beside=beside,
            space=self._source.space,
        )


def _first_of(client: Client) -> str:
    return first_upscaler(each.value for each in client.catalogue().upscalers)
