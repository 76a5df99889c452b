# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image datablocks: what is sent of them, and whether a result can take their place."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import SourceUnavailable, TargetUnavailable
from ...imaging.fit import FitMode
from ...jobs.job import Encoding, Source
from .. import materials, udim
from .renders import render

_ROWS = 64
#: Linear light that becomes 1 of 255 in sRGB, not 0.
_DARKEST = 0.5 / 255 / 12.92


def image(datablock: bpy.types.Image, path: Path, *, tile: int = 0, fit_mode: FitMode = "PAD") -> Source:
    """An image datablock: byte, float, packed, generated, unsaved paint, or one UDIM tile.

    Byte pixels are sent as they are stored, float pixels as they are displayed without a view transform.
    `path` serves for Render Result, which only Blender can write. Raises SourceUnavailable.
    """
    if datablock.type == 'RENDER_RESULT':
        scene = bpy.context.scene
        return render(scene, path, fit_mode=fit_mode)
    if datablock.source == 'TILED':
        tile = tile or udim.tile_numbers(datablock)[0]
        with udim.tile_image(datablock, tile) as single:
            return _from_pixels(single, f"image {datablock.name}, tile {tile}", fit_mode)
    return _from_pixels(datablock, f"image {datablock.name}", fit_mode)


def _from_pixels(datablock: bpy.types.Image, label: str, fit_mode: FitMode) -> Source:
    width, height = datablock.size
    channels = datablock.channels
    if not width or not height or not channels:
        raise SourceUnavailable(
            f"“{datablock.name}” has no pixels.", "Its file may be missing: see File → External Data."
        )
    pixels = np.empty(width * height * channels, np.float32)
    datablock.pixels.foreach_get(pixels)
    linear = datablock.is_float and not datablock.colorspace_settings.is_data
    return Source(
        label,
        pixels=pixels.reshape(height, width, channels),
        encoding=Encoding.LINEAR if linear else Encoding.SRGB,
        premultiplied=datablock.is_float and datablock.alpha_mode in {'STRAIGHT', 'PREMUL'},
        fit_mode=fit_mode,
    )


def mask(datablock: bpy.types.Image, path: Path) -> Source:
    """An image as a mask: white is made anew, black and transparent stays.

    Raises SourceUnavailable, also where nothing of it is white enough for one step of 8 bits.
    """
    found = image(datablock, path)
    if found.pixels is not None and not _is_painted(found.pixels):
        raise SourceUnavailable(
            f"The mask “{datablock.name}” is empty: nothing would be made anew.",
            "Paint white where the picture shall change, or clear the mask in Only Here.",
        )
    return found


def _is_painted(pixels: NDArray[np.float32]) -> bool:
    """Whether any pixel of (H, W, 1 to 4) floats is neither black nor transparent; the first rows that are
    painted end the search."""
    has_alpha = pixels.shape[2] in (2, 4)
    for first in range(0, len(pixels), _ROWS):
        rows = pixels[first : first + _ROWS]
        colours = rows[..., :-1] if has_alpha else rows
        seen = colours.max(axis=2)
        if has_alpha:
            seen = seen * rows[..., -1]
        if seen.max() >= _DARKEST:
            return True
    return False


def editable_image(datablock: bpy.types.Image) -> bpy.types.Image:
    """Raises TargetUnavailable when a result cannot take the image's place."""
    if datablock.type in {'RENDER_RESULT', 'COMPOSITING'}:
        raise TargetUnavailable(
            f"“{datablock.name}” is made by Blender and cannot be replaced.", "Send the result to an image."
        )
    materials.require_editable(datablock)
    return datablock
