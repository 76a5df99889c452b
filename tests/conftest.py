# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all suites share. Each suite runs in a process of its own: `python3 scripts/test.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

REPOSITORY = Path(__file__).resolve().parents[1]

# The repository itself is not put there: only the unit suite may import the source directly.
sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "tests" / "support")]

from campaign import SEED, WHOLE, share  # noqa: E402  from the folder just named

if TYPE_CHECKING:
    from local_server import StandIn

# An ordinary run has the same examples everywhere, and nothing in it depends on how fast they come:
# a deadline of hypothesis measures the computer.
settings.register_profile(
    "campaigns",
    derandomize=not WHOLE,
    database=None,
    max_examples=share(1000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("campaigns")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rounds", type=int, default=1, help="run everything so many times (scripts/campaigns.py repeat)"
    )
    parser.addoption(
        "--late", type=int, metavar="SEED", help="who may be late is (tests/support/latecomers.py)"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--late") is not None:
        from latecomers import come_late

        come_late(config.getoption("--late"))


def pytest_report_header() -> str:
    return f"campaigns: {'whole' if WHOLE else 'a tenth'}, seed {SEED}"


# First, because it is before -m chooses.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of hypothesis is a campaign: its examples are as many as are asked for."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("campaign")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Once it is known which tests are run: all of them, and then all of them again."""
    rounds = session.config.getoption("--rounds")
    if rounds > 1 and len(session.items) == 1:
        # pytest keeps what it set up for a test while the next one is the same.
        raise pytest.UsageError("--rounds needs at least two tests: choose another one as well")
    session.items *= rounds


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top folder of the project."""
    return REPOSITORY


@pytest.fixture(scope="session")
def built_zip() -> Path:
    """The zip: the one named by $DRAWTHINGS_ZIP (scripts/test.py builds once), else a new one."""
    named = os.environ.get("DRAWTHINGS_ZIP")
    if named:
        return Path(named)
    from build import build

    return build()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A server of the Draw Things API on this computer, fresh for each test."""
    from local_server import StandIn

    with StandIn() as server:
        yield server


@pytest.fixture
def a1111_stand_in() -> Iterator[StandIn]:
    """A server of A1111's API on this computer, fresh for each test."""
    from local_server import StandIn

    with StandIn(dialect='A1111') as server:
        yield server


@pytest.fixture(autouse=True)
def held_against_published_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test sends to a stand-in of A1111's API, and what that answers, is as A1111 publishes it."""
    from a1111_contract import check
    from local_server import remote
    from local_server.journal import Entry, Journal

    entries: list[Entry] = []
    keep = Journal.keep

    def kept(journal: Journal, entry: Entry) -> Entry:
        entries.append(entry)
        return keep(journal, entry)

    monkeypatch.setattr(Journal, "keep", kept)
    yield
    remote.catch_up()
    check(entries)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that tests/support/certificates.py names."""
    from certificates import make

    return make(tmp_path_factory.mktemp("certificates"))
