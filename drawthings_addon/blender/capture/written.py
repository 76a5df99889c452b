# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that Blender itself writes, with all that it does to show them: view transform, layers, views."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...errors import PictureInvalid, SourceUnavailable, StorageFailed
from ...imaging import tga
from .. import compat, reports
from ..preserve import preserved
from . import unavailable

_FULL = "the disk may be full"
_NO_DATA = "Image '%s' does not have any image data"
#: What every whole PNG ends with: the chunk IEND and its check sum.
_END = b"IEND\xaeB`\x82"


def write(
    datablock: bpy.types.Image,
    scene: bpy.types.Scene,
    path: Path,
    *,
    as_render: bool,
    view: int = 0,
    in_editor: bool = False,
) -> None:
    """Have Blender write an image to `path` as a PNG of 8 bits, sRGB, RGBA.

    `as_render` with the scene's view transform, as renders are displayed; else as other images are. Of
    several views (stereoscopy) `view` counts in the scene's order. `in_editor` writes the layer and the pass
    that the context's Image Editor shows, with 16 bits; at 2048 × 2048 that takes a second or two, four
    times as long as without (4.2 and 5.2).

    Raises SourceUnavailable when there are no pixels, StorageFailed when they cannot be written.
    """
    with (
        _own_folder(path.parent) as folder,
        _output(scene.render.image_settings, as_render=as_render),
        _numbered_views(scene),
    ):
        problem = _save(datablock, scene, folder / "picture.png", in_editor=in_editor)
        # One file, or one for each view in their order.
        found = sorted(folder.iterdir())
        if not found:
            raise _cannot_write(path.parent, problem)
        # Of several views Blender writes all and then says that it could not (4.2 to 5.2); of a disk that is
        # full it may say nothing (4.2).
        chosen = found[min(view, len(found) - 1)]
        if not _is_whole(chosen):
            raise _cannot_write(path.parent, problem or _FULL)
        try:
            chosen.replace(path)
        except OSError as error:
            raise _cannot_write(path.parent, error.strerror or "") from error


def write_bytes(datablock: bpy.types.Image, path: Path) -> None:
    """Have Blender write the bytes of an image to `path` as they are, as an uncompressed TGA: RGBA, straight
    alpha, no colour conversion (4.2 to 5.2).

    That takes a fifth of the time of a PNG, and a quarter of the memory of `Image.pixels`, which are floats.
    Raises SourceUnavailable and StorageFailed as `write` does, StorageFailed also where this OpenColorIO
    configuration does not know how an image is displayed plainly.
    """
    with _own_folder(path.parent) as folder, _plain_scene() as scene:
        written = folder / f"picture{tga.SUFFIX}"
        problem = _save(datablock, scene, written, in_editor=False)
        try:
            # Of a disk that is full Blender may say nothing (4.2).
            if tga.size(written) != tuple(datablock.size):
                raise _cannot_write(path.parent, problem)
            written.replace(path)
        except (OSError, PictureInvalid) as error:
            raise _cannot_write(path.parent, problem or _FULL) from error


def write_light(
    datablock: bpy.types.Image, scene: bpy.types.Scene, path: Path, file_format: str, color_space: str
) -> None:
    """Have Blender write an image to a file of linear light, such as OpenEXR, in a linear colour space.

    Raises RuntimeError when it cannot.
    """
    settings = scene.render.image_settings
    with _preserved_output(settings):
        compat.set_image_format(settings, file_format)
        settings.color_management = 'OVERRIDE'
        with contextlib.suppress(TypeError):
            settings.linear_colorspace_settings.name = color_space
        for name, value in (("color_mode", 'RGBA'), ("color_depth", '32')):
            # Radiance HDR has neither.
            with contextlib.suppress(TypeError):
                setattr(settings, name, value)
        datablock.save_render(str(path), scene=scene)


def is_context(editor: bpy.types.Space | None) -> bool:
    """Whether `in_editor` writes what this editor shows."""
    return editor is not None and editor == bpy.context.space_data


def _save(datablock: bpy.types.Image, scene: bpy.types.Scene, path: Path, *, in_editor: bool) -> str:
    """Blender's words when it did not succeed. Raises SourceUnavailable when there is nothing to write."""
    try:
        if in_editor:
            bpy.ops.image.save_as(filepath=str(path), copy=True, save_as_render=True)
        else:
            datablock.save_render(str(path), scene=scene)
    except RuntimeError as error:
        if reports.says(error, _NO_DATA):
            raise SourceUnavailable(unavailable.NO_PIXELS, "Choose another.", name=datablock.name) from error
        # The first says why, the last that it was not saved.
        return reports.lines(error)[0]
    return ""


@contextlib.contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """Blender gives each view a suffix of its own: whatever it writes is in here, and gone afterwards."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="drawthings-", dir=parent))
    except OSError as error:
        raise _cannot_write(parent, error.strerror or "") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _numbered_views(scene: bpy.types.Scene) -> Iterator[None]:
    """Each view's file has its number in its name: the artist's own suffixes may be any, or all the same."""
    with contextlib.ExitStack() as stack:
        for index, view in enumerate(scene.render.views):
            stack.enter_context(preserved(view, "file_suffix"))
            view.file_suffix = f"-{index:03}"
        yield


def _is_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - len(_END), 0))
        return stream.read() == _END


def _cannot_write(folder: Path, reason: str) -> StorageFailed:
    return StorageFailed(
        "Blender could not write the picture to {folder}: {reason}."
        if reason
        else "Blender could not write the picture to {folder}.",
        "Free some space there, or choose another folder in Preferences → File Paths → Temporary Files.",
        folder=folder,
        reason=reason.rstrip("."),
    )


@contextlib.contextmanager
def _output(settings: bpy.types.ImageFormatSettings, *, as_render: bool) -> Iterator[None]:
    """Output settings for a picture as it is displayed; the artist's are put back."""
    with _preserved_output(settings):
        compat.set_image_format(settings, 'PNG')
        settings.color_mode = 'RGBA'
        settings.color_depth = '8'
        # The worker reads the file once: packing it tight would be paid for on the main thread.
        settings.compression = 0
        settings.views_format = 'INDIVIDUAL'
        settings.color_management = 'FOLLOW_SCENE'
        if not as_render:
            settings.color_management = 'OVERRIDE'
            _display_plainly(settings)
        yield


@contextlib.contextmanager
def _plain_scene() -> Iterator[bpy.types.Scene]:
    """A scene that has Blender write bytes as they are: the artist's output settings could not all be put
    back. Raises StorageFailed where that is not to be had."""
    scene = bpy.data.scenes.new(".Draw Things Bytes")
    try:
        _display_plainly(scene)
        if (scene.display_settings.display_device, scene.view_settings.view_transform) != (
            'sRGB',
            'Standard',
        ):
            raise StorageFailed("Blender would write other colours than these.")
        compat.set_image_format(scene.render.image_settings, 'TARGA_RAW')
        scene.render.image_settings.color_mode = 'RGBA'
        yield scene
    finally:
        bpy.data.scenes.remove(scene)


def _display_plainly(settings: bpy.types.ImageFormatSettings | bpy.types.Scene) -> None:
    """As Blender displays an image that is no render."""
    # A studio's own OpenColorIO configuration may know none of these names.
    with contextlib.suppress(TypeError):
        settings.display_settings.display_device = 'sRGB'
    view = settings.view_settings
    for name, value in (
        ("view_transform", 'Standard'),
        ("look", 'None'),
        ("exposure", 0.0),
        ("gamma", 1.0),
        ("use_curve_mapping", False),
        ("use_white_balance", False),
    ):
        # White balance came with 4.3.
        if hasattr(view, name):
            with contextlib.suppress(TypeError):
                setattr(view, name, value)


@contextlib.contextmanager
def _preserved_output(settings: bpy.types.ImageFormatSettings) -> Iterator[None]:
    """All of the output settings are put back.

    Blender copies the scene's colour management into them whenever they get one of their own, so that
    is put back last. A curve in it cannot be.
    """
    with (
        preserved(settings.view_settings),
        preserved(settings.display_settings),
        preserved(settings.linear_colorspace_settings),
        preserved(settings),
    ):
        yield
