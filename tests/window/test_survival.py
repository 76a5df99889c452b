# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the artist does in the middle of a job: nothing crashes, and nothing is lost unsaid.

The server is so slow that the middle lasts until the test heals it.
"""

from __future__ import annotations

import pytest
from desk import TAB, Desk

from local_server import Faults

SLOW = Faults(delay=600)


def test_undo_in_the_middle(desk: Desk) -> None:
    window, server = desk.window, desk.server
    desk.point_at_view()
    window.key("g", "x", "2", "Return")
    window.wait_until("bpy.data.objects['Cube'].location.x == 2.0")
    server.faults = SLOW
    desk.start_texture()
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("bpy.data.objects['Cube'].location.x == 0.0")
    server.faults = Faults()
    desk.wait_for_results(1)
    assert window.run("texture_image('Cube')") == window.run("recipes()")[0]
    window.key("ctrl+z")
    window.wait_until("texture('Cube') is None")


def test_the_object_is_undone_away_in_the_middle(desk: Desk) -> None:
    window, server = desk.window, desk.server
    window.run(
        "with override('VIEW_3D'): bpy.ops.mesh.primitive_monkey_add(); bpy.ops.ed.undo_push(message='M')"
    )
    server.faults = SLOW
    desk.start_texture()
    desk.point_at_view()
    window.key("ctrl+z")
    window.key("ctrl+z")
    window.wait_until("'Suzanne' not in bpy.data.objects")
    server.faults = Faults()
    desk.wait_for_results(1)
    (name,) = window.run("recipes()")
    (told,) = desk.notices()
    assert "gone" in told
    assert name in told


def test_another_file_is_loaded_in_the_middle(desk: Desk) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    desk.start_texture()
    window.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
    window.redraw()
    assert window.run("pump_runs()"), "the timer outlives the file"
    server.faults = Faults()
    desk.wait_for_results(1)
    (made,) = desk.pictures()
    assert window.run("recipes()") == [], "the new file never asked for it"
    (told,) = desk.notices()
    assert str(made) in told


def test_the_extension_is_disabled_in_the_middle(desk: Desk) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    desk.start_texture()
    name = window.run("package()")
    window.run(f"import addon_utils; addon_utils.disable({name!r}, default_set=True)")
    window.redraw()
    assert window.run("hasattr(bpy.types.Scene, 'drawthings')") is False
    server.faults = Faults()
    assert server.wait_until_idle()
    for _ in range(100):
        if desk.pictures():
            break
        window.run("import time; time.sleep(0.05)")
    (made,) = desk.pictures()
    assert made.read_bytes().startswith(b"\x89PNG")
    window.run(
        f"addon_utils.enable({name!r}, default_set=True)\n"
        f"bpy.context.preferences.addons[{name!r}].preferences.server_url = {server.url!r}"
    )
    desk.texture("after it")
    window.wait_until("any(r.recipe.request.conditioning.prompt == 'after it' for r in session().results)")
    window.wait_until("not session().has_work")


def test_registered_twice(desk: Desk) -> None:
    window = desk.window
    name = window.run("package()")
    for _ in range(2):
        window.run(f"import addon_utils; addon_utils.disable({name!r}, default_set=True)")
        window.redraw()
        window.run(f"addon_utils.enable({name!r}, default_set=True)")
        window.redraw()
    assert window.run("addon_utils._extensions_warnings_get()") == {}
    window.run(f"bpy.context.preferences.addons[{name!r}].preferences.server_url = {desk.server.url!r}")
    window.show_sidebar('VIEW_3D', TAB)
    desk.texture()
    window.wait_until("texture('Cube') is not None")
    window.wait_until("not session().has_work")


def test_idle_means_no_timer(desk: Desk) -> None:
    window = desk.window
    window.wait_until("not pump_runs()")
    desk.server.faults = SLOW
    desk.start_texture()
    assert window.run("pump_runs()")
    desk.server.faults = Faults()
    desk.wait_for_results(1)
    window.wait_until("not pump_runs()", timeout=5)


def test_a_delivery_waits_for_the_end_of_a_transform(desk: Desk) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    desk.start_texture()
    desk.point_at_view()
    window.key("g", "x", "3")
    assert window.run("bpy.context.window_manager.windows[0].modal_operators.keys()") == [
        "TRANSFORM_OT_translate"
    ]
    server.faults = Faults()
    assert server.wait_until_idle()
    window.wait_until("session().jobs.mailbox.has_events")
    window.run("import time; time.sleep(0.3)")
    assert window.run("len(session().results)") == 0
    assert window.run("recipes()") == []
    window.key("Return")
    desk.wait_for_results(1)
    assert window.run("bpy.data.objects['Cube'].location.x") == 3.0
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("texture('Cube') is None")
    assert window.run("bpy.data.objects['Cube'].location.x") == 3.0, "one step, and only it"


@pytest.mark.parametrize("mode", ['EDIT', 'SCULPT', 'TEXTURE_PAINT'])
def test_a_delivery_in_another_mode(desk: Desk, mode: str) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    desk.start_texture()
    window.run(f"with override('VIEW_3D'): bpy.ops.object.mode_set(mode={mode!r})")
    window.redraw()
    server.faults = Faults()
    desk.wait_for_results(1)
    assert window.run("texture('Cube') is not None")
    mode_now = window.run("bpy.context.view_layer.objects.active.mode")
    assert mode_now == mode
    desk.point_at_view()
    window.key("ctrl+z")
    window.redraw()
    window.wait_until("texture('Cube') is None")
    window.key("ctrl+shift+z")
    window.redraw()
    window.wait_until("texture('Cube') is not None")
    window.run("with override('VIEW_3D'): bpy.ops.object.mode_set(mode='OBJECT')")
    window.redraw()


def test_a_delivery_waits_for_a_render(desk: Desk) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    desk.start_texture()
    window.run(
        "scene = bpy.context.scene\n"
        "scene.render.engine = 'CYCLES'\n"
        "scene.cycles.samples = 4096\n"
        "scene.cycles.use_adaptive_sampling = False\n"
        "scene.cycles.use_denoising = False\n"
        "bpy.context.preferences.view.render_display_type = 'NONE'\n"
        "with override('VIEW_3D'): bpy.ops.render.render('INVOKE_DEFAULT')"
    )
    window.wait_until("bpy.app.is_job_running('RENDER')")
    server.faults = Faults()
    window.wait_until("session().jobs.mailbox.has_events")
    assert window.run("len(session().results)") == 0
    desk.point_at_view()
    window.key("Escape")
    window.wait_until("not bpy.app.is_job_running('RENDER')")
    desk.wait_for_results(1)
    assert window.run("texture('Cube') is not None")
