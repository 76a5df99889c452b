# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever becomes of the history's files, nothing is lost and nothing is raised into a job."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from campaign import seeded, share
from drawthings_addon.errors import BridgeError, InvalidSettings, StorageFailed
from drawthings_addon.jobs.history import database as databases
from drawthings_addon.jobs.history.entry import Entry
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query
from tests.unit.history_fakes import everything, recipe_of, write

COUNT = 40
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Entry, ...]]:
    """A folder with a history and what is in it: files that carry their recipes and files that do not,
    favourites, one of them without its file, and what was thrown away."""
    folder = tmp_path_factory.mktemp("history")
    history = History(folder / "own")
    for number in range(COUNT):
        suffix = ".jpg" if number % 4 == 1 else ".png"
        prompt = f"picture {number} with some words 水墨 " * 3
        history.add(write(folder / "out" / f"{number}{suffix}", recipe_of(prompt, number)))
    history.look([folder / "out"])
    entries = history.search(Query()).entries
    for entry in entries[3:8]:
        history.favourite(entry.identity)
    history.favourite(entries[5].identity, False)
    for entry in entries[7:12]:
        history.delete(entry.identity)
    entries[4].path.unlink()
    history.look()
    before = everything(history)
    assert (sum(each.is_favourite for each in before), sum(each.is_deleted for each in before)) == (4, 5)
    assert [each.is_missing for each in before].count(True) == 1
    history.close()
    return folder, before


@pytest.fixture
def own(filled: tuple[Path, tuple[Entry, ...]], tmp_path: Path) -> Path:
    """A copy of the history's own folder, of the same pictures."""
    return Path(shutil.copytree(filled[0] / "own", tmp_path / "own"))


def check(own: Path, before: tuple[Entry, ...]) -> History:
    history = History(own)
    # Before anybody looks: no error, and nothing that is not so.
    told = {(each.identity, each.prompt, each.created, each.seed) for each in before}
    for each in (*history.search(Query()).entries, *history.search(Query("some words")).entries):
        assert (each.identity, each.prompt, each.created, each.seed) in told
    history.facets()
    history.look()
    assert everything(history) == before
    assert history.search(Query("some wor")).total == sum(not each.is_deleted for each in before)
    return history


def overwritten(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(data)


def executed(path: Path, script: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(script)
    database.close()


def of_another(path: Path) -> None:
    path.unlink()
    executed(path, "CREATE TABLE pictures (id INTEGER PRIMARY KEY, name TEXT)")


def of_a_later_version(path: Path) -> None:
    executed(path, "PRAGMA user_version = 99; ALTER TABLE pictures ADD COLUMN score")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").write_bytes(b"x")


DAMAGE: dict[str, Callable[[Path], None]] = {
    "gone": Path.unlink,
    "zero bytes": lambda path: os.truncate(path, 0),
    "one byte": lambda path: os.truncate(path, 1),
    "half of it": lambda path: os.truncate(path, path.stat().st_size // 2),
    "without its last page": lambda path: os.truncate(path, path.stat().st_size - 4096),
    "garbage in its header": lambda path: overwritten(path, 0, b"\xa5" * 100),
    "garbage in its first page": lambda path: overwritten(path, 100, b"\xa5" * 2000),
    "garbage in its middle": lambda path: overwritten(path, path.stat().st_size // 2, b"\xa5" * 9000),
    "garbage behind its header": lambda path: overwritten(path, 4096, b"\0" * (path.stat().st_size - 4096)),
    "a text": lambda path: path.write_text("{}\n" * 3000) and None,
    "a folder in its place": a_folder,
    "another program's": of_another,
    "a later version's": of_a_later_version,
    "a table is gone": lambda path: executed(path, "DROP TABLE texts"),
    "the index is gone": lambda path: executed(path, "DROP TABLE found"),
    "the log is garbage": lambda path: path.with_name("history.db-wal").write_bytes(b"\xa5" * 9000) and None,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_database_is_made_anew(
    own: Path, filled: tuple[Path, tuple[Entry, ...]], damage: str
) -> None:
    DAMAGE[damage](own / "history.db")
    history = check(own, filled[1])
    history.add(write(own.parent / "more" / "a.png", recipe_of("one more", 3000)))
    assert [each.prompt for each in history.search(Query("one more")).entries] == ["one more"]
    history.close()


@pytest.mark.campaign
def test_damage_anywhere_in_the_database(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    chance, path = seeded("history damage"), own / "history.db"
    whole = path.read_bytes()
    for _ in range(share(200)):
        for name in own.iterdir():
            if name.name.startswith("history.db") or "aside" in name.name:
                name.unlink()
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            length = chance.choice((1, 16, 512, 4096))
            at = chance.randrange(len(data) - length)
            data[at : at + length] = chance.choice((bytes(length), chance.randbytes(length)))
        path.write_bytes(data)
        check(own, filled[1]).close()


def test_damage_while_it_is_open(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    history = check(own, filled[1])
    overwritten(own / "history.db", 0, b"\xa5" * (own / "history.db").stat().st_size)
    history.add(write(own.parent / "more" / "a.png", recipe_of("one more", 3000)))
    history.look()
    assert [each.prompt for each in history.search(Query("one more")).entries] == ["one more"]
    assert set(filled[1]) <= set(everything(history))
    history.close()


def test_somebody_removes_it_while_it_is_open(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    history = check(own, filled[1])
    (own / "history.db").unlink()
    assert not history.search(Query()).is_whole
    assert history.look().is_rebuilt
    assert everything(history) == filled[1]
    history.close()


def test_what_only_a_set_aside_database_knows_is_taken_over(tmp_path: Path) -> None:
    history = History(tmp_path / "own")
    history.add(write(tmp_path / "out" / "a.png", recipe_of("gone for ever")))
    history.add(write(tmp_path / "out" / "b.png", recipe_of("thrown away, and emptied", 1)))
    gone, emptied = (history.search(Query(word)).entries[0] for word in ("gone", "emptied"))
    history.delete(emptied.identity)
    shutil.rmtree(tmp_path / "out")
    history.look()
    before = everything(history)
    assert [each.is_missing for each in before] == [True]
    assert history.rebuild().is_rebuilt
    assert everything(history) == before == (replace(gone, is_missing=True),)
    assert history.recipe(gone.identity) == recipe_of("gone for ever")
    assert not list((tmp_path / "own").glob("*aside*")), "nothing of it is needed any more"
    of_a_later_version(tmp_path / "own" / "history.db")
    history.look()
    assert everything(history) == before
    history.close()


# The marks


def test_the_marks_are_gone(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    (own / "history.jsonl").unlink()
    history = check(own, filled[1])
    history.close()
    (own / "history.db").unlink()
    check(own, filled[1]).close()


@pytest.mark.parametrize("damage", ["cut", "a folder", "zeros", "garbage"])
def test_the_marks_are_damaged(own: Path, filled: tuple[Path, tuple[Entry, ...]], damage: str) -> None:
    path = own / "history.jsonl"
    size = path.stat().st_size
    match damage:
        case "cut":
            os.truncate(path, size // 2)
        case "a folder":
            path.unlink()
            path.mkdir()
        case "zeros":
            path.write_bytes(bytes(size // 2))
        case "garbage":
            path.write_bytes(b"\xff\n[" * (size // 4))
    history = check(own, filled[1])
    some = next(each for each in filled[1] if not each.is_favourite)
    assert history.favourite(some.identity).is_favourite
    history.favourite(some.identity, False)
    history.close()
    (own / "history.db").unlink()
    check(own, filled[1]).close()


def test_damaged_lines_are_passed_over(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    path = own / "history.jsonl"
    good = path.read_bytes().splitlines(keepends=True)
    bad = (
        b"\n", b"{\n", b"[]\n", b"null\n", b"\xff\xfe\0\n", b"[" * 100_000 + b"\n", b'{"kind": 5}\n',
        b'{"kind": "later", "identity": "x"}\n',
        b'{"kind": "favourite", "identity": "\\ud800", "value": 1}\n',
        b'{"kind": "favourite", "identity": ["x"]}\n', b'{"kind": "folder", "path": "relative"}\n',
        b'{"kind": "folder", "path": "/\\u0000"}\n', b'{"kind": "folder", "path": 7, "depth": 1e999}\n',
        b'{"kind": "recipe", "recipe": "{}", "path": "/x.jpg", "size": -1, "digest": 5}\n',
        b'{"kind": "recipe", "recipe": "' + b"[" * 3000 + b'", "path": "/x.jpg"}\n',
        b'{"kind": "deleted", "identity": "' + b"a" * 32 + b'", "value": true, "files": [["/a"], 5, 0]}\n',
        b"x" * (9 << 20) + b"\n",
    )  # fmt: skip
    mixed = [each for pair in zip(bad, good, strict=False) for each in pair]
    path.write_bytes(b"".join([*mixed, *good[len(bad) :], b'{"kind": "favourite", "iden']))
    (own / "history.db").unlink()
    history = check(own, filled[1])
    some = next(each for each in filled[1] if not each.is_favourite)
    history.favourite(some.identity)
    last = (own / "history.jsonl").read_bytes().splitlines()[-2]
    assert json.loads(last)["kind"] == "favourite", "on a line of its own"
    assert history.entry(some.identity).is_favourite
    history.close()


@pytest.mark.parametrize("damage", ["made anew", "of a later version", "made anew twice"])
def test_marks_that_are_damaged_unnoticed(
    own: Path, filled: tuple[Path, tuple[Entry, ...]], damage: str
) -> None:
    """Neither its length nor its end are others: what the database knows of it is not lost with that."""
    path = own / "history.jsonl"
    whole = path.read_bytes()
    *lines, last = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(bytes([0]) * (len(line) - 1) + b"\n" for line in lines) + last)
    assert path.stat().st_size == len(whole)
    history = check(own, filled[1])
    if damage == "made anew":
        history.rebuild()
    else:
        history.close()
        of_a_later_version(own / "history.db")
    history.look()
    if damage == "made anew twice":
        # What was set aside is not needed again.
        for each in own.glob("*aside*"):
            each.unlink()
        history.rebuild()
    assert everything(history) == filled[1]
    history.close()


# Disks


@pytest.fixture
def never_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for somebody without permission, or on a full disk, whoever runs the tests."""
    monkeypatch.setattr(databases.Database, "open", classmethod(_only_in_memory))
    monkeypatch.setattr(os, "write", _full)


_OPEN = databases.Database.open.__func__  # type: ignore[attr-defined]


def _only_in_memory(cls: type[databases.Database], path: Path | None) -> databases.Database:
    if path is not None:
        raise sqlite3.OperationalError("attempt to write a readonly database")
    found: databases.Database = _OPEN(cls, None)
    return found


def _full(_handle: int, _data: bytes) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("never_writes")
def test_where_nothing_can_be_written_the_history_is_read(
    own: Path, filled: tuple[Path, tuple[Entry, ...]]
) -> None:
    history = check(own, filled[1])
    history.add(write(own.parent / "more" / "a.png", recipe_of("one more", 3000)))
    history.add(write(own.parent / "more" / "b.jpg", recipe_of("and another", 3001)))
    assert {each.prompt for each in history.search(Query(limit=2)).entries} == {"one more", "and another"}
    with pytest.raises(BridgeError):
        history.favourite(filled[1][0].identity)
    history.close()


@pytest.mark.usefixtures("never_writes")
def test_where_nothing_can_be_written_and_nothing_was(tmp_path: Path) -> None:
    history = History(tmp_path / "own")
    for number in range(3):
        write(tmp_path / "out" / f"{number}.png", recipe_of("there", number))
    history.look([tmp_path / "out"])
    assert history.search(Query()).total == 3


@pytest.mark.skipif(AS_ROOT or sys.platform == "win32", reason="root may write everywhere")
def test_a_folder_without_permission(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    own.chmod(0o500)
    try:
        check(own, filled[1]).close()
    finally:
        own.chmod(0o700)


def test_a_disk_that_is_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path / "own")
    history.search(Query())
    with monkeypatch.context() as full:
        full.setattr(databases.Database, "changing", _cannot)
        history.add(write(tmp_path / "out" / "a.png", recipe_of("kept for later")))
        history.add(write(tmp_path / "out" / "b.jpg", recipe_of("this, too", 1)))
        assert history.search(Query()).total == 0
    history.add(write(tmp_path / "out" / "c.png", recipe_of("and this", 2)))
    assert [each.prompt for each in history.search(Query()).entries] == [
        "and this",
        "this, too",
        "kept for later",
    ]
    history.close()


def test_marks_that_could_not_be_written_are_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(tmp_path / "own")
    history.search(Query())
    with monkeypatch.context() as full:
        full.setattr(os, "write", _full)
        history.add(write(tmp_path / "out" / "a.jpg", recipe_of("a JPEG on a full disk")))
    history.add(write(tmp_path / "out" / "b.png", recipe_of("later", 1)))
    before = everything(history)
    history.close()
    (tmp_path / "own" / "history.db").unlink()
    again = History(tmp_path / "own")
    again.look()
    assert everything(again) == before
    again.close()


def _cannot(_database: databases.Database) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_without_the_log_the_journal_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk of a network: SQLite says that it keeps its journal."""
    monkeypatch.setattr(databases, "JOURNAL_MODE", "PRAGMA journal_mode = DELETE")
    history = History(tmp_path / "own")
    history.add(write(tmp_path / "out" / "a.png", recipe_of("without")))
    assert not (tmp_path / "own" / "history.db-wal").exists()
    assert history.search(Query("without")).total == 1
    history.close()


def test_a_python_without_full_text_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = History(tmp_path / "own")
    with_it.add(write(tmp_path / "out" / "a.png", recipe_of("made with it")))
    with_it.close()
    with monkeypatch.context() as lacking:
        lacking.setattr(databases, "has_fts5", lambda _connection: False)
        without = History(tmp_path / "own")
        without.add(write(tmp_path / "out" / "b.png", recipe_of("made without it", 1)))
        assert without.search(Query("made wit")).total == 2
        without.close()
    again = History(tmp_path / "own")
    assert [each.prompt for each in again.search(Query("made wit")).entries] == [
        "made without it",
        "made with it",
    ]
    again.look()
    assert not list((tmp_path / "own").glob("*aside*"))
    again.close()


@pytest.mark.parametrize("identity", ["", "x", "\ud800", "\0" * 32, "g" * 32, "a" * 32, "'; --"])
def test_what_is_no_identity_is_told(tmp_path: Path, identity: str) -> None:
    history = History(tmp_path / "own")
    for call in (history.entry, history.recipe, history.delete, history.restore, history.favourite):
        with pytest.raises(InvalidSettings, match="not in the history"):
            call(identity)
    history.close()


def test_a_search_waits_for_no_writer(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    """As while another Blender is stopped in the middle of a change."""
    with contextlib.closing(sqlite3.connect(own / "history.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        history = History(own)
        assert history.search(Query("some words")).total == sum(not each.is_deleted for each in filled[1])
        assert time.monotonic() - began < 4
        other.execute("ROLLBACK")
    history.close()


def test_another_program_writes_for_a_minute(
    own: Path, filled: tuple[Path, tuple[Entry, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who searches waits for it once; who changes something is told what it is, and nothing is lost."""
    monkeypatch.setattr(databases, "_PATIENCE", 0.2)
    history = check(own, filled[1])
    some, other = [each for each in filled[1] if not each.is_favourite][:2]
    with contextlib.closing(sqlite3.connect(own / "history.db", isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        history.favourite(some.identity)
        began = time.monotonic()
        for _ in range(5):
            history.search(Query())
        assert time.monotonic() - began < 0.2
        with pytest.raises(StorageFailed, match=r"in use by another program\. Try again in a moment"):
            history.look([own])
        history.favourite(other.identity)
    history.close()
    history = History(own)
    assert history.entry(some.identity).is_favourite and history.entry(other.identity).is_favourite
    history.close()


def test_another_program_has_it_for_itself(
    own: Path, filled: tuple[Path, tuple[Entry, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it held is read all the same, and nobody waits until that ends."""
    monkeypatch.setattr(databases, "_PATIENCE", 0.1)
    with contextlib.closing(sqlite3.connect(own / "history.db", isolation_level=None)) as another:
        another.execute("PRAGMA locking_mode = EXCLUSIVE")
        another.execute("BEGIN EXCLUSIVE")
        another.execute("INSERT OR REPLACE INTO meta VALUES ('x', 1)")
        history = History(own)
        began = time.monotonic()
        assert everything(history) == filled[1]
        history.favourite(filled[1][0].identity)
        assert history.entry(filled[1][0].identity).is_favourite
        assert time.monotonic() - began < 5
        another.execute("ROLLBACK")
    history.look()
    assert history.entry(filled[1][0].identity).is_favourite
    history.close()
    assert History(own).entry(filled[1][0].identity).is_favourite


def test_a_disk_that_is_taken_away_and_brought_back(
    own: Path, filled: tuple[Path, tuple[Entry, ...]]
) -> None:
    folder, before = filled
    history = check(own, before)
    (folder / "out").rename(folder / "away")
    try:
        history.look()
        assert all(each.is_missing for each in everything(history))
        assert {each.identity for each in everything(history)} == {
            each.identity for each in before if not each.is_deleted
        }
        history._catalogue._do(databases.Database.check)
    finally:
        (folder / "away").rename(folder / "out")
    history.look()
    assert everything(history) == before
    assert history._catalogue._do(databases.Database.check) is None
    history.close()


def test_a_copy_of_the_folder_writes_nothing_again(own: Path, filled: tuple[Path, tuple[Entry, ...]]) -> None:
    before = (own / "history.jsonl").read_bytes()
    check(own, filled[1]).close()
    assert (own / "history.jsonl").read_bytes() == before
