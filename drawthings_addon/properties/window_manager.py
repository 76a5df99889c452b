# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`WindowManager.drawthings`: what the interface remembers while Blender is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty, PointerProperty, StringProperty

from ..blender import choices


class DRAWTHINGS_PG_interface(bpy.types.PropertyGroup):
    """Never saved."""

    if TYPE_CHECKING:
        result_index: int
        advanced_search: str
    else:
        result_index: IntProperty(
            name="Result", description="The result that is selected, 0 is the newest", min=0
        )
        advanced_search: StringProperty(
            name="Add Parameter",
            description="Any other parameter of the server, by its name in the API",
            search=choices.search_parameters,
        )


_register, _unregister = bpy.utils.register_classes_factory((DRAWTHINGS_PG_interface,))


def register() -> None:
    _register()
    bpy.types.WindowManager.drawthings = PointerProperty(type=DRAWTHINGS_PG_interface)


def unregister() -> None:
    del bpy.types.WindowManager.drawthings
    _unregister()
