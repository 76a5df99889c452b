# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that is sent: complete, of the key table, within its ranges, or refused before."""

from __future__ import annotations

import base64
import io
import json
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.draw_things.keys import ALIASES, CORE, KEYS, ROWS_BY_KEY
from drawthings_addon.client.draw_things.payload import FIELDS, build
from drawthings_addon.client.http.untrusted_json import Base64, to_json
from drawthings_addon.client.request import Control, GenerationRequest, Lora
from drawthings_addon.client.sections import HiresFix
from drawthings_addon.errors import InvalidSettings
from tests.unit.http_fakes import picture

TXT2IMG = GenerationRequest.of(prompt="copper", model="m.ckpt", width=512, height=768, seed=7)


def img2img(**values):
    values = {"width": 128, "height": 192, "init_image": picture(128, 192)} | values
    return TXT2IMG.changed(operation="img2img", **values)


def assert_refused(request, *words):
    with pytest.raises(InvalidSettings) as caught:
        build(request)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.what.endswith(".")
    assert caught.value.advice.endswith(".")
    return caught.value


class TestComplete:
    def test_every_key_that_can_be_sent_is_sent(self):
        sendable = {name for name, key in KEYS.items() if key.sendable}
        assert sendable - build(TXT2IMG).keys() == {"init_images", "tea_cache_end"}
        assert sendable - build(img2img()).keys() == {"tea_cache_end"}

    def test_nothing_of_the_apps_state_leaks_in(self):
        expected = {
            "loras": [],
            "controls": [],
            "upscaler": None,
            "refiner_model": None,
            "hires_fix": False,
            "batch_count": 1,
            "batch_size": 1,
            "num_frames": 1,
            "separate_t5": False,
            "t5_text": None,
            "negative_prompt": "",
            "restore_faces": False,
            "tiled_decoding": False,
        }
        payload = build(TXT2IMG)
        assert {name: payload[name] for name in expected} == expected

    def test_the_fields_are_sent_as_they_are(self):
        request = TXT2IMG.changed(
            negative_prompt="blurry",
            steps=8,
            guidance_scale=1,
            sampler="Euler a",
            shift=3.0,
            clip_skip=2,
            seed_mode="Legacy",
            upscaler="u.ckpt",
            refiner_model="r.ckpt",
            refiner_start=0.5,
            hires_fix=HiresFix(keeps_size=True),
        )
        payload = build(request)
        for name in FIELDS - {"strength", "loras", "controls", "init_images"}:
            assert payload[name] == ROWS_BY_KEY[name].of(request)
        assert isinstance(payload["guidance_scale"], float)

    def test_an_empty_model_is_the_apps_own_and_left_out(self):
        assert "model" not in build(TXT2IMG.changed(model=""))
        assert "model" not in build(TXT2IMG.changed(model="  "))

    def test_an_empty_prompt_is_sent_for_the_app_would_take_its_own(self):
        assert build(TXT2IMG.changed(prompt=""))["prompt"] == ""

    @pytest.mark.parametrize(("width", "told"), [(128, 128), (1024, 1024), (4096, 2048)])
    def test_original_and_target_follow_the_picture_within_bounds(self, width, told):
        payload = build(TXT2IMG.changed(width=width))
        assert payload["original_width"] == payload["target_width"] == told
        assert payload["original_height"] == payload["target_height"] == 768

    def test_tea_cache_end_is_sent_only_when_set(self):
        assert build(TXT2IMG.with_options("DRAW_THINGS", (("tea_cache_end", 9),)))["tea_cache_end"] == 9

    def test_an_empty_text_switches_off_and_an_upscaler_is_never_empty(self):
        payload = build(TXT2IMG.with_options("DRAW_THINGS", (("clip_l_text", ""),)).changed(upscaler=" "))
        assert payload["upscaler"] is None
        assert payload["clip_l_text"] is None

    def test_advanced_values_replace_the_defaults(self):
        advanced = (("target_width", 640), ("tea_cache", True), ("t5_text", "x"), ("sharpness", 3))
        assert build(TXT2IMG.with_options("DRAW_THINGS", advanced)).items() >= dict(advanced).items()

    def test_loras_and_controls_have_every_nested_key(self):
        payload = build(
            TXT2IMG.changed(
                loras=(Lora("a.ckpt", 0.6, "base"),), controls=(Control("d.ckpt", preprocessor="depth"),)
            )
        )
        assert payload["loras"] == [{"file": "a.ckpt", "weight": 0.6, "mode": "base"}]
        assert payload["controls"] == [
            {
                "file": "d.ckpt", "weight": 1.0, "guidanceStart": 0.0, "guidanceEnd": 1.0, "noPrompt": False,
                "globalAveragePooling": True, "downSamplingRate": 1.0, "controlImportance": "balanced",
                "inputOverride": "depth", "targetBlocks": [],
            }
        ]  # fmt: skip


class TestPictures:
    def test_txt2img_has_no_picture_and_full_strength(self):
        payload = build(TXT2IMG.changed(strength=0.3))
        assert payload["strength"] == 1.0
        assert "init_images" not in payload

    def test_txt2img_with_a_picture_is_a_mistake(self):
        assert_refused(TXT2IMG.changed(init_image=picture(512, 768)), "txt2img", "img2img")

    def test_img2img_sends_one_bare_base64_picture(self):
        request = img2img(strength=0.3)
        payload = build(request)
        assert payload["strength"] == 0.3
        (sent,) = payload["init_images"]
        assert sent == Base64(request.images.init_image)

    @pytest.mark.parametrize("progressive", [False, True])
    def test_a_jpeg_will_do(self, progressive):
        image = pytest.importorskip("PIL.Image").new("RGB", (128, 192))
        data = io.BytesIO()
        image.save(data, "JPEG", progressive=progressive, exif=b"Exif\0\0" + bytes(300), comment=b"\xff\xc0x")
        assert len(build(img2img(init_image=data.getvalue()))["init_images"]) == 1
        assert_refused(img2img(init_image=data.getvalue(), width=192), "128 × 192", "192 × 192")
        for end in (2, 3, 10, 100):
            assert_refused(img2img(init_image=data.getvalue()[:end]))

    @pytest.mark.parametrize("size", [(128, 128), (192, 128), (64, 64), (129, 192)])
    def test_its_size_must_be_the_one_that_is_asked_for(self, size):
        assert_refused(img2img(init_image=picture(*size)), f"{size[0]} × {size[1]}", "128 × 192")

    @pytest.mark.parametrize(
        "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xda\0\2"]
    )
    def test_what_is_no_picture_is_refused(self, data):
        assert_refused(img2img(init_image=data))


class TestRefused:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"steps": True}, "Steps"),
            ({"steps": 20.0}, "whole number"),
            ({"steps": 0}, "1 to 150"),
            ({"steps": 10**5000}, "Steps"),
            ({"seed": -1}, "seed"),
            ({"seed": 2**32}, "4294967295"),
            ({"guidance_scale": math.nan}, "Guidance Scale"),
            ({"guidance_scale": math.inf}, "Guidance Scale"),
            ({"guidance_scale": "4"}, "number"),
            ({"guidance_scale": False}, "number"),
            ({"shift": 8.001}, "0.1 to 8"),
            ({"width": 1000}, "1024"),
            ({"width": 64}, "128 to 8192"),
            ({"height": 8256}, "8192"),
            ({"hires_fix": HiresFix(keeps_size=1)}, "on or off"),
            ({"prompt": None}, "Prompt"),
            ({"prompt": "\ud83d"}, "Prompt"),
            ({"model": None}, "Model"),
            ({"sampler": 7}, "Sampler"),
            ({"sampler": "Euler A"}, "“Euler a”"),
            ({"sampler": "unipc trailing"}, "“UniPC Trailing”"),
            ({"seed_mode": "scale alike"}, "“Scale Alike”"),
            ({"upscaler": "../u.ckpt"}, "upscaler"),
            ({"upscaler": ".."}, "upscaler"),
            ({"loras": (Lora("a/b.ckpt"),)}, "LoRA"),
            ({"loras": (Lora("a\\b.ckpt"),)}, "LoRA"),
            ({"loras": (Lora(""),)}, "LoRA"),
            ({"loras": (Lora("a.ckpt", math.nan),)}, "weight"),
            ({"loras": (Lora("a.ckpt", True),)}, "weight"),
            ({"loras": (Lora("a.ckpt", 1, "both"),)}, "mode"),
            ({"controls": (Control("c/d.ckpt"),)}, "control"),
            ({"controls": (Control("c.ckpt", guidance_start=0.9, guidance_end=0.1),)}, "start"),
            ({"controls": (Control("c.ckpt", guidance_end=1.1),)}, "end"),
            ({"controls": (Control("c.ckpt", no_prompt=1),)}, "switch"),
            ({"controls": (Control("c.ckpt", importance="high"),)}, "importance"),
            ({"controls": (Control("c.ckpt", preprocessor="image"),)}, "input"),
            ({"controls": (Control("c.ckpt", target_blocks="abc"),)}, "blocks"),
            ({"operation": "inpaint"}, "img2img"),
        ],
    )
    def test_a_value_that_the_server_would_refuse(self, values, words):
        assert_refused(TXT2IMG.changed(**values), words)

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("cfg_scale", 4.0, "“guidance_scale”"),
            ("n_iter", 1, "“batch_count”"),
            ("Sharpness", 1.0, "“sharpness”"),
            ("mask-blur", 1.0, "“mask_blur”"),
            ("hires_fixx", True, "“hires_fix”"),
            ("sharpnes", 1.0, "“sharpness”"),
            ("override_settings", None, "no setting"),
            ("mask", "x", "no setting"),
            ("steps", 8, "field of its own"),
            ("init_images", None, "field of its own"),
            ("compression_artifacts", "disabled", "refuses every request"),
            ("compression_artifacts_quality", 43.1, "cannot be sent"),
            ("color_calibration", "none", "cannot be sent"),
            ("expand_prompt_to_json", False, "cannot be sent"),
            ("tea_cache_end", -1, "0 to 1000"),
            ("tea_cache_end", None, "number"),
            ("mask_blur_outset", True, "number"),
            ("tea_cache", 0, "on or off"),
            ("sharpness", math.nan, "finite"),
            ("t5_text", 5, "text"),
            ("", 5, "no setting"),
            (5, 5, "text"),
        ],
    )
    def test_an_advanced_setting(self, name, value, words):
        assert_refused(TXT2IMG.with_options("DRAW_THINGS", ((name, value),)), words)

    def test_the_same_advanced_setting_twice(self):
        assert_refused(TXT2IMG.with_options("DRAW_THINGS", (("fps", 5), ("fps", 5))), "twice")

    def test_a_sampler_of_a_newer_app_is_the_servers_to_judge(self):
        assert build(TXT2IMG.changed(sampler="Heun Trailing"))["sampler"] == "Heun Trailing"


def test_the_table_agrees_with_itself():
    assert len(KEYS) == 85
    assert sum(key.sendable for key in KEYS.values()) == 81
    assert not KEYS.keys() & ALIASES.keys()
    assert KEYS.keys() >= CORE
    for key in KEYS.values():
        if key.default is not None and key.minimum is not None:
            assert key.minimum <= key.default <= key.maximum
        if key.choices:
            assert key.default in key.choices


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-200, 9000)
    | st.integers()
    | st.floats(-10, 100)
    | st.floats()
    | st.sampled_from(["", "Euler a", "Scale Alike", "x.ckpt", "a/b", "..", "\ud800"])
    | st.text(max_size=8)
)
numbers = st.integers(-1, 200) | st.floats(-1, 60) | scalars
names = st.sampled_from([*KEYS, *ALIASES]) | st.text(max_size=12)
loras = st.builds(
    Lora, st.sampled_from(["a.ckpt", "b c.ckpt"]) | st.text(max_size=5), numbers,
    st.sampled_from(["all", "base", "refiner", "x"]),
)  # fmt: skip
controls = st.builds(
    Control, st.sampled_from(["c.ckpt"]) | st.text(max_size=5), numbers, st.floats(0, 1) | numbers,
    st.floats(0, 1) | numbers, st.booleans() | numbers, st.booleans(), numbers,
    st.sampled_from(["balanced", "prompt", "control", "x"]), st.sampled_from(["", "depth", "x"]),
    st.lists(st.text(max_size=4), max_size=2).map(tuple),
)  # fmt: skip
good = {
    "width": st.integers(2, 128).map(lambda n: n * 64),
    "height": st.integers(2, 128).map(lambda n: n * 64),
    "seed": st.integers(0, 2**32 - 1),
    "steps": st.integers(1, 150),
    "guidance_scale": st.floats(0, 50),
    "strength": st.floats(0, 1),
    "shift": st.floats(0.1, 8),
    "clip_skip": st.integers(1, 23),
}


@st.composite
def requests(draw):
    """Mostly good requests with something wrong here and there, so that both outcomes are common."""
    values = {name: draw(strategy) for name, strategy in good.items()}
    values["prompt"] = draw(st.text(max_size=20))
    values["model"] = draw(st.sampled_from(["", "m.ckpt"]))
    advanced = draw(st.lists(st.tuples(names, scalars), max_size=2))
    values["loras"] = tuple(draw(st.lists(loras, max_size=1)))
    values["controls"] = tuple(draw(st.lists(controls, max_size=1)))
    values["upscaler"] = draw(st.sampled_from(["", "u.ckpt"]) | scalars)
    for name in draw(st.lists(st.sampled_from(sorted(good)), max_size=1)):
        values[name] = draw(scalars)
    if draw(st.booleans()):
        values |= {"operation": "img2img", "init_image": draw(st.sampled_from([INIT_IMAGE, b"x"]))}
        values |= {"width": 128, "height": 192}
    return GenerationRequest.of(**values).with_options("DRAW_THINGS", advanced)


INIT_IMAGE = picture(128, 192)


def assert_as_the_server_wants_it(payload):
    assert not payload.keys() & ALIASES.keys()
    for name, value in payload.items():
        key = KEYS[name]
        assert key.sendable
        if key.kind == "LIST":
            assert isinstance(value, list)
        elif key.kind == "SWITCH":
            assert isinstance(value, bool)
        elif key.kind == "INTEGER":
            assert type(value) is int
        elif key.kind == "NUMBER":
            assert type(value) is float
        else:
            assert isinstance(value, str) or (value is None and key.nullable)
        if key.minimum is not None:
            assert key.minimum <= value <= key.maximum
    assert payload["width"] % 64 == payload["height"] % 64 == 0
    assert payload["upscaler"] != ""
    for entry in payload["loras"] + payload["controls"]:
        assert entry["file"]
        assert not set(entry["file"]) & set("/\\")
        assert math.isfinite(entry["weight"])
    written = json.loads(to_json(payload))
    if "init_images" in payload:
        sent = base64.b64encode(payload["init_images"][0].data).decode()
        payload = payload | {"init_images": [sent]}
    assert written == payload
    json.dumps(written, ensure_ascii=False).encode()


@settings(max_examples=share(3000))
@given(requests())
def test_a_request_is_refused_in_words_or_is_as_the_server_wants_it(request):
    try:
        payload = build(request)
    except InvalidSettings as error:
        assert error.what
        assert error.advice
        str(error).encode()
        return
    assert_as_the_server_wants_it(payload)
    assert ("init_images" in payload) == (request.operation == "img2img")
    missing = {name for name, key in KEYS.items() if key.sendable} - payload.keys()
    assert missing <= {"init_images", "tea_cache_end", "model"}


@given(st.sampled_from(sorted(KEYS.keys() - FIELDS)), scalars)
def test_every_advanced_key_is_checked_alone(name, value):
    assume(KEYS[name].sendable)
    try:
        payload = build(TXT2IMG.with_options("DRAW_THINGS", ((name, value),)))
    except InvalidSettings:
        return
    assert_as_the_server_wants_it(payload)
