# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender that is killed at exactly this moment: before the n-th time that it does this to a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from campaign import part_of
from drawthings_addon.imaging import png
from drawthings_addon.jobs.journal import Journal

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
