# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`Image.drawthings`: how a picture was made, kept with it in the .blend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty, PointerProperty, StringProperty


class DRAWTHINGS_PG_image(bpy.types.PropertyGroup):
    """Empty on images that are not results."""

    if TYPE_CHECKING:
        operation: str
        prompt: str
        negative_prompt: str
        seed: int
        model: str
        server: str
        recipe: str
    else:
        operation: StringProperty(name="Operation", description="txt2img, img2img or extras")
        prompt: StringProperty(name="Prompt")
        negative_prompt: StringProperty(name="Avoid")
        seed: IntProperty(name="Seed", description="Seeds above 2147483647 are written as negative numbers")
        model: StringProperty(name="Model")
        server: StringProperty(name="Server")
        recipe: StringProperty(
            name="Recipe", description="JSON: everything needed to make the picture again, except its source"
        )


_register, _unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PG_image,))


def register() -> None:
    _register()
    bpy.types.Image.drawthings = PointerProperty(type=DRAWTHINGS_PG_image)


def unregister() -> None:
    del bpy.types.Image.drawthings
    _unregister()
