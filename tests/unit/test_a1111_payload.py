# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request as A1111 takes it: complete, as its published models want it, and checked before it is sent."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import a1111_contract
from drawthings_addon.client.a1111 import bodies as orders
from drawthings_addon.client.a1111.payload import build
from drawthings_addon.client.draw_things.payload import build as build_for_draw_things
from drawthings_addon.client.http.untrusted_json import to_json
from drawthings_addon.client.request import ROWS, Control, GenerationRequest, Lora, Script, dialect_options
from drawthings_addon.client.sections import HiresFix, Mask
from drawthings_addon.client.training import HypernetworkSettings, Training
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import InvalidSettings
from drawthings_addon.imaging import png

REQUEST = GenerationRequest.of(prompt="copper", width=128, height=136, seed=7, sampler="Euler a")
PICTURE = png.encode(np.zeros((136, 128, 3), np.uint8))
MASK = png.encode(np.full((136, 128, 1), 255, np.uint8))
IMG2IMG = REQUEST.changed(operation="img2img", init_image=PICTURE)
EVERYTHING = IMG2IMG.with_options(
    "A1111", (("eta_noise_seed_delta", 31337), ("img2img_color_correction", True))
).changed(
    model="sub/m.safetensors [0123456789]",
    vae="v.pt",
    scheduler="Karras",
    styles=("Ünïcode 🎨", "a/b"),
    tiling=True,
    restore_faces=True,
    loras=(Lora("rust.safetensors", 0.75), Lora("moss", -1)),
    refiner_model="refiner",
    script=Script("x/y/z plot", (1, 0.5, None, True, "a", ("p", 2))),
    controls=(Control("depth [1]", image=PICTURE, importance="CONTROL"),),
    mask=Mask(image=MASK, area="MASKED", fill="LATENT_NOISE", blur=0),
)


def check(payload, path="/sdapi/v1/txt2img"):
    """The payload as the server reads it, once it is what the server takes."""
    sent = json.loads(to_json(payload))
    a1111_contract.check_request("POST", path, sent)
    return sent


def test_what_is_sent_is_explicit():
    payload = check(build(REQUEST))
    assert payload["batch_size"] == payload["n_iter"] == 1
    assert (payload["width"], payload["height"], payload["seed"]) == (128, 136, 7)
    assert payload["sampler_name"] == "Euler a"
    assert (payload["steps"], payload["cfg_scale"]) == (20, 4.5)
    assert (payload["send_images"], payload["save_images"]) == (True, False)
    assert payload["override_settings"] == {"CLIP_stop_at_last_layers": 1}
    assert payload["override_settings_restore_afterwards"] is True
    assert payload["enable_hr"] is False
    assert not {"sampler_index", "denoising_strength", "init_images", "mask"} & payload.keys()


def test_names_that_are_left_open_are_not_sent():
    """Each server has its own, and some refuse those of others: nothing of Draw Things' defaults, either."""
    fresh = GenerationRequest.of(prompt="copper", width=128, height=128, seed=7)
    for request in (fresh, fresh.changed(sampler=" ", scheduler=" ", vae=" ", seed_mode=" ")):
        payload = check(build(request.changed(hires_fix=HiresFix(enlarges=True))))
        left_open = {"sampler_name", "sampler_index", "scheduler", "hr_upscaler", "refiner_checkpoint"}
        assert not left_open & payload.keys()
        assert payload["override_settings"] == {"CLIP_stop_at_last_layers": 1}
    unit = build(fresh.changed(controls=(Control("depth", image=PICTURE),)))["alwayson_scripts"]["controlnet"]
    assert "module" not in unit["args"][0], "the extension's own default is none"
    factory = [value for row in ROWS for value in row.parameter.factory.values()]
    assert factory and not any(value in str(build(fresh)) for value in factory)


def test_numbers_are_always_sent():
    numbers = {row.key("A1111"): row.default for row in ROWS if row.kind in (int, float) and row.key("A1111")}
    payload = check(build(GenerationRequest.of(prompt="x", refiner_model="r")))
    sent = payload | {f"override_settings.{key}": each for key, each in payload["override_settings"].items()}
    # Strength is img2img's.
    assert numbers.keys() - sent.keys() == {"denoising_strength"}


def test_no_value_is_null():
    assert None not in build(REQUEST).values()
    assert None not in build(EVERYTHING).values()


def test_everything_that_img2img_can_hold():
    payload = check(build(EVERYTHING), "/sdapi/v1/img2img")
    assert payload["prompt"] == "copper <lora:rust:0.75> <lora:moss:-1>"
    assert base64.b64decode(payload["init_images"][0]) == PICTURE
    assert base64.b64decode(payload["mask"]) == MASK
    assert (payload["inpainting_fill"], payload["inpaint_full_res"], payload["mask_blur"]) == (2, True, 0)
    assert payload["override_settings"] == {
        "CLIP_stop_at_last_layers": 1,
        "sd_model_checkpoint": "sub/m.safetensors [0123456789]",
        "sd_vae": "v.pt",
        "eta_noise_seed_delta": 31337,
        "img2img_color_correction": True,
    }
    assert (payload["refiner_checkpoint"], payload["refiner_switch_at"]) == ("refiner", 0.85)
    assert payload["script_args"] == [1, 0.5, None, True, "a", ["p", 2]]
    (unit,) = payload["alwayson_scripts"]["controlnet"]["args"]
    assert unit["enabled"] is True and unit["save_detected_map"] is False
    assert ("module" in unit, unit["control_mode"]) == (False, "ControlNet is more important")
    assert base64.b64decode(unit["image"]) == PICTURE


def test_without_a_mask_nothing_of_it_is_sent():
    payload = check(build(IMG2IMG), "/sdapi/v1/img2img")
    assert not {"mask", "mask_blur", "inpainting_fill", "inpaint_full_res"} & payload.keys()
    assert payload["denoising_strength"] == 0.6


def test_a_hires_fix_has_the_strength_that_it_needs():
    payload = check(
        build(
            REQUEST.changed(hires_fix=HiresFix(enlarges=True, scale=1.5, upscaler="", steps=4, strength=0.3))
        )
    )
    assert (payload["enable_hr"], payload["hr_scale"], "hr_upscaler" in payload) == (True, 1.5, False)
    assert (payload["hr_second_pass_steps"], payload["denoising_strength"]) == (4, 0.3)
    assert "enable_hr" not in build(IMG2IMG.changed(hires_fix=HiresFix(enlarges=True)))


def test_draw_things_passes_over_what_it_has_no_key_for():
    other = EVERYTHING.changed(height=128, loras=(), refiner_model="", init_image=b"")
    other = other.changed(
        init_image=png.encode(np.zeros((128, 128, 3), np.uint8)), hires_fix=HiresFix(enlarges=True)
    )
    plain = GenerationRequest.of(
        operation="img2img",
        prompt="copper",
        model=other.models.model,
        width=128,
        height=128,
        seed=7,
        sampler="Euler a",
        init_image=other.images.init_image,
    )
    assert build_for_draw_things(other) == build_for_draw_things(plain.changed(restore_faces=True))


@pytest.mark.parametrize(
    ("base", "change", "words"),
    [
        (REQUEST, {"operation": "x"}, "operation"),
        (REQUEST, {"width": 130}, "multiples of 8"),
        (REQUEST, {"height": 0}, "Height"),
        (REQUEST, {"height": 9000}, "Height"),
        (REQUEST, {"width": 128.0}, "whole number"),
        (REQUEST, {"steps": 0}, "Steps"),
        (REQUEST, {"sampler": "UniPC", "steps": 2}, "UniPC"),
        (REQUEST, {"sampler": 7}, "Sampler"),
        (REQUEST, {"seed": -1}, "seed"),
        (REQUEST, {"seed": 2**32}, "seed"),
        (REQUEST, {"guidance_scale": math.nan}, "finite"),
        (REQUEST, {"guidance_scale": math.inf}, "finite"),
        (REQUEST, {"clip_skip": 13}, "CLIP Skip"),
        (REQUEST, {"prompt": "\ud800"}, "character"),
        (REQUEST, {"prompt": None}, "text"),
        (REQUEST, {"tiling": 1}, "on or off"),
        (REQUEST, {"init_image": PICTURE}, "txt2img"),
        (REQUEST, {"mask": Mask(image=MASK)}, "txt2img"),
        (REQUEST, {"loras": (Lora("a:b"),)}, "name of a LoRA"),
        (REQUEST, {"loras": (Lora("a>b"),)}, "name of a LoRA"),
        (REQUEST, {"loras": (Lora(" "),)}, "name of a LoRA"),
        (REQUEST, {"loras": (Lora("a", math.inf),)}, "finite"),
        (REQUEST, {"hires_fix": HiresFix(enlarges=True, scale=5)}, "scale"),
        (REQUEST, {"hires_fix": HiresFix(enlarges=True, strength=2)}, "strength"),
        (REQUEST, {"options": dialect_options("A1111", (("sd_vae", "x"),))}, "field of its own"),
        (REQUEST, {"options": dialect_options("A1111", (("a", 1), ("a", 2)))}, "twice"),
        (REQUEST, {"options": dialect_options("A1111", (("a", math.nan),))}, "finite"),
        (REQUEST, {"options": dialect_options("A1111", (("", 1),))}, "no name"),
        (REQUEST, {"options": dialect_options("A1111", (("a", {}),))}, "neither"),
        (REQUEST, {"script": Script("")}, "no name"),
        (REQUEST, {"script": Script("x", ({},))}, "neither"),
        (REQUEST, {"controls": (Control("", source="DEPTH"),)}, "no model"),
        (REQUEST, {"controls": (Control("m", source="DEPTH"),)}, "no picture"),
        (IMG2IMG, {"controls": (Control("m", image=b"x"),)}, "neither PNG nor JPEG"),
        (IMG2IMG, {"controls": (Control("m", weight=3, source="DEPTH"),)}, "weight"),
        (
            IMG2IMG,
            {"controls": (Control("m", source="DEPTH", guidance_start=0.9, guidance_end=0.1),)},
            "after",
        ),
        (IMG2IMG, {"init_image": b""}, "no picture"),
        (IMG2IMG, {"init_image": b"GIF89a"}, "neither PNG nor JPEG"),
        (IMG2IMG, {"height": 128}, "128 × 136"),
        (IMG2IMG, {"strength": 1.1}, "Strength"),
        (IMG2IMG, {"mask": Mask(image=b"x")}, "mask"),
        (IMG2IMG, {"mask": Mask(image=png.encode(np.zeros((64, 64, 1), np.uint8)))}, "64 × 64"),
        (IMG2IMG, {"mask": Mask(image=png.encode(np.zeros((136, 128, 4), np.uint8)))}, "alpha"),
        (IMG2IMG, {"mask": Mask(image=MASK, blur=65)}, "Mask Blur"),
        (IMG2IMG, {"mask": Mask(image=MASK, fill="x")}, "fill"),
    ],
)
def test_what_no_server_takes_is_told_before_it_is_sent(base, change, words):
    with pytest.raises(InvalidSettings) as caught:
        build(base.changed(**change))
    assert words in caught.value.what
    assert caught.value.advice.endswith(".")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.builds(
        GenerationRequest.of,
        prompt=texts,
        negative_prompt=texts,
        model=texts,
        width=st.integers(8, 64).map(lambda n: n * 8),
        height=st.integers(8, 64).map(lambda n: n * 8),
        seed=st.integers(0, 2**32 - 1),
        steps=st.integers(3, 150),
        guidance_scale=st.floats(0, 50),
        sampler=st.sampled_from(["Euler", "DPM++ 2M Karras", "名前"]),
        clip_skip=st.integers(1, 12),
        scheduler=texts,
        vae=texts,
        styles=st.lists(texts, max_size=3).map(tuple),
        tiling=st.booleans(),
        hires_fix=st.builds(HiresFix, enlarges=st.booleans(), scale=st.floats(1, 4), upscaler=texts),
    )
)
def test_any_request_is_one_of_the_published_model(request):
    check(build(request))


class TestOrders:
    def test_extras_are_of_the_published_model(self):
        single = orders.extra_single(PICTURE, UpscaleSettings("Lanczos", scale=4))
        check(single, "/sdapi/v1/extra-single-image")
        assert (single["resize_mode"], single["upscaling_resize"]) == (0, 4)
        several = orders.extra_batch([PICTURE, PICTURE], UpscaleSettings("Lanczos", size=(96, 64)))
        check(several, "/sdapi/v1/extra-batch-images")
        assert (several["upscaling_resize_w"], several["upscaling_resize_h"]) == (96, 64)
        assert len({file["name"] for file in several["imageList"]}) == 2

    def test_training_names_every_argument_of_the_servers_function(self):
        training = Training("style", "/data", preview_prompt="a style")
        for kind in ("embedding", "hypernetwork"):
            body = orders.train(replace(training, kind=kind.upper()))
            a1111_contract.check_request("POST", f"/sdapi/v1/train/{kind}", body)
            assert isinstance(body["learn_rate"], str), "the server splits it at its commas"
            assert len(body) == (30 if kind == "embedding" else 29)

    def test_what_is_created_is_of_the_servers_function(self):
        body = orders.create(Training("x", "/d", vectors=2, initial_text="rust"), True)
        a1111_contract.check_request("POST", "/sdapi/v1/create/embedding", body)
        body = orders.create(Training("x", "/d", kind="HYPERNETWORK"), False)
        a1111_contract.check_request("POST", "/sdapi/v1/create/hypernetwork", body)

    @pytest.mark.parametrize("name", ["", " ", "../x", "a/b", "a\\b", ".x", "a\nb", "\ud800", "a:b"])
    def test_a_name_becomes_a_file_name(self, name):
        with pytest.raises(InvalidSettings):
            orders.create(Training(name, "/data"), False)
        with pytest.raises(InvalidSettings):
            orders.train(Training(name, "/data", kind="HYPERNETWORK"))

    @pytest.mark.parametrize(
        "make",
        [
            lambda: orders.upscaling(UpscaleSettings(scale=0)),
            lambda: orders.upscaling(UpscaleSettings(gfpgan_visibility=1.5)),
            lambda: orders.upscaling(UpscaleSettings(size=(0, 8))),
            lambda: orders.extra_single(b"x", UpscaleSettings()),
            lambda: orders.extra_batch([], UpscaleSettings()),
            lambda: orders.interrogate(b"", "clip"),
            lambda: orders.interrogate(PICTURE, "other"),
            lambda: orders.train(Training("x", " ")),
            lambda: orders.train(Training("x", "/d", learn_rate="fast")),
            lambda: orders.train(Training("x", "/d", steps=0)),
            lambda: orders.create(
                Training(
                    "x", "/d", kind="HYPERNETWORK", network=HypernetworkSettings(layer_structure=(2, 1))
                ),
                False,
            ),
        ],
    )
    def test_orders_that_would_fail_are_not_sent(self, make):
        with pytest.raises(InvalidSettings):
            make()


class TestContract:
    """The check itself finds what is wrong."""

    @pytest.mark.parametrize(
        "change",
        [
            {"stpes": 5},
            {"steps": "many"},
            {"styles": "one"},
            {"script_args": None},
            {"override_settings": {"no_such_option": 1}},
            {"alwayson_scripts": {"ControlNet": {"args": [{"modul": "none"}]}}},
        ],
    )
    def test_of_requests(self, change):
        with pytest.raises(AssertionError):
            check(build(REQUEST) | change)

    @pytest.mark.parametrize(
        ("path", "status", "answer"),
        [
            ("/sdapi/v1/txt2img", 200, {"images": [], "parameters": {}, "info": {}}),
            ("/sdapi/v1/txt2img", 200, {"images": []}),
            ("/sdapi/v1/txt2img", 200, {"images": [1], "parameters": {}, "info": "{}"}),
            ("/sdapi/v1/txt2img", 422, {"detail": [{"loc": 1}]}),
            ("/sdapi/v1/txt2img", 500, {"detail": "x"}),
        ],
    )
    def test_of_responses(self, path, status, answer):
        with pytest.raises(AssertionError):
            a1111_contract.check_response("POST", path, status, answer)

    def test_a_null_is_fine_where_nothing_is_required(self):
        model = {"title": "t", "model_name": "n", "filename": "f", "hash": None, "config": None}
        a1111_contract.check_response("GET", "/sdapi/v1/sd-models", 200, [model])
        with pytest.raises(AssertionError):
            a1111_contract.check_response("GET", "/sdapi/v1/sd-models", 200, [model | {"title": None}])
