# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drawthings_addon.client import endpoints
from drawthings_addon.client.capabilities import assumed, listed
from drawthings_addon.client.catalogue import Catalogue, Choice
from drawthings_addon.client.compatibility import what_does_not_fit
from drawthings_addon.client.request import (
    Control,
    ControlUnit,
    GenerationRequest,
    HiresFix,
    Lora,
    Script,
)

DRAW_THINGS, A1111 = assumed("DRAW_THINGS"), assumed("A1111")
FOR_DRAW_THINGS = GenerationRequest(prompt="x")
FOR_A1111 = replace(FOR_DRAW_THINGS, sampler="Euler")
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
    assert what_does_not_fit(FOR_DRAW_THINGS, DRAW_THINGS) == ()
    assert what_does_not_fit(FOR_A1111, A1111) == ()
    full = replace(
        FOR_A1111,
        sampler="Strange 🎨",
        scheduler="Karras",
        model="sub_m",
        vae="v.pt",
        styles=("ink",),
        loras=(Lora("rusty"), Lora("rust.safetensors")),
        script=Script("Prompt Matrix"),
        hires=HiresFix(),
        tiling=True,
        control_units=(ControlUnit("depth [1]"),),
    )
    assert what_does_not_fit(full, A1111, LISTS) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "DPM++ 2M SDE Heun"}, "sampler"),
        ({"scheduler": "Karras"}, "a scheduler"),
        ({"vae": "v"}, "a VAE"),
        ({"styles": ("a",)}, "styles"),
        ({"tiling": True}, "tiling"),
        ({"hires": HiresFix()}, "hires fix"),
        ({"override_settings": (("a", 1),)}, "server settings"),
        ({"script": Script("x")}, "scripts"),
        ({"mask": b"x"}, "mask"),
        ({"loras": (Lora("styles/rust"), Lora("moss.ckpt"))}, "“styles/rust” is not the file name of a LoRA"),
        ({"controls": (Control("folder/depth"),)}, "“folder/depth” is not the file name of a control"),
        ({"control_units": (ControlUnit("m"),)}, "maps"),
    ],
)
def test_on_draw_things(change, words):
    (misfit,) = what_does_not_fit(replace(FOR_DRAW_THINGS, **change), DRAW_THINGS)
    assert words in misfit.sentence
    assert misfit.sentence.endswith(".")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "UniPC Trailing"}, "UniPC Trailing"),
        ({"sampler": "Euler A Trailing"}, "Euler A Trailing"),
        ({"seed_mode": "Legacy"}, "seed mode"),
        ({"shift": 3.0}, "shift"),
        ({"hires_fix": True}, "hires fix"),
        ({"clip_skip": 13}, "CLIP Skip is 13"),
        ({"upscaler": "realesrgan_x2plus_f16.ckpt"}, "upscaler"),
        ({"controls": (Control("c"),)}, "controls"),
        ({"loras": (Lora("a", mode="base"),)}, "mode of a LoRA"),
        ({"advanced": (("tea_cache", True), ("sharpness", 1.0))}, "tea_cache and sharpness"),
        ({"hires": HiresFix(), "operation": "img2img"}, "text to image alone"),
    ],
)
def test_on_a1111(change, words):
    (misfit,) = what_does_not_fit(replace(FOR_A1111, **change), A1111)
    assert words in misfit.sentence
    assert misfit.sentence.endswith(".")


@pytest.mark.parametrize(
    "sampler", ["DPM++ 2M Karras", "Euler a", "DDIM", "DPM++ SDE Karras", "UniPC", "LCM"]
)
def test_samplers_that_both_know(sampler):
    assert what_does_not_fit(replace(FOR_A1111, sampler=sampler), A1111) == ()


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
        ({"control_units": (ControlUnit("canny"),)}, "canny"),
    ],
)
def test_names_that_the_servers_own_lists_lack(change, words):
    (misfit,) = what_does_not_fit(replace(FOR_A1111, **change), A1111, LISTS)
    assert f"“{words}”" in misfit.sentence


def test_a_model_is_found_by_every_name_that_the_server_takes():
    for name in ("sub/m.safetensors [0123456789]", "sub/m.safetensors", "m", "sub_m", "0123456789"):
        assert what_does_not_fit(replace(FOR_A1111, model=name), A1111, LISTS) == ()


def test_what_a_smaller_server_lacks():
    small = listed({endpoints.TXT2IMG})
    request = replace(FOR_A1111, loras=(Lora("a"),), control_units=(ControlUnit("m"),))
    assert len(what_does_not_fit(request, small)) == 2
    (misfit,) = what_does_not_fit(replace(FOR_A1111, operation="img2img"), small)
    assert "Image to Image" in misfit.sentence


def test_five_thousand_names_are_not_all_told():
    many = tuple((f"key_{number}", 1) for number in range(5000))
    (misfit,) = what_does_not_fit(replace(FOR_A1111, advanced=many), A1111)
    assert len(misfit.sentence) < 300
    assert "4995 more" in misfit.sentence
