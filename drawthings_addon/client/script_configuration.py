# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The app's configuration as its scripts spell it: `v2` of its pictures, and what Copy Configuration gives.

It is complete: its encoder leaves out what is nil, so an upscaler, a refiner or a text that is not there is
switched off (published source, August 2026; pictures have it since December 2024). What an older app did not
know yet has a fresh app's value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ..errors import InvalidSettings
from . import configuration
from .bounds import MAX_MADE_HOW
from .configuration import AppConfiguration, read_configuration
from .keys import KEYS, SAMPLERS, SEED_MODES
from .payload import FIELDS, sizes_that_follow
from .request import GenerationRequest
from .wire import JSON, parse_json

#: Spellings that are not the key's in camel case.
_NAMES = {
    "imageGuidanceScale": "image_guidance",
    "negativeOriginalImageHeight": "negative_original_height",
    "negativeOriginalImageWidth": "negative_original_width",
    "originalImageHeight": "original_height",
    "originalImageWidth": "original_width",
    "stage2Guidance": "stage_2_guidance",
    "stage2Shift": "stage_2_shift",
    "t5TextEncoder": "t5_text_encoder_decoding",
    "targetImageHeight": "target_height",
    "targetImageWidth": "target_width",
    "upscalerScaleFactor": "upscaler_scale",
}
#: These are numbers there: places in the lists of the app, to whose ends later versions only add.
_NUMBERED = {"sampler": SAMPLERS, "seed_mode": SEED_MODES}
#: A text needs more than one of these to be taken for a configuration.
_TELLING = frozenset({"model", "steps", "sampler", "guidanceScale", "width", "height", "seed", "loras"})
#: What each field has where the configuration does not hold it. Prompts are no part of it, and model, size,
#: seed, sampler and seed mode are never nil.
_OFF: Mapping[str, Any] = {
    "loras": (),
    "controls": (),
    "upscaler": "",
    "refiner_model": "",
    **{
        name: KEYS[name].default
        for name in FIELDS & {each.name for each in fields(AppConfiguration)}
        if KEYS[name].kind in ("INTEGER", "NUMBER", "SWITCH") and name not in ("width", "height", "seed")
    },
}
#: One picture a request, and sizes that follow the picture's, are this extension's rules.
_NOT_TAKEN = frozenset({"batch_count", "batch_size", "num_frames", *sizes_that_follow(0, 0)})


def key_name(spelling: str) -> str:
    """The name in the key table, where it has one, of a name in camel case."""
    return _NAMES.get(spelling) or re.sub(r"(?<!^)(?=[A-Z])", "_", spelling).lower()


def to_request(script: Mapping[str, JSON], base: GenerationRequest) -> GenerationRequest:
    """`base` with everything that the configuration `script` rules; prompts are no part of it.

    Never raises: what is told wrongly is as in a fresh app; only model, size, seed, sampler and seed mode
    stay then.
    """
    raw: dict[str, Any] = {name: value for each, value in script.items() if (name := key_name(each)) in KEYS}
    for name, choices in _NUMBERED.items():
        number = raw.pop(name, None)
        if type(number) is int and 0 <= number < len(choices):
            raw[name] = choices[number]
        elif isinstance(number, str):
            raw[name] = number
    told = read_configuration(raw, _NOT_TAKEN)
    off = {name: value for name, value in _OFF.items() if getattr(told, name) is None}
    told = replace(told, **off, model=told.model or base.model, prompt=None, negative_prompt=None)
    made = configuration.to_request(told, replace(base, advanced=()))
    return replace(made, restore_faces=bool(script.get("faceRestoration")))


def parse(text: str) -> Mapping[str, JSON]:
    """The configuration in a text that was copied in the app, or in that of a preset.

    Raises InvalidSettings for any other text.
    """
    try:
        if len(text) > MAX_MADE_HOW:
            raise ValueError
        value = parse_json(text.strip().encode())
    except ValueError:
        value = None
    if isinstance(value, dict) and isinstance(inner := value.get("configuration"), dict):
        value = inner
    if not isinstance(value, dict) or len(_TELLING & value.keys()) < 2:
        raise InvalidSettings(
            "What was copied is no configuration of Draw Things.",
            "Choose Copy Configuration in the app's menu beside the settings, then paste again.",
        )
    return value


def tells_seed(script: Mapping[str, JSON]) -> bool:
    """Whether the configuration has a seed of its own; -1 is a random one."""
    return read_configuration({"seed": script.get("seed")}).seed is not None
