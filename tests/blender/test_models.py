# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model is chosen with the settings that are recommended for it, and nothing else changes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import draw_tab

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup

Z_IMAGE = "z_image_turbo_1.0_q6p.ckpt"
EDIT = "qwen_image_edit_2511_q8p.ckpt"
LIGHTNING = "qwen_image_2512_lightning_4_step_v1.0_lora_f16.ckpt"


def shown(panel: Panel) -> tuple[object, ...]:
    return panel.steps, panel.sampler, panel.guidance_scale, panel.shift, panel.resolution_dependent_shift


def test_in_one_press(panel: Panel) -> None:
    panel.width = panel.height = 1024
    panel.model, panel.prompt, panel.negative_prompt = Z_IMAGE, "copper", "rust"
    panel.seed, panel.clip_skip, panel.strength = 77, 2, 0.45
    assert bpy.ops.drawthings.use_model_settings() == {'FINISHED'}
    assert shown(panel) == (8, "UniPC Trailing", 1.0, 3.0, False)
    assert (panel.width, panel.height, panel.seed, panel.clip_skip) == (1024, 1024, 77, 2)
    assert (panel.model, panel.prompt, panel.negative_prompt) == (Z_IMAGE, "copper", "rust")
    assert panel.strength == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        (Z_IMAGE, Z_IMAGE), ("Z Image Turbo 1.0", "Z Image Turbo 1.0"),
        ("z_image_turbo_1.0_q5p.ckpt", "z_image_turbo_1.0_q5p.ckpt"),
    ],
)  # fmt: skip
def test_the_model_that_is_named_is_chosen_too(panel: Panel, name: str, model: str) -> None:
    panel.model = "sd_v1.5_f16.ckpt"
    bpy.ops.drawthings.use_model_settings(model=name)
    assert panel.model == model
    assert shown(panel) == (8, "UniPC Trailing", 1.0, 3.0, False)


def test_by_what_the_settings_are_called(panel: Panel) -> None:
    bpy.ops.drawthings.use_model_settings(model="Qwen Image 2512 with Lightning 4-Step v1.0")
    assert panel.model == "qwen_image_2512_q6p.ckpt"
    assert [(each.name, each.weight, each.enabled) for each in panel.loras] == [(LIGHTNING, 1.0, True)]
    panel.model = "qwen_image_2512_q8p.ckpt"
    bpy.ops.drawthings.use_model_settings()
    assert (panel.model, panel.steps, len(panel.loras)) == ("qwen_image_2512_q8p.ckpt", 30, 0)
    bpy.ops.drawthings.use_model_settings(settings="Qwen Image 2512 with Lightning 4-Step v1.0")
    assert (panel.model, panel.steps, len(panel.loras)) == ("qwen_image_2512_q8p.ckpt", 4, 1)


def test_the_model_that_is_set_in_the_app_counts_where_none_is_named(panel: Panel, stand_in: StandIn) -> None:
    stand_in.app_state = stand_in.app_state.with_settings(model=Z_IMAGE)
    bpy.ops.drawthings.check_server()
    bpy.ops.drawthings.use_model_settings()
    assert panel.model == ""
    assert shown(panel) == (8, "UniPC Trailing", 1.0, 3.0, False)


@pytest.mark.parametrize("model", ["", "my_own_f16.ckpt", "juggernaut_xl_v9_f16.ckpt"])
def test_where_nothing_is_recommended(panel: Panel, model: str) -> None:
    before = shown(panel)
    with pytest.raises(RuntimeError, match=r"No (model|settings)"):
        bpy.ops.drawthings.use_model_settings(model=model)
    assert (shown(panel), panel.model) == (before, "")


def test_a_server_of_another_dialect_has_none(panel: Panel, session: ModuleType) -> None:
    session.get().status = replace(session.get().status, capabilities=assumed("A1111"))
    with pytest.raises(RuntimeError, match="No settings"):
        bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    told = len(session.get().notices)
    panel.use_model_settings = True
    panel.model = "sd_xl_base_1.0.safetensors [01736b5317]"
    assert len(session.get().notices) == told, "nor is any expected"


def test_lists_keep_what_the_artist_put_there(panel: Panel) -> None:
    for name, enabled in (("mine.ckpt", True), ("off.ckpt", False), (LIGHTNING, True)):
        entry = panel.loras.add()
        entry.name, entry.enabled, entry.weight = name, enabled, 0.5
    for name, value in (("sharpness", "2"), ("tea_cache_threshold", "what?"), ("num_frames", "81")):
        entry = panel.advanced.add()
        entry.name, entry.value = name, value
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert [(each.name, each.enabled, each.weight) for each in panel.loras] == [
        ("mine.ckpt", True, 0.5), ("off.ckpt", False, 0.5)
    ]  # fmt: skip
    assert [(each.name, each.value) for each in panel.advanced] == [
        ("sharpness", "2"), ("tea_cache_threshold", "what?")
    ]  # fmt: skip
    bpy.ops.drawthings.use_model_settings(model="wan_v2.1_1.3b_480p_q8p.ckpt")
    assert panel.advanced["num_frames"].value == "81"


def test_the_size_stays_and_another_is_one_press_away(panel: Panel) -> None:
    panel.width, panel.height = 1344, 768
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert (panel.width, panel.height) == (1344, 768)
    assert "drawthings.use_model_size" not in draw_tab('VIEW_3D').operators, "it suits the model"
    with pytest.raises(RuntimeError, match="suits the model"):
        bpy.ops.drawthings.use_model_size()
    panel.use_model_settings = True
    panel.model = "sd_v1.5_f16.ckpt"
    bpy.ops.drawthings.use_model_settings()
    assert (panel.width, panel.height) == (1344, 768)
    shown = draw_tab('VIEW_3D')
    assert "The model was made for 704 × 384." in " ".join(shown.text.split())
    assert "drawthings.use_model_size" in shown.operators
    bpy.ops.drawthings.use_model_size()
    assert (panel.width, panel.height) == (704, 384)
    panel.width, panel.height, panel.model = 512, 512, "my_own.ckpt"
    assert "drawthings.use_model_size" not in draw_tab('VIEW_3D').operators, "nothing is known of it"


def test_an_edit_model_borrows_the_strength(panel: Panel) -> None:
    panel.strength = 0.45
    bpy.ops.drawthings.use_model_settings(model=EDIT)
    assert panel.strength == 1.0
    bpy.ops.drawthings.use_model_settings(model="flux_2_klein_4b_q6p.ckpt")
    assert panel.strength == 1.0
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert panel.strength == pytest.approx(0.45)
    panel.strength = 1.0
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert panel.strength == 1.0, "the artist's own"
    panel.strength = 0.3
    bpy.ops.drawthings.use_model_settings(model=EDIT)
    panel.strength = 0.6
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert panel.strength == pytest.approx(0.6), "changed by hand meanwhile"
    panel.strength = 1.0
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert panel.strength == 1.0, "the one before was given back long ago"


def test_what_it_changes_is_told_before_and_after(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import models

    panel.model = "sd_v1.5_f16.ckpt"
    panel.width = panel.height = 1024
    (found,) = models.recommended(panel)
    before = models.preview(panel, found)
    assert "Steps 20 → 16" in before and "Sampler Automatic → DPM++ 2M AYS" in before
    assert not any("Size" in each for each in before)
    told = models.use(panel)
    assert told == f"Stable Diffusion v1.5: {', '.join(before)}."
    assert models.preview(panel, found) == ()
    assert models.use(panel) == "Stable Diffusion v1.5: all is set so already."


# With each change of the model


def test_with_each_change_of_the_model(panel: Panel, session: ModuleType) -> None:
    panel.model = Z_IMAGE
    assert panel.steps == 20, "unless it is switched on"
    panel.use_model_settings = True
    panel.model = Z_IMAGE
    assert panel.steps == 20, "no change"
    panel.model = "flux_1_schnell_q5p.ckpt"
    assert panel.steps == 4
    assert session.get().notices[-1].text.startswith("FLUX.1 [schnell]: Steps 20 → 4")
    panel.steps = 6
    panel.model = "flux_1_schnell_q5p.ckpt"
    assert panel.steps == 6, "what comes after the model counts"
    panel.model = "my_own.ckpt"
    assert panel.steps == 6
    assert "“my_own.ckpt”: they stay as they are" in session.get().notices[-1].text
    assert sum("recommended" in each.text or "FLUX" in each.text for each in session.get().notices) == 1
    panel.model = ""
    assert panel.steps == 6
    panel.model = "flux_1_kontext_dev_q8p.ckpt"
    assert "“FLUX.1 Kontext [dev]”: they stay" in session.get().notices[-1].text


@pytest.mark.parametrize("way", ["recipe", "app"])
def test_what_brings_its_own_settings_keeps_them(
    panel: Panel, session: ModuleType, stand_in: StandIn, way: str
) -> None:
    panel.model, panel.steps = Z_IMAGE, 3
    panel.width = panel.height = 128
    bpy.ops.drawthings.txt2img(target='IMAGE')
    panel.use_model_settings = True
    panel.model = "flux_2_klein_4b_q6p.ckpt"
    assert panel.steps == 4
    if way == "recipe":
        bpy.ops.drawthings.reuse_recipe()
    else:
        stand_in.app_state = stand_in.app_state.with_settings(model=Z_IMAGE, steps=3)
        bpy.ops.drawthings.take_over_settings()
    assert (panel.model, panel.steps) == (Z_IMAGE, 3)
    panel.model = "flux_2_klein_4b_q6p.ckpt"
    assert panel.steps == 4


def test_the_request_carries_them(panel: Panel, stand_in: StandIn) -> None:
    panel.use_model_settings = True
    panel.model = "wan_v2.1_1.3b_480p_q8p.ckpt"
    panel.width = panel.height = 128
    panel.advanced["num_frames"].value = "5"
    bpy.ops.drawthings.txt2img(target='IMAGE')
    sent = stand_in.journal.generations[-1].body
    wanted = {"steps": 30, "sampler": "Euler A Trailing", "guidance_scale": 5.0, "shift": 5.0}
    assert sent | wanted == sent
    assert (sent["num_frames"], sent["model"]) == (5, panel.model)


def test_the_panel_sends_each_of_the_46_exactly(panel: Panel) -> None:
    """One after the other in one panel: nothing of the one before stays."""
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.client.draw_things.payload import build

    published = Path(__file__).parents[1] / "data" / "draw_things_models.json"
    rows = json.loads(published.read_text("utf-8"))["recommended"]
    for row in rows:
        bpy.ops.drawthings.use_model_settings(model=row["model"], settings=row["name"])
        sent = build(settings.request(bpy.context.scene, "txt2img"))
        wanted = {"loras": [], "num_frames": 1} | {key: row[key] for key in row if key != "name"}
        sent["loras"] = [each["file"] for each in sent["loras"]]
        assert {key: sent[key] for key in wanted} == wanted, row["name"]


# Which are there


@pytest.fixture
def found(session: ModuleType) -> Iterator[dict[str, str]]:
    """The list as the window manager has it, by file: whether each is there."""

    class Found(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return str(bpy.context.window_manager.drawthings.models[name].state)

    session.get().models = type(session.get().models)()
    yield Found()
    session.get().models = type(session.get().models)()
    session.get().show_found_models()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of ten, so that it takes no time."""
    from bl_ext.user_default.drawthings_addon.client.draw_things.dialect import DRAW_THINGS

    files = {
        Z_IMAGE, "flux_2_klein_4b_q6p.ckpt", "flux_1_schnell_q8p.ckpt", "qwen_image_2512_q6p.ckpt",
        "sd_v1.5_f16.ckpt", "sd_xl_base_1.0_f16.ckpt", "ltx_2_19b_dev_q8p.ckpt", "flux_1_fill_dev_q8p.ckpt",
    }  # fmt: skip
    known = tuple(each for each in DRAW_THINGS.known_models() if each.file in files)
    monkeypatch.setattr(type(DRAW_THINGS), "known_models", lambda _self: known)


def test_the_server_is_asked_for_each_and_makes_nothing(
    panel: Panel, stand_in: StandIn, session: ModuleType, found: dict[str, str], short: None
) -> None:
    assert bpy.ops.drawthings.find_models() == {'FINISHED'}
    assert (found[Z_IMAGE], found["sd_v1.5_f16.ckpt"]) == ('THERE', 'THERE')
    assert (found["flux_1_schnell_q8p.ckpt"], found["ltx_2_19b_dev_q8p.ckpt"]) == ('NOT_THERE', 'NOT_THERE')
    listed = bpy.context.window_manager.drawthings.models
    states = [each.state for each in listed]
    assert states == sorted(states, key=['THERE', 'UNKNOWN', 'NOT_THERE'].index)
    assert stand_in.journal.generations == ()
    assert "models that it was asked for" in session.get().notices[-1].text
    from bl_ext.user_default.drawthings_addon.blender import choices

    labels = dict(choices.search_models(panel, bpy.context, ""))
    assert labels[Z_IMAGE] == "Z Image Turbo 1.0 (6-bit) · Z Image · 1024 px · Pictures · there"
    assert choices.offered.is_there(LIGHTNING) is False, "a LoRA of recommended settings"


def test_what_was_found_is_remembered_for_this_server(
    panel: Panel, stand_in: StandIn, session: ModuleType, found: dict[str, str], short: None
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import choices

    bpy.ops.drawthings.find_models()
    preferences = bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences
    url = preferences.server_url
    preferences.server_url = "http://127.0.0.1:1"
    assert choices.offered.is_there(Z_IMAGE) is None
    preferences.server_url = url
    assert choices.offered.is_there(Z_IMAGE) is True


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    """A server of A1111's API."""
    from local_server import StandIn

    with StandIn(dialect="A1111", engine="echo") as server:
        yield server


def test_a_server_that_lists_its_models_is_not_asked(panel: Panel, web_ui: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.model_entries import entries

    bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences.server_url = web_ui.url
    bpy.ops.drawthings.check_server()
    before = len(web_ui.journal)
    with pytest.raises(RuntimeError, match="lists its models itself"):
        bpy.ops.drawthings.find_models()
    assert len(web_ui.journal) == before
    entries.fill()
    listed = bpy.context.window_manager.drawthings.models
    assert [each.name for each in listed] == [each.title for each in web_ui.app_state.checkpoints]
    assert {each.state for each in listed} == {'THERE'}


def test_a_server_that_lists_its_models_and_was_not_asked_yet_is_asked_for_its_list(
    panel: Panel, web_ui: StandIn, session: ModuleType, found: dict[str, str]
) -> None:
    """Who answers is known by a picture, and what it lists by nothing."""
    from bl_ext.user_default.drawthings_addon.blender import choices
    from bl_ext.user_default.drawthings_addon.blender.actions import find_models
    from bl_ext.user_default.drawthings_addon.blender.model_entries import entries

    bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences.server_url = web_ui.url
    assert find_models.why_not() == "", "nor does anybody have to ask first who answers"
    panel.width = panel.height = 128
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert session.get().status.capabilities.dialect.name == "A1111"
    assert choices.offered.all_models == (), "those of Draw Things are not there"
    entries.fill()
    assert len(bpy.context.window_manager.drawthings.models) == 0
    before = len(web_ui.journal)
    bpy.ops.drawthings.find_models()
    assert len(web_ui.journal) - before < 40, "not one after the other"
    assert session.get().model_search is None
    listed = bpy.context.window_manager.drawthings.models
    assert [each.name for each in listed] == [each.title for each in web_ui.app_state.checkpoints]
    panel.model = Z_IMAGE
    told = " ".join(draw_tab('VIEW_3D').text.split())
    assert "This server does not list the model" in told


def test_rows_keep_their_places_while_the_server_is_asked(
    panel: Panel, stand_in: StandIn, session: ModuleType, found: dict[str, str], short: None
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import choices
    from bl_ext.user_default.drawthings_addon.blender.model_entries import entries
    from bl_ext.user_default.drawthings_addon.blender.session.model_search import ModelSearch

    bpy.ops.drawthings.check_server()
    entries.fill()
    listed = bpy.context.window_manager.drawthings.models
    before = [each.name for each in listed]
    current, last = session.get(), before[-1]
    current.model_search = search = ModelSearch(
        stand_in, current.order_when_idle, lambda found: None, deque(before), deque()
    )
    choices.offered.find({last: True, before[0]: False})
    entries.fill()
    assert [each.name for each in listed] == before
    assert (found[last], found[before[0]]) == ('THERE', 'NOT_THERE')
    search.is_over = True
    entries.fill()
    assert (listed[0].name, listed[len(listed) - 1].name) == (last, before[0])
    current.model_search = None


def test_it_ends_early_where_the_server_is_gone(
    panel: Panel, stand_in: StandIn, session: ModuleType, found: dict[str, str], short: None
) -> None:
    from local_server import Faults

    bpy.ops.drawthings.check_server()
    stand_in.faults = Faults(reset=True, scope="POST")
    with pytest.raises(RuntimeError, match=r"connection|answer"):
        bpy.ops.drawthings.find_models()
    assert sum(entry.method == "POST" for entry in stand_in.journal) <= 8


def test_never_while_a_job_runs_and_stopped_at_any_time(
    desk: Desk, panel: Panel, stand_in: StandIn, session: ModuleType, found: dict[str, str], short: None
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import find_models
    from bl_ext.user_default.drawthings_addon.blender.session.model_search import ModelSearch

    from local_server import Faults

    bpy.ops.drawthings.check_server()
    stand_in.faults = Faults(delay=30.0)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert "A job runs" in find_models.why_not()
    current = session.get()
    learnt: dict[str, bool] = {}
    search = ModelSearch(
        current.statuses()[0].job.server, current.order_when_idle, learnt.update, deque([Z_IMAGE]), deque()
    )
    for _ in range(5):
        assert search.step()
        current.step()
    assert search.is_waiting and not learnt
    stand_in.faults = Faults()
    desk.finish()
    while search.step():
        current.step()
    assert learnt == {Z_IMAGE: True} and not search.is_waiting
    search.models.extend([Z_IMAGE] * 3)
    search.is_stopped = True
    assert not search.step() and search.left == 3


# In the panel


def test_the_panel_tells_of_the_model_and_offers_its_settings(panel: Panel) -> None:
    panel.model = "qwen_image_2512_q8p.ckpt"
    record = draw_tab('VIEW_3D')
    assert "Qwen Image · 1024 px · Pictures" in " ".join(record.text.split())
    assert {"drawthings.use_model_settings"} <= record.operators
