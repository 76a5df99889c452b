# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things Bridge: prompts, viewports, renders and textures through an image model, inside Blender.

`bpy` is imported only when Blender registers the extension, so that `client`, `imaging` and `jobs` can
be used and tested without it. Each room knows those above it alone:

    messages      sentences for the artist, each a template and its values
    errors        everything that can go wrong, in words for the artist
    imaging       pictures as numpy arrays
    client        speaks to one server
    jobs          what runs while the artist works
    blender       the only place that touches `bpy.data`
    properties    what is saved
    ui            draws, and nothing else
    operators     what buttons do
    preferences   which server, how long to wait, where pictures go
    cli           blender --command drawthings
    registration  what is registered, in order
"""


def register() -> None:
    """Called by Blender when the extension is enabled. Contacts nobody."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and when Blender quits."""
    from . import registration

    registration.unregister()
