# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One frozen tree that is the whole request.

The interface builds it, the dialect encodes it, the job carries it, the picture remembers it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["txt2img", "img2img"]
JsonScalar = str | int | float | bool | None


@dataclass(frozen=True)
class Lora:
    """One LoRA as Draw Things names it."""

    file: str
    """File name as in the app's models folder, such as `x_lora_f16.ckpt`; no folder."""
    weight: float = 1.0
    """Not range-checked by the server; usual values lie between -2 and 2."""
    mode: Literal["all", "base", "refiner"] = "all"


@dataclass(frozen=True)
class Control:
    """One ControlNet entry as Draw Things names it; the app derives its hint from the init image."""

    file: str
    weight: float = 1.0
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    no_prompt: bool = False
    global_average_pooling: bool = True
    down_sampling_rate: float = 1.0
    control_importance: Literal["balanced", "prompt", "control"] = "balanced"
    input_override: str = ""
    """Empty, or what the file is a control for: depth, canny, softedge, scribble, tile …"""
    target_blocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class GenerationRequest:
    """One picture to make. N pictures are N requests with seeds seed, seed + 1, …"""

    operation: Operation = "txt2img"
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    """File or display name; empty means as set in the app, and the key is not sent."""
    width: int = 1024
    """Pixels, a multiple of 64 from 128 to 8192."""
    height: int = 1024
    seed: int = 0
    """0 to 4294967295, always chosen here: the answer does not tell it."""
    steps: int = 20
    guidance_scale: float = 4.5
    sampler: str = "UniPC Trailing"
    strength: float = 0.6
    """img2img's denoising strength, 0 (nothing changes) to 1; txt2img always sends 1."""
    seed_mode: str = "Scale Alike"
    shift: float = 1.0
    clip_skip: int = 1
    loras: tuple[Lora, ...] = ()
    controls: tuple[Control, ...] = ()
    upscaler: str = ""
    """File name; empty switches it off."""
    refiner_model: str = ""
    refiner_start: float = 0.85
    hires_fix: bool = False
    advanced: tuple[tuple[str, JsonScalar], ...] = ()
    """Any other parameter of the key table, by its first spelling; checked like the fields above."""
    init_image: bytes = field(default=b"", repr=False)
    """img2img's picture: PNG or JPEG bytes, 8-bit sRGB without alpha, exactly width × height."""
