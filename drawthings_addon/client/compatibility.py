# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on the connected server: which setting, and a whole sentence about it.

A .blend that was made against one server opens against another: what still fits is sent, and this tells of
the rest. Names are looked for only in lists that are known; an empty list is one that nobody has told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..messages import Message
from . import bounds
from .catalogue import Choice
from .parameters import ADVANCED, SERVER_OPTIONS
from .request import ROWS, GenerationRequest

_MAX_NAMES = 5
#: Characters of a name in a sentence.
_MAX_SHOWN = 80


#: What can be set beside the plain numbers, by the path of its property from `Scene.drawthings`, or by a word
#: for several: what is told to be left out, and can be cleared.
Setting = str
_SEVERAL: Mapping[Setting, tuple[str, Callable[[GenerationRequest], bool]]] = {
    "hires": ("a hires fix with a scale", lambda request: request.upscaling.hires_fix.enlarges),
    "loras": ("LoRAs", lambda request: bool(request.conditioning.loras)),
    "lora_modes": (
        "a mode of a LoRA",
        lambda request: any(lora.mode != "all" for lora in request.conditioning.loras),
    ),
    "controls": ("controls that derive their hint", lambda request: bool(request.derived_controls)),
    "styles": ("styles", lambda request: bool(request.conditioning.styles)),
    "scene_controls": ("maps of the scene", lambda request: bool(request.map_controls)),
    "mask": ("a mask", lambda request: bool(request.mask.image)),
    "script": ("scripts", lambda request: request.script is not None),
    "server_options": ("server settings", lambda request: bool(request.options_of(SERVER_OPTIONS))),
    "advanced": ("advanced settings", lambda request: bool(request.options_of(ADVANCED))),
}
_OPTIONAL = tuple(row for row in ROWS if row.parameter.optional)
SETTINGS: tuple[Setting, ...] = (
    "model", "sampler", *(row.setting for row in _OPTIONAL), *_SEVERAL, "seamless", "maps", "use_free_gpu",
)  # fmt: skip


def rows_of(dialect: str) -> frozenset[Setting]:
    """The settings of rows that the dialect has a key for, of those that it might be without."""
    return frozenset(row.setting for row in _OPTIONAL if row.key(dialect) is not None)


@dataclass(frozen=True)
class Incompatibility:
    """One setting that has no effect, or another one than it says."""

    setting: Setting | None
    """None: it is the server that cannot, whatever is set."""
    sentence: str
    is_sent: bool = True
    """False: it does not reach the server, which knows nothing of it."""
    left_out: str = ""
    """What it is called among others that are not sent; empty where the sentence tells more."""
    name: str = ""
    """Of a list the entry: the style's name, the LoRA's file, the map's kind. Empty: all of it."""


def left_out(server: str, request: GenerationRequest, taken: Iterable[Setting]) -> Iterator[Incompatibility]:
    """What `request` holds besides what is `taken`; `server` is the sentence's subject."""
    known = frozenset(taken)
    held = [
        (row.setting, row.parameter.what or row.parameter.label)
        for row in _OPTIONAL
        if row.setting not in known and row.is_set(row.of(request))
    ]
    held += [
        (setting, what)
        for setting, (what, is_set) in _SEVERAL.items()
        if setting not in known and is_set(request)
    ]
    for setting, what in held:
        yield Incompatibility(
            setting,
            Message("{server} does not know {what}: left out.", server=server, what=what),
            is_sent=False,
            left_out=what,
        )


def unknown(setting: Setting, kind: str, name: str, entry: str = "") -> Incompatibility:
    """A name that is in no list of the server."""
    return Incompatibility(
        setting,
        Message("This server does not list the {kind} “{name}”.", kind=kind, name=shown(name)),
        name=entry,
    )


def while_off(label: str) -> str:
    """Why a setting has no effect: the one called `label`, which it is a part of, is off."""
    return Message("It has no effect while {parameter} is off.", parameter=label)


def shown(name: str) -> str:
    """A name in a sentence."""
    return bounds.one_line(name, _MAX_SHOWN)


def enumerated(names: Iterable[str]) -> str:
    """“A, B and C”; of many the first."""
    several = list(names)
    if len(several) > _MAX_NAMES:
        several = [*several[:_MAX_NAMES], Message("{more} more", more=len(several) - _MAX_NAMES)]
    return " and ".join(filter(None, [", ".join(several[:-1]), several[-1]]))


def names(choices: Sequence[Choice]) -> tuple[str, ...]:
    """What is sent of a list's entries."""
    return tuple(choice.value for choice in choices)
