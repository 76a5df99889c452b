# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs Blender to let go of an image: time on its main thread and memory, beside `Image.pixels`.

    python scripts/benchmarks/capture.py [SIDE ...]

Needs bpy and Linux. Each way has a process of its own, so that none finds memory that another has used. The
ratios to the floats of `Image.pixels` hold on any computer, the milliseconds only on this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from drawthings_addon.blender import capture
from drawthings_addon.imaging import png
from drawthings_addon.jobs import sources

MIB = 2**20
KINDS = ("byte image", "float image", "UDIM tile")


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return
    print(f"Blender {bpy.app.version_string}")
    for side in map(int, sys.argv[1:] or ("4096", "8192")):
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), side)
            print(f"{side} × {side} RGBA: {side * side * 4 / MIB:.0f} MiB of bytes")
            print(f"{'':14}{'way':24}{'ms':>8}{'ratio':>8}{'peak MiB':>10}{'ratio':>8}{'kept MiB':>10}")
            for kind in KINDS:
                report(kind, folder)


def report(kind: str, folder: str) -> None:
    plain: dict[str, float] = {}
    for way in ("Image.pixels", "capture", "prepare, worker", "window of 512, worker"):
        command = [sys.executable, __file__, "--one", kind, way, folder]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found: dict[str, float] = json.loads(answer.splitlines()[-1])
        plain = plain or found
        print(
            f"{kind:14}{way:24}{found['ms']:8.0f}{found['ms'] / plain['ms']:8.2f}"
            f"{found['peak']:10.0f}{found['peak'] / plain['peak']:8.2f}{found['kept']:10.0f}"
        )


def write_files(folder: Path, side: int) -> None:
    """Two tiles of soft noise."""
    small = np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8)
    data = png.encode(np.tile(small, (side // 64, side // 64, 1)))
    for number in (1001, 1002):
        (folder / f"wall.{number}.png").write_bytes(data)


def load(kind: str, folder: Path) -> bpy.types.Image:
    image = bpy.data.images.load(str(folder / "wall.1001.png"))
    width, height = image.size
    if kind == "float image":
        made = bpy.data.images.new("floats", width, height, alpha=True, float_buffer=True)
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        made.pixels.foreach_set(pixels)
        bpy.data.images.remove(image)
        return made
    if kind == "UDIM tile":
        image.source = 'TILED'
        image.filepath = str(folder / "wall.<UDIM>.png")
        image.tiles.new(tile_number=1002)
    return image


def measure(kind: str, way: str, folder: Path) -> None:
    image = load(kind, folder)
    tile = 1002 if kind == "UDIM tile" else 0
    path = folder / f"taken-{time.monotonic_ns()}.png"
    call: Callable[[], object]
    if way == "Image.pixels":
        shown = bpy.data.images.load(str(folder / "wall.1002.png")) if tile else image

        def call() -> object:
            pixels = np.empty(shown.size[0] * shown.size[1] * shown.channels, np.float32)
            shown.pixels.foreach_get(pixels)
            return pixels

    elif way == "capture":

        def call() -> object:
            return capture.image(image, path, tile=tile)

    else:
        source = capture.image(image, path, tile=tile)
        if way == "prepare, worker":

            def call() -> object:
                return sources.prepare(source)

        else:

            def call() -> object:
                return sources.to_display_bytes(sources.windowed(source, 256, 256, 768, 768))

    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    began = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - began
    peak, kept = resident("VmHWM") - before, resident("VmRSS") - before
    del result
    print(json.dumps({"ms": seconds * 1000, "peak": max(peak, 0.1), "kept": kept}))


def resident(key: str) -> float:
    """MiB of this process in memory: now (VmRSS), or at most since that was reset (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {key}: this is not Linux")


if __name__ == "__main__":
    main()
