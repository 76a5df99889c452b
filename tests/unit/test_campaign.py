# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an ordinary run takes of a campaign: a tenth, the same every time, and something of each kind."""

from __future__ import annotations

import pytest
from hypothesis import settings

import campaign
from campaign import part_of, seeded, share


@pytest.fixture
def a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "WHOLE", False)
    monkeypatch.setattr(campaign, "SEED", 1)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "WHOLE", True)


@pytest.mark.usefixtures("a_tenth")
@pytest.mark.parametrize(
    ("cases", "least", "taken"), [(4000, 1, 400), (31, 1, 4), (40, 8, 8), (5, 8, 5), (1, 1, 1)]
)
def test_a_tenth_is_never_nothing(cases: int, least: int, taken: int) -> None:
    assert share(cases, least) == taken


@pytest.mark.usefixtures("whole")
def test_whole_is_all() -> None:
    assert share(4000) == 4000
    assert part_of(range(50), lambda case: case, "all") == list(range(50))


@pytest.mark.usefixtures("a_tenth")
def test_each_kind_is_met_in_its_order_and_the_same_every_time() -> None:
    cases = [(kind, number) for kind in "abcdefg" for number in range(20)]
    taken = part_of(cases, lambda case: case[0], "kinds")
    assert len(taken) == 14
    assert {kind for kind, _ in taken} == set("abcdefg")
    assert taken == sorted(taken) == part_of(cases, lambda case: case[0], "kinds")
    assert taken != part_of(cases, lambda case: case[0], "other kinds")
    one_each = part_of(cases[::4], lambda case: case, "every case is of its own kind")
    assert one_each == cases[::4]


@pytest.mark.usefixtures("a_tenth")
def test_chance_is_the_campaigns_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first = seeded("one").random()
    assert seeded("two").random() != first
    assert seeded("one").random() == first
    monkeypatch.setattr(campaign, "SEED", 2)
    assert seeded("one").random() != first


@pytest.mark.skipif(campaign.WHOLE, reason="campaigns run whole")
def test_an_ordinary_run_is_never_red_by_chance() -> None:
    chosen = settings()
    assert chosen.derandomize
    assert chosen.deadline is None
    assert chosen.database is None
