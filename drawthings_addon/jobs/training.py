# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A style from a folder of pictures: what is to learn is created, and then trained.

The server answers a training when it has ended, hours later; its own progress is asked for meanwhile. It
does not queue one (A1111's WebUI 1.10.1): so that nobody's picture is disturbed it is begun when nothing else
runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..client.catalogue import or_none, usable
from ..client.features import Feature
from ..client.interface import Client
from ..client.progress import Progress
from ..client.training import FEATURES, Training
from ..errors import NameTaken, ServerFailed
from ..messages import Message
from .task import Began, Keeps, Notice, Task, TaskEvent, TaskIO, Waits

Existing = Literal["REFUSE", "GO_ON", "REPLACE"]

#: Seconds that a training may take: two days.
PATIENCE = 48 * 3600.0
#: Seconds between two looks whether somebody else's job is done.
PAUSE = 1.0
STOPPED_BEFORE = "Teaching “{name}” was stopped before it began."


@dataclass(frozen=True)
class TrainTask(Task, stored_as="train"):
    """What a server is to learn, from pictures that are there."""

    training: Training
    """With the name, and the folder as the server sees it."""
    patience = PATIENCE
    existing: Existing = "REFUSE"
    """What happens when the server has something of that name."""
    had_learnt: int | None = None
    """Steps that it had learnt when this training began; None: it did not begin yet, and nothing is created.
    Tried again, it is what is missing of the steps that were asked for."""

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (FEATURES[self.training.kind],)

    @property
    def keeps(self) -> Keeps:
        return Keeps.JOURNAL

    @property
    def has_preview(self) -> bool:
        return False

    @property
    def ends_when_cancelled(self) -> bool:
        """What the server has learnt until then it keeps."""
        return True

    @property
    def timing_key(self) -> str:
        training = self.training
        size = f"{training.width}x{training.height}"
        return " ".join(("train", training.kind, size, str(training.steps)))

    def reading(self, progress: Progress) -> Progress:
        """A step of a training is one of the server's jobs."""
        if progress.job_count <= 0:
            return progress
        step, steps = progress.job_no, max(progress.job_count, progress.job_no)
        return replace(progress, fraction=step / steps, step=step, steps=steps, job_no=0, job_count=1)

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """Notices tell what came of it."""
        name = self.training.name
        yield from self._wait_for_others(client, io)
        learnt = 0 if io.is_cancelled() else self._create(client, io)
        if io.is_cancelled():
            yield Notice(Message(STOPPED_BEFORE, name=name))
            return
        before = learnt if self.had_learnt is None else self.had_learnt
        training = self.training.going_on(before) if before else self.training
        if self.had_learnt is not None and learnt >= training.steps:
            yield self._learnt()
            return
        if learnt:
            yield Notice(
                Message(
                    "“{name}” has learnt {learnt} steps already: it goes on to {steps}.",
                    name=name,
                    learnt=learnt,
                    steps=training.steps,
                )
            )
        yield Began(training.steps, replace(self, had_learnt=before))
        began = time.monotonic()
        with io.asking() as ending:
            client.train(training)
        ended = ending()
        reached = or_none(lambda: client.trained_steps(training))
        # What somebody else has skipped beside it, it has outlived.
        if io.is_cancelled() or (reached is None and ended.how == "interrupted"):
            step = ended.step if reached is None else reached
            yield self._stopped(step, ended.steps or training.steps)
            return
        if reached is not None and reached <= learnt:
            raise ServerFailed(
                "{server} has taught “{name}” no step: it is at {reached} as before.",
                "See what the server's own console says.",
                server=io.server.label,
                name=name,
                reached=reached,
            )
        if reached is not None and reached < training.steps:
            yield self._stopped(reached, training.steps)
            return
        yield self._learnt()
        io.answered(self.timing_key, ended.taught(time.monotonic() - began))

    def _learnt(self) -> Notice:
        name = self.training.name
        used = name if self.training.kind == "EMBEDDING" else f"<hypernet:{name}:1>"
        return Notice(
            Message("The server has learnt “{name}”.", name=name),
            Message("Write {used} into the prompt to use it.", used=used),
        )

    def _stopped(self, step: int, steps: int) -> Notice:
        return Notice(
            Message(
                "Teaching “{name}” was stopped at step {step} of {steps}.",
                name=self.training.name,
                step=step,
                steps=steps,
            ),
            "The server keeps what it has learnt until then.",
        )

    def _wait_for_others(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """Until the server is idle: it would train beside whatever it makes for somebody else, and stop both
        when it is told to stop one."""
        if not client.capabilities.offers(Feature.PROGRESS):
            return
        is_told = False
        while not io.is_cancelled():
            progress = usable(lambda: client.progress(with_preview=False))
            if progress is None or progress.is_idle:
                return
            if not is_told:
                is_told = True
                yield Waits()
                yield Notice(
                    Message(
                        "{server} is at somebody else's job: teaching “{name}” waits until that is done.",
                        server=io.server.label,
                        name=self.training.name,
                    )
                )
            time.sleep(PAUSE)

    def _create(self, client: Client, io: TaskIO) -> int:
        """How many steps it has learnt already."""
        name = self.training.name
        client.require_training(self.training)
        if self.had_learnt is not None:
            return client.trained_steps(self.training) or 0
        replaces = self.existing == "REPLACE"
        try:
            client.prepare_training(self.training, overwrite=replaces)
        except NameTaken as error:
            if self.existing != "GO_ON":
                raise NameTaken(
                    "{server} has something named “{name}” already.",
                    "Choose another name, or what shall happen then.",
                    detail=error.detail,
                    server=io.server.label,
                    name=name,
                ) from error
            return client.trained_steps(self.training) or 0
        if replaces and client.trained_steps(self.training):
            raise ServerFailed(
                "{server} still has the old “{name}” in memory, and would go on with that.",
                "Restart the server, then press Try Again.",
                server=io.server.label,
                name=name,
            )
        return 0
