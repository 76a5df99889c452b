# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place has versions: what was there first, and every picture that was brought there. One is there now.

A place is that of an image, wherever it is used (`succession`), or one in a material (`texture_places`). What
is there is read from the file as it is, so undo, redo, and what the artist does by hand are always known.
Functions that only read are cheap enough for `draw`; none pushes an undo step.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace

import bpy

from ...errors import TargetUnavailable
from ...messages import Message
from .. import temporary
from . import (
    applications,
    deliver,
    images,
    materials,
    succession,
    texture_places,
    way_back,
)
from .applications import Application
from .target import Target
from .texture_places import Standing

_TO_ANOTHER = "Apply the result to another."
_RESTORE = "Restore in Versions puts it there all the same."

Owners = Callable[[], Container[int]]
"""The `session_uid`s of the objects and materials that are meant. Asked only where they count."""


@dataclass(frozen=True)
class Shown:
    """A node that shows an image that was brought there. Holds datablocks: for the moment only."""

    owner: bpy.types.Material | bpy.types.NodeTree
    """The material in whose own tree the node is, or the node group."""
    node: bpy.types.Node
    before: bpy.types.Image | None
    """What was there before the image came; None: no picture, or it is gone."""
    object: bpy.types.Object | None
    """For which it was brought there."""


@dataclass(frozen=True)
class Place:
    """One of an image's places. Holds datablocks: for the moment only."""

    label: str
    """“Jar · Base Color”, or the name of the image whose place it is."""
    versions: tuple[bpy.types.Image, ...]
    """The pictures that are in the file, in the order in which they came; what was there first among them."""
    now: bpy.types.Image | None
    """What is there, be it none of them."""
    id: str
    is_texture: bool
    """It is in a material; else that of an image."""
    is_bare: bool = False
    """There was no picture first: nodes or a material were added for it."""
    is_taken_back: bool = False
    """It is as it was before the first of them came."""
    is_gone: bool = False
    """There is no such place any more."""
    is_empty: bool = False
    """Its node has no image: what it had was removed from the file."""

    @property
    def is_free(self) -> bool:
        """Nothing is there that would be lost."""
        return self.is_taken_back or self.is_empty

    @property
    def is_foreign(self) -> bool:
        """The artist has put something else there since."""
        return not (self.is_free or self.is_gone or self.now in self.versions)


# What is where


def before(image: bpy.types.Image) -> bpy.types.Image | None:
    """What was in the image's place before it came; None: no picture, or it is gone, or it has no place."""
    if image.drawthings.place or image.drawthings.replaces is not None:
        found = succession.predecessor(image)
        if found is not None:
            return found
    there = [_before(each) for each in reversed(_applied(image))]
    return next((each for each in there if each is not None), None)


def shown_by(image: bpy.types.Image) -> tuple[Shown, ...]:
    """The nodes that it was brought to and that show it now, each once."""
    found: dict[int, Shown] = {}
    for each in _applied(image):
        now = texture_places.standing(each.place)
        if now.image != image or now.application is None:
            continue
        node = texture_places.node_of(now.application)
        owner = each.owner.resolve()
        if node is not None and owner is not None:
            owned = each.landed.object.resolve() if each.landed.object is not None else None
            found[node.as_pointer()] = Shown(owner, node, _before(each), owned)
    return tuple(found.values())


def places(image: bpy.types.Image) -> tuple[Place, ...]:
    """Where the image is or was: its own place first, if others had that, then those in materials."""
    found = [_image_place(image)] if image.drawthings.place else []
    ids = {each.place: None for other in (image, *succession.members(image)) for each in _about(other)}
    return (*found, *map(_texture_place, ids))


def all_places() -> tuple[Place, ...]:
    """Of the whole file. Not for `draw`."""
    found: list[Place] = []
    seen = set[bpy.types.Image]()
    for each in bpy.data.images:
        if each.drawthings.place and each not in seen:
            found.append(_image_place(each))
            seen.update(found[-1].versions)
    return (*found, *map(_texture_place, applications.index().by_place))


def meant(image: bpy.types.Image) -> Target | None:
    """By what it comes again to the places in materials where it was last, where all is as before the first
    picture; None: it is not, or there are no such places."""
    applied = _applied(image)
    last = [each for each in applied if each.press == applied[-1].press]
    found = [each.meant for each in last if texture_places.standing(each.place).state == "FIRST"]
    return replace(found[0], others=tuple(found[1:])) if found else None


def is_any() -> bool:
    """Whether there is a place that something was brought to, be it in another file."""
    return any(each.drawthings.place or len(each.drawthings.applied) for each in bpy.data.images)


def is_there(image: bpy.types.Image) -> bool:
    """Whether the image is in one of its places now."""
    return any(True for _each in _there(image))


def where(image: bpy.types.Image) -> str:
    """Where it is now: “Jar · Base Color”, with how many more there are; empty: nowhere."""
    labels = list(dict.fromkeys(_there(image)))
    if len(labels) > 1:
        return Message("{place} and {more} more", place=labels[0], more=len(labels) - 1)
    return labels[0] if labels else ""


def _there(image: bpy.types.Image) -> Iterator[str]:
    # One that was replaced may have come back to a material, as what was there before another.
    is_back = image.drawthings.is_replaced and succession.predecessor(image) is not None
    for place in {each.place: each for each in _about(image)}.values():
        now = texture_places.standing(place.place)
        if now.image == image and (now.state == "VERSION" or (is_back and now.state == "FIRST")):
            yield texture_places.label(now.application or place)
    if image.drawthings.place and not image.drawthings.is_replaced and succession.predecessor(image):
        yield image.name


def _applied(image: bpy.types.Image) -> tuple[Application, ...]:
    return tuple(applications.index().by_image.get(image.session_uid, ()))


def _about(image: bpy.types.Image) -> tuple[Application, ...]:
    """That it was brought there, or that it was there before another."""
    return (*_applied(image), *_begun_by(image))


def _begun_by(image: bpy.types.Image) -> tuple[Application, ...]:
    """By what took its place in materials, where it was no picture that was brought there."""
    taken = applications.index().by_before.get(image.session_uid, ())
    own = {each.place for each in _applied(image)}
    return tuple(each for each in taken if each.place not in own)


def _before(application: Application) -> bpy.types.Image | None:
    if application.before is None:
        return None
    found: bpy.types.Image | None = application.before.resolve()
    return found


def _image_place(image: bpy.types.Image) -> Place:
    now = succession.present(image)
    label = now.name if now is not None else image.name
    there = tuple(succession.members(image))
    return Place(label, there, now, image.drawthings.place, is_texture=False, is_gone=now is None)


def _texture_place(place: str) -> Place:
    now, entries = texture_places.standing(place), texture_places.entries(place)
    application = now.application or texture_places.last(place)
    first = texture_places.first_image(application)
    found = [first]
    for reference, each in entries:
        found += [each.before.resolve() if each.before is not None else None, reference.resolve()]
    return Place(
        texture_places.label(application),
        tuple(dict.fromkeys(each for each in found if each is not None)),
        now.image,
        place,
        is_texture=True,
        is_bare=application.change.adds,
        is_taken_back=now.state == "FIRST",
        is_gone=now.state == "GONE",
        is_empty=now.application is not None and now.image is None and now.state == "OTHER",
    )


# Put back


def why_not_put_back(image: bpy.types.Image, owners: Owners = frozenset) -> str:
    """Empty, or why what was there before the image cannot be put back. Changes nothing."""
    try:
        require_put_back(image, owners)
    except TargetUnavailable as error:
        return str(error.what)
    return ""


def require_put_back(image: bpy.types.Image, owners: Owners = frozenset) -> None:
    """Raises TargetUnavailable where the image is nowhere, or what was there cannot come back."""
    standings, has_replaced = _meant_to_go(image, owners)
    for now in standings:
        way_back.require(now)
    if has_replaced:
        materials.require_editable(image)
        if succession.predecessor(image) is None:
            raise TargetUnavailable(
                "What was there before “{image}” is not in this file any more.",
                "Its file may still be on disk.",
                image=image.name,
            )
    elif not standings:
        raise _is_nowhere(image)


def put_back(image: bpy.types.Image, owners: Owners = frozenset) -> None:
    """What was there before the image came, wherever it is now; where it came by several presses, and one of
    the owners has it, that of theirs alone. Raises TargetUnavailable, and changes nothing then."""
    temporary.end()
    require_put_back(image, owners)
    standings, has_replaced = _meant_to_go(image, owners)
    gone = {_press_of(now) for now in standings}
    stays = [now for now in _standings(image) if _press_of(now) not in gone]
    for now in standings:
        # Of several places that share a node the first has brought the others back.
        if texture_places.standing(_place_of(now)).image == image:
            way_back.go(now)
    if has_replaced:
        there = succession.predecessor(image)
        assert there is not None
        if image.drawthings.is_replaced:
            # It came back to a material alone, when what had come after it there was put back.
            images.give_users(image, there)
        else:
            images.put_back(image, there)
        for node in map(_node_of, stays):
            if node is not None:
                materials.give(node, image)


def _meant_to_go(image: bpy.types.Image, owners: Owners) -> tuple[list[Standing], bool]:
    """From where it is put back: places in materials, and whether from that of an image."""
    standings, has_replaced = _standings(image), _has_replaced(image)
    presses = {_press_of(now): now for now in standings}
    if len(presses) + has_replaced < 2:
        return standings, has_replaced
    meant = owners()
    chosen = {_press_of(now) for now in standings if _is_on(now, meant)}
    is_seen = has_replaced and _is_shown_apart(image, standings, meant)
    if not (chosen or is_seen):
        return standings, has_replaced
    return [now for now in standings if _press_of(now) in chosen], is_seen


def _press_of(now: Standing) -> str:
    """That by which the image came to the place."""
    return way_back.own(now).press


def _is_on(now: Standing, owners: Container[int]) -> bool:
    return now.application is not None and texture_places.is_on(now.application, owners)


def _is_shown_apart(image: bpy.types.Image, standings: Iterable[Standing], owners: Container[int]) -> bool:
    """Whether a node of one of the materials shows the image that was not given it by itself."""
    own = {node.as_pointer() for now in standings if (node := _node_of(now)) is not None}
    return any(
        node.type == 'TEX_IMAGE' and node.image == image and node.as_pointer() not in own
        for material in bpy.data.materials
        if material.session_uid in owners and material.node_tree is not None
        for node in material.node_tree.nodes
    )


def _node_of(now: Standing) -> bpy.types.Node | None:
    return texture_places.node_of(now.application) if now.application is not None else None


def _has_replaced(image: bpy.types.Image) -> bool:
    notes = image.drawthings
    return (
        bool(notes.place)
        and (not notes.is_replaced or is_there(image))
        and (notes.replaces is not None or succession.predecessor(image) is not None)
    )


def _standings(image: bpy.types.Image) -> list[Standing]:
    """Of the places in materials where the image is now."""
    ids = dict.fromkeys(each.place for each in _applied(image))
    found = map(texture_places.standing, ids)
    return [now for now in found if now.state == "VERSION" and now.image == image]


def _place_of(now: Standing) -> str:
    assert now.application is not None
    return now.application.place


def _is_gone(image: bpy.types.Image, place: Place) -> TargetUnavailable:
    return TargetUnavailable(
        "The place of “{image}” is gone: {place}.", _TO_ANOTHER, image=image.name, place=place.label
    )


def _is_nowhere(image: bpy.types.Image) -> TargetUnavailable:
    for place in places(image):
        if place.is_taken_back:
            return TargetUnavailable(
                "What was there before “{image}” is there already.", _TO_ANOTHER, image=image.name
            )
        if place.is_gone:
            return _is_gone(image, place)
        if place.now is not None and place.now != image:
            return TargetUnavailable(
                "“{image}” is not there now: “{now}” is.", _TO_ANOTHER, image=image.name, now=place.now.name
            )
        if place.is_foreign:
            return TargetUnavailable(
                "“{place}” was changed by hand since “{image}” was there.",
                _TO_ANOTHER,
                image=image.name,
                place=place.label,
            )
    if image.library is not None and len(image.drawthings.applied):
        return TargetUnavailable(
            "“{image}” is linked from “{library}”, where it is known what was there before it.",
            "Open that file, put it back there, save, and reload the library.",
            image=image.name,
            library=bpy.path.basename(image.library.filepath),
        )
    if len(image.drawthings.applied):
        return TargetUnavailable(
            "“{image}” was appended from another file, where it is known what was there before it.",
            "Choose another image in its node, or put it back in that file and append the object anew.",
            image=image.name,
        )
    return TargetUnavailable(
        "“{image}” has taken no place: it is an image, and nothing was changed for it.",
        _TO_ANOTHER,
        image=image.name,
    )


# Another version


def put(
    image: bpy.types.Image, instead_of: bpy.types.Image | None = None, owners: Owners = frozenset
) -> bool:
    """Put a version where it was: in the places that it shares with `instead_of`, which is there now; else in
    those that it was brought to last, and in all from which it was put back; where it is somewhere, in those
    of the owners alone. Where the artist has put something else since, that stays.

    False: it is there already, or there is no such place; nothing was changed. Raises TargetUnavailable.
    """
    temporary.end()
    other = instead_of if instead_of != image else None
    chosen = _shared(image, other) if other is not None else []
    covered = _uncover(image, other) if other is not None and not chosen else False
    if not chosen and is_there(image):
        chosen = _left(image, owners)
        if not chosen:
            return covered
    done = [_put_in(image, place) for place in chosen or _last(image)]
    return covered or any(done)


def why_not_seen(image: bpy.types.Image) -> str:
    """Empty, or why a version is not seen where it was: after `put`."""
    if is_there(image):
        return _why_not_worn(image)
    for place in places(image):
        if place.is_gone:
            return str(_is_gone(image, place))
        if place.is_foreign:
            what = (
                "“{image}” is selected only: {place} shows “{now}”, which was put there by hand."
                if place.now is not None
                else "“{image}” is selected only: {place} was changed by hand since."
            )
            now = place.now.name if place.now is not None else ""
            return str(TargetUnavailable(what, _RESTORE, image=image.name, place=place.label, now=now))
    return ""


def _why_not_worn(image: bpy.types.Image) -> str:
    """Empty where an object of one of its places has the material that it is in, or none is known."""
    error: TargetUnavailable | None = None
    for now in _standings(image):
        landed = now.application.landed if now.application is not None else Target()
        owner = landed.object.resolve() if landed.object is not None else None
        material = landed.material.resolve() if landed.material is not None else None
        if (
            owner is None
            or material is None
            or any(each.material == material for each in owner.material_slots)
        ):
            return ""
        error = TargetUnavailable(
            "“{image}” is in the material “{material}”, which “{object}” does not have any more.",
            "Apply gives it to the one that it has now.",
            image=image.name,
            material=material.name,
            object=owner.name,
        )
    return str(error) if error is not None else ""


def _uncover(image: bpy.types.Image, other: bpy.types.Image) -> bool:
    """Where the other one has a material of its own, give the object the one back that the image was brought
    to. Whether there was such a place. Raises TargetUnavailable."""
    owners = {each.owner.session_uid for each in _applied(image)}
    found = False
    for now in _standings(other):
        slot = now.application.change.slot if now.application is not None else None
        before = slot.before.resolve() if slot is not None and slot.before is not None else None
        if before is None or now.application is None:
            continue
        if before.session_uid in owners or image in _images_in(before):
            texture_places.take_back(now.application)
            found = True
    return found


def _images_in(material: bpy.types.Material) -> list[bpy.types.Image]:
    nodes = material.node_tree.nodes if material.node_tree is not None else ()
    return [each.image for each in nodes if each.type == 'TEX_IMAGE']


def restore(image: bpy.types.Image) -> None:
    """Put a version where it was, also where the artist has put something else since. Raises
    TargetUnavailable."""
    temporary.end()
    done = [_put_in(image, place, also_foreign=True) for place in _last(image)]
    if not any(done):
        raise _is_there_already(image) if is_there(image) else _is_nowhere(image)


def take_back(place: str) -> None:
    """A place in a material is as it was before the first picture came. Raises TargetUnavailable."""
    temporary.end()
    state = texture_places.standing(place).state
    if state == "GONE":
        raise TargetUnavailable("There is no such place any more.", "")
    if state != "FIRST":
        _take_back(place)


def _take_back(place: str) -> None:
    now = texture_places.standing(place)
    texture_places.take_back(now.application or texture_places.last(place))


def _is_there_already(image: bpy.types.Image) -> TargetUnavailable:
    return TargetUnavailable("“{image}” is there now.", "", image=image.name)


def _shared(image: bpy.types.Image, other: bpy.types.Image) -> list[Place]:
    return [place for place in places(image) if place.now == other]


def _last(image: bpy.types.Image) -> list[Place]:
    """Where the image was brought to last: its own place, or those in materials; and where it was put back
    from."""
    applied = _applied(image)
    own = {each.place for each in applied}
    wanted = {each.place for each in applied if each.press == applied[-1].press}
    wanted |= {each.place for each in _begun_by(image)}
    return [
        place
        for place in places(image)
        if not place.is_texture or place.id in wanted or (place.is_free and place.id in own)
    ]


def _left(image: bpy.types.Image, owners: Owners) -> list[Place]:
    """Those of the owners from which the image was put back."""
    there = {each.place: each for each in _applied(image)}
    now = succession.present(image)
    is_replaced = now is not None and now == succession.predecessor(image)
    left = [
        place
        for place in places(image)
        if (place.is_free and place.id in there) or (is_replaced and not place.is_texture)
    ]
    meant = owners() if left else ()
    return [
        place
        for place in left
        if (
            texture_places.is_on(there[place.id], meant)
            if place.is_texture
            else now is not None and _is_shown_apart(now, (), meant)
        )
    ]


def _put_in(image: bpy.types.Image, place: Place, *, also_foreign: bool = False) -> bool:
    if place.now == image or place.is_gone or (place.is_foreign and not also_foreign):
        return False
    if not place.is_texture:
        assert place.now is not None
        materials.require_editable(place.now)
        images.put_back(place.now, image)
        return True
    own = [each for each in _applied(image) if each.place == place.id]
    if not own:
        _put_akin(image, place)
    elif texture_places.can_show(own[-1]):
        texture_places.show(own[-1], image)
    else:
        deliver.apply_to_material(image, own[-1].meant, again=own[-1])
    return True


def _put_akin(image: bpy.types.Image, place: Place) -> None:
    """Put what was there by the place of another image alone: that of the first one, or of a later one."""
    entries = texture_places.entries(place.id)
    was = [each for reference, each in entries if way_back.is_akin(image, reference.resolve())]
    if was and texture_places.can_show(was[-1]):
        texture_places.show(was[-1], image)
    elif texture_places.standing(place.id).state != "FIRST":
        _take_back(place.id)
    there = succession.present(image)
    if there is not None and there != image:
        materials.require_editable(there)
        images.put_back(there, image)
    node = texture_places.node_of(texture_places.last(place.id))
    if node is not None and way_back.is_akin(node.image, image):
        # What was first may have lost its place to another since.
        materials.give(node, image)
