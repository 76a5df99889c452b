# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server says in an answer that is none, as text."""

from __future__ import annotations

import re

from ..checks import shown
from .address import Server
from .transport import Reply, basic_credentials
from .untrusted_json import JSON, as_str, parse_json

#: Characters of the server's words that are kept, for lists in them, and that are shown.
_MAX_WORDS = 20_000
_MAX_SHOWN = 600
#: Of a page, where a form is looked for.
_MAX_PAGE = 1 << 16
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_PASSWORD_FIELD = re.compile(rb"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)


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
        text = words(parse_json(reply.body))
    except ValueError:
        text = reply.body.decode("utf-8", "replace") if reply.content_type == "text/plain" else ""
        text = _one_line(text)
    for secret in (basic_credentials(server).removeprefix("Basic "), server.password):
        if server.password:
            text = text.replace(secret, "•••")
    return text[:_MAX_WORDS]


def is_login_page(reply: Reply) -> bool:
    """Whether a browser would show a field for a password."""
    return is_web_page(reply) and bool(_PASSWORD_FIELD.search(bytes(reply.body[:_MAX_PAGE])))


def sentence(words: str) -> str:
    """A server's words, cut to what a message holds and ended with a full stop."""
    if len(words) > _MAX_SHOWN:
        return words[:_MAX_SHOWN] + " …"
    return words if words.endswith((".", "!", "?", "。")) else words + "."


def words(value: JSON) -> str:
    """The text in an error's body, of whichever shape, as one line."""
    return _one_line(_words(value))


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _words(value: JSON) -> str:
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
