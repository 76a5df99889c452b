# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of the pictures of a set one is kept, and others are thrown away: into a folder that the artist empties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import bpy

from ...errors import SourceUnavailable, StorageFailed
from ...messages import Message
from .. import undo
from ..compare import overlay
from ..delivery import removing, versions
from ..delivery.result import Result
from ..selection import Selection
from ..session import session
from ..session.results import Standing, standing
from ..session.thrown_away import files_of
from . import results


def keep(selection: Selection, key: str = "") -> None:
    """Put a result of a set into its place, and throw the others of the set away, in one undo step.

    Raises BridgeError, and has thrown nothing away then.
    """
    kept = results.required(key)
    if not kept.set_id:
        raise SourceUnavailable(
            "This picture is of no set: nothing came with it that could be thrown away.", "Select another."
        )
    undo.push_deferred()
    was = _standings(each for each in _of_set(kept) if each is not kept)
    results.put_in_place(selection, kept, results.selected())
    _throw_away(was)
    undo.push(Message("Draw Things: Keep “{image}”", image=kept.picture.path.stem))


def throw_away(selection: Selection, key: str = "", *, whole_set: bool = False) -> None:
    """Bring back what was there before a result came, or before all of its set, take them off the list, and
    put their files into the folder `Deleted` of the one that they lie in.

    Their images go where nothing uses them; one that is used or was painted on stays, and so does its file.
    One undo step, which brings the files back, too. Raises BridgeError, and has changed nothing then.
    """
    chosen = results.required(key)
    undo.push_deferred()
    _throw_away(_standings(_of_set(chosen) if whole_set else [chosen]))
    undo.push("Draw Things: Throw Away")


def _of_set(chosen: Result) -> list[Result]:
    """All of its set that are listed; itself where it is of none."""
    if not chosen.set_id:
        return [chosen]
    return [each for each in session.get().results if each.set_id == chosen.set_id]


def _standings(chosen: Iterable[Result]) -> dict[Result, Standing]:
    return {each: standing(each) for each in chosen}


def _throw_away(was: Mapping[Result, Standing]) -> None:
    """Results, each with how it stood before the press. Raises BridgeError, and has changed nothing then.
    Pushes no undo step."""
    gone = list(was)
    in_place = (results.known_image(each) for each in gone if standing(each).is_there)
    there = [image for image in in_place if image is not None]
    for image in there:
        versions.require_put_back(image)
    for image in there:
        # Of two that were in one place the first has brought back what was there before both.
        if versions.is_there(image):
            versions.put_back(image)
    images = [image for each in gone for image in each.datablocks()]
    removable = removing.removable(images).images
    staying = [image for image in images if image not in removable]
    files = [path for each in gone for path in _files_to_go(each, staying)]
    try:
        away = session.get().put_away(files)
    except StorageFailed:
        for image in there:
            versions.put(image)
        raise
    _remove(images, removable)
    session.get().discard(was, away)
    # Where the artist opened such a file by hand.
    session.get().keep_shown()
    for path in _unclaimed(gone, files, staying):
        session.get().tell(
            Message("The file {path} stays: nothing in it tells that it is this picture's.", path=path)
        )
    for image in staying:
        session.get().tell(
            Message(
                "“{image}” is used in this file, or was painted on: it stays, and so does its file.",
                image=image.name,
            )
        )


def _unclaimed(
    gone: Sequence[Result], files: Sequence[Path], staying: Sequence[bpy.types.Image]
) -> list[Path]:
    """Files that are there, and might be somebody else's."""
    return [
        each.path
        for result in gone
        for each in result.picture.set
        if each.path not in files and each.path.is_file() and result.datablock(each.name) not in staying
    ]


def _files_to_go(result: Result, staying: Sequence[bpy.types.Image]) -> list[Path]:
    stays = {each.path for each in result.picture.set if result.datablock(each.name) in staying}
    return [path for path in files_of(result) if path not in stays]


def _remove(images: Sequence[bpy.types.Image], removable: Sequence[bpy.types.Image]) -> None:
    for image in images:
        if overlay.is_shown(image):
            # Nothing in the panel would take it away any more.
            overlay.hide()
        if image.is_editable:
            # What stays in the file is not listed again when that is opened.
            image.drawthings.is_discarded = True
    removing.remove(removable)
