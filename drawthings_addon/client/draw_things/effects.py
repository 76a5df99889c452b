# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request to Draw Things has no effect, under a switch of the same request or with its model.

All of it is sent as it is shown; this tells what the app then makes of it (published source, August 2026).
Where the model is unknown only what holds for any model is said.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import InvalidSettings
from ...messages import Message
from ..compatibility import while_off
from ..parameters import DRAW_THINGS
from ..request import GenerationRequest
from .keys import KEYS, ROWS_BY_KEY
from .model_families import Family, Kind, family_of
from .payload import FIELDS, FORMERLY_ADVANCED, check

#: Parameters without effect while their switch is off: a number of 0 and an empty text are off, too.
_RULED_BY = {
    "hires_fix_width": "hires_fix",
    "hires_fix_height": "hires_fix",
    "hires_fix_strength": "hires_fix",
    "decoding_tile_width": "tiled_decoding",
    "decoding_tile_height": "tiled_decoding",
    "decoding_tile_overlap": "tiled_decoding",
    "diffusion_tile_width": "tiled_diffusion",
    "diffusion_tile_height": "tiled_diffusion",
    "diffusion_tile_overlap": "tiled_diffusion",
    "refiner_start": "refiner_model",
    "upscaler_scale": "upscaler",
    "clip_l_text": "separate_clip_l",
    "open_clip_g_text": "separate_open_clip_g",
    "t5_text": "separate_t5",
    "tea_cache_start": "tea_cache",
    "tea_cache_end": "tea_cache",
    "tea_cache_threshold": "tea_cache",
    "tea_cache_max_skip_steps": "tea_cache",
    "causal_inference_pad": "causal_inference",
    "cfg_zero_init_steps": "cfg_zero_star",
}
#: The API takes no mask, and the app's own is not used with a picture that is sent.
_OF_MASKS = ("mask_blur", "mask_blur_outset", "preserve_original_after_inpaint")
#: Parameters of one kind of model alone.
_OF_KIND: Mapping[str, Kind] = {
    "clip_weight": "KANDINSKY",
    "image_prior_steps": "KANDINSKY",
    "negative_prompt_for_image_prior": "KANDINSKY",
    "stage_2_guidance": "CASCADE",
    "stage_2_shift": "CASCADE",
    "aesthetic_score": "SDXL",
    "negative_aesthetic_score": "SDXL",
    "crop_top": "SDXL",
    "crop_left": "SDXL",
    "original_width": "SDXL",
    "original_height": "SDXL",
    "target_width": "SDXL",
    "target_height": "SDXL",
    "negative_original_width": "SDXL",
    "negative_original_height": "SDXL",
    "fps": "SVD",
    "motion_scale": "SVD",
    "guiding_frame_noise": "SVD",
    "start_frame_guidance": "SVD",
}
_KINDS: Mapping[Kind, str] = {
    "KANDINSKY": "Kandinsky",
    "CASCADE": "Stable Cascade",
    "SDXL": "SDXL",
    "SVD": "Stable Video Diffusion",
}
_WHILE_FAST = "It has no effect with {model} while it speeds up."
_TCD = ("TCD", "TCD Trailing")
_FRESH: dict[str, Any] = {name: key.default for name, key in KEYS.items()}
#: Keys that no option has.
_OWN = FIELDS - FORMERLY_ADVANCED


def without_effect(request: GenerationRequest, model: str = "") -> dict[str, str]:
    """The parameters of `request` that have no effect, each with the reason in a sentence.

    `model` is the one that is set in the app, for a request that leaves it to the app. Never raises.
    """
    values = _values(request)
    found = dict(_under_switches(values))
    family = family_of(request.models.model.strip() or model)
    if family is not None:
        found |= dict(_with_model(values, family))
    return found


def shift_by_size(width: int, height: int, advanced: Mapping[str, Any] | None = None) -> float:
    """The shift that the app computes from the picture's size in pixels, or from a tile's where it works in
    tiles: 1.88 at 512 × 512, 3.16 at 1024 × 1024, 25.3 at 2048 × 2048."""
    tiles = advanced or {}
    if tiles.get("tiled_diffusion"):
        width = min(width, int(tiles.get("diffusion_tile_width", width)))
        height = min(height, int(tiles.get("diffusion_tile_height", height)))
    # In units of 64 pixels, as the app keeps sizes.
    area = (width // 64) * (height // 64)
    return math.exp((area * 16 - 256) * (1.15 - 0.5) / (4096 - 256) + 0.5)


def wants_full_strength(request: GenerationRequest, model: str = "") -> str:
    """What to say beside a strength that an edit model does not want; empty where there is nothing to say."""
    family = family_of(request.models.model.strip() or model)
    if family is None or not family.edits or request.sampling.strength >= 1.0:
        return ""
    return Message("To edit, {model} wants a strength of 1.", model=family.title)


def _values(request: GenerationRequest) -> dict[str, Any]:
    """What is sent, by the names of the key table."""
    request = request.filled(DRAW_THINGS)
    values = _FRESH | {key: row.of(request) for key, row in ROWS_BY_KEY.items()}
    for name, value in request.options_of(DRAW_THINGS):
        if name not in _OWN:
            with contextlib.suppress(InvalidSettings):
                values[name] = check(name, value)
    return values


def _under_switches(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, switch in _RULED_BY.items():
        if not values[switch]:
            yield name, while_off(KEYS[switch].label)
    for name in _OF_MASKS:
        yield name, "It has no effect: Draw Things takes no mask over its API."
    if values["sampler"] not in _TCD:
        yield "stochastic_sampling_gamma", "It has no effect with another sampler than TCD."


def _with_model(values: Mapping[str, Any], family: Family) -> Iterator[tuple[str, str]]:
    title = family.title
    for name, kind in _OF_KIND.items():
        if family.kind != kind:
            yield (
                name,
                Message("It has no effect with {model}: it is for {kind}.", model=title, kind=_KINDS[kind]),
            )
    if family.kind != "EDITING":
        yield (
            "image_guidance",
            Message("It has no effect with {model}: it is for models that were taught to edit.", model=title),
        )
    if not family.makes_frames:
        yield "num_frames", Message("It has no effect with {model}: it makes single pictures.", model=title)
    if not family.skips_clip:
        yield "clip_skip", Message("It has no effect with {model}.", model=title)
    yield from _shift(values, family)
    yield from _guidance(values, family)


def _shift(values: Mapping[str, Any], family: Family) -> Iterator[tuple[str, str]]:
    if not family.shifts_by_size:
        yield "resolution_dependent_shift", Message("{model} takes Shift as it is.", model=family.title)
    elif values["resolution_dependent_shift"]:
        width, height = values["width"], values["height"]
        used = shift_by_size(width, height, values)
        yield (
            "shift",
            Message(
                "{model} takes {used} at {width} × {height}.",
                model=family.title,
                used=f"{used:.2f}",
                width=width,
                height=height,
            ),
        )


def _guidance(values: Mapping[str, Any], family: Family) -> Iterator[tuple[str, str]]:
    """The app guides by the prompt against the negative one unless the model has its guidance inside.

    Of a model with an embedded guidance the number that is embedded is `guidance_scale` while the app speeds
    up with it, and `guidance_embed` otherwise (UNetFixedEncoder.swift of the published source).
    """
    title = family.title
    has_switch = family.guidance in ("EMBEDDED", "SWITCHED_OFF")
    speeds_up = has_switch and values["speed_up_with_guidance_embed"]
    if family.guidance == "SCALE":
        for name in ("guidance_embed", "speed_up_with_guidance_embed"):
            yield name, Message("{model} has no guidance embedded.", model=title)
    if family.guidance == "EMBEDDED" and speeds_up:
        yield "guidance_embed", Message("While it speeds up, {model} embeds Guidance instead.", model=title)
    if family.guidance == "NONE":
        for name in ("guidance_scale", "guidance_embed", "speed_up_with_guidance_embed", "negative_prompt"):
            yield name, Message("It has no effect with {model}, which is distilled.", model=title)
    elif speeds_up:
        if family.guidance == "SWITCHED_OFF":
            yield "guidance_scale", Message(_WHILE_FAST, model=title)
        yield "negative_prompt", Message(_WHILE_FAST, model=title)
    elif family.guidance != "UNKNOWN" and family.kind not in ("SVD", "EDITING"):
        # Not of those two, whose guidance by the picture counts as well.
        is_off = abs(values["guidance_scale"] - 1) <= 1e-3
        if is_off:
            yield (
                "negative_prompt",
                Message("It has no effect with {model} while Guidance is 1.", model=title),
            )
