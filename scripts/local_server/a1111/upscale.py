# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upscaling, and the Extras tab as the API has it (measured on AUTOMATIC1111 1.10.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..picture import Pixels
from . import images as a1111_images
from . import pixels as px
from .errors import Failure
from .webui import WebUi


def upscaled(pixels: Pixels, width: int, height: int, upscaler: str) -> Pixels:
    """In another size. What calls itself an ESRGAN sharpens; no network is behind it."""
    larger = px.resample(pixels, width, height, upscaler)
    return px.sharpened(larger, 0.6) if "ESRGAN" in upscaler else larger


@dataclass(frozen=True)
class Processed:
    """One picture out of Extras."""

    pixels: Pixels = field(repr=False)
    steps: Mapping[str, Any]
    """What was done to it, by name."""
    parameters: str = ""
    """The text that the picture brought along."""

    @property
    def html_info(self) -> str:
        words = ", ".join(f"{name}: {value}" for name, value in self.steps.items())
        return f"<p>{words}</p>"

    def file(self, samples_format: str) -> bytes:
        texts = {"parameters": self.parameters} if self.parameters else {}
        if self.steps:
            words = ", ".join(f"{name}: {value}" for name, value in self.steps.items())
            texts["postprocessing"] = words
        return a1111_images.encoded(self.pixels, samples_format, texts)


def process(data: bytes, values: Mapping[str, Any], ui: WebUi) -> Processed:
    """Upscale and restore one picture. Raises Failure, HttpError."""
    pixels = a1111_images.pixels_of(data)
    steps: dict[str, Any] = {}
    for name in (values["upscaler_1"], values["upscaler_2"]):
        if name not in ("", "None") and not any(known.name == name for known in ui.upscalers):
            raise Failure("AssertionError", f"could not find upscaler named {name}")
    actions = [_restored, _upscaled_as_asked]
    if values["upscale_first"]:
        actions.reverse()
    for action in actions:
        pixels = action(pixels, values, steps)
    return Processed(pixels, steps, a1111_images.texts_of(data)[0])


def _upscaled_as_asked(pixels: Pixels, values: Mapping[str, Any], steps: dict[str, Any]) -> Pixels:
    name = values["upscaler_1"]
    if name in ("", "None"):
        return pixels
    height, width = pixels.shape[:2]
    asked_width, asked_height = values["upscaling_resize_w"], values["upscaling_resize_h"]
    by_size = values["resize_mode"] == 1
    factor = values["upscaling_resize"]
    if by_size:
        factor = max(asked_width / width, asked_height / height)
        steps["Postprocess upscale to"] = f"{asked_width}x{asked_height}"
    else:
        steps["Postprocess upscale by"] = f"{factor:g}"
    # Without the margin 0.1 × 10 × 8 would lose eight pixels to rounding.
    across, down = (int(size * factor + 1e-6) // 8 * 8 for size in (width, height))
    target = (max(8, across), max(8, down))
    result = upscaled(pixels, *target, name)
    steps["Postprocess upscaler"] = name
    second, share = values["upscaler_2"], values["extras_upscaler_2_visibility"]
    if second not in ("", "None") and share > 0:
        result = px.mixed(result, upscaled(pixels, *target, second), share)
        steps["Postprocess upscaler 2"] = second
    if by_size and values["upscaling_crop"]:
        result = px.centred(result, asked_width, asked_height)
        steps["Postprocess crop to"] = f"{asked_width}x{asked_height}"
    return result


def _restored(pixels: Pixels, values: Mapping[str, Any], steps: dict[str, Any]) -> Pixels:
    """Face restoration looks for no faces here: it calms the whole picture."""
    for field_, label in (("gfpgan_visibility", "GFPGAN"), ("codeformer_visibility", "CodeFormer")):
        share = values[field_]
        if share > 0:
            calm = px.rounded(px.blurred(pixels.astype("float32"), 1, 1))
            pixels = px.mixed(pixels, calm, share * 0.5)
            steps[f"{label} visibility"] = f"{share:g}"
    return pixels
