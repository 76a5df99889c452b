# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models that are known of a dialect by their names, and the settings that are recommended for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from ..messages import Message
from .parameters import ADVANCED, ParameterRow
from .request import GenerationRequest, JsonScalar, Lora

Purpose = Literal["TEXT", "EDIT", "INPAINT", "CONTROL", "VIDEO", "UPSCALE", "REFINER"]
#: Each with its name and a sentence about it.
PURPOSES: Mapping[Purpose, tuple[str, str]] = MappingProxyType(
    {
        "TEXT": ("Pictures", "Makes pictures from a prompt, and restyles others"),
        "EDIT": ("Edit", "Changes a picture as the prompt says, and takes it whole as its reference"),
        "INPAINT": ("Inpaint", "Fills a part of a picture anew"),
        "CONTROL": ("Control", "Follows the depth or the edges of a picture"),
        "VIDEO": ("Video", "Makes frames of a film"),
        "UPSCALE": ("Upscale", "Restores and enlarges"),
        "REFINER": ("Refiner", "Takes over for the last steps of another model"),
    }
)

#: A size with so many times the model's pixels, and no more, still is its own.
_NEAR = (0.6, 1.6)
_STEP = 64
_LEAST = 128


@dataclass(frozen=True)
class KnownModel:
    """What is known of a model without asking a server."""

    file: str
    """What is sent."""
    title: str
    """As the server's own window shows it."""
    family: str = ""
    pixels: int = 0
    """The side of the square that it was taught; 0: not known."""
    purposes: tuple[Purpose, ...] = ()
    """The main one first."""

    @property
    def about(self) -> str:
        """Family, size and purpose on one line; what is not known is left out."""
        size = Message("{pixels} px", pixels=self.pixels) if self.pixels else ""
        purposes = " + ".join(PURPOSES[each][0] for each in self.purposes)
        return " · ".join(filter(None, (self.family, size, purposes)))


@dataclass(frozen=True)
class ModelSettings:
    """What is recommended for a model: all of it that differs from one model to the next."""

    name: str
    """Such as "Qwen Image 2512 with Lightning 4-Step v1.0": of one model there may be several."""
    model: str
    """The file that they were published for."""
    values: Mapping[ParameterRow, Any]
    loras: tuple[Lora, ...] = ()
    """Which belong to these settings: without them a picture fails."""
    options: Mapping[str, JsonScalar] = field(default_factory=lambda: MappingProxyType({}))
    """By their names in the dialect; None: the option is left out."""
    brought: frozenset[str] = frozenset()
    """LoRAs and refiners that recommended settings of any model bring: those of another one go."""

    def applied_to(self, base: GenerationRequest) -> GenerationRequest:
        """`base` with these settings; its size stays."""
        kept = tuple(lora for lora in base.conditioning.loras if lora.file not in self.brought)
        options = {**dict(base.options_of(ADVANCED)), **self.options}
        request = base.with_rows(self.values_for(base)).changed(loras=kept + self.loras)
        return request.with_options(
            ADVANCED, [(name, value) for name, value in options.items() if value is not None]
        )

    def values_for(self, base: GenerationRequest) -> dict[ParameterRow, Any]:
        """The rows that are set, from what is set in `base`."""
        return {
            row: value
            for row, value in self.values.items()
            # A refiner of the artist's own stays where none is recommended.
            if row.path != "models.refiner_model" or value or row.of(base) in self.brought
        }


def fits(width: int, height: int, pixels: int) -> bool:
    """Whether a size in pixels is one that a model makes well which was taught squares of that side."""
    near = _NEAR[0] <= width * height / pixels**2 <= _NEAR[1] if pixels else True
    return near or min(width, height) <= pixels <= max(width, height)


def fitting_size(width: int, height: int, pixels: int) -> tuple[int, int]:
    """The same size where it `fits`, else one of its shape with about as many pixels as the model was taught,
    in multiples of 64."""
    if fits(width, height, pixels):
        return width, height
    scale = pixels / math.sqrt(width * height)
    return _rounded(width * scale), _rounded(height * scale)


def _rounded(pixels: float) -> int:
    return max(round(pixels / _STEP) * _STEP, _LEAST)
