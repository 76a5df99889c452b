# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A layout that records instead of drawing, and knows what the running Blender's own layout takes.

Whatever is asked of it is looked up in RNA: the method, its arguments, icons, operators with their
properties, properties of data, panels and menus. What does not exist raises AssertionError.

It also tells where things stand: how far from the top, in pixels at an interface scale of 1, by the rules
that Blender's own layouts follow (interface_layout.cc: a button is 20 pixels high, two stand 2 apart, a box
has a margin of 5).
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy

_LAYOUT = bpy.types.UILayout.bl_rna
_PART = {"row", "column", "box", "split", "column_flow", "grid_flow", "menu_pie"}
#: What is told to the buttons that come.
_NOT_DRAWN = {"context_pointer_set", "context_string_set"}
#: Arguments by position, for those that are given by position.
_ICONS = frozenset(_LAYOUT.functions["prop"].parameters["icon"].enum_items.keys())


#: Pixels of a button's height, from one to the next, of a box's margin, and of a separator of factor 1.
_UNIT, _GAP, _MARGIN, _SEPARATOR = 20.0, 2.0, 5.0, 6.0
_SIDE_BY_SIDE = {"row", "split", "grid_flow", "menu_pie"}


@dataclass(frozen=True)
class Placed:
    """Where something of a panel stands."""

    method: str
    arguments: dict[str, Any]
    top: float
    """Pixels below the panel's upper edge."""
    height: float

    @property
    def name(self) -> str:
        """What tells it from others: its operator, panel or property, and its words."""
        what = next((self.arguments[key] for key in _NAMING if key in self.arguments), "")
        return f"{self.method} {what} {self.arguments.get('text') or ''}".strip()


_NAMING = ("operator", "panel", "property", "menu", "icon_value")


@dataclass(frozen=True)
class Drawn:
    """One thing that was drawn, and the part of the layout that it stands in."""

    method: str
    arguments: dict[str, Any]
    layout: RecordingLayout

    @property
    def is_grey(self) -> bool:
        """It cannot be used, because a part around it is off."""
        return any(not each.state.get("enabled", True) for each in self.layout.parts())

    @property
    def is_faded(self) -> bool:
        """It can be used, and is drawn as without effect."""
        return any(not each.state.get("active", True) for each in self.layout.parts())

    @property
    def obstacle(self) -> str:
        """Why its button cannot work here, for the operator's poll; empty where nothing is said."""
        name = "drawthings_obstacle"
        return next((str(each.state[name]) for each in self.layout.parts() if name in each.state), "")

    @property
    def panel(self) -> str:
        """The class that has drawn it."""
        return self.layout.owner


@dataclass
class Record:
    """What was drawn."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    things: list[Drawn] = field(default_factory=list)
    """The same, with the part of the layout that each stands in."""
    faded: set[str] = field(default_factory=set)
    """Properties that were drawn inactive."""
    opened: set[str] = field(default_factory=set)
    """Popovers and menus that were drawn too."""

    told: dict[str, str] = field(default_factory=dict)
    """What the part of a layout tells its buttons that told something last."""
    drawn: list[RecordingLayout] = field(default_factory=list)
    """The whole of each panel, its header apart."""

    def placed(self) -> list[Placed]:
        """What stands in the panel that was drawn last, from the top on."""
        found: list[Placed] = []
        self.drawn[-1]._place(0.0, 1.0, found)
        return found

    def height(self) -> float:
        """Pixels of the panel that was drawn last."""
        return self.drawn[-1]._place(0.0, 1.0, [])

    def add(self, other: Record) -> None:
        """What another one holds, too."""
        self.calls += other.calls
        self.drawn += other.drawn
        self.things += other.things
        self.faded |= other.faded
        self.opened |= other.opened

    def all(self, method: str) -> Iterator[dict[str, Any]]:
        return (arguments for name, arguments in self.calls if name == method)

    @property
    def operators(self) -> set[str]:
        return {each["operator"] for name, each in self.calls if name.startswith("operator")}

    @property
    def text(self) -> str:
        return "\n".join(str(each["text"]) for _name, each in self.calls if each.get("text"))


class RecordingLayout:
    """Stands in for bpy.types.UILayout."""

    def __init__(
        self,
        record: Record,
        context: bpy.types.Context,
        *,
        active: bool = True,
        kind: str = "column",
        is_aligned: bool = False,
        parent: RecordingLayout | None = None,
        owner: str = "",
    ) -> None:
        own = {
            "_record": record,
            "_context": context,
            "_is_active": active,
            "_kind": kind,
            "_is_aligned": is_aligned,
            "_scale": 1.0,
            "_fixed": 0.0,
            "_items": [],
            "state": {},
            "parent": parent,
            "owner": owner or (parent.owner if parent is not None else ""),
        }
        for name, value in own.items():
            object.__setattr__(self, name, value)

    def parts(self) -> Iterator[RecordingLayout]:
        """This part of the layout, and those around it, from the inside."""
        part: RecordingLayout | None = self
        while part is not None:
            yield part
            part = part.parent

    def __getattr__(self, name: str) -> Any:
        if name in _LAYOUT.functions:
            return lambda *args, **kwargs: self._call(name, args, kwargs)
        if name in _LAYOUT.properties:
            each = _LAYOUT.properties[name]
            return each.default if hasattr(each, "default") else None
        raise AttributeError(f"UILayout of Blender {bpy.app.version_string} has no {name}")

    def __setattr__(self, name: str, value: object) -> None:
        assert name in _LAYOUT.properties, f"a layout has no {name}"
        each = _LAYOUT.properties[name]
        assert not each.is_readonly, f"{name} of a layout is read-only"
        self.state[name] = value
        if each.type == 'ENUM':
            assert value in each.enum_items, f"{name} cannot be {value!r}"
        elif each.type == 'BOOLEAN':
            assert isinstance(value, bool), f"{name} is True or False, not {value!r}"
            if name == "active":
                object.__setattr__(self, "_is_active", value and self._is_active)
        elif each.type == 'FLOAT':
            assert isinstance(value, (int, float)), f"{name} is a number, not {value!r}"
            if name == "scale_y":
                object.__setattr__(self, "_scale", value)
            elif name == "ui_units_y":
                object.__setattr__(self, "_fixed", value)

    def _place(self, top: float, scale: float, found: list[Placed]) -> float:
        """Where everything in it stands, when it begins at `top`; its height."""
        scale *= self._scale
        margin = _MARGIN if self._kind == "box" else 0.0
        y, heights = top + margin, []
        for index, item in enumerate(self._items):
            if index and self._kind not in _SIDE_BY_SIDE and not self._is_aligned:
                y += _GAP
            if isinstance(item, RecordingLayout):
                height = item._place(y, scale, found)
            else:
                method, arguments = item
                height = _height(method, arguments, scale)
                found.append(Placed(method, arguments, y, height))
            heights.append(height)
            if self._kind not in _SIDE_BY_SIDE:
                y += height
        height = max(heights, default=0.0) if self._kind in _SIDE_BY_SIDE else y - top - margin
        # Blender counts in whole pixels.
        return float(int(self._fixed * _UNIT)) if self._fixed else height + 2 * margin

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        parameters = [each for each in _LAYOUT.functions[name].parameters if not each.is_output]
        names = [each.identifier for each in parameters]
        assert len(args) <= len(names), f"{name} takes {len(names)} arguments"
        given = dict(zip(names, args, strict=False))
        assert not given.keys() & kwargs.keys(), f"{name} got an argument twice"
        given |= kwargs
        unknown = given.keys() - set(names)
        assert not unknown, f"{name} has no argument {unknown} in Blender {bpy.app.version_string}"
        missing = {each.identifier for each in parameters if each.is_required} - given.keys()
        assert not missing, f"{name} needs {missing}"
        for each in parameters:
            if each.identifier in given:
                _check(name, each, given[each.identifier])
        self._record.calls.append((name, given))
        self._record.things.append(Drawn(name, given, self))
        if name not in _PART and name not in _NOT_DRAWN:
            self._items.append((name, given))
        if name == "prop" and not self._is_active:
            self._record.faded.add(given["property"])
        special = getattr(self, f"_{name}", None) if f"_{name}" in type(self).__dict__ else None
        if special is not None:
            return special(given)
        if name not in _PART:
            return None
        part = RecordingLayout(
            self._record,
            self._context,
            active=self._is_active,
            kind=name,
            is_aligned=bool(given.get("align")),
            parent=self,
        )
        self._items.append(part)
        return part

    # What needs more than its arguments' types

    def _prop(self, given: dict[str, Any]) -> None:
        _require_property(given["data"], given["property"])

    def _prop_enum(self, given: dict[str, Any]) -> None:
        each = _require_property(given["data"], given["property"])
        assert given["value"] in each.enum_items, given

    def _prop_menu_enum(self, given: dict[str, Any]) -> None:
        _require_property(given["data"], given["property"])

    def _textbox(self, given: dict[str, Any]) -> None:
        _require_property(given["data"], given["property"])

    def _prop_search(self, given: dict[str, Any]) -> None:
        _require_property(given["data"], given["property"])
        _require_property(given["search_data"], given["search_property"])

    def _template_ID(self, given: dict[str, Any]) -> None:  # noqa: N802  Blender's name
        _require_property(given["data"], given["property"])
        for name in ("new", "open", "unlink"):
            if given.get(name):
                _operator_type(given[name])

    def _template_list(self, given: dict[str, Any]) -> None:
        items = _require_property(given["dataptr"], given["propname"])
        assert items.type == 'COLLECTION'
        active = _require_property(given["active_dataptr"], given["active_propname"])
        assert active.type == 'INT'
        kind = _registered(given["listtype_name"], bpy.types.UIList)
        entries = getattr(given["dataptr"], given["propname"])
        # Blender draws the rows that are seen, whatever the list's length.
        rows = given.get("maxrows", _LAYOUT.functions["template_list"].parameters["maxrows"].default)
        for index, item in enumerate(itertools.islice(entries, rows)):
            part = RecordingLayout(self._record, self._context, parent=self)
            shown = _Instance(kind, part, layout_type='DEFAULT')
            arguments = (
                self._context, part, given["dataptr"], item, 0, given["active_dataptr"],
                given["active_propname"], index, 0,
            )  # fmt: skip
            count = kind.draw_item.__code__.co_argcount - 1
            kind.draw_item(shown, *arguments[:count])

    def _operator(self, given: dict[str, Any]) -> _OperatorProperties:
        # What is set afterwards belongs to the button, too.
        given["properties"] = {}
        return _OperatorProperties(given["operator"], given["properties"])

    def _template_popup_confirm(self, given: dict[str, Any]) -> _OperatorProperties:
        return self._operator(given)

    def _context_string_set(self, given: dict[str, Any]) -> None:
        # As Blender does (4.3 and 5.2): a part that begins to tell copies what the one told that did last.
        self._record.told[given["name"]] = given["value"]
        self.state.update(self._record.told)

    def _operator_menu_enum(self, given: dict[str, Any]) -> _OperatorProperties:
        each = _operator_type(given["operator"]).properties
        assert given["property"] in each, given
        assert each[given["property"]].type == 'ENUM'
        return _OperatorProperties(given["operator"])

    def _popover(self, given: dict[str, Any]) -> None:
        self._open(given["panel"], bpy.types.Panel)

    def _menu(self, given: dict[str, Any]) -> None:
        self._open(given["menu"], bpy.types.Menu)

    def _panel(self, given: dict[str, Any]) -> tuple[RecordingLayout, RecordingLayout]:
        header = RecordingLayout(self._record, self._context, parent=self)
        return header, RecordingLayout(self._record, self._context, parent=self)

    _panel_prop = _panel

    def _open(self, name: str, kind: type) -> None:
        shown = _registered(name, kind)
        if name not in self._record.opened:
            self._record.opened.add(name)
            draw(shown, self._context, self._record)


class _OperatorProperties:
    """Takes only what the operator has, and records it."""

    def __init__(self, operator: str, taken: dict[str, object] | None = None) -> None:
        object.__setattr__(self, "_type", _operator_type(operator))
        object.__setattr__(self, "_taken", {} if taken is None else taken)

    def __setattr__(self, name: str, value: object) -> None:
        kind = self._type
        assert name in kind.properties, f"{kind.identifier} has no property {name}"
        each = kind.properties[name]
        if each.type == 'ENUM' and each.enum_items:
            assert value in each.enum_items, f"{name} of {kind.identifier} cannot be {value!r}"
        elif each.type == 'STRING':
            assert isinstance(value, str), f"{name} of {kind.identifier} is a text, not {value!r}"
        elif each.type == 'INT':
            assert isinstance(value, int), f"{name} of {kind.identifier} is a number, not {value!r}"
        self._taken[name] = value


class _Instance:
    """`self` of a panel or menu: its layout, and its class's methods."""

    def __init__(self, kind: type, layout: RecordingLayout, **attributes: object) -> None:
        self.__dict__.update(attributes, layout=layout, kind=kind)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.kind, name)
        return types.MethodType(value, self) if isinstance(value, types.FunctionType) else value


def draw(
    kind: type, context: bpy.types.Context, record: Record | None = None, **attributes: object
) -> Record:
    """Draw a panel, menu, header or preferences page, if its poll allows it."""
    record = Record() if record is None else record
    poll = getattr(kind, "poll", None)
    if poll is not None and not poll(context):
        return record
    for name in ("draw_header", "draw_header_preset", "draw"):
        method = getattr(kind, name, None)
        if isinstance(method, types.FunctionType):
            layout = RecordingLayout(record, context, owner=kind.__name__)
            method(_Instance(kind, layout, **attributes), context)
            if name == "draw":
                # After the popovers that it opens.
                record.drawn.append(layout)
    return record


def draw_entry(
    entry: types.FunctionType, menu: type, context: bpy.types.Context, record: Record | None = None
) -> Record:
    """Draw what was appended to one of Blender's menus."""
    record = Record() if record is None else record
    entry(_Instance(menu, RecordingLayout(record, context, owner=menu.__name__)), context)
    return record


def _height(method: str, arguments: dict[str, Any], scale: float) -> float:
    """Of what is not a layout itself; of lists and text boxes one line."""
    if method == "separator":
        return _SEPARATOR * arguments.get("factor", 1.0) * scale
    if method == "template_icon":
        return _UNIT * arguments.get("scale", 1.0) * scale
    return _UNIT * scale


def _check(method: str, parameter: bpy.types.Property, value: object) -> None:
    where = f"{parameter.identifier} of {method}"
    if parameter.identifier == "icon":
        assert value in _ICONS, f"there is no icon {value}"
    elif parameter.type == 'ENUM' and parameter.enum_items and not parameter.is_enum_flag:
        assert value in parameter.enum_items, f"{where} cannot be {value!r}"
    elif parameter.type == 'STRING':
        assert isinstance(value, str) or value is None, f"{where} is a text, not {value!r}"
    elif parameter.type == 'BOOLEAN':
        assert isinstance(value, bool), f"{where} is True or False, not {value!r}"
    elif parameter.type == 'INT':
        assert isinstance(value, int), f"{where} is a whole number, not {value!r}"
    elif parameter.type == 'FLOAT':
        assert isinstance(value, (int, float)), f"{where} is a number, not {value!r}"
    elif parameter.type == 'POINTER' and parameter.is_required:
        assert value is not None, f"{where} is None"


def _require_property(owner: bpy.types.bpy_struct, name: str) -> bpy.types.Property:
    assert owner is not None, f"nothing has the property {name}"
    assert name in owner.bl_rna.properties, f"{owner.bl_rna.identifier} has no property {name}"
    return owner.bl_rna.properties[name]


def _operator_type(name: str) -> bpy.types.Struct:
    module, _, function = name.partition(".")
    try:
        return getattr(getattr(bpy.ops, module), function).get_rna_type()
    except (KeyError, AttributeError) as error:
        raise AssertionError(f"there is no operator {name}") from error


def _registered(name: str, kind: type) -> type:
    found = getattr(bpy.types, name, None)
    assert found is not None, f"{name} is not registered"
    assert issubclass(found, kind), f"{name} is no {kind.__name__}"
    return found
