# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in words, into the prompt."""

from __future__ import annotations

import uuid

import bpy

from ...client.features import Feature
from ...jobs.describe import DescribeTask
from ...jobs.job import Job, JobState
from .. import connection, paths, settings, undo
from ..capture.picture_sources import ImageSource
from ..delivery.target import Reference
from ..session import session


def why_not() -> str:
    """Empty, or why no picture can be described now: for greyed buttons."""
    return "A picture is being described" if is_under_way() else connection.why_not(Feature.DESCRIBE)


def is_under_way() -> bool:
    """Whether a description is being waited for."""
    return any(
        isinstance(status.job.task, DescribeTask) and status.state is not JobState.FAILED
        for status in session.get().statuses()
    )


def submit(source: ImageSource, scene: bpy.types.Scene, *, append: bool = False) -> None:
    """Have the server describe a picture; its words replace the scene's prompt, or follow it, in one undo
    step.

    Needs no context. With a window it returns at once, and what goes wrong is told in the panel; in
    background it waits. Raises BridgeError.
    """
    connection.require(Feature.DESCRIBE)
    server, job_id = settings.server(), uuid.uuid4().hex
    snapshot = source.capture(paths.snapshot_path(job_id))
    reference = Reference.to(scene)

    def take(caption: str) -> None:
        scene = reference.resolve()
        if scene is not None:
            _take(scene, caption, append=append)
            undo.push("Draw Things: Describe")

    job = Job(job_id, f"Describe · {snapshot.name.text}", server, DescribeTask(snapshot))
    session.get().submit(job, words_to=take)


def _take(scene: bpy.types.Scene, caption: str, *, append: bool) -> None:
    before = settings.prompt(scene) if append else ""
    scene.drawthings.prompt_text = None
    scene.drawthings.prompt = f"{before}, {caption}" if before else caption
