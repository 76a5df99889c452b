# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers to choose from: the lists behind the pickers.

Filled in the background when a server is asked who it is, kept for as long as it is connected, and
never asked for while drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ..errors import ServerError
from . import bounds, control_files, endpoints
from .a1111.types import ScriptArgument
from .draw_things import keys
from .draw_things.client import DrawThingsClient
from .interface import Client

_Told = TypeVar("_Told")


class Choice(NamedTuple):
    """One entry of a picker."""

    value: str
    """What is sent."""
    label: str = ""
    """What is shown beside it, such as a file name; may be empty."""


@dataclass(frozen=True)
class Catalogue:
    """Every list may be empty: the server has none, or does not tell."""

    samplers: tuple[Choice, ...] = ()
    schedulers: tuple[Choice, ...] = ()
    seed_modes: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    vaes: tuple[Choice, ...] = ()
    upscalers: tuple[Choice, ...] = ()
    latent_upscale_modes: tuple[Choice, ...] = ()
    loras: tuple[Choice, ...] = ()
    styles: tuple[Choice, ...] = ()
    embeddings: tuple[Choice, ...] = ()
    hypernetworks: tuple[Choice, ...] = ()
    face_restorers: tuple[Choice, ...] = ()
    scripts: tuple[Choice, ...] = ()
    control_models: tuple[Choice, ...] = ()
    control_modules: tuple[Choice, ...] = ()
    script_arguments: Mapping[str, tuple[ScriptArgument, ...]] = field(default_factory=dict)
    """By the script's name."""


def plain(*names: str) -> tuple[Choice, ...]:
    """Choices that are their own label."""
    return tuple(Choice(name) for name in names)


#: Before a server was asked: what a Draw Things app of August 2026 has (its published source).
BUILT_IN = Catalogue(
    samplers=plain(*keys.SAMPLERS),
    seed_modes=plain(*keys.SEED_MODES),
    upscalers=plain(*keys.UPSCALERS),
    control_models=plain(*control_files.DEPTH, *control_files.LINE),
)


def read_catalogue(client: Client) -> Catalogue:
    """Ask a server for every list that it offers. A list that fails is empty: pickers are a convenience.

    Not for a time when a job runs on Draw Things, whose lists come from probes that wait behind it.
    """
    offers = client.capabilities.offers
    told = {
        name: _named(_or_none(read))
        for name, endpoint, read in (
            ("schedulers", endpoints.SCHEDULERS, lambda: [(s.name, s.label) for s in client.schedulers()]),
            ("models", endpoints.MODELS, lambda: [(m.title, "") for m in client.models()]),
            ("vaes", endpoints.VAES, lambda: [(v.name, "") for v in client.vaes()]),
            ("upscalers", endpoints.UPSCALERS, lambda: [(u.name, "") for u in client.upscalers()]),
            (
                "latent_upscale_modes",
                endpoints.LATENT_UPSCALE_MODES,
                lambda: [(name, "") for name in client.latent_upscale_modes()],
            ),
            ("loras", endpoints.LORAS, lambda: [(lora.name, lora.alias) for lora in client.loras()]),
            ("styles", endpoints.PROMPT_STYLES, lambda: [(s.name, s.prompt) for s in client.prompt_styles()]),
            ("embeddings", endpoints.EMBEDDINGS, lambda: [(e.name, "") for e in client.embeddings().loaded]),
            (
                "hypernetworks",
                endpoints.HYPERNETWORKS,
                lambda: [(h.name, "") for h in client.hypernetworks()],
            ),
            (
                "face_restorers",
                endpoints.FACE_RESTORERS,
                lambda: [(f.name, "") for f in client.face_restorers()],
            ),
            (
                "control_models",
                endpoints.CONTROLNET_MODELS,
                lambda: [(n, "") for n in client.controlnet_models()],
            ),
            (
                "control_modules",
                endpoints.CONTROLNET_MODULES,
                lambda: [(name, "") for name in client.controlnet_modules()],
            ),
        )
        if offers(endpoint)
    }
    scripts = _or_none(client.script_info) if offers(endpoints.SCRIPT_INFO) else None
    return Catalogue(
        samplers=_named([(name, "") for name in _or_none(client.sampler_names) or ()]),
        seed_modes=_named([(name, "") for name in _seed_modes(client)]),
        scripts=_named([(s.name, "") for s in scripts or () if not s.is_always_on]),
        script_arguments={s.name: s.args for s in scripts or () if not s.is_always_on},
        **told,
    )


def _seed_modes(client: Client) -> tuple[str, ...]:
    """A1111 has its one way to make noise of a seed."""
    return (_or_none(client.seed_modes) or ()) if isinstance(client, DrawThingsClient) else ()


def _or_none(read: Callable[[], _Told]) -> _Told | None:
    try:
        return read()
    except ServerError:
        return None


def _named(pairs: Sequence[tuple[str, str]] | None) -> tuple[Choice, ...]:
    """Each name once, in the server's order; those without a name, or with one that is longer than any, are
    left out: they cannot be chosen."""
    chosen: dict[str, Choice] = {}
    for value, label in pairs or ():
        if bounds.is_name(value):
            shown = "" if label == value else bounds.one_line(label, bounds.MAX_NAME)
            chosen.setdefault(value, Choice(value, shown))
        if len(chosen) >= bounds.MAX_ENTRIES:
            break
    return tuple(chosen.values())
