# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a picture takes here, learnt from earlier ones.

Draw Things reports no progress, so this and the elapsed time are all that can honestly be shown.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StorageFailed
from .storage import write_whole

#: The median of a few recent runs: one slow run, such as the first after a model was loaded, is outvoted.
KEPT_RUNS = 5
KEPT_KEYS = 500
#: No picture takes a year: such a number, or an infinite one, comes from a damaged file.
_MAX_SECONDS = 3e7


@dataclass
class Estimates:
    """Seconds a picture by server and by what else its time depends on. Safe to use from any thread."""

    path: Path | None = None
    """Where they are kept between starts; None keeps them in memory only."""
    _runs: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """The latest runs of each kind of picture; the kind that was made last is the last."""
    _medians: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> None:
        """Read what earlier starts learnt; a missing or damaged file is an empty one."""
        if self.path is None:
            return
        try:
            stored = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return
        if not isinstance(stored, dict):
            return
        runs = {key: _seconds(values) for key, values in stored.items()}
        with self._lock:
            self._runs = {key: values for key, values in runs.items() if values} | self._runs
            self._forget_oldest()
            self._medians = {key: statistics.median(values) for key, values in self._runs.items()}

    def learn(self, server: str, timing_key: str, seconds: float) -> None:
        """Remember one picture's time. `timing_key` is what it depends on, but for the server."""
        key = _key(server, timing_key)
        with self._lock:
            runs = (*self._runs.pop(key, ()), round(seconds, 3))[-KEPT_RUNS:]
            self._runs[key] = runs
            self._medians[key] = statistics.median(runs)
            self._forget_oldest()

    def write(self) -> None:
        """Write the file, on the one thread that writes it. A full disk stops nothing."""
        if self.path is None:
            return
        with self._lock:
            kept = dict(self._runs)
        with contextlib.suppress(StorageFailed):
            write_whole(self.path, json.dumps(kept).encode())

    def seconds(self, server: str, timing_key: str) -> float | None:
        """What one such picture took before, or None. A size never seen is not guessed at."""
        # One look into a dictionary needs no lock, and panels ask this for every job at every redraw.
        return self._medians.get(_key(server, timing_key))

    def of_all(self, server: str, timings: Sequence[tuple[str, float]]) -> float | None:
        """What these pictures take together, or None where none such was made before: one that
        was not takes as long as its weight tells beside the others."""
        found = [(self.seconds(server, key), weight) for key, weight in timings]
        rates = [seconds / weight for seconds, weight in found if seconds is not None]
        if not rates:
            return None
        rate = statistics.median(rates)
        return sum(rate * weight if seconds is None else seconds for seconds, weight in found)

    def _forget_oldest(self) -> None:
        while len(self._runs) > KEPT_KEYS:
            oldest = next(iter(self._runs))
            del self._runs[oldest]
            self._medians.pop(oldest, None)


def _key(server: str, timing_key: str) -> str:
    return f"{server} {timing_key}"


def _seconds(values: object) -> tuple[float, ...]:
    """The usable times among what a file holds."""
    if not isinstance(values, list):
        return ()
    times = (value for value in values if isinstance(value, (int, float)) and 0 <= value < _MAX_SECONDS)
    return tuple(map(float, times))[-KEPT_RUNS:]
