# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last render, as it is displayed."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...errors import SourceUnavailable, StorageFailed
from ...imaging.fit import FitMode
from ...jobs.source import Source, SourceName
from ..delivery import images
from . import last_render, looks, render_job, written


def render(
    scene: bpy.types.Scene,
    path: Path,
    *,
    fit_mode: FitMode = "PAD",
    editor: bpy.types.Space | None = None,
) -> Source:
    """The last render as it is displayed, written by Blender itself to `path` as a PNG. `editor` is the one
    that the artist is in.

    The view transform is applied once, by Blender. In an Image Editor that shows it, the layer and the pass
    that are shown; of a stereo render the view that an Image Editor shows, else the first. Raises
    SourceUnavailable when there is no render or one is under way, StorageFailed when it cannot be written.
    """
    render_job.require_idle()
    result = images.render_result()
    if result is None:
        raise nothing_rendered()
    look = looks.in_editor(result, editor)
    is_here = written.is_context(look.editor)
    in_editor = is_here and look.is_of_one_layer and bpy.ops.image.save_as.poll()
    # Elsewhere a render is what comes of it, however an editor displays it.
    as_render = result.use_view_as_render or not is_here
    try:
        written.write(result, scene, path, as_render=as_render, view=look.view, in_editor=in_editor)
    except SourceUnavailable as error:
        raise nothing_rendered() from error
    except StorageFailed as error:
        if last_render.of(scene) is not None:
            raise
        # After a render that failed there is a result without pixels, which no disk takes (4.2 and 5.2).
        raise nothing_rendered() from error
    return Source(SourceName("RENDER"), path=path, fit_mode=fit_mode)


def nothing_rendered() -> SourceUnavailable:
    """There is no last render to be sent."""
    return SourceUnavailable("Nothing was rendered yet.", "Render the scene first.")
