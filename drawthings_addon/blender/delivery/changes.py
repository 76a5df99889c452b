# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was changed to show a picture in a material, and how it is taken back later.

Only what is still as it was made then is taken back, so that nothing is lost that the artist did since: it is
looked at as a whole before anything is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import bpy

from ...errors import TargetUnavailable
from .. import compat
from . import materials, target_json
from .target import Reference

Link = tuple[str, str, str, str]
"""Names of nodes and identifiers of sockets, from and to."""

_BY_HAND = "Press Undo, or change it by hand."
_MAX_SLOTS = 32768


@dataclass(frozen=True)
class TreeChange:
    """Of one node tree."""

    owner: Reference
    """The material whose tree it is, or the node group."""
    added: tuple[str, ...] = ()
    linked: tuple[Link, ...] = ()
    unlinked: tuple[Link, ...] = ()
    filled: tuple[tuple[str, Reference | None], ...] = ()
    """Image nodes that were given another image, with the one that they had."""
    lies: tuple[tuple[str, str, float], ...] = ()
    """Image nodes that look their picture up in another way, with the projection that they had."""
    active: str = ""
    """The active node before and after."""
    active_after: str = ""

    def renamed(self, old: str, new: str) -> TreeChange:
        """With another name for a node."""

        def name(each: str) -> str:
            return new if each == old else each

        def link(each: Link) -> Link:
            return name(each[0]), each[1], name(each[2]), each[3]

        return replace(
            self,
            added=tuple(map(name, self.added)),
            linked=tuple(map(link, self.linked)),
            unlinked=tuple(map(link, self.unlinked)),
            filled=tuple((name(node), image) for node, image in self.filled),
            lies=tuple((name(node), how, blend) for node, how, blend in self.lies),
            active=name(self.active),
            active_after=name(self.active_after),
        )


@dataclass(frozen=True)
class SlotChange:
    """Of one material slot."""

    object: Reference
    index: int
    is_added: bool
    before: Reference | None
    after: Reference

    def is_same_slot(self, other: SlotChange) -> bool:
        return (self.object.session_uid, self.index) == (other.object.session_uid, other.index)


@dataclass(frozen=True)
class Change:
    """Of all that one picture was brought to in one place."""

    trees: tuple[TreeChange, ...] = ()
    slot: SlotChange | None = None
    got_nodes: Reference | None = None
    """A material whose nodes did not count before (up to 4.5)."""

    @property
    def has_effect(self) -> bool:
        """Another picture is shown than before."""
        return self.adds or any(each.filled or each.lies for each in self.trees)

    @property
    def adds(self) -> bool:
        """Without it there is no node, or no material, for the picture."""
        return bool(self.slot or self.got_nodes or any(each.added for each in self.trees))

    def then(self, later: Change) -> Change:
        """Both, as one that is taken back at once."""
        if later.slot is not None:
            before = self.slot
            if before is None or not before.is_same_slot(later.slot):
                return later
            return replace(later, slot=replace(before, after=later.slot.after))
        known = {each.owner.session_uid: each for each in self.trees}
        for each in later.trees:
            uid = each.owner.session_uid
            known[uid] = _merged(known[uid], each) if uid in known else each
        return Change(tuple(known.values()), self.slot, self.got_nodes or later.got_nodes)

    def renamed(self, owner: Reference, old: str, new: str) -> Change:
        """With another name for a node of a material's own tree, or of a node group."""
        uid = owner.session_uid
        return replace(
            self,
            trees=tuple(
                each.renamed(old, new) if each.owner.session_uid == uid else each for each in self.trees
            ),
        )


def _merged(first: TreeChange, later: TreeChange) -> TreeChange:
    added = (*first.added, *later.added)
    linked = tuple(each for each in first.linked if each not in later.unlinked)
    gone = tuple(each for each in later.unlinked if each not in first.linked)
    filled, lies = dict(later.filled), {name: (how, blend) for name, how, blend in later.lies}
    filled.update(first.filled)
    lies.update({name: (how, blend) for name, how, blend in first.lies})
    return replace(
        first,
        added=added,
        linked=(*linked, *later.linked),
        unlinked=(*first.unlinked, *gone),
        filled=tuple((name, image) for name, image in filled.items() if name not in first.added),
        lies=tuple((name, *how) for name, how in lies.items() if name not in first.added),
        active_after=later.active_after,
    )


# There, or taken back


def is_in_force(change: Change) -> bool:
    """Whether what was added is in use: it may have been taken back, or cut off by hand. For panels."""
    if change.got_nodes is not None:
        material = change.got_nodes.resolve()
        if not isinstance(material, bpy.types.Material) or not compat.uses_nodes(material):
            return False
    if change.slot is not None and not _is_in_slot(change.slot):
        return False
    return all(_feeds(each) for each in change.trees if each.added)


def _is_in_slot(change: SlotChange) -> bool:
    """Or at least used by others, where its object is gone."""
    made = change.after.resolve()
    if made is None or change.object.resolve() is not None:
        return made is not None and _slot_material(change) == made
    return made.users > made.use_fake_user


def _feeds(change: TreeChange) -> bool:
    tree = _tree(change.owner)
    nodes = [tree.nodes.get(name) for name in change.added] if tree is not None else []
    images = [each for each in nodes if each is not None and each.type == 'TEX_IMAGE']
    if not images:
        # How an image lies that was there before.
        return any(nodes)
    return any(output.is_linked for each in images for output in each.outputs)


def is_place_there(change: Change) -> bool:
    """Whether all is there that it would be done to again."""
    owners = [change.slot.object] if change.slot is not None else [each.owner for each in change.trees]
    return all(each.resolve() is not None for each in owners)


def is_as_before(change: Change) -> bool:
    """Of one that is not in force: whether nothing else has taken its place since."""
    if change.slot is not None:
        before = change.slot.before
        return _slot_material(change.slot) == (before.resolve() if before is not None else None)
    return all(_is_fed_as_before(each) for each in change.trees)


def _is_fed_as_before(change: TreeChange) -> bool:
    tree = _tree(change.owner)
    fed = {(to, socket) for _from, _output, to, socket in change.linked if to not in change.added}
    links = map(link_of, tree.links) if tree is not None and fed else ()
    return all((link[2], link[3]) not in fed or link in change.unlinked for link in links)


def require_revertible(change: Change) -> None:
    """Raises TargetUnavailable for what is gone, cannot be edited, or was changed by hand since."""
    if change.slot is not None:
        _require_slot(change.slot)
    if change.got_nodes is not None:
        materials.require_editable(require(change.got_nodes))
    for each in change.trees:
        _require_tree(each)


def _require_slot(change: SlotChange) -> None:
    owner = require(change.object)
    materials.require_takes_material(owner)
    now = _slot_material(change)
    if now != change.after.resolve():
        raise TargetUnavailable(
            "“{object}” has the material “{material}” there by now."
            if now is not None
            else "“{object}” has no material there any more.",
            _BY_HAND,
            object=owner.name,
            material=now.name if now is not None else "",
        )
    if change.before is not None:
        require(change.before)


def _require_tree(change: TreeChange) -> None:
    owner = require(change.owner)
    materials.require_editable(owner)
    tree = _tree(change.owner)
    for name, image in change.filled:
        materials.require_image_node(owner, name)
        if image is not None:
            require(image)
    there = frozenset(map(link_of, tree.links)) if tree is not None else frozenset()
    for link in change.linked:
        _from, _socket, to, _input = link
        if to not in change.added and link not in there:
            raise TargetUnavailable(
                "The nodes of “{object}” were changed by hand: “{node}” is not fed by the picture any more.",
                _BY_HAND,
                object=owner.name,
                node=to,
            )


def revert(change: Change) -> None:
    """Take it back. Pushes no undo step.

    Nodes that were added for it go, unless the artist has wired something else to them since: then they are
    cut off, and stay. Raises TargetUnavailable as `require_revertible` does, before anything is touched.
    """
    require_revertible(change)
    for each in change.trees:
        _revert_tree(each)
    if change.got_nodes is not None:
        require(change.got_nodes).use_nodes = False
    if change.slot is not None:
        _revert_slot(change.slot)


def _revert_tree(change: TreeChange) -> None:
    tree = _tree(change.owner)
    assert tree is not None
    was_active = tree.nodes.active
    is_ours = was_active is not None and was_active.name == change.active_after
    links = {link_of(each): each for each in tree.links}
    added = frozenset(change.added)
    is_wired_since = any(
        link not in change.linked
        and not (link[0] in added and link[2] in added)
        and added & {link[0], link[2]}
        for link in links
    )
    for link in change.linked:
        if link in links and not (link[0] in added and link[2] in added and is_wired_since):
            tree.links.remove(links[link])
    if not is_wired_since:
        for name in change.added:
            node = tree.nodes.get(name)
            if node is not None:
                image = node.image if node.type == 'TEX_IMAGE' else None
                tree.nodes.remove(node)
                materials.keep(image)
    for link in change.unlinked:
        _wire(tree, link)
    for name, image in change.filled:
        materials.give(tree.nodes[name], image.resolve() if image is not None else None)
    for name, projection, blend in change.lies:
        node = tree.nodes.get(name)
        if node is not None:
            node.projection, node.projection_blend = projection, blend
    if is_ours:
        tree.nodes.active = tree.nodes.get(change.active)


def _revert_slot(change: SlotChange) -> None:
    owner, made = require(change.object), require(change.after)
    slots = owner.material_slots
    if change.is_added and len(slots) == 1 and owner.data.override_library is None:
        # To take one off would leave the object's own slot (4.2 and 5.2).
        owner.data.materials.clear()
    else:
        slots[_slot_index(owner, change)].material = (
            change.before.resolve() if change.before is not None else None
        )
    materials.keep(made)


def has_all(change: Change) -> bool:
    """Whether all nodes are there that were added, be it cut off."""
    trees = ((each, _tree(each.owner)) for each in change.trees if each.added)
    return all(tree is not None and all(name in tree.nodes for name in each.added) for each, tree in trees)


def activate(change: Change) -> None:
    """The active nodes are those that were made it for the picture, unless the artist has chosen others."""
    for each in change.trees:
        tree = _tree(each.owner)
        active = tree.nodes.active if tree is not None else None
        if tree is not None and (active.name if active is not None else "") == each.active:
            tree.nodes.active = tree.nodes.get(each.active_after)


def restore(change: Change) -> None:
    """Bring back what was taken back, where that is there still: a material into its slot, nodes that were
    cut off. Raises TargetUnavailable."""
    slot = change.slot
    if slot is not None and _slot_material(slot) != slot.after.resolve():
        owner, made = require(slot.object), require(slot.after)
        materials.require_takes_material(owner)
        slots, index = owner.material_slots, _slot_index(owner, slot)
        if index < len(slots):
            replaced = slots[index].material
            slots[index].material = made
            materials.keep(replaced)
        else:
            owner.data.materials.append(made)
    if change.got_nodes is not None:
        compat.ensure_material_nodes(require(change.got_nodes))
    for each in change.trees:
        tree = _tree(each.owner)
        if tree is not None and all(name in tree.nodes for name in each.added):
            for link in each.linked:
                _wire(tree, link)


def _wire(tree: bpy.types.NodeTree, link: Link) -> None:
    """Where both ends are there."""
    giver, taker = tree.nodes.get(link[0]), tree.nodes.get(link[2])
    if giver is None or taker is None:
        return
    outputs = [each for each in giver.outputs if each.identifier == link[1]]
    inputs = [each for each in taker.inputs if each.identifier == link[3]]
    if outputs and inputs:
        tree.links.new(outputs[0], inputs[0])


def _slot_material(change: SlotChange) -> bpy.types.Material | None:
    owner = change.object.resolve()
    if not isinstance(owner, bpy.types.Object):
        return None
    index = _slot_index(owner, change)
    return owner.material_slots[index].material if index < len(owner.material_slots) else None


def _slot_index(owner: bpy.types.Object, change: SlotChange) -> int:
    """Where the material is by now: the artist may have put the slots into another order."""
    made = change.after.resolve()
    before = change.before.resolve() if change.before is not None else None
    found = [each.material for each in owner.material_slots]
    wanted = made if made is not None and made in found else before
    there = [index for index, each in enumerate(found) if each == wanted]
    return change.index if change.index in there or not there else there[0]


def link_of(link: bpy.types.NodeLink) -> Link:
    return (
        link.from_node.name,
        link.from_socket.identifier,
        link.to_node.name,
        link.to_socket.identifier,
    )


def _tree(owner: Reference) -> bpy.types.NodeTree | None:
    found = owner.resolve()
    return found.node_tree if isinstance(found, bpy.types.Material) else found


def require(reference: Reference) -> bpy.types.ID:
    """What it refers to. Raises TargetUnavailable where that is gone."""
    found = reference.resolve()
    if found is None:
        raise TargetUnavailable("“{name}” is gone.", _BY_HAND, name=reference.name)
    return found


# In a file


def read(stored: Any) -> Change:
    """What `target_json.write` made of a change. Raises what is in `target_json.ERRORS`."""
    stored = target_json.read_object(stored)
    slot, nodes = stored["slot"], stored["got_nodes"]
    return Change(
        tuple(map(_read_tree, target_json.read_entries(stored["trees"]))),
        _read_slot(target_json.read_object(slot)) if slot is not None else None,
        target_json.read_reference(nodes),
    )


def _read_slot(stored: Mapping[str, Any]) -> SlotChange:
    return SlotChange(
        target_json.read_required(stored["object"]),
        target_json.read_number(stored["index"], _MAX_SLOTS),
        stored["is_added"] is True,
        target_json.read_reference(stored["before"]),
        target_json.read_required(stored["after"]),
    )


def _read_tree(stored: Any) -> TreeChange:
    stored = target_json.read_object(stored)
    return TreeChange(
        target_json.read_required(stored["owner"]),
        target_json.read_texts(stored["added"]),
        tuple(map(_read_link, target_json.read_entries(stored["linked"]))),
        tuple(map(_read_link, target_json.read_entries(stored["unlinked"]))),
        tuple(
            (target_json.read_text(name), target_json.read_reference(image))
            for name, image in target_json.read_entries(stored["filled"])
        ),
        tuple(
            (target_json.read_text(name), target_json.read_text(how), float(blend))
            for name, how, blend in target_json.read_entries(stored["lies"])
        ),
        target_json.read_text(stored["active"]),
        target_json.read_text(stored["active_after"]),
    )


def _read_link(stored: Any) -> Link:
    first, output, second, taken = target_json.read_texts(stored)
    return first, output, second, taken
