# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture becomes an image datablock, a material's texture, or replaces what was sent.

deliver      one picture, to its target, in one undo step
preflight    where a press would bring its picture, and what stands in the way
target       where a result goes, in a form that survives undo and file loading
destination  where what comes of a job goes, as a text that outlives Blender
target_json  targets, and what holds references, as JSON
result       a picture that arrived, with what makes it again
provenance   what a picture was made from and where it went, on its datablock
vantage      from where a picture of the scene was taken, and where it lies in a view
arrivals     a picture comes to places in materials: what it changes there is noted
applications what pictures were brought to in materials, noted on them
changes      what was changed to show a picture, and how it is taken back
differences  what a picture changes in a material, seen by looking before and after
texture_places what is in such a place now, and another picture put there
way_back     to what was in such a place before
versions     what was in a place before, and another version put there
sets         pictures of one set: one in its place, the others beside it
removing     old versions that nothing uses are removed
succession   which images had one place after the other, and which has it now
images       image datablocks of results and their recipes
editors      what Image Editors show, also after undo and redo
maps         maps of a material: how their images are called, and where each belongs
materials    the image that feeds a socket of the Principled BSDF
node_placing where a new node has room
coordinates  by what an image node looks its picture up: UV maps, or others
uv           how a picture lies on an object: UV map, Smart UV Project, box projection
"""
