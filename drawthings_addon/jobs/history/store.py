# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written into the database: pictures, folders, files and flags.

Each function is one step of a change that its caller makes: see `Database.changing`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import compress, crc32

from ..picture_set import SetMember
from . import deleting
from .database import Damaged
from .facts import Facts, within
from .scan import FileState

#: How a picture was thrown away: its file was moved, or there was none to move.
MOVED, HIDDEN = 1, 2
_SET_FLAG = {
    "is_favourite": "UPDATE flags SET is_favourite = ? WHERE identity = ?",
    "deletion": "UPDATE flags SET deletion = ? WHERE identity = ?",
    "is_recorded": "UPDATE flags SET is_recorded = ? WHERE identity = ?",
}


@dataclass(frozen=True)
class Folder:
    """One that is looked at."""

    id: int
    path: Path
    depth: int
    """So many levels of folders in it are looked at, too."""
    mtime: int
    """When it changed last, at the last look; -1: it was not looked at."""
    is_gone: bool


@dataclass(frozen=True)
class Known:
    """A file as it was when it was read."""

    state: FileState
    picture: int | None
    """The row of the picture that it is; None of a file that is none of the history."""


def add_folder(one: sqlite3.Connection, path: Path, depth: int = 0) -> int:
    """Look at a folder from now on; its row. The folder for what is thrown away in it is looked at, too."""
    depth = 0 if path.name == deleting.FOLDER else depth
    key = os.fsencode(path)
    found = one.execute("SELECT id, depth FROM folders WHERE path = ?", (key,)).fetchone()
    if found is None:
        row = one.execute("INSERT INTO folders (path, depth) VALUES (?, ?)", (key, depth)).lastrowid
        assert row is not None
        return row
    if found[1] < depth:
        # More of what is in it is to be looked at.
        one.execute("UPDATE folders SET depth = ?, mtime = -1 WHERE id = ?", (depth, found[0]))
    return int(found[0])


def folder_of(one: sqlite3.Connection, path: Path) -> int | None:
    """The row of a folder; None of one that is not looked at."""
    found = one.execute("SELECT id FROM folders WHERE path = ?", (os.fsencode(path),)).fetchone()
    return None if found is None else int(found[0])


def folders(one: sqlite3.Connection) -> list[Folder]:
    """All that are looked at."""
    rows = one.execute("SELECT id, path, depth, mtime, is_gone FROM folders ORDER BY id")
    return [
        Folder(row, _path(path), depth, mtime, bool(is_gone)) for row, path, depth, mtime, is_gone in rows
    ]


def folder_looked(one: sqlite3.Connection, folder: int, mtime: int) -> None:
    """Everything of a folder that was changed at `mtime` is known."""
    one.execute("UPDATE folders SET mtime = ? WHERE id = ?", (mtime, folder))


def folder_gone(one: sqlite3.Connection, folder: int, is_gone: bool) -> int:
    """A folder cannot be looked at, or can again; how many pictures that concerns."""
    one.execute("UPDATE folders SET is_gone = ? WHERE id = ?", (is_gone, folder))
    # Most of them in one go: those that lie nowhere else, and with which the artist did nothing.
    plain = one.execute(
        "UPDATE pictures SET is_missing = ? WHERE id IN (SELECT picture FROM files WHERE folder = ?)"
        " AND identity NOT IN (SELECT identity FROM flags)"
        " AND NOT EXISTS (SELECT 1 FROM files WHERE picture = pictures.id AND folder != ?)",
        (is_gone, folder, folder),
    ).rowcount
    others = one.execute(
        "SELECT DISTINCT pictures.id FROM files JOIN pictures ON pictures.id = picture WHERE folder = ?"
        " AND (identity IN (SELECT identity FROM flags)"
        " OR EXISTS (SELECT 1 FROM files WHERE picture = pictures.id AND folder != ?))",
        (folder, folder),
    ).fetchall()
    for (picture,) in others:
        settle(one, picture)
    return plain + len(others)


def files_in(one: sqlite3.Connection, folder: int, name: str | None = None) -> dict[str, Known]:
    """What is known of the files of a folder, or of one of them, by their names."""
    rows = (
        one.execute("SELECT name, size, mtime, picture FROM files WHERE folder = ?", (folder,))
        if name is None
        else one.execute(
            "SELECT name, size, mtime, picture FROM files WHERE folder = ? AND name = ?",
            (folder, os.fsencode(name)),
        )
    )
    return {_name(name): Known(FileState(size, mtime), picture) for name, size, mtime, picture in rows}


def set_file(one: sqlite3.Connection, folder: int, name: str, state: FileState, picture: int | None) -> None:
    """A file is that picture, or none."""
    key = (folder, os.fsencode(name))
    before = one.execute("SELECT picture FROM files WHERE folder = ? AND name = ?", key).fetchone()
    one.execute(
        "INSERT OR REPLACE INTO files (folder, name, size, mtime, picture) VALUES (?, ?, ?, ?, ?)",
        (*key, state.size, state.mtime, picture),
    )
    for each in {picture, *(before or ())} - {None}:
        settle(one, each)


def forget_file(one: sqlite3.Connection, folder: int, name: str) -> None:
    """A file is not there any more."""
    key = (folder, os.fsencode(name))
    before = one.execute("SELECT picture FROM files WHERE folder = ? AND name = ?", key).fetchone()
    one.execute("DELETE FROM files WHERE folder = ? AND name = ?", key)
    if before is not None and before[0] is not None:
        settle(one, before[0])


def picture_of(one: sqlite3.Connection, identity: str) -> int | None:
    """The row of a picture; None where it is not known."""
    found = one.execute("SELECT id FROM pictures WHERE identity = ?", (identity,)).fetchone()
    return None if found is None else int(found[0])


def add_picture(
    one: sqlite3.Connection, facts: Facts, path: Path, size: tuple[int, int], created: int, *, index: bool
) -> int:
    """The row of a picture, which is new or known. `created` is for a recipe that does not tell; `index`:
    there is one."""
    found = picture_of(one, facts.identity)
    if found is not None:
        return found
    created = within(created) if facts.created is None else facts.created
    row = _free_row(one, facts.identity, created)
    one.execute(
        "INSERT INTO pictures (id, identity, created, operation, model, blend, set_id, is_missing)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
        (
            row,
            facts.identity,
            created,
            facts.operation,
            facts.model,
            facts.blend,
            facts.set.id if facts.set is not None else "",
        ),
    )
    member = facts.set or SetMember("", 0, 0)
    told = (
        *size,
        facts.seed,
        facts.server,
        *(member.index, member.size, member.columns, member.column, member.row),
        *(facts.beside, facts.prompt, facts.negative_prompt),
    )
    one.execute(
        "INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row,
            os.fsencode(path),
            crc32(os.fsencode(path)),
            checksum(told),
            *told,
            compress(facts.recipe.encode("utf-8", "replace")),
        ),
    )
    one.execute("INSERT OR REPLACE INTO words VALUES (?, ?)", (row, facts.words))
    if index:
        one.execute("INSERT INTO found (rowid, text) VALUES (?, ?)", (row, facts.words))
    settle(one, row)
    return row


def checksum(told: tuple[object, ...]) -> int:
    """Of what is told of a picture: SQLite has none, and does not see that a text is another."""
    return crc32(repr(told).encode())


def _free_row(one: sqlite3.Connection, identity: str, created: int) -> int:
    """The milliseconds of its time, or the next that are free. Of pictures whose time is told to the second
    always the same are first."""
    row = created // 1000
    if created % 1_000_000 == 0:
        row += int(identity[:8], 16) % 1000
    while one.execute("SELECT 1 FROM pictures WHERE id = ?", (row,)).fetchone() is not None:
        row += 1
    return row


def set_flags(one: sqlite3.Connection, identity: str, values: Mapping[str, int]) -> None:
    """What the artist did with a picture, be it known yet or not: `is_favourite`,
    `deletion`; `is_recorded` tells that its recipe is among the marks."""
    one.execute("INSERT OR IGNORE INTO flags (identity) VALUES (?)", (identity,))
    for name, value in values.items():
        one.execute(_SET_FLAG[name], (value, identity))
    row = picture_of(one, identity)
    if row is not None:
        if values.get("deletion") == 0:
            # Brought back, also where its file is out of reach.
            one.execute("UPDATE pictures SET is_deleted = 0 WHERE id = ?", (row,))
        settle(one, row)


def settle(one: sqlite3.Connection, picture: int) -> None:
    """Where a picture's file is, whether there is one, and whether it was thrown away: what its files and
    flags tell. A file outside of `Deleted` is one that nobody threw away, or that was brought back by
    hand."""
    files = _files(one, picture)
    identity, was_deleted, before = _there(
        one.execute(
            "SELECT identity, is_deleted, path FROM pictures JOIN texts USING (id) WHERE id = ?", (picture,)
        ).fetchone()
    )
    flags = one.execute("SELECT is_favourite, deletion FROM flags WHERE identity = ?", (identity,)).fetchone()
    favourite, deletion = flags or (0, 0)
    is_in_bin = bool(files) and deleting.is_deleted(files[0])
    is_deleted = deletion == HIDDEN or is_in_bin if files else bool(deletion or was_deleted)
    one.execute(
        "UPDATE pictures SET is_favourite = ?, is_deleted = ?, is_missing = ? WHERE id = ?",
        (favourite, is_deleted, not files, picture),
    )
    if files:
        # Of copies the one that was shown, unless that was thrown away.
        shown = _path(before)
        is_shown = shown in files and deleting.is_deleted(shown) == is_in_bin
        path = os.fsencode(shown if is_shown else files[0])
        one.execute("UPDATE texts SET path = ?, path_sum = ? WHERE id = ?", (path, crc32(path), picture))


def _files(one: sqlite3.Connection, picture: int) -> list[Path]:
    """Where the files of a picture are, those last that were thrown away."""
    rows = one.execute(
        "SELECT path, name FROM files JOIN folders ON folders.id = folder WHERE picture = ? AND NOT is_gone",
        (picture,),
    )
    return sorted((_path(folder) / _name(name) for folder, name in rows), key=_last_deleted)


def _last_deleted(path: Path) -> tuple[bool, Path]:
    return deleting.is_deleted(path), path


def record(one: sqlite3.Connection, identity: str, size: int, digest: str) -> None:
    """A file of these bytes is the picture, though it carries no recipe."""
    one.execute("INSERT OR IGNORE INTO recorded VALUES (?, ?, ?)", (size, digest, identity))


def are_recorded(one: sqlite3.Connection, size: int) -> bool:
    """Whether a file of so many bytes may be one of those."""
    return one.execute("SELECT 1 FROM recorded WHERE size = ?", (size,)).fetchone() is not None


def recorded(one: sqlite3.Connection, size: int, digest: str, path: Path) -> int | None:
    """The row of the picture that a file of these bytes is. Of several that are equal byte for byte the one
    that lay there, else one that is missing."""
    found = one.execute(
        "SELECT pictures.id FROM recorded JOIN pictures USING (identity) JOIN texts USING (id)"
        " WHERE size = ? AND digest = ? ORDER BY path != ?, NOT is_missing, id",
        (size, digest, os.fsencode(path)),
    ).fetchone()
    return None if found is None else int(found[0])


def put_away(one: sqlite3.Connection, moves: Iterable[tuple[Path, Path]]) -> None:
    """Where files that were thrown away lay before: from, to."""
    for back_to, path in moves:
        one.execute(
            "INSERT OR REPLACE INTO put_away VALUES (?, ?)", (os.fsencode(path), os.fsencode(back_to))
        )


def all_put_away(one: sqlite3.Connection) -> list[tuple[Path, Path]]:
    """Files that were thrown away, and where they lay before."""
    rows = one.execute("SELECT path, back_to FROM put_away")
    return [(_path(path), _path(back_to)) for path, back_to in rows]


def back_to(one: sqlite3.Connection, path: Path) -> Path:
    """Where a file that was thrown away is brought back to."""
    found = one.execute("SELECT back_to FROM put_away WHERE path = ?", (os.fsencode(path),)).fetchone()
    return path.parent.parent / path.name if found is None else _path(found[0])


def files_of(one: sqlite3.Connection, identity: str) -> list[Path]:
    """Where the files of a picture are."""
    row = picture_of(one, identity)
    return [] if row is None else _files(one, row)


def number(one: sqlite3.Connection, name: str) -> int:
    """A number that is kept; 0 where there is none."""
    found = one.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return found[0] if found is not None and isinstance(found[0], int) else 0


def set_number(one: sqlite3.Connection, name: str, value: int) -> None:
    one.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def is_recorded(one: sqlite3.Connection, identity: str) -> bool:
    """Whether its recipe is among the marks."""
    found = one.execute("SELECT is_recorded FROM flags WHERE identity = ?", (identity,)).fetchone()
    return bool(found and found[0])


def is_hidden(one: sqlite3.Connection, identity: str) -> bool:
    """Whether it was thrown away when there was no file of it to move."""
    found = one.execute("SELECT deletion FROM flags WHERE identity = ?", (identity,)).fetchone()
    return bool(found and found[0] == HIDDEN)


def identity_at(one: sqlite3.Connection, path: Path) -> str | None:
    """The picture whose file that is, or was when it was seen last."""
    found = one.execute(
        "SELECT identity FROM files JOIN folders ON folders.id = folder"
        " JOIN pictures ON pictures.id = picture"
        " WHERE folders.path = ? AND name = ?",
        (os.fsencode(path.parent), os.fsencode(path.name)),
    ).fetchone()
    return None if found is None else str(found[0])


def _there(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Raises Damaged where a row is gone that others tell of."""
    if row is None:
        raise Damaged("a row is gone")
    return row


def _name(value: object) -> str:
    """Raises Damaged for what was not written so."""
    if not isinstance(value, bytes):
        raise Damaged("a name is none")
    return os.fsdecode(value)


def _path(value: object) -> Path:
    return Path(_name(value))
