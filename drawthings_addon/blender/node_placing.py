# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a new node goes in a node tree: near the node that it feeds, in its frame, over no other node.

Nodes that are there are never moved. Locations are those of the upper left corner; y grows upwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
from mathutils import Vector

_SPACING = 60.0
#: Between nodes that stand one over the other.
_GAP = 30.0
#: How far is looked above and below in one column before the next one to the left.
_REACH = 1600.0
_COLUMNS = 8
# Heights in units of the editor, seen on 4.3 and 5.2.
_HEADER = 30.0
_ROW = 22.0
_COLLAPSED = 36.0
#: What a node has besides its sockets.
_BODIES = {'TEX_IMAGE': 140.0, 'VALTORGB': 140.0, 'CURVE_RGB': 260.0, 'TEX_ENVIRONMENT': 110.0}
_BODY = 60.0


@dataclass(frozen=True)
class _Box:
    """Edges in the editor's units, frames counted in."""

    left: float
    top: float
    width: float
    height: float

    def overlaps(self, other: _Box) -> bool:
        return (
            self.left < other.left + other.width + _GAP
            and other.left < self.left + self.width + _GAP
            and self.top > other.top - other.height - _GAP
            and other.top > self.top - self.height - _GAP
        )


def put_before(node: bpy.types.Node, fed: bpy.types.Node) -> None:
    """To the left of the node that it feeds, in its frame, where there is room."""
    node.parent = fed.parent
    beside = _box(fed)
    taken = [_box(each) for each in fed.id_data.nodes if each.type != 'FRAME' and each != node]
    taken += _foreign_frames(fed)
    width, height = node.width, _height(node)
    free = _Box(beside.left - width - _SPACING, beside.top, width, height)
    for left, top in _candidates(free):
        tried = _Box(left, top, width, height)
        if not any(tried.overlaps(each) for each in taken):
            free = tried
            break
    _move(node, free.left, free.top)


def put_between(node: bpy.types.Node, before: bpy.types.Node, fed: bpy.types.Node) -> None:
    """Where `before` is, which makes room to the left, as far as there is some."""
    place = _box(before)
    node.parent = fed.parent
    _move(node, place.left + place.width - node.width, place.top)
    _move(before, -1e6, 0.0)
    put_before(before, node)


def _candidates(first: _Box) -> Iterator[tuple[float, float]]:
    """Beside the node first, then below and above by turns, then a column further left."""
    for column in range(_COLUMNS):
        left = first.left - column * (first.width + _SPACING)
        yield left, first.top
        steps = int(_REACH / _GAP)
        for step in range(1, steps):
            yield left, first.top - step * _GAP
            yield left, first.top + step * _GAP


def _foreign_frames(fed: bpy.types.Node) -> list[_Box]:
    """What other frames cover: a node over a frame that it is not in would look as if it were."""
    frames = []
    around = set(_parents(fed))
    for frame in fed.id_data.nodes:
        if frame.type != 'FRAME' or frame in around:
            continue
        boxes = [_box(each) for each in fed.id_data.nodes if frame in _parents(each) and each.type != 'FRAME']
        if boxes:
            left, top = min(each.left for each in boxes), max(each.top for each in boxes)
            right = max(each.left + each.width for each in boxes)
            bottom = min(each.top - each.height for each in boxes)
            frames.append(_Box(left - _GAP, top + _GAP, right - left + 2 * _GAP, top - bottom + 2 * _GAP))
    return frames


def _parents(node: bpy.types.Node) -> list[bpy.types.Node]:
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def _box(node: bpy.types.Node) -> _Box:
    corner = _offset(node) + node.location
    return _Box(corner.x, corner.y, node.width, _height(node))


def _offset(node: bpy.types.Node) -> Vector:
    """Where the node's frame begins: locations count from it. `location_absolute` came with 4.4 or 4.5."""
    return sum((each.location for each in _parents(node)), Vector((0.0, 0.0)))


def _move(node: bpy.types.Node, left: float, top: float) -> None:
    node.location = Vector((left, top)) - _offset(node)


def _height(node: bpy.types.Node) -> float:
    """As drawn, else as it will be: a node that was not drawn yet has no dimensions."""
    if node.type == 'REROUTE':
        return _ROW
    drawn = node.dimensions.y / (bpy.context.preferences.system.ui_scale or 1.0)
    if drawn > 0.0:
        return drawn
    if node.hide:
        return _COLLAPSED
    sockets = [
        each for each in (*node.inputs, *node.outputs) if each.enabled and (not each.hide or each.is_linked)
    ]
    return _HEADER + _ROW * len(sockets) + _BODIES.get(node.type, _BODY)
