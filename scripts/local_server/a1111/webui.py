# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pretended web UI has installed, and what its user has set.

Everything that a list route answers is here and can be replaced, with 5,000 entries or strange names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .published import OPTIONS

Flavour = Literal["A1111", "FORGE", "SDNEXT"]

VERSION = "v1.10.1"
ROOT = "/srv/webui"
"""The pretended folder of the program."""


@dataclass(frozen=True)
class Checkpoint:
    """A model file, with its folder inside `models/Stable-diffusion`."""

    name: str
    is_hashed: bool = True
    """Its hash is known: from its first use on."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()

    @property
    def hash(self) -> str:
        return self.sha256[:10]

    @property
    def title(self) -> str:
        return f"{self.name} [{self.hash}]" if self.is_hashed else self.name

    @property
    def model_name(self) -> str:
        """A model in a folder has `_` for the slash here."""
        return self.name.rpartition(".")[0].replace("/", "_") or self.name

    @property
    def stem(self) -> str:
        """The name that a generation's `info` tells."""
        return self.name.rpartition("/")[2].rpartition(".")[0] or self.name

    @property
    def filename(self) -> str:
        return f"{ROOT}/models/Stable-diffusion/{self.name}"

    def is_called(self, name: str) -> bool:
        """Whether the API would take `name` for this model: not its path."""
        names = [self.name, self.model_name, self.stem]
        hashed = [f"{self.name} [{self.hash}]", f"{self.stem} [{self.hash}]", self.hash, self.sha256]
        return name in names or (self.is_hashed and name in hashed)


@dataclass(frozen=True)
class Sampler:
    name: str
    aliases: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scheduler:
    name: str
    label: str
    aliases: tuple[str, ...] | None = None
    default_rho: float = -1
    need_inner_model: bool = False


@dataclass(frozen=True)
class Upscaler:
    name: str
    model_name: str | None = None
    model_path: str | None = None
    scale: float = 4


@dataclass(frozen=True)
class Style:
    name: str
    prompt: str | None = ""
    negative_prompt: str | None = ""


@dataclass(frozen=True)
class Embedding:
    """A textual inversion. What it was taught changes the colours of pictures that name it."""

    name: str
    vectors: int = 1
    step: int | None = None
    fits: bool = True
    """False: it was made for another kind of model, and is listed as skipped."""
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    """Mean and standard deviation of red, green and blue in the pictures that it was trained on."""


@dataclass(frozen=True)
class Extension:
    name: str
    remote: str
    branch: str = "main"
    commit_hash: str = "56cec5b2958edf3b1807b7e7b2b1b5186dbd2f81"
    version: str = "56cec5b2"
    commit_date: int = 1721909999
    enabled: bool = True


@dataclass(frozen=True)
class Argument:
    """One argument of a script, as `/script-info` tells it."""

    label: str | None
    value: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Script:
    """A script, known by its title in lower case."""

    name: str
    arguments: tuple[Argument, ...] = ()
    is_alwayson: bool = False
    txt2img: bool = True
    img2img: bool = True


SAMPLERS = (
    Sampler("DPM++ 2M", ("k_dpmpp_2m",), {"scheduler": "karras"}),
    Sampler("DPM++ SDE", ("k_dpmpp_sde",), {"scheduler": "karras", "second_order": "True"}),
    Sampler("DPM++ 2M SDE", ("k_dpmpp_2m_sde",), {"scheduler": "exponential", "brownian_noise": "True"}),
    Sampler("DPM++ 2S a", ("k_dpmpp_2s_a",), {"scheduler": "karras", "uses_ensd": "True"}),
    Sampler("DPM++ 3M SDE", ("k_dpmpp_3m_sde",), {"scheduler": "exponential"}),
    Sampler("Euler a", ("k_euler_a", "k_euler_ancestral"), {"uses_ensd": "True"}),
    Sampler("Euler", ("k_euler",)),
    Sampler("LMS", ("k_lms",)),
    Sampler("Heun", ("k_heun",), {"second_order": "True"}),
    Sampler("DPM2", ("k_dpm_2",), {"scheduler": "karras", "second_order": "True"}),
    Sampler("DPM fast", ("k_dpm_fast",), {"uses_ensd": "True"}),
    Sampler("Restart", ("restart",), {"scheduler": "karras", "second_order": "True"}),
    Sampler("DDIM", ("ddim",)),
    Sampler("PLMS", ("plms",)),
    Sampler("UniPC", ("unipc",)),
    Sampler("LCM", ("k_lcm",)),
)

SCHEDULERS = (
    Scheduler("automatic", "Automatic"),
    Scheduler("uniform", "Uniform", need_inner_model=True),
    Scheduler("karras", "Karras", default_rho=7.0),
    Scheduler("exponential", "Exponential"),
    Scheduler("polyexponential", "Polyexponential", default_rho=1.0),
    Scheduler("sgm_uniform", "SGM Uniform", ("SGMUniform",), need_inner_model=True),
    Scheduler("kl_optimal", "KL Optimal"),
    Scheduler("simple", "Simple", need_inner_model=True),
    Scheduler("normal", "Normal", need_inner_model=True),
    Scheduler("ddim", "DDIM", need_inner_model=True),
    Scheduler("beta", "Beta", need_inner_model=True),
)

UPSCALERS = (
    Upscaler("None", scale=1),
    Upscaler("Lanczos"),
    Upscaler("Nearest"),
    Upscaler("ESRGAN_4x", "ESRGAN_4x", f"{ROOT}/models/ESRGAN/ESRGAN_4x.pth"),
    Upscaler("R-ESRGAN 4x+", None, f"{ROOT}/models/RealESRGAN/RealESRGAN_x4plus.pth"),
    Upscaler("R-ESRGAN 4x+ Anime6B", None, f"{ROOT}/models/RealESRGAN/RealESRGAN_x4plus_anime_6B.pth"),
    Upscaler("SwinIR 4x", "SwinIR 4x", None),
)

LATENT_UPSCALE_MODES = (
    "Latent", "Latent (antialiased)", "Latent (bicubic)", "Latent (bicubic antialiased)",
    "Latent (nearest)", "Latent (nearest-exact)",
)  # fmt: skip

AXES = ("Nothing", "Seed", "Var. seed", "Steps", "Hires steps", "CFG Scale", "Prompt S/R")
"""Of X/Y/Z plot, in its order; each tab leaves out what is the other's."""


def _axes(choices: tuple[str, ...]) -> tuple[Argument, ...]:
    """The arguments of X/Y/Z plot, whose types are wanted by their places, though it tells their texts."""
    axes = [
        argument
        for axis, chosen in (("X", choices[1]), ("Y", choices[0]), ("Z", choices[0]))
        for argument in (
            Argument(f"{axis} type", chosen, choices=choices),
            Argument(f"{axis} values", ""),
            Argument(f"{axis} values", choices=()),
        )
    ]
    switches = [Argument(label, label == "Draw legend") for label in _SWITCHES[:4]]
    return (
        *axes,
        *switches,
        Argument("Grid margins (px)", 0, 0, 500, 2),
        *(Argument(label, False) for label in _SWITCHES[4:]),
    )


_SWITCHES = (
    "Draw legend", "Include Sub Images", "Include Sub Grids", "Keep -1 for seeds",
    "Use text inputs instead of dropdowns", "Use raw text lines",
)  # fmt: skip

_FILLS = ("fill", "original", "latent noise", "latent nothing")
_DIRECTIONS = ("left", "right", "up", "down")

SCRIPTS = (
    Script(
        "prompt matrix",
        (
            Argument("Put variable parts at start of prompt", False),
            Argument("Use different seed for each picture", False),
            Argument("Select prompt", "positive", choices=("positive", "negative")),
            Argument("Select joining char", "comma", choices=("comma", "space")),
            Argument("Grid margins (px)", 0, 0, 500, 2),
        ),
    ),
    Script(
        "prompts from file or textbox",
        (
            Argument("Iterate seed every line", False),
            Argument("Use same random seed for all lines", False),
            Argument("Insert prompts at the", "start", choices=("start", "end")),
            Argument("List of prompt inputs", ""),
        ),
    ),
    Script(
        "loopback",
        (
            Argument("Loops", 2, 1, 32, 1),
            Argument("Final denoising strength", 0.5, 0, 1, 0.01),
            Argument("Denoising strength curve", "Linear", choices=("Aggressive", "Linear", "Lazy")),
            Argument("Append interrogated prompt at each iteration", "None", choices=("None", "CLIP")),
        ),
        txt2img=False,
    ),
    Script(
        "poor man's outpainting",
        (
            Argument("Pixels to expand", 128, 8, 256, 8),
            Argument("Mask blur", 4, 0, 64, 1),
            Argument(
                "Masked content", "fill", choices=("fill", "original", "latent noise", "latent nothing")
            ),
            Argument(
                "Outpainting direction",
                ("left", "right", "up", "down"),
                choices=("left", "right", "up", "down"),
            ),
        ),
        txt2img=False,
    ),
    Script("x/y/z plot", _axes(AXES), img2img=False),
    Script("x/y/z plot", _axes(tuple(axis for axis in AXES if axis != "Hires steps")), txt2img=False),
    Script(
        "refiner",
        (
            Argument("Refiner", False),
            Argument("Checkpoint", "", choices=()),
            Argument("Switch at", 0.8, 0.01, 1.0, 0.01),
        ),
        is_alwayson=True,
    ),
    Script(
        "seed",
        (
            Argument("Seed", -1),
            Argument("Extra", False),
            Argument("Variation seed", -1),
            Argument("Variation strength", 0.0, 0, 1, 0.01),
            Argument("Resize seed from width", 0, 0, 2048, 8),
            Argument("Resize seed from height", 0, 0, 2048, 8),
        ),
        is_alwayson=True,
    ),
)

CONTROLNET_MODELS = (
    "control_v11f1p_sd15_depth [cfd03158]",
    "control_v11p_sd15_canny [d14c016b]",
    "control_v11p_sd15_lineart [43d4be0d]",
    "control_v11p_sd15_normalbae [316696f1]",
    "control_v11p_sd15_scribble [d4ba51ff]",
)


@dataclass(frozen=True)
class WebUi:
    """Models, lists and settings. Requests replace the settings; nobody is told of a replacement."""

    checkpoints: tuple[Checkpoint, ...] = (
        Checkpoint("v1-5-pruned-emaonly.safetensors"),
        Checkpoint("sd_xl_base_1.0.safetensors"),
        Checkpoint("textures/seamless_v2.ckpt", is_hashed=False),
    )
    vaes: tuple[str, ...] = ("vae-ft-mse-840000-ema-pruned.safetensors", "sdxl_vae.safetensors")
    samplers: tuple[Sampler, ...] = SAMPLERS
    schedulers: tuple[Scheduler, ...] = SCHEDULERS
    upscalers: tuple[Upscaler, ...] = UPSCALERS
    latent_upscale_modes: tuple[str, ...] = LATENT_UPSCALE_MODES
    hypernetworks: tuple[str, ...] = ("watercolour",)
    face_restorers: tuple[str, ...] = ("CodeFormer", "GFPGAN")
    realesrgan_models: tuple[str, ...] = ("R-ESRGAN General 4xV3", "R-ESRGAN 4x+", "R-ESRGAN 4x+ Anime6B")
    styles: tuple[Style, ...] = (
        Style("Watercolour", "watercolour painting of {prompt}, loose washes", "photograph"),
        Style("Seamless", "seamless tileable texture", "frame, border"),
    )
    embeddings: tuple[Embedding, ...] = (
        Embedding("easynegative", 8, 6100),
        Embedding("xl-only", 2, 500, fits=False),
    )
    loras: tuple[str, ...] = ("seamless_texture", "add_detail")
    extensions: tuple[Extension, ...] = (
        Extension("sd-webui-controlnet", "https://github.com/Mikubill/sd-webui-controlnet"),
    )
    scripts: tuple[Script, ...] = SCRIPTS
    controlnet_models: tuple[str, ...] = CONTROLNET_MODELS
    options: Mapping[str, Any] = field(default_factory=lambda: dict(OPTIONS))
    held: frozenset[str] = frozenset({"sd_model_checkpoint"})
    """The settings that its config holds, as each that was ever set; only these are put back after a request
    that overrides them (modules/processing.py)."""
    model_loaded: bool = True
    """False after `unload-checkpoint`; the next picture loads it again."""
    has_cuda: bool = False
    """Whether `/memory` tells of a graphics card."""
    refuses_unknown_samplers: bool = False
    """As SD.Next and the web UI before 1.10 do; later ones take another without a word."""

    def option(self, name: str) -> Any:
        if name == "sd_model_checkpoint" and self.options[name] is None:
            return self.checkpoints[0].title if self.checkpoints else None
        return self.options[name]

    def values(self) -> dict[str, Any]:
        """All settings."""
        return {name: self.option(name) for name in self.options}

    def with_options(self, values: Mapping[str, Any]) -> WebUi:
        """KeyError: there is no such setting."""
        unknown = values.keys() - self.options.keys()
        if unknown:
            raise KeyError(f"the web UI has no setting {sorted(unknown)}")
        return replace(self, options={**self.options, **values})

    def saved(self, values: Mapping[str, Any]) -> WebUi:
        """As `with_options`, by somebody who wants it to stay."""
        return replace(self.with_options(values), held=self.held | values.keys())

    def put_back(self, before: WebUi, names: Iterable[str]) -> WebUi:
        """After a request that has overridden the settings `names`: what the config held `before` is as it
        was, all else stays as the request had it, and is held from now on."""
        names = frozenset(names)
        kept = {name: before.options[name] for name in names & before.held}
        return replace(self.with_options(kept), held=self.held | names)

    def checkpoint(self, name: str) -> Checkpoint | None:
        """By title, name or hash."""
        return next((one for one in self.checkpoints if one.is_called(name)), None)

    def used(self, checkpoint: Checkpoint) -> WebUi:
        """It was loaded: its hash is known, and its title tells it."""
        if checkpoint.is_hashed:
            return replace(self, model_loaded=True)
        known = replace(checkpoint, is_hashed=True)
        listed = tuple(known if one == checkpoint else one for one in self.checkpoints)
        return replace(self, checkpoints=listed, model_loaded=True).with_options(
            {"sd_model_checkpoint": known.title}
        )

    @property
    def current(self) -> Checkpoint:
        """The model that the settings name, else the first one."""
        chosen = self.checkpoint(str(self.option("sd_model_checkpoint")))
        return chosen or next(iter(self.checkpoints), Checkpoint("model.safetensors"))

    def sampler(self, name: str) -> Sampler | None:
        """By its exact name only, as the API looks it up."""
        return next((one for one in self.samplers if one.name == name), None)

    def scheduler(self, name: str) -> Scheduler | None:
        return next((one for one in self.schedulers if name in (one.name, one.label)), None)

    def script(self, name: str, *, img2img: bool | None = None) -> Script | None:
        """In one of the tabs, or in any."""
        named = [one for one in self.scripts if one.name.lower() == name.lower()]
        if img2img is not None:
            named = [one for one in named if (one.img2img if img2img else one.txt2img)]
        return named[0] if named else None

    def embedding(self, name: str) -> Embedding | None:
        return next((one for one in self.embeddings if one.name == name), None)

    def with_embedding(self, embedding: Embedding) -> WebUi:
        others = tuple(one for one in self.embeddings if one.name != embedding.name)
        return replace(self, embeddings=(*others, embedding))

    def with_strange_lists(self, count: int = 5000) -> WebUi:
        """Every list with `count` entries more: emoji, slashes, duplicates, empty and endless names."""
        names = tuple(_strange(number) for number in range(count))
        return replace(
            self,
            checkpoints=self.checkpoints + tuple(Checkpoint(name) for name in names),
            vaes=self.vaes + names,
            samplers=self.samplers + tuple(Sampler(name, (name,)) for name in names),
            schedulers=self.schedulers + tuple(Scheduler(name, name) for name in names),
            upscalers=self.upscalers + tuple(Upscaler(name) for name in names),
            latent_upscale_modes=self.latent_upscale_modes + names,
            hypernetworks=self.hypernetworks + names,
            face_restorers=self.face_restorers + names,
            realesrgan_models=self.realesrgan_models + names,
            styles=self.styles + tuple(Style(name, None, None) for name in names),
            embeddings=self.embeddings + tuple(Embedding(name) for name in names),
            loras=self.loras + names,
            extensions=self.extensions + tuple(Extension(name, name) for name in names),
            controlnet_models=self.controlnet_models + names,
        )


def _strange(number: int) -> str:
    kinds = (
        f"model {number:04}", "🦊🎨", "", "a/b\\c/../d", "same name", " ", "line\nbreak", "x" * 300, "None",
        "<b>bold</b>", "ünïcödé 日本語", "'; DROP TABLE", "%s {0}", "…" * 40,
    )  # fmt: skip
    # One in ten is strange; the rest is what 5,000 real files look like.
    return kinds[number // 10 % len(kinds)] if number % 10 == 0 else f"model {number:04}.safetensors"
