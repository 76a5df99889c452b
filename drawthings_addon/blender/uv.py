# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture lies on an object: its UV map, one made by Smart UV Project, or a box projection."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Literal

import bpy
import numpy as np
from mathutils import Vector

from ..errors import TargetUnavailable
from . import node_placing

#: What is done for an object without a UV map: `Scene.drawthings.mapping`.
Mapping = Literal['UV', 'UV_PROJECT', 'BOX']

#: Blender makes UVs for these by itself when it makes a mesh of them (seen on 4.2 and 5.2).
_HAVE_THEIR_OWN = frozenset({'CURVE', 'SURFACE', 'FONT'})
_ANGLE = math.radians(66.0)
_MARGIN = 0.02
_BLEND = 0.2


def has_map(owner: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> bool:
    """Whether the object has UVs, of its own or by a modifier. Cheap enough for `draw`."""
    if owner.type != 'MESH':
        return owner.type in _HAVE_THEIR_OWN
    if owner.data.uv_layers:
        return True
    depsgraph = view_layer.depsgraph
    if depsgraph is None or not owner.modifiers:
        return False
    evaluated = owner.evaluated_get(depsgraph).data
    return isinstance(evaluated, bpy.types.Mesh) and bool(evaluated.uv_layers)


def why_not_unwrap(owner: bpy.types.Object) -> str:
    """Empty, or why Smart UV Project cannot give the object a UV map."""
    if owner.type != 'MESH':
        return f"“{owner.name}” is no mesh: it takes no UV map."
    if not owner.data.is_editable:
        return f"The mesh of “{owner.name}” is linked from another file: it takes no UV map."
    if not owner.visible_get():
        return f"“{owner.name}” is hidden: it cannot be unwrapped."
    if not owner.data.polygons:
        return f"“{owner.name}” has no faces: there is nothing to unwrap."
    return ""


def unwrap(context: bpy.types.Context, owners: Sequence[bpy.types.Object]) -> None:
    """Give each mesh a UV map by Smart UV Project; selection, mode and hidden faces are as before.

    Pushes no undo step. Raises TargetUnavailable for what cannot be unwrapped, before anything is touched.
    """
    for owner in owners:
        reason = why_not_unwrap(owner)
        if reason:
            raise TargetUnavailable(reason, "Unwrap it by hand, or set Without UV Map to Box.")
    if not owners:
        return
    # Without an override of the context: under one, an operator crashes 4.2, 4.5 and 5.0 while threads run.
    with _only_selected(context, owners), _all_faces_selected([owner.data for owner in owners]):
        bpy.ops.object.mode_set(mode='EDIT')
        try:
            bpy.ops.uv.smart_project(angle_limit=_ANGLE, island_margin=_MARGIN)
        finally:
            bpy.ops.object.mode_set(mode='OBJECT')


@contextlib.contextmanager
def _only_selected(context: bpy.types.Context, owners: Sequence[bpy.types.Object]) -> Iterator[None]:
    """In Object Mode with these objects selected, the first of them active."""
    layer = context.view_layer
    active, mode = layer.objects.active, context.mode
    tool_mode = active.mode if active is not None else 'OBJECT'
    selected = [each for each in layer.objects if each.select_get(view_layer=layer)]
    in_edit = [each for each in layer.objects if each.mode == 'EDIT'] if mode.startswith('EDIT') else []
    if tool_mode != 'OBJECT':
        bpy.ops.object.mode_set(mode='OBJECT')
    try:
        _select(layer, owners, owners[0])
        yield
    finally:
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
    kept = [
        (elements, name, _flags(elements, name))
        for mesh in found
        for elements in (mesh.vertices, mesh.edges, mesh.polygons)
        for name in ("hide", "select")
    ]
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


def project_from_box(
    tree: bpy.types.NodeTree, node: bpy.types.ShaderNodeTexImage, owner: bpy.types.Object
) -> None:
    """Let the image node paint `owner` from six sides, the picture once along its longest side.

    A node whose Vector something feeds already is left as it is.
    """
    if node.inputs["Vector"].is_linked:
        return
    node.projection = 'BOX'
    node.projection_blend = _BLEND
    corners = [Vector(corner) for corner in owner.bound_box]
    low = Vector(map(min, zip(*corners, strict=True)))
    high = Vector(map(max, zip(*corners, strict=True)))
    longest = max(high - low) or 1.0
    mapping = tree.nodes.new('ShaderNodeMapping')
    node_placing.put_before(mapping, node)
    coordinates = tree.nodes.new('ShaderNodeTexCoord')
    node_placing.put_before(coordinates, mapping)
    mapping.select = coordinates.select = False
    mapping.inputs["Scale"].default_value = Vector((1.0, 1.0, 1.0)) / longest
    mapping.inputs["Location"].default_value = Vector((0.5, 0.5, 0.5)) - (low + high) / 2 / longest
    tree.links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
