# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named undo steps."""

from __future__ import annotations

import bpy


def push(message: str) -> None:
    """One named step, so that one Ctrl-Z takes the result back and nothing else.

    Without `temp_override`: an operator runs without Python's lock, and under an override Blender asks
    Python for the context there. While threads run, that crashes 4.2, 4.5 and 5.0 within 150 steps, and not
    5.2: Python 3.11 takes the thread that has the lock for the asking one. In background there is an area
    only under somebody else's override, and nobody who would undo.
    """
    if bpy.app.background and bpy.context.area is not None:
        return
    if bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=message)
