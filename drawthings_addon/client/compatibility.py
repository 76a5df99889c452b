# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server: which setting, and a whole sentence about it.

A .blend that was made against one server opens against another: what still fits is sent, and this tells of
the rest. Names are looked for only in lists that are known; an empty list is one that nobody has told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidSettings
from . import bounds
from .a1111 import samplers
from .a1111.payload import AUTOMATIC, LARGEST_CLIP_SKIP, model_stem
from .capabilities import Capabilities, Dialect
from .catalogue import Catalogue, Choice
from .draw_things import keys
from .draw_things.app_version import nearest_sampler
from .draw_things.payload import check_file
from .endpoints import CONTROLNET_MODELS, IMG2IMG, LORAS, TXT2IMG
from .request import GenerationRequest

#: Before the server has told its lists.
_UNTOLD = Catalogue()
_DEFAULTS = GenerationRequest()
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
class Misfit:
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


def what_does_not_fit(
    request: GenerationRequest, capabilities: Capabilities, catalogue: Catalogue | None = None
) -> tuple[Misfit, ...]:
    """Each setting of `request` that the server would pass over or replace.

    Empty when everything fits. `catalogue` are the server's own lists, where these are known.
    """
    endpoint = IMG2IMG if request.operation == "img2img" else TXT2IMG
    found = []
    if not capabilities.offers(endpoint):
        found.append(Misfit(None, f"This server does not offer {endpoint.title}."))
    lists = catalogue or _UNTOLD
    if capabilities.dialect == "DRAW_THINGS":
        found += _not_for_draw_things(request, lists)
    else:
        found += _not_for_a1111(request, capabilities, lists)
    return tuple(found)


_SWITCHES_OF_DRAW_THINGS: dict[Setting, str] = {
    "resolution_dependent_shift": "a shift that does not follow the resolution",
    "speed_up_with_guidance_embed": "guidance that is not embedded for speed",
    "guidance_embed": "an embedded guidance",
}


def samplers_of(dialect: Dialect, lists: Catalogue) -> tuple[str, ...]:
    """The samplers that a server lists, else those that are known of its dialect."""
    usual = keys.SAMPLERS if dialect == "DRAW_THINGS" else samplers.SAMPLERS
    return _names(lists.samplers) or tuple(usual)


def _not_for_draw_things(request: GenerationRequest, lists: Catalogue) -> Iterator[Misfit]:
    known = samplers_of("DRAW_THINGS", lists)
    instead = nearest_sampler(request.sampler, known)
    if instead:
        yield Misfit(
            "sampler",
            f"This version of Draw Things has no sampler “{_shown(request.sampler)}”: “{instead}” is used "
            "instead.",
        )
    elif request.sampler not in known:
        yield _unknown("sampler", "sampler", request.sampler)
    settings: dict[Setting, tuple[str, bool]] = {
        "scheduler": ("a scheduler", request.scheduler not in ("", AUTOMATIC)),
        "vae": ("a VAE", bool(request.vae)),
        "styles": ("styles", bool(request.styles)),
        "use_tiling": ("tiling", request.tiling),
        "hires": ("a hires fix with a scale", request.hires is not None),
        "server_options": ("server settings", bool(request.override_settings)),
        "script": ("scripts", request.script is not None),
    }
    yield from _ignored("Draw Things", settings)
    for lora in request.loras:
        yield from _no_file("loras", lora.file, "LoRA")
    for control in request.controls:
        yield from _no_file("controls", control.file, "control")
    if request.mask:
        yield Misfit(
            "mask",
            "Draw Things takes no mask over its API: the whole picture is painted anew.",
            is_sent=False,
        )
    if request.control_units:
        yield Misfit(
            "scene_controls",
            "Draw Things takes no maps for controls: it derives its hint from the picture that is sent to "
            "image to image.",
            is_sent=False,
            name="normal",
        )


def _no_file(setting: Setting, file: str, what: str) -> Iterator[Misfit]:
    """A name with its folder, as another server has it, is refused here."""
    try:
        check_file(file, what)
    except InvalidSettings as error:
        yield Misfit(setting, error.what, name=file)


def _not_for_a1111(
    request: GenerationRequest, capabilities: Capabilities, lists: Catalogue
) -> Iterator[Misfit]:
    known = samplers_of("A1111", lists)
    if request.sampler not in known and samplers.without_scheduler(request.sampler) not in known:
        yield Misfit(
            "sampler",
            f"This server has no sampler “{_shown(request.sampler)}”, and would use another without a word: "
            "choose one of its list.",
        )
    settings: dict[Setting, tuple[str, bool]] = {
        "seed_mode": ("a seed mode", request.seed_mode != _DEFAULTS.seed_mode),
        "shift": ("a shift", request.shift != _DEFAULTS.shift),
        **{
            name: (what, getattr(request, name) != getattr(_DEFAULTS, name))
            for name, what in _SWITCHES_OF_DRAW_THINGS.items()
        },
        "hires_fix": ("the hires fix of Draw Things", request.hires_fix),
        "upscaler": ("an upscaler after the picture", bool(request.upscaler.strip())),
        "controls": ("controls that derive their hint", bool(request.controls)),
        "lora_modes": ("a mode of a LoRA", any(lora.mode != "all" for lora in request.loras)),
    }
    yield from _ignored("This server", settings)
    if request.advanced:
        names = _enumerated(_shown(name) for name, _ in request.advanced)
        yield Misfit("advanced", f"These advanced settings are of Draw Things alone: {names}.", is_sent=False)
    if request.clip_skip > LARGEST_CLIP_SKIP:
        yield Misfit(
            "clip_skip",
            f"CLIP Skip is {request.clip_skip}, and this server takes {LARGEST_CLIP_SKIP} at most.",
        )
    if request.hires is not None and request.operation == "img2img":
        yield Misfit("hires", "The hires fix is for text to image alone.")
    if request.loras and not capabilities.offers(LORAS):
        yield Misfit("loras", "This server does not say that it knows LoRAs: they may have no effect.")
    if request.control_units and not capabilities.offers(CONTROLNET_MODELS):
        yield Misfit(
            "scene_controls",
            "This server has no ControlNet extension: maps of the scene cannot guide the picture.",
            is_sent=False,
        )
    yield from _unknown_names(request, lists)


def _unknown_names(request: GenerationRequest, lists: Catalogue) -> Iterator[Misfit]:
    """Names that are not in a list of the server, which it would pass over without a word."""
    # As the server looks for them: by title, by name, by file, by hash.
    models = _names(lists.models)
    stems = {model_stem(name.partition(" [")[0]).casefold() for name in models}
    asked = request.model.strip()
    if models and asked and asked not in models and not _is_hash(asked):
        stem = model_stem(asked.partition(" [")[0]).casefold()
        if not any(stem == each or stem.endswith(f"_{each}") for each in stems):
            yield _unknown("model", "model", asked)
    single: tuple[tuple[Setting, str, str, Sequence[Choice]], ...] = (
        ("vae", "VAE", request.vae, lists.vaes),
        ("scheduler", "scheduler", request.scheduler, lists.schedulers),
        ("script", "script", request.script.name if request.script else "", lists.scripts),
    )
    for setting, kind, name, choices in single:
        known = {text.casefold() for choice in choices for text in (choice.value, choice.label)}
        if known and name and name not in (AUTOMATIC, "None") and name.casefold() not in known:
            yield _unknown(setting, kind, name)
    loras = tuple((model_stem(lora.file), lora.file) for lora in request.loras)
    units = tuple((unit.model, unit.source.lower()) for unit in request.control_units)
    several: tuple[tuple[Setting, str, tuple[tuple[str, str], ...], Sequence[Choice]], ...] = (
        ("styles", "style", tuple((style, style) for style in request.styles), lists.styles),
        ("loras", "LoRA", loras, lists.loras),
        ("scene_controls", "ControlNet model", units, lists.control_models),
    )
    for setting, kind, entries, choices in several:
        known = {text for choice in choices for text in (choice.value, choice.label)}
        for name, entry in entries:
            if known and name and name not in known:
                yield _unknown(setting, kind, name, entry)


def _ignored(server: str, settings: dict[Setting, tuple[str, bool]]) -> Iterator[Misfit]:
    for setting, (what, is_set) in settings.items():
        if is_set:
            yield Misfit(setting, f"{server} does not know {what}: left out.", is_sent=False, left_out=what)


def _unknown(setting: Setting, kind: str, name: str, entry: str = "") -> Misfit:
    return Misfit(setting, f"This server does not list the {kind} “{_shown(name)}”.", name=entry)


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
