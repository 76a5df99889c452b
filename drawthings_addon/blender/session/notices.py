# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences that stay in the panel until they are dismissed or what they are about is settled, as many and as
long as it can show."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

#: Of a notice no more characters are kept than a panel could show.
_MAX_LENGTH = 2000
#: Nobody reads so many; the last one says that there were more.
_MAX_COUNT = 2000


Thing = Literal["connection", "settings", "files", "gpu", "information", "model", "models"]


@dataclass(frozen=True)
class About:
    """What a notice is about: one thing of one server. Another notice about it takes its place."""

    thing: Thing
    """The connection's is settled as soon as the server answers."""
    server: str
    """Its address. All is settled when another server is connected."""


@dataclass(frozen=True)
class Notice:
    """A sentence in the panel."""

    text: str
    advice: str = ""
    about: About | None = None
    """None: it tells of something that happened, and stays until it is dismissed."""


_TOO_MANY = Notice("There were more notices than are kept.")


def add(notices: deque[Notice], text: str, advice: str = "", about: About | None = None) -> None:
    """Behind the others, unless the same is there already."""
    if about is not None:
        settle(notices, lambda each: each.about == about)
    is_full = len(notices) >= _MAX_COUNT
    notice = _TOO_MANY if is_full else Notice(text[:_MAX_LENGTH], advice[:_MAX_LENGTH], about)
    if notice not in notices:
        notices.append(notice)


def settle(notices: deque[Notice], is_settled: Callable[[Notice], bool]) -> bool:
    """Take away what is; whether that was any."""
    settled = [each for each in notices if is_settled(each)]
    for each in settled:
        notices.remove(each)
    return bool(settled)
