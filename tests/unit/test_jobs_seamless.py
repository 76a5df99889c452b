# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that repeat: by this computer alone, and painted over by a server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import THIS_COMPUTER, Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import ServerFailed
from drawthings_addon.imaging import exr, png, seams
from drawthings_addon.imaging.colour import srgb_to_linear
from drawthings_addon.jobs import seamless, windows
from drawthings_addon.jobs.canvas import Seamless
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.seamless import BlendSeamsTask, SeamlessTask
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import PictureDone, TaskIO
from local_server import StandIn
from tests.support import seam_measures, textures
from tests.unit.jobs_fakes import EchoClient, answer, ends, pictures, run_out

CLIENTS: dict[str, type[Client]] = {"DRAW_THINGS": DrawThingsClient, "A1111": A1111Client}


class Grainy(EchoClient):
    """Answers as a server at low strength does: what was sent, with something of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[np.ndarray] = []

    def generate(self, request: GenerationRequest) -> Any:
        self.requests.append(request)
        pixels = png.decode(request.images.init_image)
        self.sent.append(pixels)
        grain = np.random.default_rng(len(self.sent)).integers(-12, 13, pixels.shape)
        return answer(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def source(pixels: np.ndarray, **values: Any) -> Source:
    return Source(SourceName("IMAGE", "wall"), pixels[::-1], **values)


def painting(folder: Path, pixels: np.ndarray, axes: seams.Axes = "XY", **values: Any) -> SeamlessTask:
    height, width = pixels.shape[:2]
    request = GenerationRequest.of(
        operation="img2img", prompt="moss", steps=1, strength=0.4, sampler="Euler a", tiling=True
    )
    return SeamlessTask(source(pixels, **values), width, height, request, folder, axes)


def painted(client: Any, task: SeamlessTask) -> tuple[np.ndarray, Recipe]:
    io = TaskIO(uuid.uuid4().hex, client.server)
    (done,) = [each for each in task.run(client, io) if isinstance(each, PictureDone)]
    recipe = done.picture.recipe
    assert Recipe.from_json(recipe.text) == recipe
    data = done.picture.png
    return (exr.pixels(data) if done.picture.path.suffix == ".exr" else png.decode(data)), recipe


def nobody(server: Server) -> Client:
    raise AssertionError(f"{server} was asked")


def blended(folder: Path, picture: Source, axes: seams.Axes = "XY") -> np.ndarray:
    jobs = JobQueue(nobody)
    job = Job(uuid.uuid4().hex, "Seamless", THIS_COMPUTER, BlendSeamsTask(picture, axes, folder), "the wall")
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    (made,) = pictures(events, job)
    assert made.recipe.seamless == Seamless(axes, "BLEND")
    assert made.recipe.server == ""
    return exr.pixels(made.png) if made.path.suffix == ".exr" else png.decode(made.png)


def test_blend_asks_nobody(tmp_path: Path) -> None:
    picture = textures.stone()
    made = blended(tmp_path, source(picture))
    assert np.array_equal(made, seams.make_seamless(picture))


def test_floats_that_did_not_have_to_change_stay_to_the_bit(tmp_path: Path) -> None:
    floats = srgb_to_linear(textures.bricks()) * np.float32(1.7)
    made = blended(tmp_path, source(floats, encoding=Encoding.LINEAR, keeps_floats=True))
    assert made.dtype == np.float32
    assert (made == floats).all(axis=2).mean() > 0.6
    assert made[90, 90].tolist() == floats[90, 90].tolist()
    assert np.abs(made[0] - made[-1]).mean() < np.abs(floats[0] - floats[-1]).mean()


def test_heights_beyond_black_and_white_are_not_cut_off(tmp_path: Path) -> None:
    heights = (textures.stone()[..., :1].astype(np.float32) - 128) / 20
    picture = source(heights, encoding=Encoding.SRGB, keeps_floats=True)
    made = blended(tmp_path, picture)[..., 0]
    assert (made == heights[..., 0]).mean() > 0.6
    changed = made[made != heights[..., 0]]
    assert ((changed < 0) | (changed > 1)).mean() > 0.3
    assert heights.min() - 0.1 <= changed.min() and changed.max() <= heights.max() + 0.1
    by_server, recipe = painted(EchoClient(), replace(painting(tmp_path, heights), picture=picture))
    assert np.array_equal(by_server[..., 0], made)
    assert recipe.floats == "DATA"


@pytest.mark.once
@pytest.mark.parametrize("kind", sorted(textures.KINDS))
def test_what_an_echo_gives_back_is_what_was_blended_here(kind: str, tmp_path: Path) -> None:
    picture = textures.KINDS[kind]()
    made, recipe = painted(EchoClient(), painting(tmp_path, picture))
    assert np.array_equal(made, seams.make_seamless(picture))
    assert recipe.seamless == Seamless("XY", "SERVER")
    assert not recipe.request.sampling.tiling, "windows do not repeat"


@pytest.mark.once
@pytest.mark.parametrize("kind", ["bricks", "cells", "gravel", "stone", "weave"])
def test_what_a_server_paints_repeats(kind: str, tmp_path: Path) -> None:
    picture = textures.KINDS[kind]()
    client = Grainy()
    made, _recipe = painted(client, painting(tmp_path, picture))
    assert seam_measures.flaws(picture, made) == []
    edge = np.abs(made[0].astype(int) - seams.make_seamless(picture)[0]).mean()
    assert edge > 1, "it did paint there"


class Brighter(Grainy):
    """Answers with what was sent, brighter and darker in turns: servers do not keep the light."""

    def generate(self, request: GenerationRequest) -> Any:
        self.requests.append(request)
        pixels = png.decode(request.images.init_image).astype(int)
        by = 20 if len(self.requests) % 2 else -20
        return answer(np.clip(pixels + by, 0, 255).astype(np.uint8))


@pytest.mark.once
@pytest.mark.parametrize("kind", ["bricks", "clouds", "planks", "stone"])
def test_a_server_that_changes_the_light_leaves_no_band_of_it(kind: str, tmp_path: Path) -> None:
    picture = textures.KINDS[kind]()
    made, _recipe = painted(Brighter(), painting(tmp_path, picture))
    assert seam_measures.flaws(picture, made) == []


@pytest.mark.once
@pytest.mark.parametrize("axes", ["XY", "X", "Y"])
def test_beyond_its_reach_nothing_is_painted(axes: seams.Axes, tmp_path: Path) -> None:
    picture = textures.noise(256)
    made, _recipe = painted(Grainy(), painting(tmp_path, picture, axes))
    is_changed = (made != seams.make_seamless(picture, axes)).any(axis=2)
    reach = 256 // seamless.REACH
    inside = slice(reach, 256 - reach)
    assert not is_changed[
        inside if "Y" in axes else slice(None), inside if "X" in axes else slice(None)
    ].any()
    for axis, lines in (("X", is_changed[:, [0, -1]]), ("Y", is_changed[[0, -1]])):
        if axis in axes:
            assert lines.mean() > 0.9


def test_a_large_picture_is_painted_in_windows(tmp_path: Path) -> None:
    picture = textures.noise(700)
    one = replace(painting(tmp_path, picture), work_megapixels=1 / 16)
    client = Grainy()
    made, _recipe = painted(client, one)
    assert len(client.requests) == one.part_count > 8
    assert {each.shape[:2] for each in client.sent} == {(256, 256)}
    is_changed = (made != seams.make_seamless(picture)).any(axis=2)
    assert is_changed[:8].all(axis=0).mean() > 0.95, "no part of the seam is left out"
    assert is_changed[:, -8:].all(axis=1).mean() > 0.95


@pytest.fixture(scope="module", params=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with StandIn(engine="pattern", dialect=request.param) as server:
        yield CLIENTS[request.param](Server(server.url))


@pytest.mark.once
def test_both_dialects(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.dstack((textures.planks(131), np.full((131, 131), 255, np.uint8)))[:, :97]
    picture[20:40, 30:50, 3] = 9
    sent: list[GenerationRequest] = []
    generate = client.generate

    def noted(request: GenerationRequest) -> Any:
        sent.append(request)
        return generate(request)

    monkeypatch.setattr(client, "generate", noted)
    one = painting(tmp_path, picture)
    made, _recipe = painted(client, one)
    assert made.shape == picture.shape
    assert np.array_equal(made[14:-14, 10:-10], seams.make_seamless(picture)[14:-14, 10:-10])
    assert len(sent) == one.part_count
    assert all(bool(each.mask.image) == ("mask" in client.dialect.takes) for each in sent)


def test_a_cancelled_one_makes_nothing(tmp_path: Path) -> None:
    task = painting(tmp_path, textures.noise(64))
    client = Grainy()
    io = TaskIO("1", client.server, is_cancelled=lambda: bool(client.requests))
    assert list(task.run(client, io)) == []
    assert len(client.requests) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(1024, 1024), (4096, 4096), (300, 2000), (5000, 90), (64, 64), (7, 5)])
@pytest.mark.parametrize("axes", ["XY", "X", "Y"])
def test_windows_cover_both_seams(size: tuple[int, int], axes: seams.Axes) -> None:
    width, height = size
    layout = seamless.layout(width, height, axes)
    covered = np.zeros((height, width), np.bool_)
    for each in layout.windows:
        assert each.width <= width and each.height <= height
        left, top, right, bottom = each.inner
        rows, columns = each.rows(height)[top:bottom], each.columns(width)[left:right]
        covered[np.ix_(rows, columns)] = True
    reach_x, reach_y = width // seamless.REACH, height // seamless.REACH
    if "X" in axes:
        assert covered[:, : reach_x + 1].all() and covered[:, width - reach_x :].all()
    if "Y" in axes:
        assert covered[: reach_y + 1].all() and covered[height - reach_y :].all()
    assert len(windows.timings(layout, GenerationRequest())) == len(layout.windows)


def texture(folder: Path, how: Seamless, count: int = 1) -> GenerateTask:
    request = GenerationRequest.of(prompt="moss", width=128, height=128, steps=1, sampler="Euler a", seed=5)
    return GenerateTask(request, folder, count=count, seamless=how)


class Ramps(Grainy):
    """A new picture is a ramp, which repeats nowhere; it fails from the given request on."""

    def __init__(self, fails_at: int = 1000) -> None:
        super().__init__()
        self._fails_at = fails_at

    def generate(self, request: GenerationRequest) -> Any:
        if len(self.requests) >= self._fails_at:
            self.requests.append(request)
            raise ServerFailed("It fell over.")
        if request.images.init_image:
            return super().generate(request)
        self.requests.append(request)
        ramp = np.linspace(20, 220, 128).astype(np.uint8)
        return answer(np.broadcast_to(ramp[:, None, None], (128, 128, 3)).copy())


@pytest.mark.parametrize("method", ["SERVER", "BLEND"])
def test_a_new_picture_repeats_before_anybody_sees_it(method: str, tmp_path: Path) -> None:
    client = Ramps()
    jobs = JobQueue(lambda server: client)
    task = texture(tmp_path, Seamless("XY", method), count=2)  # type: ignore[arg-type]
    job = Job(uuid.uuid4().hex, "Texture", Server("localhost"), task)
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    made = pictures(events, job)
    assert len(made) == 2
    for one in made:
        pixels = png.decode(one.png).astype(int)
        assert np.abs(pixels[0] - pixels[-1]).mean() < 40
        assert one.recipe.seamless == Seamless("XY", method)  # type: ignore[arg-type]
        assert one.recipe.request.operation == "txt2img"
        assert one.recipe.request.sampling.strength != 0.4
    painted_over = [each for each in client.requests if each.images.init_image]
    assert bool(painted_over) == (method == "SERVER")
    assert all(each.sampling.strength == 0.4 for each in painted_over)
    assert len(client.requests) == task.part_count
    assert task.remaining(task.part_count // 2).count == 1


def test_a_server_that_fails_at_the_seam_does_not_cost_the_picture(tmp_path: Path) -> None:
    client = Ramps(fails_at=2)
    jobs = JobQueue(lambda server: client)
    job = Job(uuid.uuid4().hex, "Texture", Server("localhost"), texture(tmp_path, Seamless()))
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    (made,) = pictures(events, job)
    pixels = png.decode(made.png).astype(int)
    assert np.abs(pixels[0] - pixels[-1]).mean() < 40
    assert any("laid over its seams" in str(getattr(event, "text", "")) for event in events)


def test_a_server_that_makes_tiles_is_asked_for_one(tmp_path: Path) -> None:
    class Tiles(Ramps):
        dialect = A1111

        def generate(self, request: GenerationRequest) -> Any:
            self.requests.append(request)
            wave = 128 + 90 * np.sin(np.arange(128) * 2 * np.pi / 64)
            ramp = np.linspace(20, 220, 128)
            rows = wave if request.sampling.tiling and self.tiles else ramp
            return answer(np.broadcast_to(rows[:, None, None], (128, 128, 3)).astype(np.uint8))

    for tiles in (True, False):
        client = Tiles()
        client.tiles = tiles  # type: ignore[attr-defined]
        io = TaskIO("1", client.server)
        task = texture(tmp_path, Seamless("XY", "BLEND"))
        (done,) = [each for each in task.run(client, io) if isinstance(each, PictureDone)]
        (asked,) = client.requests
        assert asked.sampling.tiling
        pixels = png.decode(done.picture.png).astype(int)
        assert np.abs(pixels[0] - pixels[-1]).mean() < 40, "a model that makes none is helped"
        assert done.picture.recipe.seamless is not None
