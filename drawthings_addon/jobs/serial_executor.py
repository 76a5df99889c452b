# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small calls that must not wait on the main thread, done one after another on a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)


class SerialExecutor:
    """Runs calls in the order they were given. Its thread lives only while there is something to do."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: deque[Callable[[], object]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, call: Callable[[], object]) -> None:
        """Do `call()` soon, elsewhere. A call that raises is logged, and the next one follows."""
        with self._lock:
            self._calls.append(call)
            if self._thread is not None:
                return
            # Daemon: quitting Blender must not wait for a slow disk or network drive.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                # No thread can be had, as while the interpreter ends: the next call tries again.
                self._thread = None

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing that could run waits."""
        with self._lock:
            return self._thread is None

    def _run(self) -> None:
        while True:
            with self._lock:
                # Under one lock with `add`: a call is either seen here or starts a thread there.
                if not self._calls:
                    self._thread = None
                    return
                call = self._calls.popleft()
            try:
                call()
            except Exception:
                log.exception("%s met a fault of the extension", self._name)
