# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published models as pydantic's, so that FastAPI reads bodies and checks answers as the program does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Optional

from pydantic import BaseModel, Field, create_model
from pydantic.errors import IntegerError, StrError

from .published import SCHEMAS

Model = type[BaseModel]

_PLAIN: Mapping[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
_NULL_FITS = frozenset({"StableDiffusionProcessingTxt2Img", "StableDiffusionProcessingImg2Img", "Options"})
"""Nearly every field of these may be null, also where it has a default; the description does not say so."""
_NULL_DOES_NOT = frozenset(
    {"sampler_index", "script_args", "alwayson_scripts", "send_images", "save_images", "include_init_images"}
)
"""But these may not (measured), nor the strength of img2img, which alone has a default."""


class _StrictInt(int):
    """pydantic 2 takes 2.0 for a whole number, and not 2.7."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], int]]:
        yield cls._whole

    @classmethod
    def _whole(cls, value: Any) -> int:
        if isinstance(value, float) and not value.is_integer():
            raise IntegerError
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise IntegerError from None


class _StrictStr(str):
    """pydantic 2 takes no number for a text."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], str]]:
        yield cls._text

    @classmethod
    def _text(cls, value: Any) -> str:
        if not isinstance(value, str):
            raise StrError
        return value


@functools.cache
def model(name: str, *, is_newer: bool = False) -> Model:
    """The model that the description calls so. `is_newer`: as strict as pydantic 2, for a request."""
    schema = SCHEMAS[name]
    required = schema.get("required", ())
    fields = {
        key: _field(name, key, one, is_newer, is_required=key in required)
        for key, one in schema["properties"].items()
    }
    made: Model = create_model(name, **fields)
    return made


def kind(schema: Mapping[str, Any], *, is_newer: bool = False) -> Any:
    """The Python type of a schema, such as `list[SamplerItem]`."""
    if "$ref" in schema:
        return model(schema["$ref"].rpartition("/")[2], is_newer=is_newer)
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if schema.get("type") == "array":
        return list[kind(schema["items"], is_newer=is_newer)]  # type: ignore[misc]
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return dict[str, kind(inner, is_newer=is_newer)] if inner else dict[str, Any]  # type: ignore[misc]
    if is_newer and schema.get("type") in ("integer", "string"):
        return _StrictInt if schema["type"] == "integer" else _StrictStr
    return _PLAIN.get(schema.get("type", ""), Any)


def _field(
    model_name: str, key: str, schema: Mapping[str, Any], is_newer: bool, *, is_required: bool
) -> tuple[Any, Any]:
    found = kind(schema, is_newer=is_newer)
    has_default = "default" in schema
    may_be_null = model_name in _NULL_FITS and key not in _NULL_DOES_NOT
    if key == "denoising_strength" and has_default:
        may_be_null = False
    if may_be_null or not (has_default or is_required):
        found = Optional[found]  # noqa: UP045  made while the program runs
    told = {name: schema[name] for name in ("title", "description") if name in schema}
    told |= {_BOUNDS[name]: schema[name] for name in _BOUNDS if name in schema}
    default = ... if is_required else schema.get("default")
    return found, Field(default, **told)
