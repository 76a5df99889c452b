# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts as words that can be searched for.

A text becomes words with a space between them: in one case, without accents, each character of a script that
writes no spaces (Chinese, Japanese, Thai) and each symbol, such as an emoji, a word by itself. A word that is
looked for becomes words in the same way, and means them in a row, the last by its beginning. So a full-text
index that knows nothing but spaces (FTS5's tokenizer `ascii`) and LIKE find the same.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters of what is searched through, of one picture, and of what is looked for.
MAX_TEXT = 20_000
MAX_SOUGHT = 400
#: Words that are looked for.
MAX_WORDS = 24

#: Of Latin, Greek and Cyrillic letters; those of other scripts make other letters.
_ACCENTS = re.compile("[\u0300-\u036f]")
#: Scripts that write no spaces between words, by their code points.
_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)


class _Places(dict[int, str]):
    """What becomes of each character, filled as they are met."""

    def __missing__(self, code: int) -> str:
        self[code] = place = _place(code)
        return place


def _place(code: int) -> str:
    character = chr(code)
    category = unicodedata.category(character)
    if category == "Cf" or 0xFE00 <= code <= 0xFE0F:
        # What joins or turns, and how a symbol is drawn: no letter of a word.
        return ""
    if category == "So" or any(first <= code <= last for first, last in _NO_SPACES):
        return f" {character} " if category[0] in "LMNS" else " "
    return character if category[0] in "LMN" or category == "Co" else " "


_PLACES = _Places()


def searchable(text: str) -> str:
    """A text as it is searched through: its words, with one space before each of them and behind the last."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text[:MAX_TEXT])).casefold()
    words = unicodedata.normalize("NFKC", folded).translate(_PLACES).split()
    return f" {' '.join(words)} " if words else ""


def sought(text: str) -> tuple[str, ...]:
    """What is looked for, each in the form of `searchable` without the spaces around."""
    found = dict.fromkeys(searchable(word).strip() for word in text[:MAX_SOUGHT].split())
    return tuple(filter(None, found))[:MAX_WORDS]


def match(words: tuple[str, ...]) -> str:
    """What FTS5 is asked for: each of them in a row, the last by its beginning."""
    # No word holds a quote: it is no letter.
    return " AND ".join(f'"{word}" *' for word in words)


def like(word: str) -> str:
    """The same of one of them for LIKE: no word holds `%` or `_`, which are no letters."""
    return f"% {word}%"
