# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set besides prompt and plain numbers, whoever set it: named for the panel's head, and cleared.

Its own fields lie in folded panels, or are not drawn at all where the connected server has no use for them.
A .blend or a picture of somebody else may have set it: nothing acts, or waits to act, without being seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from ..client import bounds
from ..client.capabilities import Capabilities
from ..client.compatibility import Setting
from ..client.parameters import ParameterRow, group_of
from ..client.request import ROWS
from ..errors import InvalidSettings
from ..messages import Message
from . import settings
from .capture import controlnet

#: Entries of a list that `draw` looks at, and characters of a name that it shows.
_ENTRIES_LOOKED_AT = 100
_SHOWN_NAME = 60


_NAMED = sorted((row for row in ROWS if row.parameter.chip), key=lambda row: row.parameter.order)
_VALUES = [row for row in _NAMED if not row.is_text]
_TEXTS = [row for row in _NAMED if row.is_text]


@dataclass(frozen=True)
class InForce:
    """One setting that is not as a new scene has it."""

    setting: Setting
    label: str
    """In Title Case, short enough for half a sidebar unless it `needs_room`."""
    name: str = ""
    """Of several the one that is meant: the kind of a map."""
    needs_room: bool = False
    """It can do anything to the server: it is named in full."""


def of(scene: bpy.types.Scene) -> tuple[InForce, ...]:
    """All that is set, in the order of its panels. For `draw`: of lists only the beginning is looked at."""
    return tuple(_found(scene.drawthings))


def has(scene: bpy.types.Scene, setting: Setting) -> bool:
    """Whether the setting is among them."""
    return any(each.setting == setting for each in of(scene))


def clear(chosen: bpy.types.PropertyGroup, setting: Setting, name: str = "") -> None:
    """Set one setting back to what a new scene has; of a list, with `name`, that entry alone. Raises
    InvalidSettings for an entry that is not there."""
    match setting:
        case "loras" | "controls" | "styles" | "server_options" | "advanced":
            _remove(getattr(chosen, setting), name)
        case "lora_modes":
            for lora in chosen.loras:
                lora.property_unset("mode")
        case "script":
            chosen.property_unset("script")
            chosen.script_arguments.clear()
        case "mask":
            chosen.inpaint.use = False
        case "hires":
            chosen.hires.use = False
        case "seamless":
            chosen.seamless.use = False
        case "maps":
            chosen.maps.use = False
        case "scene_controls":
            if name not in ("", *controlnet.KINDS):
                raise _no_entry(name)
            for kind in controlnet.KINDS:
                if name in ("", kind):
                    getattr(chosen.scene_controls, kind).use = False
        case _:
            group, name = group_of(chosen, setting)
            group.property_unset(name)


def clear_unused(scene: bpy.types.Scene, capabilities: Capabilities) -> None:
    """The same for all that is not sent to a server with these capabilities."""
    for each in settings.incompatibilities(scene, capabilities):
        if each.setting is not None and not each.is_sent:
            clear(scene.drawthings, each.setting, each.name)


def _remove(entries: Any, name: str) -> None:
    if not name:
        entries.clear()
        return
    count = len(entries)
    for index in reversed(range(count)):
        # What was compared with the server's lists is no longer than a name.
        if entries[index].name.strip()[: bounds.MAX_NAME + 1] == name:
            entries.remove(index)
    if len(entries) == count:
        raise _no_entry(name)


def _no_entry(name: str) -> InvalidSettings:
    return InvalidSettings("There is no entry “{name}”.", "Choose another.", name=name)


def _found(chosen: bpy.types.PropertyGroup) -> Iterator[InForce]:
    if chosen.script.strip():
        yield InForce(
            "script",
            Message("Script: {script}", script=bounds.one_line(chosen.script, _SHOWN_NAME)),
            needs_room=True,
        )
    options = _counted(chosen.server_options, "Server Option")
    if options:
        shown = bounds.one_line(', '.join(_names(chosen.server_options)), _SHOWN_NAME)
        options += f": {shown}" if shown else ""
        yield InForce("server_options", options, needs_room=True)
    if chosen.inpaint.use:
        yield InForce("mask", "Only Here")
    for kind in controlnet.KINDS:
        if getattr(chosen.scene_controls, kind).use:
            yield InForce("scene_controls", kind.title(), name=kind)
    lists: tuple[tuple[Setting, str], ...] = (
        ("loras", "LoRA"), ("controls", "Control"), ("styles", "Style"), ("advanced", "Advanced"),
    )  # fmt: skip
    for setting, what in lists:
        label = _counted(getattr(chosen, setting), what)
        if label:
            yield InForce(setting, label)
    if chosen.seamless.use:
        yield InForce("seamless", "Seamless")
    if chosen.maps.use:
        yield InForce("maps", "Maps")
    if chosen.hires.use:
        yield InForce("hires", "Hires Fix")
    yield from _rows_in_force(chosen, _VALUES)
    if chosen.use_free_gpu:
        yield InForce("use_free_gpu", "Free GPU While Rendering")
    yield from _rows_in_force(chosen, _TEXTS)


def _rows_in_force(chosen: bpy.types.PropertyGroup, rows: Iterable[ParameterRow]) -> Iterator[InForce]:
    for row in rows:
        group, name = group_of(chosen, row.setting)
        value = getattr(group, name)
        # A number as the property rounds it.
        if value.strip() if row.is_text else value != group.bl_rna.properties[name].default:
            yield InForce(row.setting, row.parameter.chip)


def _names(entries: Any) -> list[str]:
    """Of the list's beginning those that are in use."""
    beginning = itertools.islice(entries, _ENTRIES_LOOKED_AT)
    return [each.name for each in beginning if each.name.strip() and getattr(each, "enabled", True)]


def _counted(entries: Any, what: str) -> str:
    """“3 LoRAs”, or nothing when none is in use."""
    count, of = len(_names(entries)), len(entries)
    if not count and of <= _ENTRIES_LOOKED_AT:
        return ""
    plural = "" if count == 1 or what == "Advanced" else "s"
    if not count:
        # Some may stand behind empty ones: what is not looked at is not taken for nothing.
        return Message("Up to {count} {entries}", count=of, entries=what + plural)
    more = "+" if of > _ENTRIES_LOOKED_AT else ""
    return f"{count}{more} {what}{plural}"
