# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that one press made to be chosen from: a strip, or a grid of two settings.

Each tells in its recipe which one it is, so that a set is found again in its files alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SetMember:
    """Which picture of a set this is."""

    id: str
    """The set's: 32 hexadecimal digits."""
    index: int
    """From 0, row by row."""
    size: int
    """How many pictures the set has."""
    columns: int = 0
    """Of a grid; 0: a strip."""
    column: str = ""
    """What stands above the picture's column, such as "Strength 0.40"."""
    row: str = ""
    """What stands beside its row."""

    @property
    def label(self) -> str:
        """What it is of its set, such as "Strength 0.40 · Guidance 5"; empty of a strip."""
        return " · ".join(filter(None, (self.column, self.row)))


def axis_labels(
    members: Sequence[SetMember], *, columns: int, rows: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands above each of so many columns and beside each row; empty where none of `members` tells."""
    above = {each.index % columns: each.column for each in members}
    beside = {each.index // columns: each.row for each in members}
    return (
        tuple(above.get(index, "") for index in range(columns)),
        tuple(beside.get(index, "") for index in range(rows)),
    )
