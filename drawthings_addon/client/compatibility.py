# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server: which setting, and a whole sentence about it.

A .blend that was made against one server opens against another: what still fits is sent, and this tells of
the rest. Names are looked for only in lists that are known; an empty list is one that nobody has told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from . import bounds
from .catalogue import Choice
from .parameters import ADVANCED, SERVER_OPTIONS
from .request import GenerationRequest

_DEFAULTS = GenerationRequest().flat()
_MAX_NAMES = 5
#: Characters of a name in a sentence.
_MAX_SHOWN = 80


#: What can be set beside the plain numbers, by the names that `Scene.drawthings` has for it.
Setting = Literal[
    "model", "sampler", "scheduler", "vae", "clip_skip", "seed_mode", "shift",
    "resolution_dependent_shift", "speed_up_with_guidance_embed", "guidance_embed", "upscaler",
    "refiner_model", "hires_fix", "hires", "use_tiling", "use_restore_faces", "loras", "lora_modes",
    "controls", "styles", "scene_controls", "mask", "script", "server_options", "advanced", "use_free_gpu",
]  # fmt: skip


@dataclass(frozen=True)
class Incompatibility:
    """One setting that has no effect, or another one than it says."""

    setting: Setting | None
    """None: it is the server that cannot, whatever is set."""
    sentence: str
    is_sent: bool = True
    """False: it does not reach the server, which knows nothing of it."""
    left_out: str = ""
    """What it is called among others that are not sent; empty where the sentence tells more."""
    name: str = ""
    """Of a list the entry: the style's name, the LoRA's file, the map's kind. Empty: all of it."""


def _differs(name: str) -> Callable[[GenerationRequest], bool]:
    return lambda request: request.flat()[name] != _DEFAULTS[name]


#: Settings that a dialect may not have: what each is called, and whether a request holds it.
_OPTIONAL: Mapping[Setting, tuple[str, Callable[[GenerationRequest], bool]]] = {
    "scheduler": ("a scheduler", lambda request: request.sampling.scheduler not in ("", "Automatic")),
    "vae": ("a VAE", lambda request: bool(request.models.vae)),
    "clip_skip": ("a CLIP skip", lambda request: request.conditioning.clip_skip > 1),
    "seed_mode": ("a seed mode", _differs("seed_mode")),
    "shift": ("a shift", _differs("shift")),
    "resolution_dependent_shift": (
        "a shift that does not follow the resolution",
        _differs("resolution_dependent_shift"),
    ),
    "speed_up_with_guidance_embed": (
        "guidance that is not embedded for speed",
        _differs("speed_up_with_guidance_embed"),
    ),
    "guidance_embed": ("an embedded guidance", _differs("guidance_embed")),
    "refiner_model": ("a refiner", lambda request: bool(request.models.refiner_model.strip())),
    "styles": ("styles", lambda request: bool(request.conditioning.styles)),
    "use_tiling": ("tiling", lambda request: request.sampling.tiling),
    "use_restore_faces": ("restored faces", lambda request: request.upscaling.restore_faces),
    "hires": ("a hires fix with a scale", lambda request: request.upscaling.hires_fix.enlarges),
    "hires_fix": ("the hires fix of Draw Things", lambda request: request.upscaling.hires_fix.keeps_size),
    "upscaler": ("an upscaler after the picture", lambda request: bool(request.upscaling.upscaler.strip())),
    "loras": ("LoRAs", lambda request: bool(request.conditioning.loras)),
    "controls": ("controls that derive their hint", lambda request: bool(request.derived_controls)),
    "lora_modes": (
        "a mode of a LoRA",
        lambda request: any(lora.mode != "all" for lora in request.conditioning.loras),
    ),
    "server_options": ("server settings", lambda request: bool(request.options_of(SERVER_OPTIONS))),
    "script": ("scripts", lambda request: request.script is not None),
    "advanced": ("advanced settings", lambda request: bool(request.options_of(ADVANCED))),
    "mask": ("a mask", lambda request: bool(request.mask.image)),
    "scene_controls": ("maps of the scene", lambda request: bool(request.map_controls)),
}


def left_out(server: str, request: GenerationRequest, taken: Iterable[Setting]) -> Iterator[Incompatibility]:
    """What `request` holds besides what is `taken`; `server` is the sentence's subject."""
    known = frozenset(taken)
    for setting, (what, is_set) in _OPTIONAL.items():
        if setting not in known and is_set(request):
            yield Incompatibility(
                setting, f"{server} does not know {what}: left out.", is_sent=False, left_out=what
            )


def unknown(setting: Setting, kind: str, name: str, entry: str = "") -> Incompatibility:
    """A name that is in no list of the server."""
    return Incompatibility(setting, f"This server does not list the {kind} “{shown(name)}”.", name=entry)


def shown(name: str) -> str:
    """A name in a sentence."""
    return bounds.one_line(name, _MAX_SHOWN)


def enumerated(names: Iterable[str]) -> str:
    """“A, B and C”; of many the first."""
    several = list(names)
    if len(several) > _MAX_NAMES:
        several = [*several[:_MAX_NAMES], f"{len(several) - _MAX_NAMES} more"]
    return " and ".join(filter(None, [", ".join(several[:-1]), several[-1]]))


def names(choices: Sequence[Choice]) -> tuple[str, ...]:
    """What is sent of a list's entries."""
    return tuple(choice.value for choice in choices)
