# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dataclasses as JSON, by their annotations: a field that is added to a request is in every recipe and in the
journal without a word here. It comes back out of files that somebody may have changed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal

#: LoRAs, styles, settings, arguments of a script, sources: many of them become entries in the panel.
MAX_ENTRIES = 500

#: What reads the JSON of a type that is no plain one, given the name of its field. Raises NotAsAnnotated.
Readers = Mapping[Any, Callable[[Any, str], Any]]
#: What writes the values of such types.
Writers = Mapping[type, Callable[[Any], Any]]


class NotAsAnnotated(Exception):
    """The name of a field whose value is not what it is annotated with."""


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    """The fields that are written: all but pictures."""
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    return {name: hints[name] for name in names if hints[name] is not bytes}


def write(value: Any, writers: Writers = types.MappingProxyType({})) -> Any:
    """What `json.dumps` takes; pictures are left out."""
    writer = writers.get(type(value))
    if writer is None:
        # Such as the kind of path that this system has.
        writer = next((each for cls, each in writers.items() if isinstance(value, cls)), None)
    if writer is not None:
        return writer(value)
    if dataclasses.is_dataclass(value):
        return {name: write(getattr(value, name), writers) for name in _hints(value.__class__)}
    return [write(each, writers) for each in value] if isinstance(value, tuple) else value


def read(hint: Any, value: Any, name: str, readers: Readers = types.MappingProxyType({})) -> Any:
    """JSON as what is annotated, all the way down; unknown keys, as a later version writes, are passed over.

    Raises NotAsAnnotated for what it is not, or Blender cannot hold, and TypeError for an object that lacks
    something.
    """
    kind, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in readers:
        return readers[hint](value, name)
    if kind in (typing.Union, types.UnionType):
        for each in inner:
            with contextlib.suppress(NotAsAnnotated):
                return read(each, value, name, readers)
    elif kind is Literal:
        if isinstance(value, str) and value in inner:
            return value
    elif kind is tuple:
        if isinstance(value, list) and len(value) <= MAX_ENTRIES:
            if inner[-1] is not Ellipsis and len(inner) != len(value):
                raise NotAsAnnotated(name)
            return tuple(read(inner[0], each, name, readers) for each in value)
    elif dataclasses.is_dataclass(hint):
        if isinstance(value, dict):
            cls: Any = hint
            parts = _hints(cls).items()
            return cls(
                **{part: read(each, value[part], part, readers) for part, each in parts if part in value}
            )
    elif _is_plain(hint, value, name):
        return value
    raise NotAsAnnotated(name)


def _is_plain(hint: Any, value: Any, name: str) -> bool:
    if hint is int:
        least, limit = (0, 2**32) if name == "seed" else (-(2**31), 2**31)
        return type(value) is int and least <= value < limit
    if hint is float:
        # So are NaN and infinity found.
        return type(value) in (int, float) and abs(value) < 1e30
    if hint is str:
        # Half of a surrogate pair is no text that Blender takes.
        return isinstance(value, str) and value.encode(errors="replace").decode() == value
    return isinstance(value, hint)
