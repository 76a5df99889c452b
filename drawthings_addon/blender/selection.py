# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the artist presses, and what is selected: Blender's context as data, which a script can make too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class Selection:
    """For one press or one drawing: undo and file loading invalidate it."""

    scene: bpy.types.Scene
    view_layer: bpy.types.ViewLayer
    active: bpy.types.Object | None = None
    """The active object, or the one that is pinned in the Properties."""
    selected: Callable[[], Sequence[bpy.types.Object]] = tuple
    """The objects that are selected. Asked only where they count: there may be thousands."""
    editor: bpy.types.Space | None = None
    """The editor that the press is in; None for a script, a timer, or background."""
    area: bpy.types.Area | None = None
    window: bpy.types.Window | None = None

    @classmethod
    def of(cls, context: bpy.types.Context) -> Selection:
        """As operators and panels have it."""
        layer = context.view_layer
        return cls(
            context.scene,
            layer,
            getattr(context, "object", layer.objects.active),
            lambda: getattr(context, "selected_objects", layer.objects.selected),
            context.space_data,
            context.area,
            context.window,
        )
