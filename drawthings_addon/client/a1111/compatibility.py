# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on a server of A1111's API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ...messages import Message
from ..catalogue import Catalogue, Choice
from ..compatibility import (
    SETTINGS,
    Incompatibility,
    Setting,
    enumerated,
    left_out,
    rows_of,
    shown,
    unknown,
    while_off,
)
from ..features import Feature
from ..names import find
from ..parameters import A1111, ADVANCED
from ..request import ROWS_BY_PATH, GenerationRequest
from .files import lacks
from .payload import LARGEST_CLIP_SKIP
from .samplers import without_scheduler

#: What a request may hold.
TAKEN: frozenset[Setting] = rows_of(A1111) | {
    "hires",
    "loras",
    "styles",
    "scene_controls",
    "mask",
    "script",
    "server_options",
}
#: What is told in words of its own.
_TOLD: frozenset[Setting] = frozenset({"advanced"})


def without_effect(request: GenerationRequest) -> dict[str, str]:
    """Settings of a request that nothing is made otherwise for, as another is: by their names, with the
    reason of each."""
    if request.models.refiner_model.strip():
        return {}
    return {"refiner_start": while_off(ROWS_BY_PATH["models.refiner_model"].parameter.label)}


def incompatibilities(
    request: GenerationRequest,
    lists: Catalogue,
    samplers: Sequence[Choice],
    offers: Callable[[Feature], bool],
) -> Iterator[Incompatibility]:
    """`samplers` are those that the server has."""
    sampler = request.sampling.sampler.strip()
    alone = without_scheduler(sampler, lists.schedulers)
    if sampler and not find(sampler, samplers) and not find(alone, samplers):
        yield Incompatibility(
            "sampler",
            Message(
                "This server has no sampler “{sampler}”, and would refuse it or use another without a "
                "word: choose one of its list, or none.",
                sampler=shown(sampler),
            ),
        )
    yield from left_out("This server", request, TAKEN | _TOLD)
    advanced = request.options_of(ADVANCED)
    if advanced:
        told = enumerated(shown(name) for name, _ in advanced)
        yield Incompatibility(
            "advanced",
            Message("These advanced settings are of Draw Things alone: {names}.", names=told),
            is_sent=False,
        )
    if request.conditioning.clip_skip > LARGEST_CLIP_SKIP:
        yield Incompatibility(
            "clip_skip",
            Message(
                "CLIP Skip is {clip_skip}, and this server takes {most} at most.",
                clip_skip=request.conditioning.clip_skip,
                most=LARGEST_CLIP_SKIP,
            ),
        )
    if request.upscaling.hires_fix.enlarges and request.operation == "img2img":
        yield Incompatibility("hires", "The hires fix is for text to image alone.")
    doubtful = frozenset[Setting]().union(*(held for each, held in _TOLD_BY.items() if not offers(each)))
    yield from _not_told(request, doubtful)
    if request.map_controls and not offers(Feature.CONTROL_MAPS):
        yield Incompatibility(
            "scene_controls",
            "This server has no ControlNet extension: maps of the scene cannot guide the picture.",
            is_sent=False,
        )
    yield from (each for each in _unknown_names(request, lists) if each.setting not in doubtful)


#: What small servers pass over, and what a server that knows it offers. What nothing tells of, the WebUI and
#: its relatives have: they have scripts.
_TOLD_BY: Mapping[Feature, frozenset[Setting]] = {
    Feature.LORAS: frozenset({"loras"}),
    Feature.STYLES: frozenset({"styles"}),
    Feature.SCHEDULERS: frozenset({"scheduler"}),
    Feature.SCRIPTS: frozenset(
        {"script", "server_options", "vae", "clip_skip", "use_tiling", "use_restore_faces", "refiner_model"}
    ),
}


def _not_told(request: GenerationRequest, doubtful: frozenset[Setting]) -> Iterator[Incompatibility]:
    """What is set of these, which the server may pass over without a word."""
    for each in left_out("This server", request, frozenset(SETTINGS) - doubtful):
        yield Incompatibility(
            each.setting,
            Message(
                "This server does not say that it knows {what}: perhaps without effect.", what=each.left_out
            ),
        )


def _unknown_names(request: GenerationRequest, lists: Catalogue) -> Iterator[Incompatibility]:
    """Names that are not in a list of the server, which it would pass over without a word."""
    hires = request.upscaling.hires_fix
    loras = tuple((lora.file, lora.file) for lora in request.conditioning.loras)
    units = tuple((unit.model, unit.source.lower()) for unit in request.map_controls)
    enlarging = hires.upscaler if hires.enlarges and request.operation == "txt2img" else ""
    # The setting, what it is called, the names and the entries that they stand in, and the lists.
    wanted: tuple[tuple[Setting, str, tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
        ("model", "model", ((request.models.model, ""),), ("models",)),
        ("refiner_model", "refiner", ((request.models.refiner_model, ""),), ("models",)),
        ("vae", "VAE", ((request.models.vae, ""),), ("vaes",)),
        ("scheduler", "scheduler", ((request.sampling.scheduler, ""),), ("schedulers",)),
        ("hires", "upscaler", ((enlarging, ""),), ("latent_upscale_modes", "upscalers")),
        ("script", "script", ((request.script.name if request.script else "", ""),), ("scripts",)),
        ("styles", "style", tuple((style, style) for style in request.conditioning.styles), ("styles",)),
        ("loras", "LoRA", loras, ("loras",)),
        ("scene_controls", "ControlNet model", units, ("control_models",)),
    )
    for setting, kind, entries, where in wanted:
        for name, entry in entries:
            if lacks(lists, name, *where):
                yield unknown(setting, kind, name, entry)
