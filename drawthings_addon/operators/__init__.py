# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin: read properties, call a function of `blender/`, report.

generate   new pictures, and others restyled
picture    what can be done with a picture that is there: upscale, describe, read its settings
canvas     a picture's canvas: made to repeat, shown repeated, made larger
maps       the maps of a material, made of a picture
refine     a picture larger than the model
compare    what came, in its place and beside what was before
results    what can be done with a result: select, show, apply, make again, reuse its settings
variations sets of pictures: strips and grids, others like one, one kept, others thrown away
contact_sheet  the pictures of a set on one page
history    every picture that was made: search, reuse, bring in, mark, throw away
history_browser  moving about in it, and the large browser
versions   what was there before: put back, shown, removed
training   a style taught to the server, and stopping it
jobs       cancel, move, try again, dismiss
server     test the connection, take over its settings, and what else is asked of it
targets    the ways out of what stands in a picture's way: unwrap the mesh, send less
in_force   clearing what is set
painting   painting the mask of Only Here, and its end
prompt     the prompt in a Text Editor, those that were pressed before, and one to begin with
models     a model with the settings that are recommended for it
amounts    size, aspect and seed of new pictures
lists      entries of lists added and removed
feedback   a report of a bug, begun
meant      which result an operator means, as several share it
reporting  how an operator tells the artist what went wrong
"""

from . import (
    amounts,
    canvas,
    compare,
    contact_sheet,
    feedback,
    generate,
    history,
    history_browser,
    in_force,
    jobs,
    lists,
    maps,
    models,
    painting,
    picture,
    prompt,
    refine,
    results,
    server,
    targets,
    training,
    variations,
    versions,
)

_MODULES = (
    generate,
    prompt,
    amounts,
    models,
    targets,
    canvas,
    maps,
    jobs,
    results,
    compare,
    variations,
    contact_sheet,
    history,
    history_browser,
    versions,
    lists,
    in_force,
    painting,
    server,
    picture,
    refine,
    training,
    feedback,
)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
