# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The app's configuration as its scripts spell it: `v2` of its pictures, and what Copy Configuration gives.

It is complete: its encoder leaves out what is nil, so an upscaler, a refiner or a text that is not there is
switched off (published source, August 2026; pictures have it since December 2024). What an older app did not
know yet has a fresh app's value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from ...errors import InvalidSettings
from ..bounds import MAX_METADATA, is_name
from ..checks import shown
from ..http.untrusted_json import JSON, parse_json
from ..parameters import DRAW_THINGS, ParameterRow
from ..request import GenerationRequest
from . import configuration
from .configuration import read_configuration
from .keys import KEYS, ROWS_BY_KEY, SAMPLERS, SEED_MODES, Key
from .payload import check_file, sizes_that_follow

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
_FILES = frozenset({"model", "upscaler", "refiner_model"})
#: The app keeps 32 bits.
_LARGEST = 3.4e38
_COPY_AGAIN = "Choose Copy Configuration in the app's menu beside the settings, then paste again."
#: A text needs more than one of these to be taken for a configuration.
_TELLING = frozenset({"model", "steps", "sampler", "guidanceScale", "width", "height", "seed", "loras"})
#: What each field has where the configuration does not hold it. Prompts are no part of it, and model, size,
#: seed, sampler and seed mode are never nil.
_OFF: Mapping[ParameterRow, Any] = {
    ROWS_BY_KEY[name]: "" if KEYS[name].nullable else KEYS[name].default
    for name in ROWS_BY_KEY
    if KEYS[name].kind in ("INTEGER", "NUMBER", "SWITCH") or KEYS[name].nullable
    if name not in ("width", "height", "seed")
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
    # Prompts are no part of it.
    values = {**_OFF, ROWS_BY_KEY["model"]: base.models.model, **told.values}
    values = {row: value for row, value in values.items() if row.name not in ("prompt", "negative_prompt")}
    told = replace(told, values=values, loras=told.loras or (), controls=told.controls or ())
    made = configuration.to_request(told, base.with_options(DRAW_THINGS, ()))
    return made.changed(restore_faces=bool(script.get("faceRestoration")))


def parse(text: str) -> Mapping[str, JSON]:
    """The configuration in a text that was copied in the app, or in that of a preset.

    Raises InvalidSettings for any other text, and where something in it cannot be meant: then nothing of it
    is taken. What is nil, what a later version of the app added, and numbers beyond the API's range, which
    the app's window may have, are no such thing.
    """
    try:
        if len(text) > MAX_METADATA:
            raise ValueError
        value = parse_json(text.strip().encode())
    except ValueError:
        value = None
    if isinstance(value, dict) and isinstance(inner := value.get("configuration"), dict):
        value = inner
    if not isinstance(value, dict) or len(_TELLING & value.keys()) < 2:
        raise InvalidSettings(
            "What was copied is no configuration of Draw Things.",
            _COPY_AGAIN,
        )
    for spelling, told in value.items():
        key = KEYS.get(key_name(spelling))
        if key is not None and told is not None and not _can_be_meant(key, told):
            raise InvalidSettings(
                "The configuration that was copied has “{told}” for {parameter}.",
                _COPY_AGAIN,
                told=shown(told),
                parameter=key.label,
            )
    return value


def _can_be_meant(key: Key, told: JSON) -> bool:
    match key.kind:
        case "SWITCH":
            return isinstance(told, bool)
        case "NUMBER":
            return _is_number(told)
        case "INTEGER":
            return _is_number(told) and told == math.trunc(told)
        case "CHOICE":
            return (isinstance(told, str) and is_name(told)) or (type(told) is int and told >= 0)
        case "LIST":
            return isinstance(told, list) and all(map(_is_entry, told))
        case _:
            return isinstance(told, str) and (key.name not in _FILES or not told or _is_file(told))


def _is_entry(told: JSON) -> bool:
    """A LoRA or a control."""
    if not isinstance(told, dict) or not _is_file(told.get("file")):
        return False
    numbers = ("weight", "guidanceStart", "guidanceEnd", "downSamplingRate")
    return all(_is_number(value) for name in numbers if (value := told.get(name)) is not None)


def _is_number(told: JSON) -> TypeGuard[int | float]:
    # Neither a switch, nor endless, as 1e999 is read.
    return isinstance(told, (int, float)) and not isinstance(told, bool) and abs(told) <= _LARGEST


def _is_file(told: JSON) -> bool:
    try:
        return bool(check_file(told, "model").isprintable())
    except InvalidSettings:
        return False


def tells_seed(script: Mapping[str, JSON]) -> bool:
    """Whether the configuration has a seed of its own; -1 is a random one."""
    return ROWS_BY_KEY["seed"] in read_configuration({"seed": script.get("seed")}).values
