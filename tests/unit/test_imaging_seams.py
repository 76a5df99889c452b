# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of ten kinds repeat without a seam, and what only looks like it is told from that."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from drawthings_addon.imaging import seams
from drawthings_addon.imaging.scale import resize
from tests.support import seam_measures, textures

KINDS = sorted(textures.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_repeats_and_is_still_what_it_was(kind: str) -> None:
    picture = textures.KINDS[kind]()
    result = seams.make_seamless(picture)
    assert seam_measures.flaws(picture, result) == []
    assert result.shape == picture.shape
    assert np.array_equal(seams.make_seamless(picture), result), "the same picture gives the same result"


@pytest.mark.parametrize("axes", ["X", "Y"])
def test_one_axis_alone(axes: seams.Axes) -> None:
    picture = textures.stone()
    result = seams.make_seamless(picture, axes)
    assert seam_measures.flaws(picture, result, axes) == []
    changed = (picture != result).any(axis=(2, 0 if axes == "X" else 1))
    middle = len(changed) // 2
    assert not changed[middle - 60 : middle + 60].any(), "away from the border every byte stays"


def test_one_axis_after_the_other_keeps_the_first() -> None:
    picture = textures.cells()
    result = seams.make_seamless(seams.make_seamless(picture, "Y"), "X")
    assert seam_measures.flaws(picture, result) == []


def _mirrored(picture: np.ndarray) -> np.ndarray:
    half = picture[::2, ::2]
    wide = np.concatenate((half, half[:, ::-1]), axis=1)
    return np.concatenate((wide, wide[::-1]), axis=0)


def _blurred(picture: np.ndarray) -> np.ndarray:
    """At the border alone, where a seam would be."""
    result = picture.astype(np.float64)
    for axis in (0, 1):
        rolled = np.roll(np.moveaxis(result, axis, 0), 12, axis=0)
        smooth = sum(np.roll(rolled, by, axis=0) for by in range(-8, 9)) / 17
        rolled[4:20] = smooth[4:20]
        result = np.moveaxis(np.roll(rolled, -12, axis=0), 0, axis)
    return np.rint(result).astype(np.uint8)


def _faded(picture: np.ndarray) -> np.ndarray:
    """Each border faded into the picture shifted by half."""
    size = len(picture)
    share = np.clip(np.abs(np.arange(size) - size / 2) / (size / 2), 0, 1)
    share = np.maximum.outer(share, share)[..., None]
    shifted = np.roll(picture, (size // 2, size // 2), (0, 1))
    return np.rint(picture * (1 - share) + shifted * share).astype(np.uint8)


def _flattened(picture: np.ndarray) -> np.ndarray:
    return np.broadcast_to(picture.mean(axis=(0, 1)).astype(np.uint8), picture.shape).copy()


@pytest.mark.once
@pytest.mark.parametrize("cheat", [_mirrored, _blurred, _faded, _flattened])
@pytest.mark.parametrize("kind", KINDS)
def test_what_only_looks_seamless_is_found_out(kind: str, cheat: object) -> None:
    picture = textures.KINDS[kind]()
    assert seam_measures.flaws(picture, cheat(picture))  # type: ignore[operator]


@pytest.mark.once
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "noise"])
def test_a_picture_as_it_came_has_a_seam(kind: str) -> None:
    """But for white noise, which repeats as it is."""
    picture = textures.KINDS[kind]()
    assert seam_measures.flaws(picture, picture)


def _boards(sides: tuple[int, int], first: int, seed: int) -> np.ndarray:
    """Boards of 40 pixels with joints of 4 between them, the first of which is seen from so many on."""
    rng = np.random.default_rng(seed)
    x = np.arange(sides[1]) + first
    tone = rng.uniform(60, 160, 99)[x // 44]
    rows = np.where(x % 44 < 4, 230.0, tone) + rng.normal(0, 5, sides)
    return np.repeat(np.clip(rows, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("shown", [(4, 0), (4, 2), (3, 1)], ids=str)
@pytest.mark.parametrize("axes", ["X", "Y"])
def test_joints_at_both_borders_do_not_make_a_wider_one(shown: tuple[int, int], axes: seams.Axes) -> None:
    """The columns of a joint that the last and the first of the picture show: together more than one has."""
    last, hidden = shown
    picture = _boards((160, 44 * 5 + last - hidden), hidden, seed=last)
    if axes == "Y":
        picture = np.ascontiguousarray(picture.swapaxes(0, 1))
    result = seams.make_seamless(picture, axes)
    assert seam_measures.flaws(picture, result, axes) == []


def test_what_repeats_already_stays_as_it_is() -> None:
    wave = np.sin(np.arange(128) * 2 * np.pi / 32)
    picture = np.rint(128 + 60 * wave[:, None] * wave[None])[..., None].astype(np.uint8)
    picture = np.roll(picture, (8, 8), (0, 1))
    assert np.array_equal(seams.make_seamless(picture), picture)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 9), (2, 3), (3, 3), (5, 7), (16, 15), (17, 33), (64, 300), (301, 63)]
)
def test_any_size_and_any_channels(size: tuple[int, int], channels: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*size, channels), np.uint8)
    before = picture.copy()
    result = seams.make_seamless(picture)
    assert (result.shape, result.dtype) == (picture.shape, np.uint8)
    assert np.array_equal(picture, before), "the picture given is not changed"


def test_a_tiny_ramp_loses_its_step() -> None:
    ramp = np.linspace(0, 220, 12).astype(np.uint8)[None, :, None].repeat(12, axis=0)
    result = seams.make_seamless(ramp, "X").astype(int)
    assert np.abs(result[:, 0] - result[:, -1]).max() < 100


def test_opaque_stays_opaque() -> None:
    picture = np.dstack((textures.planks(), np.full((192, 192), 255, np.uint8)))
    assert (seams.make_seamless(picture)[..., 3] == 255).all()


def test_alpha_goes_with_its_colours() -> None:
    picture = textures.cells()
    cut = np.dstack((picture, np.where(picture.max(axis=2) > 60, 255, 0).astype(np.uint8)))
    result = seams.make_seamless(cut)
    assert seam_measures.flaws(cut, result) == []


def test_what_is_told_may_end_it() -> None:
    shares: list[float] = []

    class Enough(Exception):
        pass

    def tell(share: float) -> None:
        shares.append(share)
        if share > 0.4:
            raise Enough

    with pytest.raises(Enough):
        seams.make_seamless(textures.stone(), tell=tell)
    assert shares == sorted(shares)


@pytest.mark.timing
def test_a_large_picture_takes_two_seconds_and_little_memory() -> None:
    tile = textures.stone(256)
    picture = resize(np.tile(tile, (2, 2, 1))[:509, :503], 2048, 2048)
    tracemalloc.start()
    began = time.process_time()
    seams.make_seamless(picture)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 4.0, "while memory is traced, too"
    assert peak < 6 * picture.nbytes
