# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One frozen tree that is the whole request, in no dialect's words.

The interface builds it, the dialect encodes it, the job carries it, the picture remembers it. Names are
unique across its sections, so that `of` and `changed` take them flat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from . import bounds, parameters
from .parameters import A1111, DRAW_THINGS, ParameterRow, parameter
from .sections import Images, Mask, Models, Sampling, Upscaling

Operation = Literal["txt2img", "img2img", "extras", "maps", "seamless"]
ControlImportance = Literal["BALANCED", "PROMPT", "CONTROL"]
ControlResize = Literal["STRETCH", "CROP", "FILL"]
JsonScalar = str | int | float | bool | None
ScriptValue = JsonScalar | tuple[JsonScalar, ...]


@dataclass(frozen=True)
class Lora:
    """One LoRA."""

    file: str
    """File name as in the models folder, such as `x_lora_f16.ckpt`, or as the server lists it; no folder."""
    weight: float = 1.0
    """Not range-checked by servers; usual values lie between -2 and 2."""
    mode: Literal["all", "base", "refiner"] = "all"
    """Which model it acts on; A1111 knows only all."""


@dataclass(frozen=True)
class Control:
    """One ControlNet, whose hint the server derives from the picture that is sent, or which brings its own.

    Draw Things takes those whose hint it derives, A1111 those that bring a picture.
    """

    model: str
    """Its file in Draw Things; a name of the list of A1111's ControlNet extension, with its hash."""
    weight: float = 1.0
    """A1111 takes 0 to 2."""
    guidance_start: float = 0.0
    guidance_end: float = 1.0
    """Parts of the steps, 0 to 1."""
    importance: ControlImportance = "BALANCED"
    """Whether the prompt or the control counts more."""
    preprocessor: str = ""
    """What the server makes of the picture: depth, canny, softedge …; empty: nothing of a map that is
    brought, and what the file is for of a hint that is derived."""
    source: str = ""
    """What the picture that it brings is, such as DEPTH or NORMAL, so that it can be made again; not sent."""
    image: bytes = field(default=b"", repr=False)
    """That picture: PNG or JPEG bytes of any size. Empty in img2img: the picture that is sent."""
    no_prompt: bool = False
    """The control alone guides. This and the next three are Draw Things'."""
    global_average_pooling: bool = True
    down_sampling_rate: float = 1.0
    target_blocks: tuple[str, ...] = ()
    """The model's blocks that it acts on; empty: all."""
    resize_mode: ControlResize = "STRETCH"
    """How a picture of another size is fitted. This and the next are A1111's."""
    pixel_perfect: bool = False
    """Whether the preprocessor works at the picture's own size; without effect on a ready map."""

    @property
    def brings_picture(self) -> bool:
        """Whether its hint is a picture of its own, be it not made yet."""
        return bool(self.source or self.image)


@dataclass(frozen=True)
class Script:
    """One of A1111's selectable scripts."""

    name: str
    """The title as `/scripts` or `/script-info` tells it; letter case does not matter to the server."""
    args: tuple[ScriptValue, ...] = ()
    """All of its arguments, in the order of `/script-info`: the server completes none."""


@dataclass(frozen=True)
class Option:
    """Any other setting of a server, for this one picture: one without a field here."""

    dialect: str
    """Whose name it is: the dialect's identifier, such as DRAW_THINGS. Others pass over it."""
    name: str
    """In Draw Things one of its key table, by its first spelling, checked like the fields; in A1111 an
    option of the server, where an unknown name fails the request."""
    value: JsonScalar


@dataclass(frozen=True)
class Conditioning:
    """What guides the picture by words."""

    prompt: str = parameter(
        "",
        label="Prompt",
        description="What the picture shows",
        keys={DRAW_THINGS: "prompt", A1111: "prompt"},
        max_bytes=4 * bounds.MAX_PROMPT,
        optional=False,
    )
    negative_prompt: str = parameter(
        "",
        label="Negative Prompt",
        description="What the picture must not show. Some models ignore it",
        keys={DRAW_THINGS: "negative_prompt", A1111: "negative_prompt"},
        max_bytes=4 * bounds.MAX_PROMPT,
        optional=False,
    )
    styles: tuple[str, ...] = ()
    """Names of the server's prompt styles."""
    loras: tuple[Lora, ...] = ()
    clip_skip: int = parameter(
        1,
        label="CLIP Skip",
        description="Last layers of the text encoder to leave out",
        keys={DRAW_THINGS: "clip_skip", A1111: "override_settings.CLIP_stop_at_last_layers"},
        minimum=1,
        maximum=23,
        panel="SAMPLING",
        order=10,
        what="a CLIP skip",
        infotext="Clip skip",
    )
    """A1111 takes 12 at most."""


@dataclass(frozen=True)
class GenerationRequest:
    """One picture to make. N pictures are N requests with seeds seed, seed + 1, …

    Each dialect sends the fields that its server knows and passes over the others: `compatibility` tells
    which these are.
    """

    operation: Operation = "txt2img"
    """`extras`, which is no generation, stands in recipes only."""
    conditioning: Conditioning = Conditioning()
    models: Models = Models()
    sampling: Sampling = Sampling()
    images: Images = Images()
    mask: Mask = Mask()
    controls: tuple[Control, ...] = ()
    upscaling: Upscaling = Upscaling()
    options: tuple[Option, ...] = ()
    script: Script | None = None

    @classmethod
    def of(cls, **values: Any) -> GenerationRequest:
        """A request with these values by their own names, whatever section they are in."""
        return cls().changed(**values)

    def changed(self, **values: Any) -> GenerationRequest:
        """The same with these values: of a section by their own names (`steps=30`), or a whole one
        (`mask=Mask(…)`). Raises TypeError for a name that there is not."""
        whole: dict[str, Any] = {}
        parts: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            section = _SECTIONS.get(name)
            if section is None:
                whole[name] = value
            else:
                parts.setdefault(section, {})[name] = value
        for section, part in parts.items():
            whole[section] = _put(whole.get(section, getattr(self, section)), part)
        request: GenerationRequest = _put(self, whole)
        return request

    def with_rows(self, values: Mapping[ParameterRow, Any]) -> GenerationRequest:
        """The same with these values of rows."""
        tree: dict[str, Any] = {}
        for row, value in values.items():
            part = tree
            for step in row.way:
                part = part.setdefault(step, {})
            part[row.name] = value
        request: GenerationRequest = _put(self, tree)
        return request

    def filled(self, dialect: str) -> GenerationRequest:
        """The same with the names that it leaves open, as far as the dialect must be told: with its factory
        values."""
        open_names = {
            row: row.parameter.factory[dialect]
            for row in _FILLED
            if dialect in row.parameter.factory and not str(row.of(self)).strip()
        }
        return self.with_rows(open_names) if open_names else self

    @property
    def derived_controls(self) -> tuple[Control, ...]:
        """Those whose hint the server derives from the picture that is sent."""
        return tuple(control for control in self.controls if not control.brings_picture)

    @property
    def map_controls(self) -> tuple[Control, ...]:
        """Those that bring a picture."""
        return tuple(control for control in self.controls if control.brings_picture)

    def options_of(self, dialect: str) -> tuple[tuple[str, JsonScalar], ...]:
        """Names and values of one dialect's options, in their order."""
        return tuple((option.name, option.value) for option in self.options if option.dialect == dialect)

    def with_options(self, dialect: str, values: Iterable[tuple[str, JsonScalar]]) -> GenerationRequest:
        """The same with these options of the dialect instead of its present ones; others' stay."""
        others = tuple(option for option in self.options if option.dialect != dialect)
        return replace(self, options=others + dialect_options(dialect, values))


def dialect_options(dialect: str, values: Iterable[tuple[str, JsonScalar]]) -> tuple[Option, ...]:
    """Names and values as options of one dialect."""
    return tuple(Option(dialect, name, value) for name, value in values)


def _put(owner: Any, tree: Mapping[str, Any]) -> Any:
    # As `replace` does, which takes thrice the time: panels ask for requests whenever they are drawn.
    values = dict(vars(owner))
    for name, part in tree.items():
        values[name] = _put(values[name], part) if isinstance(part, dict) else part
    return owner.__class__(**values)


#: The table: every parameter, in the order of the sections.
ROWS: tuple[ParameterRow, ...] = tuple(parameters.rows(GenerationRequest))
ROWS_BY_PATH: Mapping[str, ParameterRow] = {row.path: row for row in ROWS}

#: Those that a dialect must be told where they are empty.
_FILLED = tuple(row for row in ROWS if row.parameter.factory)

#: The section of each name that `changed` takes flat.
_SECTIONS = {
    part.name: section
    for section, kind in (
        ("conditioning", Conditioning),
        ("models", Models),
        ("sampling", Sampling),
        ("images", Images),
        ("upscaling", Upscaling),
    )
    for part in dataclasses.fields(kind)
}
