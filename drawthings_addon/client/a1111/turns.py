# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made at a server that others use too: each request with its ticket, and whose turn it is."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ...errors import ConnectionLost, FeatureMissing, ServerError, ServerTimedOut, ServerUnreachable
from ..capabilities import Capabilities
from ..features import Feature
from ..http.address import Server
from ..http.endpoints import Endpoint
from ..http.failures import LetGo
from ..http.transport import Reply
from ..progress import Progress
from ..turn import Ticket, Turn
from . import endpoints, readers
from .exchange import MAX_SHORT_BYTES, SHORT_TIMEOUT, Exchange
from .readers import Record
from .ticket import A1111Ticket, Running

#: Seconds for what a running picture is stopped with.
URGENT_TIMEOUT = 5.0
#: Seconds that a request, or an order to stop, is kept waiting for what the server is at besides.
_GLANCE = 1.5
#: Seconds for whose turn it is, without which nothing can be stopped: of a server that loads a model, too.
_WORD = 10.0
#: Of what is made, and seconds: a job that has so much done and so little to go ends before it is stopped.
_WELL_BEGUN, _NEAR = 0.25, 0.5
_NAMED = frozenset({endpoints.TXT2IMG, endpoints.IMG2IMG})
_TRAINS = frozenset({endpoints.TRAIN_EMBEDDING, endpoints.TRAIN_HYPERNETWORK})
#: The server has said nothing, and may go on.
_UNANSWERED = (ConnectionLost, ServerTimedOut, ServerUnreachable)


@dataclass(eq=False)
class KnownTasks:
    """What a server says of single requests; for all of its clients."""

    are_told: bool | None = None
    """It says what becomes of a request by its name; None: it was not seen to yet."""
    were_asked_for: bool = False
    """After a request, which kept its picture waiting."""


class Turns(Exchange):
    """A client, as far as it makes something, asks how far that is, and has it stopped."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        super().__init__(server, capabilities)
        self._tasks = KnownTasks()
        self._ticket: A1111Ticket | None = None

    def sibling(self, server: Server) -> Self:
        one = super().sibling(server)
        one._tasks = self._tasks
        return one

    def take_ticket(self) -> Ticket:
        self._ticket = A1111Ticket()
        return self._ticket

    def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
        if isinstance(ticket, A1111Ticket):
            return self._seen(ticket, with_preview=with_preview)
        told, _running = self._at_work(with_preview=with_preview)
        return replace(told, turn=Turn.UNKNOWN)

    def interrupt(self, ticket: Ticket) -> Turn:
        return self._stop(endpoints.INTERRUPT, ticket)

    def skip(self, ticket: Ticket) -> Turn:
        return self._stop(endpoints.SKIP, ticket)

    def _stop(self, endpoint: Endpoint, ticket: Ticket) -> Turn:
        if not isinstance(ticket, A1111Ticket):
            return Turn.UNKNOWN
        try:
            seen = self._seen(ticket, with_preview=False, is_urgent=True)
        except FeatureMissing:
            return Turn.UNKNOWN
        if seen.turn is Turn.WAITING and ticket.is_sent and not ticket.can_be_found:
            return Turn.UNKNOWN
        if seen.turn is not Turn.OURS:
            return seen.turn
        if not ticket.is_sure:
            return Turn.UNKNOWN
        if _is_about_to_end(seen):
            return Turn.OVER
        # What remains: the server may end our job, and begin another's, between its last word and the arrival
        # of this. That is one way there on the network.
        if ticket.is_answered:
            return Turn.OVER
        self._order(endpoint, timeout=URGENT_TIMEOUT)
        return Turn.OURS

    # What makes something

    def _make(self, endpoint: Endpoint, body: Mapping[str, Any], *, limit: int = MAX_SHORT_BYTES) -> Reply:
        """POST what the server makes in its turn, with the ticket that was taken for it."""
        ticket = self._ticket
        if ticket is None:
            return self._order(endpoint, body, limit=limit)
        ticket.anew()
        ticket.trains = endpoint in _TRAINS
        if endpoint in _NAMED and self._tasks.are_told is not False and self._has(endpoints.TASK_PROGRESS):
            ticket.name = f"task(drawthings-{uuid.uuid4().hex})"
            body = {**body, "force_task_id": ticket.name}
        if not (ticket.name and self._tasks.are_told):
            ticket.before = self._before()
        ticket.is_sent = True
        try:
            reply = self._order(endpoint, body, limit=limit)
        except ServerError as error:
            ticket.is_answered = not isinstance(error, _UNANSWERED)
            ticket.is_left = True
            raise
        ticket.is_answered = True
        if ticket.name and self._tasks.are_told is None and not self._tasks.were_asked_for:
            # Once: then the next one needs no look before.
            self._tasks.were_asked_for = True
            with contextlib.suppress(ServerError):
                self._turn_by_name(ticket, timeout=_GLANCE)
        return reply

    def _was_ended(self) -> bool:
        """The request that was made last was skipped or interrupted, as far as the server still tells."""
        if self._ticket is None:
            return False
        try:
            seen = self._seen(self._ticket, with_preview=False, is_urgent=True)
        except LetGo:
            raise
        except ServerError:
            return False
        return seen.is_known and (seen.skipped or seen.interrupted)

    def _before(self) -> Running | None:
        """What the server is at just before something is sent; None: nobody will ask, or it does not say."""
        if not self.capabilities.offers(Feature.PROGRESS):
            return None
        try:
            _told, running = self._at_work(with_preview=False, timeout=_GLANCE)
        except LetGo:
            raise
        except ServerError:
            return None
        return running

    # Whose turn it is

    def _at_work(self, *, with_preview: bool, timeout: float = SHORT_TIMEOUT) -> tuple[Progress, Running]:
        """What the server is at, whoever asked for it."""
        query = "" if with_preview else "?skip_current_image=true"
        reply = self._get(endpoints.PROGRESS, query=query, timeout=timeout)
        told = self._object(endpoints.PROGRESS, reply)
        return readers.progress(told), readers.running(told)

    def _seen(self, ticket: A1111Ticket, *, with_preview: bool, is_urgent: bool = False) -> Progress:
        """Of the ticket's request alone; its last exchange is the one that tells whose turn it is."""
        if not ticket.is_sent:
            return Progress(turn=Turn.WAITING, is_known=False)
        if ticket.name:
            seen = self._seen_by_name(ticket, with_preview=with_preview, is_urgent=is_urgent)
            if seen is not None:
                return seen
        timeout = URGENT_TIMEOUT if is_urgent else SHORT_TIMEOUT
        told, running = self._at_work(with_preview=with_preview and ticket.has_begun, timeout=timeout)
        return _of_request(ticket, told, running, ticket.met(running))

    def _seen_by_name(self, ticket: A1111Ticket, *, with_preview: bool, is_urgent: bool) -> Progress | None:
        """None: the server does not tell it by its name."""
        turn = Turn.OURS if ticket.is_ours else self._turn_by_name(ticket)
        if turn is None:
            return None
        told, running = Progress(), None
        try:
            is_shown = with_preview and turn is Turn.OURS
            told, running = self._at_work(
                with_preview=is_shown, timeout=_GLANCE if is_urgent else SHORT_TIMEOUT
            )
        except ServerTimedOut:
            # What is wanted is told by the name; this would tell of a training beside it.
            if not is_urgent:
                raise
        if turn is Turn.OURS:
            # Between two words that it is worked on nothing else was.
            turn = self._turn_by_name(ticket)
            if turn is Turn.OURS and running is not None and not ticket.is_alone(running):
                turn = Turn.UNKNOWN
        return None if turn is None else _of_request(ticket, told, running, turn)

    def _turn_by_name(self, ticket: A1111Ticket, *, timeout: float = _WORD) -> Turn | None:
        asked = {"id_task": ticket.name, "live_preview": False}
        try:
            reply = self._order(endpoints.TASK_PROGRESS, asked, timeout=timeout)
            told = Record(self._object(endpoints.TASK_PROGRESS, reply))
        except _UNANSWERED:
            raise
        except ServerError:
            if self._tasks.are_told:
                raise
            self._do_without_names(ticket)
            return None
        is_active, is_queued, is_completed = map(told.flag, ("active", "queued", "completed"))
        turn = ticket.told(
            is_active=is_active,
            is_queued=is_queued,
            is_completed=is_completed,
            are_known=bool(self._tasks.are_told),
        )
        # Not by the ticket: another thread may have found out meanwhile that names are passed over.
        if is_active or is_queued or is_completed:
            self._tasks.are_told = True
        elif ticket.is_answered and not self._tasks.are_told:
            # It was made, and the server knows of none of that name: it passes over names.
            self._do_without_names(ticket)
            return None
        return turn

    def _do_without_names(self, ticket: A1111Ticket) -> None:
        """The server tells nothing by names, neither this request's nor another's."""
        self._tasks.are_told = False
        ticket.name = ""


def _is_about_to_end(seen: Progress) -> bool:
    """Little of it would be stopped, and an order might meet what the server begins next."""
    is_after_its_steps = 0 < seen.job_count <= seen.job_no
    left = seen.eta_seconds
    return is_after_its_steps or (seen.fraction >= _WELL_BEGUN and left is not None and left < _NEAR)


def _of_request(ticket: A1111Ticket, told: Progress, running: Running | None, turn: Turn) -> Progress:
    """As much of what was told as is about the ticket's request."""
    if turn is Turn.OURS:
        return replace(told, turn=turn)
    if turn is Turn.OVER and running is not None and ticket.has_left(running):
        return replace(told, turn=turn, preview=None)
    is_behind = turn is Turn.WAITING and ticket.is_heard
    return Progress(turn=turn, is_known=False, job_count=told.job_count if is_behind else 0)
