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
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ...errors import BridgeError, InvalidSettings, StorageFailed
from ..recipe import Recipe
from . import database as databases
from . import deleting, facts, filling, search, store
from .catalogue import Catalogue
from .entry import IDENTITY, Entry, Facets, Looked, Page
from .marks import Line
from .query import Query
from .scan import MAX_DEPTH, carried, digest, state_of

T = TypeVar("T")
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
        self._catalogue = Catalogue(directory, pause)
        self._pause = pause
        self._owed: list[Made] = []
        """Pictures that could not be written down yet."""
        self._owed_marks: list[Line] = []

    # What is asked

    def search(self, query: Query) -> Page:
        """What fits, the newest first; of the same moment always in the same order. Milliseconds."""
        page = self._catalogue.read(lambda one, index: search.search(one, query, index=index))
        return replace(page, is_whole=self._catalogue.is_whole())

    def entry(self, identity: str) -> Entry:
        """The picture of this identity, whatever its state. Raises InvalidSettings where there is none."""
        return _known(self._of(identity, search.entry))

    def recipe(self, identity: str) -> Recipe:
        """How a picture was made, also of one whose file is gone. Raises InvalidSettings where there is
        none."""
        return Recipe.from_json(_known(self._of(identity, search.recipe)))

    def facets(self) -> Facets:
        """What there is to choose from."""
        return self._catalogue.read(lambda one, _index: search.facets(one))

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
        if value and not self._of(identity, store.is_recorded):
            # So that it is known without its file, too.
            text = self._of(identity, search.recipe)
            marks.append(("recipe", _recipe_mark(text or "", found.path, (found.width, found.height))))
        self._catalogue.marks.add(*marks)
        return self.entry(identity)

    def delete(self, identity: str) -> Entry:
        """Throw a picture away: its files are moved into `Deleted`; of one whose files are gone it is noted.

        Raises InvalidSettings, and StorageFailed where a file cannot be moved.
        """
        found = self.entry(identity)
        files = self._files_there(identity)
        if not files and not found.is_missing:
            # It was moved meanwhile.
            self.look()
            files = self._files_there(identity)
        outside = [path for path in files if not deleting.is_deleted(path)]
        moves: list[tuple[Path, Path]] = []
        try:
            for path in outside:
                folder = path.parent / deleting.FOLDER
                moves.append((path, _by_another_way(path, folder, moves) or deleting.move_to_deleted(path)))
        finally:
            if moves or not files:
                self._moved(identity, moves, is_deleted=True)
        return self.entry(identity)

    def restore(self, identity: str) -> Entry:
        """Bring one back that was thrown away. Raises InvalidSettings, and StorageFailed where its file is
        gone or cannot be moved."""
        found = self.entry(identity)
        if not found.is_deleted:
            return found
        files = [path for path in self._files_there(identity) if deleting.is_deleted(path)]
        if not files and not self._of(identity, store.is_hidden):
            raise StorageFailed(
                "{path} is not there any more.", "The folder Deleted was emptied.", path=found.path
            )
        back = {path: self._catalogue.read(partial(_back_to, path)) for path in files}
        moves: list[tuple[Path, Path]] = []
        try:
            for path, back_to in back.items():
                there = _by_another_way(path, back_to.parent, moves)
                moves.append((path, there or deleting.restore(path, back_to)))
        finally:
            if moves or not files:
                self._moved(identity, moves, is_deleted=False)
        return self.entry(identity)

    def moved(self, before: Path, path: Path) -> None:
        """A picture's file was moved by this extension, such as into `Deleted` and back. Never raises: a look
        finds it, too."""
        try:
            identity = self._catalogue.read(lambda one, _index: store.identity_at(one, before))
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
            self._catalogue.marks.add(("deleted", mark))
        except StorageFailed:
            if not moves:
                raise
            # Where the file lies tells as much.
            log.warning("That a picture was moved is not in %s", self._catalogue.marks.path)
        try:
            self._catalogue.change(lambda one, _index: filling.files_moved(one, moves))
        except StorageFailed as error:
            log.warning("That a picture was moved is found by the next look: %s", error)

    def _files_there(self, identity: str) -> list[Path]:
        """Where its files are at this moment, as far as they are known."""
        return [path for path in self._of(identity, store.files_of) or () if path.exists()]

    def _of(self, identity: str, call: Callable[[sqlite3.Connection, str], T]) -> T | None:
        """What the database tells of a picture; None of what is no identity."""
        if not IDENTITY.fullmatch(identity):
            return None
        return self._catalogue.read(lambda one, _index: call(one, identity))

    # Folders

    def look(self, folders: Iterable[Path] = ()) -> Looked:
        """Find what changed outside: pictures that a crash left out, that were moved, deleted, or are back,
        in these output folders and in all that pictures ever were written to.

        A folder that has not changed costs one question to the disk. What takes long is done in steps,
        between which others have their turn; one that is cut off goes on with the next look. Never raises for
        what the folders hold; raises StorageFailed where nothing can be written at all.
        """
        self._write_owed()
        self._catalogue.check()
        self._catalogue.recall()
        self._note_folders(folders)
        is_rebuilt = not self._catalogue.is_whole()
        added = lost = 0
        for _ in range(_ATTEMPTS):
            opened = self._catalogue.opened
            for found in filling.look(self._catalogue.change):
                added, lost = added + found.added, lost + found.lost
                self._pause()
                if self._catalogue.opened != opened:
                    # Another database, in which the folders have other numbers.
                    is_rebuilt = True
                    break
            else:
                self._catalogue.complete()
                break
        return Looked(added, lost, is_rebuilt)

    def rebuild(self, folders: Iterable[Path] = ()) -> Looked:
        """Make the database anew from the files, the marks, and what the old one knows of files that are
        gone. Raises StorageFailed where another program has it open and the system lets nobody move it."""
        old = self._catalogue.remake()
        found = self.look(folders)
        if old is not None and self._catalogue.is_whole():
            databases.remove(old)
        return found

    def close(self) -> None:
        """Let go of the files. The next call opens them again."""
        self._write_owed()
        self._catalogue.close()

    def _note_folders(self, folders: Iterable[Path]) -> None:
        """Look at these folders and what is in them from now on."""
        known = {
            each.path: each.depth for each in self._catalogue.read(lambda one, _index: store.folders(one))
        }
        new = [path for path in map(Path.absolute, folders) if known.get(path, -1) < MAX_DEPTH]
        if not new:
            return
        self._mark([("folder", {"path": str(path), "depth": MAX_DEPTH}) for path in new])
        self._catalogue.change(lambda one, _index: [store.add_folder(one, path, MAX_DEPTH) for path in new])

    # Pictures that were made

    def _write_owed(self) -> None:
        while self._owed:
            made = self._owed[0]
            try:
                self._add(made)
            except StorageFailed as error:
                # Nothing can be written just now.
                if len(self._owed) == 1:
                    log.warning("A picture is not in the history yet: %s", error)
                del self._owed[:-_MOST_OWED]
                return
            except Exception:
                log.exception("A picture is not in the history")
            if self._owed[:1] == [made]:
                del self._owed[0]

    def _add(self, made: Made) -> None:
        path = made.path.absolute()
        try:
            own, state = carried(path), state_of(path.stat())
            sum_ = "" if own is not None else digest(path)
        except OSError:
            # Thrown away already, or on a disk that is gone.
            own, state, sum_ = None, None, ""
        recipe = made.recipe if own is None else own.recipe
        about = facts.of_recipe(recipe)
        if about is None:
            return
        marks: list[Line] = []
        if own is None:
            size = (made.width, made.height)
            mark = _recipe_mark(recipe, path, size)
            if state is not None:
                mark |= {"size": state.size, "digest": sum_}
            marks.append(("recipe", mark))
        else:
            size = (own.width, own.height)
        depth = MAX_DEPTH if made.is_in_output else 0
        if self._catalogue.read(lambda one, _index: store.folder_of(one, path.parent)) is None:
            marks.append(("folder", {"path": str(path.parent), "depth": depth}))
        self._mark(marks)

        def write(one: sqlite3.Connection, index: bool) -> None:
            folder = store.add_folder(one, path.parent, depth)
            created = time.time_ns() // 1000
            row = store.add_picture(one, about, path, size, created, index=index)
            if state is not None:
                store.set_file(one, folder, path.name, state, row)
                if sum_:
                    store.record(one, about.identity, state.size, sum_)

        self._catalogue.change(write)

    def _mark(self, marks: list[Line]) -> None:
        """What cannot be written now is with the next."""
        self._owed_marks += marks
        if self._owed_marks:
            with contextlib.suppress(StorageFailed):
                self._catalogue.marks.add(*self._owed_marks)
                self._owed_marks.clear()
            del self._owed_marks[:-_MOST_OWED]


def _known(found: T | None) -> T:
    if found is None:
        raise InvalidSettings("This picture is not in the history.", "Search again.")
    return found


def _by_another_way(path: Path, folder: Path, moves: list[tuple[Path, Path]]) -> Path | None:
    """Where a file lies by now that was among those moved: in `folder`, which is one of theirs by another
    name, as by a link or a drive's letter. None of one that is where it was."""
    if path.exists():
        return None
    return next((found for _, there in moves if (found := folder / there.name).exists()), None)


def _back_to(path: Path, one: sqlite3.Connection, _index: bool) -> Path:
    return store.back_to(one, path)


def _recipe_mark(recipe: str, path: Path, size: tuple[int, int]) -> dict[str, object]:
    return {"recipe": recipe, "path": str(path), "width": size[0], "height": size[1]}
