# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of a set on one page: read and written elsewhere, lettered by Blender in between."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import bpy

from ...errors import BridgeError, SourceUnavailable
from ...imaging.contact_sheet import MAX_PICTURES
from ...jobs import contact_sheet
from ...jobs.contact_sheet import Arrangement, Listed, Shown
from ...jobs.history.history import History
from ...jobs.history.query import Query
from ...jobs.recipe import Recipe
from ...jobs.server_worker import Answer
from .. import lettering, paths, settings, undo, windows
from ..delivery import images
from ..delivery.result import Result
from ..selection import Selection
from ..session import session
from . import results, server_control, showing

_NONE = "This picture was made alone."
_SEARCH = "Bring their files back, or select a picture of another set."
_MAKE = "Set Pictures to more than 1 before you make one, or make a grid."


def make(
    selection: Selection, key: str = "", set_id: str = "", window: bpy.types.Window | None = None
) -> None:
    """A contact sheet of a set, or of that of the result with this key, of the selected one, or of the image
    in the Image Editor: a file in the output folder, and an image, which an Image Editor shows, those of
    `window` first. One undo step. Pictures whose files are gone leave their places empty.

    With a window it returns at once, and what goes wrong is told in the panel; in background it waits. Raises
    BridgeError.
    """
    meant = set_id or _set_of(results.recipe(selection, key=key))
    known = _listed(meant)
    if known and len(known) == max(each.member.size for each in known.values()):
        of_pictures(list(known.values()), window)
        return
    found: list[list[Listed]] = []

    def take(of_history: list[Listed]) -> None:
        listed = list(({each.member.index: each for each in of_history} | known).values())
        if bpy.app.background:
            found.append(listed)
        else:
            of_pictures(listed, window)

    current = session.get()
    if bpy.app.background and not current.history.has_looked:
        current.history.look()
    server_control.follow(
        lambda answer: current.ask_history(partial(_of_earlier, set_id=meant), answer), take
    )
    if found:
        of_pictures(found[0], window)


def _of_earlier(history: History, set_id: str) -> list[Listed]:
    """The pictures of a set, as the history knows them."""
    query = Query(set=set_id, limit=MAX_PICTURES)
    found = []
    for entry in history.search(query).entries:
        if entry.set is not None and not entry.beside:
            recipe = None
            with contextlib.suppress(BridgeError):
                recipe = history.recipe(entry.identity)
            found.append(Listed(entry.path, entry.set, recipe))
    return found


def of_pictures(listed: Sequence[Listed], window: bpy.types.Window | None = None) -> None:
    """The same of any pictures of one set, wherever they are listed."""
    arrangement = Arrangement.of(each.member for each in listed)
    directory = paths.output_directory(settings.preferences())
    jobs = session.get().jobs

    def start(answer: Answer) -> None:
        shown: list[Shown] = []
        # One after another, so that nothing else waits for all of them.
        left = list(reversed(listed))

        def next_one() -> None:
            each = left.pop()
            jobs.call_on_disk(partial(contact_sheet.read, each, arrangement.edge, jobs.decoder), read)

        def read(one: Shown | None, error: BridgeError | None) -> None:
            if one is not None:
                shown.append(one)
            if error is not None:
                answer(None, error)
            elif left:
                next_one()
            elif all(each.pixels is None for each in shown):
                answer(None, SourceUnavailable("No picture of this set is there any more.", _SEARCH))
            else:
                with lettering.letters() as letter:
                    sheet = contact_sheet.lay_out(shown, arrangement, letter)
                jobs.call_on_disk(partial(contact_sheet.write, sheet, directory, shown), answer)

        next_one()

    def bring(made: tuple[Path, bytes]) -> None:
        _bring(*made, window)

    server_control.follow(lambda answer: session.get().follow_answer(start, answer), bring)


def why_not(result: Result | None) -> str:
    """Empty, or why there is no contact sheet of the set that a result is of. For `draw`."""
    if result is None:
        return "There is no result yet."
    return "" if result.recipe.set is not None else f"{_NONE} {_MAKE}"


def _set_of(recipe: Recipe) -> str:
    if recipe.set is None:
        raise SourceUnavailable(_NONE, _MAKE)
    return recipe.set.id


def _listed(set_id: str) -> dict[int, Listed]:
    """The pictures of a set, by their places, as the session knows them."""
    current = session.get()
    found = {}
    # The newest first: what was made again takes the place of what was there before.
    for result in reversed(current.results):
        member = result.recipe.set
        if member is not None and member.id == set_id:
            data = current.pictures.data(result)
            found[member.index] = Listed(result.picture.path, member, result.recipe, data)
    return found


def _bring(path: Path, data: bytes, window: bpy.types.Window | None) -> None:
    """The sheet into Blender, when the artist's hands are free."""

    def bring() -> bool:
        if windows.hands_full():
            return True
        image = images.new_from_data(path, data)
        image.use_fake_user = True
        showing.show(image, window if window in windows.manager().windows[:] else None, whole=True)
        undo.push("Draw Things: Contact Sheet")
        return False

    session.get().attend(bring)
