# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads that run Python beside what a test does, as workers do beside an artist."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def busy_threads() -> Iterator[None]:
    """Three that never rest, until the block ends."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            json.loads(json.dumps({"numbers": list(range(200))}))
            time.sleep(0)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
