# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made: JSON in an iTXt chunk `drawthings`, and A1111's `parameters` text.

The recipe holds everything needed to make the picture again, without pixels and without passwords.
The `parameters` text is what the rest of the ecosystem reads.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..client.request import Control, GenerationRequest, Lora
from ..errors import PictureInvalid

CHUNK = "drawthings"
PARAMETERS_CHUNK = "parameters"
VERSION = 1


@dataclass(frozen=True)
class Recipe:
    """Everything needed to make the picture again, except the pixels it started from."""

    request: GenerationRequest
    """With the picture's own seed, and without init image."""
    server: str
    """The server's address, without user or password."""
    source: str = ""
    """img2img: what was sent, such as "viewport" or "image Rust.png"."""
    fit: str = ""
    """img2img: how the source was brought to a multiple of 64; empty when it was one."""
    dropped_keys: tuple[str, ...] = ()
    """Parameters that this version of the app did not know; they were not used."""
    model_used: str = ""
    """What the app says it used, where it says so; tells what "as set in the app" was."""
    seconds: float = 0.0
    created: str = ""
    """ISO 8601, UTC."""

    def to_json(self) -> str:
        """The recipe as JSON text, keys sorted so that equal recipes are equal texts."""
        request = dataclasses.asdict(self.request)
        del request["init_image"]
        request["advanced"] = dict(self.request.advanced)
        body = dataclasses.asdict(self) | {"request": request, "version": VERSION}
        return json.dumps(body, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read `to_json`'s text; unknown keys, as a later version may write, are passed over.

        Raises PictureInvalid when it is not a recipe.
        """
        try:
            body = json.loads(text)
            request = _known(GenerationRequest, body["request"])
            request["loras"] = tuple(Lora(**_known(Lora, lora)) for lora in request.get("loras", ()))
            request["controls"] = tuple(_control(control) for control in request.get("controls", ()))
            request["advanced"] = tuple(sorted(request.get("advanced", {}).items()))
            request["init_image"] = b""
            fields = _known(cls, body) | {
                "request": GenerationRequest(**request),
                "dropped_keys": tuple(body.get("dropped_keys", ())),
            }
            recipe = cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise PictureInvalid(
                "This picture's recipe cannot be read.", "It may come from a newer version of the extension."
            ) from error
        _check(recipe)
        return recipe

    def parameters_text(self) -> str:
        """A1111's infotext: prompt, negative prompt, then one line of settings."""
        request = self.request
        settings: dict[str, object] = {
            "Steps": request.steps,
            "Sampler": request.sampler,
            "CFG scale": f"{request.guidance_scale:g}",
            "Seed": request.seed,
            "Size": f"{request.width}x{request.height}",
            "Model": request.model or self.model_used,
            "Denoising strength": f"{request.strength:g}" if request.operation == "img2img" else "",
            "Clip skip": request.clip_skip if request.clip_skip > 1 else "",
        }
        lines = [request.prompt]
        if request.negative_prompt:
            lines.append(f"Negative prompt: {request.negative_prompt}")
        lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items() if value != ""))
        return "\n".join(lines).strip()

    def png_text(self) -> dict[str, str]:
        """The text chunks of a result."""
        return {CHUNK: self.to_json(), PARAMETERS_CHUNK: self.parameters_text()}


def _quoted(value: object) -> str:
    """A value as A1111 writes it: as JSON where it holds what separates values."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text


def _known(cls: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(cls)}
    return {name: value for name, value in values.items() if name in names}


def _control(values: Mapping[str, Any]) -> Control:
    known = _known(Control, values)
    known["target_blocks"] = tuple(known.get("target_blocks", ()))
    return Control(**known)


def _check(recipe: Recipe) -> None:
    """A recipe comes out of a file: a list where a number belongs must not reach the panel."""
    for name in (*_misfits(recipe.request), *_misfits(recipe)):
        raise PictureInvalid(
            f"This picture's recipe holds no usable value for {name}.", "Set the settings by hand."
        )


def _misfits(owner: Any) -> list[str]:
    """The fields of a dataclass that do not hold what they are annotated with."""
    hints = _hints(owner.__class__)
    return [name for name, hint in hints.items() if not _fits(getattr(owner, name), hint, name)]


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _fits(value: Any, hint: Any, name: str) -> bool:
    """Whether `value` is of the annotated type, all the way down, and one that Blender's settings hold."""
    kind, inner = typing.get_origin(hint), typing.get_args(hint)
    if kind is Literal:
        return isinstance(value, str) and value in inner
    if kind in (typing.Union, types.UnionType):
        return any(_fits(value, each, name) for each in inner)
    if kind is tuple:
        if inner[-1] is Ellipsis:
            return isinstance(value, tuple) and all(_fits(each, inner[0], name) for each in value)
        pairs = zip(value, inner, strict=True)
        return len(value) == len(inner) and all(_fits(each, kind, name) for each, kind in pairs)
    if hint is int:
        least, limit = (0, 2**32) if name == "seed" else (-(2**31), 2**31)
        return type(value) is int and least <= value < limit
    if hint is float:
        return type(value) in (int, float) and abs(value) < 1e30
    if hint is str:
        # Half of a surrogate pair is no text that Blender takes.
        return isinstance(value, str) and value.encode(errors="replace").decode() == value
    if dataclasses.is_dataclass(hint):
        return not _misfits(value)
    return isinstance(value, hint)
