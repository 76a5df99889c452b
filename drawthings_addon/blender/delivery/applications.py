# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pictures were brought to in materials: facts that never change, noted on the pictures' datablocks.

Which of them count is told by the datablocks' properties, which undo takes back and brings again; what they
say is known by `session_uid` while the file is open, and written by names when it is saved.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import bpy
from bpy.app.handlers import persistent

from .. import handlers
from . import changes, target_json
from .changes import Change
from .target import Reference, Target

#: Characters of an application in a file: a change of a hundred nodes has some ten thousand.
_MAX_TEXT = 1 << 20
_MAX_INDEX = 1 << 31


@dataclass(frozen=True)
class Application:
    """That a picture was brought to one place."""

    place: str
    """The same for all pictures that were brought there."""
    press: str
    """The same for all places that the picture was brought to at once."""
    index: int
    """Counts them in the file, in the order in which they came."""
    meant: Target
    """By what a picture comes there where none of them is."""
    landed: Target
    """With the material and the node that it found or made."""
    before: Reference | None
    """The image that was there; None: there was no picture."""
    change: Change
    """What was changed since the first picture came there, this one's among it."""

    @property
    def owner(self) -> Reference:
        """The material in whose tree the image node is, or the node group."""
        found = self.landed.node_group or self.landed.material
        assert found is not None
        return found

    @property
    def node_key(self) -> tuple[int, str]:
        return self.owner.session_uid, self.landed.node


Entry = tuple[Reference, Application]
"""A picture, and one of its applications."""


@dataclass(frozen=True)
class Index:
    """All applications of the file, of images that are there. In the order in which they came."""

    by_place: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    by_node: Mapping[tuple[int, str], Sequence[Entry]] = field(default_factory=dict)
    by_image: Mapping[int, Sequence[Application]] = field(default_factory=dict)
    by_before: Mapping[int, Sequence[Application]] = field(default_factory=dict)
    """By the `session_uid` of what was there before."""
    next: int = 0
    _entries: dict[str, Sequence[Entry]] = field(default_factory=dict)
    _versions: dict[str, frozenset[int]] = field(default_factory=dict)

    def entries(self, place: str) -> Sequence[Entry]:
        """Of the place, and of all that share its nodes."""
        found = self._entries.get(place)
        if found is None:
            own = self.by_place.get(place, ())
            nodes = {each.node_key for _reference, each in own}
            shared = {id(entry): entry for key in nodes for entry in self.by_node.get(key, ())}
            found = sorted(shared.values(), key=lambda entry: entry[1].index)
            self._entries[place] = found
        return found

    def versions(self, place: str) -> frozenset[int]:
        """The `session_uid`s of their images."""
        if place not in self._versions:
            self._versions[place] = frozenset(image.session_uid for image, _each in self.entries(place))
        return self._versions[place]


#: By the keys that are noted on the images.
_known: dict[str, Application] = {}
_is_read = False
#: Of every picture that has a file, be it that its datablock was removed since: keys by places.
_of_files = defaultdict[str, dict[str, str]](dict)
#: The colour spaces in which they were shown there.
_color_spaces: dict[str, str] = {}
#: As it was made last, and by what can be told that it is old.
_index = Index()
_made_of: tuple[int, int] | None = None
_count = 0


def note(image: bpy.types.Image, application: Application) -> None:
    """Note it for the picture, instead of another one of the same place. Pushes no undo step."""
    applied = image.drawthings.applied
    for number in reversed(range(len(applied))):
        found = _known.get(applied[number].key)
        if found is not None and found.place == application.place:
            applied.remove(number)
    item = applied.add()
    item.key = uuid.uuid4().hex
    item.text = _text(application)
    _known[item.key] = application
    _remember(image, application, item.key)
    _changed()


def _remember(image: bpy.types.Image, application: Application, key: str) -> None:
    file = image.drawthings.file
    if file:
        _of_files[file][application.place] = key
        _color_spaces[file] = image.colorspace_settings.name


def note_again(image: bpy.types.Image) -> None:
    """The same that was noted for the datablock of this picture that was removed from the file, which is read
    as that was."""
    file = image.drawthings.file
    if not is_noted(file):
        return
    for key in _of_files[file].values():
        item = image.drawthings.applied.add()
        item.key, item.text = key, _text(_known[key])
    image.colorspace_settings.name = _color_spaces[file]
    _changed()


def is_noted(file: str) -> bool:
    """Whether anything was, of the picture that was written to this file."""
    return bool(file and _of_files.get(file))


def index() -> Index:
    """Made anew only when something changed: cheap enough for `draw`."""
    global _index, _made_of
    if not _is_read:
        read_unknown()
    now = state()
    if _made_of != now:
        _index, _made_of = _made(), now
    return _index


def state() -> tuple[int, int]:
    """Another one whenever an image came or went, or something was noted, undone or done again."""
    return _count, len(bpy.data.images)


def _made() -> Index:
    entries = []
    for image in bpy.data.images:
        applied = image.drawthings.applied
        if len(applied) and image.library is None:
            reference = Reference.to(image)
            found = (_known.get(each.key) for each in applied)
            entries += [(reference, each) for each in found if each is not None]
    entries.sort(key=lambda entry: entry[1].index)
    places, nodes = defaultdict[str, list[Entry]](list), defaultdict[tuple[int, str], list[Entry]](list)
    images, before = defaultdict[int, list[Application]](list), defaultdict[int, list[Application]](list)
    for entry in entries:
        reference, each = entry
        places[each.place].append(entry)
        nodes[each.node_key].append(entry)
        images[reference.session_uid].append(each)
        if each.before is not None:
            before[each.before.session_uid].append(each)
    return Index(
        dict(places),
        dict(nodes),
        dict(images),
        dict(before),
        entries[-1][1].index + 1 if entries else 0,
    )


@persistent
def _changed(*_unused: object) -> None:
    global _count
    _count += 1


@persistent
def _before_saving(*_unused: object) -> None:
    for image in bpy.data.images:
        applied = image.drawthings.applied
        if not len(applied) or not image.is_editable:
            continue
        for each in applied:
            found = _known.get(each.key)
            # Of one that came from another file the names would mean others here.
            each.text = _text(found) if found is not None else ""


def forget() -> None:
    """Another file is open."""
    _known.clear()
    _of_files.clear()


def read_unknown() -> None:
    """Read what the file tells. After `target.new_file_loaded`, or when the extension is enabled."""
    global _is_read
    _is_read = True
    for image in bpy.data.images:
        if image.library is not None:
            continue
        for each in image.drawthings.applied:
            if each.key not in _known:
                found = _read(each.text)
                if found is not None:
                    _known[each.key] = found
                    _remember(image, found, each.key)
    _changed()


def _text(application: Application) -> str:
    return json.dumps(target_json.write(application))


def _read(text: str) -> Application | None:
    """None for a text that is none, or that somebody changed."""
    try:
        stored = target_json.read_object(json.loads(target_json.read_text(text, _MAX_TEXT)))
        landed = target_json.read_target(stored["landed"])
        if landed.node_group is None and landed.material is None:
            return None
        return Application(
            target_json.read_text(stored["place"]),
            target_json.read_text(stored["press"]),
            target_json.read_number(stored["index"], _MAX_INDEX),
            target_json.read_target(stored["meant"]),
            landed,
            target_json.read_reference(stored["before"]),
            changes.read(stored["change"]),
        )
    except target_json.ERRORS:
        return None


_HANDLERS = (("save_pre", _before_saving), ("undo_post", _changed), ("redo_post", _changed))


def register() -> None:
    """Names are brought up to date before a file is saved."""
    handlers.add(_HANDLERS)


def unregister() -> None:
    """They are no longer."""
    handlers.remove(_HANDLERS)
