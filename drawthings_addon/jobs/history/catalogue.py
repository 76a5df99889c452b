# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database and the marks as one, which heals: what is damaged is set aside and made again.

`history.db` is made of what the pictures' files tell and can be made again at any time; `history.jsonl` (see
`marks`) holds what no file tells. Where the first cannot be written it is kept in memory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ...errors import StorageFailed
from . import database as databases
from . import filling, store
from .database import Damaged, Database
from .marks import MAKE_ROOM, Marks

T = TypeVar("T")
#: Numbers that the database keeps: the folders have all been read; so many bytes of the marks are in it, and
#: what their last ones are known by.
_WHOLE, _MARKS, _CHECKSUM = "whole", "marks", "checksum of marks"
_ATTEMPTS = 3
#: Seconds until the marks are tried again that another process did not let be taken.
_BEHIND = 5.0

log = logging.getLogger(__name__)


class Catalogue:
    """For one thread at a time. A call within the steps of another is in order between two of them."""

    def __init__(self, directory: Path, pause: Callable[[], None]) -> None:
        self.marks = Marks(directory / "history.jsonl")
        self._path = directory / "history.db"
        self._pause = pause
        self._database: Database | None = None
        self.opened = 0
        """How many databases there were: in another one rows have other numbers."""
        self._is_checked = False
        self._behind_until = 0.0
        """When the marks are tried again, on the monotonic clock."""
        self._told = ("", "")
        """The last trouble that was logged: the same is not logged again and again."""

    def read(self, call: Callable[[sqlite3.Connection, bool], T]) -> T:
        """What `call(connection, whether there is an index)` reads, of one moment. Raises StorageFailed."""

        def read(database: Database) -> T:
            with database.reading() as one:
                return call(one, database.has_index)

        return self._do(read)

    def change(self, call: Callable[[sqlite3.Connection, bool], T]) -> T:
        """What `call` changes, all of it or nothing. Raises StorageFailed."""

        def change(database: Database) -> T:
            with database.changing() as one:
                return call(one, database.has_index)

        return self._do(change)

    def is_whole(self) -> bool:
        """Every folder was read since the database was new."""
        return self.read(lambda one, _index: bool(store.number(one, _WHOLE)))

    def recall(self) -> None:
        """Where the database is new, have the marks hold again what older ones know of them: lines may have
        been damaged since. Raises StorageFailed where the database cannot be used."""
        if self.is_whole():
            return
        for path in databases.aside(self._path):
            marks = filling.old_marks(path, self.read(filling.known_marks))
            if marks:
                with contextlib.suppress(StorageFailed):
                    self.marks.add(*marks)

    def complete(self) -> None:
        """Every folder was read: what older databases know is taken over from them. Raises StorageFailed."""
        if self.is_whole():
            return
        for path in databases.aside(self._path):
            for some in filling.old_pictures(path):
                self.change(lambda one, index, some=some: filling.take_over(one, some, index=index))  # type: ignore[misc]
                self._pause()
        self.change(lambda one, _index: store.set_number(one, _WHOLE, 1))

    def check(self) -> None:
        """Look through the database, once, and onto the disk again where it is kept in memory."""
        if self._database is not None and self._database.path is None:
            with contextlib.suppress(OSError, sqlite3.Error, Damaged):
                found = Database.open(self._path)
                self.close()
                self._database = found
                self.opened += 1
        if not self._is_checked:
            # Once: one that is new is not damaged, whatever the check says.
            self._is_checked = True
            damage = self._do(Database.check)
            if damage is not None:
                self._set_aside(damage)

    def remake(self) -> Path | None:
        """Begin with an empty database; where the old one is now. Raises StorageFailed where another program
        has it open and the system lets nobody move it."""
        self.close()
        if not os.path.lexists(self._path):
            return None
        try:
            return databases.set_aside(self._path)
        except OSError as error:
            raise StorageFailed(
                "{path} cannot be made anew: {reason}.",
                "Close other Blenders, then try again.",
                path=self._path,
                reason=error.strerror or type(error).__name__,
            ) from error

    def close(self) -> None:
        """Let go of the file. The next call opens it again."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _do(self, call: Callable[[Database], T]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                database = self._open()
                self._take_marks(database)
                return call(database)
            except Damaged as error:
                self._set_aside(error)
            except sqlite3.Error as error:
                if databases.is_busy(error):
                    raise StorageFailed(
                        "{path} is in use by another program.", "Try again in a moment.", path=self._path
                    ) from error
                raise StorageFailed(
                    "{path} cannot be used: {reason}.", MAKE_ROOM, path=self._path, reason=str(error)
                ) from error
        raise StorageFailed("{path} is damaged again and again.", path=self._path)

    def _open(self) -> Database:
        """Raises Damaged."""
        if self._database is not None and self._database.is_replaced:
            self.close()
        if self._database is None:
            self.opened += 1
            try:
                self._database = Database.open(self._path)
            except (OSError, sqlite3.Error) as error:
                self._tell("the database is kept in memory", error)
                self._database = Database.in_memory(self._path)
        return self._database

    def _set_aside(self, reason: Damaged) -> None:
        self._tell("the database is set aside", reason)
        is_another = self._database is not None and self._database.is_replaced
        self.close()
        if is_another:
            # Somebody else was faster.
            return
        try:
            databases.set_aside(self._path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._tell("it cannot be moved, and is kept in memory", error)
            self.opened += 1
            self._database = Database.open(None)

    def _take_marks(self, database: Database) -> None:
        """Have the database hold what the marks tell that it does not hold yet. Raises Damaged."""
        if time.monotonic() < self._behind_until:
            return
        try:
            with database.reading() as one:
                known, checksum = store.number(one, _MARKS), store.number(one, _CHECKSUM)
            size = self.marks.size()
            if size == known:
                return
            if known and (size < known or self.marks.checksum(known) != checksum):
                # Somebody removed the file, cut it off, or put another in its place.
                damage = database.check()
                if damage is not None:
                    raise damage
                with database.reading() as one:
                    marks = filling.all_marks(one)
                self.marks.add(*marks)
                with database.changing() as one:
                    store.set_number(one, _MARKS, 0)
            while filling.take_some_marks(database, self.marks, _MARKS, _CHECKSUM):
                pass
        except (OSError, StorageFailed, sqlite3.Error) as error:
            self._tell("the marks were not read", error)
            if isinstance(error, sqlite3.Error) and databases.is_busy(error):
                # Who only searches does not wait each time.
                self._behind_until = time.monotonic() + _BEHIND

    def _tell(self, trouble: str, reason: Exception) -> None:
        told = (trouble, str(reason))
        if told != self._told:
            self._told = told
            log.warning("The history: %s: %s", *told)
