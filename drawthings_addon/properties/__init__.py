# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved: settings on the scene, a recipe on each result, interface state on the window manager."""

from . import image, scene, window_manager

_MODULES = (scene, image, window_manager)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
