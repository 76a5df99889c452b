# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user of the pretended app has set in its window.

Everything that a request leaves out is taken from here, as in the real app. `AppState.with_leftovers()`
is an app after an evening of playing: what a careless client inherits from it is plain to see.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .keys import BY_NAME, KEYS, KEYS_SINCE, NEWEST, SAMPLERS_SINCE, Key
from .library import Library


@dataclass(frozen=True)
class AppState:
    """The app's own settings, canvas and models folder. No request changes the settings."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings that differ from a fresh app, by key. Not range-checked: the app's window allows values
    that its own server refuses."""
    library: Library = field(default_factory=Library)
    released: str = NEWEST
    """The day of this release (ISO 8601): an older one knows fewer keys and samplers."""
    project_is_open: bool = True
    """Without a project the server answers 200 with an empty list."""
    canvas: npt.NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    """(H, W, 3), what img2img with no picture or with several works on; None: an empty canvas."""

    def value(self, name: str) -> Any:
        """The setting of one key as the server reads it, with the app's two known mix-ups."""
        # The published source reads these from the neighbouring setting (August 2026).
        source = {"separate_t5": "separate_clip_l", "t5_text": "clip_l_text"}.get(name, name)
        if name == "stochastic_sampling_gamma":
            return BY_NAME[name].fresh
        fresh = BY_NAME[source].fresh
        if name == "sampler" and fresh not in self.options(BY_NAME[name]):
            fresh = "DPM++ 2M AYS"
        value = self.settings.get(source, fresh)
        if BY_NAME[name].kind == "float":
            return _float32(value)
        return list(value) if BY_NAME[name].kind == "array" else value

    def values(self, unknown: Iterable[str] = ()) -> dict[str, Any]:
        """All keys but those of later releases, and the `unknown` ones."""
        left_out = self.unknown_keys | set(unknown)
        return {key.name: self.value(key.name) for key in KEYS if key.name not in left_out}

    @property
    def unknown_keys(self) -> frozenset[str]:
        """The keys of later releases."""
        return frozenset(name for name, since in KEYS_SINCE.items() if self.released < since)

    def options(self, key: Key) -> tuple[str, ...]:
        """The values of a list that this release has."""
        if key.name != "sampler":
            return key.options
        return tuple(name for name in key.options if self.released >= SAMPLERS_SINCE.get(name, ""))

    def with_settings(self, **settings: Any) -> AppState:
        unknown = settings.keys() - BY_NAME.keys()
        if unknown:
            raise KeyError(f"the app has no setting {sorted(unknown)}")
        return replace(self, settings={**self.settings, **settings})

    def with_leftovers(self) -> AppState:
        """A LoRA, an upscaler, a refiner, hires fix, three pictures a click, out-of-range values."""
        return self.with_settings(
            prompt="left over from the app",
            negative_prompt="left over, too",
            seed=777,
            loras=({"mode": "all", "file": "sdxl_offset_v1.0_lora_f16.ckpt", "weight": 0.75},),
            controls=(
                {
                    "file": "controlnet_depth_1.x_v1.1_f16.ckpt", "weight": 1.0,
                    "guidanceStart": 0.0, "guidanceEnd": 1.0, "noPrompt": False,
                    "globalAveragePooling": True, "downSamplingRate": 1.0,
                    "controlImportance": "balanced", "inputOverride": "", "targetBlocks": [],
                },
            ),
            upscaler="realesrgan_x2plus_f16.ckpt",
            refiner_model="sd_xl_refiner_1.0_q6p_q8p.ckpt",
            hires_fix=True,
            batch_count=3,
            batch_size=2,
            width=832,
            height=576,
            target_width=4096,
            original_width=0,
            shift=12.0,
            steps=7,
            strength=0.25,
            clip_skip=2,
            sampler="LCM",
            seed_mode="Legacy",
        )  # fmt: skip


def _float32(value: float) -> float:
    """The app keeps 32-bit floats, so that 0.7 is reported as 0.699999988079071."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def to_json(value: Any) -> bytes:
    r"""JSON as Swift's encoder writes it: random key order, `\/` for `/`, 1.0 as 1."""
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        value = {name: value[name] for name in names}
    text = json.dumps(_plain_numbers(value), ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").encode("utf-8", "replace")


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain_numbers(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_numbers(inner) for inner in value]
    return value
