# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchanges with a server of A1111's API: what is sent to an endpoint, and its answer as JSON of a kind."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from ...errors import AnswerInvalid, ConnectionLost, FeatureMissing, ServerError
from ..capabilities import Capabilities
from ..http.address import Server
from ..http.answers import read_json
from ..http.endpoints import Endpoint
from ..http.transport import Reply, Transport
from ..http.untrusted_json import JSON, MAX_LIST_MARKS
from ..http.words import is_web_page
from ..interface import Client, missing
from . import endpoints
from .dialect import A1111
from .spelling import ServerNames
from .status_errors import raise_for_a1111

#: Seconds for what the server answers without making a picture.
SHORT_TIMEOUT = 15.0
#: Thousands of models, with what trainers wrote into LoRAs.
MAX_LIST_BYTES = 128 << 20
MAX_SHORT_BYTES = 16 << 20
_STRANGE = "See whether another program answers at that address, or whether the server is of another version."

_Read = TypeVar("_Read", dict[str, JSON], list[JSON])


class Exchange(Client):
    """A client, as far as it sends and receives."""

    dialect = A1111

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        super().__init__(server, capabilities)
        self._transport = Transport(server, self._heard)
        self._names = ServerNames()

    def sibling(self, server: Server) -> Self:
        """The same, with the names that the server has told."""
        client = super().sibling(server)
        client._names = self._names
        return client

    def _heard(self, error: ServerError | None) -> None:
        """Of each exchange: None where the server answered, else what broke the connection."""
        self.listener(error)

    def abort(self) -> None:
        """Stop listening, from another thread: every call that waits there raises ConnectionLost.

        The server goes on with what it makes, unless `interrupt` stops it.
        """
        self._transport.abort()

    def _has(self, endpoint: Endpoint) -> bool:
        return self.capabilities.has(str(endpoint))

    def _may_have(self, endpoint: Endpoint) -> bool:
        """The same, or nobody knows."""
        return self.capabilities.may_be_used(str(endpoint))

    def _get(
        self,
        endpoint: Endpoint,
        *,
        query: str = "",
        limit: int = MAX_SHORT_BYTES,
        timeout: float = SHORT_TIMEOUT,
    ) -> Reply:
        seconds = min(timeout, self.server.read_timeout)
        reply = self._transport.get(endpoint.path + query, limit=limit, timeout=seconds)
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
        # By a page alone nobody knows whether the server has no such route, or a proxy no such server.
        if (
            reply.status in (404, 405)
            and is_web_page(reply)
            and not self._has(endpoint)
            and self._still_tells()
        ):
            self.settle(str(endpoint), is_there=False)
            raise missing(self.server, endpoint.title, str(endpoint))
        try:
            raise_for_a1111(self.server, endpoint, reply)
        except FeatureMissing as error:
            place = str(endpoint)
            if error.place != place:
                raise
            # Where nobody has said that it is there, its lack tells nothing of who answers.
            is_another = error.is_essential and self._has(endpoint)
            if not is_another:
                self.settle(place, is_there=False)
            if is_another == error.is_essential:
                raise
            raise missing(self.server, endpoint.title, place) from error
        self.settle(str(endpoint), is_there=True)
        return reply

    def _still_tells(self) -> bool:
        """Whether the server answers where it did when it was met."""
        for endpoint in (endpoints.OPTIONS, endpoints.SAMPLERS):
            if self._has(endpoint):
                with contextlib.suppress(ServerError):
                    self._get(endpoint)
                    return True
        return False

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
        value = read_json(
            self.server,
            reply.body,
            AnswerInvalid(
                "{server} does not answer {endpoint} with JSON.",
                _STRANGE,
                server=self.server.label,
                endpoint=endpoint,
            ),
            max_marks=MAX_LIST_MARKS,
        )
        if not isinstance(value, kind):
            raise AnswerInvalid(
                "{server} answers {endpoint} with something else than was asked for.",
                _STRANGE,
                server=self.server.label,
                endpoint=endpoint,
            )
        return value
