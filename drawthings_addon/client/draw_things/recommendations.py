# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that Draw Things' makers recommend for its models (published configurations, August 2026).

What a configuration does not tell is as in a fresh app, since the app takes it so: `shift` is 1 and follows
the size. Of what all of them say alike two things count here: the strength is 1, which edit models want, and
the number that a model with an embedded guidance is given is its guidance. Wan 2.2 is two models: the second,
which removes the last noise, is the first one's refiner (the same configurations).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..models import KnownModel, ModelSettings
from ..parameters import ParameterRow
from ..request import ROWS_BY_PATH, Lora
from .keys import KEYS
from .model_families import family_of, listed_like, plain, stem
from .model_list import ListedModel, listed

#: In the file of each of Wan 2.2's two models: for much noise, with which a picture begins, and for little.
_HIGH_NOISE, _LOW_NOISE = "_hne_", "_lne_"


@dataclass(frozen=True)
class _Published:
    """One configuration."""

    name: str
    model: str
    steps: int
    sampler: str
    guidance: float
    shift: float = 1.0
    by_size: bool = True
    """resolution_dependent_shift."""
    frames: int = 0
    """num_frames; 0: it makes pictures."""
    loras: tuple[str, ...] = ()
    refiner_start: float = 0.0
    """0: without a refiner."""


# fmt: off
_PUBLISHED = (
    _Published("Qwen Image 2512", "qwen_image_2512_q6p.ckpt", 30, "UniPC Trailing", 4.0, shift=2.0),
    _Published("Qwen Image Edit 2511", "qwen_image_edit_2511_q6p.ckpt",
               30, "UniPC Trailing", 4.0, shift=2.0),
    _Published("Z Image Turbo 1.0", "z_image_turbo_1.0_q6p.ckpt",
               8, "UniPC Trailing", 1.0, shift=3.0, by_size=False),
    _Published("Z Image Base 1.0", "z_image_1.0_q6p.ckpt", 30, "UniPC Trailing", 4.0, by_size=True),
    _Published("HiDream O1 [dev]", "hidream_o1_dev_2604_f16.ckpt",
               28, "DPM++ 2M Trailing", 1.0, shift=1.0, by_size=True),
    _Published("FLUX.2 [klein] 9B KV", "flux_2_klein_9b_kv_q6p.ckpt",
               4, "DDIM Trailing", 1.0, shift=3.0, by_size=False),
    _Published("FLUX.2 [klein] 9B", "flux_2_klein_9b_q6p.ckpt",
               4, "DDIM Trailing", 1.0, shift=3.0, by_size=False),
    _Published("FLUX.2 [klein] 9B Base", "flux_2_klein_base_9b_q6p.ckpt",
               30, "DDIM Trailing", 4.0, by_size=True),
    _Published("FLUX.2 [klein] 4B", "flux_2_klein_4b_q6p.ckpt",
               4, "DDIM Trailing", 1.0, shift=3.0, by_size=False),
    _Published("FLUX.2 [klein] 4B Base", "flux_2_klein_base_4b_q6p.ckpt",
               30, "DDIM Trailing", 4.0, by_size=True),
    _Published("LTX-2.3 22B [distilled] 720p", "ltx_2.3_22b_distilled_q8p.ckpt",
               8, "TCD Trailing", 1.0, shift=5.0, frames=121),
    _Published("LTX-2.3 22B [dev] 720p", "ltx_2.3_22b_dev_q8p.ckpt",
               30, "UniPC Trailing", 5.0, shift=5.0, frames=121),
    _Published("LTX-2 19B [distilled] 720p", "ltx_2_19b_distilled_q8p.ckpt",
               8, "TCD Trailing", 1.0, shift=5.0, frames=121),
    _Published("LTX-2 19B [dev] 720p", "ltx_2_19b_dev_q8p.ckpt",
               30, "UniPC Trailing", 5.0, shift=5.0, frames=121),
    _Published("FLUX.2 [dev]", "flux_2_dev_q6p.ckpt", 28, "DDIM Trailing", 4.5, shift=1.0, by_size=True),
    _Published("Wan v2.2 T2V 14B", "wan_v2.2_a14b_hne_t2v_q6p_svd.ckpt",
               30, "UniPC Trailing", 4.0, shift=8.0, frames=81, refiner_start=0.125),
    _Published("Wan v2.2 I2V 14B", "wan_v2.2_a14b_hne_i2v_q6p_svd.ckpt",
               30, "UniPC Trailing", 3.5, shift=5.0, frames=81, refiner_start=0.1),
    _Published("Qwen Image 2512 with Lightning 4-Step v1.0", "qwen_image_2512_q6p.ckpt",
               4, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_2512_lightning_4_step_v1.0_lora_f16.ckpt",)),
    _Published("Qwen Image Edit 2511 with Lightning 4-Step v1.0", "qwen_image_edit_2511_q6p.ckpt",
               4, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt",)),
    _Published("FLUX.2 [dev] with Turbo", "flux_2_dev_q6p.ckpt",
               4, "DDIM Trailing", 4.5, shift=3.0, by_size=False,
               loras=("flux_2_dev_turbo_lora_f16.ckpt",)),
    _Published("Wan v2.2 T2V 14B with Lightning v1.1", "wan_v2.2_a14b_hne_t2v_q6p_svd.ckpt",
               4, "UniPC Trailing", 1.0, shift=5.0, frames=81, refiner_start=0.125,
               loras=("wan_v2.2_a14b_hne_t2v_lightning_v1.1_lora_f16.ckpt",
                      "wan_v2.2_a14b_lne_t2v_lightning_v1.1_lora_f16.ckpt")),
    _Published("Wan v2.2 I2V 14B with Lightning v1.0", "wan_v2.2_a14b_hne_i2v_q6p_svd.ckpt",
               4, "UniPC Trailing", 1.0, shift=5.0, frames=81, refiner_start=0.1,
               loras=("wan_v2.2_a14b_hne_i2v_lightning_v1.0_lora_f16.ckpt",
                      "wan_v2.2_a14b_lne_i2v_lightning_v1.0_lora_f16.ckpt")),
    _Published("Qwen Image Edit 2509", "qwen_image_edit_2509_q6p.ckpt",
               30, "UniPC Trailing", 4.0, shift=2.0),
    _Published("Qwen Image 1.0", "qwen_image_1.0_q6p.ckpt", 30, "UniPC Trailing", 4.0, shift=2.0),
    _Published("Qwen Image Edit 1.0", "qwen_image_edit_1.0_q6p.ckpt", 30, "UniPC Trailing", 4.0, shift=2.0),
    _Published("HiDream-I1 [fast]", "hidream_i1_fast_q5p.ckpt",
               16, "Euler A Trailing", 1.0, shift=3.0, by_size=False),
    _Published("HiDream-I1 [dev]", "hidream_i1_dev_q5p.ckpt",
               28, "Euler A Trailing", 1.0, shift=6.0, by_size=False),
    _Published("HiDream-I1 [full]", "hidream_i1_full_q5p.ckpt",
               40, "Euler A Trailing", 5.0, shift=3.0, by_size=False),
    _Published("FLUX.1 [schnell]", "flux_1_schnell_q5p.ckpt",
               4, "Euler A Trailing", 4.5, shift=1.0, by_size=False),
    _Published("FLUX.1 [dev]", "flux_1_dev_q5p.ckpt", 28, "Euler A Trailing", 4.5, shift=1.0, by_size=True),
    _Published("FLUX.1 Fill [dev]", "flux_1_fill_dev_q5p.ckpt",
               28, "Euler A Trailing", 50.0, shift=1.0, by_size=True),
    _Published("Qwen Image 1.0 with Lightning 4-Step v2.0", "qwen_image_1.0_q6p.ckpt",
               4, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_1.0_lightning_4_step_v2.0_lora_f16.ckpt",)),
    _Published("Qwen Image 1.0 with Lightning 8-Step v2.0", "qwen_image_1.0_q6p.ckpt",
               8, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_1.0_lightning_8_step_v2.0_lora_f16.ckpt",)),
    _Published("Qwen Image Edit 2509 with Lightning 4-Step v1.0", "qwen_image_edit_2509_q6p.ckpt",
               4, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_edit_2509_lightning_4_step_v1.0_lora_f16.ckpt",)),
    _Published("Qwen Image Edit 2509 with Lightning 8-Step v1.0", "qwen_image_edit_2509_q6p.ckpt",
               8, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_edit_2509_lightning_8_step_v1.0_lora_f16.ckpt",)),
    _Published("Qwen Image Edit 1.0 with Lightning 4-Step v1.0", "qwen_image_edit_1.0_q6p.ckpt",
               4, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_edit_1.0_lightning_4_step_v1.0_lora_f16.ckpt",)),
    _Published("Qwen Image Edit 1.0 with Lightning 8-Step v1.0", "qwen_image_edit_1.0_q6p.ckpt",
               8, "UniPC Trailing", 1.0, shift=3.0, by_size=False,
               loras=("qwen_image_edit_1.0_lightning_8_step_v1.0_lora_f16.ckpt",)),
    _Published("Hunyuan Video T2V 720p", "hunyuan_video_t2v_720p_q5p_svd.ckpt",
               30, "DDIM Trailing", 6.0, shift=7.0, by_size=False, frames=129),
    _Published("Wan v2.1 T2V 1.3B 480p", "wan_v2.1_1.3b_480p_f16.ckpt",
               30, "Euler A Trailing", 5.0, shift=5.0, frames=81),
    _Published("Wan v2.1 T2V 14B 720p", "wan_v2.1_14b_720p_q6p_svd.ckpt",
               30, "Euler A Trailing", 5.0, shift=5.0, frames=81),
    _Published("Wan v2.1 I2V 14B 480p", "wan_v2.1_14b_i2v_480p_q6p_svd.ckpt",
               30, "Euler A Trailing", 5.0, shift=3.0, frames=81),
    _Published("Wan v2.1 I2V 14B 720p", "wan_v2.1_14b_i2v_720p_q6p_svd.ckpt",
               30, "Euler A Trailing", 5.0, shift=5.0, frames=81),
    _Published("Stable Diffusion v1.5", "sd_v1.5_f16.ckpt",
               16, "DPM++ 2M AYS", 5.0, shift=1.0, by_size=False),
    _Published("SDXL v1.0", "sd_xl_base_1.0_f16.ckpt", 16, "DPM++ 2M AYS", 5.0, shift=1.0, by_size=False),
    _Published("SkyReels v1 Hunyuan T2V 544p", "skyreels_v1_hunyuan_t2v_q5p_svd.ckpt",
               30, "DDIM Trailing", 6.0, shift=7.0, by_size=False, frames=97),
    _Published("SkyReels v1 Hunyuan I2V 544p", "skyreels_v1_hunyuan_i2v_q5p_svd.ckpt",
               30, "DDIM Trailing", 6.0, shift=7.0, by_size=False, frames=97),
)
# fmt: on


@functools.cache
def known() -> tuple[KnownModel, ...]:
    """Every model of the app's lists, by family."""
    return tuple(map(_known, listed()))


@functools.lru_cache(1024)
def known_model(name: str) -> KnownModel | None:
    """What is known of a model by its file or display name, also where it is stored otherwise than any of the
    list."""
    found = listed_like(name)
    return None if found is None else _known(found)


@functools.lru_cache(1024)
def recommended(name: str) -> tuple[ModelSettings, ...]:
    """The settings for a model by its file or display name, whichever way it is stored; or those that are
    called so.

    The plain ones come first, then those that need LoRAs.
    """
    wanted = _model_stem(name)
    found = [each for each in _PUBLISHED if wanted and _model_stem(each.model) == wanted]
    found = found or [each for each in _PUBLISHED if plain(each.name) == plain(name)]
    return tuple(_settings(each, name) for each in sorted(found, key=lambda each: len(each.loras)))


@functools.cache
def brought() -> frozenset[str]:
    """The LoRAs and refiners that any of these settings bring, in every way that they are stored."""
    refiners = (model.file for model in listed() if _LOW_NOISE in model.file)
    return frozenset((*refiners, *(lora for each in _PUBLISHED for lora in each.loras)))


def _known(model: ListedModel) -> KnownModel:
    family = family_of(model.file)
    name = model.family if family is None else family.name
    return KnownModel(model.file, model.title, name, model.pixels, model.purposes)


@functools.lru_cache(1024)
def _model_stem(name: str) -> str:
    """The same for a model's file and for its title."""
    found = listed_like(name)
    return stem(name if found is None else found.file)


def _settings(published: _Published, name: str) -> ModelSettings:
    """For the model of that name, which may be stored otherwise than the one they were published for."""
    family = family_of(published.model)
    values: dict[str, Any] = {
        "sampling.steps": published.steps,
        "sampling.sampler": published.sampler,
        "sampling.guidance_scale": published.guidance,
        "sampling.shift": published.shift,
        "sampling.resolution_dependent_shift": published.by_size,
        "models.refiner_model": _refiner(published, name),
    }
    if published.refiner_start:
        values["models.refiner_start"] = published.refiner_start
    if family is not None and family.edits:
        values["sampling.strength"] = 1.0
    if family is not None and family.guidance == "EMBEDDED":
        values["sampling.speed_up_with_guidance_embed"] = True
        values["sampling.guidance_embed"] = min(published.guidance, KEYS["guidance_embed"].maximum or 0.0)
    rows: Mapping[ParameterRow, Any] = {ROWS_BY_PATH[path]: value for path, value in values.items()}
    return ModelSettings(
        published.name,
        published.model,
        rows,
        tuple(Lora(file, 1.0, _mode(file)) for file in published.loras),
        {"num_frames": published.frames or None},
        brought(),
    )


def _refiner(published: _Published, name: str) -> str:
    if not published.refiner_start:
        return ""
    found = listed_like(name)
    file = published.model if found is None else found.file
    return file.replace(_HIGH_NOISE, _LOW_NOISE)


def _mode(lora: str) -> Any:
    """Which of two models a LoRA is for."""
    return "base" if _HIGH_NOISE in lora else "refiner" if _LOW_NOISE in lora else "all"
