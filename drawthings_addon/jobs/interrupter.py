# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops what a server makes for one job, and nothing that comes after it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

from ..errors import BridgeError

#: Seconds until the server is told again. It forgets an interrupt that came before it began the request
#: (A1111's WebUI 1.10.1).
AGAIN = 0.5

log = logging.getLogger(__name__)


class Interrupter:
    """For one job: once it is wanted, `interrupt` is called while a request of the job is under way."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_wanted = False
        self._is_under_way = False
        self._is_calling = False

    def want(self) -> None:
        """Stop the job, from any thread. Returns at once."""
        with self._changed:
            self._is_wanted = True
            self._ensure_thread()

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """For the block a request of the job is under way.

        Its end waits for a call of `interrupt` under way, which could otherwise stop the next job.
        """
        with self._changed:
            self._is_under_way = True
            self._ensure_thread()
        try:
            yield
        finally:
            with self._changed:
                self._is_under_way = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._is_calling)

    def _ensure_thread(self) -> None:
        if not (self._is_wanted and self._is_under_way) or self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="drawthings-interrupt", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # No thread can be had: the server finishes alone.
            self._thread = None

    def _run(self) -> None:
        while self._begin_call():
            succeeded = self._call()
            with self._changed:
                self._is_calling = False
                self._changed.notify_all()
                if not succeeded:
                    # As on a server that cannot be interrupted: it finishes alone.
                    self._is_wanted = False
                self._changed.wait_for(lambda: not self._is_under_way or not self._is_wanted, AGAIN)

    def _begin_call(self) -> bool:
        with self._changed:
            self._is_calling = self._is_under_way and self._is_wanted
            if not self._is_calling:
                self._thread = None
            return self._is_calling

    def _call(self) -> bool:
        try:
            self._interrupt()
        except BridgeError:
            return False
        except Exception:
            log.exception("Interrupting met a fault of the extension")
            return False
        return True
