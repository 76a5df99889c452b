# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has no effect in Draw Things is told where it is known, and nothing is claimed where it is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client.draw_things import effects, payload
from drawthings_addon.client.draw_things.effects import shift_by_size, wants_full_strength, without_effect
from drawthings_addon.client.draw_things.keys import KEYS, UPSCALERS
from drawthings_addon.client.draw_things.model_families import FAMILIES, Family, family_of
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.sections import HiresFix

REQUEST = GenerationRequest.of(prompt="copper", negative_prompt="rust")

BY_SIZE = [
    "flux_1_dev_q5p.ckpt", "FLUX.1 [dev] (5-bit)", "flux_1_kontext_dev_f16.ckpt", "flux_2_dev_q6p.ckpt",
    "flux_2_klein_4b_i8x.ckpt", "FLUX.2 [klein] 9B Base (6-bit)", "sd3_large_3.5_q8p.ckpt",
    "hidream_i1_full_q5p.ckpt", "hidream_e1_1_f16.ckpt", "qwen_image_2512_bf16_q6p.ckpt",
    "Qwen Image Edit 2511 (BF16, 8-bit S)", "z_image_turbo_1.0_q6p.ckpt", "Z Image Base 1.0 (Exact)",
    "ernie_image_turbo_q8p.ckpt", "Krea 2 Turbo (8-bit S)", "ideogram_4_i8x.ckpt",
    "chroma_1_hd_r0.1_q8p.ckpt",
]  # fmt: skip
NOT_BY_SIZE = [
    "sd_v1.5_f16.ckpt", "Stable Diffusion v1.5", "sd_xl_base_1.0_q6p_q8p.ckpt", "SDXL Base (v1.0)",
    "flux_1_schnell_q8p.ckpt", "hidream_i1_fast_q5p.ckpt", "wan_v2.2_a14b_hne_t2v_q6p_svd.ckpt",
    "hunyuan_video_t2v_720p_q8p.ckpt", "ltx_2.3_22b_dev_q8p.ckpt",
]  # fmt: skip
UNKNOWN = [
    "", "my_model_f16.ckpt", "flux_1_dev_my_own_q8p.ckpt", "flux_1.ckpt", "sd_xl_base_1.0_mine.ckpt",
    "model[6ce0161689]", "x" * 100_000, "qwen_image_9.9_q8p.ckpt",
]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "height", "shift"),
    [(512, 512, 1.88), (768, 768, 2.33), (1024, 1024, 3.16), (1536, 1024, 4.47), (2048, 2048, 25.3)],
)
def test_the_shift_that_the_app_computes(width: int, height: int, shift: float) -> None:
    assert shift_by_size(width, height) == pytest.approx(shift, rel=3e-3)
    assert shift_by_size(height, width) == shift_by_size(width, height)


def test_in_tiles_the_tile_counts() -> None:
    tiles = {"tiled_diffusion": True, "diffusion_tile_width": 1024, "diffusion_tile_height": 1024}
    assert shift_by_size(2048, 2048, tiles) == shift_by_size(1024, 1024)
    assert shift_by_size(512, 2048, tiles) == shift_by_size(512, 1024)
    assert shift_by_size(2048, 2048, tiles | {"tiled_diffusion": False}) == shift_by_size(2048, 2048)


@pytest.mark.parametrize("folder", ["models/", "C:\\Models\\", "/Users/ann/Models/"])
def test_a_model_is_known_in_any_folder_and_case(folder: str) -> None:
    family = family_of("flux_1_dev_q8p.ckpt")
    assert family is not None
    assert family_of(f"{folder}Flux_1_DEV_q8p.ckpt") == family


@pytest.mark.parametrize("model", BY_SIZE)
def test_shift_has_no_effect_where_the_size_rules_it(model: str) -> None:
    request = REQUEST.changed(model=model, width=1536, height=1024)
    reasons = without_effect(request)
    assert "4.47 at 1536 × 1024" in reasons["shift"]
    assert "resolution_dependent_shift" not in reasons
    reasons = without_effect(request.changed(resolution_dependent_shift=False))
    assert not reasons.keys() & {"shift", "resolution_dependent_shift"}
    former = request.with_options("DRAW_THINGS", (("resolution_dependent_shift", False),))
    assert "shift" not in without_effect(former), "an entry of an older .blend counts"


@pytest.mark.parametrize("model", NOT_BY_SIZE)
def test_elsewhere_the_switch_has_none(model: str) -> None:
    reasons = without_effect(REQUEST.changed(model=model))
    assert "shift" not in reasons
    assert "takes Shift as it is" in reasons["resolution_dependent_shift"]


EMBEDDED = [
    "flux_1_dev_q8p.ckpt", "flux_1_kontext_dev_q5p.ckpt", "FLUX.1 Krea [dev]", "flux_1_fill_dev_q8p.ckpt",
    "flux_2_dev_q6p.ckpt", "Hunyuan Video T2V 720p (5-bit, SVDQuant)", "skyreels_v1_hunyuan_i2v_q8p.ckpt",
    "artsy_vibe_v1_q5p_svd.ckpt", "RayFLUX v3.0", "flux_1_depth_dev_q5p.ckpt",
]  # fmt: skip
RULED = {"guidance_scale", "negative_prompt", "guidance_embed", "speed_up_with_guidance_embed"}


@pytest.mark.parametrize("model", EMBEDDED)
def test_an_embedded_guidance(model: str) -> None:
    """The app embeds `guidance_scale` while it speeds up, and `guidance_embed` otherwise."""
    request = REQUEST.changed(model=model)
    assert without_effect(request).keys() & RULED == {"guidance_embed", "negative_prompt"}
    slow = request.changed(speed_up_with_guidance_embed=False)
    assert not without_effect(slow).keys() & RULED
    alone = slow.changed(guidance_scale=1.0)
    assert without_effect(alone).keys() & RULED == {"negative_prompt"}


@pytest.mark.parametrize("model", ["hidream_i1_dev_q5p.ckpt", "HiDream I1 [dev] (Exact)"])
def test_a_distilled_guidance_that_takes_no_number(model: str) -> None:
    request = REQUEST.changed(model=model)
    assert without_effect(request).keys() & RULED == {"guidance_scale", "negative_prompt"}
    assert not without_effect(request.changed(speed_up_with_guidance_embed=False)).keys() & RULED


@pytest.mark.parametrize(
    "model", ["flux_1_schnell_q5p.ckpt", "HiDream I1 [fast]", "sd3_large_turbo_3.5_q8p.ckpt"]
)
def test_models_without_any_guidance(model: str) -> None:
    assert without_effect(REQUEST.changed(model=model)).keys() >= RULED


@pytest.mark.parametrize(
    "model",
    [
        "sd_v1.5_f16.ckpt", "z_image_turbo_1.0_q6p.ckpt", "flux_2_klein_9b_q6p.ckpt", "Qwen Image 1.0",
        "flux_1_dev_de_distill_q8p.ckpt",
    ],
)  # fmt: skip
def test_guidance_by_both_prompts(model: str) -> None:
    request = REQUEST.changed(model=model)
    none = {"guidance_embed", "speed_up_with_guidance_embed"}
    assert without_effect(request).keys() & RULED == none
    assert without_effect(request.changed(guidance_scale=1.0)).keys() & RULED == none | {"negative_prompt"}


@pytest.mark.parametrize("model", UNKNOWN)
def test_nothing_is_claimed_of_an_unknown_model(model: str) -> None:
    assert family_of(model) is None
    request = REQUEST.changed(model=model, guidance_scale=1.0)
    assert without_effect(request) == without_effect(request.changed(model=""))
    assert not without_effect(request).keys() & (RULED | {"shift", "clip_skip", "fps"})
    assert wants_full_strength(request) == ""


def test_the_model_that_is_set_in_the_app_counts_where_none_is_named() -> None:
    assert "shift" in without_effect(REQUEST, "flux_1_dev_q8p.ckpt")
    assert "shift" not in without_effect(REQUEST.changed(model="sd_v1.5_f16.ckpt"), "flux_1_dev_q8p.ckpt")


@pytest.mark.parametrize(
    ("model", "heeds"),
    [("sd_v1.5_f16.ckpt", True), ("flux_1_dev_q8p.ckpt", True), ("z_image_1.0_q6p.ckpt", False),
     ("wan_v2.1_1.3b_480p_q8p.ckpt", False), ("flux_2_dev_q6p.ckpt", False)],
)  # fmt: skip
def test_clip_skip(model: str, heeds: bool) -> None:
    assert ("clip_skip" not in without_effect(REQUEST.changed(model=model))) is heeds


@pytest.mark.parametrize(
    "model",
    ["flux_1_kontext_dev_q8p.ckpt", "FLUX.2 [klein] 4B", "FLUX.2 [dev]", "Qwen Image Edit 1.0 (6-bit)"],
)
def test_edit_models_want_a_strength_of_1(model: str) -> None:
    request = REQUEST.changed(model=model)
    assert wants_full_strength(request).endswith("wants a strength of 1.")
    assert wants_full_strength(request.changed(strength=1.0)) == ""
    assert wants_full_strength(request.changed(model="qwen_image_2512_q6p.ckpt")) == ""


@pytest.mark.parametrize(
    ("ruled", "switch", "on"),
    [
        ("hires_fix_width", "hires_fix", True),
        ("decoding_tile_overlap", "tiled_decoding", True),
        ("diffusion_tile_height", "tiled_diffusion", True),
        ("tea_cache_threshold", "tea_cache", True),
        ("clip_l_text", "separate_clip_l", True),
        ("open_clip_g_text", "separate_open_clip_g", True),
        ("t5_text", "separate_t5", True),
        ("causal_inference_pad", "causal_inference", 5),
        ("cfg_zero_init_steps", "cfg_zero_star", True),
        ("upscaler_scale", "upscaler", UPSCALERS[0]),
        ("refiner_start", "refiner_model", "r.ckpt"),
        ("stochastic_sampling_gamma", "sampler", "TCD"),
    ],
)
def test_what_a_switch_rules(ruled: str, switch: str, on: object) -> None:
    """With any model, known or not."""
    assert ruled in without_effect(REQUEST)
    if switch in payload.FIELDS:
        value = HiresFix(keeps_size=True) if switch == "hires_fix" else on
        request = REQUEST.changed(**{switch: value})
    else:
        request = REQUEST.with_options("DRAW_THINGS", ((switch, on),))
    assert ruled not in without_effect(request)
    sent = payload.build(request)
    assert sent[switch] == on
    assert ruled in sent or KEYS[ruled].default is None, "it is sent all the same"


def test_masks_are_not_of_the_api() -> None:
    of_masks = {"mask_blur", "mask_blur_outset", "preserve_original_after_inpaint"}
    assert of_masks <= without_effect(REQUEST).keys()


def test_all_reasons_are_of_parameters_and_whole_sentences() -> None:
    for family in FAMILIES:
        for request in (REQUEST, REQUEST.changed(speed_up_with_guidance_embed=False, guidance_scale=1.0)):
            reasons = without_effect(request, family.stems[0])
            assert reasons.keys() <= KEYS.keys()
            assert all(reason.endswith(".") for reason in reasons.values())
            assert all(len(reason) < 90 for reason in reasons.values()), "two lines of a sidebar"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_every_stem_finds_its_own_family(family: Family) -> None:
    for stem in family.stems:
        assert family_of(f"{stem}_q8p.ckpt") is family
        assert family_of(stem.replace("_", " ").upper()) is family


def test_each_of_the_three_is_sent_as_it_is_shown() -> None:
    shown = dict.fromkeys(("resolution_dependent_shift", "speed_up_with_guidance_embed"), False)
    shown |= {"guidance_embed": 2.5}
    sent = payload.build(REQUEST.changed(**shown))
    assert shown.items() <= sent.items()


NAMES = st.text(max_size=40) | st.sampled_from([stem for family in FAMILIES for stem in family.stems])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(NAMES, st.lists(st.tuples(st.sampled_from(sorted(KEYS)), VALUES), max_size=4))
def test_it_never_raises(model: str, advanced: list[tuple[str, Any]]) -> None:
    effects.without_effect(REQUEST.with_options("DRAW_THINGS", tuple(advanced)).changed(model=model))
