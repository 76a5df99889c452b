# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set in a server's own window, as far as a request can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..errors import InvalidSettings
from .http.untrusted_json import JSON
from .request import Control, GenerationRequest, JsonScalar, Lora

#: Values that a request takes as they are.
_TAKEN = (
    "width", "height", "seed", "steps", "guidance_scale", "sampler", "strength", "seed_mode", "shift",
    "resolution_dependent_shift", "speed_up_with_guidance_embed", "guidance_embed", "clip_skip", "loras",
    "upscaler", "refiner_model", "refiner_start",
)  # fmt: skip
_PROMPTS = ("prompt", "negative_prompt")


@dataclass(frozen=True)
class Configuration:
    """A server's settings. None: not told, or not usable. Numbers are within the server's range."""

    model: str = ""
    """File name, or a name of the server's list; empty when none is chosen."""
    prompt: str | None = None
    negative_prompt: str | None = None
    width: int | None = None
    """Pixels, of which a request takes as many."""
    height: int | None = None
    seed: int | None = None
    """None also for a random one."""
    steps: int | None = None
    guidance_scale: float | None = None
    sampler: str | None = None
    strength: float | None = None
    seed_mode: str | None = None
    shift: float | None = None
    resolution_dependent_shift: bool | None = None
    speed_up_with_guidance_embed: bool | None = None
    guidance_embed: float | None = None
    clip_skip: int | None = None
    loras: tuple[Lora, ...] | None = None
    controls: tuple[Control, ...] | None = None
    upscaler: str | None = None
    """Empty: switched off."""
    refiner_model: str | None = None
    """Empty: switched off."""
    refiner_start: float | None = None
    hires_fix: bool | None = None
    options: tuple[tuple[str, JsonScalar], ...] = ()
    """All other settings that can be sent and taken over, by their names in the dialect."""
    harm: InvalidSettings | None = None
    """Of what is set that would end the server at any picture, whatever is sent."""
    raw: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    """The server's answer as it came."""

    def applied_to(self, base: GenerationRequest, *, with_prompt: bool = False) -> GenerationRequest:
        """`base` with these settings, the options left out; its prompts stay unless `with_prompt`."""
        names = (*_TAKEN, *(_PROMPTS if with_prompt else ()))
        taken = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.controls is not None:
            taken["controls"] = self.controls + base.map_controls
        if self.hires_fix is not None:
            taken["hires_fix"] = replace(base.upscaling.hires_fix, keeps_size=self.hires_fix)
        return base.changed(model=self.model, **taken)
