# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls done one after another on a thread of their own: nowhere else is a thread started, but for a name.

Which there are, and what each may do, stands at the head of `blender.session.session`.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds that a thread with nothing to do waits for more before it ends.
LINGER = 3.0

log = logging.getLogger(__name__)


class Urgency(enum.IntEnum):
    """Of the calls that are due the most urgent is done first; of several the one that was given first."""

    NOW = 0
    SOON = 1
    IN_TURN = 2


@dataclass(eq=False)
class _Call:
    call: Callable[[], object]
    urgency: Urgency
    due: float
    """On the monotonic clock."""
    scope: Scope | None
    abort: Callable[[], None] | None
    dropped: Callable[[], None] | None


class SerialExecutor:
    """Its thread starts with the first call and ends when there is none for a while.

    It is a daemon, and joined by nobody: quitting Blender waits for no server and for no disk.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._waiting: dict[Urgency, deque[_Call]] = {urgency: deque() for urgency in Urgency}
        self._later: list[_Call] = []
        """Those that are not due yet."""
        self._running: list[_Call] = []
        """The last one is being done; those before have given way to it."""
        self._thread: threading.Thread | None = None

    def add(
        self,
        call: Callable[[], object],
        *,
        urgency: Urgency = Urgency.IN_TURN,
        delay: float = 0.0,
        scope: Scope | None = None,
        abort: Callable[[], None] | None = None,
        dropped: Callable[[], None] | None = None,
        keeps: bool = True,
        hurries: bool = False,
    ) -> bool:
        """Do `call()` elsewhere, in `delay` seconds at the soonest. One that raises is logged.

        Returns False when no thread can be had: then the call is done with the next one for which there is a
        thread, or never when it is not one that `keeps`. Within a `scope` that is over it is not done, and
        False returned. `abort` ends the call early, for the sake of a more urgent one that `hurries`.
        `dropped` is called when the scope ended before the call began.
        """
        in_the_way = None
        with self._changed:
            if scope is not None and scope.is_over:
                return False
            one = _Call(call, urgency, time.monotonic() + delay, scope, abort, dropped)
            queue: list[_Call] | deque[_Call] = self._later if delay > 0 else self._waiting[urgency]
            queue.append(one)
            if not self._ensure_thread():
                if not keeps:
                    queue.remove(one)
                return False
            if hurries and self._running and self._running[-1].urgency > urgency:
                in_the_way = self._running[-1].abort
            self._changed.notify_all()
        if in_the_way is not None:
            in_the_way()
        return True

    def give_way(self) -> None:
        """Within a call, at a moment where it can wait: do what is due and more urgent."""
        if threading.current_thread() is not self._thread:
            return
        while True:
            with self._changed:
                call = self._take_due(self._running[-1].urgency)
            if call is None:
                return
            self._do(call)

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing that could run waits."""
        with self._changed:
            return self._thread is None or not (self._has_waiting or self._running)

    @property
    def _has_waiting(self) -> bool:
        return bool(self._later) or any(self._waiting.values())

    def _ensure_thread(self) -> bool:
        if self._thread is not None:
            return True
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # No thread can be had, as while the interpreter ends.
            self._thread = None
            return False
        return True

    def _run(self) -> None:
        while self._do_next():
            pass

    def _do_next(self) -> bool:
        # In a frame of its own: a thread that waits for more must not hold on to what it has done.
        call = self._next()
        if call is None:
            return False
        self._do(call)
        return True

    def _next(self) -> _Call | None:
        """Wait for the next call; None: this thread is needed no longer."""
        with self._changed:
            # Under one lock with `add`: a call is either seen here or starts a thread there.
            while True:
                call = self._take_due()
                if call is not None:
                    return call
                if self._later:
                    self._changed.wait(min(each.due for each in self._later) - time.monotonic())
                elif not self._changed.wait_for(lambda: self._has_waiting, LINGER):
                    self._thread = None
                    return None

    def _take_due(self, than: Urgency | None = None) -> _Call | None:
        """The most urgent call that is due, and more urgent `than` that; it is running by then."""
        now = time.monotonic()
        for call in [each for each in self._later if each.due <= now]:
            self._later.remove(call)
            self._waiting[call.urgency].append(call)
        for urgency in Urgency:
            if (than is None or urgency < than) and self._waiting[urgency]:
                call = self._waiting[urgency].popleft()
                self._running.append(call)
                return call
        return None

    def _do(self, call: _Call) -> None:
        try:
            call.call()
        except Exception:
            log.exception("%s met a fault of the extension", self._name)
        finally:
            with self._changed:
                self._running.remove(call)
                self._changed.notify_all()

    def end(self, scope: Scope, *, wait: bool) -> bool:
        """For `Scope.end`."""
        with self._changed:
            scope.is_over = True
            dropped = []
            for queue in (self._later, *self._waiting.values()):
                for each in [each for each in queue if each.scope is scope]:
                    queue.remove(each)
                    dropped.append(each.dropped)
            self._changed.notify_all()
            if wait:
                self._changed.wait_for(lambda: not self._is_in(scope))
            is_under_way = self._is_in(scope)
        for call in dropped:
            if call is not None:
                call()
        return is_under_way

    def _is_in(self, scope: Scope) -> bool:
        return any(each.scope is scope for each in self._running)


@dataclass(eq=False)
class Scope:
    """Calls that mean something which goes on, such as a request: none of them begins after its end."""

    executor: SerialExecutor
    is_over: bool = False
    """Also set without `end` where it is known that it has no call."""

    def end(self, *, wait: bool) -> bool:
        """None of its calls begins any more; whether one is under way, which is waited for with `wait`."""
        return self.executor.end(self, wait=wait)
