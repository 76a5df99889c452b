# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with a job that waits, runs, or failed."""

from __future__ import annotations

from ...errors import SourceUnavailable
from ...jobs.job import JobState
from ..session import session


def cancel(job_id: str = "") -> None:
    """Cancel a job, or all where none is named. Raises SourceUnavailable."""
    if job_id:
        if _state(job_id) is JobState.FAILED:
            raise SourceUnavailable("This job does not run any more.", "Dismiss it.")
        session.get().jobs.cancel(job_id)
    else:
        session.get().jobs.cancel_all()


def move(job_id: str, offset: int) -> None:
    """Have a waiting job done so many places later; -1: one earlier. Raises SourceUnavailable."""
    if _state(job_id) is not JobState.WAITING:
        raise SourceUnavailable("This job does not wait: only those that do are moved.", "Choose another.")
    session.get().jobs.move(job_id, offset)


def retry(job_id: str) -> None:
    """Run a failed job again. Raises BridgeError, as `Session.retry`."""
    _require_failed(job_id)
    session.get().retry(job_id)


def dismiss(job_id: str) -> None:
    """Forget a failed job. Raises SourceUnavailable."""
    _require_failed(job_id)
    session.get().dismiss(job_id)


def dismiss_failed() -> None:
    """Forget all that failed."""
    current = session.get()
    for status in current.statuses():
        if status.state is JobState.FAILED:
            current.dismiss(status.job.id)


def _require_failed(job_id: str) -> None:
    if _state(job_id) is not JobState.FAILED:
        raise SourceUnavailable("This job did not fail.", "Choose another.")


def _state(job_id: str) -> JobState:
    """Raises SourceUnavailable where there is no such job."""
    found = next((each for each in session.get().statuses() if each.job.id == job_id), None)
    if found is None:
        raise SourceUnavailable(
            "There is no job “{job}”: it has ended, or never was.", "Choose another.", job=job_id
        )
    return found.state
