# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""By what an image node looks its picture up: by UV maps, or by coordinates that every object has."""

from __future__ import annotations

import bpy

from ..node_reading import Place, Reader

#: Nodes that give the same everywhere unless something feeds them.
_CONSTANT = frozenset({'MAPPING', 'VECT_MATH', 'VECTOR_ROTATE', 'COMBXYZ', 'VALUE', 'RGB', 'MATH', 'MIX'})


def uv_maps(
    node: bpy.types.Node, inside: tuple[bpy.types.Node, ...] = (), reader: Reader | None = None
) -> frozenset[str]:
    """The names of the UV maps by which an image node looks its picture up; an empty name is the map that is
    rendered, which is also that of a node whose Vector nothing feeds (Cycles and EEVEE, 4.2 to 5.2).

    Empty where other coordinates have a part in it, or where that cannot be told from inside of a node group.
    """
    reader = reader or Reader()
    first = Place(node, node.inputs["Vector"], inside)
    if reader.link(first.socket) is None:
        return frozenset({""})
    names: set[str] = set()
    waiting, seen = [first], set[tuple[int, ...]]()
    while waiting:
        fed = waiting.pop()
        if fed.key in seen:
            continue
        seen.add(fed.key)
        output = reader.source(fed)
        if output is None:
            return frozenset()
        giver = output.node
        if giver.type == 'UVMAP':
            names.add(giver.uv_map)
        elif giver.type == 'TEX_COORD' and output.socket.identifier == "UV":
            names.add("")
        else:
            inputs = [each for each in giver.inputs if each.enabled and reader.link(each) is not None]
            if not inputs and giver.type not in _CONSTANT:
                return frozenset()
            waiting += [Place(giver, each, output.inside) for each in inputs]
    return frozenset(names)
