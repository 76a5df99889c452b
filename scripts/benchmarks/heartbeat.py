# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""For how long other threads cannot run: while Python's interpreter is held, Blender stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_BEAT = 0.001


def longest_hold(call: Callable[[], object]) -> float:
    """Seconds that a thread which wants to run every millisecond was late at the most during `call`.

    What else the computer does makes it longer, and nothing makes it shorter: of several runs the shortest
    is the nearest to the truth.
    """
    latest = 0.0
    is_over = threading.Event()

    def beat() -> None:
        nonlocal latest
        last = time.perf_counter()
        while not is_over.is_set():
            time.sleep(_BEAT)
            now = time.perf_counter()
            latest, last = max(latest, now - last - _BEAT), now

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        call()
    finally:
        is_over.set()
        heart.join()
    return latest
