# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the web UI is doing right now, and the steps in which a picture comes about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..dialect import House
from ..picture import Pixels
from . import pixels as px
from .errors import Failure

_FOR_EVER = 86400.0


class Progress:
    """The state behind `/progress`. Changed under the lock of the turns, read from any thread."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._turns = house.turns
        self.job = ""
        self.job_count = 0
        self.job_no = 0
        self.job_timestamp = "0"
        self.sampling_step = 0
        self.sampling_steps = 0
        self.skipped = False
        self.interrupted = False
        self.textinfo: str | None = None
        self.weights_are_gone = False
        """The model was moved off the card from under the job."""
        self._started = 0.0
        self._options: Mapping[str, Any] = {}
        self._half_done: Callable[[], Pixels] | None = None
        self._shown: Pixels | None = None
        self._shown_step = 0
        self._being_shown: Callable[[], Pixels] | None = None
        """What `_shown` is renewed from just now: an earlier one that takes longer comes too late."""

    @property
    def is_ended(self) -> bool:
        """The picture that is being made shall not be finished."""
        return self.interrupted or self.skipped

    @contextmanager
    def work(self, job: str, options: Mapping[str, Any]) -> Iterator[None]:
        """From the start of a job, which clears what interrupt and skip have left, to its end."""
        with self._turns.changed:
            self.job, self.job_count, self.job_no = job, -1, 0
            self.job_timestamp = time.strftime("%Y%m%d%H%M%S")
            self.sampling_step = self.sampling_steps = 0
            self.skipped = self.interrupted = self.weights_are_gone = False
            self.textinfo = None
            self._options = options
            self._started = time.monotonic()
            self._forget_picture()
        try:
            with self._turns.painting():
                yield
        finally:
            with self._turns.changed:
                self.job, self.job_count = "", 0
                self._forget_picture()

    def count(self, jobs: int) -> None:
        """Tell how many pictures, or rather passes, the job has."""
        with self._turns.changed:
            self.job_count = jobs

    def name(self, job: str) -> None:
        """What works on it now has another name."""
        with self._turns.changed:
            self.job = job

    def at_job(self, number: int) -> None:
        """A step of a training is a job, and they begin where it left off."""
        with self._turns.changed:
            self.job_no = number

    def next_job(self) -> None:
        """A pass is over. The program counts it and begins with step 0 again also where none follows.

        So `/progress` tells job 1 of 1 at step 0 until the request is answered: it fits the pictures, and
        may restore faces, after its last step.
        """
        with self._turns.changed:
            self.job_no += 1
            self.sampling_step = 0
            self._forget_picture()

    def forget_skip(self) -> None:
        """Skip concerns one picture; the next one is made."""
        with self._turns.changed:
            self.skipped = False

    def interrupt(self) -> None:
        with self._turns.changed:
            self.interrupted = True
            self._turns.changed.notify_all()

    def skip(self) -> None:
        with self._turns.changed:
            self.skipped = True
            self._turns.changed.notify_all()

    def take_weights(self) -> None:
        """The next step of a running job fails."""
        with self._turns.changed:
            self.weights_are_gone = True

    def show(self, pixels: Pixels) -> None:
        """A finished picture on the way, such as training paints."""
        with self._turns.changed:
            self._shown = pixels

    def sample(
        self, paint: Callable[[], Sequence[Pixels]], starts: Sequence[Pixels], steps: int
    ) -> list[Pixels]:
        """The finished pictures, or the half-done ones as they were when the job ended. Raises Failure."""
        with self._turns.changed:
            self.sampling_step, self.sampling_steps = 0, steps
        results = self._painted(paint)
        if results is None:
            return list(starts)

        def half_done(share: float) -> list[Pixels]:
            return [px.mixed(s, r, share) for s, r in zip(starts, results, strict=True)]

        for step in range(1, steps + 1):
            self._turns.wait(lambda: self._seconds(steps, step - 1), until=lambda: self.is_ended)  # noqa: B023
            if self.is_ended:
                return half_done((step - 1) / steps)
            if self.weights_are_gone:
                raise Failure("RuntimeError", "Expected all tensors to be on the same device")
            with self._turns.changed:
                self.sampling_step = step
                self._half_done = lambda share=step / steps: px.grid(half_done(share))
        return list(results)

    def _seconds(self, steps: int, done: int) -> float:
        faults = self._house.faults()
        if 0 < done == faults.hold_at_step:
            return _FOR_EVER
        return faults.delay / steps + faults.delay_per_step

    def _painted(self, paint: Callable[[], Sequence[Pixels]]) -> Sequence[Pixels] | None:
        """What `paint` gives; None when the job was ended before that."""
        done: list[Sequence[Pixels] | BaseException] = []

        def work() -> None:
            try:
                done.append(paint())
            except BaseException as error:
                done.append(error)
            self._turns.tell()

        # An engine cannot be stopped. In a thread of its own it need not be waited for.
        threading.Thread(target=work, name="engine", daemon=True).start()
        self._turns.wait(lambda: _FOR_EVER, until=lambda: bool(done) or self.is_ended)
        if not done:
            return None
        if isinstance(done[0], BaseException):
            raise done[0]
        return done[0]

    def _forget_picture(self) -> None:
        self._half_done = self._shown = self._being_shown = None
        self._shown_step = 0

    def answer(self, skip_image: bool, encode: Callable[[Pixels], str]) -> dict[str, Any]:
        """The body of `/progress`."""
        with self._turns.changed:
            state = {
                "skipped": self.skipped,
                "interrupted": self.interrupted,
                "stopping_generation": False,
                "job": self.job,
                "job_count": self.job_count,
                "job_timestamp": self.job_timestamp,
                "job_no": self.job_no,
                "sampling_step": self.sampling_step,
                "sampling_steps": self.sampling_steps,
            }
            count, number = self.job_count, self.job_no
            step, steps, started = self.sampling_step, self.sampling_steps, self._started
        answer: dict[str, Any] = {
            "progress": 0.0, "eta_relative": 0.0, "state": state, "current_image": None,
            "textinfo": self.textinfo,
        }  # fmt: skip
        if count == 0:
            return answer
        progress = 0.01
        if count > 0:
            progress += number / count
            if steps > 0:
                progress += step / steps / count
        elapsed = time.monotonic() - started
        picture = self._picture()
        answer["progress"] = min(progress, 1.0)
        answer["eta_relative"] = elapsed / progress - elapsed
        if picture is not None and not skip_image:
            answer["current_image"] = encode(picture)
        return answer

    def _picture(self) -> Pixels | None:
        """Renewed when so many steps as the settings say were done since the last one."""
        every = self._options.get("show_progress_every_n_steps", 10)
        wanted = self._options.get("live_previews_enable", True) and every != -1
        with self._turns.changed:
            step, half_done = self.sampling_step, self._half_done
            is_due = half_done is not None and wanted and step - self._shown_step >= every
            if is_due:
                self._shown_step = step
                self._being_shown = half_done
        if is_due and half_done is not None:
            picture = half_done()
            # Half the size: a preview is coarser than the picture.
            height, width = max(1, picture.shape[0] // 2), max(1, picture.shape[1] // 2)
            small = px.resample(picture, width, height, "Nearest")
            with self._turns.changed:
                if self._being_shown is half_done:
                    self._shown = small
        return self._shown
