# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the extension's own PNG code compares with Pillow's, in one run on one machine.

    python scripts/benchmarks/imaging.py [SIDE]

Needs numpy and Pillow. The ratios hold on any computer, the milliseconds only on this one.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from drawthings_addon.imaging import png, scale


def picture(side: int) -> np.ndarray:
    """Waves, soft blotches and fine noise: about as hard to compress as a photograph."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:side, 0:side]
    waves = [127 + 80 * np.sin(x / 37 + c) + 40 * np.cos(y / 23 + x / 91 * c) for c in range(3)]
    blotches = rng.integers(0, 255, (side // 4, side // 4, 3), dtype=np.uint8)
    soft = scale.resize(blotches, side, side) * 0.3 - 38
    return (np.stack(waves, axis=2) + soft + rng.normal(0, 3, (side, side, 3))).clip(0, 255).astype(np.uint8)


def saved(image: Image.Image, level: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()


def milliseconds(function: Callable[[], object], rounds: int = 5) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def main() -> None:
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    pixels = picture(side)
    image = Image.fromarray(pixels)
    adaptive = saved(image, 6)
    own = png.encode(pixels)
    rows = {
        "encode, level 1": (lambda: png.encode(pixels), lambda: saved(image, 1)),
        "decode, Paeth": (
            lambda: png.decode(adaptive),
            lambda: np.asarray(Image.open(io.BytesIO(adaptive))),
        ),
        "decode, Up": (lambda: png.decode(own), lambda: np.asarray(Image.open(io.BytesIO(own)))),
        "verify": (lambda: png.verify(adaptive), lambda: Image.open(io.BytesIO(adaptive)).load()),
        "resize to half": (
            lambda: scale.resize(pixels, side // 2, side // 2),
            lambda: image.resize((side // 2, side // 2), Image.Resampling.BOX),
        ),
    }
    print(f"{side} × {side} RGB; size of level 1: {len(own) / len(saved(image, 1)):.2f} × Pillow's")
    print(f"{'':16}{'own ms':>10}{'Pillow ms':>12}{'ratio':>8}")
    for name, (ours, theirs) in rows.items():
        mine, other = milliseconds(ours), milliseconds(theirs)
        print(f"{name:16}{mine:10.1f}{other:12.1f}{mine / other:8.2f}")


if __name__ == "__main__":
    main()
