# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A long day: hundreds of jobs, some of them failed or cancelled, leave nothing but their pictures."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest

from campaign import seeded, share

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup

#: So many are ordered before they are waited for.
_AT_ONCE = 5


@pytest.mark.campaign
@pytest.mark.refusals
def test_hundreds_of_jobs(
    panel: bpy.types.PropertyGroup, desk: Desk, stand_in: StandIn, output: Path
) -> None:
    from local_server import Faults

    chance = seeded("a long day")
    session = desk.session
    before = set(threading.enumerate())
    good = failed = 0
    for batch in range(share(500) // _AT_ONCE):
        kind = ("good", "good", "failed", "cancelled")[batch % 4]
        if kind == "failed":
            stand_in.faults = Faults(refuse="The model is in use.")
        elif kind == "cancelled":
            desk.hold()
        for _ in range(_AT_ONCE):
            assert bpy.ops.drawthings.txt2img(target=chance.choice(['IMAGE', 'MATERIAL'])) == {'FINISHED'}
        if kind == "cancelled":
            desk.wait_until_running()
            for status in session.statuses():
                session.jobs.cancel(status.job.id)
            desk.release()
        desk.settle()
        stand_in.faults = Faults()
        good += _AT_ONCE * (kind == "good")
        failed += _AT_ONCE * (kind == "failed")
        # A failed job waits for the artist, who lets it go.
        for status in session.statuses():
            session.dismiss(status.job.id)
    desk.settle()
    assert good
    assert failed
    pictures = sorted(output.glob("*.png"))
    assert len(pictures) == good
    made = [image for image in bpy.data.images if image.drawthings.recipe]
    assert len(made) == good
    assert all(image.packed_file for image in made)
    assert session.statuses() == ()
    assert not session.has_work
    assert list(output.glob(".part-*")) == []
    left = {each for each in threading.enumerate() if each.name.startswith("drawthings-")} - before
    for thread in left:
        thread.join(30)
    assert not any(thread.is_alive() for thread in left)
