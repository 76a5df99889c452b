# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pixels of a picture's file, decoded by Blender."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..imaging import formats
from ..jobs.source import Encoding, Source, SourceName
from ..jobs.sources import to_display_bytes
from ..jobs.thumbnail import thumbnail
from .delivery import images


def read(data: bytes) -> Source:
    """The pixels of a picture of any of `imaging.formats`, as Blender gives them. Raises PictureInvalid where
    this Blender cannot read it."""
    suffix = formats.format_of(data).suffix
    image = images.new_from_data(Path(f".drawthings{suffix}"), data)
    try:
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        return Source(
            SourceName("OTHER", image.name),
            pixels=pixels.reshape(height, width, image.channels),
            # Whatever its file holds, Blender has floats in linear light, and multiplied by alpha.
            encoding=Encoding.LINEAR if image.is_float else Encoding.SRGB,
            premultiplied=image.is_float,
        )
    finally:
        bpy.data.images.remove(image)


def small(data: bytes, edge: int) -> NDArray[np.uint8]:
    """(h, w, 4) uint8 sRGB of a picture, row 0 at the top, longest side at most `edge`. Raises as `read`."""
    source = read(data)
    assert source.pixels is not None
    # Enough to average what is left: converting all of it would take longer than decoding it.
    step = max(1, max(source.pixels.shape[:2]) // (2 * edge))
    return thumbnail(to_display_bytes(replace(source, pixels=source.pixels[::step, ::step])), edge)
