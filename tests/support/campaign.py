# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Campaigns: tests of many cases, of which an ordinary run takes a seeded tenth.

    @pytest.mark.campaign
    def test_whenever_it_is_killed() -> None:
        chance = seeded("kills")
        for _ in range(share(300)):
            …

    @settings(max_examples=share(4000))
    @given(…)                                    # hypothesis: marked by tests/conftest.py

scripts/campaigns.py runs them whole, with $DRAWTHINGS_CAMPAIGN and a new $DRAWTHINGS_SEED each time,
which it prints. An ordinary run has one seed for ever: it is never red by chance, and the same cases
fail here and elsewhere.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from hypothesis import HealthCheck

Case = TypeVar("Case")

# For `suppress_health_check`: the fixtures of a test serve all its examples, each of which starts anew.
# What a test suppresses replaces what tests/conftest.py suppresses for all.
FIXTURES_STAY = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

WHOLE = os.environ.get("DRAWTHINGS_CAMPAIGN") == "whole"
SEED = int(os.environ.get("DRAWTHINGS_SEED") or 1)


def share(whole: int, least: int = 1) -> int:
    """How many of `whole` cases this run takes: all, or a tenth, and `least` at any rate.

    `least` is the number of kinds of case where cases take turns: each is met in every run.
    """
    return whole if WHOLE else min(whole, max(least, -(-whole // 10)))


def part_of(cases: Iterable[Case], kind: Callable[[Case], Hashable], name: str) -> list[Case]:
    """All of `cases`, or a tenth of them in their order, with one of each kind at least."""
    everything = list(cases)
    if WHOLE:
        return everything
    order = list(range(len(everything)))
    seeded(name).shuffle(order)
    taken: set[int] = set()
    seen: set[Hashable] = set()
    for index in order:
        if kind(everything[index]) not in seen:
            seen.add(kind(everything[index]))
            taken.add(index)
    wanted = share(len(everything))
    taken.update([index for index in order if index not in taken][: max(0, wanted - len(taken))])
    return [everything[index] for index in sorted(taken)]


def seeded(name: str) -> random.Random:
    """Chance for the campaign `name`, which no other test that asks for some disturbs."""
    return random.Random(f"{SEED} {name}")
