# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The 83 parameters of the Draw Things server, in the order in which it looks at them.

This table is the stand-in's own, on purpose: sharing the extension's would hide the extension's
mistakes. Facts from the server's published source, August 2026. Titles are localised in the app, and
only some of their English words are known; a client must not depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["int", "float", "bool", "string", "enum", "array"]

SAMPLERS = (
    "DPM++ 2M Karras", "Euler a", "DDIM", "PLMS", "DPM++ SDE Karras", "UniPC", "LCM",
    "Euler A Substep", "DPM++ SDE Substep", "TCD", "Euler A Trailing", "DPM++ SDE Trailing",
    "DPM++ 2M AYS", "Euler A AYS", "DPM++ SDE AYS", "DPM++ 2M Trailing", "DDIM Trailing",
    "UniPC Trailing", "UniPC AYS", "TCD Trailing",
)  # fmt: skip
SEED_MODES = ("Legacy", "Torch CPU Compatible", "Scale Alike", "NVIDIA GPU Compatible")

NEWEST = "2026-08-06"
"""The published source that all of this is from, as ISO 8601."""
SAMPLERS_SINCE = {"UniPC Trailing": "2025-07-21", "UniPC AYS": "2025-07-21", "TCD Trailing": "2026-02-27"}
KEYS_SINCE = {
    **dict.fromkeys(
        (
            "tea_cache", "tea_cache_start", "tea_cache_threshold", "tea_cache_max_skip_steps", "separate_t5",
            "t5_text",
        ),
        "2025-04-03",
    ),
    # Which of the first ten came when between these two days is not known; all were there on the second.
    **dict.fromkeys(
        ("causal_inference", "causal_inference_pad", "cfg_zero_star", "cfg_zero_init_steps"), "2025-07-21"
    ),
    **dict.fromkeys(("color_calibration", "expand_prompt_to_json"), "2026-07-01"),
}  # fmt: skip
"""Releases before these days do not know them."""

REQUEST_ONLY = ("restore_faces", "init_images")
"""Keys of a request that are no parameter: read first, never reported by `GET /`."""


@dataclass(frozen=True)
class Key:
    """One parameter as the server knows it."""

    name: str
    title: str
    """The word for it in a range message."""
    kind: Kind
    fresh: Any
    """The value in a freshly installed app."""
    minimum: float = 0
    maximum: float = 0
    aliases: tuple[str, ...] = ()
    """Other spellings. Four keys list their own name, so that sending them always clashes (a bug of
    the app, kept here)."""
    options: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


def _int(name: str, title: str, minimum: int, maximum: int, fresh: int, aliases: tuple[str, ...] = ()) -> Key:
    return Key(name, title, "int", fresh, minimum, maximum, aliases)


def _float(
    name: str,
    title: str,
    minimum: float,
    maximum: float,
    fresh: float,
    aliases: tuple[str, ...] = (),
) -> Key:
    return Key(name, title, "float", fresh, minimum, maximum, aliases)


def _bool(name: str, title: str, fresh: bool, aliases: tuple[str, ...] = ()) -> Key:
    return Key(name, title, "bool", fresh, aliases=aliases)


def _string(name: str, title: str, fresh: str | None) -> Key:
    return Key(name, title, "string", fresh)


def _enum(name: str, title: str, options: Sequence[str], fresh: str, aliases: tuple[str, ...] = ()) -> Key:
    return Key(name, title, "enum", fresh, aliases=aliases, options=tuple(options))


def _array(name: str, title: str) -> Key:
    return Key(name, title, "array", ())


# fmt: off
KEYS: tuple[Key, ...] = (
    _string("model", "model", "sd_xl_base_1.0_q6p_q8p.ckpt"),
    _int("width", "Width", 128, 8192, 1024),
    _int("height", "Height", 128, 8192, 1024),
    _int("seed", "Seed", -1, 4294967295, -1),
    _float("guidance_scale", "Text Guidance", 0.0, 50.0, 4.5, aliases=("cfg_scale",)),
    _enum("seed_mode", "Seed Mode", SEED_MODES, "Scale Alike"),
    _int("steps", "Steps", 1, 150, 20),
    _int("batch_count", "Batch Count", 1, 100, 1, aliases=("n_iter",)),
    _int("batch_size", "Batch Size", 1, 4, 1),
    _enum("sampler", "Sampler", SAMPLERS, "UniPC AYS", aliases=("sampler_name", "sampler_index")),
    _float("strength", "Strength", 0.0, 1.0, 1.0, aliases=("denoising_strength",)),
    _int("clip_skip", "CLIP Skip", 1, 23, 1),
    _float("image_guidance", "Image Guidance", 0.0, 25.0, 1.5),
    _float("mask_blur", "Mask Blur", 0.0, 25.0, 1.5),
    _int("mask_blur_outset", "Mask Blur Outset", -100, 1000, 0),
    _float("sharpness", "Sharpness", 0.0, 30.0, 0.0),
    _float("clip_weight", "CLIP Weight", 0.0, 1.0, 1.0),
    _bool("negative_prompt_for_image_prior", "Negative Prompt For Image Prior", True),
    _int("image_prior_steps", "Image Prior Steps", 3, 60, 5),
    _string("prompt", "Prompt", "a photo of an astronaut"),
    _string("negative_prompt", "Negative Prompt", ""),
    _bool("hires_fix", "High Resolution Fix", False, aliases=("enable_hr",)),
    _int("hires_fix_width", "First Pass Width", 128, 2048, 448, aliases=("firstphase_width",)),
    _int("hires_fix_height", "First Pass Height", 128, 2048, 448, aliases=("firstphase_height",)),
    _float("hires_fix_strength", "Second Pass Strength", 0.0, 1.0, 0.7),
    _bool("tiled_decoding", "Tiled Decoding", False),
    _int("decoding_tile_width", "Decoding Tile Width", 128, 2048, 640),
    _int("decoding_tile_height", "Decoding Tile Height", 128, 2048, 640),
    _int("decoding_tile_overlap", "Decoding Tile Overlap", 64, 1024, 128),
    _int("original_width", "Original Width", 128, 2048, 1024),
    _int("original_height", "Original Height", 128, 2048, 1024),
    _int("crop_top", "Crop Top", 0, 1024, 0),
    _int("crop_left", "Crop Left", 0, 1024, 0),
    _int("target_width", "Target Width", 128, 2048, 1024),
    _int("target_height", "Target Height", 128, 2048, 1024),
    _int("negative_original_width", "Negative Original Width", 128, 2048, 512),
    _int("negative_original_height", "Negative Original Height", 128, 2048, 512),
    _float("aesthetic_score", "Aesthetic Score", 0.0, 10.0, 6.0),
    _float("negative_aesthetic_score", "Negative Aesthetic Score", 0.0, 10.0, 2.5),
    _bool("zero_negative_prompt", "Zero Negative Prompt", False),
    _string("refiner_model", "refiner_model", None),
    _float("refiner_start", "Refiner Start", 0.0, 1.0, 0.85),
    _int("num_frames", "Number of Frames", 1, 201, 14),
    _int("fps", "FPS", 1, 30, 5),
    _int("motion_scale", "Motion Scale", 0, 255, 127),
    _float("guiding_frame_noise", "Guiding Frame Noise", 0.0, 1.0, 0.02),
    _float("start_frame_guidance", "Start Frame Guidance", 0.0, 25.0, 1.0),
    _float("shift", "Shift", 0.1, 8.0, 1.0),
    _float("stage_2_guidance", "Stage 2 Guidance", 0.0, 25.0, 1.0),
    _float("stage_2_shift", "Stage 2 Shift", 0.1, 5.0, 1.0),
    _array("loras", "loras"),
    _array("controls", "controls"),
    _float("stochastic_sampling_gamma", "Strategic Stochastic Sampling", 0.0, 1.0, 0.3),
    _bool("preserve_original_after_inpaint", "Preserve Original After Inpaint", True),
    _bool("tiled_diffusion", "Tiled Diffusion", False),
    _int("diffusion_tile_width", "Diffusion Tile Width", 128, 2048, 1024),
    _int("diffusion_tile_height", "Diffusion Tile Height", 128, 2048, 1024),
    _int("diffusion_tile_overlap", "Diffusion Tile Overlap", 64, 1024, 128),
    _string("upscaler", "upscaler", None),
    _int("upscaler_scale", "Upscale Factor", 0, 4, 0, aliases=("upscaler_scale_factor",)),
    _bool("t5_text_encoder_decoding", "T5 Text Encoder", True),
    _bool("separate_clip_l", "Separate CLIP L", False),
    _string("clip_l_text", "clip_l_text", None),
    _bool("separate_open_clip_g", "Separate OpenCLIP G", False),
    _string("open_clip_g_text", "open_clip_g_text", None),
    _bool("speed_up_with_guidance_embed", "Speed Up With Guidance Embed", True),
    _float("guidance_embed", "Guidance Embed", 0.0, 25.0, 3.5),
    _bool("resolution_dependent_shift", "Resolution Dependent Shift", True),
    _int("tea_cache_start", "tea_cache_start", 0, 1000, 5),
    _int("tea_cache_end", "tea_cache_end", 0, 1000, -1),
    _float("tea_cache_threshold", "Tea Cache Threshold", 0.0, 1.0, 0.06),
    _int("tea_cache_max_skip_steps", "tea_cache_max_skip_steps", 1, 1000, 3),
    _bool("tea_cache", "Tea Cache", False),
    _bool("separate_t5", "Separate T5", False),
    _string("t5_text", "t5_text", None),
    _int("causal_inference", "Causal Inference", 0, 1000, 0),
    _int("causal_inference_pad", "Causal Inference Pad", 0, 1000, 0),
    _bool("cfg_zero_star", "CFG Zero Star", False),
    _int("cfg_zero_init_steps", "CFG Zero Init Steps", 0, 1000, 0),
    _enum("compression_artifacts", "Compression Artifacts", ("disabled", "h264", "h265", "jpeg"), "disabled",
          aliases=("compression_artifacts",)),
    _float("compression_artifacts_quality", "Compression Artifacts Quality", 0.0, 100.0, 43.1,
           aliases=("compression_artifacts_quality",)),
    _enum("color_calibration", "Color Calibration", ("none", "lab"), "none",
          aliases=("color_calibration",)),
    _bool("expand_prompt_to_json", "Expand Prompt to JSON", False, aliases=("expand_prompt_to_json",)),
)
# fmt: on

BY_NAME: Mapping[str, Key] = {key.name: key for key in KEYS}
