# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that have a row in the table of parameters, as their panels draw them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import bpy

from ..blender import connection, in_force
from ..client.features import Feature
from ..client.parameters import Panel, ParameterRow
from ..client.request import ROWS
from . import effects, models, words

_Draw = Callable[[bpy.types.UILayout, bpy.types.Context, ParameterRow, effects.Effects], None]


def _in_groups(panel: Panel) -> list[tuple[ParameterRow, ...]]:
    """A panel's rows in their order; neighbours of one group together, others alone."""
    rows = sorted((row for row in ROWS if row.parameter.panel == panel), key=lambda row: row.parameter.order)
    groups = itertools.groupby(rows, key=lambda row: row.parameter.group or row.path)
    return [tuple(group) for _name, group in groups]


#: Made once: panels are drawn many times a second.
_GROUPS: Mapping[Panel, list[tuple[ParameterRow, ...]]] = {
    "SETTINGS": _in_groups("SETTINGS"),
    "SAMPLING": _in_groups("SAMPLING"),
}


def draw(
    layout: bpy.types.UILayout, context: bpy.types.Context, panel: Panel, *, with_all_set: bool = False
) -> None:
    """The rows of a panel, of those that the connected server takes; `with_all_set` also others that are
    set."""
    found = effects.of(context)
    for group in _GROUPS[panel]:
        shown = [
            row
            for row in group
            if _is_shown(context, row) or (with_all_set and in_force.has(context.scene, row.setting))
        ]
        part = layout.column(align=True) if len(group) > 1 else layout
        for row in shown:
            _DRAWN.get(row.path, _draw)(part, context, row, found)
        found.tell(layout, *(row.setting for row in shown))


def _is_shown(context: bpy.types.Context, row: ParameterRow) -> bool:
    chosen = context.scene.drawthings
    if row.path == "sampling.scheduler":
        # Not every server of the dialect has a list of them.
        is_set = bool(chosen.scheduler) and connection.may_take("scheduler")
        return connection.offers(Feature.SCHEDULERS) or is_set
    if row.path == "models.refiner_start":
        return bool(chosen.refiner_model) and connection.takes("refiner_model")
    return not row.parameter.optional or connection.takes(row.setting)


def _draw(
    layout: bpy.types.UILayout, context: bpy.types.Context, row: ParameterRow, found: effects.Effects
) -> None:
    chosen, facts = context.scene.drawthings, row.parameter
    if row.is_text:
        arguments = {"placeholder": facts.placeholder} if facts.placeholder else {}
        words.field(layout, chosen, row.setting, **arguments)
    elif facts.text is None:
        found.prop(layout, chosen, row.setting)
    else:
        found.prop(layout, chosen, row.setting, text=facts.text)


def _draw_model(
    layout: bpy.types.UILayout, context: bpy.types.Context, row: ParameterRow, found: effects.Effects
) -> None:
    # Names of models are long: the field has the whole width, its name stands above it.
    column = layout.column(align=True)
    words.label(column, row.parameter.label)
    line = column.row(align=True)
    line.use_property_split = False
    arguments = {"placeholder": row.parameter.placeholder} if row.parameter.placeholder else {}
    words.field(line, context.scene.drawthings, row.setting, text="", **arguments)
    models.draw_button(line, context)
    _draw_refresh(line, Feature.REFRESH_MODELS, 'MODELS')
    models.draw_about(layout, context, found.line)
    if connection.offers(Feature.LOAD_MODEL):
        layout.operator("drawthings.load_model", icon='DISK_DRIVE')


def _draw_vae(
    layout: bpy.types.UILayout, context: bpy.types.Context, row: ParameterRow, found: effects.Effects
) -> None:
    line = layout.row(align=True)
    _draw(line, context, row, found)
    _draw_refresh(line, Feature.REFRESH_VAES, 'VAES')


#: What has more beside its field than the field.
_DRAWN: Mapping[str, _Draw] = {
    "models.model": _draw_model,
    "models.vae": _draw_vae,
}


def _draw_refresh(layout: bpy.types.UILayout, feature: Feature, kind: str) -> None:
    if connection.offers(feature):
        layout.operator("drawthings.refresh", text="", icon='FILE_REFRESH').kind = kind
