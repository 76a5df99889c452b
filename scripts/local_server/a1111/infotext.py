# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text `parameters` that the web UI puts into a PNG, written and read back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"(\d+)x(\d+)")

DEFAULTS = {
    "Clip skip": "1", "Hires resize-1": 0, "Hires resize-2": 0, "Hires sampler": "Use same sampler",
    "Hires schedule type": "Use same scheduler", "Hires checkpoint": "Use same checkpoint",
    "Hires prompt": "", "Hires negative prompt": "", "Mask mode": "Inpaint masked",
    "Masked content": "original", "Inpaint area": "Whole picture", "Masked area padding": 32,
    "RNG": "GPU", "Schedule type": "Automatic", "Refiner": "None",
}  # fmt: skip
"""What `png-info` tells also of a picture that carries no text."""


def written(prompt: str, negative: str, values: Mapping[str, Any]) -> str:
    """Prompt, negative prompt and one line of settings; values that are None or "" are left out."""
    lines = [prompt]
    if negative:
        lines.append(f"Negative prompt: {negative}")
    kept = ((name, value) for name, value in values.items() if value is not None and value != "")
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in kept))
    return "\n".join(lines)


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[,:\n]", text) else text


def read(text: str) -> dict[str, str]:
    """The settings of such a text by name; `Size` becomes `Size-1` and `Size-2`. Empty for no text."""
    if not text.strip():
        return {}
    *lines, last = text.strip().split("\n")
    pairs = _PAIR.findall(last)
    if len(pairs) < 3:
        lines, pairs = [*lines, last], []
    prompt: list[str] = []
    negative: list[str] = []
    target = prompt
    for line in lines:
        if line.startswith("Negative prompt:"):
            target, line = negative, line.removeprefix("Negative prompt:")
        target.append(line.strip())
    found = {"Prompt": "\n".join(prompt), "Negative prompt": "\n".join(negative)}
    for name, value in pairs:
        plain = _unquoted(value)
        size = _SIZE.fullmatch(plain)
        if size:
            found[f"{name}-1"], found[f"{name}-2"] = size.groups()
        else:
            found[name] = plain
    return found


def _unquoted(text: str) -> str:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def with_defaults(found: Mapping[str, str]) -> dict[str, Any]:
    """As `png-info` answers `parameters`."""
    return {"Prompt": "", "Negative prompt": "", **DEFAULTS, **found}


_FIELDS: Mapping[str, tuple[str, type]] = {
    "Prompt": ("prompt", str), "Negative prompt": ("negative_prompt", str), "Steps": ("steps", int),
    "Sampler": ("sampler_name", str), "Schedule type": ("scheduler", str), "CFG scale": ("cfg_scale", float),
    "Seed": ("seed", int), "Size-1": ("width", int), "Size-2": ("height", int),
    "Denoising strength": ("denoising_strength", float),
}  # fmt: skip


def as_fields(text: str) -> dict[str, Any]:
    """What a request's `infotext` says about the fields of a request."""
    values: dict[str, Any] = {}
    for name, found in read(text).items():
        if name not in _FIELDS:
            continue
        field, convert = _FIELDS[name]
        try:
            values[field] = convert(found)
        except ValueError:
            continue
    return values
