# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialog of ours that is open, if one is: it is drawn again while it stays open. Main thread only.

Its region is in no area, so that Blender redraws it for nobody and nobody finds it: whoever draws in it says
which it is, and when it closes, which Blender tells its operator in every case, be it that a file is loaded
or the window closed (seen in 4.3 and 5.2). What is drawn again loses what the pointer hovers over: twenty
times in a second no menu of it could be opened, four times disturb nobody.
"""

from __future__ import annotations

import time

import bpy

#: Seconds between two redraws.
_INTERVAL = 0.25

_open: bpy.types.Region | None = None
_is_outdated = False
_drawn_at = 0.0


def drawn(context: bpy.types.Context) -> None:
    """What `context` draws is a dialog that stays open."""
    global _open, _is_outdated, _drawn_at
    _open, _is_outdated, _drawn_at = context.region_popup, False, time.monotonic()


def closed() -> None:
    """It is not there any more: Blender has freed its region."""
    global _open, _is_outdated
    _open, _is_outdated = None, False


def outdate() -> None:
    """What it shows has changed."""
    global _is_outdated
    _is_outdated = _open is not None


def is_outdated() -> bool:
    """It waits for being drawn again."""
    return _is_outdated


def is_open() -> bool:
    """There is one."""
    return _open is not None


def redraw_when_due() -> None:
    """Have it drawn again, if it is outdated and was not drawn just now."""
    if _is_outdated and time.monotonic() - _drawn_at > _INTERVAL:
        redraw()


def redraw() -> None:
    """Have it drawn again with what the window draws next."""
    if _open is not None:
        _open.tag_refresh_ui()
        _open.tag_redraw()
