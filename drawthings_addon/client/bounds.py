# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is taken of what a stranger wrote: a server, a .blend, a picture.

Blender's panels and menus have no limits of their own: a sampler's name of 2 MB would become 50,000 labels at
every redraw. So texts are bounded here where they come in, and once more where they are drawn (ui/words.py).
A name is taken whole or not at all, because it is sent back; other words are cut.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice

#: Characters of a name that can be chosen. File systems have no file name of more bytes.
MAX_NAME = 255
#: Entries of a list. The largest collections of LoRAs that people tell of have a few thousand.
MAX_ENTRIES = 20_000
#: Arguments of one script; the longest ones have some dozens.
MAX_ARGUMENTS = 500
#: Characters of a sentence that a server says about itself or about what it does.
MAX_WORDS = 600
#: Characters of a text that becomes a prompt: as many as the prompt's field takes.
MAX_PROMPT = 20_000
#: Characters of what a picture tells about how it was made, a recipe or an infotext.
MAX_METADATA = 1 << 20

#: Control characters, halves of pairs, and what turns the direction of writing.
_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_ELLIPSIS = "…"


def is_name(text: str) -> bool:
    """Whether it can be chosen from a list: not empty, and no longer than any name is."""
    return len(text) <= MAX_NAME and bool(text.strip())


def entries(found: Iterable[str]) -> Iterator[str]:
    """The names of a list, as many as a list may have."""
    return islice(filter(is_name, found), MAX_ENTRIES)


def one_line(text: str, limit: int = MAX_WORDS) -> str:
    """At most `limit` characters on one line, with an ellipsis where it was cut: between two words, unless
    more than half would be lost.

    The cost is that of the limit, whatever the text's length.
    """
    # White space becomes shorter: a few more than are wanted are looked at.
    line = " ".join(_NOT_SHOWN.sub(" ", text[: 2 * limit + 1]).split())
    if len(line) <= limit and len(text) <= 2 * limit + 1:
        return line
    kept = line[: limit - 1]
    if line[limit - 1 : limit] not in {"", " "}:
        between = kept.rfind(" ")
        kept = kept[:between] if between > limit // 2 else kept
    return kept.rstrip() + _ELLIPSIS


def unescaped(markup: str) -> str:
    """HTML's and XML's entities as the characters that they stand for.

    One whose number has thousands of digits is more than Python reads: then all stay as they are.
    """
    try:
        return html.unescape(markup)
    except ValueError:
        return markup
