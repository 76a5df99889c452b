# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tiles of a picture that is not finished, as files: who goes on with it asks for what is missing.

A run has a folder that is named after all that its tiles depend on. It is held by a lock that ends with the
process, and removed when the picture is delivered; one that nobody goes on with is swept up after a while.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import time
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import PictureInvalid, StorageFailed
from ..imaging import png
from ..imaging.pixels import Pixels
from . import locks
from .annotated_json import NotAsAnnotated, read
from .locks import Lock
from .storage import stored_json, sweep, write_whole

#: Seconds after which nobody goes on with a run, and bytes of all of them: then the oldest go first.
MAX_AGE = 30 * 24 * 3600.0
MAX_BYTES = 4 << 30
_FOLDER = re.compile("[0-9a-f]{32}(-[0-9]+)?")
_LOCK, _ABOUT = ".lock", "run.json"
_ASKED_AGAIN = "Try again: it is asked for anew."
_MAX_ABOUT = 4096
#: A tile tells whose it is, among the first bytes of its file.
_MARK, _HEAD = "Tile", 256


class TileStore:
    """Those of one picture. On one thread; what no disk takes is kept in memory."""

    def __init__(self, parent: Path, key: str) -> None:
        """`parent` is the folder of all runs, made when it is missing; `key`, of 32 hexadecimal digits, is
        the same for runs whose tiles are the same."""
        self.path = parent / key
        self._parent = parent
        self._key = key
        self._lock: BinaryIO | None = None
        self._unwritten: dict[int, bytes] = {}
        self._is_over = False

    def open(self) -> None:
        """Take the run's folder; another where somebody works on the same just now. Never raises."""
        with contextlib.suppress(OSError):
            self._parent.mkdir(parents=True, exist_ok=True)
            for number in itertools.count(1):
                self.path = self._parent / (self._key if number == 1 else f"{self._key}-{number}")
                self.path.mkdir(exist_ok=True)
                lock = (self.path / _LOCK).open("ab")
                if locks.take(lock.fileno()) is not Lock.HELD:
                    self._lock = lock
                    break
                lock.close()
            # So that it is the youngest of all.
            (self.path / _LOCK).touch()
            sweep(self.path)
        _sweep_runs(self._parent)

    def close(self) -> None:
        """Let go of the folder, which stays unless it was emptied."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._is_over:
            shutil.rmtree(self.path, ignore_errors=True)

    def remove(self) -> None:
        """The picture is delivered, or begun anew: forget all tiles."""
        self._is_over = True
        self._unwritten.clear()
        with contextlib.suppress(OSError):
            for path in self.path.iterdir():
                if path.name != _LOCK:
                    path.unlink()

    def seed(self, wanted: int) -> int:
        """The seed that the run began with, which is `wanted` where it begins now."""
        with contextlib.suppress(NotAsAnnotated):
            about = stored_json(self.path / _ABOUT, _MAX_ABOUT)
            if isinstance(about, dict):
                found: int = read(int, about.get("seed"), "seed")
                return found % 2**32
        with contextlib.suppress(StorageFailed):
            write_whole(self.path / _ABOUT, b'{"seed": %d}' % wanted)
        return wanted

    def is_there(self, index: int, width: int, height: int) -> bool:
        """Whether a tile is there, whole and of this size: one that is damaged or somebody else's is none."""
        if index in self._unwritten:
            return True
        try:
            head = png.verify(self._own(index))
        except (OSError, PictureInvalid):
            return False
        return (head.width, head.height, head.colour_type) == (width, height, png.RGB)

    def put(self, index: int, pixels: Pixels) -> None:
        """Keep a tile, (h, w, 3) uint8, before anything else is done."""
        self._is_over = False
        data = png.encode(pixels, text={_MARK: self._mark(index)})
        try:
            write_whole(self._file(index), data)
        except StorageFailed:
            self._unwritten[index] = data

    def get(self, index: int) -> Pixels:
        """A tile that is there. Raises PictureInvalid where something took it away meanwhile."""
        try:
            data = self._unwritten.get(index) or self._own(index)
            pixels: Pixels = np.ascontiguousarray(png.decode(data))
        except OSError as error:
            raise PictureInvalid(
                "A tile that was made is gone ({file}).",
                _ASKED_AGAIN,
                file=error.filename,
            ) from error
        return pixels

    def _own(self, index: int) -> bytes:
        """A tile's file. Raises OSError, PictureInvalid where it is not what was put there."""
        data = self._file(index).read_bytes()
        if self._mark(index).encode() not in data[:_HEAD]:
            raise PictureInvalid("A tile's file is somebody else's.", _ASKED_AGAIN)
        return data

    def _mark(self, index: int) -> str:
        """What its file has that no other has."""
        return f"{self._key} {index}"

    def _file(self, index: int) -> Path:
        return self.path / f"{index + 1:05}.png"


def _sweep_runs(parent: Path) -> None:
    """Remove what nobody goes on with. Never raises."""
    found: list[tuple[float, int, Path]] = []
    with contextlib.suppress(OSError):
        for path in parent.iterdir():
            if _FOLDER.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
                with contextlib.suppress(OSError):
                    size = sum(each.lstat().st_size for each in path.iterdir())
                    found.append((max(each.lstat().st_mtime for each in (path, *path.iterdir())), size, path))
    room = MAX_BYTES
    for changed, size, path in sorted(found, reverse=True):
        room -= size
        if (room < 0 or time.time() - changed > MAX_AGE or not size) and not _is_held(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_held(path: Path) -> bool:
    try:
        return locks.state(path / _LOCK) is Lock.HELD
    except OSError:
        return False
