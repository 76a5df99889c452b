# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the Draw Things server: routes, the order of its checks, its words.

`read_order` is the whole of what the server checks before it paints; it stops at the first problem, in
the order of the published source (August 2026).
"""

from __future__ import annotations

import base64
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import picture
from ..engine import Engine, Job
from ..picture import Pixels
from ..transport import Request, Response
from . import swift, xmp
from .keys import KEYS, REQUEST_ONLY, Key
from .library import FACE_RESTORATION, Model, upscale_factor
from .state import AppState, to_json
from .swift import Refusal

CONFIGURATION_PATHS = ("/", "/sdapi/v1/options")
TXT2IMG = "/sdapi/v1/txt2img"
IMG2IMG = "/sdapi/v1/img2img"

NOT_FOUND = Response(404, content_type="")


class Crash(Exception):
    """The real app would have stopped here; `str(error)` says why."""


@dataclass(frozen=True)
class Order:
    """A request that passed every check."""

    values: Mapping[str, Any]
    """All parameters as they take effect: what was sent, and for the rest what the app has set."""
    model: Model
    init: Pixels | None = field(default=None, repr=False)
    """The picture that was sent; None for txt2img and for the app's canvas."""
    uses_canvas: bool = False
    restores_faces: bool = False

    @property
    def width(self) -> int:
        return int(self.values["width"]) // 64 * 64

    @property
    def height(self) -> int:
        return int(self.values["height"]) // 64 * 64


def configuration(app: AppState, unknown: Sequence[str] = ()) -> Response:
    """`GET /` and `GET /sdapi/v1/options`."""
    return Response(body=to_json(app.values(unknown)))


def refused(detail: str) -> Response:
    """Every error of a handler is a 422 of this shape."""
    return Response(422, to_json({"error": "HTTPException", "detail": detail, "body": "", "errors": ""}))


def read_order(body: bytes, *, img2img: bool, app: AppState, unknown: Sequence[str] = ()) -> Order:
    """Check a request as the server does. Raises Refusal with the server's words.

    `unknown` are the keys that an older app does not know.
    """
    sent = swift.parse(body)
    restore_faces = False
    if sent.get("restore_faces") is not None:
        restore_faces = swift.to_bool(sent["restore_faces"], (swift.key("restore_faces"),))
    images = _read_images(sent["init_images"]) if "init_images" in sent else None
    values = app.values()
    _read_parameters(sent, values, app, app.unknown_keys | set(unknown))

    init = None
    if img2img and images is not None and len(images) == 1:
        init = images[0]
        _check_size(init, values)
    if not img2img:
        if images is not None:
            raise Refusal("init_images is not supported for text-to-image")
        values["strength"] = 1.0
    model = _check_files(values, app, restore_faces)
    values["model"] = model.file
    refiner = app.library.model(values["refiner_model"] or "")
    values["refiner_model"] = refiner.file if refiner and refiner.downloaded else None
    values["negative_prompt"] = values["negative_prompt"] or ""
    if values["seed"] == -1:
        values["seed"] = random.randrange(2**32)
    uses_canvas = img2img and init is None
    return Order(values, model, init, uses_canvas=uses_canvas, restores_faces=restore_faces)


def _read_images(value: Any) -> list[Pixels]:
    path = (swift.key("init_images"),)
    texts = swift.to_array(value, path, "Foundation.Data")
    datas = [swift.to_data(text, (*path, swift.item(n))) for n, text in enumerate(texts)]
    pictures = []
    for data in datas:
        try:
            pictures.append(picture.decode(data))
        except picture.NotAPicture:
            raise Refusal("Data in init_images did not represent a valid image") from None
    return pictures


def _read_parameters(
    sent: Mapping[str, Any], values: dict[str, Any], app: AppState, unknown: Collection[str]
) -> None:
    """Put what was sent into `values`, in the order of the table."""
    known = set(REQUEST_ONLY)
    for key in KEYS:
        if key.name in unknown:
            continue
        present = [spelling for spelling in key.spellings if spelling in sent]
        if len(present) > 1:
            raise Refusal(
                f"More than one key for {key.title} specified "
                f"(must only specify one of {swift.listed(key.spellings)})"
            )
        if present:
            options = app.options(key)
            values[key.name] = _read_value(key, options, present[0], sent[present[0]], values[key.name])
            known.add(present[0])
    left_over = [name for name in sent if name not in known]
    if left_over:
        raise Refusal(f"Unrecognized keys: {swift.listed(left_over)}")


def _read_value(key: Key, options: tuple[str, ...], spelling: str, value: Any, current: Any) -> Any:
    """One value, decoded and range-checked. null keeps a number, a switch or a list as the app has it."""
    path = (swift.key(spelling),)
    if key.kind == "enum":
        text = swift.to_string(value, path)
        if text not in options:
            raise Refusal(f"Invalid value for {spelling} (options: {swift.listed(options)})")
        return text
    if key.kind == "string":
        return None if value is None else swift.to_string(value, path)
    if key.kind == "bool":
        return current if value is None else swift.to_bool(value, path)
    if key.kind == "array":
        return current if value is None else _read_objects(key.name, value, path)
    if value is not None:
        current = swift.to_int(value, path) if key.kind == "int" else swift.to_double(value, path)
    # The value is checked even when null left it as the app has it.
    if not key.minimum <= current <= key.maximum:
        raise Refusal(
            f"Value for {key.title} must be between {swift.number_text(key.minimum)} and "
            f"{swift.number_text(key.maximum)}, inclusive (was {swift.number_text(current)})"
        )
    return current


def _read_objects(name: str, value: Any, path: swift.Path) -> list[dict[str, Any]]:
    read = _read_lora if name == "loras" else _read_control
    found = []
    for number, item in enumerate(swift.to_array(value, path, "Any")):
        inside = (*path, swift.item(number))
        found.append(read(swift.to_object(item, inside), inside))
    return found


def _read_lora(sent: dict[str, Any], path: swift.Path) -> dict[str, Any]:
    weight = swift.to_double(swift.required(sent, "weight", path), (*path, swift.nested("weight")))
    file, mode = sent.get("file"), sent.get("mode")
    if file is not None:
        file = swift.to_string(file, (*path, swift.nested("file")))
    if mode is not None:
        mode = swift.to_string(mode, (*path, swift.nested("mode")))
    return {"file": file, "weight": weight, "mode": mode if mode in ("base", "refiner") else "all"}


def _read_control(sent: dict[str, Any], path: swift.Path) -> dict[str, Any]:
    file = sent.get("file")
    if file is not None:
        file = swift.to_string(file, (*path, swift.nested("file")))
    result: dict[str, Any] = {"file": file}
    readers = {
        "weight": swift.to_double,
        "guidanceStart": swift.to_double,
        "guidanceEnd": swift.to_double,
        "noPrompt": swift.to_bool,
        "globalAveragePooling": swift.to_bool,
        "downSamplingRate": swift.to_double,
        "controlImportance": swift.to_string,
        "inputOverride": swift.to_string,
    }
    for name, read in readers.items():
        result[name] = read(swift.required(sent, name, path), (*path, swift.nested(name)))
    blocks_path = (*path, swift.nested("targetBlocks"))
    blocks = swift.to_array(swift.required(sent, "targetBlocks", path), blocks_path, "Swift.String")
    result["targetBlocks"] = [
        swift.to_string(block, (*blocks_path, swift.item(number))) for number, block in enumerate(blocks)
    ]
    return result


def _check_size(init: Pixels, values: Mapping[str, Any]) -> None:
    """Height first, against the parameters before they are floored to 64."""
    for name, size in (("height", init.shape[0]), ("width", init.shape[1])):
        if size != values[name]:
            raise Refusal(f"init_images {name} doesn't match {size} from the parameter {values[name]}")


def _check_files(values: Mapping[str, Any], app: AppState, restore_faces: bool) -> Model:
    library = app.library
    if values["model"] is None:
        raise Refusal("Missing 'model' parameter")
    model = library.model(values["model"])
    if model is None:
        raise Refusal(
            f'Unrecognized model name "{values["model"]}" (see --help for a list of available models)'
        )
    loras = [lora["file"] for lora in values["loras"] if lora["file"] is not None]
    upscalers = [] if values["upscaler"] is None else [values["upscaler"]]
    faces = list(FACE_RESTORATION) if restore_faces else []
    for files, downloaded in (
        (loras, library.loras),
        (upscalers, library.upscalers),
        (faces, library.face_restoration),
    ):
        for file in files:
            if "/" in file or "\\" in file:
                # As Swift prints its own source's '\\'.
                raise Refusal("Model names may not have any '/' or '' characters in them")
            # An empty name passes: the folder of the models is there.
            if file and file not in downloaded:
                raise Refusal(f"Missing file: {file} (in CLI, see --help to see the lists of files)")
    if not model.downloaded:
        raise Refusal("Missing files for model, see --help for a list of which files this model needs")
    if values["prompt"] is None:
        raise Refusal("Missing prompt")
    return model


def paint(order: Order, app: AppState, engine: Engine, *, with_xmp: bool = True) -> list[bytes]:
    """The pictures of an order as PNG. Raises Crash where the real app is known to stop."""
    values = order.values
    if app.value("mask_blur_outset") < 0:
        raise Crash("a negative Mask Blur Outset in its window, whatever was sent")
    if not app.project_is_open or values["upscaler"] == "":
        # The empty upscaler name passed the checks and fails here, as a failed generation does.
        return []
    init = order.init
    if init is not None and (init.shape[0] % 64 or init.shape[1] % 64):
        raise Crash(f"precondition: {init.shape[1]} × {init.shape[0]} is no multiple of 64")
    if order.uses_canvas:
        canvas = app.canvas
        if canvas is None:
            canvas = np.full((64, 64, 3), 255, np.uint8)
        init = picture.resized(canvas, order.width, order.height)
    frames = int(values["num_frames"]) if order.model.makes_video else 1
    factor = upscale_factor(values["upscaler"], int(values["upscaler_scale"]))
    pictures = []
    for number in range(int(values["batch_count"]) * int(values["batch_size"]) * frames):
        seed = (int(values["seed"]) + number) % 2**32
        pixels = engine.paint(
            Job(
                prompt=values["prompt"],
                negative_prompt=values["negative_prompt"],
                width=order.width,
                height=order.height,
                seed=seed,
                steps=int(values["steps"]),
                strength=float(values["strength"]),
                init=init,
            )
        )
        if factor > 1:
            pixels = picture.resized(pixels, order.width * factor, order.height * factor)
        packet = ""
        if with_xmp:
            packet = xmp.document(
                values, width=order.width, height=order.height, seed=seed, library=app.library,
                face_restoration=FACE_RESTORATION[0] if order.restores_faces else None,
            )  # fmt: skip
        pictures.append(picture.encode(pixels, packet))
    return pictures


def delivered(pictures: Sequence[bytes]) -> Response:
    """The answer with the pictures: bare base64 in which every `/` is escaped."""
    return Response(body=to_json({"images": [base64.b64encode(p).decode() for p in pictures]}))


def route(request: Request) -> str:
    """What is asked for: `configuration`, `txt2img`, `img2img`, or nothing that exists."""
    if request.method in ("GET", "HEAD") and request.path in CONFIGURATION_PATHS:
        return "configuration"
    if request.method == "POST" and request.path == TXT2IMG:
        return "txt2img"
    if request.method == "POST" and request.path == IMG2IMG:
        return "img2img"
    return ""
