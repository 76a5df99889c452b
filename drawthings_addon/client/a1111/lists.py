# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server of A1111's API has: its lists, which are answered at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from ..catalogue import Catalogue, Choice, choices, or_none, usable
from ..http.endpoints import Endpoint
from ..http.untrusted_json import JSON
from ..interface import NamedFiles, in_words
from . import endpoints, readers
from .exchange import Exchange
from .files import lacks, model_names, stem
from .readers import Record
from .types import (
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    LoraFile,
    Memory,
    Model,
    PromptStyle,
    RealEsrganModel,
    Sampler,
    Scheduler,
    ScriptInfo,
    ScriptNames,
    Upscaler,
    Vae,
)

_Read = TypeVar("_Read")
#: Lists by whose entries the names of a request are spelled, and all that are told with them.
_SPELLED = frozenset(
    {"samplers", "schedulers", "models", "vaes", "upscalers", "latent_upscale_modes", "loras"}
)
_LISTS = _SPELLED | {"styles", "face_restorers", "control_models"}


class Lists(Exchange):
    """A client, as far as it tells what there is."""

    def cmd_flags(self) -> Mapping[str, JSON]:
        """How the server was started."""
        return self._object(endpoints.CMD_FLAGS, self._get(endpoints.CMD_FLAGS))

    def memory(self) -> Memory:
        """Free and used memory."""
        return readers.memory(self._object(endpoints.MEMORY, self._get(endpoints.MEMORY)))

    def extensions(self) -> tuple[Extension, ...]:
        """The extensions that the server has."""
        return readers.extensions(self._list(endpoints.EXTENSIONS))

    def scripts(self) -> ScriptNames:
        """The names of its scripts."""
        return readers.script_names(self._object(endpoints.SCRIPTS, self._get(endpoints.SCRIPTS)))

    def script_info(self) -> tuple[ScriptInfo, ...]:
        """Its scripts with their arguments; one of txt2img and of img2img comes twice."""
        return readers.script_info(self._list(endpoints.SCRIPT_INFO))

    def sampler_names(self) -> tuple[str, ...]:
        """What `Sampling.sampler` may be, in the server's order."""
        return tuple(sampler.name for sampler in self.samplers())

    def samplers(self) -> tuple[Sampler, ...]:
        """The samplers with their aliases, in the server's order."""
        return readers.samplers(self._list(endpoints.SAMPLERS))

    def schedulers(self) -> tuple[Scheduler, ...]:
        """The schedulers, in the server's order, as all lists below."""
        return readers.schedulers(self._list(endpoints.SCHEDULERS))

    def upscalers(self) -> tuple[Upscaler, ...]:
        """What enlarges pictures."""
        return readers.upscalers(self._list(endpoints.UPSCALERS))

    def latent_upscale_modes(self) -> tuple[str, ...]:
        """What enlarges between the two passes of the hires fix, besides the upscalers."""
        return readers.names(self._list(endpoints.LATENT_UPSCALE_MODES))

    def models(self) -> tuple[Model, ...]:
        """The checkpoints."""
        return readers.models(self._list(endpoints.MODELS))

    def vaes(self) -> tuple[Vae, ...]:
        """The VAEs, without `Automatic` and `None`."""
        return readers.vaes(self._list(endpoints.VAES))

    def hypernetworks(self) -> tuple[Hypernetwork, ...]:
        """The hypernetworks."""
        return readers.hypernetworks(self._list(endpoints.HYPERNETWORKS))

    def face_restorers(self) -> tuple[FaceRestorer, ...]:
        """What restores faces."""
        return readers.face_restorers(self._list(endpoints.FACE_RESTORERS))

    def realesrgan_models(self) -> tuple[RealEsrganModel, ...]:
        """The Real-ESRGAN models."""
        return readers.realesrgan_models(self._list(endpoints.REALESRGAN_MODELS))

    def prompt_styles(self) -> tuple[PromptStyle, ...]:
        """The styles that a request can name."""
        return readers.prompt_styles(self._list(endpoints.PROMPT_STYLES))

    def embeddings(self) -> Embeddings:
        """The embeddings (textual inversions)."""
        return readers.embeddings(self._object(endpoints.EMBEDDINGS, self._get(endpoints.EMBEDDINGS)))

    def loras(self) -> tuple[LoraFile, ...]:
        """The LoRAs."""
        return readers.loras(self._list(endpoints.LORAS))

    def controlnet_models(self) -> tuple[str, ...]:
        """The models of the ControlNet extension."""
        # As the extension's own page asks, so that new files are found.
        reply = self._get(endpoints.CONTROLNET_MODELS, query="?update=true")
        return Record(self._object(endpoints.CONTROLNET_MODELS, reply)).texts("model_list")

    def controlnet_modules(self) -> tuple[str, ...]:
        """Its preprocessors."""
        reply = self._get(endpoints.CONTROLNET_MODULES)
        return Record(self._object(endpoints.CONTROLNET_MODULES, reply)).texts("module_list")

    def _tell(self, *names: str) -> None:
        """Have the server tell those of its lists that it has not told yet; of one that fails nothing is
        known."""
        found = self._told({name for name in names if not self._names.knows(name)})
        self._names.take(**found)

    def _told(self, wanted: Collection[str]) -> dict[str, tuple[Choice, ...]]:
        """Those of the lists that the server tells, by their names in `Catalogue`."""
        readers: Mapping[str, tuple[Endpoint, Callable[[], tuple[Choice, ...]]]] = {
            "samplers": (endpoints.SAMPLERS, self._sampler_choices),
            "schedulers": (
                endpoints.SCHEDULERS,
                lambda: choices((each.name, each.label) for each in self.schedulers()),
            ),
            "models": (endpoints.MODELS, self._model_choices),
            "vaes": (endpoints.VAES, lambda: choices(_plain(each.name for each in self.vaes()))),
            "upscalers": (
                endpoints.UPSCALERS,
                lambda: choices(_plain(each.name for each in self.upscalers())),
            ),
            "latent_upscale_modes": (
                endpoints.LATENT_UPSCALE_MODES,
                lambda: choices(_plain(self.latent_upscale_modes())),
            ),
            "loras": (endpoints.LORAS, self._lora_choices),
            "styles": (
                endpoints.PROMPT_STYLES,
                lambda: choices((each.name, each.prompt) for each in self.prompt_styles()),
            ),
            "face_restorers": (
                endpoints.FACE_RESTORERS,
                lambda: choices(_plain(each.name for each in self.face_restorers())),
            ),
            "control_models": (
                endpoints.CONTROLNET_MODELS,
                lambda: choices(_plain(self.controlnet_models())),
            ),
        }
        found = {
            name: or_none(read)
            for name, (endpoint, read) in readers.items()
            if name in wanted and self._has(endpoint)
        }
        return {name: told for name, told in found.items() if told is not None}

    def _sampler_choices(self) -> tuple[Choice, ...]:
        told = {each.name: each.aliases for each in self.samplers()}
        return tuple(each._replace(aliases=told[each.value]) for each in choices(_plain(told)))

    def _lora_choices(self) -> tuple[Choice, ...]:
        """Besides, where the server takes LoRAs as a list, their paths: stable-diffusion.cpp and KoboldCpp
        tell name and path alone, where the WebUI tells an alias, too (published sources, 2026)."""
        loras = self.loras()
        if not self._has(endpoints.OPENAPI) and not any(lora.alias for lora in loras):
            self._names.take(lora_paths=choices((lora.path or lora.name, lora.name) for lora in loras))
        return choices((lora.name, lora.alias) for lora in loras)

    def _usable(self, endpoint: Endpoint, read: Callable[[], _Read]) -> _Read | None:
        """What `read` gives; None where the server has no such endpoint, or answers something else there."""
        return usable(read) if self._has(endpoint) else None

    def _model_choices(self) -> tuple[Choice, ...]:
        """By title; the server takes the other names, too."""
        told = {each.title: each for each in self.models()}
        return tuple(
            each._replace(aliases=_model_aliases(told[each.value]))
            for each in choices(_plain(title for title in told))
        )

    def catalogue(self) -> Catalogue:
        found = self._told(_LISTS)
        self._names.take(**{name: told for name, told in found.items() if name in _SPELLED and told})
        scripts = (or_none(self.script_info) if self._has(endpoints.SCRIPT_INFO) else None) or ()
        shown = [script for script in scripts if not script.is_always_on]
        return Catalogue(
            **found,
            scripts=choices(_plain(script.name for script in shown)),
            script_arguments={script.name: script.args for script in shown},
            told=frozenset(found),
        )

    def missing_files(self, named: NamedFiles) -> tuple[str, ...]:
        """As the server looks for them: a list that it does not tell proves nothing."""
        lists = self.catalogue()
        kinds: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
            ("model", (named.model,), ("models",)),
            ("refiner", (named.refiner,), ("models",)),
            ("VAE", (named.vae,), ("vaes",)),
            ("upscaler", (named.upscaler,), ("upscalers",)),
            ("upscaler", (named.hires_upscaler,), ("latent_upscale_modes", "upscalers")),
            ("LoRA", named.loras, ("loras",)),
            ("ControlNet model", named.controls, ("control_models",)),
            ("style", named.styles, ("styles",)),
        )
        return tuple(
            in_words(kind, name)
            for kind, names, where in kinds
            for name in names
            if lacks(lists, name, *where)
        )


def _model_aliases(model: Model) -> tuple[str, ...]:
    named = (*model_names(model.title), model.name, stem(model.title), model.hash, model.sha256)
    return tuple(dict.fromkeys(filter(None, named)))


def _plain(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, "") for name in names]
