# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes back from other threads, until the main thread takes it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from .job import Event, JobEnded, JobState, ProgressChanged
from .task import PictureDone

Answer = Callable[[], None]


class Mailbox:
    """Every method may be called from any thread, and all but `wait`, for the main thread, wait for nothing.

    However long nobody looks, of the progress of a job only the latest is kept: each has a preview.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._events: deque[Event] = deque()
        self._progress: dict[str, ProgressChanged] = {}
        """By the job's id: newer than all of its events."""
        self._answers: deque[Answer] = deque()
        self._promised = 0

    def put(self, event: Event) -> None:
        """A job's event. Progress of before its picture or its end is forgotten; of a job that was cancelled
        no picture is wanted that is not taken yet."""
        with self._lock:
            self._news.set()
            if isinstance(event, ProgressChanged):
                self._progress[event.job.id] = event
                return
            if isinstance(event, JobEnded):
                self._progress.pop(event.job.id, None)
                if event.state is JobState.CANCELLED:
                    self._events = deque(_unwanted(each, event.job.id) for each in self._events)
            elif isinstance(event, PictureDone):
                self._progress.pop(event.picture.job_id, None)
            self._events.append(event)

    def promise_answer(self) -> None:
        """An answer will be put in, whatever happens."""
        with self._lock:
            self._promised += 1

    def put_answer(self, answer: Answer) -> None:
        """What follows from the answer to a question, or from an order that was carried out, as promised."""
        with self._lock:
            self._promised -= 1
            self._answers.append(answer)
            self._news.set()

    def put_call(self, call: Answer) -> None:
        """What is to be done on the main thread, and was promised to nobody."""
        with self._lock:
            self._answers.append(call)
            self._news.set()

    def next_event(self) -> Event | None:
        """Take the first event; a job's progress comes after its events. None: there is none."""
        with self._lock:
            if self._events:
                return self._events.popleft()
            if self._progress:
                return self._progress.pop(next(iter(self._progress)))
            return None

    def next_answer(self) -> Answer | None:
        """Take the first answer; None: there is none."""
        with self._lock:
            return self._answers.popleft() if self._answers else None

    def wait(self, seconds: float) -> None:
        """Wait until something came since the last wait, and no longer than that."""
        self._news.wait(seconds)
        self._news.clear()

    @property
    def has_events(self) -> bool:
        """An event waits to be taken."""
        return bool(self._events or self._progress)

    @property
    def is_empty(self) -> bool:
        """Neither an event nor an answer waits, and none was promised."""
        return not (self._events or self._progress or self._answers or self._promised)


def _unwanted(event: Event, job_id: str) -> Event:
    if isinstance(event, PictureDone) and event.picture.job_id == job_id:
        return replace(event, is_wanted=False)
    return event
