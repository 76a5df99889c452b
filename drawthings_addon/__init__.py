# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things Bridge: prompts, viewports, renders and textures through an image model, inside Blender.

`bpy` is imported only when Blender registers the extension, so that `client`, `imaging` and `jobs` can
be used and tested without it.
"""


def register() -> None:
    """Called by Blender when the extension is enabled. Contacts nobody."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and when Blender quits."""
    from . import registration

    registration.unregister()
