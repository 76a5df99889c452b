# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""At 4096 × 4096 no step of ours holds Python's interpreter, and with it Blender, for 50 ms at a stretch.

Each used to hold it for a second or did not: a run on a busy computer is repeated, and one that was quick
enough is enough.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.heartbeat import longest_hold
from drawthings_addon.client import answer, budget
from drawthings_addon.client.a1111 import answers
from drawthings_addon.client.a1111 import payload as a1111_payload
from drawthings_addon.client.answer import GeneratedImage
from drawthings_addon.client.draw_things import payload
from drawthings_addon.client.http import untrusted_json
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.sections import InpaintFill
from drawthings_addon.imaging import contact_sheet, fit, png, scale
from drawthings_addon.imaging.lettering import Lettering
from drawthings_addon.imaging.scale import Axis
from drawthings_addon.imaging.steps import Fit, Steps
from drawthings_addon.imaging.tiles import Grid
from drawthings_addon.imaging.uv_mask import UvFaces
from drawthings_addon.jobs import inpainting, results, sources
from drawthings_addon.jobs.inpainting import Inpainting
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import TaskIO

SIDE = 4096
BOUND = 0.05
ATTEMPTS = 8
HERE = Server("localhost")
REQUEST = GenerationRequest.of(prompt="moss", width=SIDE, height=SIDE, sampler="Euler")
BOUNDS = budget.of_generation(REQUEST)


@functools.cache
def noise(channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, channels), np.uint8)


@functools.cache
def picture(channels: int = 3) -> bytes:
    return png.encode(noise(channels))


@functools.cache
def body(style: str) -> bytes:
    text = base64.b64encode(picture()).decode()
    if style == "wrapped":
        text = "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    if style == "data":
        text = f"data:image/png;base64,{text}"
    written = json.dumps({"images": [text], "parameters": {}, "info": json.dumps({"all_seeds": [7]})})
    return (written.replace("/", "\\/") if style == "slashes" else written).encode()


@pytest.fixture(scope="module", autouse=True)
def memory_is_freed() -> Iterator[None]:
    yield
    for made in (noise, picture, body):
        made.cache_clear()


def check(call: Callable[[], object]) -> None:
    held = []
    for _ in range(ATTEMPTS):
        held.append(longest_hold(call))
        if held[-1] < BOUND:
            return
    pytest.fail(f"the interpreter was held for {min(held) * 1000:.0f} ms")


@pytest.mark.parametrize("style", ["plain", "slashes", "wrapped", "data"])
def test_reading_an_answer(style: str) -> None:
    data = body(style)
    check(lambda: answer.read_images(HERE, data, BOUNDS))


def test_reading_an_answer_of_a1111() -> None:
    data = body("plain")
    check(lambda: answers.read_generation(HERE, data, REQUEST, BOUNDS))


@pytest.mark.parametrize("build", [payload.build, a1111_payload.build])
def test_writing_a_request(build: Callable[[GenerationRequest], dict[str, object]]) -> None:
    request = REQUEST.changed(operation="img2img", init_image=picture())
    if build is payload.build:
        request = request.changed(sampler=GenerationRequest().sampling.sampler)
    check(lambda: untrusted_json.to_json(build(request)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_preparing_a_source_and_putting_its_result_back(channels: int) -> None:
    source = Source(SourceName("OTHER", "image"), pixels=noise(channels)[:4090, :4090])
    made = noise(3)

    def there_and_back() -> None:
        prepared = sources.prepare(source)
        prepared.steps.back(made)
        prepared.mask(source)
        prepared.beside(source)

    check(there_and_back)


@pytest.mark.parametrize("fill", ["FILL", "LATENT_NOISE"])
def test_a_part_of_a_source_there_and_back(fill: InpaintFill) -> None:
    """The whole of it but for a frame, with a soft edge and in its own size."""
    mask = np.zeros((SIDE, SIDE, 1), np.uint8)
    mask[64:-64, 64:-64] = 255
    mask[500:1500, 500:1500] = noise(1)[500:1500, 500:1500]
    source, lies_on = (Source(SourceName("OTHER", "x"), pixels=each) for each in (noise(4), mask))
    how = Inpainting(grow=8, feather=24, work_megapixels=0, fill=fill)
    made = noise(3)

    def there_and_back() -> None:
        prepared = inpainting.prepare(source, lies_on, how)
        prepared.steps.back(made[: prepared.height, : prepared.width])

    check(there_and_back)


def test_drawing_faces() -> None:
    across, down = np.meshgrid(np.arange(200) / 200, np.arange(200) / 200)
    corner = np.stack([across, down], axis=2).reshape(-1, 1, 2)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) / 200
    uvs = (corner + square).reshape(-1, 2).astype(np.float32)
    sizes = np.full(len(corner), 4)
    for values in (None, uvs[:, 0]):
        check(UvFaces(uvs, sizes, 2048, 2048, values).draw)


def test_windows() -> None:
    made, source = noise(3), noise(4)[..., :3]
    window = Fit.of(source, fit.window(SIDE, SIDE, 100, 100, SIDE - 100, SIDE - 100))
    check(lambda: window.back(window.there(made)))


@pytest.mark.parametrize("channels", [3, 4])
def test_keeping_a_result(channels: int, tmp_path: Path) -> None:
    io, recipe = TaskIO("id", Server("localhost")), Recipe(REQUEST, "http://localhost")
    image = GeneratedImage(picture(channels), SIDE, SIDE)
    check(
        lambda: results.keep(io, image, recipe, Steps(), directory=tmp_path, words="moss", mark="0", index=0)
    )


def test_a_list_of_thousands(tmp_path: Path) -> None:
    tags = {f"a tag of number {number}": number for number in range(250)}
    entries = [{"name": f"style {n}", "metadata": {"ss_tag_frequency": tags, "n": n}} for n in range(3000)]
    data = json.dumps(entries).encode()
    check(lambda: untrusted_json.parse_json(data, max_marks=untrusted_json.MAX_LIST_MARKS))


def test_a_contact_sheet() -> None:
    side = contact_sheet.edge(10, 10)
    small = noise(4)[:side, :side]
    corners = np.random.default_rng(2).random((4000, 1, 2), np.float32)
    letters = corners * (20, 1) + np.array([(0, 0), (0.1, 0), (0, 0.1)], np.float32)
    line = Lettering(letters.astype(np.float32), 20.0)
    words = contact_sheet.Words("title", "about", captions=("caption",) * 100)
    sheet = contact_sheet.lay_out([small] * 100, 10, words, lambda _text, _room, _most: (line,))
    check(lambda: contact_sheet.draw(sheet))


def test_a_picture_as_tiles_and_put_together() -> None:
    grid = Grid.of(SIDE, SIDE, 1024, 128)
    small, tile = noise(3)[:1024, :1024], noise(3)[:1024, :1024].copy()
    whole = np.empty((SIDE, SIDE, 4), np.uint8)

    def there_and_back() -> None:
        scale.part(small, Axis.between(0, 1024, 1024, SIDE), Axis.between(0, 1024, 1024, SIDE))
        grid.assemble(lambda _row, _column: tile, whole[..., :3])

    check(there_and_back)
