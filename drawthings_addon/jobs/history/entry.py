# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One picture of the history, as panels and scripts show it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..picture_set import SetMember

#: What an identity looks like.
IDENTITY = re.compile("[0-9a-f]{32}")


def identity_of(recipe_text: str) -> str:
    """32 hexadecimal digits that mean a picture wherever its file lies and whatever its name is: of its
    recipe's text, which no two pictures share. As it is in the file, where half of a surrogate pair is a
    question mark."""
    return hashlib.sha256(recipe_text.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class Entry:
    """A picture that was made, whether its file is still there or not."""

    identity: str
    """See `identity_of`."""
    path: Path
    """Where its file is, or was when it was seen last."""
    created: str
    """ISO 8601, UTC, to the microsecond; of a recipe without a time that of its file."""
    operation: str
    """As in its request: "txt2img", "img2img" or "extras"."""
    prompt: str
    """At most `bounds.MAX_PROMPT` characters, as the next."""
    negative_prompt: str
    model: str
    """What it was made with, as the request or, where that leaves it to the app, the app says; of one that
    was enlarged the upscaler. May be empty."""
    server: str
    """The address, without user or password."""
    width: int
    """Pixels of the file."""
    height: int
    seed: int
    blend: str = ""
    """The name of the .blend that it was made in, without its folder."""
    set: SetMember | None = None
    """Which one it is of pictures that were made to be chosen from."""
    beside: str = ""
    """What it is of its result, such as "height", where it came beside another picture."""
    is_favourite: bool = False
    is_missing: bool = False
    """Its file was not there at the last look."""
    is_deleted: bool = False
    """It was thrown away: it lies in a folder `Deleted` until the artist empties that."""

    @property
    def made(self) -> datetime:
        """`created`, in the artist's own time."""
        return datetime.fromisoformat(self.created).replace(tzinfo=UTC).astimezone()

    @property
    def label(self) -> str:
        """What it is of its set, such as "Strength 0.40 · Guidance 5"; empty for what is of none."""
        return self.set.label if self.set is not None else ""


@dataclass(frozen=True)
class Page:
    """Some of what was found, the newest first."""

    entries: tuple[Entry, ...] = ()
    total: int = 0
    """How many were found in all."""
    is_whole: bool = True
    """False: the history is new, or was damaged, and the folders have not all been read yet. Look, then
    search again."""


@dataclass(frozen=True)
class Facets:
    """What there is to choose from in a search; of each how many pictures, the most first. What was thrown
    away counts in `deleted` alone."""

    models: tuple[tuple[str, int], ...] = ()
    blends: tuple[tuple[str, int], ...] = ()
    operations: tuple[tuple[str, int], ...] = ()
    count: int = 0
    favourites: int = 0
    missing: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class Looked:
    """What a look at the folders found."""

    added: int = 0
    """Files of pictures that were not there before: new ones, moved ones, and those that are back."""
    lost: int = 0
    """Files that are gone."""
    is_rebuilt: bool = False
    """The database was new, or damaged and set aside: all of it was read from the files."""

    @property
    def has_changed(self) -> bool:
        """Whether a search may find something else than before."""
        return bool(self.added or self.lost or self.is_rebuilt)
