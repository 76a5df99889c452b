# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image where the artist looks at it."""

from __future__ import annotations

import bpy

from ..delivery import editors
from ..session import session

#: How many times as much as the picture is seen where it is shown repeated: three of it, and some room.
_REPEATED = 3.1


def show(image: bpy.types.Image, window: bpy.types.Window | None = None, *, whole: bool = False) -> None:
    """In an Image Editor, those of `window` first, or in a new window, where all of it is seen; with `whole`
    also in an editor that is open, which otherwise stays as near as the artist has zoomed in."""
    has_opened = editors.show_in_any(image, window)
    if (has_opened or whole) and not bpy.app.background:
        session.get().attend(editors.fitting(image))


def repeated(area: bpy.types.Area, *, is_on: bool) -> None:
    """Have an Image Editor show its picture repeated, three times three of it in view; or as it is, all of
    it in view."""
    space = area.spaces.active
    space.show_repeat = is_on
    region = next(each for each in area.regions if each.type == 'WINDOW')
    with bpy.context.temp_override(area=area, region=region, space_data=space):
        bpy.ops.image.view_all(fit_view=True)
        if is_on:
            bpy.ops.image.view_zoom_ratio(ratio=space.zoom[0] / _REPEATED)
