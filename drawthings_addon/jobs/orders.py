# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops what a server makes for one job, and nothing else: not what comes after it, and not what others have
made there. Whose turn it is the client finds out before each word to the server (`Client.interrupt`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..client.features import Feature
from ..client.interface import Client
from ..client.turn import Ticket, Turn
from ..errors import BridgeError, FeatureMissing
from .serial_executor import Scope, SerialExecutor, Urgency
from .server_worker import attempt

#: Seconds until the server is asked again whose turn it is, and told again: it may be ours by then, and it
#: forgets an interrupt that came while it began the request (A1111's WebUI 1.10.1).
AGAIN = 0.5
#: So often in a row it may not answer.
_MAX_FAILURES = 3

log = logging.getLogger(__name__)

Told = Callable[[Turn, BridgeError | None], None]


class Orders:
    """Of one job: each is for the request that is under way, and the end of that waits for it.

    Every method but the two that leave is called with the queue's lock held.
    """

    def __init__(
        self,
        answers: SerialExecutor,
        client: Client,
        abort: Callable[[], None],
        finishes_alone: Callable[[], None],
    ) -> None:
        """`client` is asked on the thread of `answers`; `abort` hangs up what the job asks. `finishes_alone`
        is called there when a request that shall stop is known to be one that cannot be stopped."""
        self._answers = answers
        self._client = client
        self._abort = abort
        self._finishes_alone = finishes_alone
        self._request: Scope | None = None
        self._ticket = Ticket()
        self._is_interrupted = False
        self._is_abandoned = False
        self.are_given = False
        """Some are for the present or the last request."""
        self.is_stopped = False
        """The server was told to stop the present or the last request."""
        self.skipped = 0.0
        """When the server had heard that it shall end the picture of the present or the last request, on the
        monotonic clock; 0: it was not told."""

    @property
    def can_interrupt(self) -> bool:
        """The server can be told to stop."""
        return self._client.capabilities.offers(Feature.INTERRUPT)

    def begin(self, ticket: Ticket) -> Scope:
        """A request of the job begins. Where `are_given` its end has to wait for one on its way, which could
        otherwise meet the next request."""
        request = self._request = Scope(self._answers)
        self._ticket = ticket
        self.are_given = self.is_stopped = False
        self.skipped = 0.0
        if self._is_abandoned:
            self._hang_up(request)
        elif self._is_interrupted:
            self._interrupt(request)
        return request

    def interrupt(self) -> None:
        """Stop the job, where the server can be told so: its request, and any that it begins."""
        if self.can_interrupt:
            self._is_interrupted = True
            if self._request is not None:
                self._interrupt(self._request)

    def abandon(self) -> None:
        """Wait for no answer to the job's request, nor to any that it begins."""
        self._is_abandoned = True
        if self._request is not None:
            self._hang_up(self._request)

    def skip(self, told: Told) -> bool:
        """End the picture that is made by the present request; `told` is called elsewhere afterwards.

        With whose turn it was: unless ours nothing was sent; OVER also where the request ended first. False:
        no request is under way, or no thread can be had, and `told` is not called.
        """
        request, ticket = self._request, self._ticket
        if request is None or request.is_over:
            return False

        def call() -> None:
            turn, error = attempt(lambda: self._client.skip(ticket))
            if error is None and turn is Turn.OURS:
                self.skipped = time.monotonic()
            told(turn or Turn.UNKNOWN, error)

        return self._send(call, request, dropped=lambda: told(Turn.OVER, None))

    def leave(self) -> Turn:
        """Nobody waits for the request any more, though the server may go on with it: have it stopped when it
        is ours, now or when its turn comes. Called on the thread of the request, which has ended.

        Returns whose turn it is.
        """
        ticket = self._ticket
        if not ticket.is_sent:
            return Turn.OVER
        turn = self._told_to_stop(ticket)
        if turn in (Turn.OURS, Turn.WAITING):
            self._follow(ticket, AGAIN)
        return turn

    def leave_later(self) -> None:
        """The same for one that was hung up, without a wait for what the server says."""
        if self._is_interrupted and self._ticket.is_sent:
            self._follow(self._ticket, 0.0)

    def _follow(self, ticket: Ticket, delay: float) -> None:
        """Without an end of its own: the ticket is asked about until it is over."""

        def call() -> None:
            if self._told_to_stop(ticket) in (Turn.OURS, Turn.WAITING):
                self._follow(ticket, AGAIN)

        self._answers.add(call, urgency=Urgency.SOON, delay=delay, keeps=False)

    def _told_to_stop(self, ticket: Ticket) -> Turn:
        try:
            return self._client.interrupt(ticket)
        except BridgeError:
            return Turn.UNKNOWN

    def _interrupt(self, request: Scope) -> None:
        ticket = self._ticket
        failures = 0

        def call() -> None:
            nonlocal failures
            try:
                turn = self._client.interrupt(ticket)
            except FeatureMissing:
                # As on a server that cannot be interrupted: it finishes alone.
                self._is_interrupted = False
                return
            except BridgeError:
                failures += 1
                turn = Turn.UNKNOWN if failures >= _MAX_FAILURES else Turn.WAITING
            else:
                failures = 0
            if turn is Turn.OURS:
                self.is_stopped = True
            if turn is Turn.UNKNOWN:
                self._is_interrupted = False
                if not self.is_stopped and not request.is_over:
                    self._finishes_alone()
                return
            self._answers.add(call, urgency=Urgency.NOW, delay=AGAIN, scope=request)

        self._send(call, request)

    def _hang_up(self, request: Scope) -> None:
        # Again and again, as the request may not have reached its connection yet.
        def call() -> None:
            self._abort()
            self._answers.add(call, urgency=Urgency.NOW, delay=AGAIN, scope=request)

        self._send(call, request)

    def _send(
        self, call: Callable[[], None], request: Scope, dropped: Callable[[], None] | None = None
    ) -> bool:
        self.are_given = True
        return self._answers.add(
            call, urgency=Urgency.NOW, scope=request, dropped=dropped, keeps=False, hurries=True
        )
