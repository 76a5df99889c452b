# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`WindowManager.drawthings`: what the interface remembers while Blender is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..blender import choices, windows
from .history import DRAWTHINGS_PG_history_entry
from .history_search import HistorySearch
from .models import DRAWTHINGS_PG_listed_model


def _redraw_views(_interface: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    windows.redraw_views()


class DRAWTHINGS_PG_interface(HistorySearch, bpy.types.PropertyGroup):
    """Never saved."""

    if TYPE_CHECKING:
        result_index: int
        advanced_search: str
        overlay_opacity: float
        models: bpy.types.CollectionProperty
        model_index: int
        model_words: str
        model_family: str
        model_purpose: str
        use_models_there: bool
        history: bpy.types.CollectionProperty
        history_count: int
    else:
        result_index: IntProperty(
            name="Result", description="The result that is selected, 0 is the newest", min=0
        )
        advanced_search: StringProperty(
            name="Add Parameter",
            description="Any other parameter of the server, by its name in the API",
            search=choices.search_parameters,
        )
        overlay_opacity: FloatProperty(
            name="Opacity",
            description="How much of the picture is seen that lies over the 3D View",
            default=1.0,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
            update=_redraw_views,
        )
        models: CollectionProperty(
            name="Models",
            description="Models that the server has or may have, those first that are there",
            type=DRAWTHINGS_PG_listed_model,
        )
        model_index: IntProperty(name="Model", description="The row that is selected", default=-1, min=-1)
        model_words: StringProperty(
            name="Words",
            description="Show the models whose title, file or family holds these words",
            maxlen=choices.MAX_NAME_BYTES,
            options={'TEXTEDIT_UPDATE'},
        )
        model_family: EnumProperty(
            name="Family", description="Show the models of this family", items=choices.model_families
        )
        model_purpose: EnumProperty(
            name="Purpose", description="Show the models that are for this", items=choices.PURPOSE_ITEMS
        )
        use_models_there: BoolProperty(
            name="There Only", description="Show only models that the server was found to have"
        )
        history: CollectionProperty(
            name="History",
            description="What the last search of the history found, the newest first",
            type=DRAWTHINGS_PG_history_entry,
        )
        history_count: IntProperty(
            name="Found", description="How many pictures that search found in all", min=0
        )


_register, _unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_PG_listed_model, DRAWTHINGS_PG_interface)
)


def register() -> None:
    _register()
    bpy.types.WindowManager.drawthings = PointerProperty(type=DRAWTHINGS_PG_interface)


def unregister() -> None:
    del bpy.types.WindowManager.drawthings
    _unregister()
