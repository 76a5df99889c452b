# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel's settings of pictures that repeat and of larger ones, as they are made by."""

from __future__ import annotations

import bpy

from ..imaging.seams import Axes
from ..jobs.canvas import Borders, Method, Seamless
from . import settings


def seamless(scene: bpy.types.Scene) -> Seamless:
    """What the panel shows."""
    chosen = scene.drawthings.seamless
    axes: Axes = chosen.axes
    method: Method = chosen.method
    return Seamless(axes, method, settings.as_shown(chosen.strength), work_megapixels(scene))


def seamless_wanted(scene: bpy.types.Scene) -> Seamless | None:
    """How new textures are made to repeat; None: they are as they come."""
    return seamless(scene) if scene.drawthings.seamless.use else None


def borders(scene: bpy.types.Scene) -> Borders:
    """What the panel shows."""
    chosen = scene.drawthings.outpaint
    return Borders(chosen.left, chosen.right, chosen.top, chosen.bottom, chosen.overlap)


def work_megapixels(scene: bpy.types.Scene) -> float:
    """At about which size the server works; 0: its own."""
    return settings.as_shown(scene.drawthings.inpaint.work_megapixels)


def adopt(scene: bpy.types.Scene, made: Seamless) -> None:
    """Set the panel to how a picture was made to repeat."""
    chosen = scene.drawthings.seamless
    chosen.axes, chosen.method, chosen.strength = made.axes, made.method, made.strength
