# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every parameter that Draw Things knows: spelling, type, range, and a fresh app's value.

From the published source of the app's server (drawthingsai/draw-things-community, August 2026). The
server refuses a whole request for one key that is not here, for two spellings of one parameter, and
for a value out of range. `payload.py` builds requests from this table and from nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from ..parameters import DRAW_THINGS, ParameterRow
from ..request import ROWS, JsonScalar

Kind = Literal["TEXT", "INTEGER", "NUMBER", "SWITCH", "CHOICE", "LIST"]

SAMPLERS = (
    "DPM++ 2M Karras",
    "Euler a",
    "DDIM",
    "PLMS",
    "DPM++ SDE Karras",
    "UniPC",
    "LCM",
    "Euler A Substep",
    "DPM++ SDE Substep",
    "TCD",
    "Euler A Trailing",
    "DPM++ SDE Trailing",
    "DPM++ 2M AYS",
    "Euler A AYS",
    "DPM++ SDE AYS",
    "DPM++ 2M Trailing",
    "DDIM Trailing",
    # Both since 21 July 2025.
    "UniPC Trailing",
    "UniPC AYS",
    # Since February 2026.
    "TCD Trailing",
)
#: What comes nearest where an app is too old for one of these, best first: the same spacing of the steps
#: counts most, as flow models need it.
SAMPLERS_INSTEAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "UniPC Trailing": ("DPM++ 2M Trailing", "Euler A Trailing", "UniPC"),
        "UniPC AYS": ("DPM++ 2M AYS", "DPM++ 2M Trailing", "UniPC"),
        "TCD Trailing": ("Euler A Trailing", "TCD"),
    }
)
SEED_MODES = ("Legacy", "Torch CPU Compatible", "Scale Alike", "NVIDIA GPU Compatible")

#: The files of the upscalers that the app offers for download.
UPSCALERS = (
    "realesrgan_x2plus_f16.ckpt",
    "realesrgan_x4plus_f16.ckpt",
    "realesrgan_x4plus_anime_6b_f16.ckpt",
    "esrgan_4x_universal_upscaler_v2_sharp_f16.ckpt",
    "remacri_4x_f16.ckpt",
    "4x_ultrasharp_f16.ckpt",
)

#: Without these a request means something else, so an app that refuses one of them is too old. Any
#: other key may be left out when an app does not know it.
CORE = frozenset(
    {
        "prompt",
        "negative_prompt",
        "model",
        "width",
        "height",
        "seed",
        "steps",
        "guidance_scale",
        "strength",
        "sampler",
        "init_images",
    }
)

#: The published source (August 2026) lists these four with their own name as an alias.
UNSENDABLE_REASON = "Draw Things refuses every request that holds it, whatever its value"


@dataclass(frozen=True)
class Key:
    """One parameter."""

    name: str
    """The spelling that is sent."""
    kind: Kind
    default: JsonScalar = None
    """A fresh app's value. None for a text means off; for any other kind, that the value follows from
    the request or that the app's own value is out of range."""
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    """Other spellings that the server takes, never sent: two spellings in one request are refused."""
    choices: tuple[str, ...] = ()
    """The values of August 2026. The connected app's own list may be longer or shorter."""
    nullable: bool = False
    """A text that null switches off."""
    sendable: bool = True

    @property
    def optional(self) -> bool:
        """Whether a request may do without it when an app does not know it."""
        return self.name not in CORE

    @functools.cached_property
    def label(self) -> str:
        """The name for messages."""
        return self.name.replace("_", " ").title()


def _text(name: str) -> Key:
    return Key(name, "TEXT", nullable=True)


def _integer(name: str, minimum: int, maximum: int, default: int | None, *aliases: str) -> Key:
    return Key(name, "INTEGER", default, minimum, maximum, aliases)


def _number(
    name: str, minimum: float, maximum: float, default: float, *aliases: str, sendable: bool = True
) -> Key:
    return Key(name, "NUMBER", default, minimum, maximum, aliases, sendable=sendable)


def _switch(name: str, default: bool, *aliases: str, sendable: bool = True) -> Key:
    return Key(name, "SWITCH", default, aliases=aliases, sendable=sendable)


def _choice(name: str, default: str, choices: tuple[str, ...], *aliases: str, sendable: bool = True) -> Key:
    return Key(name, "CHOICE", default, aliases=aliases, choices=choices, sendable=sendable)


#: The parameters that have a row, by their keys: type, range and default stand there alone.
ROWS_BY_KEY: Mapping[str, ParameterRow] = MappingProxyType(
    {key: row for row in ROWS if (key := row.key(DRAW_THINGS)) is not None}
)
_KINDS: Mapping[type, Kind] = MappingProxyType({str: "TEXT", int: "INTEGER", float: "NUMBER", bool: "SWITCH"})


def _row(name: str, *aliases: str, **facts: Any) -> Key:
    """The key of a parameter that has a row; `facts` are those in which the app differs from it."""
    row = ROWS_BY_KEY[name]
    found = row.parameter
    off = row.kind is str and found.switches_off
    if row.words:
        facts = {"choices": row.words} | facts
    kind = "CHOICE" if "choices" in facts else _KINDS[row.kind]
    default = None if off else found.factory.get(DRAW_THINGS, row.default)
    key = Key(name, kind, default, found.minimum, found.maximum, aliases, nullable=off)
    return replace(key, **facts)


_TABLE = (
    _row("model"),
    _row("width"),
    _row("height"),
    _row("seed", minimum=-1, maximum=4294967295),
    _row("guidance_scale", "cfg_scale"),
    _row("seed_mode", choices=SEED_MODES),
    _row("steps"),
    _integer("batch_count", 1, 100, 1, "n_iter"),
    _integer("batch_size", 1, 4, 1),
    _row("sampler", "sampler_name", "sampler_index", choices=SAMPLERS, default="UniPC AYS"),
    _row("strength", "denoising_strength", default=1.0),
    _row("clip_skip"),
    _number("image_guidance", 0, 25, 1.5),
    _number("mask_blur", 0, 25, 1.5),
    _integer("mask_blur_outset", -100, 1000, 0),
    _number("sharpness", 0, 30, 0.0),
    _number("clip_weight", 0, 1, 1.0),
    _switch("negative_prompt_for_image_prior", True),
    _integer("image_prior_steps", 3, 60, 5),
    _row("prompt"),
    _row("negative_prompt"),
    _row("hires_fix", "enable_hr"),
    _integer("hires_fix_width", 128, 2048, 448, "firstphase_width"),
    _integer("hires_fix_height", 128, 2048, 448, "firstphase_height"),
    _number("hires_fix_strength", 0, 1, 0.7),
    _switch("tiled_decoding", False),
    _integer("decoding_tile_width", 128, 2048, 640),
    _integer("decoding_tile_height", 128, 2048, 640),
    _integer("decoding_tile_overlap", 64, 1024, 128),
    _integer("original_width", 128, 2048, None),
    _integer("original_height", 128, 2048, None),
    _integer("crop_top", 0, 1024, 0),
    _integer("crop_left", 0, 1024, 0),
    _integer("target_width", 128, 2048, None),
    _integer("target_height", 128, 2048, None),
    _integer("negative_original_width", 128, 2048, 512),
    _integer("negative_original_height", 128, 2048, 512),
    _number("aesthetic_score", 0, 10, 6.0),
    _number("negative_aesthetic_score", 0, 10, 2.5),
    _switch("zero_negative_prompt", False),
    _row("refiner_model"),
    _row("refiner_start"),
    # A fresh app has 14; one picture a request is this extension's rule.
    _integer("num_frames", 1, 201, 1),
    _integer("fps", 1, 30, 5),
    _integer("motion_scale", 0, 255, 127),
    _number("guiding_frame_noise", 0, 1, 0.02),
    _number("start_frame_guidance", 0, 25, 1.0),
    _row("shift"),
    _number("stage_2_guidance", 0, 25, 1.0),
    _number("stage_2_shift", 0.1, 5, 1.0),
    Key("loras", "LIST"),
    Key("controls", "LIST"),
    _number("stochastic_sampling_gamma", 0, 1, 0.3),
    _switch("preserve_original_after_inpaint", True),
    _switch("tiled_diffusion", False),
    _integer("diffusion_tile_width", 128, 2048, 1024),
    _integer("diffusion_tile_height", 128, 2048, 1024),
    _integer("diffusion_tile_overlap", 64, 1024, 128),
    _row("upscaler"),
    _integer("upscaler_scale", 0, 4, 0, "upscaler_scale_factor"),
    _switch("t5_text_encoder_decoding", True),
    _switch("separate_clip_l", False),
    _text("clip_l_text"),
    _switch("separate_open_clip_g", False),
    _text("open_clip_g_text"),
    _row("speed_up_with_guidance_embed"),
    _row("guidance_embed"),
    _row("resolution_dependent_shift"),
    _integer("tea_cache_start", 0, 1000, 5),
    # A fresh app has -1, which its own server refuses.
    _integer("tea_cache_end", 0, 1000, None),
    _number("tea_cache_threshold", 0, 1, 0.06),
    _integer("tea_cache_max_skip_steps", 1, 1000, 3),
    _switch("tea_cache", False),
    # When left out, the server reads these two from separate_clip_l and clip_l_text.
    _switch("separate_t5", False),
    _text("t5_text"),
    _integer("causal_inference", 0, 1000, 0),
    _integer("causal_inference_pad", 0, 1000, 0),
    _switch("cfg_zero_star", False),
    _integer("cfg_zero_init_steps", 0, 1000, 0),
    _choice("compression_artifacts", "disabled", ("disabled", "h264", "h265", "jpeg"), sendable=False),
    _number("compression_artifacts_quality", 0, 100, 43.1, sendable=False),
    _choice("color_calibration", "none", ("none", "lab"), sendable=False),
    _switch("expand_prompt_to_json", False, sendable=False),
    # Of requests only: the app's window has them elsewhere.
    _row("restore_faces"),
    Key("init_images", "LIST"),
)

_NAMES = {key.name for key in _TABLE}
#: Every parameter by its name, in the order in which the server looks at them.
KEYS: Mapping[str, Key] = MappingProxyType(
    {key.name: key for key in _TABLE} | {name: _row(name) for name in ROWS_BY_KEY.keys() - _NAMES}
)
#: The name for every other spelling.
ALIASES: Mapping[str, str] = MappingProxyType({alias: key.name for key in _TABLE for alias in key.aliases})
