# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in refuses what Draw Things refuses, with its words and in its order."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import requests

from local_server import AppState, Faults, Library, Model, StandIn, picture
from local_server.draw_things.keys import KEYS, SAMPLERS, SEED_MODES

pytestmark = pytest.mark.once

TXT2IMG, IMG2IMG = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("echo") as running:
        yield running


def post(server: StandIn, path: str, body: Any, **options: Any) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Connection": "close"}
    return requests.post(server.url + path, data=data, headers=headers, timeout=30, **options)


def detail(server: StandIn, body: Any, path: str = TXT2IMG) -> str:
    """The server's words about a body that it must refuse."""
    response = post(server, path, body)
    assert response.status_code == 422, response.text[:200]
    answer = response.json()
    assert {k: v for k, v in answer.items() if k != "detail"} == {
        "error": "HTTPException",
        "body": "",
        "errors": "",
    }
    assert server.journal[-1].detail == answer["detail"]
    assert server.journal[-1].status == 422
    return str(answer["detail"])


def pixels(width: int = 128, height: int = 128) -> picture.Pixels:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3)).astype(np.uint8)


def init(width: int = 128, height: int = 128) -> str:
    return base64.b64encode(picture.encode(pixels(width, height))).decode()


def listed(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


# JSON and types


def mismatch(kind: str, key: str, found: str) -> str:
    return (
        f"typeMismatch(Swift.{kind}, Swift.DecodingError.Context(codingPath: "
        f'[JSONKey(stringValue: "{key}", intValue: nil)], debugDescription: '
        f'"Expected to decode {kind} but found {found} instead.", underlyingError: nil))'
    )


@pytest.mark.parametrize(
    "body", [b"", b"no json", b'{"steps": NaN}', b'{"steps": Infinity}', b"\xff\xfe", b'{"steps": 1,}']
)
def test_what_is_not_json_is_refused(server: StandIn, body: bytes) -> None:
    text = detail(server, body)
    assert text.startswith(
        "dataCorrupted(Swift.DecodingError.Context(codingPath: [], "
        'debugDescription: "The given data was not valid JSON."'
    )


def test_a_deep_nest_of_brackets_is_refused_and_survived(server: StandIn) -> None:
    assert "not valid JSON" in detail(server, b"[" * 200_000)


def test_a_top_level_array_is_refused(server: StandIn) -> None:
    assert detail(server, []) == (
        "typeMismatch(Swift.Dictionary<Swift.String, Any>, Swift.DecodingError.Context(codingPath: [], "
        'debugDescription: "Expected to decode Dictionary<String, Any> but found an array instead.", '
        "underlyingError: nil))"
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("steps", "20", mismatch("Int", "steps", "a string")),
        ("steps", True, mismatch("Int", "steps", "bool")),
        ("steps", [], mismatch("Int", "steps", "an array")),
        ("strength", False, mismatch("Double", "strength", "bool")),
        ("cfg_scale", {}, mismatch("Double", "cfg_scale", "a dictionary")),
        ("hires_fix", 1, mismatch("Bool", "hires_fix", "number")),
        ("hires_fix", "true", mismatch("Bool", "hires_fix", "a string")),
        ("restore_faces", 0, mismatch("Bool", "restore_faces", "number")),
        ("prompt", 5, mismatch("String", "prompt", "number")),
        ("sampler", 3, mismatch("String", "sampler", "number")),
    ],
)
def test_a_wrong_type_is_refused(server: StandIn, key: str, value: Any, words: str) -> None:
    assert detail(server, {key: value}) == words


@pytest.mark.parametrize("text", ["1.5", "1e400", "9223372036854775808"])
def test_an_int_must_be_an_int(server: StandIn, text: str) -> None:
    assert f"Number {text} is not representable in Swift." in detail(server, b'{"steps": %s}' % text.encode())


def test_an_integral_number_with_a_point_is_an_int(server: StandIn) -> None:
    assert post(server, TXT2IMG, b'{"prompt": "x", "steps": 2e1, "width": 128.0}').ok
    assert server.journal[-1].effective["steps"] == 20


@pytest.mark.parametrize("key", ["sampler", "seed_mode", "init_images"])
def test_null_is_refused_where_the_app_has_no_default(server: StandIn, key: str) -> None:
    assert detail(server, {key: None}).startswith("valueNotFound(Swift.")


def test_null_strings_are_cleared(server: StandIn) -> None:
    server.app_state = AppState().with_leftovers()
    body = {"negative_prompt": None, "upscaler": None, "refiner_model": None, "clip_l_text": None}
    assert post(server, TXT2IMG, {"prompt": "x", **body}).ok
    effective = server.journal[-1].effective
    assert effective["negative_prompt"] == ""
    assert effective["upscaler"] is effective["refiner_model"] is effective["clip_l_text"] is None


def test_null_keeps_numbers_switches_and_lists_as_the_app_has_them(server: StandIn) -> None:
    server.app_state = AppState().with_leftovers()
    assert post(server, TXT2IMG, {"prompt": "x", "steps": None, "hires_fix": None, "loras": None}).ok
    effective = server.journal[-1].effective
    assert effective["steps"] == 7
    assert effective["hires_fix"] is True
    assert len(effective["loras"]) == 1


def test_null_is_checked_against_the_range_all_the_same(server: StandIn) -> None:
    assert detail(server, {"tea_cache_end": None}) == (
        "Value for tea_cache_end must be between 0 and 1000, inclusive (was -1)"
    )


# Parameters


@pytest.mark.parametrize(
    ("sent", "title", "spellings"),
    [
        (("guidance_scale", "cfg_scale"), "Text Guidance", ("guidance_scale", "cfg_scale")),
        (("n_iter", "batch_count"), "Batch Count", ("batch_count", "n_iter")),
        (
            ("sampler_name", "sampler_index"),
            "Sampler",
            ("sampler", "sampler_name", "sampler_index"),
        ),
        (("strength", "denoising_strength"), "Strength", ("strength", "denoising_strength")),
        (("compression_artifacts",), "Compression Artifacts", ("compression_artifacts",) * 2),
        (("expand_prompt_to_json",), "Expand Prompt to JSON", ("expand_prompt_to_json",) * 2),
    ],
)
def test_two_spellings_clash(
    server: StandIn, sent: tuple[str, ...], title: str, spellings: tuple[str, ...]
) -> None:
    assert detail(server, dict.fromkeys(sent, 1)) == (
        f"More than one key for {title} specified (must only specify one of {listed(spellings)})"
    )


@pytest.mark.parametrize(
    "key",
    ["compression_artifacts", "compression_artifacts_quality", "color_calibration", "expand_prompt_to_json"],
)  # fmt: skip
def test_four_keys_cannot_be_sent(server: StandIn, key: str) -> None:
    assert f'["{key}", "{key}"]' in detail(server, {key: server.app_state.value(key)})


@pytest.mark.parametrize(
    ("key", "options"),
    [("sampler", SAMPLERS), ("sampler_index", SAMPLERS), ("seed_mode", SEED_MODES)],
)
def test_an_unknown_option_is_answered_with_the_list(
    server: StandIn, key: str, options: tuple[str, ...]
) -> None:
    assert detail(server, {key: "?"}) == f"Invalid value for {key} (options: {listed(options)})"


def test_options_are_case_sensitive(server: StandIn) -> None:
    assert detail(server, {"sampler": "Euler A"}).startswith("Invalid value for sampler (options: [")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("width", 64, "Width must be between 128 and 8192, inclusive (was 64)"),
        ("height", 8193, "Height must be between 128 and 8192, inclusive (was 8193)"),
        ("seed", 4294967296, "Seed must be between -1 and 4294967295, inclusive (was 4294967296)"),
        ("steps", 0, "Steps must be between 1 and 150, inclusive (was 0)"),
        ("batch_size", 5, "Batch Size must be between 1 and 4, inclusive (was 5)"),
        ("cfg_scale", 51, "Text Guidance must be between 0.0 and 50.0, inclusive (was 51.0)"),
        ("strength", 1.01, "Strength must be between 0.0 and 1.0, inclusive (was 1.01)"),
        ("shift", 0, "Shift must be between 0.1 and 8.0, inclusive (was 0.0)"),
        ("tea_cache_end", -1, "tea_cache_end must be between 0 and 1000, inclusive (was -1)"),
    ],
)
def test_a_value_out_of_range_is_refused(server: StandIn, key: str, value: float, words: str) -> None:
    assert detail(server, {key: value}) == f"Value for {words}"


@pytest.mark.parametrize("key", [key for key in KEYS if key.kind in ("int", "float")], ids=str)
def test_both_ends_of_every_range_are_accepted(server: StandIn, key: Any) -> None:
    for value in (key.minimum, key.maximum):
        words = detail(server, {key.name: value, "model": None})
        if key.name in key.aliases:
            assert words.startswith("More than one key")
        else:
            assert words == "Missing 'model' parameter"


def test_unrecognised_keys_are_listed(server: StandIn) -> None:
    words = detail(server, {"prompt": "x", "mask": "…", 'fo"o': 1, "stage_2_steps": 10})
    assert words == 'Unrecognized keys: ["mask", "fo\\"o", "stage_2_steps"]'


def test_an_older_app_does_not_know_new_keys(server: StandIn) -> None:
    server.faults = Faults(unknown_keys=("cfg_zero_star", "tiled_decoding"))
    assert detail(server, {"prompt": "x", "cfg_zero_star": True}) == ('Unrecognized keys: ["cfg_zero_star"]')
    reported = requests.get(server.url, timeout=30).json()
    assert len(reported) == 81
    assert "tiled_decoding" not in reported


@pytest.mark.parametrize(
    ("released", "keys", "samplers"), [("2025-03-01", 10, 17), ("2025-07-21", 0, 19), ("2026-02-27", 0, 20)]
)
def test_an_older_release(server: StandIn, released: str, keys: int, samplers: int) -> None:
    new = (
        "tea_cache", "tea_cache_start", "tea_cache_threshold", "tea_cache_max_skip_steps", "separate_t5",
        "t5_text", "causal_inference", "causal_inference_pad", "cfg_zero_star", "cfg_zero_init_steps",
    )  # fmt: skip
    server.app_state = replace(server.app_state, released=released)
    told = requests.get(server.url, timeout=30).json()
    assert len(set(new) - told.keys()) == keys
    options = detail(server, {"sampler": "?"})
    assert options.count('"') == 2 * samplers
    assert ('"UniPC Trailing"' in options) is (released >= "2025-07-21")
    assert told["sampler"] in options, "what a fresh app of that day is set to exists there"


def test_a_negative_mask_blur_outset_ends_the_app_whatever_is_sent(server: StandIn) -> None:
    server.app_state = server.app_state.with_settings(mask_blur_outset=-5)
    assert requests.get(server.url, timeout=30).json()["mask_blur_outset"] == -5
    assert detail(server, {"prompt": None}) == "Missing prompt"
    with pytest.raises(requests.ConnectionError):
        post(server, TXT2IMG, {"prompt": "a", "mask_blur_outset": 0})


def test_only_the_first_problem_is_reported_in_the_order_of_the_checks(server: StandIn) -> None:
    broken: dict[str, Any] = {
        "restore_faces": 1, "init_images": "x", "model": 5, "width": 1, "sampler": "?", "mask": 1,
        "prompt": None,
    }  # fmt: skip
    steps = [
        ("restore_faces", "Expected to decode Bool", True),
        ("init_images", "Expected to decode Array", []),
        ("model", "Expected to decode String", None),
        ("width", "Value for Width", 128),
        ("sampler", "Invalid value for sampler", "DDIM"),
        ("mask", "Unrecognized keys", None),
        ("init_images", "init_images is not supported for text-to-image", None),
        ("model", "Missing 'model' parameter", "nonsense.ckpt"),
        ("model", 'Unrecognized model name "nonsense.ckpt"', "flux_1_schnell_q8p.ckpt"),
        ("restore_faces", "Missing file: restoreformer_v1.0_f16.ckpt", False),
        ("model", "Missing files for model", "sd_v1.5_f16.ckpt"),
        ("prompt", "Missing prompt", "x"),
    ]
    for key, words, better in steps:
        assert words in detail(server, broken), key
        if key == "mask" or (key == "init_images" and better is None):
            del broken[key]
        else:
            broken[key] = better
    assert post(server, TXT2IMG, broken).ok


# Pictures


@pytest.mark.parametrize(
    "text",
    ["data:image/png;base64," + "A" * 8, "AAAA\nAAAA", "AAA", "A===", "AA=A", "ÄÖÜß"],
)
def test_base64_is_strict(server: StandIn, text: str) -> None:
    assert detail(server, {"init_images": [text]}, IMG2IMG) == (
        "dataCorrupted(Swift.DecodingError.Context(codingPath: "
        '[JSONKey(stringValue: "init_images", intValue: nil), _CodingKey(stringValue: "Index 0", '
        'intValue: 0)], debugDescription: "Encountered Data is not valid Base64.", '
        "underlyingError: nil))"
    )


@pytest.mark.parametrize("data", [b"", b"text", picture.encode(pixels())[:-40], picture.header(8, 8)])
def test_a_picture_must_be_one(server: StandIn, data: bytes) -> None:
    body = {"init_images": [base64.b64encode(data).decode()]}
    assert detail(server, body, IMG2IMG) == "Data in init_images did not represent a valid image"


def test_the_size_of_the_picture_is_checked_height_first(server: StandIn) -> None:
    body: dict[str, Any] = {"prompt": "x", "init_images": [init(192, 128)], "width": 256, "height": 256}
    assert detail(server, body, IMG2IMG) == ("init_images height doesn't match 128 from the parameter 256")
    body["height"] = 128
    assert detail(server, body, IMG2IMG) == ("init_images width doesn't match 192 from the parameter 256")
    body["width"] = 192
    assert post(server, IMG2IMG, body).ok


def test_the_size_is_checked_before_it_is_floored(server: StandIn) -> None:
    body = {"prompt": "x", "init_images": [init(192, 128)], "width": 200, "height": 128}
    assert detail(server, body, IMG2IMG) == ("init_images width doesn't match 192 from the parameter 200")


def test_a_picture_that_is_no_multiple_of_64_crashes_the_app(server: StandIn) -> None:
    body = {"prompt": "x", "init_images": [init(200, 128)], "width": 200, "height": 128}
    with pytest.raises(requests.ConnectionError):
        post(server, IMG2IMG, body)
    assert server.journal[-1].status == 0
    assert "crashed" in server.journal[-1].detail


@pytest.mark.parametrize("images", [[], None], ids=["empty", "one"])
def test_txt2img_wants_no_pictures(server: StandIn, images: list[str] | None) -> None:
    body = {"prompt": "x", "init_images": [init()] if images is None else images}
    assert detail(server, body) == "init_images is not supported for text-to-image"


@pytest.mark.parametrize("count", [0, 2])
def test_without_exactly_one_picture_the_canvas_is_used(server: StandIn, count: int) -> None:
    canvas = np.full((128, 128, 3), 77, np.uint8)
    server.app_state = replace(server.app_state, canvas=canvas)
    body = {"prompt": "x", "width": 128, "height": 128, "init_images": [init()] * count}
    answer = post(server, IMG2IMG, body).json()
    assert np.array_equal(picture.decode(base64.b64decode(answer["images"][0])), canvas)


def test_echo_returns_the_picture(server: StandIn) -> None:
    body = {"prompt": "x", "init_images": [init(192, 128)], "width": 192, "height": 128}
    answer = post(server, IMG2IMG, body).json()
    assert list(answer) == ["images"]
    assert np.array_equal(picture.decode(base64.b64decode(answer["images"][0])), pixels(192, 128))


# Models and files


def test_an_unknown_model(server: StandIn) -> None:
    assert detail(server, {"model": "X"}) == (
        'Unrecognized model name "X" (see --help for a list of available models)'
    )


def test_a_known_model_that_is_not_downloaded(server: StandIn) -> None:
    assert detail(server, {"model": "FLUX.1 [schnell]", "prompt": None}) == (
        "Missing files for model, see --help for a list of which files this model needs"
    )


def test_a_model_by_its_display_name(server: StandIn) -> None:
    body = {"model": "Stable Diffusion v1.5", "prompt": "x", "width": 128, "height": 128}
    assert post(server, TXT2IMG, body).ok
    assert server.journal[-1].effective["model"] == "sd_v1.5_f16.ckpt"


@pytest.mark.parametrize("body", [{"model": None}, {}])
def test_a_missing_model(server: StandIn, body: dict[str, Any]) -> None:
    server.app_state = server.app_state.with_settings(model=None)
    assert detail(server, body) == "Missing 'model' parameter"


@pytest.mark.parametrize(
    "body",
    [
        {"loras": [{"file": "../x", "weight": 1}]},
        {"loras": [{"file": "a\\b", "weight": 1}]},
        {"upscaler": "a/b"},
    ],
)
def test_files_have_no_folders(server: StandIn, body: dict[str, Any]) -> None:
    assert detail(server, {**body, "prompt": None}) == (
        "Model names may not have any '/' or '' characters in them"
    )


@pytest.mark.parametrize(
    ("body", "file"),
    [
        ({"loras": [{"file": "y.ckpt", "weight": 1}], "upscaler": "z.ckpt"}, "y.ckpt"),
        ({"upscaler": "remacri_4x_f16.ckpt"}, "remacri_4x_f16.ckpt"),
        ({"restore_faces": True}, "restoreformer_v1.0_f16.ckpt"),
    ],
)
def test_a_missing_file(server: StandIn, body: dict[str, Any], file: str) -> None:
    assert detail(server, {**body, "prompt": None}) == (
        f"Missing file: {file} (in CLI, see --help to see the lists of files)"
    )


def test_a_missing_prompt_proves_that_the_model_is_there(server: StandIn) -> None:
    body = {"model": "z_image_turbo_1.0_q6p.ckpt", "prompt": None, "loras": [], "upscaler": None}
    assert detail(server, body) == "Missing prompt"


def test_the_library_can_be_exchanged(server: StandIn) -> None:
    own = Library(models=(Model("mine.ckpt", "Mine", downloaded=True),))
    server.app_state = replace(server.app_state, library=own)
    assert post(server, TXT2IMG, {"model": "mine.ckpt", "prompt": "x", "width": 128}).ok


def test_a_lora_wants_a_weight(server: StandIn) -> None:
    assert detail(server, {"loras": [{"file": "x"}]}) == (
        'keyNotFound(CodingKeys(stringValue: "weight", intValue: nil), '
        'Swift.DecodingError.Context(codingPath: [JSONKey(stringValue: "loras", intValue: nil), '
        '_CodingKey(stringValue: "Index 0", intValue: 0)], debugDescription: "No value associated '
        'with key CodingKeys(stringValue: \\"weight\\", intValue: nil) (\\"weight\\").", '
        "underlyingError: nil))"
    )


CONTROL = {
    "file": "controlnet_depth_1.x_v1.1_f16.ckpt", "weight": 1.0, "guidanceStart": 0.0,
    "guidanceEnd": 1.0, "noPrompt": False, "globalAveragePooling": True, "downSamplingRate": 1.0,
    "controlImportance": "balanced", "inputOverride": "", "targetBlocks": [],
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CONTROL if name != "file"])
def test_a_control_wants_all_but_its_file(server: StandIn, name: str) -> None:
    sent = {key: value for key, value in CONTROL.items() if key != name}
    assert detail(server, {"controls": [sent]}).startswith(
        f'keyNotFound(CodingKeys(stringValue: "{name}", intValue: nil)'
    )


def test_a_whole_control_is_accepted_and_unknown_keys_in_it_are_ignored(server: StandIn) -> None:
    sent = {**CONTROL, "image": "ignored"}
    assert post(server, TXT2IMG, {"prompt": "x", "width": 128, "controls": [sent]}).ok
    assert server.journal[-1].effective["controls"] == [CONTROL]


# What the app lends to a request


def test_the_configuration_has_all_keys_and_values_that_cannot_be_sent_back(
    server: StandIn,
) -> None:
    answers = [requests.get(server.url + path, timeout=30) for path in ("/", "/sdapi/v1/options?x=1")]
    for answer in answers:
        values = answer.json()
        assert set(values) == {key.name for key in KEYS}
        assert len(values) == 83
        assert values["tea_cache_end"] == -1
        assert values["hires_fix_strength"] == 0.699999988079071
        assert '"guidance_scale":4.5' in answer.text
        assert '"strength":1,' in answer.text or '"strength":1}' in answer.text
    assert post(server, TXT2IMG, answers[0].json()).status_code == 422


def test_what_is_left_out_is_inherited(server: StandIn) -> None:
    server.app_state = AppState().with_leftovers()
    response = post(server, TXT2IMG, {"prompt": "mine"})
    effective = server.journal[-1].effective
    assert len(response.json()["images"]) == 6
    header = picture.decode(base64.b64decode(response.json()["images"][0])).shape
    assert header == (1152, 1664, 3)
    assert effective["loras"][0]["file"] == "sdxl_offset_v1.0_lora_f16.ckpt"
    assert effective["upscaler"] == "realesrgan_x2plus_f16.ckpt"
    assert effective["hires_fix"] is True
    assert effective["prompt"] == "mine"


def test_a_complete_request_inherits_nothing(server: StandIn) -> None:
    server.app_state = AppState().with_leftovers()
    body = {
        "prompt": "mine", "negative_prompt": "", "model": "sd_v1.5_f16.ckpt", "seed": 5, "steps": 3,
        "guidance_scale": 4.5, "sampler": "DDIM", "width": 192, "height": 128, "batch_count": 1,
        "batch_size": 1, "loras": [], "controls": [], "upscaler": None, "refiner_model": None,
        "hires_fix": False, "seed_mode": "Scale Alike", "shift": 1, "clip_skip": 1, "strength": 0.5,
        "upscaler_scale": 0, "target_width": 192, "original_width": 192,
    }  # fmt: skip
    images = post(server, TXT2IMG, body).json()["images"]
    assert [picture.decode(base64.b64decode(image)).shape for image in images] == [(128, 192, 3)]
    fresh = AppState().values()
    for name, value in server.journal[-1].effective.items():
        if name == "strength":
            assert value == 1, "txt2img has no strength"
        else:
            assert value == body.get(name, fresh[name]), name


def test_settings_that_the_server_itself_would_refuse_are_inherited_unchecked(
    server: StandIn,
) -> None:
    server.app_state = AppState().with_settings(shift=12.0, tea_cache_end=-1)
    assert post(server, TXT2IMG, {"prompt": "x", "width": 128, "height": 128}).ok


def test_two_settings_are_read_from_their_neighbour(server: StandIn) -> None:
    server.app_state = AppState().with_settings(separate_clip_l=True, clip_l_text="left")
    values = requests.get(server.url, timeout=30).json()
    assert values["separate_t5"] is True
    assert values["t5_text"] == "left"


def test_sizes_are_floored_to_64(server: StandIn) -> None:
    image = post(server, TXT2IMG, {"prompt": "x", "width": 700, "height": 500}).json()["images"][0]
    assert picture.decode(base64.b64decode(image)).shape == (448, 640, 3)


@pytest.mark.parametrize(("scale", "factor"), [(0, 4), (3, 3)])
def test_the_upscaler_changes_the_size(server: StandIn, scale: int, factor: int) -> None:
    body = {
        "prompt": "x", "width": 128, "height": 192,
        "upscaler": "realesrgan_x4plus_f16.ckpt", "upscaler_scale": scale,
    }  # fmt: skip
    image = post(server, TXT2IMG, body).json()["images"][0]
    assert picture.decode(base64.b64decode(image)).shape == (192 * factor, 128 * factor, 3)


def test_an_empty_upscaler_name_passes_the_checks_and_gives_nothing(server: StandIn) -> None:
    assert post(server, TXT2IMG, {"prompt": "x", "upscaler": ""}).json() == {"images": []}


def test_without_a_project_the_list_is_empty(server: StandIn) -> None:
    server.app_state = replace(server.app_state, project_is_open=False)
    assert post(server, TXT2IMG, {"prompt": "x"}).json() == {"images": []}


def test_a_video_model_returns_its_frames(server: StandIn) -> None:
    body = {
        "prompt": "x", "width": 128, "height": 128, "num_frames": 3,
        "model": "wan_v2.1_1.3b_480p_q8p.ckpt",
    }  # fmt: skip
    assert len(post(server, TXT2IMG, body).json()["images"]) == 3


def test_a_random_seed_is_chosen_and_written_into_the_picture(server: StandIn) -> None:
    body = {"prompt": "x", "seed": -1, "width": 128, "height": 128, "batch_count": 2}
    images = post(server, TXT2IMG, body).json()["images"]
    seed = server.journal[-1].effective["seed"]
    assert 0 <= seed < 2**32
    for number, image in enumerate(images):
        assert b'"seed": %d' % ((seed + number) % 2**32) in base64.b64decode(image)


def test_slashes_are_escaped(server: StandIn) -> None:
    text = post(server, TXT2IMG, {"prompt": "x", "width": 512, "height": 512}).text
    assert "\\/" in text
    assert "/" not in text.replace("\\/", "")


def test_the_journal_keeps_no_pixels(server: StandIn) -> None:
    body = {"prompt": "x", "init_images": [init()], "width": 128, "height": 128, "seed": 9}
    assert post(server, IMG2IMG, body).ok
    entry = server.journal[-1]
    assert entry.body == {**body, "init_images": [f"<{len(init())} characters>"]}
    assert (entry.method, entry.path, entry.status, entry.images) == ("POST", IMG2IMG, 200, 1)
    assert entry.accepted and entry.is_generation
    assert server.journal.refused == ()
    assert server.journal.generations == (entry,)
