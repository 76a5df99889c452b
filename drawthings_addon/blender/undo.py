# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named undo steps."""

from __future__ import annotations

import bpy

from . import temporary, windows

#: What no step holds yet: one truth value.
_is_deferred = [False]


def push(message: str) -> None:
    """One named step, so that one Ctrl-Z takes the result back and nothing else.

    Without `temp_override`: an operator runs without Python's lock, and under an override Blender asks
    Python for the context there. While threads run, that crashes 4.2, 4.5 and 5.0 within 150 steps, and not
    5.2: Python 3.11 takes the thread that has the lock for the asking one. In background there is an area
    only under somebody else's override, and nobody who would undo.
    """
    if bpy.app.background and bpy.context.area is not None:
        return
    temporary.end()
    if bpy.ops.ed.undo_push.poll():
        keep_all()
        bpy.ops.ed.undo_push(message=message)
        _is_deferred[0] = False


def defer() -> None:
    """Something came into the file that the next step holds, whoever pushes that."""
    _is_deferred[0] = True


def push_deferred() -> None:
    """A step of what was deferred, where anything was: before something that an undo must be able to bring
    back. Pictures of a set that came beside the first are deferred."""
    if _is_deferred[0]:
        push("Draw Things: Pictures to Choose From")


def keep_all() -> None:
    """Have the next step hold the whole file, be it pushed by an operator. In Edit Mode, and up to 4.5 in
    Texture Paint, Blender keeps what the mode edits and no more, unless a datablock came or went: another
    image in a node would not be taken back (seen on 4.2 and 5.2)."""
    actives = (window.view_layer.objects.active for window in windows.manager().windows)
    if any(active is not None and active.mode != 'OBJECT' for active in actives):
        bpy.data.texts.remove(bpy.data.texts.new(__name__))
