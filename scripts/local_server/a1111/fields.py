# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request models of the web UI's API, and the coercion of pydantic 1 that reads them.

Unknown fields are ignored, `"2"` and 2.7 are accepted for a whole number, null where the model says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .errors import Invalid, Problem

Kind = Literal["str", "int", "float", "bool", "list", "strings", "dict", "files"]

MISSING: Any = object()


@dataclass(frozen=True)
class Field:
    """One field of a request."""

    name: str
    kind: Kind
    default: Any = MISSING
    """`MISSING`: the field is required."""
    allows_null: bool = True
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    """The value must be greater than this."""
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Model:
    """One request body."""

    name: str
    fields: tuple[Field, ...]

    def read(self, body: bytes, content_type: str, *, is_newer: bool = False) -> dict[str, Any]:
        """All fields with their values, defaults filled in. Raises Invalid."""
        sent = _object(body, content_type)
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for field in self.fields:
            place = ("body", field.name)
            if field.name not in sent:
                if field.default is MISSING:
                    problems.append(Problem(place, "field required", "value_error.missing"))
                else:
                    values[field.name] = _fresh(field.default)
                continue
            try:
                values[field.name] = _value(field, sent[field.name], place, is_newer)
            except _Misfit as misfit:
                problems += misfit.problems
        if problems:
            raise Invalid(problems)
        return values

    def sent(self, body: bytes) -> frozenset[str]:
        """The names of the fields that a body, which was read before, holds."""
        return frozenset(json.loads(body)) & {field.name for field in self.fields}


def free_object(body: bytes, content_type: str) -> dict[str, Any]:
    """The body of the routes that take any object. Raises Invalid."""
    return _object(body, content_type)


class _Misfit(Exception):
    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


def _object(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        raise Invalid([Problem(("body",), "field required", "value_error.missing")])
    kind = content_type.partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    value: Any = body.decode("utf-8", "replace")
    if is_json:
        try:
            value = json.loads(body)
        except json.JSONDecodeError as error:
            place = ("body", error.pos)
            text = f"{error.msg}: line {error.lineno} column {error.colno} (char {error.pos})"
            context = {"msg": error.msg, "doc": "", "pos": error.pos}
            raise Invalid([Problem(place, text, "value_error.jsondecode", {}, context)]) from None
        except (ValueError, RecursionError):
            text = "There was an error parsing the body"
            raise Invalid([Problem(("body",), text, "value_error")]) from None
    if not isinstance(value, dict):
        raise Invalid([Problem(("body",), "value is not a valid dict", "type_error.dict", str(value)[:200])])
    return value


def _fresh(default: Any) -> Any:
    return default.copy() if isinstance(default, (list, dict)) else default


def _value(field: Field, value: Any, place: tuple[str | int, ...], is_newer: bool) -> Any:
    if value is None:
        if field.allows_null:
            return None
        none = "none is not an allowed value"
        raise _Misfit(Problem(place, none, "type_error.none.not_allowed"))
    if is_newer and field.kind == "int" and isinstance(value, float) and not value.is_integer():
        raise _Misfit(Problem(place, "value is not a valid integer", "type_error.integer", value))
    if is_newer and field.kind == "str" and not isinstance(value, str):
        raise _Misfit(Problem(place, "str type expected", "type_error.str", value))
    result = _READERS[field.kind](value, place)
    _check_range(field, result, place)
    return result


def _check_range(field: Field, value: Any, place: tuple[str | int, ...]) -> None:
    if field.choices and value not in field.choices:
        listed = ", ".join(str(choice) for choice in field.choices)
        text = f"unexpected value; permitted: {listed}"
        context: dict[str, Any] = {"given": value, "permitted": [*field.choices]}
        raise _Misfit(Problem(place, text, "value_error.const", value, context))
    if field.kind not in ("int", "float"):
        return
    start = "ensure this value is"
    for bound, words, kind, is_wrong in (
        (field.minimum, "greater than or equal to", "not_ge", value < _or(field.minimum, value)),
        (field.maximum, "less than or equal to", "not_le", value > _or(field.maximum, value)),
        (field.above, "greater than", "not_gt", value <= _or(field.above, -math.inf)),
    ):
        if is_wrong:
            text = f"{start} {words} {bound}"
            raise _Misfit(Problem(place, text, f"value_error.number.{kind}", value, {"limit_value": bound}))


def _or(bound: float | None, otherwise: float) -> float:
    return otherwise if bound is None else bound


def _int(value: Any, place: tuple[str | int, ...]) -> int:
    try:
        if isinstance(value, (int, float, str)):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise _Misfit(Problem(place, "value is not a valid integer", "type_error.integer", value))


def _float(value: Any, place: tuple[str | int, ...]) -> float:
    try:
        if isinstance(value, (int, float, str)):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise _Misfit(Problem(place, "value is not a valid float", "type_error.float", value))


def _bool(value: Any, place: tuple[str | int, ...]) -> bool:
    if isinstance(value, str):
        word = value.lower()
        if word in ("1", "on", "t", "true", "y", "yes"):
            return True
        if word in ("0", "off", "f", "false", "n", "no"):
            return False
    elif isinstance(value, (bool, int, float)) and value in (0, 1):
        return bool(value)
    text = "value could not be parsed to a boolean"
    raise _Misfit(Problem(place, text, "type_error.bool", value))


def _str(value: Any, place: tuple[str | int, ...]) -> str:
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _Misfit(Problem(place, "str type expected", "type_error.str", value))


def _list(value: Any, place: tuple[str | int, ...]) -> list[Any]:
    if isinstance(value, list):
        return value
    raise _Misfit(Problem(place, "value is not a valid list", "type_error.list", value))


def _strings(value: Any, place: tuple[str | int, ...]) -> list[str]:
    return [_str(item, (*place, number)) for number, item in enumerate(_list(value, place))]


def _dict(value: Any, place: tuple[str | int, ...]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise _Misfit(Problem(place, "value is not a valid dict", "type_error.dict", value))


def _files(value: Any, place: tuple[str | int, ...]) -> list[dict[str, str]]:
    """`[{"data": base64, "name": file name}, …]`, both required."""
    found, problems = [], []
    for number, item in enumerate(_list(value, place)):
        at = (*place, number)
        if not isinstance(item, dict):
            problems.append(Problem(at, "value is not a valid dict", "type_error.dict", item))
            continue
        for name in ("data", "name"):
            if name not in item:
                problems.append(Problem((*at, name), "field required", "value_error.missing"))
            elif not isinstance(item[name], str):
                problems.append(Problem((*at, name), "str type expected", "type_error.str", item[name]))
        found.append(item)
    if problems:
        raise _Misfit(*problems)
    return found


_READERS: Mapping[Kind, Callable[[Any, tuple[str | int, ...]], Any]] = {
    "str": _str, "int": _int, "float": _float, "bool": _bool, "list": _list,
    "strings": _strings, "dict": _dict, "files": _files,
}  # fmt: skip


# The models of 1.10.1, with their defaults.

_COMMON = (
    Field("prompt", "str", ""),
    Field("negative_prompt", "str", ""),
    Field("styles", "strings", None),
    Field("seed", "int", -1),
    Field("subseed", "int", -1),
    Field("subseed_strength", "float", 0),
    Field("seed_resize_from_h", "int", -1),
    Field("seed_resize_from_w", "int", -1),
    Field("sampler_name", "str", None),
    Field("scheduler", "str", None),
    Field("batch_size", "int", 1),
    Field("n_iter", "int", 1),
    Field("steps", "int", 50),
    Field("cfg_scale", "float", 7.0),
    Field("width", "int", 512),
    Field("height", "int", 512),
    Field("restore_faces", "bool", None),
    Field("tiling", "bool", None),
    Field("do_not_save_samples", "bool", False),
    Field("do_not_save_grid", "bool", False),
    Field("eta", "float", None),
    Field("s_min_uncond", "float", None),
    Field("s_churn", "float", None),
    Field("s_tmax", "float", None),
    Field("s_tmin", "float", None),
    Field("s_noise", "float", None),
    Field("override_settings", "dict", None),
    Field("override_settings_restore_afterwards", "bool", True),
    Field("refiner_checkpoint", "str", None),
    Field("refiner_switch_at", "float", None),
    Field("disable_extra_networks", "bool", False),
    Field("firstpass_image", "str", None),
    Field("comments", "dict", None),
)

_CALL = (
    Field("force_task_id", "str", None),
    Field("sampler_index", "str", "Euler", allows_null=False),
    Field("script_name", "str", None),
    Field("script_args", "list", [], allows_null=False),
    Field("send_images", "bool", True, allows_null=False),
    Field("save_images", "bool", False, allows_null=False),
    Field("alwayson_scripts", "dict", {}, allows_null=False),
    Field("infotext", "str", None),
)

TASK_PROGRESS = Model(
    "ProgressRequest",
    (
        Field("id_task", "str", None),
        Field("id_live_preview", "int", -1, allows_null=False),
        Field("live_preview", "bool", True, allows_null=False),
    ),
)

TXT2IMG = Model(
    "StableDiffusionProcessingTxt2Img",
    (
        *_COMMON,
        Field("denoising_strength", "float", None),
        Field("enable_hr", "bool", False),
        Field("firstphase_width", "int", 0),
        Field("firstphase_height", "int", 0),
        Field("hr_scale", "float", 2.0),
        Field("hr_upscaler", "str", None),
        Field("hr_second_pass_steps", "int", 0),
        Field("hr_resize_x", "int", 0),
        Field("hr_resize_y", "int", 0),
        Field("hr_checkpoint_name", "str", None),
        Field("hr_sampler_name", "str", None),
        Field("hr_scheduler", "str", None),
        Field("hr_prompt", "str", ""),
        Field("hr_negative_prompt", "str", ""),
        *_CALL,
    ),
)

IMG2IMG = Model(
    "StableDiffusionProcessingImg2Img",
    (
        *_COMMON,
        Field("denoising_strength", "float", 0.75, allows_null=False),
        Field("init_images", "list", None),
        Field("resize_mode", "int", 0),
        Field("image_cfg_scale", "float", None),
        Field("mask", "str", None),
        Field("mask_blur_x", "int", 4),
        Field("mask_blur_y", "int", 4),
        Field("mask_blur", "int", None),
        Field("mask_round", "bool", True),
        Field("inpainting_fill", "int", 0),
        Field("inpaint_full_res", "bool", True),
        Field("inpaint_full_res_padding", "int", 0),
        Field("inpainting_mask_invert", "int", 0),
        Field("initial_noise_multiplier", "float", None),
        Field("latent_mask", "str", None),
        Field("include_init_images", "bool", False, allows_null=False),
        *_CALL,
    ),
)

_EXTRAS = (
    Field("resize_mode", "int", 0, allows_null=False, choices=(0, 1)),
    Field("show_extras_results", "bool", True, allows_null=False),
    Field("gfpgan_visibility", "float", 0, False, 0.0, 1.0),
    Field("codeformer_visibility", "float", 0, False, 0.0, 1.0),
    Field("codeformer_weight", "float", 0, False, 0.0, 1.0),
    Field("upscaling_resize", "float", 2, allows_null=False, above=0.0),
    Field("upscaling_resize_w", "int", 512, False, 1.0),
    Field("upscaling_resize_h", "int", 512, False, 1.0),
    Field("upscaling_crop", "bool", True, allows_null=False),
    Field("upscaler_1", "str", "None", allows_null=False),
    Field("upscaler_2", "str", "None", allows_null=False),
    Field("extras_upscaler_2_visibility", "float", 0, False, 0.0, 1.0),
    Field("upscale_first", "bool", False, allows_null=False),
)

EXTRA_SINGLE = Model("ExtrasSingleImageRequest", (*_EXTRAS, Field("image", "str", "", allows_null=False)))
EXTRA_BATCH = Model(
    "ExtrasBatchImagesRequest", (*_EXTRAS, Field("imageList", "files", MISSING, allows_null=False))
)
PNG_INFO = Model("PNGInfoRequest", (Field("image", "str", MISSING, allows_null=False),))
INTERROGATE = Model(
    "InterrogateRequest",
    (Field("image", "str", "", allows_null=False), Field("model", "str", "clip", allows_null=False)),
)
CONTROLNET_DETECT = Model(
    "Body_detect_controlnet_detect_post",
    (
        Field("controlnet_module", "str", "none", allows_null=False),
        Field("controlnet_input_images", "strings", [], allows_null=False),
        Field("controlnet_processor_res", "int", 512, allows_null=False),
        Field("controlnet_threshold_a", "float", -1, allows_null=False),
        Field("controlnet_threshold_b", "float", -1, allows_null=False),
        Field("controlnet_masks", "list", None),
    ),
)
