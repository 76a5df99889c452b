# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scene and a file hold, so that a test can tell that nothing changed."""

from __future__ import annotations

from typing import Any

import bpy

#: Not values of their own; reading the brush of UV sculpting crashes 4.2.
_SKIPPED = {"rna_type", "bl_rna", "depsgraph", "original", "id_data", "uv_sculpt"}


def datablocks() -> dict[str, list[tuple[str, int]]]:
    """Name and number of users of every datablock of the file.

    Copying a scene in 4.2 counts the users of its collections once too often: those are left out there.
    """
    found = {
        each.identifier: [(block.name, block.users) for block in getattr(bpy.data, each.identifier)]
        for each in bpy.data.bl_rna.properties
        if each.type == 'COLLECTION'
    }
    if bpy.app.version < (4, 3, 0):
        found["collections"] = [(name, 0) for name, _users in found["collections"]]
    return found


def values(owner: bpy.types.bpy_struct, *, depth: int = 4) -> dict[str, Any]:
    """Every property below `owner`, by path; other datablocks by name, collections element by element."""
    found: dict[str, Any] = {}
    _collect(owner, "", found, depth)
    return found


def _collect(owner: bpy.types.bpy_struct, path: str, found: dict[str, Any], depth: int) -> None:
    for each in owner.bl_rna.properties:
        name = f"{path}.{each.identifier}"
        if each.identifier in _SKIPPED:
            continue
        try:
            value = getattr(owner, each.identifier)
        except AttributeError:
            continue
        if each.type == 'POINTER':
            _follow(value, name, found, depth)
        elif each.type == 'COLLECTION':
            for index, element in enumerate(value):
                _follow(element, f"{name}[{index}]", found, depth)
        else:
            found[name] = repr(value[:] if getattr(each, "is_array", False) else value)


def _follow(value: Any, name: str, found: dict[str, Any], depth: int) -> None:
    if value is None:
        found[name] = None
    elif isinstance(value, bpy.types.ID) and not value.is_embedded_data:
        found[name] = (type(value).__name__, value.name)
    elif depth > 0:
        _collect(value, name, found, depth - 1)
