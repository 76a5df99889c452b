# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days as people write them, in the fields that say since when and until when."""

from __future__ import annotations

from datetime import date

import pytest

from drawthings_addon.errors import InvalidSettings
from drawthings_addon.jobs.history.query import PERIODS, _days_of, day


@pytest.mark.parametrize(
    ("period", "today", "days"),
    [
        ("Today", "2026-11-27", "2026-11-27 2026-11-27"),
        ("Yesterday", "2026-03-01", "2026-02-28 2026-02-28"),
        ("This Week", "2026-11-27", "2026-11-23 2026-11-29"),
        ("This Week", "2026-11-23", "2026-11-23 2026-11-29"),
        ("This Week", "2026-11-29", "2026-11-23 2026-11-29"),
        ("Last Week", "2026-01-02", "2025-12-22 2025-12-28"),
        ("This Month", "2026-12-31", "2026-12-01 2026-12-31"),
        ("This Month", "2028-02-10", "2028-02-01 2028-02-29"),
        ("Last Month", "2026-01-31", "2025-12-01 2025-12-31"),
        ("Last Month", "2026-03-31", "2026-02-01 2026-02-28"),
        ("This Year", "2028-02-29", "2028-01-01 2028-12-31"),
        ("This Year", "2026-12-31", "2026-01-01 2026-12-31"),
        ("Last Year", "2028-02-29", "2027-01-01 2027-12-31"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(period: str, today: str, days: str) -> None:
    found = _days_of(period, date.fromisoformat(today))
    assert " ".join(map(str, found)) == days


def test_a_period_is_written_as_anybody_does() -> None:
    for period in PERIODS:
        first, last = day(f" {period.upper()} "), day(period.lower().replace(" ", "  "), last=True)
        assert first is not None and last is not None and first <= last
    assert day("Today") == day("today", last=True)


def test_what_is_a_day_is_the_same_first_and_last() -> None:
    assert day("2026-1-5") == day(" 2026-01-05 ", last=True) == date(2026, 1, 5)
    assert day("") is day(" ", last=True) is None
    for text in ("next week", "2026-02-30", "week", "0000-01-01"):
        with pytest.raises(InvalidSettings, match="is no day"):
            day(text)
