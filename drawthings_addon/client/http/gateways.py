# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs before a server say in its place: reverse proxies, tunnels, load balancers, pages to log in.

None of the image servers has these statuses, or answers with a page where its API is; so whatever such an
answer holds, a page, JSON, a few words or nothing, its sender is told as what it is. The numbers from 520 on
are Cloudflare's, 499 is nginx' own.
"""

from __future__ import annotations

import datetime
import email.utils
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from ...errors import (
    AuthenticationFailed,
    InvalidSettings,
    SentElsewhere,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    UnknownServer,
)
from ...messages import Message
from .. import bounds
from .address import Server, normalise
from .failures import SPEAKS_TLS, WITH_TLS, SpeaksTls, wants_certificate
from .transport import Reply
from .words import is_login_page, is_web_page, sentence, server_words

_REDIRECTS = range(300, 400)
#: What servers of TLS say to plain HTTP: nginx, Apache, Go's and Caddy's, Tomcat, Jetty.
_WANTS_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|speaking plain HTTP to an SSL"
    rb"|requires TLS|HTTP\S* (?:request )?(?:on|to) (?:an? )?(?:HTTPS|SSL|TLS)",
    re.IGNORECASE,
)
#: What nginx says to who has no certificate of its own, or one that it does not know; also by a status.
_WANTS_CERTIFICATE = re.compile(rb"SSL certificate (?:was sent|error)", re.IGNORECASE)
_OF_TLS = frozenset({495, 496})
#: Words that proxies have where others have a page: Kong, Traefik, Envoy, AWS, ngrok, Railway and Kubernetes.
_OF_A_PROXY = re.compile(
    r"no route matched|^404 page not found|missing authentication token|no healthy upstream"
    r"|upstream (?:connect|request)|default backend|ERR_NGROK|tunnel .{0,80}(?:not found|offline)"
    r"|application (?:failed to respond|not found)|invalid host header|^error code: \d+",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:^|[/._-])(?:log[_-]?in|sign[_-]?in|sso|oauth2?|openid|saml2?|cas|auth|authelia|authentik|accounts?"
    r"|authori[sz]e)(?:$|[/._-])",
    re.IGNORECASE,
)
#: Characters of a path that is shown: what is longer may hold a secret.
_MAX_PATH = 40
#: Bytes of a page that are searched.
_MAX_LOOK = 1 << 14
#: Seconds; what asks for more patience is taken to mean this.
_MAX_WAIT = 24 * 3600

_CHECK_BEHIND = "See whether the image server behind it runs, then try again."
_ITS_TIME = (
    "The timeout is the proxy's: raise it there (proxy_read_timeout in nginx; Cloudflare's is 100 s), use "
    "an address without the proxy, or ask for a smaller picture or fewer steps."
)


@dataclass(frozen=True)
class _Said:
    """What a status means, with {server} and {status}, and what to do about it."""

    what: str
    advice: str
    kind: type[ServerError] = ServerFailed


_NO_ANSWER = _Said(
    "The proxy at {server} gets no answer of the image server behind it (status {status}), which is down, "
    "starts, or broke off.",
    "Start it, or wait until it has started, then try again.",
)
_NOT_WHOLE = _Said(
    "The proxy at {server} does not understand what the image server behind it answers (status {status}).",
    _CHECK_BEHIND,
)
_WAITED = _Said(
    "The proxy at {server} waited no longer for the image server behind it (status {status}).",
    _ITS_TIME,
    ServerTimedOut,
)
_NO_TRUST = _Said(
    "The proxy at {server} has no secure connection to the image server behind it (status {status}).",
    "Have the certificate of that server, or the proxy's way of speaking TLS with it, set right.",
)
_TOO_LONG = _Said(
    "The head of the request is longer than the proxy at {server} takes (status {status}).",
    "Shorten the address, the user name or the password, or raise the proxy's limit "
    "(large_client_header_buffers in nginx).",
)
#: Whoever answers with one of these is no image server.
_SAID: Mapping[int, _Said] = {
    407: _Said(
        "A proxy on the way to {server} asks for a login of its own (status {status}).",
        "Let Blender through there without one, or use a way to the server on which no proxy is.",
        AuthenticationFailed,
    ),
    408: _Said(
        "The request came more slowly than the proxy or server at {server} waits (status {status}).",
        "Send a smaller picture, use a faster network, or raise the time there (client_body_timeout in "
        "nginx).",
        ServerTimedOut,
    ),
    411: _Said(
        "The proxy at {server} does not take the request as it is sent (status {status}).",
        "Use an address of the image server without the proxy.",
    ),
    413: _Said(
        "The request is too large for a program between Blender and the image server, such as a proxy at "
        "{server} (status {status}).",
        "Send a smaller picture, or raise that program's limit (client_max_body_size in nginx).",
    ),
    414: _TOO_LONG,
    429: _Said(
        "{server} takes no more requests for now (status {status}).",
        "Wait a little, then try again.",
    ),
    431: _TOO_LONG,
    494: _TOO_LONG,
    499: _WAITED,
    502: _NO_ANSWER,
    503: _Said(
        "{server} takes no requests now (status {status}): it is busy, or the image server behind it is down "
        "or starts.",
        "Wait a little, then try again.",
    ),
    504: _WAITED,
    520: _NOT_WHOLE,
    521: _NO_ANSWER,
    522: _NO_ANSWER,
    523: _NO_ANSWER,
    524: _WAITED,
    525: _NO_TRUST,
    526: _NO_TRUST,
    527: _NOT_WHOLE,
    530: _NO_ANSWER,
    598: _WAITED,
}
_CHECK_PATH = "Check the address with its port and path, and that the image server behind it runs."
#: Where the answer is a page, as no image server has one there.
_PAGES: Mapping[int, _Said] = {
    404: _Said(
        "The web server or proxy at {server} has no image server there (status {status}).",
        _CHECK_PATH,
        UnknownServer,
    ),
    405: _Said(
        "The web server or proxy at {server} takes no orders there (status {status}).",
        _CHECK_PATH,
        UnknownServer,
    ),
}
_OTHER_PAGE = _Said(
    "The web server or proxy at {server} refuses the request (status {status}).", _CHECK_PATH, UnknownServer
)
_FAILED_PAGE = _Said("The web server or proxy at {server} failed (status {status}).", _CHECK_BEHIND)
#: Told by status_errors, which knows what was sent.
_OF_CREDENTIALS = frozenset({401, 403})


def raise_for_gateway(server: Server, reply: Reply) -> None:
    """Returns for what may be an image server's own answer; raises the ServerError for any other."""
    status = reply.status
    if status in _REDIRECTS:
        raise _sent_on(server, reply.location)
    if status == 200:
        if is_login_page(reply):
            raise _asks_for_login(server)
        return
    words = server_words(server, reply)
    if status == 400 and not server.has_tls and _WANTS_TLS.search(bytes(reply.body[:_MAX_LOOK])):
        raise SpeaksTls(SPEAKS_TLS, WITH_TLS, server=server.label)
    if status in _OF_TLS or (status == 400 and _WANTS_CERTIFICATE.search(bytes(reply.body[:_MAX_LOOK]))):
        raise wants_certificate(server)
    if said := _SAID.get(status):
        _raise(server, reply, said, words)
    login = reply.authenticate.strip()
    if status == 401 and login and "basic" not in login.lower():
        raise AuthenticationFailed(
            "{server} asks for another kind of login than a user name and a password: {kind}.",
            "Let Blender through there without it, or with a user name and a password (HTTP Basic).",
            server=server.label,
            kind=bounds.one_line(login.split()[0].rstrip(","), 40),
        )
    if status in _OF_CREDENTIALS or not (is_web_page(reply) or _OF_A_PROXY.search(words)):
        return
    _raise(server, reply, _PAGES.get(status, _FAILED_PAGE if status >= 500 else _OTHER_PAGE), words)


def _raise(server: Server, reply: Reply, said: _Said, words: str) -> NoReturn:
    told = Message(said.what, server=server.label, status=reply.status)
    what = Message("{told} It says: {words}", told=told, words=sentence(words)) if words else told
    seconds = _seconds(reply.retry_after)
    advice = (
        Message("Wait {seconds} s, then try again.", seconds=seconds)
        if seconds is not None and reply.status in (429, 503)
        else said.advice
    )
    if said.kind is ServerFailed:
        raise ServerFailed(what, advice, status=reply.status)
    raise said.kind(what, advice)


def _seconds(retry_after: str) -> int | None:
    """How long to wait, of `Retry-After`: a number of seconds, or a date. None: nothing that can be meant."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:10]), _MAX_WAIT)
    try:
        when = email.utils.parsedate_to_datetime(text)
        left = (when - datetime.datetime.now(when.tzinfo)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(round(left), _MAX_WAIT) if left > 0 else None


def _sent_on(server: Server, location: str) -> SentElsewhere:
    """A redirect: where to, without what may be secret in it."""
    try:
        target = urlsplit(urljoin(server.url + "/", location)) if location else None
        host = (target.hostname or "") if target else ""
    except ValueError:
        target, host = None, ""
    if target is None or not re.fullmatch(r"[A-Za-z0-9.:_-]{1,80}", host):
        return SentElsewhere(_ELSEWHERE, server=server.label, target="")
    if _LOGIN.search(target.path) or (host != server.host and _LOGIN.search(host)):
        return _asks_for_login(server)
    address = _address(target.scheme, target.netloc, target.path)
    address = "" if address == server.url else address
    shown = host if host != server.host else address
    if host == server.host and target.scheme == "https" and not server.has_tls:
        return SentElsewhere(
            "{server} wants to be asked by https.",
            "Enter {address} as the address." if address else "Begin the address with https://.",
            server=server.label,
            address=address,
        )
    return SentElsewhere(
        _ELSEWHERE,
        "Enter {address} as the address if the image server is there." if address else "",
        server=server.label,
        target=Message(" ({shown})", shown=shown) if shown else "",
        address=address,
    )


_ELSEWHERE = "{server} sends requests on to another address{target}, which is not followed."


def _address(scheme: str, netloc: str, path: str) -> str:
    """The address that a redirect points to, as an artist would enter it; empty where none can be told."""
    try:
        return normalise(f"{scheme}://{netloc}{path if len(path) <= _MAX_PATH else ''}")
    except InvalidSettings:
        return ""


def _asks_for_login(server: Server) -> SentElsewhere:
    return SentElsewhere(
        "{server} asks for a login on a web page, which only a browser can give.",
        "Let the image server's paths through there without that page, or with a user name and a password "
        "(HTTP Basic), or use an address of the image server without it.",
        server=server.label,
    )
