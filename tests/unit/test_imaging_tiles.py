# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture as tiles: they cover it, none is needless, and put together they leave no grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from campaign import share
from drawthings_addon.imaging import scale
from drawthings_addon.imaging.scale import Axis
from drawthings_addon.imaging.tiles import Grid, Windows

Pixels = NDArray[np.uint8]


def noise(width: int, height: int, channels: int = 3) -> Pixels:
    return np.random.default_rng([width, height]).integers(0, 256, (height, width, channels), np.uint8)


def cut(picture: Pixels, grid: Grid, row: int, column: int) -> Pixels:
    """A tile of a picture, beyond whose border lies the edge or, as the grid says, the other side."""
    height, width = picture.shape[:2]
    rows = np.arange(grid.down.starts[row], grid.down.starts[row] + grid.tile_height)
    columns = np.arange(grid.across.starts[column], grid.across.starts[column] + grid.tile_width)
    rows = rows % height if grid.down.wrap else rows.clip(0, height - 1)
    columns = columns % width if grid.across.wrap else columns.clip(0, width - 1)
    return picture[rows][:, columns]


windows = st.tuples(st.integers(1, 3000), st.integers(2, 16), st.floats(0, 0.5), st.booleans())


@settings(max_examples=share(2000))
@given(windows)
def test_the_weights_add_up_to_one_everywhere(drawn: tuple[int, int, float, bool]) -> None:
    length, multiple, part, wrap = drawn
    overlap = int(multiple * 64 * part)
    found = Windows.along(length, multiple * 64, overlap, wrap=wrap)
    assert found.size % 64 == 0 and 128 <= found.size <= max(128, multiple * 64)
    total = np.zeros(length)
    for index, inside, place in found.lying_on(0, length):
        total[place] += found.weights[index][inside]
        assert inside.stop - inside.start == place.stop - place.start
    np.testing.assert_allclose(total, 1, atol=1e-6)
    for first, second in itertools.pairwise(found.starts):
        assert 0 < second - first <= found.size - overlap
    if not wrap and len(found) > 1:
        assert (found.starts[0], found.starts[-1] + found.size) == (0, length)
        assert (len(found) - 1) * (found.size - overlap) + overlap < length, "none is needless"


@settings(max_examples=share(1000))
@given(windows)
def test_no_fade_is_steeper_than_its_overlap_asks_for(drawn: tuple[int, int, float, bool]) -> None:
    length, multiple, part, wrap = drawn
    overlap = int(multiple * 64 * min(part, 1 / 3 if wrap else 1 / 2))
    if wrap and length < 2 * overlap:
        # Two fades have no room there.
        length += 2 * overlap
    found = Windows.along(length, multiple * 64, overlap, wrap=wrap)
    steepest = max(np.abs(np.diff(weights)).max() for weights in found.weights)
    inner = [weights for weights in found.weights if overlap > 1]
    assert not inner or steepest <= np.pi / 2 / overlap + 1e-4


def test_sizes_that_are_none_are_refused() -> None:
    for length, size, overlap in ((0, 128, 0), (10, 100, 0), (10, 64, 0), (10, 128, 65), (10, 128, -1)):
        with pytest.raises(ValueError, match="no windows"):
            Windows.along(length, size, overlap)


@pytest.mark.parametrize("wrap", [(False, False), (True, True), (True, False)])
@pytest.mark.parametrize("size", [(300, 217), (128, 128), (5, 90), (401, 640)])
def test_what_is_cut_comes_together_again_to_the_byte(size: tuple[int, int], wrap: tuple[bool, bool]) -> None:
    picture = noise(*size)
    grid = Grid.of(*size, 192, 40, wrap)
    assert len(grid) == len(list(grid))
    whole = np.zeros((size[1], size[0], 4), np.uint8)
    grid.assemble(lambda row, column: cut(picture, grid, row, column), whole[..., :3])
    np.testing.assert_array_equal(whole[..., :3], picture)
    assert not whole[..., 3].any(), "other channels are somebody else's"


@pytest.mark.parametrize("wrap", [False, True])
def test_tiles_that_differ_leave_no_step(wrap: bool) -> None:
    overlap, rng = 64, np.random.default_rng(3)
    grid = Grid.of(700, 520, 256, overlap, (wrap, wrap))
    levels = {(tile.row, tile.column): 128 + 20 * rng.choice((-1, 1)) for tile in grid}
    whole = np.empty((520, 700, 1), np.uint8)
    shape = grid.tile_height, grid.tile_width, 1
    grid.assemble(lambda row, column: np.full(shape, levels[row, column], np.uint8), whole)
    values = whole[..., 0].astype(int)
    assert np.ptp(values) == 40
    if wrap:
        values = np.pad(values, 1, mode="wrap")
    for axis in (0, 1):
        assert np.abs(np.diff(values, axis=axis)).max() <= 1.6 * 40 / overlap + 1


# A part of a picture at another size


@pytest.mark.parametrize("to", [(40, 24), (97, 61), (20, 13)])
def test_a_part_is_what_the_whole_shows_there(to: tuple[int, int]) -> None:
    picture = noise(40, 24, 4)
    whole = scale.part(picture, Axis.between(0, to[1], 24, to[1]), Axis.between(0, to[0], 40, to[0]))
    assert whole.shape == (to[1], to[0], 4)
    if to == (40, 24):
        np.testing.assert_array_equal(whole, picture)
    part = scale.part(picture, Axis.between(3, 11, 24, to[1]), Axis.between(5, 19, 40, to[0]))
    np.testing.assert_array_equal(part, whole[3:11, 5:19])


def test_beyond_the_border_lies_the_edge_or_the_other_side() -> None:
    picture = noise(12, 9)
    wrapped = scale.part(
        picture, Axis.between(-9, 18, 9, 9, wrap=True), Axis.between(0, 24, 12, 12, wrap=True)
    )
    np.testing.assert_array_equal(wrapped, np.tile(picture, (3, 2, 1)))
    edged = scale.part(picture, Axis.between(-2, 11, 9, 9), Axis.between(-3, 12, 12, 12))
    np.testing.assert_array_equal(edged, np.pad(picture, ((2, 2), (3, 0), (0, 0)), mode="edge"))


def test_a_smooth_picture_is_enlarged_as_any_good_filter_does() -> None:
    y, x = np.mgrid[0:50, 0:70]
    waves = np.stack([127 + 90 * np.sin(x / 9 + c) * np.cos(y / 11) for c in range(3)], axis=2)
    picture = waves.round().astype(np.uint8)
    part = scale.part(picture, Axis.between(0, 200, 50, 200), Axis.between(0, 280, 70, 280)).astype(int)
    true_y, true_x = (np.mgrid[0:200, 0:280] + 0.5) / 4 - 0.5
    true = np.stack([127 + 90 * np.sin(true_x / 9 + c) * np.cos(true_y / 11) for c in range(3)], axis=2)
    inside = (slice(8, -8), slice(8, -8))
    assert np.abs(part[inside] - true[inside]).max() <= 1.5


def test_a_part_of_what_was_enlarged_elsewhere_lies_where_it_did() -> None:
    ramp = np.repeat(np.arange(0, 200, 2, dtype=np.uint8)[:, np.newaxis, np.newaxis], 100, axis=1)
    rows, columns = Axis.between(50, 150, 100, 250), Axis.between(100, 200, 100, 250)
    around = rows.around(4), columns.around(4)
    sent = scale.part(ramp, *around)
    larger = scale.resize(sent, sent.shape[1] * 3, sent.shape[0] * 3)
    there = scale.part(larger, rows.on(around[0], len(larger)), columns.on(around[1], larger.shape[1]))
    direct = scale.part(ramp, rows, columns)
    assert np.abs(there.astype(int) - direct).max() <= 1
