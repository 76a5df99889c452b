# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a dialect without asking a server: memory only, so that panels may ask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from ..errors import InvalidSettings
from .catalogue import Catalogue
from .compatibility import Incompatibility, Setting, left_out, names
from .configuration import Configuration
from .features import Feature
from .http.address import Server
from .metadata import Metadata
from .models import KnownModel, ModelSettings
from .request import GenerationRequest, JsonScalar
from .table import Row
from .training import Training
from .upscaling import UpscaleSettings

MapKind = Literal["depth", "normal", "line"]


class Dialect(ABC):
    """One way of speaking with servers; there is one object of each, which knows nothing of any server."""

    name: str
    """For machines, such as the command line's JSON: never changes."""
    label: str
    """For the interface."""
    rows: tuple[Row, ...] = ()
    """The table of a server that was not asked yet."""
    takes: frozenset[Setting] = frozenset()
    """What a request may hold besides prompts, model, sampler, size and other plain numbers."""
    built_in: Catalogue = Catalogue()
    """What may be chosen where the server does not tell."""
    samplers: tuple[str, ...] = ()
    """The same of samplers, where the pickers offer none."""
    derived_maps: tuple[MapKind, ...] = ()
    """Maps that the server derives from the picture that is sent. It takes none that are rendered from a
    scene then."""
    lists_wait: bool = False
    """What `Client.catalogue` asks waits behind a running job."""
    needs_model: bool = False
    """Nothing is made until a model is chosen, in the server's own window or in a request."""
    copies_configuration: bool = False
    """The server's own window copies its settings as a text that `read_copied` takes."""
    pictures_tell_model: bool = False
    """A picture tells its model by the name that the server's own window has for it."""

    def has(self, feature: Feature) -> bool:
        """Whether there is a server of this dialect that can do this."""
        return any(feature in row.features for row in self.rows)

    @abstractmethod
    def check(self, request: GenerationRequest) -> None:
        """Raises InvalidSettings for what no server of this dialect would take."""

    def check_upscale(self, settings: UpscaleSettings) -> None:  # noqa: B027 - by default nothing is wrong
        """The same for enlarging and restoring."""

    def check_training(self, training: Training) -> None:  # noqa: B027
        """The same for training."""

    def known_samplers(self, lists: Catalogue) -> tuple[str, ...]:
        """The samplers that a server lists, else those that are known of its dialect."""
        return names(lists.samplers) or self.samplers

    def incompatibilities(
        self, request: GenerationRequest, lists: Catalogue, offers: Callable[[Feature], bool]
    ) -> Iterator[Incompatibility]:
        """Each setting of `request` that a server would pass over or replace: one that has told `lists` and
        `offers` some features."""
        yield from left_out("This server", request, self.takes)

    def without_effect(self, request: GenerationRequest, model: str) -> Mapping[str, str]:
        """Settings of `request` without effect, under another one or with its model: by their names, the
        reason of each in a sentence. `model` is the one that is set in the server's own window. Never
        raises."""
        return {}

    def about_strength(self, request: GenerationRequest, model: str) -> str:
        """What is to be said beside the strength for the request's model, or for `model`; else empty."""
        return ""

    # Models

    def known_models(self) -> tuple[KnownModel, ...]:
        """Models that servers of this dialect may have, those of a family together; a server that lists its
        own is the last word."""
        return ()

    def known_model(self, name: str) -> KnownModel | None:
        """What is known of a model by its name, in any of its spellings. Never raises."""
        return None

    def recommended(self, name: str) -> tuple[ModelSettings, ...]:
        """The settings that are recommended for a model by its name, or that are called so; the plain ones
        first. Never raises."""
        return ()

    # Options: values by their names in the dialect, which have no field in a request

    option_names: tuple[str, ...] = ()

    def parse_option(self, name: str, text: str) -> JsonScalar:
        """An option's value as it is written. Raises InvalidSettings."""
        raise InvalidSettings(
            "{dialect} has no option “{name}”.", "Remove it.", dialect=self.label, name=name
        )

    def first_option(self, name: str, width: int, height: int) -> JsonScalar:
        """What one of `option_names` begins with, for a picture of that size."""
        return None

    def in_fields(self, request: GenerationRequest) -> GenerationRequest:
        """With every option in its field, where it has one by now, as older .blend files and pictures do not
        know; a value that is none is left out. Never raises."""
        return request

    # What is set or told elsewhere

    def take_over(self, configuration: Configuration, base: GenerationRequest) -> GenerationRequest:
        """`base` with what is set in a server's own window, prompts aside. It can be sent, if `base` can."""
        return configuration.applied_to(base)

    def read_metadata(self, texts: Mapping[str, str], base: GenerationRequest) -> Metadata | None:
        """What a picture of such a server tells by the `texts` of its file, by their keywords; what it leaves
        open is as in `base`. None when it tells nothing in this dialect's way."""
        return None

    def read_copied(self, text: str, base: GenerationRequest) -> Metadata:
        """The same from a text that the server's own window copied. Raises InvalidSettings for any other."""
        raise NotImplementedError(f"{self.name} copies no configuration")

    def docs_url(self, server: Server) -> str:
        """Where a browser finds the server's documentation; empty: nowhere."""
        return ""
