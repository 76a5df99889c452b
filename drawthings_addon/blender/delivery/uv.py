# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture lies on an object: its UV map, one made by Smart UV Project, or a box projection."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np

from ...errors import TargetUnavailable
from ...messages import Message
from .. import compat
from . import coordinates, node_placing

#: What is done for an object without a UV map: `Scene.drawthings.mapping`.
Mapping = Literal['UV', 'UV_PROJECT', 'BOX']

#: Blender makes UVs for these by itself when it makes a mesh of them (seen on 4.2 and 5.2).
_HAVE_THEIR_OWN = frozenset({'CURVE', 'SURFACE', 'FONT'})
_ANGLE = math.radians(66.0)
_MARGIN = 0.02
_BLEND = 0.2
#: Corners of a mesh that are looked at first: they differ on all but a map that is one point.
_SAMPLES = 16
_BY_HAND = "Unwrap it by hand, or set Without UV Map to Box."
_NO_MAP = "“{object}” has no UV map."
_NO_FACES = "“{object}” has no faces: there is nothing to unwrap."


def why_no_map(owner: bpy.types.Object, view_layer: bpy.types.ViewLayer, name: str = "") -> str:
    """Empty, or why no picture could lie on the object by the UV map of this name, by default the one that is
    rendered. UVs are its own or a modifier's, as was last evaluated. Cheap enough for `draw`."""
    if owner.type == 'CURVES':
        # Cycles takes the first pair of numbers that each curve has for its UVs.
        has_pair = any(each.data_type == 'FLOAT2' for each in owner.data.attributes)
        return "" if has_pair else Message(_NO_MAP, object=owner.name)
    if owner.type != 'MESH':
        return "" if owner.type in _HAVE_THEIR_OWN else Message(_NO_MAP, object=owner.name)
    own = _layer(owner.data, name)
    made = _modified(owner, view_layer)
    if made is not None and not made.uv_layers:
        if own is not None:
            return Message(
                "The modifiers of “{object}” leave no UV map.",
                object=owner.name,
            )
        return Message(_NO_MAP, object=owner.name)
    layer = _layer(made, name) if made is not None else own
    if layer is None:
        if not name:
            return Message(_NO_MAP, object=owner.name)
        return Message(
            "“{object}” has no UV map “{name}”, which its material asks for.",
            object=owner.name,
            name=name,
        )
    if own is not None and _is_one_point(layer):
        return Message(
            "The UV map of “{object}” is a single point.",
            object=owner.name,
        )
    return ""


def is_smeared(owner: bpy.types.Object) -> bool:
    """Whether faces would show but one row of a picture by their UVs, drawn out: those that Blender fills
    texts and flat curves with (rendered by Cycles 5.2; the UVs are the same in 4.2)."""
    is_flat = owner.type == 'FONT' or (owner.type == 'CURVE' and owner.data.dimensions == '2D')
    return is_flat and owner.data.fill_mode != 'NONE'


def _layer(mesh: bpy.types.Mesh, name: str) -> bpy.types.MeshUVLoopLayer | None:
    """The UV map of the name, without one that which is rendered."""
    if name:
        return mesh.uv_layers.get(name)
    found = list(mesh.uv_layers)
    if len(found) < 2:
        return found[0] if found else None
    return next((each for each in found if each.active_render), found[0])


def _modified(owner: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> bpy.types.Mesh | None:
    """The mesh with its modifiers, where there are some and it has faces. Nothing is evaluated for it."""
    depsgraph = view_layer.depsgraph
    if depsgraph is None or not owner.modifiers or owner.mode == 'EDIT':
        return None
    mesh = owner.evaluated_get(depsgraph).data
    return mesh if isinstance(mesh, bpy.types.Mesh) and mesh.polygons else None


def _is_one_point(layer: bpy.types.MeshUVLoopLayer) -> bool:
    """Whether all corners are in one place. In Edit Mode they cannot be looked at."""
    corners = layer.uv
    count = len(corners)
    if not count:
        return False
    first = corners[0].vector
    if any(corners[index].vector != first for index in range(1, count, max(1, count // _SAMPLES))):
        return False
    found = np.empty(count * 2, np.float32)
    corners.foreach_get("vector", found)
    return bool((found.reshape(-1, 2) == found[:2]).all())


def why_not_unwrap(
    owner: bpy.types.Object, view_layer: bpy.types.ViewLayer, space: bpy.types.Space | None = None
) -> str:
    """Empty, or why Smart UV Project cannot give the object a UV map, from the editor `space`."""
    if owner.type != 'MESH':
        return Message("“{object}” is no mesh: it takes no UV map.", object=owner.name)
    mesh = owner.data
    if not mesh.is_editable or mesh.override_library is not None:
        return Message(
            "The mesh of “{object}” is linked from another file: it takes no UV map.", object=owner.name
        )
    viewport = space if space is not None and space.type == 'VIEW_3D' else None
    if not owner.visible_get(view_layer=view_layer, viewport=viewport):
        return Message("“{object}” is hidden: it cannot be unwrapped.", object=owner.name)
    if not mesh.polygons and owner.mode != 'EDIT':
        return Message(_NO_FACES, object=owner.name)
    own = _layer(mesh, "")
    if own is not None and not _is_one_point(own):
        return Message("“{object}” has a UV map already: another would change nothing.", object=owner.name)
    return ""


def unwrap(
    owners: Sequence[bpy.types.Object],
    layer: bpy.types.ViewLayer,
    space: bpy.types.Space | None = None,
) -> None:
    """Give each mesh a UV map by Smart UV Project, from the editor `space`; selection, mode and hidden faces
    are as before. The view layer is the one that the window shows.

    A map that is a single point is filled, else one is made. Pushes no undo step. Raises TargetUnavailable
    for what cannot be unwrapped, before anything is touched.
    """
    for owner in owners:
        reason = why_not_unwrap(owner, layer, space)
        if reason:
            raise TargetUnavailable(reason, _BY_HAND)
    if not owners:
        return
    by_mesh = {owner.data: owner for owner in reversed(owners)}
    # Without an override of the context: under one, an operator crashes 4.2, 4.5 and 5.0 while threads run.
    with _nothing_selected(layer), _all_faces_selected(list(by_mesh)):
        # Each alone, so that each gets the whole picture; also one that cannot be selected.
        for owner in by_mesh.values():
            _unwrap_one(layer, owner)
    layer.update()
    for mesh, owner in by_mesh.items():
        made = _layer(mesh, "")
        if made is None or (_is_one_point(made) and owner.mode != 'EDIT'):
            raise TargetUnavailable("“{object}” could not be unwrapped.", _BY_HAND, object=owner.name)


def _unwrap_one(layer: bpy.types.ViewLayer, owner: bpy.types.Object) -> None:
    if not owner.data.polygons:
        # In Edit Mode that was not known.
        raise TargetUnavailable(_NO_FACES, _BY_HAND, object=owner.name)
    maps = owner.data.uv_layers
    active, rendered = maps.active_index, _layer(owner.data, "")
    if rendered is not None:
        maps.active = rendered
    owner.select_set(True, view_layer=layer)
    layer.objects.active = owner
    bpy.ops.object.mode_set(mode='EDIT')
    try:
        bpy.ops.uv.smart_project(angle_limit=_ANGLE, island_margin=_MARGIN)
    finally:
        bpy.ops.object.mode_set(mode='OBJECT')
        owner.select_set(False, view_layer=layer)
        if rendered is not None:
            maps.active_index = active


@contextlib.contextmanager
def _nothing_selected(layer: bpy.types.ViewLayer) -> Iterator[None]:
    """In Object Mode; what was selected and active, and its mode, is put back."""
    active = layer.objects.active
    tool_mode = active.mode if active is not None else 'OBJECT'
    selected = [each for each in layer.objects if each.select_get(view_layer=layer)]
    in_edit = [each for each in layer.objects if each.mode == 'EDIT'] if tool_mode == 'EDIT' else []
    # The armature of a mesh whose weights are painted.
    posed = [each for each in layer.objects if each.mode == 'POSE' and each != active]
    if tool_mode != 'OBJECT':
        bpy.ops.object.mode_set(mode='OBJECT')
    try:
        _select(layer, (), active)
        yield
    finally:
        for each in posed:
            if each.mode != 'POSE':
                layer.objects.active = each
                bpy.ops.object.mode_set(mode='POSE')
        if in_edit:
            _select(layer, in_edit, active)
        elif active is not None:
            _select(layer, [active], active)
        if active is not None and tool_mode != 'OBJECT':
            bpy.ops.object.mode_set(mode=tool_mode)
        _select(layer, selected, active)


def _select(
    layer: bpy.types.ViewLayer, owners: Sequence[bpy.types.Object], active: bpy.types.Object | None
) -> None:
    wanted = set(owners)
    for each in layer.objects:
        if each.select_get(view_layer=layer) != (each in wanted):
            each.select_set(each in wanted, view_layer=layer)
    layer.objects.active = active


@contextlib.contextmanager
def _all_faces_selected(meshes: Sequence[bpy.types.Mesh]) -> Iterator[None]:
    """Edit Mode then finds all faces shown and selected; what was hidden or selected is put back."""
    found = list(dict.fromkeys(meshes))
    for mesh in found:
        compat.mend_edge_selection(mesh)
    kept = [
        (elements, name, _flags(elements, name))
        for mesh in found
        for elements in (mesh.vertices, mesh.edges, mesh.polygons)
        for name in ("hide", "select")
    ]
    # A mesh of which nothing is hidden has no attributes for that, and gets none.
    kept = [(elements, name, before) for elements, name, before in kept if name == "select" or before.any()]
    for elements, name, _before in kept:
        elements.foreach_set(name, np.full(len(elements), name == "select"))
    try:
        yield
    finally:
        for elements, name, before in kept:
            elements.foreach_set(name, before)


def _flags(elements: bpy.types.bpy_prop_collection, name: str) -> np.ndarray:
    found = np.empty(len(elements), bool)
    elements.foreach_get(name, found)
    return found


@dataclass(frozen=True)
class Box:
    """From where six sides of an object are painted: its own coordinates times `scale`, plus `offset`."""

    scale: tuple[float, float, float]
    offset: tuple[float, float, float]


def box(owner: bpy.types.Object) -> Box:
    """The picture once along the object's longest side, and nowhere stretched by the object's scale.

    As the object was last evaluated.
    """
    sizes = [abs(each) for each in owner.matrix_world.to_scale()]
    corners = list(zip(*owner.bound_box, strict=True))
    lows, highs = map(min, corners), map(max, corners)
    sides = [(low * size, high * size) for low, high, size in zip(lows, highs, sizes, strict=True)]
    longest = max(high - low for low, high in sides) or 1.0
    # Copies of an object are the same but for rounding.
    return Box(
        tuple(round(size / longest, 5) for size in sizes),
        tuple(round(0.5 - (low + high) / 2 / longest, 5) for low, high in sides),
    )


def project_from_box(
    tree: bpy.types.NodeTree, node: bpy.types.ShaderNodeTexImage, owner: bpy.types.Object
) -> None:
    """Let the image node paint `owner` from six sides.

    A node that looks the picture up by other coordinates than UVs is left as it is.
    """
    if not coordinates.uv_maps(node):
        return
    node.projection = 'BOX'
    node.projection_blend = _BLEND
    found = box(owner)
    mapping = tree.nodes.new('ShaderNodeMapping')
    node_placing.put_before(mapping, node)
    places = tree.nodes.new('ShaderNodeTexCoord')
    node_placing.put_before(places, mapping)
    mapping.select = places.select = False
    mapping.inputs["Scale"].default_value = found.scale
    mapping.inputs["Location"].default_value = found.offset
    tree.links.new(places.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
