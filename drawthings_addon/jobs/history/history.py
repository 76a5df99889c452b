# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every picture that was made, across files and restarts: the one object of the history that others use.

What it knows is in two files of the extension's folder. `history.db` is a database made of what the pictures'
files tell and can be made again at any time; `history.jsonl` (see `marks`) holds what no file tells. Whatever
becomes of the first, nothing is lost: a damaged one is set aside, and the folders are read again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ...errors import BridgeError, InvalidSettings, StorageFailed
from ..recipe import Recipe
from . import database as databases
from . import deleting, facts, filling, search, store
from .database import Damaged, Database
from .entry import Entry, Facets, Looked, Page
from .marks import MAKE_ROOM, Line, Marks
from .query import Query
from .scan import MAX_DEPTH, carried, digest, state_of

T = TypeVar("T")
#: Numbers that the database keeps: the folders have all been read, and so many bytes of the marks.
_WHOLE, _MARKS = "whole", "marks"
_ATTEMPTS = 3
#: Pictures that are remembered while nothing can be written.
_MOST_OWED = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """A picture that is on disk."""

    path: Path
    recipe: str
    """Its text."""
    width: int
    """Pixels of the file."""
    height: int
    is_in_output: bool = True
    """False: the output folder did not take it, and the one that did is not the artist's alone."""


class History:
    """Every method waits for the disk and is called on the history's own thread (`thread.HistoryThread`), in
    tests on any one; none of them touches Blender."""

    def __init__(self, directory: Path, *, pause: Callable[[], None] = lambda: None) -> None:
        """Nothing is read or made before the first call. `pause` is called between the steps of what takes
        long, where other calls may have their turn."""
        self.marks = Marks(directory / "history.jsonl")
        self._path = directory / "history.db"
        self._pause = pause
        self._database: Database | None = None
        self._opened = 0
        """How many databases there were."""
        self._is_checked = False
        self._aside: list[Path] = []
        """Databases that were set aside, and hold what no file tells: pictures whose files are gone."""
        self._owed: list[Made] = []
        """Pictures that could not be written down yet."""

    # What is asked

    def search(self, query: Query) -> Page:
        """What fits, the newest first; of the same moment always in the same order. Milliseconds."""

        def found(one: sqlite3.Connection, index: bool) -> Page:
            page = search.search(one, query, index=index)
            return replace(page, is_whole=bool(store.number(one, _WHOLE)))

        return self._read(found)

    def entry(self, identity: str) -> Entry:
        """The picture of this identity, whatever its state. Raises InvalidSettings where there is none."""
        return _known(self._read(lambda one, _index: search.entry(one, identity)))

    def recipe(self, identity: str) -> Recipe:
        """How a picture was made, also of one whose file is gone. Raises InvalidSettings where there is
        none."""
        return Recipe.from_json(_known(self._read(lambda one, _index: search.recipe(one, identity))))

    def facets(self) -> Facets:
        """What there is to choose from."""
        return self._read(lambda one, _index: search.facets(one))

    # What happens to pictures

    def add(self, made: Made) -> None:
        """A picture is on disk. Never raises: what cannot be written down now is with the next call, or found
        by a look."""
        self._owed.append(made)
        self._write_owed()

    def favourite(self, identity: str, value: bool = True) -> Entry:
        """Make a picture a favourite, or not. Raises InvalidSettings, StorageFailed."""
        found = self.entry(identity)
        marks: list[Line] = [("favourite", {"identity": identity, "value": value})]
        if value and not self._read(lambda one, _index: store.is_recorded(one, identity)):
            # So that it is known without its file, too.
            text = self._read(lambda one, _index: search.recipe(one, identity))
            marks.append(("recipe", _recipe_mark(text or "", found.path, (found.width, found.height))))
        self.marks.add(*marks)
        return self.entry(identity)

    def delete(self, identity: str) -> Entry:
        """Throw a picture away: its files are moved into `Deleted`; of one whose files are gone it is noted.

        Raises InvalidSettings, and StorageFailed where a file cannot be moved.
        """
        found = self.entry(identity)
        files = [path for path in self._files(identity) if not deleting.is_deleted(path) and path.exists()]
        moves: list[tuple[Path, Path]] = []
        try:
            for path in files:
                moves.append((path, deleting.move_to_deleted(path)))
        finally:
            if moves or not (files or found.is_deleted):
                self._moved(identity, moves, is_deleted=True)
        return self.entry(identity)

    def restore(self, identity: str) -> Entry:
        """Bring one back that was thrown away. Raises InvalidSettings, and StorageFailed where its file is
        gone or cannot be moved."""
        found = self.entry(identity)
        files = [path for path in self._files(identity) if deleting.is_deleted(path) and path.exists()]
        if not files and found.is_deleted and found.is_missing:
            raise StorageFailed(
                "{path} is not there any more.", "The folder Deleted was emptied.", path=found.path
            )
        moves: list[tuple[Path, Path]] = []
        try:
            for path in files:
                back_to = self._read(lambda one, _index, path=path: store.back_to(one, path))  # type: ignore[misc]
                moves.append((path, deleting.restore(path, back_to)))
        finally:
            if moves or not files:
                self._moved(identity, moves, is_deleted=False)
        return self.entry(identity)

    def moved(self, before: Path, path: Path) -> None:
        """A picture's file was moved by this extension, such as into `Deleted` and back. Never raises: a look
        finds it, too."""
        try:
            identity = self._read(lambda one, _index: store.identity_at(one, before))
            if identity is not None:
                self._moved(identity, [(before, path)], is_deleted=deleting.is_deleted(path))
        except (BridgeError, OSError, sqlite3.Error) as error:
            log.warning("A picture's move was not written down: %s", error)

    def _moved(self, identity: str, moves: list[tuple[Path, Path]], *, is_deleted: bool) -> None:
        mark = {
            "identity": identity,
            "value": is_deleted,
            "files": [[str(before), str(path)] for before, path in moves],
        }
        try:
            self.marks.add(("deleted", mark))
        except StorageFailed:
            if not moves:
                raise
            # Where the file lies tells as much.
            log.warning("That a picture was moved is not in %s", self.marks.path)
        self._change(lambda one, _index: filling.files_moved(one, moves))

    def _files(self, identity: str) -> list[Path]:
        return self._read(lambda one, _index: store.files_of(one, identity))

    # Folders

    def look(self, folders: Iterable[Path] = ()) -> Looked:
        """Find what changed outside: pictures that a crash left out, that were moved, deleted, or are back,
        in these output folders and in all that pictures ever were written to.

        A folder that has not changed costs one question to the disk. What takes long is done in steps,
        between which others have their turn; one that is cut off goes on with the next look. Never raises for
        what the folders hold; raises StorageFailed where nothing can be written at all.
        """
        self._write_owed()
        self._note_folders(folders)
        before = self._opened
        self._try_disk()
        self._check()
        added = lost = 0
        for _ in range(_ATTEMPTS):
            opened = self._opened
            for found in filling.look(self._change):
                added, lost = added + found.added, lost + found.lost
                self._pause()
                if self._opened != opened:
                    # Another database, in which the folders have other numbers.
                    break
            else:
                self._salvage()
                self._change(lambda one, _index: store.set_number(one, _WHOLE, 1))
                break
        return Looked(added, lost, is_rebuilt=self._opened != max(before, 1))

    def rebuild(self, folders: Iterable[Path] = ()) -> Looked:
        """Make the database anew from the files, the marks, and what the old one knows of files that are
        gone. Raises StorageFailed where another program has it open and the system lets nobody move it."""
        self._close()
        old = None
        if os.path.lexists(self._path):
            try:
                old = databases.set_aside(self._path)
            except OSError as error:
                raise StorageFailed(
                    "{path} cannot be made anew: {reason}.",
                    "Close other Blenders, then try again.",
                    path=self._path,
                    reason=error.strerror or type(error).__name__,
                ) from error
            self._aside.append(old)
        found = self.look(folders)
        if old is not None and old not in self._aside:
            databases.remove(old)
        return found

    def close(self) -> None:
        """Let go of the files. The next call opens them again."""
        self._write_owed()
        self._close()

    # The database

    def _read(self, call: Callable[[sqlite3.Connection, bool], T]) -> T:
        """What `call(connection, whether there is an index)` reads, of one moment. Raises StorageFailed."""

        def read(database: Database) -> T:
            with database.reading() as one:
                try:
                    return call(one, database.has_index)
                except (TypeError, ValueError, OverflowError, zlib.error) as error:
                    # Rows of which SQLite cannot tell that they are damaged.
                    raise Damaged(str(error)) from error

        return self._do(read)

    def _change(self, call: Callable[[sqlite3.Connection, bool], T]) -> T:
        """What `call` changes, all of it or nothing. Raises StorageFailed."""

        def change(database: Database) -> T:
            with database.changing() as one:
                return call(one, database.has_index)

        return self._do(change)

    def _do(self, call: Callable[[Database], T]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                database = self._open()
                self._take_marks(database)
                return call(database)
            except Damaged as error:
                self._set_aside(error)
            except sqlite3.Error as error:
                raise StorageFailed(
                    "{path} cannot be used: {reason}.",
                    MAKE_ROOM,
                    path=self._path,
                    reason=str(error),
                ) from error
        raise StorageFailed("{path} is damaged again and again.", path=self._path)

    def _open(self) -> Database:
        """Raises Damaged."""
        if self._database is not None and self._database.is_replaced:
            self._close()
        if self._database is None:
            self._opened += 1
            try:
                self._database = Database.open(self._path)
            except (OSError, sqlite3.Error) as error:
                log.warning("The history is kept in memory: %s", error)
                self._database = Database.in_memory(self._path)
        return self._database

    def _try_disk(self) -> None:
        """What was kept in memory is on disk from now on, where that can be by now: the folders tell it."""
        if self._database is not None and self._database.path is None:
            with contextlib.suppress(OSError, sqlite3.Error, Damaged):
                found = Database.open(self._path)
                self._close()
                self._database = found
                self._opened += 1

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _check(self) -> None:
        """Look through the database once."""
        if not self._is_checked:
            self._do(Database.check)
            self._is_checked = True

    def _set_aside(self, reason: Damaged) -> None:
        log.warning("The history's database is set aside: %s", reason)
        is_another = self._database is not None and self._database.is_replaced
        self._close()
        if is_another:
            # Somebody else was faster.
            return
        try:
            self._aside.append(databases.set_aside(self._path))
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("It cannot be moved, and the history is kept in memory: %s", error)
            self._opened += 1
            self._database = Database.open(None)

    def _salvage(self) -> None:
        """Take over from what was set aside the pictures whose files are gone."""
        while self._aside:
            path = self._aside[0]
            for some in filling.old_pictures(path):
                self._change(lambda one, index, some=some: filling.take_over(one, some, index=index))  # type: ignore[misc]
                self._pause()
            if self._aside[:1] == [path]:
                del self._aside[0]

    # Marks

    def _take_marks(self, database: Database) -> None:
        """Have the database hold what the marks tell that it does not hold yet. Raises Damaged."""
        try:
            size = self.marks.size()
            with database.reading() as one:
                known = store.number(one, _MARKS)
            if size < known:
                # Somebody removed or cut off the file: what is known of it is written again.
                with database.reading() as one:
                    marks = filling.all_marks(one)
                self.marks.add(*marks)
                with database.changing() as one:
                    store.set_number(one, _MARKS, 0)
            if size != known:
                while filling.take_some_marks(database, self.marks, _MARKS):
                    pass
        except (OSError, StorageFailed, sqlite3.Error) as error:
            log.warning("The history's marks were not read: %s", error)

    def _note_folders(self, folders: Iterable[Path]) -> None:
        """Look at these folders and what is in them from now on."""
        known = {each.path: each.depth for each in self._read(lambda one, _index: store.folders(one))}
        new = [path for path in map(Path.absolute, folders) if known.get(path, -1) < MAX_DEPTH]
        if not new:
            return
        with contextlib.suppress(StorageFailed):
            self.marks.add(*(("folder", {"path": str(path), "depth": MAX_DEPTH}) for path in new))
        self._change(lambda one, _index: [store.add_folder(one, path, MAX_DEPTH) for path in new])

    # Pictures that were made

    def _write_owed(self) -> None:
        owed, self._owed = self._owed, []
        for made in owed:
            try:
                self._add(made)
            except (BridgeError, OSError, sqlite3.Error) as error:
                log.warning("A picture is not in the history yet: %s", error)
                self._owed = [*self._owed, made][-_MOST_OWED:]

    def _add(self, made: Made) -> None:
        path = made.path.absolute()
        try:
            own, state = carried(path), state_of(path.stat())
        except OSError:
            # Thrown away already, or on a disk that is gone.
            own = state = None
        recipe = made.recipe if own is None else own.recipe
        about = facts.of_recipe(recipe)
        if about is None:
            return
        marks: list[Line] = []
        sum_ = ""
        if own is None:
            size = (made.width, made.height)
            mark = _recipe_mark(recipe, path, size)
            if state is not None:
                sum_ = digest(path)
                mark |= {"size": state.size, "digest": sum_}
            marks.append(("recipe", mark))
        else:
            size = (own.width, own.height)
        known = {each.path for each in self._read(lambda one, _index: store.folders(one))}
        depth = MAX_DEPTH if made.is_in_output else 0
        if path.parent not in known:
            marks.append(("folder", {"path": str(path.parent), "depth": depth}))
        if marks:
            with contextlib.suppress(StorageFailed):
                self.marks.add(*marks)

        def write(one: sqlite3.Connection, index: bool) -> None:
            folder = store.add_folder(one, path.parent, depth)
            created = time.time_ns() // 1000
            row, _is_new = store.add_picture(one, about, path, size, created, index=index)
            if state is not None:
                store.set_file(one, folder, path.name, state, row)
                if sum_:
                    store.record(one, about.identity, state.size, sum_)

        self._change(write)


def _known(found: T | None) -> T:
    if found is None:
        raise InvalidSettings("This picture is not in the history.", "Search again.")
    return found


def _recipe_mark(recipe: str, path: Path, size: tuple[int, int]) -> dict[str, object]:
    return {"recipe": recipe, "path": str(path), "width": size[0], "height": size[1]}
