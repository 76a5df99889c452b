# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which dialect each server speaks and what it offers: found out once, kept until it proves wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..errors import ServerError
from .capabilities import Capabilities
from .connect import connect
from .http.address import Server
from .interface import Client


class Connections:
    """Gives clients. Safe to use from any thread; finding out happens on the caller's."""

    def __init__(self, connect: Callable[[Server], Client] = connect) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._found: dict[Server, Client] = {}
        self._news: dict[Server, ServerError | None] = {}
        self._settled: dict[Server, Capabilities] = {}

    def client(self, server: Server) -> Client:
        """A client of its own for each caller, so that hanging up ends that caller's calls alone.

        Asks the server at the first need only. Raises ServerError.
        """
        with self._lock:
            found = self._found.get(server)
        if found is None:
            client = self._connect(server)
            self.keep(client)
            self._hear(server, None)
        else:
            client = found.sibling(server)
        client.listener = lambda error: self._hear(server, error)
        client.on_settled = lambda found: self._settle(server, found)
        return client

    def _settle(self, server: Server, capabilities: Capabilities) -> None:
        with self._lock:
            if (found := self._found.get(server)) is not None:
                found.capabilities = capabilities
            self._settled[server] = capabilities

    def _hear(self, server: Server, error: ServerError | None) -> None:
        with self._lock:
            self._news[server] = error

    def take_news(self) -> Mapping[Server, ServerError | None]:
        """What the latest exchange with each server came to, of those since the last call: None where it
        answered, else what broke the connection."""
        with self._lock:
            news, self._news = self._news, {}
        return news

    def take_settled(self) -> Mapping[Server, Capabilities]:
        """What servers were found to offer by a first use, of those since the last call."""
        with self._lock:
            settled, self._settled = self._settled, {}
        return settled

    def keep(self, client: Client) -> None:
        """Remember what a client was found to be, or has found out since."""
        with self._lock:
            self._found[client.server] = client.sibling(client.server)

    def known(self, server: Server) -> Capabilities | None:
        """What the server was found to offer; None when nobody has asked it yet. Asks nobody."""
        with self._lock:
            found = self._found.get(server)
        return None if found is None else found.capabilities

    def lacks(self, server: Server, place: str) -> None:
        """A row of the table proved wrong: what it tells of is not there, whatever the server says of it."""
        with self._lock:
            if (found := self._found.get(server)) is not None:
                found.capabilities = found.capabilities.without(place)

    def verified(self, server: Server) -> Client:
        """A client for a job: what was found is forgotten when another program answers there by now.

        Draw Things and the WebUI both listen on 7860 unless told otherwise, and A1111 takes a request of
        the wrong dialect without a word. Costs one exchange. Raises ServerError.
        """
        is_known = self.known(server) is not None
        client = self.client(server)
        if is_known and not client.confirm():
            self.forget(server)
            return self.client(server)
        return client

    def forget(self, server: Server) -> None:
        """The server is not what it was: ask it again at the next need."""
        with self._lock:
            self._found.pop(server, None)
