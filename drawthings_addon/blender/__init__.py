# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that touches `bpy.data`. Everything here runs on the main thread.

session    joins jobs to Blender: one timer that lives while there is work
capture    viewport, render, image and texture become a frozen Source
deliver    a picture becomes an image datablock, a material's texture, or replaces what was sent
target     where a result goes, in a form that survives undo and file loading
settings   the panel's settings become a request, and a recipe becomes settings again
images     image datablocks of results and their recipes
materials  the image that feeds a socket of the Principled BSDF
udim       one tile of a tiled image
rendering  a fresh render without a frozen window
previews   thumbnails as icons
preserve   scene settings put back whatever happens
paths      folders
compat     every difference between Blender versions
"""
