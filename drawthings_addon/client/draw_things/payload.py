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
from ...messages import Message
from .. import bounds, checks
from ..bounds import is_name
from ..names import same
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
_OMITTED_EMPTY = tuple(key for key, row in ROWS_BY_KEY.items() if row.parameter.omitted_empty)


def build(request: GenerationRequest) -> dict[str, Any]:
    """The JSON object to send for `request`.

    Every key is one of the table, in its first spelling, of its type and within its range. Raises
    InvalidSettings for anything that the server would refuse or misread.
    """
    request = request.filled(DRAW_THINGS)
    if request.operation not in get_args(Operation):
        raise InvalidSettings(
            "“{operation}” is not an operation.",
            "Use txt2img or img2img.",
            operation=checks.shown(request.operation),
        )
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
    for key in _OMITTED_EMPTY:
        if not str(payload[key]).strip():
            del payload[key]
    if request.operation == "txt2img":
        # What the server makes of it in any case.
        payload["strength"] = 1.0
        if request.images.init_image:
            raise checks.takes_no_picture()
    else:
        payload["init_images"] = [checks.init_image(request)]
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
        raise InvalidSettings("A {what} has no file name.", "Enter one, or remove the {what}.", what=what)
    # "." and ".." are folders that exist: the app takes them for downloaded files and fails later.
    is_part_of_a_path = "/" in file or "\\" in file or file in (".", "..")
    if len(file) > bounds.MAX_NAME or is_part_of_a_path or checks.SURROGATE.search(file) or "\0" in file:
        raise InvalidSettings(
            "“{file}” is not the file name of a {what}.",
            "Enter the name as in the app's models folder, without a folder.",
            file=checks.shown(file),
            what=what,
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
                "“{name}” cannot be sent: {reason}.",
                "Set it in the app, and remove it here.",
                name=name,
                reason=UNSENDABLE_REASON,
            )
        return key
    if name in ALIASES:
        raise InvalidSettings(
            "“{name}” is another name of “{parameter}”.",
            "Use “{parameter}”.",
            name=name,
            parameter=ALIASES[name],
        )
    spelled = re.sub(r"[\s-]+", "_", name.strip().lower())
    near = ALIASES.get(spelled, spelled)
    if near not in KEYS:
        near = next(iter(difflib.get_close_matches(spelled[:80], KEYS, 1)), "")
    raise InvalidSettings(
        "Draw Things has no setting “{name}”.",
        "Use “{near}”." if near else "Remove it.",
        name=checks.shown(name),
        near=near,
    )


def _check_text(key: Key, value: object) -> str | None:
    if value is None and key.nullable:
        return None
    if not isinstance(value, str):
        raise _wrong(key, value, "is a text")
    checks.text(value, key.label)
    if key.name == "upscaler" and value.strip():
        check_file(value, "upscaler")
    # Never an empty upscaler: the app takes the models folder itself for its file.
    return None if key.nullable and not value.strip() else value


def _check_choice(key: Key, value: object) -> str:
    if isinstance(value, str) and value in key.choices:
        return value
    if not isinstance(value, str) or not is_name(value) or checks.SURROGATE.search(value):
        raise _wrong(key, value, "is one of a list")
    for choice in key.choices:
        if same(choice, value.strip()):
            raise InvalidSettings(
                "Draw Things spells it “{choice}”, not “{value}”.",
                "Choose “{choice}”.",
                choice=choice,
                value=checks.shown(value),
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
            "{parameter} is {value}, but Draw Things takes {minimum} to {maximum}.",
            "Set {parameter} within these.",
            parameter=key.label,
            value=checks.shown(value),
            minimum=f"{key.minimum:.15g}",
            maximum=f"{key.maximum:.15g}",
        )
    return value if key.kind == "INTEGER" else float(value)


def _check_size_and_seed(payload: dict[str, Any]) -> None:
    for name in ("width", "height"):
        if payload[name] % SIZE_STEP:
            raise InvalidSettings(
                "{parameter} is {size}, but Draw Things makes only multiples of {step}.",
                checks.NEAREST,
                parameter=KEYS[name].label,
                size=payload[name],
                step=SIZE_STEP,
                nearest=round(payload[name] / SIZE_STEP) * SIZE_STEP,
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
                "“{name}” is among the advanced settings, but it has a field of its own.",
                checks.SET_THERE,
                name=name,
                parameter=key.label,
            )
        if name in values:
            raise checks.set_twice(name)
        values[name] = check(name, value)
    return values


def _lora(lora: Lora) -> dict[str, Any]:
    return {
        "file": check_file(lora.file, "LoRA"),
        "weight": checks.finite(lora.weight, Message("The weight of the LoRA {file}", file=lora.file)),
        "mode": checks.one_of(lora.mode, _LORA_MODES, Message("The mode of the LoRA {file}", file=lora.file)),
    }


def _control(control: Control) -> dict[str, Any]:
    file = check_file(control.model, "control")
    name = Message("the control {file}", file=file)
    start, end = checks.part_of_steps(control.guidance_start, control.guidance_end, name)
    for value in (control.no_prompt, control.global_average_pooling):
        if not isinstance(value, bool):
            raise InvalidSettings("A switch of {name} is neither on nor off.", "Set it anew.", name=name)
    blocks = control.target_blocks
    if isinstance(blocks, str) or not all(
        isinstance(b, str) and not checks.SURROGATE.search(b) for b in blocks
    ):
        raise InvalidSettings(
            "The target blocks of {name} are not a list of names.", "Set them anew.", name=name
        )
    return {
        "file": file,
        "weight": checks.finite(control.weight, Message(checks.WEIGHT_OF, name=name)),
        "guidanceStart": start,
        "guidanceEnd": end,
        "noPrompt": control.no_prompt,
        "globalAveragePooling": control.global_average_pooling,
        "downSamplingRate": checks.finite(
            control.down_sampling_rate, Message("The down-sampling rate of {name}", name=name)
        ),
        "controlImportance": checks.one_of(
            control.importance, get_args(ControlImportance), Message("The importance of {name}", name=name)
        ).lower(),
        "inputOverride": checks.one_of(
            control.preprocessor, INPUT_OVERRIDES, Message("The input of {name}", name=name)
        ),
        "targetBlocks": list(blocks),
    }


def _wrong(key: Key, value: object, what: str) -> InvalidSettings:
    return InvalidSettings(
        "{parameter} {what}, not “{value}”.",
        "Set {parameter} anew.",
        parameter=key.label,
        what=what,
        value=checks.shown(value),
    )
