# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extension's panels as they are drawn in an editor, into a layout that records."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import bpy
from recording_layout import Record, RecordingLayout, draw, draw_entry

PACKAGE = "bl_ext.user_default.drawthings_addon"
EDITORS = ('VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR')


class Instead:
    """Another object with some attributes of its own."""

    def __init__(self, owner: object, **attributes: object) -> None:
        self.__dict__.update(attributes)
        self._owner = owner

    def __getattr__(self, name: str) -> object:
        return getattr(self._owner, name)


def ours(kind: type) -> list[type]:
    """The extension's registered classes of a kind."""
    found = [each for each in kind.__subclasses__() if each.__module__.startswith(PACKAGE)]
    return sorted((each for each in found if each.is_registered), key=lambda each: each.__name__)


def as_in_a_window(context: bpy.types.Context, width: int = 0) -> Instead:
    """Without a window Blender's interface has a scale of 0, and a sidebar no width to speak of."""
    system = Instead(context.preferences.system, ui_scale=1.0)
    preferences = Instead(context.preferences, system=system)
    if not width:
        return Instead(context, preferences=preferences)
    return Instead(context, preferences=preferences, region=Instead(context.region, width=width))


@contextlib.contextmanager
def shown(kind: str) -> Iterator[bpy.types.Area]:
    """The largest area is such an editor."""
    area = max(bpy.context.screen.areas, key=lambda each: each.width * each.height)
    before = area.type
    area.type = kind
    space = area.spaces.active
    if kind == 'IMAGE_EDITOR':
        space.image = next((image for image in bpy.data.images if image.drawthings.recipe), None)
    if kind == 'NODE_EDITOR':
        area.ui_type = 'ShaderNodeTree'
    try:
        yield area
    finally:
        area.type = before


@contextlib.contextmanager
def context_of(area: bpy.types.Area, width: int = 0) -> Iterator[Instead]:
    """The context as a panel there has it, in a sidebar of so many pixels.

    To look with, not to render: Blender up to 5.0 dies of an operator under `temp_override` while another
    thread runs Python, and no artist's press is under one.
    """
    region = next((each for each in area.regions if each.type == 'UI'), area.regions[0])
    with bpy.context.temp_override(window=bpy.context.window, area=area, region=region):
        yield as_in_a_window(bpy.context, width)


@contextlib.contextmanager
def in_editor(kind: str, width: int = 0) -> Iterator[Instead]:
    """The context as a panel of the editor has it, in a sidebar of so many pixels (see `context_of`)."""
    with shown(kind) as area, context_of(area, width) as context:
        yield context


class Tab(Record):
    """What a tab shows."""

    def __init__(self) -> None:
        super().__init__()
        self.panels: list[str] = []
        """The titles of its panels."""

    @property
    def properties(self) -> set[str]:
        """The names of what can be set, which a list's is, too, also while it is an empty one's button."""
        names = [
            each.get("property") or each.get("propname")
            for method, each in self.calls
            if not method.startswith("operator")
        ]
        return {name for name in names if name} | set(self.empty_lists())

    def empty_lists(self) -> Iterator[str]:
        """The lists that have no entry yet, by the buttons that add the first."""
        for each in self.all("operator"):
            if each["operator"] == "drawthings.list_add" and each["text"]:
                yield each["properties"]["which"]

    @property
    def words(self) -> str:
        """The text of labels, as if it were not wrapped, and of chips."""
        chips = (each for each in self.all("operator") if each["operator"] == "drawthings.open_setting")
        return " ".join(str(each["text"]) for each in (*self.all("label"), *chips) if each.get("text"))


def draw_tab(editor: str = 'VIEW_3D') -> Tab:
    """The extension's tab in an editor, with all that is folded opened."""
    tab = Tab()
    with in_editor(editor) as context:
        for kind in ours(bpy.types.Panel):
            if kind.bl_space_type == editor and kind.bl_category == "Draw Things":
                poll = getattr(kind, "poll", None)
                if poll is None or poll(context):
                    tab.panels.append(kind.bl_label)
                    draw(kind, context, tab)
    return tab


def draw_head(editor: str = 'VIEW_3D', width: int = 280) -> Record:
    """The panel with the buttons, in a sidebar of so many pixels."""
    record = Record()
    with in_editor(editor, width) as context:
        for kind in ours(bpy.types.Panel):
            if kind.bl_space_type == editor and kind.bl_category == kind.bl_label == "Draw Things":
                draw(kind, context, record)
    return record


def tops(record: Record) -> dict[str, float]:
    """How far down each button stands, but those that belong to a job alone."""
    own = ("drawthings.cancel", "drawthings.skip", "drawthings.select_result", "drawthings.show_in_view")
    return {
        # A menu of nothing is a button that is grey.
        each.name.replace("operator_menu_enum", "operator"): each.top
        for each in record.placed()
        if each.method in ("operator", "operator_menu_enum", "popover", "prop")
        and not any(name in each.name for name in own)
    }


def draw_preferences() -> Tab:
    """The extension's page in Blender's preferences, with its table."""
    page = Tab()
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    shown = Instead(preferences, layout=RecordingLayout(page, bpy.context))
    type(preferences).draw(shown, as_in_a_window(bpy.context))
    return page


def entries() -> list[tuple[type, Callable]]:
    """What the extension appended to Blender's own menus and headers."""
    found = []
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        drawn = getattr(getattr(kind, "draw", None), "_draw_funcs", None) or ()
        found += [(kind, each) for each in drawn if each.__module__.startswith(PACKAGE)]
    return found


def draw_everything(look: Callable[[bpy.types.Context, Record], None] | None = None) -> Record:
    """Every panel in its editor, every popover, menu entry and page; `look` is called in each editor with
    what was drawn there."""
    whole = Record()
    for editor in EDITORS:
        with in_editor(editor) as context:
            record = Record()
            for kind in ours(bpy.types.Panel):
                if kind.bl_space_type == editor:
                    draw(kind, context, record)
            for kind in ours(bpy.types.Panel):
                # Popovers and what hangs in other editors; each must do with any context.
                if kind.bl_space_type not in EDITORS:
                    draw(kind, context, record)
            for kind in (*ours(bpy.types.Menu), *ours(bpy.types.Header)):
                draw(kind, context, record)
            for menu, entry in entries():
                is_image_menu = menu.__name__.startswith("IMAGE_")
                if is_image_menu == (editor == 'IMAGE_EDITOR'):
                    draw_entry(entry, menu, context, record)
            for kind in ours(bpy.types.Operator):
                check_operator(kind, context)
            draw_dialog("DRAWTHINGS_OT_browse_history", context, record)
            if editor == EDITORS[0]:
                preferences = bpy.context.preferences.addons[PACKAGE].preferences
                layout = RecordingLayout(record, bpy.context, owner=type(preferences).__name__)
                type(preferences).draw(Instead(preferences, layout=layout), context)
            if look is not None:
                look(context, record)
            whole.add(record)
    return whole


def draw_dialog(name: str, context: bpy.types.Context, record: Record) -> Record:
    """What an operator draws that stays open."""
    kind = next(each for each in ours(bpy.types.Operator) if each.__name__ == name)
    return draw(kind, Instead(context, region_popup=None), record)


def check_operator(kind: type, context: bpy.types.Context) -> None:
    """Its poll and its tooltip never raise."""
    if "poll" in dir(kind):
        assert kind.poll(context) in (True, False)
    description = getattr(kind, "description", None)
    if callable(description) and hasattr(description, "__func__"):
        module, _, name = kind.bl_idname.partition(".")
        if module == "drawthings":
            properties = context.window_manager.operator_properties_last(f"{module}.{name}")
            if properties is not None:
                assert description(context, properties)


def fill_settings(group: bpy.types.PropertyGroup, *, step: int) -> None:
    """Every switch on, every list with entries, every choice in its step-th value."""
    for each in group.bl_rna.properties:
        name = each.identifier
        if name == "rna_type" or (each.is_readonly and each.type not in {'POINTER', 'COLLECTION'}):
            continue
        if each.type == 'BOOLEAN':
            setattr(group, name, True)
        elif each.type == 'ENUM' and not each.is_enum_flag and each.enum_items:
            setattr(group, name, each.enum_items[step % len(each.enum_items)].identifier)
        elif each.type == 'COLLECTION':
            entries = getattr(group, name)
            for number in range(2):
                entries.add().name = f"entry {number}"
            for entry in entries:
                fill_settings(entry, step=step)
        elif each.type == 'POINTER' and isinstance(getattr(group, name), bpy.types.PropertyGroup):
            fill_settings(getattr(group, name), step=step)
        elif each.type == 'STRING' and name not in {"name", "prompt"}:
            setattr(group, name, "a text")
