# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to know of one generation parameter, and the rows of it that a request's fields are.

A row stands where its field is declared, in `request`: `steps: int = parameter(20, label="Steps", …)`. The
property of `Scene.drawthings`, the panels, both payloads, the recipe and its text, and what reads any of them
back draw from the rows.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

DRAW_THINGS: Final = "DRAW_THINGS"
A1111: Final = "A1111"

#: Of the panel's lists of options whose names they hold.
ADVANCED: Final = DRAW_THINGS
SERVER_OPTIONS: Final = A1111

#: The panels that draw rows: Settings, and Sampling inside of it.
Panel = Literal["SETTINGS", "SAMPLING"]

_T = TypeVar("_T")
_METADATA = "parameter"


@dataclass(frozen=True)
class Parameter:
    """One parameter, beside its name, type and default, which are the field's."""

    label: str
    description: str
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Its key in each dialect that has it, by the dialect's name; `override_settings.x` is inside of that."""
    minimum: float | None = None
    maximum: float | None = None
    step: int = 0
    """Of the property, as Blender counts them; 0: Blender's own. So of the next two."""
    precision: int = 0
    subtype: str = ""
    items: tuple[tuple[str, str, str], ...] = ()
    """Of a few words: identifier, name and description of each."""
    picker: str = ""
    """Of a name: the server's list that suggests it, as `Catalogue` calls it."""
    max_bytes: int = 0
    """Of a text; 0: of a name."""
    stripped: bool = False
    """Of a text: without the white space around it."""
    setting: str = ""
    """The path of its property from `Scene.drawthings`; empty: the field's name."""
    shown_default: Any = None
    """The property's, where it is another than the field's."""
    panel: Panel | None = None
    """What draws it; None: nothing, the panel's head, or a panel of its own."""
    order: int = 1000
    """Its place there."""
    text: str | None = None
    """Its label there, where that is shorter."""
    group: str = ""
    """Neighbours of one group hang together."""
    placeholder: str = ""
    """Of a text: what an empty one means."""
    chip: str = ""
    """What it is called in the panel's head while it is not as in a new scene; empty: it is not named
    there."""
    optional: bool = True
    """A dialect may be without it, and then it is told that it is left out."""
    what: str = ""
    """What it is called in that sentence, with its article; empty: the label."""
    neutral: str = ""
    """Of a text: another word for nothing."""
    omitted_empty: bool = False
    """Of a text: empty leaves it to the server, and its key is not sent."""
    factory: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of a text: what an empty one becomes in each dialect that must be told, by the dialect's name. No other
    dialect ever gets it."""
    switches_off: bool = False
    """Of a text: empty switches it off."""
    infotext: str = ""
    """Its name in A1111's text; empty: it is not in it."""
    written: Literal["ALWAYS", "SET", "NEVER"] = "SET"
    """Whether we write it there: where it is set, always, or never, as what A1111 alone writes."""
    told_by_absence: bool = True
    """What the text does not tell has its default, as it is written only where it is set; not so what is
    written ALWAYS."""
    formerly_option: bool = False
    """It was one of Draw Things' options before it got a field, and there it still counts."""


def parameter(default: _T, *, label: str, description: str, **facts: Any) -> _T:
    """A field's declaration, and with it a row; `facts` are those of `Parameter`."""
    row = Parameter(label, description, **facts)
    declared: Any = field(default=default, metadata={_METADATA: row})
    # A dataclass takes it for the default, whose type it has.
    return typing.cast(_T, declared)


@dataclass(frozen=True, eq=False)
class ParameterRow:
    """A parameter and its place in a request."""

    path: str
    """Such as `sampling.steps`."""
    kind: type
    """str, int, float or bool."""
    default: Any
    parameter: Parameter

    @functools.cached_property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @functools.cached_property
    def way(self) -> tuple[str, ...]:
        """The sections that it is in, from the request."""
        return tuple(self.path.split(".")[:-1])

    @functools.cached_property
    def setting(self) -> str:
        """The path of its property from `Scene.drawthings`."""
        return self.parameter.setting or self.name

    def key(self, dialect: str) -> str | None:
        return self.parameter.keys.get(dialect)

    @functools.cached_property
    def of(self) -> operator.attrgetter[Any]:
        """Takes its value out of a request."""
        return operator.attrgetter(self.path)

    def put(self, settings: Any, value: Any) -> None:
        """Set its property, in `Scene.drawthings`."""
        group, name = group_of(settings, self.setting)
        setattr(group, name, value)

    @functools.cached_property
    def range(self) -> tuple[float, float]:
        """Of a number the least and the most."""
        least, most = self.parameter.minimum, self.parameter.maximum
        return -math.inf if least is None else least, math.inf if most is None else most

    @functools.cached_property
    def words(self) -> tuple[str, ...]:
        """What it may be, where it is one of a few words."""
        return tuple(identifier for identifier, _label, _description in self.parameter.items)

    @functools.cached_property
    def is_text(self) -> bool:
        """Its value is any text, and none of a few words."""
        return self.kind is str and not self.parameter.items

    def plain(self, text: str) -> str:
        """What an artist wrote, without spaces around it; empty where it is the other word for nothing."""
        text = text.strip()
        return "" if text.casefold() == self.parameter.neutral.casefold() else text

    def is_omitted(self, value: Any) -> bool:
        """Whether the key is not sent with this value."""
        return self.parameter.omitted_empty and not str(value).strip()

    def is_set(self, value: Any) -> bool:
        """Whether a value says something."""
        if self.is_text:
            nothing = ("", self.parameter.neutral, self.default, *self.parameter.factory.values())
            return str(value).strip() not in nothing
        return bool(value != self.default)


def group_of(settings: Any, setting: str) -> tuple[Any, str]:
    """What holds a property, by its path from `settings`, and the property's own name."""
    *way, name = setting.split(".")
    for step in way:
        settings = getattr(settings, step)
    return settings, name


def rows(owner: Any, path: str = "") -> Iterator[ParameterRow]:
    """The rows of a dataclass and of those that are its fields' defaults, in their order."""
    hints = typing.get_type_hints(owner)
    for each in dataclasses.fields(owner):
        here = f"{path}{each.name}"
        if _METADATA in each.metadata:
            hint = hints[each.name]
            kind = str if typing.get_origin(hint) is Literal else hint
            yield ParameterRow(here, kind, each.default, each.metadata[_METADATA])
        elif dataclasses.is_dataclass(each.default):
            yield from rows(each.default.__class__, f"{here}.")
