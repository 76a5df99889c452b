# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of what was made of another picture without a prompt, into their own part of the panel."""

from __future__ import annotations

import bpy

from ...jobs.metadata import Metadata
from ...jobs.recipe import Recipe
from .. import canvas_settings, map_settings
from . import upscale


def adopt(scene: bpy.types.Scene, made: Recipe | Metadata) -> bool:
    """Set the panel to what the picture was made with; False where that is a request: nothing is done."""
    if made.is_of_request:
        return False
    if made.extras is not None:
        upscale.adopt(scene, made.extras)
    elif made.maps is not None:
        map_settings.adopt(scene, made.maps)
    elif made.seamless is not None:
        canvas_settings.adopt(scene, made.seamless)
    return True
