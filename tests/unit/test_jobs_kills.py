# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender that is killed: before the n-th time that it does this to a file, or in the middle of a queue."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from campaign import part_of, seeded, share
from drawthings_addon.client.answer import Answer, GeneratedImage
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import BridgeError
from drawthings_addon.imaging import png
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Job, JobEnded, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, Recipe
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.sources import to_display_bytes
from drawthings_addon.jobs.storage import sweep
from drawthings_addon.jobs.task import PictureDone
from drawthings_addon.jobs.upscale import UpscaleTask
from tests.unit.jobs_fakes import EchoClient, answer, ends, make_job, run_out

REPOSITORY = Path(__file__).resolve().parents[2]

#: A process that makes three pictures and then one: arguments are the repository, a folder, and where it
#: kills itself. Python tells what is done to files by the names of its audit events.
BLENDER = """
import os, signal, sys, threading, time
from pathlib import Path
repository, folder, point, left = sys.argv[1:]
sys.path[:0] = [repository, f"{repository}/tests/support"]
from tests.unit.jobs_fakes import EchoClient, make_job, run_out
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue

left, lock = int(left), threading.Lock()

def reached(*_):
    global left
    with lock:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

def watch(event, arguments):
    if event == point and (event != "open" or str(arguments[0]).startswith(folder)):
        reached()

def sync(handle, real=os.fsync):
    if point == "fsync":
        reached()
    real(handle)

os.fsync = sync
sys.addaudithook(watch)
folder = str(Path(folder))
jobs = JobQueue(
    lambda server: EchoClient(),
    journal=Journal(Path(folder) / "journal"),
    estimates=Estimates(Path(folder) / "estimates.json"),
)
for count in (3, 1):
    job = make_job("localhost", Path(folder) / "out", title=f"{count} pictures", count=count)
    jobs.submit(job)
    run_out(jobs)
    jobs.acknowledge(job)
    run_out(jobs)
print("done")
"""

#: What is done to files, and how often at least until the process ends.
POINTS = {"open": 12, "fsync": 12, "os.link": 4, "os.rename": 6, "os.remove": 6}


def run(folder: Path, point: str = "", moment: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLENDER, str(REPOSITORY), str(folder), point, str(moment)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed so there")
@pytest.mark.parametrize("point", POINTS)
def test_killed_before_the_nth(tmp_path: Path, point: str) -> None:
    for moment in part_of(range(1, POINTS[point] + 1), lambda _moment: "any", point):
        folder = tmp_path / str(moment)
        folder.mkdir()
        ended = run(folder, point, moment)
        assert ended.returncode == -9, f"it never came to {point} number {moment}: {ended.stderr}"
        for path in folder.rglob("*.json"):
            assert isinstance(json.loads(path.read_text("utf-8")), dict), "the old file or the new one"
        pictures = list(folder.rglob("*.png"))
        for path in pictures:
            png.decode(path.read_bytes())
        told = [path for lost in Journal(folder / "journal").take_lost() for path in lost.pictures]
        assert set(told) <= set(pictures)
        again = run(folder)
        assert (again.returncode, again.stdout) == (0, "done\n"), again.stderr
        assert len(list(folder.rglob("*.png"))) == len(pictures) + 4, "the next one writes over nothing"


#: A process that takes up what earlier ones left, fills its queue to ten jobs, and works on them until it is
#: killed. It says which jobs it queued, when all of them are on disk, and which picture is done.
QUEUE = """
import sys, time
from pathlib import Path
repository, folder, first = sys.argv[1:]
sys.path[:0] = [repository, f"{repository}/tests/support"]
from tests.unit import test_jobs_kills as kills
kills.work_on_ten(Path(folder), int(first))
"""
TEN = 10
NOTHING = Source(SourceName("OTHER"))


class SlowClient(EchoClient):
    """Takes a moment for each picture, and enlarges, too."""

    def generate(self, request: GenerationRequest) -> Answer:
        time.sleep(0.02)
        return super().generate(request)

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        time.sleep(0.02)
        return tuple(answer(png.decode(image)).images[0] for image in images)


def numbered_job(folder: Path, number: int) -> Job:
    """Always the same for a number, but for its pictures' folder: one of three kinds."""
    random = np.random.default_rng(number)

    def source(kind: int, channels: int) -> Source:
        pixels = random.integers(0, 256, (64, 72, channels), np.uint8)
        return Source(SourceName("IMAGE", f"{number} {kind}"), pixels, fit_mode="CROP")

    out, request = folder / "out" / str(number), {"prompt": f"moss {number}", "seed": number}
    match number % 3:
        case 0:
            job = make_job("localhost", out, count=3, **request)
        case 1:
            job = make_job("localhost", out, count=2, source=source(0, 4), mask=source(1, 1), **request)
        case _:
            pictures = tuple(source(kind, 3) for kind in range(3))
            job = make_job("localhost", out)
            job = replace(job, task=UpscaleTask(pictures, UpscaleSettings("Nearest"), out, 72, 64))
    return replace(job, id=f"{number:032x}", title=f"Job {number}", target=f"target of {number}")


def work_on_ten(folder: Path, first: int) -> None:
    """What the process does; `first` is the number of the first new job."""
    journal, client = Journal(folder / "journal"), SlowClient()
    jobs = JobQueue(lambda server: client, journal=journal, kept=KeptSources(folder / "sources"))
    lost = journal.take_lost()
    jobs.take_up(lost, BridgeError("Blender ended."))
    for each in lost:
        if each.owed is not None:
            jobs.retry(each.owed.id)
    new = set()
    for number in range(first, first + TEN - len(jobs.statuses())):
        job = numbered_job(folder, number)
        jobs.submit(job)
        new.add(job.id)
        print(f"queued {number}", flush=True)
    is_ready = False
    while True:
        for event in iter(jobs.mailbox.next_event, None):
            match event:
                case PictureDone(picture):
                    print(f"done {picture.path}", flush=True)
                case JobEnded(job):
                    jobs.acknowledge(job)
                    new.discard(job.id)
        if not is_ready:
            new = {each for each in new if not is_whole(folder / "journal" / f"{each}.json")}
            if not new:
                is_ready = True
                print("ready", flush=True)
        time.sleep(0.001)


def is_whole(entry: Path) -> bool:
    try:
        return '"job"' in entry.read_text()
    except FileNotFoundError:
        return False


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed so there")
def test_a_queue_of_ten_killed_at_any_moment(tmp_path: Path) -> None:
    chance, queued = seeded("queue of ten"), 0
    for _ in range(share(30)):
        queued, told = work_and_kill(tmp_path, queued, chance)
        for path in told:
            assert path.is_file(), "every picture that was told is there"
        for path in (tmp_path / "out").rglob("*.png"):
            png.decode(path.read_bytes())
        check_what_is_offered(tmp_path, queued)
    finish(tmp_path)
    for number in range(queued):
        assert_all_made(tmp_path, number)
    assert list((tmp_path / "journal").iterdir()) == []
    sweep(tmp_path / "sources")
    assert list((tmp_path / "sources").iterdir()) == []


def work_and_kill(folder: Path, first: int, chance: random.Random) -> tuple[int, list[Path]]:
    """How many jobs there were by then, and the pictures that were told of."""
    command = [sys.executable, "-c", QUEUE, str(REPOSITORY), str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "ready\n":
                break
        time.sleep(chance.random() * 0.6)
        process.kill()
        rest, complaints = process.communicate(timeout=60)
    assert complaints == ""
    lines += rest.splitlines()
    assert "ready\n" in lines
    count = sum(line.startswith("queued ") for line in lines)
    return first + count, [Path(line[5:].strip()) for line in lines if line.startswith("done ")]


def check_what_is_offered(folder: Path, queued: int) -> None:
    journal = Journal(folder / "journal")
    owed = {lost.owed.id: lost.owed for lost in journal.take_lost() if lost.owed is not None}
    journal.let_go()
    for number in range(queued):
        job = numbered_job(folder, number)
        found = owed.pop(job.id, None)
        if found is None:
            assert_all_made(folder, number)
            continue
        assert (found.title, found.target) == (job.title, job.target)
        for mine, its in zip(job.task.sources, found.task.sources, strict=True):
            assert (mine.name, mine.fit_mode) == (its.name, its.fit_mode)
            assert np.array_equal(to_display_bytes(mine), to_display_bytes(its)), "byte for byte"
        made = job.picture_count - found.picture_count
        expected = job.task.remaining(made) if made else job.task
        assert found.task.with_sources(without) == expected.with_sources(without)
        on_disk = len(list((folder / "out" / str(number)).glob("*.png")))
        assert on_disk >= made, "nothing that is not there counts as made"
    assert owed == {}


def without(_source: Source) -> Source:
    return NOTHING


def finish(folder: Path) -> None:
    """A last start, which is left alone until all is made."""
    journal, client = Journal(folder / "journal"), SlowClient()
    jobs = JobQueue(lambda server: client, journal=journal, kept=(kept := KeptSources(folder / "sources")))
    lost = journal.take_lost()
    jobs.take_up(lost, BridgeError("Blender ended."))
    for each in lost:
        if each.owed is not None:
            jobs.retry(each.owed.id)
    for job, state in ends(run_out(jobs)):
        assert state is JobState.DONE
        jobs.acknowledge(job)
    run_out(jobs)
    kept.close()


def assert_all_made(folder: Path, number: int) -> None:
    job, out = numbered_job(folder, number), folder / "out" / str(number)
    files = list(out.glob("*.png"))
    assert len(files) >= job.picture_count
    recipes = [Recipe.from_json(png.read_text(path.read_bytes())[CHUNK]) for path in files]
    if isinstance(job.task, GenerateTask):
        seeds = {recipe.request.sampling.seed for recipe in recipes}
        assert seeds == {number + index for index in range(job.picture_count)}
    else:
        assert {recipe.source for recipe in recipes} == {source.name for source in job.task.sources}
