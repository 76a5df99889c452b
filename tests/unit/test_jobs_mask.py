# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks and control images lie on the source pixel by pixel, however it is fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from campaign import FIXTURES_STAY, share
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.connect import connect
from drawthings_addon.client.request import Control, GenerationRequest
from drawthings_addon.client.sections import Mask
from drawthings_addon.errors import ServerFailed, SourceUnavailable
from drawthings_addon.imaging import fit, png, scale
from drawthings_addon.jobs import sources
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import without_pixels
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import Notice, PictureDone, TaskEvent
from local_server import StandIn
from tests.unit.jobs_fakes import (
    EchoClient,
    ScriptedClient,
    changed,
    ends,
    make_job,
    pictures,
    request_of,
    run_out,
    run_task,
)

UNIT = Control("control_v11f1p_sd15_depth [cfd03158]", source="DEPTH")
sides = st.integers(1, 300)


def run(job: Job, client: Any) -> list[TaskEvent]:
    return list(run_task(job, client))


def sent(job: Job) -> GenerationRequest:
    client = EchoClient()
    run(job, client)
    (request,) = client.requests
    return request


def random_source(width: int, height: int, channels: int, **values: Any) -> Source:
    pixels = np.random.default_rng(width + height).integers(0, 256, (height, width, channels), np.uint8)
    return Source(SourceName("OTHER", "image"), pixels=pixels, **values)


def grey(value: int, width: int, height: int) -> Source:
    return Source(SourceName("OTHER", "mask"), pixels=np.full((height, width, 1), value, np.uint8))


# Masks


@settings(max_examples=share(600), suppress_health_check=FIXTURES_STAY)
@given(width=sides, height=sides, mode=st.sampled_from(get_args(fit.FitMode)))
def test_a_mask_is_fitted_as_its_source_is(
    tmp_path: Path, width: int, height: int, mode: fit.FitMode
) -> None:
    """The source itself as its mask is sent as what is sent of it, but for what the fit adds."""
    source = random_source(width, height, 1, fit_mode=mode)
    request = sent(make_job("localhost", tmp_path, source=source, mask=source))
    plan = fit.plan(width, height, mode)
    mask = png.decode(request.mask.image)
    assert mask.shape == (request.images.height, request.images.width, 1)
    picture = png.decode(request.images.init_image)[..., :1]
    inside = np.zeros(mask.shape, bool)
    rows, columns = (slice(axis.padding[0], axis.fitted - axis.padding[1]) for axis in (plan.y, plan.x))
    inside[rows, columns] = True
    np.testing.assert_array_equal(mask[inside], picture[inside])
    assert not mask[~inside].any(), "what the fit adds is not to be painted"


@pytest.mark.parametrize("mode", get_args(fit.FitMode))
@pytest.mark.parametrize("size", [(1, 1), (100, 70), (50, 35), (400, 300)])
def test_a_mask_of_another_size_is_brought_to_the_sources(
    tmp_path: Path, mode: fit.FitMode, size: tuple[int, int]
) -> None:
    source = random_source(100, 70, 3, fit_mode=mode)
    mask = random_source(*size, 1)
    assert mask.pixels is not None
    same = Source(SourceName("OTHER", "mask"), pixels=scale.resize(mask.pixels[::-1], 100, 70)[::-1])
    wanted = sent(make_job("localhost", tmp_path, source=source, mask=same)).mask
    assert sent(make_job("localhost", tmp_path, source=source, mask=mask)).mask == wanted


def test_a_mask_lies_on_the_source_as_it_is_worked_on(tmp_path: Path) -> None:
    source = random_source(100, 70, 3, resize_to=(200, 140))
    request = sent(make_job("localhost", tmp_path, source=source, mask=grey(255, 100, 70)))
    assert (
        png.decode(request.mask.image).shape
        == (request.images.height, request.images.width, 1)
        == (192, 256, 1)
    )
    assert int((png.decode(request.mask.image) == 255).sum()) == 200 * 140


@pytest.mark.parametrize(
    ("colour", "value"),
    [
        ([255, 255, 255], 255),
        ([0, 0, 0], 0),
        ([77, 77, 77], 77),
        ([255, 0, 0], 76),
        ([0, 255, 0], 150),
        ([0, 0, 255], 29),
        ([255, 255, 255, 0], 0),
        ([255, 255, 255, 128], 128),
        ([200, 255], 200),
        ([200, 0], 0),
    ],
)
def test_a_mask_is_its_luminance(colour: list[int], value: int) -> None:
    prepared = sources.prepare(random_source(128, 128, 3))
    pixels = np.full((128, 128, len(colour)), colour, np.uint8)
    assert (png.decode(prepared.mask(Source(SourceName("OTHER", "mask"), pixels=pixels))) == value).all()


def test_a_mask_without_a_source_has_nothing_to_lie_on(tmp_path: Path) -> None:
    job = changed(make_job("localhost", tmp_path), mask=grey(255, 64, 64))
    with pytest.raises(SourceUnavailable):
        run(job, EchoClient())


@pytest.mark.parametrize("mode", ["PAD", "CROP"])
def test_what_is_not_masked_stays_as_it_was(tmp_path: Path, mode: fit.FitMode) -> None:
    source = random_source(200, 150, 4, fit_mode=mode)
    assert source.pixels is not None
    mask = np.zeros((150, 200, 1), np.uint8)
    mask[:, :90] = 255
    with StandIn(dialect="A1111") as server:
        job = make_job(server.url, tmp_path, source=source, sampler="Euler a", strength=1.0)
        sharp = request_of(job).changed(mask=Mask(blur=0))
        job = changed(job, request=sharp, mask=Source(SourceName("OTHER", "mask"), pixels=mask))
        events = run(job, connect(job.server))
    assert not any(isinstance(event, Notice) for event in events)
    (picture,) = (event.picture for event in events if isinstance(event, PictureDone))
    with Image.open(picture.path) as image:
        back = np.asarray(image)
    shown = source.pixels[::-1]
    np.testing.assert_array_equal(back[:, 90:], shown[:, 90:])
    np.testing.assert_array_equal(back[..., 3], shown[..., 3])
    assert (back[:, 40:60, :3] != shown[:, 40:60, :3]).any()
    assert picture.recipe.request == without_pixels(picture.recipe.request)


# Control images


@pytest.mark.parametrize("mode", get_args(fit.FitMode))
@pytest.mark.parametrize("size", [(100, 70), (200, 140)])
def test_a_control_image_is_fitted_as_the_source_is(
    tmp_path: Path, mode: fit.FitMode, size: tuple[int, int]
) -> None:
    source = random_source(100, 70, 3, fit_mode=mode)
    beside = random_source(*size, 3)
    if size == (100, 70):
        beside = source
    job = make_job("localhost", tmp_path, source=source, controls=(UNIT, UNIT))
    request = sent(changed(job, control_images=(None, beside)))
    assert request.map_controls[0] == UNIT
    pixels = png.decode(request.map_controls[1].image)
    assert pixels.shape == (request.images.height, request.images.width, 3)
    if size == (100, 70):
        assert request.map_controls[1].image == request.images.init_image


def test_without_a_source_a_control_image_is_sent_in_its_own_size(tmp_path: Path) -> None:
    depth = random_source(100, 70, 1)
    job = make_job("localhost", tmp_path, controls=(UNIT,))
    request = sent(changed(job, control_images=(depth,)))
    assert depth.pixels is not None
    np.testing.assert_array_equal(
        png.decode(request.map_controls[0].image), np.repeat(depth.pixels[::-1], 3, axis=2)
    )


def test_control_images_without_a_unit_are_left_out(tmp_path: Path) -> None:
    depth = random_source(100, 70, 1)
    job = make_job("localhost", tmp_path, controls=(UNIT,))
    assert len(sent(changed(job, control_images=(depth, depth))).map_controls) == 1
    assert sent(changed(make_job("localhost", tmp_path), control_images=(depth,))).map_controls == ()


def test_a_server_takes_a_control_image_and_the_recipe_has_none(tmp_path: Path) -> None:
    with StandIn(dialect="A1111") as server:
        job = make_job(server.url, tmp_path, sampler="Euler a", controls=(UNIT,))
        job = changed(job, control_images=(random_source(128, 128, 1),))
        events = run(job, connect(job.server))
        assert server.journal.refused == ()
        assert len(server.journal.generations) == 1
    (picture,) = (event.picture for event in events if isinstance(event, PictureDone))
    assert picture.recipe.request.map_controls == (UNIT,)


# What the server did otherwise


def test_what_the_server_did_otherwise_is_told_once_a_job(tmp_path: Path) -> None:
    class Otherwise(EchoClient):
        def generate(self, request: GenerationRequest) -> Answer:
            return replace(super().generate(request), notices=("The server used another sampler.",))

    events = run(make_job("localhost", tmp_path, count=3), Otherwise())
    told = [event.text for event in events if isinstance(event, Notice)]
    assert told == ["The server used another sampler."]


def test_each_picture_tells_which_it_is(tmp_path: Path) -> None:
    events = run(make_job("localhost", tmp_path, count=3), EchoClient())
    assert [event.picture.index for event in events if isinstance(event, PictureDone)] == [0, 1, 2]


def test_all_files_of_a_job_go_with_it_and_stay_for_another_try(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        path.write_bytes(png.encode(np.zeros((64, 64, 3), np.uint8)))
    source, mask, guide = (Source(SourceName("OTHER", path.name), path=path) for path in paths)
    client = ScriptedClient([ServerFailed("No."), 1])
    jobs = JobQueue(lambda server: client)
    job = make_job("localhost", tmp_path / "out", source=source, mask=mask, controls=(UNIT, UNIT))
    job = changed(job, control_images=(None, guide))
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.FAILED)]
    assert all(path.exists() for path in paths)
    assert jobs.retry(job.id) is not None
    assert len(pictures(run_out(jobs))) == 1
    assert not any(path.exists() for path in paths)
