# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One frame of a movie or of a sequence of files, as an image whose pixels Python reaches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...errors import SourceUnavailable
from . import unavailable

_PREFIX = ".Draw Things "


@contextlib.contextmanager
def still(datablock: bpy.types.Image, frame: int) -> Iterator[bpy.types.Image]:
    """The image at a frame: itself, or for a sequence another one that is gone afterwards.

    `frame` is the number of a sequence's file, or a movie's frame from 1; of a movie the first and the last
    frame serve for all before and after. Raises SourceUnavailable when the file is missing.
    """
    if datablock.source == 'SEQUENCE':
        with _file_of(datablock, frame) as single:
            yield single
    else:
        if datablock.source == 'MOVIE':
            _wind(datablock, frame)
        yield datablock


@contextlib.contextmanager
def _file_of(datablock: bpy.types.Image, frame: int) -> Iterator[bpy.types.Image]:
    with _user(datablock, frame) as texture:
        path = Path(datablock.filepath_from_user(image_user=texture.image_user))
    if not path.is_file():
        raise SourceUnavailable(
            "Frame {frame} of “{name}” is missing: {path}.",
            "Go to a frame that is there, or set the image's start and offset.",
            frame=frame,
            name=datablock.name,
            path=path,
        )
    single = bpy.data.images.load(str(path))
    try:
        single.name = f"{_PREFIX}Frame"
        single.colorspace_settings.name = datablock.colorspace_settings.name
        single.alpha_mode = datablock.alpha_mode
        single.use_multiview = datablock.use_multiview
        single.views_format = datablock.views_format
        yield single
    finally:
        bpy.data.images.remove(single)


def _wind(datablock: bpy.types.Image, frame: int) -> None:
    """Have Blender decode a movie's frame: an image's pixels are those of the frame that was asked for last.

    A texture asks for it without graphics (4.2 to 5.2).
    """
    path = Path(bpy.path.abspath(datablock.filepath_raw, library=datablock.library))
    if not path.is_file():
        raise SourceUnavailable(
            "The movie of “{name}” is missing: {path}.",
            unavailable.FIND_FILE,
            name=datablock.name,
            path=path,
        )
    with _user(datablock, frame) as texture:
        texture.evaluate((0.0, 0.0, 0.0))


@contextlib.contextmanager
def _user(datablock: bpy.types.Image, frame: int) -> Iterator[bpy.types.ImageTexture]:
    """Something that looks at a frame of the image: the artist's own users stay as they are."""
    texture = bpy.data.textures.new(f"{_PREFIX}Frame", 'IMAGE')
    try:
        texture.image = datablock
        texture.image_user.frame_current = frame
        yield texture
    finally:
        bpy.data.textures.remove(texture)
