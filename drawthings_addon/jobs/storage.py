# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole files or none.

A file is written under a name that nobody looks at, and gets its own when every byte is on disk. Whoever is
killed meanwhile leaves the first, which holds a lock while its writer lives: `sweep` removes what has none.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import re
import shutil
import sys
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..errors import StorageFailed
from . import locks
from .locks import Lock

#: Common file systems take 255 bytes; the seed, a number and the ending need some of them.
MAX_STEM_BYTES = 80
#: Windows takes the superscripts for digits here.
_RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])", re.IGNORECASE)
#: More of a prompt decides nothing about the name, and may take long to bring into its normal form.
_MAX_WORDS = 400
_MAX_TRIES = 100_000
_MAX_PARTS = 100
#: What is written is named so meanwhile, and what holds a name: 32 hexadecimal digits follow.
PART = ".part-"
_PART_NAME = re.compile(re.escape(PART) + "[0-9a-f]{32}")
#: Where there are no locks, one of these is believed to be left behind after so many seconds.
_PART_AGE = 3600.0
_FOLDERS_LOCK = ".lock"
#: What fsync says on a file system, often of a network, that has none.
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})

#: The folders that were looked through since this process began to write.
_swept: set[Path] = set()


def stored_json(path: Path, most: int) -> object:
    """What a file of JSON holds; None where it is missing or damaged, or has more than `most` bytes."""
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
        return json.loads(data) if len(data) <= most else None
    except (OSError, ValueError, RecursionError):
        return None


def file_stem(text: str, *, fallback: str = "picture") -> str:
    """A file name stem on any system from a prompt: letters, digits, `-`; at most 80 UTF-8 bytes."""
    text = unicodedata.normalize("NFC", text[:_MAX_WORDS])
    stem = re.sub(r"[^\w]+", "-", text, flags=re.UNICODE).strip("-_")
    stem = stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore").strip("-_")
    if not stem or _RESERVED.fullmatch(stem):
        return fallback
    return stem


def write_new(
    directory: Path,
    stem: str,
    suffix: str,
    data: bytes,
    *,
    coming: Callable[[Path], None] | None = None,
) -> Path:
    """Write `data` as `stem` + `suffix`, or `stem-2`, … when taken: never over an existing file.

    The file appears under its name only when every byte is on disk. Returns its absolute path; `coming` is
    told of it right before the bytes are written, if no other process takes that name meanwhile. Raises
    StorageFailed.
    """
    with _told_as_storage_failure(directory):
        directory = directory.absolute()
        directory.mkdir(parents=True, exist_ok=True)
        _sweep_once(directory)
        paths = _free_paths(directory, stem, suffix)
        first = next(paths, directory / f"{stem}{suffix}")
        with _temporary(directory, data, coming and partial(coming, first)) as temporary:
            for path in itertools.chain((first,), paths):
                with contextlib.suppress(FileExistsError):
                    _move_to_new(temporary, path)
                    _sync_directory(directory)
                    return path
    raise _too_many(directory, stem)


def move_new(path: Path, wanted: Path) -> Path:
    """Move a file to `wanted`, or to that with a number, `-2`, …, where that is taken: never over another.

    It is in its place or in the other at any time, whole; killed in between it may be in both. Returns where
    it is, an absolute path. Raises StorageFailed: then it is where it was.
    """
    with _told_as_storage_failure(wanted.parent):
        path, directory = path.absolute(), wanted.parent.absolute()
        # Before a folder is made for what is gone.
        os.lstat(path)
        directory.mkdir(parents=True, exist_ok=True)
        for new in _free_paths(directory, wanted.stem, wanted.suffix):
            with contextlib.suppress(FileExistsError):
                try:
                    _move_to_new(path, new)
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
                    # That folder is on another disk.
                    new = write_new(directory, wanted.stem, wanted.suffix, path.read_bytes())
                path.unlink(missing_ok=True)
                _sync_directory(directory)
                return new
    raise _too_many(directory, wanted.stem)


def _free_paths(directory: Path, stem: str, suffix: str) -> Iterator[Path]:
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, _MAX_TRIES))
    return (path for name in names if not os.path.lexists(path := directory / f"{name}{suffix}"))


def _too_many(directory: Path, stem: str) -> StorageFailed:
    return StorageFailed(
        "There are too many files named {stem} in {directory}.", stem=stem, directory=directory
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write or replace one file so that a reader sees the old one or the new one. Raises StorageFailed."""
    with _told_as_storage_failure(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path.parent, data) as temporary:
            temporary.replace(path)


@dataclass
class NewFolder:
    """A folder that is being filled."""

    part: Path
    """Where it is filled."""
    path: Path
    """Where it is when it is full."""


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[NewFolder]:
    """A folder that is at `path`, or `path` with a number, once the block has filled it, and not before.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    made = NewFolder(path.with_name(f"{PART}{uuid.uuid4().hex}"), path)
    made.part.mkdir()
    lock = made.part / _FOLDERS_LOCK
    try:
        with lock.open("xb") as stream:
            locks.take(stream.fileno())
            yield made
        lock.unlink()
        number = 1
        while os.path.lexists(made.path):
            number += 1
            made.path = path.with_name(f"{path.name}-{number}")
        made.part.rename(made.path)
    finally:
        shutil.rmtree(made.part, ignore_errors=True)


class OwnFolder:
    """A folder for this process alone, gone with it: one whose process was killed is swept up by the next."""

    def __init__(self, parent: Path) -> None:
        self.path = parent.absolute() / f"{PART}{uuid.uuid4().hex}"
        self._lock: BinaryIO | None = None

    def make(self) -> None:
        """Make it, when it is not there yet. Raises OSError."""
        if self._lock is not None:
            return
        self.path.mkdir(parents=True)
        self._lock = (self.path / _FOLDERS_LOCK).open("xb")
        locks.take(self._lock.fileno())
        _sweep_once(self.path.parent)

    def remove(self) -> None:
        """Remove it with all that is in it. Never raises."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        shutil.rmtree(self.path, ignore_errors=True)


def _sweep_once(directory: Path) -> None:
    if directory not in _swept:
        _swept.add(directory)
        # Should two threads come here at once, both sweep, which does no harm.
        sweep(directory)


def sweep(directory: Path) -> None:
    """Remove what writers that were killed have left in a folder. Never raises."""
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if _PART_NAME.fullmatch(path.name):
                _remove_if_left_behind(path)


def _is_left_behind(lock: Path) -> bool:
    """Whether nobody fills the folder that this file was to lock. Raises OSError."""
    try:
        found = locks.state(lock)
    except FileNotFoundError:
        found, lock = Lock.NONE, lock.parent
    is_old = time.time() - lock.stat().st_mtime > _PART_AGE
    return found is Lock.TAKEN or (found is Lock.NONE and is_old)


def _remove_if_left_behind(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            if _is_left_behind(path / _FOLDERS_LOCK):
                shutil.rmtree(path)
            return
        handle = locks.open_file(path)
        try:
            found = locks.take(handle)
            is_old = time.time() - os.fstat(handle).st_mtime > _PART_AGE
            if os.name != "nt" and (found is Lock.TAKEN or (found is Lock.NONE and is_old)):
                path.unlink()
                return
        finally:
            os.close(handle)
        # Windows removes no file that somebody has open: neither a writer's, nor this function's own.
        if os.name == "nt" and is_old:
            path.unlink()


def _move_to_new(temporary: Path, path: Path) -> None:
    """Raises FileExistsError when the name is taken, also by another process at this moment."""
    if os.name == "nt":
        # There a rename never replaces.
        temporary.rename(path)
        return
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links, such as exFAT.
        with _reserved(path):
            temporary.rename(path)


@contextlib.contextmanager
def _reserved(path: Path) -> Iterator[None]:
    """For the block no other Blender writes under this name. Raises FileExistsError when it is taken.

    Held by a file of another name: an empty one under its own would stay there if this process were killed.
    """
    holder = path.with_name(f"{PART}{uuid.uuid5(uuid.NAMESPACE_URL, path.name.casefold()).hex}")
    _remove_if_left_behind(holder)
    with holder.open("xb") as stream:
        taken = FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if not _is_ours(stream):
            # What has this holder's name by now is another Blender's.
            raise taken
        try:
            if os.path.lexists(path):
                raise taken
            yield
        finally:
            with contextlib.suppress(OSError):
                holder.unlink(missing_ok=True)


@contextlib.contextmanager
def _temporary(
    directory: Path, data: bytes, about_to_write: Callable[[], None] | None = None
) -> Iterator[Path]:
    """A file with `data`, safely on disk; removed at the end unless it was moved."""
    path, stream = _new_part(directory)
    try:
        with stream:
            if about_to_write is not None:
                about_to_write()
            _write(stream, data)
            _sync(stream.fileno())
            if os.name != "nt":
                # Open, so that it is locked until it has its name.
                yield path
        if os.name == "nt":
            yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _write(stream: BinaryIO, data: bytes) -> None:
    written = 0
    if sys.platform == "linux":
        # One call that needs no interpreter until the bytes are on disk: whoever holds that meanwhile, as
        # Blender does to decode a picture, does not stop it. What it cannot do is done, and told, below.
        with contextlib.suppress(OSError):
            written = os.pwritev(stream.fileno(), [data], 0, os.RWF_DSYNC)
    stream.seek(written)
    stream.write(memoryview(data)[written:])
    stream.flush()


def _new_part(directory: Path) -> tuple[Path, BinaryIO]:
    """An empty file that is locked, as far as its file system has locks."""
    for _ in range(_MAX_PARTS):
        path = directory / f"{PART}{uuid.uuid4().hex}"
        # Not tempfile, whose files are private: results are the artist's ordinary files.
        stream = path.open("xb")
        if _is_ours(stream):
            return path, stream
        stream.close()
    raise StorageFailed("Something removes every new file in {directory}.", directory=directory)


def _is_ours(stream: BinaryIO) -> bool:
    """Lock a new file. Another Blender may already have taken it for one that was left behind."""
    return locks.take(stream.fileno()) is not Lock.HELD and os.fstat(stream.fileno()).st_nlink > 0


def _sync(handle: int) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _sync_directory(directory: Path) -> None:
    """So that the name outlives a power cut, too. Nothing is lost where this cannot be done."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _told_as_storage_failure(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageFailed(
            "The folder {directory} cannot be written to: {reason}.", directory=directory, reason=reason
        ) from error
    except ValueError as error:
        # A NUL, or half of a surrogate pair.
        raise StorageFailed("The output folder's name holds a character that no folder has.") from error
