# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model is chosen with the settings that are recommended for it, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_dialects import assumed

if TYPE_CHECKING:
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


def test_the_size_only_where_the_model_was_taught_another(panel: Panel) -> None:
    panel.width, panel.height = 1344, 768
    bpy.ops.drawthings.use_model_settings(model=Z_IMAGE)
    assert (panel.width, panel.height) == (1344, 768)
    bpy.ops.drawthings.use_model_settings(model="sd_v1.5_f16.ckpt")
    assert (panel.width, panel.height) == (704, 384)


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


def test_what_it_changes_is_told_before_and_after(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import models

    panel.model = "sd_v1.5_f16.ckpt"
    panel.width = panel.height = 1024
    (found,) = models.recommended(panel)
    before = models.preview(panel, found)
    assert "Steps 20 → 16" in before and "Sampler Automatic → DPM++ 2M AYS" in before
    assert "Size 1024 × 1024 → 512 × 512" in before
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
    assert "stay as they are" in session.get().notices[-1].text
    assert sum("recommended" in each.text or "FLUX" in each.text for each in session.get().notices) == 1
    panel.model = ""
    assert panel.steps == 6


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
