# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture as large as the panel shows it: made elsewhere, and there for as long as it is shown."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError
from ...jobs.queue import JobQueue
from .. import previews
from . import pump
from .reading import FromBlender, Read, ready

#: Pixels from one size to the next, so that a sidebar that is drawn wider has few made.
_STEP = 64
#: Pixels of the largest.
_LARGEST = 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Size:
    key: str
    edge: int


_NOTHING = _Size("", 0)


class Enlarged:
    """One picture at a time. Main thread only."""

    def __init__(self, name: str, jobs: JobQueue) -> None:
        """`name` tells it from other pictures that are shown at the same time."""
        self._icon = f"enlarged:{name}"
        self._jobs = jobs
        self._shown = ""
        """The key of the picture that the icon shows."""
        self._asked = self._wanted = _NOTHING
        self._read: Read | FromBlender | None = None

    def icon(self, key: str, edge: int, read: Read | FromBlender) -> int:
        """The icon number of the picture `key`, its longest side at least `edge` pixels, or all that it has;
        0 until it was made, by the next looks of the pump. For panels: memory only."""
        if not previews.is_there(self._icon):
            # The extension may have been disabled meanwhile, and its icons are gone.
            self._asked, self._shown = (_NOTHING if self._shown else self._asked), ""
        size = _Size(key, min(-(-edge // _STEP) * _STEP, _LARGEST))
        # Of several sidebars, each of its own width, the widest is served: they would outbid each other for
        # ever.
        if self._wanted.key == key and self._read is not None:
            size = max(size, self._wanted, key=lambda each: each.edge)
        if self._asked.key == key:
            size = max(size, self._asked, key=lambda each: each.edge)
        self._wanted = size
        if self._wanted != self._asked:
            self._read = read
            pump.wake()
        return previews.known(self._icon) if self._shown == key else 0

    @property
    def is_wanted(self) -> bool:
        """A panel asks for what is not being made yet."""
        return self._read is not None

    def step(self) -> None:
        """Have what a panel asked for made."""
        if self._read is None:
            return
        asked, size, self._read = self._read, self._wanted, None
        self._asked = size
        try:
            read = ready(asked)
        except (BridgeError, ReferenceError, MemoryError):
            # The thumbnail is shown on.
            return

        def make() -> None:
            try:
                pixels = read(size.edge)
            except (BridgeError, OSError, MemoryError):
                # The thumbnail is shown on.
                return
            except Exception:
                log.exception("A picture could not be made ready for the panel")
                return
            self._jobs.mailbox.put_call(lambda: self._take(size, pixels))

        self._jobs.beside(make)

    def _take(self, size: _Size, pixels: NDArray[np.uint8]) -> None:
        # Another may have been selected meanwhile.
        if size == self._asked:
            previews.update(self._icon, pixels)
            self._shown = size.key
