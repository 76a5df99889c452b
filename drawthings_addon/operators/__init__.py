# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin: read properties, call a function of `blender/`, report."""

from . import (
    generate,
    in_force,
    jobs,
    lists,
    picture,
    results,
    server,
    targets,
    training,
)

_MODULES = (generate, targets, jobs, results, lists, in_force, server, picture, training)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
