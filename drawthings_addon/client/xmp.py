# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Draw Things writes into its pictures about how they were made.

An iTXt chunk `XML:com.adobe.xmp` whose `exif:UserComment` is JSON: `c` the prompt, `uc` the negative
prompt, `seed`, `steps`, `sampler`, `scale`, `size`, `model`, `strength`, `seed_mode`, and under `v2` the
whole configuration in the app's own spelling (published source, August 2026). The answer itself tells none
of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..errors import PictureInvalid
from ..imaging import png
from . import configuration as app_configuration
from .bounds import unescaped
from .keys import KEYS, SAMPLERS
from .request import GenerationRequest
from .wire import JSON, parse_json

KEYWORD = "XML:com.adobe.xmp"
_MAX_SEED = 2**32 - 1
_MAX_LENGTH = 1 << 20
_TAG = re.compile(r"<[^<>]*>")
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
#: The comment's names for what the key table has.
_PLAIN = {
    "c": "prompt",
    "uc": "negative_prompt",
    "seed": "seed",
    "steps": "steps",
    "scale": "guidance_scale",
    "model": "model",
    "strength": "strength",
    "seed_mode": "seed_mode",
    "shift": "shift",
    "upscaler": "upscaler",
    "control": "controls",
}
#: Those of `v2`, where they are not the key's in camel case.
_SCRIPT_NAMES = {
    "imageGuidanceScale": "image_guidance",
    "stage2Guidance": "stage_2_guidance",
    "stage2Shift": "stage_2_shift",
    "t5TextEncoder": "t5_text_encoder_decoding",
    "upscalerScaleFactor": "upscaler_scale",
}


@dataclass(frozen=True)
class MadeHow:
    """What a picture tells; nothing of it is certain."""

    seed: int | None = None
    configuration: Mapping[str, JSON] = field(default_factory=dict)
    """The whole comment, as it is."""


def read(data: bytes) -> MadeHow:
    """What the PNG `data` tells about itself. Never raises: what cannot be read is left out."""
    try:
        text = png.read_text(data).get(KEYWORD, "")
    except PictureInvalid:
        return MadeHow()
    return read_xmp(text)


def read_xmp(text: str) -> MadeHow:
    """The same from the XMP text. Not parsed as XML: entities and nesting of a stranger's XML are a risk,
    and one field is all that is wanted."""
    comment = _user_comment(text[:_MAX_LENGTH])
    try:
        configuration = parse_json(comment.encode())
    except ValueError:
        return MadeHow()
    if not isinstance(configuration, dict):
        return MadeHow()
    seed = _seed(configuration.get("seed"))
    if seed is None and isinstance(inner := configuration.get("v2"), dict):
        seed = _seed(inner.get("seed"))
    return MadeHow(seed, configuration)


def to_request(made_how: MadeHow, base: GenerationRequest) -> GenerationRequest:
    """`base` with what the picture tells, prompts included; what it does not tell, or tells wrongly, stays.

    Never raises."""
    comment = made_how.configuration
    inner = comment.get("v2")
    # Samplers and seed modes are numbers there, and its lists are those of the comment.
    raw = {
        name: value
        for spelling, value in (inner.items() if isinstance(inner, dict) else ())
        if (name := _key_name(spelling)) in KEYS and name not in ("sampler", "seed_mode", "loras", "controls")
    }
    raw |= {name: comment[short] for short, name in _PLAIN.items() if short in comment}
    raw["seed"] = made_how.seed
    size = _SIZE.fullmatch(str(comment.get("size")))
    if size is not None:
        raw["width"], raw["height"] = int(size[1]), int(size[2])
    if isinstance(sampler := comment.get("sampler"), str):
        raw["sampler"] = _sampler(sampler)
    if isinstance(loras := comment.get("lora"), list):
        raw["loras"] = [each | {"file": each.get("model")} for each in loras if isinstance(each, dict)]
    told = app_configuration.read_configuration(raw)
    told = replace(told, model=told.model or base.model)
    return app_configuration.to_request(told, base, with_prompt=True)


def _key_name(spelling: str) -> str:
    return _SCRIPT_NAMES.get(spelling) or re.sub(r"(?<!^)(?=[A-Z])", "_", spelling).lower()


def _sampler(name: str) -> str:
    """In the API's spelling: the comment says "Euler Ancestral" for "Euler a"."""
    name = name.replace("Euler Ancestral", "Euler A")
    return next((each for each in SAMPLERS if each.casefold() == name.casefold()), name)


def _user_comment(text: str) -> str:
    """The field as an element (as the app writes it) or as an attribute (as other writers of XMP do)."""
    start = text.find("<exif:UserComment")
    if start >= 0:
        opened = text.find(">", start)
        end = text.find("</exif:UserComment>", opened)
        if opened < 0 or end < 0:
            return ""
        inner = text[opened + 1 : end]
        if "<![CDATA[" in inner:
            return inner.partition("<![CDATA[")[2].partition("]]>")[0]
        return unescaped(_TAG.sub("", inner)).strip()
    _, found, rest = text.partition("exif:UserComment=")
    if not found or rest[:1] not in ("'", '"'):
        return ""
    return unescaped(rest[1:].partition(rest[0])[0]).strip()


def _seed(value: JSON) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_SEED else None
