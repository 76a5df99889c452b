# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's A1111 dialect beside generating: extras, png-info, interrogate, create and train."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_server import Faults, StandIn, picture
from local_server.a1111.training import TRAIN_EMBEDDING, TRAIN_HYPERNETWORK
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


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("echo", dialect="A1111") as running:
        yield running


# Extras


def extra(server: StandIn, image: Any, **values: Any) -> tuple[Any, str]:
    answer = post(server, "extra-single-image", {"image": encoded(image), **values})
    return pixels(answer["image"]), answer["html_info"]


def test_without_an_upscaler_the_picture_comes_back_as_it_is(server: StandIn) -> None:
    image = painting(50, 70)
    result, words = extra(server, image)
    assert np.array_equal(result, image)
    assert words == "<p></p>"


@pytest.mark.parametrize("upscaler", ["Nearest", "Lanczos", "R-ESRGAN 4x+"])
def test_sizes_are_floored_to_eight(server: StandIn, upscaler: str) -> None:
    result, words = extra(server, painting(50, 70), upscaler_1=upscaler)
    assert result.shape == (136, 96, 3)
    assert words == f"<p>Postprocess upscale by: 2, Postprocess upscaler: {upscaler}</p>"


def test_to_a_size_with_and_without_cropping(server: StandIn) -> None:
    size = {"resize_mode": 1, "upscaling_resize_w": 300, "upscaling_resize_h": 100, "upscaler_1": "Lanczos"}
    assert extra(server, painting(64, 64), upscaling_crop=False, **size)[0].shape == (296, 296, 3)
    assert extra(server, painting(64, 64), **size)[0].shape == (100, 300, 3)


def test_enlarging_keeps_the_picture(server: StandIn) -> None:
    image = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    result, _ = extra(server, image, upscaler_1="Lanczos", upscaling_resize=4)
    assert result.shape == (256, 256, 3)
    assert np.abs(result[::4, 2::4].astype(int) - image).max() < 12


def test_transparency_stays(server: StandIn) -> None:
    image = flat((10, 20, 30, 128))
    result, _ = extra(server, image, upscaler_1="Nearest")
    assert result.shape == (128, 128, 4)
    assert (result == (10, 20, 30, 128)).all()


def test_two_upscalers_are_blended(server: StandIn) -> None:
    image = painting()
    near, smooth, both = (
        extra(server, image, upscaler_1="Nearest", **more)[0].astype(float)
        for more in (
            {},
            {"upscaler_2": "Lanczos", "extras_upscaler_2_visibility": 1},
            {"upscaler_2": "Lanczos", "extras_upscaler_2_visibility": 0.5},
        )
    )
    assert np.abs(both - (near + smooth) / 2).max() <= 1


def test_faces_are_restored_only_if_asked_for(server: StandIn) -> None:
    image = painting()
    result, words = extra(server, image, gfpgan_visibility=1)
    assert not np.array_equal(result, image)
    assert words == "<p>GFPGAN visibility: 1</p>"


def test_the_texts_of_an_extra_picture(server: StandIn) -> None:
    image = encoded(painting(), parameters="a fox\nSteps: 3, Seed: 1, Size: 8x8")
    body = {"image": image, "upscaler_1": "Nearest"}
    found = texts(post(server, "extra-single-image", body)["image"])
    assert found["parameters"].startswith("a fox")
    assert found["postprocessing"] == "Postprocess upscale by: 2, Postprocess upscaler: Nearest"


def test_many_at_once_keep_their_order(server: StandIn) -> None:
    files = [{"data": encoded(flat((n, n, n))), "name": f"{n}.png"} for n in range(4)]
    answer = post(server, "extra-batch-images", {"imageList": files, "upscaler_1": "Nearest"})
    assert [int(pixels(image)[0, 0, 0]) for image in answer["images"]] == [0, 1, 2, 3]
    assert answer["html_info"].startswith("<p>")
    assert post(server, "extra-batch-images", {"imageList": []}) == {"html_info": "", "images": []}
    missing = ask(server, "POST", "extra-batch-images", {"imageList": [{"data": "x"}]})
    assert missing.json()["detail"][0]["loc"] == ["body", "imageList", 0, "name"]


def test_extras_that_fail(server: StandIn) -> None:
    assert failed(server, "extra-single-image", {"image": ""})["detail"] == "Invalid encoded image"
    answer = failed(server, "extra-single-image", {"image": encoded(painting()), "upscaler_1": "nope"})
    assert (answer["error"], answer["errors"]) == ("AssertionError", "could not find upscaler named nope")


# png-info and interrogate


def test_png_info_reads_what_a_generation_wrote(server: StandIn) -> None:
    body = {"prompt": "a fox, red", "negative_prompt": "dog", "steps": 3, "width": 64, "height": 128}
    image = post(server, "txt2img", {**body, "seed": 4, "sampler_name": "DDIM"})["images"][0]
    answer = post(server, "png-info", {"image": image})
    assert answer["info"] == texts(image)["parameters"]
    found = answer["parameters"]
    assert (found["Prompt"], found["Negative prompt"]) == ("a fox, red", "dog")
    assert (found["Steps"], found["Seed"], found["Sampler"]) == ("3", "4", "DDIM")
    assert (found["Size-1"], found["Size-2"]) == ("64", "128")
    assert "parameters" not in answer["items"]


def test_png_info_of_a_picture_without_words(server: StandIn) -> None:
    answer = post(server, "png-info", {"image": encoded(painting(), Software="something")})
    assert (answer["info"], answer["items"]) == ("", {"Software": "something"})
    assert answer["parameters"]["Prompt"] == ""
    assert failed(server, "png-info", {"image": ""})["detail"] == "Invalid encoded image"


def test_a_caption_names_the_colours(server: StandIn) -> None:
    image = flat((250, 20, 20), 128, 64)
    image[:, :20] = (20, 20, 250)
    caption = post(server, "interrogate", {"image": encoded(image)})["caption"]
    assert caption == "a smooth picture in red and blue, wide format"
    tags = post(server, "interrogate", {"image": encoded(image), "model": "deepdanbooru"})["caption"]
    assert tags == "no humans, red theme, blue theme"
    response = ask(server, "POST", "interrogate", {"image": encoded(image), "model": "nope"})
    assert (response.status_code, response.json()["detail"]) == (404, "Model not found")


# Create and train


def training(kind: str, folder: Path, **values: Any) -> dict[str, Any]:
    names = TRAIN_EMBEDDING if kind == "embedding" else TRAIN_HYPERNETWORK
    body: dict[str, Any] = dict.fromkeys(names.required, 0)
    body |= {
        f"{kind}_name": "my-red", "learn_rate": 0.005, "batch_size": 1, "gradient_step": 1,
        "data_root": str(folder), "log_directory": "log", "training_width": 64, "training_height": 64,
        "steps": 10, "template_filename": "style.txt", "id_task": "task",
    }  # fmt: skip
    return body | values


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    for number in range(3):
        image = painting(seed=number)
        image[..., 1:] //= 8
        (tmp_path / f"{number}.png").write_bytes(picture.encode(image))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.png").write_bytes(b"no picture either")
    return tmp_path


def test_the_number_of_arguments(server: StandIn) -> None:
    assert len(TRAIN_EMBEDDING.required) == 30
    assert len(TRAIN_HYPERNETWORK.required) == 29
    answer = failed(server, "create/embedding", {"name": "x", "overwrite_old": False})
    assert (answer["error"], answer["errors"]) == (
        "TypeError",
        "create_embedding() missing 1 required positional argument: 'num_vectors_per_token'",
    )
    extra_one = {"name": "x", "num_vectors_per_token": 1, "overwrite_old": False, "nope": 1}
    assert "unexpected keyword argument 'nope'" in failed(server, "create/embedding", extra_one)["errors"]
    words = post(server, "train/embedding", {})["info"]
    assert words.startswith("train embedding complete: filename:  error: train_embedding() missing 30")


def test_an_embedding_is_created_once(server: StandIn) -> None:
    body = {"name": "my-red", "num_vectors_per_token": 3, "overwrite_old": False}
    words = post(server, "create/embedding", body)["info"]
    path = Path(words.removeprefix("create embedding filename: "))
    assert json.loads(path.read_text())["vectors"] == 3
    assert get(server, "embeddings")["loaded"]["my-red"]["vectors"] == 3
    assert post(server, "create/embedding", body)["info"] == (
        f"create embedding error: file {path} already exists"
    )
    assert "filename" in post(server, "create/embedding", {**body, "overwrite_old": True})["info"]
    assert get(server, "cmd-flags")["embeddings_dir"] == str(path.parent)
    server.close()
    assert not path.exists()


def test_a_name_cannot_leave_the_folder(server: StandIn) -> None:
    body = {"name": "../../out/side", "num_vectors_per_token": 1, "overwrite_old": True}
    words = post(server, "create/embedding", body)["info"]
    assert Path(words.removeprefix("create embedding filename: ")).name == "....outside.pt"


def test_a_hypernetwork_needs_its_layers(server: StandIn) -> None:
    body = {"name": "net", "enable_sizes": ["768"], "overwrite_old": False}
    assert failed(server, "create/hypernetwork", body)["error"] == "TypeError"
    body["layer_structure"] = [1, 2, 1]
    assert post(server, "create/hypernetwork", body)["info"] == "create hypernetwork filename: None"
    assert "net" in [item["name"] for item in get(server, "hypernetworks")]
    assert "already exists" in post(server, "create/hypernetwork", body)["info"]


def test_what_was_trained_shows_in_pictures(server: StandIn, data_set: Path) -> None:
    created = {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False}
    post(server, "create/embedding", created)
    words = post(server, "train/embedding", training("embedding", data_set))["info"]
    assert words.startswith("train embedding complete: filename: ")
    assert words.endswith(" error: None")
    path = Path(words.removeprefix("train embedding complete: filename: ").removesuffix(" error: None"))
    assert json.loads(path.read_text())["pictures"] == 3, "neither the text nor the broken one"
    assert get(server, "embeddings")["loaded"]["my-red"]["step"] == 10
    (plain,), _ = generate(server, prompt="a fox", seed=8)
    (red,), _ = generate(server, prompt="a fox, my-red", seed=8)
    assert red[..., 0].mean() > red[..., 1].mean() + 40
    assert not np.array_equal(plain, red)


def test_a_hypernetwork_is_trained(server: StandIn, data_set: Path) -> None:
    created = {"name": "my-red", "enable_sizes": ["768"], "overwrite_old": False, "layer_structure": [1, 1]}
    post(server, "create/hypernetwork", created)
    words = post(server, "train/hypernetwork", training("hypernetwork", data_set))["info"]
    assert words.endswith(" error: None")


@pytest.mark.timing
def test_training_tells_its_progress_and_can_be_interrupted(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False})
    body = training("embedding", data_set, steps=1000, create_image_every=2)
    server.faults = Faults(delay_per_step=0.02)
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(post(server, "train/embedding", body)))
    thread.start()
    fractions, previews = [], set()
    while len(previews) < 2:
        answer = get(server, "progress")
        if answer["state"]["job_count"] == 1000:
            assert answer["state"]["job"] == "train_embedding"
            fractions.append(answer["progress"])
        if answer["current_image"]:
            previews.add(answer["current_image"])
    assert "3 images" in answer["textinfo"]
    assert fractions == sorted(fractions)
    server.faults = Faults(delay_per_step=3600)
    post(server, "interrupt")
    thread.join(30)
    assert done[0]["info"].endswith(" error: None")
    assert 0 < get(server, "embeddings")["loaded"]["my-red"]["step"] < 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"embedding_name": ""}, "embedding not selected"),
        ({"embedding_name": "nope"}, "embedding nope not found"),
        ({"learn_rate": 0}, "Learning rate is empty or 0"),
        ({"batch_size": "1"}, "Batch size must be integer"),
        ({"gradient_step": 0}, "Gradient accumulation step must be positive"),
        ({"data_root": ""}, "Dataset directory is empty"),
        ({"data_root": "/no/such/folder"}, "Dataset directory doesn't exist"),
        ({"template_filename": ""}, "Prompt template file not selected"),
        ({"steps": 0}, "Max steps is empty or 0"),
        ({"log_directory": ""}, "Log directory is empty"),
    ],
)
def test_what_training_refuses_it_tells_with_200(
    server: StandIn, data_set: Path, change: dict[str, Any], words: str
) -> None:
    post(server, "create/embedding", {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False})
    info = post(server, "train/embedding", training("embedding", data_set, **change))["info"]
    assert info == f"train embedding complete: filename:  error: {words}"


def test_a_folder_without_pictures(server: StandIn, tmp_path: Path) -> None:
    post(server, "create/embedding", {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False})
    body = training("embedding", tmp_path)
    assert post(server, "train/embedding", body)["info"].endswith("error: Dataset directory is empty")
    (tmp_path / "a.txt").write_text("x")
    assert "No images found" in post(server, "train/embedding", body)["info"]


# The stand-in's own PNG


@pytest.mark.parametrize("channels", [3, 4])
def test_pixels_and_texts_survive_the_file(channels: int) -> None:
    image = painting(33, 21, channels)
    words = {"parameters": "a fox", "comment": "狐"}
    data = picture.encode(image, texts=words)
    assert np.array_equal(picture.decode_with_alpha(data), image)
    assert np.array_equal(picture.decode(data), image[..., :3])
    assert picture.texts(data) == words
    assert picture.texts(base64.b64decode(encoded(image))) == {}
