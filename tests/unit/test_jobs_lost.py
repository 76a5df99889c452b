# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of jobs that Blender did not live to see the end of."""

from __future__ import annotations

from pathlib import Path

from drawthings_addon.jobs.journal_entry import LostJob
from drawthings_addon.jobs.lost_jobs import about_lost

WHEN = "2026-08-01T12:00:00+00:00"


def test_a_job_is_named_with_its_prompt_where_it_has_one() -> None:
    texture = LostJob("Texture", "moss", WHEN, ())
    upscaled = LostJob("Upscale · wall", "", WHEN, (Path("/out/wall.png"),))
    assert list(about_lost((texture, upscaled))) == [
        "Blender ended during “Texture” (moss).",
        "Blender ended during “Upscale · wall”. 1 of its pictures are in /out.",
    ]


def test_the_same_are_counted() -> None:
    assert list(about_lost([LostJob("Train · rust", "", WHEN, ())] * 3)) == [
        "Blender ended 3 times, each time during “Train · rust”."
    ]
