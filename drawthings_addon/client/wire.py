# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON off the wire, from a server that nobody vouches for."""

from __future__ import annotations

import json
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

#: Braces, brackets and commas that an answer may hold. Base64 has none of them, so a real answer
#: stays far below, and a body of "[],[],[]…" cannot become gigabytes of objects.
MAX_MARKS = 200_000
#: The same for lists of thousands of models, each with what its trainer wrote about it.
MAX_LIST_MARKS = 2_000_000


def parse_json(body: bytes, *, max_marks: int = MAX_MARKS) -> JSON:
    """The value that `body` holds, strictly: UTF-8, no NaN, no Infinity.

    Raises ValueError for anything else, also for what would take too much memory or depth.
    """
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) > max_marks:
        raise ValueError("more elements than any answer has")
    try:
        value: JSON = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
