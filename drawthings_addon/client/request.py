# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One frozen tree that is the whole request.

The interface builds it, the dialect encodes it, the job carries it, the picture remembers it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["txt2img", "img2img", "extras"]
InpaintArea = Literal["WHOLE", "MASKED"]
InpaintFill = Literal["FILL", "ORIGINAL", "LATENT_NOISE", "LATENT_NOTHING"]
ControlMode = Literal["BALANCED", "PROMPT", "CONTROL"]
ControlResize = Literal["STRETCH", "CROP", "FILL"]
JsonScalar = str | int | float | bool | None
ScriptValue = JsonScalar | tuple[JsonScalar, ...]


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
class HiresFix:
    """A1111's second pass of txt2img at a larger size."""

    scale: float = 2.0
    """1 to 4 times the request's width and height."""
    upscaler: str = ""
    """A name of the server's upscalers or latent modes; empty is its own default, Latent."""
    steps: int = 0
    """0: as many as the first pass."""
    strength: float = 0.7
    """Denoising strength of the second pass, 0 to 1."""


@dataclass(frozen=True)
class Script:
    """One of A1111's selectable scripts."""

    name: str
    """The title as `/scripts` or `/script-info` tells it; letter case does not matter to the server."""
    args: tuple[ScriptValue, ...] = ()
    """All of its arguments, in the order of `/script-info`: the server completes none."""


@dataclass(frozen=True)
class ControlUnit:
    """One unit of A1111's ControlNet extension with a picture of its own."""

    model: str
    """A name of the extension's model list, with its hash."""
    module: str = "none"
    """The preprocessor; "none" when the picture is a map already, as those rendered in Blender are."""
    weight: float = 1.0
    """0 to 2."""
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    control_mode: ControlMode = "BALANCED"
    resize_mode: ControlResize = "STRETCH"
    pixel_perfect: bool = False
    """Whether the preprocessor works at the picture's own size; without effect on a ready map."""
    source: str = ""
    """What the picture is, such as DEPTH or NORMAL, so that it can be made again; not sent."""
    image: bytes = field(default=b"", repr=False)
    """PNG or JPEG bytes of any size. Empty: img2img's picture is used."""


@dataclass(frozen=True)
class GenerationRequest:
    """One picture to make. N pictures are N requests with seeds seed, seed + 1, …

    Each dialect sends the fields that its server knows and passes over the others: `fitness` tells which
    these are.
    """

    operation: Operation = "txt2img"
    """`extras`, which is no generation, stands in recipes only."""
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    """File or display name, or a name of A1111's model list; empty means as set in the app, and the key is
    not sent."""
    width: int = 1024
    """Pixels, a multiple of 64 from 128 to 8192; A1111 takes multiples of 8 from 64."""
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
    resolution_dependent_shift: bool = True
    """Whether the app computes the shift from the size, with the models for which it can."""
    speed_up_with_guidance_embed: bool = True
    """Whether models with an embedded guidance do without the negative prompt, in half the time."""
    guidance_embed: float = 3.5
    clip_skip: int = 1
    loras: tuple[Lora, ...] = ()
    controls: tuple[Control, ...] = ()
    upscaler: str = ""
    """File name; empty switches it off."""
    refiner_model: str = ""
    refiner_start: float = 0.85
    hires_fix: bool = False
    """Draw Things' own; A1111's is `hires`."""
    advanced: tuple[tuple[str, JsonScalar], ...] = ()
    """Any other parameter of Draw Things' key table, by its first spelling; checked like the fields above."""
    scheduler: str = ""
    """Name or label; empty is Automatic. This and all that follows up to `control_units` is A1111's."""
    vae: str = ""
    """A name of the server's list, `Automatic` or `None`; empty means as set in the server."""
    styles: tuple[str, ...] = ()
    """Names of the server's prompt styles."""
    tiling: bool = False
    """Whether the picture's edges meet when it is repeated."""
    restore_faces: bool = False
    """Known to Draw Things too."""
    mask_blur: int = 4
    """Pixels, 0 to 64. At 0 what is not masked comes back exactly as it was sent."""
    inpaint_area: InpaintArea = "WHOLE"
    """MASKED: the masked region alone is worked on, at the request's full size."""
    inpaint_padding: int = 32
    """Pixels around the masked region that MASKED takes in, 0 to 256."""
    inpaint_fill: InpaintFill = "ORIGINAL"
    """What the masked region starts from."""
    hires: HiresFix | None = None
    """txt2img only."""
    override_settings: tuple[tuple[str, JsonScalar], ...] = ()
    """Any other option of the server for this one picture; an unknown name fails the request."""
    script: Script | None = None
    control_units: tuple[ControlUnit, ...] = ()
    init_image: bytes = field(default=b"", repr=False)
    """img2img's picture: PNG or JPEG bytes, 8-bit sRGB without alpha, exactly width × height."""
    mask: bytes = field(default=b"", repr=False)
    """img2img's mask: PNG bytes without alpha, exactly width × height; white is painted anew."""
