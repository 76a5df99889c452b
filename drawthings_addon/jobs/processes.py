# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes run, and when this one began."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def began() -> float:
    """When this process began, in seconds since 1970; 0 where that cannot be told.

    Process numbers repeat in containers and in Flatpak, which are Linux (proc(5): field 22 of `stat`).
    """
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK") - 1.0
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def is_running(process: int) -> bool:
    # Other than as a process's number, 0 and those below it are whole groups of processes.
    if process <= 0:
        return False
    if sys.platform == "win32":
        return _is_running_on_windows(process)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # Another user's.
        return True
    return True


def _is_running_on_windows(process: int) -> bool:
    """os.kill(process, 0) would end it there."""
    if sys.platform != "win32":
        return False
    import ctypes

    query_limited_information, still_active, access_denied = 0x1000, 259, 5
    if process >= 2**32:
        return False
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query_limited_information, False, ctypes.c_uint32(process))
    if not handle:
        return ctypes.get_last_error() == access_denied
    try:
        status = ctypes.c_uint32()
        kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(status))
        return status.value == still_active
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
