# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is set is seen and can be cleared with one click, whichever server is connected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import EDITORS, Tab, draw_tab, in_editor, ours
from recording_layout import draw

from local_server import StandIn

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences

#: One for each of the settings that can be cleared: how it is set, and whether it still is.
SET: dict[str, Callable[[Panel], Any]] = {
    "model": lambda panel: setattr(panel, "model", "a.ckpt"),
    "sampler": lambda panel: setattr(panel, "sampler", "DPM++ 2M"),
    "clip_skip": lambda panel: setattr(panel, "clip_skip", 15),
    "scheduler": lambda panel: setattr(panel, "scheduler", "karras"),
    "vae": lambda panel: setattr(panel, "vae", "v.pt"),
    "seed_mode": lambda panel: setattr(panel, "seed_mode", "Legacy"),
    "shift": lambda panel: setattr(panel, "shift", 3.0),
    "resolution_dependent_shift": lambda panel: setattr(panel, "resolution_dependent_shift", False),
    "speed_up_with_guidance_embed": lambda panel: setattr(panel, "speed_up_with_guidance_embed", False),
    "guidance_embed": lambda panel: setattr(panel, "guidance_embed", 5.0),
    "upscaler": lambda panel: setattr(panel, "upscaler", "u.ckpt"),
    "refiner_model": lambda panel: setattr(panel, "refiner_model", "r.ckpt"),
    "hires_fix": lambda panel: setattr(panel, "hires_fix", True),
    "hires": lambda panel: setattr(panel.hires, "use", True),
    "maps": lambda panel: setattr(panel.maps, "use", True),
    "use_tiling": lambda panel: setattr(panel, "use_tiling", True),
    "use_restore_faces": lambda panel: setattr(panel, "use_restore_faces", True),
    "loras": lambda panel: setattr(panel.loras.add(), "name", "rust"),
    "lora_modes": lambda panel: (SET["loras"](panel), setattr(panel.loras[0], "mode", 'base')),
    "controls": lambda panel: setattr(panel.controls.add(), "name", "c.ckpt"),
    "styles": lambda panel: setattr(panel.styles.add(), "name", "ink"),
    "scene_controls": lambda panel: setattr(panel.scene_controls.normal, "use", True),
    "mask": lambda panel: setattr(panel.inpaint, "mask", bpy.data.images.new("stencil", 64, 64)),
    "script": lambda panel: (
        setattr(panel, "script", "x/y/z plot"), setattr(panel.script_arguments.add(), "value", "1"),
    ),
    "server_options": lambda panel: setattr(panel.server_options.add(), "name", "eta_noise_seed_delta"),
    "advanced": lambda panel: (
        setattr(panel.advanced.add(), "name", "tea_cache"), setattr(panel.advanced[0], "value", "true"),
    ),
    "seamless": lambda panel: setattr(panel.seamless, "use", True),
    "use_free_gpu": lambda panel: setattr(panel, "use_free_gpu", True),
}  # fmt: skip
FOR_A1111_ALONE = (
    "scheduler", "vae", "styles", "use_tiling", "hires", "server_options", "script",
    "scene_controls", "use_free_gpu",
)  # fmt: skip
FOR_DRAW_THINGS_ALONE = (
    "seed_mode", "shift", "hires_fix", "upscaler", "controls", "lora_modes", "advanced", "clip_skip",
    "resolution_dependent_shift", "speed_up_with_guidance_embed", "guidance_embed",
)  # fmt: skip


def connect(dialect: str, without: tuple[str, ...] = ()) -> None:
    """A server has answered that speaks the dialect, without the endpoints of these titles."""
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.client.table import RowState

    found = assumed(dialect)
    rows = tuple(
        replace(each, state=RowState.NOT_OFFERED) if each.title in without else each for each in found.rows
    )
    session.get().status = session.ServerStatus(
        session.Connection.ANSWERED, capabilities=replace(found, rows=rows)
    )


def head(editor: str = 'VIEW_3D') -> Tab:
    """The panel's head, as it is while all that is folded stays folded."""
    tab = Tab()
    (kind,) = [
        each
        for each in ours(bpy.types.Panel)
        if each.bl_label == "Draw Things" and each.bl_space_type == editor
    ]
    with in_editor(editor) as context:
        draw(kind, context, tab)
    return tab


def cleared_by(tab: Tab) -> list[tuple[str, str]]:
    """What the buttons of the tab clear."""
    return [
        (each["properties"]["setting"], each["properties"].get("entry", ""))
        for each in tab.all("operator")
        if each["operator"] == "drawthings.clear_setting"
    ]


def test_there_is_one_for_each() -> None:
    from bl_ext.user_default.drawthings_addon.client.compatibility import SETTINGS

    assert set(SET) == set(SETTINGS)


@pytest.mark.parametrize("setting", SET)
def test_each_is_cleared(panel: Panel, setting: str) -> None:
    from bl_ext.user_default.drawthings_addon.blender import in_force, settings

    before = settings.present(bpy.context.scene), in_force.of(bpy.context.scene)
    request = settings.own_fields(panel)
    SET[setting](panel)
    bpy.ops.drawthings.clear_setting(setting=setting)
    if setting == "lora_modes":
        assert panel.loras[0].mode == 'all', "the LoRA stays"
        panel.loras.clear()
    assert (settings.present(bpy.context.scene), in_force.of(bpy.context.scene)) == before
    assert settings.own_fields(panel) == request
    assert not panel.script_arguments


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("setting", FOR_A1111_ALONE)
def test_what_draw_things_does_not_take_is_seen_and_cleared(panel: Panel, setting: str, editor: str) -> None:
    connect("DRAW_THINGS")
    assert cleared_by(head(editor)) == []
    SET[setting](panel)
    ((found, entry),) = cleared_by(head(editor))
    assert found == setting, "and once"
    bpy.ops.drawthings.clear_setting(setting=found, entry=entry)
    assert cleared_by(head(editor)) == []


@pytest.mark.parametrize("setting", FOR_DRAW_THINGS_ALONE)
def test_what_a1111_does_not_take_is_seen_and_cleared(panel: Panel, setting: str) -> None:
    connect("A1111")
    panel.sampler = "Euler"
    SET[setting](panel)
    found = [each for each in cleared_by(head()) if each[0] != "loras"]
    assert found == [(setting, "")]
    bpy.ops.drawthings.clear_setting(setting=setting)
    assert setting not in dict(cleared_by(head()))


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_what_acts_from_folded_panels_is_seen(panel: Panel, dialect: str) -> None:
    connect(dialect)
    acting = {
        "DRAW_THINGS": ("mask", "hires_fix", "upscaler", "controls", "loras", "advanced", "refiner_model"),
        "A1111": ("script", "server_options", "mask", "loras", "styles", "hires", "use_tiling", "vae"),
    }[dialect]
    for setting in acting:
        SET[setting](panel)
    assert {setting for setting, _entry in cleared_by(head())} >= set(acting)


def test_names_that_the_server_does_not_list(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.choices import offered
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111
    from bl_ext.user_default.drawthings_addon.client.catalogue import Catalogue, plain

    connect("A1111")
    panel.sampler = "Euler"
    offered.take(Catalogue(styles=plain("oil"), loras=plain("moss"), vaes=plain("w.pt")), A1111)
    try:
        for name in ("ink", "oil", "tusche"):
            panel.styles.add().name = name
        SET["vae"](panel)
        assert {("styles", "ink"), ("styles", "tusche"), ("vae", "")} <= set(cleared_by(head()))
        bpy.ops.drawthings.clear_setting(setting='styles', entry="ink")
        assert [each.name for each in panel.styles] == ["oil", "tusche"]
    finally:
        offered.forget()


def test_a_server_that_nobody_asked_may_take_all_of_it(panel: Panel) -> None:
    """The job finds out who is there: what it would send is not hidden until then."""
    for setting in ("script", "server_options", "mask", "hires", "styles", "scheduler"):
        SET[setting](panel)
    panel.script_arguments[0].name = "Grid"
    settings = {setting for setting, _entry in cleared_by(head())}
    assert settings >= {"script", "server_options", "mask", "hires", "styles"}
    tab = draw_tab()
    assert {"Script", "Server Options", "Only Here", "Hires Fix", "Prompt Styles"} <= set(tab.panels)
    assert {"script", "script_arguments", "server_options", "mask", "scheduler"} <= tab.properties
    bpy.ops.drawthings.clear_setting(setting='script')
    assert "Script" not in draw_tab().panels


def test_a_relative_without_lists_still_gets_it(panel: Panel) -> None:
    """Its own description lacks the lists alone: scripts, styles and schedulers are sent."""
    connect("A1111", without=("Script Arguments", "Prompt Styles", "Schedulers"))
    assert not {"Script", "Prompt Styles"} & set(draw_tab().panels)
    for setting in ("script", "styles", "scheduler"):
        SET[setting](panel)
    tab = draw_tab()
    assert {"Script", "Prompt Styles"} <= set(tab.panels)
    assert "scheduler" in tab.properties


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


def test_nothing_of_it_is_refused_or_sent(
    panel: Panel, preferences: Preferences, stand_in: StandIn, web_ui: StandIn
) -> None:
    bpy.ops.drawthings.check_server()
    for setting in FOR_A1111_ALONE:
        SET[setting](panel)
    panel.use_free_gpu = False
    image = bpy.data.images.new("wall", 128, 128)
    bpy.ops.drawthings.txt2img()
    bpy.ops.drawthings.img2img(source='IMAGE', image=image.name)
    assert not {"mask", "script_name", "override_settings", "styles", "tiling", "enable_hr"} & set(
        stand_in.journal.generations[-1].body
    )
    bpy.ops.drawthings.clear_unused()
    assert cleared_by(head()) == []

    preferences.server_url = web_ui.url
    bpy.ops.drawthings.check_server()
    panel.sampler = "Euler"
    for setting in FOR_DRAW_THINGS_ALONE:
        SET[setting](panel)
    # Where it is not shown it cannot be corrected.
    panel.advanced[0].value = "neither true nor false"
    panel.advanced.add().name = "no parameter at all"
    panel.clip_skip = 1
    bpy.ops.drawthings.txt2img()
    assert "tea_cache" not in web_ui.journal.generations[-1].body
    bpy.ops.drawthings.clear_unused()
    assert {setting for setting, _entry in cleared_by(head())} <= {"loras"}


def test_a_file_of_somebody_else_hides_nothing(panel: Panel, tmp_path: Path) -> None:
    SET["script"](panel)
    SET["server_options"](panel)
    panel.server_options.add().name = "CLIP_stop_at_last_layers"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "theirs.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert cleared_by(head()) == []
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "theirs.blend"))
    for server in (None, "A1111", "DRAW_THINGS"):
        if server:
            connect(server)
        tab = head()
        assert set(cleared_by(tab)) - {("sampler", "")} == {("script", ""), ("server_options", "")}
        if server != "DRAW_THINGS":
            assert "Script: x/y/z plot" in tab.words
            assert "2 Server Options: eta_noise_seed_delta, CLIP_stop_at_last_layers" in tab.words


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_a_sampler_is_cleared_to_one_that_the_server_has(panel: Panel, dialect: str) -> None:
    connect(dialect)
    panel.sampler = "no such sampler"
    assert ("sampler", "") in cleared_by(head())
    bpy.ops.drawthings.clear_setting(setting='sampler')
    assert cleared_by(head()) == []
    assert panel.sampler == "", "which every server takes"


def test_lists_that_nobody_told_lack_nothing(panel: Panel) -> None:
    """A job found out the dialect; Draw Things' built-in lists say nothing of this server."""
    connect("A1111")
    for sampler in ("Euler", "DPM++ 2M", "LMS Karras"):
        panel.sampler = sampler
        assert cleared_by(head()) == []


def test_what_restores_faces_is_seen_while_it_is_set(panel: Panel) -> None:
    """A server that lists no face restorers is still told to use one."""
    connect("A1111")
    assert "gfpgan_visibility" not in draw_tab('IMAGE_EDITOR').properties
    panel.extras.codeformer_visibility = 0.5
    assert {"codeformer_visibility", "gfpgan_visibility"} <= draw_tab('IMAGE_EDITOR').properties


def test_both_hires_fixes_are_told_apart(panel: Panel) -> None:
    connect("A1111")
    panel.sampler = "Euler"
    panel.hires.use = panel.hires_fix = True
    bpy.ops.drawthings.clear_unused()
    assert (panel.hires.use, panel.hires_fix) == (True, False)


@pytest.mark.parametrize("setting", ["server_options", "loras", "styles"])
def test_what_stands_behind_empty_entries_is_not_unseen(panel: Panel, setting: str) -> None:
    from bl_ext.user_default.drawthings_addon.blender import in_force

    entries = getattr(panel, setting)
    for _ in range(150):
        entries.add()
    entries.add().name = "outdir_samples"
    (found,) = (each for each in in_force.of(bpy.context.scene) if each.setting == setting)
    assert found.label.startswith("Up to 151 ")
    assert found.label in draw_tab().words


# Chips


@pytest.mark.parametrize("setting", SET)
def test_each_chip_opens_its_own_fields(panel: Panel, setting: str) -> None:
    """With the name that the operator makes of the setting."""
    own = f"DRAWTHINGS_PT_chip_{setting}"
    kind = getattr(bpy.types, own, bpy.types.DRAWTHINGS_PT_chip)
    SET[setting](panel)
    record = Tab()
    with in_editor('VIEW_3D') as context:
        draw(kind, context, record)
    fields = {"hires": "scale", "scene_controls": "use", "maps": "relief", "seamless": "use"}
    name = fields.get(setting, setting)
    if setting in {each["properties"]["setting"] for each in head().all("operator") if is_chip(each)}:
        assert name in record.properties


def is_chip(each: dict[str, Any]) -> bool:
    return bool(each["operator"] == "drawthings.open_setting")


@pytest.mark.parametrize(("width", "most"), [(200, 2), (280, 3), (560, 6)])
def test_as_many_chips_stand_in_a_row_as_fit(panel: Panel, width: int, most: int) -> None:
    from bl_ext.user_default.drawthings_addon.blender import in_force
    from bl_ext.user_default.drawthings_addon.ui import in_force as chips

    for setting in ("loras", "hires_fix", "upscaler", "refiner_model", "controls", "advanced"):
        SET[setting](panel)
    found = in_force.of(bpy.context.scene)
    rows = list(chips._rows(found, width - chips._MARGINS))
    assert [each for row in rows for each in row] == list(found), "none is lost, in their order"
    assert max(map(len, rows)) <= most
    for row in rows:
        assert len(row) == 1 or sum(map(chips._width, row)) <= width
    assert len(list(chips._rows(found, 1))) == len(found), "one at least"


def test_the_switch_of_the_hires_fix_stands_above_its_fields(panel: Panel) -> None:
    """In the right column, as checkboxes do in Blender."""
    with in_editor('VIEW_3D') as context:
        record = draw(bpy.types.DRAWTHINGS_PT_chip_hires, context)
    for each in (each for each in record.things if each.method == "prop"):
        assert any(part.state.get("use_property_split") for part in each.layout.parts())
