# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image datablocks: what is sent of them, and whether a result can take their place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ...errors import SourceUnavailable, StorageFailed, TargetUnavailable
from ...imaging import tga
from ...imaging.fit import FitMode
from ...imaging.steps import Encode
from ...jobs import inpainting, sources
from ...jobs.source import Encoding, Source, SourceName
from .. import udim, windows
from ..delivery import images, materials
from . import looks, own_file, unavailable
from .looks import Look
from .renders import render
from .stills import still
from .written import is_context, write, write_bytes

#: Made by Blender: their pixels are reached by having it write them.
_MADE = frozenset({'RENDER_RESULT', 'COMPOSITING'})
_LAYERED = _MADE | {'MULTILAYER'}
_TO_AN_IMAGE = "Send the result to an image."
#: Blender writes the same pixels of these as it shows: of a movie it would write another frame.
_STILLS = frozenset({'FILE', 'GENERATED'})
#: 4 MiB of bytes: up to here floats cost less than a file.
_FEW_PIXELS = 1 << 20


def image(
    datablock: bpy.types.Image,
    path: Path,
    *,
    tile: int = 0,
    fit_mode: FitMode = "PAD",
    look: Look = looks.NOBODY,
    scene: bpy.types.Scene | None = None,
    as_file: bool = False,
    keeps_floats: bool = False,
    keeps_bytes: bool = False,
) -> Source:
    """An image as it is seen: byte, float, packed, generated, unsaved paint, one UDIM tile, one frame of a
    movie or a sequence, one layer and pass, a render, and as renders are displayed (View as Render).

    `look` says how it is looked at: see `looks.find`. `path` serves for what Blender writes: what only it
    can, as a PNG, and the bytes of a large image, with the suffix of a TGA. Frame and view transform are
    those of `scene`, by default of the first window's. `as_file`: the source is the image's own file, where
    that can be sent as it is. `keeps_floats`: those of a float image are taken as they are, whatever its
    colour space and however it is looked at, and `keeps_bytes` those of a byte image. Raises
    SourceUnavailable, and StorageFailed when nothing can be written there.
    """
    was_read = own_file.is_read(datablock)
    scene = scene or windows.first().scene
    library = datablock.library.filepath if datablock.library is not None else ""
    name = SourceName("IMAGE", datablock.name, library=_file_name(library))
    if datablock.source == 'TILED':
        tile = tile or udim.tile_numbers(datablock)[0]
        with udim.tile_image(datablock, tile) as single:
            name = replace(name, tile=tile)
            return _source(
                datablock,
                single,
                scene,
                look,
                path,
                name,
                fit_mode,
                keeps_floats=keeps_floats,
                keeps_bytes=keeps_bytes,
            )
    if datablock.type == 'RENDER_RESULT':
        return render(scene, path, fit_mode=fit_mode, editor=look.editor)
    if datablock.type == 'COMPOSITING' and _is_blank(datablock):
        raise SourceUnavailable(
            "“{name}” shows nothing yet.",
            "Connect a Viewer node in the compositor, and render the scene.",
            name=datablock.name,
        )
    if look.is_of_one_layer and datablock.type in _LAYERED:
        _require_this_editor(datablock, look)
        as_render = _is_seen_as_render(datablock, look)
        write(datablock, scene, path, as_render=as_render, view=look.view, in_editor=True)
        return Source(name, path=path, fit_mode=fit_mode)
    frame = look.frame(scene.frame_current)
    if datablock.source == 'SEQUENCE':
        name = replace(name, frame=frame)
    elif datablock.source == 'MOVIE':
        name = replace(name, frame=min(max(frame, 1), datablock.frame_duration))
    with still(datablock, frame) as single:
        may_be_its_file = as_file and single == datablock
        return _source(
            datablock,
            single,
            scene,
            look,
            path,
            name,
            fit_mode,
            was_read=was_read if may_be_its_file else None,
            keeps_floats=keeps_floats,
            keeps_bytes=keeps_bytes,
        )


def _source(
    datablock: bpy.types.Image,
    single: bpy.types.Image,
    scene: bpy.types.Scene,
    look: Look,
    path: Path,
    name: SourceName,
    fit_mode: FitMode,
    *,
    was_read: bool | None = None,
    keeps_floats: bool = False,
    keeps_bytes: bool = False,
) -> Source:
    """Of one tile or frame of an image: its pixels, where they are what is seen; else what Blender makes of
    them."""
    # Asking for the size loads the file, and only then it is known to hold layers or views.
    has_pixels = all(single.size)
    as_render = _is_seen_as_render(datablock, look)
    if keeps_floats and has_pixels and single.is_float and _is_one(single):
        return replace(_from_pixels(single, name, fit_mode), keeps_floats=True)
    is_stored = keeps_bytes and has_pixels and not single.is_float and _is_one(single)
    if not is_stored and (as_render or not _is_one(single) or not images.is_plain(single)):
        try:
            write(single, scene, path, as_render=as_render, view=look.view)
        except SourceUnavailable as error:
            raise _no_pixels(datablock, single) from error
        return Source(name, path=path, fit_mode=fit_mode)
    if not has_pixels:
        raise _no_pixels(datablock, single)
    found = None
    if was_read is not None:
        found = own_file.sendable(single, name, fit_mode, was_read=was_read)
    found = found or _from_file(single, path, name, fit_mode) or _from_pixels(single, name, fit_mode)
    space = single.colorspace_settings.name
    return replace(found, space=space) if is_stored and space != 'sRGB' else found


def _is_one(single: bpy.types.Image) -> bool:
    """Whether it is one picture: neither layers nor views."""
    return single.type not in _LAYERED and not single.is_multiview


def _file_name(path: str) -> str:
    """Its folders are nobody's business: recipes travel with pictures."""
    return bpy.path.basename(path)


def _is_blank(viewer: bpy.types.Image) -> bool:
    """Whether nothing has come into the Viewer Node's image: Blender makes it at this size, transparent (4.2
    to 5.2)."""
    if tuple(viewer.size) != (256, 256):
        return False
    pixels = np.empty(256 * 256 * viewer.channels, np.float32)
    viewer.pixels.foreach_get(pixels)
    return not pixels.any()


def _is_seen_as_render(datablock: bpy.types.Image, look: Look) -> bool:
    """Whether the Image Editor shows it with the scene's view transform; generated ones it never does."""
    return datablock.use_view_as_render and datablock.source != 'GENERATED' and not look.is_texture


def _require_this_editor(datablock: bpy.types.Image, look: Look) -> None:
    """Only an Image Editor's own operator reaches a layer or pass of its image (4.2 to 5.2)."""
    if look.is_texture:
        raise SourceUnavailable(
            "The image node shows another layer or pass of “{name}” than the first.",
            "Choose it in an Image Editor and press Restyle there, or choose the first in the node.",
            name=datablock.name,
        )
    if not is_context(look.editor) or not bpy.ops.image.save_as.poll():
        raise SourceUnavailable(
            "An Image Editor shows another layer or pass of “{name}” than the first.",
            "Press the button in that editor, or choose the first there.",
            name=datablock.name,
        )


def _no_pixels(datablock: bpy.types.Image, single: bpy.types.Image) -> SourceUnavailable:
    if single.source == 'FILE' and single.packed_file is None and single.filepath_raw:
        path = Path(bpy.path.abspath(single.filepath_raw, library=single.library))
        if not path.is_file():
            return SourceUnavailable(
                "“{name}” has no pixels: its file {path} is missing.",
                unavailable.FIND_FILE,
                name=datablock.name,
                path=path,
            )
        return SourceUnavailable(
            "“{name}” has no pixels: Blender cannot read {path}.",
            "Choose another.",
            name=datablock.name,
            path=path,
        )
    return SourceUnavailable(unavailable.NO_PIXELS, "Choose another.", name=datablock.name)


def _from_file(datablock: bpy.types.Image, path: Path, name: SourceName, fit_mode: FitMode) -> Source | None:
    """The bytes of a large image, without the floats as which Blender gives them to Python; None where it is
    small, or holds floats, or no disk takes them."""
    width, height = datablock.size
    space = datablock.colorspace_settings
    # A studio's own OpenColorIO configuration may have other names.
    is_as_it_is = not datablock.is_float and (space.is_data or space.name == 'sRGB')
    if not is_as_it_is or datablock.source not in _STILLS or width * height <= _FEW_PIXELS:
        return None
    path = path.with_suffix(tga.SUFFIX)
    try:
        write_bytes(datablock, path)
    except StorageFailed:
        return None
    return Source(name, path=path, fit_mode=fit_mode)


def _from_pixels(datablock: bpy.types.Image, name: SourceName, fit_mode: FitMode) -> Source:
    width, height = datablock.size
    channels = datablock.channels
    pixels = np.empty(width * height * channels, np.float32)
    datablock.pixels.foreach_get(pixels)
    if not datablock.is_float:
        taken = Encode().there(pixels.reshape(height, width, channels))
        return Source(name, pixels=taken, fit_mode=fit_mode)
    is_data = datablock.colorspace_settings.is_data
    # Blender leaves data as the file has them, whatever the alpha mode says (4.2 to 5.2).
    is_as_read = is_data and datablock.source != 'GENERATED'
    return Source(
        name,
        pixels=pixels.reshape(height, width, channels),
        encoding=Encoding.SRGB if is_data else Encoding.LINEAR,
        premultiplied=datablock.alpha_mode in {'STRAIGHT', 'PREMUL'} and not is_as_read,
        fit_mode=fit_mode,
    )


def require_pixels(datablock: bpy.types.Image, look: Look = looks.NOBODY) -> None:
    """Raises SourceUnavailable where nothing of the image could be sent, as far as memory tells: its file is
    not looked for. For panels, too."""
    is_there = datablock.packed_file is not None or bool(datablock.filepath_raw)
    if datablock.source == 'FILE' and not is_there and not datablock.has_data:
        raise SourceUnavailable(unavailable.NO_PIXELS, "Choose another.", name=datablock.name)
    if look.is_texture and look.is_of_one_layer and datablock.type in _LAYERED:
        _require_this_editor(datablock, look)


def mask(datablock: bpy.types.Image, path: Path, *, tile: int = 0, may_be_black: bool = False) -> Source:
    """An image as a mask: white is made anew, black and transparent stays. `tile` is the UDIM tile of the
    picture that it lies on.

    Raises SourceUnavailable, unless it `may_be_black` also where nothing of it is white enough for one step
    of 8 bits.
    """
    is_tiled = datablock.source == 'TILED'
    found = image(datablock, path, tile=tile if is_tiled else 0, look=Look(is_texture=True))
    if not may_be_black and not sources.is_painted(found):
        if found.path is not None:
            found.path.unlink(missing_ok=True)
        raise inpainting.empty_mask(datablock.name)
    return found


def editable_image(datablock: bpy.types.Image) -> bpy.types.Image:
    """Raises TargetUnavailable when a result cannot take the image's place."""
    if datablock.type in _MADE:
        raise TargetUnavailable(
            "“{name}” is made by Blender and cannot be replaced.",
            _TO_AN_IMAGE,
            name=datablock.name,
        )
    if datablock.source in {'MOVIE', 'SEQUENCE'}:
        what = "a movie" if datablock.source == 'MOVIE' else "an image sequence"
        raise TargetUnavailable(
            "“{name}” is {what}, and a result would make a still of it.",
            _TO_AN_IMAGE,
            name=datablock.name,
            what=what,
        )
    materials.require_editable(datablock)
    return datablock
