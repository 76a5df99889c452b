# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a dialect over HTTP consists of: methods of paths, each with the features that it gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from ..features import Feature
from ..table import Row, RowState

Method = Literal["GET", "POST"]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path."""

    method: Method
    path: str
    title: str
    """For tables and messages, in Title Case."""
    features: frozenset[Feature] = frozenset()
    """What cannot be done without it."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def row(self, state: RowState, detail: str = "", seconds: float | None = None) -> Row:
        """What is known of it at one server."""
        return Row(self.title, str(self), state, self.features, seconds, detail)


def rows(table: Collection[Endpoint], offered: Collection[Endpoint], detail: str) -> tuple[Row, ...]:
    """One for each endpoint of `table`, told by `offered`; `detail` says how that is known."""
    return tuple(
        each.row(RowState.OFFERED if each in offered else RowState.NOT_OFFERED, detail) for each in table
    )
