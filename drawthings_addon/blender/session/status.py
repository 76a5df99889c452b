# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the server is, as far as it is known: frozen, for the dot in the panel's head and for sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ...client import endpoints
from ...client.capabilities import Capabilities
from ...errors import (
    AuthenticationFailed,
    BridgeError,
    ConnectionLost,
    EndpointMissing,
    NotDrawThings,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    ServerUnreachable,
    WrongProtocol,
)

#: After these errors nothing is known of a server any more, or less than before.
NOT_AS_IT_WAS = (ServerUnreachable, WrongProtocol, NotDrawThings, EndpointMissing)
#: Without these a server is another than it was.
PICTURES = frozenset({str(endpoints.TXT2IMG), str(endpoints.IMG2IMG)})
#: Found out by each exchange alone, whatever was asked.
_BROKEN = (ServerUnreachable, WrongProtocol, ConnectionLost, ServerTimedOut)
#: Of a gateway whose server does not answer it.
_GATEWAY_FAILURES = frozenset({502, 503, 504})


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
        is_another = isinstance(error, EndpointMissing) and error.endpoint in PICTURES
        if is_gateway or is_another or isinstance(error, (*_BROKEN, NotDrawThings, AuthenticationFailed)):
            return replace(self, connection=Connection.NO_ANSWER, error=error)
        return self

    def asked_anew(self) -> ServerStatus:
        """What was wrong may be mended: a job that is sent finds out."""
        if self.connection is not Connection.NO_ANSWER:
            return self
        return replace(self, connection=Connection.NOT_ASKED, error=None)
