# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server, in whole sentences for the panel.

A .blend that was made against one server opens against another: what still fits is sent, and this tells of
the rest. Names are looked for only in lists that are known; an empty list is one that nobody has told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import a1111_names, bounds, keys
from .a1111_payload import AUTOMATIC, model_stem
from .app_version import nearest_sampler
from .capabilities import Capabilities
from .catalogue import Catalogue, Choice
from .endpoints import CONTROLNET_MODELS, IMG2IMG, LORAS, TXT2IMG
from .request import GenerationRequest

#: Before the server has told its lists.
_UNTOLD = Catalogue()
_DEFAULTS = GenerationRequest()
_MAX_NAMES = 5
#: Characters of a name in a sentence.
_MAX_SHOWN = 80


def what_does_not_fit(
    request: GenerationRequest, capabilities: Capabilities, catalogue: Catalogue | None = None
) -> tuple[str, ...]:
    """One sentence for each setting of `request` that the server would pass over or replace.

    Empty when everything fits. `catalogue` are the server's own lists, where these are known.
    """
    endpoint = IMG2IMG if request.operation == "img2img" else TXT2IMG
    sentences = []
    if not capabilities.offers(endpoint):
        sentences.append(f"This server does not offer {endpoint.title}.")
    lists = catalogue or _UNTOLD
    if capabilities.dialect == "DRAW_THINGS":
        sentences += _not_for_draw_things(request, lists)
    else:
        sentences += _not_for_a1111(request, capabilities, lists)
    return tuple(sentences)


def _not_for_draw_things(request: GenerationRequest, lists: Catalogue) -> Iterator[str]:
    known = _names(lists.samplers) or keys.SAMPLERS
    instead = nearest_sampler(request.sampler, known)
    if instead:
        yield (
            f"This version of Draw Things has no sampler “{_shown(request.sampler)}”: “{instead}” is used "
            "instead."
        )
    elif request.sampler not in known:
        yield _unknown("sampler", request.sampler)
    settings = {
        "a scheduler": request.scheduler not in ("", AUTOMATIC),
        "a VAE": bool(request.vae),
        "styles": bool(request.styles),
        "tiling": request.tiling,
        "a hires fix with a scale": request.hires is not None,
        "server settings": bool(request.override_settings),
        "scripts": request.script is not None,
    }
    yield from _ignored("Draw Things", settings)
    if request.mask:
        yield ("Draw Things takes no mask over its API: the whole picture is painted anew.")
    if request.control_units:
        yield (
            "Draw Things takes no maps for controls: it derives its hint from the picture that is sent to "
            "image to image."
        )


def _not_for_a1111(request: GenerationRequest, capabilities: Capabilities, lists: Catalogue) -> Iterator[str]:
    samplers = _names(lists.samplers) or a1111_names.SAMPLERS
    if request.sampler not in samplers and a1111_names.without_scheduler(request.sampler) not in samplers:
        yield (
            f"This server has no sampler “{_shown(request.sampler)}”, and would use another without a word: "
            "choose one of its list."
        )
    settings = {
        "a seed mode": request.seed_mode != _DEFAULTS.seed_mode,
        "a shift": request.shift != _DEFAULTS.shift,
        "the hires fix of Draw Things": request.hires_fix and request.hires is None,
        "an upscaler after the picture": bool(request.upscaler.strip()),
        "controls that derive their hint": bool(request.controls),
        "a mode of a LoRA": any(lora.mode != "all" for lora in request.loras),
    }
    yield from _ignored("This server", settings)
    if request.advanced:
        names = _enumerated(_shown(name) for name, _ in request.advanced)
        yield f"These advanced settings are of Draw Things alone: {names}."
    if request.hires is not None and request.operation == "img2img":
        yield "The hires fix is for text to image alone."
    if request.loras and not capabilities.offers(LORAS):
        yield "This server does not say that it knows LoRAs: they may have no effect."
    if request.control_units and not capabilities.offers(CONTROLNET_MODELS):
        yield "This server has no ControlNet extension: maps of the scene cannot guide the picture."
    yield from _unknown_names(request, lists)


def _unknown_names(request: GenerationRequest, lists: Catalogue) -> Iterator[str]:
    """Names that are not in a list of the server, which it would pass over without a word."""
    # As the server looks for them: by title, by name, by file, by hash.
    models = _names(lists.models)
    stems = {model_stem(name.partition(" [")[0]).casefold() for name in models}
    asked = request.model.strip()
    if models and asked and asked not in models and not _is_hash(asked):
        stem = model_stem(asked.partition(" [")[0]).casefold()
        if not any(stem == each or stem.endswith(f"_{each}") for each in stems):
            yield _unknown("model", asked)
    for kind, name, choices in (
        ("VAE", request.vae, lists.vaes),
        ("scheduler", request.scheduler, lists.schedulers),
        ("script", request.script.name if request.script else "", lists.scripts),
    ):
        known = {text.casefold() for choice in choices for text in (choice.value, choice.label)}
        if known and name and name not in (AUTOMATIC, "None") and name.casefold() not in known:
            yield _unknown(kind, name)
    for kind, names, choices in (
        ("style", request.styles, lists.styles),
        ("LoRA", tuple(model_stem(lora.file) for lora in request.loras), lists.loras),
        ("ControlNet model", tuple(unit.model for unit in request.control_units), lists.control_models),
    ):
        known = {text for choice in choices for text in (choice.value, choice.label)}
        for name in names:
            if known and name and name not in known:
                yield _unknown(kind, name)


def _ignored(server: str, settings: dict[str, bool]) -> Iterator[str]:
    names = [name for name, is_set in settings.items() if is_set]
    if names:
        yield f"{server} does not know {_enumerated(names)}: left out."


def _unknown(kind: str, name: str) -> str:
    return f"This server does not list the {kind} “{_shown(name)}”."


def _shown(name: str) -> str:
    return bounds.one_line(name, _MAX_SHOWN)


def _enumerated(names: Iterable[str]) -> str:
    shown = list(names)
    if len(shown) > _MAX_NAMES:
        shown = [*shown[:_MAX_NAMES], f"{len(shown) - _MAX_NAMES} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _names(choices: Sequence[Choice]) -> tuple[str, ...]:
    return tuple(choice.value for choice in choices)


def _is_hash(text: str) -> bool:
    return len(text) in (8, 10, 64) and all(sign in "0123456789abcdef" for sign in text)
