# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON off the wire, from a server that nobody vouches for."""

from __future__ import annotations

import json
import re
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

#: Braces, brackets and commas that an answer may hold. Base64 has none of them, so a real answer
#: stays far below, and a body of "[],[],[]…" cannot become gigabytes of objects.
MAX_MARKS = 200_000
#: A backslash that stands for itself or a whole surrogate pair, kept; else half of a pair.
_ESCAPES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
#: The same for lists of thousands of models, each with what its trainer wrote about it.
MAX_LIST_MARKS = 2_000_000


def parse_json(body: bytes, *, max_marks: int = MAX_MARKS) -> JSON:
    """The value that `body` holds, strictly: UTF-8, no NaN, no Infinity.

    Raises ValueError for anything else, also for what would take too much memory or depth.
    """
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) > max_marks:
        raise ValueError("more elements than any answer has")
    try:
        value: JSON = json.loads(_without_half_pairs(body.decode("utf-8-sig")), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _without_half_pairs(text: str) -> str:
    """JSON in which half of a surrogate pair, which Blender and UTF-8 cannot hold, is a replacement sign."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPES.sub(lambda found: found[1] or "\\ufffd", text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
