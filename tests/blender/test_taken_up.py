# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job that Blender did not live to see the end of is offered again, and goes where it was ordered for."""

from __future__ import annotations

import json
import shutil
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_panels import draw_tab
from blender_pictures import bytes_of, noise, packed, paint, textured, tiled, tiles_of
from blender_trees import add_group_node, add_image_node, make_group, make_material, principled_of

from local_server import StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


def crash(desk: Desk, order: Callable[[], object], folder: Path) -> Any:
    """Order something, and let Blender end in the middle of it: what the next one is offered.

    The entry is as a killed process leaves it; this process only lets go of its own job.
    """
    journal = desk.session.journal.directory
    desk.hold()
    order()
    (job,) = (status.job for status in desk.session.statuses())
    entry, until = journal / f"{job.id}.json", time.monotonic() + 60.0
    while not (entry.exists() and '"job"' in entry.read_text()):
        assert time.monotonic() < until, "it was never written"
        time.sleep(0.01)
    left = folder / "left"
    shutil.copytree(journal, left)
    desk.session.jobs.cancel(job.id)
    desk.finish()
    desk.session.notices.clear()
    if (left / job.id).exists():
        shutil.copytree(left / job.id, journal / job.id)
    told = json.loads((left / entry.name).read_text()) | {"process": 2**22 + 1, "lock": ""}
    entry.write_text(json.dumps(told))
    desk.session.tell_of_lost_jobs()
    desk.settle()
    (status,) = desk.session.statuses()
    assert status.state.name == 'FAILED'
    assert status.job.id == job.id
    return status


def made_again(desk: Desk, status: Any) -> bpy.types.Image:
    assert bpy.ops.drawthings.retry(job_id=status.job.id) == {'FINISHED'}
    desk.settle()
    assert desk.session.statuses() == ()
    return desk.session.results[0].datablock()


def texture_of(material: bpy.types.Material) -> bpy.types.Image:
    return material.node_tree.nodes["Image Texture"].image


def test_it_is_among_the_failed_jobs(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='IMAGE'), tmp_path)
    shown = " ".join(str(values["text"]) for _, values in draw_tab('VIEW_3D').calls if values.get("text"))
    assert "Blender ended before this was made" in shown
    assert status.job.title == "Texture · weathered copper"
    assert "Texture · weathered …" in shown, "as much of it as there is room for"
    assert desk.told == "", "there is nothing that it does not tell"
    bpy.ops.drawthings.dismiss(job_id=status.job.id)
    desk.settle()
    assert desk.session.statuses() == ()
    assert list(desk.session.journal.directory.iterdir()) == []


def test_its_texture_goes_to_the_object_that_it_was_for(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    owner = bpy.context.object
    owner.name = "Crate “old”"
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='MATERIAL'), tmp_path)
    bpy.ops.mesh.primitive_cube_add()
    made = made_again(desk, status)
    assert texture_of(owner.active_material) == made
    assert bpy.context.object.active_material is None


def test_its_image_is_replaced_from_the_same_pixels(
    panel: Panel, desk: Desk, stand_in: StandIn, tmp_path: Path
) -> None:
    material = textured(packed("wall", noise(64, 64)))
    panel.prompt = "before the crash"

    def order() -> None:
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
        assert stand_in.wait_until_running()

    status = crash(desk, order, tmp_path)
    panel.prompt = "after it"
    paint(texture_of(material), noise(64, 64, seed=9))
    made = made_again(desk, status)
    assert np.array_equal(bytes_of(made), noise(64, 64)), "the stand-in gives back what it is sent"
    assert (texture_of(material), made.name) == (made, "wall")
    first, second = (entry.body for entry in stand_in.journal.generations)
    assert first == second
    assert second["prompt"] == "before the crash"
    # What it was made from is known, too, as of one without a crash.
    bpy.ops.drawthings.again()
    desk.settle()
    assert len(desk.session.results) == 2


def test_its_tile_is_replaced(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    textured(image)
    image.tiles.active_index = 1
    status = crash(
        desk, lambda: bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE'), tmp_path / "x"
    )
    made = made_again(desk, status)
    assert np.array_equal(tiles_of(made)[1002], noise(64, 64, seed=1))
    assert np.array_equal(tiles_of(made)[1001], noise(64, 64))


def test_its_node_in_a_group_is_filled(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    group, _start, end = make_group("Wall")
    node = add_image_node(group, "Wall Texture")
    node.image = packed("wall", noise(64, 64))
    material = make_material("brick")
    outer = add_group_node(material.node_tree, group)
    group.links.new(node.outputs["Color"], end.inputs[0])
    material.node_tree.links.new(outer.outputs[0], principled_of(material.node_tree).inputs["Base Color"])
    bpy.context.object.active_material = material
    status = crash(desk, lambda: bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL'), tmp_path)
    made = made_again(desk, status)
    assert node.image == made, (status.job.target, desk.told)


def test_another_file_than_it_was_ordered_in(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "room.blend"
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='MATERIAL'), tmp_path)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=False)
    with pytest.raises(RuntimeError, match=r"ordered in “room.blend”, which is not open"):
        bpy.ops.drawthings.retry(job_id=status.job.id)
    assert desk.session.statuses() == (status,), "it can be tried when that is open"
    bpy.ops.wm.open_mainfile(filepath=str(path))
    made = made_again(desk, status)
    assert texture_of(bpy.context.object.active_material) == made


def test_saved_under_another_name_while_it_waited(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    owner = bpy.context.object
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room_01.blend"))
    journal = desk.session.journal.directory

    def order_and_save() -> None:
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        owner.name = "Crate, renamed"
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room_02.blend"))
        until = time.monotonic() + 60.0
        while not any("room_02" in entry.read_text() for entry in journal.glob("*.json")):
            assert time.monotonic() < until, "it tells of the first file"
            time.sleep(0.01)

    status = crash(desk, order_and_save, tmp_path)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "room_02.blend"))
    made = made_again(desk, status)
    assert texture_of(bpy.data.objects["Crate, renamed"].active_material) == made


def test_a_file_that_is_gone_is_not_asked_for(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "room.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='IMAGE'), tmp_path)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hall.blend"))
    path.unlink()
    assert made_again(desk, status) is not None


def test_what_it_was_for_is_gone(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='MATERIAL'), tmp_path)
    bpy.data.objects.remove(bpy.context.object)
    made = made_again(desk, status)
    assert made is not None
    assert "is gone. The picture was kept as the image" in desk.told


def test_another_server_gets_nothing(panel: Panel, desk: Desk, preferences: Any, tmp_path: Path) -> None:
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='IMAGE'), tmp_path)
    address = preferences.server_url
    preferences.server_url = "http://127.0.0.1:9"
    with pytest.raises(RuntimeError, match=r"was ordered from .* Connect to it"):
        bpy.ops.drawthings.retry(job_id=status.job.id)
    preferences.server_url = address
    assert made_again(desk, status) is not None


def left_by_a_crash(desk: Desk, status: Any, number: int, **changes: object) -> None:
    """One more entry beside that of the job that is offered, as a killed process leaves it."""
    journal = desk.session.journal.directory
    told = json.loads((journal / f"{status.job.id}.json").read_text())
    told |= {"process": 2**22 + 1, "lock": "", "told": False, "title": f"Job {number}", "queued": number}
    told["job"] |= changes
    (journal / f"{number:032x}.json").write_text(json.dumps(told))


def buttons(kind: str) -> list[str]:
    return [
        str(values["text"])
        for name, values in draw_tab('VIEW_3D').calls
        if name == kind and values.get("text")
    ]


def test_all_are_tried_again_but_for_what_cannot_be(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='IMAGE'), tmp_path)
    left_by_a_crash(desk, status, 1, server="http://127.0.0.1:9")
    left_by_a_crash(desk, status, 2)
    left_by_a_crash(desk, status, 3)
    desk.session.tell_of_lost_jobs()
    desk.settle()
    assert len(desk.session.statuses()) == 4
    assert {"Try All Again", "Dismiss All"} <= set(buttons("operator"))
    with pytest.raises(RuntimeError, match="was ordered from"):
        bpy.ops.drawthings.retry(all=True)
    desk.settle()
    assert [each.job.title for each in desk.session.statuses()] == ["Job 1"]
    assert len(desk.session.results) == 3
    assert "Try All Again" not in buttons("operator")


def test_all_are_dismissed(panel: Panel, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = crash(desk, lambda: bpy.ops.drawthings.txt2img(target='IMAGE'), tmp_path)
    left_by_a_crash(desk, status, 1)
    desk.session.tell_of_lost_jobs()
    desk.settle()
    assert len(desk.session.statuses()) == 2
    # A button asks first: what a crash left is nowhere else.
    asked = []
    manager = types.SimpleNamespace(invoke_confirm=lambda *_, **told: asked.append(told) or {'CANCELLED'})
    context = types.SimpleNamespace(window_manager=manager)
    dismiss: Any = bpy.types.DRAWTHINGS_OT_dismiss
    pressed = types.SimpleNamespace(failed=True, job_id="", all=False)
    assert dismiss.invoke(pressed, context, None) == {'CANCELLED'}
    assert len(asked) == 1
    assert len(desk.session.statuses()) == 2
    bpy.ops.drawthings.dismiss(failed=True)
    desk.settle()
    assert desk.session.statuses() == ()
    assert list(desk.session.journal.directory.iterdir()) == []


STRANGE: dict[str, Callable[[Any], Any]] = {
    "no text": lambda _told: "",
    "no json": lambda _told: "{",
    "a list": lambda _told: "[]",
    "deep": lambda _told: "[" * 100_000,
    "kind": lambda told: told["targets"][0].update(kind="SCRIPT"),
    "collection": lambda told: told["targets"][0]["object"].update(collection="texts"),
    "name": lambda told: told["targets"][0]["object"].update(name=["x"]),
    "long name": lambda told: told["targets"][0]["object"].update(name="x" * 10**6),
    "tile": lambda told: told["targets"][0].update(tile=10**9),
    "others of others": lambda told: told["targets"][0].update(others=[told["targets"][0] | {"others": [1]}]),
    "many": lambda told: told.update(targets=told["targets"] * 2400),
    "file": lambda told: told.update(file=7),
    "origins": lambda told: told.update(origins=[7]),
    "surrogate": lambda told: told["targets"][0].update(node="\ud800"),
}


def test_however_many_objects_were_selected(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery.destination import Destination
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target

    bpy.ops.mesh.primitive_cube_add()
    target = Target(kind='MATERIAL', object=Reference.to(bpy.context.object))
    ordered = Destination((Target(kind='MATERIAL', object=target.object, others=(target,) * 1500),))
    assert Destination.from_text(ordered.to_text()) == ordered
    assert len(ordered.to_text()) < 1 << 20, "no longer than the journal takes"


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_a_changed_target_is_an_order_for_an_image(panel: Panel, change: Callable[[Any], Any]) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery.destination import Destination
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target

    bpy.ops.mesh.primitive_cube_add()
    target = Target(kind='MATERIAL', object=Reference.to(bpy.context.object))
    told = json.loads(Destination((target,), packed=False).to_text())
    assert Destination.from_text(json.dumps(told)) == Destination((target,), packed=False)
    changed = change(told)
    assert Destination.from_text(changed if isinstance(changed, str) else json.dumps(told)) == Destination()
