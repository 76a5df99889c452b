# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file `history.db`: opened, or set aside where it is damaged, another program's or a later version's.

Nothing is in it that cannot be read again from the pictures' files and from the marks. It may be written by
several processes at once: SQLite's write-ahead log where the file system has it, else its journal.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .marks import free_name

log = logging.getLogger(__name__)

#: The `application_id`, "DTHb", and the `user_version`, raised with every change of the tables:
#: another file is set aside, and all of it read again.
_APPLICATION, _VERSION = 0x44544862, 1
#: Seconds that a writer waits for another process.
_PATIENCE = 5.0
_BETWEEN_ATTEMPTS = 0.02
#: Where the file system can have it.
JOURNAL_MODE = "PRAGMA journal_mode = WAL"
#: Of the files that are one database.
_ENDINGS = ("", "-wal", "-shm", "-journal")
#: Files that were set aside: so many are kept.
_ASIDE = 2
#: What it says where a table is not there.
_GONE = ("no such table", "no such column", "vtable constructor failed", "has no column")
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})

#: A picture's number is its time in milliseconds: the index of words gives the newest first by itself.
_TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    depth INTEGER NOT NULL,
    mtime INTEGER NOT NULL DEFAULT -1,
    is_gone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE files (
    folder INTEGER NOT NULL,
    name BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    picture INTEGER,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE INDEX files_of_picture ON files (picture) WHERE picture IS NOT NULL;
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    blend TEXT NOT NULL,
    set_id TEXT NOT NULL,
    is_favourite INTEGER NOT NULL DEFAULT 0,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    is_missing INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX pictures_told ON pictures
    (is_deleted, is_missing, is_favourite, operation, created, model, blend);
CREATE INDEX pictures_of_model ON pictures (is_deleted, model);
CREATE INDEX pictures_of_blend ON pictures (is_deleted, blend);
CREATE INDEX pictures_of_set ON pictures (set_id);
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL,
    path_sum INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    server TEXT NOT NULL,
    set_index INTEGER NOT NULL,
    set_size INTEGER NOT NULL,
    set_columns INTEGER NOT NULL,
    set_column TEXT NOT NULL,
    set_row TEXT NOT NULL,
    beside TEXT NOT NULL,
    prompt TEXT NOT NULL,
    negative_prompt TEXT NOT NULL,
    recipe BLOB NOT NULL
);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE flags (
    identity TEXT PRIMARY KEY,
    is_favourite INTEGER NOT NULL DEFAULT 0,
    deletion INTEGER NOT NULL DEFAULT 0,
    is_recorded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE recorded (
    size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    identity TEXT NOT NULL,
    PRIMARY KEY (size, digest, identity)
) WITHOUT ROWID;
CREATE TABLE put_away (path BLOB PRIMARY KEY, back_to BLOB NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
"""
#: Words are apart at spaces alone, as `words.searchable` writes them.
_INDEX = """
CREATE VIRTUAL TABLE found USING fts5 (
    text, content='words', content_rowid='id', tokenize='ascii', prefix='1 2 3', columnsize=0
)
"""

#: What the tables tell of the same thing and can be wrong in: as much as SQLite does not look at.
_UNEQUAL = """
SELECT 1 FROM pictures LEFT JOIN flags USING (identity)
WHERE pictures.is_favourite != coalesce(flags.is_favourite, 0) OR is_missing = EXISTS (
    SELECT 1 FROM files JOIN folders ON folders.id = folder WHERE picture = pictures.id AND NOT is_gone
) LIMIT 1
"""


class Damaged(Exception):
    """The file is none that can be used: it is to be set aside."""


@dataclass(eq=False)
class Database:
    """One connection. For one thread at a time."""

    path: Path | None
    """None: in memory."""
    connection: sqlite3.Connection
    has_index: bool
    """This Python's SQLite has FTS5, and the file an index of it."""
    _file: tuple[int, int] | None = field(default=None)

    @classmethod
    def open(cls, path: Path | None) -> Database:
        """Open or make it. Raises Damaged, or sqlite3.Error or OSError where it cannot be opened or
        written."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return cls._opened(path)
            except sqlite3.Error as error:
                # Where two make it, or mend what a killed one left, SQLite does not wait by itself.
                if not is_busy(error) or time.monotonic() >= end:
                    raise
                time.sleep(_BETWEEN_ATTEMPTS)

    @classmethod
    def _opened(cls, path: Path | None) -> Database:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise Damaged("a folder is in its place")
        connection = sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            with damage_told():
                has_index = _prepare(connection)
            return cls(path, connection, has_index, None if path is None else _file_of(path))
        except BaseException:
            connection.close()
            raise

    @classmethod
    def in_memory(cls, path: Path) -> Database:
        """What is in the file, where that can be read at all, in memory: nothing of it is written."""
        # The second way asks for no lock, and sees nothing of the log.
        for how in ("mode=ro", "mode=ro&immutable=1"):
            with contextlib.suppress(sqlite3.Error, OSError, Damaged, ValueError):
                address = f"{path.absolute().as_uri()}?{how}"
                with contextlib.closing(sqlite3.connect(address, timeout=0, uri=True)) as old:
                    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                    old.backup(connection, progress=_not_busy)
                    with damage_told():
                        return cls(None, connection, _prepare(connection))
        return cls.open(None)

    @property
    def is_replaced(self) -> bool:
        """Another process has set the file aside, or somebody removed it."""
        return self.path is not None and _file_of(self.path) != self._file

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """What is done in the block counts together, or not at all. Raises Damaged, sqlite3.Error."""
        with damage_told():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What is read in the block is of one moment. Raises Damaged, sqlite3.Error."""
        with damage_told():
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")

    def check(self) -> Damaged | None:
        """Look through all of it; what is damaged, or None."""
        try:
            # What else is said is no verdict, such as that it is locked.
            with contextlib.suppress(sqlite3.Error), damage_told():
                (verdict,) = self.connection.execute("PRAGMA integrity_check(1)").fetchone()
                if verdict != "ok":
                    return Damaged(verdict)
                if self.connection.execute(_UNEQUAL).fetchone() is not None:
                    return Damaged("one row tells otherwise than another")
                if self.has_index:
                    self.connection.execute("INSERT INTO found (found, rank) VALUES ('integrity-check', 1)")
        except Damaged as error:
            return error
        return None


@contextlib.contextmanager
def damage_told() -> Iterator[None]:
    """What SQLite raises of a damaged file is raised as Damaged."""
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        raise
    except UnicodeDecodeError as error:
        # What SQLite says quotes what it found.
        raise Damaged(str(error)) from error


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite met a damaged file; else it is full, locked, or cannot be written to."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Of Python itself: bytes that are no text, a value out of its range.
        return not isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError)
    is_gone = code == sqlite3.SQLITE_ERROR and any(words in str(error) for words in _GONE)
    return is_gone or code & 0xFF in _DAMAGED


def _not_busy(status: int, _remaining: int, _total: int) -> None:
    """Python copies a database until it has it, however long another process holds that."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise sqlite3.OperationalError("database is locked")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process writes, and for longer than is waited."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _prepare(connection: sqlite3.Connection) -> bool:
    """Tables and settings; whether there is an index."""
    one = connection.execute
    tables = one("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and one("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise Damaged("it is another program's")
    if tables and one("PRAGMA user_version").fetchone()[0] != _VERSION:
        raise Damaged("it is another version's")
    # Where the file system cannot have the log SQLite says so, and keeps its journal.
    one(JOURNAL_MODE).fetchone()
    one("PRAGMA synchronous = NORMAL")
    one("PRAGMA cache_size = -8192")
    if tables and _has_index(connection):
        # Whoever only searches waits for no writer.
        return True
    one("BEGIN IMMEDIATE")
    try:
        if not one("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.split(";"):
                one(statement)
        has_index = _prepare_index(connection)
        one("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            one("ROLLBACK")
        raise
    return has_index


def _has_index(connection: sqlite3.Connection) -> bool:
    """There is an index, and everything is in it."""
    one = connection.execute
    is_there = one("SELECT 1 FROM sqlite_master WHERE name = 'found'").fetchone() is not None
    is_behind = one("SELECT 1 FROM meta WHERE name = 'index is behind'").fetchone() is not None
    return is_there and not is_behind and has_fts5(connection)


def _prepare_index(connection: sqlite3.Connection) -> bool:
    one = connection.execute
    is_there = one("SELECT 1 FROM sqlite_master WHERE name = 'found'").fetchone() is not None
    if not has_fts5(connection):
        # Words that a Python without FTS5 writes are not in the index of another.
        one("INSERT OR REPLACE INTO meta VALUES ('index is behind', 1)")
        return False
    if not is_there:
        one(_INDEX)
    if one("DELETE FROM meta WHERE name = 'index is behind'").rowcount or not is_there:
        one("INSERT INTO found (found) VALUES ('rebuild')")
    return True


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Whether this Python's SQLite has full-text search."""
    try:
        connection.execute("CREATE VIRTUAL TABLE temp.try_fts5 USING fts5 (text)")
        connection.execute("DROP TABLE temp.try_fts5")
    except sqlite3.Error:
        return False
    return True


def aside(path: Path) -> list[Path]:
    """What was set aside of a database, the latest first."""
    found = [each for each in _places(path) if each.is_file()]
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def _places(path: Path) -> list[Path]:
    return [path.with_name(f"{path.stem}-aside-{number}{path.suffix}") for number in range(1, _ASIDE + 1)]


def set_aside(path: Path) -> Path:
    """Give a damaged file another name, beside the last one; what that is. Raises OSError."""
    places = _places(path)
    found = next((each for each in places if not os.path.lexists(each)), None)
    if found is None:
        found = min(places, key=lambda each: each.lstat().st_mtime)
    for ending in _ENDINGS:
        old, new = path.with_name(path.name + ending), found.with_name(found.name + ending)
        if new.is_dir() and os.path.lexists(old):
            new.rename(free_name(new))
        with contextlib.suppress(FileNotFoundError):
            old.replace(new)
    return found


def remove(path: Path) -> None:
    """Remove what was set aside and is not needed any more. Never raises."""
    for ending in _ENDINGS:
        with contextlib.suppress(OSError):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
