# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What panels show of the history: a page of entries and their pictures, asked for elsewhere.

Nothing is asked before a panel or a script wants it. One search is under way at a time; of those that are
ordered meanwhile, as while somebody types, the last one follows.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import BridgeError
from ...jobs.history.entry import Entry, Facets, Page
from ...jobs.history.history import History
from ...jobs.history.query import MAX_LIMIT, Query
from ...jobs.queue import JobQueue
from ...jobs.results import THUMBNAIL_EDGE
from ...jobs.server_worker import Answer
from .. import choices, previews
from . import pump
from .enlarged import Enlarged
from .reading import of_file
from .small_pictures import SmallPictures

#: Seconds after which a panel that is drawn has the folders looked at again.
_LOOK_AGAIN = 60.0
#: And as soon as that where what is shown proves not to be all.
_LOOK_AFTER_DAMAGE = 5.0
#: Seconds between two searches while a look goes on that finds many.
_WHILE_LOOKING = 1.0
#: Thumbnails that are kept: several pages.
_MOST_ICONS = 256


class Ask(Protocol):
    """As `Session.ask_history`."""

    def __call__(
        self, question: Callable[[History], Any], answer: Answer, *, takes_long: bool = False
    ) -> None: ...


@dataclass(frozen=True)
class _Found:
    query: Query
    page: Page
    facets: Facets | None
    """None: as before."""
    favourites: frozenset[str]


class ShownHistory:
    """Main thread only. What panels read is memory."""

    def __init__(self, ask: Ask, jobs: JobQueue, folders: Callable[[], tuple[Path, ...]]) -> None:
        """`folders` are those that pictures are written to now."""
        self.query = Query()
        """What is shown, or looked for."""
        self.page = Page()
        self.facets = Facets()
        """What there is to choose from."""
        self.favourites: frozenset[str] = frozenset()
        """The identities of the latest."""
        self.error: BridgeError | None = None
        """Why nothing is shown."""
        self.generation = 0
        """Another one whenever something of it has changed."""
        self.is_searching = False
        """What is looked for is not shown yet."""
        self.is_looking = False
        """The folders are read: the page may not be all."""
        self._ask, self._jobs, self._folders = ask, jobs, folders
        self._page_of = self.query
        """What the page was found by."""
        self._then: list[Callable[[], None]] = []
        """Called when what is looked for is there."""
        self._is_asked = False
        """A search is under way."""
        self._is_ordered = False
        """And another one is to follow."""
        self._is_wanted = False
        """A panel was drawn, and what it shows is old."""
        self._is_drawn = False
        """It was one that shows the history."""
        self._is_stale = True
        """Pictures came or went since the page was made."""
        self._looked_at = float("-inf")
        """When the folders were looked at, on the monotonic clock."""
        self._searched_at = 0.0
        self._icons: OrderedDict[str, bool] = OrderedDict()
        """By identities, those last that were drawn last; False: there is none to be had."""
        self._small = SmallPictures(jobs, THUMBNAIL_EDGE, self._small_made)
        self._large = Enlarged("history", jobs)

    # For panels: memory only

    def want(self) -> None:
        """A panel draws the history: see that it is searched and the folders looked at, by the next looks of
        the pump."""
        if self._is_stale or time.monotonic() - self._looked_at > _LOOK_AGAIN:
            self._is_wanted = self._is_drawn = True
            pump.wake()

    def want_favourites(self) -> None:
        """A panel draws results, with which of them are favourites: what is known of that is brought up to
        date, without a look at the folders."""
        if self._is_stale:
            self._is_wanted = True
            pump.wake()

    def icon(self, entry: Entry) -> int:
        """The icon number of its thumbnail; 0 until it was made, by the next looks of the pump."""
        key = _icon_key(entry.identity)
        known = self._icons.get(entry.identity)
        if known is not None:
            self._icons.move_to_end(entry.identity)
        if known is False or (known and previews.is_there(key)):
            return previews.known(key)
        if not entry.is_missing:
            self._small.want(entry.identity, of_file(entry.path, self._jobs))
        return 0

    def is_unreadable(self, entry: Entry) -> bool:
        """Its file was read for a thumbnail, and is no picture that is whole."""
        return self._icons.get(entry.identity) is False

    def large(self, entry: Entry, edge: int) -> int:
        """The same of its picture, its longest side at least `edge` pixels, or all that it has."""
        if entry.is_missing:
            return 0
        return self._large.icon(entry.identity, edge, of_file(entry.path, self._jobs))

    # Orders

    def search(self, query: Query, then: Callable[[], None] | None = None) -> None:
        """Look for this; the page is there soon, in background at the return, and then `then` is called. What
        goes wrong is in `error`."""
        self.query, self.error = query, None
        self._then = [then] if then is not None else []
        self.is_searching = True
        self._changed()
        self._begin()

    def tell(self, error: BridgeError) -> None:
        """What is looked for cannot be."""
        self.page, self.error, self.is_searching = Page(), error, False
        self._changed()

    def changed(self) -> None:
        """Pictures came or went, or are marked in another way: what is shown is brought up to date when a
        panel is drawn, and begins with the same picture as before where the artist has turned the page."""
        self._is_stale = True

    @property
    def has_looked(self) -> bool:
        """The folders were looked at since Blender was started."""
        return self._looked_at > float("-inf")

    def look(self) -> None:
        """Have the folders looked at; then what is shown is brought up to date."""
        self._begin_looking(lambda history: history.look(self._folders()))

    def rebuild(self, answer: Answer) -> None:
        """Have the history made anew from the files; meanwhile what is found by and by is shown. `answer` is
        called with a `Looked`, or an error."""
        folders = self._folders()
        self._begin_looking(lambda history: history.rebuild(folders), answer)

    # The pump

    @property
    def is_working(self) -> bool:
        """Something is to be done at the next look."""
        return self._is_wanted or self._small.is_wanted or self._large.is_wanted

    def step(self) -> None:
        """Begin what a panel wants."""
        self._small.step()
        self._large.step()
        now = time.monotonic()
        if self._is_wanted:
            is_due = self._is_drawn and now - self._looked_at > _LOOK_AGAIN and not self.is_looking
            self._is_wanted = self._is_drawn = False
            # Another Blender may have made some.
            self._is_stale |= is_due
            if self._is_stale:
                self._begin()
            if is_due:
                self.look()
        if self.is_looking and now - self._searched_at > _WHILE_LOOKING:
            self._begin()

    # Searching

    def _begin(self) -> None:
        if self._is_asked:
            self._is_ordered = True
            return
        self._is_asked, self._is_ordered = True, False
        is_stale, self._is_stale = self._is_stale, False
        query = self.query
        # Turned to another page the artist looks at something else.
        first = self.page.entries[:1] if query.offset and query == self._page_of else ()
        self._searched_at = time.monotonic()

        def question(history: History) -> _Found:
            page = history.search(query)
            moved = _index(page, first[0].identity) if first else 0
            # What came meanwhile has pushed it on.
            at = replace(query, offset=query.offset + moved)
            favourites = history.search(Query(favourites=True, limit=MAX_LIMIT)).entries if is_stale else None
            return _Found(
                at,
                history.search(at) if moved else page,
                history.facets() if is_stale else None,
                self.favourites if favourites is None else frozenset(each.identity for each in favourites),
            )

        self._ask(question, partial(self._take, query))

    def _take(self, query: Query, found: _Found | None, error: BridgeError | None) -> None:
        self._is_asked = False
        if query == self.query:
            self.is_searching = False
            if found is None:
                self.page, self.error = Page(), error
            else:
                self.query = self._page_of = found.query
                self.page, self.error = found.page, None
            then, self._then = self._then, []
        else:
            then = []
        if found is not None:
            if found.facets is not None:
                self.facets = found.facets
                choices.offered.take_history(found.facets)
            self.favourites = found.favourites
        if self._is_ordered:
            self._begin()
        is_old = self.has_looked and time.monotonic() - self._looked_at > _LOOK_AFTER_DAMAGE
        if found is not None and not found.page.is_whole and is_old and not self.is_looking:
            # It was damaged, and is set aside: what it held is in the files.
            self.look()
        self._changed()
        for call in then:
            call()

    def _changed(self) -> None:
        self.generation += 1

    def _begin_looking(self, question: Callable[[History], Any], answer: Answer | None = None) -> None:
        self.is_looking, self._looked_at = True, time.monotonic()

        def looked(found: Any, error: BridgeError | None) -> None:
            self.is_looking, self._looked_at = False, time.monotonic()
            if error is not None or found.has_changed or not self.page.is_whole:
                # A file that is back is tried again.
                self._icons = OrderedDict((key, True) for key, known in self._icons.items() if known)
                self._is_stale = True
                self._begin()
            self._changed()
            if answer is not None:
                answer(found, error)

        self._ask(question, looked, takes_long=True)

    # Pictures

    def _small_made(self, identity: str, pixels: NDArray[np.uint8] | None) -> None:
        self._icons[identity] = pixels is not None
        self._icons.move_to_end(identity)
        if pixels is not None:
            previews.update(_icon_key(identity), pixels)
        while len(self._icons) > _MOST_ICONS:
            gone, _known = self._icons.popitem(last=False)
            previews.forget(_icon_key(gone))
        self._changed()


def _icon_key(identity: str) -> str:
    return f"history:{identity}"


def _index(page: Page, identity: str) -> int:
    return next((index for index, each in enumerate(page.entries) if each.identity == identity), 0)
