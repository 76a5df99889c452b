# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the web UI and its relatives say that something went wrong (measured on 1.10.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..transport import Response


class HttpError(Exception):
    """The API refuses: a status and a sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Failure(Exception):
    """Something inside the program threw an exception of the class `name`."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


@dataclass(frozen=True)
class Problem:
    """One field that did not fit its model, in pydantic's words."""

    place: tuple[str | int, ...]
    message: str
    kind: str
    given: Any = None
    context: Any = None

    def to_json(self, *, is_newer: bool) -> dict[str, Any]:
        """`is_newer`: as pydantic 2 says it, which the relatives use."""
        result: dict[str, Any] = {"loc": list(self.place), "msg": self.message, "type": self.kind}
        if is_newer:
            kind, message = _NEWER.get(self.kind, (self.kind.rpartition(".")[2], self.message))
            return {"type": kind, "loc": list(self.place), "msg": message, "input": self.given}
        if self.context is not None:
            result["ctx"] = self.context
        return result


_NEWER = {
    "type_error.integer": ("int_parsing", "Input should be a valid integer"),
    "type_error.float": ("float_parsing", "Input should be a valid number"),
    "type_error.bool": ("bool_parsing", "Input should be a valid boolean"),
    "type_error.str": ("string_type", "Input should be a valid string"),
    "type_error.list": ("list_type", "Input should be a valid list"),
    "type_error.dict": ("model_attributes_type", "Input should be a valid dictionary"),
    "type_error.none.not_allowed": ("missing_value", "Input should not be null"),
    "value_error.missing": ("missing", "Field required"),
    "value_error.jsondecode": ("json_invalid", "JSON decode error"),
}


class Invalid(Exception):
    """The body does not fit its model."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        places = (".".join(str(part) for part in problem.place[1:]) for problem in problems)
        words = (f"{place}: {p.message}" for place, p in zip(places, problems, strict=True))
        super().__init__("; ".join(words))


@dataclass(frozen=True)
class Speech:
    """Turns an error into an answer, as one of the relatives does."""

    has_middleware: bool = True
    """Forge answers as FastAPI alone does."""
    is_newer: bool = False
    """pydantic 2."""

    def refused(self, error: HttpError) -> Response:
        if not self.has_middleware:
            return _json(error.status, {"detail": error.detail})
        return _json(
            error.status, {"error": "HTTPException", "detail": error.detail, "body": "", "errors": ""}
        )

    def failed(self, error: Failure) -> Response:
        if not self.has_middleware:
            return Response(500, b"Internal Server Error", "text/plain; charset=utf-8")
        return _json(500, {"error": error.name, "detail": "", "body": "", "errors": error.text})

    def invalid(self, error: Invalid) -> Response:
        return _json(422, {"detail": [p.to_json(is_newer=self.is_newer) for p in error.problems]})

    def not_found(self) -> Response:
        return _json(404, {"detail": "Not Found"})

    def wrong_method(self, allowed: Sequence[str]) -> Response:
        answer = _json(405, {"detail": "Method Not Allowed"}).body
        return Response(405, answer, headers=(("Allow", ", ".join(allowed)),))


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value, default=str).encode())
