# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The properties of parameters that have a row: made of the row, so that they stand in the table alone."""

from __future__ import annotations

from typing import Any

from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..blender import choices
from ..client.parameters import ParameterRow
from ..client.request import ROWS


def add_to(group: type, prefix: str = "", **updates: Any) -> None:
    """Annotate a property group, before it is registered, with the rows whose settings begin with `prefix`,
    in the order of their panels and before all else; `updates` are the functions that Blender calls after a
    change, by the property's name."""
    annotations = {}
    for row in sorted(ROWS, key=_place):
        name = row.setting.removeprefix(prefix)
        if row.setting.startswith(prefix) and "." not in name:
            more = {"update": updates[name]} if name in updates else {}
            annotations[name] = _property(row, **more)
    group.__annotations__ = annotations | group.__annotations__


def _place(row: ParameterRow) -> tuple[int, int]:
    """What no panel of Settings draws is the head's."""
    return ("SETTINGS", "SAMPLING").index(
        row.parameter.panel
    ) if row.parameter.panel else -1, row.parameter.order


def _property(row: ParameterRow, **more: Any) -> Any:
    found = row.parameter
    facts: dict[str, Any] = {"name": found.label, "description": found.description} | more
    default = row.default if found.shown_default is None else found.shown_default
    if found.items:
        return EnumProperty(items=found.items, default=default, **facts)
    if row.kind is bool:
        return BoolProperty(default=default, **facts)
    if row.kind is str:
        if found.picker:
            facts |= {
                "search": getattr(choices, f"search_{found.picker}"),
                "search_options": {'SUGGESTION'},
            }
        return StringProperty(default=default, maxlen=found.max_bytes or choices.MAX_NAME_BYTES, **facts)
    limits = {"min": found.minimum, "max": found.maximum, "step": found.step, "subtype": found.subtype}
    facts |= {name: value for name, value in limits.items() if value not in (None, 0, "") or name == "min"}
    if found.minimum is None:
        del facts["min"]
    if row.kind is int:
        facts |= {name: int(facts[name]) for name in ("min", "max") if name in facts}
        return IntProperty(default=default, **facts)
    if found.precision:
        facts["precision"] = found.precision
    return FloatProperty(default=default, **facts)
