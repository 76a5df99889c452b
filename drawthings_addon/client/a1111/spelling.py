# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request's names in the server's own spelling, by the lists that it has told.

Servers of this API compare letter for letter. What they do not find they pass over without a word (WebUI
1.10, stable-diffusion.cpp, KoboldCpp), or refuse the request (SD.Next, WebUI before 1.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..catalogue import Choice
from ..names import find, same, spelled
from ..parameters import ParameterRow
from ..request import ROWS_BY_PATH, GenerationRequest
from ..upscaling import UpscaleSettings
from .files import find_file
from .samplers import parted

#: The rows that name a file, and the list that it stands in.
_FILES: Mapping[str, str] = {
    "models.model": "models",
    "models.refiner_model": "models",
    "models.vae": "vaes",
}
#: The rows whose names are compared with a list, and which.
_LISTS: Mapping[str, tuple[str, ...]] = {
    "sampling.scheduler": ("schedulers",),
    "upscaling.hires_fix.upscaler": ("latent_upscale_modes", "upscalers"),
}


class ServerNames:
    """What a server has told of its lists, by their names in `Catalogue`. Shared by all clients of a
    connection, in any thread: a list is replaced as a whole."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[Choice, ...]] = {}

    def take(self, **lists: tuple[Choice, ...]) -> None:
        """The server told these."""
        self._told = self._told | lists

    def knows(self, name: str) -> bool:
        """Whether the list was told."""
        return name in self._told

    def of(self, *names: str) -> tuple[Choice, ...]:
        """The entries of these lists; none of one that nobody has told."""
        told = self._told
        return tuple(choice for name in names for choice in told.get(name, ()))


def in_its_spelling(request: GenerationRequest, told: ServerNames) -> GenerationRequest:
    """`request` with its names as the server spells them; a name that it does not have, or what is no text,
    stays as it is."""
    values: dict[ParameterRow, Any] = {}
    for path, lists in _LISTS.items():
        row = ROWS_BY_PATH[path]
        name = row.of(request)
        if isinstance(name, str) and name.strip():
            values[row] = spelled(name.strip(), told.of(*lists))
    for path, listed in _FILES.items():
        row = ROWS_BY_PATH[path]
        name = row.of(request)
        if isinstance(name, str) and name.strip():
            values[row] = _file(name, told.of(listed))
    request = request.with_rows(values)
    loras = request.conditioning.loras
    if loras and told.knows("loras"):
        known = told.of("loras")
        request = request.changed(loras=tuple(replace(lora, file=_file(lora.file, known)) for lora in loras))
    asked = request.sampling
    if not isinstance(asked.sampler, str) or not asked.sampler.strip():
        return request
    sampler, scheduler = _sampler(asked.sampler.strip(), told)
    if not asked.scheduler and scheduler:
        request = request.changed(scheduler=scheduler)
    return request.changed(sampler=sampler)


def _file(name: str, listed: tuple[Choice, ...]) -> str:
    """A file as the list names it, where the server would not find it by the name that it has."""
    found = find_file(name, listed) if isinstance(name, str) else None
    if found is None or name.strip() in (found.value, found.label, *found.aliases):
        return name
    return found.value


def upscalers_in_its_spelling(settings: UpscaleSettings, told: ServerNames) -> UpscaleSettings:
    """The same of what enlarges pictures that are there."""
    known = told.of("upscalers")
    first, second = (spelled(name.strip(), known) for name in (settings.upscaler, settings.second_upscaler))
    return replace(settings, upscaler=first, second_upscaler=second)


def _sampler(name: str, told: ServerNames) -> tuple[str, str]:
    """The sampler, and the scheduler that its name ends with where this server keeps the two apart."""
    samplers, schedulers = told.of("samplers"), told.of("schedulers")
    found = find(name, samplers)
    if found is None or not same(name, found.value):
        # An alias may stand for the sampler alone, whatever scheduler it ends with (KoboldCpp).
        beginning, ending = parted(name, schedulers)
        sampler, scheduler = find(beginning, samplers), find(ending, schedulers)
        if ending and sampler is not None and scheduler is not None:
            return sampler.value, scheduler.value
    return spelled(name, samplers), ""
