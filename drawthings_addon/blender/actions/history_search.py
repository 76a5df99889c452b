# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving about in the history: what the panels' fields look for, which page is seen, what is selected."""

from __future__ import annotations

from dataclasses import replace

from ...errors import BridgeError
from ...jobs.history.entry import Entry
from ...jobs.history.query import Query, day
from .. import history_words, windows
from ..session import session

#: Entries that are held for being drawn, from where the artist has turned to.
PAGE = 60
_NAMES = ("words", "model", "kind", "blend", "since", "until", "favourites", "deleted")


def search() -> None:
    """Look for what the fields say, from the newest on. What is wrong in them is told where the pictures
    are."""
    shown = session.get().history
    try:
        query = _asked_for()
    except BridgeError as error:
        shown.tell(error)
        return
    if query != replace(shown.query, offset=0) or shown.error is not None:
        shown.search(query)


def _asked_for() -> Query:
    """Raises InvalidSettings."""
    fields = windows.manager().drawthings
    return Query(
        words=fields.history_words,
        model=fields.history_model,
        kind=fields.history_kind,
        blend=fields.history_blend,
        since=day(fields.history_since),
        until=day(fields.history_until, last=True),
        favourites=fields.history_favourites,
        deleted=fields.history_deleted,
        limit=PAGE,
    )


def clear() -> None:
    """Look for nothing in particular."""
    fields = windows.manager().drawthings
    for name in _NAMES:
        # Without the search that follows a change of each.
        fields.property_unset(f"history_{name}")
    session.get().history.search(Query(limit=PAGE))


def has_filters() -> bool:
    """Whether something is looked for that the field of words does not tell. For `draw`."""
    query = session.get().history.query
    is_told = query.words == windows.manager().drawthings.history_words
    return not is_told or replace(query, words="", offset=0, limit=PAGE) != Query(limit=PAGE)


def is_narrowed() -> bool:
    """Whether less is listed than everything that there is. For `draw`."""
    return history_words.is_narrowed(session.get().history.query)


def turn(by: int) -> None:
    """See others, so many further on; nothing where there are none."""
    shown = session.get().history
    offset = shown.query.offset + by
    if by < 0 or offset < shown.page.total:
        shown.search(replace(shown.query, offset=max(offset, 0)))


def selected() -> Entry | None:
    """What is selected, else the first that is seen; None where nothing is. For `draw`."""
    entries = session.get().history.page.entries
    identity = windows.manager().drawthings.history_selected
    return next((each for each in entries if each.identity == identity), entries[0] if entries else None)


def select(identity: str) -> None:
    """See this one large."""
    windows.manager().drawthings.history_selected = identity


def tooltip(identity: str) -> str:
    """What the tooltip of an entry's picture says; empty for one that is not seen any more."""
    entries = session.get().history.page.entries
    found = next((each for each in entries if each.identity == identity), None)
    return history_words.tooltip(found) if found is not None else ""
