# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of what a server offers, for people: where each thing is asked for, and how that went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .features import Feature


class RowState(Enum):
    """How a server stands to what is asked for in one place."""

    OFFERED = "OFFERED"
    UNKNOWN = "UNKNOWN"
    """Nothing harmless tells whether the server knows it: it may be used, and the first use settles it."""
    NOT_OFFERED = "NOT_OFFERED"
    """The server does not know it."""
    REFUSED = "REFUSED"
    """It is there, but not for these credentials, or not for this computer."""
    FAILED = "FAILED"
    """It is there, or may be, but asking for it failed."""


@dataclass(frozen=True)
class Row:
    """One row of the table: something of the dialect that a server may have or not."""

    title: str
    """In Title Case."""
    place: str
    """Where it is asked for, as the dialect names it: no other row has the same."""
    state: RowState
    features: frozenset[Feature] = frozenset()
    """What cannot be done without it."""
    seconds: float | None = None
    """How long the answer took; None when it was not asked for."""
    detail: str = ""
    """A whole sentence: how it is known, or what went wrong."""

    @property
    def is_offered(self) -> bool:
        return self.state is RowState.OFFERED

    @property
    def may_be_used(self) -> bool:
        """It is offered, or nobody knows."""
        return self.state in (RowState.OFFERED, RowState.UNKNOWN)
