# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking over what is set in the app, which holds values that its own server refuses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.draw_things.configuration import read_configuration, to_request
from drawthings_addon.client.draw_things.keys import KEYS, ROWS_BY_KEY
from drawthings_addon.client.draw_things.payload import build
from drawthings_addon.client.request import Control, GenerationRequest, Lora

#: As a real app answered, floats widened from 32 bits; recorded by a public client in 2026.
RECORDED = json.loads(
    """{"strength":1,"controls":[],"clip_l_text":null,"tea_cache_end":-1,"causal_inference_pad":0,
    "sampler":"UniPC Trailing","stochastic_sampling_gamma":0.3,"mask_blur":1.5,"batch_size":1,
    "original_width":768,"image_prior_steps":5,"aesthetic_score":6,"target_height":768,"upscaler_scale":0,
    "stage_2_shift":1,"fps":5,"model":"z_image_turbo_1.0_q6p.ckpt","negative_aesthetic_score":2.5,
    "zero_negative_prompt":false,"negative_original_height":512,"shift":3,"diffusion_tile_height":1024,
    "cfg_zero_star":false,"cfg_zero_init_steps":0,"clip_weight":1,"seed_mode":"Scale Alike",
    "diffusion_tile_overlap":128,"upscaler":"realesrgan_x2plus_f16.ckpt","guidance_embed":3.5,
    "separate_clip_l":false,"start_frame_guidance":1,"mask_blur_outset":0,"t5_text_encoder_decoding":true,
    "steps":8,"negative_prompt_for_image_prior":true,"hires_fix_strength":0.699999988079071,
    "resolution_dependent_shift":false,"tea_cache_max_skip_steps":3,"separate_t5":false,
    "compression_artifacts":"disabled","refiner_model":null,"preserve_original_after_inpaint":true,
    "causal_inference":0,"sharpness":0,"image_guidance":1.5,"motion_scale":127,"target_width":768,
    "t5_text":null,"guidance_scale":1,"crop_left":0,"original_height":768,"width":768,
    "tiled_diffusion":false,"tea_cache":false,"open_clip_g_text":null,"speed_up_with_guidance_embed":true,
    "crop_top":0,"batch_count":1,"tea_cache_threshold":0.20000000298023224,
    "compression_artifacts_quality":43.099998474121094,"decoding_tile_width":640,
    "negative_original_width":512,"negative_prompt":"blurry","stage_2_guidance":1,
    "loras":[{"mode":"all","file":"a_lora_f16.ckpt","weight":0.6000000238418579}]}"""
)


class TestRecorded:
    configuration = read_configuration(RECORDED)

    def test_the_fields(self):
        app = self.configuration
        assert app.model == "z_image_turbo_1.0_q6p.ckpt"
        assert app.values[ROWS_BY_KEY["width"]] == 768
        keys = ("steps", "guidance_scale", "sampler", "shift")
        told = tuple(app.values[ROWS_BY_KEY[key]] for key in keys)
        assert told == (8, 1.0, "UniPC Trailing", 3.0)
        assert app.values[ROWS_BY_KEY["upscaler"]] == "realesrgan_x2plus_f16.ckpt"
        assert app.values[ROWS_BY_KEY["refiner_model"]] == ""
        assert app.loras == (Lora("a_lora_f16.ckpt", 0.6, "all"),)
        assert app.controls == ()
        assert not {ROWS_BY_KEY["height"], ROWS_BY_KEY["hires_fix"]} & app.values.keys()
        assert app.raw is RECORDED

    def test_the_rest_without_what_cannot_be_sent_or_is_not_the_apps_to_say(self):
        advanced = dict(self.configuration.options)
        assert advanced["hires_fix_strength"] == 0.7
        assert advanced["tea_cache_threshold"] == 0.2
        assert self.configuration.values[ROWS_BY_KEY["resolution_dependent_shift"]] is False
        assert self.configuration.values[ROWS_BY_KEY["guidance_embed"]] == 3.5
        for name in (
            "tea_cache_end",
            "compression_artifacts",
            "batch_count",
            "separate_t5",
            "original_width",
        ):
            assert name not in advanced

    def test_taken_over_into_a_request(self):
        base = GenerationRequest.of(prompt="mine", negative_prompt="mine too", seed=5, height=512)
        request = to_request(self.configuration, base)
        assert (request.conditioning.prompt, request.conditioning.negative_prompt, request.sampling.seed) == (
            "mine",
            "mine too",
            5,
        )
        assert (request.images.width, request.images.height, request.sampling.steps) == (768, 512, 8)
        assert request.conditioning.loras == (Lora("a_lora_f16.ckpt", 0.6, "all"),)
        # Only what differs from what a request has anyway.
        assert dict(request.options_of("DRAW_THINGS")) == {"tea_cache_threshold": 0.2}
        assert (
            request.sampling.resolution_dependent_shift,
            request.sampling.speed_up_with_guidance_embed,
        ) == (False, True)
        assert build(request)["tea_cache_threshold"] == 0.2

    def test_the_prompts_only_when_asked(self):
        request = to_request(self.configuration, GenerationRequest.of(prompt="mine"), with_prompt=True)
        assert request.conditioning.prompt == "mine"
        assert request.conditioning.negative_prompt == "blurry"

    def test_advanced_settings_stay_where_the_app_tells_nothing_of_them(self):
        base = GenerationRequest.of().with_options("DRAW_THINGS", (("num_frames", 3), ("crop_top", 64)))
        advanced = dict(to_request(self.configuration, base).options_of("DRAW_THINGS"))
        assert advanced["num_frames"] == 3
        assert "crop_top" not in advanced


def test_an_advanced_setting_that_has_a_field_by_now_does_not_outlive_what_the_app_tells():
    base = GenerationRequest.of().with_options(
        "DRAW_THINGS", (("resolution_dependent_shift", True), ("guidance_embed", 2.0))
    )
    request = to_request(read_configuration({"resolution_dependent_shift": False}), base)
    assert (request.sampling.resolution_dependent_shift, request.sampling.guidance_embed) == (False, 2.0)
    assert request.options_of("DRAW_THINGS") == ()


@pytest.mark.parametrize(
    ("name", "told", "taken"),
    [
        ("model", None, ""),
        ("model", 5, ""),
        ("width", 0, None),
        ("width", 700, 640),
        ("width", 100_000, 8192),
        ("width", 10, 128),
        ("width", "768", None),
        ("seed", -1, None),
        ("seed", 77, 77),
        ("shift", 12, 8.0),
        ("shift", 0.01, 0.1),
        ("steps", True, None),
        ("steps", 20.0, 20),
        ("steps", 20.5, None),
        ("steps", 1e400, 150),
        ("guidance_scale", float("nan"), None),
        ("sampler", "Euler A", None),
        ("sampler", "Heun", "Heun"),
        ("sampler", None, None),
        ("upscaler", None, ""),
        ("upscaler", "", ""),
        ("upscaler", "../x", None),
        ("hires_fix", 1, None),
        ("prompt", "\ud800", None),
        ("loras", None, None),
        ("loras", [None, {}, {"file": "a/b"}, {"file": "c", "weight": "x", "mode": []}], (Lora("c"),)),
        ("controls", [{"file": "c", "guidanceStart": 5, "guidanceEnd": -1, "inputOverride": "x"}],
         (Control("c", guidance_end=0.0),)),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_clamped_or_left_out(name, told, taken):
    configuration = read_configuration({name: told})
    is_list = name in ("loras", "controls")
    is_own = is_list or name == "model"
    found = getattr(configuration, name) if is_own else configuration.values.get(ROWS_BY_KEY[name])
    assert found == taken
    build(to_request(configuration, GenerationRequest.of(width=512)))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-2, 3000)
    | st.floats()
    | st.sampled_from(["", "Euler a", "m.ckpt", "a/b", "all", "depth", "\ud800"])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["file", "weight", "mode", "guidanceStart", "guidanceEnd", "targetBlocks", "noPrompt"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
entries = st.lists(
    st.fixed_dictionaries(
        {"file": st.just("c.ckpt")},
        optional=dict.fromkeys(
            (
                "weight", "mode", "guidanceStart", "guidanceEnd", "controlImportance", "inputOverride",
                "targetBlocks", "downSamplingRate", "noPrompt", "globalAveragePooling",
            ),
            json_values,
        ),
    ),
    max_size=2,
)  # fmt: skip


@settings(max_examples=share(3000))
@given(
    st.dictionaries(st.sampled_from(sorted(KEYS)), json_values, max_size=8),
    st.fixed_dictionaries({}, optional={"loras": entries, "controls": entries}),
)
def test_whatever_a_server_tells_can_be_sent_after_taking_it_over(told, lists):
    base = GenerationRequest.of(prompt="p").with_options("DRAW_THINGS", (("fps", 7),))
    request = to_request(read_configuration({**told, **lists}), base)
    payload = build(request)
    assert payload["prompt"] == "p"
    build(to_request(read_configuration(told), base, with_prompt=True))
