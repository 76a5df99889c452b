# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown for a moment in the place of what the file has: ended before anything builds on it."""

from __future__ import annotations

from collections.abc import Callable

_ends: list[Callable[[], None]] = []


def begins(end: Callable[[], None]) -> None:
    """Something is shown until `end` is called, which puts back what was there."""
    if end not in _ends:
        _ends.append(end)


def is_over(end: Callable[[], None]) -> None:
    """It was put back."""
    if end in _ends:
        _ends.remove(end)


def end() -> None:
    """Put back all of it: a result is delivered, or a step of undo is made."""
    while _ends:
        _ends.pop()()
