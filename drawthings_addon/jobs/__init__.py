# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: what runs while the artist works. No `bpy` anywhere below.

job        what a job is, and the events it gives: frozen data, the only things that cross threads
work       the worker's side: prepare the source, ask the server, write each picture to disk
queue      waiting, running, cancelled, tried again: one worker thread a server
recipe     how a picture was made, as text in its PNG and on its datablock
storage    whole files or none
journal    which jobs were under way, should Blender end before they do
estimates  how long a picture takes here, learnt from earlier ones
"""
