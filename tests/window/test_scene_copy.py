# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps and data sets in a window: Blender's own render job works, the interface goes on."""

from __future__ import annotations

from pathlib import Path

from window import BlenderWindow

_PACKAGE = "bl_ext.user_default.drawthings_addon.blender"

# Steps on a timer as the extension's own pump does, and a second timer that counts what the interface gets.
_SETUP = f"""
import time
from pathlib import Path
from {_PACKAGE}.capture import camera_ring, control_maps
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 1
# Debian's Blender 4.3 was built without a denoiser, and fails when one is asked for.
scene.cycles.use_denoising = False
state = {{"result": None, "error": "", "steps": 0, "longest": 0.0, "windows": 1, "beats": []}}
def counts():
    return {{k: len(getattr(bpy.data, k)) for k in ("scenes", "objects", "cameras", "worlds", "images")}}
def drive(steps):
    def pump():
        began = time.perf_counter()
        try:
            state["last"] = next(steps)
            state["steps"] += 1
        except StopIteration as end:
            state["result"] = end.value or "done"
        except Exception as error:
            state["error"] = repr(error)
        state["longest"] = max(state["longest"], time.perf_counter() - began)
        state["windows"] = max(state["windows"], len(bpy.context.window_manager.windows))
        return None if state["result"] or state["error"] else 0.05
    bpy.app.timers.register(pump)
areas = [area.type for area in bpy.context.window_manager.windows[0].screen.areas]
before = counts()
dirty = bpy.context.preferences.is_dirty
display = bpy.context.preferences.view.render_display_type
"""

# Where the render job would crash Blender the render is waited for: see compat.
_UNSAFE = f"__import__('{_PACKAGE}.compat', fromlist=['compat']).render_job_crashes()"

_AFTER = """
[state["error"], state["windows"], counts() == before,
 [area.type for area in bpy.context.window_manager.windows[0].screen.areas] == areas,
 bpy.context.preferences.is_dirty == dirty,
 bpy.context.preferences.view.render_display_type == display]
"""


def test_maps_are_stepped(fresh_file: BlenderWindow) -> None:
    fresh_file.run(_SETUP + "drive(control_maps.capture_steps(scene, (1024, 1024)))")
    fresh_file.wait_until("state['result'] or state['error']", timeout=120)
    assert fresh_file.run(_AFTER) == ["", 1, True, True, True, True]
    steps, kinds = fresh_file.run(
        "[state['steps'], [getattr(state['result'], k).shape for k in ('depth', 'normal', 'line')]]"
    )
    if not fresh_file.run(_UNSAFE):
        assert steps >= 2, "the interface ran while the render job did"
    assert kinds == [[1024, 1024, 3]] * 3
    same = "bool((control_maps.capture_maps(scene, (1024, 1024)).depth == state['result'].depth).all())"
    assert fresh_file.run(same), "with a window at once, the same"


def test_a_data_set_is_stepped_and_given_up(fresh_file: BlenderWindow, tmp_path: Path) -> None:
    fresh_file.run(
        _SETUP
        + "cube = bpy.data.objects['Cube']\n"
        + "views = camera_ring.camera_ring([cube], 3, (0.0,), (96, 96))\n"
        + f"folder = Path({str(tmp_path)!r})\n"
        + "drive(camera_ring.render_data_set(bpy.context.scene, folder / 'whole', [cube], views, (96, 96)))"
    )
    fresh_file.wait_until("state['result'] or state['error']", timeout=120)
    assert fresh_file.run(_AFTER) == ["", 1, True, True, True, True]
    assert fresh_file.run("len(list((folder / 'whole').iterdir()))") == 6
    if fresh_file.run(_UNSAFE):
        # Nothing can be given up in the middle of a render that is waited for.
        return
    # Given up while Blender renders: its job ends by itself, then everything goes.
    fresh_file.run(
        "scene.cycles.samples = 64\n"
        "steps = camera_ring.render_data_set(bpy.context.scene, folder / 'cut', [cube], views, (512, 512))\n"
        "next(steps)\n"
        "running = bpy.app.is_job_running('RENDER')\n"
        "steps.close()"
    )
    assert fresh_file.run("running")
    fresh_file.wait_until("not bpy.app.is_job_running('RENDER') and counts() == before", timeout=120)
    fresh_file.wait_until("not list((folder / 'cut').iterdir())")
    assert fresh_file.run(_AFTER) == ["", 1, True, True, True, True]
