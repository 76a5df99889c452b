# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small calls that must not wait on the main thread, done one after another on a thread of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Chores:
    """Runs calls in the order they were given. Its thread lives only while there is something to do."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending = 0

    def add(self, call: Callable[[], object]) -> None:
        """Do `call()` soon, elsewhere. It must not raise."""
        with self._lock:
            self._pending += 1
            start = self._pending == 1
            self._calls.put(call)
        if start:
            # Daemon: quitting Blender must not wait for a slow disk or network drive.
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    @property
    def is_idle(self) -> bool:
        with self._lock:
            return self._pending == 0

    def _run(self) -> None:
        while True:
            call = self._calls.get()
            try:
                call()
            finally:
                with self._lock:
                    self._pending -= 1
                    done = self._pending == 0
            if done:
                return
