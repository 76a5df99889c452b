# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request of ours among those of others, as far as A1111's server tells whose turn it is.

The server makes one picture after another, of whoever asked; `interrupt` and `skip` end what runs, whosever
it is (WebUI 1.10.1). What tells:

* By its name, where the web page runs: `/internal/progress` says of a request with a `force_task_id` whether
  it waits, is worked on or is done.
* Else by when a job began: `job_timestamp` of `/sdapi/v1/progress` changes with each, and `job_count` is 0
  between two. Of a server that was idle just before our request was sent, the first job since is taken for
  ours. Somebody else's that slips in within these milliseconds would be taken for it.

Training takes no place in the line: it runs beside a picture, and what is told and stopped then is both. It
is known by the name of its job, which a picture that begins beside it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..turn import Ticket, Turn

_TRAINS = re.compile(r"train", re.IGNORECASE)
#: What training writes for the page, also when a picture has begun since.
_TELLS_OF_TRAINING = re.compile(r"\bLoss: |\btraining\b", re.IGNORECASE)
#: Looks without a word about a request that is sent: by then the server passes over names, or has none of it.
_PATIENCE = 8


@dataclass(frozen=True)
class Running:
    """What `/sdapi/v1/progress` tells of the server's own job, whosever it is."""

    timestamp: str
    """When it began, in the server's seconds; of the last one where none runs. Empty: not told."""
    job_count: int
    job: str
    text: str

    @property
    def is_idle(self) -> bool:
        return self.job_count == 0

    @property
    def is_at_work(self) -> bool:
        """A job runs, or a training, which counts none beside a picture but has its name there."""
        return not self.is_idle or bool(self.job)

    @property
    def names_training(self) -> bool:
        """The job itself is a training."""
        return bool(_TRAINS.match(self.job))

    @property
    def is_training(self) -> bool:
        """Something is trained, be it beside a picture."""
        return self.names_training or bool(_TELLS_OF_TRAINING.search(self.text))


@dataclass(eq=False)
class A1111Ticket(Ticket):
    """What was seen of one request. `met` and `told` are called by one thread at a time."""

    name: str = ""
    """Its `force_task_id`; empty: the server was not told one."""
    trains: bool = False
    """It is a training."""
    is_sent: bool = False
    before: Running | None = None
    """What was seen just before it was sent."""
    is_answered: bool = False
    """By the server, with whatever."""
    is_left: bool = False
    """Nobody waits for its answer any more: it may never have arrived."""
    is_ours: bool = False
    """Its name was told to be worked on at the last look."""
    _began: str = ""
    """The timestamp of the job that it is."""
    _is_lost: bool = False
    """Another job has begun since: what runs may be anybody's."""
    _unheard: int = 0
    """Looks at which the server had not heard of its name."""

    def anew(self) -> None:
        """It is about to be sent, be it once more: what was seen of it, and its name, are of no use. A server
        may go on telling that one which failed is worked on."""
        vars(self).update(vars(A1111Ticket()))

    @property
    def has_begun(self) -> bool:
        """It was seen to be worked on."""
        return bool(self._began)

    @property
    def is_sure(self) -> bool:
        """Where its turn is told to have come: it would also be told that it is over."""
        return self.is_ours or self.has_begun

    @property
    def can_be_found(self) -> bool:
        """When its turn comes, that will be told for sure."""
        before = self.before
        is_seen = before is not None and before.is_idle and bool(before.timestamp)
        return bool(self.name) or (is_seen and not self._is_lost)

    @property
    def is_heard(self) -> bool:
        """The server has it, as far as its name tells."""
        return not (self.name and self._unheard)

    def told(self, *, is_active: bool, is_queued: bool, is_completed: bool, are_known: bool) -> Turn:
        """Whose turn it is by the request's name; `are_known`: the server does not pass over names."""
        was_ours, self.is_ours = self.is_ours, is_active
        if is_active or is_completed or is_queued:
            self._unheard = 0
        if is_active:
            return Turn.OURS
        if is_completed or was_ours:
            # The server forgets the names of old tasks.
            return Turn.OVER
        if is_queued:
            return Turn.WAITING
        self._unheard += 1
        # A large picture is on its way for as long as that takes.
        is_on_its_way = are_known and not (self.is_left or self.is_answered)
        return Turn.WAITING if is_on_its_way or self._unheard < _PATIENCE else Turn.UNKNOWN

    def is_alone(self, running: Running) -> bool:
        """Where the request is what is worked on: nobody else's training would be stopped, too."""
        if self._began not in ("", running.timestamp) or running.is_training:
            self._is_lost = True
        if not self._is_lost and not running.is_idle:
            self._began = running.timestamp
        return not self._is_lost and not running.is_idle

    def met(self, running: Running) -> Turn:
        """Whose turn it is by when jobs began, for a request without a name."""
        before = self.before
        if before is None or self._is_lost:
            return Turn.UNKNOWN
        if not before.timestamp:
            # A smaller server: what it began after it was idle is shown, and not stopped.
            return Turn.OURS if before.is_idle and not running.is_idle else Turn.UNKNOWN
        if not before.is_idle:
            # Whose the next one is, nobody can tell.
            is_same = running.timestamp == before.timestamp and not running.is_idle and not self.trains
            self._is_lost = not is_same
            return Turn.WAITING if is_same else Turn.UNKNOWN
        if self.trains:
            return self._met_training(running)
        if running.timestamp == before.timestamp:
            return Turn.WAITING if running.is_idle else Turn.UNKNOWN
        is_another = self._began not in ("", running.timestamp)
        if is_another or (not running.is_idle and running.is_training):
            self._is_lost = True
            return Turn.UNKNOWN
        self._began = running.timestamp
        return Turn.OVER if running.is_idle else Turn.OURS

    def _met_training(self, running: Running) -> Turn:
        """It follows what created its embedding within the same second, so that its job's name tells it; a
        picture that begins beside it takes that, and tells nothing of it when it ends."""
        if running.is_idle and not self._began:
            return Turn.WAITING
        is_another = self._began not in ("", running.timestamp)
        if is_another or not (running.is_idle or running.names_training):
            self._is_lost = True
            return Turn.UNKNOWN
        self._began = running.timestamp
        return Turn.OVER if running.is_idle else Turn.OURS

    def has_left(self, running: Running) -> bool:
        """What an idle server still tells is of this request."""
        is_the_same = bool(running.timestamp) and running.timestamp == self._began
        return running.is_idle and is_the_same and not self._is_lost
