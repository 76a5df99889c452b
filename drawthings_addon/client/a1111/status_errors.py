# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status other than 200 means where A1111's API is spoken, in words and with advice.

WebUI 1.10.1 answers 422 for values, 401 without `WWW-Authenticate`, and 500 for everything that its code
did not expect, with the message in `errors`. Forge answers such a 500 in plain text, and SD.Next answers
orders with 204. Everything else is as with any server: http/status_errors.py.
"""

from __future__ import annotations

import re

from ...errors import FeatureMissing, RequestRefused, ServerFailed, UnknownServer
from ..features import Feature
from ..http.address import Server
from ..http.endpoints import Endpoint
from ..http.gateways import raise_for_gateway
from ..http.status_errors import (
    CHANGE_IT,
    CHECK_ADDRESS,
    LOGIN_OF_PROXY,
    REFUSED,
    not_let_in,
    raise_for_status,
)
from ..http.transport import Reply
from ..http.words import is_web_page, sentence, server_words
from ..interface import missing

_NO_CONTENT = 204
#: A server that makes no pictures is none of this dialect.
_PICTURES = frozenset({Feature.TEXT_TO_IMAGE, Feature.IMAGE_TO_IMAGE})
#: FastAPI's words where there is no such route; an order's own 404 has others.
_NO_ROUTE = ("", "Not Found", "Method Not Allowed")
_OUT_OF_MEMORY = re.compile(r"out of memory|OutOfMemory", re.IGNORECASE)

#: SD.Next and WebUI before 1.10; later ones take another without a word.
SAMPLER_NOT_FOUND = re.compile(r"[Ss]ampler not found")

_ADVICE = (
    (
        _OUT_OF_MEMORY,
        "Ask for a smaller picture, or free the graphics card: close other programs, or let Blender render "
        "at another time.",
    ),
    (re.compile(r"could not find upscaler"), "Choose an upscaler of the server's list."),
    (
        # Bounded, so that words of nothing but "model" are not searched to their end from each of them.
        re.compile(r"[Mm]odel .{0,300}not found"),
        "Refresh the list of models, and choose one of it.",
    ),
    (re.compile(r"[Ss]cript .{0,300}not found"), "Choose a script of the server's list, or none."),
    (SAMPLER_NOT_FOUND, "Choose a sampler of the server's list, or none."),
    (re.compile(r"Invalid encoded image"), "Choose another picture."),
    (
        # Of what it has just made, as often as it is asked.
        re.compile(r"Invalid image format"),
        "Set the server's option “samples_format” to png, jpg or webp: it answers with no other.",
    ),
    (re.compile(r"^'[^']+'\.?$"), "Remove that name from the server settings of this request."),
    (re.compile(r"ControlNet|controlnet|Control Model"), "Choose a ControlNet model of the server's list."),
)
_DEFAULT_ADVICE = "Look at the server's own console, then try again."


def raise_for_a1111(server: Server, endpoint: Endpoint, reply: Reply) -> None:
    """Returns for 200 and 204; raises the ServerError that any other status stands for."""
    status, label = reply.status, server.label
    if status == _NO_CONTENT:
        return
    words = server_words(server, reply)
    is_essential = bool(endpoint.features & _PICTURES)
    # A server that makes no pictures is none; who has a page in that place is a web server before it.
    is_before = is_web_page(reply) and is_essential
    if status in (404, 405) and not is_before and (words in _NO_ROUTE or is_web_page(reply)):
        raise missing(server, endpoint.title, str(endpoint), is_essential=is_essential)
    raise_for_gateway(server, reply)
    if status == 401:
        raise not_let_in(
            server,
            LOGIN_OF_PROXY
            if is_web_page(reply)
            else "Enter those of the server's option --api-auth in the extension's preferences.",
        )
    if status in (400, 404, 422) and words:
        raise RequestRefused(
            REFUSED,
            advice(words, CHANGE_IT),
            detail=words,
            server=label,
            words=sentence(words),
        )
    if status == 500:
        raise ServerFailed(
            "{server} failed: {words}" if words else "{server} failed and does not say why.",
            advice(words),
            status=status,
            server=label,
            words=sentence(words),
        )
    if status == 501:
        raise FeatureMissing(
            "{server} cannot do “{feature}” by itself.",
            "Do it by hand, at the server.",
            server=label,
            feature=endpoint.title,
        )
    raise_for_status(server, reply)
    if is_web_page(reply):
        raise UnknownServer(
            "{server} answers {endpoint} with a web page.",
            CHECK_ADDRESS,
            server=label,
            endpoint=endpoint,
        )


def advice(words: str, otherwise: str = _DEFAULT_ADVICE) -> str:
    """What to do about a failure or a refusal."""
    for pattern, text in _ADVICE:
        if pattern.search(words):
            return text
    return otherwise
