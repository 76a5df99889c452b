# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is looked for in the history."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ...errors import InvalidSettings

#: Every kind of picture; else an operation in upper case.
ANY = "ANY"
#: The most entries of one page.
MAX_LIMIT = 500
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Query:
    """Of everything what fits all of it. What is empty fits everything."""

    words: str = ""
    """Each of them begins a word of the prompt, or of the names of model, LoRAs, styles, .blend or rows and
    columns of its set; capitals and accents do not matter. Quotes, `*` and the like mean nothing."""
    model: str = ""
    """The name of a model, or where there is none of that name a part of one."""
    kind: str = ANY
    """ANY, TXT2IMG, IMG2IMG or EXTRAS."""
    blend: str = ""
    """The name of a .blend, as `model`."""
    since: date | None = None
    """The first day, in the artist's own time; see `day`."""
    until: date | None = None
    """The last day, all of it."""
    favourites: bool = False
    """Those alone."""
    deleted: bool = False
    """What was thrown away and can be brought back, instead of what was not."""
    set: str = ""
    """The id of a set."""
    limit: int = 60
    """At most so many entries; 0: only how many there are."""
    offset: int = 0
    """The first so many are left out."""


def day(text: str) -> date | None:
    """A day as people write it, "2026-11-27"; None for an empty text. Raises InvalidSettings."""
    text = text.strip()
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise InvalidSettings("“{text}” is no day.", "Write it as 2026-11-27.", text=text[:40])


def begin_of(day: date) -> int:
    """The moment at which a day of the artist begins, in microseconds since 1970."""
    local = datetime.combine(day, time())
    try:
        moment = local.astimezone(UTC)
    except (OSError, OverflowError, ValueError):
        # Windows knows no time zone of a day before 1970, and no system one of the year 1.
        moment = local.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def end_of(day: date) -> int:
    """The moment at which it ends."""
    return begin_of(day + timedelta(days=1)) if day < date.max else 1 << 62
