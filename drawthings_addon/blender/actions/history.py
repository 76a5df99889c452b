# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with the history of every picture that was made: search, reuse, bring in, mark, delete.

With a window each returns at once, and what goes wrong is told in the panel; in background it waits, and
raises BridgeError.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import bpy

from ...errors import (
    BridgeError,
    InvalidSettings,
    SourceUnavailable,
    StorageFailed,
    TargetUnavailable,
)
from ...jobs.history.entry import Entry, Looked
from ...jobs.history.history import History
from ...jobs.history.query import Query
from ...jobs.recipe import Recipe
from ...messages import Message
from .. import adopt, taken, undo, windows
from ..delivery import editors, images, preflight, provenance
from ..delivery.result import Result
from ..delivery.target import Reference, Target
from ..selection import Selection
from ..session import session
from ..values import signed_seed
from . import again as made_again
from . import results, showing, without_prompt

Use = Literal["ALL", "SETTINGS", "PROMPT", "SEED", "SIZE"]
BringTo = Literal["IMAGE", "MATERIAL", "EDITOR"]

_HOW = "bring it into the scene, and press Reuse with Server Options below its recipe in the Image Editor"
_NO_FILE = "The file is not there any more"
#: What needs the picture's file.
_OF_FILE = frozenset({"drawthings.history_bring", "drawthings.history_reveal"})


# Searching


def search(query: Query) -> None:
    """Look for this, for panels and for scripts: `WindowManager.drawthings.history` has the page that was
    found, and `history_count` how many there are in all. In background the folders are looked at before the
    first search: no panel does it."""
    shown = session.get().history
    if bpy.app.background and not shown.has_looked:
        shown.look()
    shown.search(query, _write_down)
    if bpy.app.background and shown.error is not None:
        raise shown.error


def look() -> None:
    """Find what changed outside, and what a crash left out."""
    session.get().history.look()


def _write_down() -> None:
    interface, page = windows.manager().drawthings, session.get().history.page
    interface.history_count = page.total
    interface.history.clear()
    for each in page.entries:
        entry = interface.history.add()
        entry.identity, entry.path, entry.created = each.identity, str(each.path), each.created
        entry.name = each.identity
        entry.operation, entry.prompt, entry.negative_prompt = (
            each.operation,
            each.prompt,
            each.negative_prompt,
        )
        entry.model, entry.server, entry.blend, entry.label = each.model, each.server, each.blend, each.label
        entry.width, entry.height, entry.seed = each.width, each.height, signed_seed(each.seed)
        if each.set is not None:
            entry.set, entry.set_index = each.set.id, each.set.index
        entry.is_favourite, entry.is_missing, entry.is_deleted = (
            each.is_favourite,
            each.is_missing,
            each.is_deleted,
        )


def rebuild() -> None:
    """Make the history anew from what the pictures' files tell; what is found by and by is shown."""
    current = session.get()

    def start(answer: Callable[[Any, BridgeError | None], None]) -> None:
        current.history.rebuild(answer)

    def done(_found: Looked) -> None:
        count = current.history.facets.count
        current.tell(Message("The history was made anew: {count} pictures.", count=count))

    _follow(start, done)


# For panels


def why_no_file(entry: Entry) -> str:
    """Empty, or why its picture cannot be had. For `draw`."""
    return _NO_FILE if entry.is_missing else ""


def why_not(operator: str, entry: Entry) -> str:
    """Empty, or why an operator can do nothing with it. For `draw`."""
    if operator in _OF_FILE:
        return why_no_file(entry)
    if operator == "drawthings.history_restore" and entry.is_missing:
        return "The folder Deleted was emptied"
    return ""


def is_favourite(result: Result) -> bool:
    """Whether a result is one, as far as is known. For `draw`."""
    shown = session.get().history
    shown.want_favourites()
    return result.identity in shown.favourites


# How it was made


def reuse(
    selection: Selection, identity: str, what: Use = "ALL", *, use_server_options: bool = False
) -> None:
    """Set the panel to what a picture was made with, in one undo step: to all of it, or to one thing alone.

    A recipe that was not made since Blender was started may be anybody's: what it brings is told in the
    panel, and options of the server and a script are taken with `use_server_options` alone.
    """
    scene = Reference.to(selection.scene)

    def take(found: tuple[Entry, Recipe]) -> None:
        entry, made = found
        there = scene.resolve()
        if not isinstance(there, bpy.types.Scene):
            return
        if what in ("ALL", "SETTINGS"):
            _reuse_settings(there, entry, made, what, use_server_options=use_server_options)
        else:
            _reuse_one(there.drawthings, made, what)
        undo.push("Draw Things: Use from History")

    _ask(lambda history: (history.entry(identity), history.recipe(identity)), take)


def _reuse_settings(
    scene: bpy.types.Scene, entry: Entry, made: Recipe, what: Use, *, use_server_options: bool
) -> None:
    chosen, is_own = scene.drawthings, results.is_of_this_session(made)

    def adopt_it() -> None:
        if without_prompt.adopt(scene, made):
            return
        take = adopt.request if what == "ALL" else adopt.settings_alone
        take(
            chosen,
            made.request,
            use_server_options=is_own or use_server_options,
            refining=made.refining,
        )

    if is_own and made.is_of_request:
        adopt_it()
        return
    withheld = not (is_own or use_server_options)
    with taken.told(chosen, taken.named(entry.path.name), made.request, withheld=withheld, how=_HOW):
        adopt_it()


def _reuse_one(chosen: bpy.types.PropertyGroup, made: Recipe, what: Use) -> None:
    """Raises SourceUnavailable."""
    if made.extras is not None:
        raise SourceUnavailable("This picture was enlarged, which takes no prompt, seed or size.", "")
    if not made.is_of_request:
        raise SourceUnavailable("This picture was made of another one, without prompt, seed or size.", "")
    if what == "PROMPT":
        adopt.prompt(chosen, made.request)
    elif what == "SEED":
        adopt.seed(chosen, made.request)
    else:
        adopt.size(chosen, made.request)


def again(selection: Selection, identity: str) -> None:
    """Another picture like this one, with another seed: from what it was made from, where that is kept or in
    the open file, and to its place there; else as an image."""
    press = _Press.of(selection)

    def take(made: Recipe) -> None:
        own = results.made_with(made)
        if own is not None:
            made_again.of_result(own)
            return
        image = _in_file(made)
        if image is not None:
            made_again.of_image(press.selection(), image)
        else:
            made_again.of_recipe(press.selection(), made)

    _ask(lambda history: history.recipe(identity), take)


# Into the scene


@dataclass(frozen=True)
class _Press:
    """What was selected at the press, in a form that outlives undo and file loading."""

    scene: Reference
    view_layer: str
    active: Reference | None

    @classmethod
    def of(cls, selection: Selection) -> _Press:
        active = Reference.to_any(selection.active)
        return cls(Reference.to(selection.scene), selection.view_layer.name, active)

    def selection(self) -> Selection:
        """Raises TargetUnavailable where another file was opened since."""
        scene = self.scene.resolve()
        if not isinstance(scene, bpy.types.Scene):
            raise TargetUnavailable("The scene is not there any more.", "Press again.")
        layer = scene.view_layers.get(self.view_layer) or scene.view_layers[0]
        active = self.active.resolve() if self.active is not None else None
        found = active if isinstance(active, bpy.types.Object) else None
        return Selection(scene, layer, found, lambda: layer.objects.selected)


def bring(selection: Selection, identity: str, target: BringTo = "IMAGE") -> None:
    """A picture into the open file, packed and with its recipe, among the results there; MATERIAL: applied to
    the active object's material; EDITOR: shown in an Image Editor. In one undo step. One that was thrown away
    is brought back where it was, too: what is used is not left where the artist empties it."""
    press = _Press.of(selection)
    if target == "MATERIAL":
        preflight.require_for_result(selection, 'Base Color')

    def take(found: tuple[Entry, Recipe, bytes]) -> None:
        entry, made, data = found
        there = press.selection()
        image = _in_file(made) or _new_image(entry.path, made, data)
        image.drawthings.is_discarded = False
        result = session.get().list_image(image)
        if target == "MATERIAL":
            results.apply_to_material(there, 'Base Color', result.key)
        elif target == "EDITOR":
            showing.show(image)
        elif there.scene.drawthings.use_show:
            editors.show(image)
        session.get().history.changed()
        undo.push(Message("Draw Things: Bring In “{image}”", image=image.name))

    _ask(lambda history: _with_data(history, identity), take)


def _with_data(history: History, identity: str) -> tuple[Entry, Recipe, bytes]:
    entry = history.entry(identity)
    data = results.file_of(entry.path)
    if entry.is_deleted:
        # Its picture is had also where the disk does not let it be moved.
        with contextlib.suppress(StorageFailed):
            entry = history.restore(identity)
    return entry, history.recipe(identity), data


def _in_file(made: Recipe) -> bpy.types.Image | None:
    """The image of this picture, where the open file has it."""
    text = made.text
    return next(
        (
            each
            for each in bpy.data.images
            if images.has_recipe(each) and each.library is None and each.drawthings.recipe == text
        ),
        None,
    )


def _new_image(path: Path, made: Recipe, data: bytes) -> bpy.types.Image:
    """Raises PictureInvalid."""
    # Linux allows a name that is no text.
    path = Path(os.fsencode(path).decode("utf-8", "replace"))
    image = images.new_from_data(path, data)
    image.use_fake_user = True
    images.read_as_made(image, made)
    images.remember(image, path, made)
    provenance.note(image, None, Target(), Target())
    return image


# Marks and files


def favourite(identity: str, value: bool = True) -> None:
    """Make a picture a favourite, or not."""
    _change(lambda history: history.favourite(identity, value))


def favourite_result(key: str, value: bool = True) -> None:
    """The same of the result with this key, else of the selected one. Raises SourceUnavailable where there is
    none."""
    result = results.required(key)

    def mark(history: History) -> Entry:
        try:
            return history.favourite(result.identity, value)
        except InvalidSettings as error:
            raise SourceUnavailable(
                "The history does not know this picture: it came with the .blend.",
                "Put its file into the output folder, then press Rebuild History.",
            ) from error

    _change(mark)


def delete(identity: str) -> None:
    """Throw a picture away: its file goes into the folder `Deleted` beside it, which the artist empties."""

    def done() -> None:
        # What the file shows of it is held by the file from now on.
        if session.get().keep_shown():
            undo.push("Draw Things: Throw Away")

    _change(lambda history: history.delete(identity), done, gone=identity)


def restore(identity: str) -> None:
    """Bring one back that was thrown away."""
    _change(lambda history: history.restore(identity), gone=identity)


def _change(
    question: Callable[[History], Entry], then: Callable[[], None] = lambda: None, *, gone: str = ""
) -> None:
    """`gone` is not among what is shown after that: what stands beside it is selected in its place."""

    def done(_entry: Entry) -> None:
        shown, interface = session.get().history, windows.manager().drawthings
        if gone and interface.history_selected == gone:
            interface.history_selected = _beside(gone, shown.page.entries)
        shown.changed()
        then()

    _ask(question, done)


def _beside(identity: str, entries: Sequence[Entry]) -> str:
    """The identity of the next one, else of the one before; empty where there is neither."""
    known = [each.identity for each in entries]
    if identity not in known:
        return ""
    index = known.index(identity)
    return next(iter([*known[index + 1 : index + 2], *known[max(index - 1, 0) : index]]), "")


def reveal(identity: str) -> None:
    """Open the folder of a picture's file in the system's file browser."""

    def find(history: History) -> Path:
        folder = history.entry(identity).path.parent
        if not folder.is_dir():
            raise SourceUnavailable("The folder {folder} is gone.", "", folder=folder)
        return folder

    _ask(find, lambda folder: open_folder(folder))


def open_folder(folder: Path) -> None:
    """In the system's file browser."""
    bpy.ops.wm.path_open(filepath=str(folder))


def _ask(question: Callable[[History], Any], take: Callable[[Any], None]) -> None:
    current = session.get()
    _follow(lambda answer: current.ask_history(question, answer), take)


def _follow(
    start: Callable[[Callable[[Any, BridgeError | None], None]], None], take: Callable[[Any], None]
) -> None:
    """What `start` begins, then `take` with what came of it. What either of them fails at is told in the
    panel, and raised in background."""
    current = session.get()
    failure: list[BridgeError] = []

    def answer(found: Any, error: BridgeError | None) -> None:
        if error is None:
            try:
                take(found)
            except BridgeError as raised:
                error = raised
        if error is None:
            return
        if bpy.app.background:
            failure.append(error)
        else:
            current.tell(error.what, error.advice)

    start(answer)
    if failure:
        raise failure[0]
