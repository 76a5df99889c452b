# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tile of a tiled image: Blender's Python interface reaches only the first one's pixels."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import SourceUnavailable, StorageFailed
from ..imaging import exr, formats
from ..jobs.storage import new_folder
from . import compat, windows
from .capture import written
from .delivery import images
from .preserve import preserved

_NO_TILE = "“{image}” has no tile {number}."
_MARK = "<UDIM>"
_FIRST, _IN_A_ROW = 1001, 10
#: By the images' `session_uid`: where their tiles lie for a block of `all_written`.
_written: dict[int, str] = {}
#: File formats of linear light, and those that change what is written to them.
_LIGHT = frozenset({'OPEN_EXR', 'HDR'})
_LOSSY = frozenset({'JPEG', 'JPEG2000', 'WEBP', 'AVIF'})


def chosen_tile(datablock: bpy.types.Image, number: int = 0) -> int:
    """The UDIM number of the tile that is meant, by default the active one; 0 for an image without tiles."""
    if datablock.source != 'TILED':
        return 0
    active = datablock.tiles.active
    return number or (active.number if active else datablock.tiles[0].number)


def tile_numbers(image: bpy.types.Image) -> list[int]:
    """The tiles' UDIM numbers, such as 1001; empty for an image without tiles."""
    return [tile.number for tile in image.tiles] if image.source == 'TILED' else []


def column_and_row(number: int) -> tuple[int, int]:
    """Where a tile lies, from the left and from the bottom; 0: an image without tiles lies where the first
    does."""
    row, column = divmod(number - _FIRST, _IN_A_ROW) if number else (0, 0)
    return column, row


@contextlib.contextmanager
def tile_image(image: bpy.types.Image, number: int) -> Iterator[bpy.types.Image]:
    """A temporary image datablock that holds one tile, unsaved paint included.

    Raises SourceUnavailable when the image has no such tile or it cannot be read.
    """
    if number not in tile_numbers(image):
        raise SourceUnavailable(_NO_TILE, "Choose one of its tiles.", image=image.name, number=number)
    with _tile_files(image) as pattern:
        path = Path(pattern.replace(_MARK, str(number)))
        try:
            single = bpy.data.images.load(str(path))
        except RuntimeError as error:
            raise SourceUnavailable(
                "Tile {number} of “{image}” cannot be read.",
                "Save the image, then try again.",
                number=number,
                image=image.name,
            ) from error
        try:
            single.colorspace_settings.name = image.colorspace_settings.name
            is_copy = path.parent != Path(bpy.path.abspath(image.filepath_raw)).parent
            # Blender saves bytes that are not multiplied by alpha, though the image says they are.
            is_straight = is_copy and image.alpha_mode == 'PREMUL' and not single.is_float
            single.alpha_mode = 'STRAIGHT' if is_straight else image.alpha_mode
            yield single
        finally:
            bpy.data.images.remove(single)


@contextlib.contextmanager
def all_written(image: bpy.types.Image) -> Iterator[None]:
    """For the block its tiles are written once, however many of them are taken: Blender writes all or none.
    Raises SourceUnavailable."""
    with _tile_files(image) as pattern:
        _written[image.session_uid] = pattern
        try:
            yield
        finally:
            del _written[image.session_uid]


def with_tile_replaced(
    image: bpy.types.Image, number: int, data: bytes, directory: Path, *, as_it_is: bool = False
) -> bpy.types.Image:
    """A new tiled image: a picture in place of one tile, copies of the others. `image` is not touched.

    The others look as they did: where `data` could not be stored as they are, they are stored as it is, as
    sRGB that is not multiplied by alpha. `as_it_is`: it has the numbers that Blender has of the tiles, in a
    PNG of bytes or an OpenEXR of floats; where these are stored otherwise, they become such files, too.

    The files are written to `directory`, or to one with a number where that is taken, and packed. Raises
    SourceUnavailable or StorageFailed.
    """
    numbers = tile_numbers(image)
    if number not in numbers:
        raise SourceUnavailable(
            _NO_TILE,
            "The result is in the output folder.",
            image=image.name,
            number=number,
        )
    try:
        with new_folder(directory) as made:
            suffix = _write_tiles(image, number, data, made.part, as_it_is=as_it_is)
        directory = made.path
    except (OSError, RuntimeError) as error:
        raise StorageFailed(
            "The tiles of “{image}” cannot be written to {directory}.", image=image.name, directory=directory
        ) from error
    new = _load(str(directory / f"tile.{_MARK}{suffix}"), numbers)
    for old_tile, new_tile in zip(image.tiles, new.tiles, strict=True):
        new_tile.label = old_tile.label
    if as_it_is and image.is_float and not _is_raw(image):
        is_data = image.colorspace_settings.is_data
        images.set_color_space(new, 'Non-Color' if is_data else 'Linear Rec.709')
        images.look_like(new, image)
    elif as_it_is or not _is_rewritten(image):
        new.colorspace_settings.name = image.colorspace_settings.name
        is_straight = _is_rewritten(image, as_it_is=as_it_is) and image.alpha_mode == 'PREMUL'
        new.alpha_mode = 'STRAIGHT' if is_straight else image.alpha_mode
    new.tiles.active_index = image.tiles.active_index
    new.pack()
    return new


def of_files(files: Mapping[int, Path], *, packed: bool = True) -> bpy.types.Image | None:
    """A new tiled image of files by their UDIM numbers; None where their names differ by more than these, or
    one of them is not there."""
    patterns = {_MARK.join(str(path).rsplit(str(number), 1)) for number, path in files.items()}
    if len(patterns) != 1 or not all(path.is_file() for path in files.values()):
        return None
    (pattern,) = patterns
    numbers = sorted(files)
    try:
        new = _load(pattern, numbers)
    except RuntimeError:
        return None
    if packed:
        new.pack()
    return new


def new_tiled(files: Mapping[int, bytes], directory: Path, *, packed: bool = True) -> bpy.types.Image:
    """A new tiled image of PNGs by their UDIM numbers, named after `directory`: they are written there, or to
    one with a number where that is taken. Raises StorageFailed."""
    try:
        with new_folder(directory) as made:
            for number, data in files.items():
                (made.part / f"tile.{number}.png").write_bytes(data)
        new = _load(str(made.path / f"tile.{_MARK}.png"), sorted(files))
    except (OSError, RuntimeError) as error:
        raise StorageFailed("The tiles cannot be written to {directory}.", directory=directory) from error
    new.name = directory.name
    if packed:
        new.pack()
    return new


def _load(pattern: str, numbers: Sequence[int]) -> bpy.types.Image:
    """The tiled image of the files of a path with `<UDIM>` in it. Raises RuntimeError."""
    new = bpy.data.images.load(pattern.replace(_MARK, str(numbers[0])))
    new.source = 'TILED'
    new.filepath = pattern
    for each in numbers:
        if each not in tile_numbers(new):
            new.tiles.new(tile_number=each)
    # The file that was loaded was any picture's: its tile is there whatever its number is.
    for tile in [tile for tile in new.tiles if tile.number not in numbers]:
        new.tiles.remove(tile)
    return new


def _is_rewritten(image: bpy.types.Image, *, as_it_is: bool = False) -> bool:
    """Whether a picture of bytes, sRGB or `as_it_is`, cannot be one of the image's files as it is."""
    cannot = image.file_format in _LOSSY if as_it_is else not images.is_plain(image)
    return not image.is_float and (image.alpha_mode == 'PREMUL' or cannot)


def _is_raw(image: bpy.types.Image) -> bool:
    """Whether its files hold the floats that Blender has of them: it converts nothing when it reads them."""
    space = image.colorspace_settings
    is_as_read = space.is_data or space.name == 'Linear Rec.709'
    return (
        image.file_format == 'OPEN_EXR' and is_as_read and (space.is_data or image.alpha_mode != 'STRAIGHT')
    )


def _floats(single: bpy.types.Image) -> NDArray[np.float32]:
    """(H, W, C), row 0 at the top."""
    width, height = single.size
    pixels = np.empty(width * height * single.channels, np.float32)
    single.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, single.channels)[::-1]


def _write_tiles(image: bpy.types.Image, number: int, data: bytes, directory: Path, *, as_it_is: bool) -> str:
    """All tiles as files of the same format; the suffix of their names."""
    others = [each for each in tile_numbers(image) if each != number]
    if as_it_is and image.is_float and not _is_raw(image):
        suffix = formats.OPEN_EXR.suffix
        for each in others:
            with tile_image(image, each) as single:
                (directory / f"tile.{each}{suffix}").write_bytes(exr.encode(_floats(single)))
    elif _is_rewritten(image, as_it_is=as_it_is):
        suffix = ".png"
        for each in others:
            with tile_image(image, each) as single:
                if as_it_is and not single.colorspace_settings.is_data:
                    images.set_color_space(single, 'sRGB')
                path = directory / f"tile.{each}{suffix}"
                written.write(single, windows.first().scene, path, as_render=False)
    else:
        with _tile_files(image) as pattern:
            suffix = Path(pattern).suffix
            for each in others:
                shutil.copyfile(pattern.replace(_MARK, str(each)), directory / f"tile.{each}{suffix}")
    tile = directory / f"tile.{number}{suffix}"
    found = formats.known(data)
    if found is not None and suffix.lower() in found.suffixes and (as_it_is or not found.is_light):
        tile.write_bytes(data)
    else:
        _convert(data, tile, image)
    return suffix


@contextlib.contextmanager
def _tile_files(image: bpy.types.Image) -> Iterator[str]:
    """A path with `<UDIM>` in it at which every tile lies as it is now, to the byte."""
    if image.session_uid in _written:
        yield _written[image.session_uid]
        return
    path = bpy.path.abspath(image.filepath_raw)
    on_disk = _MARK in path and all(
        Path(path.replace(_MARK, str(number))).is_file() for number in tile_numbers(image)
    )
    if on_disk and not image.is_dirty and not image.packed_files:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="drawthings-tiles-") as folder:
        is_png = image.file_format in _LOSSY
        suffix = ".png" if is_png else Path(path).suffix or ".png"
        pattern = str(Path(folder) / f"tile.{_MARK}{suffix}")
        try:
            with preserved(image, "file_format"):
                if is_png:
                    image.file_format = 'PNG'
                compat.save_image_copy(image, pattern)
        except RuntimeError as error:
            raise _cannot_read(image, path) from error
        yield pattern


def _cannot_read(image: bpy.types.Image, pattern: str) -> SourceUnavailable:
    """Blender reads and saves all tiles or none."""
    if _MARK in pattern and not image.packed_files:
        for number in tile_numbers(image):
            path = Path(pattern.replace(_MARK, str(number)))
            if not path.is_file():
                return SourceUnavailable(
                    "Tile {number} of “{image}” is missing: {path}.",
                    "Fill and save it, or find it: File → External Data.",
                    number=number,
                    image=image.name,
                    path=path,
                )
    return SourceUnavailable(
        "The tiles of “{image}” cannot be read.", "Fill or save every tile, then try again.", image=image.name
    )


def _convert(data: bytes, path: Path, like: bpy.types.Image) -> None:
    """Write a picture in the file format of the other tiles."""
    single = images.new_from_data(path, data)
    try:
        if not images.is_light(single):
            images.set_color_space(single, 'sRGB')
        if like.file_format in _LIGHT:
            space = like.colorspace_settings.name
            written.write_light(single, windows.first().scene, path, like.file_format, space)
        else:
            single.file_format = like.file_format
            single.save(filepath=str(path))
    finally:
        bpy.data.images.remove(single)
