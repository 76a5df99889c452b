# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw only: every number and text comes from memory, nothing is asked, read or decoded here.

panels    the "Draw Things" tab of the 3D View, Image Editor and Shader Editor
prompt    the prompt, the negative prompt, and the prompts that were pressed before
actions   the tall buttons of each editor
amounts   strength, number, size and seed, beside the buttons
display   the one place where pictures are seen: live preview, selected result, what went wrong
running   how far a job is; what waits, failed or is told, a line each
history   every picture that was made: a section of a sidebar, and the parts of the browser
history_browser  the large one, in a dialog
results   what can be done with the selected result, and the others as pictures that are buttons
grid      pictures that differ in two settings, in rows and columns
variations  the pictures of one press beside one another: a strip, a grid
layers    things that lie on one another, such as a picture on a button
greeting  until the first picture ever: what to do, ticked as it is done
connecting  how to connect, in the words of the app
recipe    how a picture was made
settings_sections  the folded panels: Settings and what lies inside it
parameters  the settings that have a row in the table, as Settings and Sampling draw them
places    where a press brings its picture, and what stands in the way
effects   settings that have no effect as things are
hindrance why all buttons are grey, and what mends it
in_force  what acts from folded panels or was set for another server, and clearing it
popovers  what concerns one action, behind the arrow beside its button
server    the server's dot, its panel, its page in the preferences
abilities  what the server can do, in an artist's words
picture   the open picture: upscale, describe, settings from a file
refine    the open picture larger than the model
maps      the maps of a material, made of the open picture or of the texture
canvas    the open picture made to repeat, shown repeated, made larger
training  teaching a style
versions  what was in a place before: shown, restored, removed
models    the model, the settings that are recommended for it, and the list to choose from
inpaint   Only Here: the mask, and how it is used
lists     LoRAs, controls, advanced parameters
menus     entries where people look for them
words     how numbers and texts are written for the artist
"""

from . import (
    amounts,
    canvas,
    grid,
    in_force,
    inpaint,
    lists,
    maps,
    menus,
    models,
    panels,
    picture,
    popovers,
    prompt,
    refine,
    server,
    training,
    versions,
)

_MODULES = (
    server,
    lists,
    models,
    prompt,
    amounts,
    grid,
    in_force,
    inpaint,
    popovers,
    panels,
    versions,
    picture,
    canvas,
    refine,
    training,
    maps,
    menus,
)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
