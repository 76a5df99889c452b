# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of results that are thrown away, and brought back when that is undone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import StorageFailed
from ...jobs.history import scan
from ...jobs.history.deleting import move_to_deleted, restore
from ...jobs.task import Picture
from ..delivery.result import Result


@dataclass(eq=False)
class ThrownAway:
    """Where they lie now. Main thread only."""

    moved: Callable[[Path, Path], None]
    """Told of each file that was moved: from where, and to where."""
    _now: dict[Path, Path] = field(default_factory=dict)
    """By where they were."""

    def put_away(self, files: Iterable[Path]) -> None:
        """All of them or none; those that are gone already are passed over. Raises StorageFailed."""
        done: list[Path] = []
        try:
            for path in files:
                if path.is_file() and path not in done:
                    self._now[path] = move_to_deleted(path)
                    done.append(path)
        except StorageFailed:
            for path in done:
                with contextlib.suppress(StorageFailed):
                    restore(self._now.pop(path), path)
            raise
        for path in done:
            self.moved(path, self._now[path])

    def bring_back(self, path: Path) -> Path | None:
        """Where it lies now, which may be under another name; None: it was not put away, or is gone from
        there. Raises StorageFailed."""
        there = self._now.get(path)
        if there is None:
            return None
        if not there.is_file():
            del self._now[path]
            return None
        found = restore(there, path)
        del self._now[path]
        self.moved(there, found)
        return found


def files_of(result: Result) -> list[Path]:
    """Those of its pictures, as far as they are known to be theirs: a .blend of somebody else could name any
    file."""
    return [each.path for each in result.picture.set if not result.is_from_file or _is_its_own(each)]


def _is_its_own(picture: Picture) -> bool:
    try:
        carried = scan.carried(picture.path)
    except OSError:
        return False
    return carried is not None and carried.recipe == picture.recipe.text
