# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of Draw Things without asking the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .. import bounds
from ..catalogue import Catalogue
from ..compatibility import Incompatibility
from ..configuration import Configuration
from ..dialect import Dialect
from ..features import Feature
from ..http.endpoints import rows
from ..metadata import Metadata
from ..models import KnownModel, ModelSettings
from ..request import GenerationRequest, JsonScalar
from . import (
    compatibility,
    effects,
    endpoints,
    keys,
    options,
    payload,
    recommendations,
    script_configuration,
    xmp,
)
from .catalogue import BUILT_IN
from .configuration import to_request


class _DrawThings(Dialect):
    name = "DRAW_THINGS"
    label = "Draw Things"
    rows = rows(endpoints.ENDPOINTS, endpoints.ANSWERED, "Not looked for.")
    takes = compatibility.TAKEN
    built_in = BUILT_IN
    samplers = keys.SAMPLERS
    derived_maps = ("depth", "line")
    lists_wait = True
    needs_model = True
    copies_configuration = True
    pictures_tell_model = True
    option_names = options.NAMES

    def check(self, request: GenerationRequest) -> None:
        payload.build(request)

    def incompatibilities(
        self, request: GenerationRequest, lists: Catalogue, offers: Callable[[Feature], bool]
    ) -> Iterator[Incompatibility]:
        return compatibility.incompatibilities(request, self.known_samplers(lists))

    def without_effect(self, request: GenerationRequest, model: str) -> Mapping[str, str]:
        return effects.without_effect(request, model) | options.counted_instead(request)

    def about_strength(self, request: GenerationRequest, model: str) -> str:
        return effects.wants_full_strength(request, model)

    def known_models(self) -> tuple[KnownModel, ...]:
        return recommendations.known()

    def known_model(self, name: str) -> KnownModel | None:
        return recommendations.known_model(name) if bounds.is_name(name) else None

    def recommended(self, name: str) -> tuple[ModelSettings, ...]:
        return recommendations.recommended(name) if bounds.is_name(name) else ()

    def parse_option(self, name: str, text: str) -> JsonScalar:
        return options.parse(name, text)

    def first_option(self, name: str, width: int, height: int) -> JsonScalar:
        return options.first(name, width, height)

    def in_fields(self, request: GenerationRequest) -> GenerationRequest:
        return options.in_fields(request)

    def take_over(self, configuration: Configuration, base: GenerationRequest) -> GenerationRequest:
        return to_request(configuration, base)

    def read_metadata(self, texts: Mapping[str, str], base: GenerationRequest) -> Metadata | None:
        told = xmp.read_xmp(texts.get(xmp.KEYWORD, ""))
        if not told.configuration:
            return None
        has_prompt = isinstance(told.configuration.get("c"), str)
        return Metadata(xmp.to_request(told, base), has_seed=told.seed is not None, has_prompt=has_prompt)

    def read_copied(self, text: str, base: GenerationRequest) -> Metadata:
        script = script_configuration.parse(text)
        has_seed = script_configuration.tells_seed(script)
        return Metadata(script_configuration.to_request(script, base), has_seed=has_seed, has_prompt=False)


DRAW_THINGS = _DrawThings()
