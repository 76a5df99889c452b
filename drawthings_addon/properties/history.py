# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`WindowManager.drawthings.history`: what a search of the history found, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty


class DRAWTHINGS_PG_history_entry(bpy.types.PropertyGroup):
    """A picture that was made, whether its file is still there or not."""

    if TYPE_CHECKING:
        identity: str
        path: str
        created: str
        operation: str
        prompt: str
        negative_prompt: str
        model: str
        server: str
        width: int
        height: int
        seed: int
        blend: str
        set: str
        set_index: int
        label: str
        is_favourite: bool
        is_missing: bool
        is_deleted: bool
    else:
        identity: StringProperty(name="Identity", description="Means it wherever its file lies")
        path: StringProperty(
            name="File", description="Where it is, or was when it was seen last", subtype='FILE_PATH'
        )
        created: StringProperty(name="Created", description="ISO 8601, UTC")
        operation: StringProperty(name="Operation", description="How it was made: txt2img, img2img or extras")
        prompt: StringProperty(name="Prompt")
        negative_prompt: StringProperty(name="Negative Prompt")
        model: StringProperty(name="Model")
        server: StringProperty(name="Server")
        width: IntProperty(name="Width", description="In pixels")
        height: IntProperty(name="Height", description="In pixels")
        seed: IntProperty(name="Seed", description="Seeds above 2147483647 are written as negative numbers")
        blend: StringProperty(name="Blend File", description="In which it was made, without its folder")
        set: StringProperty(
            name="Set", description="The same for all that one press made to be chosen from; empty: of none"
        )
        set_index: IntProperty(name="Index", description="Which one of its set it is, from 0")
        label: StringProperty(name="Label", description="What tells it from the others of a grid")
        is_favourite: BoolProperty(name="Favourite")
        is_missing: BoolProperty(name="Missing", description="Its file was not there at the last look")
        is_deleted: BoolProperty(name="Deleted", description="It was thrown away, and can be brought back")


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PG_history_entry,))
