# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history's own thread: it waits for disks, and nobody waits for it.

The main thread asks it as it asks the disk, and gets the answer by the mailbox:

    session.ask_history(question, answer)

where `question(history)` is done here, and `answer(result, error)` there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import OrderCancelled
from ..mailbox import Mailbox
from ..serial_executor import SerialExecutor, Urgency
from ..server_worker import Answer, call_elsewhere
from ..task import Picture, Stored
from .history import History, Made

#: Seconds of what takes long, between two steps of which others have the interpreter for so many.
_EFFORT, _BREATH = 0.01, 0.002


class HistoryThread:
    """Every method returns at once and may be called from any thread, but for `finish`."""

    def __init__(self, directory: Path) -> None:
        """The history lies in this folder, which is made when something is written."""
        self._executor = SerialExecutor("drawthings-history")
        self._is_ending = False
        self._breathed = 0.0
        self._history = History(directory, pause=self._pause)

    def add(self, picture: Picture) -> None:
        """A picture is there; one that is in memory alone is told of when it is on disk. The job does not
        wait for this."""
        if picture.stored is Stored.MEMORY:
            return
        made = Made(
            picture.path,
            picture.recipe.text,
            picture.width,
            picture.height,
            is_in_output=picture.stored is Stored.OUTPUT,
        )
        # Before questions: what is searched for is among what is there.
        self._executor.add(lambda: self._history.add(made), urgency=Urgency.NOW)

    def ask(
        self,
        question: Callable[[History], Any],
        answer: Answer,
        mailbox: Mailbox,
        *,
        takes_long: bool = False,
    ) -> None:
        """Call `question(history)` there; then `answer(result, error)` is in the mailbox. One that
        `takes_long`, such as a look, lets others have their turn between its steps."""
        urgency = Urgency.IN_TURN if takes_long else Urgency.SOON
        call_elsewhere(self._executor, lambda: question(self._history), answer, mailbox, urgency=urgency)

    @property
    def is_idle(self) -> bool:
        """Nothing is done there."""
        return self._executor.is_idle

    def finish(self, longest: float = 2.0) -> None:
        """Before the process ends: pictures on their way into the history get there, for so many seconds at
        the most. What does not is found by the next look."""
        self._is_ending = True
        until = time.monotonic() + longest
        while not self._executor.is_idle and time.monotonic() < until:
            time.sleep(0.002)

    def let_go(self) -> None:
        """Close the files, soon: the extension is disabled, and may be removed."""

        def close() -> None:
            self._history.close()
            self._is_ending = False

        self._is_ending = True
        self._executor.add(close)

    def _pause(self) -> None:
        self._executor.give_way()
        if self._is_ending:
            raise OrderCancelled("The history was not looked through to its end.")
        if time.monotonic() - self._breathed > _EFFORT:
            time.sleep(_BREATH)
            self._breathed = time.monotonic()
