# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for servers of A1111's API: AUTOMATIC1111's WebUI, Forge, SD.Next and others.

Lists and settings are answered at once, also while a picture is made; what changes a model, enlarges,
describes or trains waits its turn behind it (measured on WebUI 1.10.1), so these have the artist's own
time-out.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from ...errors import (
    AuthenticationFailed,
    FeatureMissing,
    NameTaken,
    RequestRefused,
    SentElsewhere,
    ServerError,
    ServerFailed,
    UnknownServer,
    WrongProtocol,
)
from ...messages import Message
from .. import bounds, budget, checks
from ..answer import Answer, GeneratedImage, read_images
from ..capabilities import Capabilities
from ..catalogue import usable
from ..configuration import Configuration
from ..features import Feature
from ..http.address import Server
from ..http.endpoints import Endpoint, rows
from ..http.failures import LetGo
from ..http.probe import probe
from ..http.status_errors import SOMETHING_ELSE
from ..http.transport import Reply
from ..http.untrusted_json import JSON, parse_json
from ..interface import DetectedMap
from ..names import nearest
from ..parameters import ParameterRow
from ..request import ROWS_BY_PATH, GenerationRequest
from ..table import Row, RowState
from ..training import Training
from ..upscaling import UpscaleSettings
from . import bodies, endpoints, payload, readers, teaching
from .answers import of_another_size, read_generation, read_several_upscaled, read_upscaled
from .dialect import A1111
from .endpoints import ENDPOINTS
from .exchange import MAX_SHORT_BYTES, SHORT_TIMEOUT
from .files import has_suffix, is_path_or_hashed, without_hash
from .readers import Record
from .samplers import SAMPLERS, without_scheduler
from .scripts import Scripts
from .spelling import in_its_spelling, upscalers_in_its_spelling
from .status_errors import SAMPLER_NOT_FOUND
from .types import (
    InterrogateModel,
    PngInfo,
)

#: An answer that is none of this dialect's, whatever it is; all other errors end the search.
_NO_ANSWER_OF_OURS = (*SOMETHING_ELSE, ServerFailed)
#: Of these, what tells why nobody is recognized.
_IN_BETWEEN = (SentElsewhere, ServerFailed, AuthenticationFailed, WrongProtocol)
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
#: Of a failure: the name of what was to be created is taken.
_EXISTS = "already exists"


class A1111Client(Scripts):
    """One server. Each call blocks until the answer; all errors are ServerError or InvalidSettings."""

    @classmethod
    def recognize(cls, server: Server) -> Self | None:
        """`/openapi.json` or `/sdapi/v1/options` tells a server of this API, which is believed what it says
        about itself."""
        client = cls(server)
        in_between: ServerError | None = None
        description: Record | None = None
        options: Mapping[str, JSON] | None = None
        try:
            description = Record(client.openapi())
        except (*_NO_ANSWER_OF_OURS, AuthenticationFailed, WrongProtocol) as error:
            if isinstance(error, AuthenticationFailed) and server.has_credentials:
                raise
            # Some ask for credentials wherever there is no route, or say 400.
            in_between = error if isinstance(error, _IN_BETWEEN) else None
        routes = routes_in(description or Record({}))
        try:
            options = client.options().values
        except _NO_ANSWER_OF_OURS as error:
            # Not wrong credentials: the description is open to all, so this is the first to ask for them.
            in_between = in_between or (error if isinstance(error, _IN_BETWEEN) else None)
        if routes:
            client.take_description(routes)
            return client
        # Whoever answers with an object wherever it is asked tells nothing by it.
        is_told = options is not None and (description is None or any(n in options for n in _TELLING_OPTIONS))
        # Options fail as a whole once one of them has a value of a wrong type (WebUI 1.10.1).
        if is_told or client.has_samplers():
            client.examine()
            return client
        if description and any(path in description.record("paths").values for path in _PAGE_ROUTES):
            raise UnknownServer(
                "The WebUI at {server} was started without its API.",
                "Start it with the option --api.",
                server=server.label,
            )
        if in_between is not None:
            raise in_between
        return None

    def has_samplers(self) -> bool:
        """Whether it answers with a list of samplers."""
        return bool(usable(self.samplers))

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

    # Pictures

    def generate(self, request: GenerationRequest) -> Answer:
        """Make the picture of `request`, which takes minutes, and return all pictures that come.

        A request that was interrupted is answered with the half-made picture.
        """
        endpoint = endpoints.IMG2IMG if request.operation == "img2img" else endpoints.TXT2IMG
        room = budget.of_generation(request)
        spelled = self._spelled(request)
        body = self._body(spelled)
        about_settings = self._settle(body)
        try:
            reply = self._generate(endpoint, body, room.bytes)
        except RequestRefused as refusal:
            if "sampler_name" not in body or not SAMPLER_NOT_FOUND.search(refusal.detail):
                raise
            # Nothing was made: the server looks at names first.
            self._tell("samplers", "schedulers")
            spelled = in_its_spelling(request, self._names)
            again = self._body(spelled) | {"override_settings": body["override_settings"]}
            if again == body:
                raise self._no_sampler(body["sampler_name"], refusal) from refusal
            reply = self._generate(endpoint, again, room.bytes)
        answer = read_generation(self.server, reply.body, spelled, room, proves=self.proves_pictures)
        # The WebUI and its relatives make what was asked for, or refuse it.
        sizes = () if self._has(endpoints.OPENAPI) else of_another_size(spelled, answer.images)
        return replace(answer, notices=(*about_settings, *answer.notices, *sizes))

    def _spelled(self, request: GenerationRequest) -> GenerationRequest:
        """The request with its names as this server spells them.

        One that describes itself takes names as the WebUI has them: its lists are looked at where they are
        known, and asked for alone where a name cannot be right as it stands.
        """
        models = request.models
        if any(without_hash(name) != name.strip() for name in (models.model, models.refiner_model)):
            # It may be a hash that another server has told: this one knows it from its own first use on.
            self._tell("models")
        vae = models.vae.strip()
        if vae not in ("", payload.AUTOMATIC, "None") and (is_path_or_hashed(vae) or not has_suffix(vae)):
            self._tell("vaes")
        if any(is_path_or_hashed(lora.file) for lora in request.conditioning.loras):
            self._tell("loras")
        sampler = request.sampling.sampler
        if isinstance(sampler, str) and sampler and without_scheduler(sampler.strip()) not in SAMPLERS:
            # Of another program, or in its spelling: the WebUI would take one of its own without a word.
            self._tell("samplers", "schedulers")
        if not self._has(endpoints.OPENAPI):
            sampling = request.sampling
            wanted = {
                "samplers": sampling.sampler,
                "schedulers": sampling.sampler or sampling.scheduler,
                "loras": request.conditioning.loras,
            }
            self._tell(*(name for name, named in wanted.items() if named))
        return in_its_spelling(request, self._names)

    def _body(self, request: GenerationRequest) -> dict[str, Any]:
        """LoRAs stand in the prompt as tags, or in a list where the server reads no tags."""
        loras = request.conditioning.loras
        if not loras or not self._names.knows("lora_paths"):
            return payload.build(request)
        listed = payload.listed_loras(loras, self._names.of("lora_paths"))
        return payload.build(request.changed(loras=())) | {"lora": listed}

    def _no_sampler(self, name: str, refusal: RequestRefused) -> RequestRefused:
        known = [choice.value for choice in self._names.of("samplers")]
        near = ", ".join(f"“{bounds.one_line(each, _SHOWN_NAME)}”" for each in nearest(name, known))
        return RequestRefused(
            "{server} has no sampler “{sampler}”.",
            "Choose one of its list, such as {near}, or none: then it takes its own."
            if near
            else "Choose one of its list, or none: then it takes its own.",
            detail=refusal.detail,
            server=self.server.label,
            sampler=bounds.one_line(name, _SHOWN_NAME),
            near=near,
        )

    @property
    def takes_several(self) -> bool:
        return self._may_have(endpoints.EXTRA_BATCH)

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        room = budget.of_upscaling(list(map(checks.picture_size, images)), settings)
        settings = upscalers_in_its_spelling(settings, self._names)
        if len(images) == 1:
            reply = self._make(
                endpoints.EXTRA_SINGLE, bodies.extra_single(images[0], settings), limit=room.bytes
            )
            return (read_upscaled(self.server, reply.body, room),)
        reply = self._make(endpoints.EXTRA_BATCH, bodies.extra_batch(images, settings), limit=room.bytes)
        return read_several_upscaled(self.server, reply.body, room, self._was_ended)

    def read_metadata(self, image: bytes) -> str:
        return self.png_info(image).text

    def png_info(self, image: bytes) -> PngInfo:
        """How the picture was made, with its other texts."""
        body = bodies.png_info(image)
        return readers.png_info(self._object(endpoints.PNG_INFO, self._order(endpoints.PNG_INFO, body)))

    def describe(self, image: bytes, model: InterrogateModel = "clip") -> str:
        body = bodies.interrogate(image, model)
        answer = self._object(endpoints.INTERROGATE, self._make(endpoints.INTERROGATE, body))
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

    def detect(self, image: bytes, kind: DetectedMap) -> bytes:
        modules = self.controlnet_modules()
        module = next((each for each in _PREPROCESSORS[kind] if each in modules), "")
        # Those of other versions, and of other authors.
        module = module or next((each for each in modules if each.startswith(kind.lower())), "")
        if not module:
            raise RequestRefused(
                "{server} has no preprocessor for {what}.",
                "Switch it off: the map is made here then.",
                detail="",
                server=self.server.label,
                what="depth" if kind == "DEPTH" else "normals",
            )
        size = checks.picture_size(image)
        room = budget.of_upscaling([size], UpscaleSettings(scale=1.0))
        body = bodies.detect(image, module, max(_LEAST_RESOLUTION, min(size)))
        reply = self._make(endpoints.CONTROLNET_DETECT, body, limit=room.bytes)
        found = read_images(self.server, reply.body, room)
        return found.images[0].png

    # Settings

    def configuration(self) -> Configuration:
        """The model and CLIP skip that are set in the server; it keeps no others for its API."""
        options = self.options()
        clip_skip = Record(options.values).integer("CLIP_stop_at_last_layers")
        values: dict[ParameterRow, Any] = {ROWS_BY_PATH["models.model"]: options.model}
        if clip_skip is not None and 1 <= clip_skip <= payload.LARGEST_CLIP_SKIP:
            values[ROWS_BY_PATH["conditioning.clip_skip"]] = clip_skip
        return Configuration(values, raw=options.values)

    # What the server is

    def examine(self, *, thorough: bool = False) -> None:
        """Its own description is believed where it has one; then `thorough` also asks for everything that is
        harmless to ask for. Without a description each endpoint that is a GET gets one, and the others are
        not known: where its options or its samplers were told, they are taken for offered until one proves
        otherwise."""
        no_app = {endpoints.ROOT: endpoints.ROOT.row(RowState.NOT_OFFERED, "Draw Things alone has it.")}
        try:
            routes = self.routes()
        except LetGo:
            raise
        except ServerError:
            routes = frozenset()
        if not routes:
            self._found(_vouched(probe(self.server, ENDPOINTS, no_app, pages=(endpoints.DOCS,))))
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
        memory = self._usable(endpoints.MEMORY, self.memory)
        if memory is not None:
            if memory.vram_free is not None and memory.vram_total is not None:
                free, total = memory.vram_free / 2**30, memory.vram_total / 2**30
                parts.append(
                    Message("{free} of {total} GiB of the GPU free", free=f"{free:.1f}", total=f"{total:.1f}")
                )
            if memory.ram_free is not None:
                parts.append(Message("{free} GiB of memory free", free=f"{memory.ram_free / 2**30:.1f}"))
        extensions = self._usable(endpoints.EXTENSIONS, self.extensions)
        if extensions is not None:
            names = [each.name for each in extensions if each.enabled]
            shown = [bounds.one_line(name, _SHOWN_NAME) for name in names[:_SHOWN_NAMES]]
            parts.append(Message("extensions: {names}", names=", ".join(shown) or "none"))
        flags = self._usable(endpoints.CMD_FLAGS, self.cmd_flags)
        if flags is not None:
            parts.append(
                "can be stopped from here" if flags.get("api_server_stop") else "cannot be stopped from here"
            )
        return ", ".join(parts)

    def openapi(self) -> Mapping[str, JSON]:
        """The server's own description of what it offers."""
        return self._object(endpoints.OPENAPI, self._get(endpoints.OPENAPI))

    def routes(self) -> frozenset[Endpoint]:
        """Those of ENDPOINTS that the server itself says it has, by its `/openapi.json`."""
        return routes_in(Record(self.openapi()))

    # Commands

    def command(self, feature: Feature) -> None:
        endpoint = _COMMANDS.get(feature)
        if endpoint is None:
            self._lacks(feature)
        if endpoint in _ENDINGS:
            self._end(endpoint)
        else:
            self._order(endpoint)

    def require_training(self, training: Training) -> None:
        bodies.create(training, False)
        bodies.train(training)
        flags = self._usable(endpoints.CMD_FLAGS, self.cmd_flags)
        teaching.require_files(self.server, flags or {}, training)

    def prepare_training(self, training: Training, *, overwrite: bool = False) -> str:
        is_embedding = training.kind == "EMBEDDING"
        endpoint = endpoints.CREATE_EMBEDDING if is_embedding else endpoints.CREATE_HYPERNETWORK
        made = self._taught(endpoint, self._order(endpoint, bodies.create(training, overwrite)))
        if overwrite and is_embedding and self._may_have(endpoints.REFRESH_EMBEDDINGS):
            # Until then it has the one that was written over in memory, and would go on with that.
            with contextlib.suppress(FeatureMissing):
                self._order(endpoints.REFRESH_EMBEDDINGS)
        return made

    def trained_steps(self, training: Training) -> int | None:
        if training.kind != "EMBEDDING":
            return None
        told = self._usable(endpoints.EMBEDDINGS, self.embeddings)
        return None if told is None else teaching.steps_of(self.server, told, training.name.strip())

    def train(self, training: Training) -> str:
        is_embedding = training.kind == "EMBEDDING"
        endpoint = endpoints.TRAIN_EMBEDDING if is_embedding else endpoints.TRAIN_HYPERNETWORK
        made = self._taught(endpoint, self._make(endpoint, bodies.train(training)))
        # Where there was nothing left to do, this alone tells so.
        if self._has(endpoints.PROGRESS) and teaching.BEYOND in (self._told_last() or ""):
            raise teaching.was_beyond(self.server, training)
        return made

    def _told_last(self) -> str | None:
        """What the server says of what it does, or did last."""
        progress = usable(lambda: self.progress(with_preview=False))
        return None if progress is None else progress.text

    def _taught(self, endpoint: Endpoint, reply: Reply) -> str:
        """The file that the server made. It tells of failures with status 200."""
        info = Record(self._object(endpoint, reply)).text("info")
        failed = _FAILURE.match(info)
        made = _FILE_NAME.search(info)
        reason = failed[1] if failed else (made[2] or "") if made else info
        if failed or made is None or reason.strip() not in ("", "None"):
            words = readers.plain_text(reason) or "it does not say why"
            kind = NameTaken if _EXISTS in words else RequestRefused
            raise kind(
                "{server} could not do “{feature}”: {words}.",
                "Change what it names, then try again.",
                detail=words,
                server=self.server.label,
                feature=endpoint.title,
                words=words.rstrip("."),
            )
        # The name of a new hypernetwork is told as None.
        return "" if made[1] == "None" else made[1].strip()


#: The preprocessors that are taken, the best first, by their names in the ControlNet extension (1.1).
_PREPROCESSORS: Mapping[DetectedMap, tuple[str, ...]] = {
    "DEPTH": (
        "depth_anything_v2", "depth_anything", "depth_leres++", "depth_leres", "depth_zoe", "depth_midas",
        "depth",
    ),
    "NORMAL": ("normal_dsine", "normal_bae", "normal_midas", "normal_map"),
}  # fmt: skip
#: Pixels; what is smaller they were not made for.
_LEAST_RESOLUTION = 512

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
#: Who tells one of these makes pictures.
_VOUCHING = frozenset({str(endpoints.OPTIONS), str(endpoints.SAMPLERS)})
#: After these the server may be gone before it answers.
_ENDINGS = frozenset({endpoints.SERVER_STOP, endpoints.SERVER_RESTART, endpoints.SERVER_KILL})


def _vouched(table: tuple[Row, ...]) -> tuple[Row, ...]:
    """What is not known is not there at a server that told neither its options nor its samplers."""
    if any(row.is_offered for row in table if row.place in _VOUCHING):
        return table
    detail = "It told neither its options nor its samplers."
    return tuple(
        replace(row, state=RowState.FAILED, detail=detail) if row.state is RowState.UNKNOWN else row
        for row in table
    )


def routes_in(description: Record) -> frozenset[Endpoint]:
    """Those of ENDPOINTS that are in an OpenAPI description; empty when it is not A1111's, which names what
    makes pictures: others may serve this API beside what they describe."""
    paths = description.record("paths")
    offered = {
        endpoint for endpoint in ENDPOINTS if endpoint.method.lower() in paths.record(endpoint.path).values
    }
    if not _takes_names(description):
        offered.discard(endpoints.TASK_PROGRESS)
    # Neither describes itself. A description's own `/` is a page and not Draw Things'.
    return (
        frozenset({*offered, endpoints.OPENAPI, endpoints.DOCS} - {endpoints.ROOT})
        if offered & {endpoints.TXT2IMG, endpoints.IMG2IMG}
        else frozenset()
    )


def _takes_names(description: Record) -> bool:
    """A request may have a name: those of a WebUI before 1.8 cannot, so that it tells of none by its name."""
    schemas = description.record("components").record("schemas")
    return any("force_task_id" in schemas.record(each).record("properties").values for each in schemas.values)
