# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits in the mailbox when a job ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.jobs.job import Job, JobEnded, JobState
from drawthings_addon.jobs.mailbox import Mailbox
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.task import Picture, PictureDone
from tests.unit.jobs_fakes import make_job


def done(job: Job) -> PictureDone:
    recipe = Recipe(GenerationRequest(), "http://localhost")
    return PictureDone(Picture(job.id, Path("a.png"), b"", 1, 1, recipe, np.zeros((1, 1, 4), np.uint8)))


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.DONE, JobState.FAILED])
def test_of_a_cancelled_job_no_picture_is_wanted_that_still_waits(tmp_path: Path, state: JobState) -> None:
    mailbox = Mailbox()
    job, other = make_job("localhost", tmp_path), make_job("localhost", tmp_path)
    mailbox.put(done(job))
    assert mailbox.next_event().is_wanted, "it was taken before the job's end"
    for each in (done(job), done(other), JobEnded(job, state, None)):
        mailbox.put(each)
    told = [mailbox.next_event() for _ in range(3)]
    assert [each.is_wanted for each in told[:2]] == [state is not JobState.CANCELLED, True]
    assert isinstance(told[2], JobEnded)
