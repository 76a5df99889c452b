# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came, seen in its place and beside what was before."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import bpy

from ...errors import SourceUnavailable
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


def picture(selection: Selection, name: str = "", key: str = "") -> bpy.types.Image | None:
    """The image named, that of the result with this key, the one in the Image Editor, the one over the 3D
    View, or that of the selected result; None where there is none in the open file."""
    if name:
        return bpy.data.images.get(name)
    if key:
        found = _with_key(key)
        return found.datablock() if found is not None else None
    if selection.edited_image is not None:
        return selection.edited_image
    if overlay.shown() is not None:
        return overlay.shown()
    result = results.selected()
    return result.datablock() if result is not None else None


def way(
    selection: Selection, name: str = "", key: str = "", *, is_hold: bool = False
) -> tuple[Way | None, str]:
    """How it is compared here; None with the reason why not. Cheap enough for `poll`.

    To see the view below a picture there has to be one over it; with a line it is laid there for the time.
    """
    space = selection.editor
    kind = space.type if space is not None else ""
    if kind == 'IMAGE_EDITOR':
        edited = selection.edited_image
        if edited is None:
            return None, "No image is open here"
        return (Way.IMAGE, "") if before.of(edited) is not None else (None, before.NOTHING_BEFORE)
    if kind == 'NODE_EDITOR':
        reason = swap.why_not(selection)
        return (None, reason) if reason else (Way.MATERIAL, "")
    if kind != 'VIEW_3D':
        return None, NO_EDITOR
    found = picture(selection, name, key)
    assert space is not None
    if overlay.is_seen(found, space.region_3d) and (not is_hold or overlay.is_shown(found)):
        return Way.VIEW, ""
    reason = swap.why_not(selection)
    if not reason:
        return Way.MATERIAL, ""
    if found is not None and not overlay.why_not(found):
        is_there = overlay.is_seen(found, space.region_3d)
        return (
            None,
            "Show it over the view first" if is_there else overlay.ELSEWHERE,
        )
    return None, reason


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


_running: Running | None = None


def begin(
    selection: Selection, line: float = math.inf, name: str = "", key: str = "", *, is_hold: bool = False
) -> Running:
    """Compare in the editor that the press is in, with a line at these pixels of the window, or the old
    alone. Raises BridgeError."""
    global _running
    how, reason = way(selection, name, key, is_hold=is_hold)
    area = selection.area
    if how is None or area is None:
        raise SourceUnavailable(f"{reason or NO_EDITOR}.")
    end()
    if how is Way.MATERIAL:
        swap.hold(swap.textures(selection))
    elif how is Way.IMAGE:
        edited = selection.edited_image
        known = before.of(edited)
        assert edited is not None and known is not None
        comparison.begin(
            Comparison(area.as_pointer(), Reference.to(edited), known.drawn(), known.covers, line)
        )
    else:
        found, was_shown = _require(selection, name, key), overlay.shown()
        overlay.show(found)
        comparison.begin(
            Comparison(area.as_pointer(), Reference.to(found), line=line, on_end=_overlay_was(was_shown))
        )
    _running = Running(how)
    return _running


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


def _with_key(key: str) -> Result | None:
    return next((each for each in session.get().results if each.key == key), None)


def _require(selection: Selection, name: str, key: str) -> bpy.types.Image:
    """Raises BridgeError."""
    if name:
        return image_named(name)
    found = None if key else picture(selection)
    return found if found is not None else results.datablock_of(key)
