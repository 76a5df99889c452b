# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling, thumbnails, alpha and colour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import srgb
from campaign import share
from drawthings_addon.imaging import alpha, colour, scale


def noise(width, height, channels=3):
    rng = np.random.default_rng([width, height, channels])
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def area_average(pixels, width, height):
    """By way of the least common multiple, exact."""
    big = np.repeat(np.repeat(pixels.astype(np.float64), height, axis=0), width, axis=1)
    rows, columns, channels = pixels.shape
    return big.reshape(height, rows, width, columns, channels).mean(axis=(1, 3))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (7, 5), (10, 11), (19, 13)])
def test_shrinking_averages_the_covered_area(size):
    pixels = noise(20, 14)
    expected = area_average(pixels, *size)
    assert np.abs(scale.resize(pixels, *size) - expected).max() <= 0.501


def test_enlarging_is_bilinear_between_the_centres():
    pixels = np.array([[[0], [100]]], np.uint8)
    assert scale.resize(pixels, 4, 1).ravel().tolist() == [0, 25, 75, 100]
    assert scale.resize(pixels, 2, 3)[..., 0].tolist() == [[0, 100]] * 3


def test_one_axis_may_grow_while_the_other_shrinks():
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8)[:, np.newaxis, np.newaxis], (1, 3, 1))
    result = scale.resize(ramp, 9, 10)
    assert result.shape == (10, 9, 1)
    assert result[:, 0, 0].tolist() == [9 + 20 * i for i in range(10)]


@settings(max_examples=share(600))
@given(*[st.integers(1, 90)] * 4, st.integers(0, 255), st.integers(1, 4))
def test_one_colour_stays_that_colour(width, height, to_width, to_height, value, channels):
    pixels = np.full((height, width, channels), value, np.uint8)
    result = scale.resize(pixels, to_width, to_height)
    assert result.shape == (to_height, to_width, channels)
    assert (result == value).all()


def test_the_same_size_is_the_same_picture():
    pixels = noise(9, 7)
    assert np.array_equal(scale.resize(pixels, 9, 7), pixels)
    with pytest.raises(ValueError):
        scale.resize(pixels, 0, 7)


@pytest.mark.parametrize(
    "source, edge, expected",
    [((640, 480), 192, (192, 144)), ((100, 50), 192, (100, 50)), ((3000, 2), 100, (100, 1)),
     ((5, 4000), 64, (1, 64)), ((192, 192), 192, (192, 192))],
)  # fmt: skip
def test_a_thumbnail_keeps_the_proportions(source, edge, expected):
    result = scale.thumbnail(noise(*source, 4), edge)
    assert result.shape == (expected[1], expected[0], 4)


def test_alpha_is_kept_aside_and_put_back_with_what_lies_beneath():
    pixels = noise(30, 20, 4)
    pixels[:5, :, 3] = 0
    colours, kept = alpha.split(pixels)
    assert kept is not None
    assert np.array_equal(alpha.restore(colours, kept), pixels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_picture_without_transparency_has_no_alpha_to_keep(channels):
    pixels = noise(6, 5, channels)
    if channels in (2, 4):
        pixels[..., -1] = 255
    colours, kept = alpha.split(pixels)
    assert kept is None
    assert colours.shape[2] == (1 if channels < 3 else 3)


def test_alpha_grows_with_an_upscaled_result():
    pixels = noise(10, 8, 4)
    pixels[..., 3] = 0
    pixels[:, 5:, 3] = 255
    kept = alpha.split(pixels)[1]
    result = alpha.restore(noise(40, 32, 3), kept)
    assert result.shape == (32, 40, 4)
    assert (result[:, :18, 3] == 0).all() and (result[:, 22:, 3] == 255).all()
    with pytest.raises(ValueError):
        alpha.restore(pixels, kept)


def test_every_byte_survives_as_a_float():
    values = np.arange(256, dtype=np.uint8)
    assert np.array_equal(colour.to_bytes(colour.from_bytes(values)), values)
    there = srgb.to_linear(colour.from_bytes(values))
    assert there.dtype == np.float32
    assert np.array_equal(colour.to_bytes(colour.linear_to_srgb(there)), values)


def test_bytes_are_rounded_half_up_and_clamped():
    values = np.array([0, 0.499 / 255, 0.5 / 255, 1.5 / 255, 1, 1.01, -1, np.nan, np.inf, -np.inf])
    assert colour.to_bytes(values).tolist() == [0, 0, 1, 2, 255, 255, 0, 0, 255, 0]


def test_the_curve_is_that_of_srgb():
    assert colour.linear_to_srgb(np.array([0.21404114])) == pytest.approx(0.5, abs=1e-6)
    assert colour.linear_to_srgb(np.array([0.001, 0.18, 1.0])) == pytest.approx(
        [0.01292, 0.46135613, 1.0], abs=1e-6
    )
    strange = np.array([np.nan, -1, np.inf], np.float32)
    assert colour.linear_to_srgb(strange).tolist() == [0, 0, np.inf]
