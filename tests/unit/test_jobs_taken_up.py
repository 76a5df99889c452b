# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a journal holds of a job, so that the next start can take it up as it was."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.http.address import THIS_COMPUTER, Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.training import HypernetworkSettings, Training
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import BridgeError, ServerFailed
from drawthings_addon.imaging import png
from drawthings_addon.imaging.maps import MapSettings
from drawthings_addon.imaging.uv_mask import UvFaces
from drawthings_addon.jobs.canvas import Borders, Seamless
from drawthings_addon.jobs.entries import KEPT_FAILED, KEPT_FAILED_IN_ALL
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.inpainting import Inpainting
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.journal_entry import LostJob
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.maps import MapsTask, ServerMapsTask
from drawthings_addon.jobs.outpaint import OutpaintTask
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.refine import RefineTask
from drawthings_addon.jobs.refining import Refining
from drawthings_addon.jobs.seamless import BlendSeamsTask, SeamlessTask
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.sources import numbers, to_display_bytes
from drawthings_addon.jobs.task import LocalTask, Task
from drawthings_addon.jobs.training import TrainTask
from drawthings_addon.jobs.upscale import UpscaleTask
from drawthings_addon.jobs.variations import Axis, Variations
from tests.unit.jobs_fakes import (
    EchoClient,
    GatedClient,
    ScriptedClient,
    ends,
    generation,
    make_job,
    pictures,
    request_of,
    run_out,
    run_task,
    wait_for,
)

DATA = Path(__file__).resolve().parents[1] / "data" / "written_by_0_1_0"
SERVER = Server("http://mac.local:7860/sub", username="artist", password="s3cret", read_timeout=7.0)
TARGET = json.dumps({"places": ["Wall “old”"]})
ID = "0123456789abcdef" * 2


def noise(width: int = 64, height: int = 48, channels: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def linear(width: int, height: int) -> Source:
    pixels = np.random.default_rng(3).random((height, width, 4), np.float32) * 2.0
    return Source(
        SourceName("RENDER"), pixels, encoding=Encoding.LINEAR, premultiplied=True, resize_to=(96, 64)
    )


CORNERS = np.array([(0.1, 0.2), (0.7, 0.3), (0.4, 0.9)], np.float32)
TASKS: dict[str, Callable[[Path], Task]] = {
    "generate": lambda folder: GenerateTask(
        GenerationRequest.of(prompt="moss\non “stone”", steps=3, seed=2**32 - 2), folder / "out", count=4
    ),
    "strip": lambda folder: GenerateTask(
        GenerationRequest.of(prompt="moss", seed=2**32 - 2),
        folder / "out",
        count=4,
        variations=Variations("5" * 32, 4),
    ),
    "grid": lambda folder: GenerateTask(
        GenerationRequest.of(prompt="moss", seed=7),
        folder / "out",
        linear(70, 50),
        4,
        variations=Variations(
            "6" * 32, 4, Axis("strength", ("0.2", "0.4")), Axis("words", ("moss", "“rust”, wet"))
        ),
    ),
    "restyle": lambda folder: GenerateTask(
        GenerationRequest.of(prompt="moss"),
        folder / "out",
        linear(70, 50),
        2,
        Source(SourceName("OTHER", "mask"), noise(channels=1, seed=1)),
        (
            None,
            Source(
                SourceName("OTHER", "depth map"),
                noise(channels=3, seed=2),
                fit_mode="SCALE",
                keep_alpha=False,
            ),
        ),
    ),
    "only here": lambda folder: GenerateTask(
        GenerationRequest.of(operation="img2img", prompt="moss"),
        folder / "out",
        replace(linear(70, 50), keeps_floats=True, resize_to=None),
        mask=Source(SourceName("OTHER", "sheet"), faces=UvFaces(CORNERS, np.array([3]), 70, 50)),
        inpainting=Inpainting(grow=-3, invert=True, color=(0.1, 0.2, 0.3), fill="COLOR"),
    ),
    "only here, as it is stored": lambda folder: GenerateTask(
        GenerationRequest.of(operation="img2img", prompt="moss"),
        folder / "out",
        Source(SourceName("IMAGE", "wall"), noise(), space="Non-Color"),
        inpainting=Inpainting("ALPHA"),
    ),
    "only here, resized": lambda folder: GenerateTask(
        GenerationRequest.of(operation="img2img", prompt="moss"),
        folder / "out",
        replace(linear(70, 50), keeps_floats=True),
        mask=Source(SourceName("OTHER", "sheet"), faces=UvFaces(CORNERS, np.array([3]), 70, 50)),
        inpainting=Inpainting(grow=-3, invert=True, color=(0.1, 0.2, 0.3), fill="COLOR"),
    ),
    "upscale": lambda folder: UpscaleTask(
        tuple(Source(SourceName("IMAGE", f"{seed}"), noise(seed=seed)) for seed in range(3)),
        UpscaleSettings(upscaler="Nearest", size=(512, 256), codeformer_visibility=0.5),
        folder / "out",
        64,
        48,
    ),
    "refine": lambda folder: RefineTask(
        tuple(Source(SourceName("IMAGE", "wall", tile=1001 + n), noise(seed=n)) for n in range(2)),
        ((512, 384), (640, 480)),
        GenerationRequest.of(operation="img2img", prompt="moss", strength=0.3, seed=2**32 - 1),
        Refining(tile=256, overlap=32, wrap_x=True, uses_upscaler=True, upscaler="R-ESRGAN 4x+"),
        folder / "out",
        folder / "refine",
        is_any_seed=True,
    ),
    "seamless": lambda folder: SeamlessTask(
        Source(SourceName("IMAGE", "wall"), noise()),
        64,
        48,
        GenerationRequest.of(operation="img2img", prompt="moss", strength=0.4, seed=3),
        folder / "out",
        "X",
        work_megapixels=0.5,
    ),
    "seamless, here": lambda folder: BlendSeamsTask(
        replace(linear(70, 50), keeps_floats=True, resize_to=None), "XY", folder / "out"
    ),
    "new and seamless": lambda folder: GenerateTask(
        GenerationRequest.of(prompt="moss"), folder / "out", seamless=Seamless("Y", "BLEND", 0.3, 0.5)
    ),
    "maps": lambda folder: MapsTask(
        replace(linear(70, 50), keeps_floats=True, resize_to=None), MapSettings(depth=3.5), folder / "out"
    ),
    "maps, by the server": lambda folder: ServerMapsTask(
        Source(SourceName("IMAGE", "wall"), noise()),
        MapSettings(height_from="ALPHA"),
        folder / "out",
        64,
        48,
    ),
    "outpaint": lambda folder: OutpaintTask(
        Source(SourceName("IMAGE", "wall"), noise()),
        64,
        48,
        GenerationRequest.of(operation="img2img", prompt="moss", strength=0.8, seed=3),
        folder / "out",
        Borders(1, 2, 3, 4, 64),
    ),
    "train": lambda folder: TrainTask(
        Training(
            "copper",
            str(folder / "set"),
            steps=7,
            kind="HYPERNETWORK",
            network=HypernetworkSettings(layer_structure=(1.0, 0.5, 1.0)),
        ),
        existing="GO_ON",
        had_learnt=3,
    ),
}


def job_of(task: Task, **changes: Any) -> Job:
    server = THIS_COMPUTER if isinstance(task, LocalTask) else SERVER
    return replace(Job(ID, "Texture · moss", server, task, TARGET), **changes)


def killed(folder: Path, job: Job, kept: Task | None = None, **recorded: Any) -> Path:
    """The entry of a process that is no more."""
    journal = Journal(folder)
    journal.record(job)
    journal.keep(job, kept)
    journal.record(job, **recorded)
    journal.let_go()
    return folder / f"{job.id}.json"


def taken(folder: Path) -> LostJob:
    (lost,) = Journal(folder).take_lost()
    return lost


def same(one: Task, other: Task) -> None:
    """The same task, and the same sources byte for byte as they are sent."""
    assert [source.name for source in one.sources] == [source.name for source in other.sources]
    for mine, its in zip(one.sources, other.sources, strict=True):
        assert (mine.fit_mode, mine.keep_alpha) == (its.fit_mode, its.keep_alpha)
        np.testing.assert_array_equal(to_display_bytes(mine), to_display_bytes(its))
        np.testing.assert_array_equal(numbers(mine), numbers(its))
    nothing = Source(SourceName("OTHER", ""))
    assert one.with_sources(lambda _: nothing) == other.with_sources(lambda _: nothing)


@pytest.mark.parametrize("kind", TASKS)
def test_it_is_as_it_was(tmp_path: Path, kind: str) -> None:
    job = job_of(TASKS[kind](tmp_path))
    path = killed(tmp_path / "journal", job)
    owed = taken(tmp_path / "journal").owed
    assert owed is not None
    assert (owed.id, owed.title, owed.target, owed.server.url) == (ID, job.title, TARGET, job.server.url)
    same(owed.task, job.task)
    assert all(source.pixels is None for source in owed.task.sources), "files until they are needed"
    written = path.read_text("utf-8")
    assert "s3cret" not in written and "artist" not in written
    assert len(written) < 10_000, "no pixels"


def test_every_kind_of_task_that_is_kept_is_tried_here() -> None:
    import drawthings_addon.jobs.describe  # noqa: F401 - known by then

    known = {name for name, cls in Task.known.items() if cls.__module__.startswith("drawthings_addon.")}
    assert known - {"describe"} == {TASKS[kind](Path("/")).stored_as for kind in TASKS}


def test_files_that_are_kept_anyway_are_not_written_twice(tmp_path: Path) -> None:
    kept = KeptSources(tmp_path / "sources")
    job = job_of(TASKS["restyle"](tmp_path))
    files = kept.keep(job.task)
    wait_for(lambda: kept.disk.is_idle)
    killed(tmp_path / "journal", job, files)
    for source, number in zip(files.sources, range(3), strict=True):
        assert source.path is not None
        assert (tmp_path / "journal" / ID / f"{number}.png").samefile(source.path)
    kept.close()
    owed = taken(tmp_path / "journal").owed
    assert owed is not None
    same(owed.task, job.task)


def test_where_there_are_no_links_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    job = job_of(TASKS["restyle"](tmp_path))
    killed(tmp_path / "journal", job, KeptSources(tmp_path / "sources").keep(job.task))
    owed = taken(tmp_path / "journal").owed
    assert owed is not None
    same(owed.task, job.task)


def test_only_what_is_owed(tmp_path: Path) -> None:
    job = job_of(TASKS["generate"](tmp_path))
    pictures = (tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png")
    killed(tmp_path / "journal", job, pictures=pictures, made=3)
    lost = taken(tmp_path / "journal")
    assert lost.pictures == pictures
    assert lost.owed is not None
    assert (lost.owed.picture_count, request_of(lost.owed).sampling.seed) == (1, 1), (
        "the seed goes on behind 2**32"
    )


def test_only_those_that_are_owed_of_several_sources(tmp_path: Path) -> None:
    job = job_of(TASKS["upscale"](tmp_path))
    killed(tmp_path / "journal", job, made=1)
    owed = taken(tmp_path / "journal").owed
    assert owed is not None
    assert isinstance(owed.task, UpscaleTask)
    assert (owed.picture_count, owed.task.first, len(owed.task.pictures)) == (2, 1, 3)


@pytest.mark.parametrize("recorded", [{"ended": True}, {"made": 4}])
def test_what_owes_nothing_is_told_and_gone(tmp_path: Path, recorded: dict[str, Any]) -> None:
    killed(tmp_path, job_of(TASKS["generate"](tmp_path)), **recorded)
    lost = taken(tmp_path)
    assert (lost.title, lost.owed) == ("Texture · moss", None)
    assert list(tmp_path.iterdir()) == []


def test_it_is_offered_until_it_is_closed_and_told_once(tmp_path: Path) -> None:
    job = job_of(TASKS["restyle"](tmp_path))
    killed(tmp_path / "journal", job)
    for is_told in (False, True, True):
        journal = Journal(tmp_path / "journal")
        (lost,) = journal.take_lost()
        assert lost.is_told == is_told
        assert lost.owed is not None
        same(lost.owed.task, job.task)
        assert journal.take_lost() == (), "it is this journal's by now"
        assert Journal(tmp_path / "journal").take_lost() == (), "and nobody else's while that lives"
        journal.let_go()
    journal = Journal(tmp_path / "journal")
    (lost,) = journal.take_lost()
    assert lost.owed is not None
    assert journal.owns(lost.owed)
    journal.close(lost.owed)
    assert list((tmp_path / "journal").iterdir()) == []


def test_what_is_tried_again_and_killed_again_owes_the_rest(tmp_path: Path) -> None:
    job = job_of(TASKS["restyle"](tmp_path))
    folder = tmp_path / "journal"
    killed(folder, job)
    journal = Journal(folder)
    (lost,) = journal.take_lost()
    assert lost.owed is not None
    journal.record(lost.owed)
    journal.keep(lost.owed)
    journal.record(lost.owed, (tmp_path / "a.png",), made=1)
    journal.let_go()
    owed = taken(folder).owed
    assert owed is not None
    assert (owed.picture_count, request_of(owed).sampling.seed) == (1, 1)
    same(owed.task, job.task.remaining(1))


@pytest.mark.parametrize("name", ["journal_running", "journal_one_picture"])
def test_what_0_1_0_wrote_is_told_as_ever(tmp_path: Path, name: str) -> None:
    shutil.copy(DATA / f"{name}.json", tmp_path / f"{ID}.json")
    lost = taken(tmp_path)
    assert lost.title.startswith("Restyle Texture · moss on “old” stone")
    assert len(lost.pictures) == (1 if name == "journal_one_picture" else 0)
    assert (lost.owed, lost.is_told) == (None, False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_an_entry_is_swept_and_no_other(tmp_path: Path) -> None:
    journal, job = Journal(tmp_path), job_of(TASKS["restyle"](tmp_path))
    journal.record(job)
    journal.keep(job)
    for name in ("f" * 32, "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_bytes(b"x")
    assert Journal(tmp_path).take_lost() == ()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [ID, "notes"]
    assert len(list((tmp_path / ID).iterdir())) == 3


def test_a_full_disk_costs_no_job_its_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    job = job_of(TASKS["restyle"](tmp_path))
    monkeypatch.setattr("drawthings_addon.jobs.journal._keep_source", full)
    killed(tmp_path, job)
    lost = taken(tmp_path)
    assert (lost.title, lost.owed) == ("Texture · moss", None)


# Somebody changed it

CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no job": lambda entry: entry.update(job=None),
    "a list": lambda entry: entry.update(job=[1]),
    "nothing": lambda entry: entry.update(job={}),
    "no task": lambda entry: entry["job"].pop("task"),
    "strange task": lambda entry: entry["job"].update(task="generate"),
    "unknown kind": lambda entry: entry["job"]["task"].update(kind="shell"),
    "kind of a class": lambda entry: entry["job"]["task"].update(kind="__init__"),
    "no values": lambda entry: entry["job"]["task"].update(values=None),
    "values missing": lambda entry: entry["job"]["task"].update(values={}),
    "count": lambda entry: entry["job"]["task"]["values"].update(count=10**9),
    "count below": lambda entry: entry["job"]["task"]["values"].update(count=-1),
    "count of text": lambda entry: entry["job"]["task"]["values"].update(count="2"),
    "relative folder": lambda entry: entry["job"]["task"]["values"].update(directory="out"),
    "folder of nothing": lambda entry: entry["job"]["task"]["values"].update(directory="/a\0b"),
    "long folder": lambda entry: entry["job"]["task"]["values"].update(directory="/" + "x" * 10**5),
    "made more": lambda entry: entry.update(made=3),
    "made less": lambda entry: entry.update(made=-1),
    "made text": lambda entry: entry.update(made="1"),
    "address": lambda entry: entry["job"].update(server="file:///etc/passwd"),
    "no address": lambda entry: entry["job"].update(server=None),
    "target": lambda entry: entry["job"].update(target=["x"]),
    "long target": lambda entry: entry["job"].update(target="x" * (2 << 20)),
    "source elsewhere": lambda entry: entry["job"]["task"]["values"]["source"].update(file="../0.png"),
    "absolute source": lambda entry: entry["job"]["task"]["values"]["source"].update(file="/etc/passwd"),
    "source not there": lambda entry: entry["job"]["task"]["values"]["source"].update(file="9.png"),
    "source a number": lambda entry: entry["job"]["task"]["values"]["source"].update(file=0),
    "source no object": lambda entry: entry["job"]["task"]["values"].update(source=["0.png"]),
    "name": lambda entry: entry["job"]["task"]["values"]["source"]["name"].update(name="\ud800"),
    "fit mode": lambda entry: entry["job"]["task"]["values"]["source"].update(fit_mode="BEND"),
    "too many maps": lambda entry: entry["job"]["task"]["values"].update(control_images=[None] * 10**5),
    "request": lambda entry: entry["job"]["task"]["values"].update(request=[]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_entry_is_told_and_not_offered(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    path = killed(tmp_path, job_of(TASKS["restyle"](tmp_path)))
    entry = json.loads(path.read_text())
    change(entry)
    path.write_text(json.dumps(entry))
    lost = taken(tmp_path)
    assert (lost.title, lost.owed) == ("Texture · moss", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["link", "linked folder", "no picture", "empty", "folder", "huge"])
def test_what_is_no_picture_of_the_journal_is_not_sent(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "journal"
    killed(folder, job_of(TASKS["restyle"](tmp_path)))
    source, elsewhere = folder / ID / "0.png", tmp_path / "elsewhere.png"
    elsewhere.write_bytes(source.read_bytes())
    if what.startswith("link") and sys.platform == "win32":
        pytest.skip("not everybody may make links there")
    if what == "linked folder":
        source.parent.rename(tmp_path / "others")
        source.parent.symlink_to(tmp_path / "others")
        assert taken(folder).owed is None
        assert source.is_file()
        return
    source.unlink()
    if what == "link":
        source.symlink_to(elsewhere)
    elif what == "folder":
        source.mkdir()
    elif what == "huge":
        data = bytearray(elsewhere.read_bytes())
        data[16:24] = (10**9).to_bytes(4, "big") * 2
        source.write_bytes(data)
    else:
        source.write_bytes(b"root:x:0:0" * 100 if what == "no picture" else b"")
    assert taken(folder).owed is None


def test_an_entry_longer_than_any_is_not_read(tmp_path: Path) -> None:
    path = killed(tmp_path, job_of(TASKS["generate"](tmp_path)))
    with path.open("ab") as stream:
        stream.truncate(64 << 20)
    assert Journal(tmp_path).take_lost() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_jobs_is_told(tmp_path: Path) -> None:
    path = killed(tmp_path, job_of(TASKS["generate"](tmp_path)))
    path.rename(tmp_path / "job.json")
    assert taken(tmp_path).owed is None


def test_sources_of_8_bits_are_what_they_were(tmp_path: Path) -> None:
    job = job_of(TASKS["restyle"](tmp_path))
    job = replace(job, task=replace(generation(job), source=Source(SourceName("OTHER", "image"), noise())))
    killed(tmp_path / "journal", job)
    np.testing.assert_array_equal(
        png.decode((tmp_path / "journal" / ID / "0.png").read_bytes()), noise()[::-1]
    )


# In a queue


def offered(folder: Path, client: EchoClient, kind: str = "restyle") -> tuple[JobQueue, Job]:
    """A queue of the next start, and what it was offered."""
    job = job_of(TASKS[kind](folder))
    killed(folder / "journal", job)
    journal = Journal(folder / "journal")
    jobs = JobQueue(lambda server: client, journal=journal, kept=KeptSources(folder / "sources"))
    (lost,) = journal.take_lost()
    assert lost.owed is not None
    jobs.take_up((lost,), BridgeError("Blender ended.", "Try again."))
    (status,) = jobs.statuses()
    assert (status.state, status.error is not None) == (JobState.FAILED, True)
    return jobs, lost.owed


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "journal").iterdir())


def test_what_was_offered_is_made_as_it_was(tmp_path: Path) -> None:
    client, expected = EchoClient(), EchoClient()
    jobs, owed = offered(tmp_path, client)
    known = replace(owed, server=SERVER)
    again = jobs.retry(owed.id, known)
    assert again is not None
    assert again.__dict__ == known.__dict__, "with what no journal holds"
    events = run_out(jobs)
    assert ends(events) == [(again, JobState.DONE)]
    assert len(pictures(events)) == 2
    list(run_task(job_of(TASKS["restyle"](tmp_path)), expected))
    assert client.requests == expected.requests, "byte for byte what would have been sent"
    assert len(entries(tmp_path)) > 0, "until the artist has seen the end"
    jobs.acknowledge(again)
    run_out(jobs)
    assert entries(tmp_path) == []


def test_what_was_offered_and_is_not_wanted_is_gone(tmp_path: Path) -> None:
    jobs, owed = offered(tmp_path, EchoClient())
    jobs.dismiss(owed.id)
    run_out(jobs)
    assert jobs.statuses() == ()
    assert entries(tmp_path) == []


def test_what_was_offered_and_fails_can_be_tried_until_it_is_made(tmp_path: Path) -> None:
    client = ScriptedClient([1, ServerFailed("No."), ServerFailed("No."), 1])
    jobs, owed = offered(tmp_path, client)
    for _ in range(2):
        job = jobs.retry(owed.id)
        assert job is not None
        events = run_out(jobs)
        assert ends(events) == [(job, JobState.FAILED)]
        jobs.acknowledge(job)
        run_out(jobs)
    job = jobs.retry(owed.id)
    assert job is not None
    assert job.picture_count == 1, "the first is made"
    assert len(pictures(run_out(jobs))) == 1
    jobs.acknowledge(job)
    run_out(jobs)
    assert entries(tmp_path) == []


def test_an_end_that_is_shown_late_costs_no_other_try_its_files(tmp_path: Path) -> None:
    client = ScriptedClient([ServerFailed("No."), 1, 1])
    jobs, owed = offered(tmp_path, client)
    first = jobs.retry(owed.id)
    assert first is not None
    wait_for(lambda: jobs.statuses()[0].state is JobState.FAILED)
    second = jobs.retry(owed.id)
    jobs.acknowledge(first)
    assert second is not None
    assert ends(run_out(jobs))[-1] == (second, JobState.DONE)


def test_what_was_offered_and_is_cancelled_is_gone(tmp_path: Path) -> None:
    client = GatedClient()
    jobs, owed = offered(tmp_path, client)
    job = jobs.retry(owed.id)
    assert job is not None
    jobs.cancel(job.id)
    client.open(9)
    run_out(jobs)
    jobs.acknowledge(job)
    run_out(jobs)
    assert entries(tmp_path) == []


def test_where_it_goes_by_now_is_what_is_told(tmp_path: Path) -> None:
    journal, client = Journal(tmp_path / "journal"), GatedClient()
    jobs = JobQueue(lambda server: client, journal=journal)
    running, waiting = (make_job("localhost", tmp_path / "out") for _ in range(2))
    for job in (running, waiting):
        jobs.submit(job)
    jobs.redirect({running.id: "room 2", waiting.id: "room 3", "of no job": "room 4"})
    for job, target in ((running, "room 2"), (waiting, "room 3")):
        entry = tmp_path / "journal" / f"{job.id}.json"
        wait_for(lambda entry=entry, target=target: entry.exists() and target in entry.read_text())  # type: ignore[misc]
    assert {status.job.target for status in jobs.statuses()} == {"room 2", "room 3"}
    client.open(2)
    run_out(jobs)
    for job in (running, waiting):
        jobs.acknowledge(job)
    run_out(jobs)
    assert list((tmp_path / "journal").iterdir()) == []


def test_however_many_are_offered_all_can_be_tried_again(tmp_path: Path) -> None:
    count = 150
    for number in range(count):
        killed(tmp_path / "journal", job_of(TASKS["upscale"](tmp_path), id=f"{number:032x}"))
    journal, client = Journal(tmp_path / "journal"), ScriptedClient([ServerFailed("No.")] * 200)
    jobs = JobQueue(lambda server: client)
    jobs.take_up(journal.take_lost(), BridgeError("Blender ended."))
    for _ in range(KEPT_FAILED_IN_ALL + 20):
        jobs.submit(make_job("localhost", tmp_path, source=Source(SourceName("OTHER", "image"), noise())))
    run_out(jobs)
    assert len([each for each in jobs.statuses() if each.job.title == "Texture · moss"]) == count
    assert len(jobs.statuses()) == count + KEPT_FAILED


def test_sources_of_a_queue_are_beside_their_entries(tmp_path: Path) -> None:
    """Where Blender wrote them does not matter any more."""
    snapshot = tmp_path / "blenders" / "picture.png"
    snapshot.parent.mkdir()
    snapshot.write_bytes(png.encode(noise()))
    client = GatedClient()
    jobs = JobQueue(
        lambda server: client,
        journal=Journal(tmp_path / "journal"),
        kept=KeptSources(tmp_path / "sources"),
    )
    job = make_job("localhost", tmp_path, source=Source(SourceName("RENDER"), path=snapshot))
    jobs.submit(job)
    wait_for(lambda: (tmp_path / "journal" / job.id / "0.png").exists())
    assert png.decode((tmp_path / "journal" / job.id / "0.png").read_bytes()).shape == (48, 64, 4)
    client.open()
    run_out(jobs)
    assert not snapshot.exists()
    jobs.acknowledge(job)
    run_out(jobs)
    assert entries(tmp_path) == []
