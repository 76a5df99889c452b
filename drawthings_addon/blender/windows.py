# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""All windows: what of ours is drawn again there, and whether the artist's hands are full."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import bpy

from ..errors import BridgeError
from . import compat

#: A stroke or a transform would be cut in two by the undo step of a delivery, so that waits for its end.
_HANDS_FULL = (
    "TRANSFORM_OT_",
    "PAINT_OT_",
    "SCULPT_OT_",
    "GPENCIL_OT_",
    "GREASE_PENCIL_OT_",
    "MESH_OT_knife",
)
#: The extension's tab in sidebars.
TAB = "Draw Things"
#: Editors and the region of each in which something of ours is drawn.
_DRAWN_IN = {'VIEW_3D': 'UI', 'IMAGE_EDITOR': 'UI', 'NODE_EDITOR': 'UI', 'PREFERENCES': 'WINDOW'}


def manager() -> bpy.types.WindowManager:
    """Blender's one window manager, also where no context is, as in a timer."""
    return bpy.data.window_managers[0]


def first() -> bpy.types.Window:
    """The one whose scene is meant where nobody presses: a timer has it for its context. There is one in
    background, too."""
    return manager().windows[0]


def areas() -> Iterator[bpy.types.Area]:
    """The editors that are open, of all windows."""
    return (area for window in manager().windows for area in window.screen.areas)


def shows_tab(window: bpy.types.Window | None, editors: Collection[str]) -> bool:
    """Whether the extension's tab is seen in the sidebar of such an editor in the window."""
    found = (
        region
        for area in (window.screen.areas if window is not None else ())
        if area.type in editors
        for region in area.regions
        if region.type == 'UI' and region.width > 1
    )
    return any(each.active_panel_category == TAB for each in found)


def redraw_sidebars() -> None:
    """Redraw the sidebars of our three editors, the preferences where they are open, the status bars, and
    nothing else."""
    _redraw_status_bars()
    for area in areas():
        wanted = _DRAWN_IN.get(area.type)
        for region in area.regions:
            if region.type == wanted:
                region.tag_redraw()


def _redraw_status_bars() -> None:
    """A status bar is no area of its screen: what redraws it is a change of its text, as Blender's own
    `WorkSpace.status_text_set` makes one. Left alone while an operator of Blender's may have set that."""
    if bpy.app.background:
        return
    for window in manager().windows:
        if not compat.modal_operators(window):
            with bpy.context.temp_override(window=window):
                window.workspace.status_text_set_internal(None)


def open_popover(panel: str) -> None:
    """Open a panel under the pointer. Raises BridgeError without windows, where Blender crashes (5.2)."""
    if bpy.app.background:
        raise BridgeError("This Blender has no window to show that in.", "Start one that has.")
    bpy.ops.wm.call_panel(name=panel, keep_open=True)


def redraw_views() -> None:
    """Redraw all 3D Views."""
    for area in areas():
        if area.type == 'VIEW_3D':
            for region in area.regions:
                if region.type == 'WINDOW':
                    region.tag_redraw()


def hands_full() -> bool:
    """Something goes on that an undo step would end or cut in two."""
    if bpy.app.background:
        return False
    if bpy.app.is_job_running('RENDER'):
        return True
    return any(
        operator.bl_idname.startswith(_HANDS_FULL)
        for window in manager().windows
        for operator in compat.modal_operators(window)
    )
