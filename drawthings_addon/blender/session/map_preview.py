# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the maps of a picture would look like: made elsewhere of a small copy, while sliders move."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import bpy
import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError
from ...imaging.maps import MapSettings, TextureMap
from ...jobs.map_preview import Small, small_maps
from ...jobs.queue import JobQueue
from ...jobs.source import Source
from .. import map_settings, paths, previews
from ..capture.picture_sources import ImageSource
from ..delivery.target import Reference
from . import pump

#: Seconds after which a picture that is being painted is copied anew.
_STALE = 2.0

log = logging.getLogger(__name__)


#: Width and height of an image that is loaded, and whether it is painted and not saved.
State: TypeAlias = tuple[int, int, bool]


@dataclass(frozen=True)
class _Wanted:
    image: Reference
    state: State
    settings: MapSettings


class MapPreview:
    """Of one picture at a time. Main thread only."""

    def __init__(self, jobs: JobQueue) -> None:
        self._jobs = jobs
        self._wanted: _Wanted | None = None
        self._made: _Wanted | None = None
        self._small: Small | None = None
        self._copied: tuple[int, State] | None = None
        """Of which picture, and in which state, the small copy is."""
        self._copied_at = 0.0
        self._making: _Wanted | None = None

    def icons(self, image: bpy.types.Image, settings: MapSettings) -> Mapping[TextureMap, int]:
        """The icon numbers of the maps, those that were made last of this picture; by the next looks of the
        pump they are as the settings say. For panels: memory only."""
        wanted = _Wanted(Reference.to(image), _state(image), settings.made_here())
        if wanted == self._making:
            # What was asked for meanwhile is not shown any more.
            self._wanted = None
        elif wanted not in (self._made, self._wanted):
            self._wanted = wanted
            pump.wake()
        is_of_image = self._made is not None and self._made.image.session_uid == image.session_uid
        is_shown = is_of_image and self._small is not None
        return {each: previews.known(_key(each)) for each in settings.maps} if is_shown else {}

    def follow(self, scene: bpy.types.Scene) -> None:
        """A setting was changed: what panels show follows at once, without a wait for the next drawing."""
        shown = self._wanted or self._making or self._made
        if shown is None or bpy.app.background:
            return
        try:
            settings = map_settings.of(scene, shown.image.resolve()).made_here()
        except BridgeError:
            return
        self._wanted = replace(shown, settings=settings)
        self.step()
        pump.wake()

    @property
    def is_wanted(self) -> bool:
        """A panel asks for what is not made yet."""
        return self._wanted is not None or self._making is not None

    def forget(self) -> None:
        """Another file is open."""
        self._wanted = self._made = self._small = self._copied = None

    def step(self) -> None:
        """Have what a panel asked for last made."""
        wanted = self._wanted
        if wanted is None or self._making is not None:
            return
        self._wanted = None
        key = (wanted.image.session_uid, wanted.state)
        is_stale = wanted.state[2] and time.monotonic() - self._copied_at > _STALE
        source = None
        if key != self._copied or self._small is None or is_stale:
            source = _copy(wanted.image)
            image = wanted.image.resolve()
            # To copy it may have loaded it.
            wanted = replace(wanted, state=_state(image)) if image is not None else wanted
            if source is None:
                # Until something changes it is not asked for again.
                self._made, self._small = wanted, None
                return
        self._making = wanted
        small = self._small

        def make() -> None:
            found: tuple[Small, dict[TextureMap, NDArray[np.uint8]]] | None = None
            try:
                own = Small.of(source) if source is not None else small
                assert own is not None
                found = own, small_maps(own, wanted.settings)
            except (BridgeError, OSError, MemoryError):
                # There is nothing to show.
                pass
            except Exception:
                log.exception("Maps could not be made ready for the panel")
            finally:
                if source is not None and source.path is not None:
                    source.path.unlink(missing_ok=True)
            self._jobs.mailbox.put_call(lambda: self._take(wanted, source is not None, found))

        self._jobs.beside(make)

    def _take(
        self,
        wanted: _Wanted,
        is_copied: bool,
        found: tuple[Small, dict[TextureMap, NDArray[np.uint8]]] | None,
    ) -> None:
        self._making, self._made = None, wanted
        self._small, pictures = found or (None, {})
        if found is not None:
            if is_copied:
                self._copied, self._copied_at = (wanted.image.session_uid, wanted.state), time.monotonic()
            for kind, picture in pictures.items():
                previews.update(_key(kind), picture)
        # What was asked for meanwhile does not wait for the next look.
        self.step()


def _state(image: bpy.types.Image) -> State:
    return (*(image.size if image.has_data else (0, 0)), image.is_dirty)


def _copy(reference: Reference) -> Source | None:
    """The picture as it is now; None where there is none, or it cannot be read."""
    image = reference.resolve()
    if image is None:
        return None
    try:
        return ImageSource(image, keeps_floats=True).capture(paths.snapshot_path(uuid.uuid4().hex))
    except BridgeError:
        return None


def _key(kind: TextureMap) -> str:
    return f"map:{kind}"
