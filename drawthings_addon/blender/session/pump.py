# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One timer that lives while there is work, and ends when there is none.

It is persistent, because loading a file would end it otherwise, and it is unregistered on the way out: a
timer left at exit crashes Blender 4.2 and hangs 4.5.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable

import bpy

#: Seconds between two looks at the workers: a result waits no longer than that.
INTERVAL = 0.03
#: Seconds from the start to the first look, which Blender's own start is over by.
_FIRST_LOOK = 1.0

#: What is called at each look; True: there is more to come. It never raises: a timer that does is removed by
#: Blender, and every later result would be stuck.
_look: Callable[[], bool] | None = None
_first: Callable[[], None] | None = None


def pump() -> float | None:
    """The timer: seconds until the next call, or None to end."""
    return INTERVAL if _look is not None and _look() else None


def wake() -> None:
    """Start the timer when it does not run."""
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=INTERVAL, persistent=True)


def start(look: Callable[[], bool], first: Callable[[], None]) -> None:
    """From now on `look` is called while it returns True, once `wake` was called.

    With a window `first` is called once when the event loop runs.
    """
    global _look, _first
    _look, _first = look, first
    atexit.register(_stop_timer)
    if not bpy.app.background:
        bpy.app.timers.register(_first_look, first_interval=_FIRST_LOOK, persistent=True)


def stop() -> None:
    """Look no more."""
    global _look, _first
    _look = _first = None
    _stop_timer()
    if bpy.app.timers.is_registered(_first_look):
        bpy.app.timers.unregister(_first_look)
    atexit.unregister(_stop_timer)


def _first_look() -> None:
    if _first is not None:
        _first()


def _stop_timer() -> None:
    if bpy.app.timers.is_registered(pump):
        bpy.app.timers.unregister(pump)
