# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pixels of pictures that Blender alone decodes: workers ask, and its main thread answers when it can."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import BridgeError, PictureInvalid
from ..imaging import formats, png
from .source import Source
from .sources import to_display_bytes

#: What the main thread makes of a picture's bytes. Raises PictureInvalid where Blender cannot read them.
Read: TypeAlias = Callable[[bytes], Source]
Take: TypeAlias = Callable[[Source | None], None]

#: Seconds between two looks whether anybody still waits for pixels.
_PAUSE = 0.2
_CANNOT = "Blender cannot read this {format}."


class Decoder:
    """Every method but `work` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, Take]] = deque()
        self._is_open = False

    def open(self) -> None:
        """From now on somebody calls `work`."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """Nobody does: whoever waits for pixels waits no more."""
        with self._lock:
            self._is_open = False
            waiting, self._waiting = self._waiting, deque()
        for _data, take in waiting:
            take(None)

    def pixels(self, data: bytes, is_cancelled: Callable[[], bool] = lambda: False) -> NDArray[np.uint8]:
        """(H, W, 1 to 4) sRGB of a picture of any of `imaging.formats`, row 0 at the top; for all but a PNG's
        the main thread is waited for, which may take as long as a render, but not when `is_cancelled`.

        Raises PictureInvalid where they cannot be had.
        """
        if formats.known(data) is formats.PNG:
            return png.decode(data)
        found: list[Source | None] = []
        answered = threading.Event()

        def take(source: Source | None) -> None:
            found.append(source)
            answered.set()

        self.later(data, take)
        while not answered.wait(_PAUSE) and not is_cancelled():
            pass
        source = found[0] if found else None
        if source is None:
            raise PictureInvalid(_CANNOT, format=formats.format_of(data).name)
        return to_display_bytes(source)

    def later(self, data: bytes, take: Take) -> None:
        """Have `take` called with the pixels as Blender gives them, or with None, on the main thread or this
        one."""
        with self._lock:
            if self._is_open:
                self._waiting.append((data, take))
                return
        take(None)

    def work(self, read: Read) -> bool:
        """On the main thread: decode what waits; whether there was anything."""
        any_ = False
        while True:
            with self._lock:
                if not self._waiting:
                    return any_
                data, take = self._waiting.popleft()
            any_ = True
            source = None
            try:
                source = read(data)
            except (BridgeError, MemoryError):
                # Whoever asked is told that there are no pixels.
                pass
            finally:
                take(source)
