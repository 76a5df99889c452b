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


#: What may stand in the place of a day.
PERIODS = (
    "Today",
    "Yesterday",
    "This Week",
    "Last Week",
    "This Month",
    "Last Month",
    "This Year",
    "Last Year",
)


def day(text: str, *, last: bool = False) -> date | None:
    """A day as people write it, "2026-11-27"; the first one, or the `last`, of a period of `PERIODS` as it is
    now, a week of which begins with Monday; None for an empty text. Raises InvalidSettings."""
    text = text.strip()
    if not text:
        return None
    period = next((each for each in PERIODS if each.casefold() == " ".join(text.casefold().split())), "")
    if period:
        return _days_of(period, date.today())[last]
    found = _DAY.fullmatch(text)
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise InvalidSettings("“{text}” is no day.", "Write it as 2026-11-27, or This Week.", text=text[:40])


def _days_of(period: str, today: date) -> tuple[date, date]:
    """The first and the last."""
    one = timedelta(days=1)
    is_past = period.startswith("Last")
    if period in ("Today", "Yesterday"):
        found = today - one if period == "Yesterday" else today
        return found, found
    if period.endswith("Week"):
        first = today - timedelta(days=today.weekday() + (7 if is_past else 0))
        return first, first + timedelta(days=6)
    length = "month" if period.endswith("Month") else "year"
    first = today.replace(day=1) if length == "month" else today.replace(month=1, day=1)
    if is_past:
        last = first - one
        return last.replace(day=1) if length == "month" else last.replace(month=1, day=1), last
    after = first + timedelta(days=32 if length == "month" else 367)
    return first, (after.replace(day=1) if length == "month" else after.replace(month=1, day=1)) - one


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
