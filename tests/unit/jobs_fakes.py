# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs to try out, clients that need no server, and waiting for what happens on other threads."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from drawthings_addon.client.answer import Answer, GeneratedImage
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.imaging import png
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Event, Job, JobEnded, JobState
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source
from drawthings_addon.jobs.task import PictureDone, TaskEvent, TaskIO

#: Seconds that a test waits for what must happen; none waits for something that must not.
PATIENCE = 60.0


def make_job(
    server: str | Server,
    directory: Path,
    *,
    title: str = "",
    count: int = 1,
    source: Source | None = None,
    mask: Source | None = None,
    **values: Any,
) -> Job:
    """The smallest job that a strict server takes, with these values in its request."""
    small: dict[str, Any] = {"prompt": "moss", "width": 128, "height": 128, "steps": 1, "seed": 7}
    if source is not None:
        small["operation"] = "img2img"
    task = GenerateTask(GenerationRequest.of(**small | values), directory, source, count, mask)
    return Job(uuid.uuid4().hex, title, server if isinstance(server, Server) else Server(server), task)


def changed(job: Job, **values: Any) -> Job:
    """The job with these values in its task."""
    return replace(job, task=replace(job.task, **values))  # type: ignore[type-var] # every task is a dataclass


def generation(job: Job) -> GenerateTask:
    """The task of a job that generates."""
    assert isinstance(job.task, GenerateTask)
    return job.task


def request_of(job: Job) -> GenerationRequest:
    """What a job that generates asks for."""
    return generation(job).request


def run_task(job: Job, client: Client) -> Iterator[TaskEvent]:
    """What comes of the job's task, without a queue."""
    return job.task.run(client, TaskIO(job.id, job.server))


class EchoClient(Client):
    """Answers with the picture that was sent, or with a grey one, `factor` times as large."""

    dialect = DRAW_THINGS

    def __init__(self, factor: int = 1) -> None:
        self.server = Server("localhost")
        self.capabilities = assumed(DRAW_THINGS)
        self.listener = lambda _error: None
        self.requests: list[GenerationRequest] = []
        self._factor = factor

    def generate(self, request: GenerationRequest) -> Answer:
        self.requests.append(request)
        if request.images.init_image:
            pixels = png.decode(request.images.init_image)
        else:
            pixels = np.full((request.images.height, request.images.width, 3), 128, np.uint8)
        pixels = pixels.repeat(self._factor, axis=0).repeat(self._factor, axis=1)
        return answer(pixels)

    def sibling(self, server: Server) -> Self:
        return self

    def abort(self) -> None:
        pass

    @classmethod
    def recognize(cls, server: Server) -> Self:
        raise NotImplementedError(server)


class GatedClient(EchoClient):
    """Keeps each request until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.hung_up = 0
        self._gate = threading.Semaphore(0)

    def generate(self, request: GenerationRequest) -> Answer:
        self.requests.append(request)
        if not self._gate.acquire(timeout=PATIENCE):
            raise TimeoutError("the test never opened the gate")
        return answer(np.zeros((request.images.height, request.images.width, 3), np.uint8))

    def abort(self) -> None:
        self.hung_up += 1

    def open(self, times: int = 1) -> None:
        self._gate.release(times)


class ScriptedClient(EchoClient):
    """Answers as the list says: a number of pictures, or an error to raise."""

    def __init__(self, script: Iterable[int | BaseException]) -> None:
        super().__init__()
        self._script = iter(script)

    def generate(self, request: GenerationRequest) -> Answer:
        one = super().generate(request)
        step = next(self._script)
        if isinstance(step, BaseException):
            raise step
        return Answer(one.images * step)


def answer(*pictures: np.ndarray) -> Answer:
    return Answer(tuple(GeneratedImage(png.encode(each), each.shape[1], each.shape[0]) for each in pictures))


def wait_for(condition: Callable[[], object], what: str = "") -> None:
    """Until `condition()` holds; fails the test when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what or "it never came true"
        time.sleep(0.002)


def poll(jobs: JobQueue) -> list[Event]:
    """The events since the last call, as the pump takes them."""
    return list(iter(jobs.mailbox.next_event, None))


def run_out(jobs: JobQueue) -> list[Event]:
    """All events until nothing is left to do, as the pump collects them."""
    events: list[Event] = []

    def is_over() -> bool:
        events.extend(poll(jobs))
        return jobs.is_idle

    wait_for(is_over, "the queue never became idle")
    return events


def pictures(events: Iterable[Event], job: Job | None = None) -> list[Any]:
    return [
        event.picture
        for event in events
        if isinstance(event, PictureDone) and (job is None or event.picture.job_id == job.id)
    ]


def ends(events: Iterable[Event]) -> list[tuple[Job, JobState]]:
    return [(event.job, event.state) for event in events if isinstance(event, JobEnded)]


def worker_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("drawthings-")]


@contextmanager
def not_blocked(call: Callable[[], object]) -> Iterator[None]:
    """`call()` on another thread comes back; the body then undoes whatever blocks the rest."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    was_blocked = thread.is_alive()
    yield
    assert not was_blocked, "the call waited"
