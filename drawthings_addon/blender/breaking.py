# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ctrl+C in background, while Blender waits for a job or renders what it is made from: the first cancels, the
second ends at once.

Blender without a window has a handler of its own (5.2, 4.3): it says “Sent an internal break event. Press ^C
again to kill Blender”, stops renders, makes Blender end with status 1, and ends it with 2 the second time. A
script hears nothing of it, and Python knows no way to put such a handler back: `PyOS_setsig` does. Where
Blender is a Python module the handler is Python's, which raises KeyboardInterrupt in the middle of anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

_Handler = ctypes.CFUNCTYPE(None, ctypes.c_int)
#: SIG_DFL and SIG_IGN.
_DEFAULT, _IGNORED = 0, 1


@dataclass(eq=False)
class Break:
    """What was pressed meanwhile."""

    count: int = 0

    @property
    def is_wanted(self) -> bool:
        """Ctrl+C was pressed."""
        return self.count > 0


@contextlib.contextmanager
def heeded(*, by_blender: bool = False) -> Iterator[Break]:
    """For the block Ctrl+C is counted. The second time Blender is ended, or KeyboardInterrupt raised.

    A script's own handler is called besides, each time. With `by_blender` it is left to Blender's own handler
    where there is one: during a render, which that alone ends at once, Python hears of nothing.
    """
    global _present
    if _present is not None:
        # What is waited for waits for something itself.
        yield _present
        return
    pressed = Break()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    native = _native_handler()
    before = signal.getsignal(signal.SIGINT)
    if native == _IGNORED or before is signal.SIG_IGN:
        # As a shell has it that runs this in its own background.
        yield pressed
        return
    # Blender's own, or that which Python calls by the one that it has put there.
    is_blenders = before is None or before is _stale
    call_native = _Handler(native) if is_blenders and native is not None and native > _IGNORED else None
    if by_blender and call_native is not None:
        yield pressed
        return
    call_own = before if callable(before) and before is not signal.default_int_handler else None

    def handler(number: int, frame: FrameType | None) -> None:
        pressed.count += 1
        if call_native is not None:
            call_native(number)
            return
        if call_own is not None:
            call_own(number, frame)
        if pressed.count > 1:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, handler)
    _present = pressed
    try:
        yield pressed
    finally:
        _present = None
        if call_native is not None and native is not None:
            _remember(handler)
            ctypes.pythonapi.PyOS_setsig(signal.SIGINT, ctypes.c_void_p(native))
        elif before is not None:
            signal.signal(signal.SIGINT, before)


_present: Break | None = None
#: What Python takes for the present handler when Blender's own is back in its place.
_stale: Callable[[int, FrameType | None], Any] | None = None


def _remember(handler: Callable[[int, FrameType | None], Any]) -> None:
    global _stale
    _stale = handler


def _native_handler() -> int | None:
    """The process's own handler, as an address; None where that cannot be learnt."""
    try:
        get, put = ctypes.pythonapi.PyOS_getsig, ctypes.pythonapi.PyOS_setsig
    except (AttributeError, OSError):
        return None
    get.restype = put.restype = ctypes.c_void_p
    get.argtypes, put.argtypes = [ctypes.c_int], [ctypes.c_int, ctypes.c_void_p]
    return int(get(signal.SIGINT) or _DEFAULT)
