# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no picture's file tells, in a text file to which lines are only added: the folders that pictures lie
in, favourites, what was thrown away, and the recipes of files that carry none, such as a JPEG.

A line is an object of JSON, each for itself: whoever is killed while it writes damages one line at the most,
which is passed over. Several processes write there: each line in one go, under a lock.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import StorageFailed
from .. import locks
from ..locks import Lock
from ..recipe import now

#: Bytes of a line, and of all of them: more is no file of ours.
MAX_LINE = 8 << 20
MAX_FILE = 4 << 30
#: The advice where a file of the extension's own folder cannot be written.
MAKE_ROOM = "Free some space, or make the folder writable."
#: Bytes by which a file of marks is known again.
_TAIL = 512
#: Characters of a path.
MAX_PATH = 4096
#: Seconds that a writer waits for another: then it writes all the same, since a line goes in one go.
_PATIENCE = 2.0
_PAUSE = 0.005


#: A kind and its values, to be written.
Line = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Mark:
    """One line."""

    kind: str
    """"folder", "favourite", "deleted" or "recipe"; others are a later version's."""
    values: Mapping[str, Any]
    """As somebody wrote them: nothing of it is certain."""

    def text(self, name: str) -> str:
        """A text without halves of surrogate pairs or NUL; empty where there is none."""
        value = self.values.get(name)
        if not isinstance(value, str) or "\0" in value:
            return ""
        return value if value.encode(errors="replace").decode() == value else ""

    def path(self, name: str) -> Path | None:
        """A file or folder, from its beginning; also of a name that is no text, as Linux allows it."""
        return path_of(self.values.get(name))

    def flag(self, name: str) -> bool:
        return self.values.get(name) is True

    def number(self, name: str) -> int:
        """0 to 2⁶² of a whole number; 0 of anything else."""
        value = self.values.get(name)
        return value if type(value) is int and 0 <= value < 1 << 62 else 0


@dataclass(frozen=True)
class Marks:
    """The file. For any thread of any process."""

    path: Path

    def size(self) -> int:
        """Bytes of the file; 0 where there is none. Raises OSError where it cannot be looked at."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def checksum(self, at: int) -> int:
        """Of what stands before byte `at`: whether the file is the one that was read until there. Raises
        OSError."""
        start = max(at - _TAIL, 0)
        try:
            handle = locks.open_file(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return 0
        with os.fdopen(handle, "rb") as stream:
            stream.seek(start)
            return zlib.crc32(stream.read(at - start))

    def add(self, *marks: Line) -> None:
        """Write lines behind all others; safely on disk when this returns. Raises StorageFailed: then none of
        them counts."""
        at = now()
        data = b"".join(
            json.dumps({"kind": kind, "at": at, **values}).encode() + b"\n" for kind, values in marks
        )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_dir():
                self.path.rename(free_name(self.path))
            handle = locks.open_file(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        except OSError as error:
            raise _failed(self.path, error) from error
        try:
            _wait_for_lock(handle)
            _append(handle, data)
        except OSError as error:
            raise _failed(self.path, error) from error
        finally:
            os.close(handle)

    def read(self, start: int = 0) -> Iterator[tuple[Mark | None, int]]:
        """The whole lines from byte `start` on, None for a damaged one, each with the byte behind it. Raises
        OSError."""
        try:
            handle = locks.open_file(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return
        with os.fdopen(handle, "rb") as stream:
            stream.seek(start)
            at, begins = start, True
            while at < MAX_FILE:
                line = stream.readline(MAX_LINE)
                ends = line.endswith(b"\n")
                at += len(line)
                if not ends and len(line) < MAX_LINE:
                    # The end, or what somebody writes at this moment.
                    return
                if ends:
                    yield _mark_of(line) if begins else None, at
                begins = ends


def path_of(value: object) -> Path | None:
    """A path as somebody wrote it; None of what is none."""
    if not isinstance(value, str) or "\0" in value or not 0 < len(value) <= MAX_PATH:
        return None
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return None
    path = Path(value)
    return path if path.is_absolute() else None


def _mark_of(line: bytes) -> Mark | None:
    """None of a damaged line."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or not isinstance(values.get("kind"), str):
        return None
    return Mark(values["kind"], values)


def free_name(path: Path) -> Path:
    """A name beside a file that is not taken."""
    number = 1
    while os.path.lexists(path.with_name(f"{path.name}-{number}")):
        number += 1
    return path.with_name(f"{path.name}-{number}")


def _wait_for_lock(handle: int) -> None:
    until = time.monotonic() + _PATIENCE
    while locks.take(handle) is Lock.HELD and time.monotonic() < until:
        time.sleep(_PAUSE)


def _append(handle: int, data: bytes) -> None:
    """All of it or nothing, as far as that can be had: what a full disk cuts off is taken back."""
    size = os.fstat(handle).st_size
    if size:
        os.lseek(handle, size - 1, os.SEEK_SET)
        if os.read(handle, 1) != b"\n":
            # Somebody was killed within a line: it ends here.
            data = b"\n" + data
    try:
        written = os.write(handle, data)
        if written < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise


def _failed(path: Path, error: OSError) -> StorageFailed:
    return StorageFailed(
        "{path} cannot be written to: {reason}.",
        MAKE_ROOM,
        path=path,
        reason=error.strerror or type(error).__name__,
    )
