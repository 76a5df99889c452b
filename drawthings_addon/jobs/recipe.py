# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made: JSON in an iTXt chunk `drawthings`, and A1111's `parameters` text.

The recipe holds everything needed to make the picture again, without pixels and without passwords.
The `parameters` text is what the rest of the ecosystem reads; it is ours only where the server has written
none.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from ..client.bounds import MAX_METADATA
from ..client.parameters import ADVANCED, SERVER_OPTIONS, ParameterRow
from ..client.request import ROWS, GenerationRequest
from ..client.upscaling import UpscaleSettings
from ..errors import PictureInvalid
from ..imaging.maps import WORDS, MapSettings, TextureMap
from .annotated_json import MAX_ENTRIES, NotAsAnnotated, read, write
from .canvas import Borders, Seamless
from .inpainting import Inpainting
from .picture_set import SetMember
from .refining import Refining
from .source import Floats, SourceName

CHUNK = "drawthings"
PARAMETERS_CHUNK = "parameters"
#: 2: the request has sections. What 1 wrote is read by `_migrated`.
VERSION = 2
BY_HAND = "Set the settings by hand."


@dataclass(frozen=True)
class Recipe:
    """Everything needed to make the picture again, except the pixels it started from."""

    request: GenerationRequest
    """With the picture's own seed, and without pictures."""
    server: str
    """The server's address, without user or password."""
    source: SourceName | None = None
    """img2img: what was sent."""
    fit: str = ""
    """img2img: how the source was brought to a multiple of 64; empty when it was one."""
    dropped_keys: tuple[str, ...] = ()
    """Parameters that this version of the app did not know; they were not used."""
    model_used: str = ""
    """What the app says it used, where it says so; tells what "as set in the app" was."""
    sampler_used: str = ""
    """What was used where the request leaves it open; empty where nobody says, and where it names one."""
    seconds: float = 0.0
    created: str = ""
    """ISO 8601, UTC; see `now`."""
    unfinished: str = ""
    """Such as "skipped at step 7 of 20", where the server was told to end the picture early."""
    extras: UpscaleSettings | None = None
    """How it was enlarged or restored, where the request's operation is `extras`."""
    refining: Refining | None = None
    """How it was enlarged and worked over in tiles; then the request's size is the picture's."""
    set: SetMember | None = None
    """Which one it is of pictures that were made to be chosen from."""
    blend: str = ""
    """The name of the .blend that it was made in, without its folder; empty where that had none."""
    inpainting: Inpainting | None = None
    """How a mask was used, where a part of the source alone was made anew."""
    seamless: Seamless | None = None
    """How it was made to repeat."""
    borders: Borders | None = None
    """By what it is larger than its source, where that is its middle."""
    floats: Floats = ""
    """What its numbers are, where they are floats as those of what it was made from."""
    space: str = ""
    """The colour space that its bytes stand for, where they are stored as those of what it was made from."""
    beside: str = ""
    """What it is of its result, such as "height", where it came beside another picture."""
    maps: MapSettings | None = None
    """How the maps of the result were made, where it has some: see `map`."""

    @property
    def map(self) -> TextureMap | Literal[""]:
        """Which map of a material it is. The recipes of a result's pictures differ in `beside` alone: where
        there is no picture but maps, the first of them has none."""
        if self.maps is None:
            return ""
        if self.beside:
            return next((each for each, word in WORDS.items() if word == self.beside), "")
        return next(iter(self.maps.maps), "") if self.request.operation == "maps" else ""

    @property
    def is_of_request(self) -> bool:
        """A server made it of a request, whose prompt, settings and seed can be taken over."""
        return self.extras is None and self.request.operation in ("txt2img", "img2img")

    @property
    def repeats(self) -> tuple[bool, bool]:
        """Whether it was made so that its left and right border meet, and its top and bottom."""
        axes = self.seamless.axes if self.seamless is not None else ""
        refining = self.refining or Refining()
        return "X" in axes or refining.wrap_x, "Y" in axes or refining.wrap_y

    @functools.cached_property
    def text(self) -> str:
        """The recipe as JSON, keys sorted so that equal recipes are equal texts: written once, for the file
        and for the datablock."""
        written = dataclasses.asdict(self, dict_factory=_without_pictures)
        return json.dumps(written | {"version": VERSION}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read `text`; unknown keys, as a later version may write, are passed over.

        Raises PictureInvalid when it is not a recipe: it comes out of a file, and a list where a number
        belongs must not reach the panel.
        """
        if len(text) > MAX_METADATA:
            raise PictureInvalid("This picture's recipe is longer than any recipe.", BY_HAND)
        try:
            recipe: Recipe = read(cls, _migrated(json.loads(text)), "the recipe")
        except NotAsAnnotated as error:
            raise PictureInvalid(
                "This picture's recipe holds no usable value for {name}.", BY_HAND, name=error
            ) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise PictureInvalid(
                "This picture's recipe cannot be read.", "It may come from a newer version of the extension."
            ) from error
        return recipe

    def parameters_text(self) -> str:
        """A1111's infotext: prompt, negative prompt, then one line of settings."""
        if self.extras is not None:
            return _line(_extras_settings(self.extras))
        request = self.request
        written = [(row.parameter.infotext, row, row.of(request)) for row in ROWS if row.parameter.infotext]
        settings: dict[str, object] = {
            name: _told(row, value) for name, row, value in written if row.parameter.written == "ALWAYS"
        }
        # In A1111's order.
        settings |= {
            "Size": f"{request.images.width}x{request.images.height}",
            "Sampler": settings["Sampler"] or self.sampler_used,
            "Model": settings.pop("Model") or self.model_used,
            "Denoising strength": f"{request.sampling.strength:g}" if request.operation == "img2img" else "",
        }
        settings |= {
            name: _told(row, value)
            for name, row, value in written
            if row.parameter.written == "SET" and row.is_set(value)
        }
        lines = [request.conditioning.prompt]
        if request.conditioning.negative_prompt:
            lines.append(f"Negative prompt: {request.conditioning.negative_prompt}")
        lines.append(_line(settings))
        return "\n".join(lines).strip()

    def png_text(self, told: Mapping[str, str] | None = None, infotext: str = "") -> dict[str, str]:
        """The text chunks of a result whose file tells `told` by itself, by keywords.

        The server's own infotext stays as it is, as it tells more than a request can: hashes, the schedule
        that was used, what its extensions did. `infotext` is what it told beside the file.
        """
        texts = {CHUNK: self.text}
        if not (told or {}).get(PARAMETERS_CHUNK, "").strip():
            texts[PARAMETERS_CHUNK] = infotext or self.parameters_text()
        return texts


def _extras_settings(extras: UpscaleSettings) -> dict[str, object]:
    """By the names that A1111's WebUI 1.10.1 writes into what it enlarged."""
    by = {"Postprocess upscale by": f"{extras.scale:g}"}
    to = {"Postprocess upscale to": f"{extras.size[0]}x{extras.size[1]}"} if extras.size else by
    second, gfpgan, codeformer = (
        extras.second_visibility,
        extras.gfpgan_visibility,
        extras.codeformer_visibility,
    )
    return {
        **(to if extras.upscaler not in ("", "None") else {}),
        "Postprocess upscaler": "" if extras.upscaler == "None" else extras.upscaler,
        "Postprocess upscaler 2": extras.second_upscaler if second else "",
        "Postprocess GFPGAN visibility": f"{gfpgan:g}" if gfpgan else "",
        "Postprocess CodeFormer visibility": f"{codeformer:g}" if codeformer else "",
        "Postprocess CodeFormer weight": f"{extras.codeformer_weight:g}" if codeformer else "",
    }


def _told(row: ParameterRow, value: object) -> object:
    labels = {identifier: label for identifier, label, _description in row.parameter.items}
    return labels.get(str(value), value) if labels else f"{value:g}" if isinstance(value, float) else value


def _line(settings: dict[str, object]) -> str:
    return ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items() if value != "")


def _quoted(value: object) -> str:
    """A value as A1111 writes it: as JSON where it holds what separates values."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text


def _without_pictures(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if not isinstance(value, bytes)}


_latest = datetime(1970, 1, 1, tzinfo=UTC)
_clock = threading.Lock()


def now() -> str:
    """The time as recipes hold it: ISO 8601, UTC, to the microsecond, and never the same twice: pictures of
    one request, seed and second are told apart by it."""
    global _latest
    with _clock:
        moment = datetime.now(UTC)
        if timedelta() <= _latest - moment < timedelta(seconds=1):
            moment = _latest + timedelta(microseconds=1)
        _latest = moment
        return _latest.isoformat(timespec="microseconds")


def without_pixels(request: GenerationRequest) -> GenerationRequest:
    """The request without its pictures, also those inside of it."""
    result: GenerationRequest = _stripped(request)
    return result


def _stripped(value: Any) -> Any:
    if isinstance(value, bytes):
        return b""
    if isinstance(value, tuple):
        return tuple(map(_stripped, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{name: _stripped(getattr(value, name)) for name in names})
    return value


#: Where version 1 had a flat request, by the names of its sections now.
_SECTIONS_OF_1: Mapping[str, Mapping[str, str]] = {
    section: {name: name for name in names.split()}
    for section, names in {
        "conditioning": "prompt negative_prompt styles loras clip_skip",
        "models": "model refiner_model refiner_start vae",
        "sampling": "sampler scheduler steps guidance_scale guidance_embed speed_up_with_guidance_embed"
        " strength seed seed_mode shift resolution_dependent_shift tiling",
        "images": "width height",
        "upscaling": "upscaler restore_faces",
    }.items()
} | {
    "mask": {
        "mask_blur": "blur",
        "inpaint_area": "area",
        "inpaint_padding": "padding",
        "inpaint_fill": "fill",
    }
}


def _migrated(body: Any) -> Any:
    """A recipe's JSON as it is written now, from what version 1 wrote; what is no recipe stays what it is.

    That version had a text for the source, and two kinds of controls, of hires fixes and of options, one for
    each dialect.
    """
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("source"), str):
        source = SourceName.from_text(body["source"])
        body = body | {"source": None if source is None else write(source)}
    request = body.get("request")
    if not isinstance(request, dict) or body.get("version", 1) != 1:
        return body
    new: dict[str, Any] = {
        section: {now: request[name] for name, now in names.items() if name in request}
        for section, names in _SECTIONS_OF_1.items()
    }
    new |= {name: request[name] for name in ("operation", "script") if name in request}
    if "hires_fix" in request:
        new["upscaling"]["hires_fix"] = {"keeps_size": request["hires_fix"]}
    if request.get("hires") is not None:
        hires_fix = new["upscaling"].setdefault("hires_fix", {})
        new["upscaling"]["hires_fix"] = hires_fix | _object(request, "hires") | {"enlarges": True}
    new["controls"] = [
        _renamed(control, {"file": "model", "input_override": "preprocessor"}, "control_importance")
        for control in _list(request, "controls")
    ] + [
        _renamed(unit, {"module": "preprocessor"}, "control_mode") for unit in _list(request, "control_units")
    ]
    new["options"] = [
        {"dialect": dialect, "name": name, "value": value}
        for dialect, values in ((ADVANCED, "advanced"), (SERVER_OPTIONS, "override_settings"))
        for name, value in sorted(_object(request, values).items())
    ]
    return body | {"request": new}


def _renamed(control: Any, names: Mapping[str, str], importance: str) -> Any:
    """A control of version 1."""
    if not isinstance(control, dict):
        return control
    new = {names.get(name, name): value for name, value in control.items()}
    if importance in new:
        told = new.pop(importance)
        new["importance"] = told.upper() if isinstance(told, str) else told
    if new.get("preprocessor") == "none":
        new["preprocessor"] = ""
    return new


def _object(request: dict[str, Any], name: str) -> dict[str, Any]:
    value = request.get(name, {})
    if not isinstance(value, dict) or len(value) > MAX_ENTRIES:
        raise NotAsAnnotated(name)
    return value


def _list(request: dict[str, Any], name: str) -> list[Any]:
    value = request.get(name, [])
    if not isinstance(value, list):
        raise NotAsAnnotated(name)
    return value
