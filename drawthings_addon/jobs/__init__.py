# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: what runs while the artist works. No `bpy` anywhere below.

source     pixels as Blender holds them, as they were when a button was pressed
task       what a server does for us: the protocol of every kind of job, and what comes of it
job        one press of a button, and the events it gives: frozen data, the only things that cross threads
group      jobs that belong together
groups     which members of groups are done, until all are
generate   a task: pictures from a prompt, and from a picture
upscale    a task: pictures that are there, enlarged or restored
maps       a task: height, normals and other maps of a picture, made here
map_preview  maps of a small copy, as panels show them
describe   a task: a picture in words
refine     a task: pictures larger than the model, worked over in tiles
refining   how that is done
tile_store the tiles of a picture that is not finished, as files
training   a task: a style from a folder of pictures
canvas     how a picture's canvas is changed: made to repeat, or made larger
windows    a canvas that a server paints on window after window
canvas_task  what tasks of such a canvas have in common
outpaint   a task: what lies around a picture
seamless   tasks: a picture that repeats, by its own pixels or by the server
repeating  a picture that has just come, made to repeat before anybody sees it
inpainting  how a part of a source alone is made anew, and that part as a server takes it
sources    a source as a picture that a server takes, and the way back
kept       what pictures were made from, as files, so that each can be made again
results    each picture in its source's size, with its recipe, on disk
progress   how far the server is, asked while it works
orders     what a server is told about the request it works on: interrupt, skip, let go
decoder    pixels of pictures that Blender alone decodes
asking     one request of a job: followed, told to stop, left
endings    how a request came to its end at a server that others use too
thumbnail  small pictures as panels show them
thumbnails when those of results are made
entries    the jobs of a queue as they stand
queue      waiting, running, cancelled, tried again: one lane a server
picture_set  which one a picture is of those that one press made to be chosen from
contact_sheet  the pictures of a set on one page, from their files
variations  the requests of a set: a strip of seeds, or a grid of two settings
recipe     how a picture was made, as text in its PNG and on its datablock
infotext   A1111's text about a picture, read back
metadata   whatever a PNG tells about how it was made
serial_executor  calls done one after another on a thread of their own
server_worker    the two threads of one server
helper     a second thread for what a task would do in turn
mailbox    what comes back from threads, until the main thread takes it
storage    whole files or none
locks      locks on files, which end with their process
records    what is on disk of a queue's jobs
unwritten  pictures that no folder took, kept until one does
journal    which jobs were under way, should Blender end before they do
journal_entry  what an entry of it tells
lost_jobs  sentences about what Blender did not live to see the end of
processes  which processes run
task_json  a task as JSON, its sources by the names of files
annotated_json  dataclasses as JSON, by their annotations
timing     what the time of a picture depends on
estimates  how long a picture takes here, learnt from earlier ones
history    every picture that was made, found again
found_models  which models each server was found to have
prompt_history  the prompts that were pressed, kept until they are cleared
"""
