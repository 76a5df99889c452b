# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faces as a mask: what they touch in the picture is white, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from campaign import share
from drawthings_addon.imaging.uv_mask import UvFaces

Points = list[tuple[float, float]]
SQUARE: Points = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]
#: An arrow, and an L.
CONCAVE: Points = [(0.1, 0.1), (0.5, 0.3), (0.9, 0.1), (0.5, 0.9)]
ELL: Points = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.3), (0.4, 0.3), (0.4, 0.9), (0.1, 0.9)]


def faces(
    *polygons: Points, width: int = 64, height: int = 48, values: object = None, **more: bool
) -> UvFaces:
    corners = [corner for polygon in polygons for corner in polygon]
    return UvFaces(
        np.array(corners, np.float32).reshape(-1, 2),
        np.array([len(polygon) for polygon in polygons], np.int32),
        width,
        height,
        None if values is None else np.array(values, np.float32),
        **more,
    )


def centres_inside(polygon: Points, width: int, height: int) -> NDArray[np.bool_]:
    """Whose centre is inside, by the even-odd rule; row 0 at the top."""
    across, down = np.meshgrid((np.arange(width) + 0.5) / width, 1 - (np.arange(height) + 0.5) / height)
    inside = np.zeros((height, width), bool)
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if y0 != y1:
            crosses = (y0 > down) != (y1 > down)
            inside ^= crosses & (across < x0 + (down - y0) / (y1 - y0) * (x1 - x0))
    return inside


def touched(polygon: Points, width: int, height: int) -> NDArray[np.bool_]:
    """What it touches, and a hair more."""
    finer = centres_inside(polygon, 8 * width, 8 * height)
    padded = np.pad(finer, 2)
    wider = np.logical_or.reduce(
        [padded[y : y + 8 * height, x : x + 8 * width] for y in (0, 2, 4) for x in (0, 2, 4)]
    )
    blocks: NDArray[np.bool_] = wider.reshape(height, 8, width, 8).any(axis=(1, 3))
    return blocks


@pytest.mark.parametrize(
    "polygon", [SQUARE, CONCAVE, ELL, SQUARE[:3]], ids=["square", "arrow", "ell", "half"]
)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [(64, 48), (37, 101)])
def test_a_polygon_is_what_it_encloses(polygon: Points, turned: bool, size: tuple[int, int]) -> None:
    polygon = polygon[::-1] if turned else polygon
    width, height = size
    found = faces(polygon, width=width, height=height).draw()
    assert found.shape == (height, width) and set(np.unique(found)) == {0, 255}
    inside = centres_inside(polygon, width, height)
    assert found[inside].all(), "every pixel whose centre is inside"
    assert not found[~touched(polygon, width, height)].any(), "and none that it does not touch"


def test_borders_on_pixels_are_exact() -> None:
    found = faces(SQUARE, width=64, height=64).draw()
    wanted = np.zeros((64, 64), np.uint8)
    wanted[16:48, 16:48] = 255
    np.testing.assert_array_equal(found, wanted)


@settings(max_examples=share(200))
@given(st.data(), st.integers(1, 50), st.integers(1, 50))
def test_triangles_anywhere(data: st.DataObject, width: int, height: int) -> None:
    place = st.floats(-0.5, 1.5, width=32)
    triangle = data.draw(st.lists(st.tuples(place, place), min_size=3, max_size=3))
    found = faces(triangle, width=width, height=height, is_repeated=False).draw()
    inside = centres_inside(triangle, width, height)
    # One that is thinner than a pixel may lie between all centres.
    assert found[inside].all()
    three = faces(triangle, width=width, height=height).draw()
    assert (three >= found).all(), "what repeats has more"


def test_a_face_smaller_than_a_pixel_is_one() -> None:
    found = faces([(0.5, 0.5), (0.5001, 0.5), (0.5, 0.5001)], width=16, height=16).draw()
    assert found.sum() == 255 and found[7, 8] == 255


def test_what_lies_beyond_repeats_or_is_left_out() -> None:
    beyond = [(x + 1.5, y - 3) for x, y in SQUARE]
    repeated = faces(beyond, width=64, height=64).draw()
    np.testing.assert_array_equal(repeated, np.roll(faces(SQUARE, width=64, height=64).draw(), 32, axis=1))
    assert not faces(beyond, width=64, height=64, is_repeated=False).draw().any()
    huge = [(-7.0, -7.0), (9.0, -7.0), (9.0, 9.0), (-7.0, 9.0)]
    assert faces(huge).draw().all() and faces(huge, is_repeated=False).draw().all()


def test_values_are_interpolated_between_the_corners() -> None:
    whole = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    found = faces(whole, width=64, height=32, values=[0, 1, 1, 0]).draw()
    wanted = np.round((np.arange(64) + 0.5) / 64 * 255)
    assert np.abs(found - wanted[np.newaxis]).max() <= 1
    upward = faces(whole, width=64, height=32, values=[0, 0, 1, 1]).draw()
    wanted = np.round((1 - (np.arange(32) + 0.5) / 32) * 255)
    assert np.abs(upward - wanted[:, np.newaxis]).max() <= 1


def test_of_two_faces_the_whitest_counts() -> None:
    found = faces(SQUARE, SQUARE, values=[0.2] * 4 + [0.6] * 4).draw()
    assert found.max() == 153 and set(np.unique(found)) == {0, 153}


def test_many_faces_and_what_is_no_number() -> None:
    chance = np.random.default_rng(0)
    square = np.array([(0, 0), (0.02, 0), (0.02, 0.02), (0, 0.02)])
    polygons = (chance.random((300, 1, 2)) * 0.9 + square).astype(np.float32)
    polygons[0, 0] = np.nan
    polygons[1] = 1e30
    every = UvFaces(polygons.reshape(-1, 2), np.full(300, 4), 128, 128)
    found = every.draw()
    wanted = np.zeros((128, 128), bool)
    for polygon in polygons[2:]:
        wanted |= centres_inside([(x, y) for x, y in polygon.tolist()], 128, 128)
    assert found[wanted].all() and wanted.sum() / (found > 0).sum() > 0.5
    assert not UvFaces(np.empty((0, 2), np.float32), np.empty(0, np.int32), 8, 8).draw().any()


def test_polygons_and_corners_must_agree() -> None:
    with pytest.raises(ValueError):
        UvFaces(np.zeros((4, 2), np.float32), np.array([3]), 8, 8)
    with pytest.raises(ValueError):
        UvFaces(np.zeros((3, 2), np.float32), np.array([3]), 0, 8)
