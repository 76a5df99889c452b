# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artist looks for in the history. Each change of it searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..blender import choices
from ..blender.actions import history_search
from ..client import bounds

_DAY_BYTES = 40


def _search(_interface: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    history_search.search()


class HistorySearch:
    """A part of `WindowManager.drawthings`. Nothing of it is saved."""

    if TYPE_CHECKING:
        history_words: str
        history_model: str
        history_kind: str
        history_blend: str
        history_since: str
        history_until: str
        history_favourites: bool
        history_deleted: bool
        history_selected: str
    else:
        history_words: StringProperty(
            name="Search",
            description="Words of the prompt, or of the names of the model, the LoRAs or the .blend: what "
            "has all of them is found while you type",
            maxlen=bounds.MAX_NAME,
            # Else nothing would be found before Return is pressed.
            options={'TEXTEDIT_UPDATE'},
            update=_search,
        )
        history_model: StringProperty(
            name="Model",
            description="Only what was made with this model; a part of its name is enough",
            maxlen=choices.MAX_NAME_BYTES,
            search=choices.search_history_models,
            search_options={'SUGGESTION'},
            update=_search,
        )
        history_kind: EnumProperty(
            name="Kind",
            description="Only what was made in this way",
            items=choices.HISTORY_KINDS,
            update=_search,
        )
        history_blend: StringProperty(
            name="Blend File",
            description="Only what was made in this .blend; a part of its name is enough",
            maxlen=choices.MAX_NAME_BYTES,
            search=choices.search_history_blends,
            search_options={'SUGGESTION'},
            update=_search,
        )
        history_since: StringProperty(
            name="Since",
            description="The first day, such as 2026-01-31 or This Week; empty: from the beginning",
            maxlen=_DAY_BYTES,
            search=choices.search_periods,
            search_options={'SUGGESTION'},
            update=_search,
        )
        history_until: StringProperty(
            name="Until",
            description="The last day, such as 2026-12-31 or Last Month; empty: until now",
            maxlen=_DAY_BYTES,
            search=choices.search_periods,
            search_options={'SUGGESTION'},
            update=_search,
        )
        history_favourites: BoolProperty(
            name="Favourites", description="Only pictures with a heart", update=_search
        )
        history_deleted: BoolProperty(
            name="Deleted",
            description="What was thrown away and still lies in a folder Deleted, to be brought back",
            update=_search,
        )
        history_selected: StringProperty(
            name="Selected Picture", description="Identity of the picture of the history that is selected"
        )
