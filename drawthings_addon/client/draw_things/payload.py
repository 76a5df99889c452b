# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request as Draw Things takes it: made from the key table, complete, and checked.

The app fills in whatever a request leaves out from its own window, so every key is sent; what the
artist did not set has a fresh app's value. Left out are only `model` when it is empty (as set in the
app), `tea_cache_end` unless it is set (the app's own value is one that its server refuses), and the
four keys that no request can hold.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import Any, get_args

from ...errors import InvalidSettings
from .. import bounds
from ..bounds import MAX_PROMPT, is_name
from ..checks import (
    SURROGATE,
    finite,
    init_image,
    one_of,
    shown,
    within,
)
from ..parameters import DRAW_THINGS
from ..request import (
    Control,
    ControlImportance,
    GenerationRequest,
    JsonScalar,
    Lora,
    Operation,
)
from .keys import ALIASES, KEYS, ROWS_BY_KEY, UNSENDABLE_REASON, Key

#: The server rounds sizes down to this, and img2img may crash the app with any other.
SIZE_STEP = 64
#: Parameters that have a field of their own in GenerationRequest, or that only this module sets.
FIELDS = ROWS_BY_KEY.keys() | {"loras", "controls", "init_images"}
#: Of these those that were among the advanced settings until they got a field; there they still count.
FORMERLY_ADVANCED = frozenset(key for key, row in ROWS_BY_KEY.items() if row.parameter.formerly_option)
#: What a control's file can be a control for, in the server's spelling; empty: what the app knows
#: of it.
INPUT_OVERRIDES = (
    "",
    "custom",
    "depth",
    "canny",
    "scribble",
    "pose",
    "normal bae",
    "color",
    "lineart",
    "softedge",
    "segmentation",
    "inpaint",
    "instruct pix2pix",
    "shuffle",
    "mlsd",
    "tile",
    "blur",
    "low quality",
    "gray",
)
_LORA_MODES = ("all", "base", "refiner")


def build(request: GenerationRequest) -> dict[str, Any]:
    """The JSON object to send for `request`.

    Every key is one of the table, in its first spelling, of its type and within its range. Raises
    InvalidSettings for anything that the server would refuse or misread.
    """
    if request.operation not in get_args(Operation):
        raise InvalidSettings(f"“{shown(request.operation)}” is not an operation.", "Use txt2img or img2img.")
    values: dict[str, JsonScalar] = {
        name: key.default
        for name, key in KEYS.items()
        if key.sendable and key.kind != "LIST" and (key.default is not None or key.nullable)
    }
    values |= {key: row.of(request) for key, row in ROWS_BY_KEY.items()}
    payload: dict[str, Any] = {name: check(name, value) for name, value in values.items()}
    _check_size_and_seed(payload)
    payload |= sizes_that_follow(request.images.width, request.images.height)
    payload |= _advanced(request)
    payload["loras"] = [_lora(lora) for lora in request.conditioning.loras]
    payload["controls"] = [_control(control) for control in request.derived_controls]
    if not payload["model"].strip():
        del payload["model"]
    if request.operation == "txt2img":
        # What the server makes of it in any case.
        payload["strength"] = 1.0
        if request.images.init_image:
            raise InvalidSettings("A picture was given to txt2img, which takes none.", "Use img2img for it.")
    else:
        payload["init_images"] = [init_image(request)]
    return payload


def folded(request: GenerationRequest) -> GenerationRequest:
    """The request with the advanced settings that have a field by now in that field, as older .blend files
    and recipes do not."""
    former = {name: value for name, value in request.options_of(DRAW_THINGS) if name in FORMERLY_ADVANCED}
    if not former:
        return request
    others = tuple((name, value) for name, value in request.options_of(DRAW_THINGS) if name not in former)
    values = {ROWS_BY_KEY[name]: value for name, value in former.items()}
    return request.with_options(DRAW_THINGS, others).with_rows(values)


def check(name: str, value: object) -> JsonScalar:
    """`value` as it is sent for the parameter `name`: typed, within its range, one spelling.

    An empty text is null where null switches off. Raises InvalidSettings.
    """
    key = _key(name)
    if key.kind == "TEXT":
        return _check_text(key, value)
    if key.kind == "SWITCH":
        if not isinstance(value, bool):
            raise _wrong(key, value, "is either on or off")
        return value
    if key.kind == "CHOICE":
        return _check_choice(key, value)
    return _check_number(key, value)


def check_file(file: object, what: str) -> str:
    """A file name in the app's models folder. Raises InvalidSettings."""
    if not isinstance(file, str) or not file.strip():
        raise InvalidSettings(f"A {what} has no file name.", f"Enter one, or remove the {what}.")
    # "." and ".." are folders that exist: the app takes them for downloaded files and fails later.
    is_part_of_a_path = "/" in file or "\\" in file or file in (".", "..")
    if len(file) > bounds.MAX_NAME or is_part_of_a_path or SURROGATE.search(file) or "\0" in file:
        raise InvalidSettings(
            f"“{shown(file)}” is not the file name of a {what}.",
            "Enter the name as in the app's models folder, without a folder.",
        )
    return file


def sizes_that_follow(width: int, height: int) -> dict[str, JsonScalar]:
    """The sizes that SDXL models are told, which are those of the picture within the server's bounds."""
    return {
        f"{name}_{side}": min(max(pixels, 128), 2048)
        for name in ("original", "target")
        for side, pixels in (("width", width), ("height", height))
    }


def _key(name: object) -> Key:
    if not isinstance(name, str):
        raise InvalidSettings("The name of an advanced setting is not text.", "Remove that setting.")
    key = KEYS.get(name)
    if key is not None:
        if not key.sendable:
            raise InvalidSettings(
                f"“{name}” cannot be sent: {UNSENDABLE_REASON}.",
                "Set it in the app, and remove it here.",
            )
        return key
    if name in ALIASES:
        raise InvalidSettings(f"“{name}” is another name of “{ALIASES[name]}”.", f"Use “{ALIASES[name]}”.")
    spelled = re.sub(r"[\s-]+", "_", name.strip().lower())
    near = ALIASES.get(spelled, spelled)
    if near not in KEYS:
        near = next(iter(difflib.get_close_matches(spelled[:80], KEYS, 1)), "")
    raise InvalidSettings(
        f"Draw Things has no setting “{shown(name)}”.", f"Use “{near}”." if near else "Remove it."
    )


def _check_text(key: Key, value: object) -> str | None:
    if value is None and key.nullable:
        return None
    if not isinstance(value, str):
        raise _wrong(key, value, "is a text")
    if len(value) > MAX_PROMPT:
        raise InvalidSettings(f"{key.label} has {len(value)} characters.", f"Take no more than {MAX_PROMPT}.")
    if SURROGATE.search(value):
        raise InvalidSettings(f"{key.label} holds a character that is not one.", "Write the text anew.")
    if key.name == "upscaler" and value.strip():
        check_file(value, "upscaler")
    # Never an empty upscaler: the app takes the models folder itself for its file.
    return None if key.nullable and not value.strip() else value


def _check_choice(key: Key, value: object) -> str:
    if not isinstance(value, str) or not is_name(value) or SURROGATE.search(value):
        raise _wrong(key, value, "is one of a list")
    for choice in key.choices:
        if choice.casefold() == value.strip().casefold() and choice != value:
            raise InvalidSettings(
                f"Draw Things spells it “{choice}”, not “{shown(value)}”.", f"Choose “{choice}”."
            )
    # The list grows with the app: what is not on it is for the connected app to judge.
    return value


def _check_number(key: Key, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(key, value, "is a number")
    if key.kind == "INTEGER" and not isinstance(value, int):
        raise _wrong(key, value, "is a whole number")
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(key, value, "is a finite number")
    if key.minimum is None or key.maximum is None or not key.minimum <= value <= key.maximum:
        raise InvalidSettings(
            f"{key.label} is {shown(value)}, but Draw Things takes {key.minimum:.15g} to {key.maximum:.15g}.",
            f"Set {key.label} within these.",
        )
    return value if key.kind == "INTEGER" else float(value)


def _check_size_and_seed(payload: dict[str, Any]) -> None:
    for name in ("width", "height"):
        if payload[name] % SIZE_STEP:
            raise InvalidSettings(
                f"{KEYS[name].label} is {payload[name]}, but Draw Things makes only multiples of "
                f"{SIZE_STEP}.",
                f"Set it to {round(payload[name] / SIZE_STEP) * SIZE_STEP}.",
            )
    if payload["seed"] < 0:
        raise InvalidSettings(
            "The seed is below zero, which leaves it to the app, and the app does not tell its own.",
            "Enter a seed from 0 to 4294967295.",
        )


def _advanced(request: GenerationRequest) -> dict[str, JsonScalar]:
    values: dict[str, JsonScalar] = {}
    for name, value in request.options_of(DRAW_THINGS):
        key = _key(name)
        if name in FIELDS - FORMERLY_ADVANCED:
            raise InvalidSettings(
                f"“{name}” is among the advanced settings, but it has a field of its own.",
                f"Set {key.label} there, and remove it here.",
            )
        if name in values:
            raise InvalidSettings(f"“{name}” is set twice.", "Remove one of the two.")
        values[name] = check(name, value)
    return values


def _lora(lora: Lora) -> dict[str, Any]:
    return {
        "file": check_file(lora.file, "LoRA"),
        "weight": finite(lora.weight, f"The weight of the LoRA {lora.file}"),
        "mode": one_of(lora.mode, _LORA_MODES, f"The mode of the LoRA {lora.file}"),
    }


def _control(control: Control) -> dict[str, Any]:
    file = check_file(control.model, "control")
    name = f"the control {file}"
    start = within(control.guidance_start, 0, 1, f"The start of {name}")
    end = within(control.guidance_end, 0, 1, f"The end of {name}")
    if start > end:
        raise InvalidSettings(f"The start of {name} is after its end.", "Swap the two.")
    for value in (control.no_prompt, control.global_average_pooling):
        if not isinstance(value, bool):
            raise InvalidSettings(f"A switch of {name} is neither on nor off.", "Set it anew.")
    blocks = control.target_blocks
    if isinstance(blocks, str) or not all(isinstance(b, str) and not SURROGATE.search(b) for b in blocks):
        raise InvalidSettings(f"The target blocks of {name} are not a list of names.", "Set them anew.")
    return {
        "file": file,
        "weight": finite(control.weight, f"The weight of {name}"),
        "guidanceStart": start,
        "guidanceEnd": end,
        "noPrompt": control.no_prompt,
        "globalAveragePooling": control.global_average_pooling,
        "downSamplingRate": finite(control.down_sampling_rate, f"The down-sampling rate of {name}"),
        "controlImportance": one_of(
            control.importance, get_args(ControlImportance), f"The importance of {name}"
        ).lower(),
        "inputOverride": one_of(control.preprocessor, INPUT_OVERRIDES, f"The input of {name}"),
        "targetBlocks": list(blocks),
    }


def _wrong(key: Key, value: object, what: str) -> InvalidSettings:
    return InvalidSettings(f"{key.label} {what}, not “{shown(value)}”.", f"Set {key.label} anew.")
