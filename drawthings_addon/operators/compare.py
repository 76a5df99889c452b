# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came, seen in its place and beside what was before: over the 3D View, with a line, by a key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender.actions import compare
from ..blender.selection import Selection
from .meant import ABOUT_KEY
from .reporting import allowed, obstacle, reported

#: What moves a view, and what is told to everybody: neither ends a comparison.
_PASSES = frozenset(
    {
        'MOUSEMOVE', 'INBETWEEN_MOUSEMOVE', 'MIDDLEMOUSE', 'WHEELUPMOUSE', 'WHEELDOWNMOUSE', 'WHEELINMOUSE',
        'WHEELOUTMOUSE', 'WHEELLEFTMOUSE', 'WHEELRIGHTMOUSE', 'TRACKPADPAN', 'TRACKPADZOOM', 'MOUSEROTATE',
        'MOUSESMARTZOOM', 'HOME', 'LEFT_CTRL', 'RIGHT_CTRL', 'LEFT_SHIFT', 'RIGHT_SHIFT', 'LEFT_ALT',
        'RIGHT_ALT', 'OSKEY', 'HYPER', 'NONE', 'TEXTINPUT',
    }
)  # fmt: skip
_PASSES_BEGINNINGS = ('TIMER', 'NDOF_', 'NUMPAD_')
_BUTTONS = frozenset({'LEFTMOUSE', 'RIGHTMOUSE'})
#: With these an operator was called by a button, a menu or the search.
_CALLS = frozenset({*_BUTTONS, 'RET', 'NUMPAD_ENTER', 'NONE'})


class _OnPicture:
    """An image by its name, a result by its key, what the editor shows, or the selected result."""

    if TYPE_CHECKING:
        image: str
        result: str
    else:
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: what the editor shows, else the selected result",
            options={'SKIP_SAVE'},
        )
        result: StringProperty(name="Result", description=ABOUT_KEY, options={'HIDDEN', 'SKIP_SAVE'})


class _OnView(_OnPicture):
    """What is done with it in the 3D View."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, compare.why_no_view(Selection.of(context)))


class DRAWTHINGS_OT_overlay(_OnView, bpy.types.Operator):
    """Lay this picture over the 3D View, in the frame or the view that it was taken from; once more takes it away. Renders do not show it"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.overlay"
    bl_label = "Over View"
    bl_options = {'REGISTER'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        compare.toggle_overlay(Selection.of(context), self.image, self.result)


class DRAWTHINGS_OT_view_of_result(_OnView, bpy.types.Operator):
    """Have the 3D View look from where this picture was taken"""

    bl_idname = "drawthings.view_of_result"
    bl_label = "Go to Its View"
    bl_options = {'REGISTER'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        compare.look_from(Selection.of(context), self.image, self.result)


class _Comparing:
    """A modal operator that ends in every case with nothing left; at once where something else has ended what
    it began."""

    #: In the editor's header, and in the status bar.
    title = words = ""
    is_hold = False
    #: The line's place, the image's name, the result's key.
    meant: tuple[float, str, str] = (math.inf, "", "")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) or compare.way(Selection.of(context), is_hold=cls.is_hold)[1])

    @reported
    def begin(self, context: bpy.types.Context) -> None:
        self.running = compare.begin(
            Selection.of(context), *self.meant, is_hold=self.is_hold, title=self.title, words=self.words
        )
        context.window_manager.modal_handler_add(self)

    def end(self, *result: str) -> set[str]:
        compare.end(self.running)
        return set(result)

    def modal(self, _context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not compare.is_running(self.running):
            return self.end('CANCELLED', 'PASS_THROUGH')
        return self.follow(event)

    def follow(self, event: bpy.types.Event) -> set[str]:
        """What an event does while it runs."""
        raise NotImplementedError

    def cancel(self, _context: bpy.types.Context) -> None:
        compare.end(self.running)

    def follow_hold(self, event: bpy.types.Event, key: str) -> set[str]:
        """Until the key is let go; without a key until the next press."""
        if key and event.type == key:
            return self.end('FINISHED') if event.value == 'RELEASE' else {'RUNNING_MODAL'}
        if event.type == 'WINDOW_DEACTIVATE':
            # Nobody would hear of the key's end.
            return self.end('FINISHED', 'PASS_THROUGH')
        if event.value == 'RELEASE' or _passes(event):
            return {'PASS_THROUGH'}
        if event.type in {'ESC', *(() if key else _BUTTONS)}:
            return self.end('FINISHED')
        # Whatever it does, it does it to what is there.
        return self.end('FINISHED', 'PASS_THROUGH')


class DRAWTHINGS_OT_compare(_OnPicture, _Comparing, bpy.types.Operator):
    """See what was there before beside what came, with a line that follows the pointer; of a material its old texture. A click or Esc ends it"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.compare"
    bl_label = "Compare"
    bl_options = {'INTERNAL'}
    title = "Before | After"
    words = "Before | After: the line follows the pointer · A click or Esc ends it"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if compare.is_comparing():
            compare.end()
            return {'FINISHED'}
        self.meant = (float(event.mouse_x), self.image, self.result)
        return {'RUNNING_MODAL'} if self.begin(context) == {'FINISHED'} else {'CANCELLED'}

    def follow(self, event: bpy.types.Event) -> set[str]:
        if self.running.way is compare.Way.MATERIAL:
            return self.follow_hold(event, "")
        if event.type in {'MOUSEMOVE', 'INBETWEEN_MOUSEMOVE'}:
            compare.move(event.mouse_x)
        elif event.value == 'PRESS' and self._ends(event):
            return self.end('FINISHED')
        return {'PASS_THROUGH'}

    def _ends(self, event: bpy.types.Event) -> bool:
        if event.type not in _BUTTONS:
            return event.type == 'ESC'
        # With Alt it may stand for the middle button.
        return not event.alt and compare.is_over_editor(event.mouse_x, event.mouse_y)


class DRAWTHINGS_OT_compare_hold(_Comparing, bpy.types.Operator):
    """See what was there before, as long as the key is held: the picture in the Image Editor, the view below the picture over it, or the material's old texture"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.compare_hold"
    bl_label = "Show Before"
    bl_options = {'INTERNAL'}
    title = "Before"
    words = "Before: let go of the key to see what came"
    is_hold = True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        is_key = event.value == 'PRESS' and event.type not in _CALLS
        self.key = event.type if is_key else ""
        return {'RUNNING_MODAL'} if self.begin(context) == {'FINISHED'} else {'CANCELLED'}

    def follow(self, event: bpy.types.Event) -> set[str]:
        return self.follow_hold(event, self.key)


def _passes(event: bpy.types.Event) -> bool:
    return event.type in _PASSES or event.type.startswith(_PASSES_BEGINNINGS)


register, _unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_overlay, DRAWTHINGS_OT_view_of_result, DRAWTHINGS_OT_compare, DRAWTHINGS_OT_compare_hold)
)


def unregister() -> None:
    """Nothing is compared any more: Blender drops an operator that waits without a word."""
    compare.end()
    _unregister()
