# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for the Draw Things app: its verbs are the questions and orders that the app understands.

Lists and files are asked for by requests that must fail: the app checks a request in a fixed order
before it makes anything, so the words of its refusal tell what it knows (published source, August
2026). These probes wait in the app's queue behind a running generation, so they are not for a time
when one runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, Self

from ...errors import (
    AnswerInvalid,
    ConnectionLost,
    FeatureMissing,
    InvalidSettings,
    KeysUnrecognized,
    RequestRefused,
    SentElsewhere,
    ServerError,
    UnknownServer,
    WrongProtocol,
)
from ...messages import Message
from .. import budget
from ..answer import Answer, GeneratedImage, read_images
from ..capabilities import Capabilities
from ..catalogue import Catalogue, choices, or_none
from ..configuration import Configuration
from ..http.address import Server
from ..http.answers import read_json
from ..http.failures import HungUp
from ..http.probe import probe
from ..http.status_errors import CHECK_DRAW_THINGS, SOMETHING_ELSE, raise_for_status
from ..http.transport import Reply, Transport
from ..http.untrusted_json import JSON
from ..http.words import is_web_page
from ..interface import Client, NamedFiles, in_words
from ..request import GenerationRequest
from ..table import RowState
from . import endpoints, error_messages, xmp
from .app_version import AppVersion, Fitted
from .configuration import harm, read_configuration
from .dialect import DRAW_THINGS
from .keys import KEYS
from .payload import build, check_file

ModelState = Literal["USABLE", "NOT_DOWNLOADED", "UNKNOWN"]

#: Seconds for what the app answers without making a picture.
SHORT_TIMEOUT = 15.0
MAX_SHORT_BYTES = 4 << 20
_UNKNOWN_VALUE = "?"
#: If some version took a probe for an order after all, it would be for the smallest picture there
#: is.
_SMALLEST: Mapping[str, Any] = {
    "prompt": None,
    "loras": [],
    "controls": [],
    "upscaler": None,
    "steps": 1,
    "width": 128,
    "height": 128,
    "batch_count": 1,
    "batch_size": 1,
}
#: Every answer of GET / has these; A1111's has neither.
_TELLING_KEYS = ("seed_mode", "guidance_scale")


class DrawThingsClient(Client):
    """One app. Each call blocks until the answer; all errors are ServerError or InvalidSettings."""

    dialect = DRAW_THINGS

    def __init__(
        self, server: Server, capabilities: Capabilities | None = None, version: AppVersion | None = None
    ) -> None:
        super().__init__(server, capabilities)
        self._transport = Transport(server, lambda error: self.listener(error))
        self._version = version or AppVersion()
        self._harm: InvalidSettings | None = None
        """Why what the app's window was last seen to be set to would end it."""

    @classmethod
    def recognize(cls, server: Server) -> Self | None:
        """`GET /` tells the app, which is taken at its word: to ask for each endpoint is for when somebody
        wants to see the table, and not for the first job."""
        client = cls(server)
        try:
            client._window()
        except SentElsewhere:
            raise
        except SOMETHING_ELSE:
            return None
        return client

    def confirm(self) -> bool:
        """The same question, so that what would end the app is known as it is set now."""
        try:
            self._window()
        except UnknownServer:
            return False
        except ServerError:
            # Nobody answers, or not now: the job itself tells what is wrong.
            return True
        return True

    def sibling(self, server: Server) -> DrawThingsClient:
        """The same, with all that was found out about the app's version."""
        return DrawThingsClient(server, self.capabilities, self._version)

    def abort(self) -> None:
        """Stop listening, from another thread: the call that waits there raises ConnectionLost.

        The app goes on with what it makes: it has no way to be told.
        """
        self._transport.abort()

    def configuration(self) -> Configuration:
        """What is set in the app's window, and the cheapest way to see that it is Draw Things."""
        return read_configuration(self._window())

    def options(self) -> Mapping[str, JSON]:
        """The same as it came, by the path that A1111 has for it."""
        return self._settings(endpoints.OPTIONS.path)

    def examine(self, *, thorough: bool = False) -> None:
        """Each endpoint that is a GET gets one, whether `thorough` or not."""
        detail = "Known of the app: to ask for it would make a picture."
        known = {each: each.row(RowState.OFFERED, detail) for each in (endpoints.TXT2IMG, endpoints.IMG2IMG)}
        detail = "Known of the app: it takes no other orders."
        known |= {
            each: each.row(RowState.NOT_OFFERED, detail)
            for each in endpoints.ENDPOINTS
            if each.method == "POST" and each not in known
        }
        self.capabilities = Capabilities(DRAW_THINGS, probe(self.server, endpoints.ENDPOINTS, known))

    def generate(self, request: GenerationRequest) -> Answer:
        """Make the picture of `request`, which takes minutes, and return all pictures that come.

        What this version of the app does not know is left out, or replaced by what comes nearest; it is
        asked for what that is by one refused request. Raises InvalidSettings, before anything is sent, when
        the app was seen to be set so that any picture would end it.
        """
        if self._harm is not None:
            raise self._harm
        endpoint = endpoints.IMG2IMG if request.operation == "img2img" else endpoints.TXT2IMG
        path = endpoint.path
        payload = build(request)
        # A video model answers with as many pictures as this says, any other model with one.
        room = budget.of_generation(request, frames=payload["num_frames"])
        reply, sent = self._order_as_known(path, payload, room.bytes)
        answer = read_images(self.server, reply.body, room, proves=self.proves_pictures)
        sampler = sent.body["sampler"] if sent.body["sampler"] != payload["sampler"] else ""
        notices = answer.notices
        if sampler:
            told = Message(
                "This version of Draw Things has no sampler “{payload_sampler}”: “{sampler}” was used.",
                payload_sampler=payload["sampler"],
                sampler=sampler,
            )
            notices = (*notices, told)
        return replace(
            answer,
            images=tuple(map(_with_origin, answer.images)),
            dropped_keys=sent.dropped_keys,
            sampler=sampler,
            notices=notices,
        )

    def samplers(self) -> tuple[str, ...]:
        """The samplers of this version of the app, in its order."""
        self._version.samplers = self._list("sampler")
        return self._version.samplers

    def seed_modes(self) -> tuple[str, ...]:
        """The seed modes of this version of the app, in its order."""
        return self._list("seed_mode")

    def catalogue(self) -> Catalogue:
        """Not for a time when a job runs in the app: the lists come from probes that wait behind it."""
        return Catalogue(
            samplers=choices([(name, "") for name in or_none(self.samplers) or ()]),
            seed_modes=choices([(name, "") for name in or_none(self.seed_modes) or ()]),
        )

    def missing_files(self, named: NamedFiles) -> tuple[str, ...]:
        """What is not downloaded, as the app itself says."""
        missing: list[str] = []
        if named.model:
            state = self.model_state(named.model)
            if state == "NOT_DOWNLOADED":
                missing.append(
                    Message(
                        "{file} (known to the app, but not downloaded)",
                        file=in_words("model", named.model),
                    )
                )
            elif state == "UNKNOWN":
                missing.append(
                    Message("{file} (the app knows no such name)", file=in_words("model", named.model))
                )
        missing += [in_words("LoRA", name) for name in named.loras if not self.has_lora(name)]
        if named.upscaler and not self.has_upscaler(named.upscaler):
            missing.append(in_words("upscaler", named.upscaler))
        return tuple(missing)

    def model_state(self, name: str) -> ModelState:
        """Whether the model of this file or display name can be used."""
        refusal = self._probe({"model": name})
        # A picture in spite of all: then the model was there.
        return "USABLE" if refusal is None else _model_state(refusal)

    def has_model(self, name: str) -> bool:
        """Whether the model of this file or display name is downloaded with all that it needs.

        By the order of the app's checks in its published source (August 2026): a request without a prompt is
        refused for that only when everything else is there. Not tried against a live app. One that made a
        picture of it all the same raises AnswerInvalid, so that nobody asks again.
        """
        refusal = self._probe({"model": check_file(name, "model")})
        if refusal is None:
            raise _not_refused(self.server)
        return _model_state(refusal) == "USABLE"

    def has_lora(self, file: str) -> bool:
        """Whether the LoRA file is downloaded. Needs a model to be chosen in the app."""
        return self._has_file({"loras": [{"file": check_file(file, "LoRA"), "weight": 1}]})

    def has_upscaler(self, file: str) -> bool:
        """Whether the upscaler file is downloaded. Needs a model to be chosen in the app."""
        return self._has_file({"upscaler": check_file(file, "upscaler")})

    def _window(self) -> Mapping[str, JSON]:
        """What is set in the app's window, as it tells it."""
        raw = self._settings(endpoints.ROOT.path)
        self._version.tells(raw.keys())
        self._harm = harm(raw)
        return raw

    def _settings(self, path: str) -> Mapping[str, JSON]:
        server = self.server
        try:
            reply = self._transport.get(path, limit=MAX_SHORT_BYTES, timeout=self._short_timeout)
            raise_for_status(server, reply)
        except HungUp as error:
            if server.has_tls:
                # The app has TLS with gRPC alone, and that is told already.
                raise
            raise WrongProtocol(
                "{server} closes the connection without an answer, as Draw Things does when its "
                "protocol is gRPC.",
                server=server.label,
            ) from error
        except FeatureMissing as error:
            raise _other_program(server) from error
        values = read_json(server, reply.body, _other_program(server))
        if not isinstance(values, dict) or not any(key in values for key in _TELLING_KEYS):
            raise _other_program(server)
        return values

    @property
    def _short_timeout(self) -> float:
        return min(SHORT_TIMEOUT, self.server.read_timeout)

    def _order_as_known(self, path: str, payload: Mapping[str, Any], limit: int) -> tuple[Reply, Fitted]:
        """The reply, and what of `payload` was sent; a refusal teaches what this version does not know."""
        version = self._version
        # Once for the sampler and once for the keys: the app tells all of them at once.
        learnt: set[type[RequestRefused]] = set()
        while True:
            fitted = version.fitted(payload)
            try:
                return self._order(path, fitted.body, limit), fitted
            except RequestRefused as refusal:
                if type(refusal) in learnt or not version.learns(refusal, fitted.body):
                    raise
                learnt.add(type(refusal))

    def _order(self, path: str, payload: Mapping[str, Any], limit: int) -> Reply:
        server = self.server
        try:
            reply = self._transport.post(path, payload, limit=limit, timeout=server.read_timeout)
        except HungUp as error:
            raise self._why_hung_up(error) from error
        return self._accepted(reply)

    def _why_hung_up(self, error: HungUp) -> ServerError:
        """An app that quit and a port that speaks gRPC both close the connection; only the second still
        listens and does the same to a GET."""
        try:
            self._window()
        except WrongProtocol as reason:
            return reason
        except ServerError:
            pass
        return ConnectionLost(error.what, error.advice)

    def _accepted(self, reply: Reply) -> Reply:
        """The reply, if its status is 200. Raises the refusal with advice for the app's own words."""
        server = self.server
        try:
            raise_for_status(server, reply)
        except RequestRefused as error:
            keys = error_messages.unrecognized_keys(error.detail)
            if keys:
                raise KeysUnrecognized(
                    "Draw Things at {server} does not know {names}.",
                    "Update the Draw Things app.",
                    detail=error.detail,
                    keys=keys,
                    server=server.label,
                    names=", ".join(keys)[:300],
                ) from error
            raise RequestRefused(
                error.what, error_messages.advice(error.detail), detail=error.detail
            ) from error
        except FeatureMissing as error:
            # Nothing but pictures is ordered here.
            raise FeatureMissing(error.what, error.advice, is_essential=True) from error
        if is_web_page(reply):
            raise _other_program(server)
        return reply

    def _probe(self, body: Mapping[str, Any]) -> RequestRefused | None:
        """The refusal of a request for the smallest picture with `body`; None when it was not refused."""
        try:
            reply = self._transport.post(
                endpoints.TXT2IMG.path,
                {**_SMALLEST, **body},
                limit=MAX_SHORT_BYTES,
                timeout=self._short_timeout,
            )
        except HungUp as error:
            raise self._why_hung_up(error) from error
        try:
            self._accepted(reply)
        except RequestRefused as refusal:
            return refusal
        return None

    def _list(self, key: str) -> tuple[str, ...]:
        refusal = self._probe({key: _UNKNOWN_VALUE})
        if refusal is None:
            raise _not_refused(self.server)
        options = () if isinstance(refusal, KeysUnrecognized) else error_messages.options(refusal.detail)
        if not options:
            raise RequestRefused(
                "{server} does not tell the values of {parameter}: {detail}",
                refusal.advice,
                detail=refusal.detail,
                server=self.server.label,
                parameter=KEYS[key].label,
            )
        return options

    def _has_file(self, body: Mapping[str, Any]) -> bool:
        refusal = self._probe(body)
        if refusal is None or error_messages.is_about_files_or_prompt(refusal.detail):
            return True
        if error_messages.missing_file(refusal.detail):
            return False
        raise refusal


def _with_origin(image: GeneratedImage) -> GeneratedImage:
    metadata = xmp.read_xmp(image.texts.get(xmp.KEYWORD, ""))
    return replace(image, seed=metadata.seed, configuration=metadata.configuration)


def _model_state(refusal: RequestRefused) -> ModelState:
    """What a refusal tells of the model that was asked for. Raises it where it tells nothing of that."""
    if error_messages.lacks_prompt(refusal.detail):
        return "USABLE"
    if error_messages.lacks_downloads(refusal.detail):
        return "NOT_DOWNLOADED"
    if error_messages.is_unknown_model(refusal.detail):
        return "UNKNOWN"
    raise refusal


def _other_program(server: Server) -> UnknownServer:
    return UnknownServer("Another program than Draw Things answers at {server}.", server=server.label)


def _not_refused(server: Server) -> AnswerInvalid:
    return AnswerInvalid(
        "{server} accepted a request that Draw Things refuses.",
        CHECK_DRAW_THINGS,
        server=server.label,
    )
