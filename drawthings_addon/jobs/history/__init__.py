# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every picture that was made, found again. No `bpy` anywhere below.

history    the one object that others use: pictures, searches, folders, favourites
thread     it on a thread of its own
entry      one picture, as panels and scripts show it
query      what is looked for
words      texts as words that can be searched for
marks      what no picture's file tells: an append-only text file
facts      what is kept of a recipe
scan       folders and files, read for the recipes in them
catalogue  database and marks as one, which heals
database   the file: opened, or set aside
store      what is written into it
search     what is read from it
filling    marks, folders and older databases become what is in it
deleting   pictures are put away, into a folder that the artist empties, and brought back
"""
