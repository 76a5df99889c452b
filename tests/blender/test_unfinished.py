# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not finished, or not wanted any more, is kept, and put in the place of nothing."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_panels import draw_tab
from blender_pictures import bytes_of, noise, packed, textured

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences


@pytest.fixture
def web_ui(panel: Panel, preferences: Preferences) -> Iterator[StandIn]:
    """A connected server of A1111's API that takes its time."""
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.sampler, panel.steps = "Euler", 20
        server.faults = Faults(delay_per_step=0.2)
        yield server
        server.faults = Faults()


def steps_are_told(desk: Desk) -> bool:
    desk.session.step()
    progress = desk.session.statuses()[0].progress
    return progress is not None and progress.step > 0


def turn(desk: Desk, until: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("target", ['MATERIAL', 'REPLACE'])
def test_a_skipped_picture_changes_nothing(web_ui: StandIn, desk: Desk, target: str) -> None:
    wall = packed("wall", noise(64, 64))
    node = textured(wall).node_tree.nodes["Image Texture"]
    bpy.ops.drawthings.img2img(source='TEXTURE', target=target)
    turn(desk, lambda: steps_are_told(desk))
    bpy.ops.drawthings.skip()
    desk.settle()
    assert node.image == wall
    assert wall.name == "wall"
    (result,) = desk.session.results
    image = result.datablock()
    assert image is not None and image.drawthings.recipe
    assert result.recipe.unfinished.startswith("skipped at step ")
    assert result.recipe.unfinished in draw_tab().text
    assert result.picture.path.is_file()
    assert "applied to nothing" in desk.told
    # What the artist wants to have, is had.
    bpy.ops.drawthings.apply_result()
    assert node.image == image


def test_a_skipped_picture_is_not_shown(web_ui: StandIn, desk: Desk) -> None:
    area = next(area for area in bpy.context.screen.areas if area.type == 'DOPESHEET_EDITOR')
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = shown = packed("wall", noise(64, 64))
    bpy.ops.drawthings.txt2img()
    turn(desk, lambda: steps_are_told(desk))
    bpy.ops.drawthings.skip()
    desk.settle()
    assert area.spaces.active.image == shown


def test_the_others_of_its_job_are_applied(web_ui: StandIn, desk: Desk, panel: Panel) -> None:
    node = textured(packed("wall", noise(64, 64))).node_tree.nodes["Image Texture"]
    panel.batch_count = 2
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    turn(desk, lambda: steps_are_told(desk))
    bpy.ops.drawthings.skip()
    turn(desk, lambda: desk.session.step() or len(desk.session.results) == 1)
    web_ui.faults = Faults()
    desk.settle()
    newest = desk.session.results[0]
    assert newest.recipe.unfinished == ""
    assert node.image == newest.datablock()


def test_a_picture_of_a_job_that_was_cancelled_meanwhile(panel: Panel, desk: Desk) -> None:
    """It was made before the artist cancelled, and could not be delivered until after that."""
    wall = packed("wall", noise(64, 64))
    node = textured(wall).node_tree.nodes["Image Texture"]
    panel.batch_count = 2
    desk.hold()
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    desk.wait_until_running()
    job = desk.session.statuses()[0].job
    desk.server.faults = Faults(delay=2)
    turn(desk, lambda: desk.session.statuses()[0].pictures_done == 1)
    desk.session.jobs.cancel(job.id)
    desk.settle()
    assert node.image == wall
    (result,) = desk.session.results
    assert result.datablock() is not None


def test_in_background_it_is_told(web_ui: StandIn, panel: Panel) -> None:
    """Another's interrupt at the server."""
    wall = packed("wall", noise(64, 64))
    node = textured(wall).node_tree.nodes["Image Texture"]

    def interrupt() -> None:
        assert web_ui.wait_until_running()
        time.sleep(1.3)
        request = urllib.request.Request(f"{web_ui.url}/sdapi/v1/interrupt", b"{}", method="POST")
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request).close()

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(RuntimeError, match=r"interrupted at step .* on the server"):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    other.join()
    assert node.image == wall
    assert np.array_equal(bytes_of(wall), noise(64, 64))


def test_what_was_written_when_it_was_cancelled_stands_beside_the_others(
    panel: Panel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history has it, and so have the strip and the file."""
    from bl_ext.user_default.drawthings_addon.jobs import results

    textured(packed("wall", noise(64, 64)))
    real, written = results.write_new, []

    def write_new(*values: Any, **named: Any) -> Path:
        written.append(real(*values, **named))
        if len(written) == 3:
            desk.session.jobs.cancel(desk.session.statuses()[0].job.id)
        return written[-1]

    monkeypatch.setattr(results, "write_new", write_new)
    bpy.ops.drawthings.variations(count=4, target='MATERIAL')
    desk.settle()
    found = list(reversed(desk.session.results))
    assert [each.picture.path for each in found] == written and len(written) == 3
    assert [each.recipe.set.index for each in found] == [0, 1, 2]
    assert all(each.datablock() is not None for each in found)
    bpy.ops.drawthings.search_history()
    assert bpy.context.window_manager.drawthings.history_count == 3
    # It is of the set: a click puts it there.
    bpy.ops.drawthings.select_result(result=found[2].key)
    link = bpy.context.object.active_material.node_tree.nodes["Image Texture"]
    assert found[2].datablock().drawthings.applied or link.image == found[2].datablock()
