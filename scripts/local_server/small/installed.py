# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pretended server was started with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Installed:
    """One model, and what may be named beside it, in stable-diffusion.cpp's spelling."""

    model: str = "dreamshaper_8"
    samplers: tuple[str, ...] = (
        "euler", "euler_a", "heun", "dpm2", "dpm++2s_a", "dpm++2m", "dpm++2mv2", "ipndm", "lcm",
        "ddim_trailing", "tcd",
    )  # fmt: skip
    schedulers: tuple[str, ...] = (
        "discrete", "karras", "exponential", "ays", "gits", "sgm_uniform", "simple", "kl_optimal",
    )  # fmt: skip
    loras: tuple[str, ...] = ("add_detail.safetensors", "styles/rust.safetensors")
    """Paths below the folder of LoRAs."""
    upscaler: str = "ESRGAN_4x"
    """Of KoboldCpp; empty: it was started without one."""
    sees: bool = True
    """Whether KoboldCpp has a model that describes pictures."""


def stem(path: str) -> str:
    """The name that a file is listed by."""
    return path.rpartition("/")[2].rpartition(".")[0]
