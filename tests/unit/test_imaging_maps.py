# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of a picture: normals of surfaces that are known, and what follows from heights and colours."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest

from drawthings_addon.errors import InvalidSettings
from drawthings_addon.imaging import maps
from drawthings_addon.imaging.colour import linear_to_srgb, srgb_to_linear, to_bytes
from drawthings_addon.imaging.heights import (
    ambient_occlusion,
    heights,
    normal_map,
    roughness,
    shaped,
)
from drawthings_addon.imaging.maps import MapSettings
from drawthings_addon.imaging.shading import without_shading

DEPTHS = [0.3, 1.0, 7.5, 60.0]
Floats = np.ndarray


def grid(width: int, height: int) -> tuple[Floats, Floats]:
    """x to the right and y downwards, in pixels, float64."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    return x, y


def normals(right: Floats, down: Floats) -> Floats:
    """Of slopes in pixels per pixel; y is up."""
    found = np.stack((-right, down, np.ones_like(right)), -1)
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def decoded(pixels: np.ndarray) -> Floats:
    return pixels[..., :3].astype(float) / 255 * 2 - 1


def degrees_off(pixels: np.ndarray, wanted: Floats) -> Floats:
    seen = decoded(pixels)
    lengths = np.linalg.norm(seen, axis=-1)
    assert np.abs(lengths - 1).max() < 0.01, "of length 1"
    cosines = (seen * wanted).sum(-1) / lengths
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("wrap", [False, True])
def test_normals_of_waves(depth: float, wrap: bool) -> None:
    width, height = 192, 131
    x, y = grid(width, height)
    across, along = 2 * np.pi * 3 / width, 2 * np.pi * 2 / height
    plane = 0.5 + 0.25 * np.sin(across * x + 0.4) + 0.2 * np.cos(along * y)
    slopes = 0.25 * across * np.cos(across * x + 0.4), -0.2 * along * np.sin(along * y)
    wanted = normals(*(each * depth for each in slopes))
    assert degrees_off(normal_map(plane.astype(np.float32), depth, wrap=wrap), wanted).max() < 1.0


@pytest.mark.parametrize("depth", DEPTHS)
def test_normals_of_a_plane(depth: float) -> None:
    x, y = grid(97, 65)
    plane = 0.002 * x - 0.003 * y + 0.7
    wanted = normals(np.full_like(x, 0.002 * depth), np.full_like(x, -0.003 * depth))
    assert degrees_off(normal_map(plane.astype(np.float32), depth), wanted).max() < 0.5


@pytest.mark.parametrize("depth", [20.0, 50.0, 200.0])
def test_normals_of_a_sphere(depth: float) -> None:
    """Of a radius of so many pixels as white stands above black: but for its rim, where it is steeper than
    any difference of pixels."""
    radius = depth
    side = int(2 * radius + 21)
    x, y = grid(side, side)
    x, y = x - side / 2, y - side / 2
    inside = x**2 + y**2 < radius**2
    plane = np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0)) / depth
    wanted = np.stack((x, -y, plane * depth), -1) / radius
    off = degrees_off(normal_map(plane.astype(np.float32), depth), wanted)
    smooth = np.hypot(x, y) < radius - max(4.0, radius * 0.12)
    assert smooth.sum() > 0.5 * inside.sum()
    assert off[smooth].max() < 1.0


def test_light_bumps_face_the_right_way() -> None:
    x, y = grid(33, 33)
    bump = np.exp(-((x - 16) ** 2 + (y - 16) ** 2) / 40).astype(np.float32)
    seen = decoded(normal_map(bump, 8.0))
    assert seen[16, 22, 0] > 0.2, "to the right of its top it faces right"
    assert seen[16, 10, 0] < -0.2
    assert seen[10, 16, 1] > 0.2, "above its top it faces up, and green is up"
    assert seen[22, 16, 1] < -0.2


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("level", [0.0, 0.37, 1.0, 12.0])
def test_flat_is_flat(level: float, wrap: bool) -> None:
    plane = np.full((70, 5), level, np.float32)
    assert (normal_map(plane, 50.0, wrap=wrap) == (128, 128, 255)).all()
    assert (normal_map(plane, 50.0, "DIRECTX", wrap=wrap) == (128, 128, 255)).all()
    assert (ambient_occlusion(plane, 50.0, wrap=wrap) == 255).all()


def test_directx_differs_by_green_alone() -> None:
    plane = np.random.default_rng(0).random((80, 90), np.float32)
    opengl, directx = normal_map(plane, 5.0), normal_map(plane, 5.0, "DIRECTX")
    assert np.array_equal(opengl[..., [0, 2]], directx[..., [0, 2]])
    assert np.abs(255.0 - opengl[..., 1] - directx[..., 1]).max() <= 1
    assert not np.array_equal(opengl[..., 1], directx[..., 1])


@pytest.mark.parametrize("kind", ["NORMAL", "AMBIENT_OCCLUSION", "ROUGHNESS", "ALBEDO", "HEIGHT"])
def test_what_tiles_has_no_seam(kind: str) -> None:
    """A picture that is moved round has maps that are moved round: no border is special."""
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 256, (96, 160, 3), np.uint8)
    chosen = {f"use_{each.lower()}": each == kind for each in maps.WORDS}
    settings = MapSettings(
        **chosen, use_wrap=True, height_flatten=0.7, height_smooth=1.5, height_contrast=1.3, depth=4.0
    )
    ((_kind, whole),) = maps.make(picture, settings)
    # By whole cells of the grid that the coarse light is told by: between them it is told a little otherwise.
    moved = np.roll(picture, (48, 80), (0, 1))
    ((_kind, other),) = maps.make(moved, settings)
    difference = np.abs(np.roll(whole, (48, 80), (0, 1)).astype(float) - other)
    assert difference.max() <= (1e-4 if kind == "HEIGHT" else 1.0)


def test_small_and_strange_pictures() -> None:
    for shape in ((1, 1), (1, 7), (2, 2), (7, 1), (3, 2)):
        for wrap in (False, True):
            for each in maps.make(np.ones((*shape, 3), np.uint8), MapSettings(use_wrap=wrap)):
                assert each[1].shape[:2] == shape
    plane = np.zeros((8, 8), np.float32)
    plane[3, 3], plane[5, 5], plane[1, 6] = np.inf, np.nan, 3e38
    seen = decoded(normal_map(plane, 8.0))
    assert np.isfinite(seen).all()
    assert np.abs(np.linalg.norm(seen, axis=-1) - 1).max() < 0.02


def test_grey_is_its_own_height() -> None:
    grey = np.random.default_rng(1).normal(0, 5, (70, 11, 1)).astype(np.float32)
    assert np.array_equal(heights(grey), grey[..., 0])
    assert np.array_equal(heights(grey.repeat(3, -1)), grey[..., 0])
    assert heights(grey) is not grey
    assert np.array_equal(shaped(grey[..., 0]), grey[..., 0])


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("RED", 10), ("GREEN", 100), ("BLUE", 200), ("ALPHA", 77),
        ("LUMINANCE", 10 * 0.2126 + 100 * 0.7152 + 200 * 0.0722),
        ("INVERTED", 255 - (10 * 0.2126 + 100 * 0.7152 + 200 * 0.0722)),
    ],
)  # fmt: skip
def test_heights_from_channels(source: str, wanted: float) -> None:
    picture = np.full((3, 3, 4), (10, 100, 200, 77), np.uint8)
    assert heights(picture, source) == pytest.approx(wanted / 255, abs=1e-6)  # type: ignore[arg-type]
    assert heights(picture[..., :3], "ALPHA") == pytest.approx(1.0)


def test_coarse_heights_are_taken_out_and_details_stay() -> None:
    x, y = grid(256, 256)
    slope, detail = x / 255, 0.1 * np.sin(x / 2) * np.sin(y / 2)
    plane = (slope + detail).astype(np.float32)
    flat = shaped(plane, flatten=1.0, share=0.25)
    inner = np.s_[64:-64, 64:-64]
    assert np.abs(flat[inner] - flat[inner].mean() - detail[inner]).max() < 0.02
    louder = shaped(plane, contrast=2.0)
    assert louder.std() == pytest.approx(2 * plane.std(), rel=1e-3)
    assert louder.mean() == pytest.approx(plane.mean(), abs=1e-3)
    assert shaped(detail.astype(np.float32), smooth=4.0).std() < 0.2 * detail.std()


def test_albedo_has_no_coarse_light() -> None:
    rng = np.random.default_rng(2)
    bricks = rng.integers(60, 200, (32, 32, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    light = np.linspace(0.35, 1.0, 256, dtype=np.float32)[np.newaxis, :, np.newaxis]
    shaded = to_bytes(linear_to_srgb(srgb_to_linear(bricks) * light))
    made = without_shading(shaded, 1.0, 0.25)
    columns = srgb_to_linear(made).mean((0, 2))
    before = srgb_to_linear(shaded).mean((0, 2))
    assert columns[:64].mean() / columns[-64:].mean() == pytest.approx(1.0, abs=0.15)
    assert before[:64].mean() / before[-64:].mean() < 0.6
    detail = np.corrcoef(made[:, 96:160].ravel(), bricks[:, 96:160].ravel())[0, 1]
    assert detail > 0.97
    assert np.array_equal(without_shading(shaded, 0.0, 0.25), shaded)
    alpha = np.dstack((shaded, rng.integers(0, 256, (256, 256), np.uint8)))
    assert np.array_equal(without_shading(alpha, 1.0, 0.25)[..., 3], alpha[..., 3])
    assert np.array_equal(without_shading(alpha, 1.0, 0.25)[..., :3], made)


def test_occlusion_is_in_the_joints() -> None:
    plane = np.ones((64, 64), np.float32)
    plane[30:34] = 0.0
    seen = ambient_occlusion(plane, 8.0)[..., 0]
    assert seen[32].max() < 150
    assert seen[10].min() == 255
    assert (ambient_occlusion(plane, 8.0, strength=0.0) == 255).all()
    near, far = (ambient_occlusion(plane, 8.0, distance=each)[..., 0] for each in (2.0, 32.0))
    assert (far <= near).all()


def test_dark_is_rough_and_below_0_smooth() -> None:
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[:, ::2] = 64
    seen = roughness(picture, 0.5, 1.0)[..., 0].astype(int)
    assert seen[:, ::2].mean() > 127 > seen[:, 1::2].mean()
    turned = roughness(picture, 0.5, -1.0)[..., 0].astype(int)
    assert turned[:, ::2].mean() < 127 < turned[:, 1::2].mean()
    assert abs(roughness(np.full((9, 9, 3), 200, np.uint8), 0.25)[..., 0].astype(int) - 64).max() <= 1


def test_settings() -> None:
    for depth in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidSettings, match="depth"):
            MapSettings(depth=depth)
    with pytest.raises(InvalidSettings, match="no number"):
        MapSettings(coarse=float("nan"))
    none = dict.fromkeys((f"use_{each.lower()}" for each in maps.WORDS), False)
    with pytest.raises(InvalidSettings, match="No map"):
        MapSettings(**none).require_any()
    assert MapSettings(depth=1e-6).maps == tuple(maps.WORDS)
    half = MapSettings(depth=8.0, height_smooth=2.0, occlusion_distance=10.0).scaled(0.5)
    assert (half.depth, half.height_smooth, half.occlusion_distance) == (4.0, 1.0, 5.0)


def test_a_servers_maps_take_their_places() -> None:
    picture = np.full((8, 8, 3), 128, np.uint8)
    depth = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    normal = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    settings = MapSettings(use_server_height=True, use_server_normal=True)
    made = dict(maps.make(picture, settings, depth_map=heights(depth), normals=normal))
    assert np.array_equal(made["HEIGHT"][..., 0], heights(depth))
    assert np.array_equal(made["NORMAL"], normal)
    directx = dataclasses.replace(settings, normal_format="DIRECTX")
    turned = dict(maps.make(picture, directx, depth_map=heights(depth), normals=normal))["NORMAL"]
    assert np.array_equal(turned[..., 1], 255 - normal[..., 1])
    assert np.array_equal(turned[..., [0, 2]], normal[..., [0, 2]])


def test_large_pictures_are_worked_on_in_bands() -> None:
    """What is between takes little beside what comes of it."""
    plane = np.random.default_rng(0).random((1024, 1024), np.float32)
    picture = np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8)
    calls = {
        "normal": (lambda: normal_map(plane, 8.0, wrap=True), 2.0),
        "occlusion": (lambda: ambient_occlusion(plane, 8.0), 4.0),
        "heights": (lambda: heights(picture), 2.0),
        "albedo": (lambda: without_shading(picture, 1.0, 0.25), 10.0),
        "roughness": (lambda: roughness(picture), 8.0),
    }
    for name, (call, megabytes) in calls.items():
        tracemalloc.start()
        try:
            made = call()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak - made.nbytes < megabytes * 2**20, name
