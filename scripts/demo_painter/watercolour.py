# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture as a watercolour: washes that pool and dry darker at their edges, on paper, with lines in ink.

Pigment as in Bousseau et al., “Interactive watercolor rendering with temporal coherence and abstraction”
(2006): the colour of a thicker layer is c − (c − c²)(d − 1) for a density d.
"""

from __future__ import annotations

import numpy as np

from . import filters
from .filters import Floats, step
from .materials import Sheet

_PAPER = np.array([0.985, 0.975, 0.95], np.float32)
_INK = np.array([0.13, 0.11, 0.12], np.float32)


def paint(picture: Floats, rng: np.random.Generator, *, has_ink: bool) -> Floats:
    """(height, width, 3), sRGB 0 to 1."""
    height, width = picture.shape[:2]
    sheet = Sheet(height, width, rng)
    calm = filters.calmed(filters.calmed(_lightened(picture), 6, 0.012), 4, 0.01)
    # A hand does not follow an edge to the pixel.
    sway = [(sheet.noise(1.6, lowest=8) - 0.5) * 4 * sheet.unit / 768 for _ in range(2)]
    wash = filters.moved(filters.patched(calm, 3), *sway)
    rim = step(filters.slope(filters.blurred(wash, 1)), 0.02, 0.14)
    pools, flow = sheet.noise(2.0, lowest=2) - 0.5, sheet.noise(1.2, lowest=8) - 0.5
    grain = filters.blurred(sheet.noise(0.2, lowest=120) - 0.5, 1)
    painted = _layered(wash, 1 + 0.6 * rim + 0.7 * pools + 0.25 * flow + 0.5 * grain)
    painted = _on_paper(painted, sheet, grain)
    if has_ink:
        line = _lines(filters.moved(calm, sway[0] / 2, sway[1] / 2), sheet)[..., None]
        painted = painted * (1 - line) + _INK * line
    return np.clip(painted, 0, 1)


def _lightened(picture: Floats) -> Floats:
    """The lightest is the white of the paper, and nothing is as dark as black paint."""
    darkest, lightest = np.percentile(filters.luminance(picture), (0.5, 99.7))
    stretched = np.clip((picture - darkest) / max(lightest - darkest, 0.05), 0, 1)
    return 1 - (1 - filters.saturated(stretched**0.6, 1.45)) * 0.88


def _layered(colours: Floats, density: Floats) -> Floats:
    return np.clip(colours - (colours - colours**2) * (density[..., None] - 1), 0, 1)


def _on_paper(painted: Floats, sheet: Sheet, grain: Floats) -> Floats:
    """The wash ends a little before the paper does, and unevenly."""
    down, across = np.arange(sheet.height)[:, None], np.arange(sheet.width)[None]
    inside = np.minimum(
        np.minimum(down, sheet.height - 1 - down), np.minimum(across, sheet.width - 1 - across)
    )
    edge = inside / sheet.unit + 0.03 * (sheet.noise(2.2, lowest=3) - 0.5)
    edge = edge + 0.008 * (sheet.noise(1.0, lowest=16) - 0.5)
    wet = step(edge, 0.002, 0.010)
    painted = _layered(painted, 1 + 0.3 * wet * (1 - step(edge, 0.008, 0.022)))
    paper = _PAPER * (1 + 0.05 * grain[..., None])
    return painted * wet[..., None] + paper * (1 - wet[..., None])


def _lines(picture: Floats, sheet: Sheet) -> Floats:
    """Where a line of ink is, 0 to 1: what is darker than its surroundings, with a changing pressure."""
    light = filters.luminance(picture)
    near = filters.blurred(light, 1)
    broad = step(filters.blurred(light, 3) - near, 0.016, 0.05)
    fine = step(filters.blurred(light, 2) - filters.mean(light, 1), 0.010, 0.035)
    pressure = 0.35 + 0.65 * step(sheet.noise(1.8, lowest=4), 0.0, 0.55)
    return 0.85 * np.maximum(broad, 0.8 * fine) * pressure
