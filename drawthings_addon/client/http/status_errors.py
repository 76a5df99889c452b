# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status other than 200 means, for any server that speaks this kind of API."""

from __future__ import annotations

import re
from typing import NoReturn
from urllib.parse import urlsplit

from ...errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    FeatureMissing,
    RequestRefused,
    ServerFailed,
    ServerTimedOut,
    UnknownServer,
    WrongProtocol,
)
from ...messages import Message
from ..checks import shown
from .address import Server, password_withheld
from .failures import speaks_grpc
from .transport import Reply, basic_credentials
from .untrusted_json import JSON, as_str, parse_json

#: An answer that is none of the dialect's own, whatever it is; all other errors are no answer.
SOMETHING_ELSE = (UnknownServer, FeatureMissing, AnswerInvalid, AnswerTooLarge, RequestRefused)
#: Characters of the server's words that are kept, for lists in them, and that are shown.
#: What the dialects tell, too.
REFUSED = "{server} refused the request: {words}"
CHANGE_IT = "Change the setting that it names."
CHECK_ADDRESS = "Check the address and the port."
CHECK_DRAW_THINGS = "Check that the address is that of Draw Things, with its API Server's port."

_MAX_WORDS = 20_000
_MAX_SHOWN = 600
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_REDIRECTS = range(300, 400)
#: Bad Request, HTTP Version Not Supported, Upgrade Required: what an HTTP/2 server says to HTTP/1.
_WRONG_PROTOCOL = frozenset({400, 426, 505})
_NO_SUCH_METHOD = frozenset({405, 501})
_TOO_SLOW = frozenset({408, 504})
_BUSY = frozenset({429, 503})


def is_web_page(reply: Reply) -> bool:
    """Whether a browser would show this: Draw Things never sends one."""
    return "html" in reply.content_type or reply.body[:64].lstrip().startswith(b"<")


def server_words(server: Server, reply: Reply) -> str:
    """What the server says about its refusal, as one line; empty when it says nothing.

    Draw Things' `detail` is text; A1111's is text, or a list with one entry for each wrong field, or empty
    with the text in `errors`. Credentials that a server sends back are blotted out.
    """
    if is_web_page(reply):
        return ""
    try:
        text = _words(parse_json(reply.body))
    except ValueError:
        text = reply.body.decode("utf-8", "replace") if reply.content_type == "text/plain" else ""
    text = " ".join(_CONTROL.sub(" ", text).split())
    for secret in (basic_credentials(server).removeprefix("Basic "), server.password):
        if server.password:
            text = text.replace(secret, "•••")
    return text[:_MAX_WORDS]


def raise_for_status(server: Server, reply: Reply) -> None:
    """Returns for 200; raises the ServerError that any other status stands for."""
    if reply.content_type.startswith("application/grpc"):
        raise speaks_grpc(server)
    if reply.status != 200:
        _raise(server, reply)


def _raise(server: Server, reply: Reply) -> NoReturn:
    label, status = server.label, reply.status
    words = server_words(server, reply)
    if status in _REDIRECTS:
        target = _host_of(reply.location)
        raise UnknownServer(
            "{server} sends requests on to another address{target}, which is not followed.",
            "Enter the address at which Draw Things itself answers.",
            server=label,
            target=target,
        )
    if status == 401:
        raise not_let_in(server)
    if status in (403, 407):
        if server.withheld_from is not None:
            raise not_let_in(server)
        raise AuthenticationFailed(
            "{server} does not let this computer in (status {status}).",
            "Check the user name and the password, and who may use that server.",
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
    if (is_web_page(reply) and status < 500) or status in _NO_SUCH_METHOD:
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
    if status in _TOO_SLOW:
        raise ServerTimedOut("{server} gave up waiting (status {status}).", server=label, status=status)
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


def sentence(words: str) -> str:
    """A server's words, cut to what a message holds and ended with a full stop."""
    if len(words) > _MAX_SHOWN:
        return words[:_MAX_SHOWN] + " …"
    return words if words.endswith((".", "!", "?", "。")) else words + "."


def _advice(status: int) -> str:
    if status == 413:
        return "Send a smaller picture."
    if status == 415:
        return "A program between Blender and the app may change requests: use the app's own address."
    if status in _BUSY:
        return "The server is busy: wait a little, then press Try Again."
    return "Look at the server's own window or console, then press Try Again."


def _words(value: JSON) -> str:
    """The text in an error's body, of whichever shape."""
    text = as_str(value, 2 * _MAX_WORDS)
    if text:
        return text
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value[:8])))
    if not isinstance(value, dict):
        return ""
    message = as_str(value.get("msg"), 2 * _MAX_WORDS)
    if message:
        place = value.get("loc")
        names = [shown(part) for part in place[:8] if part != "body"] if isinstance(place, list) else []
        return ": ".join(filter(None, [".".join(names), message]))
    for name in ("detail", "errors", "message", "error"):
        words = _words(value.get(name))
        # The kind of every deliberate refusal, in Draw Things and in A1111.
        if words and words != "HTTPException":
            return words
    return ""


def _host_of(location: str) -> str:
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        return ""
    return f" ({host[:80]})" if re.fullmatch(r"[A-Za-z0-9.:_-]+", host) else ""
