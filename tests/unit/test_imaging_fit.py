# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fitting: every size can be sent, and comes back at its own size."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import fit, scale

MODES = ('PAD', 'CROP', 'SCALE')


def noise(width, height, channels=3):
    rng = np.random.default_rng([width, height, channels])
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def check(width, height, mode, channels=1):
    plan = fit.plan(width, height, mode)
    for side in (plan.fitted_width, plan.fitted_height):
        assert side % 64 == 0 and 128 <= side <= 8192
    source = noise(width, height, channels)
    sent = plan.apply(source)
    assert sent.shape == (plan.fitted_height, plan.fitted_width, channels)
    back = plan.undo(sent, source)
    assert back.shape == source.shape
    if plan.is_exact:
        assert np.array_equal(back, source)
    else:
        assert mode == 'SCALE'
    if plan.is_identity:
        assert np.array_equal(sent, source)
        assert plan.describe() == ""
    else:
        assert plan.describe().startswith(f"{width} × {height} ")


@settings(max_examples=share(1500))
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(MODES), st.integers(1, 4))
def test_small_sizes_come_back(width, height, mode, channels):
    check(width, height, mode, channels)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "size",
    [(64, 64), (65, 2047), (333, 517), (1023, 1025), (1920, 1080), (2048, 2048), (2047, 127)],
)
def test_common_and_odd_sizes_come_back(size, mode):
    check(*size, mode)


@settings(max_examples=share(3000))
@given(st.integers(1, 40_000), st.integers(1, 40_000), st.sampled_from(MODES))
def test_every_plan_is_within_the_servers_bounds(width, height, mode):
    plan = fit.plan(width, height, mode)
    for axis in (plan.x, plan.y):
        assert axis.fitted % 64 == 0 and 128 <= axis.fitted <= 8192
        assert axis.kept.stop - axis.kept.start + sum(axis.padding) == axis.fitted
        if mode == 'PAD':
            assert axis.fitted >= axis.scaled
    if max(width, height) > 8192:
        assert not plan.is_exact


def test_padding_repeats_the_edge_on_both_sides():
    source = noise(190, 128)
    sent = fit.plan(190, 128, 'PAD').apply(source)
    assert np.array_equal(sent[:, 1:191], source)
    assert np.array_equal(sent[:, 0], source[:, 0])
    assert np.array_equal(sent[:, 191], source[:, -1])


def test_cropping_takes_the_middle_and_keeps_the_border():
    source = noise(200, 150)
    plan = fit.plan(200, 150, 'CROP')
    assert np.array_equal(plan.apply(source), source[11:139, 4:196])
    black = np.zeros((128, 192, 3), np.uint8)
    back = plan.undo(black, source)
    assert not back[11:139, 4:196].any()
    back[11:139, 4:196] = source[11:139, 4:196]
    assert np.array_equal(back, source)
    assert plan.undo(black).shape == black.shape


def test_scaling_picks_the_nearest_proportions():
    sizes = {
        (700, 500): (704, 512), (1000, 1000): (1024, 1024), (50, 100): (128, 256),
        (1920, 1080): (1920, 1088), (1, 1): (128, 128), (1, 9000): (128, 8192),
    }  # fmt: skip
    for source, expected in sizes.items():
        plan = fit.plan(*source, 'SCALE')
        assert (plan.fitted_width, plan.fitted_height) == expected


def test_a_picture_beyond_the_maximum_is_scaled_down_first():
    plan = fit.plan(600, 250, 'PAD', maximum=512)
    assert (plan.x.scaled, plan.y.scaled) == (512, 213)
    assert (plan.fitted_width, plan.fitted_height) == (512, 256)
    assert plan.describe() == "600 × 250 scaled to 512 × 213, padded to 512 × 256"
    source = np.full((250, 600, 3), 77, np.uint8)
    assert np.array_equal(plan.undo(plan.apply(source), source), source)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("factor", [2, 4])
def test_an_upscaled_result_becomes_as_many_times_the_source(mode, factor):
    source = noise(333, 217)
    plan = fit.plan(333, 217, mode)
    sent = plan.apply(source)
    upscaled = sent.repeat(factor, axis=0).repeat(factor, axis=1)
    back = plan.undo(upscaled, source)
    assert back.shape == (217 * factor, 333 * factor, 3)
    if mode == 'PAD':
        assert np.array_equal(back[::factor, ::factor], source)
    if mode == 'CROP':
        # 333 × 217 is cut to 320 × 192, so 7 and 13 pixels from the left and the top.
        inside = back[13 * factor : (13 + 192) * factor, 7 * factor : (7 + 320) * factor]
        assert np.array_equal(inside, upscaled)
        border = scale.resize(source, 333 * factor, 217 * factor)
        assert np.array_equal(back[: 13 * factor], border[: 13 * factor])


def test_a_factor_between_whole_numbers_works_too():
    plan = fit.plan(333, 217, 'PAD')
    result = noise(plan.fitted_width * 3 // 2, plan.fitted_height * 3 // 2)
    height, width, _ = plan.undo(result).shape
    assert (width, height) == (round(333 * 1.5), round(217 * 1.5))


def test_other_proportions_are_refused():
    plan = fit.plan(333, 217, 'PAD')
    with pytest.raises(PictureInvalid, match="384 × 256"):
        plan.undo(noise(384, 320))


def test_mistakes_of_the_caller_are_told():
    plan = fit.plan(200, 150, 'CROP')
    with pytest.raises(ValueError):
        plan.apply(noise(150, 200))
    with pytest.raises(ValueError):
        plan.undo(noise(192, 128), noise(200, 150, 4))
    with pytest.raises(ValueError):
        fit.plan(0, 10, 'PAD')
    with pytest.raises(ValueError):
        fit.plan(10, 10, 'PAD', maximum=1000)


def test_a_plan_is_plain_values():
    plan = fit.plan(700, 500, 'PAD')
    assert json.loads(json.dumps(asdict(plan)))["x"] == {
        "source": 700, "scaled": 700, "fitted": 704, "offset": 2,
    }  # fmt: skip
