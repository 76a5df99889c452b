# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One frozen tree that is the whole request, in no dialect's words.

The interface builds it, the dialect encodes it, the job carries it, the picture remembers it. Names are
unique across its sections, so that `of` and `changed` take them flat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Operation = Literal["txt2img", "img2img", "extras"]
InpaintArea = Literal["WHOLE", "MASKED"]
InpaintFill = Literal["FILL", "ORIGINAL", "LATENT_NOISE", "LATENT_NOTHING"]
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
class HiresFix:
    """Two passes, against doubled motifs: a small picture first, which is enlarged and worked over.

    Both kinds can be asked for at once, as it may not be known which server will do it: each takes its own.
    """

    keeps_size: bool = False
    """Draw Things: the request's size is the second pass's. What follows below is not of this kind; it has
    options of its own."""
    enlarges: bool = False
    """A1111, txt2img only: the request's size is the first pass's."""
    scale: float = 2.0
    """1 to 4 times the request's width and height."""
    upscaler: str = ""
    """A name of the server's upscalers or latent modes; empty is its own default, Latent."""
    steps: int = 0
    """0: as many as the first pass."""
    strength: float = 0.7
    """Denoising strength of the second pass, 0 to 1."""


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

    prompt: str = ""
    negative_prompt: str = ""
    styles: tuple[str, ...] = ()
    """Names of the server's prompt styles."""
    loras: tuple[Lora, ...] = ()
    clip_skip: int = 1


@dataclass(frozen=True)
class Models:
    """What makes the picture."""

    model: str = ""
    """File or display name, or a name of A1111's model list; empty means as set in the server, and the key is
    not sent."""
    refiner_model: str = ""
    """Empty: none."""
    refiner_start: float = 0.85
    vae: str = ""
    """A name of the server's list, `Automatic` or `None`; empty means as set in the server."""


@dataclass(frozen=True)
class Sampling:
    """How noise becomes a picture."""

    sampler: str = "UniPC Trailing"
    scheduler: str = ""
    """Name or label; empty is Automatic."""
    steps: int = 20
    guidance_scale: float = 4.5
    guidance_embed: float = 3.5
    speed_up_with_guidance_embed: bool = True
    """Whether models with an embedded guidance do without the negative prompt, in half the time."""
    strength: float = 0.6
    """img2img's denoising strength, 0 (nothing changes) to 1; txt2img always sends 1."""
    seed: int = 0
    """0 to 4294967295, always chosen here: the answer does not tell it."""
    seed_mode: str = "Scale Alike"
    shift: float = 1.0
    resolution_dependent_shift: bool = True
    """Whether the app computes the shift from the size, with the models for which it can."""
    tiling: bool = False
    """Whether the picture's edges meet when it is repeated."""


@dataclass(frozen=True)
class Images:
    """The picture's size, and what it starts from."""

    width: int = 1024
    """Pixels, a multiple of 64 from 128 to 8192; A1111 takes multiples of 8 from 64."""
    height: int = 1024
    init_image: bytes = field(default=b"", repr=False)
    """img2img's picture: PNG or JPEG bytes, 8-bit sRGB without alpha, exactly width × height."""


@dataclass(frozen=True)
class Mask:
    """What of img2img's picture is painted anew."""

    image: bytes = field(default=b"", repr=False)
    """PNG bytes without alpha, exactly width × height; white is painted anew. Empty: all of it."""
    blur: int = 4
    """Pixels, 0 to 64. At 0 what is not masked comes back exactly as it was sent."""
    area: InpaintArea = "WHOLE"
    """MASKED: the masked region alone is worked on, at the request's full size."""
    padding: int = 32
    """Pixels around the masked region that MASKED takes in, 0 to 256."""
    fill: InpaintFill = "ORIGINAL"
    """What the masked region starts from."""


@dataclass(frozen=True)
class Upscaling:
    """What is done beyond the first pass."""

    upscaler: str = ""
    """File name of what enlarges the picture at the end; empty switches it off."""
    restore_faces: bool = False
    hires_fix: HiresFix = HiresFix()


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
            whole[section] = replace(whole.get(section, getattr(self, section)), **part)
        return replace(self, **whole)

    def flat(self) -> dict[str, Any]:
        """The sections' values by their own names."""
        return {name: getattr(getattr(self, section), name) for name, section in _SECTIONS.items()}

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
