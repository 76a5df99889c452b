# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status other than 200 means, for any server that speaks this kind of API."""

from __future__ import annotations

from typing import NoReturn

from ...errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    FeatureMissing,
    RequestRefused,
    ServerFailed,
    UnknownServer,
    WrongProtocol,
)
from ...messages import Message
from .address import Server, password_withheld
from .failures import speaks_grpc
from .gateways import raise_for_gateway
from .transport import Reply
from .words import is_web_page, sentence, server_words

#: An answer that is none of the dialect's own, whatever it is; all other errors are no answer.
SOMETHING_ELSE = (UnknownServer, FeatureMissing, AnswerInvalid, AnswerTooLarge, RequestRefused)
#: What the dialects tell, too.
REFUSED = "{server} refused the request: {words}"
CHANGE_IT = "Change the setting that it names."
LOGIN_OF_PROXY = "Enter those of the proxy or web server that asks in the extension's preferences."
CHECK_ADDRESS = "Check the address and the port."
CHECK_DRAW_THINGS = "Check that the address is that of Draw Things, with its API Server's port."

#: Bad Request, HTTP Version Not Supported, Upgrade Required: what an HTTP/2 server says to HTTP/1.
_WRONG_PROTOCOL = frozenset({400, 426, 505})
_NO_SUCH_METHOD = frozenset({405, 501})


def raise_for_status(server: Server, reply: Reply) -> None:
    """Returns for 200, unless it is a page to log in; raises the ServerError that any other status stands
    for."""
    if reply.content_type.startswith("application/grpc"):
        raise speaks_grpc(server)
    raise_for_gateway(server, reply)
    if reply.status != 200:
        _raise(server, reply)


def _raise(server: Server, reply: Reply) -> NoReturn:
    label, status = server.label, reply.status
    words = server_words(server, reply)
    if status == 401:
        raise not_let_in(server, LOGIN_OF_PROXY if is_web_page(reply) else "")
    if status == 403:
        if server.withheld_from is not None:
            raise not_let_in(server)
        raise AuthenticationFailed(
            "{server} does not let this computer in (status {status}).",
            "Check the user name and the password, and whether a protection against programs, such as "
            "Cloudflare's, stands before that server."
            if is_web_page(reply)
            else "Check the user name and the password, and who may use that server.",
            server=label,
            status=status,
        )
    if status == 422:
        raise RequestRefused(
            REFUSED if words else "{server} refused the request: it does not say why.",
            CHANGE_IT,
            detail=words,
            server=label,
            words=sentence(words),
        )
    if status in _NO_SUCH_METHOD:
        raise UnknownServer(
            "Another program than Draw Things answers at {server} (status {status}).",
            server=label,
            status=status,
        )
    if status == 404:
        raise FeatureMissing(
            "{server} does not offer this (status 404).",
            CHECK_DRAW_THINGS,
            server=label,
        )
    if status in _WRONG_PROTOCOL and not words:
        raise WrongProtocol(
            "{server} does not understand HTTP requests (status {status}).", server=label, status=status
        )
    raise ServerFailed(
        "{server} failed with status {status}: {words}" if words else "{server} failed with status {status}.",
        _advice(status),
        status=status,
        server=label,
        words=sentence(words),
    )


def not_let_in(server: Server, advice: str = "") -> AuthenticationFailed:
    """The error for a 401, by what was sent: nothing, half of it, or all. `advice` is for a server that is
    known to ask for a name and a password."""
    label = server.label
    if server.withheld_from is not None:
        return AuthenticationFailed(
            "{server} asks for a password. {reason}",
            "If it is for this server, enter it again in the extension's preferences, beside this address.",
            server=label,
            reason=password_withheld(server),
        )
    if server.username and server.password:
        what = Message("{server} does not accept this user name and password.", server=label)
    elif server.username:
        what = Message("{server} does not accept this user name without a password.", server=label)
    elif server.password:
        what = Message("{server} does not accept this password without a user name.", server=label)
    else:
        what = Message("{server} asks for a user name and a password.", server=label)
    return AuthenticationFailed(what, advice)


def _advice(status: int) -> str:
    if status == 415:
        return "A program between Blender and the app may change requests: use the app's own address."
    return "Look at the server's own window or console, then try again."
