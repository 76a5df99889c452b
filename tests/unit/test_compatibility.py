# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server is told, and nothing else is."""

from __future__ import annotations

import pytest

from drawthings_addon.client.a1111 import endpoints
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.capabilities import Capabilities, assumed
from drawthings_addon.client.catalogue import Catalogue, Choice
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.http.endpoints import rows
from drawthings_addon.client.request import Control, GenerationRequest, Lora, Script, dialect_options
from drawthings_addon.client.sections import HiresFix, Mask

APP, WEB_UI = assumed(DRAW_THINGS), assumed(A1111)
FOR_DRAW_THINGS = GenerationRequest.of(prompt="x")
FOR_A1111 = FOR_DRAW_THINGS.changed(sampler="Euler")
LISTS = Catalogue(
    samplers=(Choice("Euler"), Choice("Strange 🎨")),
    schedulers=(Choice("karras", "Karras"),),
    models=(Choice("sub/m.safetensors [0123456789]"),),
    vaes=(Choice("v.pt"),),
    styles=(Choice("ink"),),
    loras=(Choice("rust", "rusty"),),
    scripts=(Choice("prompt matrix"),),
    control_models=(Choice("depth [1]"),),
)


def test_what_fits_is_not_spoken_of():
    assert APP.incompatibilities(FOR_DRAW_THINGS) == ()
    assert WEB_UI.incompatibilities(FOR_A1111) == ()
    full = FOR_A1111.changed(
        sampler="Strange 🎨",
        scheduler="Karras",
        model="sub_m",
        vae="v.pt",
        styles=("ink",),
        loras=(Lora("rusty"), Lora("rust.safetensors")),
        script=Script("Prompt Matrix"),
        tiling=True,
        controls=(Control("depth [1]", source="DEPTH"),),
        hires_fix=HiresFix(enlarges=True),
    )
    assert WEB_UI.incompatibilities(full, LISTS) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "DPM++ 2M SDE Heun"}, "sampler"),
        ({"scheduler": "Karras"}, "a scheduler"),
        ({"vae": "v"}, "a VAE"),
        ({"styles": ("a",)}, "styles"),
        ({"tiling": True}, "tiling"),
        ({"hires_fix": HiresFix(enlarges=True)}, "hires fix"),
        ({"options": dialect_options("A1111", (("a", 1),))}, "server settings"),
        ({"script": Script("x")}, "scripts"),
        ({"mask": Mask(image=b"x")}, "mask"),
        ({"loras": (Lora("styles/rust"), Lora("moss.ckpt"))}, "“styles/rust” is not the file name of a LoRA"),
        ({"controls": (Control("folder/depth"),)}, "“folder/depth” is not the file name of a control"),
        ({"controls": (Control("m", source="DEPTH"),)}, "maps"),
    ],
)
def test_on_draw_things(change, words):
    (found,) = APP.incompatibilities(FOR_DRAW_THINGS.changed(**change))
    assert words in found.sentence
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "UniPC Trailing"}, "UniPC Trailing"),
        ({"sampler": "Euler A Trailing"}, "Euler A Trailing"),
        ({"seed_mode": "Legacy"}, "seed mode"),
        ({"shift": 3.0}, "shift"),
        ({"hires_fix": HiresFix(keeps_size=True)}, "hires fix"),
        ({"clip_skip": 13}, "CLIP Skip is 13"),
        ({"upscaler": "realesrgan_x2plus_f16.ckpt"}, "upscaler"),
        ({"controls": (Control("c"),)}, "controls"),
        ({"loras": (Lora("a", mode="base"),)}, "mode of a LoRA"),
        (
            {"options": dialect_options("DRAW_THINGS", (("tea_cache", True), ("sharpness", 1.0)))},
            "tea_cache and sharpness",
        ),
        ({"hires_fix": HiresFix(enlarges=True), "operation": "img2img"}, "text to image alone"),
    ],
)
def test_on_a1111(change, words):
    (found,) = WEB_UI.incompatibilities(FOR_A1111.changed(**change))
    assert words in found.sentence
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    "sampler", ["DPM++ 2M Karras", "Euler a", "DDIM", "DPM++ SDE Karras", "UniPC", "LCM"]
)
def test_samplers_that_both_know(sampler):
    assert WEB_UI.incompatibilities(FOR_A1111.changed(sampler=sampler)) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "Heun"}, "Heun"),
        ({"scheduler": "Beta"}, "Beta"),
        ({"model": "other"}, "other"),
        ({"vae": "w.pt"}, "w.pt"),
        ({"styles": ("ink", "oil")}, "oil"),
        ({"loras": (Lora("moss"),)}, "moss"),
        ({"script": Script("x/y/z plot")}, "x/y/z plot"),
        ({"controls": (Control("canny", source="DEPTH"),)}, "canny"),
    ],
)
def test_names_that_the_servers_own_lists_lack(change, words):
    (found,) = WEB_UI.incompatibilities(FOR_A1111.changed(**change), LISTS)
    assert f"“{words}”" in found.sentence


def test_a_model_is_found_by_every_name_that_the_server_takes():
    for name in ("sub/m.safetensors [0123456789]", "sub/m.safetensors", "m", "sub_m", "0123456789"):
        assert WEB_UI.incompatibilities(FOR_A1111.changed(model=name), LISTS) == ()


def test_what_a_smaller_server_lacks():
    small = Capabilities(A1111, rows(endpoints.ENDPOINTS, {endpoints.TXT2IMG}, ""))
    request = FOR_A1111.changed(loras=(Lora("a"),), controls=(Control("m", source="DEPTH"),))
    assert len(small.incompatibilities(request)) == 2
    (found,) = small.incompatibilities(FOR_A1111.changed(operation="img2img"))
    assert "Image to Image" in found.sentence


def test_five_thousand_names_are_not_all_told():
    many = tuple((f"key_{number}", 1) for number in range(5000))
    (found,) = WEB_UI.incompatibilities(FOR_A1111.with_options("DRAW_THINGS", many))
    assert len(found.sentence) < 300
    assert "4995 more" in found.sentence
