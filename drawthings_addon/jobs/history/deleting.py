# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that are thrown away: nothing is removed, they lie in a folder that the artist empties.

Blender has no way to the system's bin. The folder is `Deleted` in the one that a picture lies in, so that it
is on the same disk: a picture is here or there, whole.
"""

from __future__ import annotations

from pathlib import Path

from .. import storage

FOLDER = "Deleted"


def is_deleted(path: Path) -> bool:
    """Whether a picture lies where those do that were thrown away."""
    return path.parent.name == FOLDER


def move_to_deleted(path: Path) -> Path:
    """Throw a picture away; where it lies now: under its own name, or one with a number where that is taken.

    One that lies there already stays. Raises StorageFailed where it cannot be moved or is gone: then it is
    where it was.
    """
    if is_deleted(path):
        return path
    return storage.move_new(path, path.parent / FOLDER / path.name)


def restore(path: Path, back_to: Path) -> Path:
    """Bring a picture back to where it was; where it lies now: another may have got that name meanwhile.

    Raises StorageFailed where it cannot be moved or is gone: then it is where it was.
    """
    return storage.move_new(path, back_to)
