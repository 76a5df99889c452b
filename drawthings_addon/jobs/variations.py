# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets as they are made: a strip of one request with seeds one apart, or a grid of one or two axes.

All pictures of a grid have the same seed, so that what differs is what was set to differ.
"""

from __future__ import annotations

import functools
import itertools
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..client import bounds
from ..client.catalogue import Catalogue
from ..client.compatibility import Incompatibility
from ..client.dialect import Dialect
from ..client.parameters import ParameterRow
from ..client.request import ROWS, GenerationRequest
from ..errors import InvalidSettings
from ..messages import Message
from .picture_set import SetMember

#: Values of an axis, and pictures of a grid.
MAX_SIDE = 8
MAX_PICTURES = 36

WORDS = "words"
STYLES = "styles"
#: What a server loads for a while: as few changes of it as there are values.
_LOADED = frozenset({"model", "refiner_model", "vae"})
_MAX_LABEL = 48
#: A value, in quotes where it holds a comma or is empty, to the next comma.
_VALUE = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)')
_YES = frozenset({"on", "true", "yes", "1"})
_NO = frozenset({"off", "false", "no", "0"})


def _varied(row: ParameterRow) -> bool:
    return row.parameter.panel is not None or row.path in ("sampling.strength", "sampling.seed")


#: What an axis may be of, by the names of the properties of `Scene.drawthings`, beside words and styles.
ROWS_OF_AXES: Mapping[str, ParameterRow] = {row.setting: row for row in ROWS if _varied(row)}


@dataclass(frozen=True)
class Axis:
    """What differs along one side of a grid. Raises ValueError or InvalidSettings for what there is not."""

    of: str
    """One of `ROWS_OF_AXES`, `WORDS` or `STYLES`."""
    values: tuple[str, ...]
    """As `parse` gives them. Of words the first stands in the prompt and gives way to the others; where it
    does not, each is added. Of styles an empty one is none."""

    def __post_init__(self) -> None:
        if self.of not in (*ROWS_OF_AXES, WORDS, STYLES) or not 1 <= len(self.values) <= MAX_SIDE:
            raise ValueError("there is no such axis")
        if max(map(len, self.values)) > bounds.MAX_PROMPT:
            raise ValueError("no value is that long")
        if self.of in ROWS_OF_AXES:
            for value in self.values:
                value_of(ROWS_OF_AXES[self.of], value)

    @classmethod
    def parse(cls, of: str, text: str) -> Axis:
        """An axis as an artist writes it: values separated by commas, in quotes where they hold one. Raises
        InvalidSettings."""
        if of not in (*ROWS_OF_AXES, WORDS, STYLES):
            raise InvalidSettings(
                "A grid has no axis “{name}”.", "Choose another.", name=bounds.one_line(of, _MAX_LABEL)
            )
        values = tuple(dict.fromkeys(_read(of, value) for value in _split(text)))
        if not values:
            raise InvalidSettings(
                "There are no values for {label}.", "Write some, separated by commas.", label=title(of)
            )
        if len(values) > MAX_SIDE:
            raise InvalidSettings(
                "{count} values of {label} are too many: a side of a grid has {most} at most.",
                "Take some out.",
                count=len(values),
                label=title(of),
                most=MAX_SIDE,
            )
        return cls(of, values)

    def applied_to(self, request: GenerationRequest, index: int) -> GenerationRequest:
        """The request with the value of this number."""
        value = self.values[index]
        if self.of == WORDS:
            return _with_words(request, self.values[0], value)
        if self.of == STYLES:
            chosen = request.conditioning.styles
            return request.changed(styles=(*chosen, value) if value else chosen)
        row = ROWS_OF_AXES[self.of]
        return request.with_rows({row: value_of(row, value)})

    @property
    def settings(self) -> tuple[str, ...]:
        """What it is called where something is told of it."""
        row = ROWS_OF_AXES.get(self.of)
        return (self.of,) if row is None else (row.setting, row.name)

    @property
    def is_of_names(self) -> bool:
        """Each value is one that a server has or has not."""
        row = ROWS_OF_AXES.get(self.of)
        return self.of == STYLES or (row is not None and row.is_text)

    def label(self, index: int) -> str:
        """What stands beside the pictures of this value, such as "Strength 0.40"."""
        value = self.values[index]
        if self.of == WORDS:
            return bounds.one_line(value, _MAX_LABEL) or _without(bounds.one_line(self.values[0], _MAX_LABEL))
        if self.of == STYLES:
            return bounds.one_line(value, _MAX_LABEL) or "No Style"
        row = ROWS_OF_AXES[self.of]
        shown = bounds.one_line(_shown(row, value), _MAX_LABEL)
        # A model's name tells what it is.
        return shown if row.name == "model" and value else f"{row.parameter.label} {shown}"


def _without(word: str) -> str:
    return Message("without “{word}”", word=word) if word else "As It Is"


def title(of: str) -> str:
    """What an axis is called."""
    if of == WORDS:
        return "Words"
    return "Styles" if of == STYLES else ROWS_OF_AXES[of].parameter.label


@dataclass(frozen=True)
class Idle:
    """A setting that has no effect, or another than it says."""

    setting: str
    """`Axis.settings` are such."""
    reason: str
    """A sentence."""
    whatever: bool = False
    """Also with any other value."""

    @classmethod
    def of(cls, found: Incompatibility) -> Idle:
        return cls(found.setting or "", found.sentence, whatever=not found.is_sent)


def idle_with(dialect: Dialect, request: GenerationRequest) -> Iterator[Idle]:
    """What no server of a dialect would take, or heed."""
    found = dialect.incompatibilities(request, Catalogue(), lambda _feature: True)
    yield from map(Idle.of, found)
    yield from itertools.starmap(Idle, dialect.without_effect(request, "").items())


@dataclass(frozen=True)
class Variations:
    """The pictures of one press. Raises ValueError where they are not as many as their axes tell."""

    id: str
    size: int
    columns: Axis | None = None
    rows: Axis | None = None
    made: int = 0
    """So many are there already."""

    def __post_init__(self) -> None:
        if self.is_grid and self.size != len(_values(self.columns)) * len(_values(self.rows)):
            raise ValueError("a grid has a picture for each two of its values")
        if not 0 <= self.made < self.size:
            raise ValueError("there is no such picture")

    @classmethod
    def strip(cls, count: int) -> Variations:
        """So many pictures of one request."""
        return cls(uuid.uuid4().hex, count)

    @classmethod
    def grid(cls, columns: Axis | None, rows: Axis | None) -> Variations:
        """A picture for each two values; of one axis a row or a column. Raises InvalidSettings."""
        if columns is not None and rows is not None and columns.of == rows.of:
            raise InvalidSettings(
                "Both sides of the grid are {label}.", "Choose another for one of them.", label=title(rows.of)
            )
        size = len(_values(columns)) * len(_values(rows))
        if size > MAX_PICTURES:
            raise InvalidSettings(
                "This grid would have {count} pictures; {most} is the most.",
                "Take some values out.",
                count=size,
                most=MAX_PICTURES,
            )
        if size < 2:
            raise InvalidSettings(
                "A grid of one picture compares nothing.", "Write several values, separated by commas."
            )
        return cls(uuid.uuid4().hex, size, columns, rows)

    @property
    def is_grid(self) -> bool:
        return self.columns is not None or self.rows is not None

    @property
    def owed(self) -> int:
        """How many are still to be made."""
        return self.size - self.made

    def after(self, made: int) -> Variations:
        """What is owed when so many more are there."""
        return replace(self, made=min(self.made + made, self.size - 1))

    def index(self, number: int) -> int:
        """Which of the set the picture `number` is of those that are owed, both from 0.

        They are made row by row; column by column where the server would load another model for each."""
        number += self.made
        if self.columns is None or self.rows is None:
            return number
        if self.columns.of not in _LOADED or self.rows.of in _LOADED:
            return number
        column, row = divmod(number, len(self.rows.values))
        return row * len(self.columns.values) + column

    def request(self, base: GenerationRequest, number: int) -> GenerationRequest:
        """What is asked for that picture; `base` is that of the first that is owed, in a grid of all."""
        if not self.is_grid:
            return base.changed(seed=(base.sampling.seed + number) % 2**32)
        column, row = self._place(self.index(number))
        request = base
        # Words that are added stand behind those that take others' place.
        if self.columns is not None:
            request = self.columns.applied_to(request, column)
        if self.rows is not None:
            request = self.rows.applied_to(request, row)
        return request

    def require_effect(
        self, base: GenerationRequest, told: Callable[[GenerationRequest], Iterable[Idle]]
    ) -> None:
        """`told` tells what has no effect of a request. Raises InvalidSettings where that is what differs in
        the grid."""
        axes = [each for each in (self.columns, self.rows) if each is not None]
        if base.operation == "txt2img" and any(each.of == "strength" for each in axes):
            raise InvalidSettings(
                "Strength says how far a source is changed, and a new picture has none.",
                "Choose another setting for the grid, or restyle something.",
            )
        found = [tuple(told(self.request(base, number))) for number in range(self.owed if axes else 0)]
        for axis in axes:
            about = [next((each for each in one if each.setting in axis.settings), None) for one in found]
            idle = [each for each in about if each is not None]
            # What some values alone switch off makes a difference.
            if any(each.whatever or axis.is_of_names for each in idle) or len(idle) == len(about):
                raise InvalidSettings(idle[0].reason, "Choose another setting for the grid, or other values.")

    def member(self, number: int, part: int = 0, parts: int = 1) -> SetMember:
        """What that picture's recipe tells of the set; `part` of the so many that came in one answer."""
        index = self.index(number)
        if not self.is_grid:
            return SetMember(self.id, index * parts + part, self.size * parts)
        column, row = self._place(index)
        return SetMember(
            self.id,
            index,
            self.size,
            columns=len(_values(self.columns)),
            column=self.columns.label(column) if self.columns is not None else "",
            row=self.rows.label(row) if self.rows is not None else "",
        )

    def label(self, number: int) -> str:
        """What that picture of a grid is called in a sentence."""
        return self.member(number).label

    def _place(self, index: int) -> tuple[int, int]:
        """Column and row."""
        row, column = divmod(index, len(_values(self.columns)))
        return column, row


def value_of(row: ParameterRow, text: str) -> Any:
    """A value of a row as an artist writes it. Raises InvalidSettings."""
    text = text.strip()
    label = row.parameter.label
    if row.kind is bool:
        if text.casefold() not in _YES | _NO:
            raise InvalidSettings(
                "{label} is on or off: “{text}” is neither.",
                "Write on, off.",
                label=label,
                text=bounds.one_line(text, _MAX_LABEL),
            )
        return text.casefold() in _YES
    if row.kind in (int, float):
        return _number(row, text)
    if row.words:
        named = {name.casefold(): word for word, name, _about in row.parameter.items}
        named |= {word.casefold(): word for word in row.words}
        if text.casefold() not in named:
            raise InvalidSettings(
                "{label} cannot be “{text}”.",
                "Take it out.",
                label=label,
                text=bounds.one_line(text, _MAX_LABEL),
            )
        return named[text.casefold()]
    if len(text) > bounds.MAX_NAME:
        raise InvalidSettings("No {label} has a name that long.", "Take it out.", label=label.lower())
    return row.plain(text)


def _number(row: ParameterRow, text: str) -> int | float:
    label = row.parameter.label
    try:
        number = int(text) if row.kind is int else float(text) + 0.0
    except ValueError:
        raise InvalidSettings(
            "{label} takes whole numbers: “{text}” is none."
            if row.kind is int
            else "{label} takes numbers: “{text}” is none.",
            "Separate several by commas."
            if row.kind is int
            else "Separate several by commas, and write fractions with a point, such as 0.5.",
            label=label,
            text=bounds.one_line(text, _MAX_LABEL),
        ) from None
    least, most = row.range if row.name != "seed" else (-(2**31), 2**32 - 1)
    if not least <= number <= most:
        raise InvalidSettings(
            "{label} is {least} to {most}: {number} is not.",
            "Take it out. A fraction is written with a point, such as 0.5."
            if row.kind is float
            else "Take it out.",
            label=label,
            least=f"{least:.10g}",
            most=f"{most:.10g}",
            number=bounds.one_line(text, _MAX_LABEL),
        )
    return int(number) % 2**32 if row.name == "seed" else number


def _split(text: str) -> list[str]:
    if len(text) > bounds.MAX_METADATA:
        raise InvalidSettings("These values are too long.", "Take some out.")
    found, place = [], 0
    while place < len(text):
        match = _VALUE.match(text, place)
        assert match is not None
        quoted, plain = match.groups()
        if quoted is None and plain.startswith('"'):
            raise InvalidSettings(
                "A quotation mark is not closed, or something stands behind it.",
                'Write values that hold commas like "red, wet".',
            )
        if quoted is not None:
            found.append(quoted.replace('""', '"').strip())
        elif plain.strip():
            found.append(plain.strip())
        place = match.end()
    return found


def _read(of: str, value: str) -> str:
    """The value, in one spelling. Raises InvalidSettings."""
    if of in (WORDS, STYLES):
        return value[: bounds.MAX_PROMPT] if of == WORDS else value[: bounds.MAX_NAME]
    row = ROWS_OF_AXES[of]
    found = value_of(row, value)
    if row.kind is bool:
        return "on" if found else "off"
    return str(found)


def _shown(row: ParameterRow, text: str) -> str:
    value = value_of(row, text)
    if row.kind is bool:
        return "On" if value else "Off"
    if row.kind is float:
        plain = f"{value:g}"
        decimals = len(plain.partition(".")[2]) if "e" not in plain else 0
        return f"{value:.{max(decimals, row.parameter.precision or 2)}f}"
    if row.name == "seed" and value >= 2**31:
        # As the panel shows it.
        return str(value - 2**32)
    if row.words:
        return next(name for word, name, _about in row.parameter.items if word == value)
    return str(value) or row.parameter.placeholder or row.parameter.neutral


def _values(axis: Axis | None) -> tuple[str, ...]:
    return axis.values if axis is not None else ("",)


def _with_words(request: GenerationRequest, first: str, words: str) -> GenerationRequest:
    """`words` in the place of `first` in both prompts; added to the prompt where it stands in neither."""
    prompts = request.conditioning.prompt, request.conditioning.negative_prompt
    found = _pattern(first, prompts) if first else None
    if found is None and not words:
        return request
    if found is None:
        parts = (prompts[0].rstrip().rstrip(","), words)
        return request.changed(prompt=", ".join(filter(None, parts)))
    prompt, negative = (found.sub(lambda _match: words, text) for text in prompts)
    return request.changed(prompt=prompt, negative_prompt=negative)


@functools.lru_cache(maxsize=16)
def _pattern(words: str, texts: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds the words in one of the texts: as whole words if they are there so."""
    part = re.escape(words)
    for pattern in (re.compile(rf"(?<!\w){part}(?!\w)"), re.compile(part)):
        if any(map(pattern.search, texts)):
            return pattern
    return None
