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
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from ..client.request import GenerationRequest
from ..errors import StorageFailed
from .storage import write_whole

#: The median of a few recent runs: one slow run, such as the first after a model was loaded, is outvoted.
KEPT_RUNS = 5
KEPT_KEYS = 500


@dataclass
class Estimates:
    """Seconds a picture by server, model, size and steps. Safe to use from any thread."""

    path: Path | None = None
    """Where they are kept between starts; None keeps them in memory only."""
    _runs: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> None:
        """Read what earlier starts learnt; a missing or damaged file is an empty one."""
        if self.path is None:
            return
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
            stored = json.loads(self.path.read_text("utf-8"))
            runs = {
                str(key): deque((float(value) for value in values), maxlen=KEPT_RUNS)
                for key, values in stored.items()
            }
            with self._lock:
                self._runs = {key: values for key, values in runs.items() if values} | self._runs

    def learn(self, server: str, request: GenerationRequest, seconds: float) -> None:
        """Remember one picture's time, and write the file. A full disk does not stop a job."""
        key = _key(server, request)
        with self._lock:
            self._runs[key] = runs = self._runs.pop(key, deque(maxlen=KEPT_RUNS))
            runs.append(round(seconds, 3))
            while len(self._runs) > KEPT_KEYS:
                del self._runs[next(iter(self._runs))]
            text = json.dumps({name: list(values) for name, values in self._runs.items()})
        if self.path is not None:
            with contextlib.suppress(StorageFailed):
                write_whole(self.path, text.encode())

    def seconds(self, server: str, request: GenerationRequest) -> float | None:
        """What one such picture took before, or None. A size never seen is not guessed at."""
        with self._lock:
            runs = self._runs.get(_key(server, request))
            return statistics.median(runs) if runs else None


def _key(server: str, request: GenerationRequest) -> str:
    model = request.model or "as set in the app"
    return f"{server} {model} {request.operation} {request.width}x{request.height} {request.steps}"
