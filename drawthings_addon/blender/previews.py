# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thumbnails as icons, kept for as long as the session shows them."""

from __future__ import annotations

import bpy
import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray

_DOT_EDGE = 32
_DOT_RADIUS = 9.0

_collection: bpy.utils.previews.ImagePreviewCollection | None = None


def icon(key: str, thumbnail: NDArray[np.uint8]) -> int:
    """The icon number of a thumbnail: (h, w, 4) uint8 sRGB, row 0 at the top. Made once for a key."""
    preview = _preview(key)
    if not preview.is_image_custom:
        _fill(preview, thumbnail)
    return preview.icon_id


def update(key: str, thumbnail: NDArray[np.uint8]) -> None:
    """Another picture for an icon that is shown already."""
    _fill(_preview(key), thumbnail)


def known(key: str) -> int:
    """The icon number of a thumbnail that was made before; 0 when there is none."""
    if _collection is None or key not in _collection:
        return 0
    return int(_collection[key].icon_id)


def is_there(key: str) -> bool:
    """The thumbnail was made before: without a window it has no icon number."""
    return _collection is not None and key in _collection


def _fill(preview: bpy.types.ImagePreview, thumbnail: NDArray[np.uint8]) -> None:
    height, width = thumbnail.shape[:2]
    preview.image_size = (width, height)
    # Four bytes as one number: the same as floats takes several times as long.
    preview.image_pixels.foreach_set(np.ascontiguousarray(thumbnail[::-1]).view(np.int32).ravel())


def dot(color: tuple[float, float, float]) -> int:
    """The icon number of a filled circle. Blender 4.2 has no coloured dots among its own icons."""
    preview = _preview(f"dot:{color}")
    if not preview.is_icon_custom:
        axis = np.arange(_DOT_EDGE, dtype=np.float32) - (_DOT_EDGE - 1) / 2
        distance = np.hypot(axis[:, None], axis[None, :])
        pixels = np.empty((_DOT_EDGE, _DOT_EDGE, 4), np.float32)
        # One pixel of slope at the rim; icons are drawn with premultiplied alpha.
        pixels[..., 3] = np.clip(_DOT_RADIUS - distance, 0.0, 1.0)
        pixels[..., :3] = np.multiply(color, pixels[..., 3:])
        preview.icon_size = (_DOT_EDGE, _DOT_EDGE)
        preview.icon_pixels_float.foreach_set(pixels.ravel())
    return preview.icon_id


def _preview(key: str) -> bpy.types.ImagePreview:
    global _collection
    if _collection is None:
        _collection = bpy.utils.previews.new()
    return _collection.get(key) or _collection.new(key)


def forget(key: str) -> None:
    """A result is no longer shown."""
    if _collection is not None and key in _collection:
        del _collection[key]


def free() -> None:
    """Called when the extension is disabled."""
    global _collection
    if _collection is not None:
        bpy.utils.previews.remove(_collection)
        _collection = None
