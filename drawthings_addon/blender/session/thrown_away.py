# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of results that are thrown away, and brought back when that is undone; what the open file shows of
such a file is not lost."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...errors import StorageFailed
from ...imaging import formats
from ...jobs.history import scan
from ...jobs.history.deleting import FOLDER, move_to_deleted, restore
from ...jobs.task import Picture
from ..delivery.result import Result

#: Names that one picture may have among others of its name that were thrown away.
_NAMES = 20


@dataclass(frozen=True, eq=False)
class ThrownAway:
    """Puts files away and brings them back. Main thread only."""

    moved: Callable[[Path, Path], None]
    """Told of each file that was moved: from where, and to where."""

    def put_away(self, files: Iterable[Path]) -> dict[Path, Path]:
        """All of them or none; those that are gone already are passed over. By where they were, where they
        lie now: another may get such a name meanwhile, and be put away, too. Raises StorageFailed."""
        now: dict[Path, Path] = {}
        try:
            for path in files:
                if path.is_file():
                    now[path] = move_to_deleted(path)
        except StorageFailed:
            for path, there in now.items():
                with contextlib.suppress(StorageFailed):
                    restore(there, path)
            raise
        for path, there in now.items():
            self.moved(path, there)
        return now

    def bring_back(self, path: Path, there: Path) -> Path | None:
        """Where it lies now, which may be under another name; None: it is gone from `there`. Raises
        StorageFailed."""
        if not there.is_file():
            return None
        found = restore(there, path)
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


def keep_shown() -> list[bpy.types.Image]:
    """Pack pictures into the open file that it shows from files which were thrown away since, as from another
    .blend or from the history: those could be gone tomorrow; also those that were opened by hand, which know
    no recipe. Which these are. Pushes no undo step."""
    folders: dict[Path, bool] = {}
    kept = []
    for image in bpy.data.images:
        if image.library is not None or image.packed_file is not None:
            continue
        if image.source != 'FILE' or image.is_dirty or not image.filepath_raw:
            continue
        path = Path(bpy.path.abspath(image.filepath_raw))
        with contextlib.suppress(OSError, ValueError):
            if path.parent not in folders:
                folders[path.parent] = (path.parent / FOLDER).is_dir()
            data = _thrown_away(path, image.drawthings.recipe) if folders[path.parent] else None
            if data is not None:
                image.pack(data=data, data_len=len(data))
                kept.append(image)
    return kept


def _thrown_away(path: Path, recipe: str) -> bytes | None:
    """The bytes of a file that is not where it was, but lies among what was thrown away. Raises OSError."""
    if path.exists():
        return None
    found = list(itertools.takewhile(Path.is_file, _places(path)))
    for there in found:
        carried = scan.carried(there)
        # Where there is nothing to know it by it is the only one of its name.
        is_meant = carried is not None and (carried.recipe == recipe or (not recipe and len(found) == 1))
        if is_meant:
            return there.read_bytes()
        if carried is None and formats.known(data := there.read_bytes()) not in (None, formats.PNG):
            # Of another format, which carries none.
            return data
    return None


def _places(path: Path) -> Iterator[Path]:
    """Where a file may lie that was thrown away."""
    for number in range(1, _NAMES + 1):
        name = path.name if number == 1 else f"{path.stem}-{number}{path.suffix}"
        yield path.parent / FOLDER / name
