# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of A1111's API without asking a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..catalogue import Catalogue, plain
from ..compatibility import Incompatibility
from ..dialect import Dialect
from ..features import Feature
from ..http.address import Server
from ..http.endpoints import rows
from ..request import GenerationRequest
from ..training import Training
from ..upscaling import UpscaleSettings
from . import bodies, compatibility, endpoints, payload, samplers


class _A1111(Dialect):
    name = "A1111"
    label = "AUTOMATIC1111's API"
    rows = rows(endpoints.ENDPOINTS, frozenset(endpoints.ENDPOINTS) - {endpoints.ROOT}, "Not looked for.")
    takes = compatibility.TAKEN
    samplers = samplers.SAMPLERS

    def check(self, request: GenerationRequest) -> None:
        payload.build(request)

    def check_upscale(self, settings: UpscaleSettings) -> None:
        bodies.upscaling(settings)

    def check_training(self, training: Training) -> None:
        bodies.create(training, overwrite=False)
        bodies.train(training)

    def incompatibilities(
        self, request: GenerationRequest, lists: Catalogue, offers: Callable[[Feature], bool]
    ) -> Iterator[Incompatibility]:
        known = lists.samplers or plain(*self.samplers)
        return compatibility.incompatibilities(request, lists, known, offers)

    def without_effect(self, request: GenerationRequest, model: str) -> Mapping[str, str]:
        return compatibility.without_effect(request)

    def docs_url(self, server: Server) -> str:
        return f"{server.url}{endpoints.DOCS.path}"


A1111 = _A1111()
