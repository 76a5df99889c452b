# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what was sent and answered is what A1111 publishes: scripts/local_server/a1111/openapi.json.

That file is `/openapi.json` of AUTOMATIC1111's WebUI 1.10.1. Its models pass over unknown keys and do not
say that optional values may be null, so this is stricter in the first and as lenient as the server in the
second: a request may hold no key that the model lacks, and a null where none is required.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from local_server.a1111.published import DOCUMENT

if TYPE_CHECKING:
    from local_server.journal import Entry

#: How requests of the extension are told from those that a test makes by hand.
USER_AGENT = "drawthings_addon"
_TRAINING = {
    "id_task", "learn_rate", "batch_size", "gradient_step", "data_root", "log_directory", "training_width",
    "training_height", "varsize", "steps", "clip_grad_mode", "clip_grad_value", "shuffle_tags",
    "tag_drop_out", "latent_sampling_method", "use_weight", "create_image_every", "template_filename",
    "preview_from_txt2img", "preview_prompt", "preview_negative_prompt", "preview_steps",
    "preview_sampler_name", "preview_cfg_scale", "preview_seed", "preview_width", "preview_height",
}  # fmt: skip
#: The published model of these is any object; it becomes the arguments of a Python function: all of them,
#: and those that may be left out.
_FUNCTIONS: dict[str, tuple[set[str], set[str]]] = {
    "/sdapi/v1/create/embedding": ({"name", "num_vectors_per_token", "overwrite_old"}, {"init_text"}),
    "/sdapi/v1/create/hypernetwork": (
        {"name", "enable_sizes", "overwrite_old"},
        {
            "layer_structure", "activation_func", "weight_init", "add_layer_norm", "use_dropout",
            "dropout_structure",
        },
    ),
    "/sdapi/v1/train/embedding": (
        {*_TRAINING, "embedding_name", "save_embedding_every", "save_image_with_stored_embedding"},
        set(),
    ),
    "/sdapi/v1/train/hypernetwork": ({*_TRAINING, "hypernetwork_name", "save_hypernetwork_every"}, set()),
}  # fmt: skip
#: Of the ControlNet extension, which is not in the published file (its source, 2024).
_CONTROL_UNIT_KEYS = {
    "enabled", "image", "mask", "module", "model", "weight", "resize_mode", "control_mode", "guidance_start",
    "guidance_end", "processor_res", "threshold_a", "threshold_b", "pixel_perfect", "hr_option",
    "save_detected_map", "low_vram",
}  # fmt: skip
#: Of the page, which the server that published the file was started without (modules/progress.py of 1.10.1),
#: and of the ControlNet extension (1.1).
_PAGE_REQUESTS: dict[str, dict[str, Any]] = {
    "/controlnet/detect": {
        "type": "object",
        "required": ["controlnet_module", "controlnet_input_images"],
        "properties": {
            "controlnet_module": {"type": "string"},
            "controlnet_input_images": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "controlnet_processor_res": {"type": "integer"},
            "controlnet_threshold_a": {"type": "number"},
            "controlnet_threshold_b": {"type": "number"},
        },
    },
    "/internal/progress": {
        "type": "object",
        "properties": {
            "id_task": {"type": "string"}, "id_live_preview": {"type": "integer"},
            "live_preview": {"type": "boolean"},
        },
    },
}  # fmt: skip
_NAMES = {"type": "array", "items": {"type": "string"}}
_EXTENSION_ANSWERS: dict[str, dict[str, Any]] = {
    "/internal/progress": {
        "type": "object",
        "required": ["active", "queued", "completed"],
        "properties": {name: {"type": "boolean"} for name in ("active", "queued", "completed")},
    },
    "/controlnet/detect": {
        "type": "object", "required": ["images", "info"], "properties": {"images": _NAMES},
    },
    "/controlnet/version": {"type": "object", "required": ["version"]},
    "/controlnet/model_list": {
        "type": "object", "required": ["model_list"], "properties": {"model_list": _NAMES},
    },
    "/controlnet/module_list": {
        "type": "object", "required": ["module_list"], "properties": {"module_list": _NAMES},
    },
    "/controlnet/control_types": {"type": "object", "required": ["control_types"]},
    "/controlnet/settings": {"type": "object", "required": ["control_net_unit_count"]},
    "/sdapi/v1/loras": {
        "type": "array",
        "items": {"type": "object", "required": ["name", "alias", "path", "metadata"]},
    },
}  # fmt: skip
_ERROR = {
    "type": "object",
    "required": ["error", "detail", "body", "errors"],
    "properties": {name: {"type": "string"} for name in ("error", "detail", "body", "errors")},
}
_FASTAPI_ERROR = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}


def check_request(method: str, path: str, body: Any) -> None:
    """AssertionError unless `body` is what the published model of the route takes, without unknown keys."""
    where = f"request {method} {path}"
    model = _request_model(method, path)
    if model is None:
        assert not body, f"{where}: takes no body, but {body!r} was sent"
        return
    _validate(model, body, where)
    assert None not in body.values(), f"{where}: null is refused for some fields: leave them out"
    known = _properties(model)
    if path == "/sdapi/v1/options":
        known = _properties({"$ref": "#/components/schemas/Options"})
    if path in _FUNCTIONS:
        needed, optional = _FUNCTIONS[path]
        assert needed <= body.keys(), f"{where}: lacks {sorted(needed - body.keys())}"
        known = dict.fromkeys(needed | optional)
    assert body.keys() <= known.keys(), f"{where}: unknown {sorted(body.keys() - known.keys())}"
    options = _properties({"$ref": "#/components/schemas/Options"})
    overridden = body.get("override_settings", {})
    assert overridden.keys() <= options.keys(), f"{where}: unknown options in {overridden}"
    for title, script in body.get("alwayson_scripts", {}).items():
        assert set(script) == {"args"}, f"{where}: {title} has more than args"
        for unit in script["args"] if title.lower() == "controlnet" else ():
            assert unit.keys() <= _CONTROL_UNIT_KEYS, f"{where}: unknown {unit.keys() - _CONTROL_UNIT_KEYS}"


def check_response(method: str, path: str, status: int, answer: Any) -> None:
    """AssertionError unless `answer` is what the route answers with that status."""
    where = f"response {status} to {method} {path}"
    if status == 422 and isinstance(answer.get("detail"), list):
        _validate({"$ref": "#/components/schemas/HTTPValidationError"}, answer, where)
    elif status in (404, 405) and set(answer) == {"detail"}:
        _validate(_FASTAPI_ERROR, answer, where)
    elif status != 200:
        _validate(_ERROR, answer, where)
    elif path in _EXTENSION_ANSWERS:
        _validate(_EXTENSION_ANSWERS[path], answer, where)
    elif path in DOCUMENT["paths"]:
        operation = DOCUMENT["paths"][path][method.lower()]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        _validate(schema, answer, where)
        if path.endswith("2img"):
            assert isinstance(json.loads(answer["info"]), dict), f"{where}: info is no object in JSON text"


def check(entries: Iterable[Entry]) -> int:
    """Hold a stand-in's journal against the published models; returns how many entries were looked at.

    Responses are looked at where the stand-in speaks A1111's dialect, which shows in their being kept.
    Requests are looked at where the extension made them for that dialect and the server took them.
    """
    looked_at = 0
    for entry in entries:
        # Orders that are answered with null are of this dialect alone, unless the server lacks them.
        is_order = entry.status == 200 and entry.method == "POST" and not entry.path.endswith("2img")
        if entry.answer is None and not is_order:
            continue
        looked_at += 1
        # Without a status the connection was dropped instead.
        if entry.answer is not None and entry.status:
            check_response(entry.method, entry.path, entry.status, entry.answer)
        # What is wrong with a request that was refused is told by its refusal.
        is_ours = entry.headers.get("user-agent") == USER_AGENT
        if entry.method == "POST" and entry.status == 200 and is_ours:
            check_request(entry.method, entry.path, entry.body)
    return looked_at


def _request_model(method: str, path: str) -> dict[str, Any] | None:
    if path in _PAGE_REQUESTS:
        return _PAGE_REQUESTS[path]
    operation = DOCUMENT["paths"].get(path, {}).get(method.lower())
    assert operation is not None, f"{method} {path} is not a published route"
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema") if content else None


def _properties(model: dict[str, Any]) -> dict[str, Any]:
    return dict(_resolved(model).get("properties", {}))


def _resolved(model: dict[str, Any]) -> dict[str, Any]:
    name = model.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else model


def _validate(schema: dict[str, Any], value: Any, where: str) -> None:
    validator = Draft7Validator({**schema, "components": {"schemas": _lenient_schemas()}})
    errors = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
    assert not errors, f"{where}: " + "; ".join(errors[:5])


@functools.cache
def _lenient_schemas() -> dict[str, Any]:
    """The published models, with a null allowed for every value that is not required."""
    return {name: _lenient(model) for name, model in DOCUMENT["components"]["schemas"].items()}


def _lenient(model: dict[str, Any]) -> dict[str, Any]:
    required = model.get("required", ())
    properties = {
        name: schema if name in required else {"anyOf": [schema, {"type": "null"}]}
        for name, schema in model.get("properties", {}).items()
    }
    return {**model, "properties": properties} if properties else model
