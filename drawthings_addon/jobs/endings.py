# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a request came to its end at a server that others use too, and the sentences about it."""

from __future__ import annotations

from ..client.turn import Turn
from ..errors import BridgeError, ServerTimedOut
from ..messages import Message
from .job import Job, JobNotice
from .orders import Orders
from .progress import Watched
from .task import Ending

#: Why a server is not told to stop.
_WHY_ALONE = (
    "It does not tell whose picture it makes, and others use it, too. What comes of it is dropped; jobs "
    "ordered meanwhile wait there behind it."
)
#: What a server was told after a time-out of our own, by whose turn it was.
_AFTER_TIME_OUT = {
    Turn.OURS: "{reason} The server was told to stop.",
    Turn.WAITING: (
        "{reason} The server has not begun, and is told to stop when it does, if Blender still runs."
    ),
    Turn.UNKNOWN: "{reason} The server does not tell whose picture it makes, and may go on with this one.",
}


def ending(orders: Orders, watched: Watched | None) -> Ending:
    """How the server was told to end a picture early, if it was."""
    if watched is None:
        return Ending("skipped" if orders.skipped else "")
    # What went on after that is another picture than the one that was ended: this one had waited for it.
    is_skipped = bool(orders.skipped) and orders.skipped >= watched.went_on
    how = "skipped" if is_skipped else watched.cut_short
    is_ours = is_skipped or orders.is_stopped
    by_another = bool(how) and not is_ours
    return Ending(how, watched.step, watched.steps, by_another, watched.waited, watched.was_lost)


def left(error: ServerTimedOut, orders: Orders) -> ServerTimedOut:
    """A time-out of our own, after which the server goes on, with what it was told."""
    if not orders.can_interrupt:
        return error
    after = _AFTER_TIME_OUT.get(orders.leave())
    return error if after is None else ServerTimedOut(Message(after, reason=error.what), error.advice)


def finishes_alone(job: Job) -> JobNotice:
    """The job was cancelled, and the server not told."""
    text = "{server} will finish what was cancelled: “{title}”."
    return JobNotice(job, Message(text, server=job.server.label, title=job.title), _WHY_ALONE)


def why_not_skipped(turn: Turn) -> BridgeError | None:
    """What is told where the server was not told to skip; None: there is nothing to tell."""
    if turn is Turn.WAITING:
        return BridgeError(
            "Nothing was skipped: the server has not begun with this picture.",
            "Skip it when it is made, or cancel it.",
        )
    if turn is Turn.UNKNOWN:
        return BridgeError(
            "Nothing was skipped: the server does not tell whose picture it makes.",
            "Cancel the job if it is not wanted.",
        )
    return None
