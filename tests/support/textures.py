# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small pictures of ten kinds, none of which repeats: what seams are healed in.

Each is (size, size, 3) uint8, the same for the same seed, cut out of something larger at no phase in
particular.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from local_server.engine import Job, Pattern

_Field = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]


def _soft(rng: np.random.Generator, size: int, roughness: float) -> _Field:
    """Clouds, 0 to 1, with no period of the picture's size."""
    wide = 2 * size
    frequency = np.hypot(np.fft.fftfreq(wide)[:, None], np.fft.rfftfreq(wide)[None]) * wide
    spectrum = np.fft.rfft2(rng.standard_normal((wide, wide))) / np.maximum(frequency, 4.0) ** roughness
    field = np.fft.irfft2(spectrum, (wide, wide))[:size, :size]
    return (field - field.min()) / max(1e-9, float(np.ptp(field)))


def _coloured(amount: _Field, dark: tuple[int, int, int], light: tuple[int, int, int]) -> Picture:
    share = np.clip(amount, 0, 1)[..., None]
    return np.rint(np.array(dark) * (1 - share) + np.array(light) * share).astype(np.uint8)


def _grid(size: int, off: tuple[float, float]) -> tuple[_Field, _Field]:
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    return y + off[0], x + off[1]


def _points(rng: np.random.Generator, size: int, count: int) -> tuple[_Field, _Field, npt.NDArray[np.intp]]:
    """Distance to the nearest of scattered points and to the second, and which is the nearest."""
    places = rng.uniform(-0.1 * size, 1.1 * size, (count, 2))
    y, x = _grid(size, (0, 0))
    distance = np.hypot(y[..., None] - places[:, 0], x[..., None] - places[:, 1])
    nearest = np.argsort(distance, axis=2)[..., :2]
    first, second = np.take_along_axis(distance, nearest, 2).transpose(2, 0, 1)
    return first, second, nearest[..., 0]


def noise(size: int = 192, seed: int = 0) -> Picture:
    """White noise."""
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def clouds(size: int = 192, seed: int = 0) -> Picture:
    """Soft noise."""
    return _coloured(_soft(np.random.default_rng(seed), size, 1.9), (40, 60, 110), (235, 225, 200))


def waves(size: int = 192, seed: int = 0) -> Picture:
    """Crossing waves of no whole number."""
    y, x = _grid(size, (seed, 2.0 * seed))
    wave = np.sin(x * 0.171 + y * 0.043) + 0.7 * np.cos(y * 0.131 - x * 0.029) + 0.4 * np.sin((x + y) * 0.257)
    return _coloured((wave + 2.1) / 4.2, (20, 50, 90), (210, 230, 235))


def painted(size: int = 192, seed: int = 0) -> Picture:
    """A window of what the local server makes."""
    wide = -(-(size * 4 // 3) // 64) * 64
    whole = Pattern().paint(Job("moss on old stone", "", wide, wide, seed + 5, 1, 1.0))
    return whole[11 : 11 + size, 23 : 23 + size].copy()


def bricks(size: int = 192, seed: int = 0) -> Picture:
    """A wall in running bond at odd phases, lit from one side."""
    rng = np.random.default_rng(seed)
    y, x = _grid(size, (5.0 + 3 * seed, 13.0))
    high, wide, joint = 17.0, 41.0, 3.0
    course = np.floor(y / high)
    along = x + (course % 2) * wide / 2
    number = np.floor(along / wide)
    is_joint = (y % high < joint) | (along % wide < joint)
    tone = np.random.default_rng(seed + 1).uniform(0.35, 0.75, 997)[
        (course * 31 + number * 17).astype(int) % 997
    ]
    fired = _coloured(tone + 0.1 * (_soft(rng, size, 1.0) - 0.5), (120, 40, 25), (215, 120, 90))
    mortar = _coloured(0.5 + 0.3 * (_soft(rng, size, 0.8) - 0.5), (150, 145, 135), (205, 200, 190))
    wall = np.where(is_joint[..., None], mortar, fired)
    light = 0.75 + 0.25 * x / size + 0.1 * y / size + 0.12 * (rng.random((size, size)) - 0.5)
    return np.clip(np.rint(wall * light[..., None]), 0, 255).astype(np.uint8)


def cells(size: int = 192, seed: int = 0) -> Picture:
    """Rounded cells with dark borders."""
    rng = np.random.default_rng(seed)
    first, second, which = _points(rng, size, 110)
    border = np.clip((second - first) / 5.0, 0, 1)
    tone = rng.uniform(0.4, 1.0, 110)[which]
    return _coloured(border * tone, (15, 20, 15), (150, 200, 90))


def weave(size: int = 192, seed: int = 0) -> Picture:
    """Threads over and under each other."""
    rng = np.random.default_rng(seed)
    y, x = _grid(size, (3.0, 8.0))
    pitch = 11.3
    over = (np.floor(x / pitch) + np.floor(y / pitch)) % 2 == 0
    across = np.abs(np.sin(np.pi * y / pitch)) * (0.75 + 0.25 * np.abs(np.sin(np.pi * x / pitch)))
    down = np.abs(np.sin(np.pi * x / pitch)) * (0.75 + 0.25 * np.abs(np.sin(np.pi * y / pitch)))
    thread = np.where(over, across, down) + 0.25 * (rng.random((size, size)) - 0.5)
    return _coloured(thread, (50, 35, 20), (205, 180, 140))


def planks(size: int = 192, seed: int = 0) -> Picture:
    """Boards with grain, side by side, ending at different heights."""
    rng = np.random.default_rng(seed)
    y, x = _grid(size, (0, 7.0))
    wide, long = 29.0, 131.0
    board = np.floor(x / wide)
    down = y + (board * 57.0) % long
    piece = (board * 7 + np.floor(down / long) * 3).astype(int)
    tone = rng.uniform(0.3, 0.8, 64)[piece % 64]
    grain = np.sin((x % wide) * 1.3 + 3 * _soft(rng, size, 1.6) * 6 + piece * 2.0) * 0.09
    grain += 0.15 * (rng.random((size, size)) - 0.5)
    gap = (x % wide < 1.6) | (down % long < 1.6)
    return _coloured(np.where(gap, 0.0, tone + grain), (45, 25, 12), (200, 150, 95))


def stone(size: int = 192, seed: int = 0) -> Picture:
    """Broken stone laid in mortar."""
    rng = np.random.default_rng(seed)
    first, second, which = _points(rng, size, 48)
    tone = rng.uniform(0.3, 0.8, 48)[which] + 0.35 * (_soft(rng, size, 1.1) - 0.5)
    face = _coloured(tone, (60, 58, 55), (200, 195, 185))
    mortar = _coloured(_soft(rng, size, 0.6), (120, 110, 95), (165, 155, 140))
    return np.where((second - first < 4.0)[..., None], mortar, face)


def gravel(size: int = 192, seed: int = 0) -> Picture:
    """Rough ground with small bright grains."""
    rng = np.random.default_rng(seed)
    ground = 0.6 * _soft(rng, size, 0.9) + 0.4 * _soft(rng, size, 0.3)
    return _coloured(ground + (rng.random((size, size)) > 0.985) * 0.3, (50, 40, 30), (220, 205, 180))


KINDS: dict[str, Callable[..., Picture]] = {
    each.__name__: each
    for each in (noise, clouds, waves, painted, bricks, cells, weave, planks, stone, gravel)
}
