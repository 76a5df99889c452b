# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one server can do: an entry for each endpoint, kept for the connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from .endpoints import ENDPOINTS, IMG2IMG, OPTIONS, ROOT, TXT2IMG, Endpoint

Dialect = Literal["DRAW_THINGS", "A1111"]

_NOT_KNOWN = "Not looked for."
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


def assumed(dialect: Dialect, routes: Iterable[Endpoint] | None = None) -> Capabilities:
    """What a server of the dialect is known for before it was asked: Draw Things' four endpoints, or all of
    the table for A1111. `routes` replaces these."""
    if routes is None:
        routes = _DRAW_THINGS if dialect == "DRAW_THINGS" else (e for e in ENDPOINTS if e != ROOT)
    offered = frozenset(routes)
    return Capabilities(
        dialect,
        tuple(
            EndpointReport(
                endpoint,
                EndpointState.OFFERED if endpoint in offered else EndpointState.NOT_OFFERED,
                detail=_NOT_KNOWN,
            )
            for endpoint in ENDPOINTS
        ),
    )
