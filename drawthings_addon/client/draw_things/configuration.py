# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set in the app's own window, and taking it over.

`GET /` tells it with values that its own server refuses (`tea_cache_end: -1`, sizes of 0, `shift` above 8)
and with keys that it refuses, so nothing of it is ever sent back as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal, TypeVar

from ...errors import InvalidSettings
from .. import bounds
from ..configuration import Configuration
from ..http.untrusted_json import JSON
from ..parameters import DRAW_THINGS
from ..request import Control, ControlImportance, GenerationRequest, JsonScalar, Lora
from .keys import KEYS, ROWS_BY_KEY, Key
from .payload import (
    FIELDS,
    INPUT_OVERRIDES,
    SIZE_STEP,
    check,
    check_file,
    folded,
    sizes_that_follow,
)

#: One picture a request, and sizes that follow the picture's: these are not the app's to say. And
#: the server reports separate_t5 and t5_text from separate_clip_l and clip_l_text (published
#: source, August 2026).
_NOT_TAKEN_OVER = frozenset(
    {"batch_count", "batch_size", "num_frames", "separate_t5", "t5_text", *sizes_that_follow(0, 0)}
)
_MODES: Mapping[str, Literal["base", "refiner"]] = {"base": "base", "refiner": "refiner"}
_IMPORTANCES: Mapping[str, ControlImportance] = {"prompt": "PROMPT", "control": "CONTROL"}
_Item = TypeVar("_Item", Lora, Control)
_PROMPTS = ("prompt", "negative_prompt")
#: What the app has for "not set" in numbers whose range does not hold it.
_UNSET = (0, -1)


def read_configuration(
    raw: Mapping[str, JSON], not_taken: Collection[str] = _NOT_TAKEN_OVER
) -> Configuration:
    """The usable part of what `GET /` answered. Never raises: what cannot be used is left out.

    `not_taken` are options that are left out, too.
    """
    values = _Values(raw)
    return Configuration(
        values={row: value for key, row in ROWS_BY_KEY.items() if (value := values.of(key)) is not None},
        loras=_each(raw.get("loras"), _lora),
        controls=_each(raw.get("controls"), _control),
        options=values.options(not_taken),
        harm=harm(raw),
        raw=raw,
    )


def to_request(
    configuration: Configuration, base: GenerationRequest, *, with_prompt: bool = False
) -> GenerationRequest:
    """`base` with the app's settings; its prompts stay unless `with_prompt`.

    Options of `base` stay only where the app tells nothing of them. Those of the app are taken
    where they differ from what a request has anyway. The result is one that `payload.build` accepts, if it
    accepts `base`.
    """
    base = folded(base)
    told = dict(configuration.options)
    options = {name: value for name, value in base.options_of(DRAW_THINGS) if name not in told}
    options |= {name: value for name, value in told.items() if value != KEYS[name].default}
    request = configuration.applied_to(base, with_prompt=with_prompt)
    return request.with_options(DRAW_THINGS, options.items())


def harm(raw: Mapping[str, JSON]) -> InvalidSettings | None:
    """Why any picture would end the app as it is set; `raw` is what `GET /` answered.

    A negative Mask Blur Outset does (published source, August 2026).
    """
    outset = raw.get("mask_blur_outset")
    if not isinstance(outset, (int, float)) or outset >= 0:
        return None
    return InvalidSettings(
        "Mask Blur Outset is {outset} in Draw Things: below zero any picture ends the app.",
        "In Draw Things open Settings → All, set Mask Blur Outset to 0, then try again here.",
        outset=f"{outset:.0f}",
    )


class _Values:
    """The app's single values, each usable or None."""

    def __init__(self, raw: Mapping[str, JSON]) -> None:
        self._values: dict[str, JsonScalar] = {}
        for name, key in KEYS.items():
            if key.sendable and key.kind != "LIST" and name in raw:
                try:
                    self._values[name] = check(name, _within_range(key, raw[name]))
                except InvalidSettings:
                    continue

    def of(self, name: str) -> JsonScalar:
        """Empty for a null that switches off; None for what is not told, for a name that is longer than any,
        and for a size or a seed that is none."""
        value = self._values.get(name)
        if value is None:
            return "" if name in self._values else None
        if isinstance(value, str) and KEYS[name].kind == "TEXT" and name not in _PROMPTS:
            return value if len(value) <= bounds.MAX_NAME else None
        if name in ("width", "height") and isinstance(value, int):
            return value // SIZE_STEP * SIZE_STEP
        return None if name == "seed" and isinstance(value, int) and value < 0 else value

    def options(self, not_taken: Collection[str]) -> tuple[tuple[str, JsonScalar], ...]:
        return tuple(
            (name, value)
            for name, value in self._values.items()
            if name not in FIELDS and name not in not_taken
        )


def _within_range(key: Key, value: JSON) -> JSON:
    """A number brought into the key's range; None for what the app has when nothing is set."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if key.minimum is None or key.maximum is None or value != value:
        return value
    if value in _UNSET and value < key.minimum:
        return None
    value = min(max(value, key.minimum), key.maximum)
    if key.kind == "INTEGER":
        return int(value) if float(value).is_integer() else value
    # The app keeps 32-bit floats: its 0.699999988079071 is 0.7.
    return float(f"{value:.7g}")


def _each(value: JSON, read: Callable[[Mapping[str, JSON]], _Item]) -> tuple[_Item, ...] | None:
    """The entries that can be used; None when there is no list."""
    if not isinstance(value, list):
        return None
    items = []
    for entry in value[: bounds.MAX_ARGUMENTS]:
        if isinstance(entry, dict):
            try:
                items.append(read(entry))
            except InvalidSettings:
                continue
    return tuple(items)


def _lora(entry: Mapping[str, JSON]) -> Lora:
    return Lora(
        file=check_file(entry.get("file"), "LoRA"),
        weight=_number(entry.get("weight"), 1.0),
        mode=_MODES.get(str(entry.get("mode")), "all"),
    )


def _control(told: Mapping[str, JSON]) -> Control:
    """In camel case, as the API has it, or in snake case, as older pictures do."""
    entry = {_camel(name): value for name, value in told.items()}
    importance = str(entry.get("controlImportance")).lower()
    override = entry.get("inputOverride")
    blocks = entry.get("targetBlocks")
    start = min(max(_number(entry.get("guidanceStart"), 0.0), 0.0), 1.0)
    end = min(max(_number(entry.get("guidanceEnd"), 1.0), 0.0), 1.0)
    return Control(
        model=check_file(entry.get("file"), "control"),
        weight=_number(entry.get("weight"), 1.0),
        guidance_start=min(start, end),
        guidance_end=end,
        no_prompt=entry.get("noPrompt") is True,
        global_average_pooling=entry.get("globalAveragePooling") is not False,
        down_sampling_rate=_number(entry.get("downSamplingRate"), 1.0),
        importance=_IMPORTANCES.get(importance, "BALANCED"),
        preprocessor=override if isinstance(override, str) and override in INPUT_OVERRIDES else "",
        target_blocks=(
            tuple(block for block in blocks if isinstance(block, str) and block.isprintable())
            if isinstance(blocks, list)
            else ()
        ),
    )


def _number(value: JSON, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e38:
        return default
    return float(f"{value:.7g}")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
