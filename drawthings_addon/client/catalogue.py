# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers to choose from: the lists behind the pickers.

Filled in the background when a server is asked who it is, kept for as long as it is connected, and
never asked for while drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ..errors import UNUSABLE, ServerError
from . import bounds
from .http.failures import LetGo
from .http.untrusted_json import JSON

_Told = TypeVar("_Told")


class Choice(NamedTuple):
    """One entry of a picker."""

    value: str
    """What is sent."""
    label: str = ""
    """What is shown beside it, such as a file name; may be empty."""
    aliases: tuple[str, ...] = ()
    """Other names that the server has for it."""


@dataclass(frozen=True)
class ScriptArgument:
    label: str = ""
    value: JSON = None
    """The default."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    """Where each choice stands in the server's own list, counted from 0; empty: as here. Some scripts want
    that."""


@dataclass(frozen=True)
class Catalogue:
    """Every list may be empty: the server has none, or does not tell."""

    samplers: tuple[Choice, ...] = ()
    schedulers: tuple[Choice, ...] = ()
    seed_modes: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    vaes: tuple[Choice, ...] = ()
    upscalers: tuple[Choice, ...] = ()
    latent_upscale_modes: tuple[Choice, ...] = ()
    loras: tuple[Choice, ...] = ()
    styles: tuple[Choice, ...] = ()
    face_restorers: tuple[Choice, ...] = ()
    scripts: tuple[Choice, ...] = ()
    control_models: tuple[Choice, ...] = ()
    script_arguments: Mapping[str, tuple[ScriptArgument, ...]] = field(default_factory=dict)
    """By the script's name."""
    told: frozenset[str] = frozenset()
    """The lists that the server has told, by their names here, also those with nothing in them."""

    def knows(self, name: str) -> bool:
        """Whether what is not in this list is not there."""
        return name in self.told or bool(getattr(self, name))

    def together(self, first: str, *more: str) -> tuple[Choice, ...]:
        """The entries of these lists; of one alone the list itself."""
        found: tuple[Choice, ...] = getattr(self, first)
        return (*found, *self.together(*more)) if more else found


def plain(*names: str) -> tuple[Choice, ...]:
    """Choices that are their own label."""
    return tuple(Choice(name) for name in names)


def or_none(read: Callable[[], _Told]) -> _Told | None:
    """What `read` gives; None where the server does not tell. Raises LetGo: then nothing more is asked."""
    try:
        return read()
    except LetGo:
        raise
    except ServerError:
        return None


def usable(read: Callable[[], _Told]) -> _Told | None:
    """What `read` gives; None where the server answers, but with nothing that can be used. Raises what keeps
    it from answering."""
    try:
        return read()
    except UNUSABLE:
        return None


def choices(pairs: Iterable[tuple[str, str]] | None) -> tuple[Choice, ...]:
    """Each name once, in the server's order; those without a name, or with one that is longer than any, are
    left out: they cannot be chosen."""
    chosen: dict[str, Choice] = {}
    for value, label in pairs or ():
        if bounds.is_name(value):
            shown = "" if label == value else bounds.one_line(label, bounds.MAX_NAME)
            chosen.setdefault(value, Choice(value, shown))
        if len(chosen) >= bounds.MAX_ENTRIES:
            break
    return tuple(chosen.values())
