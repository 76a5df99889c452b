# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which entry of a server's list a name means: programs spell the same thing in several ways.

What AUTOMATIC1111's WebUI calls `Euler a` and `DPM++ 2M` is `euler_a` and `dpm++2m` in stable-diffusion.cpp,
`k_euler_a` and `k_dpmpp_2m` in k-diffusion, and `Euler A` in KoboldCpp (their published sources, 2026). A
server that compares letter for letter passes over the others, so its own spelling is what is sent.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from .catalogue import Choice

_SEPARATORS = re.compile(r"[\W_]+")
#: Characters of a name that are compared with others to find a near one.
_COMPARED = 80


def folded(name: str) -> str:
    """A name without what spellings differ in: case, spaces, signs; `++` is `pp`. Empty for one of nothing
    but signs."""
    return _SEPARATORS.sub("", name.replace("++", "pp").casefold())


def same(one: str, other: str) -> bool:
    """Whether two names are spellings of one."""
    return one == other or (folded(one) == folded(other) != "")


def find(name: str, choices: Sequence[Choice]) -> Choice | None:
    """The entry that `name` means: as it is sent, else as it is shown or called otherwise, else in another
    spelling of any of these. None: the list does not hold it."""
    for choice in choices:
        if name == choice.value:
            return choice
    for choice in choices:
        if name and name in (choice.label, *choice.aliases):
            return choice
    key = folded(name)
    for choice in choices:
        if key and key in map(folded, (choice.value, choice.label, *choice.aliases)):
            return choice
    return None


def spelled(name: str, choices: Sequence[Choice]) -> str:
    """`name` as the list has it, by which servers know it or by its label; as it is where the list does not
    hold it."""
    found = find(name, choices)
    return name if found is None or name == found.label else found.value


def nearest(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Those of `known` that come nearest to a name that is none of them, best first; at most `count`."""
    by_key: dict[str, str] = {}
    for each in known:
        by_key.setdefault(folded(each[:_COMPARED]), each)
    found = difflib.get_close_matches(folded(name[:_COMPARED]), by_key, count, cutoff=0.5)
    return tuple(by_key[key] for key in found)
