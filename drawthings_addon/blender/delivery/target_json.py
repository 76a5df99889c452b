# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets, and what holds references, as JSON: by the names that everything has when it is written. They are
looked up when it is read, and what is read is never trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from .target import Collection, Reference, Relief, Target, TargetKind, Wiring

#: Targets, or what takes the same picture too: all objects that were selected; nodes and links of a change.
_MAX_ENTRIES = 2000
#: Characters of a name: Blender's own are 63 bytes, and from 5.0 on 255.
MAX_NAME = 1024


class Strange(Exception):
    """It is no such text, or somebody changed it."""


#: What reading raises of a text that is none.
ERRORS = (Strange, ValueError, KeyError, TypeError, RecursionError)


def write(value: Any) -> Any:
    """As what `json` writes: of a dataclass its fields, but for the file that it was made in."""
    if isinstance(value, Reference):
        found = value.resolve()
        return {"collection": value.collection, "name": found.name if found is not None else ""}
    if is_dataclass(value):
        values = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: write(each) for name, each in values.items() if name != "generation"}
    return list(map(write, value)) if isinstance(value, tuple) else value


def read_target(stored: Any, *, is_other: bool = False) -> Target:
    stored = read_object(stored)
    kind = stored["kind"]
    if kind not in get_args(TargetKind):
        raise Strange
    others = read_entries(stored["others"])
    if is_other and others:
        raise Strange
    return Target(
        kind=kind,
        image=read_reference(stored["image"]),
        tile=read_number(stored["tile"]),
        object=read_reference(stored["object"]),
        new_material=stored["new_material"] is True,
        slot=read_number(stored["slot"], 1 << 16) if stored.get("slot") is not None else None,
        material=read_reference(stored["material"]),
        node=read_text(stored["node"]),
        node_group=read_reference(stored["node_group"]),
        socket=read_text(stored["socket"]),
        box=stored["box"] is True,
        others=tuple(read_target(each, is_other=True) for each in others),
        show=stored["show"] is True,
        wiring=_read_wiring(stored.get("wiring")),
        replaces_maps=stored.get("replaces_maps") is True,
    )


def _read_wiring(stored: Any) -> Wiring | None:
    if stored is None:
        return None
    stored = read_object(stored)
    relief = stored["relief"]
    if relief not in get_args(Relief):
        raise Strange
    return Wiring(relief, stored["base_color"] is True, stored["replaces_links"] is True)


def read_reference(stored: Any) -> Reference | None:
    if stored is None:
        return None
    stored = read_object(stored)
    collection: Collection = stored["collection"]
    if collection not in get_args(Collection):
        raise Strange
    return Reference.named(collection, read_text(stored["name"]))


def read_required(stored: Any) -> Reference:
    found = read_reference(stored)
    if found is None:
        raise Strange
    return found


def read_object(stored: Any) -> Mapping[str, Any]:
    if not isinstance(stored, dict):
        raise Strange
    return stored


def read_entries(stored: Any) -> list[Any]:
    if not isinstance(stored, list) or len(stored) > _MAX_ENTRIES:
        raise Strange
    return stored


def read_text(stored: Any, most: int = MAX_NAME) -> str:
    if not isinstance(stored, str) or len(stored) > most:
        raise Strange
    stored.encode()
    return stored


def read_texts(stored: Any) -> tuple[str, ...]:
    return tuple(map(read_text, read_entries(stored)))


def read_number(stored: Any, below: int = 10_000) -> int:
    if type(stored) is not int or not 0 <= stored < below:
        raise Strange
    return stored


def read_floats(stored: Any) -> list[float]:
    numbers = read_entries(stored)
    if not all(type(each) in {int, float} for each in numbers):
        raise Strange
    return [float(each) for each in numbers]
