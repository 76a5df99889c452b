# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faces of a mesh through its UV map, as a mask of the picture that they show: arrays, drawn by a worker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from ...errors import SourceUnavailable
from ...imaging.uv_mask import UvFaces
from .. import udim
from ..choices import MASK_TYPES

_Floats = npt.NDArray[np.float32]
#: Shares of red, green and blue in how white a colour is.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_ANOTHER = "Choose another in Only Here, or switch it off."


def require(owner: bpy.types.Object | None, attribute: str | None) -> bpy.types.Object:
    """The object. Raises SourceUnavailable where its mesh tells nothing of pictures; see `of`. Cheap enough
    for `draw`."""
    if owner is None or owner.type != 'MESH':
        raise SourceUnavailable("Only Here has its mask from a mesh, and none is active.", _ANOTHER)
    if owner.data.uv_layers.active is None:
        raise SourceUnavailable(
            "“{name}” has no UV map: nothing tells where its faces lie in the picture.",
            "Unwrap it first.",
            name=owner.name,
        )
    if attribute is not None:
        _require_attribute(owner, attribute)
    return owner


def _require_attribute(owner: bpy.types.Object, name: str) -> None:
    if not name:
        raise SourceUnavailable("Only Here has no attribute yet.", "Choose one, or switch it off.")
    found = owner.data.attributes.get(name)
    if found is None and owner.vertex_groups.get(name) is None:
        raise SourceUnavailable(
            "“{object}” has no attribute or vertex group “{name}”.", _ANOTHER, object=owner.name, name=name
        )
    if found is not None and (found.domain == 'EDGE' or found.data_type not in MASK_TYPES):
        raise SourceUnavailable(
            "The attribute “{name}” is one of {domain}, of the kind {kind}: it cannot be a mask.",
            "Choose a number, a truth value or a color of points, corners or faces.",
            name=name,
            domain="edges" if found.domain == 'EDGE' else f"{found.domain.lower()}s",
            kind=found.data_type.replace("_", " ").lower(),
        )


def of(
    owner: bpy.types.Object,
    attribute: str | None,
    width: int,
    height: int,
    *,
    image: bpy.types.Image | None = None,
    tile: int = 0,
    may_be_none: bool = False,
) -> UvFaces:
    """The selected faces of an object's mesh, or with an attribute or vertex group all that it marks, through
    the active UV map, on a picture of `width` × `height` pixels. In every mode as they are now.

    Where some of the object's materials show the `image` and others do not, faces with the others are left
    out. `tile` is the picture's UDIM number; of a picture without tiles what lies beyond comes in on its
    other side. Raises SourceUnavailable, also where no face is left, unless that `may_be_none`.
    """
    require(owner, attribute)
    with _mesh(owner) as mesh:
        count = len(mesh.polygons)
        starts, sizes = (
            _read(mesh.polygons, "loop_start", count, np.int32),
            _read(mesh.polygons, "loop_total", count, np.int32),
        )
        kept = ~_read(mesh.polygons, "hide", count, bool)
        slots = slots_with(image, owner) if image is not None else []
        if any(slots) and not all(slots):
            slot = _read(mesh.polygons, "material_index", count, np.int32)
            kept &= np.array(slots)[np.minimum(slot, len(slots) - 1)]
        if attribute is None:
            kept &= _read(mesh.polygons, "select", count, bool)
        values = _corner_values(owner, mesh, attribute, starts, sizes) if attribute is not None else None
        corners = len(mesh.loops)
        uvs = _read(mesh.uv_layers.active.uv, "vector", 2 * corners, np.float32).reshape(-1, 2)
    if values is not None and count:
        # In the order of their corners: what is black nowhere counts.
        kept &= np.array(np.maximum.reduceat(values, starts) > 0) if corners else kept
    if not kept.any() and not may_be_none:
        raise _none(owner, attribute)
    starts, sizes = starts[kept], sizes[kept]
    chosen = _corners(starts, sizes)
    uvs = uvs[chosen]
    if tile:
        uvs = uvs - np.array(udim.column_and_row(tile), np.float32)
    return UvFaces(
        uvs,
        sizes,
        width,
        height,
        values=values[chosen] if values is not None else None,
        is_repeated=not tile,
    )


def slots_with(image: bpy.types.Image, owner: bpy.types.Object) -> list[bool]:
    """Of each slot of the object whether its material shows the image anywhere."""
    trees = [each.material.node_tree if each.material is not None else None for each in owner.material_slots]
    return [tree is not None and _shows(tree, image, set()) for tree in trees]


def _shows(tree: bpy.types.NodeTree, image: bpy.types.Image, seen: set[int]) -> bool:
    for node in tree.nodes:
        if getattr(node, "image", None) == image:
            return True
        inside = node.node_tree if node.type == 'GROUP' else None
        if inside is not None and inside.session_uid not in seen:
            seen.add(inside.session_uid)
            if _shows(inside, image, seen):
                return True
    return False


def _none(owner: bpy.types.Object, attribute: str | None) -> SourceUnavailable:
    if attribute is None:
        return SourceUnavailable(
            "No face of “{name}” is selected: nothing would be made anew.",
            "Select some in Edit Mode, or choose another mask in Only Here.",
            name=owner.name,
        )
    return SourceUnavailable(
        "“{attribute}” is 0 all over “{name}”: nothing would be made anew.",
        "Choose another mask in Only Here.",
        attribute=attribute,
        name=owner.name,
    )


@contextlib.contextmanager
def _mesh(owner: bpy.types.Object) -> Iterator[bpy.types.Mesh]:
    """As it is edited: in Edit Mode a mesh's own data cannot be read."""
    if owner.mode != 'EDIT':
        yield owner.data
        return
    owner.update_from_editmode()
    copy = owner.data.copy()
    try:
        yield copy
    finally:
        bpy.data.meshes.remove(copy)


def _corner_values(
    owner: bpy.types.Object,
    mesh: bpy.types.Mesh,
    name: str,
    starts: npt.NDArray[np.int32],
    sizes: npt.NDArray[np.int32],
) -> _Floats:
    """How white each corner is, 0 to 1."""
    found = mesh.attributes.get(name)
    values = _numbers(found) if found is not None else _weights(mesh, owner.vertex_groups[name].index)
    values = np.clip(np.nan_to_num(values), 0.0, 1.0)
    domain = found.domain if found is not None else 'POINT'
    if domain == 'POINT':
        values = values[_read(mesh.loops, "vertex_index", len(mesh.loops), np.int32)]
    elif domain == 'FACE':
        spread = np.zeros(len(mesh.loops), np.float32)
        spread[_corners(starts, sizes)] = np.repeat(values, sizes)
        values = spread
    return values.astype(np.float32)


def _numbers(attribute: bpy.types.Attribute) -> _Floats:
    count = len(attribute.data)
    if MASK_TYPES[attribute.data_type] == 4:
        colors = _read(attribute.data, "color", 4 * count, np.float32).reshape(-1, 4)
        return np.asarray(colors[:, :3] @ _LUMINANCE * colors[:, 3], np.float32)
    kind: Any = {'BOOLEAN': bool, 'FLOAT': np.float32}.get(attribute.data_type, np.int32)
    return _read(attribute.data, "value", count, kind).astype(np.float32)


def _weights(mesh: bpy.types.Mesh, group: int) -> _Floats:
    """Of a vertex group: Blender gives no array of them."""
    values = np.zeros(len(mesh.vertices), np.float32)
    for index, vertex in enumerate(mesh.vertices):
        for each in vertex.groups:
            if each.group == group:
                values[index] = each.weight
    return values


def _read(collection: Any, name: str, count: int, kind: Any) -> npt.NDArray[Any]:
    found = np.empty(count, kind)
    collection.foreach_get(name, found)
    return found


def _corners(starts: npt.NDArray[np.int32], sizes: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """The numbers of the corners of polygons, one after the other."""
    ends = np.cumsum(sizes, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - sizes), sizes)
