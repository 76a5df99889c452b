# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A caption made from the colours of a picture: what this server has in place of a captioning model."""

from __future__ import annotations

import colorsys

import numpy as np

from ..picture import Pixels
from . import pixels as px

_HUES = (
    (0.04, "red"), (0.11, "orange"), (0.19, "yellow"), (0.45, "green"), (0.53, "turquoise"),
    (0.71, "blue"), (0.8, "purple"), (0.93, "pink"), (1.01, "red"),
)  # fmt: skip


def colours(pixels: Pixels, count: int = 3) -> tuple[str, ...]:
    """The names of the most frequent colours, most frequent first."""
    small = px.resample(px.on_background(pixels), 32, 32)
    found: dict[str, int] = {}
    for red, green, blue in small.reshape(-1, 3):
        name = _name(int(red), int(green), int(blue))
        found[name] = found.get(name, 0) + 1
    return tuple(sorted(found, key=lambda name: (-found[name], name))[:count])


def _name(red: int, green: int, blue: int) -> str:
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.12:
        return "black"
    if saturation < 0.15:
        return "white" if value > 0.85 else "grey"
    name = next(word for limit, word in _HUES if hue < limit)
    if name == "orange" and value < 0.6:
        return "brown"
    return f"dark {name}" if value < 0.45 else name


def caption(pixels: Pixels) -> str:
    """As a captioning model: one phrase."""
    names = colours(pixels)
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    light = px.luminance(pixels)
    rough = float(np.abs(np.diff(light, axis=1)).mean()) if light.shape[1] > 1 else 0.0
    surface = "a highly detailed" if rough > 12 else "a smooth" if rough < 3 else "a"
    height, width = pixels.shape[:2]
    format_ = "wide" if width > height * 1.2 else "tall" if height > width * 1.2 else "square"
    return f"{surface} picture in {joined}, {format_} format"


def tags(pixels: Pixels) -> str:
    """As a tagging model: words with commas."""
    return ", ".join(["no humans", *(f"{name} theme" for name in colours(pixels))])
