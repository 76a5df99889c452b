# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two threads of one server, and calls whose answer goes into the mailbox.

What each may do stands at the head of `blender.session.session`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..client.http.exchanges import Exchanges
from ..client.interface import Client
from ..errors import REPORT_IT, BridgeError
from .decoder import Decoder
from .mailbox import Mailbox
from .progress import ProgressWatcher
from .serial_executor import SerialExecutor, Urgency

log = logging.getLogger(__name__)

Connect = Callable[[], Client]
Question = Callable[[Client], Any]
Answer = Callable[[Any, BridgeError | None], None]


class ServerWorker:
    """One thread for what waits in the server's queue, one for what is answered at once."""

    def __init__(self, mailbox: Mailbox, decoder: Decoder) -> None:
        self._mailbox = mailbox
        self.tasks = SerialExecutor("drawthings-tasks")
        self.answers = SerialExecutor("drawthings-answers")
        self.progress = ProgressWatcher(self.answers, decoder)

    def ask(self, connect: Connect, question: Question, answer: Answer) -> None:
        """Ask at once, whatever the server is at: `question` changes nothing there.

        Between two of its exchanges progress and orders to stop have their turn. One that is in the way of an
        order to stop is hung up, and asked again.
        """
        asking: list[Exchanges] = []

        def call() -> None:
            exchanges = Exchanges(after_each=self.answers.give_way)
            asking[:] = [exchanges]
            with exchanges.here():
                result, error = attempt(lambda: question(connect()))
            if exchanges.is_aborted:
                # Whatever it made of that.
                add()
            else:
                self._mailbox.put_answer(lambda: answer(result, error))

        def abort() -> None:
            for exchanges in asking:
                exchanges.abort()

        def add() -> None:
            if not self.answers.add(call, abort=abort, keeps=False):
                self._mailbox.put_answer(lambda: answer(None, no_thread()))

        self._mailbox.promise_answer()
        add()

    def order(self, connect: Connect, order: Question, answer: Answer) -> None:
        """Have the server do what waits in its own queue, behind all that was ordered here before."""
        call_elsewhere(self.tasks, lambda: order(connect()), answer, self._mailbox)


def call_elsewhere(
    executor: SerialExecutor,
    question: Callable[[], Any],
    answer: Answer,
    mailbox: Mailbox,
    *,
    urgency: Urgency = Urgency.IN_TURN,
) -> None:
    """Call `question` there; then `answer(result, error)` is in the mailbox, whatever happens."""

    def call() -> None:
        result, error = attempt(question)
        mailbox.put_answer(lambda: answer(result, error))

    mailbox.promise_answer()
    if not executor.add(call, urgency=urgency, keeps=False):
        mailbox.put_answer(lambda: answer(None, no_thread()))


def no_thread() -> BridgeError:
    """Why nothing can be done elsewhere."""
    return BridgeError(
        "The computer has no room for another thread.", "Close other programs, then try again."
    )


def attempt(call: Callable[[], Any]) -> tuple[Any, BridgeError | None]:
    """What the call gives, or None and what stopped it."""
    try:
        return call(), None
    except BridgeError as told:
        return None, told
    except Exception as unforeseen:
        log.exception("A call on another thread met a fault of the extension")
        return None, BridgeError(
            "The extension failed ({kind}).",
            REPORT_IT,
            kind=type(unforeseen).__name__,
        )
