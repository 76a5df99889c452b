# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only Here: a part of a source is made anew, and outside of the feathered mask every number stays as it was.

On servers that take masks and on those that take none.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from campaign import FIXTURES_STAY
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.sections import Mask
from drawthings_addon.errors import AnswerInvalid, BridgeError, SourceUnavailable
from drawthings_addon.imaging import exr, masks, png
from drawthings_addon.imaging.colour import luminance
from drawthings_addon.imaging.scale import resize
from drawthings_addon.imaging.uv_mask import UvFaces
from drawthings_addon.jobs import inpainting, sources
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.inpainting import Inpainting
from drawthings_addon.jobs.job import Job
from drawthings_addon.jobs.recipe import Recipe
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import Notice, Picture, PictureDone
from drawthings_addon.jobs.task_json import read_task, write_task
from drawthings_addon.jobs.variations import Axis, Variations
from local_server import StandIn
from tests.unit.jobs_fakes import EchoClient, answer, changed, generation, make_job, run_task

Bytes = NDArray[np.uint8]


def noise(width: int, height: int, channels: int = 4, seed: int = 0) -> Bytes:
    """Row 0 at the top."""
    chance = np.random.default_rng([width, height, channels, seed])
    return chance.integers(0, 256, (height, width, channels), dtype=np.uint8)


def source_of(pixels: NDArray[Any], kind: str = "wall", **values: Any) -> Source:
    return Source(SourceName("IMAGE", kind), pixels=pixels[::-1], **values)


def spot(width: int, height: int, *box: int, value: int = 255) -> Bytes:
    """A mask that is white from left, top to right, bottom."""
    left, top, right, bottom = box
    mask = np.zeros((height, width, 1), np.uint8)
    mask[top:bottom, left:right] = value
    return mask


def job_of(
    picture: NDArray[Any], mask: Bytes | None, how: Inpainting, folder: Path, server: Any = "localhost",
    **values: Any,
) -> Job:  # fmt: skip
    of_source = {name: values.pop(name) for name in list(values) if name in Source.__dataclass_fields__}
    job = make_job(
        server, folder, source=source_of(picture, **of_source),
        mask=None if mask is None else source_of(mask, "mask"), **values,
    )  # fmt: skip
    return changed(job, inpainting=how)


def result(job: Job, client: Any) -> Picture:
    events = list(run_task(job, client))
    assert not [event for event in events if isinstance(event, Notice)]
    (picture,) = (event.picture for event in events if isinstance(event, PictureDone))
    return picture


class Inverting(EchoClient):
    """Every pixel that comes back is another one."""

    def generate(self, request: GenerationRequest) -> Answer:
        self.requests.append(request)
        return answer(255 - png.decode(request.images.init_image))


class _TakesMasks(type(EchoClient.dialect)):  # type: ignore[misc] # whatever it is of
    takes = EchoClient.dialect.takes | {"mask"}


class TakingMasks(Inverting):
    """As a dialect that takes masks; what it makes of them is its own affair."""

    dialect = _TakesMasks()


def outside(mask: Bytes, how: Inpainting) -> NDArray[np.bool_]:
    """Farther from what is white than grown and feathered, by looking at each pixel."""
    white = mask[..., 0] if not how.invert else 255 - mask[..., 0]
    far = np.where(white > 0, 0.0, np.inf)
    inner = np.pad(white, 1)
    is_edge = (white > 0) & ((inner[:-2, 1:-1] == 0) | (inner[2:, 1:-1] == 0))
    is_edge |= (white > 0) & ((inner[1:-1, :-2] == 0) | (inner[1:-1, 2:] == 0))
    across, down = np.meshgrid(np.arange(white.shape[1]), np.arange(white.shape[0]))
    for y, x in zip(*np.nonzero(is_edge), strict=True):
        far = np.minimum(far, np.hypot(across - x, down - y))
    return far > how.grow + how.feather


# Outside of the mask


@st.composite
def masked(draw: st.DrawFn) -> tuple[int, int, Bytes, Inpainting]:
    """A size, a mask of it, and how it is used."""
    width, height = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = np.zeros((height, width, 1), np.uint8)
    kind = draw(st.sampled_from(["box", "dots", "soft", "pixel"]))
    if kind == "dots":
        mask[chance.random(mask.shape) < 0.01] = 255
    elif kind == "soft":
        mask = np.where(chance.random(mask.shape) < 0.02, chance.integers(1, 256, mask.shape), 0).astype(
            np.uint8
        )
    elif kind == "box":
        left, top = int(chance.integers(0, width)), int(chance.integers(0, height))
        mask[top : top + 1 + int(chance.integers(0, 12)), left : left + 1 + int(chance.integers(0, 12))] = 255
    mask[int(chance.integers(0, height)), int(chance.integers(0, width))] = 255
    how = Inpainting(
        grow=draw(st.integers(0, 6)),
        feather=draw(st.integers(0, 12)),
        context=draw(st.sampled_from([0.0, 0.25, 1.0])),
        work_megapixels=draw(st.sampled_from([0.0, 0.05])),
        fill=draw(st.sampled_from(["ORIGINAL", "FILL", "LATENT_NOISE", "LATENT_NOTHING", "COLOR"])),
    )
    return width, height, mask, how


@settings(max_examples=64, suppress_health_check=FIXTURES_STAY)
@given(masked(), st.sampled_from([3, 4]), st.sampled_from([Inverting, TakingMasks]))
def test_outside_of_the_feathered_mask_no_byte_differs(
    tmp_path: Path, case: tuple[int, int, Bytes, Inpainting], channels: int, kind: type[Inverting]
) -> None:
    width, height, mask, how = case
    picture = noise(width, height, channels)
    client = kind()
    made = png.decode(result(job_of(picture, mask, how, tmp_path), client).path.read_bytes())
    is_outside = outside(mask, how)
    np.testing.assert_array_equal(made[is_outside], picture[is_outside])
    if channels == 4:
        np.testing.assert_array_equal(made[..., 3], picture[..., 3])
    # What is taken is as the weights say, of what came back in the region's own size.
    (request,) = client.requests
    assert request.images.width % 64 == request.images.height % 64 == 0
    if how.work_megapixels == 0 and how.fill == "ORIGINAL":
        share = masks.weights(mask[..., 0], grow=how.grow, feather=how.feather)[..., np.newaxis] / 255
        wanted = (255 - picture[..., :3]) * share + picture[..., :3] * (1 - share)
        assert np.abs(made[..., :3] - wanted).max() <= 1
    assert bool(request.mask.image) == isinstance(client, TakingMasks)


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((333, 217), (100, 50, 160, 120)),
        ((333, 217), (7, 9, 8, 10)),
        ((75, 51), (0, 0, 75, 51)),
        ((1, 199), (0, 40, 1, 60)),
        ((301, 5), (290, 0, 301, 5)),
    ],
    ids=["spot", "pixel", "all", "narrow", "flat"],
)
def test_what_a_server_echoes_is_the_picture(
    tmp_path: Path, dialect: str, size: tuple[int, int], box: tuple[int, ...]
) -> None:
    """Over a socket, with work at the region's own size: within a step of 8 bits, and outside to the byte."""
    picture, mask = noise(*size), spot(*size, *box)
    how = Inpainting(work_megapixels=0, feather=5)
    with StandIn(dialect=dialect, engine="echo") as server:
        sampler = {"sampler": "Euler a"} if dialect == "A1111" else {}
        job = job_of(picture, mask, how, tmp_path, server.url, **sampler)
        made = result(job, connect(job.server))
        (sent,) = server.journal.generations
        assert not server.journal.refused
    pixels = png.decode(made.path.read_bytes())
    np.testing.assert_array_equal(pixels[outside(mask, how)], picture[outside(mask, how)])
    np.testing.assert_array_equal(pixels[..., 3], picture[..., 3])
    assert np.abs(pixels.astype(int) - picture).max() <= 1
    assert ("mask" in sent.body) == (dialect == "A1111")
    assert made.recipe.inpainting == how
    assert made.recipe.fit.startswith("region ")


@pytest.mark.parametrize("dialect", ["KOBOLDCPP", "SD_SERVER"])
def test_so_it_is_on_small_servers(tmp_path: Path, dialect: Any) -> None:
    picture, mask = noise(133, 117), spot(133, 117, 10, 50, 60, 80)
    with StandIn(dialect=dialect, engine="echo") as server:
        job = job_of(picture, mask, Inpainting(work_megapixels=0), tmp_path, server.url, sampler="")
        made = result(job, connect(job.server))
    np.testing.assert_array_equal(png.decode(made.path.read_bytes()), picture)


def test_a_source_that_could_be_sent_as_it_is(tmp_path: Path) -> None:
    """Its own file, of which Only Here sends a part all the same."""
    picture, mask = noise(256, 192, 3), spot(256, 192, 10, 50, 60, 80)
    own = Source(SourceName("IMAGE", "wall"), png=png.encode(picture))
    assert sources.is_as_it_is(own)
    job = changed(job_of(picture, mask, Inpainting(work_megapixels=0, feather=0), tmp_path), source=own)
    client = Inverting()
    made = png.decode(result(job, client).path.read_bytes())
    assert client.requests[0].images.width == 128
    np.testing.assert_array_equal(made, np.where(mask > 0, 255 - picture, picture))


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_at_another_size_it_is_the_region_there_and_back(tmp_path: Path, dialect: str) -> None:
    picture, mask = noise(333, 217), spot(333, 217, 100, 50, 160, 120)
    how = Inpainting(feather=0, work_megapixels=0.25)
    with StandIn(dialect=dialect, engine="echo") as server:
        sampler = {"sampler": "Euler a"} if dialect == "A1111" else {}
        job = job_of(picture, mask, how, tmp_path, server.url, **sampler)
        made = result(job, connect(job.server))
        (sent,) = server.journal.generations
    window = how.region((100, 50, 160, 120), 333, 217)
    assert (sent.body["width"], sent.body["height"]) == window.sent
    there = resize(picture[window.rows, window.columns, :3], *window.sent)
    wanted = picture.copy()
    wanted[window.rows, window.columns, :3] = resize(there, window.width, window.height)
    wanted = np.where(mask > 0, wanted, picture)
    np.testing.assert_array_equal(png.decode(made.path.read_bytes()), wanted)
    assert made.recipe.fit == window.describe()


# What is sent


def sent(job: Job, client: EchoClient | None = None) -> GenerationRequest:
    client = client or EchoClient()
    list(run_task(job, client))
    (request,) = client.requests
    return request


def test_of_a_large_picture_the_region_alone_is_sent(tmp_path: Path) -> None:
    picture, mask = noise(1500, 1100, 3), spot(1500, 1100, 700, 500, 800, 560)
    request = sent(job_of(picture, mask, Inpainting(work_megapixels=0, feather=0), tmp_path))
    assert (request.images.width, request.images.height) == (192, 128)
    shown = png.decode(request.images.init_image)
    window = Inpainting(work_megapixels=0).region((700, 500, 800, 560), 1500, 1100)
    np.testing.assert_array_equal(shown, picture[window.rows, window.columns])


def test_a_server_that_takes_masks_gets_that_of_what_is_sent(tmp_path: Path) -> None:
    picture, mask = noise(300, 200), spot(300, 200, 100, 80, 110, 90, value=3)
    how = Inpainting(work_megapixels=0, feather=6)
    request = sent(job_of(picture, mask, how, tmp_path), TakingMasks())
    seen = png.decode(request.mask.image)
    assert seen.shape == (request.images.height, request.images.width, 1)
    window = how.region(how.reached((100, 80, 110, 90), 300, 200), 300, 200)
    weights = masks.weights(mask[..., 0], feather=6)[window.rows, window.columns]
    np.testing.assert_array_equal(seen[..., 0], (weights > 0) * 255)


@pytest.mark.parametrize(
    ("fill", "under"), [("ORIGINAL", 200), ("FILL", 40), ("LATENT_NOTHING", 40), ("COLOR", 255)]
)
def test_what_lies_under_the_mask_is_what_was_asked_for(tmp_path: Path, fill: Any, under: int) -> None:
    picture, mask = np.full((200, 300, 3), 40, np.uint8), spot(300, 200, 100, 80, 130, 110)
    picture[80:110, 100:130] = 200
    how = Inpainting(work_megapixels=0, feather=0, fill=fill, fill_color=(1.0, 1.0, 1.0))
    job = job_of(picture, mask, how, tmp_path)
    shown = png.decode(sent(job).images.init_image)
    assert sorted(np.unique(shown)) == sorted({40, under})
    assert (shown == under).sum() in (30 * 30 * 3, shown.size)
    # And a server's own mask has the same words, but for what it does not know.
    one = changed(job, request=generation(job).request.changed(mask=Mask(fill=fill)))
    with StandIn(dialect="A1111", engine="echo") as server:
        one = changed(
            replace(one, server=Server(server.url)),
            request=generation(one).request.changed(sampler="Euler a"),
        )
        list(run_task(one, connect(one.server)))
        (told,) = server.journal.generations
    numbers = {"FILL": 0, "ORIGINAL": 1, "LATENT_NOTHING": 3, "COLOR": 1}
    assert told.body["inpainting_fill"] == numbers[fill]


@settings(max_examples=64, suppress_health_check=FIXTURES_STAY)
@given(masked(), st.booleans())
def test_the_region_is_known_by_the_bounds_of_the_mask_alone(
    tmp_path: Path, case: tuple[int, int, Bytes, Inpainting], invert: bool
) -> None:
    """So a panel tells it before: nothing has to be grown or feathered for that."""
    width, height, mask, how = case
    how = replace(how, invert=invert)
    box = masks.bounds(255 - mask[..., 0] if invert else mask[..., 0])
    assume(box is not None)
    assert box is not None
    prepared = inpainting.prepare(source_of(noise(width, height)), source_of(mask), how)
    assert prepared.steps.describe() == how.region(how.reached(box, width, height), width, height).describe()


def test_a_map_that_lies_on_the_source_is_cut_and_not_filled(tmp_path: Path) -> None:
    picture, depth, mask = noise(300, 200, 3), noise(300, 200, 3, seed=5), spot(300, 200, 100, 80, 130, 110)
    how = Inpainting(work_megapixels=0, fill="LATENT_NOISE")
    prepared = inpainting.prepare(source_of(picture), source_of(mask), how)
    window = how.region(how.reached((100, 80, 130, 110), 300, 200), 300, 200)
    beside = png.decode(prepared.beside(source_of(depth)))
    np.testing.assert_array_equal(beside, depth[window.rows, window.columns])


# What a mask is made of


def test_a_mask_of_another_size_lies_on_the_source(tmp_path: Path) -> None:
    picture, small = noise(200, 100, 3), spot(20, 10, 5, 5, 10, 10)
    large = resize(small, 200, 100)
    how = Inpainting(work_megapixels=0, feather=0)
    one, other = (sent(job_of(picture, mask, how, tmp_path)) for mask in (small, large))
    assert one == other


@pytest.mark.parametrize("invert", [False, True])
def test_the_alpha_is_a_mask(tmp_path: Path, invert: bool) -> None:
    picture = noise(90, 70)
    picture[..., 3] = np.where(np.arange(90) < 40, 255, 0)
    how = Inpainting(mask="ALPHA", invert=invert, feather=0, work_megapixels=0)
    made = png.decode(result(job_of(picture, None, how, tmp_path), Inverting()).path.read_bytes())
    is_made = (picture[..., 3] == 0) == invert
    np.testing.assert_array_equal(made[~is_made], picture[~is_made])
    np.testing.assert_array_equal(made[is_made][:, :3], 255 - picture[is_made][:, :3])


def test_a_colour_is_a_mask(tmp_path: Path) -> None:
    picture = np.full((80, 100, 3), (10, 20, 30), np.uint8)
    picture[10:20, 10:30] = (200, 100, 50)
    how = Inpainting(mask="COLOR", color=(0.78, 0.39, 0.2), tolerance=0.02, feather=0, work_megapixels=0)
    made = png.decode(result(job_of(picture, None, how, tmp_path), Inverting()).path.read_bytes())
    assert (made[10:20, 10:30] == (55, 155, 205)).all()
    made[10:20, 10:30] = (200, 100, 50)
    np.testing.assert_array_equal(made, picture)


def test_faces_are_a_mask_and_drawn_when_they_are_needed(tmp_path: Path) -> None:
    corners = np.array([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)], np.float32)
    faces = Source(SourceName("OTHER", "faces"), faces=UvFaces(corners, np.array([4]), 100, 80))
    assert sources.source_size(faces) == (100, 80)
    picture = noise(100, 80, 3)
    job = make_job("localhost", tmp_path, source=source_of(picture), mask=faces)
    job = changed(job, inpainting=Inpainting(feather=0, work_megapixels=0))
    made = png.decode(result(job, Inverting()).path.read_bytes())
    np.testing.assert_array_equal(made[40:, :50], 255 - picture[40:, :50])
    made[40:, :50] = picture[40:, :50]
    np.testing.assert_array_equal(made, picture)
    # As the journal and the kept sources have it.
    kept = tmp_path / "0.png"
    sources.write_kept(faces, kept)
    again = sources.as_kept(faces, kept)
    assert again.faces is None
    np.testing.assert_array_equal(sources.grey(again), sources.grey(faces))


def test_a_grey_mask_is_read_as_it_is_displayed(tmp_path: Path) -> None:
    colour = noise(70, 90, 4)
    np.testing.assert_array_equal(sources.grey(source_of(colour)), luminance(colour)[..., 0])
    floats = (noise(70, 90, 4) // 128).astype(np.float32)
    light = source_of(floats, encoding=Encoding.LINEAR, premultiplied=True)
    np.testing.assert_array_equal(sources.grey(light), luminance(sources.to_display_bytes(light))[..., 0])


# Empty masks


@pytest.mark.parametrize(
    ("how", "mask", "words"),
    [
        (Inpainting(), np.zeros((50, 60, 1), np.uint8), "“mask” is empty"),
        (Inpainting(invert=True), np.full((50, 60, 1), 255, np.uint8), "Inverted, the mask “mask” is empty"),
        (Inpainting(grow=-9), spot(60, 50, 10, 10, 15, 15), "Shrunk by 9 pixels, the mask “mask” is empty"),
        (Inpainting(mask="COLOR", color=(0.0, 0.0, 0.0), invert=True), None, "All of “wall” has the colour"),
        (Inpainting(mask="ALPHA"), None, "transparent all over"),
        (Inpainting(mask="COLOR", color=(1.0, 0.0, 0.0), tolerance=0.0), None, "has the colour"),
        (Inpainting(mask="PICTURE"), None, "no mask"),
    ],
    ids=[
        "black",
        "white and inverted",
        "shrunk away",
        "all of a colour",
        "transparent",
        "no such colour",
        "none",
    ],
)
@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_an_empty_mask_is_told_in_words_and_nothing_is_sent(
    tmp_path: Path, how: Inpainting, mask: Bytes | None, words: str, dialect: str
) -> None:
    picture = np.zeros((50, 60, 4), np.uint8)
    with StandIn(dialect=dialect, engine="echo") as server:
        job = job_of(picture, mask, how, tmp_path, server.url)
        with pytest.raises(SourceUnavailable, match=words) as found:
            list(run_task(job, connect(job.server)))
        assert found.value.advice
        assert not server.journal.generations
    assert list(tmp_path.glob("*")) == []


def test_without_a_source_there_is_nothing_to_mask(tmp_path: Path) -> None:
    job = changed(make_job("localhost", tmp_path), inpainting=Inpainting(mask="ALPHA"))
    client = EchoClient()
    with pytest.raises(SourceUnavailable):
        list(run_task(job, client))
    assert not client.requests


# What comes back


@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("megapixels", [0.0, 0.1])
def test_what_an_upscaler_enlarged_is_put_into_the_picture_as_it_is(
    tmp_path: Path, factor: int, megapixels: float
) -> None:
    picture, mask = noise(333, 217), spot(333, 217, 100, 50, 160, 120)
    how = Inpainting(work_megapixels=megapixels)
    made = result(job_of(picture, mask, how, tmp_path), EchoClient(factor))
    pixels = png.decode(made.path.read_bytes())
    assert pixels.shape == picture.shape
    np.testing.assert_array_equal(pixels[outside(mask, how)], picture[outside(mask, how)])
    if not megapixels:
        np.testing.assert_array_equal(pixels, picture)


def test_what_does_not_fit_is_no_result_and_not_lost(tmp_path: Path) -> None:
    """A piece in another size must not take the place of the whole."""

    class Square(EchoClient):
        def generate(self, request: GenerationRequest) -> Answer:
            return answer(np.zeros((512, 513, 3), np.uint8))

    picture, mask = noise(333, 217), spot(333, 217, 100, 50, 160, 120)
    events = run_task(job_of(picture, mask, Inpainting(), tmp_path / "out"), Square())
    with pytest.raises(AnswerInvalid, match="513 × 512 pixels, which does not fit") as found:
        list(events)
    (file,) = (tmp_path / "out").iterdir()
    assert str(file) in found.value.what
    assert png.decode(file.read_bytes()).shape == (512, 513, 3)


@pytest.mark.parametrize(
    "several",
    [Variations.strip(3), Variations.grid(Axis.parse("strength", "0.2, 0.4, 0.6"), None)],
    ids=["strip", "grid"],
)
def test_all_of_a_set_are_of_one_region(tmp_path: Path, several: Variations) -> None:
    picture, mask = noise(333, 217), spot(333, 217, 100, 50, 160, 120)
    job = job_of(picture, mask, Inpainting(), tmp_path)
    job = changed(job, count=3, variations=several)
    client = Inverting()
    events = list(run_task(job, client))
    made = [event.picture for event in events if isinstance(event, PictureDone)]
    assert len(made) == len(client.requests) == 3
    assert len({request.images.init_image for request in client.requests}) == 1
    for each in made:
        pixels = png.decode(each.path.read_bytes())
        is_outside = outside(mask, Inpainting())
        np.testing.assert_array_equal(pixels[is_outside], picture[is_outside])
        assert each.recipe.inpainting == Inpainting() and each.recipe.set is not None


# Floats


FLOATS = {
    "linear": {"encoding": Encoding.LINEAR},
    "premultiplied": {"encoding": Encoding.LINEAR, "premultiplied": True},
    "data": {"encoding": Encoding.SRGB},
}


def light(width: int, height: int, channels: int = 4) -> NDArray[np.float32]:
    chance = np.random.default_rng(width)
    pixels = chance.random((height, width, channels), np.float32)
    pixels[0, 0] = 1e6
    pixels[1, 1] = -3.5
    return pixels


@pytest.mark.parametrize("values", FLOATS.values(), ids=list(FLOATS))
@pytest.mark.parametrize("channels", [3, 4])
def test_floats_stay_to_the_bit_outside_and_close_inside(
    tmp_path: Path, values: dict[str, Any], channels: int
) -> None:
    pixels, mask = light(133, 97, channels), spot(133, 97, 40, 30, 90, 60)
    how = Inpainting(work_megapixels=0, feather=4)
    job = job_of(pixels, mask, how, tmp_path, keeps_floats=True, **values)
    made = result(job, EchoClient())
    assert made.path.suffix == ".exr" and (made.width, made.height) == (133, 97)
    assert made.thumbnail.shape[:2] != (0, 0)
    found = exr.pixels(made.path.read_bytes())
    assert found.dtype == np.float32 and found.shape == pixels.shape
    is_outside = outside(mask, how)
    np.testing.assert_array_equal(found[is_outside].view(np.uint32), pixels[is_outside].view(np.uint32))
    shown, was = (sources.to_display_bytes(source_of(each, **values)).astype(int) for each in (found, pixels))
    assert np.abs(shown - was).max() <= 1
    assert json.loads(exr.read_text(made.path.read_bytes())["drawthings"])["inpainting"]["feather"] == 4
    # And when all that was white has been made anew, it is what the server made.
    white = result(replace(job, id="other"), Inverting())
    inverted = sources.to_display_bytes(source_of(exr.pixels(white.path.read_bytes()), **values))
    inside = mask[..., 0] == 255
    assert np.abs(inverted[inside][:, :3].astype(int) + was[inside][:, :3] - 255).max() <= 1


def test_a_server_that_tells_more_is_quoted_beside_floats(tmp_path: Path) -> None:
    pixels, mask = light(133, 97), spot(133, 97, 40, 30, 90, 60)
    with StandIn(dialect="A1111", engine="echo") as server:
        job = job_of(pixels, mask, Inpainting(), tmp_path, server.url, keeps_floats=True, sampler="Euler a")
        made = result(job, connect(job.server)).path.read_bytes()
    told = exr.read_text(made)
    assert "Mask blur: 4" in told["parameters"] and "Steps: 1" in told["parameters"]
    assert Recipe.from_json(told["drawthings"]).floats == "DATA"


def test_floats_outlive_the_session_in_the_journal(tmp_path: Path) -> None:
    pixels, mask = light(70, 50), spot(70, 50, 10, 10, 20, 20)
    how = Inpainting(grow=2, color=(0.1, 0.2, 0.3), fill="COLOR")
    task = generation(job_of(pixels, mask, how, tmp_path, keeps_floats=True, **FLOATS["premultiplied"]))
    numbers = iter(range(9))

    def kept(source: Source) -> Source:
        path = tmp_path / f"{next(numbers)}{sources.kept_suffix(source)}"
        sources.write_kept(source, path)
        return sources.as_kept(source, path)

    stored = json.loads(json.dumps(write_task(task.with_sources(kept))))
    again = read_task(stored, tmp_path)
    assert isinstance(again, GenerateTask)
    assert again.inpainting == how
    one = result(replace(make_job("localhost", tmp_path), task=task), EchoClient())
    other = result(replace(make_job("localhost", tmp_path), task=again), EchoClient())
    assert other.recipe.inpainting == how
    np.testing.assert_array_equal(exr.pixels(one.path.read_bytes()), exr.pixels(other.path.read_bytes()))


# What is remembered


def test_a_recipe_tells_it_and_older_ones_tell_nothing() -> None:
    how = Inpainting(mask="COLOR", color=(0.5, 0.25, 1.0), grow=-2, invert=True, fill="COLOR")
    recipe = Recipe(GenerationRequest(), "http://localhost", inpainting=how)
    assert Recipe.from_json(recipe.text) == recipe
    older = json.loads(recipe.text)
    del older["inpainting"]
    assert Recipe.from_json(json.dumps(older)).inpainting is None


@pytest.mark.parametrize(
    "values",
    [
        {"feather": "x"},
        {"feather": 2**30},
        {"feather": -1},
        {"grow": -(2**30)},
        {"context": 1e9},
        {"work_megapixels": -1.0},
        {"work_megapixels": 1e9},
        {"color": [2.0, 0.0, 0.0]},
        {"fill_color": [0.0, 0.0]},
        {"fill": "x"},
        {"mask": "FILE"},
    ],
    ids=str,
)
def test_a_strangers_recipe_cannot_ask_for_what_takes_for_ever(values: dict[str, Any]) -> None:
    recipe = json.loads(Recipe(GenerationRequest(), "http://localhost").text)
    with pytest.raises(BridgeError):
        Recipe.from_json(json.dumps(recipe | {"inpainting": values}))


def test_a_journal_of_before_opens_with_its_mask(tmp_path: Path) -> None:
    """What had a mask then was the server's own affair, and stays so."""
    (tmp_path / "0.png").write_bytes(png.encode(noise(64, 64, 3)))
    (tmp_path / "1.png").write_bytes(png.encode(spot(64, 64, 10, 10, 20, 20)))
    task = generation(make_job("localhost", tmp_path, source=source_of(noise(64, 64))))
    names = iter(("0.png", "1.png"))
    task = replace(task, mask=source_of(spot(64, 64, 1, 1, 2, 2), "mask"))
    stored = write_task(task.with_sources(lambda one: replace(one, pixels=None, path=tmp_path / next(names))))
    del stored["values"]["inpainting"]
    again = read_task(json.loads(json.dumps(stored)), tmp_path)
    assert isinstance(again, GenerateTask) and again.inpainting is None and again.mask is not None


def test_it_is_made_again_with_the_mask_that_it_had(tmp_path: Path) -> None:
    task = generation(job_of(noise(64, 64), spot(64, 64, 1, 1, 9, 9), Inpainting(grow=1), tmp_path))
    for other in (task.again(5, tmp_path), task.remaining(0), task.of_picture(0)):
        assert other is not None
        assert (other.inpainting, other.mask) == (task.inpainting, task.mask)
    assert task.sources == (task.source, task.mask)
