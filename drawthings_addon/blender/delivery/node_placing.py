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

from .. import settings

_SPACING = 60.0
#: Between nodes that stand one over the other, and from a frame's edge to the nodes in it.
_GAP = 30.0
#: From a frame's upper edge to the nodes in it.
_TITLE = 60.0
#: How far is looked above and below in one column before the next one to the left.
_REACH = 1600.0
_COLUMNS = 8
# Heights in units of the editor, seen on 4.3 and 5.2.
_HEADER = 30.0
_ROW = 22.0
_COLLAPSED = 36.0
#: What a node has besides its sockets.
_BODIES = {'TEX_IMAGE': 180.0, 'VALTORGB': 140.0, 'CURVE_RGB': 260.0, 'TEX_ENVIRONMENT': 150.0}
_BODY = 110.0


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
    """To the left of the node that it feeds, where there is room: in its frame, unless that would grow over
    nodes that are not in it."""
    others = [each for each in fed.id_data.nodes if each.type != 'FRAME' and each != node]
    boxes = [(each, _box(each), _parents(each)) for each in others]
    beside = _box(fed)
    first = _Box(beside.left - node.width - _SPACING, beside.top, node.width, _height(node))
    for frame in (*_parents(fed), None):
        place = _room(first, frame, boxes)
        if place is not None:
            node.parent = frame
            break
    else:
        place = first
    _move(node, place.left, place.top)


def _room(
    first: _Box, frame: bpy.types.Node | None, boxes: list[tuple[bpy.types.Node, _Box, list[bpy.types.Node]]]
) -> _Box | None:
    """The nearest free place in the frame, or outside of all that do not hold the frame itself."""
    around = [frame, *_parents(frame)] if frame is not None else []
    taken = [box for _node, box, _parents in boxes]
    inner = {each for _node, _box, parents in boxes for each in parents if each not in around}
    taken += [_covered([box for _node, box, parents in boxes if each in parents]) for each in inner]
    mine = [box for _node, box, parents in boxes if frame in parents]
    foreign = [box for _node, box, parents in boxes if frame not in parents] if frame is not None else []
    # Frames that are there may lie over such nodes already.
    foreign = [box for box in foreign if not box.overlaps(_covered(mine))]
    for left, top in _candidates(first):
        tried = _Box(left, top, first.width, first.height)
        if any(tried.overlaps(each) for each in taken):
            continue
        if foreign:
            grown = _covered([*mine, tried])
            if any(grown.overlaps(each) for each in foreign):
                continue
        return tried
    return None


def _covered(boxes: list[_Box]) -> _Box:
    """What a frame around them covers: a node over a frame that it is not in looks as if it were."""
    left, top = min(each.left for each in boxes), max(each.top for each in boxes)
    right = max(each.left + each.width for each in boxes)
    bottom = min(each.top - each.height for each in boxes)
    return _Box(left - _GAP, top + _TITLE, right - left + 2 * _GAP, top - bottom + _TITLE + _GAP)


def _candidates(first: _Box) -> Iterator[tuple[float, float]]:
    """Beside the node first, then below and above by turns, then a column further left."""
    for column in range(_COLUMNS):
        left = first.left - column * (first.width + _SPACING)
        yield left, first.top
        steps = int(_REACH / _GAP)
        for step in range(1, steps):
            yield left, first.top - step * _GAP
            yield left, first.top + step * _GAP


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
    drawn = node.dimensions.y / (settings.ui_scale())
    if drawn > 0.0:
        return drawn
    if node.hide:
        return _COLLAPSED
    sockets = [
        each for each in (*node.inputs, *node.outputs) if each.enabled and (not each.hide or each.is_linked)
    ]
    return _HEADER + _ROW * len(sockets) + _BODIES.get(node.type, _BODY)
