# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key that shows what was before: in the extension's part of Blender's key maps, which the artist can
change in the preferences."""

from __future__ import annotations

import bpy

from .. import windows

#: Free in Blender's own key maps, in every mode (4.2 to 5.2).
KEY = 'BACK_SLASH'
_OPERATOR = "drawthings.compare_hold"
#: Key maps and the editors that they are of.
_WHERE = (("Image", 'IMAGE_EDITOR'), ("3D View", 'VIEW_3D'), ("Node Editor", 'NODE_EDITOR'))

_added: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


def shown() -> str:
    """The key as it is set now, such as “\\”; empty where there is none. Cheap enough for `draw`."""
    configuration = windows.manager().keyconfigs.user
    for name, space in _WHERE:
        keymap = configuration.keymaps.find(name, space_type=space) if configuration is not None else None
        items = keymap.keymap_items if keymap is not None else ()
        found = next((each for each in items if each.idname == _OPERATOR and each.active), None)
        if found is not None:
            return str(found.to_string())
    return ""


def register() -> None:
    """Add them; where Blender has no windows there are none to add to."""
    # Blender hides its data from an extension that registers.
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:
        return
    for name, space in _WHERE:
        keymap = configuration.keymaps.new(name=name, space_type=space)
        _added.append((keymap, keymap.keymap_items.new(_OPERATOR, KEY, 'PRESS')))


def unregister() -> None:
    """Take them out again."""
    for keymap, item in _added:
        keymap.keymap_items.remove(item)
    _added.clear()
