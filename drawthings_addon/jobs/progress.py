# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a server how far it is while it works on a request.

The request itself never waits for any of this: a question that hangs is left behind when the answer is
there. Only a picture that came far too soon waits for one more question: nothing but that tells that it is
not finished.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..client.http.failures import LetGo
from ..client.interface import Client
from ..client.progress import Progress
from ..client.turn import Ticket, Turn
from ..errors import BridgeError
from ..imaging import formats, png
from .decoder import Decoder
from .job import Job, ProgressChanged
from .serial_executor import Scope, SerialExecutor, Urgency
from .source import Source
from .sources import to_display_bytes
from .thumbnail import thumbnail

#: Seconds between the end of a question and the next one: at least this, and …
MIN_PAUSE = 0.5
#: … at least so many times what the last one took, so that a slow server is not kept busy by being asked.
PAUSE_FACTOR = 2.0
#: So many questions that fail in a row are the last of their request.
MAX_FAILURES = 3
#: Pixels of a preview's longest side: enough for an Image Editor, as previews are rough anyway.
PREVIEW_EDGE = 512
#: A picture that took less than this share of what its last steps should have taken was cut short.
_CUT_SHORT = 0.5
#: The same where the server cannot be asked any more, and the quickest step is known.
_SURELY_CUT_SHORT = 0.25
#: Seconds that a picture is kept waiting for the server to say so.
_LOOKING_BACK = 2.0

log = logging.getLogger(__name__)

Tell = Callable[[ProgressChanged | None], None]


class ProgressWatcher:
    """For one server: at most one question is under way, whatever is watched."""

    def __init__(self, answers: SerialExecutor, decoder: Decoder | None = None) -> None:
        """`answers` is the thread on which the server is asked, `decoder` has Blender decode previews."""
        self._answers = answers
        self._decoder = decoder or Decoder()
        self._pause = MIN_PAUSE
        self._asked = 0.0
        """When the last question ended."""

    @contextlib.contextmanager
    def watching(self, job: Job, client: Client, ticket: Ticket, tell: Tell) -> Iterator[Watched]:
        """Ask `client`, which nobody else waits at, during the block, in which a picture of `job` is made by
        the request of the ticket.

        `tell` is called on another thread, with None when nothing can be told any more; perhaps once when the
        block has just ended. After the block, what it gives knows how the picture ended.
        """
        watched = Watched(job, client, ticket, tell, self._decoder)
        scope = Scope(self._answers)
        self._ask_later(watched, scope, self._pause)
        try:
            yield watched
        finally:
            is_asking = scope.end(wait=False)
            if is_asking:
                client.abort()
        if not is_asking and watched.seems_cut_short:
            self._look_back(watched)

    def _look_back(self, watched: Watched) -> None:
        """Ask once more, as far from the last question as ever: how a job ended is told until the next.

        A server that takes so long to answer that the picture would be kept waiting is not asked.
        """
        pause = self._asked + self._pause - time.monotonic()
        if pause <= _LOOKING_BACK:
            time.sleep(max(pause, 0.0))
            watched.look_back()

    def _ask_later(self, watched: Watched, scope: Scope, pause: float) -> None:
        self._answers.add(
            lambda: self._ask(watched, scope),
            urgency=Urgency.SOON,
            delay=pause,
            scope=scope,
            abort=watched.abort,
            # Without a thread the picture comes without its progress.
            keeps=False,
        )

    def _ask(self, watched: Watched, scope: Scope) -> None:
        began = time.monotonic()
        too_soon = self._asked + self._pause - began
        if too_soon > 0:
            # A question of the request before ended only now.
            self._ask_later(watched, scope, too_soon)
            return
        news = watched.ask()
        took = time.monotonic() - began
        self._asked = began + took
        self._pause = max(MIN_PAUSE, PAUSE_FACTOR * took)
        if scope.is_over:
            return
        if news is not None or watched.is_lost:
            watched.tell(news)
        if watched.is_given_up:
            watched.tell(None)
        else:
            self._ask_later(watched, scope, self._pause)


class Watched:
    """One request, and what was learnt of it: nothing that is told of somebody else's."""

    cut_short = ""
    """ "skipped" or "interrupted", where the server was told to end the picture early, by whomever; "ended"
    where it came so early that it must have been, and nobody can tell any more."""
    went_on = 0.0
    """When it was asked last, on the monotonic clock, and the server made it or another untold."""
    step = 0
    """The last that is known, of `steps` of the present pass."""
    steps = 0
    waited = 0.0
    """Seconds that it was seen to wait behind others'."""
    is_lost = False
    """Nobody can tell whose the server makes now."""
    was_lost = False
    """At some time nobody could."""

    def __init__(self, job: Job, client: Client, ticket: Ticket, tell: Tell, decoder: Decoder) -> None:
        self.tell = tell
        self.abort = client.abort
        self._job = job
        self._client = client
        self._decoder = decoder
        self._is_decoding = False
        self._decoded: Source | None = None
        self._ticket = ticket
        self._failures = 0
        self._fraction = 0.0
        self._has_begun = False
        self._is_waiting = False
        self._data: bytes | None = None
        self._preview: NDArray[np.uint8] | None = None
        self._sent = time.monotonic()
        self._began = self._known = self._sent
        self._pace = 0.0
        """Seconds of a step, the quickest that was seen; 0: not known."""

    @property
    def seems_cut_short(self) -> bool:
        """It came sooner than its last steps can have been made, and nobody has told why.

        So does one of which no step was known yet: a skip ends a picture in its first step, too.
        """
        if self.cut_short or self.is_given_up:
            return False
        if not self.step:
            return self._has_begun
        each = (self._known - self._began) / self.step
        return time.monotonic() - self._known < _CUT_SHORT * each * (self.steps - self.step)

    def waited_until(self, now: float) -> float:
        """`waited`, also while it still does."""
        return now - self._sent if self._is_waiting else self.waited

    def look_back(self) -> None:
        """Learn how it ended, when it has."""
        took = time.monotonic() - self._known
        server = self._client.server
        impatient = replace(
            server,
            connect_timeout=min(server.connect_timeout, _LOOKING_BACK),
            read_timeout=min(server.read_timeout, _LOOKING_BACK),
        )
        try:
            client = self._client.sibling(impatient)
            progress = self._job.task.reading(client.progress(self._ticket, with_preview=False))
        except Exception as error:
            if not isinstance(error, BridgeError):
                log.exception("Asking how a picture ended met a fault of the extension")
            return
        if progress.is_idle and progress.is_known:
            self._look_at_end(progress)
        elif took < _SURELY_CUT_SHORT * self._pace * (self.steps - self.step):
            # The server has begun another's, and tells of that.
            self.cut_short = "ended"

    @property
    def is_given_up(self) -> bool:
        return self._failures >= MAX_FAILURES

    def ask(self) -> ProgressChanged | None:
        """How far it is; None when that could not be learnt, or the server has not begun."""
        asked = time.monotonic()
        task = self._job.task
        try:
            progress = self._client.progress(self._ticket, with_preview=task.has_preview)
            if progress.turn is Turn.OURS:
                progress = task.reading(progress)
        except LetGo:
            # Something more urgent came.
            return None
        except BridgeError:
            self._failures += 1
            return None
        except Exception:
            log.exception("Asking for progress met a fault of the extension")
            self._failures += 1
            return None
        self._failures = 0
        self.is_lost = progress.turn is Turn.UNKNOWN
        self.was_lost = self.was_lost or self.is_lost
        self._is_waiting = progress.turn is Turn.WAITING and not progress.is_idle
        if self._is_waiting:
            # Its time, and its steps, begin when this ends.
            self._began = self._known = asked
            self.waited = asked - self._sent
            return ProgressChanged(self._job, 0.0, 0, 0, None, is_waiting=True)
        if progress.turn is not Turn.OURS or progress.job_count <= 0:
            # Idle before and after the request; -1 while it prepares, as by loading a model, and all the
            # while that it enlarges or describes.
            if progress.turn is Turn.OURS and progress.job_count < 0:
                self._has_begun = self._has_begun or not task.can_skip
                self.cut_short = _how(progress)
            return None
        self._has_begun = True
        self._look_at_end(progress)
        if not self.cut_short:
            self.went_on = asked
        # A1111's own falls when the second pass of the hires fix turns out to have more steps.
        self._fraction = max(self._fraction, progress.fraction)
        self._look_at(progress)
        return ProgressChanged(
            job=self._job,
            fraction=self._fraction,
            # After the last pass the server counts from 0 again while it finishes the picture.
            step=progress.steps if progress.job_no >= progress.job_count else progress.step,
            steps=progress.steps,
            eta_seconds=progress.eta_seconds,
            text=progress.text,
            preview=self._preview,
        )

    def _look_at_end(self, progress: Progress) -> None:
        self.cut_short = _how(progress)
        if progress.step and not (self.cut_short and progress.step < self.step):
            now = time.monotonic()
            if 0 < self.step < progress.step and self.steps == progress.steps:
                pace = (now - self._known) / (progress.step - self.step)
                self._pace = min(self._pace or pace, pace)
            self.step, self.steps, self._known = progress.step, progress.steps, now
        elif not self.cut_short and progress.job_no >= progress.job_count:
            # All steps are done, and the picture is being finished.
            self.step = self.steps

    def _look_at(self, progress: Progress) -> None:
        source, self._decoded = self._decoded, None
        # What is no picture is done without: the picture itself comes soon.
        with contextlib.suppress(BridgeError, MemoryError):
            if source is not None:
                self._preview = thumbnail(to_display_bytes(source), PREVIEW_EDGE)
            if progress.preview is not None and progress.preview != self._data and not self._is_decoding:
                self._data = progress.preview
                self._decode(progress.preview)

    def _decode(self, data: bytes) -> None:
        """A PNG at once; others are shown with the next answer, as Blender decodes them meanwhile."""
        most = self._job.task.max_preview_pixels
        if formats.known(data) is formats.PNG:
            self._preview = thumbnail(png.decode(data, max_pixels=most), PREVIEW_EDGE)
        # Of half a picture some Blenders make an empty one.
        elif math.prod(formats.format_of(data).verify(data)) <= most:
            self._is_decoding = True
            self._decoder.later(data, self._take)

    def _take(self, source: Source | None) -> None:
        self._decoded = source
        self._is_decoding = False


def _how(progress: Progress) -> str:
    """How the server was told to end the picture early, if it was."""
    return "skipped" if progress.skipped else "interrupted" if progress.interrupted else ""
