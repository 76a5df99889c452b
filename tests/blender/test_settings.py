# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel shows is what is sent, and nothing of the app's own state leaks in."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_pictures import noise, packed

from local_server import AppState, Faults

if TYPE_CHECKING:
    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def sent_by(stand_in: StandIn, operation: str = "txt2img") -> dict[str, Any]:
    """Make a picture, and return the body of its request."""
    if operation == "txt2img":
        bpy.ops.drawthings.txt2img()
    else:
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    return stand_in.journal.generations[-1].body


#: A value of each setting that is not the default, the key it is sent by, and what is sent.
SETTINGS = {
    "prompt": ("“rost”, 銹 \\ / \" <lora:x>", "prompt", "“rost”, 銹 \\ / \" <lora:x>"),
    "negative_prompt": ("blurry", "negative_prompt", "blurry"),
    "model": ("sd_v1.5_f16.ckpt", "model", "sd_v1.5_f16.ckpt"),
    "width": (192, "width", 192),
    "height": (320, "height", 320),
    "steps": (7, "steps", 7),
    "guidance_scale": (6.1, "guidance_scale", 6.1),
    "sampler": ("DPM++ 2M AYS", "sampler", "DPM++ 2M AYS"),
    "seed_mode": ("Torch CPU Compatible", "seed_mode", "Torch CPU Compatible"),
    "shift": (3.3, "shift", 3.3),
    "resolution_dependent_shift": (False, "resolution_dependent_shift", False),
    "speed_up_with_guidance_embed": (False, "speed_up_with_guidance_embed", False),
    "guidance_embed": (2.3, "guidance_embed", 2.3),
    "clip_skip": (2, "clip_skip", 2),
    "upscaler": ("realesrgan_x2plus_f16.ckpt", "upscaler", "realesrgan_x2plus_f16.ckpt"),
    "refiner_model": ("sd_xl_refiner_1.0_q6p_q8p.ckpt", "refiner_model", "sd_xl_refiner_1.0_q6p_q8p.ckpt"),
    "refiner_start": (0.7, "refiner_start", 0.7),
    "hires_fix": (True, "hires_fix", True),
}


def test_what_is_sent_does_not_hang_on_what_was_sent_before(panel: Panel, stand_in: StandIn) -> None:
    """-0.0 equals 0.0, for whoever remembers what a number is shown as."""
    lora = panel.loras.add()
    lora.name = "lcm_sdxl_lora_f16.ckpt"
    told = []
    for weight in (-0.0, 0.0, -0.0):
        lora.weight = weight
        told.append(json.dumps(sent_by(stand_in)["loras"]))
    assert told[0] == told[1] == told[2]
    assert "-0" not in told[0]


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_sent_as_it_is_shown(panel: Panel, stand_in: StandIn, name: str) -> None:
    stand_in.app_state = AppState().with_leftovers()
    value, key, wanted = SETTINGS[name]
    panel.use_random_seed = False
    before = sent_by(stand_in)
    setattr(panel, name, value)
    after = sent_by(stand_in)
    assert after[key] == wanted
    follow = {"original_width", "target_width", "original_height", "target_height"}
    changed = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
    assert changed - follow == {key}, "and nothing else"


def test_strength_is_img2imgs(panel: Panel, stand_in: StandIn) -> None:
    packed("wall", noise(128, 128))
    panel.strength = 0.35
    assert sent_by(stand_in, "img2img")["strength"] == 0.35
    assert sent_by(stand_in)["strength"] == 1.0


def test_nothing_of_the_app_leaks_in(panel: Panel, stand_in: StandIn) -> None:
    def effective(state: AppState) -> dict[str, Any]:
        stand_in.app_state = state
        panel.use_random_seed = False
        body = sent_by(stand_in)
        assert len(stand_in.journal.generations[-1].effective) > 70
        assert body["loras"] == body["controls"] == []
        assert body["upscaler"] is body["refiner_model"] is None
        return dict(stand_in.journal.generations[-1].effective)

    panel.model = "sd_v1.5_f16.ckpt"
    fresh = effective(AppState())
    leftovers = AppState().with_leftovers()
    nasty = effective(leftovers.with_settings(sharpness=9.0, cfg_zero_star=True, tiled_decoding=True))
    # A fresh app's own value of it is one that its server refuses, so it is not sent.
    for each in (fresh, nasty):
        each.pop("tea_cache_end", None)
    assert nasty == fresh


@pytest.mark.parametrize("model", ["", "   "])
def test_empty_model_is_as_set_in_the_app(panel: Panel, stand_in: StandIn, model: str) -> None:
    panel.model = model
    assert "model" not in sent_by(stand_in)
    assert stand_in.journal.generations[-1].effective["model"] == stand_in.app_state.value("model")


@pytest.mark.parametrize(
    ("shown", "sent"), [(-1, 2**32 - 1), (-(2**31), 2**31), (2**31 - 1, 2**31 - 1), (0, 0)]
)
def test_seeds(panel: Panel, stand_in: StandIn, shown: int, sent: int) -> None:
    panel.use_random_seed = False
    panel.seed = shown
    assert sent_by(stand_in)["seed"] == sent
    image = next(image for image in bpy.data.images if image.drawthings.recipe)
    assert image.drawthings.seed == shown
    panel.seed = 1
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    assert panel.seed == shown


def test_random_seeds_differ_and_can_be_typed(panel: Panel, stand_in: StandIn) -> None:
    panel.seed = 5
    seeds = [sent_by(stand_in)["seed"] for _ in range(4)]
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert panel.seed == 5


def test_sizes_are_shown_as_they_are_sent(panel: Panel, stand_in: StandIn) -> None:
    panel.width, panel.height = 1000, 159
    assert (panel.width, panel.height) == (1024, 128)
    panel.width = 1
    assert panel.width == 128
    body = sent_by(stand_in)
    assert (body["width"], body["height"]) == (128, 128)


def test_loras_and_controls(panel: Panel, stand_in: StandIn) -> None:
    for name, weight, mode, enabled in (
        (" lcm_sdxl_lora_f16.ckpt ", -0.7, 'refiner', True),
        ("sdxl_offset_v1.0_lora_f16.ckpt", 1.0, 'all', False),
        ("  ", 1.0, 'all', True),
    ):
        lora = panel.loras.add()
        lora.name, lora.weight, lora.mode, lora.enabled = name, weight, mode, enabled
    control = panel.controls.add()
    control.name, control.weight, control.control_importance = "depth.ckpt", 0.4, 'control'
    panel.controls.add().enabled = False
    body = sent_by(stand_in)
    assert body["loras"] == [{"file": "lcm_sdxl_lora_f16.ckpt", "weight": -0.7, "mode": "refiner"}]
    (sent,) = body["controls"]
    assert (sent["file"], sent["weight"], sent["controlImportance"]) == ("depth.ckpt", 0.4, "control")
    assert (sent["guidanceStart"], sent["guidanceEnd"], sent["inputOverride"]) == (0.0, 1.0, "")


def test_prompt_from_a_text_datablock(panel: Panel, stand_in: StandIn) -> None:
    text = bpy.data.texts.new("prompt")
    text.write("weathered copper,\n  verdigris\n\n")
    panel.prompt_text = text
    panel.prompt = ""
    assert sent_by(stand_in)["prompt"] == "weathered copper,\n  verdigris"
    text.clear()
    with pytest.raises(RuntimeError, match="Write what the picture shows"):
        bpy.ops.drawthings.txt2img()
    bpy.data.texts.remove(text)
    panel.prompt = "iron"
    assert sent_by(stand_in)["prompt"] == "iron"


# Advanced parameters


def advanced_names() -> list[str]:
    from bl_ext.user_default.drawthings_addon.blender import choices

    return list(choices.ADVANCED)


def test_every_advanced_parameter_can_be_sent(panel: Panel, stand_in: StandIn) -> None:
    interface = bpy.context.window_manager.drawthings
    usual = sent_by(stand_in)
    names = advanced_names()
    assert len(names) > 50
    for name in names:
        interface.advanced_search = name
        assert bpy.ops.drawthings.parameter_add() == {'FINISHED'}
    body = sent_by(stand_in)
    # The app's own value of it is one that its server refuses, so it is not sent unless it is set.
    assert body.pop("tea_cache_end") is not None
    assert {**body, "seed": 0} == {**usual, "seed": 0}, "each one begins with what is sent anyway"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sharpness", " 2.5 ", 2.5),
        ("cfg_zero_star", "True", True),
        ("cfg_zero_init_steps", "3", 3),
        ("clip_l_text", "a text", "a text"),
        ("clip_l_text", "", None),
        ("tea_cache_end", "5", 5),
    ],
)
def test_advanced_values(panel: Panel, stand_in: StandIn, name: str, text: str, value: object) -> None:
    entry = panel.advanced.add()
    entry.name, entry.value = name, text
    assert sent_by(stand_in)[name] == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("sharpness", "much", "Sharpness is “much”, and should be a number"),
        ("sharpness", "nan", "finite"),
        ("sharpness", "1e9", "takes 0 to"),
        ("cfg_zero_star", "perhaps", "should be true or false"),
        ("cfg_zero_init_steps", "1.5", "should be a whole number"),
        ("cfg_zero_init_steps", "9" * 5000, "whole number|takes"),
        ("no_such", "1", "“no_such” is no parameter"),
        ("", "1", "is no parameter"),
        ("steps", "3", "field of its own"),
        ("width", "512", "field of its own"),
        ("n_iter", "2", "no parameter"),
        ("init_images", "x", "parameter|field"),
    ],
)
def test_advanced_values_that_are_refused(
    panel: Panel, stand_in: StandIn, name: str, text: str, words: str
) -> None:
    entry = panel.advanced.add()
    entry.name, entry.value = name, text
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.drawthings.txt2img()
    assert not len(stand_in.journal), "nothing was sent"


FORMERLY_ADVANCED = {
    "resolution_dependent_shift": False,
    "speed_up_with_guidance_embed": False,
    "guidance_embed": 2.25,
}


@pytest.mark.parametrize("name", FORMERLY_ADVANCED)
def test_an_advanced_entry_of_an_older_blend_still_counts(panel: Panel, stand_in: StandIn, name: str) -> None:
    """Until it had a field of its own, this was the only place for it."""
    from bl_ext.user_default.drawthings_addon.blender import adopt, choices, connection, settings

    value = FORMERLY_ADVANCED[name]
    assert name not in choices.ADVANCED, "it is not offered twice"
    entry = panel.advanced.add()
    entry.name, entry.value = name, json.dumps(value)
    assert sent_by(stand_in)[name] == value
    reasons = settings.without_effect(bpy.context.scene, connection.dialect(), "")
    assert "under Advanced, which counts" in reasons[name]
    made = settings.request(bpy.context.scene, "txt2img")
    adopt.request(panel, made.with_options("DRAW_THINGS", ((name, value),)))
    assert (getattr(panel, name), len(panel.advanced)) == (value, 0), "a recipe of then sets the field"
    assert sent_by(stand_in)[name] == value


def test_a_recipe_sets_every_setting_and_leaves_none_of_the_panel(panel: Panel, stand_in: StandIn) -> None:
    for name, (value, _key, _sent) in SETTINGS.items():
        setattr(panel, name, value)
    first = sent_by(stand_in)
    (image,) = (image for image in bpy.data.images if image.drawthings.recipe)
    for name in SETTINGS:
        panel.property_unset(name)
    panel.loras.add().name = "lcm_sdxl_lora_f16.ckpt"
    entry = panel.advanced.add()
    entry.name, entry.value = "sharpness", "2.0"
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    assert sent_by(stand_in) == first


def test_parameter_twice(panel: Panel, stand_in: StandIn) -> None:
    for _ in range(2):
        entry = panel.advanced.add()
        entry.name, entry.value = "sharpness", "1"
    with pytest.raises(RuntimeError, match="set twice"):
        bpy.ops.drawthings.txt2img()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda panel: setattr(panel.loras.add(), "name", "folder/x.ckpt"), "is not the file name of a LoRA"),
        (lambda panel: setattr(panel.controls.add(), "name", ".."), "is not the file name of a control"),
        (lambda panel: setattr(panel, "upscaler", "a/b.ckpt"), "upscaler"),
        (lambda panel: setattr(panel, "sampler", "euler A"), "spells it “Euler a”"),
        (lambda panel: setattr(panel, "seed_mode", "legacy"), "spells it “Legacy”"),
    ],
)
def test_settings_that_are_refused(
    panel: Panel, stand_in: StandIn, change: Callable[[Panel], None], words: str
) -> None:
    change(panel)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.drawthings.txt2img()
    assert not stand_in.journal.generations


@pytest.mark.refusals
def test_words_of_a_refusal_reach_the_artist(panel: Panel, stand_in: StandIn) -> None:
    panel.model = "no such model"
    with pytest.raises(RuntimeError, match=r"Unrecognized model name.*exact name as Draw Things shows it"):
        bpy.ops.drawthings.txt2img()
    panel.model = ""
    panel.loras.add().name = "nowhere_lora_f16.ckpt"
    with pytest.raises(RuntimeError, match=r"nowhere_lora_f16\.ckpt.*Download that file"):
        bpy.ops.drawthings.txt2img()
    panel.loras.clear()
    panel.sampler = "Sampler of Tomorrow"
    with pytest.raises(RuntimeError, match=r"Invalid value for sampler.*Choose one of the values"):
        bpy.ops.drawthings.txt2img()


@pytest.mark.refusals
def test_key_that_an_older_app_does_not_know(panel: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    stand_in.faults = Faults(unknown_keys=("cfg_zero_star",))
    bpy.ops.drawthings.txt2img()
    assert any("does not know “cfg_zero_star”" in notice.text for notice in session.get().notices)
    assert session.get().results[0].recipe.dropped_keys == ("cfg_zero_star",)


# Passwords


def test_password_is_sent_and_kept_nowhere(
    panel: Panel,
    preferences: bpy.types.AddonPreferences,
    stand_in: StandIn,
    output: Path,
    tmp_path: Path,
    user_folder: Path,
) -> None:
    secret = "s3cr3t-Kupfer"
    preferences.username, preferences.password = "artist", secret
    stand_in.faults = Faults(credentials=f"artist:{secret}")
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    assert "authorization" in stand_in.journal.generations[-1].headers
    image = next(image for image in bpy.data.images if image.drawthings.recipe)
    assert secret not in image.drawthings.recipe
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=False)
    written = [blend.read_bytes(), *(path.read_bytes() for path in output.glob("*.png"))]
    assert len(written) == 2
    for path in user_folder.rglob("*.json"):
        # The journal of a job goes when it is done.
        with contextlib.suppress(FileNotFoundError):
            written.append(path.read_bytes())
    import base64

    for form in (secret.encode(), base64.b64encode(f"artist:{secret}".encode())):
        assert not any(form in data for data in written)

    preferences.password = "another-" + secret
    with pytest.raises(RuntimeError, match="user name and") as wrong:
        bpy.ops.drawthings.txt2img()
    assert secret not in str(wrong.value)
    preferences.server_url = f"http://artist:{secret}@{stand_in.url.removeprefix('http://')}"
    try:
        bpy.ops.drawthings.txt2img()
    except RuntimeError as error:
        # To refuse such an address is fine, and so is to take it: it must only not be told.
        assert secret not in str(error)
    assert all(secret not in each.drawthings.recipe for each in bpy.data.images)
    assert all(secret not in each.drawthings.server for each in bpy.data.images)


def test_password_goes_to_the_server_that_it_was_entered_for(
    panel: Panel, preferences: bpy.types.AddonPreferences, stand_in: StandIn
) -> None:
    here = preferences.server_url
    preferences.server_url = "http://127.0.0.2:7860"
    preferences.username, preferences.password = "artist", "s3cr3t-Kupfer"
    preferences.server_url = here
    bpy.ops.drawthings.txt2img()
    assert all("authorization" not in entry.headers for entry in stand_in.journal)
    preferences.password = "s3cr3t-Kupfer"
    # A path is no other server.
    preferences.server_url = f"{here}/"
    bpy.ops.drawthings.txt2img()
    assert "authorization" in stand_in.journal.generations[-1].headers


def test_failed_job_tells_no_password(
    panel: Panel, preferences: bpy.types.AddonPreferences, stand_in: StandIn
) -> None:
    secret = "s3cr3t-Kupfer"
    preferences.username, preferences.password = "artist", secret
    stand_in.faults = Faults(status=500, text=f"no such user artist:{secret}", scope="POST")
    with pytest.raises(RuntimeError) as failed:
        bpy.ops.drawthings.txt2img()
    assert secret not in str(failed.value)


# What lists may hold


def test_an_option_that_is_there_twice_breaks_no_panel(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.client.a1111 import payload as a1111_payload
    from bl_ext.user_default.drawthings_addon.errors import InvalidSettings

    for name, value in (("eta", "1"), ("eta", "a word"), (" ", "no name")):
        entry = panel.server_options.add()
        entry.name, entry.value = name, value
    made = settings.request(bpy.context.scene, "txt2img")
    assert made.options_of("A1111") == (("eta", 1), ("eta", "a word"))
    with pytest.raises(InvalidSettings, match="set twice"):
        a1111_payload.build(made)


def test_an_option_nested_without_end_is_a_text(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    entry = panel.server_options.add()
    entry.name, entry.value = "eta", "[" * 200_000
    made = settings.request(bpy.context.scene, "txt2img")
    assert dict(made.options_of("A1111"))["eta"] == "[" * 200_000
