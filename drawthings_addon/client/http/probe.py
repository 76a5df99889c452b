# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a server for endpoints, harmlessly: one GET for each that is a GET.

What takes a POST is not asked for. A POST could do what it orders, and so could a GET at a server that
ignores the method: unload a model, stop. Nor would the answer tell: 404 to a GET is what KoboldCpp and
stable-diffusion.cpp say of a route that they have.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from ...errors import AnswerTooLarge, ServerError, ServerTimedOut, ServerUnreachable
from ...messages import Message
from ..table import Row, RowState
from .address import Server
from .endpoints import Endpoint
from .failures import LetGo
from .gateways import raise_for_gateway
from .transport import Reply, Transport
from .untrusted_json import MAX_LIST_MARKS, CutOff, parse_json
from .words import is_web_page, sentence, server_words

#: Seconds for one GET, for those after one without an answer, and how many may have none before the rest is
#: not tried.
_TIMEOUT = 5.0
_SHORTENED_TIMEOUT = 1.0
_ENOUGH = 3
_LIMIT = 64 << 20


def probe(
    server: Server,
    table: Collection[Endpoint],
    known: Mapping[Endpoint, Row] | None = None,
    *,
    pages: Collection[Endpoint] = (),
) -> tuple[Row, ...]:
    """A row for each endpoint of `table`, in its order: from `known`, or found out by one GET, or not known.

    `pages` are those that a browser opens. Never raises for a single endpoint, nor when the server is gone;
    LetGo when this side hangs up.
    """
    asking = _Asking(server, pages)
    rows = known or {}
    return tuple(rows[each] if each in rows else asking.ask(each) for each in table)


class _Asking:
    """One after another, until the server stops answering.

    Not on several threads: those of a pool are waited for when Python ends.
    """

    def __init__(self, server: Server, pages: Collection[Endpoint]) -> None:
        self._server = server
        self._pages = pages
        self._transport = Transport(server)
        self._unanswered = 0

    def ask(self, endpoint: Endpoint) -> Row:
        if endpoint.method != "GET":
            return endpoint.row(RowState.UNKNOWN, "Not known: its first use tells.")
        if self._unanswered >= _ENOUGH:
            return endpoint.row(RowState.FAILED, "Not asked for: the server no longer answers.")
        timeout = min(_SHORTENED_TIMEOUT if self._unanswered else _TIMEOUT, self._server.read_timeout)
        detail: str
        began = time.monotonic()
        try:
            reply = self._transport.get(endpoint.path, limit=_LIMIT, timeout=timeout)
        except AnswerTooLarge as error:
            state, detail = RowState.OFFERED, error.what
        except LetGo:
            raise
        except ServerError as error:
            state, detail = RowState.FAILED, error.what
            self._unanswered += isinstance(error, (ServerTimedOut, ServerUnreachable))
        else:
            state, detail = self._judged(endpoint, reply)
        return endpoint.row(state, detail, time.monotonic() - began)

    def _judged(self, endpoint: Endpoint, reply: Reply) -> tuple[RowState, str]:
        """What the answer to a GET tells of an endpoint."""
        status = reply.status
        if status in (401, 403, 407):
            return RowState.REFUSED, Message(
                "The server asks for other credentials (status {status}).", status=status
            )
        if status in (404, 501):
            return RowState.NOT_OFFERED, Message(
                "The server does not know it (status {status}).", status=status
            )
        if status == 405:
            return RowState.NOT_OFFERED, "The server takes no GET there (status 405)."
        if status not in (200, 204):
            return RowState.FAILED, self._why_failed(reply)
        if endpoint in self._pages:
            return RowState.OFFERED, ""
        if is_web_page(reply):
            return RowState.NOT_OFFERED, "The server has a web page there."
        return _judged_json(reply)

    def _why_failed(self, reply: Reply) -> str:
        try:
            raise_for_gateway(self._server, reply)
        except ServerError as error:
            return error.what
        words = server_words(self._server, reply)
        return Message(
            "Status {status}: {words}" if words else "Status {status}.",
            status=reply.status,
            words=sentence(words),
        )


def _judged_json(reply: Reply) -> tuple[RowState, str]:
    try:
        parse_json(reply.body, max_marks=MAX_LIST_MARKS)
    except CutOff:
        return RowState.FAILED, "The answer was cut off."
    except ValueError:
        return RowState.FAILED, "The answer is not JSON."
    return RowState.OFFERED, ""
