# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that are enlarged or restored: in one request, in any size, with their alpha."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from drawthings_addon.client import budget
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.answer import GeneratedImage
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import FeatureMissing, ServerFailed
from drawthings_addon.imaging import png, scale
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.job import Job, JobNotice, JobState
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, PARAMETERS_CHUNK, Recipe
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import Notice, Picture, PictureDone
from drawthings_addon.jobs.upscale import UpscaleTask
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import EchoClient, ends, pictures, run_out, run_task

pytestmark = pytest.mark.timing

DOUBLED = UpscaleSettings(upscaler="Nearest", scale=2)


class EnlargingClient(EchoClient):
    """Gives each picture back in this size, or in its own, as often as `copies` says."""

    def __init__(self, size: tuple[int, int] | None = None, copies: int = 1) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.sent: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self._size = size
        self._copies = copies

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        made = tuple(self.enlarged(image) for image in images)
        return made if len(images) == 1 else (made * 9)[: self._copies]

    def enlarged(self, image: bytes) -> GeneratedImage:
        assert self.gate.wait(60)
        self.sent.append(image)
        pixels = png.decode(image)
        width, height = self._size or (pixels.shape[1], pixels.shape[0])
        return GeneratedImage(png.encode(scale.resize(pixels, width, height)), width, height)


def extras_job(server: str, directory: Path, *sources: Source, extras: UpscaleSettings = DOUBLED) -> Job:
    task = UpscaleTask(sources, extras, directory, width=100, height=70)
    return Job(uuid.uuid4().hex, "Upscale", Server(server), task)


def random_source(label: str, width: int, height: int, channels: int = 3) -> Source:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, channels), np.uint8)
    return Source(SourceName("OTHER", label), pixels=pixels)


def pixels_of(picture: Picture) -> NDArray[Any]:
    with Image.open(picture.path) as image:
        return np.asarray(image).copy()


def run(job: Job, client: Callable[[Server], Any] = connect) -> tuple[list[Picture], list[str]]:
    jobs = JobQueue(client)
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    return pictures(events), [event.text for event in events if isinstance(event, JobNotice)]


# Over HTTP


def test_one_picture_is_enlarged_in_its_own_size_and_with_its_alpha(tmp_path: Path) -> None:
    source = random_source("image Rust.png", 96, 72, 4)
    assert source.pixels is not None
    with StandIn(dialect="A1111") as server:
        (picture,), notices = run(extras_job(server.url, tmp_path, source))
        (order,) = [entry for entry in server.journal if entry.method == "POST"]
        assert (order.path, order.status) == ("/sdapi/v1/extra-single-image", 200)
    shown = source.pixels[::-1]
    made = pixels_of(picture)
    np.testing.assert_array_equal(made[..., :3], shown[..., :3].repeat(2, axis=0).repeat(2, axis=1))
    np.testing.assert_array_equal(made[..., 3:], scale.resize(shown[..., 3:].copy(), 192, 144))
    assert notices == []
    assert (picture.width, picture.height, picture.index) == (192, 144, 0)
    assert picture.thumbnail.shape[2] == 4
    assert picture.path.name == "image-Rust-png-2x.png"


def test_several_pictures_are_one_request(tmp_path: Path) -> None:
    sources = [random_source("a", 96, 72), random_source("b", 40, 200, 4), random_source("c", 8, 8, 1)]
    with StandIn(dialect="A1111") as server:
        made, _ = run(extras_job(server.url, tmp_path, *sources))
        (order,) = [entry for entry in server.journal if entry.method == "POST"]
        assert (order.path, order.status) == ("/sdapi/v1/extra-batch-images", 200)
    assert [(each.index, each.recipe.source.name) for each in made] == [(0, "a"), (1, "b"), (2, "c")]
    assert [(each.width, each.height) for each in made] == [(192, 144), (80, 400), (16, 16)]
    for picture, source in zip(made, sources, strict=True):
        assert source.pixels is not None
        shown = source.pixels[::-1, :, :3].repeat(2, axis=0).repeat(2, axis=1)
        np.testing.assert_array_equal(
            pixels_of(picture)[..., :3], np.broadcast_to(shown, (*shown.shape[:2], 3))
        )


def test_the_recipe_tells_upscaler_and_scale(tmp_path: Path) -> None:
    with StandIn(dialect="A1111") as server:
        (picture,), _ = run(extras_job(server.url, tmp_path, random_source("viewport", 64, 64)))
    texts = png.read_text(picture.path.read_bytes())
    recipe = Recipe.from_json(texts[CHUNK])
    assert recipe == picture.recipe
    assert recipe.request.operation == "extras"
    assert (recipe.request.images.width, recipe.request.images.height) == (64, 64)
    assert recipe.extras == DOUBLED
    assert texts[PARAMETERS_CHUNK] == "Postprocess upscale by: 2, Postprocess upscaler: Nearest"


@pytest.mark.parametrize("target", [(160, 160), (64, 200), (300, 100)])
@pytest.mark.parametrize("crop", [True, False])
def test_alpha_goes_where_the_server_puts_the_colours(
    tmp_path: Path, target: tuple[int, int], crop: bool
) -> None:
    """Colours that are the alpha show where each pixel went."""
    values = np.repeat(np.linspace(0, 255, 80), 80).reshape(80, 80).astype(np.uint8)
    values = np.maximum(values, values.T)[..., np.newaxis]
    source = Source(SourceName("OTHER", "image"), pixels=np.concatenate([values] * 4, axis=2))
    extras = UpscaleSettings(upscaler="Lanczos", size=target, crop=crop)
    with StandIn(dialect="A1111") as server:
        (picture,), notices = run(extras_job(server.url, tmp_path, source, extras=extras))
    assert notices == []
    made = pixels_of(picture).astype(int)
    if crop:
        assert (picture.width, picture.height) == target
    assert np.abs(made[..., 0] - made[..., 3]).max() <= 12


def test_a_cancelled_extras_job_leaves_the_server_idle(tmp_path: Path) -> None:
    with StandIn(dialect="A1111", faults=Faults(delay=600)) as server:
        jobs = JobQueue(connect)
        job = extras_job(server.url, tmp_path / "out", random_source("a", 64, 64), random_source("b", 64, 64))
        jobs.submit(job)
        assert server.wait_until_running()
        jobs.cancel(job.id)
        events = run_out(jobs)
        assert server.wait_until_idle()
    assert ends(events) == [(job, JobState.CANCELLED)]
    assert not (tmp_path / "out").exists()


def test_a_server_without_extras_says_so(stand_in: StandIn, tmp_path: Path) -> None:
    jobs = JobQueue(connect)
    jobs.submit(extras_job(stand_in.url, tmp_path, random_source("a", 64, 64)))
    event = run_out(jobs)[-1]
    assert isinstance(event.error, FeatureMissing)  # type: ignore[union-attr]


# Whatever comes back


def test_more_or_fewer_pictures_than_were_sent(tmp_path: Path) -> None:
    sources = [random_source(label, 40, 40, 4) for label in "ab"]
    for copies in (1, 3):
        made, notices = run(
            extras_job("localhost", tmp_path, *sources),
            lambda server: EnlargingClient(copies=copies),  # noqa: B023
        )
        assert notices == [f"2 pictures were sent, but {copies} came back."]
        assert [each.index for each in made] == list(range(copies))
        told = [each.recipe.source and each.recipe.source.name for each in made]
        assert told == ["a", "b", None][: 1 if copies == 1 else 3]
        assert [pixels_of(each).shape[2] for each in made] == [4, 4, 3][:copies]


def test_any_size_that_comes_is_kept(tmp_path: Path) -> None:
    for size in ((1, 1), (333, 20), (40, 400)):
        (picture,), notices = run(
            extras_job("localhost", tmp_path, random_source("a", 40, 40, 4)),
            lambda server: EnlargingClient(size),  # noqa: B023
        )
        assert notices == []
        assert (picture.width, picture.height) == size
        assert pixels_of(picture).shape == (size[1], size[0], 4)


def test_a_jpeg_is_kept_as_it_came(tmp_path: Path) -> None:
    data = tmp_path / "x.jpg"
    Image.new("RGB", (64, 32), "red").save(data)

    class Answers(EnlargingClient):
        def enlarged(self, image: bytes) -> GeneratedImage:
            return GeneratedImage(data.read_bytes(), 64, 32, format="JPEG")

    for channels, told in ((3, 0), (4, 1)):
        (picture,), notices = run(
            extras_job("localhost", tmp_path / "out", random_source("a", 32, 16, channels)),
            lambda server: Answers(),
        )
        assert len(notices) == told
        assert picture.path.suffix == ".jpg"
        assert picture.path.read_bytes() == data.read_bytes()
        assert picture.thumbnail.shape == (1, 1, 4)


def test_nothing_to_enlarge(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: EnlargingClient())
    jobs.submit(extras_job("localhost", tmp_path))
    assert ends(run_out(jobs))[0][1] is JobState.FAILED


# As jobs


def test_all_files_of_a_job_go_with_it_and_stay_for_another_try(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in "abcd"]
    for path in paths:
        path.write_bytes(png.encode(np.zeros((8, 8, 3), np.uint8)))

    class FailsOnce(EnlargingClient):
        def upscale(self, images: Sequence[bytes], settings: UpscaleSettings) -> Any:
            self.sent.append(b"")
            if len(self.sent) == 1:
                raise ServerFailed("No.")
            return super().upscale(images, settings)

    client = FailsOnce(copies=4)
    jobs = JobQueue(lambda server: client)
    job = extras_job(
        "localhost", tmp_path / "out", *(Source(SourceName("OTHER", path.name), path=path) for path in paths)
    )
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.FAILED)]
    assert all(path.exists() for path in paths)
    again = jobs.retry(job.id)
    assert again is not None
    assert len(pictures(run_out(jobs))) == 4
    assert not any(path.exists() for path in paths)


def test_an_estimate_is_learnt_for_each_upscaler(tmp_path: Path) -> None:
    estimates = Estimates()
    client = EnlargingClient(copies=2)
    jobs = JobQueue(lambda server: client, estimates=estimates)
    sources = random_source("a", 100, 70), random_source("b", 100, 70)
    jobs.submit(extras_job("localhost", tmp_path, *sources))
    run_out(jobs)
    for upscaler, is_known in (("Nearest", True), ("Other", False)):
        job = extras_job("localhost", tmp_path, *sources, extras=replace(DOUBLED, upscaler=upscaler))
        client.gate.clear()
        jobs.submit(job)
        (status,) = jobs.statuses()
        assert (status.estimate is not None) == is_known
        client.gate.set()
        run_out(jobs)


def test_one_that_cannot_be_read_does_not_cost_the_others(tmp_path: Path) -> None:
    class OneIsBroken(EnlargingClient):
        def upscale(self, images: Sequence[bytes], settings: UpscaleSettings) -> Any:
            first, _broken, last = map(self.enlarged, images)
            return first, None, last

    sources = [random_source(f"image {name}", 64 + n, 64) for n, name in enumerate("abc")]
    job = extras_job("localhost", tmp_path, *sources)
    events = list(run_task(job, OneIsBroken()))
    made = [event.picture for event in events if isinstance(event, PictureDone)]
    assert [(picture.index, picture.width) for picture in made] == [(0, 64), (2, 66)]
    (told,) = (event.text for event in events if isinstance(event, Notice))
    assert "“image b”" in told


def test_more_than_one_answer_may_hold_are_asked_for_in_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "groups_to_upscale", lambda *_: iter([range(0, 2), range(2, 3), range(3, 5)]))
    client = EnlargingClient(copies=2)
    sources = [random_source(f"image {n}", 64 + n, 64) for n in range(5)]
    job = extras_job("localhost", tmp_path, *sources)
    events = list(run_task(job, client))
    made = [event.picture for event in events if isinstance(event, PictureDone)]
    assert [(picture.index, picture.width) for picture in made] == [(n, 64 + n) for n in range(5)]
    assert len(events) == 5
