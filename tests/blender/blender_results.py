# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the session has by now, as tests look at it."""

from __future__ import annotations

import bpy
from bl_ext.user_default.drawthings_addon.blender.session import session


def newest() -> bpy.types.Image:
    """The datablock of the newest result."""
    image = session.get().results[0].datablock()
    assert image is not None
    return image


def told() -> str:
    """The notices in the panel."""
    return "\n".join(f"{each.text} {each.advice}" for each in session.get().notices)
