# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of the stand-in's A1111 dialect: sizes, batches, samplers, masks, hires fix, ControlNet."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from local_server import Faults, StandIn, WebUi
from tests.unit.a1111_talk import (
    ask,
    encoded,
    failed,
    flat,
    generate,
    get,
    painting,
    pixels,
    post,
    texts,
)

pytestmark = pytest.mark.once

INFO_KEYS = {
    "prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed",
    "all_subseeds", "subseed_strength", "width", "height", "sampler_name", "cfg_scale", "steps",
    "batch_size", "restore_faces", "face_restoration_model", "sd_model_name", "sd_model_hash",
    "sd_vae_name", "sd_vae_hash", "seed_resize_from_w", "seed_resize_from_h", "denoising_strength",
    "extra_generation_params", "index_of_first_image", "infotexts", "styles", "job_timestamp",
    "clip_skip", "is_using_inpainting_conditioning", "version",
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[StandIn]:
    """img2img gives back what the model was shown."""
    with StandIn("echo", dialect="A1111") as running:
        yield running


@pytest.fixture
def patterns() -> Iterator[StandIn]:
    with StandIn("pattern", dialect="A1111") as running:
        yield running


def img2img(server: StandIn, init: Any, **body: Any) -> tuple[list[Any], dict[str, Any]]:
    return generate(server, "img2img", init_images=[encoded(init)], **body)


# Words and sizes


def test_info_has_all_keys_and_the_picture_carries_its_text(server: StandIn) -> None:
    body = {"prompt": "a fox", "negative_prompt": "a, dog", "steps": 2, "width": 64, "height": 64, "seed": 9}
    answer = post(server, "txt2img", body)
    info = json.loads(answer["info"])
    assert set(info) == INFO_KEYS
    text = texts(answer["images"][0])["parameters"]
    assert text == info["infotexts"][0]
    assert text.startswith("a fox\nNegative prompt: a, dog\nSteps: 2, Sampler: Euler, Schedule type: ")
    assert "Seed: 9, Size: 64x64" in text
    assert not answer["images"][0].startswith("data:")


def test_words_beyond_latin_survive(server: StandIn) -> None:
    answer = post(server, "txt2img", {"prompt": "狐 🦊", "steps": 1, "width": 64, "height": 64})
    assert texts(answer["images"][0])["parameters"].startswith("狐 🦊\n")


def test_a_size_is_floored_but_told_as_it_was_asked_for(server: StandIn) -> None:
    (picture,), info = generate(server, width=70, height=61)
    assert picture.shape == (56, 64, 3)
    assert (info["width"], info["height"]) == (70, 61)


@pytest.mark.parametrize(
    "body",
    [
        {"width": 0}, {"height": -64}, {"steps": 0}, {"prompt": None}, {"steps": None}, {"n_iter": 0},
        {"sampler_name": "UniPC", "steps": 2}, {"override_settings": {"nope_key": 1}},
    ],
)  # fmt: skip
def test_some_values_are_thrown(server: StandIn, body: dict[str, Any]) -> None:
    assert failed(server, "txt2img", {"prompt": "x", **body})["detail"] == ""
    assert server.running == 0


def test_a_batch_has_following_seeds_and_each_seed_its_picture(patterns: StandIn) -> None:
    pictures, info = generate(patterns, seed=7, batch_size=2, n_iter=2)
    assert info["all_seeds"] == [7, 8, 9, 10]
    assert info["seed"] == 7
    for seed, picture in zip(info["all_seeds"], pictures, strict=True):
        assert np.array_equal(generate(patterns, seed=seed)[0][0], picture)


def test_a_random_seed_is_told_in_info_only(server: StandIn) -> None:
    answer = post(server, "txt2img", {"prompt": "x", "steps": 1, "width": 64, "height": 64})
    assert answer["parameters"]["seed"] == -1
    assert json.loads(answer["info"])["seed"] >= 0


def test_saving_puts_a_grid_first(patterns: StandIn) -> None:
    pictures, info = generate(patterns, batch_size=2, save_images=True)
    assert info["index_of_first_image"] == 1
    assert [one.shape[:2] for one in pictures] == [(64, 128), (64, 64), (64, 64)]
    assert np.array_equal(pictures[0][:, 64:], pictures[2])
    assert len(info["infotexts"]) == 3


def test_pictures_may_be_left_out(server: StandIn) -> None:
    pictures, info = generate(server, send_images=False)
    assert (pictures, set(info)) == ([], INFO_KEYS)


@pytest.mark.parametrize(
    ("asked", "scheduler", "used", "with_scheduler"),
    [
        ("Euler a", None, "Euler a", "Automatic"),
        ("Euler", "karras", "Euler", "Karras"),
        ("Euler", "nope", "Euler", "Automatic"),
        ("DPM++ 2M Karras", None, "DPM++ 2M", "Karras"),
        ("k_euler_a", None, "DPM++ 2M", "Karras"),
        ("euler a", None, "DPM++ 2M", "Karras"),
    ],
)
def test_an_unknown_sampler_is_replaced_silently(
    server: StandIn, asked: str, scheduler: str | None, used: str, with_scheduler: str
) -> None:
    _, info = generate(server, sampler_name=asked, scheduler=scheduler)
    assert info["sampler_name"] == used
    assert info["extra_generation_params"]["Schedule type"] == with_scheduler


def test_styles_fill_in_or_follow(server: StandIn) -> None:
    _, info = generate(server, prompt="a fox", styles=["Watercolour", "Seamless", "nope"])
    assert info["prompt"] == "watercolour painting of a fox, loose washes, seamless tileable texture"
    assert info["negative_prompt"] == "photograph, frame, border"
    assert info["styles"] == ["Watercolour", "Seamless", "nope"]


def test_settings_are_overridden_for_one_request(server: StandIn) -> None:
    other = get(server, "sd-models")[1]
    override = {"sd_model_checkpoint": other["title"], "CLIP_stop_at_last_layers": 2}
    _, info = generate(server, override_settings=override)
    assert (info["sd_model_name"], info["clip_skip"]) == (other["model_name"], 2)
    assert generate(server)[1]["sd_model_name"] != other["model_name"]
    generate(server, override_settings=override, override_settings_restore_afterwards=False)
    assert get(server, "options")["CLIP_stop_at_last_layers"] == 2.0
    unknown = {"sd_model_checkpoint": "nope"}
    assert generate(server, override_settings=unknown)[1]["sd_model_name"] == other["model_name"]


def test_a_text_fills_what_the_request_leaves_out(server: StandIn) -> None:
    text = "a wolf\nNegative prompt: fog\nSteps: 3, Sampler: DDIM, CFG scale: 4.5, Seed: 11, Size: 128x64"
    answer = post(server, "txt2img", {"infotext": text, "seed": 12})
    info = json.loads(answer["info"])
    assert (info["prompt"], info["steps"], info["sampler_name"], info["seed"]) == ("a wolf", 3, "DDIM", 12)
    assert pixels(answer["images"][0]).shape == (64, 128, 3)


def test_tiling_makes_the_edges_meet(server: StandIn) -> None:
    def gap(picture: Any) -> float:
        values = picture.astype(float)
        return float(np.abs(values[0] - values[-1]).mean())

    plain, tiled = (generate(server, tiling=tiling)[0][0] for tiling in (False, True))
    assert gap(tiled) < gap(plain) / 4


@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="JPEG needs Pillow")
def test_another_format_when_the_settings_say_so(server: StandIn) -> None:
    post(server, "options", {"samples_format": "jpeg"})
    answer = post(server, "txt2img", {"prompt": "ein Füchslein", "steps": 1, "width": 64, "height": 64})
    assert base64.b64decode(answer["images"][0]).startswith(b"\xff\xd8\xff")
    read = post(server, "png-info", {"image": answer["images"][0]})
    assert read["parameters"]["Prompt"] == "ein Füchslein"


# Hires fix


def test_the_second_pass_is_larger(server: StandIn) -> None:
    (picture,), info = generate(server, enable_hr=True, denoising_strength=0.5)
    assert picture.shape == (128, 128, 3)
    assert info["extra_generation_params"]["Hires upscaler"] == "Latent"
    sized = {"hr_resize_x": 96, "hr_resize_y": 160, "hr_upscaler": "Lanczos"}
    (picture,), _ = generate(server, enable_hr=True, denoising_strength=0.5, **sized)
    assert picture.shape == (160, 96, 3)


def test_what_the_second_pass_needs(server: StandIn) -> None:
    body = {"prompt": "x", "width": 64, "height": 64, "enable_hr": True}
    assert failed(server, "txt2img", body)["error"] == "TypeError"
    answer = failed(server, "txt2img", {**body, "denoising_strength": 0.5, "hr_upscaler": "nope"})
    assert (answer["error"], answer["errors"]) == ("Exception", "could not find upscaler named nope")


# img2img


def test_what_an_init_image_must_be(server: StandIn) -> None:
    response = ask(server, "POST", "img2img", {"prompt": "x"})
    assert (response.status_code, response.json()["detail"]) == (404, "Init image not found")
    assert failed(server, "img2img", {"init_images": []})["error"] == "IndexError"
    for bad in ("", "no base64!", base64.b64encode(b"no picture").decode(), 5):
        assert failed(server, "img2img", {"init_images": [bad]})["detail"] == "Invalid encoded image"
    address = failed(server, "img2img", {"init_images": ["http://127.0.0.1:1/x.png"]})
    assert address["detail"] == "Request to local resource not allowed"
    two = [encoded(painting()), encoded(painting())]
    answer = failed(server, "img2img", {"init_images": two})
    assert answer["errors"] == "bad number of images passed: 2; expecting 1 or less"


def test_two_pictures_are_paired_with_a_batch_of_two(server: StandIn) -> None:
    first, second = painting(seed=1), painting(seed=2)
    pictures, _ = generate(server, "img2img", init_images=[encoded(first), encoded(second)], batch_size=2)
    assert np.array_equal(pictures[0], first)
    assert np.array_equal(pictures[1], second)


def test_a_data_uri_and_plain_base64_are_the_same(server: StandIn) -> None:
    init = painting()
    for text in (encoded(init), "data:image/png;base64," + encoded(init)):
        (picture,), _ = generate(server, "img2img", init_images=[text])
        assert np.array_equal(picture, init)


def test_the_size_is_the_requests_and_not_the_pictures(server: StandIn) -> None:
    left, right = flat((255, 0, 0), 64, 64), flat((0, 0, 255), 64, 64)
    wide = np.concatenate([left, right], axis=1)
    shapes = {mode: img2img(server, wide, resize_mode=mode)[0][0] for mode in (0, 1, 2, 3)}
    assert {one.shape for one in shapes.values()} == {(64, 64, 3)}
    assert tuple(shapes[0][32, 4]) == (255, 0, 0)
    cropped = img2img(server, np.concatenate([left, right, left], axis=1), resize_mode=1)[0][0]
    assert (cropped == (0, 0, 255)).mean() > 0.9


def test_transparency_is_laid_on_white(server: StandIn) -> None:
    (picture,), _ = img2img(server, flat((200, 0, 0, 0)))
    assert picture.shape[2] == 3
    assert (picture == 255).all()


def test_the_request_is_echoed_without_its_pictures(server: StandIn) -> None:
    init = encoded(painting())
    body = {"init_images": [init], "mask": init, "steps": 1, "width": 64, "height": 64}
    parameters = post(server, "img2img", body)["parameters"]
    assert parameters["init_images"] is parameters["mask"] is None
    parameters = post(server, "img2img", {**body, "include_init_images": True})["parameters"]
    assert parameters["init_images"] == [init]


def test_fewer_steps_are_run_than_asked_for(server: StandIn) -> None:
    img2img(server, painting(), steps=20, denoising_strength=0.75)
    assert get(server, "progress")["state"]["sampling_steps"] == 16


# Masks


def half_mask(size: int = 64) -> Any:
    """White on the right."""
    mask = np.zeros((size, size, 3), np.uint8)
    mask[:, size // 2 :] = 255
    return mask


@pytest.mark.parametrize("full", [False, True])
def test_what_is_black_in_the_mask_stays_exactly(patterns: StandIn, full: bool) -> None:
    init = painting()
    body = {"mask": encoded(half_mask()), "mask_blur": 0, "inpaint_full_res": full}
    (picture,), _ = img2img(patterns, init, denoising_strength=1.0, **body)
    assert np.array_equal(picture[:, :32], init[:, :32])
    assert (picture[:, 32:] != init[:, 32:]).any(axis=2).mean() > 0.8
    (inverted,), _ = img2img(patterns, init, denoising_strength=1.0, inpainting_mask_invert=1, **body)
    assert np.array_equal(inverted[:, 32:], init[:, 32:])


def test_blur_softens_the_edge(patterns: StandIn) -> None:
    init = flat((0, 0, 0))
    hard, soft = (
        img2img(patterns, init, mask=encoded(half_mask()), mask_blur=blur, inpaint_full_res=False)[0][0]
        for blur in (0, 4)
    )
    assert not hard[:, 28:32].any()
    assert soft[:, 28:32].any()


def test_only_the_masked_area_gives_the_size_of_the_picture(patterns: StandIn) -> None:
    init = painting(100, 80)
    mask = np.zeros((80, 100, 3), np.uint8)
    mask[20:40, 30:50] = 255
    body = {"mask": encoded(mask), "mask_blur": 0, "denoising_strength": 1.0}
    (part,), _ = img2img(patterns, init, **body)
    assert part.shape == (80, 100, 3)
    changed = (part != init).any(axis=2)
    assert changed[20:40, 30:50].mean() > 0.8
    assert changed.sum() == changed[20:40, 30:50].sum()
    (whole,), _ = img2img(patterns, init, inpaint_full_res=False, **body)
    assert whole.shape == (64, 64, 3)


def test_a_black_mask_is_no_mask_where_only_its_area_counts(server: StandIn) -> None:
    init = painting(100, 80)
    (picture,), _ = img2img(server, init, mask=encoded(np.zeros((80, 100, 3), np.uint8)))
    assert picture.shape == (64, 64, 3)


def test_alpha_is_the_mask_where_it_is_not_opaque(patterns: StandIn) -> None:
    init = painting()
    mask = np.concatenate([np.full((64, 64, 3), 255, np.uint8), half_mask()[..., :1]], axis=2)
    body = {"mask_blur": 0, "inpaint_full_res": False, "denoising_strength": 1.0}
    (picture,), _ = img2img(patterns, init, mask=encoded(mask), **body)
    assert np.array_equal(picture[:, :32], init[:, :32])


def test_the_masked_content_is_what_was_asked_for(server: StandIn) -> None:
    init = painting()
    shown = [
        img2img(
            server, init, mask=encoded(half_mask()), mask_blur=0, inpaint_full_res=False, inpainting_fill=fill
        )[0][0][:, 32:]
        for fill in range(4)
    ]
    assert np.array_equal(shown[1], init[:, 32:])
    assert (shown[3] == 128).all()
    assert shown[0].std() < init.std() / 2, "a smooth fill from the surroundings"
    assert not np.array_equal(shown[2], shown[0])


def test_an_empty_mask_is_thrown(server: StandIn) -> None:
    body = {"init_images": [encoded(painting())], "mask": ""}
    assert failed(server, "img2img", body)["error"] == "AttributeError"


# Scripts


def test_scripts_that_are_not_there(server: StandIn) -> None:
    for body, words in (
        ({"script_name": "nope"}, "Script 'nope' not found"),
        ({"script_name": "loopback"}, "Script 'loopback' not found"),
        ({"alwayson_scripts": {"nope": {}}}, "Script 'nope' not found"),
        (
            {"alwayson_scripts": {"Prompt matrix": {"args": []}}},
            "Cannot have a selectable script in the always on scripts params",
        ),
    ):
        response = ask(server, "POST", "txt2img", {"prompt": "x", **body})
        assert (response.status_code, response.json()["detail"]) == (422, words)


def test_a_prompt_matrix_makes_each_combination_and_a_grid(patterns: StandIn) -> None:
    arguments = [False, False, "positive", "comma", 0]
    pictures, info = generate(
        patterns, prompt="a fox|red|old", script_name="Prompt matrix", script_args=arguments
    )
    assert info["all_prompts"] == ["a fox", "a fox, red", "a fox, old", "a fox, red, old"]
    assert info["index_of_first_image"] == 1
    assert len(pictures) == 5
    short = {"prompt": "x", "script_name": "Prompt matrix", "script_args": []}
    assert failed(patterns, "txt2img", short)["error"] == "TypeError"


def test_loopback_goes_on_from_its_own_picture(patterns: StandIn) -> None:
    init = flat((0, 0, 0))
    arguments = [3, 0.5, "Linear", "None"]
    pictures, _ = img2img(
        patterns, init, script_name="loopback", script_args=arguments, denoising_strength=0.3
    )
    assert len(pictures) == 3
    assert pictures[0].mean() < pictures[1].mean() < pictures[2].mean()


# ControlNet


def unit(**values: Any) -> dict[str, Any]:
    ramp = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 64, axis=0)
    depth = {"image": encoded(np.repeat(ramp, 3, axis=2)), "module": "none"}
    model = "control_v11f1p_sd15_depth [cfd03158]"
    return {"enabled": True, "model": model, "save_detected_map": False, **depth, **values}


def controlled(server: StandIn, *units: dict[str, Any]) -> list[Any]:
    return generate(server, alwayson_scripts={"ControlNet": {"args": list(units)}})[0]


def test_a_depth_map_shows_in_the_picture(server: StandIn) -> None:
    (plain,), (lit,) = controlled(server, unit(enabled=False)), controlled(server, unit())
    change = lit.astype(float) - plain
    assert change[:, :16].mean() < -10, "dark where the map is"
    assert lit[:, -16:].mean() > lit[:, :16].mean() + 20
    (weak,) = controlled(server, unit(weight=0.2))
    assert np.abs(weak.astype(float) - plain).mean() < np.abs(change).mean() / 2


def test_lines_are_drawn(server: StandIn) -> None:
    square = np.zeros((64, 64, 3), np.uint8)
    square[16:48, 16:48] = 255
    line = unit(image=encoded(square), module="canny", model="control_v11p_sd15_canny", weight=2)
    line["save_detected_map"] = True
    picture, detected = controlled(server, line)
    (plain,) = controlled(server)
    edges = detected[..., 0] > 128
    assert 0 < edges.mean() < 0.3
    assert picture[edges].mean() < plain[edges].mean()
    assert np.array_equal(picture[~edges], plain[~edges])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "nope"}, "model not found: nope"),
        ({"module": "nope"}, "Unknown preprocessor: nope"),
        ({"weight": 3}, "weight must be between 0.0 and 2.0, not 3"),
        ({"guidance_start": 0.8, "guidance_end": 0.2}, "guidance_start must be less than"),
        ({"image": None}, "controlnet is enabled but no input image is given"),
        ({"resize_mode": "Stretch"}, "resize_mode: 'Stretch' is not one of"),
    ],
)
def test_a_unit_that_does_not_fit_is_thrown(server: StandIn, change: dict[str, Any], words: str) -> None:
    scripts = {"controlnet": {"args": [unit(**change)]}}
    assert failed(server, "txt2img", {"prompt": "x", "alwayson_scripts": scripts})["errors"].startswith(words)


def test_without_an_image_of_its_own_a_unit_takes_the_init_image(server: StandIn) -> None:
    without = unit()
    del without["image"]
    scripts = {"controlnet": {"args": [without]}}
    init = painting()
    (picture,), _ = img2img(server, init, alwayson_scripts=scripts)
    assert not np.array_equal(picture, init)


def test_the_extensions_own_routes(server: StandIn) -> None:
    models = get(server, "/controlnet/model_list?update=true")["model_list"]
    assert "none" in get(server, "/controlnet/module_list")["module_list"]
    types = get(server, "/controlnet/control_types")["control_types"]
    assert types["Depth"]["default_model"] in models
    body = {"controlnet_module": "canny", "controlnet_input_images": [encoded(painting())]}
    answer = post(server, "/controlnet/detect", body)
    assert answer["info"] == "Success"
    assert pixels(answer["images"][0]).shape == (64, 64, 3)
    for bad in ({**body, "controlnet_module": "nope"}, {"controlnet_module": "canny"}):
        assert ask(server, "POST", "/controlnet/detect", bad).status_code == 422


def test_without_the_extension() -> None:
    with StandIn("echo", dialect="A1111", controlnet=False) as server:
        assert ask(server, "GET", "/controlnet/model_list").status_code == 404
        body = {"prompt": "x", "alwayson_scripts": {"controlnet": {"args": []}}}
        assert ask(server, "POST", "txt2img", body).json()["detail"] == "Script 'controlnet' not found"
        assert "controlnet" not in get(server, "scripts")["txt2img"]


# Lying servers speak this dialect too


def test_faults_spoil_the_list(server: StandIn) -> None:
    server.faults = Faults(extra_images=2, plain_picture=True)
    answer = post(server, "txt2img", {"prompt": "x", "steps": 1, "width": 64, "height": 64})
    assert len(answer["images"]) == 3
    assert texts(answer["images"][0]) == {}
    server.faults = Faults(no_images_key=True)
    assert "images" not in post(server, "txt2img", {"prompt": "x", "steps": 1, "width": 64, "height": 64})


def test_a_trained_style_shows(server: StandIn) -> None:
    from local_server.a1111.webui import Embedding

    blue = Embedding("my-blue", 1, 100, mean=(10.0, 20.0, 200.0), spread=(5.0, 5.0, 20.0))
    server.app_state = WebUi().with_embedding(blue)
    (plain,), _ = generate(server, prompt="a fox")
    (styled,), _ = generate(server, prompt="a fox in my-blue style")
    assert styled[..., 2].mean() > styled[..., 0].mean() + 60
    assert not np.array_equal(plain, styled)
