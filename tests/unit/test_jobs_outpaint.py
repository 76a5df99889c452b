# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A larger canvas: the old pixels stay, the new ones are painted in windows that see each other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import InvalidSettings
from drawthings_addon.imaging import exr, png
from drawthings_addon.jobs import windows
from drawthings_addon.jobs.canvas import Borders
from drawthings_addon.jobs.outpaint import OutpaintTask
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import PictureDone, TaskIO
from local_server import StandIn
from tests.unit.jobs_fakes import EchoClient, answer

CLIENTS: dict[str, type[Client]] = {"DRAW_THINGS": DrawThingsClient, "A1111": A1111Client}


@pytest.fixture(scope="module", params=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with StandIn(engine="pattern", dialect=request.param) as server:
        yield CLIENTS[request.param](Server(server.url))


class Painter(EchoClient):
    """Answers with noise that is brighter than what was sent, and remembers that."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[np.ndarray] = []

    def generate(self, request: GenerationRequest) -> Any:
        self.requests.append(request)
        pixels = png.decode(request.images.init_image)
        self.sent.append(pixels)
        noise = np.random.default_rng(len(self.sent)).integers(0, 60, pixels.shape)
        return answer(np.clip(pixels.astype(int) // 2 + 90 + noise, 0, 255).astype(np.uint8))


def task(folder: Path, pixels: np.ndarray, borders: Borders, **values: Any) -> OutpaintTask:
    source = Source(SourceName("IMAGE", "wall"), pixels[::-1], **values)
    request = GenerationRequest.of(
        operation="img2img", prompt="moss", steps=1, strength=0.7, sampler="Euler a"
    )
    height, width = pixels.shape[:2]
    return OutpaintTask(source, width, height, request, folder, borders)


def outpainted(client: Any, task: OutpaintTask) -> tuple[np.ndarray, Recipe]:
    (done,) = [
        each
        for each in task.run(client, TaskIO(uuid.uuid4().hex, client.server))
        if isinstance(each, PictureDone)
    ]
    data = done.picture.png
    recipe = done.picture.recipe
    assert Recipe.from_json(recipe.text) == recipe
    return (exr.pixels(data) if done.picture.path.suffix == ".exr" else png.decode(data)), recipe


@pytest.mark.once
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("borders", [Borders(64, 0, 0, 0), Borders(33, 70, 5, 91), Borders(0, 0, 0, 1)])
def test_the_old_pixels_stay_on_both_dialects(
    client: Client, tmp_path: Path, borders: Borders, channels: int
) -> None:
    pixels = np.random.default_rng(channels).integers(0, 256, (117, 93, channels), np.uint8)
    made, recipe = outpainted(client, task(tmp_path, pixels, borders))
    height, width = made.shape[:2]
    assert (width, height) == borders.size(93, 117)
    inside = made[borders.top : borders.top + 117, borders.left : borders.left + 93]
    assert np.array_equal(inside, pixels)
    if channels == 4:
        outside = made[..., 3].copy()
        outside[borders.top : borders.top + 117, borders.left : borders.left + 93] = 255
        assert (outside == 255).all()
    assert (recipe.borders, recipe.request.images.width) == (borders, width)
    assert recipe.fit == f"93 × 117 extended to {width} × {height}"


def test_only_a_server_that_takes_masks_is_sent_one(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    sent: list[GenerationRequest] = []
    generate = client.generate

    def noted(request: GenerationRequest) -> Any:
        sent.append(request)
        return generate(request)

    monkeypatch.setattr(client, "generate", noted)
    outpainted(client, task(tmp_path, pixels, Borders(right=128)))
    if "mask" not in client.dialect.takes:
        assert not any(each.mask.image for each in sent)
        return
    (one,) = sent
    mask = png.decode(one.mask.image)[..., 0]
    half = mask.shape[1] // 2
    assert (mask[:, half + 8 :] == 255).all()
    assert (mask[:, : half - 8] == 0).all()


def test_large_borders_are_painted_in_windows_as_large_as_the_model_likes(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    client = Painter()
    one = task(tmp_path, pixels, Borders(left=300, bottom=150, overlap=32))
    one = OutpaintTask(**vars(one) | {"work_megapixels": 1 / 16})
    made, _recipe = outpainted(client, one)
    assert made.shape == (350, 500, 3)
    assert np.array_equal(made[:200, 300:], pixels)
    assert len(client.requests) == one.part_count > 3
    assert {(each.images.width, each.images.height) for each in client.requests} == {(256, 256)}
    assert len({each.sampling.seed for each in client.requests}) == one.part_count
    # The last ones see what the first ones painted, and all of it is painted.
    assert (made[:200, :300].std(axis=2) > 0).mean() > 0.9
    noise = client.sent[0].astype(int)
    assert any(np.abs(each.astype(int)[:, -40:].mean() - noise.mean()) < 60 for each in client.sent[1:])


def test_what_lies_under_a_border_has_the_colours_and_the_detail_of_the_picture_beside_it(
    tmp_path: Path,
) -> None:
    pixels = np.random.default_rng(0).integers(60, 200, (128, 128, 3), np.uint8)
    client = Painter()
    outpainted(client, replace(task(tmp_path, pixels, Borders(right=64)), work_megapixels=0.0))
    sent = client.sent[0]
    assert np.array_equal(sent[:128, -64:], pixels[:, :-65:-1]), "mirrored: nothing ends at the old edge"


def test_what_is_painted_takes_on_the_level_of_the_picture_at_its_border(tmp_path: Path) -> None:
    class Brighter(EchoClient):
        def generate(self, request: GenerationRequest) -> Any:
            sent = png.decode(request.images.init_image)
            return answer(np.minimum(sent.astype(int) + 30, 255).astype(np.uint8))

    pixels = np.full((128, 128, 3), 100, np.uint8)
    made, _recipe = outpainted(Brighter(), task(tmp_path, pixels, Borders(right=384)))
    across = made[64, :, 0].astype(int)
    assert np.abs(np.diff(across)).max() <= 3, "there is no step"
    assert across[-1] == 130, "farther away it is what the server made"


def test_an_echo_gives_back_what_was_laid_there(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(90, 110, (96, 96, 3), np.uint8)
    made, _recipe = outpainted(EchoClient(), task(tmp_path, pixels, Borders(top=40)))
    assert made[:40].min() >= 90
    assert made[:40].max() <= 110


def test_floats_stay_to_the_bit(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).uniform(-0.5, 7.0, (70, 90, 4)).astype(np.float32)
    one = task(tmp_path, pixels, Borders(3, 4, 5, 6), encoding=Encoding.LINEAR, keeps_floats=True)
    made, _recipe = outpainted(EchoClient(), one)
    assert made.dtype == np.float32
    assert made.shape == (81, 97, 4)
    assert np.array_equal(made[5:75, 3:93].view(np.uint32), pixels.view(np.uint32))
    assert (made[:5, :, 3] == 1).all()


@pytest.mark.parametrize(
    "size, borders",
    [((1000, 800), (1, 0, 0, 0)), ((3000, 200), (0, 64, 900, 0)), ((4096, 4096), (0, 2000, 0, 0)),
     ((50, 5000), (600, 0, 0, 0)), ((1024, 1024), (1500, 1500, 1500, 1500)), ((3, 2), (1, 1, 1, 1))],
)  # fmt: skip
def test_windows_cover_all_borders_and_lie_on_the_canvas(size: Any, borders: Any) -> None:
    around = Borders(*borders)
    width, height = around.size(*size)
    old = around.left, around.top, around.left + size[0], around.top + size[1]
    layout = windows.of_borders(width, height, old, overlap=128)
    covered = np.zeros((height, width), np.bool_)
    for each in layout.windows:
        assert each.left >= 0 and each.top >= 0
        assert each.left + each.width <= width and each.top + each.height <= height
        assert each.width * each.height <= 1.05 * 2**20
        left, top, right, bottom = each.inner
        covered[each.top + top : each.top + bottom, each.left + left : each.left + right] = True
    covered[old[1] : old[3], old[0] : old[2]] = True
    assert covered.all()
    assert len(set(layout.windows)) == len(layout.windows)


@pytest.mark.parametrize("borders", [Borders(), Borders(left=-1, right=4), Borders(right=16384)])
def test_borders_that_cannot_be_are_refused_in_words(borders: Borders) -> None:
    with pytest.raises(InvalidSettings) as caught:
        borders.size(64, 64)
    assert caught.value.advice
