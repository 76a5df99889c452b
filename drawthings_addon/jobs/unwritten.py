# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that no folder took: kept in memory, and written as soon as one does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import StorageFailed
from .job import PictureWritten
from .storage import write_new
from .task import Picture, Stored

#: Seconds between two attempts.
PAUSE = 10.0


class Unwritten:
    """Any thread may add and ask, one writes: single steps of a dictionary need no lock."""

    def __init__(self, tell: Callable[[PictureWritten], None]) -> None:
        self._tell = tell
        self._pictures: dict[Path, Picture] = {}
        self._tried = 0.0

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, picture: Picture) -> None:
        """Keep a picture whose file is not there; its name is what it is known by."""
        self._pictures[picture.path] = picture
        self._tried = time.monotonic()

    def data(self, path: Path) -> bytes | None:
        """The bytes of the picture that is to have this file; None when it is not kept here."""
        picture = self._pictures.get(path)
        return None if picture is None else picture.png

    @property
    def is_due(self) -> bool:
        """It is time for another attempt, which is not the main thread's."""
        return bool(self._pictures) and time.monotonic() - self._tried >= PAUSE

    def of_job(self, job_id: str) -> bool:
        """Whether a picture of the job is kept here."""
        return any(picture.job_id == job_id for picture in tuple(self._pictures.values()))

    def write(self, folder: Path | None = None) -> None:
        """Try to write all of them, the oldest first, and tell of each that was. One thread at a time.

        `folder` is tried first: the artist may have chosen another meanwhile.
        """
        self._tried = time.monotonic()
        pictures = tuple(self._pictures.values())
        for picture in pictures:
            # The name's last eight digits told it from others meanwhile.
            stem = picture.path.stem.rpartition("-")[0]
            for directory in dict.fromkeys((folder or picture.path.parent, picture.path.parent)):
                try:
                    written = write_new(directory, stem, picture.path.suffix, picture.png)
                except StorageFailed:
                    continue
                del self._pictures[picture.path]
                self._tell(PictureWritten(replace(picture, path=written, stored=Stored.OUTPUT), picture.path))
                break
