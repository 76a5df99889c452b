# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small pictures that panels ask for while they draw: made elsewhere, one after another, those first that
were asked for last."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError
from ...jobs.queue import JobQueue
from . import pump
from .reading import FromBlender, Read, ready

#: What a picture's pixels are given to, by its key, on the main thread; None: it cannot be read.
Take: TypeAlias = Callable[[str, NDArray[np.uint8] | None], None]

#: Seconds within which what is asked for belongs to one drawing.
_ONE_DRAWING = 0.05
#: How many are under way, so that none waits for the next look.
_AT_ONCE = 3
#: How many wait. Of longer lists nobody waits for what was drawn before.
_MOST = 256

log = logging.getLogger(__name__)


class SmallPictures:
    """Main thread only."""

    def __init__(self, jobs: JobQueue, edge: int, take: Take) -> None:
        """The longest side has at most `edge` pixels."""
        self._jobs = jobs
        self._edge = edge
        self._take = take
        self._drawings: list[dict[str, Read | FromBlender]] = []
        """What was asked for at once, in its order; the latest last."""
        self._asked_at = 0.0
        self._making: set[str] = set()
        """The keys of those that are being made."""

    def want(self, key: str, read: Read | FromBlender) -> None:
        """Have the picture `key` made by the next looks of the pump. For panels: memory only."""
        now = time.monotonic()
        is_same_drawing = bool(self._drawings) and now - self._asked_at < _ONE_DRAWING
        self._asked_at = now
        if key in self._making or any(key in each for each in self._drawings):
            return
        if not is_same_drawing:
            self._drawings.append({})
        self._drawings[-1][key] = read
        while sum(map(len, self._drawings)) > _MOST:
            self._drawings[0].pop(next(iter(self._drawings[0])))
            self._drawings = list(filter(None, self._drawings))
        pump.wake()

    def forget(self) -> None:
        """What was asked for is not needed any more."""
        self._drawings.clear()
        self._making.clear()

    @property
    def is_wanted(self) -> bool:
        """Something is asked for that is not made yet."""
        return bool(self._drawings or self._making)

    def step(self) -> None:
        """Have the next ones made, a few at a time: another drawing may ask for others meanwhile."""
        while self._drawings and len(self._making) < _AT_ONCE:
            self._begin()

    def _begin(self) -> None:
        drawing = self._drawings[-1]
        key = next(iter(drawing))
        asked = drawing.pop(key)
        if not drawing:
            self._drawings.pop()
        self._making.add(key)
        try:
            read = ready(asked)
        except (BridgeError, ReferenceError, MemoryError):
            self._took(key, None)
            return

        def make() -> None:
            pixels = None
            try:
                pixels = read(self._edge)
            except (BridgeError, OSError, MemoryError, ValueError):
                # There is none to show.
                pass
            except Exception:
                log.exception("A small picture could not be made")
            self._jobs.mailbox.put_call(lambda: self._took(key, pixels))

        self._jobs.beside(make)

    def _took(self, key: str, pixels: NDArray[np.uint8] | None) -> None:
        if key in self._making:
            self._making.remove(key)
            self._take(key, pixels)
