# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From pixels to a request and back: an echoing server gives back what it was sent."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from campaign import FIXTURES_STAY, share
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.request import GenerationRequest, dialect_options
from drawthings_addon.errors import PictureInvalid, SourceUnavailable
from drawthings_addon.imaging import alpha, fit, png, scale
from drawthings_addon.jobs import results, sources, thumbnail
from drawthings_addon.jobs.job import Job
from drawthings_addon.jobs.recipe import CHUNK, PARAMETERS_CHUNK, Recipe
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import Notice, Picture, PictureDone, Stored, TaskEvent
from local_server import Faults, StandIn
from local_server.draw_things.library import UPSCALERS
from tests.unit.jobs_fakes import EchoClient, answer, make_job, run_task

MODES = get_args(fit.FitMode)


def run(job: Job, client: Any = None) -> list[TaskEvent]:
    events: list[TaskEvent] = []
    for event in run_task(job, client or EchoClient()):
        if isinstance(event, PictureDone) and event.picture.stored is not Stored.MEMORY:
            assert event.picture.path.read_bytes() == event.picture.png, "not on disk before it was told"
        events.append(event)
    return events


def run_one(job: Job, client: Any = None) -> tuple[Picture, list[str]]:
    events = run(job, client)
    (picture,) = (event.picture for event in events if isinstance(event, PictureDone))
    return picture, [event.text for event in events if isinstance(event, Notice)]


def pixels_of(picture: Picture) -> NDArray[np.uint8]:
    """As Pillow reads the file, row 0 at the top."""
    with Image.open(picture.path) as image:
        return np.asarray(image).copy()


def random_pixels(width: int, height: int, channels: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def as_displayed(stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB or RGBA with row 0 at the top, of bytes as Blender stores them; no alpha where all is opaque."""
    pixels = stored[::-1]
    has_alpha = pixels.shape[2] in (2, 4)
    planes = [pixels[..., :1]] * 3 if pixels.shape[2] < 3 else [pixels[..., :3]]
    if has_alpha and (pixels[..., -1] < 255).any():
        planes.append(pixels[..., -1:])
    return np.concatenate(planes, axis=2)


def linear(values: NDArray[Any]) -> NDArray[np.float64]:
    values = values / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


# What was sent comes back

sides = st.integers(1, 300)
many = settings(max_examples=share(600), suppress_health_check=FIXTURES_STAY)


@many
@given(
    width=sides,
    height=sides,
    channels=st.sampled_from([1, 2, 3, 4]),
    mode=st.sampled_from(["PAD", "CROP"]),
    opaque=st.booleans(),
)
def test_a_byte_source_comes_back_pixel_for_pixel(
    tmp_path: Path, width: int, height: int, channels: int, mode: fit.FitMode, opaque: bool
) -> None:
    stored = random_pixels(width, height, channels, width * height)
    if channels in (2, 4):
        # Colours beneath alpha 0 are a texture's margin, and must come back as well.
        stored[0, :, -1] = 255 if opaque else 0
        if opaque:
            stored[..., -1] = 255
    client = EchoClient()
    source = Source(SourceName("OTHER", "image"), pixels=stored, fit_mode=mode)
    picture, notices = run_one(make_job("localhost", tmp_path, source=source), client)
    assert notices == []
    assert (picture.width, picture.height) == (width, height)
    np.testing.assert_array_equal(pixels_of(picture), as_displayed(stored))
    (request,) = client.requests
    sent = png.header(request.images.init_image)
    assert (sent.width, sent.height, sent.samples) == (request.images.width, request.images.height, 3)
    assert request.images.width % 64 == request.images.height % 64 == 0
    picture.path.unlink()


@many
@given(
    width=sides,
    height=sides,
    channels=st.sampled_from([1, 2, 3, 4]),
    is_linear=st.booleans(),
    premultiplied=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_a_float_source_comes_back_as_it_is_displayed(
    tmp_path: Path,
    width: int,
    height: int,
    channels: int,
    is_linear: bool,
    premultiplied: bool,
    dtype: type,
) -> None:
    shown = random_pixels(width, height, channels, width + height)
    stored = shown / 255
    colours = slice(0, channels if channels in (1, 3) else channels - 1)
    if is_linear:
        stored[..., colours] = linear(shown[..., colours])
    if premultiplied and channels in (2, 4):
        # Beneath alpha 0 Blender's pixels are light without cover, which has no alpha to divide by.
        stored[..., colours] *= np.where(shown[..., -1:] > 0, shown[..., -1:] / 255, 1)
    source = Source(
        SourceName("OTHER", "image"),
        pixels=stored.astype(dtype),
        encoding=Encoding.LINEAR if is_linear else Encoding.SRGB,
        premultiplied=premultiplied,
    )
    picture, _ = run_one(make_job("localhost", tmp_path, source=source))
    np.testing.assert_array_equal(pixels_of(picture), as_displayed(shown))
    picture.path.unlink()


@many
@given(width=sides, height=sides, mode=st.sampled_from(MODES), channels=st.sampled_from([3, 4]))
def test_every_fit_keeps_size_and_alpha(
    tmp_path: Path, width: int, height: int, mode: fit.FitMode, channels: int
) -> None:
    stored = np.full((height, width, channels), 200, np.uint8)
    stored[..., 3:] = random_pixels(width, height, 1)
    stored[0, 0, 3:] = 0
    source = Source(SourceName("OTHER", "image"), pixels=stored, fit_mode=mode)
    picture, _ = run_one(make_job("localhost", tmp_path, source=source))
    np.testing.assert_array_equal(pixels_of(picture), stored[::-1])
    picture.path.unlink()


@many
@given(
    width=sides, height=sides, target=st.tuples(sides, sides), mode=st.sampled_from(MODES), flat=st.booleans()
)
def test_a_source_is_worked_on_and_delivered_at_the_size_that_was_asked_for(
    tmp_path: Path, width: int, height: int, target: tuple[int, int], mode: fit.FitMode, flat: bool
) -> None:
    stored = np.full((height, width, 4), 90, np.uint8) if flat else random_pixels(width, height, 4)
    source = Source(SourceName("OTHER", "image"), pixels=stored, resize_to=target, fit_mode=mode)
    picture, _ = run_one(make_job("localhost", tmp_path, source=source))
    assert (picture.width, picture.height) == target
    if flat or mode != "SCALE":
        wanted = scale.resize(stored[::-1], *target)
        np.testing.assert_array_equal(pixels_of(picture), as_displayed(wanted[::-1]))
    picture.path.unlink()


def test_without_alpha_the_viewport_is_rgb(tmp_path: Path) -> None:
    stored = random_pixels(100, 70, 4)
    source = Source(SourceName("VIEW"), pixels=stored, keep_alpha=False)
    picture, _ = run_one(make_job("localhost", tmp_path, source=source))
    np.testing.assert_array_equal(pixels_of(picture), stored[::-1, :, :3])


def test_pixels_of_any_strides_are_taken_and_not_changed(tmp_path: Path) -> None:
    for whole in (random_pixels(200, 180, 4), random_pixels(200, 180, 4).astype(np.float32) / 255):
        view = whole[::2, ::-3]
        before = view.copy()
        source = Source(
            SourceName("OTHER", "image"), pixels=view, premultiplied=True, encoding=Encoding.LINEAR
        )
        view.flags.writeable = False
        picture, _ = run_one(make_job("localhost", tmp_path, source=source))
        assert (picture.width, picture.height) == (view.shape[1], view.shape[0])
        np.testing.assert_array_equal(view, before)


def test_numbers_that_are_no_colours_are_sent_without_a_word(tmp_path: Path) -> None:
    odd = [np.nan, np.inf, -np.inf, -1, 0, 1e-45, 1, 1e38]
    stored = np.array(np.meshgrid(odd, odd, odd, odd), np.float32).reshape(4, -1, 64).transpose(1, 2, 0)
    source = Source(SourceName("OTHER", "image"), pixels=stored, premultiplied=True, encoding=Encoding.LINEAR)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture, _ = run_one(make_job("localhost", tmp_path, source=source))
    assert (picture.width, picture.height) == (64, 64)


def test_a_file_that_blender_wrote_is_sent_upright(tmp_path: Path) -> None:
    stored = random_pixels(90, 60, 4)
    path = tmp_path / "snapshot.png"
    Image.fromarray(stored).save(path)
    picture, _ = run_one(make_job("localhost", tmp_path, source=Source(SourceName("RENDER"), path=path)))
    np.testing.assert_array_equal(pixels_of(picture), stored)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("width", "height"), [(64, 64), (100, 37), (1, 1), (257, 300), (128, 192)])
def test_the_strict_server_takes_every_source_and_gives_it_back(
    tmp_path: Path, width: int, height: int, mode: fit.FitMode
) -> None:
    stored = random_pixels(width, height, 4)
    source = Source(SourceName("OTHER", "image"), pixels=stored, fit_mode=mode)
    with StandIn("echo") as server:
        job = make_job(server.url, tmp_path, source=source)
        picture, notices = run_one(job, DrawThingsClient(job.server))
        assert server.journal.refused == ()
    assert notices == []
    back = pixels_of(picture)
    np.testing.assert_array_equal(back[..., 3], stored[::-1, :, 3])
    if mode != "SCALE":
        np.testing.assert_array_equal(back, stored[::-1])


# Answers of another size or number


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("mode", ["PAD", "CROP"])
@pytest.mark.parametrize(("width", "height"), [(128, 128), (100, 70), (129, 200)])
def test_an_upscaled_answer_is_put_back_as_many_times_as_large(
    tmp_path: Path, width: int, height: int, mode: fit.FitMode, factor: int
) -> None:
    stored = random_pixels(width, height, 4)
    stored[..., 3] = 120
    source = Source(SourceName("OTHER", "image"), pixels=stored, fit_mode=mode)
    job = make_job("localhost", tmp_path, source=source, upscaler="x.ckpt")
    picture, notices = run_one(job, EchoClient(factor))
    assert notices == []
    assert (picture.width, picture.height) == (width * factor, height * factor)
    if mode == "PAD":
        wanted = stored[::-1].repeat(factor, axis=0).repeat(factor, axis=1)
        np.testing.assert_array_equal(pixels_of(picture), wanted)


def test_the_strict_servers_upscaler_doubles_the_picture(tmp_path: Path) -> None:
    stored = random_pixels(100, 70, 4)
    with StandIn("echo") as server:
        source = Source(SourceName("OTHER", "image"), pixels=stored)
        job = make_job(server.url, tmp_path, source=source, upscaler=UPSCALERS[0])
        picture, _ = run_one(job, DrawThingsClient(job.server))
    wanted = stored[::-1].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(pixels_of(picture)[..., :3], wanted[..., :3])


class AnswersSize(EchoClient):
    """Whatever was asked for, the picture has this size."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.pixels = random_pixels(width, height, 3)

    def generate(self, request: GenerationRequest) -> Answer:
        return answer(self.pixels)


@pytest.mark.parametrize("source_size", [None, (128, 128), (100, 70)])
def test_a_picture_of_other_proportions_is_kept_as_it_came(
    tmp_path: Path, source_size: tuple[int, int] | None
) -> None:
    source = (
        Source(SourceName("OTHER", "image"), pixels=random_pixels(*source_size, 4)) if source_size else None
    )
    client = AnswersSize(200, 50)
    picture, (notice,) = run_one(make_job("localhost", tmp_path, source=source), client)
    assert "200 × 50" in notice
    np.testing.assert_array_equal(pixels_of(picture), client.pixels)


def test_a_picture_of_half_the_size_is_told(tmp_path: Path) -> None:
    with StandIn("echo", faults=Faults(wrong_size=True)) as server:
        source = Source(SourceName("OTHER", "image"), pixels=random_pixels(200, 200, 3))
        job = make_job(server.url, tmp_path, source=source)
        picture, (notice,) = run_one(job, DrawThingsClient(job.server))
    assert "128 × 128 pixels, not the 256 × 256" in notice
    assert (picture.width, picture.height) == (100, 100)


def test_pictures_more_than_asked_for_are_left_out_and_told_of(tmp_path: Path) -> None:
    with StandIn("echo", faults=Faults(extra_images=2)) as server:
        job = make_job(
            server.url,
            tmp_path,
            source=Source(SourceName("OTHER", "image"), pixels=random_pixels(100, 70, 4)),
        )
        told, made = run(job, DrawThingsClient(job.server))
    assert isinstance(told, Notice)
    assert "sent 3 pictures where 1 was asked for: the first was kept" in told.text
    assert isinstance(made, PictureDone)
    assert [made.picture.path] == list(tmp_path.iterdir())


def test_every_frame_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    with StandIn("echo", faults=Faults(extra_images=2)) as server:
        source = Source(SourceName("OTHER", "image"), pixels=random_pixels(100, 70, 4))
        job = make_job(
            server.url, tmp_path, source=source, options=dialect_options("DRAW_THINGS", (("num_frames", 3),))
        )
        events = run(job, DrawThingsClient(job.server))
    made = [event.picture for event in events if isinstance(event, PictureDone)]
    assert len({picture.path for picture in made}) == len(events) == 3
    for picture in made:
        np.testing.assert_array_equal(pixels_of(picture), as_displayed(source.pixels))


def test_what_comes_beside_a_picture_is_kept_beside_it(tmp_path: Path) -> None:
    class WithHeights(EchoClient):
        def generate(self, request: GenerationRequest) -> Answer:
            (image,) = super().generate(request).images
            (heights,) = answer(random_pixels(request.images.width, request.images.height, 1, seed=1)).images
            return Answer((replace(image, beside=(replace(heights, name="height"),)),))

    source = Source(SourceName("OTHER", "image"), pixels=random_pixels(200, 150, 4), fit_mode="CROP")
    picture, notices = run_one(make_job("localhost", tmp_path, source=source), WithHeights())
    assert notices == []
    image, heights = picture.set
    assert (image.name, heights.name) == ("image", "height")
    assert heights.path.name == f"{image.path.stem}-height.png"
    assert pixels_of(image).shape == (150, 200, 4)
    assert pixels_of(heights).shape == (150, 200, 3)
    made = random_pixels(192, 128, 1, seed=1)
    np.testing.assert_array_equal(pixels_of(heights)[11:139, 4:196], made.repeat(3, axis=2))
    assert heights.recipe == replace(image.recipe, beside="height")
    assert Recipe.from_json(png.read_text(heights.png)[CHUNK]) == heights.recipe


def test_grey_and_transparent_answers_are_put_back(tmp_path: Path) -> None:
    for channels in (1, 2, 4):

        class Answers(EchoClient):
            def generate(self, request: GenerationRequest) -> Answer:
                return answer(np.full((request.images.height, request.images.width, channels), 77, np.uint8))  # noqa: B023

        source = Source(SourceName("OTHER", "image"), pixels=random_pixels(100, 70, 4))
        picture, _ = run_one(make_job("localhost", tmp_path, source=source), Answers())
        back = pixels_of(picture)
        assert (back[..., :3] == 77).all()
        np.testing.assert_array_equal(back[..., 3], source.pixels[::-1, :, 3])


# What is kept with the picture


def test_the_servers_own_bytes_stay_where_nothing_is_put_back(stand_in: StandIn, tmp_path: Path) -> None:
    received: list[bytes] = []

    class Listening(DrawThingsClient):
        def generate(self, request: GenerationRequest) -> Answer:
            result = super().generate(request)
            received.append(result.images[0].png)
            return result

    job = make_job(stand_in.url, tmp_path, model="SDXL Base v1.0 (8-bit)")
    picture, _ = run_one(job, Listening(job.server))
    assert picture.png == png.with_text(received[0], picture.recipe.png_text())
    assert png.read_text(picture.png).keys() == {"XML:com.adobe.xmp", CHUNK, PARAMETERS_CHUNK}


@pytest.mark.parametrize("size", [(128, 128), (100, 70)])
def test_the_recipe_is_in_the_file(stand_in: StandIn, tmp_path: Path, size: tuple[int, int]) -> None:
    source = Source(SourceName("IMAGE", "Rust.png"), pixels=random_pixels(*size, 3))
    job = make_job(stand_in.url, tmp_path, source=source, prompt="Möös", seed=11)
    picture, _ = run_one(job, DrawThingsClient(job.server))
    with Image.open(io.BytesIO(picture.png)) as image:
        image.load()
        texts = image.text
    assert Recipe.from_json(texts[CHUNK]) == picture.recipe
    assert texts[PARAMETERS_CHUNK] == picture.recipe.parameters_text()
    recipe = picture.recipe
    assert (recipe.source, recipe.server) == (SourceName("IMAGE", "Rust.png"), stand_in.url)
    assert (recipe.request.sampling.seed, recipe.request.images.init_image) == (11, b"")
    assert recipe.model_used, "the picture tells it"
    assert recipe.fit == ("" if size == (128, 128) else "100 × 70 padded to 128 × 128")
    assert recipe.created.endswith("+00:00")


def test_the_seed_is_the_one_that_the_picture_tells(tmp_path: Path) -> None:
    with StandIn("echo", faults=Faults(plain_picture=True)) as server:
        job = make_job(server.url, tmp_path, seed=3)
        assert run_one(job, DrawThingsClient(job.server))[0].recipe.request.sampling.seed == 3


@pytest.mark.parametrize(("width", "height"), [(128, 128), (640, 128), (100, 70)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_thumbnail_is_small_and_rgba(tmp_path: Path, width: int, height: int, channels: int) -> None:
    stored = np.full((height, width, channels), 50, np.uint8)
    picture, _ = run_one(
        make_job("localhost", tmp_path, source=Source(SourceName("OTHER", "image"), pixels=stored))
    )
    small = picture.thumbnail
    assert small.dtype == np.uint8
    assert max(small.shape[:2]) == min(results.THUMBNAIL_EDGE, max(width, height))
    assert small.shape[2] == 4
    assert (small[..., 3] == (50 if channels == 4 else 255)).all()


# Nothing may cost a picture that took minutes


@pytest.mark.parametrize("fault", [MemoryError, ValueError, ZeroDivisionError])
def test_a_picture_that_cannot_be_put_back_is_kept_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr(alpha, "restore", fails)
    source = Source(SourceName("OTHER", "image"), pixels=random_pixels(100, 70, 4))
    picture, (notice,) = run_one(make_job("localhost", tmp_path, source=source))
    assert (picture.width, picture.height) == (128, 128)
    assert notice.endswith("It was kept as it came.")
    assert Recipe.from_json(png.read_text(picture.path.read_bytes())[CHUNK]) == picture.recipe


def test_what_is_transparent_does_not_shine_in_a_thumbnail() -> None:
    pixels = np.full((2, 3, 4), 200, np.uint8)
    pixels[..., 3] = [0, 51, 255]
    small = thumbnail.thumbnail(pixels, 16)
    assert (small[..., 3] == [0, 51, 255]).all()
    # As Blender draws icons: multiplied by alpha.
    assert (small[..., 0] == [0, 40, 200]).all()
    assert pixels[0, 0, 0] == 200, "the picture stays as it is"


def test_a_picture_without_a_thumbnail_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(scale, "thumbnail", fails)
    picture, notices = run_one(make_job("localhost", tmp_path))
    assert notices == []
    assert picture.thumbnail.shape == (1, 1, 4)
    assert pixels_of(picture).shape == (128, 128, 3)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_folder_that_cannot_be_written_to_is_replaced_and_told(tmp_path: Path, temporary: Path) -> None:
    taken = tmp_path / "out"
    taken.write_bytes(b"the artist's")
    picture, (notice,) = run_one(make_job("localhost", taken))
    assert picture.path.parent == temporary / "drawthings"
    assert str(taken) in notice
    assert str(picture.path) in notice
    assert taken.read_bytes() == b"the artist's"


def test_a_temporary_folder_of_somebody_else_is_not_needed(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "out").touch()
    (temporary / "drawthings").touch()
    picture, _ = run_one(make_job("localhost", tmp_path / "out"))
    assert picture.path.parent == temporary


def test_a_full_disk_is_replaced_by_another(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def full(handle: int) -> None:
        if not any(temporary.rglob(".part-*")):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    picture, (notice,) = run_one(make_job("localhost", tmp_path / "out"))
    assert "No space left on device" in notice
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [picture.path]


def test_with_no_place_at_all_it_is_kept_and_the_artists_folder_is_named(
    tmp_path: Path, temporary: Path
) -> None:
    (tmp_path / "out").touch()
    temporary.rmdir()
    temporary.touch()
    picture, (notice,) = run_one(make_job("localhost", tmp_path / "out"))
    assert (picture.stored, picture.path.parent) == (Stored.MEMORY, tmp_path / "out")
    assert str(tmp_path / "out") in notice


# Sources that are no sources


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 4), (0, 0, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_no_pixels_are_nothing_to_send(shape: tuple[int, ...], dtype: type) -> None:
    with pytest.raises(SourceUnavailable):
        sources.prepare(Source(SourceName("OTHER", "image"), pixels=np.zeros(shape, dtype)))


def test_a_file_that_is_gone_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"snapshot\.png"):
        sources.prepare(Source(SourceName("RENDER"), path=tmp_path / "snapshot.png"))
    (tmp_path / "snapshot.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    with pytest.raises(PictureInvalid):
        sources.prepare(Source(SourceName("RENDER"), path=tmp_path / "snapshot.png"))
