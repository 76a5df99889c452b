# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded pictures of materials, chosen by the words of a prompt, that repeat without a seam.

Everything is made of periodic fields: noise shaped in the frequency domain, and cells on a grid that
wraps around. Fields are float32 of shape (height, width), mostly 0 to 1; colours are sRGB 0 to 255.
"""

from __future__ import annotations

import colorsys
import hashlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from local_server.picture import Pixels

Field = npt.NDArray[np.floating[Any]]
Colours = npt.NDArray[np.floating[Any]]
"""(height, width, 3)"""
Stops = Sequence[tuple[float, str]]

NOWHERE = sys.maxsize


@dataclass(frozen=True)
class Sheet:
    """A piece of material to be made: its size and its source of chance."""

    height: int
    width: int
    rng: np.random.Generator

    @property
    def unit(self) -> int:
        """Pixels in which the sizes of features are measured, so that larger is not coarser."""
        return min(self.height, self.width)

    def noise(self, beta: float, *, lowest: float = 1.0, stretch: tuple[float, float] = (1.0, 1.0)) -> Field:
        """Clouds from rough (`beta` 0) to soft (3), spread over 0 to 1.

        `lowest` is the largest feature as a fraction of the sheet's shorter side: 4 means a quarter.
        `stretch` (down, across) makes the features longer in a direction.
        """
        down = np.fft.fftfreq(self.height, 1 / self.height)[:, None] * (self.unit / self.height)
        across = np.fft.rfftfreq(self.width, 1 / self.width)[None] * (self.unit / self.width)
        frequency = np.hypot(down * stretch[0], across * stretch[1])
        with np.errstate(divide="ignore"):
            gain = np.where(frequency >= lowest, frequency ** -(0.6 + beta / 2), 0.0)
        white = np.fft.rfft2(self.rng.standard_normal((self.height, self.width), np.float32))
        field = np.fft.irfft2(white * gain.astype(np.float32), (self.height, self.width))
        field = field.astype(np.float32)
        deviation = float(field.std()) or 1.0
        return _smooth(field / deviation, -2.2, 2.2)

    def ridges(self, beta: float, **options: object) -> Field:
        """Thin bright lines where noise crosses its middle: creases, veins, cracks."""
        return 1 - np.abs(self.noise(beta, **options) * 2 - 1)  # type: ignore[arg-type]

    def warped(self, field: Field, down: Field, across: Field, amount: float) -> Field:
        """The field looked at through a bent glass; `amount` is a fraction of the unit."""
        y = np.arange(self.height)[:, None] + (down - 0.5) * amount * self.unit
        x = np.arange(self.width)[None] + (across - 0.5) * amount * self.unit
        return _sampled(field, y.astype(np.float32), x.astype(np.float32))

    def cells(self, count: int, irregularity: float = 1.0) -> tuple[Field, Field, Field]:
        """Cells around scattered points: distance to the point, distance to the edge, cell's value.

        `count` cells fit along the shorter side. Distances are in cells; the value is 0 to 1.
        """
        rows = max(2, round(count * self.height / self.unit))
        columns = max(2, round(count * self.width / self.unit))
        jitter = 0.5 + (self.rng.random((rows, columns, 2)) - 0.5) * irregularity
        values = self.rng.random((rows, columns)).astype(np.float32)
        # Half the resolution on large sheets: cells are the costly part, and their fields are smooth.
        step = 2 if self.unit > 640 and not (self.height % 2 or self.width % 2) else 1
        y = (np.arange(0, self.height, step, dtype=np.float32) * rows / self.height)[:, None]
        x = (np.arange(0, self.width, step, dtype=np.float32) * columns / self.width)[None]
        row, column = np.floor(y).astype(np.int32), np.floor(x).astype(np.int32)
        nearest = np.full((y.shape[0], x.shape[1]), 9, np.float32)
        second = nearest.copy()
        value = np.zeros_like(nearest)
        for j in (-1, 0, 1):
            for i in (-1, 0, 1):
                at = (row + j) % rows, (column + i) % columns
                point = jitter[at].astype(np.float32)
                distance = np.hypot(row + j + point[..., 0] - y, column + i + point[..., 1] - x)
                closer = distance < nearest
                second = np.where(closer, nearest, np.minimum(second, distance))
                value = np.where(closer, values[at], value)
                nearest = np.where(closer, distance, nearest)
        fields = nearest, second - nearest, value
        return fields if step == 1 else tuple(_doubled(field) for field in fields)  # type: ignore[return-value]


def paint(prompt: str, height: int, width: int, seed: int) -> Pixels:
    """The material that the prompt speaks of, or an abstract one in colours of its own."""
    sheet = Sheet(height, width, np.random.default_rng([seed, *_digest(prompt)[:4]]))
    found = sorted((mention(prompt, words), n) for n, (words, _) in enumerate(MATERIALS))
    makes = [MATERIALS[n][1] for position, n in found if position < NOWHERE][:2]
    if not makes:
        colours = _abstract(sheet, prompt)
    else:
        colours = makes[0](sheet)
        tint = next((tint for words, tint in TINTS if mention(prompt, words) < NOWHERE), None)
        if tint and makes[0] not in UNTINTED:
            colours = _tinted(colours, tint)
    if len(makes) > 1 and tuple(makes) not in CONTAINED:
        # Two materials: the second grows over the first in patches.
        patches = _smooth(0.8 * sheet.noise(2.6) + 0.2 * sheet.noise(1.0, lowest=8), 0.50, 0.58)
        colours = mix(colours, makes[1](sheet), patches)
    pixels: Pixels = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return pixels


def is_mentioned(prompt: str) -> bool:
    """Whether the prompt speaks of a material at all."""
    return any(mention(prompt, words) < NOWHERE for words, _ in MATERIALS)


def mention(prompt: str, words: Sequence[str]) -> int:
    """Where the first of the words stands in the prompt, or `NOWHERE`.

    Usual endings count: `rust` finds rusty, but neither rustic nor trust. `*` allows any ending.
    """
    pattern = "|".join(word.replace("*", r"\w*") for word in words)
    match = re.search(rf"\b(?:{pattern})(?:s|y|ed|en|ing)?\b", prompt.lower())
    return match.start() if match else NOWHERE


# Materials


def _copper(sheet: Sheet) -> Colours:
    crease = sheet.ridges(2.6, lowest=1.5) ** 5
    broad = sheet.noise(3.0)
    fine = sheet.noise(1.2, lowest=8)
    dents, _, _ = sheet.cells(14)
    metal = 0.5 * sheet.noise(2.2, lowest=2) + 0.25 * fine + 0.25 * _smooth(dents, 0, 0.8)
    colours = ramp(metal, ((0, "2a1410"), (0.35, "6b3220"), (0.6, "a8562f"), (0.85, "d98c52"), (1, "f3bd86")))
    green = _smooth(0.75 * crease + 0.75 * broad + 0.25 * fine, 0.62, 0.95)
    patina = ramp(
        0.6 * sheet.noise(1.6, lowest=4) + 0.4 * fine,
        ((0, "1f5a52"), (0.4, "3d8f80"), (0.7, "6fbfa8"), (1, "b9e0cd")),
    )
    rim = _smooth(green, 0.02, 0.3) * (1 - _smooth(green, 0.3, 0.7))
    colours = mix(colours, patina, green) * (1 - 0.45 * rim[..., None])
    return lit(colours, metal * 0.5 + green * (0.3 + 0.4 * fine) - 0.4 * crease, 2.2)


def _rust(sheet: Sheet) -> Colours:
    fine = sheet.noise(1.0, lowest=10)
    flakes = sheet.noise(2.0, lowest=3)
    steel = ramp(0.5 * flakes + 0.5 * fine, ((0, "2c3136"), (0.5, "565d63"), (1, "8b9298")))
    eaten = _smooth(0.7 * sheet.noise(2.8) + 0.3 * fine, 0.35, 0.6)
    rust = ramp(
        0.55 * flakes + 0.45 * fine,
        ((0, "2b120b"), (0.35, "6e2c12"), (0.65, "a9501b"), (0.9, "d98a3d"), (1, "f0b973")),
    )
    return lit(mix(steel, rust, eaten), fine * 0.4 + eaten * 0.5 + flakes * 0.4, 2.4)


def _bark(sheet: Sheet) -> Colours:
    bend = sheet.noise(2.6, lowest=2)
    furrow = sheet.ridges(2.0, lowest=6, stretch=(4.0, 1.0))
    furrow = sheet.warped(furrow, bend, sheet.noise(2.6, lowest=2), 0.035)
    fibre = sheet.noise(1.0, lowest=20, stretch=(6.0, 1.0))
    plates = _smooth(1 - furrow, 0.05, 0.75)
    tone = 0.6 * plates + 0.4 * fibre
    colours = ramp(tone, ((0, "17100b"), (0.35, "3f2c1f"), (0.65, "755840"), (0.88, "a78967"), (1, "cdb591")))
    lichen = _smooth(0.8 * sheet.noise(2.4, lowest=2) + 0.2 * fibre, 0.66, 0.82) * plates
    colours = mix(colours, ramp(fibre, ((0, "4c5a35"), (1, "a3ad79"))), 0.75 * lichen)
    return lit(colours, plates * 0.9 + fibre * 0.35, 3.0)


def _wood(sheet: Sheet) -> Colours:
    bend = sheet.noise(3.0, lowest=1, stretch=(2.4, 0.7))
    x = np.arange(sheet.width, dtype=np.float32)[None] / sheet.width
    planks = max(2, round(4 * sheet.width / sheet.unit))
    plank = np.floor(x * planks).astype(int)
    shift = sheet.rng.random(planks).astype(np.float32)[plank]
    rings = 0.5 + 0.5 * np.sin((bend * 7 + shift * 7) * 2 * np.pi)
    grain = sheet.noise(0.8, lowest=24, stretch=(12.0, 1.0))
    tone = 0.3 * rings + 0.4 * grain + 0.35 * (shift - 0.15)
    colours = ramp(tone, ((0, "3a2113"), (0.4, "7a4a28"), (0.75, "b07d4b"), (1, "dcb27f")))
    gap = np.minimum(x * planks % 1, 1 - x * planks % 1) * np.ones((sheet.height, 1), np.float32)
    colours = colours * _smooth(gap, 0.0, 0.02)[..., None]
    return lit(colours, grain * 0.3 + rings * 0.2 + _smooth(gap, 0, 0.03), 1.2)


def _marble(sheet: Sheet) -> Colours:
    down, across = sheet.noise(2.6), sheet.noise(2.6)
    vein = sheet.warped(sheet.ridges(2.4, lowest=1, stretch=(1.0, 1.8)), down, across, 0.25)
    thin = sheet.warped(sheet.ridges(2.0, lowest=4), across, down, 0.12) ** 14
    cloud = sheet.noise(2.4, lowest=2)
    colours = ramp(cloud, ((0, "cfd0d2"), (0.5, "e7e5e2"), (1, "fbf8f3")))
    colours = mix(colours, ramp(cloud, ((0, "4b4f57"), (1, "8d8f93"))), 0.85 * vein**16 + 0.45 * vein**5)
    return mix(colours, ramp(cloud, ((0, "8a6a35"), (1, "c9a667"))), 0.75 * thin)


def _moss(sheet: Sheet) -> Colours:
    clump, _, value = sheet.cells(11)
    tuft, _, _ = sheet.cells(48)
    fine = sheet.noise(0.8, lowest=24)
    bump = 0.45 * _smooth(1 - clump, 0.1, 1) + 0.3 * (1 - tuft) + 0.35 * fine
    colours = ramp(
        0.75 * bump + 0.25 * value + 0.25 * (sheet.noise(2.6) - 0.5),
        ((0, "0f1a0a"), (0.3, "26401a"), (0.55, "4d7327"), (0.8, "8aa83e"), (1, "d0d878")),
    )
    return lit(colours, bump, 2.6)


def _lava(sheet: Sheet) -> Colours:
    down, across = sheet.noise(2.2, lowest=2), sheet.noise(2.2, lowest=2)
    _, edge, value = sheet.cells(7)
    edge = sheet.warped(edge, down, across, 0.09)
    _, hairline, _ = sheet.cells(19)
    hairline = sheet.warped(hairline, across, down, 0.05)
    fine = sheet.noise(1.3, lowest=8)
    crust = ramp(0.6 * fine + 0.4 * value, ((0, "0b0908"), (0.5, "241c1a"), (0.85, "463a35"), (1, "6d5d55")))
    crust = lit(crust, fine * 0.5 + _smooth(edge, 0, 0.4), 3.0)
    heat = 1 - _smooth(edge + 0.18 * (fine - 0.5), 0.0, 0.30)
    heat = np.maximum(heat, 0.6 * (1 - _smooth(hairline, 0, 0.12)) * _smooth(down, 0.5, 0.8))
    glow = ramp(heat, ((0, "1a0503"), (0.3, "8f1a05"), (0.6, "f0560c"), (0.85, "ffb52b"), (1, "fff3b0")))
    return mix(crust, glow, _smooth(heat, 0.05, 0.5))


def _ice(sheet: Sheet) -> Colours:
    down, across = sheet.noise(2.4), sheet.noise(2.4)
    _, edge, value = sheet.cells(5)
    crack = 1 - _smooth(sheet.warped(edge, down, across, 0.08), 0, 0.05)
    haze = sheet.noise(2.6)
    needles = sheet.ridges(1.8, lowest=5, stretch=(1.0, 1.5)) ** 6
    depth = 0.6 * haze + 0.25 * value + 0.15 * sheet.noise(1.2, lowest=8)
    colours = ramp(depth, ((0, "0f3a57"), (0.35, "2f7ea3"), (0.65, "8cc7dc"), (1, "eaf7fb")))
    white = ramp(haze, ((0, "cfeaf4"), (1, "ffffff")))
    return lit(mix(colours, white, np.maximum(0.9 * crack, 0.55 * needles)), haze + 0.3 * needles, 1.0)


def _brick(sheet: Sheet) -> Colours:
    rows = max(2, round(8 * sheet.height / sheet.unit / 2) * 2)
    columns = max(1, round(4 * sheet.width / sheet.unit))
    wobble = (sheet.noise(2.0, lowest=6) - 0.5) * 0.06
    y = (np.arange(sheet.height, dtype=np.float32) * rows / sheet.height)[:, None] + wobble
    row = np.floor(y).astype(int) % rows
    x = (np.arange(sheet.width, dtype=np.float32) * columns / sheet.width)[None]
    x = x + 0.5 * (row % 2) + wobble * 0.5
    column = np.floor(x).astype(int) % columns
    inside = np.minimum(np.minimum(y % 1, 1 - y % 1), 2 * np.minimum(x % 1, 1 - x % 1))
    tint = sheet.rng.random((rows, columns)).astype(np.float32)[row, column]
    rough = sheet.noise(1.4, lowest=8)
    face = _smooth(inside + 0.04 * (rough - 0.5), 0.05, 0.12)
    clay = ramp(
        0.55 * tint + 0.45 * rough,
        ((0, "3f1a14"), (0.35, "7b3324"), (0.65, "a5503a"), (0.9, "c97b5c"), (1, "e0a184")),
    )
    mortar = ramp(rough, ((0, "6c665e"), (1, "bdb5a8")))
    return lit(mix(mortar, clay, face), face * 0.9 + rough * 0.4, 2.4)


def _cobbles(sheet: Sheet) -> Colours:
    point, edge, value = sheet.cells(7, 0.8)
    rough = sheet.noise(1.5, lowest=6)
    stone = _smooth(edge + 0.06 * (rough - 0.5), 0.04, 0.16)
    dome = stone * (1 - 0.6 * point)
    colours = ramp(
        0.6 * value + 0.4 * rough, ((0, "3b3d40"), (0.4, "66686a"), (0.75, "918f8a"), (1, "bdb8ae"))
    )
    soil = ramp(rough, ((0, "1a1712"), (0.7, "3b3428"), (1, "5a6134")))
    return lit(mix(soil, colours, stone), dome * 1.2 + rough * 0.3, 3.2)


def _stone(sheet: Sheet) -> Colours:
    rough = sheet.noise(1.7, lowest=3)
    crack = sheet.ridges(2.2, lowest=2) ** 30
    grit = sheet.noise(0.4, lowest=30)
    colours = ramp(
        0.6 * rough + 0.25 * grit + 0.3 * (sheet.noise(2.8) - 0.5),
        ((0, "34332f"), (0.4, "6b6860"), (0.75, "9c978a"), (1, "c9c3b4")),
    )
    return lit(colours * (1 - 0.7 * crack[..., None]), rough - 0.8 * crack + 0.15 * grit, 3.0)


def _sand(sheet: Sheet) -> Colours:
    y = np.arange(sheet.height, dtype=np.float32)[:, None] / sheet.height
    waves = max(4, round(14 * sheet.height / sheet.unit))
    bend = sheet.noise(3.0)
    ripple = 0.5 + 0.5 * np.sin(2 * np.pi * (y * waves + bend * 3.2))
    ripple = ripple**1.6
    grain = sheet.noise(0.3, lowest=40)
    tone = 0.55 * ripple + 0.2 * grain + 0.3 * (sheet.noise(2.8) - 0.3)
    colours = ramp(tone, ((0, "7a5730"), (0.4, "b98a52"), (0.75, "dfba82"), (1, "f7e2b7")))
    return lit(colours, ripple * 0.8 + grain * 0.12, 2.0)


def _cloth(sheet: Sheet) -> Colours:
    threads = max(16, round(56 * sheet.height / sheet.unit / 2) * 2)
    across = max(16, round(56 * sheet.width / sheet.unit / 2) * 2)
    y = (np.arange(sheet.height, dtype=np.float32) * threads / sheet.height)[:, None]
    x = (np.arange(sheet.width, dtype=np.float32) * across / sheet.width)[None]
    over = (np.floor(y) + np.floor(x)) % 2
    warp = np.sin(np.pi * (x % 1)) * (0.6 + 0.4 * np.sin(np.pi * (y % 1)))
    weft = np.sin(np.pi * (y % 1)) * (0.6 + 0.4 * np.sin(np.pi * (x % 1)))
    thread = np.where(over > 0, warp, weft).astype(np.float32)
    down = sheet.noise(1.4, lowest=12, stretch=(1.0, 0.2))
    slub = 0.5 * down + 0.5 * sheet.noise(1.4, lowest=12, stretch=(0.2, 1.0))
    tone = 0.55 * thread + 0.35 * slub + 0.15 * over + 0.3 * (sheet.noise(3.0) - 0.5)
    colours = ramp(tone, ((0, "1c2740"), (0.45, "3f5b86"), (0.8, "87a3c4"), (1, "ccd9e8")))
    return lit(colours, thread * 0.8 + slub * 0.4, 1.2)


def _leather(sheet: Sheet) -> Colours:
    point, edge, value = sheet.cells(34)
    broad = sheet.noise(2.6)
    fold = sheet.ridges(2.4, lowest=2) ** 10
    pore = _smooth(edge, 0.0, 0.35)
    tone = 0.4 * pore + 0.3 * broad + 0.12 * value + 0.15 * sheet.noise(1.2, lowest=10)
    colours = ramp(tone, ((0, "1c0f09"), (0.4, "4f2a17"), (0.7, "86502c"), (1, "c48a55")))
    return lit(colours * (1 - 0.35 * fold[..., None]), pore * (1 - 0.3 * point) - 0.6 * fold, 1.8)


def _water(sheet: Sheet) -> Colours:
    down, across = sheet.noise(2.4, lowest=2), sheet.noise(2.4, lowest=2)
    _, edge, _ = sheet.cells(8)
    caustic = 1 - _smooth(sheet.warped(edge, down, across, 0.12), 0.0, 0.22)
    depth = 0.7 * sheet.noise(2.8) + 0.3 * sheet.noise(1.8, lowest=5)
    colours = ramp(depth, ((0, "04304a"), (0.4, "0b6688"), (0.75, "2aa5b8"), (1, "8fe0dc")))
    return mix(colours, ramp(depth, ((0, "7fd6de"), (1, "f4fffb"))), 0.8 * caustic**1.5)


def _sky(sheet: Sheet) -> Colours:
    cover = _smooth(sheet.noise(3.0, stretch=(1.6, 1.0)) * 0.7 + sheet.noise(2.0, lowest=3) * 0.3, 0.42, 0.75)
    blue = ramp(sheet.noise(3.4), ((0, "2d6fb5"), (1, "7fb6e6")))
    white = ramp(sheet.noise(2.2, lowest=2), ((0, "a9b6c6"), (0.5, "e6ebf1"), (1, "ffffff")))
    return lit(mix(blue, white, cover), cover, 1.0)


def _gold(sheet: Sheet) -> Colours:
    dents, _, _ = sheet.cells(12)
    hammered = _smooth(dents, 0, 0.9)
    scratch = sheet.noise(0.8, lowest=16, stretch=(1.0, 5.0))
    tone = 0.25 + 0.3 * hammered + 0.2 * scratch + 0.4 * (sheet.noise(2.8) - 0.4)
    colours = ramp(tone, ((0, "3d2304"), (0.3, "8a5a0c"), (0.6, "d19a23"), (0.85, "f7d464"), (1, "fff6c9")))
    return lit(colours, hammered, 2.6)


def _metal(sheet: Sheet) -> Colours:
    brushed = sheet.noise(0.5, lowest=24, stretch=(1.0, 24.0))
    scratch = sheet.ridges(1.8, lowest=4, stretch=(1.0, 3.0)) ** 40
    tone = 0.45 * brushed + 0.5 * sheet.noise(3.0) + 0.2 * scratch
    colours = ramp(tone, ((0, "2b3036"), (0.5, "7b848c"), (0.85, "b9c1c8"), (1, "eef2f5")))
    return lit(colours, brushed * 0.3 + scratch, 1.4)


def _paper(sheet: Sheet) -> Colours:
    fibre = sheet.ridges(1.2, lowest=14) ** 6
    fold = sheet.ridges(2.8, lowest=2) ** 24
    tone = 0.5 * sheet.noise(1.2, lowest=6) + 0.5 * sheet.noise(2.8)
    colours = ramp(tone, ((0, "cdb991"), (0.5, "e6d8b8"), (1, "f8f0dc")))
    return lit(colours * (1 - 0.12 * fibre[..., None]), tone * 0.5 - 0.5 * fold, 1.8)


def _abstract(sheet: Sheet, prompt: str) -> Colours:
    digest = _digest(prompt)
    hue = digest[0] / 255
    spread = 0.08 + digest[1] / 255 * 0.35
    stops = [
        (position, _hex(hue + spread * (position - 0.5), saturation, lightness))
        for position, saturation, lightness in (
            (0.0, 0.55, 0.10), (0.35, 0.60, 0.30), (0.65, 0.55, 0.52), (1.0, 0.50, 0.86)
        )
    ]  # fmt: skip
    down, across = sheet.noise(2.4), sheet.noise(2.4)
    point, edge, value = sheet.cells(4 + digest[2] % 9)
    grown = sheet.warped(sheet.ridges(2.4, lowest=1), down, across, 0.3)
    facets = sheet.warped(_smooth(edge, 0, 0.5), across, down, 0.08)
    value, point = (sheet.warped(field, across, down, 0.08) for field in (value, point))
    share = digest[3] / 255
    tone = share * (0.6 * facets + 0.4 * value) + (1 - share) * grown
    tone = 0.75 * tone + 0.25 * sheet.noise(1.6, lowest=5)
    colours = ramp(tone, stops)
    accent = ramp(point, ((0, _hex(hue + 0.5, 0.7, 0.6)), (1, _hex(hue + 0.45, 0.6, 0.35))))
    colours = mix(colours, accent, 0.7 * _smooth(down, 0.68, 0.82))
    return lit(colours, tone, 2.0)


MATERIALS: tuple[tuple[tuple[str, ...], Callable[[Sheet], Colours]], ...] = (
    (("copper", "verdigris", "patina", "bronze"), _copper),
    (("lava", "magma", "volcan*", "ember"), _lava),
    (("bark", "tree trunk"), _bark),
    (("brick",), _brick),
    (("cobble", "pebble", "paving", "flagstone"), _cobbles),
    (("marble", "alabaster"), _marble),
    (("moss", "grass", "lichen", "meadow", "foliage", "leaves"), _moss),
    (("rust", "corrod*", "oxidi*"), _rust),
    (("ice", "icy", "frost", "glacier", "snow", "frozen"), _ice),
    (("gold", "brass"), _gold),
    (("leather", "skin", "scale", "hide"), _leather),
    (("wood", "plank", "oak", "pine", "timber", "parquet"), _wood),
    (("sand", "dune", "desert", "beach"), _sand),
    (("cloth", "fabric", "linen", "wool", "denim", "canvas", "woven", "weave", "textile"), _cloth),
    (("water", "ocean", "sea", "river", "pool"), _water),
    (("sky", "cloud"), _sky),
    (("metal", "steel", "iron", "alumin*", "silver", "chrome"), _metal),
    (("stone", "rock", "concrete", "granite", "plaster", "cement"), _stone),
    (("paper", "parchment", "cardboard"), _paper),
)

TINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("crimson", "scarlet", "red"), "c0392b"),
    (("orange", "amber"), "e08a1e"),
    (("yellow", "ochre"), "d9b52c"),
    (("emerald", "green", "jade"), "2f8f5b"),
    (("teal", "turquoise", "cyan"), "1f9aa0"),
    (("navy", "azure", "blue", "cobalt"), "2c5fb3"),
    (("violet", "purple", "indigo"), "6c3fa8"),
    (("pink", "rose", "magenta"), "d0608f"),
    (("black", "obsidian", "charcoal"), "23242a"),
)
CONTAINED = ((_marble, _gold), (_rust, _metal), (_metal, _rust), (_cobbles, _stone), (_bark, _wood))
"""Pairs of which the first shows the second already."""
UNTINTED: tuple[Callable[[Sheet], Colours] | None, ...] = (None, _copper, _lava, _gold)


# Colour and light


def ramp(field: Field, stops: Stops) -> Colours:
    """A colour for every value of the field, between the nearest stops."""
    positions = [position for position, _ in stops]
    colours = np.array([[int(text[i : i + 2], 16) for i in (0, 2, 4)] for _, text in stops])
    # Looked up in 1024 steps: three interpolations of a million values would take ten times as long.
    steps = np.linspace(0, 1, 1024)
    table = np.stack([np.interp(steps, positions, colours[:, c]) for c in range(3)], axis=1)
    index = np.clip(field * 1023, 0, 1023).astype(np.uint16)
    result: Colours = table.astype(np.float32)[index]
    return result


def mix(under: Colours, over: Colours, amount: Field) -> Colours:
    """`over` where the amount is 1, `under` where it is 0."""
    mixed: Colours = under + (over - under) * np.clip(amount, 0, 1)[..., None]
    return mixed


def lit(colours: Colours, height: Field, strength: float) -> Colours:
    """Light from the upper left on a relief."""
    height = height * (min(height.shape) / 256)
    down = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    across = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    slope = np.clip((down + across) * strength * 0.5, -0.6, 0.6)
    shaded: Colours = colours * (1 + 0.55 * slope[..., None]) + 30 * np.maximum(slope, 0)[..., None]
    return shaded


def _tinted(colours: Colours, tint: str) -> Colours:
    """The same light and dark in another colour."""
    grey = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    light = np.clip(grey / 255, 0, 1)
    toned = ramp(light, ((0, "0a0a0c"), (0.5, tint), (1, "faf6ee")))
    tinted: Colours = 0.25 * colours + 0.75 * toned
    return tinted


def _smooth(field: Field, start: float, end: float) -> Field:
    """0 below the start, 1 above the end, and a soft step between."""
    t = np.clip((field - start) / (end - start), 0, 1)
    soft: Field = (t * t * (3 - 2 * t)).astype(np.float32)
    return soft


def _sampled(field: Field, y: Field, x: Field) -> Field:
    """The field between its pixels, wrapping around."""
    height, width = field.shape
    top, left = np.floor(y).astype(np.int32), np.floor(x).astype(np.int32)
    down, across = y - top, x - left
    top, left = top % height, left % width
    below, right = (top + 1) % height, (left + 1) % width
    upper = field[top, left] * (1 - across) + field[top, right] * across
    lower = field[below, left] * (1 - across) + field[below, right] * across
    between: Field = (upper * (1 - down) + lower * down).astype(np.float32)
    return between


def _doubled(field: Field) -> Field:
    """Twice the size, half-way values between neighbours, wrapping around."""
    result = np.empty((field.shape[0] * 2, field.shape[1] * 2), np.float32)
    result[::2, ::2] = field
    result[::2, 1::2] = (field + np.roll(field, -1, 1)) / 2
    result[1::2] = (result[::2] + np.roll(result[::2], -1, 0)) / 2
    return result


def _hex(hue: float, saturation: float, lightness: float) -> str:
    rgb = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return "".join(f"{round(channel * 255):02x}" for channel in rgb)


def _digest(prompt: str) -> bytes:
    return hashlib.sha256(prompt.encode("utf-8", "replace")).digest()
