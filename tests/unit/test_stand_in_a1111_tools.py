# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's A1111 dialect beside generating: extras, png-info, interrogate."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from local_server import Faults, StandIn, picture
from tests.unit.a1111_talk import (
    ask,
    encoded,
    failed,
    flat,
    get,
    painting,
    pixels,
    post,
    texts,
)

pytestmark = pytest.mark.once


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


@pytest.mark.timing
def test_an_interrupt_is_the_end_of_a_batch(server: StandIn) -> None:
    server.faults = Faults(delay=3600)
    files = [{"data": encoded(painting(seed=number)), "name": f"{number}.png"} for number in range(3)]
    done: list[Any] = []
    thread = threading.Thread(
        target=lambda: done.append(post(server, "extra-batch-images", {"imageList": files}))
    )
    thread.start()
    assert server.wait_until(lambda: get(server, "progress")["state"]["job_count"] == 3)
    post(server, "interrupt")
    thread.join(30)
    assert len(done[0]["images"]) == 1


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
