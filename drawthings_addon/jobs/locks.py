# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks on files, which end with the process that holds them, however that ends.

A process's number tells less: in a container, or in Flatpak, every Blender may have the same one.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import stat
import sys
from pathlib import Path

#: Linux and macOS say one of the first two, Windows the last.
_HELD = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})

#: Nothing is followed, waited for, or translated.
_ORDINARY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class Lock(enum.Enum):
    """What came of asking for one."""

    TAKEN = "taken"
    """It is held by the asking file, until that is closed."""
    HELD = "held"
    """Somebody else holds it: a process that runs, or another file of this one."""
    NONE = "none"
    """This file system, often of a network, has no locks."""


def take(handle: int) -> Lock:
    """Ask for the lock of an open file, without waiting."""
    try:
        _take(handle)
    except OSError as error:
        return Lock.HELD if error.errno in _HELD else Lock.NONE
    return Lock.TAKEN


def state(path: Path) -> Lock:
    """Whether somebody holds the lock of the file; TAKEN: nobody did, and nobody does.

    Raises FileNotFoundError, or another OSError when it is no file that can be opened.
    """
    handle = open_file(path)
    try:
        return take(handle)
    finally:
        os.close(handle)


def open_file(path: Path, flags: int = os.O_RDWR) -> int:
    """A handle of an ordinary file; a link, or a pipe that would be waited for, is none. Raises OSError."""
    handle = os.open(path, flags | _ORDINARY, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is not a file")
    return handle


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        # One byte far behind the end, so that reading and writing are free.
        place = os.lseek(handle, 0, os.SEEK_CUR)
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            with contextlib.suppress(OSError):
                os.lseek(handle, place, os.SEEK_SET)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
