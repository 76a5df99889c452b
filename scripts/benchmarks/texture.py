# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each step of the texture bench takes that numpy does: seconds, and memory beside what it is given.

    python scripts/benchmarks/texture.py [SIDE]

Needs numpy and Linux with glibc. Each step has a process of its own, so that none finds memory that another
has used. A step that has to be done within so many seconds at 4096 × 4096 on two cores says so, and is marked
where it was not; the exit status is then 1.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from drawthings_addon.imaging import exr, fill, heights, masks, png, scale, seams, shading, tiles
from drawthings_addon.imaging.scale import Axis

MIB = 2**20
ROUNDS = 3
#: The side that the limits are for.
SIDE = 4096
FEATHER, GROW, DEPTH = 24, 16, 40.0
Array = np.ndarray
Call = Callable[[], object]


@dataclass(frozen=True)
class Step:
    """What is timed."""

    name: str
    prepare: Callable[[int], Call]
    """Makes what it is given, for a picture of this side, and gives what is timed."""
    limit: float = 0.0
    """Seconds at 4096 × 4096; 0: there is none."""


def picture(side: int, channels: int = 4) -> Array:
    """Waves, blotches and fine noise, which are no worse to work on than a photograph."""
    rng = np.random.default_rng(1)
    y, x = np.ogrid[0:side, 0:side]
    blotches = scale.resize(rng.integers(0, 256, (side // 8, side // 8, channels), np.uint8), side, side)
    result = np.empty((side, side, channels), np.uint8)
    for channel in range(channels):
        waves = 100 + 60 * np.sin(x / np.float32(37 + channel)) + 30 * np.cos(y / np.float32(23))
        noise = rng.integers(0, 12, (side, side), np.uint8)
        result[..., channel] = (waves + blotches[..., channel] * 0.2 + noise).clip(0, 255)
    return result


def strokes(side: int) -> Array:
    """A mask as one paints it: some thick strokes and many dabs, on a fifth of the picture."""
    rng = np.random.default_rng(2)
    mask = np.zeros((side, side), np.uint8)
    for _ in range(80):
        radius = int(rng.integers(side // 200 + 1, side // 16 + 2))
        left, top = rng.integers(radius, max(side - radius, radius + 1), 2)
        y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        part = mask[top - radius : top + radius + 1, left - radius : left + radius + 1]
        part[(x * x + y * y <= radius * radius)[: part.shape[0], : part.shape[1]]] = 255
    return mask


def plane(side: int) -> Array:
    return heights.heights(picture(side, 3))


def feather_and_blend(side: int) -> Call:
    original, made, mask = picture(side), 255 - picture(side), strokes(side)
    return lambda: masks.blend_into(original, made, masks.feathered(mask, FEATHER))


def grow(side: int) -> Call:
    mask = strokes(side)
    return lambda: masks.grown(mask, GROW)


def surroundings(side: int) -> Call:
    original, weights = picture(side), masks.feathered(strokes(side), FEATHER)
    return lambda: fill.from_surroundings(original, weights)


def noise(side: int) -> Call:
    original, weights = picture(side), masks.feathered(strokes(side), FEATHER)
    return lambda: fill.with_noise(original, weights)


def seam(side: int) -> Call:
    original = picture(side)
    return lambda: seams.make_seamless(original)


def height(side: int) -> Call:
    original = picture(side, 3)
    return lambda: heights.heights(original)


def normal(side: int) -> Call:
    found = plane(side)
    return lambda: heights.normal_map(found, DEPTH)


def occlusion(side: int) -> Call:
    found = plane(side)
    return lambda: heights.ambient_occlusion(found, DEPTH)


def rough(side: int) -> Call:
    original = picture(side, 3)
    return lambda: heights.roughness(original)


def albedo(side: int) -> Call:
    original = picture(side, 3)
    return lambda: shading.without_shading(original, 1.0, 0.25)


def grid_of(side: int) -> tiles.Grid:
    return tiles.Grid.of(side, side, max(128, side // 4), side // 32)


def enlarged(side: int) -> Call:
    """All parts that a picture of a quarter of the side is sent in."""
    original, grid = picture(side // 4, 3), grid_of(side)
    rows, columns = grid.tile_height, grid.tile_width

    def call() -> None:
        for tile in grid:
            scale.part(
                original,
                Axis.between(tile.top, tile.top + rows, side // 4, side),
                Axis.between(tile.left, tile.left + columns, side // 4, side),
            )

    return call


def assembly(side: int) -> Call:
    grid = grid_of(side)
    tile = picture(max(grid.tile_width, 128), 3)[: grid.tile_height, : grid.tile_width]

    def call() -> Array:
        whole = np.empty((side, side, 3), np.uint8)
        # Another one each time, as they are read from files.
        grid.assemble(lambda _row, _column: tile.copy(), whole)
        return whole

    return call


def to_half(side: int) -> Call:
    original = picture(side)
    return lambda: scale.resize(original, side // 2, side // 2)


def to_twice(side: int) -> Call:
    original = picture(side // 2)
    return lambda: scale.resize(original, side, side)


def as_png(side: int) -> Call:
    original = picture(side)
    return lambda: png.encode(original)


def as_exr(side: int) -> Call:
    found = plane(side)
    return lambda: exr.encode(found)


STEPS = (
    Step(f"feather of {FEATHER} and blend", feather_and_blend, 1.0),
    Step(f"grow by {GROW}", grow),
    Step("fill from surroundings", surroundings),
    Step("fill with noise", noise),
    Step("seam blend", seam, 8.0),
    Step("height", height),
    Step("normal map", normal, 0.6),
    Step("ambient occlusion", occlusion),
    Step("roughness", rough),
    Step("albedo", albedo),
    Step("tiles, enlarged by 4", enlarged),
    Step("tiles, put together", assembly),
    Step("resize to half", to_half),
    Step("resize to twice", to_twice),
    Step("PNG, in turn", as_png),
    Step("OpenEXR of a height, in turn", as_exr),
)


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        measure(STEPS[int(sys.argv[2])], int(sys.argv[3]))
        return 0
    side = int(sys.argv[1]) if len(sys.argv) > 1 else SIDE
    print(f"{side} × {side}; RGBA of 8 bits is {side * side * 4 / MIB:.0f} MiB; numpy {np.__version__}")
    print(f"{'':30}{'seconds':>9}{'at most':>9}{'peak MiB':>10}")
    is_late = False
    for number, step in enumerate(STEPS):
        command = [sys.executable, __file__, "--one", str(number), str(side)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found: dict[str, float] = json.loads(answer.splitlines()[-1])
        limit = step.limit if side == SIDE else 0.0
        too_long = bool(limit) and found["seconds"] > limit
        is_late |= too_long
        print(
            f"{step.name:30}{found['seconds']:9.2f}{f'{limit:.1f}' if limit else '':>9}{found['peak']:10.0f}"
            f"{'  too long' if too_long else ''}",
            flush=True,
        )
    return int(is_late)


def measure(step: Step, side: int) -> None:
    """The best of some rounds, and the memory of the first: what it gives is counted, what it got is not."""
    call = step.prepare(side)
    # Else what was needed to prepare it would be found again.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    seconds, peak = [], 0.0
    for number in range(ROUNDS):
        began = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - began)
        if number == 0:
            peak = resident("VmHWM") - before
        del result
    print(json.dumps({"seconds": min(seconds), "peak": max(peak, 0.0)}))


def resident(key: str) -> float:
    """MiB of this process in memory: now (VmRSS), or at most since that was reset (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {key}: this is not Linux")


if __name__ == "__main__":
    sys.exit(main())
