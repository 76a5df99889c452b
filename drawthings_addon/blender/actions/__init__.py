# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators do, as functions that scripts and the command line can call, also where no context is.

generate        txt2img and img2img: request, source and target become a job
from_panel      what the panel's buttons do: request, source and target are read from it, and submitted
routes          what each button would send and where, and why it cannot be pressed: for panels
canvas          a picture made to repeat, or made larger
upscale         enlarging and restoring pictures that are there
maps            the maps of a material, made of a picture on this computer
refine          pictures larger than the model, worked over in tiles
variations      several pictures to choose from: a strip, a grid, others like one
throwing_away   one of a set kept, others thrown away
without_prompt  settings of what was made of another picture without a prompt, into the panel
again           another picture like one that is there, to the same place
describe        a picture in words
training        a style taught to the server
png_info        how a picture in a file was made, into the panel
compare         what came, seen in its place and beside what was before
results         what can be done with a picture that arrived
contact_sheet   the pictures of a set on one page
showing         an image where the artist looks at it
history         every picture that was made: search, reuse, bring in, mark, throw away
history_search  moving about in it: what panels look for, which page, what is selected
painting        painting the mask of Only Here
versions        what can be done with old versions of an image
jobs            what can be done with a job that waits, runs, or failed
find_models     which models a server has that does not list them
models          the settings that are recommended for a model, into the panel
server_control  what the server is asked and told besides pictures
"""
