# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a shader tree is read: which image carries what arrives at a socket, and which shader shows.

A colour is followed along what carries it, in the order in which nodes take it (Mix: A, then B). Factors,
texture coordinates and other numbers that only steer a node are never followed; numbers that become the
colour, as those of a Color Ramp, come last. Reroutes, muted nodes and links and the borders of node groups
are passed as Blender passes them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import bpy

#: Ranks: what is found with a lower one is meant rather.
_NUMBER = 1
_OTHER_SHADER = 4
_HIDDEN = 16

_TWO_SIDED = frozenset({'MIX', 'MIX_RGB', 'MIX_SHADER'})
_SHADER_MIXERS = frozenset({'MIX_SHADER', 'ADD_SHADER', 'MENU_SWITCH', 'REPEAT_INPUT', 'REPEAT_OUTPUT'})
#: What lies behind these is another question.
_ENDS = frozenset({'TEX_IMAGE', 'BSDF_PRINCIPLED'})
#: Types of sockets that hold a colour; vectors are computed with as colours.
_COLORED = frozenset({'RGBA', 'VECTOR'})
#: Nodes whose outputs have inputs of the same name.
_BY_NAME = frozenset({'REPEAT_INPUT', 'REPEAT_OUTPUT'})
#: Nodes whose numbers tell of the surface, and only lean on the normal that they are given.
_MEASURES = frozenset({'AMBIENT_OCCLUSION', 'FRESNEL', 'LAYER_WEIGHT', 'NORMAL'})
_STEERING = frozenset({"Fac", "Factor"})
#: Of vectors, what is carried on; others are axes, locations and scales.
_VECTORS = frozenset({"Vector", "Normal"})
#: Inputs that one look follows a colour through: some 5 ms.
_LOOKED_AT = 250


@dataclass(frozen=True)
class Place:
    """A socket of a node, and the group nodes that it is inside of, the outermost first."""

    node: bpy.types.Node
    """The socket's own: in 4.2 Blender looks through the whole tree for it."""
    socket: bpy.types.NodeSocket
    inside: tuple[bpy.types.Node, ...] = ()

    @cached_property
    def key(self) -> tuple[int, ...]:
        return (self.socket.as_pointer(), *(each.as_pointer() for each in self.inside))


@dataclass(frozen=True)
class Found:
    """A node, the group nodes that it is inside of, and how far it is from what was asked for."""

    node: bpy.types.Node
    inside: tuple[bpy.types.Node, ...]
    rank: int

    @property
    def tree(self) -> bpy.types.NodeTree:
        """The tree that the node belongs to: a group's, or the one that was read."""
        return self.node.id_data

    def input(self, name: str) -> Place | None:
        socket = self.node.inputs.get(name)
        return Place(self.node, socket, self.inside) if socket is not None else None


class Reader:
    """One reading of a tree as it is now. Cheap enough for `poll`: each tree's links are sorted once.

    Blender looks through all links for those of one socket.
    """

    def __init__(self, limit: int = 0) -> None:
        self._feeding: dict[int, dict[int, bpy.types.NodeLink]] = {}
        self._limit = limit
        """Inputs that a colour is followed through; 0: all. What was found is remembered then."""
        self._found: dict[tuple[int, ...], list[Found]] = {}
        self.is_cut = False
        """Some were left, behind which there may be more images."""

    def source(self, place: Place) -> Place | None:
        """The output that feeds an input, through reroutes, muted nodes and the borders of groups."""
        seen: set[tuple[int, ...]] = set()
        at: Place | None = place
        while at is not None:
            link = self.link(at.socket)
            if link is None:
                return None
            output = Place(link.from_node, link.from_socket, at.inside)
            if not _is_passed(output.node):
                return output
            if at.key in seen:
                return None
            seen.add(at.key)
            at = _passed(output)
        return None

    def entry(self, place: Place) -> Place:
        """The input itself, or the one of the outermost group node that hands its values in from outside."""
        at = place
        while at.inside:
            link = self.link(at.socket)
            while link is not None and link.from_node.type == 'REROUTE':
                link = self.link(link.from_node.inputs[0])
            if link is None or link.from_node.type != 'GROUP_INPUT':
                break
            outside = _passed(Place(link.from_node, link.from_socket, at.inside))
            if outside is None:
                break
            at = outside
        return at

    def images(self, place: Place) -> list[Found]:
        """The image nodes that carry what arrives at the input, each once, the one that is meant first."""
        if not self._limit:
            return self._images(place)
        found = self._found.get(place.key)
        if found is None:
            found = self._found[place.key] = self._images(place)
        return found

    def _images(self, place: Place) -> list[Found]:
        return _once(self._carried(place, is_color=place.socket.type == 'RGBA'))

    def shaders(self, place: Place) -> list[Found]:
        """The shaders that arrive at a Surface: those that show before the rest, a Principled BSDF first."""
        found = []
        for output, _fed, rank in self._walk(place):
            node = output.node
            if node.type == 'BSDF_PRINCIPLED':
                found.append(Found(node, output.inside, rank))
            elif output.socket.type == 'SHADER' and node.type not in _SHADER_MIXERS:
                found.append(Found(node, output.inside, rank + _OTHER_SHADER))
        return _once(found)

    def consumers(self, node: bpy.types.Node) -> set[int]:
        """Pointers of the inputs that the node's outputs arrive at within its tree, reroutes passed."""
        arrived, waiting, seen = set(), [node], set()
        links = self._links(node.id_data).values()
        while waiting:
            giver = waiting.pop()
            seen.add(giver.as_pointer())
            for link in links:
                if link.from_node != giver or link.is_muted or not link.is_valid:
                    continue
                if link.to_node.type != 'REROUTE':
                    arrived.add(link.to_socket.as_pointer())
                elif link.to_node.as_pointer() not in seen:
                    waiting.append(link.to_node)
        return arrived

    def _links(self, tree: bpy.types.NodeTree) -> dict[int, bpy.types.NodeLink]:
        found = self._feeding.get(tree.as_pointer())
        if found is None:
            # Whether a link counts is asked when it is followed: most are not.
            found = {link.to_socket.as_pointer(): link for link in tree.links}
            self._feeding[tree.as_pointer()] = found
        return found

    def link(self, socket: bpy.types.NodeSocket) -> bpy.types.NodeLink | None:
        """The link that feeds an input, unless it is muted."""
        found = self._links(socket.id_data).get(socket.as_pointer())
        return found if found is not None and found.is_valid and not found.is_muted else None

    def _carried(self, place: Place, *, is_color: bool) -> Iterator[Found]:
        """Image nodes, depth first; one more than once where it is found with a lower rank, too."""
        for count, (output, fed, rank) in enumerate(self._walk(place)):
            if count == self._limit > 0:
                self.is_cut = True
                return
            node = output.node
            if node.type != 'TEX_IMAGE':
                continue
            is_number = is_color and fed.socket.type == 'RGBA' and output.socket.type not in _COLORED
            is_data = is_color and node.image is not None and node.image.colorspace_settings.is_data
            yield Found(node, output.inside, rank + _NUMBER * (is_number + is_data))

    def _walk(self, place: Place) -> Iterator[tuple[Place, Place, int]]:
        """What carries on to the input, depth first: an output, the input that it feeds, and its rank."""
        waiting, ranks = [(place, 0)], dict[tuple[int, ...], int]()
        while waiting:
            fed, rank = waiting.pop()
            if ranks.get(fed.key, rank + 1) <= rank:
                continue
            ranks[fed.key] = rank
            output = self.source(fed)
            if output is None:
                continue
            yield output, fed, rank
            if output.node.type in _ENDS:
                continue
            if fed.socket.type == 'RGBA' and output.socket.type not in _COLORED:
                rank += _NUMBER
            for each, more in reversed(self._carriers(output)):
                waiting.append((Place(output.node, each, output.inside), rank + more))

    def _carriers(self, output: Place) -> list[tuple[bpy.types.NodeSocket, int]]:
        """The inputs whose values the output carries on, in the node's own order, with their ranks."""
        node, kind = output.node, output.node.type
        inputs = [each for each in node.inputs if each.enabled and each.name not in _STEERING]
        if kind in _TWO_SIDED:
            return self._sides(output, inputs)
        if kind == 'MENU_SWITCH':
            return self._switched(node)
        if kind in _BY_NAME:
            return [(each, 0) for each in inputs if each.name == output.socket.name]
        if kind == 'BUMP':
            return [(node.inputs["Normal"], 0), (node.inputs["Height"], _NUMBER)]
        if kind == 'VALTORGB':
            return [(node.inputs[0], _NUMBER)]
        if output.socket.type == 'VALUE' and (kind.startswith('TEX_') or kind in _MEASURES):
            return []
        colors = [(each, 0) for each in inputs if each.type == 'RGBA']
        vectors = [(each, 0) for each in inputs if each.type == 'VECTOR' and each.name in _VECTORS]
        shaders = [(each, 0) for each in inputs if each.type == 'SHADER']
        if kind.startswith('TEX_') or output.socket.type == 'SHADER':
            return shaders or colors
        if colors or shaders:
            return colors or [(each, _NUMBER) for each, _rank in shaders]
        if kind in {'COMBINE_COLOR', 'COMBXYZ', 'COMBRGB', 'COMBHSV'}:
            return [(each, 0) for each in inputs]
        numbers = [(each, 0) for each in inputs if each.type == 'VALUE' and each.name == "Value"]
        return vectors or numbers

    def _sides(
        self, output: Place, inputs: list[bpy.types.NodeSocket]
    ) -> list[tuple[bpy.types.NodeSocket, int]]:
        """Both sides of a mixing node, the first one first; of shaders the one that a constant factor shows.

        A constant factor of colours tells nothing: new Mix nodes of 5.2 have 1, those before had 0.5.
        """
        first, second = inputs[-2:]
        node = output.node
        if node.type == 'MIX_SHADER':
            factor = self._constant(Place(node, node.inputs[0], output.inside))
            if factor is not None and factor <= 0.0:
                return [(first, 0), (second, _HIDDEN)]
            if factor is not None and factor >= 1.0:
                return [(second, 0), (first, _HIDDEN)]
        return [(first, 0), (second, 0)]

    def _constant(self, place: Place) -> float | None:
        """The number that an input has everywhere, its own, a group's or a Value node's; else None."""
        at, seen = place, set[tuple[int, ...]]()
        while at.key not in seen:
            seen.add(at.key)
            link = self.link(at.socket)
            if link is None:
                return getattr(at.socket, "default_value", None)
            giver = Place(link.from_node, link.from_socket, at.inside)
            if giver.node.type == 'VALUE':
                return giver.socket.default_value
            passed = _passed(giver) if _is_passed(giver.node) else None
            if passed is None:
                return None
            at = passed
        return None

    def _switched(self, node: bpy.types.Node) -> list[tuple[bpy.types.NodeSocket, int]]:
        """A Menu Switch's items, the chosen one first; of a menu that is fed, all the same."""
        menu, *items = (each for each in node.inputs if each.enabled and each.type != 'CUSTOM')
        if self.link(menu) is not None:
            return [(each, 0) for each in items]
        return [(each, 0 if each.name == menu.default_value else _HIDDEN) for each in items]


_glance: Reader | None = None


@contextlib.contextmanager
def glance() -> Iterator[None]:
    """For what draws and polls: in the block each tree is read once, and a colour followed no further than a
    drawing has time for. Nothing may change a tree there."""
    global _glance
    before = _glance
    _glance = before or Reader(_LOOKED_AT)
    try:
        yield
    finally:
        _glance = before


def reading() -> Reader:
    """A new one, but that of the glance in one."""
    return _glance or Reader()


def is_cut() -> bool:
    """Whether the glance left something out: what it did not find may be there."""
    return _glance is not None and _glance.is_cut


def _is_passed(node: bpy.types.Node) -> bool:
    if node.mute:
        return True
    kind = node.type
    return kind in {'REROUTE', 'GROUP_INPUT'} or (kind == 'GROUP' and node.node_tree is not None)


def _passed(output: Place) -> Place | None:
    """The input from which such a node hands on what it gives out."""
    node, identifier = output.node, output.socket.identifier
    if node.mute:
        links = [link for link in node.internal_links if link.to_socket == output.socket]
        return Place(node, links[0].from_socket, output.inside) if links else None
    if node.type == 'REROUTE':
        return Place(node, node.inputs[0], output.inside)
    if node.type == 'GROUP':
        end = next(
            (each for each in node.node_tree.nodes if each.type == 'GROUP_OUTPUT' and each.is_active_output),
            None,
        )
        return _same(end, identifier, (*output.inside, node)) if end is not None else None
    if not output.inside:
        return None
    return _same(output.inside[-1], identifier, output.inside[:-1])


def _same(node: bpy.types.Node, identifier: str, inside: tuple[bpy.types.Node, ...]) -> Place | None:
    found = next((each for each in node.inputs if each.identifier == identifier), None)
    return Place(node, found, inside) if found is not None else None


def output_node(tree: bpy.types.NodeTree, engine: str) -> bpy.types.Node | None:
    """The Material Output that shows in the render engine, else any that is active.

    Blender's own `get_output_node('ALL')` finds none where Cycles and EEVEE have one each (4.2 to 5.2).
    """
    target = 'CYCLES' if engine == 'CYCLES' else 'EEVEE'
    found = tree.get_output_node(target) or tree.get_output_node('ALL')
    if found is not None:
        return found
    outputs = [each for each in tree.nodes if each.type == 'OUTPUT_MATERIAL']
    return next((each for each in outputs if each.is_active_output), None)


def principled(tree: bpy.types.NodeTree, engine: str, reader: Reader | None = None) -> Found | None:
    """The Principled BSDF that shows in the render engine, also inside of a node group.

    Where nothing is wired to the output at all, the first one that there is.
    """
    reader = reader or reading()
    output = output_node(tree, engine)
    if output is not None:
        shaders = reader.shaders(Place(output, output.inputs["Surface"]))
        found = next((each for each in shaders if each.node.type == 'BSDF_PRINCIPLED'), None)
        if found is not None or shaders:
            return found
    first = next((node for node in tree.nodes if node.type == 'BSDF_PRINCIPLED'), None)
    return Found(first, (), 0) if first is not None else None


def images(tree: bpy.types.NodeTree, socket: str, engine: str) -> list[Found]:
    """The image nodes that feed an input of what shows, the one that is meant first.

    That is the input of the Principled BSDF; for Base Color the colour of other shaders, too. Nodes inside of
    node groups are among them, and nodes that have no image.
    """
    reader = reading()
    output = output_node(tree, engine)
    shaders = reader.shaders(Place(output, output.inputs["Surface"])) if output is not None else []
    if not shaders:
        only = principled(tree, engine, reader)
        shaders = [only] if only is not None else []
    found = []
    for shader in shaders:
        place = shader.input(socket)
        if place is None and socket == "Base Color":
            place = shader.input("Color")
        for each in reader.images(place) if place is not None else ():
            found.append(Found(each.node, each.inside, each.rank + shader.rank))
    return _once(found)


def _once(found: Iterable[Found]) -> list[Found]:
    """Each node once, with its lowest rank; those with lower ranks first, else in the order given."""
    found = list(found)
    if len(found) < 2:
        return found
    best: dict[int, Found] = {}
    for each in sorted(found, key=attrgetter("rank")):
        best.setdefault(each.node.as_pointer(), each)
    return list(best.values())
