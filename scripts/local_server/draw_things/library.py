# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models, LoRAs and upscalers this pretended app knows, and which of them are downloaded."""

from __future__ import annotations

from dataclasses import dataclass

UPSCALERS = (
    "realesrgan_x2plus_f16.ckpt",
    "realesrgan_x4plus_f16.ckpt",
    "realesrgan_x4plus_anime_6b_f16.ckpt",
    "esrgan_4x_universal_upscaler_v2_sharp_f16.ckpt",
    "remacri_4x_f16.ckpt",
    "4x_ultrasharp_f16.ckpt",
)

FACE_RESTORATION = ("restoreformer_v1.0_f16.ckpt", "parsenet_v1.0_f16.ckpt")


@dataclass(frozen=True)
class Model:
    """A model of the app's list."""

    file: str
    name: str
    downloaded: bool = False
    makes_video: bool = False


MODELS = (
    Model("sd_xl_base_1.0_q6p_q8p.ckpt", "SDXL Base v1.0 (8-bit)", downloaded=True),
    Model("sd_v1.5_f16.ckpt", "Stable Diffusion v1.5", downloaded=True),
    Model("z_image_turbo_1.0_q6p.ckpt", "Z Image Turbo 1.0 (6-bit)", downloaded=True),
    Model("flux_2_klein_4b_q6p.ckpt", "FLUX.2 [klein] 4B (6-bit)", downloaded=True),
    Model("wan_v2.1_1.3b_480p_q8p.ckpt", "Wan 2.1 T2V 1.3B (8-bit)", True, makes_video=True),
    Model("sd_xl_refiner_1.0_q6p_q8p.ckpt", "SDXL Refiner v1.0 (8-bit)", downloaded=True),
    Model("sd_xl_base_1.0_f16.ckpt", "SDXL Base (v1.0)"),
    Model("flux_1_schnell_q8p.ckpt", "FLUX.1 [schnell]"),
    Model("qwen_image_edit_2511_q8p.ckpt", "Qwen Image Edit 2511"),
    Model("qwen_image_2512_q6p.ckpt", "Qwen Image 2512 (6-bit)"),
)


@dataclass(frozen=True)
class Library:
    """What lies in the app's models folder, and what the app could download."""

    models: tuple[Model, ...] = MODELS
    loras: frozenset[str] = frozenset(
        {"sdxl_offset_v1.0_lora_f16.ckpt", "seamless_texture_lora_f16.ckpt", "lcm_sdxl_lora_f16.ckpt"}
    )
    """Downloaded LoRA files. Others are missing, whether the app knows them or not."""
    upscalers: frozenset[str] = frozenset({UPSCALERS[0], UPSCALERS[1]})
    """Downloaded upscaler files."""
    face_restoration: frozenset[str] = frozenset()
    """Downloaded face restoration files; both of `FACE_RESTORATION` are needed."""

    def model(self, name: str) -> Model | None:
        """By file name first, then by the exact display name, as the app looks it up."""
        for model in self.models:
            if model.file == name:
                return model
        return next((model for model in self.models if model.name == name), None)


def upscale_factor(file: str | None, scale: int) -> int:
    """How many times larger the picture comes back; `scale` 0 means the upscaler's own factor."""
    if not file:
        return 1
    return scale or (2 if "_x2" in file else 4)
