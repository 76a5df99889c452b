# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blender's application handlers, added and removed in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import bpy

#: The name of one of `bpy.app.handlers`' lists, and what is called.
Named = tuple[str, Callable[..., None]]


def add(named: Iterable[Named]) -> None:
    """Have Blender call them from now on."""
    for name, handler in named:
        getattr(bpy.app.handlers, name).append(handler)


def remove(named: Iterable[Named]) -> None:
    """Have Blender call them no longer; those that it forgot already are passed over."""
    for name, handler in named:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
