# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Viewport, render, image and texture become a frozen Source: the snapshot, and nothing else.

Pixels are copied once; encoding, fitting and files are the worker's. The scene is left as it was found,
also when a capture fails.

    views      the viewport, drawn once more beside the screen
    renders    the last render, as it is displayed
    pictures   image datablocks
    textures   the image node that a texture job is about
"""

from __future__ import annotations

from .pictures import editable_image, image, mask
from .renders import render
from .textures import TextureNode, active_texture, selected_texture_node
from .views import MAX_VIEW_EDGE, View, find_view, view_matrices, viewport

__all__ = [
    "MAX_VIEW_EDGE",
    "TextureNode",
    "View",
    "active_texture",
    "editable_image",
    "find_view",
    "image",
    "mask",
    "render",
    "selected_texture_node",
    "view_matrices",
    "viewport",
]
