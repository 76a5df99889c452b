# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is put under a mask leaves all else as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.imaging import fill
from drawthings_addon.imaging.masks import Mask
from drawthings_addon.imaging.pixels import Pixels

FILLS: dict[str, Callable[[Pixels, Mask], Pixels]] = {
    "surroundings": fill.from_surroundings,
    "noise": fill.with_noise,
    "even": partial(fill.evenly, color=None),
    "color": partial(fill.evenly, color=(0.1, 0.5, 0.9)),
    "nothing": fill.nothing,
}


@pytest.mark.parametrize("name", list(FILLS))
@settings(max_examples=share(100))
@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, 3]), st.integers(0, 9))
def test_what_is_not_masked_stays_and_nothing_is_written_into_what_is_given(
    name: str, width: int, height: int, channels: int, seed: int
) -> None:
    chance = np.random.default_rng([width, height, channels, seed])
    picture = chance.integers(0, 256, (height, width, channels), dtype=np.uint8)
    weights = chance.integers(0, 256, (height, width), dtype=np.uint8)
    weights[chance.random((height, width)) < seed / 9] = 0
    before = picture.copy()
    found = FILLS[name](picture, weights)
    assert found.dtype == np.uint8 and found.shape == picture.shape
    np.testing.assert_array_equal(picture, before)
    np.testing.assert_array_equal(found[weights == 0], picture[weights == 0])


@pytest.mark.parametrize("size", [100, 128, 131])
def test_the_surroundings_flow_in_smoothly(size: int) -> None:
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    ramp = np.stack([across, down, (across + down) // 2], axis=2).astype(np.uint8)
    hole = np.zeros((size, size), np.uint8)
    hole[30:70, 25:60] = 255
    damaged = np.where(hole[..., np.newaxis] > 0, np.uint8(255), ramp)
    found = fill.from_surroundings(damaged, hole)
    assert np.abs(found.astype(int) - ramp).max() <= 16
    steps = np.abs(np.diff(found.astype(int), axis=1)).max()
    assert steps <= 6, "no edge where the hole was"


def test_without_surroundings_it_is_the_mean() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    all_of_it = np.full((20, 30), 255, np.uint8)
    mean = np.round(picture.reshape(-1, 3).mean(axis=0))
    for name in ("surroundings", "even"):
        assert (FILLS[name](picture, all_of_it) == mean).all()


def test_one_colour_is_that_of_the_surroundings_or_the_artists() -> None:
    picture = np.full((20, 30, 3), (10, 20, 30), np.uint8)
    hole = np.zeros((20, 30), np.uint8)
    hole[5:9, 5:9] = 255
    picture[5:9, 5:9] = 200
    assert (FILLS["even"](picture, hole) == (10, 20, 30)).all()
    assert FILLS["color"](picture, hole)[6, 6].tolist() == [26, 128, 230]


def test_noise_keeps_nothing_and_is_the_same_again() -> None:
    picture = np.full((64, 64, 3), 128, np.uint8)
    all_of_it = np.full((64, 64), 255, np.uint8)
    found = fill.with_noise(picture, all_of_it)
    assert found.std() > 60
    np.testing.assert_array_equal(found, fill.with_noise(picture, all_of_it))
