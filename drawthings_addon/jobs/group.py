# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that belong together: their order, and what happens when all of them are done.

Frozen data without a function in it, so that a group outlives undo, file loading, and Blender itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Several jobs of one server."""

    id: str
    """32 hexadecimal digits, as of a job."""
    size: int
    """How many jobs it has."""
    in_order: bool = False
    """Each begins when the one before is done, and not at all where that failed or was cancelled."""
    completion: str = ""
    """The name of what happens when all are done; empty: nothing."""
    values: str = ""
    """For that: a text, such as where the whole of it goes."""

    def member(self, index: int) -> Member:
        """Which one of it a job is, from 0."""
        return Member(self, index)


@dataclass(frozen=True)
class Member:
    """Which job of a group this is."""

    group: Group
    index: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.group.size:
            raise ValueError("there is no such job in its group")
