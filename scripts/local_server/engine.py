# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes the pictures. `Echo` and `Pattern` need numpy only; the one called neural is the demo's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .picture import Pixels


@dataclass(frozen=True)
class Job:
    """One picture to paint."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    """Pixels, multiples of 64."""
    seed: int
    steps: int
    strength: float
    """How much of `init` is painted over, 0 to 1."""
    init: Pixels | None = field(default=None, repr=False)
    """(height, width, 3) for img2img, None for txt2img."""


class Engine(Protocol):
    """Paints (job.height, job.width, 3) uint8 sRGB; the same job gives the same picture."""

    def paint(self, job: Job) -> Pixels: ...


class Echo:
    """img2img gives back the picture that was sent; txt2img a flat gradient of two seeded colours."""

    def paint(self, job: Job) -> Pixels:
        if job.init is not None:
            return job.init
        colours = np.random.default_rng(job.seed).integers(0, 256, (2, 3))
        amount = np.linspace(0, 1, job.height)[:, None]
        column = np.rint(colours[0] * (1 - amount) + colours[1] * amount).astype(np.uint8)
        pixels: Pixels = np.repeat(column[:, None], job.width, axis=1)
        return pixels


class Pattern:
    """Seeded waves in the colours of the prompt; img2img mixes them in by strength."""

    def paint(self, job: Job) -> Pixels:
        words = hashlib.sha256(job.prompt.encode("utf-8", "replace")).digest()
        rng = np.random.default_rng([job.seed, *words])
        y = np.linspace(0, 2 * np.pi, job.height, endpoint=False, dtype=np.float32)[:, None]
        x = np.linspace(0, 2 * np.pi, job.width, endpoint=False, dtype=np.float32)[None]
        wave = np.zeros((job.height, job.width), np.float32)
        for octave in (1, 2, 4):
            # Whole numbers of waves, so that the pattern tiles.
            across, down = rng.integers(1, 4, 2) * octave
            phase = rng.uniform(0, 2 * np.pi, 2)
            wave += np.sin(across * x + phase[0]) * np.cos(down * y + phase[1]) / octave
        amount = ((wave - wave.min()) / max(1e-6, float(np.ptp(wave))))[..., None]
        dark, light = rng.integers(0, 128, 3), rng.integers(128, 256, 3)
        painted = dark * (1 - amount) + light * amount
        return blend(job.init, painted.astype(np.float32), job.strength)


def blend(init: Pixels | None, painted: npt.NDArray[np.float32], strength: float) -> Pixels:
    """`painted` (0 to 255) over `init`, in proportion to the strength."""
    if init is not None:
        painted = init * np.float32(1 - strength) + painted * np.float32(strength)
    pixels: Pixels = np.clip(np.rint(painted), 0, 255).astype(np.uint8)
    return pixels


def make(name: str) -> Engine:
    """The engine called `echo`, `pattern` or `neural`. ImportError: its packages are not there."""
    if name == "echo":
        return Echo()
    if name == "pattern":
        return Pattern()
    if name == "neural":
        # Imported here: its packages are not in Blender's Python.
        from demo_painter.neural import Neural

        return Neural()
    raise ValueError(f"no such engine: {name}")
