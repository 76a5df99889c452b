# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the settings can be chosen from. Suggestions come from memory: nothing is asked while drawing.

The lists of the connected app replace the built-in ones when it has told them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ..client import keys

NEW_PICTURE_TARGETS = (
    ('MATERIAL', "Material", "The active object's material; an image where there is no object"),
    ('IMAGE', "Image", "A new image, shown in an open Image Editor"),
)
ALL_TARGETS = (
    ('REPLACE', "Replace", "The result takes the image's place everywhere; undo brings the old one back"),
    *NEW_PICTURE_TARGETS,
)
#: Identifiers are the sockets' names: what scripts say, and what the node says.
SOCKETS = tuple(
    (name, name, f"Feed {name} of the Principled BSDF")
    for name in ("Base Color", "Roughness", "Metallic", "Normal", "Alpha", "Emission Color")
)
#: Published server source, August 2026: the files of the upscalers that the app offers.
UPSCALERS = (
    "realesrgan_x2plus_f16.ckpt",
    "realesrgan_x4plus_f16.ckpt",
    "realesrgan_x4plus_anime_6b_f16.ckpt",
    "esrgan_4x_universal_upscaler_v2_sharp_f16.ckpt",
    "remacri_4x_f16.ckpt",
    "4x_ultrasharp_f16.ckpt",
)


@dataclass
class Known:
    """What is known of the connected server's lists."""

    samplers: tuple[str, ...] = keys.SAMPLERS
    seed_modes: tuple[str, ...] = keys.SEED_MODES
    models: tuple[str, ...] = ()
    """Models that were used or set in the app: the server has no list of all."""

    def forget(self) -> None:
        """Another server: back to the built-in lists."""
        self.samplers, self.seed_modes, self.models = keys.SAMPLERS, keys.SEED_MODES, ()

    def add_model(self, name: str) -> None:
        if name and name not in self.models:
            self.models = (name, *self.models)


known = Known()

#: Parameters that have a field of their own in the panel, or that the extension sets itself.
OWN_FIELDS = frozenset(
    {
        "prompt", "negative_prompt", "model", "width", "height", "seed", "steps", "guidance_scale",
        "strength", "sampler", "seed_mode", "shift", "clip_skip", "loras", "controls", "upscaler",
        "refiner_model", "refiner_start", "hires_fix", "batch_count", "batch_size",
    }
)  # fmt: skip
ADVANCED = tuple(key.name for key in keys.KEYS.values() if key.sendable and key.name not in OWN_FIELDS)


def search_samplers(_self: object, _context: bpy.types.Context, text: str) -> Sequence[str]:
    return _matching(known.samplers, text)


def search_seed_modes(_self: object, _context: bpy.types.Context, text: str) -> Sequence[str]:
    return _matching(known.seed_modes, text)


def search_models(_self: object, _context: bpy.types.Context, text: str) -> Sequence[str]:
    return _matching(known.models, text)


def search_upscalers(_self: object, _context: bpy.types.Context, text: str) -> Sequence[str]:
    return _matching(UPSCALERS, text)


def search_parameters(_self: object, _context: bpy.types.Context, text: str) -> Sequence[str]:
    return _matching(ADVANCED, text)


def _matching(names: Sequence[str], text: str) -> Sequence[str]:
    wanted = text.casefold()
    return [name for name in names if wanted in name.casefold()]
