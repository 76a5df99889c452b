# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A generation request as A1111 takes it: complete, and checked.

A1111 fills in what a request leaves out with defaults that differ from its own page (50 steps, 512 × 512,
an inpainting area of its own), so every number and switch that a request can hold is sent. Left out are
names that the request leaves open: of samplers, schedulers and upscalers each server has its own, and some
refuse those of others. So are fields whose null it refuses or takes for "as set in the server" (WebUI
1.10.1). Fields of Draw Things alone are passed over; `compatibility` tells of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from ...errors import InvalidSettings, PictureInvalid
from ...imaging import png
from ...messages import Message
from .. import checks
from ..catalogue import Choice
from ..http.untrusted_json import Base64
from ..parameters import A1111, ParameterRow
from ..request import (
    ROWS,
    ROWS_BY_PATH,
    Control,
    ControlImportance,
    ControlResize,
    GenerationRequest,
    Lora,
    Operation,
    Script,
)
from ..sections import InpaintArea, InpaintFill
from .files import find_file, without_suffix

#: The server floors sizes to this without a word, also below what was asked for.
SIZE_STEP = 8
SMALLEST, LARGEST = 64, 8192
LARGEST_CLIP_SKIP = 12
AUTOMATIC = "Automatic"
#: The title of the ControlNet extension's script, and the options that have a field of their own.
CONTROLNET = "controlnet"
#: Where options of the server stand in a request; a row whose key begins with it is one of them.
_OPTIONS = "override_settings."
_ROWS: Mapping[str, ParameterRow] = {key: row for row in ROWS if (key := row.key(A1111)) is not None}
#: Options that have a row, by the server's names.
OPTION_ROWS: Mapping[str, ParameterRow] = {
    key.removeprefix(_OPTIONS): row for key, row in _ROWS.items() if key.startswith(_OPTIONS)
}
#: Keys that need more than their row.
_SPECIAL = frozenset(
    {"seed", "width", "height", "denoising_strength", "refiner_checkpoint", "refiner_switch_at"}
)
#: Where the server takes less than the row.
_MOST: Mapping[str, float] = {f"{_OPTIONS}CLIP_stop_at_last_layers": LARGEST_CLIP_SKIP}

#: In the order of the server's numbers; COLOR it does not know: that lies under the mask already.
_FILLS = get_args(InpaintFill)
_CONTROL_MODES: Mapping[str, str] = {
    "BALANCED": "Balanced",
    "PROMPT": "My prompt is more important",
    "CONTROL": "ControlNet is more important",
}
_CONTROL_RESIZES: Mapping[str, str] = {
    "STRETCH": "Just Resize",
    "CROP": "Crop and Resize",
    "FILL": "Resize and Fill",
}


def build(request: GenerationRequest) -> dict[str, Any]:
    """The JSON object to send for `request`. Raises InvalidSettings for what the server would refuse, fail
    at, or silently do otherwise, as far as it can be known without asking it."""
    operation = checks.one_of(request.operation, get_args(Operation), "The operation")
    steps = _value("steps", request)
    if _value("sampler_name", request) == "UniPC" and steps < 3:
        raise InvalidSettings(
            "The sampler UniPC cannot work with {steps} steps.", "Set Steps to 3 or more.", steps=steps
        )
    payload: dict[str, Any] = {
        key: _value(key, request)
        for key, row in _ROWS.items()
        if key not in _SPECIAL and not key.startswith(_OPTIONS) and not row.is_omitted(row.of(request))
    }
    payload |= {
        "prompt": _prompt(request),
        "styles": [checks.text(style, "A style's name") for style in request.conditioning.styles],
        "seed": checks.whole(request.sampling.seed, 0, 2**32 - 1, "The seed"),
        "subseed": -1,
        "subseed_strength": 0,
        "seed_resize_from_h": -1,
        "seed_resize_from_w": -1,
        "batch_size": 1,
        "n_iter": 1,
        "width": _side(request.images.width, "Width"),
        "height": _side(request.images.height, "Height"),
        "override_settings": _override_settings(request),
        "override_settings_restore_afterwards": True,
        "disable_extra_networks": False,
        "send_images": True,
        "save_images": False,
        "alwayson_scripts": {},
    }
    if request.models.refiner_model.strip():
        payload["refiner_checkpoint"] = _value("refiner_checkpoint", request).strip()
        payload["refiner_switch_at"] = _value("refiner_switch_at", request)
    if request.script is not None:
        payload |= _script(request.script)
    if request.map_controls:
        units = [_control_unit(unit, operation) for unit in request.map_controls]
        payload["alwayson_scripts"] = {CONTROLNET: {"args": units}}
    payload |= _txt2img(request) if operation == "txt2img" else _img2img(request)
    return payload


def _value(key: str, request: GenerationRequest) -> Any:
    """The value of a row, checked by what the row says of it."""
    row = _ROWS[key]
    return _checked(row, request, row.parameter.label, most=_MOST.get(key))


def _checked(row: ParameterRow, request: GenerationRequest, what: str, most: float | None = None) -> Any:
    """The same of any row; `what` it is called in a refusal."""
    value = row.of(request)
    if row.kind is bool:
        return checks.switch(value, what)
    if row.is_text:
        text = checks.text(value, what)
        return text.strip() if row.parameter.stripped else text
    if row.kind is str:
        return checks.one_of(value, row.words, what)
    least, greatest = row.range
    if most is None:
        most = greatest
    if row.kind is int:
        return checks.whole(value, least, most, what)
    return checks.within(value, least, most, what)


def listed_loras(loras: Sequence[Lora], paths: Sequence[Choice]) -> list[dict[str, Any]]:
    """LoRAs as servers take them that read no tags in the prompt: by their paths, which the server lists with
    their names. Raises InvalidSettings."""
    listed = []
    for lora in loras:
        name, weight = _checked_lora(lora, with_suffix=True)
        found = find_file(name, tuple(paths))
        listed.append({"path": found.value if found else name, "multiplier": weight})
    return listed


def _txt2img(request: GenerationRequest) -> dict[str, Any]:
    if request.images.init_image or request.mask.image:
        raise checks.takes_no_picture()
    return _hires(request) if request.upscaling.hires_fix.enlarges else {"enable_hr": False}


def _hires(request: GenerationRequest) -> dict[str, Any]:
    def value(name: str, what: str) -> Any:
        return _checked(ROWS_BY_PATH[f"upscaling.hires_fix.{name}"], request, what)

    upscaler = value("upscaler", "The upscaler of the hires fix")
    return ({"hr_upscaler": upscaler} if upscaler else {}) | {
        "enable_hr": True,
        "hr_scale": value("scale", "The scale of the hires fix"),
        "hr_second_pass_steps": value("steps", "The steps of the hires fix"),
        "hr_resize_x": 0,
        "hr_resize_y": 0,
        # Without it the server fails.
        "denoising_strength": value("strength", "The strength of the hires fix"),
    }


def _img2img(request: GenerationRequest) -> dict[str, Any]:
    values: dict[str, Any] = {
        "init_images": [checks.init_image(request)],
        "denoising_strength": _value("denoising_strength", request),
        "resize_mode": 0,
        "include_init_images": False,
    }
    if request.mask.image:
        area = checks.one_of(request.mask.area, get_args(InpaintArea), "The inpaint area")
        fill = checks.one_of(request.mask.fill, _FILLS, "The inpaint fill")
        values |= {
            "mask": _mask(request),
            "mask_blur": _checked(ROWS_BY_PATH["mask.blur"], request, "Mask Blur"),
            "inpainting_fill": _FILLS.index("ORIGINAL" if fill == "COLOR" else fill),
            "inpaint_full_res": area == "MASKED",
            "inpaint_full_res_padding": _checked(ROWS_BY_PATH["mask.padding"], request, "Inpaint Padding"),
            "inpainting_mask_invert": 0,
        }
    return values


def _mask(request: GenerationRequest) -> Base64:
    try:
        header = png.header(request.mask.image)
    except PictureInvalid as error:
        raise InvalidSettings(
            "The mask is not a PNG. {reason}", "Paint another mask.", reason=error.what
        ) from error
    size = header.width, header.height
    if size != (request.images.width, request.images.height):
        raise InvalidSettings(
            "The mask is {width} × {height} pixels, but its picture is {wanted_width} × {wanted_height}.",
            "Make both the same size.",
            width=size[0],
            height=size[1],
            wanted_width=request.images.width,
            wanted_height=request.images.height,
        )
    if header.colour_type in (png.GREY_ALPHA, png.RGBA):
        # The server would take alpha for the mask, and white and black for nothing.
        raise InvalidSettings("The mask has an alpha channel.", "Use one that is white and black alone.")
    return Base64(request.mask.image)


def _prompt(request: GenerationRequest) -> str:
    prompt = checks.text(request.conditioning.prompt, "The prompt")
    return " ".join(filter(None, [prompt, *map(_lora, request.conditioning.loras)]))


def _lora(lora: Lora) -> str:
    name, weight = _checked_lora(lora)
    return f"<lora:{name}:{weight:.6g}>"


def _checked_lora(lora: Lora, *, with_suffix: bool = False) -> tuple[str, float]:
    name = checks.text(lora.file, "The name of a LoRA").strip()
    name = name if with_suffix else without_suffix(name)
    weight = checks.finite(lora.weight, Message("The weight of the LoRA {name}", name=checks.shown(name)))
    if not name or re.search(r"[<>:\r\n]", name):
        raise InvalidSettings(
            "“{name}” is not the name of a LoRA.",
            "Choose one of the server's, or remove it.",
            name=checks.shown(name),
        )
    return name, weight


def _override_settings(request: GenerationRequest) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, row in OPTION_ROWS.items():
        value = _value(_OPTIONS + name, request)
        if not row.is_omitted(value):
            values[name] = value.strip() if row.kind is str else value
    seen: set[str] = set()
    for name, value in request.options_of(A1111):
        name = checks.text(name, "The name of a server setting").strip()
        if not name:
            raise InvalidSettings("A server setting has no name.", "Enter one, or remove it.")
        if name in OPTION_ROWS:
            raise InvalidSettings(
                "“{name}” is among the server settings, but it has a field of its own.",
                checks.SET_THERE,
                name=name,
                parameter=OPTION_ROWS[name].parameter.label,
            )
        if name in seen:
            raise checks.set_twice(name)
        seen.add(name)
        values[name] = _json(value, Message("The server setting {name}", name=checks.shown(name)))
    return values


def _script(script: Script) -> dict[str, Any]:
    name = checks.text(script.name, "The script's name").strip()
    if not name:
        raise InvalidSettings("The script has no name.", "Choose one, or none.")
    argument = Message("An argument of {name}", name=checks.shown(name))
    return {
        "script_name": name,
        "script_args": [
            [_json(each, argument) for each in value] if isinstance(value, tuple) else _json(value, argument)
            for value in script.args
        ],
    }


def _control_unit(unit: Control, operation: str) -> dict[str, Any]:
    model = checks.text(unit.model, "The model of a control").strip()
    name = Message("the control {model}", model=checks.shown(model))
    if not model:
        raise InvalidSettings("A control has no model.", "Choose one, or remove the control.")
    start, end = checks.part_of_steps(unit.guidance_start, unit.guidance_end, name)
    if not unit.image and operation == "txt2img":
        raise InvalidSettings(
            "There is no picture for {name}.", "Render one, or remove the control.", name=name
        )
    mode = checks.one_of(
        unit.importance, get_args(ControlImportance), Message("The mode of {name}", name=name)
    )
    resize = checks.one_of(
        unit.resize_mode, get_args(ControlResize), Message("The resize mode of {name}", name=name)
    )
    values: dict[str, Any] = {
        "enabled": True,
        "model": model,
        "weight": checks.within(unit.weight, 0, 2, Message(checks.WEIGHT_OF, name=name)),
        "guidance_start": start,
        "guidance_end": end,
        "control_mode": _CONTROL_MODES[mode],
        "resize_mode": _CONTROL_RESIZES[resize],
        "pixel_perfect": checks.switch(unit.pixel_perfect, Message("Pixel Perfect of {name}", name=name)),
        "hr_option": "Both",
        # Otherwise its map comes back among the pictures.
        "save_detected_map": False,
        "low_vram": False,
    }
    module = checks.text(unit.preprocessor, Message("The preprocessor of {name}", name=name)).strip()
    if module:
        values["module"] = module
    if unit.image:
        values["image"] = checks.picture(unit.image, Message("The picture for {name}", name=name))
    return values


def _side(value: object, what: str) -> int:
    side = checks.whole(value, SMALLEST, LARGEST, what)
    if side % SIZE_STEP:
        raise InvalidSettings(
            "{what} is {side}, but the server makes only multiples of {step}.",
            checks.NEAREST,
            what=what,
            side=side,
            step=SIZE_STEP,
            nearest=round(side / SIZE_STEP) * SIZE_STEP,
        )
    return side


def _json(value: object, what: str) -> str | int | float | bool | None:
    if isinstance(value, str):
        return checks.text(value, what)
    if isinstance(value, float):
        return checks.finite(value, what)
    if value is None or isinstance(value, (bool, int)):
        return value
    raise InvalidSettings("{what} is neither a number nor a text.", "Set it anew.", what=what)
