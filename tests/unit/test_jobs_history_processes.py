# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several Blenders write into one history at once, and are killed at any moment: what was told is there."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from campaign import seeded, share
from drawthings_addon.jobs.history.database import Database
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query
from tests.unit.history_fakes import everything, recipe_of, write

REPOSITORY = Path(__file__).resolve().parents[2]

#: A process that works on the history of a folder until it is killed, or for some pictures. It says what is
#: done when it is.
BLENDER = """
import sys
from pathlib import Path
repository, folder, name, count = sys.argv[1:]
sys.path[:0] = [repository, f"{repository}/tests/support"]
from tests.unit import test_jobs_history_processes as processes
processes.work(Path(folder), name, int(count))
"""


def work(folder: Path, name: str, count: int) -> None:
    """What the process does: pictures with their recipes and without, favourites, and some thrown away."""
    history = History(folder / "own")
    for number in range(count):
        path = folder / "out" / f"{name}-{number}{'.jpg' if number % 5 == 4 else '.png'}"
        history.add(write(path, recipe_of(f"{name} {number}", number, server=f"http://{name}")))
        (entry,) = history.search(Query(f"{name} {number}")).entries[-1:]
        print("added", entry.identity, flush=True)
        if number % 3 == 0:
            history.favourite(entry.identity)
            print("favourite", entry.identity, flush=True)
        if number % 4 == 0:
            history.delete(entry.identity)
            print("deleted", entry.identity, flush=True)
        if number % 6 == 5:
            history.look()
    history.close()


def start(folder: Path, name: str, count: int = 1_000_000) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BLENDER, str(REPOSITORY), str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def check(folder: Path, told: dict[str, set[str]]) -> None:
    """What was told is so, and what is on disk is known."""
    history = History(folder / "own")
    entries = {each.identity: each for each in everything(history)}
    assert told["added"] <= set(entries)
    assert all(entries[each].is_favourite for each in told["favourite"])
    assert all(entries[each].is_deleted for each in told["deleted"])
    history.look([folder / "out"])
    entries = {each.identity: each for each in everything(history)}
    assert {each.path for each in entries.values()} >= set((folder / "out").rglob("*.png"))
    assert all(each.path.is_file() for each in entries.values())
    assert not list((folder / "own").glob("*aside*")), "it was never damaged"
    # All of it is in the files as well.
    history.close()
    for path in (folder / "own").glob("history.db*"):
        path.unlink()
    again = History(folder / "own")
    again.look()
    assert {each.identity: each for each in everything(again)} == entries
    again.close()


def read(processes: list[subprocess.Popen[str]], told: dict[str, set[str]]) -> None:
    for process in processes:
        output, complaints = process.communicate(timeout=120)
        assert complaints == ""
        for line in output.splitlines():
            kind, _space, identity = line.partition(" ")
            if len(identity) == 32:
                told[kind].add(identity)


@pytest.mark.campaign
@pytest.mark.timing
@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed so there")
def test_two_that_are_killed_at_any_moment(tmp_path: Path) -> None:
    chance: random.Random = seeded("history kills")
    told: dict[str, set[str]] = {"added": set(), "favourite": set(), "deleted": set()}
    for number in range(share(30, least=3)):
        processes = [start(tmp_path, f"{name}{number}") for name in ("first", "second")]
        for process in processes:
            assert process.stdout is not None
            told["added"].add(process.stdout.readline().split()[1])
        for process in processes:
            time.sleep(chance.random() * 0.3)
            process.kill()
        read(processes, told)
    assert len(told["added"]) > 2
    check(tmp_path, told)


@pytest.mark.timing
def test_three_at_once(tmp_path: Path) -> None:
    told: dict[str, set[str]] = {"added": set(), "favourite": set(), "deleted": set()}
    names = ("first", "second", "third")
    read([start(tmp_path, name, 12) for name in names], told)
    assert {kind: len(some) for kind, some in told.items()} == {"added": 36, "favourite": 12, "deleted": 9}
    check(tmp_path, told)


def test_two_that_make_it_at_once(tmp_path: Path) -> None:
    """While one makes the tables SQLite refuses another its log at once, and does not wait by itself."""
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as first:
        first.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.2, first.execute, ["ROLLBACK"])
        end.start()
        second = Database.open(path)
        assert second.path == path
        second.close()
        end.join()


def test_one_that_makes_it_anew_while_another_writes(tmp_path: Path) -> None:
    histories = [History(tmp_path / "own") for _ in range(2)]
    for number in range(12):
        one, other = histories[number % 2], histories[(number + 1) % 2]
        one.add(write(tmp_path / "out" / f"{number}.png", recipe_of(f"picture {number}", number)))
        (entry,) = other.search(Query(f"picture {number}")).entries[:1]
        other.favourite(entry.identity)
        assert one.entry(entry.identity).is_favourite
        if number % 4 == 3:
            other.rebuild([tmp_path / "out"])
    for each in histories:
        assert each.search(Query(favourites=True)).total == 12
        each.close()
