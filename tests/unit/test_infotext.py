# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made is read out of it, whoever made it, and never believed to be well-formed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client.draw_things import payload, script_configuration, xmp
from drawthings_addon.client.request import Control, GenerationRequest, Lora
from drawthings_addon.client.sections import HiresFix
from drawthings_addon.errors import InvalidSettings, PictureInvalid
from drawthings_addon.imaging import png
from drawthings_addon.jobs import infotext, metadata
from drawthings_addon.jobs.recipe import CHUNK, Recipe
from local_server import AppState, Library
from local_server.draw_things import xmp as app_xmp
from tests.unit.http_fakes import picture

BASE = GenerationRequest.of(
    prompt="before", negative_prompt="before", model="base.ckpt", sampler="DDIM", seed=99
)

FULL = """weathered copper, <lora:rust:0.8>, (verdigris:1.2)
in the creases
Negative prompt: blurry, people: none
watermark
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4294967295, Size: 640x960, \
Model hash: 6ce0161689, Model: v1-5-pruned, VAE hash: c6a580b13a, VAE: vae-ft-mse.safetensors, \
Denoising strength: 0.35, Clip skip: 2, Hires upscale: 1.5, Hires steps: 12, \
Hires upscaler: "4x, UltraSharp", Lora hashes: "rust: 12ab, other: 34cd", Tiling: True, \
Face restoration: CodeFormer, Refiner: sd_xl_refiner_1.0 [7440042bbd], Refiner switch at: 0.8, \
Version: v1.10.1"""


def test_everything_that_a1111_writes_is_read() -> None:
    made = infotext.parse(FULL, BASE)
    assert made == BASE.changed(
        prompt="weathered copper, <lora:rust:0.8>, (verdigris:1.2)\nin the creases",
        negative_prompt="blurry, people: none\nwatermark",
        steps=28,
        sampler="DPM++ 2M",
        scheduler="Karras",
        guidance_scale=6.5,
        seed=4294967295,
        width=640,
        height=960,
        model="v1-5-pruned",
        vae="vae-ft-mse.safetensors",
        clip_skip=2,
        tiling=True,
        restore_faces=True,
        refiner_model="sd_xl_refiner_1.0",
        refiner_start=0.8,
        hires_fix=HiresFix(enlarges=True, scale=1.5, upscaler="4x, UltraSharp", steps=12, strength=0.35),
    )
    assert infotext.tells_seed(FULL)


def test_inpainting_is_read() -> None:
    made = infotext.parse(
        "a door\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, Denoising strength: 0.75, "
        "Mask blur: 8, Inpaint area: Only masked, Masked area padding: 48, Masked content: latent noise",
        BASE,
    )
    assert (made.operation, made.sampling.strength) == ("img2img", 0.75)
    assert (made.mask.blur, made.mask.area, made.mask.padding) == (8, "MASKED", 48)
    assert made.mask.fill == "LATENT_NOISE"
    assert not made.upscaling.hires_fix.enlarges


def test_a_hires_size_is_as_good_as_a_scale() -> None:
    text = "a\nSteps: 20, Sampler: Euler, Seed: 1, Size: 512x512, Hires resize: 1024x1024"
    assert infotext.parse(text, BASE).upscaling.hires_fix == HiresFix(enlarges=True, scale=2.0)


def test_what_is_not_told_stays() -> None:
    made = infotext.parse("a\nSteps: 3, Version: x, RNG: CPU", BASE)
    assert (made.models.model, made.sampling.sampler, made.sampling.seed, made.images.width) == (
        "base.ckpt",
        "DDIM",
        99,
        BASE.images.width,
    )
    assert (made.sampling.steps, made.conditioning.prompt, made.conditioning.negative_prompt) == (3, "a", "")
    assert not infotext.tells_seed("a\nSteps: 3, Version: x, RNG: CPU")


@pytest.mark.parametrize(
    "values",
    ["Steps: many", "Steps: 0", "Steps: 1e9", "Steps: nan", "Steps: inf", "Steps: 2.5", "Seed: -1",
     "Seed: 4294967296", "Size: 0x0", "Size: x", "Size: 999999x5", "CFG scale: -3", "Clip skip: 99",
     "Denoising strength: 9", "Inpaint area: elsewhere", 'Model: ""', "Hires upscale: 0"],
)  # fmt: skip
def test_a_wrong_value_is_no_value(values: str) -> None:
    made = infotext.parse(f"a\n{values}, Version: x, RNG: CPU, Eta: 3", BASE)
    told = {"operation": made.operation, "hires_fix": made.upscaling.hires_fix}
    assert made.changed(**told) == BASE.changed(prompt="a", negative_prompt="", **told)


@pytest.mark.parametrize("text", ["", "\n", "just words, a: b", "Negative prompt: only this", '":",\n:::'])
def test_any_text_is_at_least_a_prompt(text: str) -> None:
    assert not infotext.has_settings(text)
    made = infotext.parse(text, BASE)
    assert (made.sampling.steps, made.models.model) == (BASE.sampling.steps, BASE.models.model)


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    made = infotext.parse(text, BASE)
    # What comes out is what a recipe takes.
    assert Recipe.from_json(Recipe(made, "s").text).request == made


@given(st.lists(st.sampled_from(["a: ", '"', "\\", ",", "Steps: 5", "Seed: ", "\n", "x" * 70, "Size: 9x9"])))
def test_no_mixture_is_too_strange(parts: list[str]) -> None:
    infotext.parse("".join(parts), BASE)


@pytest.mark.parametrize("text", ['a:"' * 100_000, "a" * 300_000, "a, " * 100_000, 'a: "\\' * 60_000])
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    began = time.process_time()
    infotext.parse(text, BASE)
    assert time.process_time() - began < 20.0


_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40).map(
    str.strip
)
_PROMPT = st.lists(_LINE, min_size=1, max_size=3).map("\n".join).map(str.strip)
#: A1111 leaves a value that begins with a quote as it is, so it cannot be told from a quoted one.
_NAME = _LINE.filter(lambda text: text and not text.startswith('"'))


@given(
    prompt=_PROMPT.filter(lambda text: text and "Negative prompt:" not in text),
    negative=_PROMPT.filter(lambda text: "Negative prompt:" not in text),
    model=_NAME,
    sampler=_NAME,
    steps=st.integers(1, 150),
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(1, 128), st.integers(1, 128)),
    clip_skip=st.integers(1, 12),
    strength=st.one_of(st.none(), st.integers(0, 100)),
)
def test_our_own_infotext_comes_back(
    prompt: str,
    negative: str,
    model: str,
    sampler: str,
    steps: int,
    seed: int,
    size: tuple[int, int],
    clip_skip: int,
    strength: int | None,
) -> None:
    request = GenerationRequest.of(
        operation="txt2img" if strength is None else "img2img",
        prompt=prompt,
        negative_prompt=negative,
        model=model,
        sampler=sampler,
        steps=steps,
        seed=seed,
        width=size[0] * 64,
        height=size[1] * 64,
        clip_skip=clip_skip,
        strength=BASE.sampling.strength if strength is None else strength / 100,
    )
    text = Recipe(request, "http://127.0.0.1:7860").parameters_text()
    assert infotext.parse(text, BASE.changed(strength=request.sampling.strength)) == request


# Out of a PNG


def _png(**texts: str) -> bytes:
    return picture(text=texts)


def test_our_own_recipe_counts_most() -> None:
    ours = GenerationRequest.of(prompt="ours", loras=(Lora("a.ckpt"),), seed=7)
    told = metadata.read(_png(**Recipe(ours, "s").png_text()), BASE)
    assert told == metadata.Metadata(ours, is_whole=True)


def test_a_damaged_recipe_is_passed_over() -> None:
    told = metadata.read(_png(**{CHUNK: '{"request": 5}', "parameters": FULL}), BASE)
    assert told is not None
    assert (told.request.sampling.steps, told.is_whole) == (28, False)


def test_a_picture_of_draw_things_tells_its_settings() -> None:
    values: dict[str, Any] = AppState().values() | {
        "prompt": "a kite", "negative_prompt": "rain", "steps": 8, "sampler": "Euler a", "shift": 3.0,
        "guidance_scale": 1.5, "model": "z.ckpt", "strength": 0.4, "seed_mode": "Scale Alike",
        "loras": [{"file": "l.ckpt", "weight": 0.5}], "controls": [], "upscaler": None, "clip_skip": 2,
        "tiled_decoding": True, "stage_2_shift": 2.0,
    }  # fmt: skip
    text = app_xmp.document(values, width=640, height=384, seed=5, library=Library())
    told = metadata.read(_png(**{xmp.KEYWORD: text}), BASE)
    assert told is not None
    made = told.request
    assert (made.conditioning.prompt, made.conditioning.negative_prompt, made.models.model) == (
        "a kite",
        "rain",
        "z.ckpt",
    )
    assert (made.sampling.steps, made.sampling.sampler, made.sampling.guidance_scale, made.sampling.seed) == (
        8,
        "Euler a",
        1.5,
        5,
    )
    assert (made.images.width, made.images.height, made.sampling.strength, made.conditioning.clip_skip) == (
        640,
        384,
        0.4,
        2,
    )
    assert (made.sampling.shift, made.conditioning.loras) == (3.0, (Lora("l.ckpt", 0.5),))
    assert dict(made.options_of("DRAW_THINGS")) == {"tiled_decoding": True, "stage_2_shift": 2.0}


EVERYTHING_ON = GenerationRequest.of(
    prompt="before",
    model="before.ckpt",
    loras=(Lora("before.ckpt"),),
    upscaler="realesrgan_x2plus_f16.ckpt",
    refiner_model="before.ckpt",
    clip_skip=2,
    shift=4.0,
    restore_faces=True,
    controls=(Control("before.ckpt"),),
    hires_fix=HiresFix(keeps_size=True),
).with_options("DRAW_THINGS", (("clip_l_text", "before"), ("sharpness", 5.0), ("tea_cache", True)))
CONTROL = {
    "file": "depth.ckpt", "weight": 0.75, "guidanceStart": 0.25, "guidanceEnd": 0.5, "noPrompt": True,
    "globalAveragePooling": False, "downSamplingRate": 2.0, "controlImportance": "prompt",
    "inputOverride": "depth", "targetBlocks": ["down", "mid"],
}  # fmt: skip


def _of_the_app(*left_out: str, **settings: Any) -> bytes:
    """A picture of the app with these settings, whose comment lacks `left_out`."""
    text = app_xmp.document(AppState().values() | settings, width=640, height=384, seed=5, library=Library())
    comment = xmp.read_xmp(text).configuration
    kept = {name: value for name, value in comment.items() if name not in left_out}
    return _png(**{xmp.KEYWORD: f"<exif:UserComment><![CDATA[{json.dumps(kept)}]]></exif:UserComment>"})


@pytest.mark.parametrize("left_out", ["nothing", "v2"])
def test_what_a_picture_of_draw_things_leaves_out_was_off(left_out: str) -> None:
    """`v2` is complete, and before it was there the comment told what was on."""
    told = metadata.read(_of_the_app(left_out), EVERYTHING_ON)
    assert told is not None
    made = told.request
    assert made.models.model == AppState().value("model")
    assert (made.conditioning.loras, made.controls, made.options_of("DRAW_THINGS")) == ((), (), ())
    assert (made.upscaling.upscaler, made.models.refiner_model, made.upscaling.hires_fix.keeps_size) == (
        "",
        "",
        False,
    )
    assert (made.conditioning.clip_skip, made.sampling.shift, made.upscaling.restore_faces) == (1, 1.0, False)


def test_what_a_picture_of_draw_things_was_made_with_is_taken_in_every_detail() -> None:
    picture = _of_the_app(
        loras=[{"file": "lcm_sdxl_lora_f16.ckpt", "weight": 0.5, "mode": "refiner"}],
        controls=[CONTROL],
        upscaler="realesrgan_x4plus_f16.ckpt",
        refiner_model="sd_xl_refiner_1.0_q6p_q8p.ckpt",
        refiner_start=0.5,
        negative_original_height=768,
        separate_t5=True,
        t5_text="for T5",
        resolution_dependent_shift=False,
    )
    told = metadata.read(picture, GenerationRequest())
    assert told is not None
    made = told.request
    assert made.conditioning.loras == (Lora("lcm_sdxl_lora_f16.ckpt", 0.5, "refiner"),)
    assert made.controls == (
        Control(
            "depth.ckpt",
            weight=0.75,
            guidance_start=0.25,
            guidance_end=0.5,
            no_prompt=True,
            global_average_pooling=False,
            down_sampling_rate=2.0,
            importance="PROMPT",
            preprocessor="depth",
            target_blocks=("down", "mid"),
        ),
    )
    assert (made.upscaling.upscaler, made.models.refiner_model, made.models.refiner_start) == (
        "realesrgan_x4plus_f16.ckpt",
        "sd_xl_refiner_1.0_q6p_q8p.ckpt",
        0.5,
    )
    sent = payload.build(made)
    assert (sent["negative_original_height"], sent["resolution_dependent_shift"]) == (768, False)
    assert (sent["separate_t5"], sent["t5_text"]) == (True, "for T5")


def test_an_older_picture_of_draw_things_has_controls_in_snake_case() -> None:
    told = metadata.read(_of_the_app("v2", controls=[CONTROL], hires_fix=True), GenerationRequest())
    assert told is not None
    (control,) = told.request.controls
    assert (control.model, control.weight, control.no_prompt) == ("depth.ckpt", 0.75, True)
    assert (control.guidance_start, control.guidance_end) == (0.25, 0.5)
    assert told.request.upscaling.hires_fix.keeps_size


@pytest.mark.parametrize("wrap", ["{}", '{{"name": "mine", "configuration": {}}}', "\n {} \n"])
def test_a_copied_configuration(wrap: str) -> None:
    values = AppState().values() | {"model": "z.ckpt", "steps": 8, "sampler": "Euler a", "seed": 7}
    values["loras"] = [{"file": "l.ckpt", "weight": 0.5, "mode": "base"}]
    copied = json.dumps(app_xmp.configuration(values, width=640, height=384, seed=7))
    told = metadata.from_copied(wrap.format(copied), EVERYTHING_ON)
    made = told.request
    assert (told.has_prompt, told.has_seed, made.sampling.seed) == (False, True, 7)
    assert (made.conditioning.prompt, made.models.model, made.sampling.steps, made.sampling.sampler) == (
        "before",
        "z.ckpt",
        8,
        "Euler a",
    )
    assert (made.images.width, made.images.height, made.conditioning.loras) == (
        640,
        384,
        (Lora("l.ckpt", 0.5, "base"),),
    )
    assert (
        made.controls,
        made.upscaling.upscaler,
        made.models.refiner_model,
        made.options_of("DRAW_THINGS"),
    ) == (
        (),
        "",
        "",
        (),
    )


@pytest.mark.parametrize(
    "text", ["", "a kite", "[]", "{}", '{"seed": 5}', '{"configuration": 5}', "{" * 9999]
)
def test_what_is_no_copied_configuration_is_said(text: str) -> None:
    with pytest.raises(InvalidSettings, match="no configuration of Draw Things"):
        metadata.from_copied(text, BASE)


@pytest.mark.parametrize(
    ("wrong", "label"),
    [
        ('"steps": "twenty"', "Steps"),
        ('"steps": 3.5', "Steps"),
        ('"steps": 1e999', "Steps"),
        ('"steps": true', "Steps"),
        ('"guidanceScale": [4]', "Guidance Scale"),
        ('"width": "512"', "Width"),
        ('"hiresFix": 1', "Hires Fix"),
        ('"sampler": -1', "Sampler"),
        ('"sampler": true', "Sampler"),
        ('"model": 5', "Model"),
        ('"model": "../kite.ckpt"', "Model"),
        ('"model": "kite\\u0000.ckpt"', "Model"),
        (f'"model": "{"k" * 300}"', "Model"),
        ('"upscaler": "a/b.ckpt"', "Upscaler"),
        ('"refinerModel": {}', "Refiner"),
        ('"loras": {"file": "l.ckpt"}', "LoRAs"),
        ('"loras": [{"file": "l.ckpt"}, null]', "LoRAs"),
        ('"loras": [{"file": "l.ckpt", "weight": "1"}]', "LoRAs"),
        ('"controls": [{"weight": 1}]', "Controls"),
    ],
)
def test_a_copied_configuration_with_one_wrong_value_is_refused_as_a_whole(wrong: str, label: str) -> None:
    text = f'{{"model": "z.ckpt", "guidanceScale": 4, "seed": 5, {wrong}}}'
    with pytest.raises(InvalidSettings) as refused:
        metadata.from_copied(text, BASE)
    assert label.lower() in refused.value.what.lower()
    assert len(refused.value.what) < 300


@pytest.mark.parametrize(
    "odd", ['"steps": null', '"shift": 12.5', '"teaCacheEnd": -1', '"sampler": 99', '"later": {}']
)
def test_what_a_later_app_or_its_window_may_have_is_no_reason_to_refuse(odd: str) -> None:
    made = metadata.from_copied(f'{{"model": "z.ckpt", "guidanceScale": 4, {odd}}}', BASE).request
    assert made.models.model == "z.ckpt"
    payload.build(made)


SCRIPT_NAMES = st.sampled_from(["model", "steps", "sampler", "seed", "loras", "controls", "upscaler"])


@given(st.dictionaries(SCRIPT_NAMES, st.deferred(lambda: JSON_VALUES)))
def test_no_copied_configuration_is_too_strange(script: dict[str, Any]) -> None:
    made = script_configuration.to_request(json.loads(json.dumps(script)), EVERYTHING_ON)
    payload.build(made)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["c", "uc", "seed", "steps", "size", "sampler", "lora", "control", "v2", "scale", "model", "shift"]
)


@given(st.dictionaries(NAMES, JSON_VALUES))
def test_no_comment_of_draw_things_is_too_strange(comment: dict[str, Any]) -> None:
    made = xmp.to_request(xmp.XmpMetadata(None, json.loads(json.dumps(comment))), BASE)
    assert isinstance(made.conditioning.prompt, str)


def test_a_picture_that_tells_nothing() -> None:
    assert metadata.read(_png(), BASE) is None
    assert metadata.read(_png(Comment="made with love"), BASE) is None


def test_a_prompt_alone_is_better_than_nothing() -> None:
    told = metadata.read(_png(parameters="only a prompt"), BASE)
    assert told is not None
    assert (told.request.conditioning.prompt, told.has_seed) == ("only a prompt", False)


def test_what_is_no_png_is_told_as_such() -> None:
    with pytest.raises(PictureInvalid):
        metadata.read(b"GIF89a", BASE)
    assert png.read_text(_png(a="b")) == {"a": "b"}
