# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each step there and back alone, in rows, and for whole sources as they always went."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import srgb
from campaign import share
from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import colour, fit, png
from drawthings_addon.imaging.scale import resize
from drawthings_addon.imaging.steps import (
    Alpha,
    Encode,
    Fit,
    Resize,
    Steps,
)
from drawthings_addon.jobs import sources
from drawthings_addon.jobs.source import Encoding, Source, SourceName

#: What was sent and put back before there were steps: the first 16 digits of each picture's SHA-256.
RECORDED = Path(__file__).resolve().parents[1] / "data" / "there_and_back.json"
MODES = ("PAD", "CROP", "SCALE")

sides = st.integers(1, 200)
channels = st.integers(1, 4)
many = settings(max_examples=share(500))


def noise(width: int, height: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng([width, height, channels, seed]).integers(
        0, 256, (height, width, channels), dtype=np.uint8
    )


def enlarged(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


# Encode


@many
@given(sides, sides, channels)
def test_bytes_are_encoded_as_they_are(width: int, height: int, channels: int) -> None:
    picture = noise(width, height, channels)
    sent = Encode(is_linear=True, is_premultiplied=True).there(picture)
    assert sent.shape == (height, width, channels if channels >= 3 else channels + 2)
    np.testing.assert_array_equal(sent[..., 0], picture[..., 0])
    np.testing.assert_array_equal(sent[..., -1], picture[..., -1])


@many
@given(sides, sides, channels, st.booleans(), st.booleans())
def test_floats_of_bytes_are_encoded_to_those_bytes(
    width: int, height: int, channels: int, is_linear: bool, is_premultiplied: bool
) -> None:
    shown = noise(width, height, channels)
    has_alpha = channels in (2, 4)
    floats = colour.from_bytes(shown)
    colours = floats[..., : channels - 1 if has_alpha else channels]
    if is_linear:
        colours[...] = srgb.to_linear(colours)
    if is_premultiplied and has_alpha:
        # Nothing of a colour is left beneath alpha 0.
        floats[..., -1] = np.maximum(floats[..., -1], 1 / 255)
        colours *= floats[..., -1:]
    before = floats.copy()
    sent = Encode(is_linear, is_premultiplied).there(floats)
    np.testing.assert_array_equal(floats, before)
    np.testing.assert_array_equal(sent[..., 0], shown[..., 0])


@given(st.lists(st.floats(width=32), min_size=3, max_size=3), st.booleans())
def test_any_floats_become_bytes_that_are_within_half_a_step(values: list[float], is_linear: bool) -> None:
    floats = np.array(values, np.float32).reshape(1, 1, 3)
    sent = Encode(is_linear).there(floats).ravel()
    for value, byte in zip(values, sent, strict=True):
        if np.isnan(value):
            assert byte == 0
            continue
        wanted = min(max(value, 0.0), 1.0)
        if is_linear:
            wanted = wanted * 12.92 if wanted < 0.0031308 else 1.055 * wanted ** (1 / 2.4) - 0.055
        assert abs(byte - wanted * 255) <= 0.5 + 1e-3


def test_a_result_stays_as_it_is_displayed_and_at_the_size_it_was_worked_on() -> None:
    picture = noise(20, 10)
    for step in (Encode(is_linear=True), Resize(7, 5)):
        assert step.back(picture) is picture
        assert not step.changes_result
    np.testing.assert_array_equal(Resize(7, 5).there(picture), resize(picture, 7, 5))


# Alpha


@many
@given(sides, sides, channels)
def test_alpha_is_kept_to_the_byte(width: int, height: int, channels: int) -> None:
    picture = noise(width, height, channels)
    has_alpha = channels in (2, 4)
    step = Alpha(picture[..., -1:] if has_alpha else None)
    sent = step.there(picture)
    assert sent.shape[2] == (channels - 1 if has_alpha else channels)
    np.testing.assert_array_equal(step.back(sent), picture)
    assert step.changes_result == has_alpha


@many
@given(sides, sides, st.integers(1, 4))
def test_alpha_is_as_large_as_its_result(width: int, height: int, factor: int) -> None:
    picture = noise(width, height, 4)
    step = Alpha(picture[..., 3:])
    back = step.back(enlarged(step.there(picture), factor))
    np.testing.assert_array_equal(back[..., :3], enlarged(picture[..., :3], factor))
    np.testing.assert_array_equal(back[..., 3:], resize(picture[..., 3:], width * factor, height * factor))


@many
@given(sides, sides, sides, sides)
def test_alpha_covers_what_the_server_cuts(width: int, height: int, to_width: int, to_height: int) -> None:
    """What the server leaves black is transparent."""
    kept = np.full((height, width, 1), 200, np.uint8)
    back = Alpha(kept, is_covering=True).back(noise(to_width, to_height))
    assert back.shape == (to_height, to_width, 4)
    assert set(np.unique(back[..., 3])) <= {0, 200}
    assert back[to_height // 2, to_width // 2, 3] == 200


# Fit, and windows


@many
@given(sides, sides, channels, st.sampled_from(MODES))
def test_what_is_fitted_comes_back(width: int, height: int, channels: int, mode: fit.FitMode) -> None:
    picture = noise(width, height, channels)
    step = Fit.of(picture, fit.plan(width, height, mode))
    sent = step.there(picture)
    assert sent.shape[0] % 64 == sent.shape[1] % 64 == 0
    back = step.back(sent)
    assert back.shape == picture.shape
    if step.plan.is_exact:
        np.testing.assert_array_equal(back, picture)
    assert step.changes_result or np.array_equal(sent, picture)
    assert bool(step.describe()) == step.changes_result


@many
@given(sides, sides, st.sampled_from(MODES))
def test_scaling_stays_within_what_there_is(width: int, height: int, mode: fit.FitMode) -> None:
    """Resampling is no exact way back, but nothing becomes lighter than the lightest nor darker."""
    picture = noise(width, height) // 4 + 100
    step = Fit.of(picture, fit.plan(width, height, mode))
    back = step.back(step.there(picture))
    assert back.min() >= picture.min() and back.max() <= picture.max()


@many
@given(sides, sides, st.sampled_from(MODES))
def test_a_mask_is_black_where_something_is_added(width: int, height: int, mode: fit.FitMode) -> None:
    white = np.full((height, width, 1), 255, np.uint8)
    plan = fit.plan(width, height, mode)
    mask = Fit.of(white, plan).mask(white)
    assert mask.shape == (plan.fitted_height, plan.fitted_width, 1)
    assert (mask[plan.inside] == 255).all()
    assert (mask == 255).sum() == mask[plan.inside].size


@many
@given(st.data(), sides, sides, channels, st.integers(1, 3))
def test_a_window_comes_back_to_its_place(
    data: st.DataObject, width: int, height: int, channels: int, factor: int
) -> None:
    left, right = sorted(data.draw(st.tuples(st.integers(0, width), st.integers(0, width))))
    top, bottom = sorted(data.draw(st.tuples(st.integers(0, height), st.integers(0, height))))
    assume(left < right and top < bottom)
    picture = noise(width, height, channels)
    step = Fit.of(picture, fit.window(width, height, left, top, right, bottom))
    sent = step.there(picture)
    np.testing.assert_array_equal(sent, picture[top:bottom, left:right])
    np.testing.assert_array_equal(step.back(sent), picture)
    made = enlarged(255 - sent, factor)
    back = step.back(made)
    wanted = resize(picture, width * factor, height * factor).copy()
    wanted[top * factor : bottom * factor, left * factor : right * factor] = made
    np.testing.assert_array_equal(back, wanted)


@pytest.mark.parametrize("window", [(0, 0, 0, 5), (3, 0, 2, 5), (-1, 0, 5, 5), (0, 0, 11, 5), (0, 5, 5, 9)])
def test_a_window_lies_within_its_picture(window: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError):
        fit.window(10, 8, *window)


# What comes beside a result


@many
@given(sides, sides, st.sampled_from(MODES), st.integers(1, 3))
def test_what_comes_beside_lies_on_the_result_and_has_nothing_of_the_source(
    width: int, height: int, mode: fit.FitMode, factor: int
) -> None:
    source = np.full((height, width, 4), 7, np.uint8)
    plan = fit.plan(width, height, mode)
    row = Steps((Alpha(source[..., 3:]), Fit.of(source[..., :3], plan)))
    made = enlarged(noise(plan.fitted_width, plan.fitted_height) // 2 + 100, factor)
    beside = row.back_beside(made)
    assert beside.shape == (*row.back(made).shape[:2], 3)
    assert beside.min() >= 100, "nothing of the source"
    rows, columns = (
        slice(each.start, each.stop) for each in (plan.y.returned(factor), plan.x.returned(factor))
    )
    np.testing.assert_array_equal(beside[rows, columns], row.back(made)[rows, columns, :3])


# Rows


@many
@given(sides, sides, st.sampled_from([3, 4]), st.sampled_from(["PAD", "CROP"]))
def test_a_row_comes_back(width: int, height: int, channels: int, mode: fit.FitMode) -> None:
    picture = noise(width, height, channels)
    rgb = picture[..., :3]
    row = Steps(
        (
            Encode(),
            Alpha(picture[..., 3:] if channels == 4 else None),
            Fit.of(rgb, fit.plan(width, height, mode)),
        )
    )
    before = picture.copy()
    np.testing.assert_array_equal(row.back(row.there(picture)), picture)
    np.testing.assert_array_equal(picture, before)
    assert row.describe() == fit.plan(width, height, mode).describe()
    # A mask goes the same way: where it is white, the very pixels are that are made anew.
    mask = (rgb[..., :1] > 127) * np.uint8(255)
    sent, seen = row.there(picture), row.mask(mask)
    assert ((seen[..., 0] == 255) <= (sent[..., 0] > 127)).all()


def test_no_step_is_no_change() -> None:
    picture = noise(5, 4)
    assert Steps().there(picture) is Steps().back(picture) is Steps().mask(picture) is picture
    assert not Steps().changes_result
    assert Steps().describe() == ""


def test_a_result_of_other_proportions_is_refused() -> None:
    with pytest.raises(PictureInvalid, match="128 × 128"):
        Fit(fit.plan(100, 70, 'PAD')).back(noise(128, 192))


def test_steps_are_frozen() -> None:
    for step in (Encode(), Resize(1, 1), Alpha(None), Fit(fit.plan(1, 1, 'PAD')), Steps()):
        with pytest.raises(FrozenInstanceError):
            step.width = 2  # type: ignore[union-attr, misc]


# Whole sources, as before


def recorded_sources() -> Iterator[tuple[str, Source]]:
    sizes = [(64, 64), (128, 192), (333, 217), (200, 150), (65, 300), (1, 1), (16, 9000)]
    for (width, height), mode, channels in itertools.product(sizes, MODES, (1, 2, 3, 4)):
        if width * height <= 100_000 or channels == 4:
            name = f"{width}x{height} {mode} {channels}"
            yield name, Source(SourceName("OTHER", "x"), pixels=noise(width, height, channels), fit_mode=mode)
    yield "opaque", Source(SourceName("OTHER", "x"), pixels=np.full((70, 90, 4), 255, np.uint8))
    yield "no alpha kept", Source(SourceName("OTHER", "x"), pixels=noise(90, 70, 4), keep_alpha=False)
    yield "resized", Source(SourceName("OTHER", "x"), pixels=noise(90, 70, 4), resize_to=(150, 130))
    yield (
        "resized and cropped",
        Source(SourceName("OTHER", "x"), pixels=noise(90, 70, 4), resize_to=(150, 130), fit_mode="CROP"),
    )
    light = (noise(90, 70, 4) // 128).astype(np.float32)
    yield (
        "linear",
        Source(SourceName("OTHER", "x"), pixels=light, encoding=Encoding.LINEAR, premultiplied=True),
    )


def digest(picture: NDArray[np.uint8]) -> str:
    data = repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


def went(source: Source) -> dict[str, str]:
    """What is sent of a source and put back to it, and of what lies on it."""
    prepared = sources.prepare(source)
    width, height = prepared.width, prepared.height
    is_small = width * height < 200_000
    blank = np.zeros((1, 1, 1), np.uint8)
    found = {
        "sent": png.decode(prepared.image),
        "mask": png.decode(prepared.mask(Source(SourceName("OTHER", "m"), pixels=noise(50, 40, 4, 1)))),
        "beside": png.decode(prepared.beside(Source(SourceName("OTHER", "m"), pixels=noise(50, 40, 3, 1)))),
        "back": prepared.steps.back(noise(width, height, 3, 2)),
        "back twice as large": prepared.steps.back(noise(2 * width, 2 * height, 3, 2)) if is_small else blank,
    }
    for is_cut in (False, True):
        whole = sources.prepare_to_upscale(source, is_cut=is_cut)
        found[f"whole {is_cut}"] = png.decode(whole.image)
        found[f"whole back {is_cut}"] = whole.steps.back(noise(123, 77, 3, 3))
        twice = noise(2 * whole.width, 2 * whole.height, 3, 3)
        found[f"whole back 2x {is_cut}"] = whole.steps.back(twice) if is_small else blank
    return {name: digest(picture) for name, picture in found.items()}


def test_sources_go_there_and_back_as_they_always_did() -> None:
    recorded = json.loads(RECORDED.read_text())
    assert {name: went(source) for name, source in recorded_sources()} == recorded
