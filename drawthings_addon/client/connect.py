# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who answers at an address: a server of one of the dialects, or of none."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import (
    AuthenticationFailed,
    InvalidSettings,
    SentElsewhere,
    ServerError,
    ServerFailed,
    UnknownServer,
    WrongProtocol,
)
from . import capabilities
from .a1111.client import A1111Client
from .capabilities import Capabilities
from .dialect import Dialect
from .draw_things.client import DrawThingsClient
from .http.address import Server
from .http.failures import HungUp
from .interface import Client
from .metadata import Metadata
from .request import GenerationRequest

#: The row of dialects, in the order in which they are looked for; before a server was asked, the first is
#: taken for what is there.
CLIENTS: tuple[type[Client], ...] = (DrawThingsClient, A1111Client)


def assumed() -> Capabilities:
    """What is most likely at an address that nobody has asked yet."""
    return capabilities.assumed(CLIENTS[0].dialect)


def named(name: str) -> Dialect:
    """The dialect of that name. Raises KeyError."""
    return {kind.dialect.name: kind.dialect for kind in CLIENTS}[name]


def read_metadata(texts: Mapping[str, str], base: GenerationRequest) -> Metadata | None:
    """What a picture's file tells by its `texts`, in the way of whichever dialect; what it leaves open is as
    in `base`. None when it tells nothing."""
    told = (kind.dialect.read_metadata(texts, base) for kind in CLIENTS)
    return next((each for each in told if each is not None), None)


def read_copied(text: str, base: GenerationRequest) -> Metadata:
    """The same from what a server's own window copied. Raises InvalidSettings for any other text."""
    refusal: InvalidSettings | None = None
    for kind in CLIENTS:
        if kind.dialect.copies_configuration:
            try:
                return kind.dialect.read_copied(text, base)
            except InvalidSettings as error:
                refusal = refusal or error
    assert refusal is not None
    raise refusal


def connect(server: Server) -> Client:
    """The client for what answers at `server`, with its capabilities as far as one look tells them.

    Raises UnknownServer for what speaks none of the dialects, AuthenticationFailed for wrong credentials, or
    what keeps the server from answering.
    """
    failure: ServerError | None = None
    for kind in CLIENTS:
        try:
            client = kind.recognize(server)
        except (ServerFailed, SentElsewhere, AuthenticationFailed, WrongProtocol) as error:
            if isinstance(error, AuthenticationFailed) and server.has_credentials:
                # Who counts what fails may lock out.
                raise
            # Where one dialect has a page that fails, is elsewhere or not for us, another may answer.
            failure = failure or error
            continue
        except HungUp:
            if failure is None:
                raise
            # It told more before.
            raise failure from None
        if client is not None:
            return client
    if failure is not None:
        raise failure
    raise UnknownServer(
        "What answers at {server} is not an image server that this extension knows.",
        "Check the port: Draw Things shows it under Settings → Advanced → API Server. A WebUI must be "
        "started with --api, and behind a proxy the address may need a path.",
        server=server.label,
    )
