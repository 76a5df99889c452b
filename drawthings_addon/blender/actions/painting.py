# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Painting the mask of Only Here over what an editor shows, or on the active mesh."""

from __future__ import annotations

import bpy

from ...errors import BridgeError, SourceUnavailable
from .. import subject, windows
from ..painted import Where
from ..painting import begin
from ..selection import Selection, image_named, no_image


def paint(selection: Selection, where: Where, image: str = "") -> None:
    """Begin, over the image named, else what is seen: in the Image Editor, or as the mesh's texture. Only
    Here is on from then on, and uses what is painted. Raises SourceUnavailable, TargetUnavailable."""
    named = image_named(image) if image else None
    # What is shown is looked at as it is without a mask.
    begin.finish()
    if where == 'MESH':
        owner = begin.require_mesh(selection.active)
        picture = named or subject.texture(selection).image
        view = (
            selection.editor if selection.editor is not None and selection.editor.type == 'VIEW_3D' else None
        )
        begin.on_mesh(selection.scene, picture, owner, view)
        return
    space = _editor(selection)
    picture = named or (space.image if space is not None else None)
    if picture is None:
        raise no_image()
    if space is None and not bpy.app.background:
        raise SourceUnavailable("No Image Editor is open to paint in.", "Open one, and press again.")
    begin.in_editor(selection.scene, picture, space)


def why_not(selection: Selection, where: Where) -> str:
    """Why nobody can begin, as far as memory tells; empty: one can. For panels and menus."""
    try:
        if where == 'MESH':
            begin.require_mesh(selection.active)
            subject.texture(selection)
        elif selection.edited_image is None:
            raise no_image()
    except BridgeError as error:
        return str(error)
    return ""


def _editor(selection: Selection) -> bpy.types.SpaceImageEditor | None:
    space = selection.editor
    if space is not None and space.type == 'IMAGE_EDITOR':
        return space
    return next((area.spaces.active for area in windows.areas() if area.type == 'IMAGE_EDITOR'), None)
