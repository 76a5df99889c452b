# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture comes to places in materials: what it changes there is noted, so that it can be taken back."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import bpy

from . import applications, differences, materials, texture_places
from .applications import Application, Entry
from .changes import Change
from .differences import Look
from .target import Reference, Target


@dataclass(frozen=True)
class _Known:
    """A place that pictures were brought to, as it was before this one came."""

    place: str
    state: texture_places.State
    before: Reference | None
    """The image that it had before the press."""
    application: Application | None
    """By whose nodes the image is shown."""
    all: tuple[Application, ...]

    def is_of(self, target: Target) -> bool:
        """Whether it is on the target's object."""
        return any(_is_same(each.landed.object, target.object) for each in self.all)


@dataclass
class Arrival:
    """One picture that comes to several places at once. Made before anything is changed."""

    image: bpy.types.Image
    targets: Sequence[Target]
    again: Application | None = None
    """That it comes back to a place where it was, as which version it counts there."""
    press: str = ""
    """What it came by: of several pictures of one press each is put back to what was there before the first.
    Empty: by one of its own."""
    _known: list[_Known] = field(init=False)
    _done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.press = self.press or uuid.uuid4().hex
        owners = {each.session_uid for target in self.targets for each in _owners(target)}
        self._known = []
        for place, entries in applications.index().by_place.items():
            there = tuple(each for _image, each in entries)
            if any(held.session_uid in owners for each in there for held in _held(each.landed)):
                now = texture_places.standing(place)
                image = _before_press(self.press, Reference.to_any(now.image), entries)
                self._known.append(_Known(place, now.state, image, now.application, there))

    def bring(self, target: Target, apply: Callable[[Target], Target]) -> Target:
        """Have one of the places changed, and note how. Returns what `apply` does: where the picture is."""
        looked_at = (_resolved(target.object), _material(target), _resolved(target.node_group))
        before = differences.look(*looked_at)
        landed = apply(target)
        change = differences.difference(before, looked_at[0], differences.look(*looked_at))
        return self._note(target, landed, before, change)

    def _note(self, target: Target, landed: Target, before: Look, change: Change) -> Target:
        place, was, meant, change = self._place(target, landed, change, before)
        landed, change = _named_apart(place, landed, change)
        if not change.has_effect or (was is not None and was.session_uid == self.image.session_uid):
            return landed
        self._done.add(place)
        index, press = applications.index().next, self.press
        if self.again is not None and self.again.place == place:
            index, press, was = self.again.index, self.again.press, self.again.before
        meant, there = replace(meant, others=()), replace(landed, others=())
        applications.note(self.image, Application(place, press, index, meant, there, was, change))
        return landed

    def _place(
        self, target: Target, landed: Target, change: Change, before: Look
    ) -> tuple[str, Reference | None, Target, Change]:
        """The place's id, the image that was there, and how what is there now came out of what was first:
        by what target, and by what changes."""
        known = [each for each in reversed(self._known) if each.place not in self._done]
        known.sort(key=lambda each: not each.is_of(target))
        for each in known:
            if each.state == "VERSION" and each.application is not None:
                if _goes_on(each, change, landed):
                    meant = target if change.slot is not None else each.application.meant
                    return each.place, each.before, meant, each.application.change.then(change)
            elif each.state == "FIRST" and _begins_anew(each, change, target, landed):
                return each.place, each.before, target, change
        return uuid.uuid4().hex, _image_before(landed, before), target, change


def _before_press(press: str, now: Reference | None, entries: Sequence[Entry]) -> Reference | None:
    """The image that is there now; where it came by the same press, what was there before it."""
    for image, each in entries:
        if each.press == press and now is not None and image.session_uid == now.session_uid:
            return each.before
    return now


def _goes_on(known: _Known, change: Change, landed: Target) -> bool:
    """A picture takes the place of one that was brought there."""
    if change.slot is not None:
        return _has_slot(known, change)
    return any(_node_key(landed) == each.node_key for each in known.all)


def _begins_anew(known: _Known, change: Change, target: Target, landed: Target) -> bool:
    """A picture comes where there are none of those any more that were brought there."""
    if change.slot is not None:
        return _has_slot(known, change)
    if not change.adds:
        return any(_node_key(landed) == each.node_key for each in known.all)
    return any(
        each.change.adds
        and each.meant.socket == target.socket
        and _is_same(each.landed.material, landed.material)
        for each in known.all
    )


def _has_slot(known: _Known, change: Change) -> bool:
    slot = change.slot
    slots = (each.change.slot for each in known.all)
    return slot is not None and any(each is not None and each.is_same_slot(slot) for each in slots)


def _image_before(landed: Target, before: Look) -> Reference | None:
    uid, node = _node_key(landed)
    trees = (tree for owner, tree in before.trees.items() if owner.session_uid == uid)
    return next((tree.images.get(node) for tree in trees), None)


def _named_apart(place: str, landed: Target, change: Change) -> tuple[Target, Change]:
    """A new node with a name that none had in another place: Blender gives that of a removed one again, and
    what had been in that one would be taken for what is here."""
    uid, name = _node_key(landed)
    owner = landed.node_group or landed.material
    is_new = any(each.owner.session_uid == uid and name in each.added for each in change.trees)
    found = _resolved(owner) if is_new else None
    if owner is None or found is None:
        return landed, change
    tree = found.node_tree if isinstance(found, bpy.types.Material) else found
    taken = {node for held, node in _known_elsewhere(place) if held == uid}
    if name not in taken:
        return landed, change
    taken.update(each.name for each in tree.nodes)
    stem = name.split(".")[0]
    new = next(each for number in itertools.count(1) if (each := f"{stem}.{number:03}") not in taken)
    tree.nodes[name].name = new
    return replace(landed, node=new), change.renamed(owner, name, new)


def _known_elsewhere(place: str) -> Iterator[tuple[int, str]]:
    for key, entries in applications.index().by_node.items():
        if any(each.place != place for _image, each in entries):
            yield key


def _node_key(landed: Target) -> tuple[int, str]:
    owner = landed.node_group or landed.material
    return (owner.session_uid if owner is not None else 0), landed.node


def _material(target: Target) -> bpy.types.Material | None:
    """The material that a picture would change; None: one is made for it."""
    if target.material is not None:
        found: bpy.types.Material | None = target.material.resolve()
        return found
    owner = _resolved(target.object)
    return materials.in_slot(owner, target.slot) if owner is not None and not target.new_material else None


def _owners(target: Target) -> Iterator[Reference]:
    for each in (_resolved(target.object), _material(target), _resolved(target.node_group)):
        if each is not None:
            yield Reference.to(each)


def _held(landed: Target) -> Iterator[Reference]:
    return (each for each in (landed.object, landed.material, landed.node_group) if each is not None)


def _is_same(first: Reference | None, second: Reference | None) -> bool:
    return first is not None and second is not None and first.session_uid == second.session_uid


def _resolved(reference: Reference | None) -> bpy.types.ID | None:
    return reference.resolve() if reference is not None else None
