# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures larger than the model: worked over in tiles, without a grid, and taken up where they were left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tracemalloc
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.answer import Answer, GeneratedImage
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.catalogue import Catalogue, Choice
from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest, Script
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import (
    AnswerInvalid,
    FeatureMissing,
    InvalidSettings,
    RequestRefused,
    ServerFailed,
)
from drawthings_addon.imaging import png, scale
from drawthings_addon.jobs import tile_store
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Event, Job, JobEnded, JobNotice, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, Recipe
from drawthings_addon.jobs.refine import RefineTask
from drawthings_addon.jobs.refining import Refining
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import Picture, TaskIO
from drawthings_addon.jobs.tile_store import TileStore
from drawthings_addon.jobs.timing import timing_key
from drawthings_addon.jobs.windows import window_request
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import EchoClient, ScriptedClient, answer, ends, pictures, run_out, wait_for

pytestmark = pytest.mark.timing

REPOSITORY = Path(__file__).resolve().parents[2]
Pixels = NDArray[Any]
SMALL = Refining(tile=256, overlap=64)
#: Of 100 × 70 enlarged to 500 × 350 with those.
TILES = 2 * 3


def smooth(width: int, height: int, channels: int = 3) -> Pixels:
    """Slow waves, which every good filter enlarges alike; whole ones, so that they repeat."""
    y, x = np.mgrid[0:height, 0:width] * 2 * np.pi
    waves = [127 + 80 * np.sin(2 * x / width + each) * np.cos(y / height) for each in range(channels)]
    return np.stack(waves, axis=2).round().astype(np.uint8)


def source_of(pixels: Pixels, name: str = "Wall", tile: int = 0) -> Source:
    return Source(SourceName("IMAGE", name, tile=tile), pixels=pixels[::-1].copy())


def refine_job(
    folder: Path,
    source: Source | Sequence[Source] | None = None,
    *,
    server: str = "localhost",
    size: tuple[int, int] = (500, 350),
    refining: Refining = SMALL,
    **values: Any,
) -> Job:
    """The tiles of unfinished runs are in `folder` / "tiles", what is made in `folder` / "out"."""
    asked = {name: values.pop(name) for name in set(values) - {"is_any_seed", "restarts"}}
    request = GenerationRequest.of(
        **{"operation": "img2img", "prompt": "moss", "steps": 1, "seed": 7, "strength": 0.3} | asked
    )
    sources = (source or source_of(smooth(100, 70)),) if not isinstance(source, Sequence) else tuple(source)
    task = RefineTask(
        sources, (size,) * len(sources), request, refining, folder / "out", folder / "tiles", **values
    )
    return Job(uuid.uuid4().hex, "Refine", Server(server), task)


def run(job: Job, client: Callable[[Server], Any]) -> tuple[Picture, list[str]]:
    jobs = JobQueue(client)
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)], why(events)
    (picture,) = pictures(events)
    return picture, [event.text for event in events if isinstance(event, JobNotice)]


def why(events: Sequence[Event]) -> list[str]:
    return [str(event.error) for event in events if isinstance(event, JobEnded)]


def pixels_of(picture: Picture) -> Pixels:
    with Image.open(picture.path) as image:
        return np.asarray(image).copy()


def enlarged(pixels: Pixels, width: int, height: int) -> Pixels:
    with Image.fromarray(pixels) as image:
        return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


class UpscalingClient(EchoClient):
    """Of the dialect that enlarges, too: twice with a mark in red, so that it can be told."""

    def __init__(self, names: Sequence[str] = ("None", "Lanczos", "4x-UltraSharp")) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.orders: list[UpscaleSettings] = []
        self._names = names

    def catalogue(self) -> Catalogue:
        return Catalogue(upscalers=tuple(Choice(name) for name in self._names))

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        self.orders.append(settings)
        (pixels,) = map(png.decode, images)
        larger = scale.resize(
            pixels, round(pixels.shape[1] * settings.scale), round(pixels.shape[0] * settings.scale)
        )
        larger = larger.copy()
        larger[..., 0] = 200
        return answer(larger).images


# What comes of it


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
@pytest.mark.parametrize("size", [(500, 350), (777, 301)])
def test_an_echo_is_the_picture_enlarged(dialect: Any, size: tuple[int, int], tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    with StandIn(engine="echo", dialect=dialect) as server:
        job = refine_job(tmp_path, source_of(pixels), server=server.url, size=size)
        picture, notices = run(job, connect)
        sent = [entry for entry in server.journal if entry.path.endswith("/img2img")]
    assert notices == []
    assert len(sent) == job.part_count > 4
    made = pixels_of(picture)
    assert made.shape == (size[1], size[0], 3)
    assert np.abs(made.astype(int) - enlarged(pixels, *size)).max() <= 3
    assert list((tmp_path / "tiles").iterdir()) == [], "nothing is kept of what is delivered"
    with Image.open(picture.path) as image:
        recipe = Recipe.from_json(image.text[CHUNK])
    assert recipe == picture.recipe
    assert recipe.refining == SMALL
    assert (recipe.request.images.width, recipe.request.images.height) == size
    assert recipe.request.sampling.strength == pytest.approx(0.3)
    assert recipe.source == SourceName("IMAGE", "Wall")
    assert "100 × 70 enlarged to" in recipe.fit


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
@pytest.mark.parametrize("overlap", [32, 100])
def test_answers_of_other_brightness_leave_no_grid(dialect: Any, overlap: int, tmp_path: Path) -> None:
    grey = np.full((100, 130, 3), 128, np.uint8)
    # The same bytes would come alike.
    grey[::7, ::5] += np.random.default_rng(5).integers(0, 2, (15, 26, 3), np.uint8)
    with StandIn(engine="echo", dialect=dialect, faults=Faults(uneven=20)) as server:
        refining = Refining(tile=256, overlap=overlap)
        job = refine_job(tmp_path, source_of(grey), server=server.url, size=(910, 700), refining=refining)
        picture, _notices = run(job, connect)
    made = pixels_of(picture).astype(int)
    assert np.ptp(made) >= 39, "some came brighter, some darker"
    for axis in (0, 1):
        assert np.abs(np.diff(made, axis=axis)).max() <= 1.6 * 40 / overlap + 1 + 1


def test_alpha_is_put_back_enlarged(tmp_path: Path) -> None:
    pixels = smooth(90, 60, 4)
    picture, _notices = run(
        refine_job(tmp_path, source_of(pixels), size=(300, 200)), lambda _server: EchoClient()
    )
    made = pixels_of(picture)
    assert made.shape == (200, 300, 4)
    np.testing.assert_allclose(made[..., 3], enlarged(pixels[..., 3], 300, 200), atol=3)
    np.testing.assert_allclose(made[..., :3], enlarged(pixels[..., :3].copy(), 300, 200), atol=3)


def test_grey_and_the_same_size_come_back_to_the_byte(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400, 1), np.uint8)
    client = EchoClient()
    picture, _notices = run(refine_job(tmp_path, source_of(pixels), size=(400, 300)), lambda _server: client)
    np.testing.assert_array_equal(pixels_of(picture), pixels.repeat(3, axis=2))


def test_a_picture_that_repeats_has_no_seam(tmp_path: Path) -> None:
    class Wavering(EchoClient):
        """Each tile otherwise, as models do."""

        def generate(self, request: GenerationRequest) -> Answer:
            (image,) = super().generate(request).images
            shift = (-20, 20, 20)[len(self.requests) % 3]
            return answer((png.decode(image.png).astype(int) + shift).clip(0, 255).astype(np.uint8))

    def worst_at_border(wrap: bool) -> float:
        refining = replace(SMALL, wrap_x=wrap, wrap_y=wrap)
        folder = tmp_path / str(wrap)
        source = source_of(smooth(120, 120))
        job = refine_job(folder, source, size=(600, 600), refining=refining)
        client = Wavering()
        made = pixels_of(run(job, lambda _server: client)[0]).astype(int)
        return float(max(np.abs(made[0] - made[-1]).max(), np.abs(made[:, 0] - made[:, -1]).max()))

    assert worst_at_border(False) > 30
    assert worst_at_border(True) <= 6, "the waves themselves and a fade"


def test_what_is_asked_for_a_tile(tmp_path: Path) -> None:
    client = EchoClient()
    asked = {"upscaler": "x.ckpt", "tiling": True, "script": Script("X/Y/Z plot"), "negative_prompt": "blur"}
    run(refine_job(tmp_path, **asked), lambda _server: client)
    assert len(client.requests) == TILES
    for number, request in enumerate(client.requests):
        assert (request.operation, request.images.width, request.images.height) == ("img2img", 256, 256)
        assert (request.upscaling.upscaler, request.sampling.tiling, request.script) == ("", False, None)
        assert (request.conditioning.prompt, request.conditioning.negative_prompt) == ("moss", "blur")
        assert request.sampling.seed == 7 + number
        assert png.decode(request.images.init_image).shape == (256, 256, 3)


def test_the_tiles_of_a_set_are_one_result(tmp_path: Path) -> None:
    one, two = smooth(200, 150), smooth(256, 256, 4)
    sources = [source_of(one, tile=1001), source_of(two, tile=1002)]
    client = EchoClient()
    job = refine_job(tmp_path, sources, size=(256, 256))
    picture, _notices = run(job, lambda _server: client)
    assert [(each.name, each.tile) for each in picture.set] == [("image", 1001), ("1002", 1002)]
    assert [each.recipe.beside for each in picture.set] == ["", "1002"]
    assert [each.recipe.source.tile for each in picture.set if each.recipe.source] == [1001, 1002]
    for each, pixels in zip(picture.set, (one, two), strict=True):
        assert np.abs(pixels_of(each).astype(int) - enlarged(pixels, 256, 256)).max() <= 3
    assert len(client.requests) == job.part_count == 2


# An upscaler first


def test_an_upscaler_of_the_server_comes_first(tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    client = UpscalingClient()
    refining = replace(SMALL, uses_upscaler=True)
    picture, _notices = run(
        refine_job(tmp_path, source_of(pixels), refining=refining), lambda _server: client
    )
    assert [each.upscaler for each in client.orders] == ["4x-UltraSharp"] * TILES, "not one that is a filter"
    assert {each.scale for each in client.orders} == {5.0}
    made = pixels_of(picture)
    assert (made[..., 0] == 200).all()
    assert np.abs(made.astype(int) - enlarged(pixels, 500, 350))[..., 1:].max() <= 4
    assert picture.recipe.refining == replace(refining, upscaler="4x-UltraSharp")


@pytest.mark.parametrize(
    ("client", "size"),
    [
        (EchoClient(), (500, 350)),
        (UpscalingClient(("None", "Lanczos", "Nearest")), (500, 350)),
        (UpscalingClient(), (100, 70)),
    ],
    ids=["the server has none", "filters alone", "nothing becomes larger"],
)
def test_without_one_it_is_enlarged_here(client: EchoClient, size: tuple[int, int], tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    job = refine_job(tmp_path, source_of(pixels), size=size, refining=replace(SMALL, uses_upscaler=True))
    picture, _notices = run(job, lambda _server: client)
    assert np.abs(pixels_of(picture).astype(int) - enlarged(pixels, *size)).max() <= 3
    assert not getattr(client, "orders", [])


def test_one_that_proves_missing_is_done_without(tmp_path: Path) -> None:
    class Lacking(UpscalingClient):
        def upscale(self, images: Sequence[bytes], settings: UpscaleSettings) -> Any:
            self.orders.append(settings)
            raise FeatureMissing("It is not there.")

    client = Lacking()
    job = refine_job(tmp_path, refining=replace(SMALL, uses_upscaler=True))
    picture, _notices = run(job, lambda _server: client)
    assert len(client.orders) == 1
    assert picture.width == 500


class _Broken(UpscalingClient):
    """Its upscaler fails from an order on."""

    def __init__(self, at: int = 1) -> None:
        super().__init__()
        self._at = at

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        if len(self.orders) + 1 >= self._at:
            self.orders.append(settings)
            raise ServerFailed("No such file.")
        return super().upscale(images, settings)


def test_one_that_was_not_chosen_and_does_not_work_is_done_without(tmp_path: Path) -> None:
    """The first of a list may be one that the server would have to download first."""
    client = _Broken()
    job = refine_job(tmp_path, refining=replace(SMALL, uses_upscaler=True))
    picture, notices = run(job, lambda _server: client)
    assert len(client.orders) == 1
    assert np.abs(pixels_of(picture).astype(int) - enlarged(smooth(100, 70), 500, 350)).max() <= 3
    assert [text for text in notices if "4x-UltraSharp does not work (No such file)" in text]
    assert picture.recipe.refining is not None and not picture.recipe.refining.upscaler


def test_without_it_a_run_is_taken_up_too(tmp_path: Path) -> None:
    class Stopped(_Broken):
        def generate(self, request: GenerationRequest) -> Answer:
            found = super().generate(request)
            if len(self.requests) == 3:
                raise RequestRefused("No.")
            return found

    refining = replace(SMALL, uses_upscaler=True)
    fail(refine_job(tmp_path, refining=refining), Stopped())
    client = _Broken()
    run(refine_job(tmp_path, refining=refining), lambda _server: client)
    assert len(client.requests) == TILES - 2


@pytest.mark.parametrize(
    ("client", "name"), [(_Broken(), "4x-UltraSharp"), (_Broken(at=3), "")], ids=["chosen", "later"]
)
def test_one_that_fails_otherwise_ends_the_job(client: _Broken, name: str, tmp_path: Path) -> None:
    job = refine_job(tmp_path, refining=replace(SMALL, uses_upscaler=True, upscaler=name))
    jobs = JobQueue(lambda _server: client)
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.FAILED)]
    assert why(events) == ["No such file."]


def test_one_of_a_real_list(tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    with StandIn(engine="echo", dialect="A1111") as server:
        job = refine_job(
            tmp_path, source_of(pixels), server=server.url, refining=replace(SMALL, uses_upscaler=True)
        )
        picture, _notices = run(job, connect)
        paths = [entry.path for entry in server.journal if entry.path.endswith(("image", "img2img"))]
    assert paths == ["/sdapi/v1/extra-single-image", "/sdapi/v1/img2img"] * TILES
    assert np.abs(pixels_of(picture).astype(int) - enlarged(pixels, 500, 350)).max() <= 6


# Taken up


class Stopping(EchoClient):
    """Raises at the request of this number, from 1, and none other."""

    def __init__(self, at: int = 0, error: BaseException | None = None) -> None:
        super().__init__()
        self._at, self._error = at, error or RequestRefused("No.")

    def generate(self, request: GenerationRequest) -> Answer:
        found = super().generate(request)
        if len(self.requests) == self._at:
            raise self._error
        return found


def fail(job: Job, client: EchoClient) -> None:
    jobs = JobQueue(lambda _server: client)
    jobs.submit(job)
    assert [state for _job, state in ends(run_out(jobs))] == [JobState.FAILED]


def test_the_same_again_asks_for_the_missing_tiles_alone(tmp_path: Path) -> None:
    fail(refine_job(tmp_path), Stopping(at=4))
    client = EchoClient()
    picture, notices = run(refine_job(tmp_path), lambda _server: client)
    assert [each.sampling.seed for each in client.requests] == [10, 11, 12]
    assert notices == ["3 of 6 tiles are there from before: the others are asked for."]
    assert np.abs(pixels_of(picture).astype(int) - enlarged(smooth(100, 70), 500, 350)).max() <= 3
    again = EchoClient()
    run(refine_job(tmp_path), lambda _server: again)
    assert len(again.requests) == TILES, "what was delivered is begun anew"


@pytest.mark.once
@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "stone"},
        {"strength": 0.31},
        {"model": "other.ckpt"},
        {"seed": 8},
        {"is_any_seed": True},
        {"size": (501, 350)},
        {"refining": replace(SMALL, overlap=60)},
        {"source": source_of(smooth(100, 70) ^ 1)},
        {"restarts": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_others_begin_anew(other: dict[str, Any], tmp_path: Path) -> None:
    # A seed of 0, which is what stands for one that was drawn.
    fail(refine_job(tmp_path, seed=0), Stopping(at=4))
    client = EchoClient()
    job = refine_job(tmp_path, **{"seed": 0} | other)
    run(job, lambda _server: client)
    assert len(client.requests) == job.part_count


def test_a_drawn_seed_is_kept(tmp_path: Path) -> None:
    fail(refine_job(tmp_path, seed=2**32 - 1, is_any_seed=True), Stopping(at=3))
    client = EchoClient()
    picture, _notices = run(refine_job(tmp_path, seed=55, is_any_seed=True), lambda _server: client)
    assert [each.sampling.seed for each in client.requests] == [1, 2, 3, 4]
    assert picture.recipe.request.sampling.seed == 2**32 - 1
    client = EchoClient()
    run(refine_job(tmp_path, seed=55, is_any_seed=True), lambda _server: client)
    assert client.requests[0].sampling.seed == 55


def test_what_was_cancelled_is_taken_up(tmp_path: Path) -> None:
    class Gated(EchoClient):
        def __init__(self) -> None:
            super().__init__()
            self.gate = threading.Event()

        def generate(self, request: GenerationRequest) -> Answer:
            found = super().generate(request)
            if len(self.requests) == 3:
                assert self.gate.wait(60)
            return found

    client = Gated()
    jobs = JobQueue(lambda _server: client)
    job = refine_job(tmp_path)
    jobs.submit(job)
    wait_for(lambda: len(client.requests) == 3)
    (status,) = jobs.statuses()
    assert (status.parts_done, status.pictures_done, job.part_count) == (2, 0, TILES)
    assert job.task.part_done(2) == pytest.approx(2 / TILES)
    jobs.cancel(job.id)
    client.gate.set()
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
    again = EchoClient()
    run(refine_job(tmp_path), lambda _server: again)
    assert len(again.requests) == TILES - 3, "the server had made the third, too"


@pytest.mark.parametrize("may_stop", [False, True])
def test_a_tile_that_was_told_to_stop_is_none(may_stop: bool, tmp_path: Path) -> None:
    class Cancelled(EchoClient):
        """The job is cancelled while the second tile is made."""

        def generate(self, request: GenerationRequest) -> Answer:
            found = super().generate(request)
            is_over.extend([True] * (len(self.requests) == 2))
            return found

    is_over: list[bool] = []
    client, job = Cancelled(), refine_job(tmp_path)
    if may_stop:
        client.capabilities = assumed(A1111)
    assert list(job.task.run(client, TaskIO(job.id, job.server, is_cancelled=lambda: bool(is_over)))) == []
    assert len(list((tmp_path / "tiles").rglob("*.png"))) == (1 if may_stop else 2)


def test_tried_again_it_goes_on(tmp_path: Path) -> None:
    client = Stopping(at=4)
    jobs = JobQueue(lambda _server: client)
    job = refine_job(tmp_path, restarts=True)
    jobs.submit(job)
    run_out(jobs)
    assert jobs.retry(job.id) is not None
    events = run_out(jobs)
    assert [state for _job, state in ends(events)] == [JobState.DONE]
    assert len(client.requests) == TILES + 1, "a restart is one of its first try alone"


def test_a_damaged_tile_is_asked_for_again(tmp_path: Path) -> None:
    fail(refine_job(tmp_path), Stopping(at=5))
    first, second, third, _fourth = sorted((tmp_path / "tiles").rglob("*.png"))
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(b"")
    third.write_bytes(png.encode(np.zeros((64, 64, 3), np.uint8)))
    client = EchoClient()
    picture, _notices = run(refine_job(tmp_path), lambda _server: client)
    assert [each.sampling.seed for each in client.requests] == [7, 8, 9, 11, 12]
    assert picture.width == 500


def test_a_file_of_somebody_else_is_no_tile(tmp_path: Path) -> None:
    """As large as a tile, and whole: a stranger's, and another tile of the same run."""
    fail(refine_job(tmp_path), Stopping(at=5))
    first, second, _third, fourth = sorted((tmp_path / "tiles").rglob("*.png"))
    first.write_bytes(png.encode(np.zeros_like(png.decode(first.read_bytes()))))
    second.write_bytes(fourth.read_bytes())
    client = EchoClient()
    picture, _notices = run(refine_job(tmp_path), lambda _server: client)
    assert [each.sampling.seed for each in client.requests] == [7, 8, 11, 12]
    assert np.abs(pixels_of(picture).astype(int) - enlarged(smooth(100, 70), 500, 350)).max() <= 3


#: A process that is killed while the server makes the fourth tile.
KILLED = """
import sys, time
from pathlib import Path
repository, folder = sys.argv[1:]
sys.path[:0] = [repository, f"{repository}/tests/support", f"{repository}/scripts"]
from tests.unit.jobs_fakes import EchoClient, run_out
from tests.unit.test_jobs_refine import refine_job
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue

class Hanging(EchoClient):
    def generate(self, request):
        found = super().generate(request)
        if len(self.requests) == 4:
            print("the fourth", flush=True)
            time.sleep(600)
        return found

jobs = JobQueue(lambda server: Hanging(), journal=Journal(Path(folder) / "journal"))
jobs.submit(refine_job(Path(folder), is_any_seed=True, seed=300))
run_out(jobs)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed so there")
def test_killed_in_the_middle(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(REPOSITORY), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "the fourth\n"
        process.kill()
    # By hand …
    client = EchoClient()
    source = source_of(smooth(100, 70))
    run(refine_job(tmp_path, source, is_any_seed=True, seed=4), lambda _server: client)
    assert [each.sampling.seed for each in client.requests] == [303, 304, 305]
    # … or from the journal.
    (lost,) = Journal(tmp_path / "journal").take_lost()
    assert lost.owed is not None
    assert isinstance(lost.owed.task, RefineTask)
    assert lost.owed.task.sizes == ((500, 350),)
    client = EchoClient()
    jobs = JobQueue(lambda _server: client)
    jobs.submit(lost.owed)
    assert [state for _job, state in ends(run_out(jobs))] == [JobState.DONE]
    assert len(client.requests) == TILES


# Servers that do otherwise


def test_a_tile_of_half_the_size_is_enlarged_and_told_of_once(tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    with StandIn(engine="echo", faults=Faults(wrong_size=True)) as server:
        picture, notices = run(refine_job(tmp_path, source_of(pixels), server=server.url), connect)
    assert [each for each in notices if "enlarged" in each] == [
        "The server's tiles are 128 × 128 pixels, not the 256 × 256 that were asked for: they were enlarged."
    ]
    assert np.abs(pixels_of(picture).astype(int) - enlarged(pixels, 500, 350)).max() <= 9


def test_a_tile_of_another_shape_ends_the_job_and_not_the_run(tmp_path: Path) -> None:
    class Odd(EchoClient):
        def generate(self, request: GenerationRequest) -> Answer:
            found = super().generate(request)
            return answer(np.zeros((256, 320, 3), np.uint8)) if len(self.requests) == 3 else found

    jobs = JobQueue(lambda _server: client)
    client = Odd()
    jobs.submit(refine_job(tmp_path))
    (event,) = [each for each in run_out(jobs) if isinstance(each, JobEnded)]
    assert isinstance(event.error, AnswerInvalid)
    assert "320 × 256 where a tile of 256 × 256" in event.error.what
    again = EchoClient()
    run(refine_job(tmp_path), lambda _server: again)
    assert len(again.requests) == TILES - 2


def test_more_pictures_than_asked_for_are_no_tiles(tmp_path: Path) -> None:
    client = ScriptedClient([1, 3, 1, 2, 1, 1])
    picture, _notices = run(refine_job(tmp_path), lambda _server: client)
    assert picture.beside == ()
    assert len(client.requests) == TILES


@pytest.mark.parametrize("dialect", ["A1111"])
def test_a_tile_that_is_skipped_stays_as_it_was_enlarged(dialect: Any, tmp_path: Path) -> None:
    pixels = smooth(100, 70)
    with StandIn(engine="pattern", dialect=dialect, faults=Faults(hold_at_step=2)) as server:
        jobs = JobQueue(connect)
        job = refine_job(tmp_path, source_of(pixels), server=server.url, steps=20, strength=0.9)
        jobs.submit(job)
        wait_for(lambda: any(status.progress and status.progress.step for status in jobs.statuses()))
        jobs.skip(Server(server.url), lambda _result, _error: None)
        wait_for(jobs.mailbox.next_answer)
        wait_for(lambda: any(status.parts_done == 1 for status in jobs.statuses()))
        server.faults = Faults()
        events = run_out(jobs)
    assert [state for _job, state in ends(events)] == [JobState.DONE], why(events)
    (picture,) = pictures(events)
    corner = pixels_of(picture).astype(int)[:64, :64]
    assert np.abs(corner - enlarged(pixels, 500, 350)[:64, :64]).max() <= 3
    assert picture.recipe.unfinished == "1 tiles were ended early"
    assert any("stays as it was enlarged" in each.text for each in events if isinstance(each, JobNotice))


def test_a_full_disk_costs_no_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise tile_store.StorageFailed("The disk is full.")

    monkeypatch.setattr(tile_store, "write_whole", full)
    picture, _notices = run(refine_job(tmp_path), lambda _server: EchoClient())
    assert np.abs(pixels_of(picture).astype(int) - enlarged(smooth(100, 70), 500, 350)).max() <= 3


@pytest.mark.once
def test_from_1024_to_4096(tmp_path: Path) -> None:
    """As large as it is meant for, once: the picture enlarged, by up to 20 levels, without a step."""

    class Uneven(EchoClient):
        def generate(self, request: GenerationRequest) -> Answer:
            (image,) = super().generate(request).images
            self.requests[-1] = request.changed(init_image=b"")
            shift = 20 if zlib.crc32(image.png) & 1 else -20
            return answer((png.decode(image.png).astype(np.int16) + shift).astype(np.uint8))

    pixels = smooth(1024, 1024)
    client = Uneven()
    job = refine_job(tmp_path, source_of(pixels), size=(4096, 4096), refining=Refining())
    picture, _notices = run(job, lambda _server: client)
    assert len(client.requests) == job.part_count == 5 * 5
    difference = pixels_of(picture).astype(np.int16)
    difference -= enlarged(pixels, 4096, 4096)
    assert -23 <= difference.min() <= -17 and 17 <= difference.max() <= 23
    for axis in (0, 1):
        assert np.abs(np.diff(difference, axis=axis)).max() <= 1.6 * 40 / 128 + 1 + 1


# What it costs


@pytest.mark.once
def test_memory_beside_the_picture(tmp_path: Path) -> None:
    """Of a picture whose tiles are small beside it, as they are of the large ones."""
    side = 2048
    pixels = np.random.default_rng(0).integers(0, 256, (side // 4, side // 4, 3), np.uint8)
    client = EchoClient()
    # What a test's client keeps is no part of it.
    client.requests = _Forgetting()
    job = refine_job(tmp_path, source_of(pixels), size=(side, side), refining=Refining(512, 64))
    tracemalloc.start()
    try:
        for _event in job.task.run(client, TaskIO(job.id, job.server)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    whole = side * side * 3
    assert peak <= 6 * whole, f"{peak / whole:.1f} times the picture, itself counted"


class _Forgetting(list[GenerationRequest]):
    def append(self, _request: GenerationRequest) -> None:
        pass


def test_its_time_is_that_of_other_pictures_of_a_tiles_size(tmp_path: Path) -> None:
    job = refine_job(tmp_path, steps=8)
    assert isinstance(job.task, RefineTask)
    key = timing_key(window_request(job.task.request, 256, 256))
    estimates = Estimates()
    estimates.learn(job.server.url, key, 2.5)
    assert estimates.of_all(job.server.url, job.task.timings) == TILES * 2.5


# What is kept


def test_unfinished_runs_are_swept_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(number: int, *, tiles: int = 1) -> TileStore:
        store = TileStore(tmp_path, f"{number:032x}")
        store.open()
        for index in range(tiles):
            store.put(index, np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8))
        return store

    old, second, third = made(1), made(2), made(3)
    for each in (old, second):
        each.close()
    for path in (*old.path.iterdir(), old.path):
        os.utime(path, (1, 1))
    (tmp_path / "somebody's").mkdir()
    made(4).close()
    there = {path.name[-1] for path in tmp_path.iterdir()}
    assert there == {"2", "3", "4", "s"}, "one that is old is gone"
    monkeypatch.setattr(tile_store, "MAX_BYTES", 18_000)
    made(5).close()
    assert {path.name[-1] for path in tmp_path.iterdir()} == {"3", "4", "5", "s"}, "one that is held stays"
    third.close()


def test_two_who_work_on_the_same_do_not_meet(tmp_path: Path) -> None:
    first, second = TileStore(tmp_path, "0" * 32), TileStore(tmp_path, "0" * 32)
    first.open()
    second.open()
    first.put(0, np.zeros((64, 64, 3), np.uint8))
    assert not second.is_there(0, 64, 64)
    assert first.path != second.path
    first.close()
    third = TileStore(tmp_path, "0" * 32)
    third.open()
    assert third.is_there(0, 64, 64)
    third.close()
    second.close()


@pytest.mark.parametrize("refining", [Refining(tile=1000), Refining(tile=64), Refining(overlap=600)])
def test_what_no_tiles_can_be_is_refused(refining: Refining, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings):
        refine_job(tmp_path, refining=refining)
    with pytest.raises(InvalidSettings, match="8192"):
        refine_job(tmp_path, size=(9000, 10))


def test_recipes_of_before_have_none() -> None:
    recipe = Recipe(GenerationRequest.of(prompt="moss"), "localhost")
    body = json.loads(recipe.text)
    del body["refining"]
    assert Recipe.from_json(json.dumps(body)) == recipe
