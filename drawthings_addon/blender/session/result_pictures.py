# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How results look: their pixels as they are read for panels, and the thumbnails of those that the open file
told of, made when they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...jobs.queue import JobQueue
from ...jobs.results import THUMBNAIL_EDGE
from ..delivery.result import Result
from . import opened
from .reading import FromBlender, Read, of_file
from .small_pictures import SmallPictures


class ResultPictures:
    """Main thread only."""

    def __init__(
        self, jobs: JobQueue, made: Callable[[str, NDArray[np.uint8] | None, tuple[int, int]], None]
    ) -> None:
        """`made` is given each thumbnail with the picture's width and height, by the result's key; None: it
        cannot be read."""
        self._jobs, self._made = jobs, made
        self._sizes: dict[str, tuple[int, int]] = {}
        self._small = SmallPictures(jobs, THUMBNAIL_EDGE, self._take)

    def reading(self, result: Result) -> Read | FromBlender:
        """How the pixels of a result's picture are read."""
        if result.is_from_file:
            return opened.reading(result, self._jobs.decoder, partial(self._sizes.__setitem__, result.key))
        return of_file(result.picture.path, self._jobs)

    def data(self, result: Result) -> bytes | None:
        """The bytes of a result's picture, where its file need not be there: it is not written yet, or the
        open file holds it. Not for `draw`."""
        held = opened.packed(result.datablock()) if result.is_from_file else None
        return held if held is not None else self._jobs.unwritten_data(result.picture.path)

    def want(self, result: Result) -> None:
        """A result is drawn that has no thumbnail. Memory only."""
        self._small.want(result.key, self.reading(result))

    def forget(self) -> None:
        """Other results are listed."""
        self._small.forget()
        self._sizes.clear()

    @property
    def is_wanted(self) -> bool:
        """A thumbnail is asked for that is not made yet."""
        return self._small.is_wanted

    def step(self) -> None:
        """Have the next one made."""
        self._small.step()

    def _take(self, key: str, pixels: NDArray[np.uint8] | None) -> None:
        self._made(key, pixels, self._sizes.pop(key, (0, 0)))
