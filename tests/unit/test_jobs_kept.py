# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture was made from is kept as files, as long as the picture may be made again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drawthings_addon.client.http.address import Server
from drawthings_addon.imaging import png
from drawthings_addon.jobs import sources
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import Picture
from drawthings_addon.jobs.upscale import UpscaleTask
from tests.unit.jobs_fakes import (
    PATIENCE,
    EchoClient,
    ScriptedClient,
    changed,
    ends,
    generation,
    make_job,
    pictures,
    run_out,
    wait_for,
)


def noise(width: int = 64, height: int = 64, *, channels: int = 4, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.png"))


@pytest.fixture
def kept(tmp_path: Path) -> KeptSources:
    return KeptSources(tmp_path / "kept")


def make(kept: KeptSources, job: Job, client: EchoClient | None = None) -> list[Picture]:
    jobs = JobQueue(lambda server: client or EchoClient(), kept=kept)
    jobs.submit(job)
    found = pictures(run_out(jobs))
    wait_for(lambda: kept.disk.is_idle)
    return found


def job_of(picture: Picture) -> Job:
    assert picture.made_by is not None
    return Job("again", picture.title, Server("localhost"), picture.made_by)


KINDS: dict[str, Callable[[], Source]] = {
    "bytes with alpha": lambda: Source(SourceName("IMAGE", "wall"), pixels=noise()),
    "bytes of another size": lambda: Source(
        SourceName("IMAGE", "wall"), pixels=noise(70, 65), fit_mode="SCALE"
    ),
    "grey": lambda: Source(SourceName("IMAGE", "wall"), pixels=noise(channels=1)),
    "linear, premultiplied": lambda: Source(
        SourceName("OTHER", "image wall"),
        pixels=noise().astype(np.float32) / 200,
        encoding=Encoding.LINEAR,
        premultiplied=True,
    ),
    "resized": lambda: Source(
        SourceName("VIEW"), pixels=noise(channels=3), keep_alpha=False, resize_to=(128, 64)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_made_again_from_the_same_pixels(kept: KeptSources, tmp_path: Path, kind: str) -> None:
    client = EchoClient()
    source = KINDS[kind]()
    (picture,) = make(kept, make_job("localhost", tmp_path, source=source), client)
    assert source.pixels is not None
    source.pixels[:] = 0
    again = job_of(picture)
    assert all(each.pixels is None for each in again.task.sources), "nothing stays in memory"
    (second,) = make(kept, again, client)
    first_request, second_request = client.requests
    assert second_request == first_request
    assert np.array_equal(png.decode(second.png), png.decode(picture.png))


def test_mask_and_maps_are_part_of_it(kept: KeptSources, tmp_path: Path) -> None:
    mask = Source(SourceName("OTHER", "mask"), pixels=noise(channels=1, seed=1))
    guide = Source(SourceName("OTHER", "depth map"), pixels=noise(channels=3, seed=2))
    job = make_job(
        "localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise()), mask=mask
    )
    (picture,) = make(kept, changed(job, control_images=(None, guide)))
    again = job_of(picture)
    task = generation(again)
    assert task.mask is not None
    assert task.control_images[0] is None and task.control_images[1] is not None
    assert np.array_equal(sources.to_display_bytes(task.control_images[1]), sources.to_display_bytes(guide))
    assert np.array_equal(sources.to_display_bytes(task.mask), sources.to_display_bytes(mask))


def test_files_go_with_the_last_result_that_needs_them(kept: KeptSources, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    (first,) = make(
        kept, make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise()))
    )
    (second,) = make(kept, job_of(first))
    assert len(files_in(folder)) == 1
    assert [each.path for each in job_of(second).task.sources] == [
        each.path for each in job_of(first).task.sources
    ]
    kept.let_go(job_of(first).task)
    wait_for(lambda: kept.disk.is_idle)
    assert len(files_in(folder)) == 1
    assert kept.has(job_of(second).task)
    kept.let_go(job_of(second).task)
    wait_for(lambda: kept.disk.is_idle)
    assert files_in(folder) == []
    assert not kept.has(job_of(second).task)


def test_a_job_without_a_picture_leaves_nothing(kept: KeptSources, tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: ScriptedClient([OSError("no")]), kept=kept)
    jobs.submit(make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise())))
    events = run_out(jobs)
    assert [state for _, state in ends(events)] == [JobState.FAILED]
    wait_for(lambda: kept.disk.is_idle)
    assert files_in(tmp_path / "kept") == []


def test_a_failed_job_from_kept_files_can_be_tried_again(kept: KeptSources, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    (first,) = make(
        kept, make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise()))
    )
    client = ScriptedClient([OSError("no"), 1])
    jobs = JobQueue(lambda server: client, kept=kept)
    failing = job_of(first)
    jobs.submit(failing)
    run_out(jobs)
    kept.let_go(job_of(first).task)
    wait_for(lambda: kept.disk.is_idle)
    assert len(files_in(folder)) == 1, "the failed job still needs it"
    assert jobs.retry("again") is not None
    (second,) = pictures(run_out(jobs))
    kept.let_go(job_of(second).task)
    wait_for(lambda: kept.disk.is_idle)
    assert files_in(folder) == []


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    size = len(png.encode(noise()))
    kept = KeptSources(tmp_path / "kept", max_bytes=int(2.5 * size))
    made = []
    for number in range(4):
        source = Source(SourceName("IMAGE", "wall"), pixels=noise(seed=number))
        made += make(kept, make_job("localhost", tmp_path, source=source))
    assert [kept.has(job_of(each).task) for each in made] == [False, False, True, True]
    assert len(files_in(tmp_path / "kept")) == 2


@pytest.mark.parametrize("end", ["done", "close"])
def test_nobody_waits_for_a_file_that_is_never_written(kept: KeptSources, tmp_path: Path, end: str) -> None:
    """The disk is slow, and the last who needs the file goes meanwhile."""
    go_on = threading.Event()
    kept.disk.add(lambda: go_on.wait(PATIENCE))
    source = Source(SourceName("IMAGE", "wall"), pixels=noise())
    task = kept.keep(make_job("localhost", tmp_path, source=source).task)
    waiting = threading.Thread(target=kept.wait, args=task.sources, daemon=True)
    waiting.start()
    time.sleep(0.05)
    assert waiting.is_alive()
    if end == "done":
        kept.done(task)
    else:
        kept.close()
    go_on.set()
    waiting.join(5)
    assert not waiting.is_alive()


def test_nothing_is_left_in_the_end(kept: KeptSources, tmp_path: Path) -> None:
    make(kept, make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise())))
    kept.close()
    assert list((tmp_path / "kept").iterdir()) == []


def test_what_a_killed_process_left_is_swept_up(kept: KeptSources, tmp_path: Path) -> None:
    left = tmp_path / "kept" / f".part-{'0' * 32}"
    left.mkdir(parents=True)
    (left / ".lock").touch()
    (left / "source.png").touch()
    make(kept, make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise())))
    assert not left.exists()
    assert len(files_in(tmp_path / "kept")) == 1


def test_a_disk_that_takes_nothing_costs_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = KeptSources(tmp_path / "file" / "kept")
    (picture,) = make(
        kept, make_job("localhost", tmp_path, source=Source(SourceName("IMAGE", "wall"), pixels=noise()))
    )
    assert picture.path.is_file()
    assert not kept.has(job_of(picture).task)


def test_each_of_several_that_were_enlarged_has_its_own(kept: KeptSources, tmp_path: Path) -> None:
    from drawthings_addon.client.a1111.client import A1111Client
    from drawthings_addon.client.upscaling import UpscaleSettings
    from local_server import StandIn

    with StandIn(dialect="A1111") as server:
        jobs = JobQueue(A1111Client, kept=kept)
        first, second = (Source(SourceName("IMAGE", str(seed)), pixels=noise(seed=seed)) for seed in (1, 2))
        job = make_job(server.url, tmp_path)
        extras = UpscaleSettings(upscaler="Nearest", scale=2.0)
        jobs.submit(replace(job, task=UpscaleTask((first, second), extras, tmp_path)))
        made = pictures(run_out(jobs))
    assert [job_of(each).task.sources[0].name.text for each in made] == ["image 1", "image 2"]
    assert all(len(job_of(each).task.sources) == 1 for each in made)
