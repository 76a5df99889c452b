# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one server can do: an entry for each endpoint, kept for the connection."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Literal

from ..errors import AnswerTooLarge, ServerError, ServerTimedOut, ServerUnreachable
from .endpoints import (
    DOCS,
    ENDPOINTS,
    IMG2IMG,
    OPTIONS,
    ROOT,
    TXT2IMG,
    Endpoint,
)
from .http.address import Server
from .http.status_errors import is_web_page, sentence, server_words
from .http.transport import Reply, Transport
from .http.untrusted_json import MAX_LIST_MARKS, parse_json

if TYPE_CHECKING:
    from .interface import Client

Dialect = Literal["DRAW_THINGS", "A1111"]

_NOT_KNOWN = "Not looked for."
#: Seconds for one GET, for those after one without an answer, and how many may have none before the rest is
#: not tried.
_TIMEOUT = 5.0
_SHORTENED_TIMEOUT = 1.0
_ENOUGH = 3
_LIMIT = 64 << 20
#: What Draw Things answers besides GET /sdapi/v1/options (published source, August 2026).
_DRAW_THINGS = frozenset({ROOT, OPTIONS, TXT2IMG, IMG2IMG})


class EndpointState(Enum):
    """How a server stands to an endpoint."""

    OFFERED = "OFFERED"
    NOT_OFFERED = "NOT_OFFERED"
    """404: the server does not know it."""
    REFUSED = "REFUSED"
    """It is there, but not for these credentials, or not for this computer."""
    FAILED = "FAILED"
    """It is there, or may be, but asking for it failed."""


@dataclass(frozen=True)
class EndpointReport:
    """One row of the table."""

    endpoint: Endpoint
    state: EndpointState
    seconds: float | None = None
    """How long the answer took; None when it was not asked for."""
    detail: str = ""
    """A whole sentence: how it is known, or what went wrong."""


@dataclass(frozen=True)
class Capabilities:
    """What a server was found to offer."""

    dialect: Dialect
    reports: tuple[EndpointReport, ...]
    """One for each of ENDPOINTS, in their order."""

    def report(self, endpoint: Endpoint) -> EndpointReport:
        """The row of an endpoint; NOT_OFFERED when nobody looked for it."""
        for report in self.reports:
            if report.endpoint == endpoint:
                return report
        return EndpointReport(endpoint, EndpointState.NOT_OFFERED, detail=_NOT_KNOWN)

    def offers(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint can be used."""
        return self.report(endpoint).state is EndpointState.OFFERED

    def without(self, endpoint: str, detail: str) -> Capabilities:
        """The same, but for one endpoint ("POST /sdapi/v1/skip") that proved not to be there."""
        reports = tuple(
            replace(report, state=EndpointState.NOT_OFFERED, detail=detail)
            if str(report.endpoint) == endpoint
            else report
            for report in self.reports
        )
        return replace(self, reports=reports)


def assumed(dialect: Dialect) -> Capabilities:
    """What a server of the dialect is known for before it was asked: Draw Things' four endpoints, or all of
    the table for A1111."""
    offered = _DRAW_THINGS if dialect == "DRAW_THINGS" else frozenset(ENDPOINTS) - {ROOT}
    return _from_routes(dialect, offered, _NOT_KNOWN)


def listed(routes: Collection[Endpoint]) -> Capabilities:
    """What a server's own description says."""
    return _from_routes("A1111", routes, "By the server's own description.")


def probe(client: Client, *, thorough: bool = False) -> Capabilities:
    """Ask a server what it offers. Never raises for a single endpoint, nor when the server is gone.

    Its own description is believed where it has one; then `thorough` also asks for everything that is
    harmless to ask for, so that the table tells what really answers, and how fast. Without a description
    each endpoint gets one GET. A POST is never sent: that its route is there is told by the 405 that a GET
    meets.
    """
    asking = _Asking(client)
    if client.capabilities.dialect == "DRAW_THINGS":
        return asking.each(ENDPOINTS, known={TXT2IMG, IMG2IMG})
    try:
        routes = client.routes()
    except ServerError:
        routes = frozenset()
    if not routes:
        return asking.each(ENDPOINTS)
    told = listed(routes)
    if not thorough:
        return told
    harmless = [endpoint for endpoint in routes if endpoint.method == "GET"]
    answers = {report.endpoint: report for report in asking.each(harmless).reports}
    return Capabilities("A1111", tuple(answers.get(report.endpoint, report) for report in told.reports))


def _from_routes(dialect: Dialect, routes: Collection[Endpoint], detail: str) -> Capabilities:
    return Capabilities(
        dialect,
        tuple(
            EndpointReport(
                endpoint,
                EndpointState.OFFERED if endpoint in routes else EndpointState.NOT_OFFERED,
                detail=detail,
            )
            for endpoint in ENDPOINTS
        ),
    )


class _Asking:
    """One GET for each endpoint, one after another, until the server stops answering.

    Not on several threads: those of a pool are waited for when Python ends.
    """

    def __init__(self, client: Client) -> None:
        self._server = client.server
        self._dialect = client.capabilities.dialect
        self._transport = Transport(client.server)
        self._unanswered = 0

    def each(self, wanted: Collection[Endpoint], known: Collection[Endpoint] = ()) -> Capabilities:
        def report(endpoint: Endpoint) -> EndpointReport:
            if endpoint in known:
                detail = "Known of the app: to ask for it would make a picture."
                return EndpointReport(endpoint, EndpointState.OFFERED, detail=detail)
            if endpoint == ROOT and self._dialect == "A1111":
                return EndpointReport(endpoint, EndpointState.NOT_OFFERED, detail="Draw Things alone has it.")
            return self._ask(endpoint)

        return Capabilities(self._dialect, tuple(report(each) for each in ENDPOINTS if each in wanted))

    def _ask(self, endpoint: Endpoint) -> EndpointReport:
        if self._unanswered >= _ENOUGH:
            detail = "Not asked for: the server no longer answers."
            return EndpointReport(endpoint, EndpointState.FAILED, detail=detail)
        timeout = min(_SHORTENED_TIMEOUT if self._unanswered else _TIMEOUT, self._server.read_timeout)
        began = time.monotonic()
        try:
            reply = self._transport.get(endpoint.path, limit=_LIMIT, timeout=timeout)
        except AnswerTooLarge as error:
            state, detail = EndpointState.OFFERED, error.what
        except ServerError as error:
            state, detail = EndpointState.FAILED, error.what
            self._unanswered += isinstance(error, (ServerTimedOut, ServerUnreachable))
        else:
            state, detail = _judged(self._server, endpoint, reply)
        return EndpointReport(endpoint, state, time.monotonic() - began, detail)


def _judged(server: Server, endpoint: Endpoint, reply: Reply) -> tuple[EndpointState, str]:
    """What the answer to a GET tells of an endpoint."""
    status = reply.status
    if status in (401, 403, 407):
        return EndpointState.REFUSED, f"The server asks for other credentials (status {status})."
    if status in (404, 501):
        return EndpointState.NOT_OFFERED, f"The server does not know it (status {status})."
    if endpoint.method == "POST" and status == 405:
        return EndpointState.OFFERED, "The server knows it, and takes no GET there (status 405)."
    if status == 405:
        return EndpointState.NOT_OFFERED, "The server takes no GET there (status 405)."
    if status not in (200, 204):
        words = server_words(server, reply)
        return EndpointState.FAILED, f"Status {status}{': ' + sentence(words) if words else '.'}"
    if endpoint.method == "POST":
        return EndpointState.NOT_OFFERED, "The server takes a GET there, and nothing else is known."
    if endpoint == DOCS:
        return EndpointState.OFFERED, ""
    if is_web_page(reply):
        return EndpointState.NOT_OFFERED, "The server has a web page there."
    return _judged_json(reply)


def _judged_json(reply: Reply) -> tuple[EndpointState, str]:
    try:
        parse_json(reply.body, max_marks=MAX_LIST_MARKS)
    except ValueError:
        return EndpointState.FAILED, "The answer is not JSON."
    return EndpointState.OFFERED, ""
