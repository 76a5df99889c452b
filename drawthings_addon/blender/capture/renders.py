# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last render, as it is displayed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...errors import SourceUnavailable
from ...imaging.fit import FitMode
from ...jobs.job import Source
from .. import compat
from ..preserve import preserved


def render(scene: bpy.types.Scene, path: Path, *, fit_mode: FitMode = "PAD") -> Source:
    """The last render as it is displayed, written by Blender itself to `path` as an 8-bit PNG.

    The view transform is applied once, by Blender. Raises SourceUnavailable when there is no render.
    """
    result = bpy.data.images.get("Render Result")
    if result is None or result.type != 'RENDER_RESULT':
        raise SourceUnavailable("Nothing was rendered yet.", "Render the scene first.")
    settings = scene.render.image_settings
    with _preserved_output(settings):
        compat.set_image_format(settings, 'PNG')
        settings.color_mode = 'RGBA'
        settings.color_depth = '8'
        # The worker reads the file once: packing it tight would be paid for on the main thread.
        settings.compression = 0
        settings.color_management = 'FOLLOW_SCENE'
        try:
            result.save_render(str(path), scene=scene)
        except RuntimeError as error:
            raise SourceUnavailable("Nothing was rendered yet.", "Render the scene first.") from error
    if not path.is_file():
        raise SourceUnavailable("Blender did not save its render.", "Render the scene again.")
    return Source("render", path=path, fit_mode=fit_mode)


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
