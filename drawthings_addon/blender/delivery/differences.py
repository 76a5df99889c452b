# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture changes in a material: seen by looking before and after, whatever code did it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import bpy

from .. import compat
from .changes import Change, Link, SlotChange, TreeChange, link_of
from .target import Reference

#: Node trees of one material that are looked at.
_MAX_TREES = 100


@dataclass(frozen=True)
class _TreeLook:
    nodes: frozenset[str]
    links: frozenset[Link]
    active: str
    images: Mapping[str, Reference | None]
    lies: Mapping[str, tuple[str, float]]


@dataclass(frozen=True)
class Look:
    """How everything is that a picture could change in one place. Holds no datablock."""

    trees: Mapping[Reference, _TreeLook] = field(default_factory=dict)
    slots: tuple[Reference | None, ...] = ()
    without_nodes: Reference | None = None


def look(
    owner: bpy.types.Object | None,
    material: bpy.types.Material | None,
    group: bpy.types.NodeTree | None = None,
) -> Look:
    """Now, of an object's slots, a material's tree with all groups in it, and a node group."""
    without_nodes = None
    if material is not None and not compat.uses_nodes(material):
        without_nodes = Reference.to(material)
    return Look(
        {reference: _look_at(tree) for reference, tree in _trees(material, group)},
        tuple(Reference.to_any(each.material) for each in owner.material_slots) if owner is not None else (),
        without_nodes,
    )


def _trees(
    material: bpy.types.Material | None, group: bpy.types.NodeTree | None
) -> Iterator[tuple[Reference, bpy.types.NodeTree]]:
    waiting, seen = [], set[int]()
    if material is not None and material.node_tree is not None:
        waiting.append((Reference.to(material), material.node_tree))
    if group is not None:
        waiting.append((Reference.to(group), group))
    while waiting and len(seen) < _MAX_TREES:
        reference, tree = waiting.pop()
        if tree.as_pointer() in seen:
            continue
        seen.add(tree.as_pointer())
        yield reference, tree
        inner = (each.node_tree for each in tree.nodes if each.type == 'GROUP' and each.node_tree is not None)
        waiting += [(Reference.to(each), each) for each in inner]


def _look_at(tree: bpy.types.NodeTree) -> _TreeLook:
    textures = [node for node in tree.nodes if node.type == 'TEX_IMAGE']
    active = tree.nodes.active
    return _TreeLook(
        frozenset(node.name for node in tree.nodes),
        frozenset(map(link_of, tree.links)),
        active.name if active is not None else "",
        {node.name: Reference.to_any(node.image) for node in textures},
        {node.name: (node.projection, node.projection_blend) for node in textures},
    )


def difference(before: Look, owner: bpy.types.Object | None, after: Look) -> Change:
    """What was changed in between; `owner` is the object whose slots were looked at."""
    if before.without_nodes is not None and after.without_nodes is None:
        # Its nodes count for nothing once they are switched off again.
        return Change(slot=_slot(before, owner, after), got_nodes=before.without_nodes)
    trees = []
    for reference, now in after.trees.items():
        was = before.trees.get(reference)
        found = _tree_change(reference, was, now) if was is not None and was != now else None
        if found is not None:
            trees.append(found)
    return Change(tuple(trees), _slot(before, owner, after))


def _tree_change(reference: Reference, was: _TreeLook, now: _TreeLook) -> TreeChange:
    return TreeChange(
        reference,
        tuple(sorted(now.nodes - was.nodes)),
        tuple(sorted(now.links - was.links)),
        tuple(sorted(was.links - now.links)),
        tuple((name, was.images[name]) for name, image in now.images.items() if _differs(was, name, image)),
        tuple((name, *was.lies[name]) for name, how in now.lies.items() if was.lies.get(name, how) != how),
        was.active,
        now.active,
    )


def _differs(was: _TreeLook, name: str, image: Reference | None) -> bool:
    before = was.images.get(name, image)
    # A name may have been changed in between.
    return (before and before.session_uid) != (image and image.session_uid)


def _slot(before: Look, owner: bpy.types.Object | None, after: Look) -> SlotChange | None:
    if owner is None:
        return None
    for index, material in enumerate(after.slots):
        was = before.slots[index] if index < len(before.slots) else None
        if material is not None and (was is None or was.session_uid != material.session_uid):
            return SlotChange(Reference.to(owner), index, index >= len(before.slots), was, material)
    return None
