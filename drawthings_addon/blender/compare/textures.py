# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures as the GPU has them: of an image Blender's own texture, of all else one that is made once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...errors import SourceUnavailable
from .. import udim
from ..capture import stills, unavailable
from ..delivery.target import Reference
from .painter import Texture

_STILLS = frozenset({'FILE', 'GENERATED', 'VIEWER'})
_MADE = frozenset({'RENDER_RESULT', 'COMPOSITING'})


class Drawn(ABC):
    """A picture that can be drawn."""

    @abstractmethod
    def texture(self) -> Texture | None:
        """For one drawing; None when it is gone. No disk and no pixels, but for what Blender uploads when it
        draws an image for the first time."""


@dataclass(frozen=True)
class DrawnImage(Drawn):
    """An image datablock, as it is at any moment."""

    image: Reference

    def texture(self) -> Texture | None:
        import gpu

        image = self.image.resolve()
        if not isinstance(image, bpy.types.Image):
            return None
        try:
            found = gpu.texture.from_image(image)
        except (RuntimeError, ReferenceError, ValueError):
            # It has no pixels (any more).
            return None
        # Data, too, is shown as if it were linear light (4.3 and 5.2).
        is_packed = image.alpha_mode == 'CHANNEL_PACKED'
        return Texture(found, is_premultiplied=_is_premultiplied(image), is_packed=is_packed)


@dataclass(frozen=True, eq=False)
class DrawnPixels(Drawn):
    """Pixels as they were."""

    made: Texture

    def texture(self) -> Texture | None:
        return self.made


def _is_premultiplied(image: bpy.types.Image) -> bool:
    """Of Blender's texture of it (4.2 to 5.2)."""
    if image.type in _MADE:
        return True
    if image.source == 'GENERATED':
        return bool(image.is_float)
    return bool(image.alpha_mode != 'STRAIGHT' if image.is_float else image.alpha_mode == 'PREMUL')


def of_image(image: bpy.types.Image, *, tile: int = 0, frame: int = 0) -> Drawn:
    """An image, or of a tiled one a tile, or of a movie or sequence a frame. Raises SourceUnavailable."""
    if image.source == 'TILED':
        with udim.tile_image(image, udim.chosen_tile(image, tile)) as single:
            return _copied(single)
    if image.source in _STILLS:
        return DrawnImage(Reference.to(image))
    with stills.still(image, frame) as single:
        return _copied(single)


def of_file(path: Path) -> Drawn:
    """A picture file of this computer's own, as it is displayed. Raises SourceUnavailable."""
    try:
        image = bpy.data.images.load(str(path))
    except RuntimeError as error:
        raise SourceUnavailable("What was before this picture is gone.", "Choose another.") from error
    try:
        return _copied(image)
    finally:
        bpy.data.images.remove(image)


def _copied(image: bpy.types.Image) -> Drawn:
    """A texture that outlives the image."""
    import gpu

    width, height = image.size
    if not width or not height:
        raise SourceUnavailable(unavailable.NO_PIXELS, unavailable.FIND_FILE, name=image.name)
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)
    step = -(-max(width, height) // gpu.capabilities.max_texture_size_get())
    rgba = _as_rgba(pixels[::step, ::step])
    height, width = rgba.shape[:2]
    buffer = gpu.types.Buffer('FLOAT', rgba.size, rgba.ravel())
    made = gpu.types.GPUTexture((width, height), format='RGBA16F' if image.is_float else 'RGBA8', data=buffer)
    is_linear = image.is_float or image.colorspace_settings.is_data
    is_packed = image.alpha_mode == 'CHANNEL_PACKED'
    return DrawnPixels(Texture(made, is_linear, _is_premultiplied(image), is_packed))


def _as_rgba(pixels: np.ndarray) -> np.ndarray:
    height, width, channels = pixels.shape
    rgba = np.ones((height, width, 4), np.float32)
    if channels >= 3:
        rgba[..., :channels] = pixels
    else:
        rgba[..., :3] = pixels[..., :1]
        if channels == 2:
            rgba[..., 3] = pixels[..., 1]
    return rgba
