# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history in a large dialog, and moving about in it there and in the panel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty, StringProperty

from ..blender import dialogs
from ..blender.actions import history, history_search
from ..blender.selection import Selection
from ..ui import history_browser
from .reporting import UnlessStopped, reported


class DRAWTHINGS_OT_browse_history(bpy.types.Operator):
    """Every picture that was ever made, large: search, choose, and bring it into the scene"""

    bl_idname = "drawthings.browse_history"
    bl_label = "Browse History..."
    bl_options = {'INTERNAL'}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        context.window.cursor_warp(*history_browser.pointer(context))
        size = history_browser.size(context)
        return context.window_manager.invoke_props_dialog(self, width=size.width, title="History")

    def draw(self, context: bpy.types.Context) -> None:
        dialogs.drawn(context)
        if hasattr(context.window_manager, "drawthings"):
            history_browser.draw(self.layout, context)

    def cancel(self, _context: bpy.types.Context) -> None:
        # Also when the file or the window is closed under it (seen in 4.3 and 5.2).
        dialogs.closed()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        dialogs.closed()
        return {'FINISHED'}


class _Presses:
    """Of the same thing twice, as a double click."""

    def __init__(self) -> None:
        self._last, self._at = "", 0.0

    def is_second(self, thing: str, within: float) -> bool:
        """Whether it was pressed before within so many seconds; a third press begins anew."""
        now = time.monotonic()
        is_it = thing == self._last and now - self._at < within
        self._last, self._at = ("" if is_it else thing), now
        return is_it


_presses = _Presses()


class DRAWTHINGS_OT_select_in_history(bpy.types.Operator):
    bl_idname = "drawthings.select_in_history"
    bl_label = "Select Picture"
    bl_description = "See this picture large; pressed twice it comes into the scene"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        identity: str
    else:
        identity: StringProperty(
            name="Picture", description="Identity of the picture", options={'SKIP_SAVE'}
        )  # fmt: skip

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return history_search.tooltip(properties.identity) or cls.bl_description

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        # Nobody is told of the second click of two on a button.
        within = context.preferences.inputs.mouse_double_click_time / 1000
        return self._bring(context) if _presses.is_second(self.identity, within) else self.execute(context)

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history_search.select(self.identity)

    @reported
    def _bring(self, context: bpy.types.Context) -> None:
        history.bring(Selection.of(context), self.identity)


class DRAWTHINGS_OT_turn_history(UnlessStopped, bpy.types.Operator):
    bl_idname = "drawthings.turn_history"
    bl_label = "Turn Page"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        by: int
    else:
        by: IntProperty(name="By", description="How many pictures further on", options={'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return "See the pictures before these" if properties.by < 0 else "See the pictures after these"

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history_search.turn(self.by)


class DRAWTHINGS_OT_clear_history_search(UnlessStopped, bpy.types.Operator):
    """Look for nothing in particular: empty the field and all filters"""

    bl_idname = "drawthings.clear_history_search"
    bl_label = "Clear Search"
    bl_options = {'INTERNAL'}

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history_search.clear()


_register, _unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_select_in_history,
        DRAWTHINGS_OT_turn_history,
        DRAWTHINGS_OT_clear_history_search,
    )
)


def register() -> None:
    _register()
    if not DRAWTHINGS_OT_browse_history.is_registered:
        bpy.utils.register_class(DRAWTHINGS_OT_browse_history)


def unregister() -> None:
    _unregister()
    if dialogs.is_open():
        # Blender 4.3 would crash when the dialog is closed, as the extension may be disabled in the window of
        # the preferences: its operator stays until then, and draws nothing that is not there any more.
        dialogs.redraw()
    else:
        bpy.utils.unregister_class(DRAWTHINGS_OT_browse_history)
