# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings put back whatever happens, or taken over as a whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import bpy


@contextlib.contextmanager
def preserved(owner: bpy.types.bpy_struct, *names: str) -> Iterator[None]:
    """Put the named properties of `owner` back on the way out; all writable ones when none is named.

    Values are put back in the order of their definition and only where they differ: setting a file
    format, for one, changes which colour depths exist.
    """
    before = {name: getattr(owner, name) for name in names or _writable(owner)}
    try:
        yield
    finally:
        # Twice: a value may be refused until one that comes later in the definition is back.
        for _ in range(2):
            for name, value in before.items():
                _put_back(owner, name, value)


def take_over(owner: bpy.types.bpy_struct, other: bpy.types.bpy_struct) -> None:
    """Set the plain properties of `owner`, which is new, to those of `other`, which is of the same type."""
    for name in _writable(owner):
        # Left alone is what nobody set: a default that this build of Blender lacks cannot even be read.
        if other.is_property_set(name):
            _put_back(owner, name, getattr(other, name))


def _writable(owner: bpy.types.bpy_struct) -> list[str]:
    return [
        each.identifier
        for each in owner.bl_rna.properties
        if not each.is_readonly and each.type not in {'POINTER', 'COLLECTION'}
    ]


def _put_back(owner: bpy.types.bpy_struct, name: str, value: Any) -> None:
    if getattr(owner, name) != value:
        with contextlib.suppress(TypeError):
            setattr(owner, name, value)
