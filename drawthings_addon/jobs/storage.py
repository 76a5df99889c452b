# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole files or none."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..errors import StorageFailed

#: Common file systems take 255 bytes; the seed, a number and the ending need some of them.
MAX_STEM_BYTES = 80
#: Windows takes the superscripts for digits here.
_RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_MAX_TRIES = 100_000
#: What fsync says on a file system, often of a network, that has none.
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


def file_stem(text: str, *, fallback: str = "picture") -> str:
    """A file name stem on any system from a prompt: letters, digits, `-`; at most 80 UTF-8 bytes."""
    text = unicodedata.normalize("NFC", text)
    stem = re.sub(r"[^\w]+", "-", text, flags=re.UNICODE).strip("-_")
    stem = stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore").strip("-_")
    if not stem or _RESERVED.fullmatch(stem):
        return fallback
    return stem


def write_new(directory: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `data` as `stem` + `suffix`, or `stem-2`, … when taken: never over an existing file.

    The file appears under its name only when every byte is on disk. Returns its absolute path. Raises
    StorageFailed.
    """
    with _told_as_storage_failure(directory):
        directory = directory.absolute()
        directory.mkdir(parents=True, exist_ok=True)
        with _temporary(directory, data) as temporary:
            for number in range(1, _MAX_TRIES):
                path = directory / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
                try:
                    _move_to_new(temporary, path)
                except FileExistsError:
                    continue
                _sync_directory(directory)
                return path
    raise StorageFailed(f"There are too many files named {stem} in {directory}.")


def write_whole(path: Path, data: bytes) -> None:
    """Write or replace one file so that a reader sees the old one or the new one. Raises StorageFailed."""
    with _told_as_storage_failure(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path.parent, data) as temporary:
            temporary.replace(path)


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
        # A file system without hard links, such as exFAT: an empty file holds the name meanwhile.
        path.open("xb").close()
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _temporary(directory: Path, data: bytes) -> Iterator[Path]:
    """A file with `data`, safely on disk; removed at the end unless it was moved."""
    path = directory / f".part-{uuid.uuid4().hex}"
    try:
        # Not tempfile, whose files are private: results are the artist's ordinary files.
        with path.open("xb") as stream:
            stream.write(data)
            stream.flush()
            _sync(stream.fileno())
        yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


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
        raise StorageFailed(f"The folder {directory} cannot be written to: {reason}.") from error
    except ValueError as error:
        # A NUL, or half of a surrogate pair.
        raise StorageFailed("The output folder's name holds a character that no folder has.") from error
