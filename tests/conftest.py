# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all suites share. Each suite runs in a process of its own: `python3 scripts/test.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

# The repository itself is not put there: only the unit suite may import the source directly.
sys.path.insert(0, str(REPOSITORY / "scripts"))

if TYPE_CHECKING:
    from stand_in import StandIn


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top folder of the project."""
    return REPOSITORY


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A server of the Draw Things API on this computer, fresh for each test."""
    from stand_in import StandIn

    with StandIn() as server:
        yield server
