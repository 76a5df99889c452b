# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thumbnails of results: when they are made, and where."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from functools import partial

from .helper import Helper
from .job import ThumbnailMade
from .results import thumbnail_of
from .task import Picture
from .thumbnail import NONE


class Thumbnails(enum.Enum):
    """When those of results are made."""

    WITH_PICTURES = enum.auto()
    AFTER_THEM = enum.auto()
    """Each is told by a `ThumbnailMade`, before its job's end."""
    NEVER = enum.auto()


@contextlib.contextmanager
def making(
    when: Thumbnails, helper: Helper, tell: Callable[[ThumbnailMade], None]
) -> Iterator[Callable[[Picture], None]]:
    """What it gives has the thumbnail of a picture made, beside what the block does; after that all are."""
    begun = []

    def make(picture: Picture) -> None:
        made = thumbnail_of(picture.png)
        if made is not NONE:
            tell(ThumbnailMade(picture.path, made))

    def pictured(picture: Picture) -> None:
        if when is Thumbnails.AFTER_THEM:
            begun.append(helper.begin(partial(make, picture)))

    try:
        yield pictured
    finally:
        for each in begun:
            each.result()
