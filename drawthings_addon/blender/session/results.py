# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that arrived: each brought to its job's destination, the latest kept for the panel."""

from __future__ import annotations

import collections
import contextlib
import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError, PictureInvalid, StorageFailed
from ...imaging import formats
from ...jobs.job import Job
from ...jobs.kept import KeptSources
from ...jobs.results import THUMBNAIL_EDGE
from ...jobs.task import BY_ANOTHER, Picture, Stored
from ...jobs.thumbnail import NONE
from ...messages import Message
from .. import decoding, previews, undo, windows
from ..delivery import deliver, images, provenance, sets, versions
from ..delivery.destination import Destination
from ..delivery.result import Result
from ..delivery.target import Reference, Target
from . import opened
from .thrown_away import ThrownAway

log = logging.getLogger(__name__)

#: Of those that were made since Blender was started, and of those that the open file tells of.
KEPT_RESULTS = 40

WordsTo = Callable[[str], None]


@dataclass(frozen=True)
class Arrival:
    """What became of a picture."""

    notice: str
    """What is told in the panel; empty: nothing."""
    troubles: tuple[str, ...]
    """What is said in background at the job's end: it did not come to all it was meant for."""


class Standing(NamedTuple):
    """How a result stands in the open file."""

    has_image: bool
    is_there: bool
    """It is in its place."""


def standing(result: Result) -> Standing:
    """Now."""
    image = result.datablock()
    return Standing(image is not None, image is not None and versions.is_there(image))


@dataclass(eq=False)
class _Discarded:
    """What undo may bring back: results that went in one step."""

    all: tuple[Result, ...]
    """In the order of the list."""
    indices: tuple[int, ...]
    """Where each was in it."""
    was: tuple[Standing, ...]
    after: tuple[Standing, ...]
    selected: tuple[Result | None, Result | None]
    """Which one was before they went, and which one then."""
    files: frozenset[Path] = frozenset()
    """Where those were that were thrown away."""
    away: dict[Path, Path] = field(default_factory=dict)
    """By that, where they lie while they are."""
    latest: tuple[Standing, ...] = ()
    """How they stood after the last undo or redo."""


@dataclass(eq=False)
class Results:
    """Where jobs' pictures go, and what came of them. Main thread only."""

    kept: KeptSources
    want: Callable[[Result], None]
    """Called where one is drawn that the open file told of, and that has no thumbnail yet."""
    thrown_away: ThrownAway
    data_of: Callable[[Path], bytes]
    """The bytes of a picture's file, be it written yet or not. Raises OSError."""
    latest: collections.deque[Result] = field(default_factory=collections.deque)
    """Those that the open file holds first, each newest first; then those of other files."""
    _discarded: collections.deque[_Discarded] = field(
        default_factory=lambda: collections.deque(maxlen=KEPT_RESULTS)
    )
    """Newest first."""
    _destinations: dict[str, Destination] = field(default_factory=dict)
    """By the job's id."""
    _words_to: dict[str, WordsTo] = field(default_factory=dict)
    _awaited: set[str] = field(default_factory=set)
    """The ids of jobs that were ordered since the artist selected a result, and none of whose pictures has
    come to its place yet."""
    _was_there: bool = False
    """The selected one was in its place before a step was undone."""
    _coming: dict[Path, tuple[str, Reference]] = field(default_factory=dict)
    """Datablocks that are not delivered yet, with the ids of their jobs."""
    _decoded: Reference | None = None
    """The last that was decoded before it was delivered."""

    def expect(self, job_id: str, destination: Destination, words_to: WordsTo | None = None) -> None:
        """A job's pictures go to the destination, and its words there."""
        self._destinations[job_id] = destination
        self._awaited.add(job_id)
        if words_to is not None:
            self._words_to[job_id] = words_to

    def knows(self, job_id: str) -> bool:
        """The job was ordered since Blender was started."""
        return job_id in self._destinations

    def destinations(self, jobs: Iterable[Job]) -> dict[str, str]:
        """Of those jobs whose pictures go to the open file: as texts, with the names that all has now."""
        return {
            job.id: destination.to_text(job.task.sources)
            for job in jobs
            if (destination := self._destinations.get(job.id)) is not None
            and all(target.is_in_this_file for target in destination.targets)
        }

    def order_again(self, job_id: str, instead_of: str) -> None:
        """A job takes the place of one that failed."""
        self._destinations[job_id] = self._destinations.pop(instead_of, Destination())
        self._awaited.discard(instead_of)
        # Also where the artist has selected another since it failed: it is ordered now.
        self._awaited.add(job_id)
        if instead_of in self._words_to:
            self._words_to[job_id] = self._words_to.pop(instead_of)

    def forget_destination(self, job_id: str) -> None:
        """No picture comes of the job any more."""
        self._destinations.pop(job_id, None)
        self._awaited.discard(job_id)
        self._words_to.pop(job_id, None)

    def take_words(self, job_id: str, text: str) -> None:
        """Bring what came of a job that asks for words to its destination."""
        if job_id in self._words_to:
            self._words_to[job_id](text)

    def decode(self, picture: Picture) -> None:
        """Have Blender decode a picture beside those who see whether it can be decoded: its image is what
        `deliver` brings in, or `take_back` removes."""
        if not (self._target_of(picture).is_in_this_file and self._is_packed(picture)):
            # Of a file nobody knows yet whether it stays.
            return
        try:
            image = images.new_from_picture(picture)
        except Exception:
            # `deliver` tells of it.
            log.exception("A picture could not be decoded ahead of its delivery")
            return
        self._coming[picture.path] = (picture.job_id, Reference.to(image))
        # To ask for the size decodes it.
        if any(image.size):
            self._keep_pixels_of(image)

    def take_back(self, job_id: str) -> None:
        """The job has ended: what is not delivered by now cannot be decoded, or is not wanted any more."""
        for path in [path for path, (of, _image) in self._coming.items() if of == job_id]:
            image = self._came(path)
            if image is not None:
                bpy.data.images.remove(image)

    def _came(self, path: Path) -> bpy.types.Image | None:
        _job, reference = self._coming.pop(path, ("", None))
        return None if reference is None else reference.resolve()

    def _keep_pixels_of(self, image: bpy.types.Image) -> None:
        """Only of the latest: without a window somebody may make thousands, and look at none of them."""
        before = None if self._decoded is None else self._decoded.resolve()
        if before is not None and before.packed_file is not None and not before.is_dirty:
            before.buffers_free()
        self._decoded = Reference.to(image)

    def _target_of(self, picture: Picture) -> Target:
        destination = self._destinations.get(picture.job_id, Destination())
        return (destination.targets[: picture.index + 1] or (Target(),))[-1]

    def _is_packed(self, picture: Picture) -> bool:
        # Outside of the output folder a file may be gone tomorrow, or is not there.
        destination = self._destinations.get(picture.job_id, Destination())
        return destination.packed or any(each.stored is not Stored.OUTPUT for each in picture.set)

    def show(self, path: Path, thumbnail: NDArray[np.uint8]) -> None:
        """The thumbnail of a picture is made by now."""
        for index, result in enumerate(self.latest):
            if result.picture.path == path:
                self.latest[index] = replace(result, picture=replace(result.picture, thumbnail=thumbnail))
                previews.update(result.key, thumbnail)

    def deliver(self, picture: Picture, *, is_wanted: bool) -> Arrival:
        """Bring a picture into Blender; one that is not wanted any more is kept, and applied to nothing."""
        destination = self._destinations.get(picture.job_id, Destination())
        target, image = self._target_of(picture), self._came(picture.path)
        if image is None:
            # One that came under another name than it has now would hold that.
            self.take_back(picture.job_id)
        why_not = _why_not_applied(picture, is_wanted=is_wanted)
        other = _other_of_set(picture, target)
        try:
            delivery = deliver.deliver(
                picture,
                target,
                packed=self._is_packed(picture),
                is_applied=why_not is None and other is None and not self._has_landed(picture),
                # One tile among copies of all others is made where it is chosen: they may be large.
                stand_beside=_beside(other) if not target.tile else None,
                image=image,
            )
        except Exception as unforeseen:
            log.exception("A picture could not be brought into Blender")
            delivery = deliver.Delivery(
                None,
                Message(
                    "The picture could not be brought into Blender ({kind}). {where}",
                    kind=type(unforeseen).__name__,
                    where=deliver.where(picture),
                ),
            )
        came = delivery.image.resolve() if delivery.image is not None and other is not None else None
        if came is not None and other is not None:
            sets.maps_stand_beside(came, other)
        if picture.thumbnail is NONE:
            picture = _with_thumbnail(picture)
        notice = " ".join(filter(None, (delivery.notice, why_not)))
        troubles = [notice] if delivery.image is None or why_not else []
        troubles += [
            Message(
                "{folder} cannot be written to: the image “{image}” is in this file alone. "
                "Save the .blend, or the image to another folder.",
                folder=each.path.parent,
                image=each.path.stem,
            )
            for each in picture.set
            if each.stored is Stored.MEMORY
        ]
        known = replace(picture, png=b"", beside=tuple(replace(each, png=b"") for each in picture.beside))
        self._add(Result(known, delivery.image, target, delivery.landed, destination.packed, delivery.beside))
        return Arrival(notice, tuple(troubles))

    def seen(self, key: str, thumbnail: NDArray[np.uint8] | None, size: tuple[int, int]) -> None:
        """What a result of the file looks like, and its width and height are known by now; None: nobody can
        read it."""
        for index, result in enumerate(self.latest):
            if result.key != key or not result.is_from_file:
                continue
            # One that cannot be read is not tried again.
            shown = thumbnail if thumbnail is not None else NONE.copy()
            picture = replace(result.picture, thumbnail=shown)
            if thumbnail is not None:
                picture = replace(picture, width=size[0], height=size[1])
            self.latest[index] = replace(result, picture=picture)
            previews.update(key, shown)

    def read_file(self) -> None:
        """Another file is open, or the extension was enabled in one: list what belongs to it first."""
        interface = windows.manager().drawthings
        chosen = self.latest[interface.result_index] if interface.result_index < len(self.latest) else None
        for gone in self._discarded:
            # Undo leads into no file of before.
            for each in gone.all:
                self._forget(each)
        self._discarded.clear()
        for each in [each for each in self.latest if each.is_from_file]:
            previews.forget(each.key)
            self.latest.remove(each)
        found = opened.read(self.latest, KEPT_RESULTS, self.want)
        self.latest.clear()
        self.latest.extend((*found.here, *found.elsewhere))
        listed = found.here or found.elsewhere
        known = [each for each in listed if chosen is not None and each.key == chosen.key]
        if listed:
            self._select(self._there_of_set((known or listed)[0]))
        else:
            interface.result_index = 0

    def _has_landed(self, picture: Picture) -> bool:
        """Another of its set has been brought to its place, be it that the artist has undone that since."""
        member = picture.recipe.set
        known = (*self.latest, *(each for gone in self._discarded for each in gone.all))
        return member is not None and any(
            each.landed is not None and each.set_id == member.id for each in known
        )

    def bring(self, result: Result, data: Callable[[], bytes]) -> bpy.types.Image | None:
        """Bring one of a set to where it was meant for, or have it stand beside another that was.

        `data` reads its file. Its image, which may be another than before; None where it is meant for no
        place. Raises BridgeError. Pushes no undo step."""
        image, picture, known = result.datablock(), result.picture, None
        if image is not None:
            known = provenance.of(image).target
        target = result.target if result.target is not None and result.target.is_in_this_file else known
        if target is None:
            return None
        beside = _beside(_other_of_set(picture, target, image))
        if image is None or target.tile:
            held = image.packed_file if image is not None else None
            picture = replace(picture, png=bytes(held.data) if held is not None else data())
        if image is None:
            image = images.new_from_picture(picture, packed=result.packed)
        elif beside is None and target.kind == 'IMAGE':
            return None
        landed = target
        if beside is not None:
            image, landed = beside(image, picture, target)
        elif target.kind == 'MATERIAL':
            landed = deliver.apply_to_material(
                image, deliver.present(target), press=deliver.press_of(picture)
            )
        elif target.kind == 'REPLACE':
            image = deliver.replace_target(image, picture, deliver.present(target))
        provenance.note(image, picture.made_by, target, landed)
        self.latest[self.latest.index(result)] = replace(result, image=Reference.to(image), landed=landed)
        return image

    def list_image(self, image: bpy.types.Image) -> Result:
        """The result of an image that tells how it was made; one that is not in the list becomes its newest,
        and is selected. Raises SourceUnavailable where it is none."""
        self.chosen()
        for each in self.latest:
            if each.datablock() == image:
                self._select(each)
                return each
        found = opened.of_image(image, {each.key for each in self.latest}, self.want)
        if found is None:
            raise images.untold()
        of_file = [each for each in self.latest if each.is_from_file]
        if len(of_file) >= KEPT_RESULTS:
            self._take_off(of_file[-1])
            self._forget(of_file[-1])
        self.latest.appendleft(found)
        self._select(found)
        return found

    def written(self, picture: Picture, before: Path) -> None:
        """A picture that no folder took has its file by now."""
        for index, result in enumerate(self.latest):
            if before not in {each.path for each in result.picture.set}:
                continue
            self.latest[index] = _renamed(result, replace(picture, path=before), picture.path)
            if not bpy.app.background:
                self.latest[index].icon()

    def _add(self, result: Result) -> None:
        latest, earlier = self._own[: KEPT_RESULTS - 1], self._own[KEPT_RESULTS - 1 :]
        # A set stays whole: it is kept, thrown away and looked at as one.
        sets = {each.set_id for each in (result, *latest)} - {""}
        for each in earlier:
            if each.set_id not in sets:
                self._take_off(each)
                self._forget(each)
        if not bpy.app.background:
            # Now, so that no panel has pixels to copy while it draws.
            result.icon()
        before = self._selected
        self.latest.appendleft(result)
        self._select(self._after_arrival(result, before))

    def _after_arrival(self, result: Result, before: Result | None) -> Result:
        """Which one is selected when another has come: what was ordered since the artist selected one, and of
        a set what is in its place."""
        is_awaited = result.picture.job_id in self._awaited
        if before is None or before not in self.latest:
            return result
        if not result.set_id:
            # What the artist selected stays selected; the newest one is where what came last was.
            last = self.latest[1]
            is_last = before is last or (bool(last.set_id) and before.set_id == last.set_id)
            return result if is_awaited and is_last else before
        if result.landed is not None:
            self._awaited.discard(result.picture.job_id)
        if not is_awaited:
            return before
        if before.set_id != result.set_id:
            return self._there_of_set(result)
        return result if before.landed is None and result.landed is not None else before

    @property
    def _selected(self) -> Result | None:
        index = windows.manager().drawthings.result_index
        return self.latest[min(index, len(self.latest) - 1)] if self.latest else None

    def _select(self, result: Result) -> None:
        """One that is listed."""
        windows.manager().drawthings.result_index = self.latest.index(result)

    def _there_of_set(self, result: Result) -> Result:
        """That one of its set that is in its place, itself first; itself where none is."""
        if not result.set_id:
            return result
        members = (result, *(each for each in self.latest if each.set_id == result.set_id))
        return next((each for each in members if standing(each).is_there), result)

    def chosen(self) -> None:
        """The artist selected a result: what was ordered before comes beside it."""
        self._awaited.clear()

    @property
    def _own(self) -> list[Result]:
        """Those that were made since Blender was started."""
        return [each for each in self.latest if not each.is_from_file]

    def discard(self, results: Mapping[Result, Standing], files: Mapping[Path, Path] | None = None) -> None:
        """Take results off the list, each with how it stood before it was put back; `files` are those of
        theirs that were put away, with where they lie now. What was selected stays selected, else another of
        its set is."""
        before = self._selected
        gone = tuple(each for each in self.latest if each in results)
        indices = tuple(map(self.latest.index, gone))
        for each in gone:
            self._take_off(each)
        if before in gone:
            self._select_beside(before)
        if len(self._discarded) == self._discarded.maxlen:
            for each in self._discarded[-1].all:
                self._forget(each)
        was, after = (results[each] for each in gone), map(standing, gone)
        away, selected = dict(files or {}), (before, self._selected)
        self._discarded.appendleft(
            _Discarded(gone, indices, tuple(was), tuple(after), selected, frozenset(away), away)
        )

    def _select_beside(self, gone: Result) -> None:
        """Of the set of one that is not listed any more what is in its place, else the nearest."""
        interface = windows.manager().drawthings
        members = [each for each in self.latest if gone.set_id and each.set_id == gone.set_id]
        if members:
            near = min(members, key=lambda each: abs(self.latest.index(each) - interface.result_index))
            self._select(self._there_of_set(near))

    def _take_off(self, result: Result) -> None:
        interface = windows.manager().drawthings
        index = self.latest.index(result)
        del self.latest[index]
        if index < interface.result_index or interface.result_index == len(self.latest) > 0:
            interface.result_index -= 1

    def before_undo(self) -> None:
        """A step is about to be undone, or done again."""
        selected = self._selected
        self._was_there = selected is not None and standing(selected).is_there

    def follow_undo(self, *, is_redo: bool) -> list[StorageFailed]:
        """Results whose discarding was undone are in the list again, with their files, and off it when that
        is done again. Selected is what was then, and of a set what has come back to its place. What went
        wrong with files."""
        errors: list[StorageFailed] = []
        for each in self._discarded:
            now = tuple(map(standing, each.all))
            before, each.latest = each.latest, now
            is_gone = is_redo and before == each.was != each.after == now
            is_back = not is_redo and now == each.was != each.after
            if not (is_gone or is_back):
                continue
            # Other objects by now, where their images came into the file anew.
            identities = {result.identity for result in each.all}
            again = [result for result in self.latest if result.identity in identities]
            if is_gone and again:
                for result in again:
                    self._take_off(result)
                self._select_again(each.selected[1])
                paths = [one.path for result in again for one in result.picture.set]
                try:
                    each.away.update(self.thrown_away.put_away(each.files.intersection(paths)))
                except StorageFailed as error:
                    errors.append(error)
            elif is_back and not again:
                errors += self._list_again(each)
        self._stand_beside_again()
        selected = self._selected
        if self._was_there and selected is not None:
            self._select(self._there_of_set(selected))
        return errors

    def _stand_beside_again(self) -> None:
        """Those of a set that no step held, or not the one that is there now, while another of it has its
        place."""
        for result in [each for each in self.latest if each.set_id and each.datablock() is None]:
            target = result.target
            if (
                target is None
                or target.tile
                or not target.is_in_this_file
                or _other_of_set(result.picture, target) is None
            ):
                continue
            with contextlib.suppress(BridgeError, OSError):
                self.bring(result, functools.partial(self.data_of, result.picture.path))
                undo.defer()

    def _select_again(self, selected: Result | None) -> None:
        known = [each for each in self.latest if selected is not None and each.identity == selected.identity]
        if known:
            self._select(known[0])

    def _list_again(self, gone: _Discarded) -> list[StorageFailed]:
        errors = []
        selected = gone.selected[0]
        for index, result in zip(gone.indices, gone.all, strict=True):
            found = result
            for each in result.picture.set:
                there = gone.away.get(each.path)
                if there is None:
                    continue
                try:
                    path = self.thrown_away.bring_back(each.path, there)
                except StorageFailed as error:
                    errors.append(error)
                    continue
                del gone.away[each.path]
                if path is not None and path != each.path:
                    found = _renamed(found, each, path)
            if self._has_room_for(found):
                if not bpy.app.background:
                    found.icon()
                self.latest.insert(min(index, len(self.latest)), found)
                if result is selected:
                    selected = found
        self._select_again(selected)
        return errors

    def _has_room_for(self, result: Result) -> bool:
        own = self._own
        is_of_listed = bool(result.set_id) and any(each.set_id == result.set_id for each in own)
        return result.is_from_file or is_of_listed or len(own) < KEPT_RESULTS

    def _forget(self, result: Result) -> None:
        """What is kept for the sake of a result alone."""
        previews.forget(result.key)
        if result.picture.made_by is not None:
            self.kept.let_go(result.picture.made_by)


def _renamed(result: Result, picture: Picture, path: Path) -> Result:
    """The result whose picture, one of those of it, lies elsewhere by now; so does its image know."""
    image = result.datablock(picture.name)
    if image is not None:
        images.has_file(image, picture.path, path)
    previews.forget(result.key)
    return replace(result, picture=result.picture.replaced(replace(picture, path=path, png=b"")))


def _with_thumbnail(picture: Picture) -> Picture:
    """Of what Blender alone decodes; the panel can do without."""
    if formats.known(picture.png) is formats.PNG:
        # It is made elsewhere.
        return picture
    with contextlib.suppress(PictureInvalid, MemoryError):
        return replace(picture, thumbnail=decoding.small(picture.png, THUMBNAIL_EDGE))
    return picture


def _other_of_set(
    picture: Picture, target: Target, image: bpy.types.Image | None = None
) -> bpy.types.Image | None:
    """Another one of its set that has a place in the open file."""
    member = picture.recipe.set
    if member is None or not target.is_in_this_file:
        return None
    return sets.with_place(member.id, image)


def _beside(other: bpy.types.Image | None) -> deliver.StandBeside | None:
    return functools.partial(sets.stand_beside, other=other) if other is not None else None


def preview_key(job: Job) -> str:
    """The icon of a job's half-done picture, among the previews."""
    return f"job:{job.id}"


def _why_not_applied(picture: Picture, *, is_wanted: bool) -> str | None:
    """None, or what to tell of a picture that is kept, and nothing more: not finished, or not wanted."""
    unfinished = picture.recipe.unfinished
    if unfinished:
        return Message(
            "“{file}” was {unfinished}: it is kept as an image, and applied to nothing."
            if not unfinished.endswith(BY_ANOTHER)
            else "“{file}” was {unfinished} on the server: it is kept as an image, and applied to nothing.",
            file=picture.path.stem,
            unfinished=unfinished,
        )
    return None if is_wanted else ""
