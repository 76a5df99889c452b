# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A1111's answers as frozen types. Never raises for a value: what is not of its type is left out.

Entries of a list that cannot be named in a request are left out whole: those without a name, with one that
is longer than any, and with names that no text of Blender's can hold. Names are otherwise the server's own,
spaces and all, and each is listed once. All other texts are cut (bounds.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ...errors import PictureInvalid
from ...imaging import formats
from .. import bounds, checks
from ..catalogue import ScriptArgument
from ..http.untrusted_json import JSON, as_str, base64_bytes
from ..progress import Progress
from .ticket import Running
from .types import (
    Embedding,
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    LoraFile,
    Memory,
    Model,
    PngInfo,
    PromptStyle,
    RealEsrganModel,
    Sampler,
    Scheduler,
    ScriptInfo,
    ScriptNames,
    Upscaler,
    Vae,
)

_Item = TypeVar("_Item")
_TAG = re.compile(r"<[^<>]*>")
#: A preview of more pixels than this is not one.
_MAX_PREVIEW_SIDE = 8192
#: The job's names: while a script of the Extras tab works it has that one's (WebUI 1.10.1).
_ENLARGING = frozenset({"extras", "Upscale", "Simple Upscale", "GFPGAN", "CodeFormer"})
_NOTHING: Mapping[str, JSON] = {}


class Record:
    """One JSON object whose values may be of any type."""

    def __init__(self, value: JSON | Mapping[str, JSON]) -> None:
        self.values: Mapping[str, JSON] = value if isinstance(value, Mapping) else _NOTHING

    def text(self, name: str) -> str:
        """Cut to what a prompt may have; empty when it is not text, or text that no file can hold."""
        return as_text(self.values.get(name))

    def name(self, name: str) -> str:
        """Empty when it is not text that can be a name."""
        return as_name(self.values.get(name))

    def number(self, name: str) -> float | None:
        return as_number(self.values.get(name))

    def integer(self, name: str) -> int | None:
        value = as_number(self.values.get(name))
        return None if value is None else int(value)

    def flag(self, name: str) -> bool:
        return self.values.get(name) is True

    def record(self, name: str) -> Record:
        return Record(self.values.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        return as_names(self.values.get(name))


def as_text(value: JSON, limit: int = bounds.MAX_PROMPT) -> str:
    text = as_str(value, limit)
    return "" if checks.SURROGATE.search(text) or "\0" in text else text


def as_name(value: JSON) -> str:
    """Whole or not at all."""
    return as_text(value) if isinstance(value, str) and bounds.is_name(value) else ""


def as_number(value: JSON) -> float | None:
    """A finite number; whole numbers come as 1.0, and some as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e18 and math.isfinite(value) else None


def as_names(value: JSON) -> tuple[str, ...]:
    """The names of a list, each once, without empty ones."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(bounds.entries(map(as_name, value))))


def items(
    value: JSON,
    read: Callable[[Record], _Item],
    name: Callable[[_Item], str],
    key: Callable[[_Item], object] | None = None,
) -> tuple[_Item, ...]:
    """The entries of a list that have a name, each once by its name or its `key`."""
    if not isinstance(value, list):
        return ()
    found: dict[object, _Item] = {}
    for each in value:
        if isinstance(each, dict):
            item = read(Record(each))
            if bounds.is_name(name(item)):
                found.setdefault((key or name)(item), item)
        if len(found) >= bounds.MAX_ENTRIES:
            break
    return tuple(found.values())


def progress(value: JSON) -> Progress:
    record = Record(value)
    state = record.record("state")
    eta = record.number("eta_relative")
    told = Progress(
        fraction=min(max(record.number("progress") or 0.0, 0.0), 1.0),
        eta_seconds=eta if eta is not None and eta > 0 else None,
        step=max(state.integer("sampling_step") or 0, 0),
        steps=max(state.integer("sampling_steps") or 0, 0),
        job_no=_done(state),
        job_count=state.integer("job_count") or 0,
        preview=_preview(record.values.get("current_image")),
        interrupted=state.flag("interrupted"),
        skipped=state.flag("skipped"),
        text=bounds.one_line(plain_text(record.text("textinfo"))),
    )
    if state.text("job") not in _ENLARGING or told.job_count <= 0:
        return told
    # The rest is reckoned from what the server counts, and its steps are a picture's before.
    fraction = min(told.job_no / told.job_count, 1.0)
    return replace(told, fraction=fraction, eta_seconds=None, step=0, steps=0)


def running(value: JSON) -> Running:
    """Whose job it may be, of the same answer as `progress`."""
    record = Record(value)
    state = record.record("state")
    return Running(
        timestamp=bounds.one_line(state.text("job_timestamp")),
        job_count=state.integer("job_count") or 0,
        job=bounds.one_line(state.text("job")),
        text=bounds.one_line(plain_text(record.text("textinfo"))),
    )


def _done(state: Record) -> int:
    """How many pictures of the job are done. Where some are enlarged the server counts the one that it is at,
    too (modules/postprocessing.py of WebUI 1.10.1)."""
    number = state.integer("job_no") or 0
    return max(number - 1 if state.text("job") in _ENLARGING else number, 0)


def _preview(value: JSON) -> bytes | None:
    try:
        data = base64_bytes(value)
        width, height = formats.size(data)
    except (ValueError, PictureInvalid):
        return None
    return data if 0 < max(width, height) <= _MAX_PREVIEW_SIDE else None


def plain_text(markup: str) -> str:
    """HTML without its tags, on one line."""
    return " ".join(bounds.unescaped(_TAG.sub(" ", markup[: bounds.MAX_PROMPT])).split())


def samplers(value: JSON) -> tuple[Sampler, ...]:
    return items(
        value,
        lambda r: Sampler(
            r.name("name"),
            r.texts("aliases"),
            {
                name: as_text(text, bounds.MAX_WORDS)
                for name, text in r.record("options").values.items()
                if isinstance(text, str) and bounds.is_name(name)
            },
        ),
        lambda s: s.name,
    )


def schedulers(value: JSON) -> tuple[Scheduler, ...]:
    return items(
        value, lambda r: Scheduler(r.name("name"), r.name("label"), r.texts("aliases")), lambda s: s.name
    )


def upscalers(value: JSON) -> tuple[Upscaler, ...]:
    return items(
        value,
        lambda r: Upscaler(r.name("name"), r.text("model_name"), r.text("model_path"), r.number("scale")),
        lambda u: u.name,
    )


def names(value: JSON) -> tuple[str, ...]:
    """The names of `[{"name": …}]`."""
    return items(value, lambda r: r.name("name"), lambda name: name)


def models(value: JSON) -> tuple[Model, ...]:
    def read(record: Record) -> Model:
        name = record.name("model_name")
        # Small servers tell only one of the two.
        return Model(
            record.name("title") or name,
            name,
            record.text("hash"),
            record.text("sha256"),
            record.text("filename"),
            record.text("config"),
        )

    return items(value, read, lambda m: m.title)


def vaes(value: JSON) -> tuple[Vae, ...]:
    return items(value, lambda r: Vae(r.name("model_name"), r.text("filename")), lambda v: v.name)


def hypernetworks(value: JSON) -> tuple[Hypernetwork, ...]:
    return items(value, lambda r: Hypernetwork(r.name("name"), r.text("path")), lambda h: h.name)


def face_restorers(value: JSON) -> tuple[FaceRestorer, ...]:
    return items(value, lambda r: FaceRestorer(r.name("name"), r.text("cmd_dir")), lambda f: f.name)


def realesrgan_models(value: JSON) -> tuple[RealEsrganModel, ...]:
    return items(
        value, lambda r: RealEsrganModel(r.name("name"), r.text("path"), r.number("scale")), lambda m: m.name
    )


def prompt_styles(value: JSON) -> tuple[PromptStyle, ...]:
    return items(
        value,
        lambda r: PromptStyle(r.name("name"), r.text("prompt"), r.text("negative_prompt")),
        lambda s: s.name,
    )


def embeddings(value: JSON) -> Embeddings:
    record = Record(value)
    return Embeddings(_embeddings(record.record("loaded")), _embeddings(record.record("skipped")))


def _embeddings(record: Record) -> tuple[Embedding, ...]:
    found: list[Embedding] = []
    for name, value in record.values.items():
        if len(found) >= bounds.MAX_ENTRIES:
            break
        if as_name(name):
            told = Record(value)
            found.append(
                Embedding(
                    name,
                    told.integer("vectors"),
                    told.integer("shape"),
                    told.integer("step"),
                    told.text("sd_checkpoint_name"),
                )
            )
    return tuple(found)


def loras(value: JSON) -> tuple[LoraFile, ...]:
    return items(
        value, lambda r: LoraFile(r.name("name"), r.name("alias"), r.text("path")), lambda lora: lora.name
    )


def memory(value: JSON) -> Memory:
    ram, cuda = Record(value).record("ram"), Record(value).record("cuda")
    video = cuda.record("system")
    return Memory(
        ram_free=ram.integer("free"),
        ram_used=ram.integer("used"),
        ram_total=ram.integer("total"),
        vram_free=video.integer("free"),
        vram_used=video.integer("used"),
        vram_total=video.integer("total"),
        out_of_memory_errors=cuda.record("events").integer("oom"),
    )


def extensions(value: JSON) -> tuple[Extension, ...]:
    return items(
        value,
        lambda r: Extension(
            r.name("name"),
            r.text("remote"),
            r.text("branch"),
            r.text("commit_hash"),
            r.text("version"),
            _date(r.values.get("commit_date")),
            r.values.get("enabled") is not False,
        ),
        lambda e: e.name,
    )


def _date(value: JSON) -> str:
    number = as_number(value)
    return as_text(value) if number is None else str(int(number))


def script_names(value: JSON) -> ScriptNames:
    record = Record(value)
    return ScriptNames(record.texts("txt2img"), record.texts("img2img"))


def script_info(value: JSON) -> tuple[ScriptInfo, ...]:
    """A script of both operations is listed twice, so its name alone does not tell it apart. One with more
    arguments than any has is left out: they are given by their places, so none can be missing."""

    def read(record: Record) -> ScriptInfo:
        told = record.values.get("args")
        is_usable = not isinstance(told, list) or len(told) <= bounds.MAX_ARGUMENTS
        return ScriptInfo(
            record.name("name") if is_usable else "",
            record.flag("is_alwayson"),
            record.flag("is_img2img"),
            _arguments(told) if is_usable else (),
        )

    return items(value, read, lambda s: s.name, lambda s: (s.name, s.is_always_on, s.is_img2img))


def _arguments(value: JSON) -> tuple[ScriptArgument, ...]:
    """All of them, also those that are no objects: a request gives them by their places."""
    return tuple(
        ScriptArgument(
            label=bounds.one_line((record := Record(each)).text("label"), bounds.MAX_NAME),
            value=_default(record.values.get("value")),
            minimum=record.number("minimum"),
            maximum=record.number("maximum"),
            step=record.number("step"),
            choices=tuple(places := _places(record.values.get("choices"))),
            places=tuple(places.values()),
        )
        for each in (value if isinstance(value, list) else ())
    )


def _places(value: JSON) -> dict[str, int]:
    """Choices with their places among all of them: a script may want a choice by its place."""
    found: dict[str, int] = {}
    for place, each in enumerate(value if isinstance(value, list) else ()):
        if len(found) >= bounds.MAX_ENTRIES:
            break
        if name := as_name(each):
            found.setdefault(name, place)
    return found


def _default(value: JSON) -> JSON:
    """A script's own value for an argument; null for one that no field can show."""
    try:
        text = json.dumps(value)
    except (TypeError, RecursionError):
        # It holds a picture, or something as long, that was not unpacked (untrusted_json.LongText).
        return None
    # NUL stands where that lay too deep, and is in no text that Blender holds.
    return value if len(text) <= bounds.MAX_PROMPT and "\\u0000" not in text else None


def png_info(value: JSON) -> PngInfo:
    record = Record(value)
    text = as_text(record.values.get("info"), bounds.MAX_METADATA)
    parameters = {
        name: as_text(each) if isinstance(each, str) else str(each)
        for name, each in record.record("parameters").values.items()
        if isinstance(each, (str, int, float))
    }
    return PngInfo(text, record.record("items").values, parameters if text.strip() else {})
