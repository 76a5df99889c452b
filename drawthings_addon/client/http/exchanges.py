# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that one call exchanges, to be hung up as a whole, whichever clients it asks.

A call may make clients that nobody else can reach, as to find out who answers; and one that goes on after a
failure, as with the next of many lists, would only wait for that one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Exchanges:
    """Those that are made on a thread within `here`."""

    def __init__(self, after_each: Callable[[], None] = lambda: None) -> None:
        """`after_each` is called on that thread; what it exchanges is not of these."""
        self.is_aborted = False
        self._after_each = after_each
        self._lock = threading.Lock()
        self._cuts: set[Callable[[], None]] = set()

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """What the block exchanges on this thread is of these, and of no others."""
        with _having(self):
            yield

    def abort(self) -> None:
        """Hang up, from another thread: what is under way or begins later raises LetGo."""
        with self._lock:
            self.is_aborted = True
            cuts = tuple(self._cuts)
        for cut in cuts:
            cut()

    @contextlib.contextmanager
    def _one(self, cut: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._cuts.add(cut)
            is_aborted = self.is_aborted
        if is_aborted:
            cut()
        try:
            yield
        finally:
            with self._lock:
                self._cuts.discard(cut)
            with _having(None):
                self._after_each()


_thread = threading.local()


@contextlib.contextmanager
def _having(exchanges: Exchanges | None) -> Iterator[None]:
    before = getattr(_thread, "exchanges", None)
    _thread.exchanges = exchanges
    try:
        yield
    finally:
        _thread.exchanges = before


def exchanging(cut: Callable[[], None]) -> contextlib.AbstractContextManager[None]:
    """Surrounds one exchange of this thread; `cut()`, called at any time, makes it raise LetGo."""
    exchanges: Exchanges | None = getattr(_thread, "exchanges", None)
    return contextlib.nullcontext() if exchanges is None else exchanges._one(cut)
