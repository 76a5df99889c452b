# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything of the interface can be drawn in every state, and names only what exists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import (
    EDITORS,
    PACKAGE,
    Tab,
    as_in_a_window,
    draw_everything,
    draw_tab,
    entries,
    fill_settings,
    ours,
)
from blender_pictures import noise, packed, render_quickly, textured
from recording_layout import Record, RecordingLayout, draw, draw_entry

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


def test_there_is_something_to_draw(panel: Panel) -> None:
    record = draw_everything()
    assert {"drawthings.txt2img", "drawthings.img2img", "drawthings.check_server"} <= record.operators
    assert len(ours(bpy.types.Panel)) > 10
    assert len(entries()) >= 5
    assert {kind.bl_space_type for kind in ours(bpy.types.Panel)} >= set(EDITORS)


def test_every_operator_has_a_tooltip(extension: object) -> None:
    for kind in ours(bpy.types.Operator):
        module, _, name = kind.bl_idname.partition(".")
        description = getattr(getattr(bpy.ops, module), name).get_rna_type().description
        assert description, kind.__name__
        assert not description.endswith("."), kind.__name__


def test_every_setting_has_a_tooltip(extension: object) -> None:
    def check(struct: bpy.types.Struct) -> None:
        for each in struct.properties:
            if each.identifier in {"rna_type", "name", "bl_idname"} or each.identifier.endswith("_index"):
                continue
            if each.type == 'POINTER' and each.fixed_type.identifier.startswith("DRAWTHINGS_"):
                check(each.fixed_type)
            elif each.type != 'COLLECTION':
                assert not each.description.endswith("."), each.identifier
                assert each.description or each.type == 'ENUM', each.identifier

    check(bpy.types.Scene.bl_rna.properties["drawthings"].fixed_type)
    check(bpy.context.preferences.addons[PACKAGE].preferences.bl_rna)


@pytest.mark.parametrize("step", range(4))
def test_everything_switched_on(panel: Panel, stand_in: StandIn, step: int) -> None:
    textured(packed("wall", noise(64, 64)))
    fill_settings(panel, step=step)
    for name in ("lora_index", "control_index", "advanced_index"):
        setattr(panel, name, 1)
    draw_everything()
    panel.lora_index = panel.control_index = panel.advanced_index = 99
    draw_everything()
    assert len(stand_in.journal) == 0, "drawing asks nobody"


def test_empty_scene(panel: Panel) -> None:
    for owner in list(bpy.data.objects):
        bpy.data.objects.remove(owner)
    panel.prompt = ""
    draw_everything()


def test_prompt_from_a_text(panel: Panel) -> None:
    panel.prompt_text = bpy.data.texts.new("empty")
    draw_everything()
    panel.prompt_text.write("\n\nweathered copper\nmore of it")
    draw_everything()


def test_after_a_render(panel: Panel) -> None:
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x = scene.render.resolution_y = 16
    bpy.ops.render.render()
    area = max(bpy.context.screen.areas, key=lambda each: each.width * each.height)
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = bpy.data.images["Render Result"]
    with bpy.context.temp_override(area=area, region=area.regions[0]):
        context = as_in_a_window(bpy.context)
        for kind in ours(bpy.types.Panel):
            if kind.bl_space_type == 'IMAGE_EDITOR':
                draw(kind, context)
        for menu, entry in entries():
            if menu.__name__.startswith("IMAGE_"):
                draw_entry(entry, menu, context)


def test_results_and_recipes(panel: Panel, desk: Desk) -> None:
    bpy.ops.drawthings.txt2img()
    desk.settle()
    panel.batch_count = 6
    bpy.ops.drawthings.txt2img()
    desk.settle()
    assert len(desk.session.results) == 7
    record = draw_everything()
    assert "drawthings.reuse_recipe" in record.operators
    assert "DRAWTHINGS_PT_history" in record.opened
    bpy.context.window_manager.drawthings.result_index = 5
    draw_everything()
    # Other answers than our own may have made the recipe.
    for image in bpy.data.images:
        if image.drawthings.recipe:
            image.drawthings.recipe = "{"
    draw_everything()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    draw_everything()


def test_a_picture_whose_file_is_gone(panel: Panel, desk: Desk, output: Path) -> None:
    bpy.ops.drawthings.txt2img()
    desk.settle()
    for path in output.glob("*.png"):
        path.unlink()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    draw_everything()
    with pytest.raises(RuntimeError, match=r"is gone\. Press Make Again"):
        bpy.ops.drawthings.show_result()


def test_a_picture_whose_file_cannot_be_read(panel: Panel, desk: Desk, output: Path) -> None:
    bpy.ops.drawthings.txt2img()
    desk.settle()
    (path,) = output.glob("*.png")
    path.unlink()
    # Its beginning is of no address, so that even root cannot read it.
    path.symlink_to("/proc/self/mem")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with pytest.raises(RuntimeError, match=r"cannot be read: .*\. Press Make Again"):
        bpy.ops.drawthings.show_result()


def test_running_waiting_and_let_go(panel: Panel, stand_in: StandIn, desk: Desk) -> None:
    desk.hold()
    panel.batch_count = 2
    for prompt in ("weathered copper", "x" * 500, "銹 " * 100):
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.session.step()
    asked = len(stand_in.journal)
    record = draw_everything()
    assert "drawthings.cancel" in record.operators
    desk.session.jobs.cancel(desk.session.statuses()[0].job.id)
    desk.session.step()
    draw_everything()
    assert len(stand_in.journal) == asked, "drawing asks nobody"
    desk.session.jobs.cancel_all()


def test_failed_jobs(panel: Panel, stand_in: StandIn, desk: Desk) -> None:
    for fault in (
        Faults(status=500, text="word " * 300, scope="POST"),
        Faults(empty=True),
        Faults(reset=True, scope="POST"),
    ):
        stand_in.faults = fault
        bpy.ops.drawthings.txt2img()
        desk.settle()
    assert len(desk.session.statuses()) == 3
    record = draw_everything()
    assert {"drawthings.retry", "drawthings.dismiss"} <= record.operators
    assert "500" in record.text


def test_notices(panel: Panel, desk: Desk) -> None:
    for number in range(3):
        desk.session.tell(f"Something happened {number}. " + "word " * 80, "Do something about it.")
    record = draw_everything()
    assert "Something happened 0." in " ".join(record.text.split())
    assert "drawthings.dismiss" in record.operators


def test_states_of_the_connection(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon import errors
    from bl_ext.user_default.drawthings_addon.blender.session import session

    for connection in session.Connection:
        desk.session.status = session.ServerStatus(connection)
        draw_everything()
    for kind in (errors.ServerUnreachable, errors.AuthenticationFailed, errors.ServerTimedOut):
        error = kind("127.0.0.1:7860 does not answer.")
        desk.session.status = session.ServerStatus(session.Connection.NO_ANSWER, error)
        draw_everything()


def test_what_other_servers_offer(panel: Panel, desk: Desk) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    for dialect in ("DRAW_THINGS", "A1111"):
        desk.session.status = session.ServerStatus(
            session.Connection.ANSWERED, model="a model", capabilities=assumed(dialect)
        )
        draw_everything()
        fill_settings(panel, step=1)
        draw_everything()


@pytest.mark.parametrize("address", ["", "http://", "192.0.2.1", "http://127.0.0.1:99999", "kupfer.local"])
def test_addresses_that_cannot_be_asked(
    panel: Panel, preferences: bpy.types.AddonPreferences, address: str
) -> None:
    preferences.server_url = address
    draw_everything()


def test_the_layout_finds_mistakes(panel: Panel) -> None:
    layout = RecordingLayout(Record(), bpy.context)
    for mistake in (
        lambda: layout.prop(panel, "no_such"),
        lambda: layout.operator("drawthings.no_such"),
        lambda: layout.label(text="x", icon='NO_SUCH'),
        lambda: layout.label(txt="x"),
        lambda: layout.popover("DRAWTHINGS_PT_no_such"),
        lambda: setattr(layout.operator("drawthings.img2img"), "source", 'NO_SUCH'),
        lambda: setattr(layout, "scale", 2),
        lambda: layout.prop(None, "x"),
        lambda: layout.template_list("DRAWTHINGS_UL_no_such", "", panel, "loras", panel, "lora_index"),
    ):
        with pytest.raises(AssertionError):
            mistake()
    with pytest.raises(AttributeError):
        layout.no_such()


# What has no effect


def drawn(panel: Panel, **values: object) -> Tab:
    for name, value in values.items():
        setattr(panel, name, value)
    return draw_tab('VIEW_3D')


def test_what_has_no_effect_with_the_model_is_faded_with_its_reason(panel: Panel) -> None:
    """The model of the panel, or that which is set in the app; nothing is claimed of one that is unknown."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    ruled = {"shift", "guidance_embed", "negative_prompt"}
    panel.negative_prompt = "rust"
    unknown = drawn(panel, model="my_own_f16.ckpt")
    assert {"shift", "resolution_dependent_shift", "guidance_embed"} <= unknown.properties
    assert not unknown.faded & ruled
    known = drawn(panel, model="flux_1_dev_q8p.ckpt", width=1024, height=1024)
    assert known.faded & ruled == ruled
    assert "FLUX.1 [dev] takes 3.16 at 1024 × 1024." in known.words
    assert "It has no effect with FLUX.1 [dev] while it speeds up." in known.words
    off = drawn(panel, resolution_dependent_shift=False, speed_up_with_guidance_embed=False)
    assert not off.faded & ruled
    panel.property_unset("resolution_dependent_shift")
    current = session.get()
    current.status = replace(current.status, model="z_image_turbo_1.0_q6p.ckpt")
    assert {"shift", "clip_skip"} <= drawn(panel, model="").faded


def test_edit_models_want_a_strength_of_1(panel: Panel) -> None:
    words = "To edit, FLUX.1 Kontext [dev] wants a strength of 1."
    assert words in drawn(panel, model="flux_1_kontext_dev_q8p.ckpt").words
    assert words not in drawn(panel, strength=1.0).words


def test_an_advanced_setting_without_its_switch_is_faded_with_its_reason(panel: Panel) -> None:
    for name in ("hires_fix_width", "sharpness"):
        panel.advanced.add().name = name
    panel.advanced_index = 0
    assert "It has no effect while Hires Fix is off." in drawn(panel).words
    assert "Hires Fix is off" not in drawn(panel, hires_fix=True).words


def test_another_server_is_not_bothered_with_it(
    panel: Panel, preferences: bpy.types.AddonPreferences
) -> None:
    with StandIn(engine="echo", dialect='A1111') as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        tab = drawn(panel, model="flux_1_dev_q8p.ckpt", negative_prompt="rust")
        panel.model = ""
        bpy.ops.drawthings.txt2img()
        sent = server.journal.generations[-1].body
    assert not tab.properties & {
        "shift", "resolution_dependent_shift", "speed_up_with_guidance_embed", "guidance_embed"
    }  # fmt: skip
    assert not tab.faded & {"guidance_scale", "negative_prompt", "clip_skip"}
    assert "no effect" not in tab.words
    assert not sent.keys() & {"shift", "resolution_dependent_shift", "guidance_embed"}
