# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's own description of itself: `/openapi.json`, made from its table of routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from .fields import MISSING, Field, Kind, Model

# Field name to JSON type; a star means that the field is always there.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "TextToImageResponse": {"images": "array", "parameters*": "object", "info*": "string"},
    "ImageToImageResponse": {"images": "array", "parameters*": "object", "info*": "string"},
    "ExtrasSingleImageResponse": {"html_info*": "string", "image": "string"},
    "ExtrasBatchImagesResponse": {"html_info*": "string", "images*": "array"},
    "PNGInfoResponse": {"info*": "string", "items*": "object", "parameters*": "object"},
    "ProgressResponse": {
        "progress*": "number", "eta_relative*": "number", "state*": "object", "current_image": "string",
        "textinfo": "string",
    },
    "InternalProgressResponse": {
        "active*": "boolean", "queued*": "boolean", "completed*": "boolean", "progress": "number",
        "eta": "number", "live_preview": "string", "id_live_preview": "integer", "textinfo": "string",
    },
    "SamplerItem": {"name*": "string", "aliases*": "array", "options*": "object"},
    "SchedulerItem": {
        "name*": "string", "label*": "string", "aliases": "array", "default_rho": "number",
        "need_inner_model": "boolean",
    },
    "UpscalerItem": {
        "name*": "string", "model_name": "string", "model_path": "string", "model_url": "string",
        "scale": "number",
    },
    "LatentUpscalerModeItem": {"name*": "string"},
    "SDModelItem": {
        "title*": "string", "model_name*": "string", "hash": "string", "sha256": "string",
        "filename*": "string", "config": "string",
    },
    "SDVaeItem": {"model_name*": "string", "filename*": "string"},
    "HypernetworkItem": {"name*": "string", "path": "string"},
    "FaceRestorerItem": {"name*": "string", "cmd_dir": "string"},
    "RealesrganItem": {"name*": "string", "path": "string", "scale": "integer"},
    "PromptStyleItem": {"name*": "string", "prompt": "string", "negative_prompt": "string"},
    "EmbeddingsResponse": {"loaded*": "object", "skipped*": "object"},
    "MemoryResponse": {"ram*": "object", "cuda*": "object"},
    "ScriptsList": {"txt2img": "array", "img2img": "array"},
    "ScriptInfo": {"name": "string", "is_alwayson": "boolean", "is_img2img": "boolean", "args*": "array"},
    "ExtensionItem": {
        "name*": "string", "remote*": "string", "branch*": "string", "commit_hash*": "string",
        "version*": "string", "commit_date*": "string", "enabled*": "boolean",
    },
    "CreateResponse": {"info*": "string"},
    "TrainResponse": {"info*": "string"},
    "Options": {},
    "Flags": {},
}  # fmt: skip

_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "list": {"type": "array", "items": {}},
    "strings": {"type": "array", "items": {"type": "string"}},
    "dict": {"type": "object"},
    "files": {"type": "array", "items": {"$ref": "#/components/schemas/FileData"}},
}


class Described(Protocol):
    """What is told of a route."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def model(self) -> Model | str | None:
        """A body's model, `object` for any object, None for no body."""

    @property
    def answer(self) -> str:
        """A name of `ANSWERS`, with `[]` for a list of them; empty for anything."""


def document(routes: Iterable[Described]) -> dict[str, Any]:
    """An OpenAPI 3 document, with the title and version of a FastAPI program that names neither."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {name: _answer(name) for name in ANSWERS}
    schemas["FileData"] = {
        "title": "FileData",
        "type": "object",
        "required": ["data", "name"],
        "properties": {"data": {"type": "string"}, "name": {"type": "string"}},
    }
    for route in routes:
        if isinstance(route.model, Model):
            schemas[route.model.name] = _body(route.model)
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.0.2",
        "info": {"title": "FastAPI", "version": "0.1.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(route: Described) -> dict[str, Any]:
    name = route.path.strip("/").replace("/", "_").replace("-", "_")
    operation: dict[str, Any] = {
        "summary": name.rpartition("_v1_")[2].replace("_", " ").title(),
        "operationId": f"{name}_{route.method.lower()}",
    }
    if route.model is not None:
        schema = (
            {"$ref": f"#/components/schemas/{route.model.name}"}
            if isinstance(route.model, Model)
            else {"type": "object"}
        )
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": True}
    found: dict[str, Any] = {}
    if route.answer:
        found = {"$ref": f"#/components/schemas/{route.answer.removesuffix('[]')}"}
        if route.answer.endswith("[]"):
            found = {"type": "array", "items": found}
    operation["responses"] = {
        "200": {"description": "Successful Response", "content": {"application/json": {"schema": found}}}
    }
    return operation


def _answer(name: str) -> dict[str, Any]:
    fields = ANSWERS[name]
    schema: dict[str, Any] = {"title": name, "type": "object"}
    required = [field[:-1] for field in fields if field.endswith("*")]
    if required:
        schema["required"] = required
    schema["properties"] = {field.rstrip("*"): {"type": kind} for field, kind in fields.items()}
    return schema


def _body(model: Model) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": model.name, "type": "object"}
    required = [field.name for field in model.fields if field.default is MISSING]
    if required:
        schema["required"] = required
    schema["properties"] = {field.name: _field(field) for field in model.fields}
    return schema


def _field(field: Field) -> dict[str, Any]:
    schema = {"title": field.name.replace("_", " ").title(), **_TYPES[field.kind]}
    if field.default is not MISSING and field.default is not None:
        schema["default"] = field.default
    for name, value in (("minimum", field.minimum), ("maximum", field.maximum)):
        if value is not None:
            schema[name] = value
    if field.above is not None:
        schema["exclusiveMinimum"] = field.above
    if field.choices:
        schema["enum"] = list(field.choices)
    return schema


def page(title: str, text: str) -> bytes:
    """The HTML of `/docs`, `/redoc` and the web UI itself."""
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'>"
        f"<title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"
    ).encode()
