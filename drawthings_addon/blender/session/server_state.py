# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server is, as far as it is known: for the dot in the panel's head and for sentences."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from ...client import bounds
from ...client.capabilities import Capabilities
from ...client.connections import Connections
from ...client.http.address import Server
from ...errors import (
    AuthenticationFailed,
    BridgeError,
    ConnectionLost,
    FeatureMissing,
    InvalidSettings,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    ServerUnreachable,
    UnknownServer,
    WrongProtocol,
)
from ...jobs.task import Picture
from .. import settings

#: After these errors nothing is known of a server any more, or less than before.
NOT_AS_IT_WAS = (ServerUnreachable, WrongProtocol, UnknownServer, FeatureMissing)
#: Found out by each exchange alone, whatever was asked.
_BROKEN = (ServerUnreachable, WrongProtocol, ConnectionLost, ServerTimedOut)
#: Of a gateway whose server does not answer it.
_GATEWAY_FAILURES = frozenset({502, 503, 504, *range(520, 531)})


class Connection(Enum):
    """What is known of the server."""

    NOT_ASKED = "not asked"
    ASKING = "asking"
    ANSWERED = "answered"
    NO_ANSWER = "no answer"


@dataclass(frozen=True)
class ServerStatus:
    """For the dot in the panel's head, and its tooltip."""

    connection: Connection = Connection.NOT_ASKED
    error: BridgeError | None = None
    """Why there is no answer; of one that answered, why nothing can be sent to it."""
    model: str = ""
    """The model set in the app when it was last asked."""
    capabilities: Capabilities | None = None
    """What the server was found to offer; None: not asked yet."""

    def answered(self) -> ServerStatus:
        """It did what it was asked for."""
        return replace(self, connection=Connection.ANSWERED, error=None)

    def heard(self, error: ServerError | None) -> ServerStatus:
        """An exchange ended: with an answer, of whichever kind, or with what broke the connection.

        Any answer tells that a server is there, and not that it is the one that was meant.
        """
        if error is not None:
            return self.failed(error)
        is_another = self.error is not None and not isinstance(self.error, _BROKEN)
        return self if is_another or self.connection is Connection.ASKING else self.answered()

    def failed(self, error: BridgeError) -> ServerStatus:
        """It did not do what it was asked for: whether it does not answer any more, or only refuses this."""
        if not isinstance(error, ServerError):
            return self
        is_gateway = isinstance(error, ServerFailed) and error.status in _GATEWAY_FAILURES
        is_another = isinstance(error, FeatureMissing) and error.is_essential
        if is_gateway or is_another or isinstance(error, (*_BROKEN, UnknownServer, AuthenticationFailed)):
            return replace(self, connection=Connection.NO_ANSWER, error=error)
        return self

    def asked_anew(self) -> ServerStatus:
        """What was wrong may be mended: a job that is sent finds out."""
        if self.connection is not Connection.NO_ANSWER:
            return self
        return replace(self, connection=Connection.NOT_ASKED, error=None)


@dataclass(eq=False)
class ServerStates:
    """What is known of each server, by its address; panels show the one that is named in the preferences.

    Main thread only.
    """

    connections: Connections
    _known: dict[str, ServerStatus] = field(default_factory=dict)
    _entered: tuple[str, str] = ("", "")
    """The address as it was entered, and in its normal form; empty where none can be meant."""

    @property
    def connected(self) -> ServerStatus:
        """Of the server in the preferences."""
        return self.of(self._connected_url())

    @connected.setter
    def connected(self, status: ServerStatus) -> None:
        self._known[self._connected_url()] = status

    def of(self, url: str) -> ServerStatus:
        return self._known.get(url, _NOTHING_KNOWN)

    def asked_anew(self, server: Server) -> None:
        """A job is sent to it."""
        self._know(server.url, self.of(server.url).asked_anew())

    def answered(self, server: Server) -> None:
        """It did what it was asked for."""
        self._know(server.url, self.of(server.url).answered())

    def failed(self, server: Server, error: BridgeError) -> None:
        """It did not do what it was asked for. Where it is not what it was, the next question finds out anew
        what it is.

        What it was stays on the panels until then, so that they do not change under the artist's hands.
        """
        missing = error.place if isinstance(error, FeatureMissing) and not error.is_essential else ""
        if missing:
            self.connections.lacks(server, missing)
        elif isinstance(error, NOT_AS_IT_WAS):
            self.connections.forget(server)
        status = self.of(server.url)
        if missing and status.capabilities is not None:
            known = status.capabilities.without(missing)
            status = replace(status, capabilities=known)
        self._know(server.url, status.failed(error))

    def delivered(self, picture: Picture) -> None:
        """It made a picture: a job finds out who answers, too, and which model is set there."""
        recipe = picture.recipe
        status = self.of(recipe.server)
        found = status.capabilities or self._found(recipe.server)
        tells_model = found is not None and found.dialect.pictures_tell_model
        # What a picture tells of a model that was left to the app is which one is set there by now.
        told = recipe.model_used if tells_model and not recipe.request.models.model else ""
        model = told if bounds.is_name(told) else status.model
        self._know(recipe.server, replace(status.answered(), model=model, capabilities=found))

    def hear(self) -> bool:
        """What came of the exchanges of jobs, polls, orders and questions; whether that changes the panel."""
        before = self.connected
        for server, error in self.connections.take_news().items():
            self._known[server.url] = self.of(server.url).heard(error)
        for server, capabilities in self.connections.take_settled().items():
            if (status := self.of(server.url)).capabilities is not None:
                self._known[server.url] = replace(status, capabilities=capabilities)
        return self.connected != before

    def forget_connected(self) -> None:
        """The preferences name another server, or other credentials: nothing is known of it."""
        self._known.pop(self._connected_url(), None)

    def _know(self, url: str, status: ServerStatus) -> None:
        # Without an address it was done here, and tells nothing of the server that is to be connected.
        if url:
            self._known[url] = status

    def _found(self, url: str) -> Capabilities | None:
        return self.connections.known(settings.server()) if settings.is_connected(url) else None

    def _connected_url(self) -> str:
        # Panels ask for this many times at each redraw.
        entered = settings.preferences().server_url
        if entered != self._entered[0]:
            try:
                self._entered = entered, Server(entered).url
            except InvalidSettings:
                self._entered = entered, ""
        return self._entered[1]


_NOTHING_KNOWN = ServerStatus()
