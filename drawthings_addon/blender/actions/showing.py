# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image where the artist looks at it."""

from __future__ import annotations

import bpy

from ..delivery import editors
from ..session import session


def show(image: bpy.types.Image, window: bpy.types.Window | None = None, *, whole: bool = False) -> None:
    """In an Image Editor, those of `window` first, or in a new window, where all of it is seen; with `whole`
    also in an editor that is open, which otherwise stays as near as the artist has zoomed in."""
    has_opened = editors.show_in_any(image, window)
    if (has_opened or whole) and not bpy.app.background:
        session.get().attend(editors.fitting(image))
