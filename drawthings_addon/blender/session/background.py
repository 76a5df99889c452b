# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting in background, where nobody turns the pump but who waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from ...errors import BridgeError, OrderCancelled
from ...jobs.job import Job, JobEnded, JobState
from ...jobs.queue import JobQueue
from ...messages import Message
from .. import breaking

#: Seconds between two looks at what tells nobody.
_LOOK = 0.005


def wait(jobs: JobQueue, look: Callable[[], None], is_over: Callable[[], bool]) -> None:
    """`look` again and again until it is over. Raises OrderCancelled at Ctrl+C: nobody waits then."""
    with breaking.heeded() as pressed:
        while not is_over():
            if pressed.is_wanted:
                raise OrderCancelled("This was given up with Ctrl+C.")
            # Before the look, behind which it may be over. Some of what is waited for tells nobody.
            jobs.mailbox.wait(_LOOK)
            look()


def wait_for(job: Job, jobs: JobQueue, look: Callable[[], None], is_ended: Callable[[], bool]) -> None:
    """The same until the job has ended. Ctrl+C does what Cancel does, and what can be stopped at the server
    is waited for: Blender may end right after this."""
    is_cancelled = False
    try:
        with breaking.heeded() as pressed:
            while not is_ended() or jobs.is_stopping(job.id):
                if pressed.is_wanted and not is_cancelled:
                    is_cancelled = True
                    print("Cancelling. Press Ctrl+C again to end at once.", file=sys.stderr, flush=True)
                    jobs.cancel(job.id)
                jobs.mailbox.wait(_LOOK)
                look()
    except BaseException:
        # KeyboardInterrupt, or what a script's own handler raises: nobody waits any more.
        jobs.cancel(job.id)
        raise
    if is_cancelled:
        look()


def raise_outcome(ended: JobEnded, troubles: Sequence[str]) -> None:
    """What whoever waited for the job is told: its error, or that it was cancelled, or that its pictures did
    not come to all they were meant for."""
    words = " ".join(troubles)
    if ended.state is JobState.CANCELLED:
        outcome = Message("“{title}” was cancelled.", title=ended.job.title)
        raise OrderCancelled(f"{outcome} {words}" if words else outcome)
    if ended.error is not None and not words:
        raise ended.error
    if words:
        error = ended.error or BridgeError("")
        raise BridgeError(f"{error.what} {words}".strip(), error.advice)
