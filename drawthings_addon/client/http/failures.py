# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an exchange that came to no whole answer means, in words."""

from __future__ import annotations

import enum
import errno
import http.client
import ssl
from collections.abc import Iterator

import urllib3

from ...errors import (
    AnswerTooLarge,
    AuthenticationFailed,
    BridgeError,
    ConnectionLost,
    ServerTimedOut,
    ServerUnreachable,
    WrongProtocol,
)
from ...imaging.png import ASK_FOR_LESS
from . import tls
from .address import Server
from .connecting import Dropped, LookUpTimedOut, NoNameServer, NoSuchName

_NO_WAY = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN})
_WITHOUT_NAMES = "Enter the computer's IP address, or see whether this computer's network answers for names."
_WITHOUT_TLS = "Begin the address with http:// instead of https://."
SPEAKS_TLS = "{server} speaks TLS."
WITH_TLS = "Begin the address with https:// instead of http://."
#: What OpenSSL calls an answer that is no TLS at all: HTTP, mostly.
_NO_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "HTTPS_PROXY_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
        "UNEXPECTED_MESSAGE",
        "BAD_RECORD_TYPE",
    }
)


class HungUp(ConnectionLost):
    """The connection was closed before the first byte of an answer."""


class LetGo(ConnectionLost):
    """This side hung up, which tells nothing of the server."""


class SpeaksTls(WrongProtocol):
    """TLS where the address begins with http://."""

    default_advice = (
        "Begin the address with https:// instead of http://. If Draw Things answers there, set its "
        "Settings → Advanced → API Server → Protocol to HTTP."
    )


class NotHttp(http.client.BadStatusLine):
    """The first bytes of an answer are not those of HTTP/1."""

    def __init__(self, first: bytes) -> None:
        super().__init__(repr(first))
        #: A record of TLS: an alert, or a handshake.
        self.is_tls = first[:1] in (b"\x15", b"\x16") and first[1:2] == b"\x03"
        #: The frame with which HTTP/2 begins, and gRPC with it.
        self.is_http2 = first[:2] == b"\0\0" and first[3:4] == b"\x04"


class Stage(enum.Enum):
    """How far an exchange has come."""

    CONNECTING = enum.auto()
    SECURING = enum.auto()
    """The server took the connection, and TLS begins."""
    ASKING = enum.auto()
    HALF_ASKED = enum.auto()
    """The server takes no more of a large request."""
    ANSWERING = enum.auto()


def explained(server: Server, error: BaseException, stage: Stage, timeout: float) -> BridgeError:
    """What a failed exchange means, by what lies at the bottom of requests' and urllib3's wrapping. `timeout`
    is the seconds that the answer had."""
    causes = tuple(_causes(error))
    if stage is Stage.CONNECTING:
        return _not_connected(server, causes)
    if stage is Stage.SECURING:
        return _not_secured(server, causes)
    if _caused(causes, TimeoutError, urllib3.exceptions.ReadTimeoutError):
        return ServerTimedOut(
            "{server} did not answer within {seconds} s.", server=server.label, seconds=f"{timeout:g}"
        )
    if stage is Stage.ANSWERING:
        return cut_off(server)
    if _wants_certificate(causes):
        return wants_certificate(server)
    if _caused(causes, http.client.RemoteDisconnected):
        return _hung_up(server, stage)
    other = next((cause for cause in causes if isinstance(cause, NotHttp)), None)
    if other is not None and other.is_tls:
        return SpeaksTls(SPEAKS_TLS, server=server.label)
    if other is not None and other.is_http2:
        return speaks_grpc(server)
    if _caused(causes, http.client.HTTPException):
        return WrongProtocol("What answers at {server} does not speak HTTP.", server=server.label)
    if _caused(causes, ConnectionError, ssl.SSLError):
        return _hung_up(server, stage)
    return ConnectionLost("The exchange with {server} failed.", server=server.label)


def _not_connected(server: Server, causes: tuple[BaseException, ...]) -> BridgeError:
    label = server.label
    seconds = f"{server.connect_timeout:g}"
    if _caused(causes, NoNameServer):
        return ServerUnreachable(
            "The address of the computer “{host}” was not found out: no name server answers.",
            _WITHOUT_NAMES,
            host=server.host,
        )
    if _caused(causes, NoSuchName):
        return ServerUnreachable(
            "The computer “{host}” is not known here.",
            "Check the name, or enter the computer's IP address.",
            host=server.host,
        )
    if _caused(causes, LookUpTimedOut):
        return ServerUnreachable(
            "The address of the computer “{host}” was not found out within {seconds} s.",
            _WITHOUT_NAMES,
            host=server.host,
            seconds=seconds,
        )
    if _caused(causes, TimeoutError):
        return ServerUnreachable(
            "Nothing answers at {server} within {seconds} s.",
            "Check the address, and that the other computer is awake and lets connections in.",
            server=label,
            seconds=seconds,
        )
    if _caused(causes, ConnectionRefusedError):
        return ServerUnreachable("Nothing listens at {server}.", server=label)
    if _caused(causes, Dropped):
        return _not_secured(server, causes) if server.has_tls else _hung_up(server, Stage.CONNECTING)
    numbers = _numbers(causes)
    if numbers & _NO_WAY:
        return ServerUnreachable(
            "There is no way from this computer to {server}.",
            "Check the network. On a Mac also allow Blender in System Settings → Privacy & Security → "
            "Local Network.",
            server=label,
        )
    return ServerUnreachable("There is no connection to {server}.", server=label)


def _not_secured(server: Server, causes: tuple[BaseException, ...]) -> BridgeError:
    """The server was reached, and there is no TLS with it."""
    label = server.label
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return tls.refused(server, cause)
    if _wants_certificate(causes):
        return wants_certificate(server)
    reasons = {cause.reason for cause in causes if isinstance(cause, ssl.SSLError)}
    if reasons & _NO_TLS:
        return WrongProtocol("{server} does not speak TLS.", _WITHOUT_TLS, server=label)
    if _caused(causes, TimeoutError):
        return WrongProtocol(
            "{server} takes the connection and does not begin with TLS within {seconds} s.",
            _WITHOUT_TLS,
            server=label,
            seconds=f"{server.connect_timeout:g}",
        )
    is_closed = _caused(causes, ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError, Dropped)
    if is_closed or errno.ENOTCONN in _numbers(causes):
        return WrongProtocol("{server} closes the connection when TLS begins.", _WITHOUT_TLS, server=label)
    return WrongProtocol(
        "{server} and this computer agree on no way to speak TLS ({reason}).",
        "Enter the name that the server's certificate is made for, not an IP address. Else see which "
        "versions of TLS it speaks, and whether it asks for a certificate of this computer.",
        server=label,
        reason=", ".join(sorted(filter(None, reasons)))[:200].lower().replace("_", " ")
        or "it is not told why",
    )


def speaks_grpc(server: Server) -> WrongProtocol:
    """Draw Things with another protocol than HTTP."""
    return WrongProtocol("The server at {server} speaks gRPC.", server=server.label)


def wants_certificate(server: Server) -> AuthenticationFailed:
    """A server that lets in who has a certificate of its own: mutual TLS."""
    return AuthenticationFailed(
        "{server} asks for a certificate of this computer, and Blender has none.",
        "Let Blender in there without one, or with a user name and a password.",
        server=server.label,
    )


def _wants_certificate(causes: tuple[BaseException, ...]) -> bool:
    """Told at the end of the handshake, and in TLS 1.3 after it."""
    return any(
        isinstance(cause, ssl.SSLError) and "CERTIFICATE_REQUIRED" in (cause.reason or "") for cause in causes
    )


def too_large(server: Server, limit: int) -> AnswerTooLarge:
    """More than `limit` bytes."""
    return AnswerTooLarge(
        "The answer of {server} is larger than {size} MiB.",
        ASK_FOR_LESS,
        server=server.label,
        size=f"{limit / (1 << 20):g}",
    )


def let_go(server: Server) -> LetGo:
    """This side did not wait for the answer."""
    return LetGo("The exchange with {server} was given up.", server=server.label)


def cut_off(server: Server) -> ConnectionLost:
    """The answer has no end."""
    return ConnectionLost(
        "The connection to {server} was cut off in the middle of the answer.",
        "See whether the app is still open, and whether a program between, such as a proxy, ends long "
        "answers; then try again.",
        server=server.label,
    )


def _hung_up(server: Server, stage: Stage) -> HungUp:
    if stage is Stage.HALF_ASKED:
        return HungUp(
            "{server} closed the connection before it had the whole request.",
            "See whether the app is still open. If it is, a program between, such as a proxy, may take none "
            "so large: send a smaller picture, or raise that program's limit.",
            server=server.label,
        )
    return HungUp("{server} closed the connection without an answer.", server=server.label)


def _caused(causes: tuple[BaseException, ...], *types: type[BaseException]) -> bool:
    return any(isinstance(cause, types) for cause in causes)


def _numbers(causes: tuple[BaseException, ...]) -> set[int | None]:
    return {cause.errno for cause in causes if isinstance(cause, OSError)}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: requests and urllib3 put causes into `args` and `reason`."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
