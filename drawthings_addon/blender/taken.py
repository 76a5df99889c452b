# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture or a recipe of somebody else brought into the panel, and what it did not, in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy

from ..client import bounds
from ..client.request import GenerationRequest
from ..jobs.metadata import server_options_in_words
from ..messages import Message
from .session import session

#: Characters of a file's or an image's name.
_SHOWN_NAME = 60
#: Told by the seed.
_NOT_TOLD = frozenset({"rna_type", "name", "use_random_seed"})


def named(name: str) -> str:
    """A file or an image as the source of settings."""
    return f"“{bounds.one_line(name, _SHOWN_NAME)}”"


@contextlib.contextmanager
def told(
    settings: bpy.types.PropertyGroup,
    source: str,
    made: GenerationRequest,
    *,
    withheld: bool = False,
    how: str = "",
) -> Iterator[None]:
    """What the block changes in the panel is told there, and that the server's options and the script of
    `made` were `withheld`, with `how` they are taken. `source` is a name in quotes, or a word."""
    before = dict(_values(settings))
    yield
    changed = [label for label, value in _values(settings) if before[label] != value]
    sentence = (
        Message("Taken from {source}: {changed}.", source=source, changed=", ".join(changed))
        if changed
        else Message("From {source} nothing is new.", source=source)
    )
    options = server_options_in_words(made) if withheld else ""
    if options:
        session.get().tell(
            Message("{sentence} Not taken: {options}.", sentence=sentence, options=options),
            Message("To take these, too, {how}.", how=how),
        )
    else:
        session.get().tell(sentence)


def _values(group: bpy.types.PropertyGroup) -> Iterator[tuple[str, Any]]:
    """Each setting by its label, with all that is in it."""
    for each in group.bl_rna.properties:
        if each.identifier not in _NOT_TOLD and not each.identifier.endswith("_index"):
            yield each.name, _value(getattr(group, each.identifier))


def _value(value: Any) -> Any:
    if isinstance(value, bpy.types.PropertyGroup):
        return (value.name, *(part for _label, part in _values(value)))
    if isinstance(value, bpy.types.bpy_prop_collection):
        return tuple(map(_value, value))
    return value
