# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is registered, in order; the way out mirrors the way in."""

from __future__ import annotations

import contextlib

from . import (
    cli,
    operators,
    preferences,
    properties,
    ui,
)
from .blender import compare, gpu_memory, painting
from .blender.actions import training
from .blender.capture import last_render, rendered_from
from .blender.delivery import applications, editors, provenance
from .blender.session import lifecycle

_MODULES = (
    properties,
    preferences,
    operators,
    ui,
    editors,
    provenance,
    applications,
    lifecycle,
    gpu_memory,
    last_render,
    rendered_from,
    compare,
    painting,
    training,
    cli,
)


def register() -> None:
    """Register everything or nothing: a failure undoes what was done and is raised."""
    with contextlib.ExitStack() as undo:
        for module in _MODULES:
            module.register()
            undo.callback(module.unregister)
        undo.pop_all()


def unregister() -> None:
    """Take everything out again, last in first out."""
    for module in reversed(_MODULES):
        module.unregister()
