# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON of an answer with status 200, or what is wrong with it."""

from __future__ import annotations

from ...errors import AnswerInvalid, ServerError
from .address import Server
from .failures import cut_off
from .untrusted_json import JSON, MAX_MARKS, Buffer, CutOff, parse_json


def read_json(server: Server, body: Buffer, otherwise: ServerError, *, max_marks: int = MAX_MARKS) -> JSON:
    """The value that `body` holds, as parse_json has it.

    Raises ConnectionLost for JSON without its end: where an answer has neither a length nor chunks, nothing
    else tells that it was cut off. Raises `otherwise` for what is no JSON, and AnswerInvalid in its place
    where there is nothing at all.
    """
    try:
        return parse_json(body, max_marks=max_marks)
    except CutOff as error:
        raise cut_off(server) from error
    except ValueError as error:
        if isinstance(otherwise, AnswerInvalid) and not body[:64].strip():
            raise AnswerInvalid(
                "The answer of {server} is empty.", otherwise.advice, server=server.label
            ) from error
        raise otherwise from error
