# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before and after: a picture over the 3D View, a line between old and new, the old while a key is held.

Drawn by the GPU. Handlers exist only while something is shown, and nothing of it is part of a file.

    before      what was before a picture, or before the one in an image node
    overlay     a picture of a view or a render over every 3D View that looks from where it was taken
    comparison  a line between before and after, or before alone, in one editor
    swap        a material's old textures while a key is held, put back whatever happens
    textures    pictures as the GPU has them
    painter     pictures, lines and words drawn into a region
    keys        the key that shows what was before
"""

from __future__ import annotations

from . import comparison, keys, overlay, painter, swap


def register() -> None:
    """Nothing is shown yet."""
    keys.register()


def unregister() -> None:
    """Nothing is shown any more, and everything is as it was."""
    keys.unregister()
    end()
    overlay.hide()
    painter.free()


def end() -> None:
    """Compare no more; also where nothing is compared."""
    swap.release()
    comparison.end()
