# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thumbnails as icons, kept for as long as the session shows them."""

from __future__ import annotations

import bpy
import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray

_collection: bpy.utils.previews.ImagePreviewCollection | None = None


def icon(key: str, thumbnail: NDArray[np.uint8]) -> int:
    """The icon number of a thumbnail: (h, w, 4) uint8 sRGB, row 0 at the top. Made once for a key."""
    global _collection
    if _collection is None:
        _collection = bpy.utils.previews.new()
    preview = _collection.get(key)
    if preview is None:
        preview = _collection.new(key)
        height, width = thumbnail.shape[:2]
        preview.image_size = (width, height)
        preview.image_pixels_float.foreach_set((thumbnail[::-1].astype(np.float32) / 255.0).ravel())
    return preview.icon_id


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
