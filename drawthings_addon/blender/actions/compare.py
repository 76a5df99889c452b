# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came, seen in its place and beside what was before."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ...errors import SourceUnavailable
from .. import windows
from ..capture import unavailable
from ..capture.views import find_view
from ..compare import before, comparison, overlay, swap
from ..compare.comparison import Comparison
from ..delivery.result import Result
from ..delivery.target import Reference
from ..selection import Selection, image_named
from ..session import session
from . import results

NO_EDITOR = "Compare in a 3D View, an Image Editor or a Shader Editor"


class Way(enum.Enum):
    """How before and after are compared in an editor."""

    IMAGE = "image"
    """What was before is drawn over the picture in the Image Editor."""
    VIEW = "view"
    """The picture over the 3D View gives way to the view."""
    MATERIAL = "material"
    """The material's old textures are shown."""


def picture(
    selection: Selection, name: str = "", key: str = "", *, is_hold: bool = False
) -> bpy.types.Image | None:
    """The image named, that of the result with this key, the one in the Image Editor, that of the selected
    result, or the one over the 3D View, which for the key counts before; None where there is none in the open
    file."""
    if name:
        return bpy.data.images.get(name)
    if key:
        found = _with_key(key)
        return found.datablock() if found is not None else None
    if selection.edited_image is not None:
        return selection.edited_image
    result = results.selected()
    selected = result.datablock() if result is not None else None
    return (overlay.shown() or selected) if is_hold else (selected or overlay.shown())


def why_no_view(selection: Selection) -> str:
    """Empty, or why no picture can be laid over the 3D View. Cheap enough for `poll`."""
    reason = overlay.why_not(picture(selection))
    # A script may name another.
    return reason if reason and not any(each.drawthings.has_view for each in bpy.data.images) else ""


@dataclass(frozen=True)
class _Plan:
    """How it is compared. For the moment only: it holds datablocks."""

    way: Way
    image: bpy.types.Image | None = None
    """IMAGE and VIEW: the picture."""
    textures: Sequence[swap.Texture] = ()


def way(
    selection: Selection, name: str = "", key: str = "", *, is_hold: bool = False
) -> tuple[Way | None, str]:
    """How it is compared here; None with the reason why not. Cheap enough for `poll`.

    To see the view below a picture by the key there has to be one over it; with a line it is laid there for
    the time.
    """
    found = _plan(selection, name, key, is_hold=is_hold)
    return (None, found) if isinstance(found, str) else (found.way, "")


def _plan(selection: Selection, name: str, key: str, *, is_hold: bool) -> _Plan | str:
    space = selection.editor
    kind = space.type if space is not None else ""
    if kind == 'IMAGE_EDITOR':
        return _plan_for_image(selection, name, key, is_hold=is_hold)
    if kind not in {'NODE_EDITOR', 'VIEW_3D'}:
        return NO_EDITOR
    found = picture(selection, name, key, is_hold=is_hold)
    is_seen = kind == 'VIEW_3D' and space is not None and overlay.is_seen(found, space.region_3d)
    if is_seen and (not is_hold or overlay.is_shown(found)):
        return _Plan(Way.VIEW, found)
    # The button is the result's, the key what the pointer is over.
    own = swap.of_image(found) if found is not None and not is_hold else []
    if not own and not is_hold and kind == 'VIEW_3D' and overlay.vantage(found) is not None:
        return overlay.ELSEWHERE
    meant = own or swap.textures(selection)
    return _Plan(Way.MATERIAL, textures=meant) if meant else swap.why_not(selection)


def _plan_for_image(selection: Selection, name: str, key: str, *, is_hold: bool) -> _Plan | str:
    edited = selection.edited_image
    candidates = [edited]
    if name or key:
        candidates.insert(0, picture(selection, name, key))
    elif not is_hold:
        result = results.selected()
        candidates.append(result.datablock() if result is not None else None)
    found = next((each for each in candidates if before.of(each) is not None), None)
    if found is not None:
        return _Plan(Way.IMAGE, found)
    return before.NOTHING_BEFORE if any(candidates) else "No image is open here"


def toggle_overlay(selection: Selection, name: str = "", key: str = "") -> None:
    """Lay a picture over the 3D View, or take it away. Raises BridgeError."""
    found = _require(selection, name, key)
    if overlay.is_shown(found):
        overlay.hide()
    else:
        overlay.show(found)


def look_from(selection: Selection, name: str = "", key: str = "") -> None:
    """Have the 3D View look from where a picture was taken. Raises BridgeError."""
    view = find_view(selection)
    if view is None:
        raise SourceUnavailable(unavailable.NO_VIEW, unavailable.OPEN_VIEW)
    overlay.look_from(_require(selection, name, key), view.space, view.region)


@dataclass(frozen=True, eq=False)
class Running:
    """A comparison that was begun."""

    way: Way
    area: int
    """The editor, as a pointer that tells it from others."""
    workspace: str


_running: Running | None = None


def begin(
    selection: Selection,
    line: float = math.inf,
    name: str = "",
    key: str = "",
    *,
    is_hold: bool = False,
    title: str = "",
    words: str = "",
) -> Running:
    """Compare in the editor that the press is in, with a line at these pixels of the window, or the old
    alone. The editor's header has the title meanwhile, the status bar the words. Raises BridgeError."""
    global _running
    plan, area = _plan(selection, name, key, is_hold=is_hold), selection.area
    if isinstance(plan, str) or area is None:
        raise SourceUnavailable(f"{plan if isinstance(plan, str) else NO_EDITOR}.")
    end()
    on_end = comparison.nothing
    if plan.way is Way.MATERIAL:
        swap.hold(plan.textures)
    elif plan.image is not None:
        known = before.of(plan.image) if plan.way is Way.IMAGE else None
        drawn = known.drawn() if known is not None else None
        if plan.way is Way.VIEW:
            on_end = _overlay_was(overlay.shown())
            overlay.show(plan.image)
        elif area.spaces.active.image != plan.image:
            on_end = _editor_showed(area, plan.image)
            area.spaces.active.image = plan.image
        covers = known.covers if known is not None else 0
        comparison.begin(Comparison(area.as_pointer(), Reference.to(plan.image), drawn, covers, line, on_end))
    workspace = selection.window.workspace if selection.window is not None else None
    _running = Running(plan.way, area.as_pointer(), workspace.name if workspace is not None else "")
    _tell(_running, title or None, words or None)
    return _running


def _tell(begun: Running, title: str | None, words: str | None) -> None:
    """Where it was begun, be that shown or not; None: what Blender tells there."""
    workspace = bpy.data.workspaces.get(begun.workspace)
    if workspace is not None:
        workspace.status_text_set(words)
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.as_pointer() == begun.area:
                area.header_text_set(title)


def move(line: float) -> None:
    """The line is at these pixels of the window."""
    comparison.move(line)


def is_comparing() -> bool:
    """Something is compared now."""
    return _running is not None and is_running(_running)


def is_running(begun: Running) -> bool:
    """It can still be seen: nothing has ended it, and its editor shows what is compared."""
    if begun is not _running:
        return False
    if begun.way is Way.MATERIAL:
        return swap.is_held()
    return comparison.is_valid() and (begun.way is Way.IMAGE or overlay.shown() is not None)


def is_over_editor(x: int, y: int) -> bool:
    """Whether these pixels of the window show what is compared, and nothing that lies over it."""
    area = comparison.editor()
    if area is None:
        return False
    found = [
        region.type
        for region in area.regions
        if region.x <= x < region.x + region.width and region.y <= y < region.y + region.height
    ]
    return set(found) == {'WINDOW'}


def end(begun: Running | None = None) -> None:
    """Compare no more; what has taken the place of `begun` goes on."""
    global _running
    if begun is not None and begun is not _running:
        return
    if _running is not None:
        _tell(_running, None, None)
    _running = None
    swap.release()
    comparison.end()


def _overlay_was(image: bpy.types.Image | None) -> comparison.OnEnd:
    """Puts back what lay over the 3D View."""
    reference = Reference.to_any(image)

    def put_back() -> None:
        there = reference.resolve() if reference is not None else None
        if isinstance(there, bpy.types.Image):
            overlay.show(there)
        else:
            overlay.hide()

    return put_back


def _editor_showed(area: bpy.types.Area, compared: bpy.types.Image) -> comparison.OnEnd:
    """Has an Image Editor show again what it shows now, unless it shows something else by then."""
    was, pointer = Reference.to_any(area.spaces.active.image), area.as_pointer()
    shown = Reference.to(compared)

    def put_back() -> None:
        for each in windows.areas():
            if each.as_pointer() == pointer and each.type == 'IMAGE_EDITOR':
                space = each.spaces.active
                if space.image is not None and space.image == shown.resolve():
                    space.image = was.resolve() if was is not None else None

    return put_back


def _with_key(key: str) -> Result | None:
    return next((each for each in session.get().results if each.key == key), None)


def _require(selection: Selection, name: str, key: str) -> bpy.types.Image:
    """Raises BridgeError."""
    if name:
        return image_named(name)
    found = None if key else picture(selection)
    return found if found is not None else results.datablock_of(key)
