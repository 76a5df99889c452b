# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fills the database: marks, folders that are looked at, and what an older database knows. In steps,
each of which is a change by itself and takes moments."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from . import search, store
from .database import Damaged, Database
from .deleting import FOLDER
from .entry import IDENTITY
from .facts import Facts, of_recipe
from .marks import Line, Mark, Marks, path_of
from .scan import MAX_DEPTH, Carried, FileState, carried, digest, listing, state_of
from .store import HIDDEN, MOVED, Folder, Known

T = TypeVar("T")
#: Folders that are looked at, at the most.
MAX_FOLDERS = 5000
#: Seconds that a step takes before it is written; and how many marks, files or pictures it is at the most.
_STEP = 0.02
_MOST = 200
#: Nanoseconds until a folder's time tells of the next change: file systems count in seconds, FAT in two.
_COARSE = 2_500_000_000


class Change(Protocol):
    """See `History._change`."""

    def __call__(self, call: Callable[[sqlite3.Connection, bool], T], /) -> T: ...


@dataclass(frozen=True)
class Found:
    """What came of a step."""

    added: int = 0
    lost: int = 0


# Marks


def take_some_marks(database: Database, marks: Marks, name: str, checksum: str) -> bool:
    """Have the database hold some more of the marks. `name` is its number of how many bytes it holds,
    `checksum` the one of what their last ones are known by. False: it holds all. Raises Damaged,
    sqlite3.Error, OSError."""
    with database.changing() as one:
        before = at = store.number(one, name)
        for mark, at in itertools.islice(marks.read(before), _MOST):  # noqa: B007
            if mark is not None:
                apply(one, mark, index=database.has_index)
        if at != before:
            store.set_number(one, name, at)
            store.set_number(one, checksum, marks.checksum(at))
        return at != before


def apply(one: sqlite3.Connection, mark: Mark, *, index: bool) -> None:
    """Have the database hold what a mark tells. What makes no sense is passed over."""
    match mark.kind:
        case "folder":
            path = mark.path("path")
            if path is not None:
                store.add_folder(one, path, min(mark.number("depth"), MAX_DEPTH))
        case "favourite":
            if IDENTITY.fullmatch(mark.text("identity")):
                store.set_flags(one, mark.text("identity"), {"is_favourite": mark.flag("value")})
        case "deleted":
            if IDENTITY.fullmatch(mark.text("identity")):
                moves = _moves(mark.values.get("files"))
                deletion = (MOVED if moves else HIDDEN) if mark.flag("value") else 0
                if deletion:
                    store.put_away(one, moves)
                files_moved(one, moves)
                store.set_flags(one, mark.text("identity"), {"deletion": deletion})
        case "recipe":
            _apply_recipe(one, mark, index=index)


def _apply_recipe(one: sqlite3.Connection, mark: Mark, *, index: bool) -> None:
    about, path = of_recipe(mark.text("recipe")), mark.path("path")
    if about is None or path is None:
        return
    size = (mark.number("width"), mark.number("height"))
    store.add_picture(one, about, path, size, time.time_ns() // 1000, index=index)
    if mark.text("digest"):
        store.record(one, about.identity, mark.number("size"), mark.text("digest"))
    store.set_flags(one, about.identity, {"is_recorded": 1})


def _moves(files: object) -> list[tuple[Path, Path]]:
    found = []
    for each in files if isinstance(files, list) else ():
        if isinstance(each, list) and len(each) == 2:
            before, path = map(path_of, each)
            if before is not None and path is not None:
                found.append((before, path))
    return found


def known_marks(one: sqlite3.Connection, _index: bool) -> frozenset[str | Path]:
    """The folders, and the identities of pictures, that the marks tell something of."""
    folders = (each.path for each in store.folders(one))
    return frozenset(
        (*folders, *(str(identity) for (identity,) in one.execute("SELECT identity FROM flags")))
    )


def all_marks(one: sqlite3.Connection, known: frozenset[str | Path] = frozenset()) -> list[Line]:
    """What the database knows of the marks, as marks; not what is `known` otherwise."""
    marks: list[Line] = [
        ("folder", {"path": str(each.path), "depth": each.depth})
        for each in store.folders(one)
        if each.path not in known
    ]
    put_away: dict[str, list[list[str]]] = {}
    for path, back_to in store.all_put_away(one):
        put_away.setdefault(store.identity_at(one, path) or "", []).append([str(back_to), str(path)])
    for identity, favourite, deletion, is_recorded in one.execute(
        "SELECT identity, is_favourite, deletion, is_recorded FROM flags"
    ).fetchall():
        if identity in known:
            continue
        if favourite:
            marks.append(("favourite", {"identity": identity, "value": True}))
        if deletion:
            files = put_away.get(identity, [["/", "/"]] if deletion == MOVED else [])
            marks.append(("deleted", {"identity": identity, "value": True, "files": files}))
        if is_recorded:
            marks += _recipe_marks(one, identity)
    return marks


def _recipe_marks(one: sqlite3.Connection, identity: str) -> Iterator[Line]:
    found, recipe = search.entry(one, identity), search.recipe(one, identity)
    if found is None or recipe is None:
        return
    mark = {"recipe": recipe, "path": str(found.path), "width": found.width, "height": found.height}
    rows = one.execute("SELECT size, digest FROM recorded WHERE identity = ?", (identity,)).fetchall()
    for size, sum_ in rows:
        yield "recipe", {**mark, "size": size, "digest": sum_}
    if not rows:
        yield "recipe", mark


# Folders


def look(change: Change) -> Iterator[Found]:
    """Look at all folders that are known, and at those that are found in them."""
    looked: set[int] = set()
    while True:
        waiting = [each for each in change(lambda one, _index: store.folders(one)) if each.id not in looked]
        if not waiting or len(looked) > MAX_FOLDERS:
            return
        for folder in waiting[: MAX_FOLDERS - len(looked) + 1]:
            looked.add(folder.id)
            yield from _look_at(folder, change)
            # Also where nothing was found: a disk of a network takes its time.
            yield Found()


def _look_at(folder: Folder, change: Change) -> Iterator[Found]:
    try:
        found = folder.path.stat()
        is_there, changed = stat.S_ISDIR(found.st_mode), found.st_mtime_ns
    except (OSError, ValueError):
        is_there, changed = False, 0
    if is_there == folder.is_gone:
        count = change(lambda one, _index: store.folder_gone(one, folder.id, not is_there))
        yield Found(added=count if is_there else 0, lost=0 if is_there else count)
    if not is_there or changed == folder.mtime:
        return
    began = time.time_ns()
    step = _Step(folder, change(lambda one, _index: store.files_in(one, folder.id)))
    try:
        for name, state in listing(folder.path):
            step.meet(name, state)
            if step.is_due:
                yield change(step.write)
                step.begin()
    except OSError:
        # It can be listed no more: what was not met is not gone.
        yield change(step.write)
        return
    step.end()
    while step.has_more:
        yield change(step.write)
        step.begin()
    if began - changed > _COARSE and step.is_whole:
        change(lambda one, _index: store.folder_looked(one, folder.id, changed))


class _Step:
    """What of a folder is written in one go: files are read before, outside of any change."""

    def __init__(self, folder: Folder, known: Mapping[str, Known]) -> None:
        self._folder = folder
        self._known = known
        self._met: set[str] = set()
        self._gone: list[str] = []
        self._files: list[tuple[str, FileState, Carried, Facts | None]] = []
        self._bare: list[tuple[str, FileState]] = []
        """Files without a recipe, which come last: what moved is missing by then."""
        self._folders: list[str] = []
        self._began = time.monotonic()
        self._is_all_met = False
        self.is_whole = True
        """Every file could be read."""

    def meet(self, name: str, state: FileState | None) -> None:
        if state is None:
            if self._folder.depth > 0 or name == FOLDER:
                self._folders.append(name)
            return
        self._met.add(name)
        before = self._known.get(name)
        if before is not None and before.state == state:
            return
        try:
            own = carried(self._folder.path / name)
        except OSError:
            self.is_whole = False
            return
        if own is None:
            self._bare.append((name, state))
        else:
            self._files.append((name, state, own, of_recipe(own.recipe)))

    @property
    def is_due(self) -> bool:
        is_full = len(self._files) + len(self._folders) >= _MOST
        return is_full or time.monotonic() - self._began > _STEP

    def begin(self) -> None:
        """What was written is done."""
        self._files.clear()
        self._folders.clear()
        if self._is_all_met:
            if len(self._gone) <= _MOST:
                del self._bare[:_MOST]
            del self._gone[:_MOST]
        self._began = time.monotonic()

    def end(self) -> None:
        """All of the folder was met: what was not is gone."""
        self._is_all_met = True
        self._gone = [name for name in self._known if name not in self._met]

    @property
    def has_more(self) -> bool:
        return bool(self._files or self._folders or self._gone or self._bare)

    def write(self, one: sqlite3.Connection, index: bool) -> Found:
        folder, added = self._folder, 0
        for name in self._folders:
            store.add_folder(one, folder.path / name, folder.depth - 1)
        for name, state, own, about in self._files:
            path, size, row = folder.path / name, (own.width, own.height), None
            if about is not None:
                row = store.add_picture(one, about, path, size, state.mtime // 1000, index=index)
            added += self._is_there(one, name, state, row)
        gone = self._gone[:_MOST]
        for name in gone:
            store.forget_file(one, folder.id, name)
        if self._is_all_met and len(gone) == len(self._gone):
            for name, state in self._bare[:_MOST]:
                added += self._is_there(one, name, state, _recorded(one, folder.path / name, state))
        return Found(added, len(gone))

    def _is_there(self, one: sqlite3.Connection, name: str, state: FileState, picture: int | None) -> bool:
        """Whether that is news."""
        store.set_file(one, self._folder.id, name, state, picture)
        before = self._known.get(name)
        return picture is not None and (before is None or before.picture != picture)


def _recorded(one: sqlite3.Connection, path: Path, state: FileState) -> int | None:
    """The row of the picture that a file without a recipe is."""
    if store.are_recorded(one, state.size):
        with contextlib.suppress(OSError):
            return store.recorded(one, state.size, digest(path), path)
    return None


def files_moved(one: sqlite3.Connection, moves: list[tuple[Path, Path]]) -> None:
    """Files are elsewhere by now, as they were; what is not known, or has gone on, is left to a look."""
    for before, path in moves:
        folder = store.folder_of(one, before.parent)
        known = None if folder is None else store.files_in(one, folder, before.name).get(before.name)
        if folder is None or known is None or known.picture is None:
            continue
        with contextlib.suppress(OSError, ValueError):
            state = state_of(path.stat())
            store.set_file(one, store.add_folder(one, path.parent), path.name, state, known.picture)
            if not before.exists():
                store.forget_file(one, folder, before.name)


# Older databases


def _old(path: Path) -> contextlib.closing[sqlite3.Connection]:
    """One that was set aside, of whatever version. Raises sqlite3.Error, ValueError."""
    return contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


def old_marks(path: Path, known: frozenset[str | Path]) -> list[Line]:
    """What a database that was set aside knows of the marks, but for what is `known` otherwise; nothing of
    one that is damaged there."""
    with contextlib.suppress(sqlite3.Error, Damaged, ValueError, TypeError), _old(path) as old:
        marks = all_marks(old, known)
        # Whether all of it is what can be written.
        json.dumps(marks)
        return marks
    return []


def old_pictures(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    """What a database that was set aside tells of pictures, as far as it can be read: recipe, path, width,
    height, is_deleted."""
    try:
        opened = _old(path)
    except (sqlite3.Error, ValueError):
        return
    with opened as old:
        try:
            rows = [row for (row,) in old.execute("SELECT id FROM pictures")]
        except (sqlite3.Error, ValueError):
            return
        for start in range(0, len(rows), _MOST):
            yield [found for row in rows[start : start + _MOST] for found in _old_picture(old, row)]


def _old_picture(old: sqlite3.Connection, row: object) -> list[tuple[Any, ...]]:
    """None where it cannot be read."""
    with contextlib.suppress(sqlite3.Error, ValueError, OverflowError):
        return old.execute(
            "SELECT recipe, path, width, height, is_deleted FROM texts JOIN pictures USING (id) WHERE id = ?",
            (row,),
        ).fetchall()
    return []


def take_over(one: sqlite3.Connection, pictures: list[tuple[Any, ...]], *, index: bool) -> None:
    """Have the database hold those of an older one that it does not know."""
    for recipe, path, width, height, is_deleted in pictures:
        with contextlib.suppress(Damaged, ValueError, TypeError, OverflowError):
            about = of_recipe(search.unpacked(recipe))
            if about is None or store.picture_of(one, about.identity) is not None:
                continue
            size = (int(width), int(height))
            where = Path(os.fsdecode(path))
            row = store.add_picture(one, about, where, size, time.time_ns() // 1000, index=index)
            one.execute("UPDATE pictures SET is_deleted = ? WHERE id = ?", (bool(is_deleted), row))
            store.settle(one, row)
