# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved: settings on the scene, a recipe on each result, interface state on the window manager.

scene           `Scene.drawthings`: what the panel shows
groups          its groups that not every server knows
inpaint         its group for changing a part of a picture
picture         its groups for pictures that are there, and for teaching a style
canvas          its groups for pictures that repeat, and for larger ones
maps            its group for the maps of a material
refine          its group for pictures larger than the model
grid            its group for the two sides of a grid
rows            properties made of the table of parameters
updates         what Blender calls after a change of one of them
image           `Image.drawthings`: how a picture was made
history         its list of what a search of the history found
models          one model of its list
window_manager  `WindowManager.drawthings`: what the interface remembers while Blender is open
history_search  of these, what the artist looks for in the history
"""

from . import history, image, scene, window_manager

_MODULES = (scene, image, history, window_manager)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
