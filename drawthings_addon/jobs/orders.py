# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops what a server makes for one job, and nothing that comes after it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..client.features import Feature
from ..client.interface import Client
from ..errors import BridgeError
from .serial_executor import Scope, SerialExecutor, Urgency
from .server_worker import attempt

#: Seconds until the server is told again. It forgets an interrupt that came before it began the request
#: (A1111's WebUI 1.10.1).
AGAIN = 0.5

log = logging.getLogger(__name__)

Told = Callable[[BridgeError | None], None]


class Orders:
    """Of one job: each is for the request that is under way, and the end of that waits for it.

    Every method is called with the queue's lock held.
    """

    def __init__(self, answers: SerialExecutor, client: Client, abort: Callable[[], None]) -> None:
        """`client` is asked on the thread of `answers`; `abort` hangs up what the job asks."""
        self._answers = answers
        self._client = client
        self._abort = abort
        self._request: Scope | None = None
        self._is_interrupted = False
        self._is_abandoned = False
        self.are_given = False
        """Some are for the present or the last request."""
        self.skipped = 0.0
        """When the server had heard that it shall end the picture of the present or the last request, on the
        monotonic clock; 0: it was not told."""

    def begin(self) -> Scope:
        """A request of the job begins. Where `are_given` its end has to wait for one on its way, which could
        otherwise meet the next request."""
        request = self._request = Scope(self._answers)
        self.are_given = False
        self.skipped = 0.0
        if self._is_abandoned:
            self._hang_up(request)
        elif self._is_interrupted:
            self._interrupt(request)
        return request

    def interrupt(self) -> None:
        """Stop the job, where the server can be told so: its request, and any that it begins."""
        if self._client.capabilities.offers(Feature.INTERRUPT):
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

        With None also where the request ended first, and nothing was sent. False: no request is under way,
        or no thread can be had, and `told` is not called.
        """
        request = self._request
        if request is None or request.is_over:
            return False

        def call() -> None:
            _none, error = attempt(self._client.skip)
            if error is None:
                self.skipped = time.monotonic()
            told(error)

        return self._send(call, request, dropped=lambda: told(None))

    def _interrupt(self, request: Scope) -> None:
        def call() -> None:
            try:
                self._client.interrupt()
            except BridgeError:
                # As on a server that cannot be interrupted: it finishes alone.
                self._is_interrupted = False
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
