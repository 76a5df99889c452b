# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for servers of A1111's API: AUTOMATIC1111's WebUI, Forge, SD.Next and others.

Lists and settings are answered at once, also while a picture is made; what changes a model, enlarges,
describes or trains waits its turn behind it (measured on WebUI 1.10.1), so these have the artist's own
time-out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

from ...errors import AnswerInvalid, ConnectionLost, NotDrawThings, RequestRefused, ServerError, ServerFailed
from ...messages import Message
from .. import bounds, budget, checks
from ..answer import Answer, GeneratedImage
from ..capabilities import Capabilities
from ..catalogue import Catalogue, Choice, choices, or_none
from ..configuration import Configuration
from ..features import Feature
from ..http.address import Server
from ..http.endpoints import Endpoint, rows
from ..http.probe import probe
from ..http.status_errors import SOMETHING_ELSE
from ..http.transport import Reply, Transport
from ..http.untrusted_json import JSON, MAX_LIST_MARKS, parse_json
from ..interface import Client
from ..progress import Progress
from ..request import GenerationRequest
from ..table import Row, RowState
from ..training import Training
from ..upscaling import UpscaleSettings
from . import bodies, endpoints, payload, readers
from .answers import read_extra, read_extras, read_generation
from .dialect import A1111
from .endpoints import ENDPOINTS
from .readers import Record
from .status_errors import raise_for_a1111
from .types import (
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    InterrogateModel,
    LoraFile,
    Memory,
    Model,
    Options,
    OptionValues,
    PngInfo,
    PromptStyle,
    RealEsrganModel,
    Sampler,
    Scheduler,
    ScriptInfo,
    ScriptNames,
    Upscaler,
    Vae,
)

#: Seconds for what the server answers without making a picture.
SHORT_TIMEOUT = 15.0
#: The same for what a running picture is stopped with.
URGENT_TIMEOUT = 5.0
#: Thousands of models, with what trainers wrote into LoRAs.
MAX_LIST_BYTES = 128 << 20
MAX_SHORT_BYTES = 16 << 20
#: An answer that is none of this dialect's, whatever it is; all other errors end the search.
_NO_ANSWER_OF_OURS = (*SOMETHING_ELSE, ServerFailed)
#: Every server of A1111's API has one of these, also the smallest.
_TELLING_OPTIONS = ("sd_model_checkpoint", "samples_format")
#: Routes of Gradio pages, which the WebUI has also without its API.
_PAGE_ROUTES = ("/internal/ping", "/run/{api_name}", "/queue/join")
#: Draw Things' settings have these, and A1111's have not.
_OF_DRAW_THINGS = ("seed_mode", "guidance_scale")
#: Characters of a name in a sentence, and names in it.
_SHOWN_NAME, _SHOWN_NAMES = 120, 8
#: What the server writes at the end of a caption that it could not make.
_CAPTION_FAILED = "<error>"
_FILE_NAME = re.compile(r"filename: (.*?)(?: error: (.*))?$", re.DOTALL)
_FAILURE = re.compile(r"^\w+ \w+ error: (.*)$", re.DOTALL)

_Read = TypeVar("_Read", dict[str, JSON], list[JSON])


class A1111Client(Client):
    """One server. Each call blocks until the answer; all errors are ServerError or InvalidSettings."""

    dialect = A1111

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        super().__init__(server, capabilities)
        self._transport = Transport(server, lambda error: self.listener(error))

    @classmethod
    def recognize(cls, server: Server) -> Self | None:
        """`/openapi.json` or `/sdapi/v1/options` tells a server of this API, which is believed what it says
        about itself."""
        client = cls(server)
        try:
            paths = Record(client.openapi()).record("paths")
        except _NO_ANSWER_OF_OURS:
            paths = Record({})
        routes = routes_in(paths)
        try:
            options = client.options().values
        except _NO_ANSWER_OF_OURS:
            # Not wrong credentials: the description is open to all, so this is the first to ask for them.
            options = {}
        if endpoints.TXT2IMG in routes or endpoints.IMG2IMG in routes:
            client.take_description(routes)
            return client
        if any(name in options for name in _TELLING_OPTIONS):
            client.examine()
            return client
        if any(path in paths.values for path in _PAGE_ROUTES):
            raise NotDrawThings(
                "The WebUI at {server} was started without its API.",
                "Start it with the option --api.",
                server=server.label,
            )
        return None

    def confirm(self) -> bool:
        """Draw Things takes the same requests and reads them otherwise; it tells its settings where a server
        of this dialect has a page, or nothing."""
        try:
            reply = self._transport.get(
                endpoints.ROOT.path,
                limit=MAX_SHORT_BYTES,
                timeout=min(SHORT_TIMEOUT, self.server.read_timeout),
            )
            told = parse_json(reply.body) if reply.status == 200 else None
        except (ServerError, ValueError):
            return True
        return not (isinstance(told, dict) and any(key in told for key in _OF_DRAW_THINGS))

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

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        room = budget.of_extras(list(map(checks.picture_size, images)), settings)
        if len(images) == 1:
            reply = self._order(
                endpoints.EXTRA_SINGLE, bodies.extra_single(images[0], settings), limit=room.bytes
            )
            return (read_extra(self.server, reply.body, room),)
        reply = self._order(endpoints.EXTRA_BATCH, bodies.extra_batch(images, settings), limit=room.bytes)
        return read_extras(self.server, reply.body, room)

    def read_metadata(self, image: bytes) -> str:
        return self.png_info(image).text

    def png_info(self, image: bytes) -> PngInfo:
        """How the picture was made, with its other texts."""
        body = bodies.png_info(image)
        return readers.png_info(self._object(endpoints.PNG_INFO, self._order(endpoints.PNG_INFO, body)))

    def describe(self, image: bytes, model: InterrogateModel = "clip") -> str:
        body = bodies.interrogate(image, model)
        answer = self._object(endpoints.INTERROGATE, self._order(endpoints.INTERROGATE, body))
        caption = Record(answer).text("caption").strip()
        # A part of it may have been made before it failed.
        words = caption.removesuffix(_CAPTION_FAILED).strip(" ,")
        if not words:
            raise ServerFailed(
                "{server} could not describe the picture.",
                "Look at the server's own console: its describing model may not be downloaded.",
                status=200,
                server=self.server.label,
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

    def configuration(self) -> Configuration:
        """The model and CLIP skip that are set in the server; it keeps no others for its API."""
        options = self.options()
        clip_skip = Record(options.values).integer("CLIP_stop_at_last_layers")
        return Configuration(
            model=options.model,
            clip_skip=clip_skip if clip_skip is not None and 1 <= clip_skip <= 12 else None,
            raw=options.values,
        )

    def options(self) -> Options:
        """All settings of the server."""
        return Options(self._object(endpoints.OPTIONS, self._get(endpoints.OPTIONS)))

    def set_options(self, values: OptionValues) -> None:
        """Change settings of the server for good. A new `sd_model_checkpoint` is loaded before this
        returns."""
        self._order(endpoints.SET_OPTIONS, values)

    def load_model(self, name: str) -> None:
        self.set_options({"sd_model_checkpoint": name})

    # What the server is

    def examine(self, *, thorough: bool = False) -> None:
        """Its own description is believed where it has one; then `thorough` also asks for everything that is
        harmless to ask for. Without a description each endpoint gets one GET."""
        no_app = {endpoints.ROOT: endpoints.ROOT.row(RowState.NOT_OFFERED, "Draw Things alone has it.")}
        try:
            routes = self.routes()
        except ServerError:
            routes = frozenset()
        if not routes:
            self._found(probe(self.server, ENDPOINTS, no_app, pages=(endpoints.DOCS,)))
            return
        self.take_description(routes)
        if thorough:
            by_place = {row.place: row for row in self.capabilities.rows}
            told = {
                each: by_place[str(each)] for each in ENDPOINTS if each not in routes or each.method != "GET"
            }
            self._found(probe(self.server, ENDPOINTS, told, pages=(endpoints.DOCS,)))

    def take_description(self, routes: frozenset[Endpoint]) -> None:
        """The server says itself that it has these of ENDPOINTS, and no others."""
        self._found(rows(ENDPOINTS, routes, "By the server's own description."))

    def _found(self, table: tuple[Row, ...]) -> None:
        self.capabilities = Capabilities(A1111, table)

    def information(self) -> str:
        parts: list[str] = []
        if self._has(endpoints.MEMORY):
            memory = self.memory()
            if memory.vram_free is not None and memory.vram_total is not None:
                free, total = memory.vram_free / 2**30, memory.vram_total / 2**30
                parts.append(
                    Message("{free} of {total} GiB of the GPU free", free=f"{free:.1f}", total=f"{total:.1f}")
                )
            if memory.ram_free is not None:
                parts.append(Message("{free} GiB of memory free", free=f"{memory.ram_free / 2**30:.1f}"))
        if self._has(endpoints.EXTENSIONS):
            names = [each.name for each in self.extensions() if each.enabled]
            shown = [bounds.one_line(name, _SHOWN_NAME) for name in names[:_SHOWN_NAMES]]
            parts.append(Message("extensions: {names}", names=", ".join(shown) or "none"))
        if self._has(endpoints.CMD_FLAGS):
            flags = self.cmd_flags()
            parts.append(
                "can be stopped from here" if flags.get("api_server_stop") else "cannot be stopped from here"
            )
        return ", ".join(parts)

    def openapi(self) -> Mapping[str, JSON]:
        """The server's own description of what it offers."""
        return self._object(endpoints.OPENAPI, self._get(endpoints.OPENAPI))

    def routes(self) -> frozenset[Endpoint]:
        """Those of ENDPOINTS that the server itself says it has, by its `/openapi.json`."""
        return routes_in(Record(self.openapi()).record("paths"))

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

    # Lists

    def sampler_names(self) -> tuple[str, ...]:
        """What `GenerationRequest.sampler` may be, in the server's order."""
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

    def catalogue(self) -> Catalogue:
        def told(endpoint: Endpoint, read: Callable[[], Iterable[tuple[str, str]]]) -> tuple[Choice, ...]:
            return choices(or_none(read) if self._has(endpoint) else None)

        scripts = (or_none(self.script_info) if self._has(endpoints.SCRIPT_INFO) else None) or ()
        shown = [script for script in scripts if not script.is_always_on]
        return Catalogue(
            samplers=choices(_plain(or_none(self.sampler_names) or ())),
            schedulers=told(endpoints.SCHEDULERS, lambda: [(s.name, s.label) for s in self.schedulers()]),
            models=told(endpoints.MODELS, lambda: [(m.title, "") for m in self.models()]),
            vaes=told(endpoints.VAES, lambda: [(v.name, "") for v in self.vaes()]),
            upscalers=told(endpoints.UPSCALERS, lambda: [(u.name, "") for u in self.upscalers()]),
            latent_upscale_modes=told(
                endpoints.LATENT_UPSCALE_MODES, lambda: _plain(self.latent_upscale_modes())
            ),
            loras=told(endpoints.LORAS, lambda: [(lora.name, lora.alias) for lora in self.loras()]),
            styles=told(endpoints.PROMPT_STYLES, lambda: [(s.name, s.prompt) for s in self.prompt_styles()]),
            embeddings=told(endpoints.EMBEDDINGS, lambda: [(e.name, "") for e in self.embeddings().loaded]),
            hypernetworks=told(endpoints.HYPERNETWORKS, lambda: [(h.name, "") for h in self.hypernetworks()]),
            face_restorers=told(
                endpoints.FACE_RESTORERS, lambda: [(f.name, "") for f in self.face_restorers()]
            ),
            scripts=choices(_plain(script.name for script in shown)),
            control_models=told(endpoints.CONTROLNET_MODELS, lambda: _plain(self.controlnet_models())),
            control_modules=told(endpoints.CONTROLNET_MODULES, lambda: _plain(self.controlnet_modules())),
            script_arguments={script.name: script.args for script in shown},
        )

    # Commands

    def command(self, feature: Feature) -> None:
        endpoint = _COMMANDS.get(feature)
        if endpoint is None:
            self._lacks(feature)
        if endpoint in _ENDINGS:
            self._end(endpoint)
        else:
            self._order(endpoint)

    def prepare_training(self, training: Training, *, overwrite: bool = False) -> str:
        is_embedding = training.kind == "EMBEDDING"
        endpoint = endpoints.CREATE_EMBEDDING if is_embedding else endpoints.CREATE_HYPERNETWORK
        return self._taught(endpoint, bodies.create(training, overwrite))

    def train(self, training: Training) -> str:
        is_embedding = training.kind == "EMBEDDING"
        endpoint = endpoints.TRAIN_EMBEDDING if is_embedding else endpoints.TRAIN_HYPERNETWORK
        return self._taught(endpoint, bodies.train(training))

    # Exchanges

    def _has(self, endpoint: Endpoint) -> bool:
        return self.capabilities.has(str(endpoint))

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
                "{server} does not answer {endpoint} with JSON.",
                _STRANGE,
                server=self.server.label,
                endpoint=endpoint,
            ) from error
        if not isinstance(value, kind):
            raise AnswerInvalid(
                "{server} answers {endpoint} with something else than was asked for.",
                _STRANGE,
                server=self.server.label,
                endpoint=endpoint,
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
                "{server} could not do “{feature}”: {words}.",
                "Change what it names, then try again.",
                detail=words,
                server=self.server.label,
                feature=endpoint.title,
                words=words.rstrip("."),
            )
        # The name of a new hypernetwork is told as None.
        return "" if made[1] == "None" else made[1].strip()


#: What needs nothing but to be told.
_COMMANDS: Mapping[Feature, Endpoint] = {
    Feature.REFRESH_MODELS: endpoints.REFRESH_CHECKPOINTS,
    Feature.REFRESH_VAES: endpoints.REFRESH_VAE,
    Feature.REFRESH_EMBEDDINGS: endpoints.REFRESH_EMBEDDINGS,
    Feature.REFRESH_LORAS: endpoints.REFRESH_LORAS,
    Feature.FREE_MEMORY: endpoints.UNLOAD_CHECKPOINT,
    Feature.RELOAD_MODEL: endpoints.RELOAD_CHECKPOINT,
    Feature.STOP: endpoints.SERVER_STOP,
    Feature.RESTART: endpoints.SERVER_RESTART,
    Feature.KILL: endpoints.SERVER_KILL,
}
#: After these the server may be gone before it answers.
_ENDINGS = frozenset({endpoints.SERVER_STOP, endpoints.SERVER_RESTART, endpoints.SERVER_KILL})
_STRANGE = "See whether another program answers at that address, or whether the server is of another version."


def _plain(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, "") for name in names]


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
