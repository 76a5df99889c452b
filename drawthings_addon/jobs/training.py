# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A style from a folder of pictures: what is to learn is created, and then trained.

The server answers a training when it has ended, hours later; its own progress is asked for meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ..client import endpoints
from ..client.a1111.types import HypernetworkSettings, Progress, Training
from ..client.endpoints import Endpoint
from ..client.interface import Client
from ..errors import RequestRefused
from .task import Began, Keeps, Notice, Task, TaskEvent, TaskIO

Kind = Literal["EMBEDDING", "HYPERNETWORK"]
Existing = Literal["REFUSE", "GO_ON", "REPLACE"]

#: Seconds that a training may take: two days.
PATIENCE = 48 * 3600.0
#: A1111's words for a name that is taken (WebUI 1.10.1).
_EXISTS = "already exists"


@dataclass(frozen=True)
class TrainTask(Task):
    """What a server is to learn, from pictures that are there."""

    kind: Kind
    training: Training
    """With the name, and the folder as the server sees it."""
    vectors: int = 1
    """Of an embedding."""
    initial_text: str = "*"
    """Words that an embedding starts from."""
    network: HypernetworkSettings = field(default_factory=HypernetworkSettings)
    existing: Existing = "REFUSE"
    """What happens when the server has something of that name."""

    @property
    def needs(self) -> tuple[Endpoint, ...]:
        return NEEDS[self.kind]

    @property
    def keeps(self) -> Keeps:
        return Keeps.JOURNAL

    @property
    def patience(self) -> float:
        return PATIENCE

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
        return f"train {self.kind} {training.width}x{training.height} {training.steps}"

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
            yield Notice(f"Teaching “{name}” was stopped before it began.")
            return
        yield Began(self.training.steps)
        train = client.train_embedding if self.kind == "EMBEDDING" else client.train_hypernetwork
        began = time.monotonic()
        with io.asking() as ending:
            train(self.training)
        ended = ending()
        if io.is_cancelled():
            steps = ended.steps or self.training.steps
            yield Notice(
                f"Teaching “{name}” was stopped at step {ended.step} of {steps}.",
                "The server keeps what it has learnt until then.",
            )
            return
        used = name if self.kind == "EMBEDDING" else f"<hypernet:{name}:1>"
        yield Notice(f"The server has learnt “{name}”.", f"Write {used} into the prompt to use it.")
        io.answered(self.timing_key, time.monotonic() - began)

    def _create(self, client: Client, io: TaskIO) -> None:
        name, overwrite = self.training.name, self.existing == "REPLACE"
        try:
            if self.kind == "EMBEDDING":
                client.create_embedding(
                    name, vectors=self.vectors, initial_text=self.initial_text, overwrite=overwrite
                )
            else:
                client.create_hypernetwork(name, self.network, overwrite=overwrite)
        except RequestRefused as error:
            if _EXISTS not in error.detail:
                raise
            if self.existing != "GO_ON":
                raise RequestRefused(
                    f"{io.server.label} has something named “{name}” already.",
                    "Choose another name, or what shall happen then.",
                    detail=error.detail,
                ) from error


#: What a server has to offer to be taught.
NEEDS: dict[Kind, tuple[Endpoint, ...]] = {
    "EMBEDDING": (endpoints.CREATE_EMBEDDING, endpoints.TRAIN_EMBEDDING),
    "HYPERNETWORK": (endpoints.CREATE_HYPERNETWORK, endpoints.TRAIN_HYPERNETWORK),
}
