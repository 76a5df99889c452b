# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large a source is before it is captured, and whether that is more than models make well, which is said
once of each."""

from __future__ import annotations

import math
from typing import Literal

import bpy

from ...messages import Message
from ..delivery.target import generation
from ..selection import Selection
from . import last_render, views
from .views import find_view

Kind = Literal['VIEWPORT', 'RENDER', 'IMAGE']
#: Pixels of a source. Current models are taught at one to two million, and made for four at most; beyond,
#: motifs double and the time grows with the square.
_MANY_PIXELS = 2048 * 2048


def of(selection: Selection, source: Literal['VIEWPORT', 'RENDER']) -> tuple[int, int]:
    """The pixels that a press captures, width and height; (0, 0) where no 3D View is open, and of a render
    that is there and of which nothing more is known. For panels."""
    scene = selection.scene
    chosen = scene.drawthings
    if source == 'RENDER':
        last = last_render.of(scene) if chosen.render_source != 'FRESH' else None
        return last.size if last is not None else last_render.size_of(scene)
    view = find_view(selection)
    return views.seen_size(view, camera=chosen.view_from == 'CAMERA') if view is not None else (0, 0)


def of_loaded(image: bpy.types.Image | None) -> tuple[int, int]:
    """Of an image that is loaded, or of its active tile; to ask the size of any other would read its file."""
    return of_image(image) if image is not None and image.has_data else (0, 0)


def of_image(image: bpy.types.Image) -> tuple[int, int]:
    """Of any image, or of its active tile. Reads its file."""
    width, height = image.size
    if image.source == 'TILED' and image.tiles.active is not None:
        width, height = image.tiles.active.size
    return width, height


def about(scene: bpy.types.Scene, size: tuple[int, int], key: str) -> str:
    """Empty, or a sentence that a source of this size is more than models make well, as it would be sent: of
    Only Here a region is, at a size of its own. `key` is that of `key_of`: of what it was said already it is
    not said again."""
    if (
        scene.drawthings.inpaint.use
        or not scene.drawthings.use_source_size
        or size[0] * size[1] <= _MANY_PIXELS
        or key in _said
    ):
        return ""
    return Message("{width} × {height} is more than most models make well.", width=size[0], height=size[1])


#: Of the open file and those before it.
_said: set[str] = set()


def key_of(kind: Kind, image: bpy.types.Image | None = None) -> str:
    """What is the same for a source as long as its file is open."""
    return f"{generation()} {kind} {image.session_uid if image is not None else 0}"


def note_said(key: str) -> None:
    """The artist knows it by now: it was waved away, or sent all the same."""
    _said.add(key)


def smaller(width: int, height: int) -> tuple[int, int]:
    """The size of the same shape, in multiples of 64, that models make well."""
    scale = min(1.0, math.sqrt(_MANY_PIXELS / 2 / (width * height)), 8192 / max(width, height))
    wide, high = (max(128, round(side * scale / 64) * 64) for side in (width, height))
    return wide, high
