# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of models in `WindowManager.drawthings.models`: those of the server's own list, or those that were
met and that its dialect knows, with whether each is there. The first are those that are."""

from __future__ import annotations

from typing import Any

import bpy

from . import windows
from .choices import offered
from .session import session

_ORDER = {True: 0, None: 1, False: 2}
_STATES = {True: 'THERE', None: 'UNKNOWN', False: 'NOT_THERE'}


class _Entries:
    """What the list was filled with."""

    def __init__(self) -> None:
        self._version = -1
        self._is_coming = False

    def want(self, interface: bpy.types.PropertyGroup) -> None:
        """Have the list filled by the next look of the pump, where it is not as things are. For `draw`, which
        may write nothing."""
        # A new window manager has none of what was filled.
        has_all = len(interface.models) > 0 or not offered.has_models
        is_filled = self._version == offered.version and has_all
        if not (is_filled or self._is_coming or bpy.app.background):
            self._is_coming = True
            session.get().attend(self._come)

    def _come(self) -> bool:
        self._is_coming = False
        self.fill()
        windows.redraw_sidebars()
        return False

    def fill(self) -> None:
        """Fill it now. While the server is being asked rows keep their places: somebody may point at one."""
        interface = windows.manager().drawthings
        found = [(each, offered.is_there(each.file)) for each in offered.all_models]
        search = session.get().model_search
        is_asking = search is not None and not search.is_over
        if is_asking and {each.file for each, _is_there in found} == set(interface.models.keys()):
            for listed in interface.models:
                listed.state = _STATES[offered.is_there(listed.name)]
            self._version = offered.version
            return
        found.sort(key=lambda entry: _ORDER[entry[1]])
        interface.models.clear()
        for model, is_there in found:
            entry: Any = interface.models.add()
            entry.name, entry.title, entry.family = model.file, model.title, model.family
            entry.pixels, entry.purposes = model.pixels, " ".join(model.purposes)
            entry.about, entry.state = model.about, _STATES[is_there]
        interface.model_index = -1
        self._version = offered.version


entries = _Entries()
