# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences that stay in the panel until they are dismissed, as many and as long as it can show."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

#: Of a notice no more characters are kept than a panel could show.
_MAX_LENGTH = 2000
#: Nobody reads so many; the last one says that there were more.
_MAX_COUNT = 2000


@dataclass(frozen=True)
class Notice:
    """A sentence that stays in the panel until it is dismissed."""

    text: str
    advice: str = ""


_TOO_MANY = Notice("There were more notices than are kept.")


def add(notices: deque[Notice], text: str, advice: str = "") -> None:
    """Behind the others, unless the same is there already."""
    is_full = len(notices) >= _MAX_COUNT
    notice = _TOO_MANY if is_full else Notice(text[:_MAX_LENGTH], advice[:_MAX_LENGTH])
    if notice not in notices:
        notices.append(notice)
