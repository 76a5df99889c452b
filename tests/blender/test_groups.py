# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that belong together outlive undo and file loading; what happens when all are done happens once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


@pytest.fixture
def carried_out() -> Iterator[list[Any]]:
    """What groups with the completion "note" came to, and on which thread."""
    from bl_ext.user_default.drawthings_addon.blender.session import completions

    found: list[Any] = []

    def note(done: Any) -> None:
        found.append((done.group.values, len(done.pictures), threading.current_thread()))

    completions.register("note", note)
    yield found
    completions.unregister("note")


def submit_three(output: Path, completion: str = "note") -> None:
    """Three textures for three objects, in order."""
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.jobs.generate import GenerateTask
    from bl_ext.user_default.drawthings_addon.jobs.group import Group
    from bl_ext.user_default.drawthings_addon.jobs.job import Job

    group = Group(uuid.uuid4().hex, 3, in_order=True, completion=completion, values="three walls")
    request = settings.request(bpy.context.scene, "txt2img")
    for index in range(3):
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.object.name = f"Wall {index}"
        target = Target(kind='MATERIAL', object=Reference.to(bpy.context.object))
        job = Job(
            uuid.uuid4().hex,
            f"Texture {index}",
            settings.server(),
            GenerateTask(request.changed(seed=index), output),
            member=group.member(index),
        )
        session.get().submit(job, target)


def nothing() -> None:
    pass


def undone() -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.context.scene.drawthings.prompt = "something else"
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()


def another_file() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)


@pytest.mark.parametrize("meanwhile", [nothing, undone, another_file])
def test_what_happens_when_all_are_done(
    panel: Panel, desk: Desk, output: Path, carried_out: list[Any], meanwhile: Callable[[], None]
) -> None:
    desk.hold()
    submit_three(output)
    desk.wait_until_running()
    meanwhile()
    assert carried_out == []
    desk.finish()
    assert carried_out == [("three walls", 3, threading.main_thread())]
    if meanwhile is not another_file:
        materials = {bpy.data.objects[f"Wall {index}"].active_material for index in range(3)}
        assert len(materials) == 3 and None not in materials
    assert not list(desk.session.journal.directory.glob("*.json"))


def test_what_nobody_knows_by_that_name_any_more(panel: Panel, desk: Desk, output: Path) -> None:
    submit_three(output, "of a later version")
    desk.finish()
    assert len(desk.session.results) == 3
    assert not list(desk.session.journal.directory.glob("*.json"))


def test_what_goes_wrong_then_is_told(panel: Panel, desk: Desk, output: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import completions
    from bl_ext.user_default.drawthings_addon.errors import TargetUnavailable

    def fails(_done: object) -> None:
        raise TargetUnavailable("The walls are gone.", "Build others.")

    completions.register("note", fails)
    try:
        submit_three(output)
        desk.finish()
    finally:
        completions.unregister("note")
    assert "The walls are gone. Build others." in desk.told


def test_try_again_takes_the_whole_of_it_up_in_order(
    panel: Panel, desk: Desk, output: Path, carried_out: list[Any]
) -> None:
    from local_server import Faults

    desk.server.faults = Faults(status=500, text="no", scope="POST")
    submit_three(output)
    desk.settle()
    desk.server.faults = Faults()
    statuses = desk.session.statuses()
    assert [status.job.title for status in statuses] == ["Texture 0", "Texture 1", "Texture 2"]
    orders = [entry for entry in desk.server.journal if entry.method == "POST"]
    assert len(orders) == 1, "nothing is made behind one that failed"
    bpy.ops.drawthings.retry(job_id=statuses[2].job.id)
    desk.settle()
    assert [entry.body["seed"] for entry in desk.server.journal.generations] == [0, 1, 2]
    assert len(carried_out) == 1
    assert desk.session.statuses() == ()
