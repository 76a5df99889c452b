# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region around a mask: within its picture, with context, at a size that models and servers take."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.imaging import region
from drawthings_addon.imaging.masks import Box
from drawthings_addon.imaging.region import MEGAPIXEL, Region


def require_sendable(found: Region) -> None:
    for side in found.sent:
        assert side % 64 == 0 and 128 <= side <= 8192
    assert not found.plan.cuts


@settings(max_examples=share(3000))
@given(st.data(), st.integers(1, 9000), st.integers(1, 9000))
def test_a_region_shows_what_is_masked_and_lies_within_its_picture(
    data: st.DataObject, width: int, height: int
) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    context = data.draw(st.sampled_from([0.0, 0.25, 1.0, 4.0]))
    megapixels = data.draw(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 8.0]))
    found = region.around(
        (left, top, right, bottom), width, height, margin=context, work_megapixels=megapixels
    )
    assert 0 <= found.left <= left and right <= found.left + found.width <= width
    assert 0 <= found.top <= top and bottom <= found.top + found.height <= height
    require_sendable(found)
    longer = max(right - left, bottom - top)
    assert found.width >= min(width, right - left + 2 * math.floor(longer * context))
    # What is stretched is stretched by a hair.
    x, y = found.plan.x, found.plan.y
    if min(x.scaled, y.scaled) >= 64:
        assert max(x.scaled / x.source / (y.scaled / y.source), 0) < 1.2
    if megapixels == 0 and max(found.width, found.height) <= 8192:
        assert found.plan.is_exact


def test_of_a_large_texture_a_small_spot_is_sent_and_not_the_whole() -> None:
    spot: Box = (1000, 2000, 1300, 2200)
    found = region.around(spot, 4096, 4096)
    assert found.width <= 600 and found.height <= 600
    assert abs(found.sent[0] * found.sent[1] / MEGAPIXEL - 1) < 0.15
    assert region.around(spot, 4096, 4096, margin=0).width == 300
    assert region.around(spot, 4096, 4096, margin=0, work_megapixels=0).sent == (320, 256)


@pytest.mark.parametrize("megapixels", [0.25, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("box", [(0, 0, 612, 430), (3000, 10, 4096, 4096), (5, 5, 6, 6), (0, 0, 4096, 4096)])
def test_what_is_sent_has_about_the_pixels_that_were_asked_for(box: Box, megapixels: float) -> None:
    found = region.around(box, 4096, 4096, work_megapixels=megapixels)
    width, height = found.sent
    assert 0.8 < width * height / (megapixels * MEGAPIXEL) < 1.25
    assert 0.98 < width / height / (found.width / found.height) < 1.02, "nothing is stretched"


def test_a_spot_at_the_border_has_its_context_inside() -> None:
    for corner in ((0, 0, 1, 1), (2047, 0, 2048, 1), (0, 1023, 1, 1024), (2047, 1023, 2048, 1024)):
        found = region.around(corner, 2048, 1024)
        assert (found.width, found.height) == (256, 256), "a pixel alone is no picture to a model"


def test_it_is_told_before_it_is_sent() -> None:
    found = region.around((100, 120, 400, 330), 2048, 2048)
    assert found.describe() == (
        f"region {found.width} × {found.height} at {found.left}, {found.top}, "
        f"sent as {found.sent[0]} × {found.sent[1]}"
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (9000, 3), (20000, 20000), (5000, 20)])
@pytest.mark.parametrize("megapixels", [0.0, 1.0])
def test_a_picture_of_any_proportions_can_be_sent(size: tuple[int, int], megapixels: float) -> None:
    found = region.around((0, 0, *size), *size, work_megapixels=megapixels)
    require_sendable(found)
    assert (found.width, found.height) == size
