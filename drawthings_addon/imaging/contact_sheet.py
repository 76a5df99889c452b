# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures in rows and columns on one sheet, with words above, beside and below.

`lay_out` needs whoever has a font; `draw` needs nobody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .alpha import over
from .lettering import Colour, Letter, Lettering, write
from .pixels import Pixels

#: Pictures of one sheet, and of its sides: the most that one press makes.
MAX_PICTURES = 100
MAX_COLUMNS = MAX_ROWS = 10
#: Pixels of a sheet's side: what every GPU shows, and Blender in one piece.
MAX_SIDE = 4096
#: Of a picture's longest side on it, and of the side of a place for one: what has room for a few words.
_LARGEST, _SMALLEST = 512, 192
_ROW = 6
#: Of a row's words: pictures are looked at, and not these.
_BESIDE = 0.6
_HEAD_LINES, _LABEL_LINES, _BESIDE_LINES = 2, 2, 6
#: In units of the letters' size: a line's height, and how far below its top the letters stand.
_LINE, _ASCENT = 1.3, 0.95
_GROUND: Colour = (36, 36, 36)
_EMPTY: Colour = (62, 62, 62)
_INK: Colour = (225, 225, 225)
_FAINT: Colour = (160, 160, 160)


@dataclass(frozen=True)
class Words:
    """What stands on a sheet besides its pictures. Empty texts take no room."""

    title: str = ""
    about: str = ""
    """Below the title, fainter."""
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    """One for each place."""


@dataclass(frozen=True, eq=False)
class _Text:
    line: Lettering
    x: int
    y: int
    size: float
    colour: Colour


@dataclass(frozen=True, eq=False)
class Sheet:
    """Where everything stands, in pixels from the upper left."""

    width: int
    height: int
    texts: tuple[_Text, ...]
    places: tuple[tuple[int, int, int, int], ...]
    """Left, top, width and height of each picture's place, row by row."""
    pictures: tuple[Pixels | None, ...]


def edge(columns: int, rows: int) -> int:
    """The longest side of a picture on a sheet of so many. Larger ones need not be kept for it."""
    # With the margins, and with all the words that may stand beside, above and below.
    across = MAX_SIDE / (columns * 1.05 + _BESIDE + 0.1)
    down = MAX_SIDE / (rows * 1.1 + 0.6)
    return int(min(across, down, _LARGEST))


def columns_of_strip(count: int) -> int:
    """How many stand beside one another where no setting says so: a row of six, or several of about as
    many."""
    rows = -(-count // max(_ROW, math.isqrt(max(count - 1, 0)) + 1))
    return -(-count // max(rows, 1))


def lay_out(pictures: Sequence[Pixels | None], columns: int, words: Words, letter: Letter) -> Sheet:
    """A sheet of these pictures, row by row, in so many columns; None is a place that stays empty.

    No side of a picture is longer than `edge` of that. Raises ValueError for more than MAX_PICTURES, or for
    none.
    """
    rows = -(-len(pictures) // columns) if columns else 0
    if not 0 < len(pictures) <= MAX_PICTURES or columns > MAX_COLUMNS or rows > MAX_ROWS:
        raise ValueError(f"no sheet holds {len(pictures)} pictures in {columns} columns")
    cell_width, cell_height = _cell(pictures, edge(columns, rows))
    size = max(13, round(cell_width / 20))
    gap, line = size, round(size * _LINE)

    beside = [letter(text, cell_width * _BESIDE / size, _BESIDE_LINES) for text in words.rows]
    indent = round(max((each.width for lines in beside for each in lines), default=0) * size)
    left = gap + (indent + gap if indent else 0)
    width = left + columns * (cell_width + gap)

    texts: list[_Text] = []
    top = gap

    def put(lines: Sequence[Lettering], x: int, y: int, colour: Colour, centred: int = 0) -> None:
        for index, each in enumerate(lines):
            space = max(round((centred - each.width * size) / 2), 0) if centred else 0
            texts.append(_Text(each, x + space, y + index * line + round(size * _ASCENT), size, colour))

    for text, colour, most in ((words.title, _INK, _HEAD_LINES), (words.about, _FAINT, _HEAD_LINES)):
        head = letter(text, (width - 2 * gap) / size, most)
        put(head, gap, top, colour)
        top += len(head) * line
    top += gap // 2 if texts else 0
    lefts = [left + index * (cell_width + gap) for index in range(columns)]
    above = [letter(text, cell_width / size, _LABEL_LINES) for text in words.columns]
    most = max(map(len, above), default=0)
    for x, lines in zip(lefts, above, strict=False):
        put(lines, x, top + (most - len(lines)) * line, _INK, cell_width)
    top += most * line + (gap // 4 if most else 0)
    below = [letter(text, cell_width / size, 1) for text in words.captions]
    depth = max(map(len, below), default=0) * line + (0 if any(below) else gap)
    tops = list(accumulate([top] + [cell_height + depth + gap // 2] * rows))
    for y, lines in zip(tops, beside, strict=False):
        put(lines, gap, y + (cell_height - len(lines) * line) // 2, _INK)
    places = [(x, y, cell_width, cell_height) for y in tops[:rows] for x in lefts][: len(pictures)]
    for (x, y, _width, _height), lines in zip(places, below, strict=False):
        put(lines, x, y + cell_height, _FAINT, cell_width)
    return Sheet(width, tops[rows] + gap // 2, tuple(texts), tuple(places), tuple(pictures))


def _cell(pictures: Sequence[Pixels | None], longest: int) -> tuple[int, int]:
    """The size of a picture's place: as all of them need it."""
    shapes = [each.shape for each in pictures if each is not None]
    if not shapes:
        return longest, longest
    least = min(_SMALLEST, longest)
    return max(least, *(shape[1] for shape in shapes)), max(shape[0] for shape in shapes)


def draw(sheet: Sheet) -> Pixels:
    """The sheet as a picture: uint8 (height, width, 3), row 0 at the top."""
    result = np.empty((sheet.height, sheet.width, 3), np.uint8)
    result[:] = _GROUND
    for picture, (x, y, width, height) in zip(sheet.pictures, sheet.places, strict=True):
        if picture is None:
            result[y : y + height, x : x + width] = _EMPTY
            continue
        tall, wide = picture.shape[:2]
        x, y = x + (width - wide) // 2, y + (height - tall) // 2
        part = result[y : y + tall, x : x + wide]
        part[:] = over(picture, part)
    for text in sheet.texts:
        write(result, text.line, text.x, text.y, text.size, text.colour)
    return result
