# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A style from a folder of pictures: what is to learn is created, and then trained.

The server answers a training when it has ended, hours later; its own progress is asked for meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..client.features import Feature
from ..client.interface import Client
from ..client.progress import Progress
from ..client.training import FEATURES, Training
from ..errors import NameTaken
from ..messages import Message
from .task import Began, Keeps, Notice, Task, TaskEvent, TaskIO

Existing = Literal["REFUSE", "GO_ON", "REPLACE"]

#: Seconds that a training may take: two days.
PATIENCE = 48 * 3600.0
STOPPED_BEFORE = "Teaching “{name}” was stopped before it began."


@dataclass(frozen=True)
class TrainTask(Task, stored_as="train"):
    """What a server is to learn, from pictures that are there."""

    training: Training
    """With the name, and the folder as the server sees it."""
    patience = PATIENCE
    existing: Existing = "REFUSE"
    """What happens when the server has something of that name."""

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
        if not io.is_cancelled():
            self._create(client, io)
        if io.is_cancelled():
            yield Notice(Message(STOPPED_BEFORE, name=name))
            return
        yield Began(self.training.steps)
        began = time.monotonic()
        with io.asking() as ending:
            client.train(self.training)
        ended = ending()
        if io.is_cancelled():
            steps = ended.steps or self.training.steps
            yield Notice(
                Message(
                    "Teaching “{name}” was stopped at step {step} of {steps}.",
                    name=name,
                    step=ended.step,
                    steps=steps,
                ),
                "The server keeps what it has learnt until then.",
            )
            return
        used = name if self.training.kind == "EMBEDDING" else f"<hypernet:{name}:1>"
        yield Notice(
            Message("The server has learnt “{name}”.", name=name),
            Message("Write {used} into the prompt to use it.", used=used),
        )
        io.answered(self.timing_key, time.monotonic() - began)

    def _create(self, client: Client, io: TaskIO) -> None:
        name = self.training.name
        try:
            client.prepare_training(self.training, overwrite=self.existing == "REPLACE")
        except NameTaken as error:
            if self.existing != "GO_ON":
                raise NameTaken(
                    "{server} has something named “{name}” already.",
                    "Choose another name, or what shall happen then.",
                    detail=error.detail,
                    server=io.server.label,
                    name=name,
                ) from error
