# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web UI as the FastAPI application that it is, with routes and models out of its description.

One application serves every server of its kind: whose request it is stands in the request's scope.
"""

import base64
import binascii
import functools
import inspect
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Body, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from pydantic import create_model

from .. import transport
from ..turns import Stopped
from .api import Api, Call
from .errors import Failure, HttpError
from .models import kind
from .published import DOCUMENT
from .webui import Flavour

_LACKS: Mapping[Flavour, frozenset[str]] = {
    "A1111": frozenset(),
    "FORGE": frozenset({"get_sd_vaes", "train_embedding", "train_hypernetwork"}),
    "SDNEXT": frozenset(
        {
            "get_latent_upscale_modes", "get_hypernetworks", "create_hypernetwork", "train_embedding",
            "train_hypernetwork",
        }
    ),
}  # fmt: skip
_STOPS = frozenset({"kill_webui", "restart_webui", "stop_webui"})
_UNGUARDED = frozenset({"get_loras", "refresh_loras"})
"""The extension that they come from asks for no password."""
_CONTROLNET: Mapping[tuple[str, str], tuple[str, Mapping[str, Any] | None]] = {
    ("GET", "/controlnet/version"): ("get_version", None),
    ("GET", "/controlnet/model_list"): ("get_model_list", None),
    ("GET", "/controlnet/module_list"): ("get_module_list", None),
    ("GET", "/controlnet/control_types"): ("get_control_types", None),
    ("GET", "/controlnet/settings"): ("get_settings", None),
    ("POST", "/controlnet/detect"): (
        "detect",
        {
            "controlnet_module": "none", "controlnet_input_images": [], "controlnet_processor_res": 512,
            "controlnet_threshold_a": -1.0, "controlnet_threshold_b": -1.0, "controlnet_masks": None,
        },
    ),
}  # fmt: skip
"""Operation, and the fields of its body with their defaults."""


@functools.cache
def application(flavour: Flavour, *, api_server_stop: bool, controlnet: bool, nowebui: bool) -> FastAPI:
    """The application of a web UI that was started so. ValueError: no such flavour."""
    if flavour not in _LACKS:
        raise ValueError(f"no such flavour: {flavour}")
    app = FastAPI()
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=1)
    if flavour != "FORGE":
        _told_as_errors(app)
    if flavour != "A1111":
        app.add_exception_handler(RequestValidationError, _invalid_as_newer)
    lacks = _LACKS[flavour] | (frozenset() if api_server_stop else _STOPS)
    routes = [route for name, route in _published(flavour != "A1111").items() if name not in lacks]
    app.router.routes += routes
    if flavour == "FORGE":
        app.router.routes.append(_route("GET", "/sdapi/v1/sd-modules", "get_sd_modules"))
    if flavour == "SDNEXT":
        image = [_query("image", str, "")]
        app.router.routes.append(_route("GET", "/sdapi/v1/png-info", "pnginfoapi", query=image))
    if controlnet:
        app.router.routes += _extension()
    if not nowebui:
        app.router.routes += _web_ui()
    return app


def _page() -> str:
    return "<!DOCTYPE html><title>Stable Diffusion</title><p>A stand-in for the web UI.</p>"


# Routes


@functools.cache
def _published(is_newer: bool) -> Mapping[str, APIRoute]:
    """The routes of the description by the names of the program's functions."""
    found = {}
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            name = operation["operationId"].removesuffix(re.sub(r"\W", "_", path) + f"_{method}")
            found[name] = _published_route(method.upper(), path, name, operation, is_newer)
    return found


def _published_route(
    method: str, path: str, name: str, operation: Mapping[str, Any], is_newer: bool
) -> APIRoute:
    body = operation.get("requestBody")
    read: inspect.Parameter | None = None
    if body:
        schema = body["content"]["application/json"]["schema"]
        found = kind(schema, is_newer=is_newer)
        read = _parameter(schema.get("title", "body").lower(), found, Body(...))
    query = [
        _query(one["name"], kind(one["schema"]), one["schema"]["default"])
        for one in operation.get("parameters", ())
    ]
    answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answers = kind(answered) if answered and not is_newer else None
    return _route(method, path, name, body=read, query=query, answers=answers)


def _extension() -> list[APIRoute]:
    routes = []
    for (method, path), (name, fields) in _CONTROLNET.items():
        body = [_parameter(key, _kind_of(value), Body(value)) for key, value in (fields or {}).items()]
        routes.append(_route(method, path, name, query=body, is_guarded=False))
    return routes


def _kind_of(default: Any) -> Any:
    if default is None:
        return Any
    return list[str] if default == [] else type(default)


def _web_ui() -> list[APIRoute]:
    """The page, and what it asks for: none of it is in a description of the API alone."""
    task = create_model(
        "ProgressRequest", id_task=(str, None), id_live_preview=(int, -1), live_preview=(bool, True)
    )
    asked = _parameter("req", task, Body(...))
    return [
        APIRoute("/", _page, methods=["GET"], include_in_schema=False, response_class=HTMLResponse),
        _route("POST", "/internal/progress", "task_progress", body=asked, is_guarded=False),
    ]


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _query(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return _parameter(name, annotation, Query(default))


def _route(
    method: str,
    path: str,
    name: str,
    *,
    body: inspect.Parameter | None = None,
    query: list[inspect.Parameter] | None = None,
    answers: Any = None,
    is_guarded: bool = True,
) -> APIRoute:
    """The route whose operation is called `name` in `Api`; `body` is the parameter that is the whole body."""

    def answer(request: Request, **sent: Any) -> Any:
        return _answer(request, name, sent, body.name if body else "")

    parameters = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
    parameters += [body] if body else []
    parameters += query or []
    answer.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    answer.__name__ = name
    guarded = is_guarded and name not in _UNGUARDED
    return APIRoute(
        path,
        answer,
        methods=[method],
        response_model=answers,
        dependencies=[Depends(_check_account)] if guarded else [],
    )


def _answer(request: Request, name: str, sent: dict[str, Any], body: str) -> Any:
    """In one of Starlette's threads, as the program's functions are called."""
    api: Api = request.scope["api"]
    call: Call = request.scope["call"]
    if body:
        whole = sent[body]
        call.values, call.sent = (
            (whole, frozenset(whole))
            if isinstance(whole, dict)
            else (whole.dict(), frozenset(whole.__fields_set__))
        )
    else:
        call.values = sent
    try:
        if request.method == "GET":
            api.house.turns.wait(lambda: api.house.faults().delay_get)
        elif api.house.faults().refuse:
            raise HttpError(422, api.house.faults().refuse)
        result = api.operation(name)(call)
    except Stopped:
        call.drop = True
        return Response()
    except HttpError as error:
        raise HTTPException(status_code=error.status, detail=error.detail) from error
    if isinstance(result, transport.Response):
        return Response(result.body, result.status, media_type=result.content_type or None)
    return result


async def _check_account(request: Request) -> None:
    """HTTP Basic as FastAPI checks it, but for letters beyond ASCII, which proxies before it may take."""
    api: Api = request.scope["api"]
    if not api.accounts:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise HTTPException(status_code=401, detail="Not authenticated")
    try:
        account = base64.b64decode(token).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise HTTPException(status_code=401, detail="Invalid authentication credentials") from None
    if account not in api.accounts:
        raise HTTPException(status_code=401, detail="Incorrect username or password")


# Errors


def _told_as_errors(app: FastAPI) -> None:
    """What the program puts around its API: times, and errors as objects. An exception passes by the time."""

    @app.middleware("http")
    async def told(request: Request, following: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.time()
        try:
            response = await following(request)
        except Exception as error:
            return _thrown(error)
        response.headers["X-Process-Time"] = str(round(time.time() - started, 4))
        return response

    async def refused(request: Request, error: Exception) -> Response:
        return _thrown(error)

    app.add_exception_handler(HTTPException, refused)


def _thrown(error: Exception) -> Response:
    name, text = type(error).__name__, str(error)
    if isinstance(error, Failure):
        name, text = error.name, error.text
    elif not isinstance(error, HTTPException):
        # A mistake here must be seen; the program would answer in the same way.
        traceback.print_exception(error)
    told = {
        "error": name,
        "detail": vars(error).get("detail", ""),
        "body": vars(error).get("body", ""),
        "errors": text,
    }
    return JSONResponse(jsonable_encoder(told), vars(error).get("status_code", 500))


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


async def _invalid_as_newer(request: Request, error: Exception) -> Response:
    """As pydantic 2 says it, which the relatives use."""
    assert isinstance(error, RequestValidationError)
    problems = []
    for one in error.errors():
        kind_, message = _NEWER.get(one["type"], (one["type"].rpartition(".")[2], one["msg"]))
        given: Any = error.body
        for part in one["loc"][1:]:
            given = given.get(part) if isinstance(given, dict) else None
        problems.append({"type": kind_, "loc": list(one["loc"]), "msg": message, "input": given})
    return JSONResponse(jsonable_encoder({"detail": problems}), 422)
