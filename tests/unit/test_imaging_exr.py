# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenEXR files of our own: read back to the bit, with their texts."""

from __future__ import annotations

import numpy as np
import pytest

from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import exr, formats

NAMES = {1: "Y", 3: "RGB", 4: "RGBA"}


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 1), (16, 5, 3), (17, 33, 4), (31, 64, 1), (300, 7, 3)])
def test_what_is_written_is_read_back(shape: tuple[int, int, int], compressed: bool) -> None:
    pixels = np.random.default_rng(1).normal(0, 3, shape).astype(np.float32)
    pixels[0, 0] = np.inf
    data = exr.encode(pixels, text={"drawthings": "räd", "parameters": ""}, compressed=compressed)
    found = exr.read(data)
    assert sorted(found) == sorted(NAMES[shape[2]])
    for channel, name in enumerate(NAMES[shape[2]]):
        assert np.array_equal(found[name], pixels[..., channel])
    assert exr.read_text(data) == formats.texts(data) == {"drawthings": "räd", "parameters": ""}
    assert formats.size(data) == (shape[1], shape[0])


def test_any_strides_and_two_dimensions() -> None:
    pixels = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert np.array_equal(exr.read(exr.encode(pixels[::-1, ::2]))["Y"], pixels[::-1, ::2])


def test_smooth_heights_get_smaller_and_noise_not_much_larger() -> None:
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))
    assert len(exr.encode(ramp)) < ramp.nbytes / 4
    noise = np.frombuffer(np.random.default_rng(0).bytes(1 << 16), np.float32).reshape(128, 128)
    assert len(exr.encode(noise)) < noise.nbytes + 4000


def test_parts_beside_one_another_give_the_same() -> None:
    pixels = np.random.default_rng(2).random((700, 9, 3), np.float32)
    backwards = exr.encode(pixels, do_all=lambda calls: [call() for call in reversed(calls)][::-1])
    assert backwards == exr.encode(pixels)


@pytest.mark.parametrize("shape", [(2,), (2, 2, 2), (2, 2, 5), (0, 4, 3), (1, 2, 3, 4)])
def test_what_is_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no picture"):
        exr.encode(np.zeros(shape, np.float32))


@pytest.mark.parametrize("name", ["", "channels", "x" * 32])
def test_names_that_no_text_can_have(name: str) -> None:
    with pytest.raises(ValueError, match="no text"):
        exr.encode(np.zeros((1, 1), np.float32), text={name: ""})


def test_damaged_files_are_told() -> None:
    data = exr.encode(np.random.default_rng(3).random((40, 30, 3), np.float32), text={"drawthings": "x"})
    for end in range(0, len(data) - 1, 97):
        with pytest.raises(PictureInvalid):
            exr.read(data[:end])
    rng = np.random.default_rng(4)
    for _ in range(300):
        broken = bytearray(data)
        broken[rng.integers(len(data))] = rng.integers(256)
        try:
            exr.read(bytes(broken))
            exr.read_text(bytes(broken))
        except PictureInvalid:
            pass
