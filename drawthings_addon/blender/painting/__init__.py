# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Painting the mask of Only Here with Blender's own brushes, over a picture or on a mesh.

The mask is what is painted on, and lies over the picture as a red veil that the GPU draws. Handlers and the
timer exist only while somebody paints, but for the one that keeps masks in a file that is saved.

    begin       from a press to the first stroke, and back
    kept        mode, canvas, colours, images of editors: as they were, put back when it ends
    overlay     the veil in the Image Editor
    mesh_veil   the veil on the mesh
"""

from __future__ import annotations

from .. import mask_image
from . import begin, mesh_veil, overlay


def register() -> None:
    """Nobody paints yet."""
    mask_image.register()


def unregister() -> None:
    """Nobody paints any more, and everything is as it was."""
    begin.forget()
    overlay.free()
    mesh_veil.free()
    mask_image.unregister()
