# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Draw Things writes into its pictures about how they were made.

An iTXt chunk `XML:com.adobe.xmp` whose `exif:UserComment` is JSON: `c` the prompt, `uc` the negative
prompt, `seed`, `steps`, `sampler`, `scale`, `size`, `model`, `strength`, `seed_mode`, and under `v2` the
whole configuration in the spelling of the app's scripts. `upscaler`, `refiner`, `lora`, `control` and
the like are there only when they were on (published source, August 2026). The answer itself tells none of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..bounds import unescaped
from ..http.untrusted_json import JSON, parse_json
from ..request import GenerationRequest
from . import configuration as app_configuration
from . import script_configuration
from .keys import KEYS, ROWS_BY_KEY, SAMPLERS

KEYWORD = "XML:com.adobe.xmp"
_MAX_SEED = 2**32 - 1
_MAX_LENGTH = 1 << 20
_TAG = re.compile(r"<[^<>]*>")
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
#: The comment's names where they are not the key's own.
_NAMES = {
    "c": "prompt",
    "uc": "negative_prompt",
    "scale": "guidance_scale",
    "refiner": "refiner_model",
    "second_stage_strength": "hires_fix_strength",
    "cond_aug": "guiding_frame_noise",
    "min_cfg": "start_frame_guidance",
    "control": "controls",
}
#: Sizes are "640x384" there.
_SIZES = {
    "size": ("width", "height"),
    "first_stage_size": ("hires_fix_width", "hires_fix_height"),
    "negative_original_size": ("negative_original_width", "negative_original_height"),
}
#: What stands in every comment that has `v2`, too, and rightly so whatever the list of numbers there.
_BESIDE_V2 = frozenset(
    {"prompt", "negative_prompt", "width", "height", "seed", "sampler", "seed_mode", "model"}
)
#: The app writes these always, and everything else only where it was on.
_ALWAYS = frozenset({"steps", "sampler", "scale", "seed_mode", "strength"})


@dataclass(frozen=True)
class XmpMetadata:
    """What a picture tells; nothing of it is certain."""

    seed: int | None = None
    configuration: Mapping[str, JSON] = field(default_factory=dict)
    """The whole comment, as it is."""


def read_xmp(text: str) -> XmpMetadata:
    """What the XMP text of a picture tells about it. Never raises: what cannot be read is left out.

    Not parsed as XML: entities and nesting of a stranger's XML are a risk, and one field is all that is
    wanted.
    """
    comment = _user_comment(text[:_MAX_LENGTH])
    try:
        configuration = parse_json(comment.encode())
    except ValueError:
        return XmpMetadata()
    if not isinstance(configuration, dict):
        return XmpMetadata()
    seed = _seed(configuration.get("seed"))
    if seed is None and isinstance(inner := configuration.get("v2"), dict):
        seed = _seed(inner.get("seed"))
    return XmpMetadata(seed, configuration)


def to_request(metadata: XmpMetadata, base: GenerationRequest) -> GenerationRequest:
    """`base` with what the picture tells, prompts included; what it does not tell, or tells wrongly, stays.

    What the app leaves out was off, though. Never raises.
    """
    comment = metadata.configuration
    raw = _as_keys(comment) | {"seed": metadata.seed}
    inner = comment.get("v2")
    if isinstance(inner, dict):
        base = script_configuration.to_request(inner, base)
        raw = {name: value for name, value in raw.items() if name in _BESIDE_V2}
    elif comment.keys() >= _ALWAYS:
        base = script_configuration.to_request({}, base)
    told = app_configuration.read_configuration(raw)
    told = replace(told, values={**told.values, ROWS_BY_KEY["model"]: told.model or base.models.model})
    return app_configuration.to_request(told, base, with_prompt=True)


def _as_keys(comment: Mapping[str, JSON]) -> dict[str, Any]:
    """What the comment itself tells, by the names of the key table."""
    raw: dict[str, Any] = {
        key: value for name, value in comment.items() if (key := _NAMES.get(name, name)) in KEYS
    }
    for name, (width, height) in _SIZES.items():
        size = _SIZE.fullmatch(str(comment.get(name)))
        if size is not None:
            raw[width], raw[height] = int(size[1]), int(size[2])
    if isinstance(sampler := comment.get("sampler"), str):
        raw["sampler"] = _sampler(sampler)
    if isinstance(loras := comment.get("lora"), list):
        raw["loras"] = [each | {"file": each.get("model")} for each in loras if isinstance(each, dict)]
    return raw


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
