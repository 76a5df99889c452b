# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's one queue, and waiting that ends when the server does."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The server is going down while something is being made."""


class Turns:
    """First come, first served. Every change of what others may wait for is told to `changed`."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._tickets = itertools.count()
        self._queue: list[int] = []
        self._painting = 0
        self._stopped = False

    @property
    def running(self) -> int:
        """1 while a picture is being made, else 0."""
        return self._painting

    @property
    def waiting(self) -> int:
        """Requests in the queue that are not being worked on."""
        return max(0, len(self._queue) - 1)

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._queue and not self._painting

    @property
    def stopped(self) -> bool:
        """`stop` was called."""
        return self._stopped

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this caller's turn, and keep it for the block. Raises Stopped."""
        with self.changed:
            ticket = next(self._tickets)
            self._queue.append(ticket)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self._stopped or self._queue[0] == ticket)
        try:
            if self._stopped:
                raise Stopped
            yield
        finally:
            with self.changed:
                self._queue.remove(ticket)
                self.changed.notify_all()

    @contextmanager
    def painting(self) -> Iterator[None]:
        """Count as running for the block."""
        with self.changed:
            self._painting += 1
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self._painting -= 1
                self.changed.notify_all()

    def wait(self, seconds: Callable[[], float], until: Callable[[], bool] = lambda: False) -> None:
        """Wait as long as `seconds` says, also when it changes meanwhile, or `until` something is so.

        Raises Stopped.
        """
        started = time.monotonic()
        with self.changed:
            while not self._stopped:
                left = started + seconds() - time.monotonic()
                if left <= 0 or until():
                    return
                self.changed.wait(left)
        raise Stopped

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until something is true; False: it took more than `timeout` seconds."""
        with self.changed:
            return self.changed.wait_for(condition, timeout)

    def tell(self) -> None:
        """Something changed that others may wait for."""
        with self.changed:
            self.changed.notify_all()

    def stop(self) -> None:
        """Let go of everyone who waits."""
        with self.changed:
            self._stopped = True
            self.changed.notify_all()
