# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections of a request that are plain values: each field is a row of the table of parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .parameters import A1111, DRAW_THINGS, parameter

InpaintArea = Literal["WHOLE", "MASKED"]
InpaintFill = Literal["FILL", "ORIGINAL", "LATENT_NOISE", "LATENT_NOTHING", "COLOR"]


@dataclass(frozen=True)
class Models:
    """What makes the picture."""

    model: str = parameter(
        "",
        label="Model",
        description="Model file or display name as in the app. Empty: as set in the app",
        keys={DRAW_THINGS: "model", A1111: "override_settings.sd_model_checkpoint"},
        picker="models",
        panel="SETTINGS",
        order=10,
        placeholder="As on the Server",
        optional=False,
        omitted_empty=True,
        infotext="Model",
        written="ALWAYS",
    )
    """File or display name, or a name of A1111's model list."""
    refiner_model: str = parameter(
        "",
        label="Refiner",
        description="Refiner model as in the app. Empty: off",
        keys={DRAW_THINGS: "refiner_model", A1111: "refiner_checkpoint"},
        panel="SAMPLING",
        order=50,
        group="refiner",
        placeholder="Off",
        chip="Refiner",
        what="a refiner",
        switches_off=True,
        infotext="Refiner",
        written="NEVER",
    )
    refiner_start: float = parameter(
        0.85,
        label="Refiner Start",
        description="Part of the steps at which the refiner takes over",
        keys={DRAW_THINGS: "refiner_start", A1111: "refiner_switch_at"},
        minimum=0,
        maximum=1,
        subtype="FACTOR",
        panel="SAMPLING",
        order=51,
        optional=False,
        infotext="Refiner switch at",
        written="NEVER",
        told_by_absence=False,
    )
    vae: str = parameter(
        "",
        label="VAE",
        description="What turns latents into pixels. Empty: as set on the server",
        keys={A1111: "override_settings.sd_vae"},
        picker="vaes",
        stripped=True,
        panel="SAMPLING",
        order=20,
        placeholder="Automatic",
        chip="VAE",
        what="a VAE",
        omitted_empty=True,
        infotext="VAE",
        written="NEVER",
    )
    """A name of the server's list, `Automatic` or `None`."""


@dataclass(frozen=True)
class Sampling:
    """How noise becomes a picture."""

    steps: int = parameter(
        20,
        label="Steps",
        description="Sampling steps: more take longer",
        keys={DRAW_THINGS: "steps", A1111: "steps"},
        minimum=1,
        maximum=150,
        panel="SETTINGS",
        order=30,
        optional=False,
        infotext="Steps",
        written="ALWAYS",
    )
    sampler: str = parameter(
        "",
        label="Sampler",
        description="How the steps are taken; distilled models want a Trailing one. "
        "Empty: automatic, which is UniPC Trailing in Draw Things, and elsewhere the server's own choice",
        keys={DRAW_THINGS: "sampler", A1111: "sampler_name"},
        picker="samplers",
        stripped=True,
        panel="SETTINGS",
        order=60,
        placeholder="Automatic",
        optional=False,
        neutral="Automatic",
        omitted_empty=True,
        factory={DRAW_THINGS: "UniPC Trailing"},
        infotext="Sampler",
        written="ALWAYS",
    )
    scheduler: str = parameter(
        "",
        label="Scheduler",
        description="How noise is spread over the steps. Empty: automatic",
        keys={A1111: "scheduler"},
        picker="schedulers",
        stripped=True,
        panel="SETTINGS",
        order=70,
        placeholder="Automatic",
        what="a scheduler",
        neutral="Automatic",
        omitted_empty=True,
        infotext="Schedule type",
        written="NEVER",
    )
    """Name or label."""
    guidance_scale: float = parameter(
        4.5,
        label="Guidance",
        description="How closely the prompt is followed (CFG scale). Distilled models want 1",
        keys={DRAW_THINGS: "guidance_scale", A1111: "cfg_scale"},
        minimum=0,
        maximum=50,
        step=10,
        precision=1,
        panel="SETTINGS",
        order=40,
        group="guidance",
        optional=False,
        infotext="CFG scale",
        written="ALWAYS",
    )
    guidance_embed: float = parameter(
        3.5,
        label="Guidance Embed",
        description="What models with an embedded guidance are given while they do not speed up",
        keys={DRAW_THINGS: "guidance_embed"},
        minimum=0,
        maximum=25,
        step=10,
        precision=1,
        panel="SETTINGS",
        order=41,
        text="Embedded",
        group="guidance",
        what="an embedded guidance",
        formerly_option=True,
    )
    speed_up_with_guidance_embed: bool = parameter(
        True,
        label="Speed Up with Guidance Embed",
        description="Of models whose guidance is embedded, such as FLUX.1 [dev]: embed Guidance, and do "
        "without the negative prompt, which is faster. Off: guide by both prompts, and embed the number "
        "of Guidance Embed",
        keys={DRAW_THINGS: "speed_up_with_guidance_embed"},
        panel="SETTINGS",
        order=42,
        text="Speed Up",
        group="guidance",
        what="guidance that is not embedded for speed",
        formerly_option=True,
    )
    strength: float = parameter(
        0.6,
        label="Strength",
        description="How far a restyled picture may leave its source (denoising strength): "
        "0 changes nothing, 1 ignores it",
        keys={DRAW_THINGS: "strength", A1111: "denoising_strength"},
        minimum=0,
        maximum=1,
        subtype="FACTOR",
        optional=False,
    )
    """img2img's; txt2img always sends 1."""
    seed: int = parameter(
        0,
        label="Seed",
        description="The same seed and settings make the same picture. "
        "Seeds above 2147483647 are written as negative numbers",
        keys={DRAW_THINGS: "seed", A1111: "seed"},
        optional=False,
        infotext="Seed",
        written="ALWAYS",
    )
    """0 to 4294967295, always chosen here: the answer does not tell it."""
    seed_mode: str = parameter(
        "",
        label="Seed Mode",
        description="How a seed becomes noise. Empty: automatic, which is Scale Alike in Draw Things",
        keys={DRAW_THINGS: "seed_mode"},
        picker="seed_modes",
        stripped=True,
        panel="SAMPLING",
        order=30,
        placeholder="Automatic",
        neutral="Automatic",
        omitted_empty=True,
        factory={DRAW_THINGS: "Scale Alike"},
        what="a seed mode",
    )
    shift: float = parameter(
        1.0,
        label="Shift",
        description="Moves effort to early steps (structure) or late ones (detail)",
        keys={DRAW_THINGS: "shift"},
        minimum=0.1,
        maximum=8,
        panel="SAMPLING",
        order=31,
        group="shift",
        what="a shift",
    )
    resolution_dependent_shift: bool = parameter(
        True,
        label="Resolution-Dependent Shift",
        description="Let the app compute the shift from the size, with the models for which it can: "
        "1.88 at 512 × 512, 3.16 at 1024 × 1024, 25.3 at 2048 × 2048",
        keys={DRAW_THINGS: "resolution_dependent_shift"},
        panel="SAMPLING",
        order=32,
        text="By Resolution",
        group="shift",
        what="a shift that does not follow the resolution",
        formerly_option=True,
    )
    tiling: bool = parameter(
        False,
        label="Tiling",
        description="Make a picture whose edges meet (tiling)",
        keys={A1111: "tiling"},
        setting="use_tiling",
        panel="SAMPLING",
        order=71,
        group="switches",
        chip="Tiling",
        what="tiling",
        infotext="Tiling",
        written="NEVER",
    )


@dataclass(frozen=True)
class Images:
    """The picture's size, and what it starts from."""

    width: int = parameter(
        1024,
        label="Width",
        description="Width of new pictures in pixels, a multiple of 64 (txt2img)",
        keys={DRAW_THINGS: "width", A1111: "width"},
        minimum=128,
        maximum=8192,
        step=64,
        subtype="PIXEL",
        optional=False,
    )
    """A1111 takes multiples of 8 from 64."""
    height: int = parameter(
        1024,
        label="Height",
        description="Height of new pictures in pixels, a multiple of 64 (txt2img)",
        keys={DRAW_THINGS: "height", A1111: "height"},
        minimum=128,
        maximum=8192,
        step=64,
        subtype="PIXEL",
        optional=False,
    )
    init_image: bytes = field(default=b"", repr=False)
    """img2img's picture: PNG or JPEG bytes, 8-bit sRGB without alpha, exactly width × height."""


@dataclass(frozen=True)
class Mask:
    """What of img2img's picture is painted anew."""

    image: bytes = field(default=b"", repr=False)
    """PNG bytes without alpha, exactly width × height; white is painted anew. Empty: all of it."""
    blur: int = parameter(
        4,
        label="Blur",
        description="Softness of the mask's edge in pixels",
        setting="inpaint.mask_blur",
        minimum=0,
        maximum=64,
        optional=False,
        infotext="Mask blur",
        written="NEVER",
        told_by_absence=False,
    )
    """At 0 what is not masked comes back exactly as it was sent."""
    area: InpaintArea = parameter(
        "WHOLE",
        label="Area",
        description="What the model looks at",
        items=(
            ("WHOLE", "Whole Picture", "The whole picture, so that the new part fits in"),
            ("MASKED", "Only Masked", "Only the masked part, at full resolution"),
        ),
        setting="inpaint.area",
        optional=False,
        infotext="Inpaint area",
        written="NEVER",
        told_by_absence=False,
    )
    """MASKED: the masked region alone is worked on, at the request's full size."""
    padding: int = parameter(
        32,
        label="Padding",
        description="Pixels around the masked part that the model sees too",
        setting="inpaint.padding",
        minimum=0,
        maximum=256,
        optional=False,
        infotext="Masked area padding",
        written="NEVER",
        told_by_absence=False,
    )
    fill: InpaintFill = parameter(
        "ORIGINAL",
        label="Fill",
        description="What the masked part starts from",
        items=(
            ("ORIGINAL", "Original", "What is there"),
            ("FILL", "Fill", "The colours around it"),
            ("LATENT_NOISE", "Latent Noise", "Random noise: nothing of it is kept"),
            ("LATENT_NOTHING", "Latent Nothing", "An empty latent, which becomes one even colour"),
            ("COLOR", "Color", "A colour of your own"),
        ),
        setting="inpaint.fill",
        optional=False,
        infotext="Masked content",
        written="NEVER",
        told_by_absence=False,
    )


@dataclass(frozen=True)
class HiresFix:
    """Two passes, against doubled motifs: a small picture first, which is enlarged and worked over.

    Both kinds can be asked for at once, as it may not be known which server will do it: each takes its own.
    """

    keeps_size: bool = parameter(
        False,
        label="High Resolution Fix",
        description="Make a small picture first and enlarge it, against doubled motifs",
        keys={DRAW_THINGS: "hires_fix"},
        setting="hires_fix",
        panel="SAMPLING",
        order=70,
        group="switches",
        chip="High-Res Fix",
        what="the hires fix of Draw Things",
    )
    """Draw Things: the request's size is the second pass's. What follows below is not of this kind; it has
    options of its own."""
    enlarges: bool = parameter(
        False,
        label="Hires Fix",
        description="Make a small picture first, enlarge it and work it over",
        setting="hires.use",
        optional=False,
    )
    """A1111, txt2img only: the request's size is the first pass's."""
    scale: float = parameter(
        2.0,
        label="Scale",
        description="How much larger it becomes",
        setting="hires.scale",
        minimum=1,
        maximum=4,
        optional=False,
    )
    """Times the request's width and height."""
    upscaler: str = parameter(
        "",
        label="Upscaler",
        description="What enlarges it. Empty: the server's own choice, mostly Latent",
        setting="hires.upscaler",
        picker="hires_upscalers",
        stripped=True,
        neutral="Automatic",
        optional=False,
    )
    """A name of the server's upscalers or latent modes; empty is its own default."""
    steps: int = parameter(
        0,
        label="Steps",
        description="Steps of the second pass; 0: as many as the first",
        setting="hires.steps",
        minimum=0,
        maximum=150,
        optional=False,
    )
    strength: float = parameter(
        0.7,
        label="Strength",
        description="How much the second pass may change (denoising strength)",
        setting="hires.strength",
        shown_default=0.5,
        minimum=0,
        maximum=1,
        subtype="FACTOR",
        optional=False,
    )


@dataclass(frozen=True)
class Upscaling:
    """What is done beyond the first pass."""

    upscaler: str = parameter(
        "",
        label="Upscaler",
        description="Upscaler file as in the app. Empty: off",
        keys={DRAW_THINGS: "upscaler"},
        picker="upscalers",
        panel="SAMPLING",
        order=40,
        placeholder="Off",
        chip="Upscaler",
        what="an upscaler after the picture",
        switches_off=True,
    )
    """What enlarges the picture at the end."""
    restore_faces: bool = parameter(
        False,
        label="Restore Faces",
        description="Work over faces at the end with the server's face restorer",
        keys={DRAW_THINGS: "restore_faces", A1111: "restore_faces"},
        setting="use_restore_faces",
        panel="SAMPLING",
        order=72,
        group="switches",
        chip="Restore Faces",
        what="restored faces",
        infotext="Face restoration",
        written="NEVER",
        formerly_option=True,
    )
    hires_fix: HiresFix = HiresFix()
