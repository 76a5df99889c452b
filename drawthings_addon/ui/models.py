# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model: what is known of it, the settings that are recommended for it, and the list to choose from."""

from __future__ import annotations

import bpy

from ..blender import choices, connection
from ..blender.actions import find_models, models
from ..blender.choices import offered
from ..blender.model_entries import entries
from ..client.features import Feature
from ..client.models import PURPOSES
from ..messages import Message
from . import effects, words

_ICONS = {'THERE': 'CHECKMARK', 'NOT_THERE': 'IMPORT', 'UNKNOWN': 'BLANK1'}
_POPOVER = 30
#: Of a row's width what the title takes, and of the rest what the family does.
_TITLE, _FAMILY = 0.52, 0.48
#: Rows of the list.
_ROWS = 12
#: Characters that a button beside a line takes.
_BUTTON = 4


def knows_models() -> bool:
    """Whether there is something to list."""
    return bool(offered.lists_models or connection.offers(Feature.FIND_MODELS))


def draw_button(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Beside the model's field: opens the list."""
    if knows_models():
        entries.want(context.window_manager.drawthings)
        layout.popover("DRAWTHINGS_PT_models", text="", icon='COLLAPSEMENU')


def draw_about(layout: bpy.types.UILayout, context: bpy.types.Context, line: int) -> None:
    """Below the model's field: what is known of it, and the settings that are recommended for it."""
    if not connection.dialect().known_models():
        return
    chosen = context.scene.drawthings
    model = models.known(chosen)
    if model is not None:
        effects.note(layout, model.about, line)
    if offered.is_there(models.in_force(chosen)) is False:
        words.paragraph(layout.column(align=True), "The server does not have this model.", line, icon='ERROR')
    _draw_search(layout)
    row = layout.row(align=True)
    found = models.recommended(chosen)
    part = row.row(align=True)
    words.stop(part, models.why_not(chosen))
    is_set = bool(found) and not models.preview(chosen, found[0])
    text = "Recommended" if words.is_narrow(context) else "Recommended Settings"
    part.operator("drawthings.use_model_settings", text=text, icon='CHECKMARK' if is_set else 'NONE')
    if len(found) > 1:
        part.menu("DRAWTHINGS_MT_model_settings", text="", icon='DOWNARROW_HLT')
    row.prop(chosen, "use_model_settings", text="", icon='LINKED')
    _draw_better_size(layout, chosen, line)


def _draw_better_size(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup, line: int) -> None:
    """Where the model was made for larger or smaller pictures. Not beside the size: which model is set there
    comes to be known while the first picture is made, and no button may move then."""
    size = models.better_size(chosen)
    if size is not None:
        row = layout.row(align=True)
        text = Message("The model was made for {width} × {height}.", width=size[0], height=size[1])
        effects.note(row, text, line - _BUTTON)
        row.operator("drawthings.use_model_size", text="", icon='CHECKMARK')


def _draw_search(layout: bpy.types.UILayout) -> None:
    """How far a search is, and the way to stop it."""
    search = find_models.running()
    if search is None:
        return
    row = layout.row(align=True)
    if search.is_waiting:
        words.label(row, "Waits for the job", icon='SORTTIME')
    else:
        done = search.count - search.left
        text = Message("Asking: {done} of {count}", done=done, count=search.count)
        row.progress(factor=done / max(search.count, 1), text=words.short(text))
    row.operator("drawthings.stop_finding_models", text="", icon='X')


class DRAWTHINGS_MT_model_settings(bpy.types.Menu):
    """Settings of several kinds are recommended for this model: with a LoRA it needs fewer steps"""

    bl_label = "Recommended Settings"
    bl_description = "All settings that are recommended for this model: with a LoRA it needs fewer steps"

    def draw(self, context: bpy.types.Context) -> None:
        chosen = context.scene.drawthings
        for each in models.recommended(chosen):
            row = self.layout.row()
            lacking = models.why_not_complete(each)
            text = Message("{name} (needs a LoRA)", name=each.name) if each.loras else each.name
            is_set = not models.preview(chosen, each)
            icon = 'ERROR' if lacking else 'CHECKMARK' if is_set else 'NONE'
            button = row.operator("drawthings.use_model_settings", text=text, icon=icon, translate=False)
            button.settings = each.name


class DRAWTHINGS_UL_models(bpy.types.UIList):
    """Each row is a button that chooses the model, and one that chooses it with its settings"""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: bpy.types.PropertyGroup,
        _active_property: str,
        _index: int,
    ) -> None:
        row = layout.row(align=True)
        is_chosen = item.name == context.scene.drawthings.model
        split = row.split(factor=_TITLE)
        title = split.row(align=True)
        title.alignment = 'LEFT'
        title.operator(
            "drawthings.choose_model",
            text=words.short(item.title),
            icon=_ICONS[item.state],
            emboss=is_chosen,
            depress=is_chosen,
            translate=False,
        ).model = item.name
        columns = split.split(factor=_FAMILY)
        columns.active = False
        words.label(columns, item.family)
        part = columns.row(align=True)
        words.label(part, _purposes(item))
        size = part.row()
        size.alignment = 'RIGHT'
        words.label(size, str(item.pixels) if item.pixels else "")
        # Without settings the columns stay where they are.
        is_recommended = bool(connection.dialect().recommended(item.name))
        button = row.row(align=True)
        if is_recommended:
            button.operator(
                "drawthings.use_model_settings", text="", icon='PRESET', emboss=False
            ).model = item.name
        else:
            button.label(text="", icon='BLANK1')

    def draw_filter(self, _context: bpy.types.Context, _layout: bpy.types.UILayout) -> None:
        """The filters stand above the list."""

    def filter_items(
        self, _context: bpy.types.Context, data: bpy.types.PropertyGroup, property: str
    ) -> tuple[list[int], list[int]]:
        wanted = data.model_words[: 4 * words.MAX_LINE].casefold().split()
        family = data.model_family
        purpose = "" if data.model_purpose == 'ANY' else data.model_purpose
        shown = self.bitflag_filter_item
        flags = [
            shown
            if (family in (choices.ANY_FAMILY, item.family))
            and (not purpose or purpose in item.purposes.split())
            and (not data.use_models_there or item.state == 'THERE')
            and all(_holds(item, word) for word in wanted)
            else 0
            for item in getattr(data, property)
        ]
        return flags, []


def _purposes(item: bpy.types.PropertyGroup) -> str:
    names = (PURPOSES[each][0] for each in item.purposes.split() if each in PURPOSES)
    return " + ".join(names)


def _holds(item: bpy.types.PropertyGroup, word: str) -> bool:
    return any(word in text.casefold() for text in (item.title, item.name, item.about))


class DRAWTHINGS_PT_models(bpy.types.Panel):
    """The models that the server has or may have, by words, family and purpose"""

    bl_space_type = 'TOPBAR'
    bl_region_type = 'HEADER'
    bl_ui_units_x = _POPOVER
    bl_label = "Models"
    bl_description = "All models that are known, by words, family and purpose: choose one, with its settings"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        interface = context.window_manager.drawthings
        entries.want(interface)
        row = layout.row(align=True)
        words.field(row, interface, "model_words", text="", icon='VIEWZOOM', placeholder="Search")
        if offered.dialect.known_models():
            row.prop(interface, "model_family", text="")
            row.prop(interface, "model_purpose", text="")
            row.prop(interface, "use_models_there", text="", icon='CHECKMARK')
        layout.template_list(
            "DRAWTHINGS_UL_models", "", interface, "models", interface, "model_index", rows=_ROWS
        )
        if not offered.lists_models:
            # Blender draws a popover again only when the pointer moves: a number would stand still.
            if find_models.running() is not None:
                row = layout.row(align=True)
                words.label(row, "The server is being asked: the sidebar tells how far", icon='SORTTIME')
                row.operator("drawthings.stop_finding_models", text="", icon='X')
            layout.operator("drawthings.find_models", icon='VIEWZOOM')


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_MT_model_settings, DRAWTHINGS_UL_models, DRAWTHINGS_PT_models)
)
