# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Depth, normal and line maps of numbers that are known, and OpenEXR files that are what they say."""

from __future__ import annotations

import math
import struct

import numpy as np
import numpy.typing as npt
import pytest

from drawthings_addon.errors import InvalidSettings, PictureInvalid
from drawthings_addon.imaging import exr
from drawthings_addon.imaging.control_maps import DepthRange, depth_map, normal_map
from drawthings_addon.imaging.lines import line_map

Floats = npt.NDArray[np.float32]
INF = np.float32(np.inf)


def flat(height: int, width: int, depth: float = 5.0) -> tuple[Floats, Floats, Floats]:
    """One surface that faces the camera: depth, normals and object numbers."""
    normal = np.zeros((height, width, 3), np.float32)
    normal[..., 2] = 1
    return np.full((height, width), depth, np.float32), normal, np.ones((height, width), np.float32)


def floor(height: int, width: int, eye: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """A level floor to the horizon in the middle of the picture, seen through a lens of 90°."""
    down = (np.arange(height) - (height - 1) / 2) / (height / 2)
    column = np.where(down > 0, eye / np.maximum(down, 1e-9), INF).astype(np.float32)
    depth = np.repeat(column[:, np.newaxis], width, axis=1)
    normal = np.zeros((height, width, 3), np.float32)
    normal[..., 1] = 1
    return depth, normal, np.isfinite(depth).astype(np.float32)


def test_depth_is_inverse() -> None:
    depth = np.array([[1, 2, 4, 8, INF, 0.5]], np.float32)
    found = depth_map(depth, DepthRange(1, 8))
    expected = [255, round(255 * (1 / 2 - 1 / 8) / (7 / 8)), round(255 * (1 / 8) / (7 / 8)), 0, 0, 255]
    assert found[0, :, 0].tolist() == expected
    assert (found == found[..., :1]).all()


def test_linear_depth() -> None:
    depth = np.array([[2, 3, 4, INF]], np.float32)
    assert depth_map(depth, DepthRange(2, 4), linear=True)[0, :, 1].tolist() == [255, 128, 0, 0]


@pytest.mark.parametrize(
    ("near", "far"),
    [(0, 1), (-1, 1), (2, 2), (3, 2), (1, math.inf), (math.nan, 1), (1, math.nan)],
)
def test_a_range_without_depth(near: float, far: float) -> None:
    with pytest.raises(InvalidSettings, match="no depth"):
        DepthRange(near, far)


def test_the_range_of_what_is_seen() -> None:
    assert DepthRange.of(np.array([INF, 0, np.nan], np.float32)) is None
    assert DepthRange.of(np.array([3, INF, 7], np.float32)) == DepthRange(3, 7)
    same = DepthRange.of(np.array([4, 4], np.float32))
    assert same is not None and same.near == 4 < same.far
    assert DepthRange(2, 3).joined(DepthRange(1, 2.5)) == DepthRange(1, 3)
    assert DepthRange(2, 3).joined(None) == DepthRange(2, 3)


def test_normals_as_colours() -> None:
    normal = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]]], np.float32)
    surface = np.array([[True, True, True, False]])
    expected = [[255, 128, 128], [128, 255, 128], [128, 128, 255], [128, 128, 255]]
    assert normal_map(normal, surface)[0].tolist() == expected
    assert normal_map(normal, surface, 'SCANNET')[0, 0].tolist() == [0, 128, 128]


def test_no_line_on_one_surface() -> None:
    assert not line_map(*flat(20, 30)).any()
    assert not line_map(*flat(1, 1)).any()
    assert not line_map(*flat(1, 7)).any()


def test_a_steep_floor_has_no_lines_but_its_horizon() -> None:
    found = line_map(*floor(64, 40))[..., 0]
    rows = np.nonzero(found.max(axis=1) > 60)[0]
    assert rows.tolist() in ([32], [31, 32], [32, 33], [31, 32, 33])
    assert found[32].min() == 255


@pytest.mark.parametrize("is_upright", [False, True])
def test_a_step_is_one_line_on_the_nearer_side(is_upright: bool) -> None:
    depth, normal, objects = flat(16, 16)
    depth[:, 8:] = 7.0
    if is_upright:
        depth = depth.T.copy()
    found = line_map(depth, normal, objects)[..., 0]
    found = found.T if is_upright else found
    assert (found[:, 7] == 255).all()
    assert (found[:, 6] < 80).all() and (found[:, 8] < 80).all()
    assert (found[:, 6] > 0).all(), "smoothed"
    assert not found[:, :6].any() and not found[:, 9:].any()


def test_a_crease_and_a_bend() -> None:
    depth, normal, objects = flat(8, 40)
    angles = np.radians(np.linspace(-60, 60, 40))
    bent = np.stack([np.sin(angles), np.zeros(40), np.cos(angles)], axis=-1).astype(np.float32)
    assert not line_map(depth, np.repeat(bent[np.newaxis], 8, axis=0), objects).any(), "3° a pixel is smooth"
    normal[:, 20:] = (1, 0, 0)
    assert (line_map(depth, normal, objects)[:, 19:21, 0].max(axis=1) == 255).all()


def test_touching_objects_and_background() -> None:
    depth, normal, objects = flat(8, 30)
    objects[:, 10:] = 2
    depth[:, 20:], objects[:, 20:] = INF, 0
    found = line_map(depth, normal, objects)[4, :, 0]
    assert np.nonzero(found == 255)[0].tolist() == [9, 19]
    assert np.nonzero(line_map(depth, normal, objects, linear=True)[4, :, 0] == 255)[0].tolist() == [9, 19]


def test_turned_pictures_have_turned_lines() -> None:
    random = np.random.default_rng(1)
    depth, normal, objects = flat(24, 31)
    for _ in range(6):
        top, left = random.integers(0, 20, 2)
        depth[top : top + 6, left : left + 7] = random.uniform(1, 9)
    expected = line_map(depth, normal, objects)
    turned = line_map(depth.T.copy(), normal.transpose(1, 0, 2).copy(), objects.T.copy())
    assert np.array_equal(turned.transpose(1, 0, 2), expected)


def attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value


def openexr(
    channels: dict[str, npt.NDArray[np.generic]], *, compression: int = 0, version: int = 2, top: int = 0
) -> bytes:
    """An uncompressed scan-line file as the published layout has it."""
    kinds = {"<u4": 0, "<f2": 1, "<f4": 2}
    listed = b"".join(
        name.encode() + b"\0" + struct.pack("<IIII", kinds[array.dtype.str], 0, 1, 1)
        for name, array in channels.items()
    )
    height, width = next(iter(channels.values())).shape
    window = struct.pack("<4i", 3, top, 3 + width - 1, top + height - 1)
    header = (
        struct.pack("<II", 20000630, version)
        + attribute("channels", "chlist", listed + b"\0")
        + attribute("compression", "compression", bytes([compression]))
        + attribute("dataWindow", "box2i", window)
        + b"\0"
    )
    lines = [b"".join(array[row].tobytes() for array in channels.values()) for row in range(height)]
    size = len(lines[0]) + 8
    offsets = struct.pack(f"<{height}Q", *(len(header) + 8 * height + size * row for row in range(height)))
    body = b"".join(struct.pack("<iI", top + row, len(line)) + line for row, line in enumerate(lines))
    return header + offsets + body


@pytest.mark.parametrize("top", [0, -5])
def test_channels_of_an_openexr(top: int) -> None:
    random = np.random.default_rng(2)
    channels: dict[str, npt.NDArray[np.generic]] = {
        "Layer.Depth.Z": random.normal(size=(5, 7)).astype("<f4"),
        "Layer.Half.X": random.normal(size=(5, 7)).astype("<f2"),
        "Layer.Id": random.integers(0, 1000, (5, 7)).astype("<u4"),
    }
    found = exr.read(openexr(channels, top=top, version=0x402))
    assert list(found) == list(channels)
    for name, array in channels.items():
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name], array.astype(np.float32))


def test_other_openexr_files_are_told() -> None:
    plain: dict[str, npt.NDArray[np.generic]] = {"Z": np.zeros((3, 4), "<f4")}
    for data in (
        openexr(plain, compression=3),
        openexr(plain, version=0x1002),
        openexr(plain, version=0x202),
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ):
        with pytest.raises(PictureInvalid):
            exr.read(data)


def test_a_cut_or_damaged_openexr_is_told() -> None:
    data = openexr({"Z": np.zeros((3, 4), "<f4")})
    for length in range(len(data)):
        with pytest.raises(PictureInvalid):
            exr.read(data[:length])
    random = np.random.default_rng(3)
    for _ in range(300):
        damaged = bytearray(data)
        damaged[random.integers(0, len(data))] = random.integers(0, 256)
        try:
            exr.read(bytes(damaged))
        except PictureInvalid:
            continue
