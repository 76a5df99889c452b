# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks are grown and feathered by the Euclidean distance, and what is made blends in exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from campaign import share
from drawthings_addon.imaging import masks
from drawthings_addon.imaging.masks import Mask

sides = st.integers(1, 40)
many = settings(max_examples=share(200))


def dots(width: int, height: int, seed: int, *, grey: bool, share: float = 0.03) -> Mask:
    """Here and there a pixel that is not black."""
    chance = np.random.default_rng([width, height, seed])
    values = chance.integers(1, 256, (height, width)) if grey else 255
    return np.where(chance.random((height, width)) < share, values, 0).astype(np.uint8)


def distances(mask: Mask) -> NDArray[np.float64]:
    """Of each pixel to the nearest that is not black."""
    height, width = mask.shape
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    nearest = np.full(mask.shape, np.inf)
    for y, x in zip(*np.nonzero(mask), strict=True):
        nearest = np.minimum(nearest, np.hypot(across - x, down - y))
    return nearest


@many
@given(sides, sides, st.integers(0, 9), st.integers(0, 7), st.booleans())
def test_grown_is_the_brightest_within_a_disc(
    width: int, height: int, seed: int, radius: int, grey: bool
) -> None:
    mask = dots(width, height, seed, grey=grey)
    wanted = np.zeros_like(mask)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    for y, x in zip(*np.nonzero(mask), strict=True):
        near = (across - x) ** 2 + (down - y) ** 2 <= radius**2
        wanted[near] = np.maximum(wanted[near], mask[y, x])
    np.testing.assert_array_equal(masks.grown(mask, radius), wanted)
    np.testing.assert_array_equal(masks.grown(255 - mask, -radius), 255 - wanted)


@pytest.mark.parametrize("radius", [2, 8, 24, 128])
def test_a_feather_falls_with_the_distance_to_nothing_and_goes_no_farther(radius: int) -> None:
    # Larger than a tile, and with an edge on its border.
    mask = dots(300, 270, 3, grey=False, share=0.0002)
    mask[100:256, 250:256] = 255
    found, far = masks.feathered(mask, radius), distances(mask)
    part = np.minimum(far / radius, 1)
    np.testing.assert_array_equal(found, np.round(255 * (1 - part**2 * (3 - 2 * part))))
    assert not found[far >= radius].any()
    assert (found[mask == 255] == 255).all()


@pytest.mark.parametrize("radius", [129, 200, 700])
def test_a_wide_feather_is_about_the_same_and_no_wider(radius: int) -> None:
    mask = np.zeros((300, 1900), np.uint8)
    mask[150, 937] = 255
    found, far = masks.feathered(mask, radius), distances(mask)
    part = np.minimum(far / radius, 1)
    assert not found[far >= radius].any()
    assert found[150, 937] == 255
    assert np.abs(found - 255 * (1 - part**2 * (3 - 2 * part))).max() < 30
    line = found[150, 937:].astype(int)
    assert (np.diff(line) <= 0).all() and np.abs(np.diff(line)).max() <= 4


@many
@given(sides, sides, st.integers(0, 9), st.integers(0, 30))
def test_a_soft_stroke_stays_as_soft_and_grows_no_farther_than_the_feather(
    width: int, height: int, seed: int, radius: int
) -> None:
    mask = dots(width, height, seed, grey=True)
    found = masks.feathered(mask, radius)
    assert (found >= mask).all()
    assert not found[distances(mask) > radius].any()
    alone = np.zeros((31, 31), np.uint8)
    alone[15, 15] = 100
    assert masks.feathered(alone, 8).max() == 100


def test_weights_are_inverted_first_then_grown_then_feathered() -> None:
    mask = np.full((40, 40), 255, np.uint8)
    mask[20, 20] = 0
    found = masks.weights(mask, invert=True, grow=3, feather=5)
    far = distances(255 - mask)
    assert (found[far <= 3] == 255).all()
    assert not found[far > 8].any()
    assert ((found[far > 3] > 0) <= (far[far > 3] < 8)).all()
    assert masks.weights(mask) is mask


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (256, 256), (257, 511)])
def test_all_and_nothing_stay_so_at_any_size(size: tuple[int, int]) -> None:
    for value in (0, 255):
        mask = np.full(size, value, np.uint8)
        np.testing.assert_array_equal(masks.weights(mask, grow=9, feather=20), mask)
        np.testing.assert_array_equal(masks.grown(mask, -9), mask)


def test_the_box_around_a_mask() -> None:
    mask = np.zeros((30, 50), np.uint8)
    assert masks.bounds(mask) is None
    mask[7, 9] = mask[20, 3] = 1
    assert masks.bounds(mask) == (3, 7, 10, 21)
    assert masks.bounds(np.ones((30, 50), np.uint8)) == (0, 0, 50, 30)


@many
@given(sides, sides, st.integers(1, 4), st.integers(0, 9))
def test_bytes_blend_to_the_nearest_and_stay_where_nothing_is_made(
    width: int, height: int, channels: int, seed: int
) -> None:
    chance = np.random.default_rng([width, height, channels, seed])
    picture, made = chance.integers(0, 256, (2, height, width, channels), dtype=np.uint8)
    weights = dots(width, height, seed, grey=True, share=0.5)
    weights[weights > 200] = 255
    before = picture.copy()
    found = masks.blended(picture, made, weights)
    np.testing.assert_array_equal(picture, before)
    np.testing.assert_array_equal(found[weights == 0], picture[weights == 0])
    np.testing.assert_array_equal(found[weights == 255], made[weights == 255])
    part = weights[..., np.newaxis] / 255
    assert np.abs(found - (made * part + picture * (1 - part))).max() <= 0.5 + 1e-9


def test_floats_stay_to_the_bit_where_nothing_is_made() -> None:
    picture = np.random.default_rng(1).normal(0, 1e6, (40, 30, 4)).astype(np.float32)
    picture[3, 4] = (np.nan, np.inf, -np.inf, -0.0)
    made = np.full_like(picture, 0.25)
    weights = dots(30, 40, 2, grey=True, share=0.4)
    weights[3, 4], weights[20, 20] = 0, 255
    found = masks.blended(picture, made, weights)
    same = (weights == 0)[..., np.newaxis] & np.ones(4, bool)
    np.testing.assert_array_equal(found.view(np.uint32)[same], picture.view(np.uint32)[same])
    assert (found[weights == 255] == 0.25).all()


def test_a_colour_is_found_within_its_tolerance() -> None:
    picture = np.array([[[100, 150, 200], [110, 150, 200], [111, 150, 200], [90, 140, 210]]], np.uint8)
    color = (100 / 255, 150 / 255, 200 / 255)
    assert masks.of_colour(picture, color, 10 / 255).tolist() == [[255, 255, 0, 255]]
    assert masks.of_colour(picture, color, 0.0).tolist() == [[255, 0, 0, 0]]
    assert masks.of_colour(picture, color, 1.0).all()
    grey = np.array([[[100, 7], [160, 7]]], np.uint8)
    assert masks.of_colour(grey, (100 / 255,) * 3, 0.1).tolist() == [[255, 0]]
