# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Panels drawn without a window: into a layout that writes down what it is given."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

import bpy

EDITORS = {"view3d": 'VIEW_3D', "image": 'IMAGE_EDITOR', "shader": 'NODE_EDITOR'}
_PREFIX = "DRAWTHINGS_PT_"


@dataclass
class Drawn:
    """What was drawn."""

    labels: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    """Names of properties, in order."""
    operators: list[str] = field(default_factory=list)
    panels: list[str] = field(default_factory=list)
    """Names of panels whose poll let them be drawn, without the prefix."""

    @property
    def text(self) -> str:
        return "\n".join(self.labels)


class Layout:
    """Takes what `UILayout` takes; what does not exist in Blender raises, as it would be drawn red."""

    def __init__(self, drawn: Drawn) -> None:
        self.__dict__["drawn"] = drawn

    def label(self, *, text: str = "", icon: str = 'NONE', icon_value: int = 0) -> None:
        assert isinstance(text, str)
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        self.drawn.labels.append(text)

    def prop(self, data: Any, name: str, *, text: str | None = None, **_: Any) -> None:
        assert name in data.bl_rna.properties, f"{data.bl_rna.identifier} has no {name}"
        self.drawn.properties.append(name)
        self.drawn.labels.append(data.bl_rna.properties[name].name if text is None else text)

    def prop_enum(self, data: Any, name: str, value: str, **options: Any) -> None:
        assert value in data.bl_rna.properties[name].enum_items
        self.prop(data, name, **options)

    def template_ID(self, data: Any, name: str, **_: Any) -> None:  # noqa: N802
        self.prop(data, name)

    def textbox(self, data: Any, name: str, **_: Any) -> None:
        self.prop(data, name)

    def template_list(
        self, kind: str, _id: str, data: Any, name: str, _index_of: Any, index: str, **_: Any
    ) -> None:
        self.prop(data, name)
        assert index in data.bl_rna.properties
        assert hasattr(bpy.types, kind)

    def operator(self, name: str, *, text: str | None = None, **_: Any) -> SimpleNamespace:
        module, _dot, short = name.partition(".")
        kind = getattr(getattr(bpy.ops, module), short).get_rna_type()
        self.drawn.operators.append(name)
        self.drawn.labels.append(kind.name if text is None else text)
        return SimpleNamespace()

    def operator_menu_enum(self, name: str, _property: str, **options: Any) -> SimpleNamespace:
        return self.operator(name, **options)

    def popover(self, panel: str, **_: Any) -> None:
        assert hasattr(bpy.types, panel)

    def progress(self, *, text: str, factor: float, **_: Any) -> None:
        assert 0.0 <= factor <= 1.0
        self.drawn.labels.append(text)

    def panel(self, _id: str, **_: Any) -> tuple[Layout, Layout]:
        return self._inside(), self._inside()

    def _inside(self, *_: Any, **__: Any) -> Layout:
        return Layout(self.drawn)

    row = column = box = split = grid_flow = column_flow = _inside

    def __getattr__(self, name: str) -> Any:
        assert name in bpy.types.UILayout.bl_rna.functions, f"UILayout has no {name}"
        return lambda *_, **__: None

    def __setattr__(self, name: str, _value: Any) -> None:
        assert name in bpy.types.UILayout.bl_rna.properties, f"UILayout has no {name}"


def draw_tab(editor: str, *, everything: bool = True) -> Drawn:
    """The tab of an editor ("view3d", "image", "shader") with every folded panel open."""
    from bl_ext.user_default.drawthings_addon.ui import words

    drawn = Drawn()
    # Without a window there is no scale of the interface.
    with _in_editor(EDITORS[editor]), mock.patch.object(words, "sidebar_line", lambda _context: 60):
        context = bpy.context
        for kind in _panels_of(f"{_PREFIX}{editor}"):
            if not everything and getattr(kind, "bl_parent_id", ""):
                continue
            if not hasattr(kind, "poll") or kind.poll(context):
                drawn.panels.append(kind.__name__.removeprefix(_PREFIX))
                draw(kind, drawn)
    return drawn


def draw_preferences() -> Drawn:
    """The extension's page in Blender's preferences, with its table."""
    drawn = Drawn()
    addons = bpy.context.preferences.addons
    page = next(each.preferences for each in addons if each.module.endswith("drawthings_addon"))
    type(page).draw(_Self(type(page), drawn, page), bpy.context)
    return drawn


def draw(kind: type[bpy.types.Panel], drawn: Drawn) -> None:
    """Head and body of one panel."""
    self = _Self(kind, drawn)
    for name in ("draw_header", "draw_header_preset", "draw"):
        if hasattr(kind, name):
            getattr(kind, name)(self, bpy.context)


class _Self:
    """A panel's `self` without Blender's part of it."""

    def __init__(self, kind: type, drawn: Drawn, data: Any = None) -> None:
        self._kind, self._data, self.layout = kind, data, Layout(drawn)

    def __getattr__(self, name: str) -> Any:
        if self._data is not None and name in self._data.bl_rna.properties:
            return getattr(self._data, name)
        value = getattr(self._kind, name)
        return functools.partial(value, self) if callable(value) else value

    @property
    def bl_rna(self) -> Any:
        return self._data.bl_rna


def _panels_of(head: str) -> Iterator[type[bpy.types.Panel]]:
    names = [name for name in dir(bpy.types) if name == head or name.startswith(f"{head}_")]
    kinds = [getattr(bpy.types, name) for name in names]
    # Popovers are named alike, and are of no editor.
    return iter(
        sorted((each for each in kinds if each.bl_region_type == 'UI'), key=lambda each: each.bl_order)
    )


def _in_editor(kind: str) -> Any:
    """The context of the largest area, turned into that editor."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda each: each.width * each.height)
    area.ui_type = {'NODE_EDITOR': 'ShaderNodeTree'}.get(kind, kind)
    region = next(each for each in area.regions if each.type == 'UI')
    return bpy.context.temp_override(window=window, area=area, region=region)
