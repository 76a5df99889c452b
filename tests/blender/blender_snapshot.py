# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every RNA property of a scene as plain values, to tell whether anything was left changed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import bpy

Snapshot = dict[str, Any]
_Key = tuple[int, str]

#: Reading `uv_sculpt.palette`, or the searches of an editor that was never drawn, crashes 4.2.
_LEFT_OUT = {
    "uv_sculpt", "tab_search_results", "search_filter", "rna_type", "bl_rna", "depsgraph", "original",
}  # fmt: skip
#: What an ID holds inside it, and not by reference.
_EMBEDDED = (bpy.types.NodeTree, bpy.types.Collection)
_MAX_ITEMS = 2000


def snapshot() -> Snapshot:
    """Scenes with view layers, spaces, worlds, materials, cameras, handlers, and which datablocks exist."""
    with warnings.catch_warnings():
        # 5.0 calls some properties, such as Material.use_nodes, deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _snapshot()


def _snapshot() -> Snapshot:
    values: Snapshot = {}
    seen: set[_Key] = set()
    context = bpy.context
    for scene in bpy.data.scenes:
        _read(scene, f"scene {scene.name}", values, seen)
    for world in bpy.data.worlds:
        _read(world, f"world {world.name}", values, seen)
    for material in bpy.data.materials:
        _read(material, f"material {material.name}", values, seen)
    for camera in bpy.data.cameras:
        _read(camera, f"camera {camera.name}", values, seen)
    for owner in bpy.data.objects:
        placed = tuple(map(tuple, owner.matrix_world))
        values[f"object {owner.name}"] = (placed, owner.select_get(), owner.mode)
    for window in context.window_manager.windows:
        values["window"] = (window.scene.name, window.view_layer.name, window.screen.name)
        for number, area in enumerate(window.screen.areas):
            values[f"area {number}"] = (area.type, area.ui_type, area.show_menus)
            for space in area.spaces:
                _read(space, f"area {number} {space.type}", values, seen)
    values["active"] = context.view_layer.objects.active and context.view_layer.objects.active.name
    values |= _datablocks()
    values |= _handlers()
    return values


def difference(before: Snapshot, after: Snapshot) -> dict[str, tuple[Any, Any]]:
    """What is not the same, by path."""
    missing = "<missing>"
    return {
        path: (before.get(path, missing), after.get(path, missing))
        for path in sorted(before.keys() | after.keys())
        if before.get(path, missing) != after.get(path, missing)
    }


def temporary_files() -> set[Path]:
    """What lies in Blender's temporary folder, and what the extension put into the system's."""
    import tempfile

    folder = Path(bpy.app.tempdir)
    found = set(folder.rglob("*")) if folder.is_dir() else set()
    return found | set(Path(tempfile.gettempdir()).glob("drawthings-tiles-*"))


def _datablocks() -> Snapshot:
    found = {}
    for each in bpy.data.bl_rna.properties:
        if each.type == 'COLLECTION' and each.identifier not in {"window_managers", "screens"}:
            datablocks = getattr(bpy.data, each.identifier)
            users = [(one.name, one.users, one.use_fake_user) for one in datablocks]
            found[f"data {each.identifier}"] = users
    return found


def _handlers() -> Snapshot:
    names = [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]
    return {f"handlers {name}": list(getattr(bpy.app.handlers, name)) for name in names}


def _key(owner: bpy.types.bpy_struct) -> _Key:
    # A struct and its first member, or a space and its overlay settings, have one address.
    return owner.as_pointer(), owner.bl_rna.identifier


def _read(owner: bpy.types.bpy_struct, path: str, values: Snapshot, seen: set[_Key]) -> None:
    if _key(owner) in seen and isinstance(owner, bpy.types.ID):
        return
    seen.add(_key(owner))
    for each in owner.bl_rna.properties:
        name = each.identifier
        if name in _LEFT_OUT:
            continue
        where = f"{path}.{name}"
        try:
            value = getattr(owner, name)
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            values[where] = type(error).__name__
            continue
        if each.type == 'POINTER':
            _follow(value, where, path, values, seen)
        elif each.type == 'COLLECTION':
            values[f"{where} length"] = len(value)
            for index, item in enumerate(value):
                if index == _MAX_ITEMS:
                    break
                _follow(item, f"{where}[{index}]", path, values, seen)
        else:
            values[where] = _plain(value)


def _follow(
    value: bpy.types.bpy_struct | None, where: str, path: str, values: Snapshot, seen: set[_Key]
) -> None:
    if not isinstance(value, bpy.types.bpy_struct):
        values[where] = _plain(value)
    elif isinstance(value, bpy.types.ID) and not (isinstance(value, _EMBEDDED) and value.is_embedded_data):
        values[where] = (type(value).__name__, value.name)
    elif _key(value) in seen or where.count(".") > 12:
        values[where] = type(value).__name__
    else:
        _read(value, where, values, seen)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool, bytes)):
        return value if value == value else "nan"
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    try:
        return tuple(_plain(item) for item in value)
    except TypeError:
        return repr(type(value))
