# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Viewport, render and image become a frozen Source: the snapshot, and nothing else.

Pixels are copied once; encoding, fitting and files are the worker's. The scene is left as it was found,
also when a capture fails.

    picture_sources  what a picture is made from, before it is captured
    source_size  how large it is, and whether that is more than models make well
    views      the viewport, drawn once more beside the screen
    renders    the last render, as it is displayed
    rendered_from  where the camera was when a scene was rendered last
    last_render  when each scene was rendered last, and what is being rendered
    pictures   image datablocks
    own_file   an image whose own file is what is sent of it
    masks      what of a picture is made anew
    faces      faces of a mesh through its UV map, as a mask
    looks      by which editor or node an image is looked at: its frame, layer, pass and view
    unavailable  what is told where there is nothing to capture
    stills     one frame of a movie or a sequence
    written    pictures that Blender itself writes, as it displays them
    controlnet which maps of the scene guide a picture
    control_maps  depth, normal and line maps of the scene
    camera_ring   pictures of an object from all around, as a data set
    render_job    a fresh render without a frozen window
    scene_copy    renders from a copy of the scene that is gone when they are done
"""

from __future__ import annotations

from .looks import Look, of_node
from .pictures import editable_image, image, mask, require_pixels
from .renders import render
from .views import (
    MAX_VIEW_EDGE,
    View,
    find_view,
    require_view,
    view_matrices,
    viewport,
)

__all__ = [
    "MAX_VIEW_EDGE",
    "Look",
    "View",
    "editable_image",
    "find_view",
    "image",
    "mask",
    "of_node",
    "render",
    "require_pixels",
    "require_view",
    "view_matrices",
    "viewport",
]
