# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second thread for what a task would else do in turn: what holds no interpreter runs beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .serial_executor import SerialExecutor, Urgency

T = TypeVar("T")


class Begun(Generic[T]):
    """A call that may be under way elsewhere."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._claim = threading.Lock()
        self._is_over = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it, unless somebody does already."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._results.append(self._call())
        except BaseException as error:
            # Of whoever asks for the result.
            self._error = error
        finally:
            self._is_over.set()

    def wait(self, seconds: float) -> None:
        """Until it is over, and no longer than that."""
        self._is_over.wait(max(seconds, 0.0))

    def result(self) -> T:
        """What it gave, waited for, and raised what it raised; done here where it has not begun yet."""
        self.run()
        self._is_over.wait()
        if self._error is not None:
            raise self._error
        return self._results[0]


class Helper:
    """Every method may be called from any thread."""

    def __init__(self) -> None:
        self._executor = SerialExecutor("drawthings-helper")

    @property
    def is_idle(self) -> bool:
        """Nothing runs there, nor waits for that."""
        return self._executor.is_idle

    def begin(self, call: Callable[[], T]) -> Begun[T]:
        """Do `call` beside what the caller does next."""
        begun = Begun(call)
        # Where no thread can be had it is done when its result is asked for.
        self._executor.add(begun.run, urgency=Urgency.NOW, keeps=False)
        return begun

    def side_by_side(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """What the calls give, in their order, two at a time. Raises what the first of them raises."""
        begun = [self.begin(call) for call in calls]
        # From the other end, so that both threads have something to do until the last one.
        for each in reversed(begun):
            each.run()
        return [each.result() for each in begun]
