# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image that is the mask of a scene: made black in a picture's size, and kept in the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ..errors import SourceUnavailable, TargetUnavailable
from ..imaging import png
from ..messages import Message
from . import handlers, udim, windows

#: Sources of images that a brush changes.
_PAINTED = frozenset({'FILE', 'GENERATED', 'TILED'})
#: As a share of what is wide and high, from the top left: left, top, right, bottom.
Extent = tuple[float, float, float, float]
#: Half a step of 8 bits.
_LEAST = 0.5 / 255
#: How far its proportions may be from the picture's.
_SQUEEZED = 0.02
#: Pixels that are read without being asked for.
_QUICK = 1 << 22
_extents: dict[int, Extent | None] = {}
_ANOTHER = "Clear the mask in Only Here, and press again."


def ensure(scene: bpy.types.Scene, picture: bpy.types.Image) -> bpy.types.Image:
    """The scene's mask, made in the picture's size where there is none, or one of other proportions or
    tiles: all black, in tiles where that has some. Raises SourceUnavailable for a picture without a size."""
    inpaint, mask = scene.drawthings.inpaint, scene.drawthings.inpaint.mask
    if mask is None or mask == picture or not _fits(mask, picture, scene):
        inpaint.mask = new(picture, scene)
        if mask is not None:
            # Nothing else may hold what was painted over another picture.
            mask.use_fake_user = True
    return inpaint.mask


def _fits(mask: bpy.types.Image, picture: bpy.types.Image, scene: bpy.types.Scene) -> bool:
    """Whether the picture looks over it as it does alone."""
    if 'TILED' in {mask.source, picture.source}:
        return mask.source == picture.source and {*udim.tile_numbers(picture)} <= {*udim.tile_numbers(mask)}
    (width, height), (across, up) = _size(picture, scene), mask.size
    return abs(width * up - height * across) <= _SQUEEZED * max(width * up, height * across) > 0


def new(picture: bpy.types.Image, scene: bpy.types.Scene) -> bpy.types.Image:
    """A black image of the picture's size, or of the sizes of its tiles. Raises as `ensure`."""
    name = Message("{image} mask", image=picture.name[:55])
    if picture.source == 'TILED':
        return _new_tiled(name, picture)
    return bpy.data.images.new(name, *_size(picture, scene), alpha=False, is_data=True)


def _size(picture: bpy.types.Image, scene: bpy.types.Scene) -> tuple[int, int]:
    """In pixels. Raises as `ensure`."""
    width, height = picture.size
    if width and height:
        return width, height
    if picture.type != 'RENDER_RESULT':
        raise SourceUnavailable(
            "“{name}” has no pixels to paint a mask over.", "Choose another.", name=picture.name
        )
    share = scene.render.resolution_percentage / 100
    width, height = scene.render.resolution_x * share, scene.render.resolution_y * share
    return max(int(width), 1), max(int(height), 1)


def _new_tiled(name: str, picture: bpy.types.Image) -> bpy.types.Image:
    """Blender gives new tiles their pixels only where an editor fills them (4.2 to 5.2), so files do."""
    tiles = {tile.number: tuple(tile.size) for tile in picture.tiles}
    known = next((size for size in tiles.values() if all(size)), None)
    if known is None:
        with udim.tile_image(picture, next(iter(tiles))) as single:
            known = tuple(single.size)
    black = {
        number: png.encode(np.zeros((*reversed(size if all(size) else known), 3), np.uint8))
        for number, size in tiles.items()
    }
    with tempfile.TemporaryDirectory(prefix="drawthings-mask-") as folder:
        mask = udim.new_tiled(black, Path(folder) / "mask")
    mask.name = name
    mask.colorspace_settings.is_data = True
    return mask


def require_paintable(mask: bpy.types.Image) -> None:
    """Raises TargetUnavailable where no brush changes it."""
    if not mask.is_editable:
        raise TargetUnavailable("The mask “{name}” is linked from another file.", _ANOTHER, name=mask.name)
    if mask.source not in _PAINTED or mask.type in {'RENDER_RESULT', 'COMPOSITING', 'MULTILAYER'}:
        raise TargetUnavailable("No brush paints on the mask “{name}”.", _ANOTHER, name=mask.name)


def keep(mask: bpy.types.Image) -> None:
    """Have the file hold what was painted; it goes into it when that is saved."""
    if mask.is_dirty and mask.is_editable:
        mask.pack()


def measure(mask: bpy.types.Image) -> None:
    """Find where it is not black, for `extent`. Reads its pixels; of a tiled one nothing is known."""
    width, height = mask.size
    if mask.source == 'TILED' or not width or not height:
        return
    pixels = np.empty(width * height * mask.channels, np.float32)
    mask.pixels.foreach_get(pixels)
    rows = pixels.reshape(height, width, mask.channels)
    white = rows[..., : 3 if mask.channels >= 3 else 1].max(axis=2) >= _LEAST
    across, up = np.flatnonzero(white.any(axis=0)), np.flatnonzero(white.any(axis=1))
    _extents[mask.session_uid] = None
    if len(across):
        left, right = int(across[0]) / width, int(across[-1] + 1) / width
        top, bottom = 1 - int(up[-1] + 1) / height, 1 - int(up[0]) / height
        _extents[mask.session_uid] = left, top, right, bottom


def extent(mask: bpy.types.Image) -> Extent | None:
    """Where it is not black, where that is known: for `draw`. A mask that was changed since is not."""
    return _extents.get(mask.session_uid) if not mask.is_dirty else None


def measure_soon(mask: bpy.types.Image) -> None:
    """Have `extent` know it, when nothing is drawn. For `draw`."""
    known = mask.session_uid in _extents or mask.is_dirty
    if bpy.app.background or known or not (mask.has_data or mask.packed_file):
        return
    _extents[mask.session_uid] = None
    uid = mask.session_uid

    def look() -> None:
        found = next((each for each in bpy.data.images if each.session_uid == uid), None)
        if found is not None and found.size[0] * found.size[1] <= _QUICK:
            measure(found)
            windows.redraw_sidebars()

    bpy.app.timers.register(look, first_interval=0.1)


@persistent
def _file_is_saved(*_unused: object) -> None:
    for scene in bpy.data.scenes:
        inpaint = scene.drawthings.inpaint
        if inpaint.mask is not None and inpaint.mask_source == 'PAINT':
            keep(inpaint.mask)


_HANDLERS: tuple[handlers.Named, ...] = (("save_pre", _file_is_saved),)


def register() -> None:
    handlers.add(_HANDLERS)


def unregister() -> None:
    handlers.remove(_HANDLERS)
