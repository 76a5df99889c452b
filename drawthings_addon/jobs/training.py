# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Teaching a server a style from a folder of pictures: create what is to learn, then train it.

The server answers a training when it has ended, hours later, so its own progress is asked for meanwhile.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ..client.a1111.types import HypernetworkSettings, Training
from ..client.http.address import Server
from ..client.interface import Client
from ..errors import BridgeError, RequestRefused
from .interrupter import Interrupter

Kind = Literal["EMBEDDING", "HYPERNETWORK"]
Existing = Literal["REFUSE", "GO_ON", "REPLACE"]
Connect = Callable[[Server], Client]

#: Seconds between two looks at the progress: at least this, and twice what the last one took.
MIN_PAUSE = 0.5
#: So many looks that fail in a row are the last ones.
MAX_FAILURES = 3
#: Seconds that a training may take: two days.
PATIENCE = 48 * 3600.0
#: A1111's words for a name that is taken (WebUI 1.10.1).
_EXISTS = "already exists"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lesson:
    """What a server is to learn, from pictures that are there."""

    server: Server
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


class Stage(enum.Enum):
    CREATING = "creating"
    TRAINING = "training"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class LessonStatus:
    """How far a lesson is; a new one takes its place at each change."""

    stage: Stage = Stage.CREATING
    step: int = 0
    steps: int = 0
    """0 until the server tells."""
    words: str = ""
    """What the server says that it does, such as the loss."""
    file: str = ""
    """What it made, on the server's disk."""
    is_cancelling: bool = False
    error: BridgeError | None = None

    @property
    def has_ended(self) -> bool:
        return self.stage in (Stage.DONE, Stage.CANCELLED, Stage.FAILED)


class Teacher:
    """One lesson under way, on threads of its own. `status` and `cancel` never wait."""

    def __init__(self, lesson: Lesson, connect: Connect) -> None:
        self._lesson = lesson
        self._connect = connect
        self._lock = threading.Lock()
        self._status = LessonStatus(steps=lesson.training.steps)
        self._interrupter: Interrupter | None = None

    @property
    def status(self) -> LessonStatus:
        return self._status

    def start(self) -> None:
        """Begin. Raises BridgeError when no thread can be had."""
        thread = threading.Thread(target=self._run, name="drawthings-teaching", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise BridgeError(
                "The computer has no room for another thread.", "Close other programs, then try again."
            ) from error

    def cancel(self) -> None:
        """Stop as soon as the server can: what it has learnt until then it keeps."""
        with self._lock:
            self._status = replace(self._status, is_cancelling=True)
            interrupter = self._interrupter
        if interrupter is not None:
            interrupter.want()

    def _run(self) -> None:
        try:
            self._teach()
        except BridgeError as error:
            self._end(error)
        except Exception as unforeseen:
            log.exception("Teaching met a fault of the extension")
            self._end(
                BridgeError(
                    f"The extension failed at teaching ({type(unforeseen).__name__}).",
                    "Please report it with the text in the console.",
                )
            )

    def _teach(self) -> None:
        lesson = self._lesson
        client = self._connect(replace(lesson.server, read_timeout=PATIENCE))
        if not self._status.is_cancelling:
            self._create(client)
        file = ""
        if not self._status.is_cancelling:
            train = client.train_embedding if lesson.kind == "EMBEDDING" else client.train_hypernetwork
            self._change(stage=Stage.TRAINING)
            with self._watching(), self._interruptible():
                file = train(lesson.training)
        self._end(None, file)

    def _create(self, client: Client) -> None:
        lesson, name = self._lesson, self._lesson.training.name
        overwrite = lesson.existing == "REPLACE"
        try:
            if lesson.kind == "EMBEDDING":
                client.create_embedding(
                    name, vectors=lesson.vectors, initial_text=lesson.initial_text, overwrite=overwrite
                )
            else:
                client.create_hypernetwork(name, lesson.network, overwrite=overwrite)
        except RequestRefused as error:
            if _EXISTS not in error.detail:
                raise
            if lesson.existing != "GO_ON":
                raise RequestRefused(
                    f"{lesson.server.label} has something named “{name}” already.",
                    "Choose another name, or what shall happen then.",
                    detail=error.detail,
                ) from error

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        # A client of its own: the other one waits for the end of the training.
        interrupter = Interrupter(self._connect(self._lesson.server).interrupt)
        with self._lock:
            self._interrupter = interrupter
            wanted = self._status.is_cancelling
        with interrupter.request():
            if wanted:
                interrupter.want()
            yield

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Ask for the progress during the block; the block's end does not wait for an answer."""
        over = threading.Event()
        try:
            client = self._connect(self._lesson.server)
            threading.Thread(
                target=self._watch, args=(client, over), name="drawthings-progress", daemon=True
            ).start()
        except (BridgeError, RuntimeError):
            # Without progress it learns as well.
            yield
            return
        try:
            yield
        finally:
            over.set()
            client.abort()

    def _watch(self, client: Client, over: threading.Event) -> None:
        pause, failures = MIN_PAUSE, 0
        while not over.wait(pause) and failures < MAX_FAILURES:
            began = time.monotonic()
            try:
                progress = client.progress(with_preview=False)
            except BridgeError:
                failures += 1
                continue
            except Exception:
                log.exception("Asking for progress met a fault of the extension")
                return
            failures = 0
            pause = max(MIN_PAUSE, 2.0 * (time.monotonic() - began))
            if progress.is_idle:
                continue
            step = max(self._status.step, progress.job_no)
            steps = max(progress.job_count, step, 0) or self._status.steps
            if not over.is_set():
                self._change(step=step, steps=steps, words=progress.text)

    def _change(self, **values: object) -> None:
        with self._lock:
            self._status = replace(self._status, **values)  # type: ignore[arg-type] # names of fields

    def _end(self, error: BridgeError | None, file: str = "") -> None:
        with self._lock:
            status = self._status
            stage = Stage.FAILED if error else Stage.CANCELLED if status.is_cancelling else Stage.DONE
            step = status.steps if stage is Stage.DONE else status.step
            self._status = replace(status, stage=stage, error=error, file=file, step=step)
