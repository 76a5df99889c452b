# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Joins jobs to Blender.

session      takes orders, delivers what workers give
lifecycle    begins and ends it with the extension; files and undo are told to it
background   waiting where nobody turns the pump but who waits
pump         one timer that lives while there is work
server_state how each server is, as far as it is known
results      pictures that arrived, and where those of jobs go
opened       results that the open file holds
thrown_away  files of results that are thrown away, and brought back
completions  what happens when all jobs of a group are done
first_picture whether there ever was a picture
troubles     which errors are news
model_search which models a server has, asked for one after another
map_preview  what maps of a picture would look like, while sliders move
enlarged     a picture as large as the panel shows it
history      what panels show of every picture that was made
result_pictures  how results look
small_pictures  thumbnails that panels ask for
reading      how a picture's pixels are read for a panel
notices      sentences that stay in the panel until they are dismissed
"""
