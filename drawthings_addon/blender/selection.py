# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the artist presses, and what is selected: Blender's context as data, which a script can make too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy

from ..errors import SourceUnavailable
from . import painted

OPEN_ONE = "Open one in the Image Editor."


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
            # Where no window is, as for some handlers, a context has neither of these.
            context.object if hasattr(context, "object") else layer.objects.active,
            lambda: getattr(context, "selected_objects", layer.objects.selected),
            context.space_data,
            context.area,
            context.window,
        )

    @property
    def edited_image(self) -> bpy.types.Image | None:
        """The image that this Image Editor shows; of a mask that is painted there the picture below it."""
        space = self.editor
        return painted.meant(space.image) if space is not None and space.type == 'IMAGE_EDITOR' else None


def image_named(name: str, advice: str = "Choose another.") -> bpy.types.Image:
    """The image datablock. Raises SourceUnavailable."""
    found = bpy.data.images.get(name)
    if found is None:
        raise SourceUnavailable("There is no image “{name}”.", advice, name=name)
    return found


def no_image() -> SourceUnavailable:
    """The error where an image is needed and none is chosen."""
    return SourceUnavailable("No image is chosen.", OPEN_ONE)
