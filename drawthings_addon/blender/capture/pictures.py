# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image datablocks: what is sent of them, and whether a result can take their place."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ...errors import SourceUnavailable, TargetUnavailable
from ...imaging.fit import FitMode
from ...jobs.job import Encoding, Source
from .. import materials, udim
from .renders import render


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


def editable_image(datablock: bpy.types.Image) -> bpy.types.Image:
    """Raises TargetUnavailable when a result cannot take the image's place."""
    if datablock.type in {'RENDER_RESULT', 'COMPOSITING'}:
        raise TargetUnavailable(
            f"“{datablock.name}” is made by Blender and cannot be replaced.", "Send the result to an image."
        )
    materials.require_editable(datablock)
    return datablock
