# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Teach a style: an object is rendered from a ring of cameras, and the server learns from the pictures.

One run at a time. The window never waits: Blender's own render job makes the pictures, threads talk with
the server, and the session's pump looks after both.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import math
import time
import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...client.http.address import Server
from ...client.training import FEATURES, TEMPLATES, USUAL_LEARN_RATES, Training
from ...errors import BridgeError, InvalidSettings, OrderCancelled
from ...jobs.job import Job, JobState, JobStatus
from ...jobs.storage import file_stem
from ...jobs.training import STOPPED_BEFORE, TrainTask
from ...messages import Message
from .. import connection, paths, settings
from ..capture import camera_ring
from ..capture.camera_ring import DataSetProgress
from ..selection import Selection
from ..session import session
from ..session.session import Session

#: Radians above the horizon of the two rings; the upper one is left out for a handful of pictures.
_ELEVATIONS = (0.0, math.radians(30.0))
_FEW = 6


class TrainingStage(enum.Enum):
    RENDERING = "rendering"
    WAITING = "waiting"
    """For other jobs of the server."""
    CREATING = "creating"
    TRAINING = "training"


@dataclass(frozen=True)
class TrainingStatus:
    """What a panel shows of the run."""

    name: str
    stage: TrainingStage
    done: int
    """Pictures, or steps."""
    total: int
    """0: not known."""
    seconds: float
    """From the beginning of the run."""
    words: str = ""
    """What the server says that it does."""
    is_cancelling: bool = False

    @property
    def fraction(self) -> float:
        """0 to 1 of the present stage, as it is counted."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def sentence(self) -> str:
        if self.is_cancelling:
            return "Stopping …"
        match self.stage:
            case TrainingStage.RENDERING:
                return Message(
                    "Rendering {done} of {total}", done=min(self.done + 1, self.total), total=self.total
                )
            case TrainingStage.WAITING:
                return "Waiting for what the server does before …"
            case TrainingStage.CREATING:
                return Message("Creating “{name}” …", name=self.name)
        return Message("Learning {done} of {total}", done=self.done, total=self.total)


# What is known. Memory only: for panels and polls.


def status() -> TrainingStatus | None:
    """How far it is; None: nothing is being taught."""
    rendering = _run.status if _run is not None else None
    if rendering is not None:
        return rendering
    found = _job()
    return _of_job(*found) if found is not None else None


def is_offered() -> bool:
    """Whether the connected server can be taught anything."""
    return any(map(connection.offers, FEATURES.values()))


def why_not(selection: Selection) -> str:
    """Empty, or why nothing can be taught now: for greyed buttons."""
    chosen = selection.scene.drawthings.training
    reason = connection.why_not(FEATURES[chosen.kind])
    if reason:
        return reason
    if status() is not None:
        return "A style is being taught already"
    if not _objects(selection):
        return "Select the object that shows the style"
    if not chosen.name.strip():
        return "Give the style a name first"
    return ""


def data_set_directory(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> Path:
    """Where the pictures are written: another folder for other settings, so that none are mixed."""
    chosen = scene.drawthings.training
    what = (
        *sorted(each.name for each in objects), chosen.picture_count, chosen.size, chosen.lighting,
        chosen.backdrop,
    )  # fmt: skip
    mark = hashlib.sha256(repr(what).encode()).hexdigest()[:6]
    folder = paths.output_directory(settings.preferences()) / "styles"
    return folder / f"{file_stem(chosen.name, fallback='style')}-{mark}"


# What the artist does


def start(selection: Selection) -> None:
    """Render the selected objects, else the active one, and have the server learn from the pictures.

    With a window it returns at once; what came of it is told in the panel. In background it waits. Raises
    BridgeError.
    """
    global _run
    reason = why_not(selection)
    if reason:
        raise InvalidSettings("{reason}.", "Then press again.", reason=reason)
    scene, objects = selection.scene, _objects(selection)
    chosen = scene.drawthings.training
    directory = data_set_directory(scene, objects)
    server = settings.server()
    task = _task(chosen, server, directory)
    count = chosen.picture_count
    elevations = _ELEVATIONS if count >= _FEW else _ELEVATIONS[:1]
    size = (chosen.size, chosen.size)
    # All around at each height; an odd picture more is left out.
    views = camera_ring.camera_ring(
        objects,
        math.ceil(count / len(elevations)),
        elevations,
        size,
        view_layer=selection.view_layer,
    )[:count]
    if not chosen.use_existing_pictures:
        _clear(directory)
    pictures = camera_ring.render_data_set(
        scene,
        directory,
        objects,
        views,
        size,
        name=chosen.name,
        lighting=chosen.lighting,
        backdrop=chosen.backdrop,
    )
    current = session.get()
    job = Job(uuid.uuid4().hex, Message("Teach “{style}”", style=task.training.name), server, task)
    _run = run = _Run(current, job, task.training.name, pictures, len(views))
    try:
        current.attend(run.step)
    except OrderCancelled:
        run.close()
        raise
    if bpy.app.background and run.error is not None:
        raise run.error


def cancel() -> None:
    """Stop what is being taught: at once while pictures are rendered, else when the server has stopped."""
    if _run is not None and _run.status is not None:
        _run.cancel()
    elif (found := _job()) is not None:
        told, task = found
        if told.state is JobState.WAITING:
            session.get().tell(Message(STOPPED_BEFORE, name=task.training.name))
        session.get().jobs.cancel(told.job.id)


def _job() -> tuple[JobStatus, TrainTask] | None:
    """The job that trains, or waits to."""
    for told in session.get().statuses():
        task = told.job.task
        if isinstance(task, TrainTask) and told.state is not JobState.FAILED:
            return told, task
    return None


def _of_job(job: JobStatus, task: TrainTask) -> TrainingStatus:
    name, told, seconds = task.training.name, job.progress, job.seconds
    if _run is not None and _run.job.id == job.job.id:
        seconds = time.monotonic() - _run.began
    if job.state is JobState.WAITING:
        return TrainingStatus(name, TrainingStage.WAITING, 0, 0, seconds)
    is_cancelling = job.state is not JobState.RUNNING
    if told is not None and told.is_waiting:
        return TrainingStatus(name, TrainingStage.WAITING, 0, 0, seconds, is_cancelling=is_cancelling)
    if told is None:
        return TrainingStatus(name, TrainingStage.CREATING, 0, 0, seconds, is_cancelling=is_cancelling)
    return TrainingStatus(
        name, TrainingStage.TRAINING, told.step, told.steps, seconds, told.text, is_cancelling
    )


def _objects(selection: Selection) -> list[bpy.types.Object]:
    selected = list(selection.selected())
    if selected:
        return [each for each in selected if each.type not in {'CAMERA', 'LIGHT'}]
    return [selection.active] if selection.active is not None else []


def _task(chosen: bpy.types.PropertyGroup, server: Server, directory: Path) -> TrainTask:
    """Checked whole before anything is rendered. Raises InvalidSettings."""
    there = chosen.server_path.strip()
    if not there and not server.is_loopback:
        raise InvalidSettings(
            "{server} is another computer, which does not see {directory}.",
            "Share that folder, and enter under Folder There what it is called on the server.",
            server=server.label,
            directory=directory,
        )
    task = TrainTask(
        training=Training(
            name=chosen.name.strip(),
            data_root=there or str(directory.absolute()),
            learn_rate=chosen.learn_rate.strip() or USUAL_LEARN_RATES[chosen.kind],
            steps=chosen.steps,
            width=chosen.size // 8 * 8,
            height=chosen.size // 8 * 8,
            template=TEMPLATES[chosen.kind],
            kind=chosen.kind,
            vectors=chosen.vectors,
        ),
        existing=chosen.existing,
    )
    connection.dialect().check_training(task.training)
    return task


def _clear(directory: Path) -> None:
    """Remove the pictures and captions of an earlier run, and nothing else."""
    with contextlib.suppress(OSError):
        for path in (*directory.glob("*_[0-9][0-9][0-9].png"), *directory.glob("*_[0-9][0-9][0-9].txt")):
            path.unlink(missing_ok=True)


class _Run:
    """From the first picture to the job of a server that learns from them."""

    def __init__(
        self,
        current: Session,
        job: Job,
        name: str,
        pictures: Generator[DataSetProgress, None, None],
        count: int,
    ) -> None:
        self.job = job
        self.began = time.monotonic()
        self.error: BridgeError | None = None
        self._session = current
        self._name = name
        self._pictures: Generator[DataSetProgress, None, None] | None = pictures
        self._rendered = DataSetProgress(0, count)

    @property
    def status(self) -> TrainingStatus | None:
        """None: all is rendered."""
        if self._pictures is None:
            return None
        seconds, (done, total) = time.monotonic() - self.began, self._counted
        return TrainingStatus(self._name, TrainingStage.RENDERING, done, total, seconds)

    def step(self) -> bool:
        """Go on by a bounded piece of work; False: it has ended."""
        if self._pictures is None:
            return False
        try:
            progress = next(self._pictures, None)
            if progress is not None:
                self._rendered = progress
                return True
            self._pictures = None
            self._session.submit(self.job)
        except BridgeError as error:
            self.close()
            self.error = error
            self._session.tell(error.what, error.advice)
        except BaseException:
            # Told by the session; else the next style could never be taught.
            self.close()
            raise
        return False

    def cancel(self) -> None:
        self.close()
        done, total = self._counted
        self._session.tell(
            Message(
                "“{name}” was not taught: {done} of {total} pictures are rendered.",
                name=self._name,
                done=done,
                total=total,
            ),
            "Press Teach Style to go on from there.",
        )

    def close(self) -> None:
        """Stop rendering."""
        if self._pictures is not None:
            self._pictures.close()
            self._pictures = None

    @property
    def _counted(self) -> tuple[int, int]:
        return self._rendered.done, self._rendered.total


_run: _Run | None = None


def register() -> None:
    """Nothing is taught until the artist asks for it."""


def unregister() -> None:
    """Stop rendering; a server that trains already goes on alone."""
    global _run
    if _run is not None:
        _run.close()
    _run = None
