# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with a result that arrived, or with an image that has a recipe."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import bpy

from ...errors import BridgeError, SourceUnavailable, StorageFailed, TargetUnavailable
from ...jobs.recipe import Recipe
from ...messages import Message
from .. import (
    adopt,
    paths,
    settings,
    subject,
    summary,
    taken,
    undo,
    windows,
)
from ..compare import overlay
from ..delivery import (
    applications,
    deliver,
    editors,
    images,
    maps,
    preflight,
    removing,
    sets,
    succession,
    target,
    versions,
)
from ..delivery.result import Result
from ..delivery.target import Reference, Target
from ..selection import Selection, image_named
from ..session import session
from ..session.reading import FromBlender, Read
from ..session.results import standing
from . import again as made_again
from . import showing, without_prompt

_WITH_OPTIONS = "press Reuse with Server Options below the recipe in the Image Editor"
_MAKE_ANEW = "Press Make Again to make it anew."

_MAKE = "Make a picture first."
_NOT_LISTED = "This result is not in the list any more."
_APPLY_IT = "Apply gives it to the active object."
_NOT_IN_FILE = "This result is not in the file."

#: The images of results, by their keys, and as of when.
_found: dict[str, Reference | None] = {}
_found_of: tuple[int, ...] = ()


def selected_index() -> int:
    """Which result is selected, 0 is the newest; -1 when there is none."""
    return min(windows.manager().drawthings.result_index, len(session.get().results) - 1)


def selected() -> Result | None:
    """The selected result, or None when there is none."""
    index = selected_index()
    return session.get().results[index] if index >= 0 else None


def reader(result: Result) -> Read | FromBlender:
    """How the pixels of a result's picture are read, as large as a panel shows them."""
    return session.get().pictures.reading(result)


def tooltip(key: str) -> str:
    """What the tooltip of a result's picture says."""
    found = next((each for each in session.get().results if each.key == key), None)
    return "Select this result" if found is None else summary.tooltip(found, where(found))


def select(index: int, key: str = "") -> None:
    """Select the result with this key, wherever it is by now, else the one at `index`. Raises
    SourceUnavailable."""
    count = len(session.get().results)
    if key:
        index = session.get().results.index(required(key))
    elif not 0 <= index < count:
        what = "There is no result {index}: there are {count}." if count else "There is no result yet."
        raise SourceUnavailable(what, "Select another." if count else _MAKE, index=index, count=count)
    windows.manager().drawthings.result_index = index
    session.get().chosen()


def choose(selection: Selection, index: int, key: str = "") -> str:
    """Select a result, and put it where the one is that was selected, if it was brought there too; else where
    it was brought, as `versions.put` has it. That is one undo step. What the artist has put there by hand
    stays, and so does what cannot be changed. Where a picture lies over the 3D View, one that can lie there
    takes its place. One whose image was removed from the file is read from disk again.

    Returns what to tell: why it is seen nowhere, where it was somewhere. Raises SourceUnavailable.
    """
    before = selected()
    select(index, key)
    result = selected()
    if result is None:
        return ""
    try:
        image, is_changed = put_in_place(selection, result, before)
    except BridgeError as error:
        return str(error)
    if image is None:
        return ""
    if is_changed:
        undo.push(Message("Draw Things: Use “{image}”", image=image.name))
    return versions.why_not_seen(image)


def put_in_place(
    selection: Selection, result: Result, before: Result | None = None
) -> tuple[bpy.types.Image | None, bool]:
    """What `choose` does with a result instead of the one `before`: its image, and whether anything was
    changed. Raises BridgeError. Pushes no undo step."""
    was = known_image(result)
    image = was or _read_again(result)
    image = _brought(result, image) or image
    if image is None:
        return None, False
    if overlay.shown() is not None and not overlay.why_not(image):
        overlay.show(image)
    other = known_image(before) if before is not None else None
    is_changed = versions.put(image, other, _owners(selection)) or image != was
    is_changed |= _put_maps(image, other)
    if result.recipe.set is not None and (is_changed or not sets.has_place(image)):
        for each in sets.members(result.recipe.set.id, image):
            editors.follow(each, image)
    return image, is_changed


def _put_maps(image: bpy.types.Image, other: bpy.types.Image | None) -> bool:
    """The maps of a picture go where those of another one are. Whether anything was changed."""
    is_changed = False
    theirs = maps.of_picture(other) if other is not None else {}
    for kind, each in maps.of_picture(image).items():
        if each != image and kind in theirs and versions.is_there(theirs[kind]):
            is_changed |= versions.put(each, theirs[kind])
    return is_changed


def _put_maps_back(image: bpy.types.Image) -> bool:
    """What was there before the maps of a picture came back, as far as that can be. Whether any was."""
    there = [each for each in maps.of_picture(image).values() if not versions.why_not_put_back(each)]
    for each in there:
        versions.put_back(each)
    return bool(there)


def _read_again(result: Result) -> bpy.types.Image | None:
    """The image of a result that was somewhere, and was removed from the file: it is known again where that
    was, and has the place of the image that it had. None: it was nowhere. Raises BridgeError."""
    file = str(result.picture.path)
    has_replaced = succession.is_known(file)
    if not (has_replaced or applications.is_noted(file)):
        landed = result.landed
        if landed is not None and landed.kind != 'IMAGE' and not landed.is_in_this_file:
            raise TargetUnavailable(
                "“{image}” is not in this file, and nothing here is known to have shown it.",
                _APPLY_IT,
                image=result.picture.path.stem,
            )
        return None
    old = _replaced_by(result) if has_replaced else None
    if has_replaced and old is None and not applications.is_noted(file):
        raise TargetUnavailable(
            "The image that “{image}” had replaced is not used any more.",
            _APPLY_IT,
            image=result.picture.path.stem,
        )
    image = datablock(result)
    if old is not None:
        tile = result.target.tile if result.target is not None else 0
        press = deliver.press_of_tile(result.picture, tile)
        image = deliver.replace_image(image, old, _bytes(result), result.picture, tile, press=press)
    applications.note_again(image)
    return image


def _replaced_by(result: Result) -> bpy.types.Image | None:
    """What has the place now that a result had which is not in the file any more; None: nothing shows it."""
    found = succession.present_of(str(result.picture.path))
    reference = result.target.image if result.target is not None else None
    if found is None and reference is not None and isinstance(there := reference.resolve(), bpy.types.Image):
        found = succession.latest(there)
    return found if found is not None and not succession.is_unseen(found) else None


def _brought(result: Result, image: bpy.types.Image | None) -> bpy.types.Image | None:
    """One of a set that has come to no place yet, or was undone before it did, brought to that which was
    meant; None where there is nothing to do. Raises BridgeError."""
    if result.recipe.set is None or (image is not None and sets.has_place(image)):
        return None
    if image is None and not (result.target is not None and result.target.is_in_this_file):
        # It is of another file.
        return None
    return session.get().bring(result, lambda: _bytes(result))


def known_image(result: Result) -> bpy.types.Image | None:
    """The result's image datablock, when the open file has it. Memory only, and cheap enough to be asked of
    every result in each drawing."""
    global _found_of
    state = (target.generation(), *applications.state())
    if _found_of != state:
        _found.clear()
        _found_of = state
    reference = _found.get(result.key)
    image: bpy.types.Image | None = reference.resolve() if reference is not None else None
    if image is None and (reference is not None or result.key not in _found):
        # Also where another has come in its place, so that there are as many as before.
        image = result.datablock()
        _found[result.key] = Reference.to_any(image)
    return image


def where(result: Result) -> str:
    """Where the result is now: “Jar · Base Color”, or the name of the image whose place it has taken; empty:
    nowhere. Cheap enough for `draw`."""
    image = known_image(result)
    return versions.where(image) if image is not None else ""


def is_there(result: Result) -> bool:
    """Whether it is in its place now. Cheap enough for `draw`, of every result."""
    image = known_image(result)
    return image is not None and versions.is_there(image)


def why_not_put_back(result: Result, selection: Selection) -> str:
    """Empty, or why what was there before the result cannot be put back. Cheap enough for `draw`."""
    image = known_image(result)
    if image is None:
        return _NOT_IN_FILE
    why_not = versions.why_not_put_back(image, _owners(selection))
    if why_not and any(not versions.why_not_put_back(each) for each in _datablocks_beside(result)):
        return ""
    return why_not


def _datablocks_beside(result: Result) -> list[bpy.types.Image]:
    """Those of its maps; none of a result that is a picture, whose maps go with that."""
    return result.datablocks()[1:] if result.recipe.map else []


def why_key_stays(key: str, selection: Selection) -> str:
    """The same of the result with this key; of one that is not in the list any more, too."""
    found = next((each for each in session.get().results if each.key == key), None)
    return why_not_put_back(found, selection) if found is not None else _NOT_LISTED


def _owners(selection: Selection) -> versions.Owners:
    return functools.partial(subject.owners, selection)


def why_nothing_to_put_back() -> str:
    """Empty, or why there is nothing in the whole file that could be put back: for `poll`, which is not told
    of which image it is asked."""
    return "" if versions.is_any() else "No picture has taken a place in this file"


def put_back(selection: Selection, name: str = "", key: str = "") -> None:
    """Bring back what was there before a result, an image, the image in the Image Editor, or the selected
    result came; without results, as after a restart, what is on the active object. One that came by several
    presses goes from what `subject.owners` tells. In one undo step. Raises BridgeError, and has changed
    nothing then."""
    image = selection.edited_image if not (name or key) else None
    if not (image or name or key or selected()):
        image = texture_in_place(selection)
    if image is None or versions.why_not_put_back(image, _owners(selection)):
        meant = result_or_image(selection, name, key)
        image = known_image(meant) if isinstance(meant, Result) else meant
    if image is None:
        raise TargetUnavailable(_NOT_IN_FILE, "Apply it first.")
    if not (image.drawthings.map and _put_maps_back(image)):
        versions.put_back(image, _owners(selection))
        _put_maps_back(image)
    undo.push("Draw Things: Put Back")


def texture_in_place(selection: Selection) -> bpy.types.Image | None:
    """The texture that Restyle Texture means, where it came from here and can be put back. For `draw`."""
    image = next((each.image for each in subject.textures(selection)), None)
    return image if image is not None and not versions.why_not_put_back(image, _owners(selection)) else None


def discard(key: str = "") -> None:
    """Put back what was there before a result, and take the result off the list. Its images go where nothing
    uses them and their files are on disk. In one undo step. Raises BridgeError, and has changed nothing
    then."""
    result = required(key)
    undo.push_deferred()
    was, image = standing(result), known_image(result)
    if image is not None and was.is_there:
        versions.put_back(image)
    if image is not None:
        _put_maps_back(image)
    if overlay.is_shown(image):
        # Nothing in the panel would take it away any more.
        overlay.hide()
    there = result.datablocks()
    for each in there:
        if each.is_editable:
            # What stays in the file is not listed again when that is opened.
            each.drawthings.is_discarded = True
    removing.remove_files_copies(there)
    session.get().discard({result: was})
    undo.push("Draw Things: Discard")


def datablock(result: Result) -> bpy.types.Image:
    """The result's image datablock; one of another file, or an undone one, is read from disk again.

    Raises SourceUnavailable, PictureInvalid.
    """
    found = result.datablock()
    if found is not None:
        return found
    return images.new_from_picture(replace(result.picture, png=_bytes(result)))


def datablock_of(key: str = "") -> bpy.types.Image:
    """The same of the result with this key, else of the selected one."""
    return datablock(required(key))


def _bytes(result: Result) -> bytes:
    """Raises SourceUnavailable."""
    path = result.picture.path
    return session.get().jobs.unwritten_data(path) or file_of(path)


def file_of(path: Path) -> bytes:
    """A picture's file. Raises SourceUnavailable. For any thread."""
    if not path.is_file():
        raise SourceUnavailable("The file {path} is gone.", _MAKE_ANEW, path=path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnavailable(
            "The file {path} cannot be read: {reason}.",
            _MAKE_ANEW,
            path=path,
            reason=error.strerror,
        ) from error


def show(key: str = "", window: bpy.types.Window | None = None) -> None:
    """Show a result in an Image Editor, those of `window` first, or in a new window. Raises BridgeError."""
    image = datablock(required(key))
    showing.show(image, window)


def apply_to_material(selection: Selection, socket: str, key: str = "") -> None:
    """Give a result to the material that is meant by `subject.of`, or to the image node that is
    selected in an open node group; on an object without UVs as `Scene.drawthings.mapping` says.

    Raises BridgeError.
    """
    image = datablock(required(key))
    place = preflight.require_for_result(selection, socket)
    preflight.give_maps(selection, (place,), push_undo=False)
    deliver.apply_to_material(
        images.read_as(image, is_data=place.reads_data),
        Target(
            kind='MATERIAL',
            object=Reference.to_any(place.owner),
            material=Reference.to_any(place.material),
            socket=socket,
            node=place.node,
            node_group=Reference.to_any(place.node_group),
            box=place.takes_box(selection.scene.drawthings.mapping),
        ),
        selection.scene.render.engine,
    )
    undo.keep_all()


def reuse(selection: Selection, name: str = "", key: str = "", *, use_server_options: bool = False) -> None:
    """Set the panel to what a picture was made with. Raises BridgeError.

    A recipe that was not made since Blender was started may be anybody's: what it brings is told in the
    panel, and options of the server and a script are taken with `use_server_options` alone.
    """
    made, chosen = recipe(selection, name, key), selection.scene.drawthings
    if made.is_of_request and is_of_this_session(made):
        adopt.request(chosen, made.request, refining=made.refining)
        return
    what = taken.named(name) if name else "the picture"
    with taken.told(chosen, what, made.request, withheld=not use_server_options, how=_WITH_OPTIONS):
        if not without_prompt.adopt(selection.scene, made):
            adopt.request(chosen, made.request, use_server_options=use_server_options, refining=made.refining)


def is_of_this_session(made: Recipe) -> bool:
    """Whether a picture with this recipe was made since Blender was started: else it may be anybody's."""
    return made_with(made) is not None


def made_with(made: Recipe) -> Result | None:
    """The result of this session with this recipe."""
    own = (each for each in session.get().results if not each.is_from_file)
    return next((each for each in own if each.recipe.text == made.text), None)


def again(selection: Selection, name: str = "", key: str = "") -> None:
    """Another picture like this one, with another seed. Raises BridgeError."""
    meant = result_or_image(selection, name, key)
    if isinstance(meant, Result):
        there = meant.datablock() if meant.is_from_file else None
        if there is not None:
            made_again.of_image(selection, there)
        elif meant.is_from_file:
            # Removed from the file since it was opened.
            made_again.of_recipe(selection, meant.recipe)
        else:
            made_again.of_result(meant)
        return
    own = (each for each in session.get().results if not each.is_from_file)
    result = next((each for each in own if each.datablock() == meant), None)
    if result is not None:
        made_again.of_result(result)
    else:
        made_again.of_image(selection, meant)


def why_no_seed() -> str:
    """Empty, or why the selected result has no seed to keep. For `poll`."""
    result = selected()
    if result is None:
        return "There is no result yet."
    if result.recipe.extras is not None:
        return "The selected result was enlarged, which takes no seed."
    return (
        "" if result.recipe.is_of_request else "The selected result was made of another one, without a seed."
    )


def keep_seed(chosen: bpy.types.PropertyGroup, key: str = "") -> None:
    """The next picture starts from the seed of a result, and those after it as well. Raises
    SourceUnavailable."""
    made = required(key).recipe
    if made.extras is not None:
        raise SourceUnavailable("This result was enlarged, which takes no seed.", "Select another.")
    if not made.is_of_request:
        raise SourceUnavailable("This result was made of another one, without a seed.", "Select another.")
    adopt.seed(chosen, made.request)


def recipe(selection: Selection, name: str = "", key: str = "") -> Recipe:
    """The recipe of the result with this key, of the image named, of the selected result, or of the image in
    the Image Editor. Raises SourceUnavailable when there is none.
    """
    meant = result_or_image(selection, name, key)
    return meant.recipe if isinstance(meant, Result) else images.require_recipe(meant)


def result_or_image(selection: Selection, name: str, key: str) -> Result | bpy.types.Image:
    """A result; an image where no result is meant. Raises SourceUnavailable."""
    if key:
        return required(key)
    if not name:
        result, image = selected(), selection.edited_image
        if result is not None or image is None:
            return result or required("")
        return image
    edited = selection.edited_image
    # An image of a library may have the name of another one.
    return edited if edited is not None and edited.name == name else image_named(name)


def open_output_directory() -> None:
    """Open the output folder in the system's file browser. Raises StorageFailed."""
    directory = paths.output_directory(settings.preferences())
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            "The folder {directory} cannot be made: {reason}.", directory=directory, reason=error.strerror
        ) from error
    bpy.ops.wm.path_open(filepath=str(directory))


def required(key: str) -> Result:
    """The result with this key, else the selected one. Raises SourceUnavailable."""
    if key:
        found = next((each for each in session.get().results if each.key == key), None)
        if found is None:
            raise SourceUnavailable(_NOT_LISTED, "Select another.")
        return found
    result = selected()
    if result is None:
        raise SourceUnavailable("There is no result yet.", _MAKE)
    return result
