# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who answers at an address: Draw Things, a server of A1111's API, or neither."""

from __future__ import annotations

from ..errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    EndpointMissing,
    NotDrawThings,
    RequestRefused,
    ServerError,
    ServerFailed,
)
from . import endpoints
from .a1111.client import A1111Client, routes_in
from .a1111.readers import Record
from .capabilities import listed, probe
from .draw_things.client import DrawThingsClient
from .http.address import Server
from .interface import Client

#: An answer that is none of a server's own, whatever it is; all other errors end the search.
_SOMETHING_ELSE = (
    NotDrawThings,
    EndpointMissing,
    AnswerInvalid,
    AnswerTooLarge,
    RequestRefused,
    ServerFailed,
)
#: Every server of A1111's API has one of these, also the smallest.
_TELLING_OPTIONS = ("sd_model_checkpoint", "samples_format")
#: Routes of Gradio pages, which the WebUI has also without its API.
_PAGE_ROUTES = ("/internal/ping", "/run/{api_name}", "/queue/join")


def connect(server: Server) -> Client:
    """The client for what answers at `server`, with its capabilities as far as one look tells them.

    Draw Things is taken at its word: asking it for each endpoint (`probe`) is for when somebody wants to
    see the table, and not for the first job. `GET /` tells Draw Things, `/openapi.json` or
    `/sdapi/v1/options` a server of A1111's API. Raises NotDrawThings for anything else,
    AuthenticationFailed for wrong credentials, or what keeps the server from answering.
    """
    app = DrawThingsClient(server)
    try:
        app.configuration()
    except _SOMETHING_ELSE as error:
        return _connect_a1111(server, error)
    return app


def _connect_a1111(server: Server, no_draw_things: ServerError) -> Client:
    client = A1111Client(server)
    paths = _paths(client)
    routes = routes_in(paths)
    has_api = endpoints.TXT2IMG in routes or endpoints.IMG2IMG in routes
    try:
        options = client.options().values
    except AuthenticationFailed:
        # The description is open to all, so this is the first to ask for credentials.
        raise
    except _SOMETHING_ELSE:
        options = {}
    if has_api:
        client.capabilities = listed(routes)
        return client
    if any(name in options for name in _TELLING_OPTIONS):
        client.capabilities = probe(client)
        return client
    if any(path in paths.values for path in _PAGE_ROUTES):
        raise NotDrawThings(
            f"The WebUI at {server.label} was started without its API.", "Start it with the option --api."
        )
    if isinstance(no_draw_things, ServerFailed):
        raise no_draw_things
    raise NotDrawThings(
        f"What answers at {server.label} is not an image server that this extension knows.",
        "Check the port: Draw Things shows it under Settings → Advanced → API Server. A WebUI must be "
        "started with --api.",
    )


def _paths(client: A1111Client) -> Record:
    try:
        return Record(client.openapi()).record("paths")
    except _SOMETHING_ELSE:
        return Record({})
