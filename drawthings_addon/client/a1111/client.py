# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for servers of A1111's API: AUTOMATIC1111's WebUI, Forge, SD.Next and others.

Lists and settings are answered at once, also while a picture is made; what changes a model, enlarges,
describes or trains waits its turn behind it (measured on WebUI 1.10.1), so these have the artist's own
time-out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ...errors import AnswerInvalid, ConnectionLost, RequestRefused, ServerFailed
from .. import budget, checks, endpoints
from ..answer import Answer, GeneratedImage
from ..capabilities import Capabilities, assumed
from ..draw_things.configuration import AppConfiguration
from ..endpoints import ENDPOINTS, Endpoint
from ..http.address import Server
from ..http.transport import Reply, Transport
from ..http.untrusted_json import JSON, MAX_LIST_MARKS, parse_json
from ..interface import Client
from ..request import GenerationRequest
from . import bodies as orders
from . import payload, readers
from .answers import read_extra, read_extras, read_generation
from .readers import Record
from .status_errors import raise_for_a1111
from .types import (
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    HypernetworkSettings,
    InterrogateModel,
    LoraFile,
    Memory,
    Model,
    Options,
    OptionValues,
    PngInfo,
    Progress,
    PromptStyle,
    RealEsrganModel,
    Sampler,
    Scheduler,
    ScriptInfo,
    ScriptNames,
    Training,
    Upscaler,
    UpscaleSettings,
    Vae,
)

#: Seconds for what the server answers without making a picture.
SHORT_TIMEOUT = 15.0
#: The same for what a running picture is stopped with.
URGENT_TIMEOUT = 5.0
#: Thousands of models, with what trainers wrote into LoRAs.
MAX_LIST_BYTES = 128 << 20
MAX_SHORT_BYTES = 16 << 20
#: What the server writes at the end of a caption that it could not make.
_CAPTION_FAILED = "<error>"
_FILE_NAME = re.compile(r"filename: (.*?)(?: error: (.*))?$", re.DOTALL)
_FAILURE = re.compile(r"^\w+ \w+ error: (.*)$", re.DOTALL)

_Read = TypeVar("_Read", dict[str, JSON], list[JSON])


class A1111Client(Client):
    """One server. Each call blocks until the answer; all errors are ServerError or InvalidSettings."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        self.server = server
        self.capabilities = capabilities or assumed("A1111")
        self.listener = lambda _error: None
        self._transport = Transport(server, lambda error: self.listener(error))

    def abort(self) -> None:
        """Stop listening, from another thread: every call that waits there raises ConnectionLost.

        The server goes on with what it makes, unless `interrupt` stops it.
        """
        self._transport.abort()

    # Pictures

    def generate(self, request: GenerationRequest) -> Answer:
        """Make the picture of `request`, which takes minutes, and return all pictures that come.

        A request that was interrupted is answered with the half-made picture.
        """
        endpoint = endpoints.IMG2IMG if request.operation == "img2img" else endpoints.TXT2IMG
        room = budget.of_generation(request)
        reply = self._order(endpoint, payload.build(request), limit=room.bytes)
        return read_generation(self.server, reply.body, request, room)

    def extra_single(self, image: bytes, settings: UpscaleSettings) -> GeneratedImage:
        body = orders.extra_single(image, settings)
        room = budget.of_extras([checks.picture_size(image)], settings)
        reply = self._order(endpoints.EXTRA_SINGLE, body, limit=room.bytes)
        return read_extra(self.server, reply.body, room)

    def extra_batch(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        body = orders.extra_batch(images, settings)
        room = budget.of_extras(list(map(checks.picture_size, images)), settings)
        reply = self._order(endpoints.EXTRA_BATCH, body, limit=room.bytes)
        return read_extras(self.server, reply.body, room)

    def png_info(self, image: bytes) -> PngInfo:
        body = orders.png_info(image)
        return readers.png_info(self._object(endpoints.PNG_INFO, self._order(endpoints.PNG_INFO, body)))

    def interrogate(self, image: bytes, model: InterrogateModel = "clip") -> str:
        body = orders.interrogate(image, model)
        answer = self._object(endpoints.INTERROGATE, self._order(endpoints.INTERROGATE, body))
        caption = Record(answer).text("caption").strip()
        # A part of it may have been made before it failed.
        words = caption.removesuffix(_CAPTION_FAILED).strip(" ,")
        if not words:
            raise ServerFailed(
                f"{self.server.label} could not describe the picture.",
                "Look at the server's own console: its describing model may not be downloaded.",
                status=200,
            )
        return words

    # The running job

    def progress(self, *, with_preview: bool = True) -> Progress:
        query = "" if with_preview else "?skip_current_image=true"
        reply = self._get(endpoints.PROGRESS, query=query)
        return readers.progress(self._object(endpoints.PROGRESS, reply))

    def interrupt(self) -> None:
        self._order(endpoints.INTERRUPT, timeout=URGENT_TIMEOUT)

    def skip(self) -> None:
        self._order(endpoints.SKIP, timeout=URGENT_TIMEOUT)

    # Settings

    def configuration(self) -> AppConfiguration:
        """The model and CLIP skip that are set in the server; it keeps no others for its API."""
        options = self.options()
        clip_skip = Record(options.values).integer("CLIP_stop_at_last_layers")
        return AppConfiguration(
            model=options.model,
            clip_skip=clip_skip if clip_skip is not None and 1 <= clip_skip <= 12 else None,
            raw=options.values,
        )

    def options(self) -> Options:
        return Options(self._object(endpoints.OPTIONS, self._get(endpoints.OPTIONS)))

    def set_options(self, values: OptionValues) -> None:
        self._order(endpoints.SET_OPTIONS, values)

    # What the server is

    @property
    def docs_url(self) -> str:
        return f"{self.server.url}{endpoints.DOCS.path}"

    def openapi(self) -> Mapping[str, JSON]:
        """The server's own description of what it offers."""
        return self._object(endpoints.OPENAPI, self._get(endpoints.OPENAPI))

    def routes(self) -> frozenset[Endpoint]:
        return routes_in(Record(self.openapi()).record("paths"))

    def cmd_flags(self) -> Mapping[str, JSON]:
        return self._object(endpoints.CMD_FLAGS, self._get(endpoints.CMD_FLAGS))

    def memory(self) -> Memory:
        return readers.memory(self._object(endpoints.MEMORY, self._get(endpoints.MEMORY)))

    def extensions(self) -> tuple[Extension, ...]:
        return readers.extensions(self._list(endpoints.EXTENSIONS))

    def scripts(self) -> ScriptNames:
        return readers.script_names(self._object(endpoints.SCRIPTS, self._get(endpoints.SCRIPTS)))

    def script_info(self) -> tuple[ScriptInfo, ...]:
        return readers.script_info(self._list(endpoints.SCRIPT_INFO))

    # Lists

    def sampler_names(self) -> tuple[str, ...]:
        return tuple(sampler.name for sampler in self.samplers())

    def samplers(self) -> tuple[Sampler, ...]:
        """The samplers with their aliases, in the server's order."""
        return readers.samplers(self._list(endpoints.SAMPLERS))

    def schedulers(self) -> tuple[Scheduler, ...]:
        return readers.schedulers(self._list(endpoints.SCHEDULERS))

    def upscalers(self) -> tuple[Upscaler, ...]:
        return readers.upscalers(self._list(endpoints.UPSCALERS))

    def latent_upscale_modes(self) -> tuple[str, ...]:
        return readers.names(self._list(endpoints.LATENT_UPSCALE_MODES))

    def models(self) -> tuple[Model, ...]:
        return readers.models(self._list(endpoints.MODELS))

    def vaes(self) -> tuple[Vae, ...]:
        return readers.vaes(self._list(endpoints.VAES))

    def hypernetworks(self) -> tuple[Hypernetwork, ...]:
        return readers.hypernetworks(self._list(endpoints.HYPERNETWORKS))

    def face_restorers(self) -> tuple[FaceRestorer, ...]:
        return readers.face_restorers(self._list(endpoints.FACE_RESTORERS))

    def realesrgan_models(self) -> tuple[RealEsrganModel, ...]:
        return readers.realesrgan_models(self._list(endpoints.REALESRGAN_MODELS))

    def prompt_styles(self) -> tuple[PromptStyle, ...]:
        return readers.prompt_styles(self._list(endpoints.PROMPT_STYLES))

    def embeddings(self) -> Embeddings:
        return readers.embeddings(self._object(endpoints.EMBEDDINGS, self._get(endpoints.EMBEDDINGS)))

    def loras(self) -> tuple[LoraFile, ...]:
        return readers.loras(self._list(endpoints.LORAS))

    def controlnet_models(self) -> tuple[str, ...]:
        # As the extension's own page asks, so that new files are found.
        reply = self._get(endpoints.CONTROLNET_MODELS, query="?update=true")
        return Record(self._object(endpoints.CONTROLNET_MODELS, reply)).texts("model_list")

    def controlnet_modules(self) -> tuple[str, ...]:
        reply = self._get(endpoints.CONTROLNET_MODULES)
        return Record(self._object(endpoints.CONTROLNET_MODULES, reply)).texts("module_list")

    # Orders

    def refresh_checkpoints(self) -> None:
        self._order(endpoints.REFRESH_CHECKPOINTS)

    def refresh_vae(self) -> None:
        self._order(endpoints.REFRESH_VAE)

    def refresh_embeddings(self) -> None:
        self._order(endpoints.REFRESH_EMBEDDINGS)

    def refresh_loras(self) -> None:
        self._order(endpoints.REFRESH_LORAS)

    def unload_checkpoint(self) -> None:
        self._order(endpoints.UNLOAD_CHECKPOINT)

    def reload_checkpoint(self) -> None:
        self._order(endpoints.RELOAD_CHECKPOINT)

    def server_kill(self) -> None:
        self._end(endpoints.SERVER_KILL)

    def server_restart(self) -> None:
        self._end(endpoints.SERVER_RESTART)

    def server_stop(self) -> None:
        self._end(endpoints.SERVER_STOP)

    def create_embedding(
        self, name: str, *, vectors: int = 1, initial_text: str = "*", overwrite: bool = False
    ) -> str:
        body = orders.create_embedding(name, vectors, initial_text, overwrite)
        return self._taught(endpoints.CREATE_EMBEDDING, body)

    def create_hypernetwork(
        self, name: str, settings: HypernetworkSettings, *, overwrite: bool = False
    ) -> str:
        body = orders.create_hypernetwork(name, settings, overwrite)
        return self._taught(endpoints.CREATE_HYPERNETWORK, body)

    def train_embedding(self, training: Training) -> str:
        return self._taught(endpoints.TRAIN_EMBEDDING, orders.train_embedding(training))

    def train_hypernetwork(self, training: Training) -> str:
        return self._taught(endpoints.TRAIN_HYPERNETWORK, orders.train_hypernetwork(training))

    # Exchanges

    def _get(self, endpoint: Endpoint, *, query: str = "", limit: int = MAX_SHORT_BYTES) -> Reply:
        timeout = min(SHORT_TIMEOUT, self.server.read_timeout)
        reply = self._transport.get(endpoint.path + query, limit=limit, timeout=timeout)
        raise_for_a1111(self.server, endpoint, reply)
        return reply

    def _order(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any] | None = None,
        *,
        limit: int = MAX_SHORT_BYTES,
        timeout: float | None = None,
    ) -> Reply:
        """POST; without a body an empty object, which the server's orders pass over."""
        seconds = min(timeout or self.server.read_timeout, self.server.read_timeout)
        reply = self._transport.post(endpoint.path, body or {}, limit=limit, timeout=seconds)
        raise_for_a1111(self.server, endpoint, reply)
        return reply

    def _end(self, endpoint: Endpoint) -> None:
        try:
            self._order(endpoint, timeout=SHORT_TIMEOUT)
        except ConnectionLost:
            # The process ended before it could answer, as it was told to.
            return

    def _object(self, endpoint: Endpoint, reply: Reply) -> dict[str, JSON]:
        return self._parsed(endpoint, reply, dict)

    def _list(self, endpoint: Endpoint) -> list[JSON]:
        return self._parsed(endpoint, self._get(endpoint, limit=MAX_LIST_BYTES), list)

    def _parsed(self, endpoint: Endpoint, reply: Reply, kind: type[_Read]) -> _Read:
        try:
            value = parse_json(reply.body, max_marks=MAX_LIST_MARKS)
        except ValueError as error:
            raise AnswerInvalid(
                f"{self.server.label} does not answer {endpoint} with JSON.", _STRANGE
            ) from error
        if not isinstance(value, kind):
            raise AnswerInvalid(
                f"{self.server.label} answers {endpoint} with something else than was asked for.", _STRANGE
            )
        return value

    def _taught(self, endpoint: Endpoint, body: Mapping[str, Any]) -> str:
        """The file that the server made. It tells of failures with status 200."""
        info = Record(self._object(endpoint, self._order(endpoint, body))).text("info")
        failed = _FAILURE.match(info)
        made = _FILE_NAME.search(info)
        reason = failed[1] if failed else (made[2] or "") if made else info
        if failed or made is None or reason.strip() not in ("", "None"):
            words = readers.plain_text(reason) or "it does not say why"
            raise RequestRefused(
                f"{self.server.label} could not do “{endpoint.title}”: {words.rstrip('.')}.",
                "Change what it names, then try again.",
                detail=words,
            )
        # The name of a new hypernetwork is told as None.
        return "" if made[1] == "None" else made[1].strip()


_STRANGE = "See whether another program answers at that address, or whether the server is of another version."


def routes_in(paths: Record) -> frozenset[Endpoint]:
    """Those of ENDPOINTS that are among a description's paths; empty when these are not A1111's."""
    offered = {
        endpoint for endpoint in ENDPOINTS if endpoint.method.lower() in paths.record(endpoint.path).values
    }
    # Neither describes itself. A description's own `/` is a page and not Draw Things'.
    return (
        frozenset({*offered, endpoints.OPENAPI, endpoints.DOCS} - {endpoints.ROOT})
        if offered
        else frozenset()
    )
